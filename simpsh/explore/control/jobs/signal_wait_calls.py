"""sigwait and sigpending: which operation a process stands at, and what came of it.

Who sent a signal is told by a number that differs from run to run: a program that hangs on it does
not do the same again.
"""

from __future__ import annotations

import errno
import struct
from contextlib import suppress

from simpsh.explore.control.held_process import HeldProcess, Result
from simpsh.explore.control.jobs.signal_delivery import signals_of
from simpsh.explore.control.run_state import RunState
from simpsh.explore.operations.signal_waits import AskPending, TakeSignal
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import ptrace, registers

NOT_BLOCKED = "waits for signals that it does not block (sigwait)"
_SENDER = 16
"""Where siginfo_t has the sender's pid; then come its user and a status."""
_UNBLOCKABLE = frozenset((9, 19))


def arrive_at_wait(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation:
    """Return the operation of rt_sigtimedwait."""
    run.need_signals()
    bits = int.from_bytes(ptrace.read_memory(process.pid, args[0], 8), "little")
    wanted = signals_of(bits) - _UNBLOCKABLE
    if wanted - signals_of(ptrace.getsigmask(process.pid)):
        run.flag(NOT_BLOCKED)
    return TakeSignal(wanted, is_patient=not args[2])


def before_wait(process: HeldProcess, operation: TakeSignal) -> None:
    """Let a wait that is over without a signal take no time."""
    if not operation.is_patient and operation.signals.isdisjoint(process.pending):
        registers.skip_call(process.pid, -errno.EAGAIN)


def taken_signal(run: RunState, process: HeldProcess, result: int) -> Result:
    """Note which signal was taken."""
    if result > 0:
        process.pending = tuple(one for one in process.pending if one != result)
        if process.args[1]:
            data = struct.pack("i", run.knowledge.run_number % 2)
            ptrace.write_memory(process.pid, process.args[1] + _SENDER, data)
    return result


def arrive_at_pending(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation:  # noqa: ARG001
    """Return the operation of rt_sigpending."""
    run.need_signals()
    return AskPending()


def pending_result(process: HeldProcess) -> Result:
    """Tell the process which of its signals are pending; return them."""
    blocked = signals_of(ptrace.getsigmask(process.pid))
    found = tuple(signal for signal in process.pending if signal in blocked)
    bits = sum(1 << (signal - 1) for signal in found)
    # At a wrong address the kernel has refused the call.
    with suppress(OSError):
        ptrace.write_memory(process.pid, process.args[0], struct.pack("Q", bits))
    return found
