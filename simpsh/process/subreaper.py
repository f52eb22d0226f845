"""A subreaper adopts the orphans among its descendants: no process below it can slip away.

Sessions, groups and double forks change who hears of a process, never whose descendant it is.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from typing import Self

from simpsh.base.signal_names import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from simpsh.kernel.processes import getpid, is_child_subreaper, set_child_subreaper
from simpsh.kernel.wait_calls import P_PID, WEXITED, WNOHANG, ExitInfo, waitid_with_rusage
from simpsh.process.pidfd import PidFd, number_of_seconds
from simpsh.process.proc import ProcessStat, stat
from simpsh.process.process_tree import family

_Identity = tuple[int, int]  # the pid and the time of birth: a process, and no later one

_LONGEST_SECONDS = 0.05
_UNKILLABLE_SECONDS = 10.0


class Subreaper:
    """Ends and collects everything that was started in a `with` block, and all its descendants.

    Whatever they did – began sessions, forked twice, stopped, ignored SIGTERM –, at the end of
    the block nothing of them is left. Descendants that existed before the block are spared, with
    their children; not so an orphan that they leave, who cannot be told from the others.
    Children may be waited for inside the block as usual; what is collected at the end is in
    `collected`. Blocks may be nested, but must not overlap.

    Args:
        deadline_seconds: how long they have between SIGTERM and SIGKILL.

    Raises:
        ValueError: the deadline is NaN.
        TimeoutError: at the end of the block; a process could not even be killed (it sleeps in
            the kernel, or belongs to another user). The message names it.
        OSError: EINVAL; the kernel is older than 3.4.

    See prctl(2), PR_SET_CHILD_SUBREAPER.
    """

    def __init__(self, *, deadline_seconds: float = 5.0) -> None:
        self.deadline_seconds = number_of_seconds(deadline_seconds)
        self.collected: list[ExitInfo] = []
        """How those ended that were collected at the end of the block or by end()."""
        self._spared: frozenset[_Identity] = frozenset()
        self._was_subreaper = False

    def __enter__(self) -> Self:
        self._was_subreaper = is_child_subreaper()
        self._spared = frozenset(_identity(one) for one in _descendants(frozenset()))
        set_child_subreaper(True)
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self.end()
        finally:
            set_child_subreaper(self._was_subreaper)

    def end(self) -> None:
        """End and collect what is left of the subtree now: SIGTERM first, later SIGKILL.

        Raises:
            TimeoutError: a process could not be killed; the message names it.

        See kill(2), signal(7).
        """
        if not self._is_gone_after(self._terminate, self.deadline_seconds) and not (
            self._is_gone_after(self._kill, _UNKILLABLE_SECONDS)
        ):
            left = ", ".join(f"{one.pid} ({one.state_words})" for one in self._left())
            raise TimeoutError(f"these processes could not be killed: {left}")

    def _is_gone_after(self, act: Callable[[set[_Identity]], None], seconds: float) -> bool:
        """Act on what is left until nothing is, or the time is over; return whether it is gone."""
        deadline = time.monotonic() + seconds
        told: set[_Identity] = set()
        empty_looks = 0
        while empty_looks < 2:
            # Two looks in a row: whoever was born during one look to a parent that died during it
            # is our child by the next.
            act(told)
            self._collect()
            empty_looks = 0 if self._left() else empty_looks + 1
            if not empty_looks:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                _await_a_death(self._left(), remaining)
        return True

    def _left(self) -> list[ProcessStat]:
        return _descendants(self._spared)

    def _terminate(self, told: set[_Identity]) -> None:
        # SIGCONT after it: a stopped process takes SIGTERM only when it continues.
        for one in self._left():
            if one.state not in "ZX" and _identity(one) not in told:
                told.add(_identity(one))
                _send(one, SIGTERM, SIGCONT)

    def _kill(self, told: set[_Identity]) -> None:
        # All are stopped before any is killed: else those not yet killed could continue to fork
        # faster than we kill.
        while True:
            found = [one for one in self._left() if one.state not in "ZX"]
            new = [one for one in found if _identity(one) not in told]
            for one in new:
                told.add(_identity(one))
                _send(one, SIGSTOP)
            if not new:
                break
        for one in found:
            _send(one, SIGKILL)

    def _collect(self) -> None:
        me = getpid()
        for one in self._left():
            if one.ppid == me:
                with suppress(ChildProcessError):  # a SIGCHLD handler was quicker
                    info = waitid_with_rusage(P_PID, one.pid, WEXITED | WNOHANG)
                    if info is not None:
                        self.collected.append(info)


def _identity(one: ProcessStat) -> _Identity:
    return one.pid, one.start_time


def _descendants(spared: frozenset[_Identity]) -> list[ProcessStat]:
    found: list[ProcessStat] = []
    passed_over = None
    for relative in family(getpid())[1:]:
        if passed_over is not None and relative.depth > passed_over:
            continue  # below one that is spared
        passed_over = relative.depth if _identity(relative.process) in spared else None
        if passed_over is None:
            found.append(relative.process)
    return found


def _send(one: ProcessStat, *signals: int) -> None:
    """Signal a descendant, and no process that got its number since it was seen."""
    try:
        with PidFd.open(one.pid) as process:
            if stat(one.pid).start_time == one.start_time:
                for signal in signals:
                    process.send_signal(signal)
    except (ProcessLookupError, PermissionError):
        pass  # it has ended by itself, or is beyond our power: the deadline will tell


def _await_a_death(left: Iterable[ProcessStat], seconds: float) -> None:
    """Wait until one of them ends; not long, since others may have been born meanwhile."""
    deaths = select.poll()
    with ExitStack() as opened:
        for one in left:
            if one.state not in "ZX":
                with suppress(ProcessLookupError):
                    process = opened.enter_context(PidFd.open(one.pid))
                    deaths.register(process, select.POLLIN)
        deaths.poll(max(1, min(_LONGEST_SECONDS, seconds) * 1000))
