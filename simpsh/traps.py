"""What the user wants done when a signal reaches the shell: `trap`.

A caught signal only leaves a mark; its action runs between two commands, where the shell's
state is whole. A trap is reset in a child, and an ignored signal stays ignored (POSIX XCU 2.12).
"""

from __future__ import annotations

from simpsh.kernel import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from types import FrameType
else:
    import _signal

EXIT = 0
"""The condition `EXIT`, numbered 0 as POSIX has it."""


class Traps:
    """The actions, by signal number; an empty action means the signal is ignored."""

    def __init__(self) -> None:
        self.actions: dict[int, str] = {}
        self.inherited: dict[int, str] = {}
        """The actions of the shell this one is a copy of: what `trap` alone still lists."""
        self._pending: list[int] = []
        self.is_running = False
        """Whether an action runs right now."""
        self._before: dict[int, signals.Disposition] = {}
        self.ignored_at_start: frozenset[int] = frozenset()
        """Signals that were ignored when the shell started: POSIX lets a script not change them."""

    def set(self, signal: int, action: str) -> None:
        """Run `action` when the signal comes, or ignore it if the action is empty.

        Raises:
            OSError: EINVAL; SIGKILL and SIGSTOP cannot be caught.
        """
        self.inherited.clear()
        if signal != EXIT and signal not in self.ignored_at_start:
            before = signals.sigaction(signal, self._mark if action else signals.SIG_IGN)
            self._before.setdefault(signal, before)
        self.actions[signal] = action

    def reset(self, signal: int) -> None:
        """Give the signal back the meaning it had before the first trap."""
        self.inherited.clear()
        self.actions.pop(signal, None)
        if signal in self._before:
            signals.sigaction(signal, self._before.pop(signal))

    def reset_in_child(self) -> None:
        """In a forked copy of the shell: drop the actions, keep what is ignored."""
        self.inherited = dict(self.actions)
        self._pending.clear()
        for signal, action in list(self.actions.items()):
            if action or signal == EXIT:
                del self.actions[signal]
                if signal in self._before:
                    del self._before[signal]
                    signals.sigaction(signal, signals.SIG_DFL)

    def caught(self) -> list[int]:
        """The signals that have an action to run."""
        return [signal for signal, action in self.actions.items() if action and signal != EXIT]

    def ignored(self) -> list[int]:
        """The signals that are to be ignored."""
        return [signal for signal, action in self.actions.items() if not action and signal != EXIT]

    def mark(self, signal: int) -> None:
        """Note that a signal has come whose action is to run."""
        if self.is_running and signal == _signal.SIGCHLD:
            # The action's own children would make it run for ever.
            return
        self._pending.append(signal)

    def _mark(self, signal: int, _frame: FrameType | None) -> None:
        self.mark(signal)

    @property
    def is_any_pending(self) -> bool:
        """Whether an action waits to be run."""
        return bool(self._pending)

    @property
    def first_pending(self) -> int | None:
        """The signal whose action is due first, or None."""
        return self._pending[0] if self._pending else None

    def take_pending(self) -> list[str]:
        """Return the actions that are due, in the order in which their signals came."""
        due, self._pending = self._pending, []
        return [self.actions[signal] for signal in due if self.actions.get(signal)]
