"""The shell's own calls, and its children's up to exec, turned into events as they happen.

The narrator hears of each call of the shell first, as it was made; what children report they have
narrated themselves.

Arguments and results are put into plain form: numbers, texts and lists, as JSON can hold them.
"""

from __future__ import annotations

import os
import time

from simpsh.base import events
from simpsh.base.events import Call, Event
from simpsh.base.record import Record
from simpsh.base.wait_status import (
    Continued,
    Exited,
    Killed,
    Stopped,
    decode,
    encode,
    is_end,
    wait_option_names,
)
from simpsh.kernel import wait_calls
from simpsh.kernel.wait_calls import Waited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Protocol

    from simpsh.base.events import Snapshot, What
    from simpsh.kernel.call_observer import Observer

    Sink = Callable[[Event], None]
    Outcome = tuple[object, int] | None

    class CallNarrator(Observer, Protocol):
        """Who tells a person of each call, as an observer."""

        def hear(self, pid: int, call: Call) -> None:
            """Hear of a call that a child has made, and told itself."""

        def hear_exec(self, pid: int, path: str, argv: Sequence[object]) -> None:
            """Hear that a child's execve has succeeded."""

        def see(self, pid: int, snapshot: Snapshot) -> None:
            """Hear what /proc says of a process."""


_WAITS = ("wait4", "waitpid", "waitid")


class Recorder:
    """An observer that tells its sinks of each call, and of what the call means.

    A sink is a function of an event. Nothing is kept here, so that a forked copy of the shell
    can continue to record.
    """

    def __init__(self, narrator: CallNarrator) -> None:
        self.sinks: list[Sink] = []
        self.narrator = narrator
        self.wants_snapshots = False
        self.start_ns = time.monotonic_ns()
        self._seq = 0
        self._fork_ns = 0
        self._is_copy = False
        self._names: dict[int, str] = {os.getpid(): "P0"}
        self._waiting: set[int] = set()

    # --------------------------------------------------------------- as an observer

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Record a call of this process that begins."""
        self.narrator.entering(name, args)
        if name == "fork":
            # What the child does may come before this process goes on.
            self._fork_ns = time.monotonic_ns()
            return
        self.record_call(os.getpid(), time.monotonic_ns(), name, plain_arguments(args), None)
        if name == "execve" and _can_execute(str(args[0])):
            # Nothing of ours is left to tell afterwards; if it fails, an exec_error follows.
            self.record_exec(os.getpid(), str(args[0]), tuple(plain_arguments(args)[1]))  # type: ignore[arg-type]

    def returned(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Record a finished call of this process."""
        self.narrator.returned(name, args, result, errno)
        outcome = plain_value(result), errno
        now = self._fork_ns if name == "fork" else time.monotonic_ns()
        self.record_call(os.getpid(), now, name, plain_arguments(args), outcome)

    def continue_in_copy(self) -> None:
        """Continue in a forked copy of the shell, which records for itself from now on.

        Names and numbers are left to the reader of the recording: two processes that count on
        would give the same ones twice.
        """
        self._is_copy = True
        self._names.clear()
        self._waiting.clear()

    # ------------------------------------------------------------- of other processes

    def record_call(
        self, pid: int, time_ns: int, name: str, args: tuple[object, ...], outcome: Outcome
    ) -> None:
        """Record any process's call: its result and errno, or None when it only begins."""
        if name in _WAITS and not self._is_news(pid, args, outcome):
            return
        result, errno = outcome or (None, 0)
        for owner, what in meanings(name, args, outcome):
            self._tell(owner, what, time_ns, pid)
        self._tell(None, Call(name, args, result, errno, outcome is None), time_ns, pid)

    def record_exec(self, pid: int, path: str, argv: tuple[str, ...]) -> None:
        """Record that another process's execve did not come back."""
        self._tell(None, events.Exec(argv, path), time.monotonic_ns(), pid)

    def tell(self, pid: int, time_ns: int, what: What) -> None:
        """Record something else about a process."""
        self._tell(None, what, time_ns, pid)

    def look_at(self, pid: int) -> None:
        """Record what /proc says of a process now, where that is wanted."""
        if self.wants_snapshots:
            from simpsh.trace.recording.snapshot_events import snapshot_of

            snapshot = snapshot_of(pid)
            if snapshot is not None:
                self.narrator.see(pid, snapshot)
                self.tell(pid, time.monotonic_ns(), snapshot)

    # ---------------------------------------------------------------------- inside

    def _is_news(self, pid: int, args: tuple[object, ...], outcome: Outcome) -> bool:
        if outcome is None:
            # The shell says that it waits before it lets watched children go, then really does.
            is_poll = len(args) > 1 and bool(_int(args[1]) & wait_calls.WNOHANG)
            if is_poll or pid in self._waiting:
                return False
            self._waiting.add(pid)
            return True
        if outcome == (None, 0):
            return False
        self._waiting.discard(pid)
        return True

    def _tell(self, owner: int | None, what: What, time_ns: int, pid: int) -> None:
        if isinstance(what, events.Fork):
            what = events.Fork(what.child_pid, self._name_child(what.child_pid), what.syscall)
        elif isinstance(what, events.WaitReturn) and what.child_pid > 0:
            child = self._names.get(what.child_pid, "")
            what = events.WaitReturn(what.child_pid, child, what.status, what.errno)
        elif isinstance(what, events.Reap):
            child = self._names.get(what.child_pid, "")
            what = events.Reap(what.child_pid, child, self._names.get(pid, ""))
        owner = pid if owner is None else owner
        self._seq += not self._is_copy
        event = Event(
            owner,
            what,
            time_ns - self.start_ns,
            0 if self._is_copy else self._seq,
            self._names.get(owner, ""),
        )
        for sink in self.sinks:
            sink(event)

    def _name_child(self, pid: int) -> str:
        if self._is_copy:
            return ""
        name = f"P{len(self._names)}"
        while name in self._names.values():
            name = f"P{int(name[1:]) + 1}"
        self._names[pid] = name
        return name


def _can_execute(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def meanings(
    name: str, args: tuple[object, ...], outcome: Outcome
) -> Iterator[tuple[int | None, What]]:
    """Return what a call means in the schema's words: pairs of a pid (None: the caller's), what.

    Args:
        name: the call, as kernel/ names it.
        args: in plain form.
        outcome: result and errno, or None when the call only begins.
    """
    if outcome is None:
        if name in _WAITS:
            options = _int(args[1]) if len(args) > 1 else 0
            yield None, events.Wait(_int(args[0]), wait_option_names(options), name)
        return
    result, errno = outcome
    if name in _WAITS:
        yield from _waited(result, errno)
    elif name in _ATTEMPTS:
        yield None, _ATTEMPTS[name](args, result, errno)
    elif name in _RESULTS and not errno:
        yield None, _RESULTS[name](args, result)


def _waited(result: object, errno: int) -> Iterator[tuple[int | None, What]]:
    if errno or not isinstance(result, list):
        yield None, events.WaitReturn(-1, "", None, errno)
        return
    pid, word = _int(result[0]), _int(result[1])
    match decode(word):
        case Stopped(signal):
            yield pid, events.Stop(int(signal))
        case Continued():
            yield pid, events.Continue()
        case _:
            used = result[2] if len(result) > 2 and isinstance(result[2], list) else (0.0, 0.0, 0)
            yield pid, events.Exit(word, float(used[0]), float(used[1]), int(used[2]))
    yield None, events.WaitReturn(pid, "", word)
    if is_end(word):
        yield None, events.Reap(pid, "")


_RESULTS: dict[str, Callable[[tuple[object, ...], object], What]] = {
    "fork": lambda _, pid: events.Fork(_int(pid), "", "fork"),
    "posix_spawn": lambda _, pid: events.Fork(_int(pid), "", "vfork"),
    "pipe2": lambda _, ends: events.Pipe(*(ends if isinstance(ends, list) else (-1, -1))),
    "close": lambda args, _: events.Close(_int(args[0])),
    "setsid": lambda _, sid: events.SetSid(_int(sid)),
}
"""What a call means by its arguments and result; nothing where it failed."""

_ATTEMPTS: dict[str, Callable[[tuple[object, ...], object, int], What]] = {
    "execve": lambda args, _, errno: events.ExecError(str(args[0]), errno),
    "open": lambda args, fd, errno: events.Open(
        str(args[0]), -1 if errno else _int(fd), _int(args[1]), errno
    ),
    **dict.fromkeys(
        ("dup2", "fcntl(F_DUPFD_CLOEXEC)"),
        lambda args, fd, errno: events.Dup(_int(args[0]), _int(args[1] if errno else fd), errno),
    ),
    "setpgid": lambda args, _, errno: events.SetPgid(_int(args[0]), _int(args[1]), errno),
    "tcsetpgrp": lambda args, _, errno: events.TcSetPgrp(_int(args[1]), errno),
    "kill": lambda args, _, errno: events.SignalSend(_int(args[0]), _int(args[1]), errno),
    "killpg": lambda args, _, errno: events.SignalSend(-_int(args[0]), _int(args[1]), errno),
}
"""What a call means, with its errno where it failed."""


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


_LONGEST_TEXT = 4096
_MOST_WORDS = 64


def plain_arguments(args: tuple[object, ...]) -> tuple[object, ...]:
    """Return arguments as they can be sent and recorded, shortened where they are long."""
    return tuple(plain_value(value) for value in args)


def plain_value(value: object) -> object:
    """Return one argument or result in its plain form.

    An environment becomes the number of its entries, dispositions become pairs, a wait status
    its word, a record the list of its fields.

    >>> plain_value(Waited(7, Exited(3), None))
    [7, 768, None]
    """
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, bytes):
        return value[:_LONGEST_TEXT].decode(errors="backslashreplace")
    return _plain_structure(value)


def _plain_structure(value: object) -> object:
    match value:
        case dict():
            return _plain_mapping(value)
        case set() | frozenset():
            return sorted(int(number) for number in value)
        case list() | tuple():
            return [plain_value(one) for one in value[:_MOST_WORDS]]
        case Exited() | Killed() | Stopped() | Continued():
            return encode(value)
        case Waited(pid, status, rusage):
            return [pid, encode(status), _usage(rusage)]
        case Record():
            return [plain_value(getattr(value, name)) for name in type(value)._fields]
        case _:
            return "handler" if callable(value) else repr(value)[:_LONGEST_TEXT]


def _plain_mapping(value: dict[object, object]) -> object:
    if all(isinstance(key, int) for key in value):
        return [[key, _disposition(action)] for key, action in value.items()]
    return len(value)


def _disposition(action: object) -> object:
    return int(action) if isinstance(action, int) else "handler"


def _usage(rusage: object) -> object:
    names = ("ru_utime", "ru_stime", "ru_maxrss")
    return [getattr(rusage, name) for name in names] if rusage is not None else None
