"""Inside a demonstration: the first process of its family, from its birth to its own code.

It has what a program started from a shell has: 0, 1, 2 and nothing else open, every signal at its
default, a group of its own, an empty directory; if wanted, a pseudo-terminal of its own, at which
keys are pressed. SIGPIPE is ignored as in every Python program. A line for a shell is run by
simpsh itself, in this process: no start-up.

It tells the tracer which line of the listing comes next, and what variables hold now. A report is
`write(-1, …)`: the call fails, costs no descriptor, and the tracer reads it on the way in. It
survives fork by itself, as sys.settrace does, whose hook makes it.

    B                the demonstration begins
    L7 {"x": 1}      line 7 comes next, and x is 1
"""

from __future__ import annotations

import ast
import atexit
import ctypes
import io
import json
import mmap
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import CodeType, FrameType
from typing import NoReturn

from simpsh.base.errors import Interrupted, UsageProblem
from simpsh.base.signal_names import SIGPIPE, SIGXFSZ
from simpsh.course.claims.demonstration import C, Demonstration, Function, Listing, Shell
from simpsh.kernel import signals
from simpsh.kernel.descriptors import HIGHEST, close_range, dup2, open_file
from simpsh.kernel.machine import seccomp
from simpsh.kernel.processes import chdir, execve, exit_now, setpgid
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.process_containment import ProcessBound

FILE_NAME = "<demonstration>"
_IGNORED = frozenset((SIGPIPE, SIGXFSZ))
_BROKE = 1


def play(
    body: Callable[[], object],
    directory: str,
    output: int | OwnTerminal,
    filters: Sequence[bytes] = (),
    bound: ProcessBound | None = None,
) -> NoReturn:
    """Be the demonstration's first process, and end as a Python program would.

    Its 1 and 2 become the descriptor `output`, or it gets a terminal of its own; the filters are
    those of seccomp.
    """
    status = _BROKE
    try:
        if isinstance(output, OwnTerminal):
            output.take()
        else:
            setpgid(0, 0)
            dup2(open_file(os.devnull, os.O_RDONLY), 0)
            dup2(output, 1)
            dup2(output, 2)
        close_range(3, HIGHEST)
        defaults = dict.fromkeys(signals.CATCHABLE - _IGNORED, signals.SIG_DFL)
        signals.set_dispositions(defaults)
        chdir(directory)
        os.environ.pop("PYTHONUNBUFFERED", None)
        if bound is not None:
            bound.enter()
        for assembled in filters:
            seccomp.install(assembled)
        signals.sigprocmask(signals.SIG_SETMASK, ())
        # Python's files are of the new descriptors, buffered as at a program's start.
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
        sys.stdout = _text(1, is_line_buffered=os.isatty(1))
        sys.stderr = _text(2, is_line_buffered=True)
        body()
        status = 0
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            status = (leaving.code or 0) & 0xFF
        else:
            sys.stderr.write(f"{leaving.code}\n")
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process must not come back
        sys.settrace(None)
        # One line, with the line of the listing. Not by extract_tb: it would read the sources, and
        # be seen to do so.
        steps = list(traceback.walk_tb(error.__traceback__))
        lines = [line for frame, line in steps if frame.f_code.co_filename == FILE_NAME]
        where = f"line {lines[-1]}: " if lines else ""
        words = "".join(traceback.format_exception_only(error)).strip().split("\n")[-1]
        tell(BROKE + f" {where}{words}".encode(errors="backslashreplace"))
        sys.stderr.write(f"{where}{words}\n")
        sys.stderr.flush()
    finally:
        try:
            sys.stdout.flush()
        finally:
            exit_now(status)


def _text(number: int, *, is_line_buffered: bool) -> io.TextIOWrapper:
    raw = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding="utf-8", line_buffering=is_line_buffered)


def body_of(step: Demonstration, listed: Listing) -> Callable[[], object]:
    """Return what a demonstration's first process is to call; raises ListingFault, UsageProblem."""
    code = step.code
    if isinstance(code, C):
        from simpsh.course.run.c_compilation import compiled

        is_guarded = getattr(step, "guard", None) is not None
        path = compiled(listed.source, code.flags, for_anybody=is_guarded)
        return partial(become_program, path, (step.main,))
    if isinstance(code, Shell) and not code.program:
        return partial(run_line, listed.source)
    if isinstance(code, Shell):
        program = file_to_execute(code.program[0], os.environ)
        if not program:
            raise UsageProblem(f"{code.program[0]}: command not found")
        return partial(become_program, program, (*code.program, listed.source))
    # What is no DemonstrationSource is a function.
    function: Function = code  # type: ignore[assignment]
    compiled_code = listed.compiled(FILE_NAME)
    # Here, and not in the demonstration's process: what is read there is copied there first.
    teller = LineTeller(compiled_code, listed.text, frozenset(listed.callouts))

    def run_function() -> None:
        # As the listing has it, which may have been edited.
        world = dict(function.__globals__)
        exec(compiled_code, world)
        edited = world[function.__name__]
        if callable(edited):
            tell(BEGIN)
            teller.run(edited)

    return run_function


def become_program(path: str, argv: Sequence[str]) -> NoReturn:
    """Be a demonstration that is a program."""
    tell(BEGIN)
    enter_program(path, argv)


def enter_program(path: str, argv: Sequence[str]) -> NoReturn:
    """Execute a program."""
    signals.set_dispositions(dict.fromkeys(_IGNORED, signals.SIG_DFL))
    execve(path, argv, os.environ)


def run_line(line: str) -> None:
    """Run a line in this process, as `simpsh --engine fork -c` does, and end with its status."""
    from simpsh.shell.jobs.launcher import FORK
    from simpsh.shell.language.input_source import line_reader
    from simpsh.shell.shell import make_shell
    from simpsh.shell.state import ShellExit

    shell = make_shell(os.environ, engine=FORK, is_interactive=False)
    state, interrupts = shell.state, shell.launcher.context.interrupts
    interrupts.install()
    interrupts.is_shown = True
    state.line = 1
    tell(BEGIN)
    try:
        try:
            shell.run_lines(line_reader(line))
        except ShellExit as leaving:
            state.last_status = leaving.status
        status = shell.run_exit_trap()
    except Interrupted:
        status = 130
    sys.exit(status)


# Which line comes next, and what variables hold: told to the tracer.

Hook = Callable[[FrameType, str, object], object]

BEGIN, LINE, VALUES, BROKE = b"B", b"L", b"V", b"X"
ADDRESSES = "@"
"""The key under which addresses of memory are told, by variable: an mmap, an array of ctypes."""
_COMPUTING_LINE_AT_MOST, _CALLING_LINE_AT_MOST, _AT_MOST = 20, 2_000, 20_000
_LONGEST_TEXT, _MOST_ITEMS = 200, 32
_LONGEST_REPORT = 4000


def tell(report: bytes) -> None:
    """Tell the tracer."""
    try:  # suppress is a call, in which a handler that is due would run, on no line of the listing
        os.write(-1, report)
    except OSError:  # EBADF, as intended
        pass


class LineTeller:
    """Tells of the lines of one piece of code, in this process and all it forks.

    At the marked lines a process is held: they are told however often they come.
    """

    def __init__(self, code: CodeType, source: str, marked: frozenset[int]) -> None:
        self._codes = frozenset(_all_codes(code))
        self._marked = marked
        nodes = list(ast.walk(ast.parse(source)))
        called = {node.lineno for node in nodes if isinstance(node, ast.Call)}
        # What a loop goes through is called for once.
        called -= {node.lineno for node in nodes if isinstance(node, ast.For)}
        # A loop that computes would be slowed a thousand times, and tell nothing new.
        self._left = dict.fromkeys(called, _CALLING_LINE_AT_MOST)
        self._left.update(dict.fromkeys(marked, _AT_MOST))
        self._known: dict[str, object] = {}
        self._reports = 0

    def run(self, function: Callable[[], object]) -> None:
        """Call a function of the code and tell of its lines."""
        codes = self._codes
        # The types of typeshed have no hook that returns None, which settrace() permits.
        sys.settrace(lambda frame, *_: self._traced if frame.f_code in codes else None)  # type: ignore[arg-type]
        atexit._clear()  # noqa: SLF001 - those of the process that forked this one
        try:
            function()
        finally:
            sys.settrace(None)
            atexit._run_exitfuncs()  # noqa: SLF001

    def _traced(self, frame: FrameType, event: str, _: object) -> Hook:
        if event == "line":
            line = frame.f_lineno
            left = self._left.get(line, _COMPUTING_LINE_AT_MOST)
            if left > 0 and (self._reports < _AT_MOST or line in self._marked):
                self._left[line] = left - 1
                self._reports += 1
                tell(b"L%d %s" % (line, self._news(frame.f_locals)))
        elif event == "return" and self._reports < _AT_MOST:
            news = self._news(frame.f_locals)
            if news:
                tell(b"V %s" % news)
        return self._traced

    def _news(self, variables: Mapping[str, object]) -> bytes:
        """Return the variables whose values were not told yet, as JSON; empty if there are none."""
        news: dict[str, object] = {}
        addresses: dict[str, int] = {}
        for name, value in variables.items():
            if isinstance(value, mmap.mmap | ctypes.Array):
                # A mapping that is closed or read-only tells none.
                with suppress(TypeError, ValueError):
                    address = ctypes.addressof(ctypes.c_char.from_buffer(value))
                    if self._known.get(name) != (address,):
                        self._known[name] = (address,)
                        addresses[name] = address
                continue
            shown = plain(value)
            if shown is not NotImplemented and self._known.get(name, self) != shown:
                self._known[name] = news[name] = shown
        if addresses:
            news[ADDRESSES] = addresses
        report = json.dumps(news).encode() if news else b""
        return report if len(report) < _LONGEST_REPORT else b""


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


def _all_codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from _all_codes(constant)
