"""Hardware watchpoints: a traced process stops at an instruction that uses watched memory.

A watchpoint is about eight bytes. x86-64 has four, and stops behind the instruction; see ptrace(2),
PTRACE_POKEUSER, and struct user. aarch64 has two to sixteen, and stops before the instruction; see
PTRACE_SETREGSET, and struct user_hwdebug_state. An instruction to stop before is one of the four on
x86-64, and has a register of its own on aarch64.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

from simpsh.base.signal_names import SIGSEGV, SIGTRAP
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.ptrace import TRAP_HWBKPT, TRAP_TRACE, peek_user, request, trap_report
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_IS_AARCH64 = ARCHITECTURE == "aarch64"
_POKE_USER, _FIRST, _WHICH, _CONTROL, _BYTES = 6, 848, 6, 7, 8
# Of the control register: a bit lets the watchpoint act, four say “eight bytes, written”, or “eight
# bytes, read or written”.
_ACTS, _WRITTEN, _USED = 0b01, 0b1001, 0b1011
_WATCH = 0x403
# Of the control register of aarch64: which of the bytes, stores or loads and stores, of an ordinary
# program, and that it acts.
_ARM_WRITTEN, _ARM_USED = 0xFF << 5 | 0b10101, 0xFF << 5 | 0b11101
MOST_WATCHED = 4 if ARCHITECTURE in ("x86_64", "aarch64") else 0
"""How many words of eight bytes can be watched; where a machine has fewer, watch() says so."""
_ANY = 0b1111
_ONLY_FAULTS = 2**64 - 1 & ~(1 << SIGTRAP - 1 | 1 << SIGSEGV - 1)


def reports_use(pid: int, signal: int) -> bool:
    """Return whether the signal that stopped a process reports a use; see sigaction(2)."""
    if signal != SIGTRAP or not MOST_WATCHED:
        return False
    return is_use(pid, trap_report(pid)[0])


def is_use(pid: int, code: int) -> bool:
    """Return whether the SIGTRAP of this code, which stopped a process, reports a use."""
    if code == TRAP_HWBKPT:
        return True
    # On x86-64 a single step is reported in the place of the use.
    return (
        not _IS_AARCH64
        and code == TRAP_TRACE
        and bool(peek_user(pid, _FIRST + _BYTES * _WHICH) & _ANY)
    )


def watch(pid: int, words: Mapping[int, bool]) -> bool:
    """Watch words of eight bytes of a stopped process; return whether the machine can.

    Neither its children nor the program that it executes are watched. `words`, MOST_WATCHED at the
    most, says by their addresses, multiples of eight, whether loads from them are uses, too. Raises
    ProcessLookupError: it was killed.
    """
    try:
        if _IS_AARCH64:
            watched = [
                (address, _ARM_USED if is_read else _ARM_WRITTEN)
                for address, is_read in words.items()
            ]
            answer = (ctypes.c_uint32 * 2)()
            described = (ctypes.c_ulong * 2)(ctypes.addressof(answer), ctypes.sizeof(answer))
            request(ptrace.GETREGSET, pid, _WATCH, ctypes.addressof(described))
            # How many this machine has. Those that are not named keep what they had.
            most = min(MOST_WATCHED, answer[0] & 0xFF)
            idle = [(0, 0)] * (most - len(watched))
            _set_debug_registers(pid, _WATCH, [*watched, *idle])
        else:
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


def _set_debug_registers(pid: int, kind: int, registers: list[tuple[int, int]]) -> None:
    """Set debug registers: of each an address, and a control word in the lower half of eight."""
    registers_set = (ctypes.c_uint64 * (1 + 2 * len(registers)))()
    for place, (address, control) in enumerate(registers):
        registers_set[1 + 2 * place], registers_set[2 + 2 * place] = address, control
    described = (ctypes.c_ulong * 2)(ctypes.addressof(registers_set), ctypes.sizeof(registers_set))
    request(ptrace.SETREGSET, pid, kind, ctypes.addressof(described))


def finish_use(pid: int, words: Mapping[int, bool]) -> None:
    """Let a process make the instruction whose use was reported, where it stopped before it."""
    if not _IS_AARCH64:
        return
    watch(pid, {})
    mask = ptrace.getsigmask(pid)
    ptrace.setsigmask(pid, _ONLY_FAULTS)
    ptrace.make_instruction(pid)
    ptrace.setsigmask(pid, mask)
    watch(pid, words)
