"""The shell's own calls, and its children's up to exec: kept, and later turned into events.

The narrator gets each call of the shell first; children narrate their own steps.
"""

from __future__ import annotations

import os
import time

from simpsh.base import events
from simpsh.base.event_kind import ENTRIES
from simpsh.base.events import Event
from simpsh.base.process_names import FIRST, child_name
from simpsh.base.record import changed
from simpsh.base.targets import Member
from simpsh.base.wait_status import (
    WAITS,
    Continued,
    Exited,
    Killed,
    Stopped,
    decode,
    has_ended,
    is_end,
    wait_option_names,
)
from simpsh.kernel import wait_calls
from simpsh.kernel.wait_calls import Waited
from simpsh.trace.recording.child_pages import EXECUTED, PAGE, ChildPage, ChildPages, plain_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    from simpsh.base.events import What
    from simpsh.kernel.call_observer import Observer
    from simpsh.trace.recording.child_pages import Outcome, PlainCall

    class CallNarrator(Observer, Protocol):
        """The observer that narrates."""

        is_on: bool


class CallEvents:
    """Turns calls into events, and passes each to its sink."""

    def __init__(self, sink: Callable[[Event], None]) -> None:
        self._sink = sink
        self._seq = 0
        self._births = 0
        self._last_ns = 0
        self._names: dict[int, str] = {os.getpid(): FIRST}
        self._waiting: set[int] = set()

    def record_call(
        self, pid: int, time_ns: int, name: str, args: tuple[object, ...], outcome: Outcome
    ) -> None:
        """Record a call of any process; `outcome` is None when the call begins."""
        args = tuple(map(plain_value, args))
        if name == EXECUTED:
            path, argv = args
            self._emit(None, events.Exec(tuple(argv), str(path)), time_ns, pid)  # type: ignore[arg-type] # words
            return
        if outcome is not None:
            outcome = plain_value(outcome[0]), outcome[1]
        if name in WAITS and not self._is_news(pid, args, outcome):
            return
        for owner, what in meanings(name, args, outcome):
            self._emit(owner, what, time_ns, pid)

    def _is_news(self, pid: int, args: tuple[object, ...], outcome: Outcome) -> bool:
        if outcome is None:
            # The shell records a wait with WNOHANG, opens a gate, and then really waits.
            is_poll = len(args) > 1 and bool(_int(args[1]) & wait_calls.WNOHANG)
            if is_poll or pid in self._waiting:
                return False
            self._waiting.add(pid)
            return True
        if outcome == (None, 0):
            return False
        self._waiting.discard(pid)
        return True

    def _name_of(self, pid: int) -> str:
        # A child that is older than the first event is named when it is first seen.
        if pid not in self._names:
            self._births += 1
            self._names[pid] = child_name(FIRST, self._births)
        return self._names[pid]

    def _emit(self, owner: int | None, what: What, time_ns: int, pid: int) -> None:
        match what:
            case events.Fork():
                self._births += 1
                child = self._names[what.child_pid] = child_name(FIRST, self._births)
                what = events.Fork(what.child_pid, child, what.syscall)
            case events.WaitReturn():
                if what.child_pid > 0:
                    what = changed(what, child=self._name_of(what.child_pid))
            case events.Reap():
                child = self._name_of(what.child_pid)
                what = events.Reap(what.child_pid, child, Member(self._name_of(pid)))
            case (
                events.LifeEvent() | events.SignalEvent() | events.GroupEvent() | events.Rest()
                | events.DescriptorEvent() | events.SilentEvent() | events.Unfinished()
                | events.PlainEvent()
            ):  # fmt: skip
                pass  # the event does not refer to another process
        owner = pid if owner is None else owner
        # The success of an execve is known a moment later, but times must not decrease.
        self._last_ns = max(time_ns, self._last_ns)
        self._seq += 1
        self._sink(Event(owner, what, self._last_ns, self._seq, self._name_of(owner)))


class Recorder:
    """An observer that keeps each call of the shell and, up to exec, of its children."""

    def __init__(self, narrator: CallNarrator, keep: Callable[[PlainCall], None]) -> None:
        self._keep: Callable[[PlainCall], None] | None = keep
        self._pid = os.getpid()
        self._is_copy = False
        self.narrator = narrator
        self.pages = ChildPages()
        self._fork_ns = 0
        self._page: ChildPage | None = None
        """The page of the child that was forked last, or is forked next."""

    def child_page(self) -> ChildPage:
        """Return the page for the calls of the next child."""
        self._page = self.pages.take(_LEFT_OUT)
        return self._page

    # --------------------------------------------------------------- as an observer

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Record a call of this process that begins."""
        if name == "fork":
            # The child may make calls before this process continues.
            self._fork_ns = time.monotonic_ns()
        if name in _LEFT_OUT and not self.narrator.is_on:
            return
        self.narrator.entering(name, args)
        if name == "_exit" and self._is_copy:
            # Nobody reads the pages of the children that a copy of the shell leaves behind.
            for page in self.pages.left():
                self._take((self._pid, time.monotonic_ns(), PAGE, page, None))
        if name != "fork":
            self._take((self._pid, time.monotonic_ns(), name, args, None))
        path = str(args[0]) if name == "execve" else ""
        if path and os.path.isfile(path) and os.access(path, os.X_OK):
            # Report success now, since none of our code runs afterwards; on failure an exec_error
            # follows.
            self._take((self._pid, time.monotonic_ns(), EXECUTED, args[:2], None))

    def note_return(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Record a finished call of this process."""
        if self.narrator.is_on:
            self.narrator.note_return(name, args, result, errno)
        if name in _LEFT_OUT:
            return
        now = self._fork_ns if name == "fork" else time.monotonic_ns()
        if isinstance(result, Waited) and has_ended(result.status):
            data = self.pages.last_news(result.pid)
            if data:
                self._take((self._pid, now, PAGE, (result.pid, data), None))
        self._take((self._pid, now, name, args, (result, errno)))

    def look_at_children(self) -> None:
        """Record the calls that the children have made until now."""
        for call in self.pages.news():
            self._take(call)

    def _take(self, call: PlainCall) -> None:
        if self._keep is not None and call[2] not in _LEFT_OUT:
            self._keep(call)

    def continue_in_copy(self) -> None:
        """Continue in a forked copy of the shell, whose calls are kept in its page."""
        if self._page is not None:
            self._page.entering("subshell", ())
        self._is_copy = True
        self._pid = os.getpid()
        self._keep = None if self._page is None else self._page.keep
        self.pages = ChildPages()


def meanings(
    name: str, args: tuple[object, ...], outcome: Outcome
) -> Iterator[tuple[int | None, What]]:
    """Return the events of a call: pairs of a pid (None: the caller's) and the event's data."""
    if outcome is None:
        if name in WAITS:
            options = _int(args[1]) if len(args) > 1 else 0
            yield None, events.Wait(_int(args[0]), wait_option_names(options), name)
        return
    result, errno = outcome
    if name in WAITS:
        if errno or not isinstance(result, list):
            yield None, events.WaitReturn(-1, "", None, errno)
            return
        pid, word = _int(result[0]), _int(result[1])
        match decode(word):
            case Stopped(signal):
                yield pid, events.Stop(int(signal))
            case Continued():
                yield pid, events.Continue()
            case Exited() | Killed():
                yield pid, events.Exit(word)
        yield None, events.WaitReturn(pid, "", word)
        if is_end(word):
            yield None, events.Reap(pid, "")
    elif name in _READ:
        what = _READ[name](_PlainCall(name, args, result, errno))
        if what is not None:
            yield None, what


class _PlainCall:
    """A call of simpsh.kernel, with arguments and result in plain form."""

    def __init__(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        self.name = name
        self.result = -1 if errno else _int(result)
        self.errno = errno
        self._args = args
        self._ends = result

    def number(self, index: int) -> int:
        return _int(self._args[index])

    def text(self, index: int) -> str:
        return str(self._args[index])

    def pair(self, index: int) -> tuple[int, int] | None:
        # A function of simpsh.kernel returns the data that the system call writes to an address.
        del index
        is_pair = isinstance(self._ends, list) and len(self._ends) == 2
        return (_int(self._ends[0]), _int(self._ends[1])) if is_pair else None  # type: ignore[index]

    def pid(self, index: int) -> int:
        return self.number(index)

    pid_at = pid_behind = pid_of_thread = pid

    def is_to_own_first(self, target: int) -> bool:
        # This shell never starts a session as process 1.
        del target
        return False

    @property
    def pid_result(self) -> int:
        return self.result

    def pipe(self, descriptor: int) -> tuple[str, str]:
        # No inode: readers identify the shell's pipes by the events that made them.
        del descriptor
        return "", ""

    def file(self, descriptor: int) -> None:
        del descriptor


_READ: dict[str, Callable[[_PlainCall], What | None]] = {
    name: kind.from_call  # type: ignore[attr-defined] # an error at import, if it has none
    for kind, entry in ENTRIES.items()
    for name in entry.library
}
"""Maps each recorded function of simpsh.kernel to the function that makes its event."""
EVENTFUL = frozenset((*_READ, *WAITS, EXECUTED, PAGE))
"""The calls that have events of their own."""
_LEFT_OUT = frozenset(
    ("read", "write", "getpid", "getppid", "times", "getrusage", "getpgrp", "lseek", "subshell")
)
"""The calls of the last command that are not kept."""


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
