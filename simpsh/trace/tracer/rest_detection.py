"""A family is at rest when no process in it can move: each waits for another of them.

The proof needs no timeout. `diagnose` finds every thread asleep, in a wait that only another
process of the family can end; then every thread is checked again. A thread with an unchanged number
of context switches has slept all the time. So there was a moment at which all threads slept. A rest
that cannot be proved is not claimed, unless the family is a closed world.
"""

from __future__ import annotations

import os
import time

from simpsh.base import waits
from simpsh.base.events import Rest
from simpsh.base.record import changed
from simpsh.base.targets import Actor, Member, Outsider, PipeEnd
from simpsh.base.waits import Situation, Wait
from simpsh.diagnosis.examination import examined
from simpsh.diagnosis.finding import Finding
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import TracedProcess

_WRITES = (waits.FULL_PIPE, waits.FULL_FIFO)
_BY_FAMILY = tuple(it for it in Situation.BY_WORD.values() if it.ended_by == "signal or thread")
"""Waits that only a process of the family can end."""
_IN_CLOSED_WORLD = tuple(
    it for it in Situation.BY_WORD.values() if it.ended_by in ("signal or thread", "process")
)
"""Waits that, in a closed world, only a process can end, not a disk or a clock."""
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
        self._endless = _BY_FAMILY if watched is None else _IN_CLOSED_WORLD
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
        waiting: list[tuple[str, Wait]] = []
        self._wakes.clear()
        for tid in sleepers:
            member = self._family.by_thread[tid]
            if tid in self._family.held or proc.state(tid) in ("Z", "X"):
                continue
            if self._family.held and self._is_patient(member, tid, sleepers[tid]):
                continue  # without a search for the other processes of its wait
            wait = self._wait(member, tid)
            if wait is None:
                # A timer or an outside process may end this wait.
                self._restless = sleepers, time.monotonic() + _PAUSE_SECONDS
                return False
            waiting.append((member.name, wait))
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

    def _is_patient(self, member: TracedProcess, tid: int, call: str) -> bool:
        """Return whether, in a closed world, only a process can end a thread's wait or read."""
        if self._watched is None or member.has_timer or member.alarm_is_set:
            return False
        number, first, *_ = call.split()
        if number == str(NUMBERS["read"]):
            return proc.link(tid, f"fd/{int(first, 16)}").startswith("pipe:")
        return number in (str(NUMBERS["wait4"]), str(NUMBERS["waitid"]))

    def _wait(self, member: TracedProcess, tid: int) -> Wait | None:
        """Return a thread's wait; None if it may end by itself or by a process outside."""
        if member.is_stopped:
            return Wait(waits.STOPPED)
        if member.has_timer or member.alarm_is_set:
            return None
        try:
            _, finding = examined(tid)
        except (ProcessLookupError, PermissionError):
            return None
        if waits.BY_CLOCK in finding.wakers and finding.limit is None:
            return None  # the kernel ends it after a time that is not known
        is_sleep = finding.situation == waits.TIMER and finding.limit is not None
        wait = finding.wait(self._actor) if is_sleep else self._wait_of(finding)
        if finding.limit is not None:
            if not self._lasts(finding):
                wait = None
            self._wakes.append((member.name, round(finding.limit, 3)))
        return wait

    def _lasts(self, finding: Finding) -> bool:
        """Return whether a wait with a time limit counts as rest."""
        assert finding.limit is not None
        # For a sleep until an absolute time, only the remaining time is known: a little less than
        # the requested length.
        return self._watched is not None and finding.limit >= 0.99 * self._watched

    def _wait_of(self, finding: Finding) -> Wait | None:
        """Return the wait in a finding if only a process of the family can end it."""
        situation = finding.situation
        awaited = {proc.process_of(pid) for pid in finding.waits_for}
        if self._watched is None and not awaited <= self._family.living.keys():
            return None
        wait = finding.wait(self._actor)
        if situation.ended_by == "end of a process":
            return wait
        is_writer = situation in _WRITES
        # This process reads the other end of the terminal.
        if (is_writer or situation == waits.TERMINAL_OUTPUT) and self._is_held_here(finding):
            return None
        if situation.ended_by == "holder":
            return wait if self._is_ours(finding, wait) else None
        if situation not in self._endless or not all(map(self._may_be_part, finding.parts)):
            return None
        is_for_signal = situation == waits.POLL and not (finding.parts or finding.others)
        return changed(wait, situation=waits.SIGNAL) if is_for_signal else wait

    def _may_be_part(self, part: Situation) -> bool:
        """Return whether a wait for several events counts as endless if this is one of them."""
        is_by_others = part.ended_by in ("holder", "end of a process")
        return is_by_others or part == waits.TIMER or part in self._endless

    def _is_held_here(self, finding: Finding) -> bool:
        return os.getpid() in [holder.pid for holder in finding.holders]

    def _actor(self, pid: int) -> Actor:
        name = self._family.name_of(pid)
        return Member(name) if name else Outsider("", pid)

    def _is_ours(self, finding: Finding, wait: Wait) -> bool:
        """Return whether only processes of the family, or a closed world, can end a pipe's wait."""
        if not wait.edges or self._watched is not None:
            return bool(wait.edges)
        # Only descendants can hold an end of a pipe that the family made.
        if not isinstance(wait.object, PipeEnd):
            return False
        is_of_family = all(isinstance(edge.process, Member) for edge in wait.edges)
        is_made_here = wait.object.inode in self._family.pipe_letters
        return is_made_here or (is_of_family and not finding.not_permitted)
