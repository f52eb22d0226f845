"""Where tracing is not permitted: as a last resort one's own calls."""

from __future__ import annotations

from simpsh.trace.tracer.traced_command import TracedCommand
from simpsh.trace.tracer.untraced_run import record_own_calls


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
