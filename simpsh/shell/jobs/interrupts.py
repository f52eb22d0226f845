"""SIGINT in the shell itself: it sets a flag, or ends a call that blocks.

The handler raises Interrupted only inside `with interrupts:`; elsewhere it could leave a job half
started. Python handles a signal between two bytecode instructions, so a signal that arrives right
before a call blocks does not end that call. Two precautions prevent this: the shell polls its input
and a pipe that signals write to (`wait_for_input`), and it waits for a child with SIGINT blocked
(the waiter). If the signal arrives right before open(2) waits for the other end of a FIFO, the user
presses ^C again.
"""

from __future__ import annotations

from simpsh.base.errors import Interrupted
from simpsh.base.signal_names import SIGCONT, SIGINT
from simpsh.kernel import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
else:
    pass

_MANY = 1 << 30


class Interrupts:
    """The handler of SIGINT, and a context manager for calls that may block for long."""

    def __init__(self) -> None:
        self.is_pending = False
        self.is_shown = False
        """Whether a lesson shows this shell, which then calls read and wait4 directly."""
        self.pass_on: Callable[[], None] | None = None
        """Interrupts the foreground job: ^C may come before that job has the terminal."""
        self._depth = 0

    def install(self) -> None:
        """Install the handler, unless SIGINT was ignored at the start."""
        if signals.disposition(SIGINT) != signals.SIG_IGN:
            signals.sigaction(SIGINT, self.handle)

    @property
    def is_careful(self) -> bool:
        """Whether the precautions are needed: no trap is set, and no lesson shows this shell."""
        return not self.is_shown and signals.disposition(SIGINT) == self.handle

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Set the flag and pass SIGINT on, or raise Interrupted inside `with interrupts:`."""
        if self._depth:
            self.raise_now()
        self.is_pending = True
        if self.pass_on is not None:
            self.pass_on()

    def raise_now(self) -> None:
        """Raise Interrupted for a SIGINT that the caller has received."""
        self._depth = 0
        raise Interrupted

    def take(self) -> bool:
        """Return whether SIGINT has arrived since the last call."""
        was_pending, self.is_pending = self.is_pending, False
        return was_pending

    def raise_if_pending(self) -> None:
        """Raise Interrupted if SIGINT has arrived."""
        if self.take():
            self.raise_now()

    def __enter__(self) -> None:
        # In this order: a SIGINT between the two raises at once.
        self._depth += 1
        self.raise_if_pending()

    def __exit__(self, *_: object) -> None:
        self._depth = max(0, self._depth - 1)

    def wait_for_input(self, descriptor: int, *, is_own: bool = False) -> int:
        """Block until a descriptor is readable; return the number of available bytes, at least 1.

        `is_own`: it is a pipe of the shell. Raises Interrupted: SIGINT arrived first.
        """
        if not self.is_careful:
            return _MANY
        available = 0 if is_own else bytes_waiting(descriptor)
        if available > 0:
            return available
        from simpsh.kernel.signal_pipe import SignalPipe, waits_for_input

        if not (is_own or waits_for_input(descriptor)):
            self.raise_if_pending()
            return 1  # such as a file at its end
        # The handler must not raise here, or the pipe would stay open. After SIGCONT the shell may
        # be in the background, where the read must stop it.
        depth, self._depth = self._depth, 0
        try:
            wanted = () if is_own else (SIGCONT,)
            with SignalPipe(wanted) as signal_pipe:
                while not self.is_pending and (is_own or waits_for_input(descriptor)):
                    if not signal_pipe.wait_for(descriptor):
                        break
        except OSError:
            return 1  # no descriptor is left for the pipe: read without the precaution
        finally:
            self._depth = depth
        self.raise_if_pending()
        return 1


def bytes_waiting(descriptor: int) -> int:
    """Return the number of bytes that can be read without blocking; 0 if it is unknown.

    A terminal in raw mode counts the typed keys that were not read. See ioctl_tty(2).
    """
    import fcntl
    import termios

    try:
        answer = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    except OSError:
        return 0
    return int.from_bytes(answer, "little", signed=True)
