"""The line of a Python program that made a call: the interpreter's frames, read from outside.

While a process is held in a call, the interpreter's memory shows the chain of frames, and the
current instruction of each. No code runs in the process, and its memory is not changed. The offsets
of the fields are those of CPython 3.11 to 3.14. A pointer is only followed if it leads to a code
object, so no lines are found if an interpreter's layout differs.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import ClassVar, Literal, NamedTuple

from simpsh.base.events import CallSite
from simpsh.base.own_program import PACKAGE
from simpsh.base.record import Mutable, fresh
from simpsh.process import proc
from simpsh.process.proc import HeldMemory
from simpsh.trace.source.elf_file import ElfProblem, Identity, identity_of, symbol_ranges

VERSIONS = "3.11 to 3.14"
_RUNTIME, _CODE_TYPE, _VERSION = "_PyRuntime", "PyCode_Type", "Py_Version"
_LIBRARY = "/libpython3"
_MOST_FRAMES, _MOST_THREADS, _MOST_TRIES = 400, 64, 200
_LONGEST_TEXT, _LONGEST_TABLE = 4096, 1 << 20
_FRAME_BYTES, _CODE_BYTES, _THREAD_BYTES = 72, 208, 168
_LENGTH, _TEXT_STATE, _TEXT_BYTES = 16, 32, 32
_KIND_SHIFT, _IS_ASCII = 2, 1 << 6
_ENCODINGS = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}


class _Fields(NamedTuple):
    """Distances in bytes from the beginning of the structures of one version."""

    interpreters: int
    """In _PyRuntime: the list of interpreters."""
    threads: int
    """In an interpreter: the list of threads."""
    native_id: int
    """In a thread: its id as returned by gettid(2)."""
    frame: int
    """In a thread: the frame that it executes, or a pointer to a structure that has it."""
    indirect: int
    """In that structure: the frame; -1 if the thread itself points to the frame."""
    entry: int
    """In a frame: the byte that is true if C code called its function; -1 in later versions, which
    put a frame without a program's code between."""
    code: int
    """In a frame: its code object."""
    previous: int
    """In a frame: the frame that called it."""
    first_line: int
    """In a code object."""
    instructions: int
    """In a code object: its first instruction."""
    ascii_text: int
    """In an ASCII string: its characters."""
    other_text: int
    """In another string: its characters."""


_FIELDS = {
    (3, 11): _Fields(40, 16, 160, 56, 8, 68, 32, 48, 72, 184, 48, 72),
    (3, 12): _Fields(40, 72, 144, 56, 0, -1, 0, 8, 68, 192, 40, 56),
    (3, 13): _Fields(632, 7344, 160, 72, -1, -1, 0, 8, 68, 200, 40, 56),
    (3, 14): _Fields(808, 7344, 160, 72, -1, -1, 0, 8, 68, 208, 40, 56),
}
_INSTRUCTION, _FILE_NAME, _QUALIFIED_NAME, _LINE_TABLE = 56, 112, 128, 136
_NAMES_AND_TABLE = slice(_FILE_NAME, _LINE_TABLE + 8)
_TYPE, _NEXT_THREAD = 8, 8
_SIMPSH = f"{PACKAGE}__main__.py", "main"
"""The file and the name of the function that runs simpsh."""
_TAGS = 3
"""Tag bits in a frame's reference to its code object, since 3.14."""


class _Code(NamedTuple):
    """The data of a code object for finding a line."""

    fields: bytes
    """The addresses of its names and its table; they differ if another object has replaced it."""
    file: str
    function: str
    first_line: int
    table: bytes
    is_own: bool
    """Whether it belongs to the program, not to the interpreter's library or to simpsh."""


class _Interpreter(NamedTuple):
    """The address of a process's interpreter."""

    home: str
    """The folder of its library, whose code is not the program's."""
    runtime: int
    """The address of _PyRuntime."""
    code_type: int
    """The address of PyCode_Type."""
    fields: _Fields


class PythonImage(Mutable):
    """The interpreter of one process; a forked child gets a copy."""

    is_python: ClassVar[Literal[True]] = True
    pid: int
    notes: dict[str, None]
    _interpreter: _Interpreter | None = None
    _tries: int = _MOST_TRIES
    _codes: dict[int, _Code] = fresh(dict)
    """By address."""

    def copied(self, pid: int, _born_at: CallSite | None) -> PythonImage:
        """Return the image of a child that was just made."""
        return PythonImage(pid, self.notes, self._interpreter, self._tries, dict(self._codes))

    def sites_of(self, tid: int, most: int) -> tuple[CallSite, ...]:
        """Return the lines that a thread executes in the program's own code, innermost first."""
        with HeldMemory(tid) as memory, suppress(LookupError):
            if self._interpreter is None:
                self._find_interpreter(memory)
            if self._interpreter is not None:
                return tuple(islice(self._sites(memory, tid, self._interpreter), most))
        return ()

    def _sites(self, memory: HeldMemory, tid: int, interpreter: _Interpreter) -> Iterator[CallSite]:
        fields = interpreter.fields
        frame, is_found = _first_frame(memory, tid, interpreter), False
        for _ in range(_MOST_FRAMES):
            data = memory.bytes_at(frame, _FRAME_BYTES) if frame else b""
            if not data:
                return
            address = _word(data, fields.code) & ~_TAGS
            code = self._code_at(memory, address, interpreter)
            if code is not None and (code.file, code.function) == _SIMPSH:
                return  # the program is simpsh, and has no lines that its user knows
            if code is not None and code.is_own:
                offset = _word(data, _INSTRUCTION) - address - fields.instructions
                line = line_of(code.table, code.first_line, offset // 2)
                if not line:
                    return
                yield CallSite(code.file, line, code.function)
                is_found = True
            # The interpreter itself called that function, such as a signal handler.
            is_called_by_c = fields.entry >= 0 and data[fields.entry]
            if is_found and (code is None or not code.is_own or is_called_by_c):
                return
            frame = _word(data, fields.previous)

    def _find_interpreter(self, memory: HeldMemory) -> None:
        located = _locate_interpreter(self.pid) if self._tries > 0 else None
        self._tries -= 1
        if located is None:
            return
        file, addresses = located
        version = memory.word_at(addresses[_VERSION])
        number = version >> 24 & 0xFF, version >> 16 & 0xFF
        self._tries = 0
        # Without the global interpreter lock (GIL) the structures differ.
        has_lock = f"{number[0]}.{number[1]}t" not in os.path.basename(file)
        if number in _FIELDS and has_lock:
            globals_ = addresses[_RUNTIME], addresses[_CODE_TYPE]
            self._interpreter = _Interpreter(home_of(file, number), *globals_, _FIELDS[number])
        else:
            programs = f"programs for Python {VERSIONS}"
            self.notes[f"the source lines are seen of {programs}, and not of this one"] = None

    def _code_at(self, memory: HeldMemory, address: int, interpreter: _Interpreter) -> _Code | None:
        data = memory.bytes_at(address, _CODE_BYTES) if address else b""
        if not data or _word(data, _TYPE) != interpreter.code_type:
            return None
        code = self._codes.get(address)
        if code is None or code.fields != data[_NAMES_AND_TABLE]:
            code = self._codes[address] = _read_code(memory, data, interpreter)
        return code


def _read_code(memory: HeldMemory, data: bytes, interpreter: _Interpreter) -> _Code:
    file = _text(memory, _word(data, _FILE_NAME), interpreter.fields)
    function = _text(memory, _word(data, _QUALIFIED_NAME), interpreter.fields)
    start = _word(data, _LINE_TABLE)
    size = memory.word_at(start + _LENGTH)
    table = memory.bytes_at(start + _TEXT_BYTES, size) if 0 < size < _LONGEST_TABLE else b""
    (first_line,) = struct.unpack_from("<i", data, interpreter.fields.first_line)
    of_others = ("<", f"{interpreter.home}/", PACKAGE)
    is_own = bool(file and table) and not file.startswith(of_others)
    return _Code(data[_NAMES_AND_TABLE], file, function, first_line, table, is_own)


def _first_frame(memory: HeldMemory, tid: int, interpreter: _Interpreter) -> int:
    """Return the address of the frame that a thread executes; 0 if it executes none."""
    fields = interpreter.fields
    state = memory.word_at(interpreter.runtime + fields.interpreters)
    thread = memory.word_at(state + fields.threads) if state else 0
    frames: dict[int, int] = {}
    while thread and len(frames) < _MOST_THREADS:
        data = memory.bytes_at(thread, _THREAD_BYTES)
        if not data:
            return 0
        frames[_word(data, fields.native_id)] = _word(data, fields.frame)
        thread = _word(data, _NEXT_THREAD)
    frame = frames.get(tid, 0)
    if tid not in frames and len(frames) == 1 and proc.status_field(tid, "Threads") == "1":
        # After fork, the interpreter still has the id of the parent's thread.
        (frame,) = frames.values()
    return memory.word_at(frame + fields.indirect) if frame and fields.indirect >= 0 else frame


def _text(memory: HeldMemory, address: int, fields: _Fields) -> str:
    head = memory.bytes_at(address, _TEXT_STATE + 4)
    if not head:
        return ""
    (state,) = struct.unpack_from("<I", head, _TEXT_STATE)
    kind, is_ascii = state >> _KIND_SHIFT & 7, bool(state & _IS_ASCII)
    size = _word(head, _LENGTH) * kind
    if kind not in _ENCODINGS or not 0 < size <= _LONGEST_TEXT:
        return ""
    before = fields.ascii_text if is_ascii else fields.other_text
    return memory.bytes_at(address + before, size).decode(_ENCODINGS[kind], "replace")


def _word(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "little")


_symbol_ranges: dict[Identity | None, dict[str, range]] = {}
"""Cache: the variables of each file."""


def _locate_interpreter(pid: int) -> tuple[str, dict[str, int]] | None:
    """Return the interpreter's file and the addresses of its variables; None if not loaded."""
    program = proc.link(pid, "exe")
    for region in proc.memory_regions(pid):
        is_program = region.name == program
        if region.offset or not (is_program or _LIBRARY in region.name):
            continue
        path = f"/proc/{pid}/exe" if is_program else f"/proc/{pid}/root{region.name}"
        try:
            identity = identity_of(path)
            if identity not in _symbol_ranges:
                _symbol_ranges[identity] = symbol_ranges(path, (_RUNTIME, _CODE_TYPE, _VERSION))
        except (ElfProblem, OSError):
            continue
        ranges = _symbol_ranges[identity]
        if len(ranges) == 3:
            return region.name, {name: region.first + at.start for name, at in ranges.items()}
    return None


def home_of(file: str, version: tuple[int, int]) -> str:
    """Return the folder of an interpreter's standard library."""
    # bin/python3.11 and lib/libpython3.11.so are in the folder that has lib/python3.11.
    return f"{os.path.dirname(os.path.dirname(file))}/lib/python{version[0]}.{version[1]}"


_NO_LINE, _LONG, _PLAIN, _ONE_LINE = 15, 14, 13, range(10, 13)


@lru_cache(maxsize=1024)
def line_of(table: bytes, first_line: int, instruction: int) -> int:
    """Return the line of an instruction (an index of two-byte units); 0 for none.

    The table is co_linetable, as Objects/locations.md of CPython describes it.
    """
    line, end = first_line, 0
    # Each entry begins with a byte whose highest bit is set.
    starts = [index for index, byte in enumerate(table) if index == 0 or byte & 0x80]
    for start in starts:
        kind = table[start] >> 3 & 15
        if kind in (_LONG, _PLAIN):
            # A number in groups of six bits, lowest first; its lowest bit is the sign.
            value = shift = 0
            for byte in table[start + 1 :]:
                value |= (byte & 63) << shift
                shift += 6
                if not byte & 64:
                    break
            line += -(value >> 1) if value & 1 else value >> 1
        elif kind in _ONE_LINE:
            line += kind - _ONE_LINE.start
        end += (table[start] & 7) + 1
        if instruction < end:
            return 0 if kind == _NO_LINE or instruction < 0 else line
    return 0
