"""The streams of the GNU C library (stdio), which a handler and the interrupted code share.

A stdio function uses far more memory than can be watched. But its callers only notice which bytes a
stream holds. So the streams' positions stand for all that memory, as long as no handler interrupts
such a function; see signal-safety(7).
"""

from __future__ import annotations

import re
from functools import lru_cache

from simpsh.base.record import Record
from simpsh.kernel.machine import ptrace
from simpsh.process.proc import MemoryRegion
from simpsh.trace.source.elf_file import ElfProblem, Span, read_headers, symbol_ranges

INTACT = "no alarm rings within a function of the C library that its handler calls, too"
EXIT = "exit"
_PLAIN = ("printf", "fprintf", "vprintf", "vfprintf")
_WRITERS = (
    *(*_PLAIN, *(f"__{name}_chk" for name in _PLAIN)),
    *("puts", "fputs", "putchar", "putc", "fputc", "_IO_putc", "fwrite", "perror", "fflush"),
)
# Reading flushes written bytes, and exit gives back bytes that were read ahead.
_READERS = (EXIT, "getchar", "getc", "fgetc", "_IO_getc", "fgets", "scanf", "__isoc99_scanf")
_FUNCTIONS = _WRITERS + _READERS
_ALL_STREAMS = "_IO_list_all"
IS_C_LIBRARY = re.compile(r".*/libc[-.][^/]*")
IS_LINKER = re.compile(r".*/ld[-.][^/]*")
# Offsets in struct _IO_FILE, which is part of the library's binary interface.
_READ_POINTER, _WRITE_POINTER, _CHAIN, _SIZE = 0x8, 0x28, 0x68, 0x70
_UNBUFFERED, _NO_WRITES, _POINTER = 0x2, 0x8, 8
_MOST_STREAMS = 16
_AT_EMPTY_PATH = 0x1000
_REGISTER_ENDS = re.compile(rb"\0(?:__cxa_atexit|atexit|on_exit)\0")


class Streams(Record):
    """The functions of a process's C library that use streams, and the library's stream list."""

    entries: dict[int, str]
    """The names of the functions, by address."""
    first: int
    """The address of the pointer to the first stream."""
    ends_plainly: bool
    """Whether exit calls no functions of the program itself."""

    def positions(self, pid: int, function: str) -> dict[int, bool] | None:
        """Return the memory words with the positions of the streams that a function uses.

        Each address maps to False (not changed), because all other code that uses these words is
        in such functions, too. Returns None if the streams are unknown.
        """
        words: dict[int, bool] = {}
        address = _pointer(ptrace.read_memory(pid, self.first, _POINTER))
        for _ in range(_MOST_STREAMS):
            if not address:
                return words
            stream = ptrace.read_memory(pid, address, _SIZE)
            if len(stream) < _SIZE:
                return None
            is_read = bool(stream[0] & _NO_WRITES)
            if not stream[0] & _UNBUFFERED and (not is_read or function in _READERS):
                field = _READ_POINTER if is_read else _WRITE_POINTER
                words |= dict.fromkeys((address + field, address + field + _POINTER // 2), False)
            address = _pointer(stream[_CHAIN:])
        return None


NONE = Streams({}, 0, ends_plainly=False)


def streams_of(program: str, regions: tuple[MemoryRegion, ...]) -> Streams:
    """Return the streams of a process that executes `program`; NONE if it has no GNU C library."""
    library = next((part for part in regions if IS_C_LIBRARY.fullmatch(part.name)), None)
    if library is None:
        return NONE
    symbols = offsets_of(library.name, (*_FUNCTIONS, _ALL_STREAMS))
    if _ALL_STREAMS not in symbols:
        return NONE
    others = {part.name for part in regions if part.permissions[2] == "x" and part.name[:1] == "/"}
    others -= {program, library.name}
    return Streams(
        {library.first + symbols[name].start: name for name in _FUNCTIONS if name in symbols},
        library.first + symbols[_ALL_STREAMS].start,
        ends_plainly=all(map(IS_LINKER.fullmatch, others)) and _ends_plainly(program),
    )


def makes_buffer(call: str, args: tuple[int, ...]) -> bool:
    """Return whether stdio may be making this call to allocate a stream's buffer.

    A handler that runs then may find the allocator in an inconsistent state, and crash or hang.
    """
    if call == "newfstatat":
        return bool(args[3] & _AT_EMPTY_PATH)
    return call in ("brk", "fstat", "getrandom")


@lru_cache(maxsize=8)
def offsets_of(path: str, names: tuple[str, ...]) -> dict[str, range]:
    """Return the result of symbol_ranges(); empty if the file cannot be read as ELF."""
    try:
        return symbol_ranges(path, names)
    except (ElfProblem, OSError):
        return {}


@lru_cache(maxsize=8)
def _ends_plainly(path: str) -> bool:
    """Return whether exit calls only those functions of a program that the compiler added."""
    try:
        with open(path, "rb") as file:
            sections = read_headers(file).sections
            names = sections.get(".dynstr", Span(0, 0, 0))
            file.seek(names.offset)
            can_register = _REGISTER_ENDS.search(file.read(names.size))
    except (ElfProblem, OSError):
        return False
    return not can_register and sections.get(".fini_array", Span(0, 0, 0)).size <= _POINTER


def _pointer(data: bytes) -> int:
    return int.from_bytes(data[:_POINTER], "little")
