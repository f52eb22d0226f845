"""A call made in place of the one that a process stands at, which is made again after it.

So one call of the program becomes two steps where the kernel does two things that others can
notice one after the other: an ending process gives up its descriptors before it becomes a zombie,
and a lock that is converted is given up before the other kind is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.kernel import registers
from simpsh.kernel.registers import ORIG_RAX, RDI, RDX, RSI
from simpsh.kernel.syscall_table import NUMBERS

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged

_CLOSE_ALL = (0, 0xFFFFFFFF, 0)


def close_everything_first(process: Caged) -> None:
    """Let a process that is about to exit give up its descriptors; see close_range(2)."""
    _begin(process, "close_range", _CLOSE_ALL)


def close_everything_and_die(process: Caged, signal: int) -> None:
    """Let a process that a signal ends give up its descriptors; the signal follows."""
    process.dying_of, process.is_exiting = signal, True
    number = NUMBERS["close_range"]
    registers.make_call(process.pid, process.behind_call, number, _CLOSE_ALL)


def unlock_first(process: Caged, unlock: int) -> None:
    """Let a process that is about to convert its lock give it up; see flock(2)."""
    _begin(process, "flock", (process.args[0], unlock, 0))


def end(process: Caged) -> None:
    """Let the process, at the return of the call in between, make its own call after all."""
    if process.detour:
        registers.set_registers(process.pid, process.detour)
        registers.repeat_call(process.pid, NUMBERS[process.call])
        process.detour = []


def _begin(process: Caged, call: str, args: tuple[int, int, int]) -> None:
    process.detour = registers.registers(process.pid)
    values = list(process.detour)
    values[ORIG_RAX] = NUMBERS[call]
    values[RDI], values[RSI], values[RDX] = args
    registers.set_registers(process.pid, values)
