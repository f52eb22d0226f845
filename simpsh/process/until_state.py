"""A state cannot be waited for as a death can; it is looked at until it is reached."""

from __future__ import annotations

import errno
import select
import time

from simpsh.kernel.descriptors import close
from simpsh.kernel.waiting import pidfd_open
from simpsh.process.proc_files import gone
from simpsh.process.process_stat import STATE_WORDS, ProcessStat, stat

_SHORTEST_MILLISECONDS, _LONGEST_MILLISECONDS = 1, 16


def until_state(pid: int, letters: str, *, deadline_seconds: float = 10.0) -> ProcessStat:
    """Return as soon as a process is in one of the states; a child is not collected by this.

    Args:
        pid: any process; where it has several threads, its first one's state counts.
        letters: one or more of R S D T t Z I, as in proc_pid_stat(5); `"TZ"` means either.
        deadline_seconds: how long to look at most.

    Returns:
        What was seen of the process in that state.

    Raises:
        ValueError: `letters` is empty or holds something that is no state.
        TimeoutError: the deadline passed; the message says which state it is in.
        ProcessLookupError: ESRCH; the process ended before it was seen in such a state.
        PermissionError: EPERM; /proc hides it from us (hidepid).
        OSError: EINVAL; the number is a thread's, not a process's.

    See proc_pid_stat(5), pidfd_open(2).
    """
    if not letters or any(letter not in STATE_WORDS for letter in letters):
        raise ValueError(f"{letters!r} is not made of the state letters of proc_pid_stat(5)")
    deadline = time.monotonic() + deadline_seconds
    seen = stat(pid)
    if seen.state in letters:
        return seen
    pidfd = pidfd_open(pid)
    try:
        return _look_again(seen, pidfd, letters, deadline)
    finally:
        close(pidfd)


def _look_again(seen: ProcessStat, pidfd: int, letters: str, deadline: float) -> ProcessStat:
    # Between two looks the pidfd is polled: a death, the one change that announces itself, is
    # seen at once.
    death = select.poll()
    death.register(pidfd, select.POLLIN)
    pause = _SHORTEST_MILLISECONDS
    while True:
        is_dead = bool(death.poll(pause))
        now = stat(seen.pid)
        if now.start_time != seen.start_time:
            raise gone(seen.pid)
        if now.state in letters:
            return now
        if time.monotonic() >= deadline:
            raise TimeoutError(
                f"process {now.pid} is {now.state_words} ({now.state}), not {letters}"
            )
        if is_dead:
            raise ProcessLookupError(
                errno.ESRCH, f"process {now.pid} has ended: it will never be in state {letters}"
            )
        pause = min(2 * pause, _LONGEST_MILLISECONDS)
