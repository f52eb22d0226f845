"""The record of a shell has every event up to its end, whenever the tracer is asked to end."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest

from simpsh.base.events import Exec
from simpsh.base.signal_names import SIGKILL
from simpsh.grade.shells.terminal_session import TerminalSession
from simpsh.kernel import signals
from simpsh.process.worker import WorkerEnded
from simpsh.trace.tracer.traced_command import TracedCommand
from tests.support.processes import state_of, wait_until


def session(tmp_path, line):
    return TerminalSession(TracedCommand(("/bin/sh", "-c", line), dict(os.environ), str(tmp_path)))


def test_the_record_is_whole_also_of_a_shell_that_makes_calls_without_end(tmp_path):
    with session(tmp_path, "/bin/true; /bin/true; while :; do :>f; done") as shell:
        wait_until((tmp_path / "f").exists, "the loop")
        events = shell.end().events
    assert [event.seq for event in events] == [*range(1, len(events) + 1)]
    executed = [event.what.argv[0] for event in events if isinstance(event.what, Exec)]
    assert executed == ["/bin/sh", "/bin/true", "/bin/true"]


def test_a_tracer_that_was_killed_is_told_and_the_shell_is_gone(tmp_path):
    with pytest.raises(WorkerEnded), session(tmp_path, "exec sleep 1000") as shell:
        signals.kill(shell._tracer.pid, SIGKILL)
    # An orphan of the tracer, which this process or init adopts.
    wait_until(lambda: state_of(shell.pid) in (None, "Z"), "the end of the shell")
    with suppress(ChildProcessError):
        os.waitpid(shell.pid, 0)
