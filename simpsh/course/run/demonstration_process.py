"""Being a demonstration: the first process of its family, from its birth to its own code.

It has what a program started from a shell has: 0, 1, 2 and nothing else open, every signal at its
default, a group of its own, an empty directory; if wanted, a pseudo-terminal of its own, at which
keys are pressed. SIGPIPE is ignored as in every Python program.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import NoReturn

from simpsh.base.errors import UsageProblem
from simpsh.base.signal_names import SIGKILL, SIGPIPE, SIGSTOP, SIGXFSZ
from simpsh.course.guard.process_containment import ProcessBound
from simpsh.course.lesson.code_listing import Listing
from simpsh.course.lesson.lesson_steps import C, Explore, Function, Program, Run, Shell
from simpsh.course.run.line_reports import BEGIN, BROKE, LineTeller, tell
from simpsh.course.run.shell_line import run_at_prompt, run_line
from simpsh.kernel import signals
from simpsh.kernel.descriptors import (
    HIGHEST,
    close_range,
    dup2,
    memfd_create,
    open_file,
    write_all,
)
from simpsh.kernel.machine import seccomp
from simpsh.kernel.process_groups import setpgid
from simpsh.kernel.processes import chdir, execve, exit_now
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process.own_terminal import OwnTerminal

FILE_NAME = "<demonstration>"
_IGNORED = frozenset((SIGPIPE, SIGXFSZ))
_FIXED = frozenset((SIGKILL, SIGSTOP))
_BROKE = 1


def play(body: Callable[[], object], surroundings: ProcessSurroundings) -> NoReturn:
    """Be the demonstration's first process, and end as a Python program would."""
    status = _BROKE
    try:
        surroundings.enter()
        _renew_files()
        body()
        status = 0
    except SystemExit as leaving:
        status = _status_of(leaving)
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not come back
        sys.settrace(None)
        _say_what_broke()
    finally:
        try:
            sys.stdout.flush()
        finally:
            exit_now(status)


def _renew_files() -> None:
    """Give Python's files to the new descriptors, buffered as at a program's start."""
    at_terminal = os.isatty(1)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    sys.stdout = _text(1, is_line_buffered=at_terminal)
    sys.stderr = _text(2, is_line_buffered=True)


def _text(number: int, *, is_line_buffered: bool) -> io.TextIOWrapper:
    raw = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding="utf-8", line_buffering=is_line_buffered)


def _status_of(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return (leaving.code or 0) & 0xFF
    sys.stderr.write(f"{leaving.code}\n")
    return _BROKE


def _say_what_broke() -> None:
    """Say it in one line, with the line of the listing."""
    kind, error, trace = sys.exc_info()
    # Not extract_tb: it would read the sources, and be seen to do so.
    steps = list(traceback.walk_tb(trace))
    found = [line for frame, line in steps if frame.f_code.co_filename == FILE_NAME]
    where = f"line {found[-1]}: " if found else ""
    words = "".join(traceback.format_exception_only(kind, error)).strip().split("\n")[-1]
    tell(BROKE + f" {where}{words}".encode(errors="backslashreplace"))
    sys.stderr.write(f"{where}{words}\n")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class ProcessSurroundings:
    """What surrounds a demonstration."""

    output: int
    """The descriptor that its 1 and 2 become; unused at a terminal."""
    directory: str
    filters: tuple[bytes, ...] = ()
    """The seccomp filters."""
    terminal: OwnTerminal | None = None
    bound: ProcessBound | None = None

    def enter(self) -> None:
        """Arrange this process; the last step before the demonstration's own code.

        Raises:
            OSError, NotGuarded: it cannot be arranged; the demonstration must not run.
        """
        if self.terminal is not None:
            self.terminal.take()
        else:
            setpgid(0, 0)
            dup2(open_file(os.devnull, os.O_RDONLY), 0)
            dup2(self.output, 1)
            dup2(self.output, 2)
        close_range(3, HIGHEST)
        defaults = dict.fromkeys(signals.ALL - _FIXED - _IGNORED, signals.SIG_DFL)
        signals.set_dispositions(defaults)
        chdir(self.directory)
        os.environ.pop("PYTHONUNBUFFERED", None)
        if self.bound is not None:
            self.bound.enter()
        for one in self.filters:
            seccomp.install(one)
        signals.sigprocmask(signals.SIG_SETMASK, ())


def body_of(step: Run | Explore, listed: Listing, *, is_told: bool = True) -> Callable[[], object]:
    """Return what the demonstration's first process is to call.

    Args:
        step: whose demonstration.
        listed: its listing, with all edits made.
        is_told: whether it reports its lines, for a run that is watched.

    Raises:
        ListingFault: an edit has made it something that cannot be read.
        UsageProblem: there is no such program.
    """
    code = step.code
    if isinstance(code, C):
        from simpsh.course.run.c_compilation import compiled

        is_guarded = getattr(step, "guard", None) is not None
        path = compiled(listed.source, code.flags, for_anybody=is_guarded)
        return partial(become_program, path, (step.main,))
    if isinstance(code, Program):
        return _found(code.argv)
    if isinstance(code, Shell):
        if code.program:
            return _found((*code.program, listed.source))
        return partial(run_at_prompt if code.is_interactive else run_line, listed.source)
    compiled_code = listed.compiled(FILE_NAME)
    # Here, and not in the demonstration's process: what is read there is copied there first.
    teller = LineTeller(compiled_code, listed.text, frozenset(listed.callouts)) if is_told else None
    # What is no DemonstrationSource is a function.
    return lambda: _run_function(compiled_code, code, teller)  # type: ignore[arg-type]


def _found(argv: Sequence[str]) -> Callable[[], object]:
    path = file_to_execute(argv[0], os.environ)
    if not path:
        raise UsageProblem(f"{argv[0]}: command not found")
    return partial(become_program, path, argv)


def _run_function(code: CodeType, function: Function, teller: LineTeller | None) -> None:
    """Run a function of a lesson file as its listing has it, which may have been edited."""
    world = dict(function.__globals__)
    exec(code, world)
    edited = world[function.__name__]
    if not callable(edited):
        return
    if teller is None:
        edited()
    else:
        tell(BEGIN)
        teller.run(edited)


def become_program(path: str, argv: Sequence[str]) -> NoReturn:
    """Be a demonstration that is a program."""
    tell(BEGIN)
    enter_program(path, argv)


def enter_program(path: str, argv: Sequence[str]) -> NoReturn:
    """Execute a program."""
    signals.set_dispositions(dict.fromkeys(_IGNORED, signals.SIG_DFL))
    execve(path, argv, os.environ)


def enter_image(image: bytes, argv: Sequence[str]) -> NoReturn:
    """Execute a program that is kept nowhere: a guarded process may be able to read no path."""
    number = memfd_create(argv[0])
    write_all(number, image)
    enter_program(f"/proc/self/fd/{number}", argv)
