"""One held process: its operation, its descriptors, its pending signals; and a detour of its calls.

A detour is a call made in place of the process's own call, which is made after it.
So one call of the program becomes two steps where the kernel does two things that others can
notice one after the other: an ending process gives up its descriptors before it becomes a zombie.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from simpsh.base.record import Mutable, fresh
from simpsh.explore.objects.kernel_state import Operation, Origin, Prediction
from simpsh.kernel.machine import ptrace, registers, seccomp
from simpsh.kernel.machine.syscall_table import NUMBERS

if TYPE_CHECKING:
    from simpsh.trace.source.call_stack import ProcessImage

RUNNING, AT, BLOCKED, DEAD = "running", "at", "blocked", "dead"
"""States: on its way to its next operation (never seen between steps); held right before one;
inside a call that is not followed (with a flag); ended."""

Result = int | str | bytes | tuple[object, ...] | None
"""The result of an operation; see MadeStep."""


class MemoryRegion(Mutable):
    """A part of a process's memory that others share."""

    name: str
    """The name of the memory, which may be mapped at several places."""
    address: int
    length: int
    is_closed: bool = False
    """Whether every use of it stops the process."""

    def has(self, address: int) -> bool:
        """Return whether an address is in it."""
        return self.address <= address < self.address + self.length


class HeldProcess(Mutable):
    """A process that is held, or has ended. Only `pid` differs from run to run."""

    pid: int
    name: str
    parent: str | None
    """The parent's name; None for the program itself and for orphans."""
    state: str = RUNNING
    operation: Operation | None = None
    """Its next operation; None unless it is held."""
    status: int | None = None
    """The status word, once it is dead."""
    is_reaped: bool = False
    """Whether no process can wait for it any more."""
    ends: frozenset[tuple[str, str]] = frozenset()
    """The pipe ends it holds, (pipe, "r" or "w"), the descriptions of files that matter,
    (description, "o")."""
    holds: tuple[tuple[int, tuple[str, str]], ...] = ()
    """By which descriptors it holds them."""
    pending: tuple[int, ...] = ()
    """The signals sent to it that have not arrived, sorted."""
    caught: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    """Its signal mask; only kept up to date while signals matter."""
    has_executed: bool = False
    """Whether it has called exec since it was made."""
    is_released: bool = False
    """Whether it has executed a program or ended: a vfork parent waits for that."""
    children: tuple[str, ...] = ()
    """All children it ever made, in order."""
    forks: frozenset[bytes] = frozenset()
    """What a shell's memory held whenever it made a child."""
    children_left: int = 0
    """How many of them it has not collected."""
    born: tuple[str, ...] = ()
    """Those it made since its last operation began."""
    # The other fields are the run's own bookkeeping.
    prediction: Prediction = None
    """The result of its step by the rules, as far as that is known."""
    result: Result = None
    taken: tuple[int | Origin, ...] = ()
    """The signals that have arrived in this step, each with its origin if that was asked for."""
    is_born: bool = False
    under_way: Operation | None = None
    """The operation whose call is being made, until it returns."""
    call: str = ""
    """The name of its call."""
    number: int = 0
    """Its number: on 32-bit x86 one name may have two."""
    args: tuple[int, ...] = ()
    pipes_made: int = 0
    opens_made: int = 0
    descriptions: dict[int, str] = fresh(dict)
    """The open file descriptions of locked files, by descriptor."""
    let_go: frozenset[int] = frozenset()
    """The descriptors of files that it has removed, or replaced: their names are others' now."""
    ends_are_stale: bool = True
    has_continued: bool = False
    """Whether it has continued after a stop. Once it begins to end, no wait reports that."""
    told: tuple[str, int] | None = None
    """The child that its wait returns without asking the kernel, and its status word."""
    child_flags: int = 0
    """SA_NOCLDSTOP and SA_NOCLDWAIT, as it has set them for SIGCHLD."""
    resetting: frozenset[int] = frozenset()
    """Caught signals whose handler acts once (SA_RESETHAND)."""
    computed: int = 0
    """How many nanoseconds it has computed by its own account: its readings of that, counted."""
    has_read_clock: bool = False
    """Whether it has read the clock, or an ancestor before it made its child."""
    reads_in_row: int = 0
    """How often it has read the clock since it did something else that takes time."""
    due: int = 0
    """The moment at which its call is over by itself, if it has a limit; see RunState.now."""
    alarm_due: int = 0
    """The moment at which its alarm rings, if computing takes no time."""
    time_read: int = 0
    """What the clock showed it last, in nanoseconds since the Epoch."""
    random_calls: int = 0
    detour: list[int] = fresh(list)
    """The registers of the call that is made after the one in its place; see .detour."""
    is_exiting: bool = False
    """Whether it has called exit: no handler runs any more."""
    dying_of: int = 0
    """The signal that ends it once its descriptors are given up; 0 for none."""
    is_struck: bool = False
    """Whether it has been sent that signal."""
    behind_call: int = 0
    """The address after a system call instruction of its program; 0 if none is known yet."""
    is_runaway: bool = False
    """Whether it computes without end, and is not continued."""
    before_vfork: list[int] = fresh(list)
    """The registers that its vfork was called with, until it is made; see syscalls_processes."""
    at_birth: list[int] = fresh(list)
    """Those that it is to begin with."""
    is_suspect: bool = False
    """Whether it is stopped to see whether it is in a loop that is never left."""
    sleeps: int = 0
    """How often it has slept since its last other operation."""
    shared_files: frozenset[str] = frozenset()
    """Files that were open at a fork: it may share their offsets, by whatever descriptor."""
    action_flags: int = 0
    """The flags of the sigaction that is being made."""
    informed: frozenset[int] = frozenset()
    """Caught signals whose handler gets their origin (SA_SIGINFO)."""
    origins: dict[int, Origin] = fresh(dict)
    """The origin of each pending signal."""
    actions: dict[int, bytes] = fresh(dict)
    """The arguments of sigaction for each signal since the last exec; nothing shows them later."""
    marks: int = 0
    """A hash of its calls that leave something with the kernel which nothing shows."""
    was_vforked: bool = False
    """Whether it was made by vfork: it has written into its parent's memory."""
    regions: dict[int, MemoryRegion] = fresh(dict)
    """The shared parts of its memory, by address."""
    regions_made: int = 0
    lacks_partner: bool = False
    """Whether it opens a FIFO whose other end no process has."""
    loaded: bytes | None = None
    """The loaded value of an instruction that has yet to store into shared memory."""
    handlers: tuple[tuple[int, dict[int, bytes], int], ...] = ()
    """Its running handlers: the stack pointer before each, the known words, the signal."""
    image: str = ""
    """The file of the program that it executes, where that was looked up."""
    watched: dict[int, bool] = fresh(dict)
    """The words of its memory that are watched, and whether loads from them are uses."""
    mask: int = 0
    """Its signal mask when it was let on last, kept while words are watched."""
    only_notes: bool = False
    """Whether the handler that it is in is taken to note a child's end in one word."""
    begins_handler: bool = False
    """Whether it is about to begin a handler that is to be followed."""
    in_call: bool = False
    """Whether it was let on to a call of a handler that is followed."""
    steps_followed: int = 0
    """How many instructions of its handler were followed one by one since its last operation."""
    stack: range = range(0)
    """The bounds of its stack, once known."""
    has_used: bool = False
    """Whether it has used one of them since the outermost handler began."""
    is_starting: bool = False
    """Whether it is a Python that has not opened its program yet, and whose reads do not stop."""
    interpreter: tuple[str, ...] | None = None
    """The interpreter it runs and its options; see simpsh.explore.control.interpreter_startup."""
    code: ProcessImage | None = None
    """The code of its program, for the call stacks of an interpreter."""


_HIGHEST = 0xFFFFFFFF
_BELOW_STACK, _ALIGNED = 256, 16


def begin_end(process: HeldProcess) -> None:
    """Note that a process ends: no handler continues, and no wait reports its stop."""
    process.is_exiting = True
    process.handlers, process.begins_handler = (), False


def give_up_next(process: HeldProcess) -> None:
    """Make an ending process close the descriptors that it loses next; see close_range(2).

    Linux releases what descriptors stand for from the highest on.
    """
    last: dict[tuple[str, str], int] = {}
    for number, thing in process.holds:
        last[thing] = min(number, last.get(thing, _HIGHEST))
    lost = sorted(((number, name) for (name, _), number in last.items()), reverse=True)
    # No process notices in which order it gives up both ends of one pipe.
    later = [number for number, name in lost if name != lost[0][1] and number < lost[0][0]]
    args = (max(later) + 1 if later else 0, _HIGHEST, 0)
    if process.dying_of:
        number = NUMBERS["close_range"]
        registers.make_call(process.pid, process.behind_call, number, args)
    else:
        begin_detour(process, "close_range", args)


def end_detour(process: HeldProcess) -> None:
    """Make a process's own call after the detour has returned."""
    if process.detour:
        registers.setregs(process.pid, process.detour)
        registers.repeat_call(process.pid, process.number)
        process.detour = []


def begin_detour(process: HeldProcess, call: str, args: tuple[int, int, int]) -> None:
    """Make a process make another call before its own."""
    process.detour = registers.getregs(process.pid)
    values = list(process.detour)
    registers.replace_call(values, NUMBERS[call], args)
    registers.setregs(process.pid, values)


def add_filter(process: HeldProcess, assembled: bytes) -> bool:
    """Install one more filter in a process that is held at a call, which it makes again.

    Return whether that was possible. The filter is below its stack meanwhile.
    """
    values = registers.getregs(process.pid)
    place = (values[registers.STACK_POINTER] - _BELOW_STACK - len(assembled)) & -_ALIGNED
    data = assembled + seccomp.described(assembled, place)
    before = ptrace.read_memory(process.pid, place, len(data))
    if len(before) < len(data):
        return False
    ptrace.write_memory(process.pid, place, data)
    args = (seccomp.PR_SET_SECCOMP, seccomp.MODE_FILTER, place + len(assembled))
    begin_detour(process, "prctl", args)
    ptrace.cont_to_syscall(process.pid)
    ptrace.next_status(process.pid)
    is_added = ptrace.syscall_result(process.pid) == 0
    ptrace.write_memory(process.pid, place, before)
    end_detour(process)
    return is_added


@contextmanager
def kept_trap(pid: int) -> Iterator[None]:
    """Keep SIGTRAP blocked over single steps where it is blocked: the kernel unblocks it."""
    mask = ptrace.getsigmask(pid)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            ptrace.keep_trap(pid, mask)
