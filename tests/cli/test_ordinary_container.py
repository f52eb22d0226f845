"""simpsh as root of a container with the usual settings of Docker."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from simpsh.explore.workplace.private_world import why_not_private
from tests.grade.two_children import RIGHT
from tests.harness.sh import PROJECT, PYTHON, run_command
from tests.support.needed_programs import require

ENTRY = Path(__file__).parents[1] / "support/ordinary_container.sh"
NAMESPACES = ("--mount", "--pid", "--ipc", "--uts", "--cgroup")
MARGINS = ("--fork", "--kill-child", "--propagation", "private")
SIMPSH = (PYTHON, "-P", "-m", "simpsh")


@pytest.fixture
def contained(tmp_path):
    """Run a command in a container; return its status, output and errors."""
    if os.geteuid() != 0 or why_not_private():
        pytest.skip(why_not_private() or "root is needed")
    require("unshare", "setpriv")
    (tmp_path / "room").mkdir()
    (tmp_path / "work").mkdir()
    entry = ["unshare", *NAMESPACES, *MARGINS, "sh", ENTRY, tmp_path / "room", PYTHON]

    def run(*words, **variables):
        environment = {**os.environ, "PYTHONPATH": PROJECT, **variables}
        return run_command([*entry, *words], cwd=tmp_path / "work", env=environment, timeout=150)

    run.place = tmp_path / "work"
    return run


def test_doctor_names_what_the_container_refuses(contained):
    done = contained(*SIMPSH, "doctor")
    assert "✗ namespaces" in done.stdout
    assert "✓ ptrace" in done.stdout
    assert "refuses kcmp" in done.stdout
    assert "explore and step run programs in copies of a directory" in done.stdout
    assert not done.stderr


def test_explore_finds_both_orders_in_a_copy_of_the_directory(contained):
    (contained.place / "race.sh").write_text("#!/bin/sh\n(echo one) & (echo two) & wait\n")
    (contained.place / "race.sh").chmod(0o755)
    done = contained(*SIMPSH, "explore", "--json", "--runs", "5", "./race.sh")
    found = json.loads(done.stdout)
    assert {each["output"] for each in found["outcomes"]} == {"one\ntwo\n", "two\none\n"}


def test_trace_sees_the_pipeline(contained):
    done = contained(*SIMPSH, "trace", "ls / | wc -l")
    assert (done.returncode, int(done.stdout)) == (
        0,
        sum(name[0] != "." for name in os.listdir("/")),
    )
    assert "P0 makes pipe A" in done.stderr
    assert "P2 execs wc -l (stdin ← pipe A)" in done.stderr


def test_a_lesson_holds_and_says_what_was_left_out(contained):
    done = contained(*SIMPSH, "lesson", "check", "rule-6-open-files")
    assert " 0 failed" in done.stdout
    assert "kcmp: a seccomp filter refuses kcmp" in done.stdout


def test_grade_says_what_it_needs_before_it_judges(contained):
    """Root without CAP_SYS_PTRACE cannot follow the programs of another user."""
    python = "/usr/bin/python3"
    version = "import sys; print(sys.version_info[1])"
    if not shutil.which(python) or int(run_command([python, "-c", version]).stdout) < 11:
        pytest.skip("another user needs an interpreter that it may execute")
    (contained.place / "handed-in").mkdir()
    (contained.place / "handed-in/good.py").write_text(RIGHT)
    (contained.place / "handed-in/less.py").write_text("import os\nos.fork()\n")
    words = (python, "-P", "-m", "simpsh", "grade", "--exercise", "two-children", "handed-in")
    path = ":".join(filter(None, [PROJECT, *sys.path]))
    for more, reason in (
        ((), "nothing was run: this machine does not keep apart user, process ids"),
        (("--sandbox", "user"), "CAP_SYS_PTRACE (a container: --cap-add SYS_PTRACE)"),
    ):
        done = contained(*words, *more, PYTHONPATH=path)
        assert (done.returncode, done.stdout) == (1, "")
        assert reason in done.stderr
        assert not list(contained.place.glob("results/*"))
    done = contained(*words, "--sandbox", "none", PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert "7/7  good.py" in done.stdout
    assert "0/7  less.py" in done.stdout
    assert "not isolated: user, " in done.stdout or ", user, " in done.stdout
