"""Where in a program's code a system call comes from: the two callers behind the C library.

The stack of a held process is searched for return addresses: words that point right behind a call
instruction. No unwinding information is read. What earlier calls left in gaps of the stack is told
from a caller by what was called: the function that the inner caller lies in.

Python 3.11 reads the clock before it sleeps and whenever it takes a lock, and compilers copy that
into whatever does so. Such places count as one: a function that also sleeps or takes semaphores,
and reads the clock itself or by a function that it calls.
"""

from __future__ import annotations

import os
import re
import struct
from typing import TYPE_CHECKING

from simpsh.explore.machine_code import called_by, leads_to
from simpsh.kernel import ptrace
from simpsh.kernel.registers import RIP, RSP, registers

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged

CallSite = tuple[tuple[str, int], ...]
"""The callers: the file of their code, and the place in it."""
WAITING: CallSite = (("waiting", 0),)
"""Wherever a lock is taken, or time passed."""

_STACK_BYTES = 1024
_OF_THE_C_LIBRARY = re.compile(r"(libc|ld-linux|libpthread)[-.]")
# call rel32, or call through a register or memory, ending where the word points to.
_DIRECT = re.compile(rb".*\xe8(....)$", re.DOTALL)
_INDIRECT = re.compile(
    rb".*(?:\xff[\x10-\x17\xd0-\xd7]|\xff[\x50-\x57].|\xff[\x90-\x97]....)$", re.DOTALL
)
# endbr64, bnd, then a jump through memory relative to the instruction pointer.
_JUMP = re.compile(rb"(?:\xf3\x0f\x1e\xfa)?\xf2?\xff\x25(....)", re.DOTALL)
_LONGEST_JUMP = 11
_LONGEST_CALL = 7
_WAITS = frozenset({"sem_wait", "sem_trywait", "sem_timedwait", "sem_clockwait", "clock_nanosleep"})


def call_site(process: Caged, known: dict[object, CallSite]) -> CallSite:
    """Return where the call that a held process stands at comes from.

    Args:
        process: a process that is held at the call.
        known: the answers so far, by the stack, which is the same in every run.
    """
    values = registers(process.pid)
    data = ptrace.read_memory(process.pid, values[RSP], _STACK_BYTES)
    key = process.interpreter, values[RIP], data
    found = known.get(key)
    if found is None:
        found = known[key] = _found(process, values[RIP], data)
    return found


def _found(process: Caged, instruction: int, data: bytes) -> CallSite:
    code = _code(process.pid)
    words = [word for (word,) in struct.iter_unpack("Q", data[: len(data) // 8 * 8])]
    calls = [(word, target) for word in words if (target := _called(process.pid, code, word))]
    if not calls:
        # A static program, or one that makes its system calls itself.
        return tuple(filter(None, (_place(code, instruction),)))
    inner = calls[0][0]
    direct = [word for word, target in calls[1:] if _leads_to(code, target, inner)][:1]
    if any(_waits(code, word) for word in (inner, *direct)):
        return WAITING
    outer = next(iter(direct), calls[1][0] if len(calls) > 1 else 0)
    return tuple(filter(None, (_place(code, inner), _place(code, outer))))


def _leads_to(code: list[tuple[int, int, str, int]], target: int, inner: int) -> bool:
    called, place = _place(code, target), _place(code, inner)
    if called is None or place is None or called[0] != place[0]:
        return False
    return leads_to(called[0], called[1], place[1])


def _waits(code: list[tuple[int, int, str, int]], address: int) -> bool:
    place = _place(code, address)
    return place is not None and not _WAITS.isdisjoint(called_by(*place))


def _code(pid: int) -> list[tuple[int, int, str, int]]:
    """Return the executable parts of a process's memory but the C library's."""
    found = []
    try:
        with open(f"/proc/{pid}/maps") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    for line in lines:
        words = line.split(maxsplit=5)
        if len(words) < 6 or words[1][2] != "x" or not words[5].startswith("/"):
            continue
        if _OF_THE_C_LIBRARY.match(os.path.basename(words[5])) is None:
            first, end = (int(word, 16) for word in words[0].split("-"))
            found.append((first, end, words[5], int(words[2], 16)))
    return found


def _place(code: list[tuple[int, int, str, int]], address: int) -> tuple[str, int] | None:
    for first, end, name, offset in code:
        if first <= address < end:
            return name, address - first + offset
    return None


def _called(pid: int, code: list[tuple[int, int, str, int]], address: int) -> int:
    """Return what the call right before an address calls: -1 if that is not said there.

    0 means that there is no call.
    """
    if _place(code, address) is None:
        return 0
    before = ptrace.read_memory(pid, address - _LONGEST_CALL, _LONGEST_CALL)
    direct = _DIRECT.match(before)
    if direct is not None:
        return _through_table(pid, address + int.from_bytes(direct[1], "little", signed=True))
    return -1 if _INDIRECT.match(before) is not None else 0


def _through_table(pid: int, target: int) -> int:
    """Return where a call leads: through the procedure linkage table, if it is an entry of that."""
    jump = _JUMP.match(ptrace.read_memory(pid, target, _LONGEST_JUMP))
    if jump is None:
        return target
    place = target + jump.end() + int.from_bytes(jump[1], "little", signed=True)
    return int.from_bytes(ptrace.read_memory(pid, place, 8), "little")
