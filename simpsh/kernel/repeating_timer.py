"""A timer that sends this process a signal again and again. See timer_create(2)."""

from __future__ import annotations

import ctypes

from simpsh.kernel.c_library import call
from simpsh.kernel.machine.syscall_table import NUMBERS

_MONOTONIC = 1
_SIGEV_SIGNAL = 0
_NANOSECONDS = 1_000_000_000


class _SignalEvent(ctypes.Structure):
    """struct sigevent, 64 bytes."""

    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signal", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("rest", ctypes.c_char * 48),
    )


class RepeatingTimer:
    """Sends a signal every so many seconds until it is closed; a forked child does not have it."""

    def __init__(self, signal: int, seconds: float) -> None:
        """Begin."""
        event = _SignalEvent(signal=signal, notify=_SIGEV_SIGNAL)
        timer = ctypes.c_int()
        _system_call("timer_create", _MONOTONIC, ctypes.pointer(event), ctypes.pointer(timer))
        self._timer = timer.value
        # struct itimerspec: the interval, and the time to the first signal.
        times = (ctypes.c_long * 4)(*divmod(int(seconds * _NANOSECONDS), _NANOSECONDS) * 2)
        _system_call("timer_settime", self._timer, 0, times, None)

    def close(self) -> None:
        """Send no more."""
        _system_call("timer_delete", self._timer)


def _system_call(name: str, *arguments: object) -> None:
    call("syscall", NUMBERS[name], *arguments)  # type: ignore[arg-type]
