"""Hardware watchpoints: a traced process stops after an instruction that uses watched memory.

x86-64 has four, of up to eight bytes each; see ptrace(2), PTRACE_POKEUSER, and struct user. Those
of aarch64 are not used.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.signal_names import SIGTRAP
from simpsh.kernel.machine.ptrace import TRAP_HWBKPT, TRAP_TRACE, peek_user, request, trap_report
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_POKE_USER, _FIRST, _WHICH, _CONTROL, _BYTES = 6, 848, 6, 7, 8
# In the control register, one bit enables a watchpoint, and four give its length and whether it
# watches writes, or reads and writes.
_ACTS, _WRITTEN, _USED, _EIGHT, _FOUR = 0b01, 0b01, 0b11, 0b1000, 0b1100
_MOST_WATCHED = 4 if ARCHITECTURE == "x86_64" else 0
WORD = 4
"""The size of a watched word in bytes."""
_ANY = 0b1111


def reports_use(pid: int, signal: int) -> bool:
    """Return whether the signal that stopped a process reports a use; see sigaction(2)."""
    if signal != SIGTRAP or not _MOST_WATCHED:
        return False
    return is_use(pid, trap_report(pid)[0])


def is_use(pid: int, code: int) -> bool:
    """Return whether a SIGTRAP with this code, which stopped a process, reports a use."""
    if code == TRAP_HWBKPT:
        return True
    # A single step takes precedence in si_code over the use.
    return code == TRAP_TRACE and bool(peek_user(pid, _FIRST + _BYTES * _WHICH) & _ANY)


def used_words(pid: int, words: Mapping[int, bool]) -> frozenset[int]:
    """Return which of the watched words the report of a stopped process may be about."""
    status = peek_user(pid, _FIRST + _BYTES * _WHICH)
    points = [point for index, point in enumerate(_watched(words)) if status >> index & 1]
    return frozenset(word for word in words if word in points or word - WORD in points)


def are_too_many(words: Mapping[int, bool]) -> bool:
    """Return whether there are more words than watchpoints; a machine may still have fewer."""
    return len(_watched(words)) > _MOST_WATCHED


def watch(pid: int, words: Mapping[int, bool], *, stop_at: int = 0) -> bool:
    """Watch words of a stopped process, unless are_too_many(); return whether the machine can.

    Children and new programs are not watched. `words` maps addresses, multiples of WORD, to whether
    loads are uses, too. The process also stops before the instruction at `stop_at`, with a
    SIGTRAP like that of a use, unless `stop_at` is 0.
    """
    try:
        control = 0
        if stop_at:
            if len(_watched(words)) >= _MOST_WATCHED:
                return False
            last = _MOST_WATCHED - 1
            request(_POKE_USER, pid, _FIRST + _BYTES * last, stop_at)
            control = _ACTS << 2 * last
        for index, (address, access) in enumerate(_watched(words).items()):
            request(_POKE_USER, pid, _FIRST + _BYTES * index, address)
            control |= _ACTS << 2 * index | access << 16 + 4 * index
        request(_POKE_USER, pid, _FIRST + _BYTES * _CONTROL, control)
    except ProcessLookupError:
        raise
    except OSError:
        return False
    return True


def _watched(words: Mapping[int, bool]) -> dict[int, int]:
    """Return the control bits of each watchpoint; one covers two adjacent words."""
    points: dict[int, int] = {}
    for word in sorted(words):
        access = _USED if words[word] else _WRITTEN
        before = points.get(word - WORD)
        if word % _BYTES and before is not None:
            points[word - WORD] = _EIGHT | (before | access) & _USED
        else:
            points[word] = _FOUR | access
    return points
