"""Call sites: which line of its own source a held process made its call from.

Programs with debug information (cc -g) are looked at and, where that is wanted, Python programs;
for every other program the cost is one look at the headers of its file. The reader of debug
information is loaded with the first program that has some.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from simpsh.base.events import CallSite
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc
from simpsh.trace.source.elf_file import (
    ElfHeaders,
    ElfProblem,
    Identity,
    identity_of,
    read_headers,
)
from simpsh.trace.source.source_texts import SourceTexts

if TYPE_CHECKING:
    from simpsh.trace.source.process_image import FileCache, MappedFile, ProcessImage, Way
    from simpsh.trace.source.python_frames import PythonImage

    Image = ProcessImage | PythonImage

_PYTHON = "python"
_INSTALLED = ("/usr/", "/bin/", "/sbin/", "/lib", "/opt/", "/nix/")
_START, _EXIT, _MAIN = "_start", "exit", "main"


class CallSites:
    """Finds the call sites of a family of processes.

    Args:
        read_memory: how a process's memory is read: thread, address, count.
        reads_python: whether the lines of Python programs are wanted, too.
    """

    def __init__(
        self,
        read_memory: Callable[[int, int, int], bytes] = ptrace.read_memory,
        *,
        reads_python: bool = False,
    ) -> None:
        self._read_memory = read_memory
        self._reads_python = reads_python
        self._texts = SourceTexts()
        self._notes: dict[str, None] = {}
        self._programs: dict[Identity, ElfHeaders | None] = {}
        self._files: FileCache | None = None

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts of the source files that call sites name, by path; it grows with them."""
        return self._texts.texts

    @property
    def notes(self) -> Sequence[str]:
        """Sentences for people: which source lines were not seen, and why."""
        return (*self._notes, *self._texts.notes)

    def prepare(self, program: str) -> None:
        """Read the debug information of a program before it runs, and not while it is held.

        Args:
            program: its path; nothing happens if it cannot be read or has none.
        """
        headers = self._headers(program)
        if headers is not None and headers.has_lines and not _is_a_tool(os.path.realpath(program)):
            self._file_cache().prepare(program)

    def _file_cache(self) -> FileCache:
        from simpsh.trace.source.process_image import FileCache

        if self._files is None:
            self._files = FileCache()
        return self._files

    def image_of(self, pid: int, argv: Sequence[str] = ()) -> Image | None:
        """Return the image of a process that has just executed a program.

        Args:
            pid: the process.
            argv: its arguments; from them it is told whether an interpreter runs a program.

        Returns:
            What find() takes; None where no source lines can be seen.
        """
        program = proc.link(pid, "exe")
        name = os.path.basename(program)
        if _is_a_tool(program):
            runs_python = name.startswith(_PYTHON) and any(one.endswith(".py") for one in argv[1:])
            return self._python(pid) if runs_python else None
        headers = self._headers(f"/proc/{pid}/exe")
        if headers is None or not registers.are_known():
            return None
        if not headers.has_lines:
            note = f"{name} has no debug information: compile it with -g to see its source lines"
            self._notes[note] = None
            return None
        from simpsh.trace.source.process_image import ProcessImage

        return ProcessImage(pid, self._file_cache(), program)

    def _python(self, pid: int) -> PythonImage | None:
        if not self._reads_python:
            self._notes["the source lines of Python programs are not seen"] = None
            return None
        from simpsh.trace.source.python_frames import PythonImage

        return PythonImage(pid, self._notes)

    def _headers(self, path: str) -> ElfHeaders | None:
        identity = identity_of(path)
        if identity is None:
            return None
        if identity not in self._programs:
            try:
                with open(path, "rb") as file:
                    self._programs[identity] = read_headers(file)
            except (ElfProblem, OSError):
                self._programs[identity] = None
        return self._programs[identity]

    def find(self, image: Image, tid: int) -> CallSite | None:
        """Return the line that the call came from, of a thread that is held in one.

        Between two calls (a signal ends it) it is the line that the thread was at.
        """
        if image.is_python:
            found = image.site_of(tid, self._read_memory)
            if found is not None:
                # It was compiled when the program began: it cannot have been changed before.
                self._texts.meet(found.file, "", time.time_ns())
            return found
        try:
            place = ptrace.instruction_and_stack(tid)
            known = image.way_from(place)
            if known is not None and self._is_again(known, tid, place[1]):
                return known.at
            return self._find(image, tid, place)
        except OSError:
            # It was killed meanwhile, or this kernel does not tell.
            return None

    def _is_again(self, way: Way, tid: int, stack: int) -> bool:
        data = self._read_memory(tid, stack, way.size)
        return all(data[place : place + 8] == word for place, word in way.words)

    def _find(self, image: ProcessImage, tid: int, place: tuple[int, int]) -> CallSite | None:
        from simpsh.trace.source.call_stack import StackMemory, frames, way_of

        values = registers.getregs(tid)
        if not registers.runs_64_bit_code(values):
            return None
        memory, is_in_call = StackMemory(tid, self._read_memory), registers.is_in_call(values)
        first = registers.in_dwarf_order(values)
        seen: list[tuple[MappedFile, int]] = []
        for file, address in frames(first, memory, image, is_in_call=is_in_call):
            if file.lines is not None and image.is_own(file):
                found = file.lines.at(address)
                if found is not None:
                    way = way_of(memory, place[1], found) if seen and is_in_call else None
                    if way is not None:
                        image.remember(place, way)
                    return self._met(found, file)
            seen.append((file, address))
        return image.born_at or self._after_main(image, seen)

    def _after_main(
        self, image: ProcessImage, seen: Sequence[tuple[MappedFile, int]]
    ) -> CallSite | None:
        """Return the end of main, if the C library is ending the program because main returned."""
        file = image.main_file
        if not seen or file is None or file.lines is None or not _is_in(_START, *seen[-1]):
            return None
        if not any(_is_in(_EXIT, *frame) for frame in seen):
            return None
        place = file.lines.end_of(_MAIN)
        return self._met(place, file) if place is not None else None

    def _met(self, place: CallSite, file: MappedFile) -> CallSite:
        self._texts.meet(place.file, file.file.name, file.file.mtime_ns)
        return place


def _is_a_tool(program: str) -> bool:
    """Return whether a program is an interpreter or is installed: no reader asks for its lines."""
    return os.path.basename(program).startswith(_PYTHON) or program.startswith(_INSTALLED)


def _is_in(function: str, file: MappedFile, address: int) -> bool:
    first, end = file.file.functions.get(function, (0, 0))
    return first <= address < end
