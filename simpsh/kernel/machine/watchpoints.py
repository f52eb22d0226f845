"""Hardware watchpoints: a traced process stops at an instruction that uses watched memory.

x86-64 has four, of eight bytes each, and stops behind the instruction; see ptrace(2),
PTRACE_POKEUSER, and struct user. Those of aarch64 are not used.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.signal_names import SIGTRAP
from simpsh.kernel.machine.ptrace import TRAP_HWBKPT, TRAP_TRACE, peek_user, request, trap_report
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_POKE_USER, _FIRST, _WHICH, _CONTROL, _BYTES = 6, 848, 6, 7, 8
# Of the control register: a bit lets the watchpoint act, four say “eight bytes, written”, or “eight
# bytes, read or written”.
_ACTS, _WRITTEN, _USED = 0b01, 0b1001, 0b1011
MOST_WATCHED = 4 if ARCHITECTURE == "x86_64" else 0
"""How many words of eight bytes can be watched; where a machine has fewer, watch() says so."""
_ANY = 0b1111


def reports_use(pid: int, signal: int) -> bool:
    """Return whether the signal that stopped a process reports a use; see sigaction(2)."""
    if signal != SIGTRAP or not MOST_WATCHED:
        return False
    return is_use(pid, trap_report(pid)[0])


def is_use(pid: int, code: int) -> bool:
    """Return whether the SIGTRAP of this code, which stopped a process, reports a use."""
    if code == TRAP_HWBKPT:
        return True
    # A single step is reported in the place of the use.
    return code == TRAP_TRACE and bool(peek_user(pid, _FIRST + _BYTES * _WHICH) & _ANY)


def watch(pid: int, words: Mapping[int, bool]) -> bool:
    """Watch words of eight bytes of a stopped process; return whether the machine can.

    Neither its children nor the program that it executes are watched. `words`, MOST_WATCHED at the
    most, says by their addresses, multiples of eight, whether loads from them are uses, too. Raises
    ProcessLookupError: it was killed.
    """
    try:
        control = 0
        for place, (address, is_read) in enumerate(words.items()):
            request(_POKE_USER, pid, _FIRST + _BYTES * place, address)
            how = _USED if is_read else _WRITTEN
            control |= _ACTS << 2 * place | how << 16 + 4 * place
        request(_POKE_USER, pid, _FIRST + _BYTES * _CONTROL, control)
    except ProcessLookupError:
        raise
    except OSError:
        return False
    return True
