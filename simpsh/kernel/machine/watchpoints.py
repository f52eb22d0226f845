"""Hardware watchpoints: a traced process stops after an instruction that uses watched memory.

x86-64 has four, of eight bytes each. See ptrace(2), PTRACE_POKEUSER, and struct user.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.signal_names import SIGTRAP
from simpsh.kernel.machine.ptrace import (
    TRAP_HWBKPT,
    TRAP_TRACE,
    peek_user,
    request,
    trap_report,
)
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_POKE_USER, _FIRST, _WHICH, _CONTROL, _BYTES = 6, 848, 6, 7, 8
# Of the control register: a bit lets the watchpoint act, four say “eight bytes, written”, or “eight
# bytes, read or written”.
_ACTS, _WRITTEN, _USED = 0b01, 0b1001, 0b1011
MOST_WATCHED = 4 if ARCHITECTURE == "x86_64" else 0
"""How many words of eight bytes can be watched."""
_ANY = 0b1111


def reports_use(pid: int, signal: int) -> bool:
    """Return whether the signal that stopped a process reports a use; see sigaction(2)."""
    if signal != SIGTRAP or not MOST_WATCHED:
        return False
    return is_use(pid, trap_report(pid)[0])


def is_use(pid: int, code: int) -> bool:
    """Return whether the SIGTRAP of this code, which stopped a process, reports a use."""
    # After a single step that is reported in the place of the use.
    return code == TRAP_HWBKPT or (
        code == TRAP_TRACE and bool(peek_user(pid, _FIRST + _BYTES * _WHICH) & _ANY)
    )


def watch(pid: int, words: Mapping[int, bool], stop_before: int = 0) -> bool:
    """Watch words of eight bytes of a stopped process; return whether the machine can.

    Args:
        pid: the process. Neither its children nor the program that it executes are watched.
        words: by their addresses, multiples of eight, whether loads from them are uses, too. At
            most MOST_WATCHED.
        stop_before: the address of an instruction before which it stops; 0 for none. It is one of
            MOST_WATCHED, too.

    Raises:
        ProcessLookupError: it was killed.
    """
    control = 0
    try:
        for place, (address, is_read) in enumerate(words.items()):
            request(_POKE_USER, pid, _FIRST + _BYTES * place, address)
            how = _USED if is_read else _WRITTEN
            control |= _ACTS << 2 * place | how << 16 + 4 * place
        if stop_before:
            request(_POKE_USER, pid, _FIRST + _BYTES * len(words), stop_before)
            control |= _ACTS << 2 * len(words)
        request(_POKE_USER, pid, _FIRST + _BYTES * _CONTROL, control)
    except ProcessLookupError:
        raise
    except OSError:
        return False
    return True
