"""Inside a demonstration: telling the tracer which line comes next, and what variables hold now.

A report is `write(-1, …)`: the call fails, costs no descriptor, and the tracer reads it on the way
in. It survives fork by itself, as the hook that makes it does. From Python 3.12 on the hook is
sys.monitoring, which debuggers and coverage share; before, it is sys.settrace.

    B                the demonstration begins
    L7 {"x": 1}      line 7 comes next, and x is 1
"""

from __future__ import annotations

import ast
import ctypes
import json
import mmap
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FrameType

Hook = Callable[[FrameType, str, object], object]


BEGIN, LINE, VALUES, BROKE = b"B", b"L", b"V", b"X"
ADDRESSES = "@"
"""The key under which addresses of memory are told, by variable: an mmap, an array of ctypes."""
_COMPUTING_LINE_AT_MOST, _CALLING_LINE_AT_MOST, _AT_MOST = 20, 2_000, 20_000
_LONGEST_TEXT, _MOST_ITEMS = 200, 32
_LONGEST_REPORT = 4000


def tell(report: bytes) -> None:
    """Tell the tracer."""
    try:
        os.write(-1, report)
    except OSError:
        # EBADF, as intended.
        pass


class LineTeller:
    """Tells of the lines of one piece of code, in this process and all it forks.

    Args:
        code: the compiled demonstration.
        source: its text.
        marked: lines at which a process is held; they are told however often they come.
    """

    def __init__(self, code: CodeType, source: str, marked: frozenset[int]) -> None:
        self._codes = frozenset(_all_codes(code))
        self._marked = marked
        # A loop that computes would be slowed a thousand times, and tell nothing new.
        self._left = dict.fromkeys(_lines_with_calls(source), _CALLING_LINE_AT_MOST)
        self._left.update(dict.fromkeys(marked, _AT_MOST))
        self._told: dict[str, object] = {}
        self._reports = 0

    def run(self, function: Callable[[], object]) -> None:
        """Call a function of the code and tell of its lines."""
        if sys.version_info >= (3, 12):
            self._run_monitored(function)
        else:
            sys.settrace(self._entered)  # type: ignore[arg-type]  # a hook may return None
            try:
                function()
            finally:
                sys.settrace(None)

    def _entered(self, frame: FrameType, _event: str, _: object) -> Hook | None:
        return self._traced if frame.f_code in self._codes else None

    def _traced(self, frame: FrameType, event: str, _: object) -> Hook:
        if event == "line":
            self._came_to(frame.f_lineno, frame)
        elif event == "return":
            self._returned(frame)
        return self._traced

    def _came_to(self, line: int, frame: FrameType) -> None:
        left = self._left.get(line, _COMPUTING_LINE_AT_MOST)
        if left == 0 or (self._reports >= _AT_MOST and line not in self._marked):
            return
        self._left[line] = left - 1
        self._reports += 1
        tell(b"L%d %s" % (line, self._news(frame.f_locals)))

    def _returned(self, frame: FrameType) -> None:
        news = self._news(frame.f_locals) if self._reports < _AT_MOST else b""
        if news:
            tell(b"V %s" % news)

    def _news(self, variables: Mapping[str, object]) -> bytes:
        """Return the variables whose values were not told yet, as JSON; empty if there are none."""
        news: dict[str, object] = {}
        addresses: dict[str, int] = {}
        for name, value in variables.items():
            if isinstance(value, mmap.mmap | ctypes.Array):
                address = _address(value)
                if address and self._told.get(name) != (address,):
                    self._told[name] = (address,)
                    addresses[name] = address
                continue
            told = plain(value)
            if told is not NotImplemented and self._told.get(name, self) != told:
                self._told[name] = news[name] = told
        if addresses:
            news[ADDRESSES] = addresses
        report = json.dumps(news).encode() if news else b""
        return report if len(report) < _LONGEST_REPORT else b""

    if sys.version_info >= (3, 12):

        def _run_monitored(self, function: Callable[[], object]) -> None:
            monitoring = sys.monitoring
            tool = next(number for number in (3, 4, 2, 1, 0) if not monitoring.get_tool(number))
            monitoring.use_tool_id(tool, "simpsh lesson")
            chosen = monitoring.events.LINE | monitoring.events.PY_RETURN
            monitoring.register_callback(tool, monitoring.events.LINE, self._monitored_line)
            monitoring.register_callback(tool, monitoring.events.PY_RETURN, self._monitored_return)
            monitoring.register_callback(tool, monitoring.events.PY_START, self._monitored_start)
            for code in self._codes:
                # The one line of a lambda has no event, since it does not begin in it.
                is_lambda = code.co_name == "<lambda>"
                started = monitoring.events.PY_START if is_lambda else 0
                monitoring.set_local_events(tool, code, chosen | started)
            try:
                function()
            finally:
                monitoring.free_tool_id(tool)

        def _monitored_line(self, _code: CodeType, line: int) -> None:
            self._came_to(line, sys._getframe(1))  # noqa: SLF001 - the hook is given no frame

        def _monitored_start(self, code: CodeType, _offset: int) -> None:
            self._came_to(code.co_firstlineno, sys._getframe(1))  # noqa: SLF001 - as above

        def _monitored_return(self, _code: CodeType, _line: int, _value: object) -> None:
            self._returned(sys._getframe(1))  # noqa: SLF001 - as above


def plain(value: object) -> object:
    """Return a value as JSON can hold it; NotImplemented if it has no plain form.

    >>> plain((1, b"a", None)), plain({1: 2}), plain(len)
    ([1, 'a', None], NotImplemented, NotImplemented)
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, bytes | bytearray):
        return bytes(value[:_LONGEST_TEXT]).decode(errors="backslashreplace")
    if isinstance(value, list | tuple):
        items = [plain(item) for item in value[:_MOST_ITEMS]]
        return NotImplemented if NotImplemented in items else items
    return NotImplemented


def _address(memory: mmap.mmap | ctypes.Array[ctypes.c_char]) -> int:
    """Return where memory lies; 0 for a mapping that is closed or read-only."""
    try:
        if isinstance(memory, ctypes.Array):
            return ctypes.addressof(memory)
        return ctypes.addressof(ctypes.c_char.from_buffer(memory))
    except (TypeError, ValueError):
        return 0


def _all_codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from _all_codes(constant)


def _lines_with_calls(source: str) -> frozenset[int]:
    nodes = list(ast.walk(ast.parse(source)))
    called = {node.lineno for node in nodes if isinstance(node, ast.Call)}
    # What a loop goes through is called for once.
    return frozenset(called - {node.lineno for node in nodes if isinstance(node, ast.For)})
