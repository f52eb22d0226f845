"""SIGINT in the shell itself: between commands it leaves a mark; a call that blocks it ends.

It raises only inside `with interrupts:`, for a handler that raised anywhere could leave a job
half started. Python looks for signals between its own instructions: one that comes after the last
look and right before a call blocks does not end that call. So nothing that may block for long is
called there without one of three precautions: input is waited for together with a pipe that
signals write to (`wait_for_input`), a child with SIGINT blocked (the waiter), and while open(2)
waits for the other side of a FIFO, SIGINT ends a script by itself (`opening`). At the prompt the
last of the three is not taken: a person presses ^C again.
"""

from __future__ import annotations

from simpsh.base.errors import Interrupted
from simpsh.base.signal_names import SIGCONT, SIGINT
from simpsh.kernel import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from types import FrameType
else:
    import _signal

_MANY = 1 << 30


class Interrupts:
    """Whether SIGINT has come, and whether it may raise now.

    Between commands it leaves a mark. It raises only inside `with interrupts:`, which is put
    around a call that may block for long.
    """

    def __init__(self, *, has_prompt: bool = False) -> None:
        self._has_prompt = has_prompt
        self.is_pending = False
        self.is_shown = False
        """Whether a lesson shows this shell: it blocks in read and wait4, as the textbook has it,
        without the precautions."""
        self._depth = 0

    def install(self) -> None:
        """Let SIGINT come here rather than end the shell; unless it was ignored at the start."""
        if signals.disposition(SIGINT) != signals.SIG_IGN:
            signals.sigaction(SIGINT, self.handle)

    @property
    def is_careful(self) -> bool:
        """Whether the precautions are taken: SIGINT comes here, and to no trap."""
        return not self.is_shown and signals.disposition(SIGINT) == self.handle

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Mark the interrupt, or raise Interrupted where that is allowed."""
        if self._depth:
            self.raise_now()
        self.is_pending = True

    def raise_now(self) -> None:
        """Raise Interrupted for a SIGINT that has been taken note of elsewhere."""
        self._depth = 0
        raise Interrupted

    def take(self) -> bool:
        """Return whether SIGINT has come since the last call."""
        was_pending, self.is_pending = self.is_pending, False
        return was_pending

    def raise_if_pending(self) -> None:
        """Raise Interrupted if SIGINT has come: the line, or the script, is given up."""
        if self.take():
            self.raise_now()

    def __enter__(self) -> None:
        # In this order: a SIGINT between the two raises at once.
        self._depth += 1
        self.raise_if_pending()

    def __exit__(self, *_: object) -> None:
        self._depth = max(0, self._depth - 1)

    def wait_for_input(self, descriptor: int, *, is_own: bool = False) -> int:
        """Block until a descriptor can be read; return how many bytes can be, 1 or more.

        `is_own`: it is a pipe of the shell's. Raises Interrupted: SIGINT came first.
        """
        if not self.is_careful:
            return _MANY
        available = 0 if is_own else bytes_waiting(descriptor)
        if available > 0:
            return available
        from simpsh.kernel.signal_pipe import SignalPipe, waits_for_input

        if not (is_own or waits_for_input(descriptor)):
            # Such as a file at its end.
            self.raise_if_pending()
            return 1
        # Here a handler that raised could leave the pipe behind. SIGCONT is heard: a process that
        # continues may be in the background, where it is to be stopped by its read.
        depth, self._depth = self._depth, 0
        try:
            heard = () if is_own else (SIGCONT,)
            with SignalPipe(heard, is_kept=True) as news:
                while not self.is_pending and (is_own or waits_for_input(descriptor)):
                    if not news.wait_for(descriptor):
                        break
        except OSError:
            # No descriptor is left for the pipe: it is read all the same.
            return 1
        finally:
            self._depth = depth
        self.raise_if_pending()
        return 1

    def opening(self, *, may_wait: bool) -> Interrupts | _EndedBySignal:
        """Let SIGINT end a `with` block that opens files, FIFOs perhaps."""
        is_ended = may_wait and self.is_careful and not self._has_prompt
        return _EndedBySignal(self) if is_ended else self


def bytes_waiting(descriptor: int) -> int:
    """Return how many bytes can be read at once; 0 if there are none, or it is not known.

    Of a terminal in raw mode these are the keys typed and not read yet. See ioctl_tty(2).
    """
    import fcntl
    import termios

    try:
        answer = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    except OSError:
        return 0
    return int.from_bytes(answer, "little", signed=True)


class _EndedBySignal:
    """SIGINT ends this process at once, a script that opens a FIFO: no handler can be late."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def __enter__(self) -> None:
        self._interrupts.__enter__()
        _signal.signal(SIGINT, signals.SIG_DFL)

    def __exit__(self, *_: object) -> None:
        _signal.signal(SIGINT, self._interrupts.handle)
        self._interrupts.__exit__()
