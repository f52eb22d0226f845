"""The calls of the shell itself become events."""

from simpsh.base import events
from simpsh.base.targets import Member
from simpsh.base.wait_status import Exited
from simpsh.kernel.wait_calls import WNOHANG, Waited
from simpsh.trace.recording.shell_recorder import CallEvents

ECHILD = (None, 10)
BEGINS, CALLS_AGAIN, ENDS = None, None, ECHILD


def waits_of(*calls):
    """Return the waits that calls of wait4 by one process record: begins and returns."""
    found = []
    recorder = CallEvents()
    recorder.sink = lambda event: found.append(event.what)
    for number, (args, outcome) in enumerate(calls):
        recorder.record_call(1, number, "wait4", args, outcome)
    return [type(one) for one in found if isinstance(one, events.Wait | events.WaitReturn)]


def test_each_wait_begins_once_and_ends_once():
    begun_and_ended = [events.Wait, events.WaitReturn]
    anyone = (-1, 0)
    assert waits_of((anyone, BEGINS), (anyone, ENDS)) == begun_and_ended
    assert waits_of((anyone, BEGINS), (anyone, CALLS_AGAIN), (anyone, ENDS)) == begun_and_ended
    assert waits_of(*[(anyone, BEGINS), (anyone, ENDS)] * 2) == begun_and_ended * 2


def test_a_look_that_finds_no_child_is_no_event():
    look = (-1, WNOHANG)
    assert waits_of((look, BEGINS), (look, (None, 0))) == []
    assert waits_of((look, BEGINS), (look, ENDS)) == [events.WaitReturn]


def test_the_process_that_collects_a_child_is_named_unless_a_copy_records_it():
    found = []
    recorder = CallEvents()
    recorder.sink = lambda event: found.append(event.what)
    for is_copy in (False, True):
        recorder._is_copy = is_copy
        recorder.record_call(200 + is_copy, 1, "wait4", (-1, 0), (Waited(77, Exited(0)), 0))
    reaps = [one for one in found if isinstance(one, events.Reap)]
    assert [each.by for each in reaps] == [Member("P2"), None]
