"""A pipe that signals make readable: with it a wait for input cannot miss a signal.

Python makes a system call again that a signal interrupted, and one that is made right after a
signal does not know of it. The byte in the pipe is written by the handler itself, the part that
the kernel calls; a poll(2) that begins later still finds it. See signal-safety(7), pipe(7).
"""

from __future__ import annotations

import fcntl
import os

from simpsh.kernel.descriptors import OWN_LOWEST, own_pair, readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Iterable
else:
    import _signal

_AT_ONCE = 4096
_LOCAL_MODES = 3
"""Where tcgetattr(3) has them, in Python."""
_NONE = (0, -1, -1)
_spare = _NONE
"""A pair that no one listens to now, and the process that made it."""


class SignalPipe:
    """Each signal that has a handler of Python's leaves a byte, its number, during a `with` block.

    The calls are not observed: they are no part of what the shell's commands do.
    """

    def __init__(self, heard: Iterable[int] = (), *, is_kept: bool = False) -> None:
        """Say which signals shall be heard though they have no handler.

        `is_kept`: the next one that says so takes the same pair of descriptors.
        """
        self._heard = heard
        self._is_kept = is_kept

    def __enter__(self) -> SignalPipe:
        """Begin to listen; the descriptors are out of the way of redirections."""
        global _spare
        self._maker = os.getpid()
        maker, self.descriptor, self._write_end = _spare if self._is_kept else _NONE
        if maker == self._maker:
            _spare = _NONE
        else:
            # A copy of the shell has closed those of the shell that it copies.
            self.descriptor, self._write_end = own_pair()
            os.set_blocking(self.descriptor, False)
            os.set_blocking(self._write_end, False)
        # The handler does nothing: the byte in the pipe is what matters.
        self._dispositions = {
            number: _signal.signal(number, lambda *_: None)
            for number in self._heard
            if not callable(_signal.getsignal(number))
        }
        self._before = _signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        _signal.set_wakeup_fd(self._before)
        for number, disposition in self._dispositions.items():
            _signal.signal(number, disposition)
        global _spare
        is_free = _spare[0] != self._maker
        if self._is_kept and is_free and min(self.descriptor, self._write_end) >= OWN_LOWEST:
            # A script that substitutes much waits often.
            self.take()
            _spare = self._maker, self.descriptor, self._write_end
            return
        os.close(self.descriptor)
        os.close(self._write_end)

    def wait_for(self, descriptor: int) -> bytes:
        """Wait until a descriptor can be read, or signals come: then return their numbers."""
        ready = readable((descriptor, self.descriptor))
        return self.take() if self.descriptor in ready else b""

    def take(self) -> bytes:
        """Return the numbers of the signals that have come since the last call."""
        try:
            return os.read(self.descriptor, _AT_ONCE)
        except BlockingIOError:
            return b""


def waits_for_input(descriptor: int) -> bool:
    """Return whether poll(2) tells when a read(2) of a descriptor would not block.

    Not so where the read does something else than to wait: it fails, stops a process of the
    background, or obeys the terminal's own limit of time (termios(3), non-canonical mode).
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
