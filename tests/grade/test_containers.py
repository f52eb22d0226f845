"""What lies in containers/ holds together: the autograder judges, the scripts are scripts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from simpsh.process.machine_permits import why_no_tracing
from tests.grade.two_children import RIGHT
from tests.support.machines import recipe_files
from tests.support.shells import PROJECT, PYTHON, run_command

GRADESCOPE = Path(PROJECT) / "containers" / "gradescope"


def test_the_image_is_rid_of_solutions_as_it_says(tmp_path):
    line = recipe_files.stages()["built"].last("RUN")
    assert "lessons.__path__" in line
    shutil.copytree(Path(PROJECT) / "lessons", tmp_path / "lessons")
    command = line.replace("cd / &&", f"cd {tmp_path} &&").replace("/opt/simpsh/bin/python", PYTHON)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    subprocess.run(["sh", "-c", command], check=True, env=environment)
    left = [path.name for path in (tmp_path / "lessons").rglob("*")]
    assert "exercise.py" in left
    assert "start.c" in left
    assert [name for name in left if name.startswith("solution") or name == "wrong"] == []


def test_the_scripts_of_gradescope_can_be_executed_and_read():
    for path in (GRADESCOPE / "setup.sh", GRADESCOPE / "run_autograder"):
        assert os.access(path, os.X_OK)
        assert path.read_text().startswith("#!/usr/bin/env bash\n")
        assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


@pytest.mark.skipif(bool(why_no_tracing()), reason="no process may be traced here")
def test_the_autograder_judges_a_submission_or_says_that_it_is_its_own_fault(tmp_path):
    # The tree that Gradescope lays out, with a submission in it.
    shutil.copytree(GRADESCOPE, tmp_path / "source")
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "two-children.py").write_text(RIGHT)
    launcher = tmp_path / "simpsh"
    launcher.write_text(f'#!/bin/sh\nexec {PYTHON} -P -m simpsh "$@"\n')
    launcher.chmod(0o755)

    def autograde() -> dict:
        own = {"AUTOGRADER_ROOT": str(tmp_path), "AUTOGRADER_SIMPSH": str(launcher)}
        done = run_command([tmp_path / "source" / "run_autograder"], env=os.environ | own)
        assert done.returncode == 0, done.stderr
        return json.loads((tmp_path / "results" / "results.json").read_text())

    found = autograde()
    assert found["score"] == 7
    assert {test["status"] for test in found["tests"]} == {"passed"}
    assert sum(test["max_score"] for test in found["tests"]) == 7
    (tmp_path / "source" / "task").write_text("--exercise\nnothing\n")
    found = autograde()
    assert found["score"] == 0
    assert "please tell your instructor" in found["output"]
