"""One sleeping process under examination: its system call, the call's arguments, and the finding.

The kernel function that the process sleeps in (wchan) must fit the call. A seccomp supervisor may
hold a call before it begins, or a page fault may block in the middle of it; then the call's name
says nothing about the wait. See syscalls(2), proc_pid_syscall(5), proc_pid_wchan(5).
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterable, Sequence

from simpsh.base import waits
from simpsh.base.record import Record
from simpsh.base.signal_names import (
    IGNORED_BY_DEFAULT,
    SIGABRT,
    SIGALRM,
    SIGBUS,
    SIGCHLD,
    SIGFPE,
    SIGILL,
    SIGINT,
    SIGKILL,
    SIGPIPE,
    SIGSEGV,
    SIGSTOP,
    SIGTRAP,
    SIGVTALRM,
    STOP_SIGNALS,
    Signal,
)
from simpsh.base.targets import Actor, File, Target
from simpsh.base.waits import Evidence, Situation, Wait, Waker
from simpsh.kernel.machine.syscall_table import I386_NAMES, NAMES, SHORT_TIMES, library_name
from simpsh.process.diagnose.facts import (
    AtLock,
    ByHandler,
    ByHidden,
    ByPlace,
    ByThread,
    Deed,
    Edge,
    Fact,
    Held,
    Hold,
    InFunction,
    OpensFifo,
    Other,
    Proof,
    WayOut,
)
from simpsh.process.file_holders import Holder, hiding_places, holders_if
from simpsh.process.open_files import Descriptor, descriptor, descriptors, fdinfo_lines
from simpsh.process.proc import ProcDirectory, contents, memory_regions, process_of
from simpsh.process.process_snapshot import ProcessSnapshot
from simpsh.process.process_tree import seen_lately

_OWN_CLASS = b"\x01" if sys.maxsize < 1 << 32 else b"\x02"
"""The fifth byte of this machine's ELF files; see elf(5), ELFCLASS32 and ELFCLASS64."""
_SAME_IN_32_BITS = frozenset(
    (
        *("read", "readv", "write", "writev", "open", "openat", "accept4", "flock", "wait4"),
        *("waitid", "vfork", "pause", "poll", "epoll_wait"),
    )
)
"""Calls without a structure argument whose layout differs in 32-bit programs."""


class Finding(Record):
    """The wait of one process."""

    situation: Situation
    act: Fact
    """What the process does: it waits for its child, or is stopped."""
    proof: tuple[Proof, ...] = ()
    """Further facts: who holds what, which rule applies."""
    edges: tuple[Edge, ...] = ()
    """Processes any of which may end the wait; the waiting process itself is left out."""
    needs_all: tuple[tuple[int, ...], ...] = ()
    """Groups of processes, if a process of each must act: all copies of one lock are a group."""
    holders: tuple[Holder, ...] = ()
    """The processes that hold the other end, and their descriptors for it."""
    not_permitted: tuple[int, ...] = ()
    """Processes that we may not inspect and that may hold the other end, too."""
    is_closed: bool = False
    """Whether only `edges`, `not_permitted` and the process's own threads can end the wait."""
    by_own_threads: bool = False
    """Whether a thread of the process itself may end the wait."""
    others: tuple[Other, ...] = ()
    """Other awaited events besides `edges`, such as input at the terminal."""
    limit: float | None = None
    """The timeout of the wait in seconds; None for no timeout, or an unknown one."""
    parts: tuple[Situation, ...] = ()
    """The situation of each part, if the process waits for several events at once."""
    ways_out: tuple[WayOut, ...] = ()
    """Other events that may end the wait."""
    evidence: Evidence = waits.SEEN
    """The evidence for `act`."""
    wakers: tuple[Waker, ...] = ()
    """What may end this wait besides `edges`, its threads, its limit and `situation.wakers`."""
    is_left_open: bool = False
    """Whether only processes whose parents have ended still hold the other end."""

    @property
    def waits_for(self) -> tuple[int, ...]:
        """The processes or threads that `edges` lead to, without repetition."""
        return tuple(dict.fromkeys(edge.pid for edge in self.edges))

    @property
    def names_candidates(self) -> bool:
        """Whether no fact says that the processes in `edges` are the right ones."""
        is_of_other_calls = self.situation == waits.HELD_CALL and waits.BY_UNSEEN in self.wakers
        return is_of_other_calls or any(edge.deed is Deed.MAY_RECEIVE for edge in self.edges)

    def wait(self, actor_of: Callable[[int], Actor]) -> Wait:
        """Return the wait as facts about processes; `actor_of` returns what a pid is called."""
        situation = self.situation
        target: Target | None = None
        # The process itself may hold the other end of a pipe.
        pids: Iterable[int] = self.waits_for
        if situation.ended_by == "holder" and self.holders:
            pids = [holder.pid for holder in self.holders]
            target = self.holders[0].descriptors[0].target_for(is_reader=situation.is_until_closed)
        if isinstance(self.act, OpensFifo | AtLock) and self.act.path:
            target = File(self.act.path, "fifo" if isinstance(self.act, OpensFifo) else "file")
        is_by_end = situation.ended_by == "end of a process"
        edges = tuple(
            waits.Edge(actor, "must end" if is_by_end else "holds")
            for actor in dict.fromkeys(actor_of(process_of(pid)) for pid in pids)
        )
        return Wait(situation, target, edges, self.evidence, self.limit, self.all_wakers)

    @property
    def all_wakers(self) -> tuple[Waker, ...]:
        """Everything that may end this wait besides `edges`, its threads and its limit."""
        return tuple(dict.fromkeys((*self.situation.wakers, *self.wakers)))


def edges_to(pids: Iterable[int], deed: Deed, held: Held | None = None) -> tuple[Edge, ...]:
    """Return an edge to each of these processes, all for the same reason."""
    return tuple(Edge(pid, deed, held) for pid in pids)


_LONGEST_STRING = 4096
_AT_FDCWD = -100


class BlockedProcess:
    """A process, the call that it sleeps in, and ways to look at the call's arguments."""

    def __init__(self, directory: ProcDirectory, seen: ProcessSnapshot) -> None:
        """Examine a process from its snapshot."""
        self.directory = directory
        self.seen = seen
        self.pid = seen.pid
        """The process or the thread that was asked about."""
        self.hides_call = "system_call" in seen.not_permitted
        """Whether we may not see the process's call and memory."""
        by_function = _CALLS.get(seen.wchan.partition(".")[0], "")
        self.call: str = by_function if self.hides_call else ""
        """The name of its call in section 2 of the manual; empty if it is in no known call."""
        self.arguments: tuple[int, ...] = ()
        """The call's arguments that are known."""
        self.is_typed_at: Callable[[int], bool] = lambda _holder: True
        """Whether the holder of a terminal's master may pass on a person's keys."""
        self._time_format = "qq"
        """The struct format of a struct timespec."""
        call = seen.system_call
        if call is None:
            return
        if call.number < 0:
            self.call = by_function
        elif self._has_other_numbers():
            self.call = by_function
            if (name := I386_NAMES.get(call.number, "")) in _SAME_IN_32_BITS:
                self.call, self.arguments = name, call.arguments
        elif (name := NAMES.get(call.number, "")) == "restart_syscall":
            # This call restarts only sleeps, polls and futexes; of these, only a sleep may show
            # nothing but entry code as the kernel function.
            is_sleep = tells_nothing(seen.wchan) and seen.wchan
            self.call = by_function or ("clock_nanosleep" if is_sleep else name)
            # The registers belong to the original call. A sleep is one of two calls:
            # clock_nanosleep has a small number (the clock) as first argument, nanosleep has an
            # address.
            if self.call == "clock_nanosleep" and call.arguments[0] >= _LOWEST_ADDRESS:
                self.call = "nanosleep"
            if self.call in ("poll", "futex", "clock_nanosleep", "nanosleep"):
                self.arguments = call.arguments
            if SHORT_TIMES and "nanosleep" in self.call:
                self._time_format = "ii"
        else:
            if call.number in SHORT_TIMES:
                name, self._time_format = SHORT_TIMES[call.number], "ii"
            self.call = library_name(name, call.arguments)
            self.arguments = call.arguments if name else ()

    def _has_other_numbers(self) -> bool:
        """Return whether the program's ELF class, and so its call numbers, differ from ours."""
        try:
            header = self.directory.read("exe", 5)
        except (ProcessLookupError, PermissionError):
            return False
        return header[:4] == b"\x7fELF" and header[4:5] != _OWN_CLASS

    @property
    def process(self) -> int:
        """The process that this thread belongs to, and whose descriptor table it uses."""
        return process_of(self.pid)

    def argument(self, index: int) -> int | None:
        """Return an argument of the call as an unsigned number; None if it is not known."""
        return self.arguments[index] if index < len(self.arguments) else None

    def integer(self, index: int) -> int | None:
        """Return an argument that is a C int; None if it is not known."""
        value = self.argument(index)
        if value is None:
            return None
        low = value & 0xFFFFFFFF
        return low - (1 << 32) if low & 0x80000000 else low

    def descriptor(self, number: int | None) -> Descriptor | None:
        """Return a line of its descriptor table; None if it is not open or hidden."""
        if number is None or number < 0:
            return None
        try:
            return descriptor(self.directory, number)
        except (ProcessLookupError, PermissionError):
            return None

    def descriptors(self) -> tuple[Descriptor, ...]:
        """Return its descriptor table; empty if it is hidden."""
        try:
            return descriptors(self.process)
        except (ProcessLookupError, PermissionError):
            return ()

    def memory(self, address: int | None, count: int) -> bytes:
        """Return up to `count` bytes that an argument points to; empty if they cannot be read."""
        if not address or not count:
            return b""
        try:
            return self.directory.memory(address, count)
        except OSError:
            return b""

    def text(self, address: int | None) -> bytes:
        """Return the string that an argument points to, without its NUL."""
        # The string may end just before an unmapped page: a longer read returns what is readable.
        return self.memory(address, _LONGEST_STRING).partition(b"\0")[0]

    def named_file(
        self, path: int | None, directory: int | None
    ) -> tuple[str, os.stat_result | None]:
        """Return the path in a call and the file there, None if it cannot be found.

        `path` and `directory` are the indices of the arguments.
        """
        name = "" if path is None else os.fsdecode(self.text(self.argument(path)))
        # Relative to /proc/PID, through that process's root or directories.
        at = None if directory is None else self.integer(directory)
        start = "cwd" if at in (_AT_FDCWD, None) else f"fd/{at}"
        try:
            base = "root" if name.startswith("/") else start
            return name, self.directory.status_of(f"{base}/{name}") if name else None
        except (OSError, ValueError):
            return name, None

    def seconds(self, address: int | None, in_a_second: float = 1e9) -> float | None:
        """Return the time in the struct timespec that an argument points to; None for NULL.

        For a struct timeval, pass `in_a_second=1e6`.
        """
        size = struct.calcsize(self._time_format)
        raw = self.memory(address, size)
        if len(raw) < size:
            return None
        seconds, parts = struct.unpack(self._time_format, raw)
        return float(seconds + parts / in_a_second)

    def limit(self, index: int) -> float | None:
        """Return an argument in milliseconds as seconds; None for no limit."""
        milliseconds = self.integer(index)
        return None if milliseconds is None or milliseconds < 0 else milliseconds / 1000

    def fdinfo(self, number: int | None) -> list[tuple[str, str]]:
        """Return a descriptor's fdinfo as pairs of key and value; empty if it cannot be read."""
        try:
            return [] if number is None else fdinfo_lines(self.directory, number)
        except (ProcessLookupError, PermissionError):
            return []

    def has_operations(self) -> bool:
        """Return whether the kernel may carry out operations that the process has passed to it.

        An io_uring counts what it took and what it answered. See proc_pid_fdinfo(5), aio(7).
        """
        rings = (it for it in holders_if("[io_uring]", bool).seen if it.pid == self.process)
        counts = [dict(self.fdinfo(number)) for ring in rings for number in ring.numbers]
        is_idle = all(
            count.get("SqTail", "") == count.get("CachedSqHead") == count.get("CachedCqTail")
            for count in counts
        )
        return not is_idle or any(
            region.name.startswith("/[aio]")
            for region in seen_lately(
                lambda: memory_regions(self.process), memory_regions, self.process
            )
        )

    def may_be_interrupted_by_timer(self) -> bool:
        """Return whether a timer (timer_create(2)) or an alarm(2) may end the call.

        /proc shows the timers, but not whether one is set, nor an alarm. So a handler for SIGALRM
        counts, unless SIGVTALRM has one, too: such a program, as bash, catches all that end it.
        """
        seen, caught = self.seen, caught_signals(self.seen)
        if SIGALRM in caught and SIGVTALRM not in caught:
            return True
        lines = contents(self.process, "timers").decode().splitlines()
        sent = {line.split()[1].partition("/")[0] for line in lines if line.startswith("signal:")}
        kept = {*seen.ignored, *(seen.blocked if seen.threads == 1 else ())} - {*caught}
        # Its default action ends the process.
        return any(int(number) not in kept for number in sent)

    def process_of(self, pidfd: int) -> int | None:
        """Return the pid of a pidfd, -1 if the process is gone; None if fdinfo cannot be read."""
        return next((int(value) for key, value in self.fdinfo(pidfd) if key == "Pid"), None)


def functions_in(wchan: str) -> tuple[InFunction, ...]:
    """Return the fact that names the kernel function in which a process sleeps, if it is known."""
    return (InFunction(wchan, hold_in(wchan)),) if wchan else ()


_LOWEST_ADDRESS = 65536

# The call for each kernel function, if the call was restarted after a signal or is hidden.
_CALLS = {
    "hrtimer_nanosleep": "clock_nanosleep",
    "hrtimer_nanosleep_restart": "clock_nanosleep",
    "do_nanosleep": "clock_nanosleep",
    "futex_wait_queue": "futex",
    "futex_wait_queue_me": "futex",
    "futex_do_wait": "futex",
    "do_wait": "wait4",
    "kernel_clone": "vfork",  # only vfork waits there
    "_do_fork": "vfork",
    "poll_schedule_timeout": "poll",
    "do_sys_poll": "poll",
    "do_select": "select",
    "ep_poll": "epoll_wait",
    "do_epoll_wait": "epoll_wait",
    "__do_sys_pause": "pause",
    "sigsuspend": "rt_sigsuspend",
    "do_sigtimedwait": "rt_sigtimedwait",
}

# Entry code of every call: the kernel did not find the function that sleeps.
_ENTRIES = (
    *("do_syscall", "entry_", "invoke_syscall", "el0", "do_el0", "syscall_", "do_trap_"),
    *("do_int80", "__do_int80", "do_fast_syscall", "__do_fast_syscall", "x64_sys_", "ia32_sys_"),
    *("__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__riscv_sys_", "__se_sys_", "__do_sys_"),
)

_OF_SERVERS = ("fuse_dev", "seccomp_notify_ioctl", "seccomp_notify_recv")
"""The server of a FUSE file system, and a supervisor, sleep there until there is a request."""
# Functions in which any call may be held, and who releases it.
_HOLDS = {
    "seccomp": Hold.SUPERVISOR,
    "handle_userfault": Hold.PAGE_FILLER,
    "break_lease": Hold.LEASE_HOLDER,
    "fanotify": Hold.LISTENER,
    **dict.fromkeys(("fuse", "request_wait_answer"), Hold.FILE_SERVER),
    **dict.fromkeys(("get_signal", "freezer_trap", "refrigerator"), Hold.FREEZER),
}


def tells_nothing(wchan: str) -> bool:
    """Return whether the function is not known, or is only the entry code of every call."""
    return not wchan or wchan.startswith(_ENTRIES)


def fits_one(parts: tuple[str, ...], wchan: str) -> bool:
    """Return whether the function is not known, or has one of these parts in its name."""
    return tells_nothing(wchan) or any(part in wchan for part in parts)


def hold_in(wchan: str) -> Hold | None:
    """Return who has to release the call that sleeps in a function; None if that is not known."""
    if wchan.startswith(_OF_SERVERS):
        return None
    return next((hold for part, hold in _HOLDS.items() if part in wchan), None)


# Other events that may end a wait: only if there are none, the answer is "a deadlock". /proc does
# not show what another thread will do, what a signal handler does, or what a hidden process does.

# The C library uses these to cancel a thread and to call setuid(2) in all threads.
_OF_THE_LIBRARY = (32, 33)
_LAST_SIGNAL = 64
# A sleeping process does not cause these signals itself: list them last.
OF_FAULTS = (SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV)


def caught_signals(seen: ProcessSnapshot) -> tuple[Signal, ...]:
    """Return the signals whose handlers may run now, fault signals last."""
    # Another thread may take a signal that this thread blocks.
    blocked = (*_OF_THE_LIBRARY, *(seen.blocked if seen.threads == 1 else ()))
    caught = [signal for signal in seen.caught if signal not in blocked]
    return tuple(sorted(caught, key=lambda signal: signal in OF_FAULTS))


def takes_a_signal(seen: ProcessSnapshot) -> bool:
    """Return whether a signal that can be blocked would run a handler, or end the process."""
    if seen.threads > 1:
        # Another thread may take it.
        return True
    without_effect = (IGNORED_BY_DEFAULT | STOP_SIGNALS) - set(seen.caught)
    never = {SIGKILL, SIGSTOP, *_OF_THE_LIBRARY, *seen.blocked, *seen.ignored, *without_effect}
    return not never.issuperset(range(1, _LAST_SIGNAL + 1))


def inner_wakers(case: BlockedProcess) -> tuple[Waker, ...]:
    """Return what may end a wait in memory or at a private pipe from inside the process.

    SIGINT does not count: it interrupts a program, and Python always catches it. SIGCHLD is an edge
    to a child.
    """
    caught = set(caught_signals(case.seen)) - {SIGINT, SIGCHLD, SIGPIPE, *OF_FAULTS}
    handlers = (waits.BY_HANDLER,) if caught else ()
    return (*handlers, *((waits.BY_OPERATION,) if case.has_operations() else ()))


def of_handlers(seen: ProcessSnapshot) -> tuple[WayOut, ...]:
    """Return the handlers of a process, which may run while its call sleeps."""
    caught = caught_signals(seen)
    return (ByHandler(process_of(seen.pid), caught),) if caught else ()


def of_threads(seen: ProcessSnapshot) -> tuple[WayOut, ...]:
    """Return the other threads of a process, if there are any."""
    return (ByThread(process_of(seen.pid)),) if seen.threads > 1 else ()


def of_hidden_holders(not_permitted: Sequence[int]) -> tuple[WayOut, ...]:
    """Return the hidden processes that may hold the file."""
    places = map(ByPlace, hiding_places())
    return (*([ByHidden(tuple(not_permitted))] if not_permitted else []), *places)
