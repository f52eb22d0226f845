"""The parts of an ELF file that lead from an address to a source line.

Only little-endian files of this machine are read. A file may be damaged: each offset is checked
before it is read, and an inconsistent file raises ElfProblem. See elf(5).
"""

from __future__ import annotations

import os
import struct

from simpsh.base.record import Mutable, Record, fresh
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

MOST_BYTES = 128 << 20
"""The largest file that is read."""

_HAS_32_BITS = ARCHITECTURE == "i386"
_WORD = "I" if _HAS_32_BITS else "Q"
_HEADER = struct.Struct(f"<16sHHI3{_WORD}IHHHHHH")
_PROGRAM_HEADER = struct.Struct("<8I" if _HAS_32_BITS else "<II6Q")
_SECTION_HEADER = struct.Struct(f"<II4{_WORD}II2{_WORD}")
_SYMBOL = struct.Struct("<IIIBBH" if _HAS_32_BITS else "<IBBHQQ")
_MAGIC = b"\x7fELF" + (b"\x01\x01" if _HAS_32_BITS else b"\x02\x01")
_MACHINE = {"x86_64": 62, "aarch64": 183, "i386": 3}.get(ARCHITECTURE)
"""The e_machine of this machine, see elf(5); None if its files are not read."""
# Indices of fields: in a program header, and in a symbol value, size, type and section.
_OFFSET, _ADDRESS, _SIZE = (1, 2, 4) if _HAS_32_BITS else (2, 3, 5)
_SYMBOL_FIELDS = (1, 2, 3, 5) if _HAS_32_BITS else (4, 5, 1, 3)
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LOAD, _INTERPRETER, _FRAME_INDEX = 1, 3, 0x6474E550
_NO_BYTES_IN_FILE = 8
_VARIABLE, _FUNCTION = 1, 2
_MOST_SECTIONS = 4096
_PYTHON_MAIN = b"\0Py_BytesMain\0"


Identity = tuple[int, int, int, int]
"""Device, inode, time of the last change in nanoseconds, size."""


def identity_of(path: str) -> Identity | None:
    """Return values that differ for a changed file; None if there is no file."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    return state.st_dev, state.st_ino, state.st_mtime_ns, state.st_size


class ElfProblem(Exception):
    """A file is not an ELF file of this machine, or is damaged."""


class Span(Record):
    """A range of bytes of the file, and its virtual address; 0 for none."""

    address: int
    offset: int
    size: int


class ElfHeaders(Mutable):
    """The headers of a file: its mapped parts, and its sections by name."""

    loaded: tuple[Span, ...]
    """The parts that are mapped into memory."""
    frame_index: Span | None
    """The segment with the index of its call frame information (.eh_frame_hdr)."""
    sections: dict[str, Span] = fresh(dict)
    loader: str = ""
    """The path of the dynamic loader that the kernel starts for it, see ld.so(8)."""

    @property
    def has_lines(self) -> bool:
        """Whether it was compiled with debug information about source lines."""
        return ".debug_line" in self.sections or ".stab" in self.sections


def read_headers(file: BinaryIO, *, with_sections: bool = True) -> ElfHeaders:
    """Return the headers of a file, perhaps without its sections, which the kernel does not read.

    Raises ElfProblem: it is not an ELF file of this machine, or damaged. OSError: it cannot be
    read.
    """
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or header[:6] != _MAGIC:
        raise ElfProblem("no ELF file of this machine")
    _, _, machine, _, _, *places = _HEADER.unpack(header)
    segments_at, sections_at, _, _, _, segments, _, sections, names_in = places
    if machine != _MACHINE:
        raise ElfProblem("made for another machine")
    loaded, index, loader = [], None, ""
    for values in _headers(file, _PROGRAM_HEADER, segments_at, segments):
        span = Span(values[_ADDRESS], values[_OFFSET], values[_SIZE])
        if values[0] == _LOAD:
            loaded.append(span)
        elif values[0] == _FRAME_INDEX:
            index = span
        elif values[0] == _INTERPRETER:
            loader = os.fsdecode(_read_at(file, span.offset, span.size).rstrip(b"\0"))
    found: dict[str, Span] = {}
    if with_sections:
        section_headers = list(_headers(file, _SECTION_HEADER, sections_at, sections))
        found = _sections(file, section_headers, names_in)
    return ElfHeaders(tuple(loaded), index, found, loader)


def is_python(path: str) -> bool:
    """Return whether an executable is a Python interpreter: it contains or calls Python's main."""
    try:
        with open(path, "rb") as file:
            span = read_headers(file).sections.get(".dynstr", Span(0, 0, 0))
            names = _read_at(file, span.offset, span.size)
    except (ElfProblem, OSError):
        return False
    return _PYTHON_MAIN in names


def symbol_ranges(path: str, names: Collection[str]) -> dict[str, range]:
    """Return the address ranges of a file's exported symbols, relative to its mapping.

    Names that the file does not export are left out. The file may be large, so only its symbols are
    read.
    """
    wanted = {name.encode(): name for name in names}
    ranges: dict[str, range] = {}
    with open(path, "rb") as file:
        headers = read_headers(file)
        spans = [headers.sections.get(name, Span(0, 0, 0)) for name in (".dynsym", ".dynstr")]
        data, strings = (_read_at(file, span.offset, span.size) for span in spans)
    first = min((span.address - span.offset for span in headers.loaded), default=0)
    for name, value, size, kind, section in _symbols(data, strings):
        if kind in (_VARIABLE, _FUNCTION) and section and name in wanted:
            ranges[wanted[name]] = range(value - first, value - first + size)
    return ranges


def _symbols(data: bytes, names: bytes) -> Iterator[tuple[bytes, int, int, int, int]]:
    """Yield name, value, size, type and section of each symbol of a table."""
    whole = len(data) // _SYMBOL.size * _SYMBOL.size
    for values in _SYMBOL.iter_unpack(data[:whole]):
        name_at = values[0]
        value, size, info, section = (values[index] for index in _SYMBOL_FIELDS)
        yield (
            names[name_at : max(name_at, names.find(b"\0", name_at))],
            value,
            size,
            info & 0xF,
            section,
        )


def _headers(
    file: BinaryIO, shape: struct.Struct, offset: int, count: int
) -> Iterator[tuple[int, ...]]:
    data = _read_at(file, offset, shape.size * min(count, _MOST_SECTIONS))
    return shape.iter_unpack(data)


def _sections(file: BinaryIO, headers: list[tuple[int, ...]], names_in: int) -> dict[str, Span]:
    if names_in >= len(headers):
        return {}
    names = _read_at(file, headers[names_in][4], headers[names_in][5])
    sections = {}
    for name_at, kind, _, address, offset, size, *_ in headers:
        end = names.find(b"\0", name_at)
        if kind != _NO_BYTES_IN_FILE and name_at < end:
            sections[names[name_at:end].decode("ascii", "replace")] = Span(address, offset, size)
    return sections


def _read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    if max(size, offset) > MOST_BYTES:
        raise ElfProblem("a header points outside the file")
    file.seek(offset)
    data = file.read(size)
    if len(data) < size:
        raise ElfProblem("cut short")
    return data


class ElfFile:
    """The whole of a file that a process has mapped; `path` is where it can be opened now.

    Errors as for read_headers(), and ElfProblem if it is too large.
    """

    def __init__(self, path: str, name: str) -> None:
        self.name = name
        self._functions: dict[str, tuple[int, int]] | None = None
        with open(path, "rb") as file:
            state = os.fstat(file.fileno())
            if state.st_size > MOST_BYTES:
                raise ElfProblem("too large")
            self.mtime_ns = state.st_mtime_ns
            self.headers = read_headers(file)
            file.seek(0)
            self.data = file.read(MOST_BYTES)

    def at_offset(self, offset: int) -> int | None:
        """Return the virtual address of a file offset; None if it is not mapped."""
        for span in self.headers.loaded:
            # A mapping begins with the page in which its segment begins.
            if span.offset & -_PAGE <= offset < span.offset + span.size:
                return span.address + offset - span.offset
        return None

    def bytes_at(self, address: int, size: int) -> bytes:
        """Return the bytes that are mapped at an address; raises ElfProblem if they are not."""
        for span in self.headers.loaded:
            offset = address - span.address
            if offset >= 0 and offset + size <= span.size:
                data = self.data[span.offset + offset : span.offset + offset + size]
                if len(data) == size:
                    return data
        raise ElfProblem("an address that is not mapped")

    def section(self, name: str) -> bytes:
        """Return the bytes of a section; empty if there is none."""
        span = self.headers.sections.get(name, Span(0, 0, 0))
        return self.data[span.offset : span.offset + span.size]

    def function_at(self, address: int) -> str:
        """Return the name of the function at an address, by the symbol table; empty for none."""
        return _at(address, self.functions)

    @property
    def functions(self) -> dict[str, tuple[int, int]]:
        """The address range of each function: first address, and the one after the last."""
        if self._functions is not None:
            return self._functions
        ranges = self._functions = dict[str, tuple[int, int]]()
        for symbols, strings in ((".symtab", ".strtab"), (".dynsym", ".dynstr")):
            data, names = self.section(symbols), self.section(strings)
            for name, value, size, kind, _ in _symbols(data, names):
                if kind == _FUNCTION and size and name:
                    text = name.decode("utf-8", "replace").partition("@")[0]
                    ranges.setdefault(text, (value, value + size))
        return ranges


def _at(address: int, ranges: dict[str, tuple[int, int]]) -> str:
    return next((name for name, (first, end) in ranges.items() if first <= address < end), "")
