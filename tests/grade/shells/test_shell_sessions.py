"""A shell at its terminal, its recording, and exercises that ask a shell for single checks."""

import os
import resource
import sys
from contextlib import suppress

import pytest

from simpsh.base.events import Exec
from simpsh.base.signal_names import SIGKILL
from simpsh.diagnosis.wait_graph import awaits_keyboard
from simpsh.grade.exercises import Exercise
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import judge
from simpsh.grade.sandbox.program_build import program_of
from simpsh.grade.sandbox.sandbox import JudgeRefused
from simpsh.grade.sandbox.shared_resources import require_enough
from simpsh.grade.shells import terminal_session
from simpsh.grade.shells.terminal_session import Stuck, TerminalSession
from simpsh.kernel import signals
from simpsh.process.child_changes import Step
from simpsh.process.proc import stat
from simpsh.process.worker import WorkerEnded
from simpsh.trace.tracer.traced_command import TracedCommand
from tests.harness.process import state_of, wait_until

LONG = 600.0
"""Much longer than any test may take."""
INVENTED = "“statuses”: expr did not end"


def session_of(tmp_path, *argv):
    command = TracedCommand(argv, {"PATH": os.defpath}, str(tmp_path))
    return TerminalSession(command, seconds=LONG)


def test_the_recording_of_a_shell_with_endless_calls_is_complete(tmp_path):
    line = "/bin/true; /bin/true; while :; do :>f; done"
    with session_of(tmp_path, "/bin/sh", "-c", line) as shell:
        wait_until((tmp_path / "f").exists, "the loop")
        events = shell.end().events
    assert [event.seq for event in events] == [*range(1, len(events) + 1)]
    executed = [event.what.argv[0] for event in events if isinstance(event.what, Exec)]
    assert executed == ["/bin/sh", "/bin/true", "/bin/true"]


def test_a_refused_process_is_recorded_and_not_blamed_on_the_shell():
    """As if others had used up the processes of the user."""

    def forbid() -> None:
        if os.geteuid() == 0:
            os.setresuid(65534, 65534, 65534)
        # Not before: the kernel would compare it with the processes that others run as this user,
        # and refuse the exec of the shell if there is one. See setuid(2).
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))

    command = TracedCommand(("/bin/sh", "-c", "/bin/true; exit"), {"PATH": os.defpath}, "/")
    with TerminalSession(command, seconds=LONG, changes=(Step("forbid", forbid),)) as shell:
        shell.wait_end()
        assert "fork" in shell.output_from()
        events = shell.end().events
    with pytest.raises(JudgeRefused, match="when it had 1 of 2"):
        require_enough(events, 2)
    require_enough(events, 1)


def test_text_that_a_terminal_does_not_show_is_not_reported(tmp_path):
    line = r"printf 'exit value \0003\r\n'; exec cat"
    with session_of(tmp_path, "/bin/sh", "-c", line) as shell:
        shell.wait_prompt()
        assert shell.output_from() == "exit value 3\n"


def test_a_killed_tracer_raises_and_the_shell_is_gone(tmp_path):
    with pytest.raises(WorkerEnded), session_of(tmp_path, "/bin/sleep", "1000") as shell:
        signals.kill(stat(shell.pid).ppid, SIGKILL)
    # The shell is now an orphan; this process or init adopts it.
    wait_until(lambda: state_of(shell.pid) in (None, "Z"), "the end of the shell")
    with suppress(ChildProcessError):
        os.waitpid(shell.pid, 0)


def test_impossible_events_are_not_waited_for(tmp_path):
    with session_of(tmp_path, "/bin/cat") as shell:
        with pytest.raises(Stuck, match="it sleeps in read"):
            shell.until(lambda: False, "it does not come")
        with pytest.raises(Stuck, match="the shell does not end"):
            shell.wait_end()


RELAY = """
import ctypes, os, sys, threading
def relay():
    left = int(sys.argv[1])
    if left:
        os.execv(sys.executable, [sys.executable, "-S", __file__, str(left - 1)])
    os.write(1, b"done")
    os.read(0, 1)
threading.Thread(target=relay).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def test_a_shell_whose_first_thread_ends_is_not_dead(tmp_path):
    (tmp_path / "relay.py").write_text(RELAY)
    with session_of(tmp_path, sys.executable, "-S", "relay.py", "100") as shell:
        while "done" not in shell.output():
            assert not shell.is_gone()


def test_a_program_is_found_only_once_it_sleeps(tmp_path):
    os.mkfifo(
        tmp_path / "fifo"
    )  # the child blocks there; its parent waits in state D for the child's exec
    wait = 'import os; os.posix_spawn("/bin/true", ["x"], {}, file_actions=[(0, 0, "fifo", 0, 0)])'
    with session_of(tmp_path, "/bin/sh", "-c", f"{sys.executable} -Sc '{wait}'; :") as shell:
        (pid,) = shell.find(os.path.basename(sys.executable))
        assert shell.state(pid) == "S"


def test_a_shell_that_runs_while_it_is_examined_is_not_at_its_prompt(tmp_path, monkeypatch):
    with session_of(tmp_path, "/bin/cat") as shell:
        shell.wait_prompt()

        def look(tid):
            found = awaits_keyboard(tid)
            shell.type("line\n")
            wait_until(lambda: shell.output().count("line") == 2, "its answer")
            return found

        monkeypatch.setattr(terminal_session, "awaits_keyboard", look)
        assert not shell.is_at_prompt()


@pytest.mark.needs("compiler")
def test_an_exercise_may_ask_for_single_checks_and_ignores_the_others():
    exercise = Exercise(id="x", title="x", minutes=1, behaviours=("cd.moves", "empty-line"))
    shell = program_of(ExerciseCatalogue().folder("shell-1").file("solution.c"))
    found = judge(exercise, shell)
    asked = ["empty-line.survives", "empty-line.forks", "cd.moves"]
    assert [check.key for check in found.checks] == asked
    assert found.is_full
    exercise = Exercise(id="x", title="x", minutes=1, behaviours=("pipe.together",))
    shell = program_of(ExerciseCatalogue().folder("shell-6").file("solution.c"))
    found = judge(exercise, shell)  # this shell does not survive ^C, which is not tested here
    assert found.is_full
    assert found.look_at == ""


def test_invented_statuses_are_detected(tmp_path):
    liar = tmp_path / "liar.py"
    liar.write_text(
        "for answer in ('', 2, '', 0, '', 127, '', 126):\n"
        "    input('$ ')\n"
        "    print(f'status={answer}')\n"
        "input('$ ')\n"
    )
    exercise = Exercise(id="x", title="x", minutes=1, behaviours=("statuses",))
    found = {check.key: check.instead for check in judge(exercise, program_of(str(liar))).checks}
    assert found["statuses.code"] == INVENTED
    assert found["statuses.success"] == INVENTED
    assert found["statuses.killed"]
