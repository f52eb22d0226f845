"""The start of an interpreter is left out of account: which of its calls it makes by itself.

Before the first statement of its program, Python, Perl or a shell may read the clock and random
numbers and look for a terminal. To find these calls, the interpreter is run once with an empty
program (/dev/null; Python's only sleeps and forks). Every such call is noted with its place in the
interpreter's code. Calls from these places raise no flag. `time.time()`, `$SECONDS` or `rand` come
from other places and raise one. A program in C has no such allowance: what it reads before its
first fork may decide what happens after it. What an interpreter remembers of its start (Perl's $^T,
the seed of bash's $RANDOM) is the same in every run, but for what it makes of its pid.

Python's start makes some 1,600 calls before it opens its program; no other process is there to see
them. In all but the first run those that only read do not stop, and nor does the clock that its
locks read. A filter that is added when the program is opened lets them stop from then on.

A student may call a shell `ash`. So a name counts only where the system keeps its programs. Python,
which people install for themselves, counts also where its library lies beside it.

A place is the two callers above the C library; for reading the clock, the three. To find them, the
stack is searched for return addresses: words that point right behind a call instruction. Earlier
calls leave such words in gaps of the stack, too; these are recognized by what they called. Python
3.11 reads the clock before it sleeps and whenever it takes a lock, and compilers copy that code to
many places, which count as one. The functions of an ELF file and their calls are read from the file
alone, also from a stripped one: .eh_frame_hdr says where functions begin, relocations say which
symbol an entry of the procedure linkage table leads to.
"""

from __future__ import annotations

import os
import re
import struct
from bisect import bisect_right
from contextlib import suppress
from functools import lru_cache

from simpsh.base.process_names import FIRST
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.program_knowledge import CallSite, Knowledge
from simpsh.explore.flags import Flag
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.machine_code import CALL_OF_VALUE, MACHINE, NO_CALL
from simpsh.kernel.machine.registers import (
    CODE_BITS,
    PROGRAM_COUNTER,
    STACK_POINTER,
    WORD,
    getregs,
    linked_address,
)
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.source.elf_file import ElfFile, ElfProblem

Interpreter = tuple[str, ...]
"""How an interpreter was called: its file and its options."""
StartUp = set[tuple[Flag, CallSite]]
"""What an interpreter does by itself, in a flag's words, and where in its code."""
# python3.14t has no global lock, python3.14d is built for debugging.
_PYTHON = r"python[\d.]*[td]?$"
_IS_PYTHON = re.compile(_PYTHON)
_INTERPRETERS = re.compile(
    rf"{_PYTHON}|"
    r"(perl|ruby|lua|tclsh|php|node|(da|ba|z|k|mk|pdk|ya|a)?sh|[gmn]?awk|busybox)[\d.]*$"
)
_INSTALLED = ("/usr/", "/bin/", "/sbin/", "/opt/", "/nix/store/", "/gnu/store/")
# Options without an argument, and none that means a program (-c, -e, -m).
_PLAIN_OPTION = re.compile(r"-[A-Zabdf-ln-z]+$")
_WITH_ARGUMENT = ("-W", "-X")


def recognize(knowledge: Knowledge, process: HeldProcess) -> None:
    """Note which interpreter a process has just executed, if it is one.

    One that has not been measured yet makes the run begin again. Stacks of 32 bits are not read: no
    call is left out of account there.
    """
    process.interpreter = _interpreter(knowledge, process) if WORD == 8 else None
    if process.interpreter is None:
        return
    if knowledge.script is None and process.name == FIRST and not process.has_executed:
        [word] = proc.argv(process.pid)[len(process.interpreter) :][:1] or [""]
        is_python = _IS_PYTHON.match(os.path.basename(process.interpreter[0]))
        knowledge.script = word if is_python and not word.startswith("-") else ""
    start_ups = knowledge.start_ups
    if knowledge.is_measuring:
        start_ups.setdefault(process.interpreter, set())
    elif start_ups.setdefault(process.interpreter, None) is None:
        knowledge.must_restart = True


def is_of_start_up(knowledge: Knowledge, process: HeldProcess, what: Flag) -> bool:
    """Return whether a call that would be flagged belongs to the interpreter itself."""
    if process.interpreter is None:
        return False
    known = knowledge.start_ups.get(process.interpreter)
    if known is None:
        # Before it is measured, nothing can be said; the run will begin again.
        return True
    place = what, call_site(process, knowledge.call_sites)
    if knowledge.is_measuring:
        known.add(place)
    elif place in known:
        name = os.path.basename(process.interpreter[0])
        knowledge.assumed.add(f"what {name} itself asks of the system does not matter")
    return place in known


def is_interpreter(executable: str, called: str = "") -> bool:
    """Return whether a file, by its real path, is an interpreter, not just called like one."""
    directory, name = os.path.split(executable)
    if name.startswith("busybox") and called:
        # It is each of its programs. `rm` must never get the empty program to run: /dev/null.
        name = os.path.basename(called).removeprefix("-")
    if _INTERPRETERS.match(name) is None:
        return False
    if executable.startswith(_INSTALLED):
        return True
    library = os.path.join(os.path.dirname(directory), "lib")
    return _IS_PYTHON.match(name) is not None and any(map(_IS_PYTHON.match, _entries(library)))


@lru_cache(maxsize=16)
def _entries(directory: str) -> tuple[str, ...]:
    try:
        return tuple(os.listdir(directory))
    except OSError:
        return ()


def opens_program(knowledge: Knowledge, process: HeldProcess) -> bool:
    """Return whether a process that starts stands at the call that opens its program."""
    if process.call not in ("open", "openat"):
        return False
    given = tracee_proc.string_at(process.pid, process.args[process.call == "openat"])
    script = knowledge.script or ""
    if os.path.basename(given) != os.path.basename(script):
        return False
    here = proc.link(process.pid, "cwd")
    opened, own = (os.path.realpath(os.path.join(here, path)) for path in (given, script))
    return opened == own


def _interpreter(knowledge: Knowledge, process: HeldProcess) -> Interpreter | None:
    executable, argv = proc.link(process.pid, "exe"), proc.argv(process.pid)
    if not is_interpreter(executable, argv[0] if argv else ""):
        return None
    path = executable
    if argv:
        # By the name it was called with: Python finds its libraries by that.
        environment = knowledge.program.environment or os.environ
        path = file_to_execute(argv[0].removeprefix("-"), environment) or executable
        if not path.startswith("/") or os.path.realpath(path) != executable:
            path = executable
    options = []
    for word in argv[1:]:
        if _PLAIN_OPTION.match(word) is None or word in _WITH_ARGUMENT:
            break
        options.append(word)
    return (path, *options)


WAITING: CallSite = (("waiting", 0),)
"""Wherever a lock is taken, or time passed."""
_STACK_BYTES = 1024
_OF_THE_C_LIBRARY = re.compile(r"(libc|ld-linux|libpthread)[-.]")
_CLOCK = frozenset({"clock_gettime"})
_WAITS = frozenset({"sem_wait", "sem_trywait", "sem_timedwait", "sem_clockwait", "clock_nanosleep"})


def call_site(process: HeldProcess, known: dict[tuple[object, ...], CallSite]) -> CallSite:
    """Return where the call that a held process stands at comes from.

    No unwinding information of the program is read; see the module's docstring. `known` are the
    answers so far, by the stack, which is the same in every run.
    """
    values = getregs(process.pid)
    data = ptrace.read_memory(process.pid, values[STACK_POINTER], _STACK_BYTES)
    place, link = values[PROGRAM_COUNTER], linked_address(values) & CODE_BITS
    key = process.interpreter, place, link, data
    found = known.get(key)
    if found is None:
        stack = struct.iter_unpack("Q", data[: len(data) // 8 * 8])
        words = [word & CODE_BITS for (word,) in stack]
        if link:
            words = [link, *(word for word in words if word != link)]
        code = [
            part
            for part in proc.memory_regions(process.pid)
            if part.permissions[2] == "x" and part.name.startswith("/")
            if _OF_THE_C_LIBRARY.match(os.path.basename(part.name)) is None
        ]
        # The regions ascend: an odd place among their bounds is inside one. Most words are in none.
        bounds = [bound for part in code for bound in (part.first, part.end)]
        inside = [word for word in words if bisect_right(bounds, word) % 2]
        # The rest of the stack decides nothing, and often differs.
        mapped = tuple((part.first, part.end, part.offset, part.name) for part in code)
        decisive = process.interpreter, place, mapped, *inside
        found = known.get(decisive)
        if found is None:
            found = known[decisive] = _found(process, code, place, inside)
        known[key] = found
    return found


def _found(
    process: HeldProcess, code: list[proc.MemoryRegion], instruction: int, inside: list[int]
) -> CallSite:
    calls = [(word, target) for word in inside if (target := _called(process.pid, word))]
    if not calls:
        # A static program, or one that makes its system calls itself.
        return tuple(filter(None, (_place(code, instruction),)))
    # Who called the C library: before it, the stack may hold what an earlier call left in a gap.
    leaves = [number for number, (_, target) in enumerate(calls) if _place(code, target) is None]
    calls = calls[next(iter(leaves), 0) :]
    inner = calls[0][0]
    direct = [word for word, target in calls[1:] if _leads_to(code, target, inner)][:1]
    if any(_is_caller_of(code, word, _WAITS) for word in (inner, *direct)):
        return WAITING
    outer = next(iter(direct), calls[1][0] if len(calls) > 1 else 0)
    # Python 3.13 has a function more between time.sleep() or time.monotonic() and the C library.
    further: list[int] = []
    if direct and _is_caller_of(code, inner, _CLOCK):
        behind = calls[[word for word, _ in calls].index(outer) + 1 :]
        further = [word for word, target in behind if _leads_to(code, target, outer)][:1]
    return tuple(filter(None, (_place(code, word) for word in (inner, outer, *further))))


def _leads_to(code: list[proc.MemoryRegion], target: int, inner: int) -> bool:
    called, place = _place(code, target), _place(code, inner)
    if called is None or place is None or called[0] != place[0]:
        return False
    return leads_to(called[0], called[1], place[1])


def _is_caller_of(code: list[proc.MemoryRegion], address: int, names: frozenset[str]) -> bool:
    place = _place(code, address)
    return place is not None and not names.isdisjoint(called_by(*place))


def _place(code: list[proc.MemoryRegion], address: int) -> tuple[str, int] | None:
    for part in code:
        if part.first <= address < part.end:
            return part.name, address - part.first + part.offset
    return None


def _called(pid: int, address: int) -> int:
    """Return what the call right before an address of code calls, as call_before() does."""
    length = MACHINE.longest_call
    target = MACHINE.call_before(ptrace.read_memory(pid, address - length, length), address)
    if target in (NO_CALL, CALL_OF_VALUE):
        return target
    # It may lead through an entry of the procedure linkage table.
    place = MACHINE.linkage_place(ptrace.read_memory(pid, target, MACHINE.longest_entry), target)
    return target if place < 0 else int.from_bytes(ptrace.read_memory(pid, place, 8), "little")


# What every linker writes: version 1, offsets from here, a plain count, offsets from the table.
_UNWINDING = b"\x01\x1b\x03\x3b"
_COUNT, _ENTRIES, _SYMBOL_BYTES = 8, 12, 24
_UNREADABLE = (OSError, ElfProblem, ValueError, struct.error, IndexError)


@lru_cache(maxsize=1024)
def called_by(path: str, offset: int) -> frozenset[str]:
    """Return the names that the function at an offset of a file calls in other files.

    Empty for what cannot be read, is no 64-bit ELF file or has no table for unwinding.
    """
    try:
        return _functions(path).called_by(offset)
    except _UNREADABLE:
        return frozenset()


@lru_cache(maxsize=4096)
def leads_to(path: str, called: int, offset: int) -> bool:
    """Return whether an offset lies in the function that is called, or where this jumps to."""
    try:
        return _functions(path).leads_to(called, offset)
    except _UNREADABLE:
        return False


class _Functions:
    def __init__(self, path: str) -> None:
        self._file = ElfFile(path, path)
        index = self._file.headers.frame_index
        table = b"" if index is None else self._file.bytes_at(index.address, index.size)
        if index is None or not table.startswith(_UNWINDING):
            raise ElfProblem("no table for unwinding")
        (count,) = struct.unpack_from("<I", table, _COUNT)
        pairs = struct.unpack_from(f"<{2 * count}i", table, _ENTRIES)
        self._first = [index.address + offset for offset in pairs[::2]]
        self._symbols: dict[int, str] = {}
        """What is filled in where, by relocations."""
        symbols, names = self._file.section(".dynsym"), self._file.section(".dynstr")
        for section in (".rela.dyn", ".rela.plt"):
            for place, info, _ in struct.iter_unpack("<QQq", self._file.section(section)):
                if info >> 32:
                    (begin,) = struct.unpack_from("<I", symbols, (info >> 32) * _SYMBOL_BYTES)
                    name = names[begin : names.index(b"\0", begin)]
                    self._symbols[place] = name.decode(errors="replace")

    def called_by(self, offset: int) -> frozenset[str]:
        first, end = self._function(offset)
        names = set()
        for target, is_place in MACHINE.calls(self._at(first, end - first), first):
            entry = b"" if is_place else self._at(target, MACHINE.longest_entry)
            place = target if is_place else MACHINE.linkage_place(entry, target)
            if place in self._symbols:
                names.add(self._symbols[place])
        return frozenset(names)

    def leads_to(self, called: int, offset: int) -> bool:
        inner, (first, end) = self._function(offset), self._function(called)
        if inner == (first, end):
            return True
        return inner[0] in MACHINE.jumps(self._at(first, end - first), first)

    def _function(self, offset: int) -> tuple[int, int]:
        """Return where the function at an offset of the file begins and ends in memory."""
        number = bisect_right(self._first, self._file.at_offset(offset) or 0)
        return self._first[number - 1], self._first[number]

    def _at(self, address: int, count: int) -> bytes:
        with suppress(ElfProblem):  # what looks like a call need not be one
            return self._file.bytes_at(address, count)
        return b""


_functions = lru_cache(maxsize=4)(_Functions)
