"""Debug information: the file, the line and the function of an address in a program.

Compilers write it with -g: .debug_line maps addresses to lines, .debug_info lists functions,
inlined ones too. Each compilation unit is read when one of its addresses is first looked up. See
the DWARF standard, 6.2 and 3.3; versions 4 and 5. tcc writes stabs instead: a table of lines.
"""

from __future__ import annotations

import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.dwarf.lineprogram import LineProgram
from elftools.dwarf.ranges import BaseAddressEntry
from elftools.elf.elffile import ELFFile

from simpsh.base.events import CallSite
from simpsh.base.record import Mutable, fresh
from simpsh.kernel.machine.registers import CODE_BITS
from simpsh.trace.source.elf_file import ElfFile, ElfProblem

DWARF_PROBLEMS = (
    *(ElfProblem, ELFError, DWARFError, ConstructError, zlib.error),
    *(LookupError, TypeError, ValueError, AttributeError, AssertionError, ArithmeticError),
    *(EOFError, RecursionError, MemoryError, NotImplementedError),
)
"""Errors that damaged debug information may raise. The reader raises some of them deliberately;
others come from code that trusts the values in the file."""
_MOST_UNITS = 20_000
_MOST_ENTRIES = 30_000
_MOST_LINES_BYTES = 1 << 20
"""The limits for one file: entries of .debug_info, bytes of .debug_line. A process is held
meanwhile, and a hostile file must not keep the tracer busy."""
_SYSTEM = ("/usr/", "/lib/", "/lib64/")
_FUNCTIONS = ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine")
_MOST_UNPACKED = 64 << 20
_STAB = struct.Struct("<IBxHI")
_STAB_FILES, _STAB_FUNCTION, _STAB_LINE = (0x64, 0x84), 0x24, 0x44
"""N_SO and N_SOL, N_FUN, N_SLINE of stab.h: a file and an included one, a function, a line."""


def is_of_system(path: str) -> bool:
    """Return whether a file belongs to the system: a library, or its header."""
    return path.startswith(_SYSTEM)


class _Function(Mutable):
    """A function, or its inlined copy in another function."""

    name: str
    ranges: list[tuple[int, int]]
    called_at: tuple[int, int] | None = None
    """The number of the file and the line of the inlined call."""

    def covers(self, address: int) -> bool:
        return any(first <= address < end for first, end in self.ranges)


class _Unit(Mutable):
    """A compilation unit: one C file with its includes."""

    firsts: list[int]
    """The addresses of the rows, ascending."""
    rows: list[tuple[int, int]]
    """File and line from each address on; line 0 for none."""
    files: dict[int, str]
    """Paths by number."""
    functions: list[_Function] = fresh(list)
    """In order of appearance: an inlined copy after the function around it."""


class DebugLines:
    """The debug information of one file."""

    def __init__(self, file: ElfFile) -> None:
        self._file = file
        self._units: dict[int, _Unit | None] = {}
        self._sites: dict[int, CallSite | None] = {}
        self._entries, self._lines = _MOST_ENTRIES, _MOST_LINES_BYTES
        """The remaining numbers of entries and bytes."""

    def at(self, address: int) -> CallSite | None:
        """Return the line of the program's own source for an address; None if there is none.

        For code inlined from a system header it is the line that called it.
        """
        if address not in self._sites:
            try:
                self._sites[address] = self._find(address)
            except DWARF_PROBLEMS:
                self._sites[address] = None
        return self._sites[address]

    def end_of(self, name: str) -> CallSite | None:
        """Return the last line of a function, as the site of its return."""
        try:
            address, end = self._file.functions[name]
            unit = self._unit_at(address)
            if unit is None:
                return None
            lines = [
                line
                for first, (_, line) in zip(unit.firsts, unit.rows, strict=True)
                if address <= first < end
            ]
            path = unit.files[unit.rows[bisect_right(unit.firsts, address) - 1][0]]
            return CallSite(path, max(lines), name, has_returned=True)
        except DWARF_PROBLEMS:
            return None

    def _find(self, address: int) -> CallSite | None:
        unit = self._unit_at(address)
        if unit is None:
            return None
        number, line = unit.rows[bisect_right(unit.firsts, address) - 1]
        around = [function for function in unit.functions if function.covers(address)]
        while around and around[-1].called_at and is_of_system(unit.files.get(number, "")):
            number, line = around.pop().called_at or (0, 0)
        path = unit.files.get(number, "")
        if line < 1 or not path or is_of_system(path):
            return None
        return CallSite(path, line, around[-1].name if around else self._file.function_at(address))

    # ----------------------------------------------------------------- compilation units

    def _unit_at(self, address: int) -> _Unit | None:
        for offset, ranges in self._unit_ranges:
            if not any(first <= address < end for first, end in ranges):
                continue
            if offset not in self._units:
                self._units[offset] = self._read(offset)
            unit = self._units[offset]
            if unit is not None and unit.firsts and unit.firsts[0] <= address:
                row = unit.rows[bisect_right(unit.firsts, address) - 1]
                if row[1] >= 0:
                    return unit
        return None

    @cached_property
    def _unit_ranges(self) -> list[tuple[int, list[tuple[int, int]]]]:
        if not self._file.section(".debug_line"):
            return [(0, [(0, CODE_BITS)])]
        ranges = []
        if self._dwarf is not None:
            for unit, _ in zip(self._dwarf.iter_CUs(), range(_MOST_UNITS), strict=False):
                ranges.append((unit.cu_offset, _ranges(unit.get_top_DIE())))
        return ranges

    @cached_property
    def _dwarf(self) -> DWARFInfo | None:
        elf = ELFFile(BytesIO(self._file.data))
        named = (section for section in elf.iter_sections() if section.name.startswith(".debug"))
        if sum(section.data_size for section in named) > _MOST_UNPACKED:
            raise ElfProblem("debug information that is too large")
        return elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False)

    def _read(self, offset: int) -> _Unit | None:
        if stabs := self._file.section(".stab"):
            return _unit_of_stabs(stabs[:_MOST_LINES_BYTES], self._file.section(".stabstr"))
        assert self._dwarf is not None
        compiled = self._dwarf.get_CU_at(offset)
        program = self._dwarf.line_program_for_CU(compiled)
        if program is None:
            return None
        self._lines -= program.program_end_offset - program.program_start_offset
        if self._lines < 0:
            return None
        directory = _text(compiled.get_top_DIE(), "DW_AT_comp_dir")
        unit = _unit_of(program, directory)
        try:
            for entry in _entries(compiled):
                self._entries -= 1
                if self._entries < 0:
                    raise ElfProblem("too many entries")
                if entry.tag in _FUNCTIONS and (ranges := _ranges(entry)):
                    called_at = None
                    if entry.tag == "DW_TAG_inlined_subroutine":
                        file = entry.attributes.get("DW_AT_call_file")
                        line = entry.attributes.get("DW_AT_call_line")
                        called_at = (file.value if file else 0, line.value if line else 0)
                    unit.functions.append(_Function(_name(entry), ranges, called_at))
        except DWARF_PROBLEMS:
            # Keep the lines; names come from the symbol table.
            unit.functions.clear()
        return unit


def _unit_of(program: LineProgram, directory: str) -> _Unit:
    rows: list[tuple[int, bool, int, int]] = []
    for entry in program.get_entries():
        state = entry.state
        if state is not None:
            is_end = state.end_sequence
            rows.append((state.address, not is_end, state.file, -1 if is_end else state.line))
    # Rows of one address keep their order in the line program: the last one counts.
    rows.sort(key=lambda row: row[:2])
    files = _paths(program, directory)
    return _Unit([row[0] for row in rows], [(row[2], row[3]) for row in rows], files)


def _unit_of_stabs(stabs: bytes, strings: bytes) -> _Unit:
    """Return the lines of all files as one unit; see "The stabs representation" of GDB."""
    rows: list[tuple[int, int, int]] = []
    paths, folder, function = [""], "", 0
    for offset, kind, line, value in _STAB.iter_unpack(
        stabs[: len(stabs) // _STAB.size * _STAB.size]
    ):
        if kind in _STAB_FILES:
            name = os.fsdecode(strings[offset : strings.index(0, offset)])
            paths.append(os.path.normpath(os.path.join(folder, name)))
            if name.endswith("/"):
                folder = name
            elif not name:
                rows.append((value, 0, -1))
        elif kind == _STAB_FUNCTION and offset:
            function = value
        elif kind == _STAB_LINE:
            rows.append((function + value, len(paths) - 1, line))
    rows.sort()
    return _Unit([row[0] for row in rows], [row[1:] for row in rows], dict(enumerate(paths)))


def _paths(program: LineProgram, directory: str) -> dict[int, str]:
    """Return the paths of a line table's files by number; before version 5 the first is 1."""
    header = program.header
    is_new = header["version"] >= 5
    directories = [os.fsdecode(folder) for folder in header["include_directory"]]
    if not is_new:
        directories.insert(0, directory)
    paths = {}
    for number, entry in enumerate(header["file_entry"], start=0 if is_new else 1):
        folder_number = entry["dir_index"] or 0
        folder = directories[folder_number] if folder_number < len(directories) else ""
        path = os.path.join(directory, folder, os.fsdecode(entry["name"] or b""))
        paths[number] = os.path.normpath(path)
    return paths


# -------------------------------------------------------------------------------- functions


def _entries(unit: CompileUnit) -> Iterator[DIE]:
    """Yield the entries of a unit in file order, because references may form a circle."""
    section = unit.dwarfinfo.debug_info_sec
    offset, end = unit.cu_die_offset, unit.cu_offset + unit.size
    while section is not None and offset < end:
        entry = DIE(unit, section.stream, offset)
        offset += entry.size
        yield entry


def _name(entry: DIE) -> str:
    for _ in range(4):
        if found := _text(entry, "DW_AT_name"):
            return found
        links = ("DW_AT_abstract_origin", "DW_AT_specification")
        link = next((name for name in links if name in entry.attributes), None)
        if link is None:
            return ""
        entry = entry.get_DIE_from_attribute(link)
    return ""


def _text(entry: DIE, attribute: str) -> str:
    value = entry.attributes.get(attribute)
    return os.fsdecode(value.value) if value is not None else ""


def _ranges(entry: DIE) -> list[tuple[int, int]]:
    """Return the address ranges of an entry: first address, and the one after the last."""
    low = entry.attributes.get("DW_AT_low_pc")
    high = entry.attributes.get("DW_AT_high_pc")
    if low is not None and high is not None:
        is_address = high.form == "DW_FORM_addr"
        return [(low.value, high.value if is_address else low.value + high.value)]
    listed = entry.attributes.get("DW_AT_ranges")
    lists = entry.dwarfinfo.range_lists() if listed is not None else None
    unit = entry.cu
    if listed is None or lists is None or not isinstance(unit, CompileUnit):
        return []
    top = unit.get_top_DIE().attributes.get("DW_AT_low_pc")
    base = top.value if top is not None else 0
    ranges = []
    for listed_range in lists.get_range_list_at_offset(listed.value, cu=unit):
        if isinstance(listed_range, BaseAddressEntry):
            base = listed_range.base_address
        else:
            shift = 0 if listed_range.is_absolute else base
            ranges.append((listed_range.begin_offset + shift, listed_range.end_offset + shift))
    return ranges
