"""Leaving a controlled run at any point leaves nothing stopped, nothing alive, and no directory."""

import os
import signal

import pytest

from simpsh.explore.control.call_filter import assemble_filter
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.kernel.call_observer import observing
from simpsh.process.way_out import leaving_in_order
from tests.explore.control.controlled_runs import knowledge_of, run
from tests.harness.process import state_of


@pytest.mark.parametrize("source", ["forever", "handler", "spawns"])
def test_a_run_can_be_left_at_any_step(source, compiled, tmp_path):
    with knowledge_of(compiled(f"held_programs/{source}.c"), "c", directory=tmp_path) as knowledge:
        held_run, _ = run(knowledge)
        for steps in range(len(held_run.schedule)):
            with ControlledRun(knowledge) as left:
                for choice in held_run.schedule[:steps]:
                    left.step(choice)
                pids = [one.pid for one in left.processes.values()]
            assert not any(state_of(pid) for pid in pids)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, 0])
def test_the_explorer_can_end_at_any_time(ending, compiled, tmp_path):
    program = program_of((compiled("held_programs/forever.c"),), directory=str(tmp_path))
    read_end, write_end = os.pipe()
    explorer = os.fork()
    if explorer == 0:
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            _explore_until_signalled(program, write_end)
        finally:
            os._exit(1)
    os.close(write_end)
    words = os.read(read_end, 4096).decode().split()
    os.close(read_end)
    directory, *pids = words
    assert os.path.isdir(directory)
    assert [state_of(int(pid)) for pid in pids] == ["t", "t"]
    os.kill(explorer, ending or signal.SIGCONT)
    # The test runner, as subreaper, adopts the guard and the traced processes in turn.
    while _collect():
        pass
    assert not os.path.exists(directory)
    assert [state_of(int(pid)) for pid in pids] == [None, None]


def _explore_until_signalled(program, write_end):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCONT])
    knowledge = Knowledge(program)
    while True:
        try:
            held_run = ControlledRun(knowledge)
            break
        except Restart:
            continue
    pids = [str(one.pid) for one in held_run.processes.values()]
    copy = knowledge.setup.workspace.directory
    os.write(write_end, " ".join([os.path.dirname(copy), *pids]).encode())
    os.close(write_end)
    signal.sigwait([signal.SIGCONT])


class SignalsItself:
    """An observer that sends its own process a signal after the n-th system call."""

    def __init__(self, number: int, turns: int) -> None:
        self.number, self.turns = number, turns

    def entering(self, name, args):
        pass

    def note_return(self, name, args, result, errno):
        self.turns -= 1
        if not self.turns:
            os.kill(os.getpid(), self.number)


def test_a_signal_at_any_moment_of_the_start_ends_the_explorer(compiled, tmp_path):
    program = program_of((compiled("held_programs/forever.c"),), directory=str(tmp_path))
    turns, status = 0, LEFT
    while status == LEFT:
        turns += 1
        explorer = os.fork()
        if explorer == 0:
            os._exit(_start_and_be_signalled(program, signal.SIGTERM, turns))
        status = os.waitstatus_to_exitcode(os.waitpid(explorer, 0)[1])
        while _collect():
            pass
    # In the last case the run had started before the signal.
    assert status == STARTED
    assert turns > 10


LEFT, STARTED = -signal.SIGTERM, 4


def _start_and_be_signalled(program, number, turns):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.alarm(20)
    try:
        with leaving_in_order(), Knowledge(program) as knowledge:
            with observing(SignalsItself(number, turns)):
                knowledge.begin(assemble_filter(signals_matter=False, files_matter=False))
            return STARTED
    except BaseException:
        return 1


def _collect():
    try:
        os.wait()
    except ChildProcessError:
        return False
    return True
