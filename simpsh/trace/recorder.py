"""Turning the shell's own calls, and its children's up to exec, into events as they happen."""

from __future__ import annotations

import os
import time

from simpsh import events
from simpsh.events import Call, Event
from simpsh.kernel import waiting
from simpsh.trace.arguments import plain, plain_one
from simpsh.wait_status import Continued, Stopped, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simpsh.events import What

    Sink = Callable[[Event], None]
    Outcome = tuple[object, int] | None

_WAITS = ("wait4", "waitpid", "waitid")
_TELLING = frozenset((*_WAITS, "fork", "pipe2", "open", "dup2", "setpgid"))
NEEDED = frozenset((*_WAITS, "fork", "execve", "subshell", "pipe2", "open", "dup2", "setpgid"))
"""The calls that tell, in the textbook's words, what happened."""
_OPTIONS = {
    waiting.WNOHANG: "WNOHANG",
    waiting.WUNTRACED: "WUNTRACED",
    waiting.WCONTINUED: "WCONTINUED",
}


_LEFT_OUT = (events.Exit, events.Reap, events.ExecError)
"""What the textbook's words pass over."""


class Recorder:
    """An observer that tells its sinks of each call, and of what the call means.

    A sink is a function of an event. Nothing is kept here, so that a forked copy of the shell
    can go on recording.
    """

    def __init__(self) -> None:
        self.sinks: list[Sink] = []
        self.wants_calls = True
        """Whether a sink wants every call; else those that the textbook's words need will do."""
        self.wants_snapshots = False
        self.start_ns = time.monotonic_ns()
        self._seq = 0
        self._is_copy = False
        self._names: dict[int, str] = {os.getpid(): "P0"}
        self._waiting: set[int] = set()

    # --------------------------------------------------------------- as an observer

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Hear of a call of this process that begins."""
        self.heard(os.getpid(), time.monotonic_ns(), name, plain(args), None)
        if name == "execve" and self.wants_calls and _can_execute(str(args[0])):
            # Nobody is left to tell afterwards; should it fail after all, an exec_error follows.
            self.succeeded_exec(os.getpid(), str(args[0]), tuple(plain(args)[1]))  # type: ignore[arg-type]

    def returned(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Hear of a finished call of this process."""
        if name not in NEEDED and not self.wants_calls:
            return
        if not self.wants_calls and isinstance(result, waiting.Waited):
            # Of a status the textbook's words need the word alone.
            result = (result.pid, result.status)
        outcome = plain_one(result), errno
        self.heard(os.getpid(), time.monotonic_ns(), name, plain(args), outcome)

    def go_on_in_copy(self) -> None:
        """Go on in a forked copy of the shell, which records for itself from now on.

        Names and numbers are left to whoever reads the recording: two processes that count on
        would give the same ones twice.
        """
        self._is_copy = True
        self._names.clear()
        self._waiting.clear()

    # ------------------------------------------------------------- of other processes

    def heard(
        self, pid: int, time_ns: int, name: str, args: tuple[object, ...], outcome: Outcome
    ) -> None:
        """Hear of any process's call: its result and errno, or None when it only begins."""
        if name in _WAITS and not self._is_news(pid, args, outcome):
            return
        if name not in NEEDED and not self.wants_calls:
            return
        begins = outcome is None
        result, errno = outcome or (None, 0)
        if name in _TELLING or self.wants_calls:
            for whom, what in meanings(name, args, outcome):
                if self.wants_calls or not isinstance(what, _LEFT_OUT):
                    self._tell(whom, what, time_ns, pid)
        if self.wants_calls or begins:
            self._tell(None, Call(name, args, result, errno, begins), time_ns, pid)

    def succeeded_exec(self, pid: int, path: str, argv: tuple[str, ...]) -> None:
        """Hear that another process's execve did not come back."""
        if not self.wants_calls:
            return
        self._tell(None, events.Exec(argv, path), time.monotonic_ns(), pid)

    def tell(self, pid: int, time_ns: int, what: What) -> None:
        """Record something else about a process."""
        self._tell(None, what, time_ns, pid)

    def look_at(self, pid: int, status: int | None = None) -> None:
        """Record what /proc says of a process now, where that is wanted."""
        if self.wants_snapshots:
            from simpsh.trace.snapshots import snapshot_of

            snapshot = snapshot_of(pid, status=status)
            if snapshot is not None:
                self.tell(pid, time.monotonic_ns(), snapshot)

    # ---------------------------------------------------------------------- inside

    def _is_news(self, pid: int, args: tuple[object, ...], outcome: Outcome) -> bool:
        if outcome is None:
            # The shell says that it waits before it lets watched children go, then really does.
            is_poll = len(args) > 1 and bool(_int(args[1]) & waiting.WNOHANG)
            if is_poll or pid in self._waiting:
                return False
            self._waiting.add(pid)
            return True
        if outcome == (None, 0):
            return False
        self._waiting.discard(pid)
        return True

    def _tell(self, whom: int | None, what: What, time_ns: int, pid: int) -> None:
        if isinstance(what, events.Fork):
            what = events.Fork(what.child_pid, self._name_child(what.child_pid), what.syscall)
        elif isinstance(what, events.WaitReturn) and what.child_pid > 0:
            child = self._names.get(what.child_pid, "")
            what = events.WaitReturn(what.child_pid, child, what.status, what.errno)
        elif isinstance(what, events.Reap):
            child = self._names.get(what.child_pid, "")
            what = events.Reap(what.child_pid, child, self._names.get(pid, ""))
        whose = pid if whom is None else whom
        self._seq += not self._is_copy
        event = Event(
            whose,
            what,
            time_ns - self.start_ns,
            0 if self._is_copy else self._seq,
            self._names.get(whose, ""),
        )
        for sink in self.sinks:
            sink(event)

    def _name_child(self, pid: int) -> str:
        if self._is_copy or not self.wants_calls:
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
    """Say what a call means in the schema's words: pairs of whose event (None: the caller's), what.

    Args:
        name: the call, as kernel/ names it.
        args: in plain form.
        outcome: result and errno, or None when the call only begins.
    """
    if outcome is None:
        if name in _WAITS:
            options = _int(args[1]) if len(args) > 1 else 0
            words = tuple(word for bit, word in _OPTIONS.items() if options & bit)
            yield None, events.Wait(_int(args[0]), words, name)
        return
    result, errno = outcome
    if name in _WAITS:
        yield from _waited(result, errno)
        return
    make = _MEANINGS.get(name)
    if make is not None:
        what = make(args, result, errno)
        if what is not None:
            yield None, what


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
            yield None, events.Reap(pid, "")
            return
    yield None, events.WaitReturn(pid, "", word)


def _fork(_args: tuple[object, ...], result: object, errno: int) -> What | None:
    return None if errno else events.Fork(_int(result), "", "fork")


def _spawn(_args: tuple[object, ...], result: object, errno: int) -> What | None:
    return None if errno else events.Fork(_int(result), "", "vfork")


def _execve(args: tuple[object, ...], _result: object, errno: int) -> What | None:
    return events.ExecError(str(args[0]), errno)


def _pipe(_args: tuple[object, ...], result: object, errno: int) -> What | None:
    ends = result if isinstance(result, list) else [-1, -1]
    return None if errno else events.Pipe(_int(ends[0]), _int(ends[1]))


def _open(args: tuple[object, ...], result: object, errno: int) -> What | None:
    descriptor = -1 if errno else _int(result)
    return events.Open(str(args[0]), descriptor, _int(args[1]), errno)


def _dup(args: tuple[object, ...], result: object, errno: int) -> What | None:
    new = _int(args[1]) if errno else _int(result)
    return events.Dup(_int(args[0]), new, errno)


def _close(args: tuple[object, ...], _result: object, errno: int) -> What | None:
    return None if errno else events.Close(_int(args[0]))


def _setpgid(args: tuple[object, ...], _result: object, errno: int) -> What | None:
    return events.SetPgid(_int(args[0]), _int(args[1]), errno)


def _setsid(_args: tuple[object, ...], result: object, errno: int) -> What | None:
    return None if errno else events.SetSid(_int(result))


def _tcsetpgrp(args: tuple[object, ...], _result: object, errno: int) -> What | None:
    return events.TcSetPgrp(_int(args[1]), errno)


def _kill(args: tuple[object, ...], _result: object, errno: int) -> What | None:
    return events.SignalSend(_int(args[0]), _int(args[1]), errno)


def _killpg(args: tuple[object, ...], _result: object, errno: int) -> What | None:
    return events.SignalSend(-_int(args[0]), _int(args[1]), errno)


_MEANINGS: dict[str, Callable[[tuple[object, ...], object, int], What | None]] = {
    "fork": _fork,
    "posix_spawn": _spawn,
    "execve": _execve,
    "pipe2": _pipe,
    "open": _open,
    "dup2": _dup,
    "fcntl(F_DUPFD_CLOEXEC)": _dup,
    "close": _close,
    "setpgid": _setpgid,
    "setsid": _setsid,
    "tcsetpgrp": _tcsetpgrp,
    "kill": _kill,
    "killpg": _killpg,
}


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
