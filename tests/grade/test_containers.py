"""The files in containers/ work: the autograder judges, and the set-up script is executable."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.grade.two_children import RIGHT
from tests.harness.sh import PROJECT, PYTHON, run_command, write_program
from tests.support.untraceable import refusing

GRADESCOPE = Path(PROJECT) / "containers" / "gradescope"


def test_the_script_that_sets_gradescope_up_can_be_executed_and_read():
    assert os.access(GRADESCOPE / "setup.sh", os.X_OK)
    assert subprocess.run(["bash", "-n", GRADESCOPE / "setup.sh"], check=False).returncode == 0


def test_what_gradescope_keeps_has_no_solution(tmp_path):
    course = tmp_path / "lessons"
    shutil.copytree(Path(PROJECT, "lessons"), course)
    last = (GRADESCOPE / "setup.sh").read_text().splitlines()[-1]
    assert last.startswith("rm ")
    subprocess.run(["bash", "-euc", f"place=$1; {last}", "bash", course], check=True)
    names = {path.name for path in course.glob("*/exercises/*/*")}
    assert {"exercise.py", "task.md"} <= names
    assert not [name for name in names if name.startswith(("solution", "__pycache__"))]


@pytest.mark.needs("ptrace")
def test_the_autograder_judges_a_submission_or_reports_its_own_failure(tmp_path):
    # The tree that Gradescope lays out, with a submission in it.
    shutil.copytree(GRADESCOPE, tmp_path / "source")
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "two-children.py").write_text(RIGHT)
    plain = f'#!/bin/sh\nexec {PYTHON} -P -m simpsh "$@"\n'
    launcher = write_program(tmp_path / "simpsh", plain)

    def autograde(denied: str = "") -> dict:
        own = {"AUTOGRADER_ROOT": str(tmp_path), "AUTOGRADER_SIMPSH": str(launcher)}
        words = [*(refusing(denied) if denied else ()), tmp_path / "source" / "run_autograder"]
        done = run_command(words, env=os.environ | own)
        assert done.returncode == 0, done.stderr
        text = (tmp_path / "results" / "results.json").read_text()
        return json.loads(text) | {"stderr": done.stderr}

    # Root without namespaces and without other users: no submission is run, and the log says why.
    found = autograde("unshare,setresuid")
    assert found["score"] == 0
    assert "could not judge this submission" in found["output"]
    assert "What to do: be root with CAP_SETUID" in found["stderr"]
    # As in most containers: root without namespaces. The submission runs as another user.
    python = "/usr/bin/python3"
    as_other = ["setpriv", "--reuid=65534", python, "-c", "import sys; print(sys.version_info[1])"]
    is_possible = os.geteuid() == 0 and shutil.which("setpriv") and shutil.which(python)
    if is_possible and int(run_command(as_other).stdout) >= 11:
        own = f"PYTHONPATH='{':'.join(filter(None, sys.path))}' {python}"
        launcher.write_text(plain.replace(PYTHON, own).replace("exec", "exec env"))
        found = autograde("unshare")
        assert found["score"] == 7
        assert "not isolated: /tmp, files that its user may write" in found["output"]
        launcher.write_text(plain)
    found = autograde()
    assert found["score"] == 7
    assert {test["status"] for test in found["tests"]} == {"passed"}
    assert sum(test["max_score"] for test in found["tests"]) == 7
    (tmp_path / "source" / "task").write_text("--exercise\nnothing\n")
    found = autograde()
    assert found["score"] == 0
    assert "please tell your instructor" in found["output"]
