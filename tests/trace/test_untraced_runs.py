"""Where tracing is not permitted: strace's record, and as a last resort one's own calls."""

from __future__ import annotations

import shutil

import pytest

from simpsh.base.events import Exec, Exit, Fork, Pipe, Reap, SignalDeliver, SignalSend, Stop
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.trace.strace.strace_run import record_through_strace
from simpsh.trace.tracer.traced_command import TracedCommand
from simpsh.trace.tracer.untraced_run import record_own_calls
from tests.trace.test_tracer import ORPHAN, STOPPED
from tests.trace.traced_runs import disorder, whats


@pytest.mark.usefixtures("tracer")
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_fallback_through_strace_tells_the_same_lives(compiled):
    found, status = record_through_strace(TracedCommand((compiled(STOPPED),)))
    assert status == 0
    assert disorder(found.events) in ([], ["P0 never ends"])
    assert [what.signal for what in whats(found, Stop)] == [19]
    assert [what.signal for what in whats(found, SignalSend)] == [19, 18, 15]
    assert {what.signal for what in whats(found, SignalDeliver)} == {15, 17, 18, 19}
    assert [what.status for what in whats(found, Exit)] == [15, 0]
    assert [what.child for what in whats(found, Reap)] == ["P1"]
    assert len(whats(found, Pipe)) == 1
    assert "not seen" in found.header.unseen
    found, status = record_through_strace(TracedCommand((compiled(ORPHAN),)))
    assert status == 0x0500
    assert [what.child for what in whats(found, Fork)] == ["P1", "P2"]
    assert len(whats(found, Exec)) == 1
    assert list(chronicle_of(found.events, "calls").processes) == ["P0", "P1", "P2"]


def test_the_last_resort_tells_of_its_own_calls_and_says_what_is_missing():
    found, status = record_own_calls(TracedCommand(("/bin/sh", "-c", "/bin/true; exit 6")))
    assert status == 0x0600
    kinds = [type(event.what).__name__ for event in found.events]
    assert kinds == ["Start", "Exec", "Exit", "Reap"]
    assert found.header.source == "shell"
    assert "only the calls of simpsh itself" in found.header.unseen
    failed, status = record_own_calls(TracedCommand(("/nowhere/at-all",)))
    assert status == 0x7F00
    assert [type(event.what).__name__ for event in failed.events] == ["Start", "Exit", "Reap"]
