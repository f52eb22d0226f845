"""A pipe that signals make readable, so that a wait for input cannot miss a signal.

Python restarts a system call that a signal interrupted, and a call made right after a signal does
not notice it. The C-level handler writes a byte to the pipe, which a later poll(2) still finds. See
signal-safety(7), pipe(7).
"""

from __future__ import annotations

import fcntl
import os

from simpsh.kernel.descriptors import own_pair, readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Iterable
else:
    import _signal

_AT_ONCE = 4096
_LOCAL_MODES = 3
"""The index in the list of tcgetattr."""


class SignalPipe:
    """In a `with` block, each signal with a Python handler writes its number to a pipe."""

    def __init__(self, handled: Iterable[int] = ()) -> None:
        """Listen to `handled`, too."""
        self._handled = handled

    def __enter__(self) -> SignalPipe:
        """Begin to listen, on descriptors above those that redirections use."""
        self.descriptor, self._write_end = own_pair()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._write_end, False)
        # The handler does nothing; only the byte in the pipe matters.
        self._dispositions = {
            number: _signal.signal(number, lambda *_: None)
            for number in self._handled
            if not callable(_signal.getsignal(number))
        }
        self._before = _signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        _signal.set_wakeup_fd(self._before)
        for number, disposition in self._dispositions.items():
            _signal.signal(number, disposition)
        os.close(self.descriptor)
        os.close(self._write_end)

    def wait_for(self, descriptor: int) -> bytes:
        """Wait until a descriptor is readable or signals arrive; return their numbers."""
        ready = readable((descriptor, self.descriptor))
        return self.take() if self.descriptor in ready else b""

    def take(self) -> bytes:
        """Return the numbers of the signals since the last call."""
        try:
            return os.read(self.descriptor, _AT_ONCE)
        except BlockingIOError:
            return b""


def waits_for_input(descriptor: int) -> bool:
    """Return whether a read(2) of a descriptor waits for input, so that poll(2) can replace it.

    False if the read fails, stops a background process, or obeys the terminal's time limit.
    """
    import stat

    try:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        if flags & os.O_NONBLOCK or flags & os.O_ACCMODE == os.O_WRONLY or flags & os.O_PATH:
            return False
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            return True
        if not os.isatty(descriptor):
            return False
        import termios

        has_lines = bool(termios.tcgetattr(descriptor)[_LOCAL_MODES] & termios.ICANON)
        return has_lines and os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False
