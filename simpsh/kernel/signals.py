"""Sending signals, blocking them, and setting their dispositions.

`_signal` is used because `signal` converts every number to an enum member, which makes fork, exec
and wait together a third slower.
"""

from __future__ import annotations

import os

from simpsh.base.complete_write import write_all
from simpsh.base.errors import NotSupported
from simpsh.kernel.call_observer import observable

TYPE_CHECKING = False

if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Iterable, Mapping, Sequence, Set
    from types import FrameType

    Disposition = int | Callable[[int, FrameType | None], object] | None
else:
    import _signal

SIG_DFL = int(_signal.SIG_DFL)
SIG_IGN = int(_signal.SIG_IGN)
default_int_handler = _signal.default_int_handler
SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = _signal.SIG_BLOCK, _signal.SIG_UNBLOCK, _signal.SIG_SETMASK
ALL = frozenset(int(number) for number in _signal.valid_signals())
"""All signals that a mask can contain."""
CATCHABLE = ALL - {int(_signal.SIGKILL), int(_signal.SIGSTOP)}
"""All signals whose disposition can be changed."""


@observable("kill")
def kill(pid: int, signal: int) -> None:
    """Send a signal to a process or group; 0 only checks whether that is possible. See kill(2)."""
    os.kill(pid, signal)


@observable("killpg")
def killpg(pgid: int, signal: int) -> None:
    """Send a signal to every process of a group; raises like kill(). See killpg(3)."""
    os.killpg(pgid, signal)


@observable("sigaction")
def sigaction(signal: int, disposition: Disposition) -> Disposition:
    """Set a signal's disposition, SIG_DFL, SIG_IGN or a function; return the previous one."""
    before = _signal.signal(signal, disposition)
    return before if callable(before) or before is None else int(before)


def die_of(signal: int) -> None:
    """End this process with a signal, so that its parent sees the signal. See kill(2)."""
    sigaction(signal, SIG_DFL)
    sigprocmask(SIG_UNBLOCK, (signal,))
    kill(os.getpid(), signal)


def disposition(signal: int) -> Disposition:
    """Return a signal's disposition; None for a handler outside Python. See sigaction(2)."""
    now = _signal.getsignal(signal)
    return now if callable(now) or now is None else int(now)


@observable("sigaction")
def set_dispositions(dispositions: Mapping[int, Disposition]) -> dict[int, Disposition]:
    """Set the dispositions of several signals; return the previous ones of those that changed."""
    change, now = _signal.signal, _signal.getsignal
    return {
        signal: change(signal, action)
        for signal, action in dispositions.items()
        if now(signal) != action
    }


@observable("sigprocmask")
def sigprocmask(how: int, mask: Iterable[int]) -> Set[int]:
    """Add to (SIG_BLOCK), take from or replace this thread's mask; return the old mask."""
    before: Set[int] = _signal.pthread_sigmask(how, mask)
    return before


class Blocked:
    """Block signals for the length of a `with` block; see sigprocmask(2)."""

    def __init__(self, *signals: int) -> None:
        self._signals = signals

    def __enter__(self) -> None:
        self._before = sigprocmask(SIG_BLOCK, self._signals)

    def __exit__(self, *_: object) -> None:
        sigprocmask(SIG_SETMASK, self._before)


class Handled:
    """Set dispositions for the length of a `with` block; see sigaction(2)."""

    def __init__(self, dispositions: Mapping[int, Disposition]) -> None:
        self._dispositions = dispositions

    def __enter__(self) -> None:
        self._before = set_dispositions(self._dispositions)

    def __exit__(self, *_: object) -> None:
        set_dispositions(self._before)


def write_unharmed(
    descriptor: int,
    data: bytes,
    harmful: Sequence[int] = (_signal.SIGPIPE, _signal.SIGTTOU, _signal.SIGXFSZ),
) -> None:
    """Write all of `data`; errors raise, and no signal kills or stops this process.

    Waits if the write would block, even with O_NONBLOCK. The call is not observed, because
    observers use it. `harmful` are SIGPIPE, for a terminal with TOSTOP SIGTTOU, and for a file
    that grows beyond RLIMIT_FSIZE SIGXFSZ.
    """
    change = _signal.signal
    before = [change(number, SIG_IGN) for number in harmful]
    try:
        write_all(descriptor, data)
    except OSError:
        # A blocked signal is pending now; ignoring it again discards it.
        for number in harmful:
            change(number, SIG_IGN)
        raise
    finally:
        for number, action in zip(harmful, before, strict=True):
            change(number, action)


@observable("sigtimedwait", announced=True)
def sigtimedwait(signals: Iterable[int], seconds: float) -> int | None:
    """Wait for one of these blocked signals and take it; None if none came in time."""
    info = _signal.sigtimedwait(signals, seconds)
    return None if info is None else int(info.si_signo)


@observable("pause", announced=True)
def pause() -> None:
    """Sleep until a signal is caught or ends the process. See pause(2)."""
    _signal.pause()


@observable("alarm")
def alarm(seconds: int) -> int:
    """Schedule SIGALRM in `seconds`, 0 for never; return the time left of the last alarm."""
    return _signal.alarm(seconds)


@observable("setitimer")
@observable("pidfd_send_signal")
def pidfd_send_signal(pidfd: int, signal: int) -> None:
    """Send a signal to the process of a pidfd; see pidfd_send_signal(2)."""
    if not hasattr(_signal, "pidfd_send_signal"):
        raise NotSupported("pidfd_send_signal is missing here; Linux 5.1 or later has it")
    _signal.pidfd_send_signal(pidfd, signal)


def signalfd(mask: Iterable[int]) -> int:
    """Return a non-blocking descriptor from which blocked signals are read; see signalfd(2)."""
    from simpsh.kernel.c_library import call

    bits = sum(1 << (number - 1) for number in mask)
    return call("signalfd", -1, bits.to_bytes(128, "little"), os.O_CLOEXEC | os.O_NONBLOCK)


def read_signalfd(descriptor: int) -> list[tuple[int, int]]:
    """Read the pending signals: number, and the sender's pid or 0 for the kernel."""
    try:
        data = os.read(descriptor, _SIGINFO_SIZE * len(ALL))
    except BlockingIOError:
        return []
    words = memoryview(data).cast("i")
    size = _SIGINFO_SIZE // words.itemsize
    # The third word is si_code; if it is positive, the fourth is not a sender's pid.
    return [
        (words[at], words[at + 3] if words[at + 2] <= 0 else 0) for at in range(0, len(words), size)
    ]


_SIGINFO_SIZE = 128

SA_NOCLDWAIT = 2
"""A flag of sigaction(2): SIGCHLD without zombies."""
