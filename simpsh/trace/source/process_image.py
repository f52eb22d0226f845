"""The image of a process: its program and the libraries it has mapped, by address.

What is mapped is read when it is first asked for, and again when an address is not found: a
program loads libraries while it runs. A file is read once for all processes that have it mapped.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

from simpsh.base.events import CallSite
from simpsh.process import proc
from simpsh.trace.source.debug_lines import DebugLines, is_of_system
from simpsh.trace.source.elf_file import ElfFile, ElfProblem, Identity, identity_of
from simpsh.trace.source.frame_rules import FrameRules

_MOST_BYTES = 256 << 20
_MOST_WAYS = 4096


class MappedFile:
    """A program or a library, with what is known of its code."""

    def __init__(self, file: ElfFile) -> None:
        self.file = file
        self.rules = FrameRules(file)

    @cached_property
    def lines(self) -> DebugLines | None:
        """Its debug information; None if it has none."""
        return DebugLines(self.file) if self.file.headers.has_lines else None


class FileCache:
    """The files that the processes of a family have mapped, each read once."""

    def __init__(self) -> None:
        self._known: dict[Identity, MappedFile | None] = {}
        self._left = _MOST_BYTES
        """How many bytes may still be read."""

    def get(self, pid: int, name: str, *, is_program: bool) -> MappedFile | None:
        """Return a file as a process sees it; None if it cannot be read, or is no ELF file."""
        return self._read(f"/proc/{pid}/exe" if is_program else f"/proc/{pid}/root{name}", name)

    def prepare(self, program: str) -> None:
        """Read a program that is about to be executed, with its debug information."""
        found = self._read(program, os.path.realpath(program))
        if found is not None and found.lines is not None:
            found.lines.end_of("main")

    def _read(self, path: str, name: str) -> MappedFile | None:
        identity = identity_of(path)
        if identity is None:
            return None
        if identity not in self._known:
            self._left -= identity[-1]
            if self._left < 0:
                # A long exploration copies its program again and again: begin anew.
                self._known.clear()
                self._left = _MOST_BYTES - identity[-1]
            try:
                self._known[identity] = MappedFile(ElfFile(path, name))
            except (ElfProblem, OSError):
                self._known[identity] = None
        return self._known[identity]


@dataclass(frozen=True, slots=True)
class Way:
    """A way from a held thread to the line of its call, which rested on the stack alone."""

    size: int
    """How many bytes of the stack it rests on, from the stack pointer."""
    words: tuple[tuple[int, bytes], ...]
    """What must be there: distance from the stack pointer, and bytes."""
    at: CallSite


@dataclass(frozen=True, slots=True)
class _Mapping:
    first: int
    end: int
    file: MappedFile
    bias: int
    """What is added to an address of the file to get that of the process."""


@dataclass(slots=True)
class ProcessImage:
    """What one process runs; a copy of it belongs to a forked child."""

    is_python: ClassVar[Literal[False]] = False
    pid: int
    files: FileCache
    program: str
    """The path of its program."""
    born_at: CallSite | None = None
    """The call that made it, where it was made to execute a program at once."""
    _mappings: list[_Mapping] = field(default_factory=list)
    _unknown: set[int] = field(default_factory=set)
    """Addresses that were looked for in vain."""
    _ways: dict[tuple[int, int], Way] = field(default_factory=dict)
    """Ways already gone, by instruction and stack pointer."""

    def copied(self, pid: int, born_at: CallSite | None) -> ProcessImage:
        """Return the image of a child that was just made.

        Args:
            pid: the child.
            born_at: the call that made it, if it has no stack of its parent's functions: a child
                of posix_spawn makes all its calls for that call.
        """
        return ProcessImage(
            pid, self.files, self.program, born_at, self._mappings, set(self._unknown), self._ways
        )

    def locate(self, address: int) -> tuple[MappedFile, int] | None:
        """Return the file that is mapped at an address, and the address in it; None for none."""
        found = self._at(address)
        if found is None and address not in self._unknown:
            self._mappings = list(self._mapped())
            self._ways = {}
            found = self._at(address)
            if found is None:
                self._unknown.add(address)
        return (found.file, address - found.bias) if found is not None else None

    def way_from(self, place: tuple[int, int]) -> Way | None:
        """Return the way that began at this instruction with this stack pointer; None for none."""
        return self._ways.get(place)

    def remember(self, place: tuple[int, int], way: Way) -> None:
        """Keep a way: where it begins again, and the stack is the same, it leads to the same."""
        if len(self._ways) >= _MOST_WAYS:
            self._ways.clear()
        self._ways[place] = way

    @property
    def main_file(self) -> MappedFile | None:
        """The program itself."""
        return next(
            (one.file for one in self._mappings if one.file.file.name == self.program), None
        )

    def _at(self, address: int) -> _Mapping | None:
        place = bisect_right(self._mappings, address, key=lambda one: one.first) - 1
        if place >= 0 and address < self._mappings[place].end:
            return self._mappings[place]
        return None

    def _mapped(self) -> list[_Mapping]:
        found = []
        for region in proc.memory_regions(self.pid):
            if "x" not in region.permissions or not region.name.startswith("/"):
                continue
            file = self.files.get(self.pid, region.name, is_program=region.name == self.program)
            place = file.file.at_offset(region.offset) if file is not None else None
            if file is not None and place is not None:
                found.append(_Mapping(region.first, region.end, file, region.first - place))
        return found

    def is_own(self, file: MappedFile) -> bool:
        """Return whether a file is the program's own: the program, or no library of the system."""
        return file.file.name == self.program or not is_of_system(file.file.name)
