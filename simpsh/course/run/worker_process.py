"""Work that must be alone in its process: it traces, adopts orphans, and waits for any child.

    result = in_own_process(work, seconds)
    result = in_lone_process(work, seconds)     the same, by a process that is such a worker already

The result, or the exception, comes back over a pipe. If the process that asked dies, the worker is
told by a signal and ends; a worker that hangs is ended by its alarm. At the end every process that
is left is killed and collected, and that none is left is proved.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import NoReturn, TypeVar

from simpsh.base.errors import SimpshError
from simpsh.base.signal_names import SIGALRM, SIGKILL, SIGTERM
from simpsh.base.wait_status import Killed
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2, read_exactly, write_all
from simpsh.kernel.machine import ptrace
from simpsh.kernel.process_groups import setsid
from simpsh.kernel.processes import (
    exit_now,
    fork,
    is_child_subreaper,
    set_child_subreaper,
    set_pdeathsig,
)
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.process_tree import family

T = TypeVar("T")

_GRACE_SECONDS = 10
_PIECE = 1 << 16
_SIZE_BYTES = 8


class WorkerBroken(SimpshError):
    """The worker broke: a mistake of ours, told with its last line."""


class WorkerLate(WorkerBroken):
    """The worker was not done when its time was over."""


class _WorkerEnded(BaseException):
    """The process that asked is gone, or does not want the result any more."""


def in_own_process(
    work: Callable[[], T], seconds: float, clean_up: Callable[[], object] | None = None
) -> T:
    """Return what `work` returns, called in a process forked for it.

    Args:
        work: called in the child, which is a subreaper in a session of its own; what it returns
            must be a value that can be pickled.
        seconds: how long it may take; the kernel ends it a while after that.
        clean_up: called in the child when `work` is over and no process of it is left, however it
            was ended (but for SIGKILL).

    Raises:
        WorkerBroken: it broke, or was ended; WorkerLate: by its alarm.
        OSError: EAGAIN EMFILE …; a process or descriptor cannot be made.
        SimpshError: as `work` raised it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    asker, report = os.getpid(), pipe2()
    pid = fork()
    if pid == 0:  # in the child
        _be_worker(work, seconds, asker, (report.read_end, report.write_end), clean_up)
    close(report.write_end)
    try:
        data = b"".join(iter(lambda: os.read(report.read_end, _PIECE), b""))
        ended = waitpid(pid)
    except BaseException:
        signals.kill(pid, SIGTERM)
        waitpid(pid)
        raise
    finally:
        close(report.read_end)
    if not data and ended is not None and ended[1] == Killed(SIGALRM):
        raise WorkerLate(f"the process that watches was not done in {seconds:g} seconds")
    if not data:
        raise WorkerBroken("the process that watches was ended")
    is_found, result = pickle.loads(data)
    if is_found:
        return result  # type: ignore[no-any-return]  # what our own child sent
    raise result


_is_lone: list[bool] = []


def be_lone_process() -> None:
    """Let in_lone_process() work in this process from now on: a leader of a session, with no child.

    It forks, copies and sends back nothing then. If the process dies, its tracees do; that it dies
    with the one that wants its results is its own affair.
    """
    _is_lone.append(True)


def in_lone_process(
    work: Callable[[], T], seconds: float, clean_up: Callable[[], object] | None = None
) -> T:
    """Do as in_own_process() does, in this very process if it is a lone one."""
    if not _is_lone:
        return in_own_process(work, seconds, clean_up)
    mask, was_subreaper = signals.sigprocmask(signals.SIG_BLOCK, ()), is_child_subreaper()
    set_child_subreaper(True)
    signals.sigaction(SIGALRM, partial(_be_late, seconds))
    signals.alarm(int(seconds) + _GRACE_SECONDS)
    try:
        is_found, result = _answer_of(work)
    finally:
        signals.alarm(0)
        signals.sigaction(SIGALRM, signals.SIG_DFL)
        collect_all()
        if clean_up is not None:
            clean_up()
        set_child_subreaper(was_subreaper)
        signals.sigprocmask(signals.SIG_SETMASK, mask)
    if is_found:
        return result  # type: ignore[return-value]  # what `work` returned
    raise result  # type: ignore[misc]  # what it raised


def _be_late(seconds: float, _number: int, _frame: FrameType | None) -> NoReturn:
    raise WorkerLate(f"the process that watches was not done in {seconds:g} seconds")


def _be_worker(
    work: Callable[[], object],
    seconds: float,
    asker: int,
    report: tuple[int, int],
    clean_up: Callable[[], object] | None,
) -> NoReturn:
    # The handler of SIGTERM raises once, at any line. So the way out is begun twice: whichever
    # of the two it strikes, the other is whole.
    try:
        try:
            close(report[0])
            _arrange(asker, seconds)
            write_all(report[1], pickle.dumps(_answer_of(work)))
        finally:
            signals.sigaction(SIGTERM, signals.SIG_IGN)
    except BaseException:  # noqa: BLE001 - asked to end: there is no process to tell
        pass
    try:
        collect_all()
        if clean_up is not None:
            clean_up()
    finally:
        exit_now(0)


def _answer_of(work: Callable[[], object]) -> tuple[bool, object]:
    """Return whether `work` returned, and what, or the exception to raise where it was asked."""
    try:
        return True, work()
    except (SimpshError, OSError) as error:
        return False, error
    except Exception as error:  # noqa: BLE001 - a mistake of ours; nothing else would tell it
        return False, WorkerBroken(f"the process that watches broke: {error!r}")


def _arrange(asker: int, seconds: float) -> None:
    setsid()
    signals.sigaction(SIGTERM, _end)
    set_pdeathsig(SIGTERM)
    if os.getppid() != asker:
        # It died before the signal was asked for.
        exit_now(0)
    set_child_subreaper(True)
    signals.sigaction(SIGALRM, signals.SIG_DFL)
    signals.alarm(int(seconds) + _GRACE_SECONDS)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    # Once is enough: what follows is the way out.
    signals.sigaction(number, signals.SIG_IGN)
    raise _WorkerEnded


def send_value(descriptor: int, value: object) -> None:
    """Send a value to a process that takes it by receive_value(): its size, then it, pickled."""
    data = pickle.dumps(value)
    write_all(descriptor, len(data).to_bytes(_SIZE_BYTES, "little") + data)


def receive_value(descriptor: int) -> object:
    """Return the next value of a pipe; None if its writer has ended before it was whole."""
    size = int.from_bytes(read_exactly(descriptor, _SIZE_BYTES), "little")
    data = read_exactly(descriptor, size)
    return pickle.loads(data) if size and len(data) == size else None


def collect_all() -> None:
    """End and collect every process below this one, and so prove that no process is left.

    This process is a subreaper: what is left is its child, or below one.
    """
    try:
        status = ptrace.next_status(is_patient=False)
        while True:
            if status is None:
                kill_all_below()
                # A process whose stop was taken and never answered is asleep in it, for ever.
                for one in family(os.getpid())[1:]:
                    with suppress(ProcessLookupError):
                        ptrace.cont(one.process.pid)
                status = ptrace.next_status()
            if status is not None and status.word & 0x7F == 0x7F:
                # A stop: a process that is to end must be let go.
                with suppress(ProcessLookupError):
                    signals.kill(status.pid, SIGKILL)
                with suppress(ProcessLookupError):
                    ptrace.cont(status.pid)
            status = ptrace.next_status(is_patient=False)
    except ChildProcessError:
        # ECHILD is the proof.
        return


def kill_all_below() -> None:
    """Send SIGKILL to every process below this one."""
    for one in family(os.getpid())[1:]:
        # One that has ended by itself will be collected.
        with suppress(ProcessLookupError):
            signals.kill(one.process.pid, SIGKILL)
