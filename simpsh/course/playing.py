"""Being a demonstration: the first process of its family, from its birth to its own code.

It has what a program started from a shell has: 0, 1, 2 and nothing else open, every signal at its
default, a group of its own, an empty directory. SIGPIPE is ignored as in every Python program.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import TYPE_CHECKING

from simpsh.course.line_telling import BEGIN, BROKE, LineTeller, tell
from simpsh.kernel import seccomp, signals
from simpsh.kernel.descriptors import HIGHEST, close_range, dup2, open_file
from simpsh.kernel.groups import setpgid
from simpsh.kernel.processes import chdir, execve, exit_now
from simpsh.signals import by_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn

    from simpsh.course.guarding import Bound
    from simpsh.course.listing import Listing
    from simpsh.course.own_terminal import OwnTerminal

FILE_NAME = "<demonstration>"
_IGNORED = frozenset(by_name(name) or 0 for name in ("SIGPIPE", "SIGXFSZ"))
_FIXED = frozenset(by_name(name) or 0 for name in ("SIGKILL", "SIGSTOP"))
_BROKE = 1


class Stage:
    """What surrounds a demonstration."""

    def __init__(
        self,
        output: int,
        directory: str,
        assembled: bytes,
        *,
        terminal: OwnTerminal | None = None,
        bound: Bound | None = None,
    ) -> None:
        self.output = output
        """The descriptor that its 1 and 2 become; unused at a terminal."""
        self.directory = directory
        self.assembled = assembled
        """The seccomp filter; empty for none."""
        self.terminal = terminal
        self.bound = bound

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
        if self.assembled:
            seccomp.install(self.assembled)
        signals.sigprocmask(signals.SIG_SETMASK, ())


class PythonCode:
    """A demonstration in Python: a function of a lesson file, as its listing has it.

    Args:
        listing: its code, which may have been edited.
        function: the name of the function to call.
        world: the names it may use, those of its lesson file.
        is_told: whether it reports its lines; a plain run does not.

    Raises:
        ListingFault: an edit has made it something that Python cannot read.
    """

    def __init__(
        self,
        listing: Listing,
        function: str,
        world: Mapping[str, object],
        *,
        is_told: bool = True,
    ) -> None:
        self._code = listing.compiled(FILE_NAME)
        self._text = listing.text
        self._marked = frozenset(listing.callouts)
        self._function = function
        self._world = world
        self._is_told = is_told

    def __call__(self) -> None:
        """Run it; whatever it raises, this process then ends."""
        world = dict(self._world)
        exec(self._code, world)
        function = world[self._function]
        if callable(function) and not self._is_told:
            function()
        elif callable(function):
            teller = LineTeller(self._code, self._text, self._marked)
            tell(BEGIN)
            teller.run(function)


class Executed:
    """A demonstration that is a program."""

    def __init__(self, path: str, argv: Sequence[str]) -> None:
        self._path = path
        self._argv = argv

    def __call__(self) -> None:
        """Become the program."""
        signals.set_dispositions(dict.fromkeys(_IGNORED, signals.SIG_DFL))
        tell(BEGIN)
        execve(self._path, self._argv, os.environ)


def play(body: Callable[[], object], stage: Stage) -> NoReturn:
    """Be the demonstration's first process, and end as a Python program would."""
    status = _BROKE
    try:
        stage.enter()
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
