"""When a signal arrives."""

from __future__ import annotations

from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGPIPE, SIGXFSZ
from simpsh.explore.control.handlers import begin_handler, returns_from_handler
from simpsh.explore.control.held_call import HeldCall
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import RunState
from simpsh.explore.objects.kernel_state import ending_signal
from simpsh.explore.objects.process_state import has_no_effect
from simpsh.explore.objects.signal_operations import siginfo_of, signals_of
from simpsh.kernel.machine import ptrace, registers


def to_deliver(run: RunState, process: HeldProcess, signal: int) -> int:
    """Return the signal to deliver when the kernel is about to deliver `signal`; 0 for none."""
    if process.life.is_exiting:
        # If the same signal is sent again, it must not end the process before its descriptors are
        # closed.
        return signal if signal == process.life.dying_of and process.life.is_struck else 0
    if SIGKILL in process.signals.pending:
        if signal == ending_signal(process.signals.pending):
            return process.take_kill()
        return 0
    if signal in process.signals.pending:
        process.signals.remove(signal)
        process.take(signal)
        if signal in process.signals.caught:
            begin_handler(run, process, signal)
        if process.signals.shows_origin(signal) and run.knowledge.origins_matter:
            ptrace.setsiginfo(process.pid, siginfo_of(HeldCall(run, process), signal))
        process.signals.begin_handler(signal)
        return signal
    if signal in (SIGPIPE, SIGXFSZ):
        # A consequence of its own write, whose result is known.
        return 0 if signal in process.signals.ignored else signal
    info = ptrace.getsiginfo(process.pid)
    comes_from_process = info.code in (ptrace.SI_USER, ptrace.SI_QUEUE, ptrace.SI_TKILL)
    if comes_from_process or signal == SIGCHLD or has_no_effect(process.signals, signal):
        return 0
    return signal


_SA_NODEFER, _ACTION_BYTES = 0x40000000, 32


def kept_away(process: HeldProcess) -> frozenset[int]:
    """Return the signals that the running handlers of a held process block.

    The kernel dequeues a signal, resets its action if SA_RESETHAND is set, and only then blocks
    other signals. If one of them ends the process in between, the handler never begins.
    """
    bits = 0
    for frame in process.frames:
        signal = frame.signal
        action = process.signals.actions.get(signal, bytes(_ACTION_BYTES))
        flags = int.from_bytes(action[registers.WORD :][:8], "little")
        mask = int.from_bytes(action[3 * registers.WORD :][:8], "little")
        bits |= mask if flags & _SA_NODEFER else mask | 1 << (signal - 1)
    return frozenset() if returns_from_handler(process.operation) else signals_of(bits)
