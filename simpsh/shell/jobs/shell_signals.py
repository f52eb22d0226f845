"""Signals in the shell itself: dispositions and traps.

exec keeps ignored signals ignored, so a child must reset the signals that the shell ignores for
itself. Signals that were ignored at the start, or by `trap '' SIG`, stay ignored. Under job control
a child always has the default action of the signals with which a terminal stops a job.
"""

from __future__ import annotations

from simpsh.base.signal_names import (
    SIGCHLD,
    SIGHUP,
    SIGINT,
    SIGKILL,
    SIGPIPE,
    SIGQUIT,
    SIGSTOP,
    SIGTERM,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
    SIGXFSZ,
)
from simpsh.kernel import signals
from simpsh.kernel.signals import SIG_DFL, SIG_IGN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from simpsh.kernel.signals import Disposition

INTERRUPTING = (SIGINT, SIGQUIT)
_STOPPING = (SIGTSTP, SIGTTIN, SIGTTOU)

# Python ignores these two at its start, so the inherited dispositions are unknown.
_ALWAYS_DEFAULT = (SIGPIPE, SIGXFSZ)
_CHANGED = (*INTERRUPTING, *_STOPPING, SIGCHLD, SIGTERM, SIGHUP)


class Dispositions:
    """The signals that were ignored when the shell started, and the dispositions of children."""

    def __init__(self) -> None:
        self.ignored_at_start: frozenset[int] = frozenset()
        self.begin(signals.ALL)
        # If SIGCHLD is ignored, the kernel discards the statuses of children.
        if SIGCHLD in self.ignored_at_start:
            signals.sigaction(SIGCHLD, SIG_DFL)

    def begin(self, possible: Iterable[int] = (), ignored: Iterable[int] = ()) -> None:
        """Read the dispositions of this process, at the start and in a forked copy.

        `possible`: further signals that may be ignored; a shell changes only _CHANGED before a
        fork. `ignored`: the signals that `trap ''` ignores.
        """
        before = self.ignored_at_start
        looked_at = before.union(_CHANGED, possible).difference(_ALWAYS_DEFAULT, ignored)
        now = [number for number in looked_at if signals.disposition(number) == SIG_IGN]
        self.ignored_at_start = before.intersection((SIGCHLD,)).union(now)
        self.plain = self.of_children(Traps())
        """The dispositions of children without job control and without traps."""
        self._split: tuple[dict[int, Disposition], tuple[int, ...], tuple[int, ...]] = ({}, (), ())

    def of_children(self, traps: Traps, stopping: int | None = None) -> dict[int, Disposition]:
        """Return the dispositions to set before a fork, and to restore afterwards.

        Signals that a trap catches are reset; those that it ignores stay ignored. `stopping` is the
        disposition of the signals with which a terminal stops a process; None as at the start.
        """
        changed: dict[int, Disposition] = dict.fromkeys((*_CHANGED, *traps.caught()), SIG_DFL)
        for number in self.ignored_at_start:
            if number in changed:
                changed[number] = SIG_IGN
        changed.update(dict.fromkeys(_ALWAYS_DEFAULT, SIG_DFL))
        if stopping is not None:
            changed.update(dict.fromkeys(_STOPPING, stopping))
        changed.update(dict.fromkeys(traps.ignored(), SIG_IGN))
        return changed

    def split(self, changed: dict[int, Disposition]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the signals of `changed` to ignore, and all that such a child does not ignore."""
        if changed is not self._split[0]:
            unchanged = signals.CATCHABLE.difference(self.ignored_at_start, changed)
            ignored = [number for number, action in changed.items() if action == SIG_IGN]
            reset = [number for number, action in changed.items() if action == SIG_DFL]
            self._split = changed, tuple(ignored), (*unchanged, *reset)
        return self._split[1:]


EXIT = 0
"""The condition `EXIT` of `trap`, numbered 0 as in POSIX."""
_UNCHANGED = (EXIT, SIGKILL, SIGSTOP)
"""Conditions of `trap` for which sigaction(2) is not called."""


class Traps:
    """The actions of `trap`, by signal number; an empty action ignores the signal.

    A caught signal is added to `pending`; its action runs between two commands (POSIX XCU 2.12).
    """

    def __init__(self, ignored_at_start: frozenset[int] = frozenset()) -> None:
        self.ignored_at_start = ignored_at_start
        """Signals that were ignored at the start, which a script cannot change (POSIX)."""
        self.actions: dict[int, str] = {}
        self.inherited: dict[int, str] = {}
        """In a copy of the shell: the actions of the parent, which `trap` still lists."""
        self.pending: list[int] = []
        """The caught signals whose actions have not run, in order."""
        self.is_in_chld = False
        """Whether the action of SIGCHLD is running."""
        self._before: dict[int, signals.Disposition] = {}

    def set(self, signal: int, action: str) -> None:
        """Set the action of a signal; an empty one ignores it.

        For SIGKILL and SIGSTOP the action is only stored, as in other shells. Raises OSError:
        EINVAL, the C library reserves the signal.
        """
        self.inherited.clear()
        if self._obeys(signal):
            # The shell itself must not ignore SIGCHLD, or it would lose statuses.
            ignored = SIG_DFL if signal == SIGCHLD else SIG_IGN
            before = signals.sigaction(signal, self.mark if action else ignored)
            self._before.setdefault(signal, before)
        self.actions[signal] = action

    def reset(self, signal: int) -> None:
        """Restore the disposition from before the first trap."""
        self.inherited.clear()
        self.actions.pop(signal, None)
        if signal in self._before:
            signals.sigaction(signal, self._before.pop(signal))

    def reset_in_child(self) -> None:
        """Drop the actions in a forked copy of the shell; keep ignored signals ignored.

        A background list starts with SIGINT and SIGQUIT ignored, and may set traps for them (POSIX
        XCU 2.12).
        """
        self.inherited = dict(self.actions)
        self.pending.clear()
        for signal, action in list(self.actions.items()):
            if action or signal == EXIT:
                del self.actions[signal]
                self._before.pop(signal, None)
            elif signal in self._before:
                # Unlike an interactive shell, its copy does not ignore SIGTERM for itself.
                self._before[signal] = SIG_DFL
        for signal in INTERRUPTING:
            if self._obeys(signal) and signals.disposition(signal) == SIG_IGN:
                self.actions[signal] = ""
                self._before[signal] = SIG_DFL

    def listed(self) -> dict[int, str]:
        """Return the actions that `trap` lists.

        They include the parent's until a subshell changes a trap, so that `$(trap)` works, and the
        signals that were ignored at the start.
        """
        ignored = dict.fromkeys(self.ignored_at_start, "")
        return {**self.inherited, **self.actions, **ignored}

    def caught(self) -> list[int]:
        """Return the signals that have an action to run."""
        return [signal for signal, action in self.actions.items() if action and self._obeys(signal)]

    def ignored(self) -> list[int]:
        """Return the signals that a trap ignores."""
        return [
            signal for signal, action in self.actions.items() if not action and self._obeys(signal)
        ]

    def _obeys(self, signal: int) -> bool:
        """Return whether a trap can change the disposition of a signal."""
        return signal not in _UNCHANGED and signal not in self.ignored_at_start

    def mark(self, signal: int, _frame: FrameType | None = None) -> None:
        """Add a caught signal to `pending`; also used as the handler."""
        # Children of the action of SIGCHLD must not trigger it again.
        if not (self.is_in_chld and signal == SIGCHLD):
            self.pending.append(signal)
