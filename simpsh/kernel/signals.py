"""A signal is sent, may be blocked for a while, and then acts by the process's disposition.

Through `_signal`: the functions of `signal` turn every number into an enum member, which makes
a whole fork–exec–wait cycle a third slower (eight dispositions are set and put back around it).
"""

from __future__ import annotations

import os

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
"""Every signal that can be named in a mask."""
CATCHABLE = ALL - {int(_signal.SIGKILL), int(_signal.SIGSTOP)}
"""Every signal whose disposition can be changed."""


@observable("kill")
def kill(pid: int, signal: int) -> None:
    """Send a signal to a process; 0 only asks whether that is possible.

    `pid` is 0 for our group, less than -1 for that group, -1 for all we may signal. Raises
    ProcessLookupError: ESRCH; no such process. PermissionError: EPERM; it is another user's. See
    kill(2).
    """
    os.kill(pid, signal)


@observable("killpg")
def killpg(pgid: int, signal: int) -> None:
    """Send a signal to every process of a group; errors as for kill(). See killpg(3)."""
    os.killpg(pgid, signal)


@observable("sigaction")
def sigaction(signal: int, disposition: Disposition) -> Disposition:
    """Set what a signal does: SIG_DFL, SIG_IGN or a function; return what it did before.

    Raises OSError: EINVAL; SIGKILL and SIGSTOP cannot be changed. See sigaction(2).
    """
    before = _signal.signal(signal, disposition)
    return before if callable(before) or before is None else int(before)


def die_of(signal: int) -> None:
    """End this process by a signal, so that whoever waits sees what happened. See kill(2)."""
    sigaction(signal, SIG_DFL)
    sigprocmask(SIG_UNBLOCK, (signal,))
    kill(os.getpid(), signal)


def disposition(signal: int) -> Disposition:
    """Return what a signal does now; None if a handler outside Python has it. See sigaction(2)."""
    now = _signal.getsignal(signal)
    return now if callable(now) or now is None else int(now)


@observable("sigaction")
def set_dispositions(dispositions: Mapping[int, Disposition]) -> dict[int, Disposition]:
    """Set what several signals do, one sigaction(2) each; return what the changed ones did."""
    change, now = _signal.signal, _signal.getsignal
    return {
        signal: change(signal, action)
        for signal, action in dispositions.items()
        if now(signal) != action
    }


@observable("sigprocmask")
def sigprocmask(how: int, mask: Iterable[int]) -> Set[int]:
    """Add to (SIG_BLOCK), take from or replace this thread's blocked signals; return those before.

    See sigprocmask(2).
    """
    before: Set[int] = _signal.pthread_sigmask(how, mask)
    return before


class Blocked:
    """Signals that are blocked as long as a `with` statement lasts; see sigprocmask(2)."""

    def __init__(self, *signals: int) -> None:
        self._signals = signals

    def __enter__(self) -> None:
        self._before = sigprocmask(SIG_BLOCK, self._signals)

    def __exit__(self, *_: object) -> None:
        sigprocmask(SIG_SETMASK, self._before)


class Handled:
    """Dispositions that signals have as long as a `with` statement lasts; see sigaction(2)."""

    def __init__(self, dispositions: Mapping[int, Disposition]) -> None:
        self._dispositions = dispositions

    def __enter__(self) -> None:
        self._before = set_dispositions(self._dispositions)

    def __exit__(self, *_: object) -> None:
        set_dispositions(self._before)


set_mask_unobserved = _signal.pthread_sigmask
"""The call itself, for a child that is to run as little Python as possible."""


def set_defaults() -> None:
    """Let every signal do what it does by default, and block none; see signal(7)."""
    set_dispositions(dict.fromkeys(CATCHABLE, SIG_DFL))
    sigprocmask(SIG_SETMASK, ())


def write_unharmed(
    descriptor: int, data: bytes, harmful: Sequence[int] = (_signal.SIGPIPE, _signal.SIGTTOU)
) -> None:
    """Write all of `data`; whatever hinders that is an error, and no signal kills or stops us.

    Where a write would block it is waited for, also if O_NONBLOCK is set. The call is not observed:
    it is for what an observer itself writes. Harmful are SIGPIPE, where no process reads any more,
    and SIGTTOU, on a terminal that wants no output of the background. Raises OSError: EPIPE, ENOSPC
    …, as write(2).
    """
    change = _signal.signal
    before = [change(number, SIG_IGN) for number in harmful]
    try:
        while data:
            try:
                data = data[os.write(descriptor, data) :]
            except BlockingIOError:
                import select

                room = select.poll()
                room.register(descriptor, select.POLLOUT)
                room.poll()
    except BrokenPipeError:
        # Where it is blocked it was queued all the same; to ignore it again discards it.
        change(_signal.SIGPIPE, SIG_IGN)
        raise
    finally:
        for number, action in zip(harmful, before, strict=True):
            change(number, action)


@observable("sigtimedwait", announced=True)
def sigtimedwait(signals: Iterable[int], seconds: float) -> int | None:
    """Wait for one of these blocked signals and take it; None if none came in time.

    See sigtimedwait(2).
    """
    info = _signal.sigtimedwait(signals, seconds)
    return None if info is None else int(info.si_signo)


@observable("pause", announced=True)
def pause() -> None:
    """Sleep until a signal is caught or ends the process. See pause(2)."""
    _signal.pause()


@observable("alarm")
def alarm(seconds: int) -> int:
    """Have SIGALRM sent after so many seconds, 0 for never; return what was left before.

    See alarm(2).
    """
    return _signal.alarm(seconds)


def tick(seconds: float) -> None:
    """Have SIGALRM sent every so many seconds; 0 for never again. See setitimer(2)."""
    _signal.setitimer(_signal.ITIMER_REAL, seconds, seconds)


@observable("pidfd_send_signal")
def pidfd_send_signal(pidfd: int, signal: int) -> None:
    """Send a signal to the process that a pidfd means, and to no other.

    Raises ProcessLookupError: ESRCH; it has been collected. PermissionError: EPERM; it belongs to
    another user. NotSupported: the kernel is older than 5.1. See pidfd_send_signal(2).
    """
    if not hasattr(_signal, "pidfd_send_signal"):
        raise NotSupported("pidfd_send_signal is missing here; Linux 5.1 or later has it")
    _signal.pidfd_send_signal(pidfd, signal)


def signalfd(mask: Iterable[int]) -> int:
    """Return a close-on-exec descriptor from which blocked signals are read; it never blocks.

    Raises OSError: EMFILE ENFILE ENOMEM. See signalfd(2).
    """
    from simpsh.kernel.c_library import call

    bits = sum(1 << (number - 1) for number in mask)
    return call("signalfd", -1, bits.to_bytes(128, "little"), os.O_CLOEXEC | os.O_NONBLOCK)


def read_signalfd(descriptor: int) -> list[tuple[int, int]]:
    """Take the signals that have come: number and sender's pid, 0 for the kernel's own.

    See signalfd(2), struct signalfd_siginfo.
    """
    try:
        data = os.read(descriptor, _SIGINFO_SIZE * len(ALL))
    except BlockingIOError:
        return []
    words = memoryview(data).cast("i")
    size = _SIGINFO_SIZE // words.itemsize
    # The third word is si_code: only up to 0 is the fourth the pid of a sender.
    return [
        (words[at], words[at + 3] if words[at + 2] <= 0 else 0) for at in range(0, len(words), size)
    ]


_SIGINFO_SIZE = 128

SA_NOCLDWAIT, SA_RESETHAND = 2, 0x80000000
"""Flags of sigaction(2): a SIGCHLD with which children leave no zombies; a handler called once."""
