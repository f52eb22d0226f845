"""What a process remembers of its calls and signals from one operation to the next."""

from signal import SIGTERM, SIGUSR1

from simpsh.explore.control.held_process import AT, HeldProcess, ProgramImage
from simpsh.explore.objects.file_operations import FileLook
from simpsh.explore.objects.process_operations import Dying, GivingUp
from simpsh.explore.objects.symbolic_names import OwnFile
from simpsh.explore.objects.virtual_clock import ReadClock, Sleep

LOOK = FileLook("stat", OwnFile("f"))


def process_with_a_signal():
    process = HeldProcess(7, "P0", ProgramImage(7))
    process.signals.pend((SIGUSR1,))
    process.counts.update(sleeps=2, readings=3, random=4)
    return process


def test_signals_reach_a_process_until_it_begins_to_end():
    process = process_with_a_signal()
    process.arrive(LOOK, 5)
    assert (process.state, process.operation, process.signals.pending) == (AT, LOOK, (SIGUSR1,))
    for end in (Dying(SIGTERM), GivingUp()):
        process.signals.pend((SIGUSR1,))
        process.arrive(end, 5)
        assert (process.operation, process.signals.pending) == (end, ())


def test_operations_of_one_kind_are_counted_while_no_other_comes_between():
    for operation, counts in (
        (Sleep(100), {"sleeps": 2, "random": 4}),
        (ReadClock(0), {"readings": 3, "random": 4}),
        (LOOK, {"random": 4}),
    ):
        process = process_with_a_signal()
        process.arrive(operation, 5)
        assert process.counts == counts
        assert process.due == 5 + (operation.limit or 0)
