"""Hearing of a child's own steps between fork and exec, when an observer watches.

Each watched child has one end of a close-on-exec socket pair that keeps messages apart. It
reports each of its calls; before the first execve it waits for an acknowledgement, so that the
line about it is written before the program can print. End of file after a reported execve means
that it succeeded. If no one watches, there is no socket.
"""

from __future__ import annotations

import marshal
import os
import select
import time

from simpsh.base.events import Snapshot
from simpsh.base.record import Record
from simpsh.kernel import call_observer, signals
from simpsh.kernel.descriptors import own_pair
from simpsh.trace.recording.shell_recorder import NEEDED, Recorder, plain_arguments, plain_value

TYPE_CHECKING = False

_LONGEST_MESSAGE = 1 << 17
_SNAPSHOT, _FLUSH = "snapshot", "flush"
GO = b"g"


class Reporter:
    """The child's side: an observer that sends every call home."""

    def __init__(self, socket: int, recorder: Recorder) -> None:
        self._socket = socket
        self._must_wait = True
        self._wants_calls = recorder.wants_calls
        self._wants_snapshots = recorder.wants_snapshots

    def await_start(self) -> bool:
        """Wait until the parent has everything in place; False if the parent is gone."""
        return os.read(self._socket, 1) == GO

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Report that a call begins; before the first execve, wait until that is written."""
        if not self._wants_calls and not self._must_wait:
            return
        is_last = self._must_wait and name in ("execve", "subshell")
        if is_last and self._wants_snapshots:
            self._send_snapshot()
        self._send(name, plain_arguments(args), None)
        if is_last:
            self._must_wait = False
            os.read(self._socket, 1)

    def returned(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Report a finished call."""
        if self._wants_calls or name in NEEDED:
            self._send(name, plain_arguments(args), (plain_value(result), errno))

    def flush(self) -> None:
        """Wait until every call reported so far is written, if calls are."""
        if not self._wants_calls:
            return
        self._send(_FLUSH, (), None)
        os.read(self._socket, 1)

    def _send_snapshot(self) -> None:
        from simpsh.trace.recording.snapshot_events import snapshot_of

        with call_observer.observing(None):
            snapshot = snapshot_of(os.getpid())
        if snapshot is not None:
            values = tuple(getattr(snapshot, name) for name in Snapshot._fields)
            self._send(_SNAPSHOT, values, None)

    def _send(
        self, name: str, args: tuple[object, ...], outcome: tuple[object, int] | None
    ) -> None:
        message = (time.monotonic_ns(), name, args, outcome)
        try:
            os.write(self._socket, marshal.dumps(message))  # type: ignore[arg-type] # all plain
        except OSError:
            # The shell is gone or does not listen any more; the command is still to be run.
            return


class WatchedChild(Record):
    """What a watched child is given: whom it reports to, and who watches a copy of the shell."""

    reporter: Reporter
    recorder: Recorder


class ChildWatch:
    """The parent's side: one socket for each child that has not exec'ed yet."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._pids: dict[int, int] = {}
        self._execs: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._let_go: set[int] = set()
        self._members = 0
        self._poll = select.poll()

    @staticmethod
    def pair() -> tuple[int, int]:
        """Make a socket pair: the shell's end, and the child's."""
        return own_pair(keeps_messages_apart=True)

    def watched(self, socket: int) -> WatchedChild:
        """Return, in the child, what it needs."""
        return WatchedChild(Reporter(socket, self._recorder), self._recorder)

    def expect(self, pid: int, socket: int) -> None:
        """Listen to a child on our end of its pair."""
        self._pids[socket] = pid
        self._members += 1
        self._poll.register(socket, select.POLLIN)

    def start_all(self) -> None:
        """Let children with neighbours begin: groups and the terminal are in place.

        One alone has begun by itself, and waits before its execve at the latest.
        """
        if self._members < 2:
            return
        for socket in self._pids:
            _write(socket, GO)

    @property
    def is_open(self) -> bool:
        """Whether a child is still on its way to exec, as far as it is known."""
        return bool(self._pids)

    @property
    def is_expecting(self) -> bool:
        """Whether there is still something to hear that must be told before what comes next.

        For the textbook's words that is the first execve; else every call up to the last one.
        """
        if self._recorder.wants_calls:
            return bool(self._pids)
        return any(pid not in self._let_go for pid in self._pids.values())

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
        message = _read(socket)
        pid = self._pids[socket]
        if not message:
            self._forget(socket)
            executed = self._execs.pop(pid, None)
            if executed is not None:
                self._recorder.record_exec(pid, *executed)
            return
        self._take(pid, socket, *marshal.loads(message))

    def _take(
        self,
        pid: int,
        socket: int,
        time_ns: int,
        name: str,
        args: tuple[object, ...],
        outcome: tuple[object, int] | None,
    ) -> None:
        if name == _SNAPSHOT:
            snapshot = Snapshot(*args)  # type: ignore[arg-type] # made by _send_snapshot
            self._recorder.tell(pid, time_ns, snapshot)
            return
        if name != _FLUSH:
            self._recorder.record_call(pid, time_ns, name, args, outcome)
        if name == "execve":
            self._execs.pop(pid, None)
            if outcome is None:
                self._execs[pid] = str(args[0]), tuple(args[1])  # type: ignore[arg-type] # words
        is_first = outcome is None and name in ("execve", "subshell") and pid not in self._let_go
        if is_first:
            self._let_go.add(pid)
        if is_first or name == _FLUSH:
            # Only who waits is answered: what is left unread when the child execs would reset
            # the connection.
            _write(socket, GO)

    def _forget(self, socket: int) -> None:
        self._poll.unregister(socket)
        del self._pids[socket]
        os.close(socket)


def _read(socket: int) -> bytes:
    try:
        return os.read(socket, 2 * _LONGEST_MESSAGE)
    except ConnectionResetError:
        # Told once, ahead of the messages that are still queued: see unix(7).
        return os.read(socket, 2 * _LONGEST_MESSAGE)


def _write(socket: int, data: bytes) -> None:
    try:
        signals.write_unharmed(socket, data)
    except OSError:
        # The child died before it could be told; its status says so.
        return
