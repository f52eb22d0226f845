"""Signals in the shell itself: dispositions and traps.

exec keeps ignored signals ignored, so what the shell ignores for itself must be default in a
child – except what was ignored at the start, or what `trap '' SIG` ignores. Job control needs the
signals by which a terminal stops a job: there a child has them at their default in any case. A
trapped signal only leaves a mark; its action runs between two commands (POSIX 2.12).
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

# The interpreter itself ignores these two at its start; what simpsh was given cannot be known.
_ALWAYS_DEFAULT = (SIGPIPE, SIGXFSZ)
_CHANGED = (*INTERRUPTING, *_STOPPING, SIGCHLD, SIGTERM, SIGHUP)


class Dispositions:
    """The dispositions that the shell was started with, and those its children get."""

    def __init__(self) -> None:
        self.ignored_at_start: frozenset[int] = frozenset()
        self.begin()
        # With SIGCHLD ignored the kernel would throw the statuses of our children away.
        if SIGCHLD in self.ignored_at_start:
            signals.sigaction(SIGCHLD, SIG_DFL)

    def begin(self, ignored: Iterable[int] = ()) -> None:
        """At the start, and in a forked copy: children get what the shell was born with."""
        self.ignored_at_start = self.ignored_at_start.intersection((SIGCHLD,)).union(
            number
            for number in signals.ALL.difference(_ALWAYS_DEFAULT, ignored)
            if signals.disposition(number) == SIG_IGN
        )
        self.plain = self.of_children(Traps())
        """What children get without job control, as long as no trap is set."""
        self._defaults: tuple[dict[int, Disposition], tuple[int, ...]] = ({}, ())

    def of_children(self, traps: Traps, stopping: int | None = None) -> dict[int, Disposition]:
        """Return what the shell must set before it forks, and put back afterwards.

        Signals that a trap catches are reset, those that it ignores stay ignored. `stopping` is
        what those do by which a terminal stops a process; None as at the start.
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

    def defaults_beside(self, changed: dict[int, Disposition]) -> tuple[int, ...]:
        """Return all signals that a child with these dispositions does not ignore."""
        if changed is not self._defaults[0]:
            rest = signals.CATCHABLE.difference(self.ignored_at_start, changed)
            reset = [number for number, action in changed.items() if action == SIG_DFL]
            self._defaults = changed, (*rest, *reset)
        return self._defaults[1]


EXIT = 0
"""The condition `EXIT` of `trap`, numbered 0 as POSIX has it."""
_UNCHANGED = (EXIT, SIGKILL, SIGSTOP)
"""Conditions of `trap` that sigaction(2) knows nothing of, or refuses."""


class Traps:
    """The actions of `trap`, by signal number; an empty action means the signal is ignored.

    A caught signal only leaves a mark; its action runs between two commands, where the shell's
    state is whole. A trap is reset in a child, and an ignored signal stays ignored (POSIX XCU
    2.12).
    """

    def __init__(self, ignored_at_start: frozenset[int] = frozenset()) -> None:
        self.ignored_at_start = ignored_at_start
        """Signals that were ignored when the shell started: POSIX lets a script not change them."""
        self.actions: dict[int, str] = {}
        self.inherited: dict[int, str] = {}
        """The actions of the shell this one is a copy of: what `trap` alone still lists."""
        self.pending: list[int] = []
        """The signals that have come and whose actions wait to be run, in their order."""
        self.is_in_chld = False
        """Whether the action of SIGCHLD runs right now."""
        self._before: dict[int, signals.Disposition] = {}

    def set(self, signal: int, action: str) -> None:
        """Run `action` when the signal comes, or ignore it if the action is empty.

        For SIGKILL and SIGSTOP it is only kept: POSIX leaves it open, other shells accept it.
        Raises OSError: EINVAL; the C library keeps the signal for itself.
        """
        self.inherited.clear()
        if self._obeys(signal):
            # Ignoring SIGCHLD is for the children alone: it would lose their statuses.
            ignored = SIG_DFL if signal == SIGCHLD else SIG_IGN
            before = signals.sigaction(signal, self.mark if action else ignored)
            self._before.setdefault(signal, before)
        self.actions[signal] = action

    def reset(self, signal: int) -> None:
        """Give the signal back the meaning it had before the first trap."""
        self.inherited.clear()
        self.actions.pop(signal, None)
        if signal in self._before:
            signals.sigaction(signal, self._before.pop(signal))

    def reset_in_child(self) -> None:
        """In a forked copy of the shell: drop the actions, keep what is ignored.

        What it was born with stays as it is: SIGINT and SIGQUIT come ignored to a background list,
        which may set them otherwise (POSIX XCU 2.12).
        """
        self.inherited = dict(self.actions)
        self.pending.clear()
        for signal, action in list(self.actions.items()):
            if action or signal == EXIT:
                del self.actions[signal]
                self._before.pop(signal, None)
        for signal in INTERRUPTING:
            if self._obeys(signal) and signals.disposition(signal) == SIG_IGN:
                self.actions[signal] = ""
                self._before[signal] = SIG_DFL

    def listed(self) -> dict[int, str]:
        """Return the actions that `trap` lists.

        A subshell that has changed nothing yet has its parent's among them, so that `$(trap)`
        works. A signal that was ignored when the shell began is ignored whatever a script says.
        """
        ignored = dict.fromkeys(self.ignored_at_start, "")
        return {**self.inherited, **self.actions, **ignored}

    def caught(self) -> list[int]:
        """The signals that have an action to run; one ignored from the start never has."""
        return [signal for signal, action in self.actions.items() if action and self._obeys(signal)]

    def ignored(self) -> list[int]:
        """The signals that are to be ignored."""
        return [
            signal for signal, action in self.actions.items() if not action and self._obeys(signal)
        ]

    def _obeys(self, signal: int) -> bool:
        """Return whether a trap can change what the signal does."""
        return signal not in _UNCHANGED and signal not in self.ignored_at_start

    def mark(self, signal: int, _frame: FrameType | None = None) -> None:
        """Note that a signal has come whose action is to run."""
        # The action's own children would make it run for ever.
        if not (self.is_in_chld and signal == SIGCHLD):
            self.pending.append(signal)
