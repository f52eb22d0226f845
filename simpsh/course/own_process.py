"""Work that must be alone in its process: it traces, adopts orphans, and waits for any child.

    result = in_own_process(work, seconds)

The result, or the exception, comes back over a pipe. If the process that asked dies, however
suddenly, the worker is told by a signal and ends; a worker that hangs is ended by its alarm.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import TYPE_CHECKING, TypeVar

from simpsh.course.collecting import collect_all
from simpsh.errors import SimpshError
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2, write_all
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import (
    exit_now,
    fork,
    set_child_subreaper,
    set_parent_death_signal,
)
from simpsh.kernel.waiting import waitpid
from simpsh.signals import by_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import NoReturn

T = TypeVar("T")

_SIGTERM, _SIGALRM = by_name("SIGTERM") or 15, by_name("SIGALRM") or 14
_GRACE_SECONDS = 10
_PIECE = 1 << 16


class Broken(SimpshError):
    """The worker broke: a mistake of ours, told with its last line."""


class _Ended(BaseException):
    """Whoever asked is gone, or does not want the result any more."""


def in_own_process(work: Callable[[], T], seconds: float) -> T:
    """Return what `work` returns, called in a process forked for it.

    Args:
        work: called in the child, which is a subreaper in a session of its own; what it returns
            must be a value that can be pickled.
        seconds: how long it may take; the kernel ends it a while after that.

    Raises:
        Broken: it broke, or was ended.
        OSError: EAGAIN EMFILE …; a process or descriptor cannot be made.
        SimpshError: as `work` raised it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    asker, report = os.getpid(), pipe2()
    pid = fork()
    if pid == 0:  # in the child
        _be_worker(work, seconds, asker, (report.read_end, report.write_end))
    close(report.write_end)
    try:
        data = b"".join(iter(lambda: os.read(report.read_end, _PIECE), b""))
        waitpid(pid)
    except BaseException:
        signals.kill(pid, _SIGTERM)
        waitpid(pid)
        raise
    finally:
        close(report.read_end)
    if not data:
        raise Broken("the process that watches was ended")
    is_found, result = pickle.loads(data)
    if is_found:
        return result  # type: ignore[no-any-return]  # what our own child sent
    raise result


def _be_worker(
    work: Callable[[], object], seconds: float, asker: int, report: tuple[int, int]
) -> NoReturn:
    try:
        close(report[0])
        _arrange(asker, seconds)
        try:
            answer: tuple[bool, object] = True, work()
        except (SimpshError, OSError) as error:
            answer = False, error
        except Exception as error:  # noqa: BLE001 - a mistake of ours; nobody else would tell it
            answer = False, Broken(f"the process that watches broke: {error!r}")
        write_all(report[1], pickle.dumps(answer))
    except BaseException:  # noqa: BLE001 - asked to end: there is nobody to tell
        collect_all()
    finally:
        exit_now(0)


def _arrange(asker: int, seconds: float) -> None:
    setsid()
    signals.sigaction(_SIGTERM, _end)
    set_parent_death_signal(_SIGTERM)
    if os.getppid() != asker:
        # It died before the signal was asked for.
        exit_now(0)
    set_child_subreaper(True)
    signals.sigaction(_SIGALRM, signals.SIG_DFL)
    signals.alarm(int(seconds) + _GRACE_SECONDS)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    # Once is enough: what follows is the way out.
    signals.sigaction(number, signals.SIG_IGN)
    raise _Ended
