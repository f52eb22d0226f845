"""One sleeping process under examination: its system call, the call's arguments, and the finding.

The kernel function that the process sleeps in (wchan) must fit the call. A seccomp supervisor may
hold a call before it begins, or a page fault may block in the middle of it; then the call's name
says nothing about the wait. See syscalls(2), proc_pid_syscall(5), proc_pid_wchan(5).
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from simpsh.base import waits
from simpsh.base.phrases import listed
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import (
    SIGABRT,
    SIGBUS,
    SIGCHLD,
    SIGFPE,
    SIGILL,
    SIGINT,
    SIGPIPE,
    SIGSEGV,
    SIGTRAP,
    Signal,
)
from simpsh.base.targets import Actor
from simpsh.base.waits import Evidence, Situation, Wait, Waker
from simpsh.kernel.machine.syscall_table import I386_NAMES, NAMES, SHORT_TIMES, library_name
from simpsh.process.file_holders import Holder, hiding_places
from simpsh.process.open_files import Descriptor, descriptor, descriptors, fdinfo_lines
from simpsh.process.proc import ProcDirectory, process_of
from simpsh.process.process_snapshot import ProcessSnapshot, command
from simpsh.process.process_tree import named

SEEN, NOT_SEEN = "seen", "not seen"
_OWN_CLASS = b"\x01" if sys.maxsize < 1 << 32 else b"\x02"
"""The fifth byte of this machine's ELF files; see elf(5), ELFCLASS32 and ELFCLASS64."""
_SAME_IN_32_BITS = frozenset(
    (
        *("read", "readv", "write", "writev", "open", "openat", "accept4", "flock", "wait4"),
        *("waitid", "vfork", "pause", "poll", "epoll_wait"),
    )
)
"""Calls without a structure argument whose layout differs in 32-bit programs."""


class Statement(Record):
    """A sentence of a diagnosis, and how it is known."""

    text: str
    evidence: str = SEEN
    """`seen` in /proc, `inferred by` a named rule, or `not seen`, with the reason in the text."""


def inferred(rule: str, text: str) -> Statement:
    """Return a statement that is inferred from facts by a rule such as `pipe(7)`."""
    return Statement(text, f"inferred by {rule}")


class Edge(Record):
    """A process that may end a wait, and why it may."""

    pid: int
    act: str = ""
    """After “which”: `holds`, `must end first`."""
    target: str = ""
    """The object of the act: `the write end of the pipe [77]`."""
    is_by_end: bool = False
    """Whether the process's exit ends the wait; mentioned only if the process holds nothing."""


class Finding(Record):
    """The wait of one process."""

    situation: Situation
    brief: str
    """The rest of a sentence that begins with the process: `waits for its child 12 (sleep 9)`."""
    details: tuple[Statement, ...] = ()
    """Further sentences: who holds what, which rule applies."""
    edges: tuple[Edge, ...] = ()
    """Processes any of which may end the wait; the waiting process itself is left out."""
    holders: tuple[Holder, ...] = ()
    """The processes that hold the other end, and their descriptors for it."""
    not_permitted: tuple[int, ...] = ()
    """Processes that we may not inspect and that may hold the other end, too."""
    is_closed: bool = False
    """Whether only `edges`, `not_permitted` and the process's own threads can end the wait."""
    by_own_threads: bool = False
    """Whether a thread of the process itself may end the wait."""
    others: tuple[str, ...] = ()
    """Other awaited events besides `edges`, in words that follow “for”: `input at the terminal`."""
    limit: float | None = None
    """The timeout of the wait in seconds; None for no timeout, or an unknown one."""
    parts: tuple[Situation, ...] = ()
    """The situation of each part, if the process waits for several events at once."""
    ways_out: tuple[str, ...] = ()
    """Other events that may end the wait, in words."""
    evidence: Evidence = waits.SEEN
    """The evidence for `brief`."""
    act: str = ""
    """The beginning of `brief` about a terminal: the call and the descriptor."""
    wakers: tuple[Waker, ...] = ()
    """What may end this wait besides `edges`, its threads, its limit and `situation.wakers`."""
    is_left_open: bool = False
    """Whether only processes whose parents have ended still hold the other end."""

    @property
    def waits_for(self) -> tuple[int, ...]:
        """The processes or threads that `edges` lead to, without repetition."""
        return tuple(dict.fromkeys(edge.pid for edge in self.edges))

    def wait(self, actor_of: Callable[[int], Actor]) -> Wait:
        """Return the wait as facts about processes; `actor_of` returns what a pid is called."""
        situation, target = self.situation, None
        # The process itself may hold the other end of a pipe.
        pids: Iterable[int] = self.waits_for
        if situation.ended_by == "holder" and self.holders:
            pids = [holder.pid for holder in self.holders]
            target = self.holders[0].descriptors[0].target_for(is_reader=situation.is_until_closed)
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


def edges_to(
    pids: Iterable[int], act: str, target: str = "", *, is_by_end: bool = False
) -> tuple[Edge, ...]:
    """Return an edge to each of these processes, all for the same reason."""
    return tuple(Edge(pid, act, target, is_by_end) for pid in pids)


def alternatives(
    edges: Iterable[Edge],
    name_of: Callable[[int], str],
    others: Iterable[str] = (),
    limit: float | None = None,
) -> str:
    """Return the words after “waits” for all that a process waits for.

    >>> edges = Edge(7, "holds", "pipe A"), Edge(7, "holds", "pipe B"), Edge(9, "must end first")
    >>> alternatives(edges, str, limit=3.0)
    'for 7, which holds pipe A and pipe B, for 9, which must end first, or for 3 s'
    >>> alternatives(edges_to([7, 8], "must end first", is_by_end=True), str)
    'for 7 or 8, whichever ends first'
    """
    others = [*others, *([] if limit is None else [seconds_words(limit)])]
    parts: dict[int, dict[Edge, None]] = {}
    for edge in sorted(edges, key=lambda edge: edge.is_by_end):
        if not (edge.is_by_end and parts.get(edge.pid)):
            parts.setdefault(edge.pid, {})[changed(edge, pid=0)] = None
    names: dict[tuple[Edge, ...], list[str]] = {}
    for pid, reasons in parts.items():
        names.setdefault(tuple(reasons), []).append(name_of(pid))
    clauses = []
    for kinds, who in names.items():
        targets: dict[str, list[str]] = {}
        for edge in kinds:
            targets.setdefault(edge.act, []).append(edge.target)
        clauses_of = [f"{act} {listed(words)}".rstrip() for act, words in targets.items()]
        clause, why = f"for {listed(shown(who), 'or')}", listed(clauses_of)
        if len(who) > 1:
            which = "whichever ends first" if kinds[0].is_by_end else f"each of which {why}"
        else:
            which = f"which {why}"
        clauses.append(f"{clause}, {which}" if why else clause)
    clauses += [f"for {other}" for other in others]
    if len(clauses) < 2:
        return "".join(clauses)
    return f"{', '.join(clauses[:-1])}, or {clauses[-1]}"


def seconds_words(seconds: float) -> str:
    """Return a time limit as text.

    >>> seconds_words(499.9987), seconds_words(0.05)
    ('500 s', '0.05 s')
    """
    return f"{round(seconds, 1) if seconds >= 1 else seconds:g} s"


def shown(names: list[str]) -> list[str]:
    """Return the first names of a list, and `3 more` if it is long."""
    more = len(names) - MOST_SHOWN
    return [*names[:MOST_SHOWN], f"{more} more"] if more > 0 else names


_LONGEST_STRING = 4096
MOST_SHOWN = 4


class BlockedProcess:
    """A process, the call that it sleeps in, and ways to look at the call's arguments."""

    def __init__(
        self, directory: ProcDirectory, seen: ProcessSnapshot, names: Mapping[int, str]
    ) -> None:
        """Examine a process from its snapshot; `names` are P0, P1 … of the family asked about."""
        self.directory = directory
        self.seen = seen
        self.names = names
        self.pid = seen.pid
        """The process or the thread that was asked about."""
        self.hides_call = "system_call" in seen.not_permitted
        """Whether we may not see the process's call and memory."""
        by_function = _CALLS.get(seen.wchan.partition(".")[0], "")
        self.call: str = by_function if self.hides_call else ""
        """The name of its call in section 2 of the manual; empty if it is in no known call."""
        self.arguments: tuple[int, ...] = ()
        """The call's arguments that are known."""
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

    def name_of(self, pid: int, command_line: str | None = None) -> str:
        """Return `PID (command)`, in the family asked about `PID (P1: command)`."""
        return named(pid, command(pid) if command_line is None else command_line, self.names)

    def words_for(self, pid: int) -> str:
        """Return `process PID (command)`."""
        return f"process {self.name_of(pid)}"

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

    def process_of(self, pidfd: int) -> int | None:
        """Return the pid of a pidfd, -1 if the process is gone; None if fdinfo cannot be read."""
        return next((int(value) for key, value in self.fdinfo(pidfd) if key == "Pid"), None)


_NAMES = {
    "inotify": "inotify instance",
    "eventpoll": "epoll instance",
    "fanotify": "fanotify group",
    "seccomp notify": "seccomp listener",
}
"""The names in the manual for what the kernel calls otherwise."""


def file_words(file: Descriptor) -> str:
    """Return the name of a descriptor's file for use in a sentence.

    >>> file_words(Descriptor(3, "pipe:[77]", "r", False, 0, "pipe", 1, 77))
    'the pipe [77]'
    >>> file_words(Descriptor(4, "anon_inode:[signalfd]", "rw", False, 0, "anonymous", 1, 9))
    'a signalfd'
    """
    if file.kind in ("pipe", "socket"):
        return f"the {file.kind} [{file.inode}]"
    if file.kind == "anonymous":
        name = file.target.removeprefix("anon_inode:").strip("[]")
        name = _NAMES.get(name, name)
        return f"{'an' if name[:1] in 'aei' else 'a'} {name}"
    kind = {"fifo": "the FIFO", "terminal": "the terminal", "file": "the file"}.get(file.kind)
    return f"{kind or file.kind} {file.target}"


def numbered(word: str, numbers: Iterable[int]) -> str:
    """Return `descriptor 3`, or `descriptors 1 and 2`."""
    texts = [str(number) for number in numbers]
    return f"{word}{'s' if len(texts) > 1 else ''} {listed(texts)}"


def where_words(wchan: str) -> tuple[Statement, ...]:
    """Return the sentence that names the kernel function in which a process sleeps."""
    if not wchan:
        return ()
    event = hold_words(wchan)
    return (
        Statement(f"The kernel function it sleeps in is {wchan}{': ' if event else ''}{event}."),
    )


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

_OF_SERVER = "fuse_dev"
"""The server of a FUSE file system sleeps in such a function until there is a request."""
# Functions in which any call may be held, and the event that releases it.
_HOLDS = {
    "seccomp": "a supervisor has to answer the call (seccomp(2), SECCOMP_RET_USER_NOTIF)",
    "handle_userfault": "the process that watches its memory has to fill a page (userfaultfd(2))",
    "break_lease": "the process with a lease on the file must give it up (F_SETLEASE in fcntl(2))",
    "fanotify": "a listener has to permit the access (fanotify(7))",
    "fuse": "the process that serves the file system has to answer (fuse(4))",
    "request_wait_answer": "the process that serves the file system has to answer (fuse(4))",
    **dict.fromkeys(
        ("get_signal", "freezer_trap", "refrigerator"), "its control group is frozen (cgroups(7))"
    ),
}


def tells_nothing(wchan: str) -> bool:
    """Return whether the function is not known, or is only the entry code of every call."""
    return not wchan or wchan.startswith(_ENTRIES)


def fits_one(parts: tuple[str, ...], wchan: str) -> bool:
    """Return whether the function is not known, or has one of these parts in its name."""
    return tells_nothing(wchan) or any(part in wchan for part in parts)


def hold_words(wchan: str) -> str:
    """Return the event that the function waits for; empty if that is not known."""
    if wchan.startswith(_OF_SERVER):
        return ""
    return next((words for part, words in _HOLDS.items() if part in wchan), "")


# Other events that may end a wait: only if there are none, the answer is "a deadlock". /proc does
# not show what another thread will do, what a signal handler does, or what a hidden process does.

# The C library uses these to cancel a thread and to call setuid(2) in all threads.
_OF_THE_LIBRARY = (32, 33)
# A sleeping process does not cause these signals itself: list them last.
OF_FAULTS = (SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV)


def caught_signals(seen: ProcessSnapshot) -> tuple[Signal, ...]:
    """Return the signals whose handlers may run now, fault signals last."""
    # Another thread may take a signal that this thread blocks.
    blocked = (*_OF_THE_LIBRARY, *(seen.blocked if seen.threads == 1 else ()))
    caught = [signal for signal in seen.caught if signal not in blocked]
    return tuple(sorted(caught, key=lambda signal: signal in OF_FAULTS))


def by_handlers(seen: ProcessSnapshot) -> tuple[Waker, ...]:
    """Return BY_HANDLER if a handler of the process may end a wait in memory or at a private pipe.

    SIGINT does not count: it interrupts a program, and Python always catches it. SIGCHLD is an edge
    to a child.
    """
    caught = set(caught_signals(seen)) - {SIGINT, SIGCHLD, SIGPIPE, *OF_FAULTS}
    return (waits.BY_HANDLER,) if caught else ()


def of_handlers(seen: ProcessSnapshot) -> tuple[str, ...]:
    """Return the words for the handlers of a process, which may run while its call sleeps."""
    names = [signal.name for signal in caught_signals(seen)]
    if not names:
        return ()
    return (f"a handler of process {process_of(seen.pid)} ({listed(shown(names))})",)


def of_threads(seen: ProcessSnapshot) -> tuple[str, ...]:
    """Return the words for the other threads of a process, if there are any."""
    return (f"another thread of process {process_of(seen.pid)}",) if seen.threads > 1 else ()


def of_hidden_holders(not_permitted: Sequence[int]) -> tuple[str, ...]:
    """Return the words for hidden processes that may hold the file."""
    count = len(not_permitted)
    if not count:
        return hiding_places()
    if count == 1:
        return (f"process {not_permitted[0]} that we may not look into", *hiding_places())
    return (f"one of {count} processes that we may not look into", *hiding_places())


def unless_words(ways: Sequence[str]) -> str:
    """Return the end of a sentence: `unless one of these ends the wait: …`; empty for none."""
    if len(ways) < 2:
        return "".join(f"unless {way} ends the wait" for way in ways)
    return f"unless one of these ends the wait: {listed(ways, 'or')}"
