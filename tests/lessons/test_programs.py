"""Each program of a lesson runs by itself, without simpsh and without the lesson."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh.course.lesson.lesson import Running
from simpsh.course.lesson.lesson_library import COURSE, Library
from simpsh.course.lesson.run_steps import Repair

_SECONDS = 1.0
"""A program that waits for its user, or for ever, is killed then."""
_MISTAKES = ("SyntaxError", "NameError", "ImportError", "ModuleNotFoundError", "AttributeError")


def guarded_sources():
    """Return the programs that run only under a guard, which limits their processes."""
    lessons, _ = Library().all()
    steps = [step for lesson in lessons for step in lesson.steps]
    runs = [step.run for step in steps if isinstance(step, Repair)]
    runs += [step.demonstration for step in steps if isinstance(step, Running)]
    return {run.code.source for run in runs if getattr(run, "guard", None) is not None}


def children():
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def stderr_of(path, folder):
    """Run a program in an empty folder; kill it and its descendants; return its standard error."""
    before = children()
    with open(folder / "errors", "w+") as errors:
        program = subprocess.Popen(
            [sys.executable, path],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        try:
            program.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        # The test runner is a subreaper: it adopts what the program has left, and its children.
        while left := children() - before:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        return (folder / "errors").read_text(errors="replace")


@pytest.mark.long("it runs two hundred programs, and waits a second for many")
@pytest.mark.timeout(900)
def test_programs_run_without_simpsh(tmp_path):
    skipped, found = guarded_sources(), {}
    files = [*Path(COURSE).glob("*/*/*.py")]
    for number, path in enumerate(files):
        if path.name != "lesson.py" and "exercises" not in path.parts:
            source = path.read_text()
            if source not in skipped:
                (folder := tmp_path / str(number)).mkdir()
                written = stderr_of(path, folder)
                if "simpsh" in source or any(name in written for name in _MISTAKES):
                    found[str(path)] = written
    assert len(files) > 200
    assert found == {}


@pytest.mark.needs("compiler")
def test_c_programs_compile_without_a_mistake():
    files = [path for path in Path(COURSE).glob("*/*/*.c") if "exercises" not in path.parts]
    # Newer compilers refuse the first of these by themselves.
    mistakes = ("-Werror=implicit-function-declaration", "-Werror=return-type")
    checked = subprocess.run(
        ["cc", "-std=gnu11", "-fsyntax-only", *mistakes, *files], capture_output=True, text=True
    )
    assert files
    assert checked.returncode == 0, checked.stderr
