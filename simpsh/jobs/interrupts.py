"""SIGINT in the shell itself: a mark between commands, an exception where the shell blocks.

A handler that raised anywhere could leave a job half started. So it raises only inside
`with interruptible():`, which is put around a call that may block for long.
"""

from __future__ import annotations

from simpsh.errors import Interrupted
from simpsh.kernel import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from types import FrameType, TracebackType
else:
    import _signal


class Interrupts:
    """Whether SIGINT has come, and whether it may raise now."""

    def __init__(self) -> None:
        self.is_pending = False
        self._depth = 0

    def install(self) -> None:
        """Let SIGINT come here rather than end the shell; unless it was ignored at the start."""
        if signals.disposition(_signal.SIGINT) != signals.SIG_IGN:
            signals.sigaction(_signal.SIGINT, self.handle)

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Mark the interrupt, or raise Interrupted where that is allowed."""
        if self._depth:
            self._depth = 0
            raise Interrupted
        self.is_pending = True

    def raise_now(self) -> None:
        """Raise Interrupted for a SIGINT that was taken from the queue of blocked signals."""
        self._depth = 0
        raise Interrupted

    def take(self) -> bool:
        """Return whether SIGINT has come since the last call."""
        was_pending, self.is_pending = self.is_pending, False
        return was_pending

    def __enter__(self) -> None:
        if self.take():
            raise Interrupted
        self._depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth = max(0, self._depth - 1)
