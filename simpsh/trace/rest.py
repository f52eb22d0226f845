"""A family is at rest when nobody in it can move any more: each waits for another of them.

The proof needs no time-out. Every thread is found asleep and off the processor, in a call that
only another of the family can end; then every thread is looked at again. Who left the processor
as often as before, and is asleep, has slept all the while; who had been woken would be runnable.
So there was a moment at which all slept at once, and from it nobody comes back without help from
outside: a signal, or somebody's end.

What cannot be proved is not claimed: a sleep that time ends, a terminal, a socket, a FIFO, a
pipe that somebody outside holds.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simpsh.events import Rest
from simpsh.kernel import ptrace
from simpsh.kernel.syscall_table import NAMES
from simpsh.trace import proc_files
from simpsh.trace.call_events import signed

if TYPE_CHECKING:
    from simpsh.trace.closed_world import ClosedWorld
    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer

_FUTEX_COMMAND, _FUTEX_PRIVATE = 0x7F, 0x80
_FUTEX_WAITS = frozenset((0, 9))  # FUTEX_WAIT, FUTEX_WAIT_BITSET
_POLLIN, _POLLOUT = 1, 4
_MOST_POLLED = 64


class RestWatch:
    """Looks whether the family is at rest, and tells it once for each time it comes to rest."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self.world: ClosedWorld | None = None
        """What is known beyond the family, where nobody outside it can wake it."""
        self._told: dict[int, str] = {}
        self.is_at_rest = False

    def look(self) -> bool:
        """Tell whether the family is at rest now; log it if that is news."""
        before = self._asleep()
        waiting = self._reasons(before) if before else None
        if before is None or waiting is None:
            self.is_at_rest = False
            return False
        status = ptrace.next_status(is_patient=False)
        if status is not None:
            # Somebody stood at a report, not asleep in a call.
            self._tracer.take(status)
            return False
        if self._asleep() != before:
            return False
        if before != self._told and not self._tracer.family.held:
            self._told = before
            root = self._tracer.root
            self._tracer.log.tell(root.pid if root else 0, "", Rest(waiting))
        self.is_at_rest = True
        return True

    def _asleep(self) -> dict[int, str] | None:
        """Return what each thread sleeps in, and how often it ran; None if one runs."""
        found = {}
        family = self._tracer.family
        for tid, member in family.by_thread.items():
            # Also of who is stopped: SIGCONT may be on its way to a report.
            call = proc_files.call_under_way(tid)
            if not call or not self._is_at_ease(member, tid):
                return None
            found[tid] = f"{call} {proc_files.times_scheduled(tid)}"
        return found

    def _is_at_ease(self, member: Member, tid: int) -> bool:
        """Tell whether it may sleep for long: not before a disk (D), not at an untaken report."""
        state = proc_files.state(tid)
        if state in ("t", "T"):
            return member.is_stopped or tid in self._tracer.family.held
        # Who waits in vfork(2) is shown as D, too.
        return state != "D" or member.vfork_child != 0

    def _reasons(self, asleep: dict[int, str]) -> tuple[tuple[str, str], ...] | None:
        """Say who waits for what; None if somebody's wait may end by itself or from outside."""
        found = []
        for tid, line in asleep.items():
            member = self._tracer.family.by_thread[tid]
            words = self._reason(member, tid, line)
            if words is None:
                return None
            if words:
                found.append((member.name, words))
        return tuple(found)

    def _reason(self, member: Member, tid: int, line: str) -> str | None:
        if tid in self._tracer.family.held:
            return ""
        if member.is_stopped:
            return "is stopped until somebody sends SIGCONT"
        if member.has_timer or member.alarm_is_set:
            return None
        number, *rest = line.split()
        if not number.isdigit() or len(rest) < 6:
            # A dead first thread waits for nothing, and the others speak for the process.
            return "" if proc_files.state(tid) in ("Z", "X") else None
        args = tuple(int(word, 16) for word in rest[:6])
        return self._waits_for(member, NAMES.get(int(number), ""), args, tid)

    def _waits_for(self, member: Member, name: str, args: tuple[int, ...], tid: int) -> str | None:
        match name:
            case "wait4" | "waitid":
                return self._child(name, args)
            case "read" | "readv":
                found = self._data(member, args[0])
            case "write" | "writev":
                found = self._room(member, args[0])
            case "vfork" | "clone" | "clone3" if member.vfork_child:
                child = self._tracer.family.name_of(member.vfork_child)
                return f"waits in vfork for {child} to exec or end" if child else None
            case _:
                found = self._sleeps_in(member, name, args, tid)
        if found is None and self.world is not None:
            return self.world.reason(member, name, args)
        return found

    def _sleeps_in(self, member: Member, name: str, args: tuple[int, ...], tid: int) -> str | None:
        if name in ("pause", "rt_sigsuspend") or (name == "rt_sigtimedwait" and args[2] == 0):
            return "waits for a signal"
        if name == "futex" and _is_endless_futex(args):
            return "waits for another thread"
        if (name == "poll" and signed(args[2]) < 0) or (name == "ppoll" and args[2] == 0):
            return self._polled(member, tid, args)
        return None

    def _child(self, name: str, args: tuple[int, ...]) -> str:
        target = signed(args[0])
        if name == "waitid":
            target = signed(args[1]) if args[0] == 1 else -1
        child = self._tracer.family.name_of(target) if target > 0 else ""
        return f"waits for {child} to end" if child else "waits for a child to end"

    def _data(self, member: Member, number: int) -> str | None:
        letter = self._family_pipe(member, number)
        if letter is None:
            return None
        holders = self._holders(member, number, "w")
        who = (
            f"which {_listed(holders)} can still write to" if holders else "which nobody writes to"
        )
        return f"reads {letter}, which is empty and {who}"

    def _room(self, member: Member, number: int) -> str | None:
        letter = self._family_pipe(member, number)
        if letter is None:
            return None
        holders = self._holders(member, number, "r")
        who = f"which {_listed(holders)} could empty" if holders else "which nobody reads"
        return f"writes to {letter}, which is full and {who}"

    def _polled(self, member: Member, tid: int, args: tuple[int, ...]) -> str | None:
        count = args[1]
        data = ptrace.read_memory(tid, args[0], 8 * count) if 0 < count <= _MOST_POLLED else b""
        if len(data) != 8 * count or not data:
            return None
        for number, events, _ in struct.iter_unpack("ihh", data):
            if number >= 0 and (
                not events & (_POLLIN | _POLLOUT) or self._family_pipe(member, number) is None
            ):
                return None
        return "polls pipes that nobody is going to use"

    def _family_pipe(self, member: Member, number: int) -> str | None:
        """Return what to call a descriptor's pipe; None unless all its ends are the family's."""
        inode = proc_files.pipe_of(member.pid, number)
        if not inode:
            return None
        letter = self._tracer.calls.letters.get(inode)
        if letter is not None:
            # Made inside: only descendants can have got an end, and all of them are the family.
            return f"pipe {letter}"
        outside = proc_files.holders_of_pipe(inode) - self._tracer.family.living.keys()
        return None if outside else f"a pipe (descriptor {number})"

    def _holders(self, member: Member, number: int, end: str) -> list[str]:
        wanted = f"{proc_files.pipe_of(member.pid, number)} {end}"
        return [
            other.name + (" itself" if other is member else "")
            for other in self._tracer.family.living.values()
            if any(held == wanted for _, held in proc_files.pipe_ends(other.pid))
        ]


def _is_endless_futex(args: tuple[int, ...]) -> bool:
    command = args[1] & _FUTEX_COMMAND
    return command in _FUTEX_WAITS and bool(args[1] & _FUTEX_PRIVATE) and args[3] == 0


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
