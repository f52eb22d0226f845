"""One held process: its operation, descriptors and signals; calls made in place of its own.

A detour is a call made before the process's own call. It splits one call of the program into two
steps if the kernel does two things in it that others can notice one after the other: an ending
process closes its descriptors before it becomes a zombie.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import NamedTuple

from simpsh.base.record import Mutable, changed, fresh
from simpsh.base.signal_names import SIGSEGV, SIGTRAP
from simpsh.explore import flags
from simpsh.explore.objects.kernel_state import Operation, Prediction, ending_signal
from simpsh.explore.objects.process_state import Life, MemoryRegion, OpenFiles, Result, SignalState
from simpsh.explore.objects.symbolic_names import HeldEnd
from simpsh.explore.objects.virtual_clock import Sleep
from simpsh.explore.workplace.run_limits import RunCutOff
from simpsh.kernel.machine import ptrace, registers, seccomp
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process import proc

NEW, RUNNING, AT, DEAD = "new", "running", "at", "dead"
"""The states of a process: not stopped yet; running to its next operation (never between steps);
held right before an operation; ended."""

_HIGHEST = 0xFFFFFFFF
_BELOW_STACK, _ALIGNED = 256, 16
_INHERITED = ("computed", "random")
_SYSTEM = ("/bin", "/usr/bin", "/sbin", "/usr/sbin")


class SystemCall(NamedTuple):
    """The system call that a process is held at, or its last one."""

    name: str = ""
    number: int = 0
    """The call's number: on 32-bit x86 one name may have two."""
    args: tuple[int, ...] = ()


class ProgramImage:
    """The program that a process executes."""

    def __init__(self, pid: int, *, is_interpreter: bool = False, after_call: int = 0) -> None:
        self.pid = pid
        self.is_interpreter = is_interpreter
        self.after_call = after_call
        """The address after a system call instruction; 0 if none is known yet."""
        self.is_starting = False
        """Whether it is an interpreter that has not opened its program: its reads do not stop."""

    @cached_property
    def file(self) -> str:
        return proc.link(self.pid, "exe")

    @property
    def name(self) -> str:
        """The name of an interpreter's file; empty for other programs."""
        return os.path.basename(self.file) if self.is_interpreter else ""

    @property
    def is_trusted(self) -> bool:
        """Whether it reads no leftovers: it is an interpreter, or a program of the system."""
        return self.is_interpreter or os.path.dirname(self.file) in _SYSTEM

    @cached_property
    def stack(self) -> range:
        """The addresses of the stack."""
        parts = (part for part in proc.memory_regions(self.pid) if part.name == "[stack]")
        return next((range(part.first, part.end) for part in parts), range(0))


class Frame(NamedTuple):
    """A running handler."""

    stack: int
    """The stack pointer before the handler."""
    signal: int
    notes: dict[int, bytes]
    """The contents of a shell's data by address, if its handler of SIGCHLD is trusted."""


class HeldProcess(Mutable):
    """A process that is held or has ended. Only `pid` may differ from run to run."""

    pid: int
    name: str
    image: ProgramImage
    state: str = NEW
    operation: Operation | None = None
    """The process's next operation; None unless the process is held."""
    under_way: Operation | None = None
    """The operation whose call is being made, until the call returns."""
    system_call: SystemCall = SystemCall()
    prediction: Prediction = None
    """The result of the next step, as far as the rules determine it."""
    result: Result = None
    taken: tuple[int, ...] = ()
    """The signals that have arrived in this step."""
    status: int | None = None
    """The status word; None until the process is dead."""
    signals: SignalState = fresh(SignalState)
    files: OpenFiles = fresh(OpenFiles)
    frames: tuple[Frame, ...] = ()
    """The handlers that run in the process, innermost last."""
    life: Life = fresh(Life)
    regions: dict[int, MemoryRegion] = fresh(dict)
    """The shared parts of the process's memory, by address."""
    loaded: bytes | None = None
    """The value loaded by an instruction that has not stored into shared memory yet."""
    counts: Counter[str] = fresh(Counter)
    """How many pipes the process has made, how many random numbers it has drawn, and so on."""
    due: int = 0
    """When the current call times out, if it has a timeout; see RunState.now."""
    clock_shown: int = 0
    """The time that the clock last showed it, in nanoseconds since the Epoch."""
    detour: list[int] = fresh(list)
    """During a detour, the registers of the process's own call."""
    marks: int = 0
    """A hash of the calls that changed kernel state shown neither in memory nor in /proc."""

    @property
    def call(self) -> str:
        return self.system_call.name

    @property
    def args(self) -> tuple[int, ...]:
        return self.system_call.args

    @property
    def is_running(self) -> bool:
        """Whether the process is running to its next operation."""
        return self.state in (RUNNING, NEW)

    def child(self, pid: int, name: str) -> HeldProcess:
        """Return a new child, which begins as a copy of this process."""
        image, signals, files = self.image, self.signals, self.files
        return HeldProcess(
            pid,
            name,
            ProgramImage(pid, is_interpreter=image.is_interpreter, after_call=image.after_call),
            signals=SignalState(
                caught=signals.caught, ignored=signals.ignored, actions=dict(signals.actions)
            ),
            files=OpenFiles(descriptions=dict(files.descriptions)),
            regions={address: changed(region) for address, region in self.regions.items()},
            counts=Counter({name: self.counts[name] for name in _INHERITED}),
            clock_shown=self.clock_shown,
            marks=self.marks,
        )

    def arrive(self, operation: Operation, now: int) -> None:
        self.state, self.operation, self.under_way = AT, operation, None
        self.due = now + (operation.limit or 0)
        del self.counts["readings"]
        if not isinstance(operation, Sleep):
            del self.counts["sleeps"]
        if operation.is_end:
            self.signals.pending = ()  # signals no longer reach the process
            self.frames = ()
            self.life.is_released = True

    def begin_step(self, prediction: Prediction) -> None:
        self.prediction, self.result, self.taken = prediction, None, ()

    def give(self, result: Result) -> None:
        self.result = result

    def take(self, *signals: int) -> None:
        self.taken += signals

    def count(self, name: str, most: int | None = None) -> int:
        """Increment a counter, up to `most`, and return it."""
        if self.counts[name] != most:
            self.counts[name] += 1
        return self.counts[name]

    def forget(self, name: str) -> None:
        del self.counts[name]

    def read_clock(self, time: int) -> None:
        self.clock_shown = time

    def share(self, region: MemoryRegion) -> None:
        self.regions[region.address] = region

    def unshare(self, address: int) -> MemoryRegion | None:
        """Remove and return the shared region that begins at an address; None if there is none."""
        return self.regions.pop(address, None)

    def note_exec(self) -> None:
        self.under_way = None
        self.life.is_released = self.life.has_executed = True
        self.signals.caught, self.signals.actions = frozenset(), {}
        self.image, self.frames, self.regions = ProgramImage(self.pid), (), {}

    # -- its end

    def begin_end(self, signal: int = 0) -> None:
        """Record that the process is ending, so that no more handlers run."""
        self.life.is_exiting, self.life.dying_of = True, signal or self.life.dying_of
        self.frames = ()

    def take_kill(self) -> int:
        """Record that the pending SIGKILL acts now; return the signal that ends the process."""
        signal = ending_signal(self.signals.pending)
        self.take(signal)
        self.signals.pending = ()
        return signal

    def strike(self, signal: int) -> None:
        """Send the signal that ends the process."""
        self.state, self.operation, self.under_way, self.frames = RUNNING, None, None, ()
        self.life.is_struck = True
        with suppress(ProcessLookupError):
            # The signal may be blocked again: only sigsuspend had unblocked it.
            ptrace.setsigmask(self.pid, 0)
            os.kill(self.pid, signal)

    def note_death(self, word: int) -> None:
        self.state, self.status, self.operation = DEAD, word, None
        self.life.is_released = True
        self.files.set_ends(())
        self.signals.pending = ()

    def give_up_next(self, holds: Iterable[tuple[int, HeldEnd]]) -> None:
        """Make an ending process close the next of its descriptors; see close_range(2).

        Linux closes the descriptors of an ending process from the highest down.
        """
        last: dict[HeldEnd, int] = {}
        for number, end in holds:
            last[end] = min(number, last.get(end, _HIGHEST))
        lost = sorted(((number, name) for (name, _), number in last.items()), reverse=True)
        # Other processes do not notice in which order it closes the two ends of one pipe.
        later = [number for number, name in lost if name != lost[0][1] and number < lost[0][0]]
        args = (max(later) + 1 if later else 0, _HIGHEST, 0)
        if self.life.dying_of:
            number = NUMBERS["close_range"]
            registers.make_call(self.pid, self.image.after_call, number, args)
        else:
            self.begin_detour("close_range", args)

    # -- detours

    def begin_detour(self, call: str, args: tuple[int, int, int]) -> None:
        """Replace the process's call with another one, which is made first."""
        self.detour = registers.getregs(self.pid)
        values = list(self.detour)
        registers.replace_call(values, NUMBERS[call], args)
        registers.setregs(self.pid, values)

    def end_detour(self) -> None:
        """Make the process repeat its own call after the detour has returned."""
        if self.detour:
            registers.setregs(self.pid, self.detour)
            registers.repeat_call(self.pid, self.system_call.number)
            self.detour = []

    def add_filter(self, assembled: bytes) -> bool:
        """Install another filter in a process held at a call, which it then repeats.

        Return whether that was possible. The filter is temporarily stored below the stack.
        """
        values = registers.getregs(self.pid)
        address = (values[registers.STACK_POINTER] - _BELOW_STACK - len(assembled)) & -_ALIGNED
        data = assembled + seccomp.described(assembled, address)
        before = ptrace.read_memory(self.pid, address, len(data))
        if len(before) < len(data):
            return False
        ptrace.write_memory(self.pid, address, data)
        args = (seccomp.PR_SET_SECCOMP, seccomp.MODE_FILTER, address + len(assembled))
        self.begin_detour("prctl", args)
        ptrace.cont_to_syscall(self.pid)
        ptrace.next_status(self.pid)
        is_added = ptrace.syscall_result(self.pid) == 0
        ptrace.write_memory(self.pid, address, before)
        self.end_detour()
        return is_added


_LET_IN = 1 << (SIGTRAP - 1) | 1 << (SIGSEGV - 1)


@contextmanager
def no_signals(pid: int) -> Iterator[None]:
    """Block all signals but those that an instruction itself may raise."""
    mask = ptrace.getsigmask(pid)
    ptrace.setsigmask(pid, 2**64 - 1 & ~_LET_IN)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            ptrace.setsigmask(pid, mask)


def protect(process: HeldProcess, region: MemoryRegion, protection: int) -> None:
    """Make a held process change the protection of memory that it shares."""
    values = registers.getregs(process.pid)
    args = region.address, region.length, protection
    registers.make_call(process.pid, process.image.after_call, NUMBERS["mprotect"], args)
    one_instruction(process)
    registers.setregs(process.pid, values)


def one_instruction(process: HeldProcess) -> None:
    """Execute one instruction of a held process.

    Raises ProcessLookupError: the process was killed. RunCutOff: a call has removed its shared
    memory.
    """
    mask = ptrace.getsigmask(process.pid)
    try:
        ptrace.make_instruction(process.pid)
    except ProcessLookupError:
        raise
    except OSError:
        raise RunCutOff(flags.ODD_MEMORY.of("memory that a call has taken away")) from None
    finally:
        # The kernel unblocks SIGTRAP for a single step.
        with suppress(ProcessLookupError):
            ptrace.keep_trap(process.pid, mask)
