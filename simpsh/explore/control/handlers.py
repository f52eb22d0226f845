"""When a signal arrives, when a handler may run, and what is trusted about handlers of shells.

While a signal with a handler can come, every call of the process has two moments at which the
handler may run: before the call enters the kernel, and after it has returned. In the middle of
computing no handler runs, and the verdict names the signals whose handlers might.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import ne

from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGPIPE, SIGXFSZ
from simpsh.explore.control.held_process import Frame, HeldProcess
from simpsh.explore.control.remembered_state import RED_ZONE
from simpsh.explore.control.run_state import RunState
from simpsh.explore.objects.call_classes import TAKES
from simpsh.explore.objects.held_call import HeldCall, file_at
from simpsh.explore.objects.kernel_state import Operation, Quiet, ending_signal
from simpsh.explore.objects.process_operations import OwnCall, OwnCode, Wait
from simpsh.explore.objects.process_state import has_no_effect
from simpsh.explore.objects.signal_operations import SENDERS, HandlerReturns, signals_of
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER, getregs
from simpsh.process import proc
from simpsh.trace.source.elf_file import ElfProblem, symbol_ranges

_POINTED, _WORD = 8, 4
# Shells whose SIGCHLD handler only records that a child has ended, for the shell's next wait.
_NOTE_ENDS = ("dash", "bash")
# Shells whose handlers make no calls, and record each signal in a few words of memory.
_ONLY_NOTE = ("dash",)
# bash's array of trap commands, and its entry for an ignored signal.
_TRAPS, _IGNORED_TRAP = "trap_list", 1
_SA_NODEFER, _ACTION_BYTES = 0x40000000, 32


# -- the arrival of a signal -----------------------------------------------------------------------


def to_deliver(run: RunState, process: HeldProcess, signal: int) -> int:
    """Return the signal to deliver when the kernel is about to deliver `signal`; 0 for none."""
    life, signals = process.life, process.signals
    if life.is_exiting:
        # If the same signal is sent again, it must not end the process before its descriptors are
        # closed.
        return signal if signal == life.dying_of and life.is_struck else 0
    if SIGKILL in signals.pending:
        return process.take_kill() if signal == ending_signal(signals.pending) else 0
    if signal in signals.pending:
        signals.remove(signal)
        process.take(signal)
        if signal in signals.caught:
            _begin_handler(run, process, signal)
        if signals.shows_sender(signal):
            HeldCall(run, process).not_examined(SENDERS)
        signals.begin_handler(signal)
        return signal
    if signal in (SIGPIPE, SIGXFSZ):
        # A consequence of its own write, whose result is known.
        return 0 if signal in signals.ignored else signal
    code = ptrace.getsiginfo(process.pid).code
    comes_from_process = code in (ptrace.SI_USER, ptrace.SI_QUEUE, ptrace.SI_TKILL)
    is_dropped = comes_from_process or signal == SIGCHLD or has_no_effect(signals, signal)
    return 0 if is_dropped else signal


def kept_away(process: HeldProcess) -> frozenset[int]:
    """Return the signals that the running handlers of a held process block.

    The kernel dequeues a signal, resets its action if SA_RESETHAND is set, and only then blocks
    other signals. If one of them ends the process in between, the handler never begins.
    """
    bits = 0
    for frame in process.frames:
        action = process.signals.actions.get(frame.signal, bytes(_ACTION_BYTES))
        flags = int.from_bytes(action[registers.WORD :][:8], "little")
        mask = int.from_bytes(action[3 * registers.WORD :][:8], "little")
        bits |= mask if flags & _SA_NODEFER else mask | 1 << (frame.signal - 1)
    return frozenset() if _returns_from_handler(process.operation) else signals_of(bits)


# -- where a handler may run -----------------------------------------------------------------------


def is_interruptible(run: RunState, process: HeldProcess) -> bool:
    """Return whether a handler may run now, before or after any call; begin again if that is new.

    The own handlers of shells that only note the end of a child are left out.
    """
    if run.is_alone or process.life.is_exiting:
        return False
    signals, known = run.may_come(process), run.knowledge
    if process.image.name in _NOTE_ENDS and not known.ends_are_trapped:
        signals -= {SIGCHLD}
    signals -= signals_of(ptrace.getsigmask(process.pid)) if signals else signals
    if signals:
        known.amid |= signals
        known.need("calls_matter")
    return bool(signals)


def operation_with_handlers(
    run: RunState, process: HeldProcess, operation: Operation | None
) -> Operation | None:
    """Return OwnCall for a private call if a handler may run before it."""
    quiet = operation if isinstance(operation, Quiet) else None
    is_visible = operation is not None and quiet is None
    if is_visible or process.call == "restart_syscall" or not is_interruptible(run, process):
        return operation
    return OwnCall(process.call, quiet)


def end_handler(process: HeldProcess, operation: Operation) -> None:
    """Record that a handler is over if the operation was its rt_sigreturn."""
    if _returns_from_handler(operation):
        wipe_remains(process)
        process.frames = process.frames[:-1]


def note_left_handlers(process: HeldProcess) -> None:
    """Record that a longjmp has left a handler."""
    if process.frames and getregs(process.pid)[STACK_POINTER] > process.frames[-1].stack:
        process.frames = ()


def _returns_from_handler(operation: Operation | None) -> bool:
    is_call = isinstance(operation, OwnCall) and operation.returns_from_handler
    return is_call or isinstance(operation, HandlerReturns)


# -- what is trusted about shells ------------------------------------------------------------------


def _begin_handler(run: RunState, process: HeldProcess, signal: int) -> None:
    """Prepare to watch a handler, right before it runs."""
    known, name, notes = run.knowledge, process.image.name, dict[int, bytes]()
    if signal == SIGCHLD and name in _NOTE_ENDS and not known.ends_are_trapped:
        known.assumed.add(f"{name}'s own handler of SIGCHLD is harmless")
        if name not in _ONLY_NOTE:
            _trust(run, is_harmless=not _has_trap(process))
            return
        notes = _data_of(process)
    elif signal not in known.sent:
        return
    process.frames += (Frame(getregs(process.pid)[STACK_POINTER], signal, notes),)


def before_return(run: RunState, process: HeldProcess) -> None:
    """Look at what a shell's trusted handler has changed, right before its rt_sigreturn."""
    if process.frames and (notes := process.frames[-1].notes):
        _trust(run, is_harmless=_count_changes(process, notes) <= 1)


def _trust(run: RunState, *, is_harmless: bool) -> None:
    """Begin again if a shell's handler of SIGCHLD does more than note that a child has ended."""
    if not is_harmless:
        run.knowledge.ends_are_trapped = run.knowledge.must_restart = True


def _data_of(process: HeldProcess) -> dict[int, bytes]:
    """Return the contents of the variables of a process's program, by address."""
    regions = proc.memory_regions(process.pid)
    return {
        part.first: ptrace.read_memory(process.pid, part.first, part.end - part.first)
        for part in regions
        if part.permissions[1:4:2] == "wp" and file_at(regions, part.first) == process.image.file
    }


def _count_changes(process: HeldProcess, before: dict[int, bytes]) -> int:
    """Return how many words have changed."""
    count = 0
    for first, old in before.items():
        now = ptrace.read_memory(process.pid, first, len(old))
        count += sum(map(ne, memoryview(old).cast("I"), memoryview(now).cast("I")))
        count += (len(old) - len(now)) // _WORD
    return count


def _has_trap(process: HeldProcess) -> bool:
    """Return whether a bash has a trap for SIGCHLD, whose commands interrupt bash's own code."""
    path = process.image.file
    regions, offset = proc.memory_regions(process.pid), _offset_of_traps(path)
    start = next((part.first for part in regions if part.name == path), 0)
    at = start + offset + SIGCHLD * _POINTED
    command = _number(ptrace.read_memory(process.pid, at, _POINTED))
    return bool(start and offset) and command > _IGNORED_TRAP


@lru_cache(maxsize=8)
def _offset_of_traps(path: str) -> int:
    """Return where a bash has its array of traps, relative to its mapping; 0 if unknown."""
    try:
        return symbol_ranges(path, (_TRAPS,)).get(_TRAPS, range(0)).start
    except (ElfProblem, OSError):
        return 0


_BLANK = bytes(8192)
# The code after a plain call: cmp $-4095, %rax; jae; ret. The jump leads to code that sets errno.
_CHECKS_RESULT = re.compile(
    rb"\x48\x3d[\0\1]\xf0\xff\xff(?:[\x73\x77](.)|\x0f[\x83\x87](....))\xc3", re.DOTALL
)
_SETS_ERRNO = re.compile(rb"\x48\x8b[\x0d\x15](....)\xf7\xd8\x64\x89", re.DOTALL)


def wipe_remains(process: HeldProcess) -> None:
    """Overwrite the leftovers below a held interpreter's stack pointer, and in dead registers.

    No code reads the leftovers of returned functions, but they would make equal histories differ:
    some of them remain in gaps of later functions' frames. Other programs may use a stack as data.
    After a plain call its function returns; the caller then needs nothing below its own stack
    pointer and no caller-saved register. Only string functions, which make no calls, use the
    AVX-512 registers. dash reads errno only after a failed call, and a status only if wait4 found a
    child.
    """
    life = process.life
    if not process.image.is_trusted or (life.was_vforked and not life.has_executed):
        return
    pid, values = process.pid, getregs(process.pid)
    end = values[STACK_POINTER] - RED_ZONE
    begin = values[PROGRAM_COUNTER] - registers.CALL_LENGTH
    code = ptrace.read_memory(pid, begin, registers.CALL_LENGTH + 13)
    plain = _CHECKS_RESULT.match(code, registers.CALL_LENGTH)
    if registers.is_call(code) and registers.NOT_PRESERVED:
        registers.forget_wide_vectors(pid)
    if plain and registers.NOT_PRESERVED:
        end = values[STACK_POINTER]
        count = 0 if isinstance(process.operation, OwnCode) else TAKES.get(process.call, 6)
        for dead in {*registers.NOT_PRESERVED} - {*registers.ARGUMENTS[:count]}:
            values[dead] = 0
        registers.setregs(pid, values)
        target = begin + plain.end() - 1 + _number(plain[1] or plain[2])
        sets = _SETS_ERRNO.match(ptrace.read_memory(pid, target, 12))
        if sets and process.image.name in _ONLY_NOTE:
            offset = _number(ptrace.read_memory(pid, target + 7 + _number(sets[1]), 8))
            ptrace.write_memory(pid, values[registers.THREAD] + offset, _BLANK[:4])
    if values[STACK_POINTER] in process.image.stack:
        first = max(process.image.stack.start, end - len(_BLANK))
        ptrace.write_memory(pid, first, _BLANK[: end - first])
    is_wait = process.call == "wait4" and isinstance(process.operation, Wait)
    if is_wait and process.args[1] in process.image.stack:
        ptrace.write_memory(pid, process.args[1], _BLANK[:4])


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)
