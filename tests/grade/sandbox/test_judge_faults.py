"""If a call of the judge fails, no mark changes, and the next run judges the submission."""

import errno
import os
from pathlib import Path

import pytest

from simpsh.grade.assignments.assignment import Assignment
from simpsh.grade.classes import class_judge, class_tasks
from simpsh.grade.classes.class_judge import ClassAssignment, ClassRun
from simpsh.grade.classes.class_tasks import CommandTask, ExerciseTask
from simpsh.grade.classes.submissions import submissions_in
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.sandbox import namespace_sandbox, sandbox, sandboxed_command
from simpsh.grade.sandbox.namespace_sandbox import best_sandbox
from simpsh.grade.sandbox.sandbox import SubmissionLimits
from simpsh.kernel import landlock, namespaces
from simpsh.kernel.machine import seccomp
from simpsh.process.worker import in_own_process
from tests.grade.confinement import accepted
from tests.harness.sh import write_program

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.timeout(300)]

EXERCISE = """\
from simpsh.grade.exercises import Asked, Exercise, Trial

_TWO = Asked("one", "it has one child", "len(P0.forks()) == 1")
_WAITS = Asked("collected", "it collects it", "P0.collects(P1)")
EXERCISE = Exercise("one-child", "One child", 1, (Trial((_TWO, _WAITS)),))
"""
PROGRAM = "#!/bin/sh\n/bin/true &\nWAIT\necho WORD\n"
CHECK = '#!/bin/sh\ntest "$("$SIMPSH_RUN" "$1")" = GOOD\n'
FAULTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": (module, name)
    for module, names in {
        namespaces: ("unshare", "mount", "overlay", "pivot_root", "drop_capabilities"),
        landlock: ("restrict_self",),
        seccomp: ("install",),
        sandbox: ("setrlimit", "set_no_new_privs"),
        namespace_sandbox: ("fork", "pipe2"),
        sandboxed_command: ("pipe2", "pidfd_open"),
        class_judge: ("save", "copy_into", "unpack"),
        class_tasks: ("program_in", "client_for"),
        os: ("chmod", "chown"),
    }.items()
    for name in names
    if hasattr(module, name)
}


def judged(task, folder: Path) -> tuple[dict[str, float], dict[str, str]]:
    """Judge the class; return the points of the submissions with a result, and the failures."""

    def judge() -> tuple[dict[str, float], dict[str, str]]:
        confined = ClassAssignment(task, SANDBOX[0], (str(folder / "results"),))
        run = ClassRun(confined, str(folder / "results"))
        run.run(submissions_in(str(folder / "class")), 2, lambda: None)
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            assert file.read() == ""
        return {result.name: result.points for result in run.results}, run.failed

    return in_own_process(judge, 200)


SANDBOX = []


@pytest.mark.usual("check-namespaces.mount", "exercise-seccomp.install")
@pytest.mark.long("each judges two submissions, with a fault and again without one")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["exercise", "check"])
def test_a_call_of_the_judge_that_fails_changes_no_mark(tmp_path, monkeypatch, kind, fault):
    if accepted():
        pytest.skip("nothing can be isolated here")
    SANDBOX[:] = SANDBOX or [best_sandbox(SubmissionLimits())]
    for name, word in (("right", "GOOD"), ("wrong", "EVIL")):
        text = PROGRAM.replace("WAIT", "wait" if name == "right" else ":").replace("WORD", word)
        write_program(tmp_path / "class" / name, text)
    write_program(tmp_path / "course/exercises/one-child/exercise.py", EXERCISE)
    catalogue = ExerciseCatalogue([str(tmp_path / "course")])
    exercise, folder = catalogue.find("one-child"), catalogue.folder("one-child")
    task = ExerciseTask(exercise, folder, 0, Assignment())
    if kind == "check":
        task = CommandTask(str(write_program(tmp_path / "check", CHECK)))
    usual = {"right": 2, "wrong": 1} if kind == "exercise" else {"right": 1, "wrong": 0}

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    with monkeypatch.context() as patch:
        patch.setattr(*FAULTS[fault], fail)
        points, failed = judged(task, tmp_path)
    assert {*points} | {*failed} == {*usual}
    assert all(usual[name] == got for name, got in points.items()), points
    assert all(words and "\n" not in words for words in failed.values()), failed
    stored = {path.name for path in (tmp_path / "results").iterdir()}
    assert stored == {f"{name}.json" for name in points}
    assert judged(task, tmp_path) == (usual, {})
