"""A family is at rest when no process in it can move: each waits for another of them.

The proof needs no timeout. `diagnose` finds every thread asleep, in a wait that only another
process of the family can end; then every thread is checked again. A thread with an unchanged number
of context switches has slept all the time. So there was a moment at which all threads slept. A rest
that cannot be proved is not claimed, unless the family is a closed world.
"""

from __future__ import annotations

import os
import time

from simpsh.base.events import Rest
from simpsh.base.phrases import listed
from simpsh.kernel.machine import ptrace
from simpsh.process import proc
from simpsh.process.diagnose.blocked_process import Finding
from simpsh.process.diagnose.examination import examined
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import TracedProcess

_OTHER = "waits for another process"
_ENDLESS = {
    "stopped": "is stopped until a process sends SIGCONT",
    "signal": "waits for a signal",
    **dict.fromkeys(("futex", "semaphore", "thread"), "waits for another thread"),
}
"""Waits that only a process of the family can end, by situation."""
OPENING_FIFO = dict.fromkeys(
    ("FIFO without a writer", "FIFO without a reader"),
    "waits in open for another process at the FIFO's other end",
)
_IN_CLOSED_WORLD = {
    **_ENDLESS,
    **OPENING_FIFO,
    **dict.fromkeys(("keyboard", "terminal input"), "reads the terminal, where nothing comes"),
    "terminal output": "writes to the terminal, whose output is held up",
    "socket": "waits at a socket",
    "connection": "waits at a socket for a process to connect",
    "lock": "waits for a lock on a file",
    **dict.fromkeys(("poll", "event", "file change", "terminal master"), _OTHER),
    **dict.fromkeys(("shared memory", "message queue", "semaphore set", "idle loop"), _OTHER),
}
"""Waits that, in a closed world, only a process can end, not a disk or a clock."""
_CHILDREN = {"child": "", "vfork child": " in vfork", "namespace": ""}
_READS, _WRITES = ("empty pipe", "empty FIFO"), ("full pipe", "full FIFO")
_PAUSE_SECONDS = 0.1
"""The same sleepers are examined again after this time; a process outside may have acted."""


class RestWatch:
    """Checks whether the family is at rest, and reports each rest once.

    Args:
        watched: None if a process outside the family may wake it. In a closed world, such as the
            directory and the terminal of a demonstration, the seconds of the recording: a sleep of
            this length or longer counts as endless, a shorter one does not.
    """

    def __init__(self, account: FamilyAccount, watched: float | None = None) -> None:
        self._account = account
        self._family = account.family
        self._watched = watched
        self._endless = _ENDLESS if watched is None else _IN_CLOSED_WORLD
        self._logged: dict[int, str] = {}
        self._restless: tuple[dict[int, str], float] = ({}, 0.0)
        """Sleepers that are not at rest, and the time until which they are not examined again."""
        self._wakes: list[tuple[str, float]] = []
        """Threads that a timer will wake, and the seconds until then at most."""

    def look(self) -> bool:
        """Return whether the family is at rest now; log each rest once."""
        sleepers = self._asleep()
        restless, until = self._restless
        if not sleepers or (sleepers == restless and time.monotonic() < until):
            return False
        if sleepers == self._logged:
            return True
        waiting: list[tuple[str, str]] = []
        self._wakes.clear()
        for tid in sleepers:
            member = self._family.by_thread[tid]
            words = self._reason(member, tid)
            if words is None:
                # A timer or an outside process may end this wait.
                self._restless = sleepers, time.monotonic() + _PAUSE_SECONDS
                return False
            if words:
                waiting.append((member.name, words))
        status = ptrace.next_status(is_patient=False)
        if status is not None:
            # A thread was stopped at a report, not asleep in a call.
            self._account.take(status)
            return False
        if self._asleep() != sleepers:
            return False
        if not self._family.held:
            self._logged = sleepers
            root = self._account.root
            self._account.log.add(
                root.pid if root else 0, "", Rest(tuple(waiting), tuple(self._wakes))
            )
        return True

    def _asleep(self) -> dict[int, str]:
        """Return each thread's call and number of context switches; empty if a thread runs."""
        asleep = {}
        for tid, member in self._family.by_thread.items():
            # Check stopped processes, too: a thread may be about to report SIGCONT.
            call = tracee_proc.call_under_way(tid)
            if not call:
                return {}
            state = proc.state(tid)
            # The thread may be stopped at a report that was not handled yet.
            if state in ("t", "T") and not (member.is_stopped or tid in self._family.held):
                return {}
            # D: it waits for a disk, or in vfork(2).
            if state == "D" and not member.vfork_child:
                return {}
            asleep[tid] = f"{call} {proc.times_scheduled(tid)}"
        return asleep

    def _reason(self, member: TracedProcess, tid: int) -> str | None:
        """Return a thread's wait in words; None if it may end, empty for a dead first thread."""
        if tid in self._family.held or proc.state(tid) in ("Z", "X"):
            return ""
        if member.is_stopped:
            return self._endless["stopped"]
        if member.has_timer or member.alarm_is_set:
            return None
        try:
            _, finding = examined(tid, {})
        except (ProcessLookupError, PermissionError):
            return None
        if finding.limit is None:
            return self._words(member, finding)
        sleeping = self._words_of_sleep(finding)
        self._wakes.append((member.name, round(finding.limit, 3)))
        is_sleep = finding.situation == "timer"
        return sleeping if is_sleep or sleeping is None else self._words(member, finding)

    def _words_of_sleep(self, finding: Finding) -> str | None:
        """Return the words for a sleep beyond the end of the recording; None for a shorter one."""
        assert finding.limit is not None
        # For a sleep until an absolute time, only the remaining time is known: a little less than
        # the requested length.
        is_long = self._watched is not None and finding.limit >= 0.99 * self._watched
        return "sleeps for longer than the run is watched" if is_long else None

    def _words(self, member: TracedProcess, finding: Finding) -> str | None:
        situation, names = finding.situation, self._names(finding.waits_for)
        awaited = {proc.process_of(pid) for pid in finding.waits_for}
        if self._watched is None and not awaited <= self._family.living.keys():
            return None
        if situation in _CHILDREN:
            act = "exec or end" if situation == "vfork child" else "end"
            return f"waits{_CHILDREN[situation]} for {names or 'a child'} to {act}"
        is_writer = situation in _WRITES
        # This process reads the other end of the terminal.
        if (is_writer or situation == "terminal output") and self._is_held_here(finding):
            return None
        if is_writer or situation in _READS:
            return self._at_pipe(member, finding)
        endless = self._endless.keys() | {*_CHILDREN, *_READS, *_WRITES, "timer"}
        if situation not in self._endless or not endless.issuperset(finding.parts):
            return None
        if situation == "poll" and not (finding.parts or finding.others):
            return self._endless["signal"]
        return f"waits for {names}" if situation == "poll" and names else self._endless[situation]

    def _is_held_here(self, finding: Finding) -> bool:
        return os.getpid() in [holder.pid for holder in finding.holders]

    def _names(self, pids: tuple[int, ...]) -> str:
        names = [self._family.name_of(proc.process_of(pid)) for pid in pids]
        return listed([*filter(None, names)], "or")

    def _at_pipe(self, member: TracedProcess, finding: Finding) -> str | None:
        """Return the wait of a read or a write, from the holders of the pipe's other end."""
        if not finding.holders:
            return None
        end = finding.holders[0].descriptors[0]
        letter = self._family.pipe_letters.get(str(end.inode))
        names = []
        for holder in finding.holders:
            name = self._family.name_of(holder.pid) or "a process outside"
            names.append(f"{name} itself" if holder.pid == member.pid else name)
        # Only descendants can hold an end of a pipe that the family made.
        is_ours = letter is not None or not (
            end.kind == "fifo" or finding.not_permitted or "a process outside" in names
        )
        if self._watched is None and not is_ours:
            return None
        name = f"pipe {letter}" if letter else "a pipe" if end.kind == "pipe" else end.target
        if finding.situation in _READS:
            return f"reads {name}, which is empty and which {listed(names)} can still write to"
        return f"writes to {name}, which is full and which {listed(names)} could empty"
