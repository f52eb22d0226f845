"""The calls of the shell's children until exec, written to a shared page per child.

A child never blocks on its page, and the shell reads the page at any time. A successful execve does
not return: it has succeeded if it was written last and the child has ended or runs a different
program. A copy of the shell also writes the pages of its own children to its page.

Arguments and results have a plain form: numbers, texts and lists, as in JSON.
"""

from __future__ import annotations

import io
import marshal
import time

from simpsh.base.record import Record
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, encode
from simpsh.kernel.wait_calls import Waited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Outcome = tuple[object, int] | None
    PlainCall = tuple[int, int, str, tuple[object, ...], Outcome]
    """Pid, nanoseconds of CLOCK_MONOTONIC, name, arguments, result and errno.

    The last is None for a call that begins."""

EXECUTED, PAGE, CUT = "executed", "page", "cut"
"""Names of further calls: a successful execve; a pid and its page; a page was full."""
_PAGE = 1 << 18
_PAGES = 8
_RESERVED = 64
"""The number of bytes at the end of a page that only a CUT may use."""
_HEAD = 4
"""The number of bytes at the start of a page that hold the length of its content."""


class ChildPage:
    """The child's side: an observer of its calls."""

    def __init__(self, memory: memoryview, left_out: frozenset[str]) -> None:
        """Begin a page for all calls but those with these names."""
        self.memory = memory
        self._left_out = left_out
        self._end = _HEAD
        self._is_full = False

    def keep(self, call: PlainCall) -> None:
        """Write down a call of a copy of the shell, or the page of its child."""
        _, time_ns, name, args, outcome = call
        # The reader finds out whether an execve has succeeded.
        if name != EXECUTED:
            self._write(time_ns, name, args, outcome)

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Write down a call that begins."""
        self._write(time.monotonic_ns(), name, args, None)

    def note_return(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Write down a finished call."""
        self._write(time.monotonic_ns(), name, args, (result, errno))

    def _write(self, time_ns: int, name: str, args: tuple[object, ...], outcome: Outcome) -> None:
        """Write down a call, if there is room.

        Do little here: each page of memory that the child touches is copied from the shell's.
        """
        if name in self._left_out or self._is_full:
            return
        if name == "execve":
            path, argv, environment = args
            args = path, argv[:_MOST_WORDS], len(environment)  # type: ignore[index, arg-type] # texts
        try:
            data = marshal.dumps((time_ns, name, args, outcome))  # type: ignore[arg-type]
        except ValueError:
            if outcome is not None:
                outcome = plain_value(outcome[0]), outcome[1]
            plain = tuple(map(plain_value, args))
            data = marshal.dumps((time_ns, name, plain, outcome))  # type: ignore[arg-type]
        if self._end + len(data) > len(self.memory) - _RESERVED:
            self._is_full = True
            data = marshal.dumps((time_ns, CUT, (), None))
        end = self._end + len(data)
        self.memory[self._end : end] = data
        self.memory[:_HEAD] = end.to_bytes(_HEAD, "little")
        self._end = end


class ChildPages:
    """The shell's side: a page for each child that has not ended."""

    def __init__(self) -> None:
        self._free: list[memoryview] = []
        self._children: dict[int, tuple[memoryview, int]] = {}
        """The page of each child, and the number of bytes read."""

    def take(self, left_out: frozenset[str]) -> ChildPage:
        """Return a page for the next child, for all calls but those with these names.

        Raises OSError: ENOMEM; there is no memory for it.
        """
        if not self._free:
            import mmap

            memory = memoryview(mmap.mmap(-1, _PAGE * _PAGES))
            self._free = [memory[at : at + _PAGE] for at in range(0, len(memory), _PAGE)]
        return ChildPage(self._free.pop(), left_out)

    def expect(self, pid: int, page: ChildPage) -> None:
        """Register the child that writes to a page."""
        self._children[pid] = page.memory, _HEAD

    def news(self) -> list[PlainCall]:
        """Return the new calls of the children since the last time, ordered by time."""
        calls: list[PlainCall] = []
        for pid, (page, begin) in self._children.items():
            data = bytes(page[begin : int.from_bytes(page[:_HEAD], "little")])
            if data:
                events, length = calls_in(pid, data, has_ended=_has_new_program(pid))
                self._children[pid] = page, begin + length
                calls += events
        return sorted(calls, key=lambda call: call[1])

    def left(self) -> Iterator[tuple[int, bytes]]:
        """Yield the pid of each living child and its unread calls, for calls_in()."""
        for pid, (page, begin) in self._children.items():
            data = bytes(page[begin : int.from_bytes(page[:_HEAD], "little")])
            _, length = calls_in(pid, data, has_ended=_has_new_program(pid))
            yield pid, data[:length]

    def last_news(self, pid: int) -> bytes:
        """Return the unread calls of an ended child, for calls_in(), and free its page."""
        if pid not in self._children:
            return b""
        page, begin = self._children.pop(pid)
        data = bytes(page[begin : int.from_bytes(page[:_HEAD], "little")])
        page[:_HEAD] = bytes(_HEAD)
        self._free.append(page)
        return data


def calls_in(pid: int, data: bytes, *, has_ended: bool = True) -> tuple[list[PlainCall], int]:
    """Return the calls that a child has written, and their length in bytes.

    If an execve is the last call, it has succeeded if the child has ended or has another program;
    otherwise the child is still inside it, and the call is left for later.
    """
    written = io.BytesIO(data)
    calls: list[PlainCall] = []
    while (at := written.tell()) < len(data):
        time_ns, name, args, outcome = marshal.load(written)
        if name == PAGE:
            calls += calls_in(*args)[0]
            continue
        is_last = written.tell() == len(data)
        if name == "execve" and outcome is None and is_last:
            if not has_ended:
                return calls, at
            calls.append((pid, time_ns, name, args, outcome))
            name, args = EXECUTED, args[:2]
        calls.append((pid, time_ns, name, args, outcome))
    return calls, len(data)


def _has_new_program(pid: int) -> bool:
    """Return whether a child's command line differs from ours; see proc_pid_cmdline(5)."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as theirs, open("/proc/self/cmdline", "rb") as ours:
            return theirs.read() != ours.read()
    except OSError:
        return False


# --------------------------------------------------------------------------- plain form

_LONGEST_TEXT = 4096
_MOST_WORDS = 64


def plain_value(value: object) -> object:
    """Return an argument or a result in plain form, shortened if it is long.

    An environment becomes the number of its entries, dispositions become pairs, a wait status
    its word, a record the list of its fields.

    >>> plain_value(Waited(7, Exited(3), None))
    [7, 768]
    """
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, bytes):
        return value[:_LONGEST_TEXT].decode(errors="backslashreplace")
    if isinstance(value, dict):
        if not all(isinstance(key, int) for key in value):
            return len(value)
        return [
            [key, int(action) if isinstance(action, int) else "handler"]
            for key, action in value.items()
        ]
    if isinstance(value, set | frozenset):
        return sorted(int(number) for number in value)
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value[:_MOST_WORDS]]
    if isinstance(value, Exited | Killed | Stopped | Continued):
        return encode(value)
    if isinstance(value, Waited):
        return [value.pid, encode(value.status)]
    if isinstance(value, Record):
        return [plain_value(getattr(value, name)) for name in type(value)._fields]
    return "handler" if callable(value) else repr(value)[:_LONGEST_TEXT]
