"""Plain runs: the demonstration as it is, without a tracer and without line reports.

Only their number is told, and it is nobody's fact: the same race comes out otherwise a minute
later. A run in which nobody moves any more is ended; to see that takes a while, and proves nothing.
"""

from __future__ import annotations

import os
import select
import tempfile
import time
from collections import Counter
from typing import TYPE_CHECKING

from simpsh.course.collecting import kill_all_below
from simpsh.course.looking import files_in
from simpsh.course.observation import END, STUCK, TOPICS, Moment, Observation
from simpsh.course.playing import Stage, play
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2
from simpsh.kernel.processes import fork, set_parent_death_signal
from simpsh.kernel.waiting import WNOHANG, waitpid
from simpsh.process.kinship import family
from simpsh.trace.proc_files import times_scheduled
from simpsh.trace.tracer import SIGCHLD, SIGKILL

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 65536
_STILL_SECONDS = 0.1
_MOST_STUCK = 3


def plain_runs(body: Callable[[], object], count: int, seconds: float) -> Counter[str]:
    """Return how often each output came; fewer than `count` if the time is over before.

    The calling process must be a subreaper without other children.
    """
    seen: Counter[str] = Counter()
    stuck = 0
    end = time.monotonic() + seconds
    before = signals.sigprocmask(signals.SIG_BLOCK, (SIGCHLD,))
    while seen.total() < count and time.monotonic() < end and stuck < _MOST_STUCK:
        # Each finds an empty directory: a file of the last run would decide this one.
        with tempfile.TemporaryDirectory(prefix="simpsh-lesson-") as folder:
            output = _run(body, folder, end)
        if time.monotonic() >= end:
            break  # It may have been cut short.
        stuck += output.endswith(STUCK)
        seen[output] += 1
    signals.sigprocmask(signals.SIG_SETMASK, before)
    return seen


def unwatched(
    body: Callable[[], object], source: str, reason: str, seconds: float
) -> Observation | None:
    """Run a demonstration that nobody may watch, and return what it wrote; None if it hangs.

    The calling process must be a subreaper without other children.

    Args:
        body: what its first process calls.
        source: its listing.
        reason: why nobody may watch it.
        seconds: how long it may take.
    """
    end = time.monotonic() + seconds
    signals.sigprocmask(signals.SIG_BLOCK, (SIGCHLD,))
    with tempfile.TemporaryDirectory(prefix="simpsh-lesson-") as folder:
        output = _run(body, folder, end)
        files = files_in(folder)
    if output.endswith(STUCK):
        # That it hangs is not proved: it may only have slept.
        return None
    unseen = dict.fromkeys((one for one in TOPICS if one != "files"), reason)
    last = Moment(-1, {}, files=files)
    return Observation(moments={END: last}, source=source, output=output, lacks=unseen)


def _run(body: Callable[[], object], folder: str, end: float) -> str:
    """Run it, and end who is left when nobody moves, or the time is over."""
    pipe = pipe2()
    pid = fork()
    if pid == 0:  # in the child
        set_parent_death_signal(SIGKILL)
        play(body, Stage(pipe.write_end, folder, b""))
    close(pipe.write_end)
    try:
        output = _output(pipe.read_end, end)
    finally:
        close(pipe.read_end)
        is_stuck = _collect(pid, end)
    return output.decode(errors="backslashreplace") + (STUCK if is_stuck else "")


def _output(read_end: int, end: float) -> bytes:
    """Read to end of file, or until nobody moves any more."""
    output = b""
    ready = select.poll()
    ready.register(read_end, select.POLLIN)
    while time.monotonic() < end:
        if not ready.poll(_STILL_SECONDS * 1000):
            if _is_still():
                return output
            continue
        piece = os.read(read_end, _PIECE)
        if not piece:
            return output
        output += piece
    return output


def _collect(root: int, end: float) -> bool:
    """Collect everybody, ending who does not move; tell whether the first was among those."""
    is_root_ended = is_killing = False
    while True:
        try:
            waited = waitpid(-1, WNOHANG)
        except ChildProcessError:
            return not is_root_ended
        if waited is not None:
            is_root_ended |= waited[0] == root and not is_killing
        elif signals.sigtimedwait((SIGCHLD,), _STILL_SECONDS) is None and (
            _is_still() or time.monotonic() > end
        ):
            is_killing = True
            kill_all_below()


def _is_still() -> bool:
    """Tell whether all that is left sleeps: whoever ran between two looks has been counted."""
    before = _asleep()
    return before is not None and _asleep() == before


def _asleep() -> dict[int, str] | None:
    """Return how often each process ran so far; None if one runs.

    One look is not enough: who is seen asleep may be woken by one who is seen dead after it.
    """
    below = [one.process for one in family(os.getpid())[1:]]
    if any(one.state not in "SZTt" for one in below):
        return None
    return {one.pid: times_scheduled(one.pid) for one in below}
