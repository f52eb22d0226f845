"""A subreaper adopts the orphans among its descendants: no process below it can slip away.

Sessions, groups and double forks change who hears of a process, never whose descendant it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Self

from simpsh.base.patience import number_of_seconds
from simpsh.base.signal_names import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from simpsh.kernel import signals
from simpsh.kernel.descriptors import readable
from simpsh.kernel.machine import ptrace
from simpsh.kernel.processes import getpid, is_child_subreaper, set_child_subreaper
from simpsh.kernel.wait_calls import P_PID, WEXITED, WNOHANG, ExitInfo, waitid_with_rusage
from simpsh.process.pidfd import PidFd
from simpsh.process.proc import ProcessStat, stat
from simpsh.process.process_tree import family

_Identity = tuple[int, int]  # the pid and the time of birth: a process, and no later one

_LONGEST_SECONDS = 0.05
_UNKILLABLE_SECONDS = 10.0


class Subreaper:
    """Ends and collects everything that was started in a `with` block, and all its descendants.

    Whatever they did – began sessions, forked twice, stopped, ignored SIGTERM –, at the end of the
    block nothing of them is left. Between SIGTERM and SIGKILL they have `deadline_seconds`.
    Descendants that existed before the block are spared, with their children; not so an orphan that
    they leave, who cannot be told from the others. Children may be waited for inside the block as
    usual; what is collected at the end is in `collected`. Blocks may be nested, but must not
    overlap.

    Raises ValueError: the deadline is NaN. TimeoutError: at the end of the block; a process could
    not even be killed (it sleeps in the kernel, or belongs to another user). The message names it.
    OSError: EINVAL; the kernel is older than 3.4. See prctl(2), PR_SET_CHILD_SUBREAPER.
    """

    def __init__(self, *, deadline_seconds: float = 5.0) -> None:
        self.deadline_seconds = number_of_seconds(deadline_seconds)
        self.collected: list[ExitInfo] = []
        """How those ended that were collected at the end of the block or by end()."""
        self._spared: frozenset[_Identity] = frozenset()
        self._was_subreaper = False

    def __enter__(self) -> Self:
        self._was_subreaper = is_child_subreaper()
        self._spared = frozenset(map(_identity, _descendants(frozenset())))
        set_child_subreaper(True)
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self.end()
        finally:
            set_child_subreaper(self._was_subreaper)

    def end(self) -> None:
        """End and collect what is left of the subtree now: SIGTERM first, later SIGKILL.

        Raises TimeoutError: a process could not be killed; the message names it. See kill(2),
        signal(7).
        """
        if not self._is_gone_after(self._terminate, self.deadline_seconds) and not (
            self._is_gone_after(self._kill, _UNKILLABLE_SECONDS)
        ):
            left = ", ".join(f"{member.pid} ({member.state_words})" for member in self._left())
            raise TimeoutError(f"these processes could not be killed: {left}")

    def _is_gone_after(self, act: Callable[[set[_Identity]], None], seconds: float) -> bool:
        """Act on what is left until nothing is, or the time is over; return whether it is gone."""
        deadline = time.monotonic() + seconds
        signalled: set[_Identity] = set()
        empty_looks = 0
        while empty_looks < 2:
            # Two looks in a row: a process that was born during one look, to a parent that died
            # during it, is our child by the next.
            act(signalled)
            for member in self._left():
                if member.ppid == getpid():
                    with suppress(ChildProcessError):  # a SIGCHLD handler was quicker
                        info = waitid_with_rusage(P_PID, member.pid, WEXITED | WNOHANG)
                        if info is not None:
                            self.collected.append(info)
            empty_looks = 0 if self._left() else empty_looks + 1
            if not empty_looks:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                deaths: list[int] = []
                with ExitStack() as opened:
                    for member in self._left():
                        if member.state not in "ZX":
                            # Gone; or pidfd_open is refused, and we look again after the longest.
                            with suppress(OSError):
                                process = opened.enter_context(PidFd.open(member.pid))
                                deaths.append(process.fileno())
                    readable(deaths, min(_LONGEST_SECONDS, remaining))
        return True

    def _left(self) -> list[ProcessStat]:
        return _descendants(self._spared)

    def _terminate(self, signalled: set[_Identity]) -> None:
        # SIGCONT after it: a stopped process takes SIGTERM only when it continues.
        for member in self._left():
            if member.state not in "ZX" and _identity(member) not in signalled:
                signalled.add(_identity(member))
                _send(member, SIGTERM, SIGCONT)

    def _kill(self, signalled: set[_Identity]) -> None:
        # All are stopped before any is killed: else those not yet killed could continue to fork
        # faster than we kill.
        while True:
            living = [member for member in self._left() if member.state not in "ZX"]
            new = [member for member in living if _identity(member) not in signalled]
            for member in new:
                signalled.add(_identity(member))
                _send(member, SIGSTOP)
            if not new:
                break
        for member in living:
            _send(member, SIGKILL)


def _identity(member: ProcessStat) -> _Identity:
    return member.pid, member.start_time


def _descendants(spared: frozenset[_Identity]) -> list[ProcessStat]:
    descendants: list[ProcessStat] = []
    spared_depth = None
    for relative in family(getpid())[1:]:
        if spared_depth is not None and relative.depth > spared_depth:
            continue  # below one that is spared
        spared_depth = relative.depth if _identity(relative.process) in spared else None
        if spared_depth is None:
            descendants.append(relative.process)
    return descendants


def _send(member: ProcessStat, *numbers: int) -> None:
    """Signal a descendant, and no process that got its number since it was seen."""
    with ExitStack() as held:
        # Where pidfd_open is refused, its pid is used: a descendant was there a moment ago.
        send: Callable[[int], object] = partial(signals.kill, member.pid)
        with suppress(OSError):
            send = held.enter_context(PidFd.open(member.pid)).send_signal
        # It may have ended by itself, or be beyond our power: the deadline will tell.
        with suppress(ProcessLookupError, PermissionError):
            if stat(member.pid).start_time == member.start_time:
                for number in numbers:
                    send(number)


def collect_all() -> None:
    """End and collect every process below this one, and so prove that no process is left.

    This process is a subreaper: what is left is its child, or below one.
    """
    try:
        while True:
            status = ptrace.next_status(is_patient=False)
            if status is None:
                pids = [relative.process.pid for relative in family(getpid())[1:]]
                for pid in pids:
                    # One that has ended by itself will be collected.
                    with suppress(ProcessLookupError):
                        signals.kill(pid, SIGKILL)
                for pid in pids:
                    # A process whose stop was taken and never answered is asleep in it, for ever.
                    with suppress(ProcessLookupError):
                        ptrace.cont(pid)
                status = ptrace.next_status()
            if status is not None and status.word & 0x7F == 0x7F:
                # A stop: a process that is to end must be let go.
                with suppress(ProcessLookupError):
                    signals.kill(status.pid, SIGKILL)
                with suppress(ProcessLookupError):
                    ptrace.cont(status.pid)
    except ChildProcessError:
        # ECHILD is the proof.
        return
