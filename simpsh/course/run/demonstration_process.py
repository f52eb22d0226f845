"""The first process of a demonstration, from its birth until it runs the demonstration's code.

It starts like a program that a shell runs: only descriptors 0, 1 and 2 are open, all signals have
their default action, it leads its own group, and its directory is empty. It may have its own
pseudo-terminal for keyboard input. SIGPIPE is ignored, as in every Python program. simpsh
runs a line of a Shell directly in this process, without starting another interpreter.

The process reports the next line of the listing and the current variables to the tracer. A report
is `write(-1, …)`: it fails and uses no descriptor, but the tracer reads its data on entry. The
reports survive fork because sys.settrace's hook, which makes them, does.

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
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from types import CodeType, FrameType, ModuleType
from typing import NoReturn

from simpsh.base.errors import Interrupted
from simpsh.base.signal_names import signal_name
from simpsh.course.claims.demonstration import C, Demonstration, Listing, Shell
from simpsh.kernel import signals
from simpsh.kernel.machine import seccomp
from simpsh.kernel.processes import execve, exit_now
from simpsh.process.child_changes import (
    IGNORED_BY_PYTHON,
    NULL,
    Directory,
    NewGroup,
    OnlyDescriptors,
    Signals,
    Step,
    carry_out,
    standard,
)
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.process_containment import enter_guard

FILE_NAME = "<demonstration>"
_BROKE = 1


def play(
    body: Callable[[], object],
    directory: str,
    output: int | OwnTerminal,
    filters: Sequence[bytes] = (),
    bound: int | None = None,
    *,
    is_job: bool = False,
) -> NoReturn:
    """Run as the demonstration's first process, and exit like a Python program.

    Its descriptors 1 and 2 become `output`, or it gets its own terminal; -1 is the terminal of
    this process. `filters` are seccomp filters.
    """
    status, has_output = _BROKE, False
    told = -1 if isinstance(output, OwnTerminal) else output
    try:
        if isinstance(output, OwnTerminal):
            carry_out(*(output.as_job() if is_job else output.as_session()))
        elif output < 0:
            # In a group of its own a program that replaces the shell stays: ^C is for it.
            carry_out(NewGroup(0))
        else:
            carry_out(NewGroup(), standard(NULL, output, output))
        told = 2
        carry_out(OnlyDescriptors(), Signals(left=IGNORED_BY_PYTHON), Directory(directory))
        os.environ.pop("PYTHONUNBUFFERED", None)
        if bound is not None:
            carry_out(Step("be guarded", partial(enter_guard, bound)))
        carry_out(*(Step("be filtered", partial(seccomp.install, each)) for each in filters))
        # Rebuild Python's files on the new descriptors, buffered as at a program's start.
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
        sys.stdout = _text(1, is_line_buffered=os.isatty(1))
        sys.stderr = _text(2, is_line_buffered=True)
        has_output = True
        body()
        status = 0
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            status = (leaving.code or 0) & 0xFF
        else:
            sys.stderr.write(f"{leaving.code}\n")
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process must not come back
        sys.settrace(None)
        # Print one line with the line of the listing. traceback.extract_tb would read the source
        # files, which the tracer would record.
        steps = list(traceback.walk_tb(error.__traceback__))
        lines = [line for frame, line in steps if frame.f_code.co_filename == FILE_NAME]
        where = f"line {lines[-1]}: " if lines else ""
        words = "".join(traceback.format_exception_only(error)).strip().split("\n")[-1]
        send_report(BROKE + f" {where}{words}".encode(errors="backslashreplace"))
        if has_output:
            sys.stderr.write(f"{where}{words}\n")
            sys.stderr.flush()
        elif told >= 0:  # sys.stderr is still that of the process that watches
            os.write(told, f"{where}{words}\n".encode(errors="backslashreplace"))
    finally:
        try:
            sys.stdout.flush()
        finally:
            exit_now(status)


def _text(number: int, *, is_line_buffered: bool) -> io.TextIOWrapper:
    raw = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding="utf-8", line_buffering=is_line_buffered)


def body_of(step: Demonstration, listed: Listing) -> Callable[[], object]:
    """Return the function that the first process calls; raises ListingFault."""
    code = step.code
    if isinstance(code, C):
        from simpsh.course.run.c_compilation import compile_source

        is_guarded = getattr(step, "guard", None) is not None
        path = compile_source(listed.source, for_anybody=is_guarded)
        return partial(become_program, path, (step.main,))
    if isinstance(code, Shell):
        return partial(run_line, listed.source.rstrip("\n"))
    return program_body(listed)


def program_body(listed: Listing) -> Callable[[], object]:
    """Return a function that runs a Python program as `python FILE` does.

    Every test of `__name__`, however it is written, has the same result as in the student's shell.
    Raises ListingFault.
    """
    code = listed.compiled(FILE_NAME)
    for module in listed.imported:
        # Loaded before: the record begins with the program's own work.
        with suppress(ImportError):
            import_module(module)
    # Read the source here: memory written before the fork need not be copied by the program.
    reporter = LineReporter(code, listed)

    def run_program() -> None:
        main = ModuleType("__main__")
        sys.modules["__main__"] = main
        sys.argv = [FILE_NAME]

        def run_to_its_end() -> None:
            try:
                exec(code, vars(main))
            finally:
                # As Python does before the functions of atexit.
                for thread in threading.enumerate():
                    if not thread.daemon and thread is not threading.current_thread():
                        thread.join()

        send_report(BEGIN)
        reporter.run(run_to_its_end)

    return run_program


def become_program(path: str, argv: Sequence[str]) -> NoReturn:
    """Run a demonstration that is an executable program."""
    send_report(BEGIN)
    signals.set_dispositions(dict.fromkeys(IGNORED_BY_PYTHON, signals.SIG_DFL))
    execve(path, argv, os.environ)


def run_line(line: str) -> None:
    """Run a line in this process like `simpsh -c`, and exit with its status."""
    from simpsh.shell.jobs.launcher import FORK
    from simpsh.shell.language.words import line_reader
    from simpsh.shell.shell import make_shell
    from simpsh.shell.state import ShellExit

    shell = make_shell(os.environ, engine=FORK, is_interactive=False)
    state, interrupts = shell.state, shell.launcher.context.interrupts
    interrupts.install()
    interrupts.is_shown = True
    state.line = 1
    state.variables = ReportedVariables(state.variables)
    send_report(BEGIN)
    try:
        try:
            shell.run_lines(line_reader(line))
        except ShellExit as leaving:
            state.last_status = leaving.status
        status = shell.run_exit_trap()
    except Interrupted:
        status = 130
    sys.exit(status)


# Reports of lines and variables to the tracer.

Hook = Callable[[FrameType, str, object], object]

EXPANDED = "$"
"""Precedes the name of a shell's parameter in the report that a word is expanded with it."""
TRAP = "!"
"""The name in the report of the signal whose trap a shell runs; empty when it runs none."""
BEGIN, LINE, VALUES, BROKE = b"B", b"L", b"V", b"X"
ADDRESSES = "@"
"""The key for addresses of variables in memory: an mmap, an array of ctypes."""
_COMPUTING_LINE_AT_MOST, _CALLING_LINE_AT_MOST, _AT_MOST = 20, 2_000, 20_000
_LONGEST_TEXT, _MOST_ITEMS = 200, 32
_LONGEST_REPORT = 4000


def send_report(report: bytes) -> None:
    """Send a report to the tracer."""
    try:  # suppress would be a call, which could run a pending handler there
        os.write(-1, report)
    except OSError:  # EBADF, as intended
        pass


def _report_value(name: str, value: str) -> None:
    report = VALUES + b" " + json.dumps({name: value}).encode()
    if len(report) < _LONGEST_REPORT:
        send_report(report)


class ReportedVariables(dict[str, str]):
    """The variables of a shell: reports each assignment of the shell or its copies."""

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name, value)
        _report_value(name, value)


def report_expansions_and_traps() -> None:
    """Have a shell that this process will make report its traps, and parameters in its words."""
    from simpsh.shell.interpret.interpreter import Interpreter
    from simpsh.shell.state import State

    parameter = State.parameter

    def reported(state: State, name: str) -> str | None:
        value = parameter(state, name)
        if value is not None and name not in _INTERNAL:
            _report_value(EXPANDED + name, value)
        return value

    State.parameter = reported  # type: ignore[method-assign, assignment]
    run_trap, running = Interpreter.run_trap, [""]

    def reporting(interpreter: Interpreter, action: str, signal: int) -> None:
        running.append(signal_name(signal) if signal else "EXIT")
        _report_value(TRAP, running[-1])
        try:
            run_trap(interpreter, action, signal)
        finally:
            running.pop()
            _report_value(TRAP, running[-1])

    Interpreter.run_trap = reporting  # type: ignore[method-assign, assignment]


_INTERNAL = frozenset(("IFS", "PS4", "LINENO"))
"""Parameters that the shell itself asks for."""


class LineReporter:
    """Reports the lines of one piece of code, in this process and all its descendants.

    Marked lines, at which processes are held, are always reported.
    """

    def __init__(self, code: CodeType, listed: Listing) -> None:
        self._codes = frozenset(_all_codes(code))
        self._marked = marked = frozenset(listed.callouts)
        nodes = list(ast.walk(ast.parse(listed.source)))
        called = {node.lineno for node in nodes if isinstance(node, ast.Call)}
        # The iterable of a for loop is called only once.
        called -= {node.lineno for node in nodes if isinstance(node, ast.For)}
        # Reporting every iteration would slow a loop by a factor of 1000 and show nothing new.
        self._left = dict.fromkeys(called, _CALLING_LINE_AT_MOST)
        self._left.update(dict.fromkeys(marked, _AT_MOST))
        self._left.update(dict.fromkeys(range(listed.folded + 1), 0))
        self._known: dict[str, object] = {}
        self._reports = 0

    def run(self, function: Callable[[], object]) -> None:
        """Call a function and report the lines that it executes."""
        codes = self._codes
        # typeshed's types exclude a hook that returns None, which settrace() permits.
        sys.settrace(lambda frame, *_: self._trace if frame.f_code in codes else None)  # type: ignore[arg-type]
        atexit._clear()  # noqa: SLF001 - those of the process that forked this one
        try:
            function()
        finally:
            sys.settrace(None)
            # Python writes the buffers at the end of a file, and again after the exit handlers.
            sys.stdout.flush()
            atexit._run_exitfuncs()  # noqa: SLF001

    def _trace(self, frame: FrameType, event: str, _: object) -> Hook:
        if event == "line":
            line = frame.f_lineno
            left = self._left.get(line, _COMPUTING_LINE_AT_MOST)
            if left > 0 and (self._reports < _AT_MOST or line in self._marked):
                self._left[line] = left - 1
                self._reports += 1
                send_report(b"L%d %s" % (line, self._news(frame.f_locals)))
        elif event == "return" and self._reports < _AT_MOST:
            news = self._news(frame.f_locals)
            if news:
                send_report(b"V %s" % news)
        return self._trace

    def _news(self, variables: Mapping[str, object]) -> bytes:
        """Return the variables that have changed since the last report, as JSON; may be empty."""
        news: dict[str, object] = {}
        addresses: dict[str, int] = {}
        # A copy: another thread may define a variable of the module meanwhile.
        for name, value in [*variables.items()]:
            if name.startswith("__"):
                continue
            if isinstance(value, mmap.mmap | ctypes.Array):
                # A closed or read-only buffer has no address to report.
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
    """Return a value in a form for JSON; NotImplemented if it has none.

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
