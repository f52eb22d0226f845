"""A subreaper adopts the orphans among its descendants: no process below it can escape."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Self

from simpsh.base.given_numbers import number_of_seconds
from simpsh.base.signal_names import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from simpsh.kernel import signals
from simpsh.kernel.descriptors import readable
from simpsh.kernel.machine import ptrace
from simpsh.kernel.processes import getpid, is_child_subreaper, set_child_subreaper
from simpsh.kernel.wait_calls import P_ALL, P_PID, WEXITED, WNOHANG, ExitInfo, waitid_with_rusage
from simpsh.process.pidfd import PidFd
from simpsh.process.proc import ProcessStat, stat
from simpsh.process.process_tree import children, family

_Identity = tuple[int, int]  # the pid and the start time: no later process has both

_LONGEST_SECONDS = 0.05
_UNKILLABLE_SECONDS = 10.0


class Subreaper:
    """Ends and collects all processes started in a `with` block, and their descendants.

    None of them is left at the end of the block, even if they began sessions, forked twice, stopped
    or ignored SIGTERM. SIGKILL follows SIGTERM after `deadline_seconds`. Descendants that existed
    before the block are spared, with their children, but not the orphans that they leave, which
    cannot be distinguished from others. Wait for children inside the block as usual; `collected`
    has those collected at the end. A child that subprocess, asyncio or multiprocessing will collect
    is ended, too, but its status is left to its module. Blocks may be nested, but must not overlap.

    Raises ValueError: the deadline is NaN. TimeoutError: at the end of the block; a process could
    not even be killed (it sleeps in the kernel, or belongs to another user). The message names it.
    OSError: EINVAL; the kernel is older than 3.4. See prctl(2), PR_SET_CHILD_SUBREAPER.
    """

    def __init__(self, *, deadline_seconds: float = 5.0) -> None:
        self.deadline_seconds = number_of_seconds(deadline_seconds)
        self.collected: list[ExitInfo] = []
        """The children collected at the end of the block or by end()."""
        self._left_to_others: set[int] = set()
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
        """End and collect the remaining processes now: SIGTERM first, later SIGKILL.

        Raises TimeoutError: a process could not be killed; the message names it. See kill(2),
        signal(7).
        """
        self._left_to_others = collected_elsewhere()
        if not self._is_gone_after(self._terminate, self.deadline_seconds) and not (
            self._is_gone_after(self._kill, _UNKILLABLE_SECONDS)
        ):
            left = ", ".join(f"{member.pid} ({member.state_words})" for member in self._survivors())
            raise TimeoutError(f"these processes could not be killed: {left}")

    def _is_gone_after(self, act: Callable[[set[_Identity]], None], seconds: float) -> bool:
        """Act on the remaining processes for at most `seconds`; return whether they are gone."""
        deadline = time.monotonic() + seconds
        signalled: set[_Identity] = set()
        empty_looks = 0
        while empty_looks < 2:
            # List twice: a process whose parent forked it and died during the first listing is our
            # child by the second.
            act(signalled)
            for member in self._survivors():
                if member.ppid == getpid() and member.pid not in self._left_to_others:
                    with suppress(ChildProcessError):  # a SIGCHLD handler was quicker
                        info = waitid_with_rusage(P_PID, member.pid, WEXITED | WNOHANG)
                        if info is not None:
                            self.collected.append(info)
            empty_looks = 0 if self._survivors() else empty_looks + 1
            if not empty_looks:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                deaths: list[int] = []
                with ExitStack() as opened:
                    for member in self._survivors():
                        if member.state not in "ZX":
                            # The process is gone, or pidfd_open is refused; then only the time
                            # limit ends the wait.
                            with suppress(OSError):
                                process = opened.enter_context(PidFd.open(member.pid))
                                deaths.append(process.fileno())
                    readable(deaths, min(_LONGEST_SECONDS, remaining))
        return True

    def _survivors(self) -> list[ProcessStat]:
        descendants = _descendants(self._spared)
        theirs = self._left_to_others
        return [
            member for member in descendants if member.state not in "ZX" or member.pid not in theirs
        ]

    def _terminate(self, signalled: set[_Identity]) -> None:
        # A stopped process handles SIGTERM only after SIGCONT.
        for member in self._survivors():
            if member.state not in "ZX" and _identity(member) not in signalled:
                signalled.add(_identity(member))
                _send(member, SIGTERM, SIGCONT)

    def _kill(self, signalled: set[_Identity]) -> None:
        # Stop all before killing any: otherwise they could fork faster than we kill.
        while True:
            living = [member for member in self._survivors() if member.state not in "ZX"]
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
            continue  # a descendant of a spared process
        spared_depth = relative.depth if _identity(relative.process) in spared else None
        if spared_depth is None:
            descendants.append(relative.process)
    return descendants


def _send(member: ProcessStat, *numbers: int) -> None:
    """Signal a descendant, but never a later process with its pid."""
    with ExitStack() as held:
        # If pidfd_open is refused, use the pid: a descendant had it a moment ago.
        send: Callable[[int], object] = partial(signals.kill, member.pid)
        with suppress(OSError):
            send = held.enter_context(PidFd.open(member.pid)).send_signal
        # The descendant may have ended meanwhile. If we may not signal it, the deadline will pass.
        with suppress(ProcessLookupError, PermissionError):
            if stat(member.pid).start_time == member.start_time:
                for number in numbers:
                    send(number)


def reap_all() -> tuple[ExitInfo, ...]:
    """Collect every dead child, without waiting for living ones.

    The status of a child that subprocess, asyncio or multiprocessing will collect is left to it.

    Raises NotSupported: the number of waitid is not known on this machine. See waitid(2).
    """
    others = collected_elsewhere()
    which = [(P_ALL, 0)]
    if others:
        which = [(P_PID, child.pid) for child in children(getpid()) if child.pid not in others]
    collected: list[ExitInfo] = []
    for kind, number in which:
        with suppress(ChildProcessError):  # no such child is left
            while (info := waitid_with_rusage(kind, number, WEXITED | WNOHANG)) is not None:
                collected.append(info)
    return tuple(collected)


def collected_elsewhere() -> set[int]:
    """Return the pids of children that subprocess, asyncio or multiprocessing will collect.

    These modules do not list the Popens in use, so ask the garbage collector.
    """
    modules = (sys.modules.get(name) for name in ("subprocess", "multiprocessing.popen_fork"))
    kinds = tuple(module.Popen for module in modules if module is not None)
    if not kinds:
        return set()
    import gc

    # subprocess keeps Popens that were deleted too early; no caller can get their status.
    deleted = getattr(sys.modules.get("subprocess"), "_active", None) or []
    popens = (item for item in gc.get_objects() if issubclass(type(item), kinds))
    return {
        popen.pid
        for popen in popens
        if popen not in deleted and vars(popen).get("pid") and popen.returncode is None
    }


_namespace_owners: list[int] = []


def own_namespace() -> None:
    """Make collect_all() in this process kill all processes of its PID namespace at once.

    The namespace holds this process, its descendants, and a pid 1 that only collects.
    """
    _namespace_owners[:] = [getpid()]


def collect_all() -> None:
    """End and collect every descendant, until ECHILD proves that no process is left."""
    if _namespace_owners == [getpid()]:
        # Reading /proc is slower than processes that fork endlessly; kill(2) with -1 reaches all of
        # them in one step, and a concurrent fork fails.
        with suppress(ProcessLookupError):
            signals.kill(-1, SIGKILL)
    try:
        while True:
            status = ptrace.next_status(is_patient=False)
            if status is None:
                pids = [relative.process.pid for relative in family(getpid())[1:]]
                for pid in pids:
                    # If it has ended meanwhile, it is collected below.
                    with suppress(ProcessLookupError):
                        signals.kill(pid, SIGKILL)
                for pid in pids:
                    # A tracee whose stop was reported but not answered would stay stopped for ever.
                    with suppress(ProcessLookupError):
                        ptrace.cont(pid)
                status = ptrace.next_status()
            if status is not None and status.word & 0x7F == 0x7F:
                # A stopped process: continue it, so that it can end.
                with suppress(ProcessLookupError):
                    signals.kill(status.pid, SIGKILL)
                with suppress(ProcessLookupError):
                    ptrace.cont(status.pid)
    except ChildProcessError:
        # ECHILD: no child is left.
        return
