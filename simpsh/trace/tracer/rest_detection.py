"""A family is at rest when no process in it can move: each waits for another of them.

The proof needs no time-out. Every thread is found asleep, in a call that only another of the
family can end; then every thread is looked at again. A thread that left the processor as often as
before has slept all the while. So there was a moment at which all slept at once. A rest that cannot
be proved is not claimed, unless the family is known to be a closed world.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import time
from collections.abc import Callable, Collection, Sequence

from simpsh.base.events import Rest
from simpsh.base.phrases import listed
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.syscall_table import I386_NAMES, NAMES, library_name
from simpsh.process import proc
from simpsh.process.file_holders import pipe_holders
from simpsh.trace import tracee_proc
from simpsh.trace.tracee_proc import signed
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import TracedProcess

_FUTEX_COMMAND, _FUTEX_PRIVATE = 0x7F, 0x80
_FUTEX_WAIT_BITSET, _FUTEX_CLOCK_REALTIME = 9, 0x100
_FUTEX_WAITS = frozenset((0, _FUTEX_WAIT_BITSET))


class RestWatch:
    """Looks whether the family is at rest, and reports each rest once.

    A world is given where no process outside the family can wake it.
    """

    def __init__(self, account: FamilyAccount, world: ClosedWorld | None = None) -> None:
        self._account = account
        self._family = account.family
        self._world = world
        self._told: dict[int, str] = {}
        self._wakes: list[tuple[str, float]] = []
        """The threads that the clock will wake, and in how many seconds at most."""

    def look(self) -> bool:
        """Return whether the family is at rest now; log it if that is news."""
        before = self._asleep()
        if not before:
            return False
        waiting: list[tuple[str, str]] = []
        self._wakes.clear()
        for tid, line in before.items():
            member = self._family.by_thread[tid]
            words = self._reason(member, tid, line)
            if words is None:
                # This wait may end by itself, or from outside.
                return False
            if words:
                waiting.append((member.name, words))
        status = ptrace.next_status(is_patient=False)
        if status is not None:
            # A thread stood at a report, not asleep in a call.
            self._account.take(status)
            return False
        if self._asleep() != before:
            return False
        if before != self._told and not self._family.held:
            self._told = before
            root = self._account.root
            self._account.log.tell(
                root.pid if root else 0, "", Rest(tuple(waiting), tuple(self._wakes))
            )
        return True

    def _asleep(self) -> dict[int, str] | None:
        """Return what each thread sleeps in, and how often it ran; None if one runs."""
        asleep = {}
        for tid, member in self._family.by_thread.items():
            # Also of a process that is stopped: SIGCONT may be on its way to a report.
            call = tracee_proc.call_under_way(tid)
            if not call:
                return None
            state = proc.state(tid)
            # It may be stopped at a report that was not taken yet.
            if state in ("t", "T") and not (member.is_stopped or tid in self._family.held):
                return None
            # D: it waits for a disk, or in vfork(2).
            if state == "D" and not member.vfork_child:
                return None
            asleep[tid] = f"{call} {proc.times_scheduled(tid)}"
        return asleep

    def _reason(self, member: TracedProcess, tid: int, line: str) -> str | None:
        if tid in self._family.held:
            return ""
        if member.is_stopped:
            return "is stopped until a process sends SIGCONT"
        if member.has_timer or member.alarm_is_set:
            return None
        number, *rest = line.split()
        if not number.isdigit() or len(rest) < 6:
            # A dead first thread waits for nothing, and the others speak for the process.
            return "" if proc.state(tid) in ("Z", "X") else None
        args = tuple(int(word, 16) for word in rest[:6])
        if member.is_32_bit:
            name = I386_NAMES.get(int(number), "")
        else:
            name = library_name(NAMES.get(int(number), ""), args)
        if name in ("wait4", "waitid"):
            target = signed(args[0])
            if name == "waitid":
                target = signed(args[1]) if args[0] == 1 else -1
            child = self._family.name_of(target) if target > 0 else ""
            return f"waits for {child} to end" if child else "waits for a child to end"
        if name in ("vfork", "clone", "clone3") and member.vfork_child:
            child = self._family.name_of(member.vfork_child)
            return f"waits in vfork for {child} to exec or end" if child else None
        if name in ("read", "readv"):
            reason = self._at_pipe(member, args[0], "w")
        elif name in ("write", "writev"):
            reason = self._at_pipe(member, args[0], "r")
        else:
            reason = _sleeps_in(name, args)
        if reason is None and self._world is not None:
            reason = self._world.reason(member, name, args)
            seconds = self._world.limit(member, name, args)
            if reason is not None and seconds is not None:
                self._wakes.append((member.name, round(seconds, 3)))
        return reason

    def _at_pipe(self, member: TracedProcess, number: int, other_end: str) -> str | None:
        """Return the wait of a read or a write, by the holders of the pipe's other end."""
        letter = self._family_pipe(member, number)
        if letter is None:
            return None
        wanted = f"{tracee_proc.pipe_of(_thread_to_ask(member), number)} {other_end}"
        holders = listed(
            [
                other.name + (" itself" if other is member else "")
                for other in self._family.living.values()
                if any(
                    end == wanted for _, end in tracee_proc.descriptors(_thread_to_ask(other)).pipes
                )
            ]
        )
        if other_end == "w":
            others = f"{holders} can still write to" if holders else "no process writes to"
            return f"reads {letter}, which is empty and which {others}"
        others = f"{holders} could empty" if holders else "no process reads"
        return f"writes to {letter}, which is full and which {others}"

    def _family_pipe(self, member: TracedProcess, number: int) -> str | None:
        """Return what to call a descriptor's pipe; None unless all its ends are the family's."""
        inode = tracee_proc.pipe_of(_thread_to_ask(member), number)
        if not inode:
            return None
        letter = self._family.pipe_letters.get(inode)
        if letter is not None:
            # Made inside: only descendants can have got an end, and all of them are the family.
            return f"pipe {letter}"
        holders = pipe_holders(inode=int(inode))
        pids = {holder.pid for holder in (*holders.readers, *holders.writers)}
        outside = pids - self._family.living.keys()
        return None if outside else f"a pipe (descriptor {number})"


def _sleeps_in(name: str, args: tuple[int, ...]) -> str | None:
    if name in ("pause", "rt_sigsuspend") or (name == "rt_sigtimedwait" and args[2] == 0):
        return "waits for a signal"
    is_private_wait = args[1] & _FUTEX_COMMAND in _FUTEX_WAITS and args[1] & _FUTEX_PRIVATE
    return (
        "waits for another thread" if name == "futex" and is_private_wait and not args[3] else None
    )


def _thread_to_ask(member: TracedProcess) -> int:
    """Return a thread that still has the descriptors: a process's first may have ended before."""
    if len(member.threads) == 1:
        return member.pid
    living = (tid for tid in member.threads if proc.state(tid) not in ("Z", "X", ""))
    return next(living, member.pid)


SLEEPS = ("nanosleep", "clock_nanosleep")
_TIMER_ABSTIME = 1
_ENDLESS = {
    **dict.fromkeys(("recvfrom", "recvmsg", "sendto", "sendmsg"), "waits at {what}"),
    **dict.fromkeys(("accept", "accept4", "connect"), "waits at {what} for a process to connect"),
    **dict.fromkeys(("flock", "fcntl"), "waits for a lock on {what}"),
    **dict.fromkeys(("semop", "semtimedop", "msgrcv", "msgsnd"), "waits for another process"),
}
_OPENS = {"open": 0, "openat": 1}
"""Which of the arguments is the path."""
_AT_FDCWD = -100
OPENS_FIFO = "waits in open for another process at the FIFO's other end"
_LOCKS = frozenset((7, 38))  # F_SETLKW, F_OFD_SETLKW

_TERMINALS = frozenset((4, 5, *range(136, 144)))
"""The device numbers (major) of terminals: consoles, /dev/tty, and /dev/pts. See devices.txt."""
_MOVED_BY_PROCESSES = frozenset(
    ("[eventfd]", "[signalfd]", "[pidfd]", "[eventpoll]", "inotify", "[timerfd]")
)
"""Names of anonymous inodes in proc_pid_fd(5); an armed timer is looked for."""

# The argument that holds the time limit: a timespec or timeval, or milliseconds.
LIMITS = {
    **dict.fromkeys(("select", "pselect6"), 4),
    **dict.fromkeys(("ppoll", "rt_sigtimedwait"), 2),
    **dict.fromkeys(("futex", "semtimedop"), 3),
}
MILLISECONDS = {"poll": 2, "epoll_wait": 3, "epoll_pwait": 3}
_MOST_SELECTED = 1024


class ClosedWorld:
    """Says what a process waits for that neither its family nor a pipe of theirs explains.

    If no process outside can reach a family, more of its waits have no end of their own. A
    demonstration of the course lives in a directory of its own, and only the lesson types at its
    terminal: its FIFOs, sockets, locks and terminals are moved by the family alone. A file on a
    disk is not: the kernel itself ends the sleep of a process that opens, reads or writes it, and a
    timer expires by itself.

    Args:
        read_memory: how a process's memory is read: thread, address, count.
        watched: how many seconds the run is watched; a sleep of that length has no end for us. A
            shorter one has, also near the end of the run: it is followed by something.
        emptied: what /proc shows for descriptors that a process outside continues to read.
    """

    def __init__(
        self,
        read_memory: Callable[[int, int, int], bytes],
        watched: float,
        emptied: Collection[str],
    ) -> None:
        self._read_memory = read_memory
        self._watched = watched
        self._emptied = emptied

    def reason(self, member: TracedProcess, name: str, args: tuple[int, ...]) -> str | None:
        """Return what a sleeping call waits for; None if it may end by itself."""
        pid = _thread_to_ask(member)
        if name in SLEEPS:
            seconds = self.limit(member, name, args)
            return (
                "sleeps for longer than the run is watched" if self._is_long(seconds or 0) else None
            )
        if name in ("read", "readv"):
            words = f"reads {self._what(member, args[0])}, where nothing comes"
            return words if _is_moved_by_processes(pid, args[0]) else None
        if name in ("write", "writev"):
            target = proc.link(pid, f"fd/{args[0]}")
            if target in self._emptied or not _is_moved_by_processes(pid, args[0]):
                return None
            return f"writes to {target}, which is full"
        if name in _OPENS:
            return OPENS_FIFO if opens_fifo(pid, name, args) else None
        if name == "fcntl" and args[1] not in _LOCKS:
            return None
        if name in _ENDLESS:
            return _ENDLESS[name].format(what=self._what(member, args[0]))
        return self._limited(member, name, args)

    def _what(self, member: TracedProcess, number: int) -> str:
        target = proc.link(_thread_to_ask(member), f"fd/{number}")
        if target.startswith("/dev/pts/"):
            return "the terminal"
        return "a socket" if target.startswith("socket:") else target

    def limit(self, member: TracedProcess, name: str, args: tuple[int, ...]) -> float | None:
        """Return in how many seconds at most the clock ends a call; 0 if that cannot be read.

        None for a call that no clock ends.
        """
        tid = _thread_to_ask(member)
        if name in SLEEPS:
            return seconds_asked(tid, name, args, self._read_memory) or 0.0
        if name in MILLISECONDS:
            milliseconds = signed(args[MILLISECONDS[name]])
            return milliseconds / 1000 if milliseconds >= 0 else None
        address = args[LIMITS[name]] if name in LIMITS else 0
        if not address:
            return None
        seconds = _seconds_at(tid, address, self._read_memory) or 0.0
        if name == "futex" and args[1] & _FUTEX_COMMAND == _FUTEX_WAIT_BITSET:
            # The limit is an absolute time.
            is_real = args[1] & _FUTEX_CLOCK_REALTIME
            seconds -= time.clock_gettime(time.CLOCK_REALTIME if is_real else time.CLOCK_MONOTONIC)
        return max(0.0, seconds)

    def _is_long(self, seconds: float) -> bool:
        # Only the rest of a sleep until a moment is known, a little less than its length.
        return seconds >= 0.99 * self._watched

    def _limited(self, member: TracedProcess, name: str, args: tuple[int, ...]) -> str | None:
        """Return what a wait with a time limit is for; None if the limit is near, or unknown."""
        if name == "futex" and args[1] & _FUTEX_COMMAND not in _FUTEX_WAITS:
            return None
        awaited = self._awaited(member, name, args)
        if awaited is None or not all(
            _is_moved_by_processes(_thread_to_ask(member), number) for number in awaited
        ):
            return None
        words = "waits for another process" if awaited or name == "futex" else "waits for a signal"
        if name not in MILLISECONDS and name not in LIMITS:
            return None
        seconds = self.limit(member, name, args)
        return words if seconds is None or self._is_long(seconds) else None

    def _awaited(self, member: TracedProcess, name: str, args: tuple[int, ...]) -> list[int] | None:
        """Return the descriptors that poll, select or epoll_wait looks at; None if not known."""
        tid = _thread_to_ask(member)
        if name in ("poll", "ppoll"):
            data = (
                self._read_memory(tid, args[0], 8 * args[1]) if args[1] <= _MOST_SELECTED else b""
            )
            if len(data) != 8 * args[1]:
                return None
            return [number for number, _, _ in struct.iter_unpack("ihh", data) if number >= 0]
        if name in ("select", "pselect6"):
            count = signed(args[0])
            size = (min(count, _MOST_SELECTED) + 7) // 8
            sets = [self._read_memory(tid, address, size) for address in args[1:4] if address]
            if count > _MOST_SELECTED or any(len(data) != size for data in sets):
                return None
            bits = 0
            for data in sets:
                bits |= int.from_bytes(data, "little")
            return [number for number in range(count) if bits >> number & 1]
        if name.startswith("epoll"):
            return [args[0]]
        return []


def seconds_asked(
    tid: int, name: str, args: Sequence[int], read_memory: Callable[[int, int, int], bytes]
) -> float | None:
    """Return how long a sleep shall last from now on, or from its start; None if not known.

    An absolute time of clock_nanosleep(2) is compared with its clock.
    """
    is_new = name == "clock_nanosleep"
    seconds = _seconds_at(tid, args[2 if is_new else 0], read_memory)
    if seconds is not None and is_new and args[1] & _TIMER_ABSTIME:
        seconds -= time.clock_gettime(signed(args[0]))
    return seconds


def _seconds_at(
    tid: int, address: int, read_memory: Callable[[int, int, int], bytes]
) -> float | None:
    data = read_memory(tid, address, 16)
    if len(data) < 16:
        return None
    seconds, fraction = struct.unpack("qq", data)
    # The fraction's unit differs (timeval, timespec), and does not matter here.
    return float(seconds) if fraction >= 0 else None


def _is_moved_by_processes(pid: int, number: int) -> bool:
    """Return whether only a process ends a wait at this descriptor: no disk, and no clock."""
    target = proc.link(pid, f"fd/{number}")
    kind = target.removeprefix("anon_inode:")
    if target.startswith("pidfd:"):
        return True
    if kind != target:
        info = proc.contents(pid, f"fdinfo/{number}").decode(errors="replace")
        if kind == "[timerfd]":
            return "it_value: (0, 0)" in info
        if kind == "[eventpoll]":
            watched = re.findall(r"^tfd: +([0-9]+)", info, re.MULTILINE)
            return all(_is_moved_by_processes(pid, int(number)) for number in watched)
        return kind in _MOVED_BY_PROCESSES
    file = proc.status_of(pid, f"fd/{number}")
    if file is None:
        return False
    if stat.S_ISCHR(file.st_mode):
        return os.major(file.st_rdev) in _TERMINALS
    return stat.S_ISFIFO(file.st_mode) or stat.S_ISSOCK(file.st_mode)


def opens_fifo(pid: int, name: str, args: Sequence[int]) -> bool:
    """Return whether a call opens a path, and it is a FIFO's."""
    if name not in _OPENS:
        return False
    place = _OPENS[name]
    path = tracee_proc.string_at(pid, args[place])
    directory = signed(args[0]) if place else _AT_FDCWD
    start = "cwd" if directory == _AT_FDCWD else f"fd/{directory}"
    base = "root" if path.startswith("/") else start
    file = proc.status_of(pid, f"{base}/{path}")
    return file is not None and stat.S_ISFIFO(file.st_mode)
