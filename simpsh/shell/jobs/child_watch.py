"""Hearing of a child's own steps between fork and exec, where they are recorded.

Each watched child has one end of a close-on-exec socket pair that keeps messages apart. It
reports each of its calls and waits for no answer. End of file after a reported execve means that
it succeeded. Where no calls are wanted, there is no socket.
"""

from __future__ import annotations

import marshal
import os
import select
import time

from simpsh.base.events import Snapshot
from simpsh.trace.recording.shell_recorder import Recorder

_LONGEST_MESSAGE = 1 << 17
_SNAPSHOT = "snapshot"
_PATIENCE = 5000
"""Milliseconds until a child runs its command though the shell does not listen."""


class Reporter:
    """The child's side: sends every call home."""

    def __init__(self, socket: int) -> None:
        self._socket = socket
        os.set_blocking(socket, False)

    def report(
        self, time_ns: int, name: str, args: tuple[object, ...], outcome: tuple[object, int] | None
    ) -> None:
        """Report a call in plain form: its result and errno, or None when it only begins."""
        data = marshal.dumps((time_ns, name, args, outcome))  # type: ignore[arg-type] # all plain
        try:
            try:
                os.write(self._socket, data)
            except BlockingIOError:
                # Hundreds of calls are waiting to be heard. A shell that is stopped hears none.
                room = select.poll()
                room.register(self._socket, select.POLLOUT)
                if room.poll(_PATIENCE):
                    os.write(self._socket, data)
        except OSError:
            # The shell is gone or does not listen any more; the command is still to be run.
            return

    def report_snapshot(self, snapshot: Snapshot) -> None:
        """Report what /proc says of the child."""
        values = tuple(getattr(snapshot, name) for name in Snapshot._fields)
        self.report(time.monotonic_ns(), _SNAPSHOT, values, None)


class ChildWatch:
    """The parent's side: one socket for each child that has not exec'ed yet."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._pids: dict[int, int] = {}
        self._execs: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._poll = select.poll()

    def expect(self, pid: int, socket: int) -> None:
        """Listen to a child on our end of its pair."""
        self._pids[socket] = pid
        self._poll.register(socket, select.POLLIN)

    @property
    def is_open(self) -> bool:
        """Whether a child is still on its way to exec, as far as it is known."""
        return bool(self._pids)

    def listen(self, wakeup: int | None, milliseconds: int | None) -> bool:
        """Wait for messages and handle them; False when only `wakeup` became readable, or none."""
        if wakeup is not None:
            self._poll.register(wakeup, select.POLLIN)
        try:
            ready = self._poll.poll(milliseconds)
        finally:
            if wakeup is not None:
                self._poll.unregister(wakeup)
        has_heard = False
        for socket, _ in ready:
            if socket in self._pids:
                self._hear(socket)
                has_heard = True
        return has_heard

    def drain(self) -> None:
        """Handle what has arrived, without waiting for more."""
        while self._pids and self.listen(None, 0):
            pass

    def close(self) -> None:
        """Listen no more."""
        for socket in list(self._pids):
            self._forget(socket)

    def _hear(self, socket: int) -> None:
        try:
            message = os.read(socket, 2 * _LONGEST_MESSAGE)
        except ConnectionResetError:
            # Told once, ahead of the messages that are still queued: see unix(7).
            message = os.read(socket, 2 * _LONGEST_MESSAGE)
        pid = self._pids[socket]
        if message:
            self._take(pid, *marshal.loads(message))
            return
        self._forget(socket)
        executed = self._execs.pop(pid, None)
        if executed is not None:
            self._recorder.record_exec(pid, *executed)

    def _take(
        self,
        pid: int,
        time_ns: int,
        name: str,
        args: tuple[object, ...],
        outcome: tuple[object, int] | None,
    ) -> None:
        if name == _SNAPSHOT:
            snapshot = Snapshot(*args)  # type: ignore[arg-type] # made by report_snapshot
            self._recorder.tell(pid, time_ns, snapshot)
            return
        self._recorder.record_call(pid, time_ns, name, args, outcome)
        if name == "execve":
            self._execs.pop(pid, None)
            if outcome is None:
                self._execs[pid] = str(args[0]), tuple(args[1])  # type: ignore[arg-type] # words

    def _forget(self, socket: int) -> None:
        self._poll.unregister(socket)
        del self._pids[socket]
        os.close(socket)
