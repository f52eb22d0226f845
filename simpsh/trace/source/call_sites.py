"""Call sites: the line of its own source from which a held process made its call.

This covers programs with debug information (cc -g) and Python programs; for any other program the
cost is one read of its file's headers. The reader of debug information is imported with
the first program that has some.
"""

from __future__ import annotations

import os
import stat
import time
from enum import Enum
from itertools import islice

from simpsh.base.events import CallSite
from simpsh.base.record import suppress
from simpsh.kernel.machine import ptrace, registers
from simpsh.process.proc import HeldMemory
from simpsh.trace.source.elf_file import ElfProblem, identity_of, is_python, read_headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simpsh.trace.source.call_stack import MappedFile, ProcessImage
    from simpsh.trace.source.elf_file import Identity
    from simpsh.trace.source.python_frames import PythonImage

    Image = ProcessImage | PythonImage

_INSTALLED = ("/usr/", "/bin/", "/sbin/", "/lib", "/opt/", "/nix/")
"""Nobody expects the source lines of programs there, so no note names them."""
_START, _EXIT, _MAIN = "_start", "exit", "main"


class _Lines(Enum):
    """Where the source lines of an executable's calls are found."""

    PYTHON = 1
    """In the memory of the interpreter."""
    DEBUG_INFORMATION = 2
    MISSING = 3
    """It has no debug information."""
    UNREADABLE = 4
    """The file cannot be read, or is made for another machine."""


class CallSites:
    """Finds the call sites of a family of processes."""

    def __init__(self) -> None:
        self._texts = SourceTexts()
        self._notes: dict[str, None] = {}
        self._kinds: dict[Identity, _Lines] = {}

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts of the source files that call sites name, by path; grows as sites are found."""
        return self._texts.texts

    @property
    def notes(self) -> Sequence[str]:
        """Sentences about source lines that were not found, with the reason."""
        return (*self._notes, *self._texts.notes)

    def prepare(self, program: str) -> None:
        """Read the debug information of a program before it runs, not while it is held."""
        if self._lines_of(program) is _Lines.DEBUG_INFORMATION:
            from simpsh.trace.source import call_stack

            call_stack.prepare(program)

    def image_of(self, pid: int, program: str) -> Image | None:
        """Return the image of a process that has just executed a program."""
        lines = self._lines_of(f"/proc/{pid}/exe")
        if lines is _Lines.PYTHON:
            from simpsh.trace.source.python_frames import PythonImage

            return PythonImage(pid, self._notes)
        if lines is _Lines.DEBUG_INFORMATION and ptrace.is_known_architecture():
            from simpsh.trace.source.call_stack import ProcessImage

            return ProcessImage(pid, program)
        if lines is _Lines.MISSING and not program.startswith(_INSTALLED):
            name = os.path.basename(program)
            note = f"{name} has no debug information: compile it with -g to see its source lines"
            self._notes[note] = None
        return None

    def _lines_of(self, file: str) -> _Lines:
        identity = identity_of(file)
        if identity is None:
            return _Lines.UNREADABLE
        if identity not in self._kinds:
            self._kinds[identity] = _read_lines(file)
        return self._kinds[identity]

    def find(self, image: Image, tid: int) -> CallSite | None:
        """Return the line of the call in which a thread is held.

        Between two calls (a signal ends the thread) it is the line that was being executed.
        """
        return next(iter(self.find_all(image, tid, 1)), None)

    def find_all(self, image: Image, tid: int, most: int) -> tuple[CallSite, ...]:
        """Return find(), and the lines that called its function, innermost first: at most `most`.

        Only lines of the program's own source are returned.
        """
        if image.is_python:
            sites = image.sites_of(tid, most)
            for site in sites:
                # Python compiled it when the program began: it cannot have been changed before.
                self._texts.load(site.file, "", time.time_ns())
            return sites
        # OSError: the thread was killed meanwhile, or this kernel does not show its state.
        with HeldMemory(tid) as memory, suppress(OSError):
            return tuple(islice(self._find(image, tid, memory), most))
        return ()

    def _find(self, image: ProcessImage, tid: int, memory: HeldMemory) -> Iterator[CallSite]:
        from simpsh.trace.source.call_stack import frames

        values = registers.getregs(tid)
        if not registers.runs_own_code(values):
            return
        is_in_call, first = registers.is_in_call(values), registers.in_dwarf_order(values)
        stack: list[tuple[MappedFile, int]] = []
        is_found = False
        for file, address in frames(first, memory, image, is_in_call=is_in_call):
            if file.lines is not None and image.is_own(file):
                if (site := file.lines.at(address)) is not None:
                    is_found = True
                    yield self._with_text(site, file)
            elif is_found:
                return  # a library called that function: a signal handler, or one given to qsort
            stack.append((file, address))
        if is_found:
            return
        if image.born_at:
            yield image.born_at
            return
        # The C library ends the program after main returned: then the line is the end of main.
        program = image.main_file
        if not stack or program is None or program.lines is None or not _is_in(_START, *stack[-1]):
            return
        if not any(_is_in(_EXIT, *frame) for frame in stack):
            return
        end = program.lines.end_of(_MAIN)
        if end is not None:
            yield self._with_text(end, program)

    def _with_text(self, site: CallSite, file: MappedFile) -> CallSite:
        self._texts.load(site.file, file.file.name, file.file.mtime_ns)
        return site


def _read_lines(path: str) -> _Lines:
    if is_python(path):
        return _Lines.PYTHON
    try:
        with open(path, "rb") as file:
            has_lines = read_headers(file).has_lines
    except (ElfProblem, OSError):
        return _Lines.UNREADABLE
    return _Lines.DEBUG_INFORMATION if has_lines else _Lines.MISSING


def _is_in(function: str, file: MappedFile, address: int) -> bool:
    first, end = file.file.functions.get(function, (0, 0))
    return first <= address < end


# The source files that events name, each read once, while the program is being recorded.

MOST_SOURCE_BYTES = 256 << 10
"""The largest source file that is recorded."""
_MOST_ALTOGETHER = 4 << 20

_SUFFIXES = frozenset(
    (
        *(".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".inc", ".s", ".S"),
        *(".py", ".rs", ".go", ".zig", ".d", ".f90", ".adb", ".m", ".swift", ".nim"),
    )
)


class SourceTexts:
    """Reads the source files of programs; `notes` lists the ones that would mislead."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        """By path."""
        self.notes: list[str] = []
        self._paths: set[str] = set()
        self._size = 0

    def load(self, path: str, program: str, built_ns: int) -> None:
        """Read a file that debug information names, once."""
        if path in self._paths:
            return
        self._paths.add(path)
        # Do not trust this name: open only files that can be source code, and do not block on a
        # FIFO.
        if os.path.splitext(path)[1] not in _SUFFIXES or not os.path.isabs(path):
            return
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            return  # events name its lines anyway
        with suppress(OSError), open(descriptor, "rb") as file:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                return
            name, program = os.path.basename(path), os.path.basename(program)
            if state.st_mtime_ns > built_ns:
                self.notes.append(
                    f"{name} was changed after {program} was compiled: its lines may not fit, and "
                    "its text is not recorded; compile it again"
                )
            elif state.st_size > min(MOST_SOURCE_BYTES, _MOST_ALTOGETHER - self._size):
                self.notes.append(f"the text of {name} is not recorded: it is too large")
            else:
                text = file.read(MOST_SOURCE_BYTES).decode("utf-8", "replace")
                self._size += len(text)
                self.texts[path] = text
