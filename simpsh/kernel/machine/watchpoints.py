"""Hardware watchpoints: a traced process stops at an instruction that uses watched memory.

x86-64 has four, of up to eight bytes each, and stops behind the instruction; see ptrace(2),
PTRACE_POKEUSER, and struct user. Those of aarch64 are not used.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.signal_names import SIGTRAP
from simpsh.kernel.machine.ptrace import TRAP_HWBKPT, TRAP_TRACE, peek_user, request, trap_report
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_POKE_USER, _FIRST, _WHICH, _CONTROL, _BYTES = 6, 848, 6, 7, 8
# Of the control register: a bit lets the watchpoint act, four say how many bytes are watched, and
# whether they are “written”, or “read or written”.
_ACTS, _WRITTEN, _USED, _EIGHT, _FOUR = 0b01, 0b01, 0b11, 0b1000, 0b1100
_MOST_WATCHED = 4 if ARCHITECTURE == "x86_64" else 0
WORD = 4
"""How many bytes a watched word has."""
_ANY = 0b1111


def reports_use(pid: int, signal: int) -> bool:
    """Return whether the signal that stopped a process reports a use; see sigaction(2)."""
    if signal != SIGTRAP or not _MOST_WATCHED:
        return False
    return is_use(pid, trap_report(pid)[0])


def is_use(pid: int, code: int) -> bool:
    """Return whether the SIGTRAP of this code, which stopped a process, reports a use."""
    if code == TRAP_HWBKPT:
        return True
    # A single step is reported in the place of the use.
    return code == TRAP_TRACE and bool(peek_user(pid, _FIRST + _BYTES * _WHICH) & _ANY)


def are_too_many(words: Mapping[int, bool]) -> bool:
    """Return whether a machine has too few watchpoints for these words; it may have fewer yet."""
    return len(_watched(words)) > _MOST_WATCHED


def watch(pid: int, words: Mapping[int, bool]) -> bool:
    """Watch words of a stopped process, which are not too many; return whether the machine can.

    Neither its children nor the program that it executes are watched. `words` says by their
    addresses, multiples of WORD, whether loads from them are uses, too. Raises ProcessLookupError:
    it was killed.
    """
    try:
        control = 0
        for place, (address, how) in enumerate(_watched(words).items()):
            request(_POKE_USER, pid, _FIRST + _BYTES * place, address)
            control |= _ACTS << 2 * place | how << 16 + 4 * place
        request(_POKE_USER, pid, _FIRST + _BYTES * _CONTROL, control)
    except ProcessLookupError:
        raise
    except OSError:
        return False
    return True


def _watched(words: Mapping[int, bool]) -> dict[int, int]:
    """Return what each watchpoint is for: two words that belong together need one."""
    points: dict[int, int] = {}
    for word in sorted(words):
        how = _USED if words[word] else _WRITTEN
        before = points.get(word - WORD)
        if word % _BYTES and before is not None:
            points[word - WORD] = _EIGHT | (before | how) & _USED
        else:
            points[word] = _FOUR | how
    return points
