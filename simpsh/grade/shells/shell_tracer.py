"""The process that traces a shell at a terminal, from its start until no process below it lives.

It is a process apart because a tracer waits for all that it traces, and a subreaper so that what
the shell leaves behind is found and ended with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from simpsh.base.events import Event, Exec, Start
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCHLD, SIGTERM
from simpsh.grade.shells.substitute_shell import installed_shell
from simpsh.kernel import signals
from simpsh.kernel.processes import set_child_subreaper
from simpsh.process.subreaper import collect_all
from simpsh.process.worker import Channel
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.process_tracer import Tracer
from simpsh.trace.tracer.traced_command import TracedCommand, start

LEVEL = "calls"
_MOST_EVENTS = 100_000
_LONG_SECONDS = 3600.0


class ShellRecord(Record):
    """What a shell and all below it did."""

    events: tuple[Event, ...]
    start_ns: int
    """When the record began, by CLOCK_MONOTONIC."""
    shells: Mapping[int, str]
    """The installed shells that were executed, by the number of the event."""


class ShellTracer:
    """Traces one shell, and tells of it: its pid, its status word when it has ended, its record.

    SIGTERM asks to end all processes.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._events: list[Event] = []
        self._start_ns = 0
        self._shells: dict[int, str] = {}
        self._is_told = False
        options = TracerOptions(
            before_waiting=self._tell_end, when_told=self._look_at_program, sleep=self._sleep
        )
        self._tracer = Tracer(self._put, LEVEL, options)

    def follow(self, command: TracedCommand, prepare: Callable[[], object]) -> None:
        """Start the shell and follow it until no process below it lives.

        Args:
            command: the shell.
            prepare: called in its process before its program begins.
        """
        set_child_subreaper(True)
        signals.sigaction(SIGTERM, self._end)
        pid = start(command, LEVEL, prepare)
        signals.sigprocmask(signals.SIG_BLOCK, (SIGCHLD,))
        self._tracer.begin(pid, command.argv)
        self._channel.send(pid)
        try:
            self._tracer.run()
            self._tell_end()
        finally:
            signals.sigaction(SIGTERM, signals.SIG_IGN)
            self._tracer.kill_all()
            # Orphans came to this process, the subreaper, when their parents ended.
            collect_all()
            self._tell_end()
            self._channel.send(ShellRecord(tuple(self._events), self._start_ns, self._shells))

    def _end(self, *_: object) -> None:
        # The tracer sees it between two statuses: in the midst of one, events would get lost.
        self._tracer.deadline = 0.0

    def _sleep(self, seconds: float | None) -> bool:
        """Wait for SIGCHLD or the request to end; return whether none came."""
        before = signals.sigprocmask(signals.SIG_BLOCK, (SIGTERM,))
        try:
            if seconds is None and self._tracer.deadline is not None:
                return False
            wanted = (SIGCHLD, SIGTERM)
            came = signals.sigtimedwait(wanted, _LONG_SECONDS if seconds is None else seconds)
            if came == SIGTERM:
                self._end()
            return came is None
        finally:
            signals.sigprocmask(signals.SIG_SETMASK, before)

    def _put(self, event: Event) -> None:
        # Who makes calls without end must not fill our memory.
        if event.seq <= _MOST_EVENTS:
            self._events.append(event)

    def _tell_end(self) -> None:
        if self._tracer.root_status is not None and not self._is_told:
            self._is_told = True
            self._channel.send(self._tracer.root_status)

    def _look_at_program(self, event: Event) -> None:
        """Note when the record begins, and each installed shell, while its process is held."""
        if isinstance(event.what, Start):
            self._start_ns = time.monotonic_ns() - event.ts
        elif isinstance(event.what, Exec) and (path := installed_shell(f"/proc/{event.pid}/exe")):
            self._shells[event.seq] = path
