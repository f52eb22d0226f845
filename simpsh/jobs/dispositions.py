"""What signals do in the shell, and what they must do in its children.

exec keeps ignored signals ignored. So what the shell ignores for itself must be default in a
child – except what was ignored when simpsh started, or what `trap '' SIG` ignores.
"""

from __future__ import annotations

from simpsh.kernel import signals
from simpsh.kernel.signals import SIG_DFL, SIG_IGN

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Iterable

    from simpsh.kernel.signals import Disposition
else:
    import _signal

INTERRUPTING = (_signal.SIGINT, _signal.SIGQUIT)
_STOPPING = (_signal.SIGTSTP, _signal.SIGTTIN, _signal.SIGTTOU)
# The interpreter itself ignores these two at its start; what simpsh was given cannot be known.
_ALWAYS_DEFAULT = (_signal.SIGPIPE, _signal.SIGXFSZ)
_CHANGED = (*INTERRUPTING, *_STOPPING, _signal.SIGCHLD, _signal.SIGTERM, _signal.SIGHUP)


class Dispositions:
    """The dispositions that the shell was started with, and those its children get."""

    def __init__(self) -> None:
        self.ignored_at_start = frozenset(
            number
            for number in signals.ALL
            if number not in _ALWAYS_DEFAULT and signals.disposition(number) == SIG_IGN
        )
        # With SIGCHLD ignored the kernel would throw the statuses of our children away.
        if _signal.SIGCHLD in self.ignored_at_start:
            signals.sigaction(_signal.SIGCHLD, SIG_DFL)
        self.plain = self.of_children(caught=(), ignored=(), is_stoppable=True)
        """What children get as long as no trap is set."""

    def of_children(
        self, *, caught: Iterable[int], ignored: Iterable[int], is_stoppable: bool
    ) -> dict[int, Disposition]:
        """Return what the shell must set before it forks, and put back afterwards.

        Args:
            caught: signals that the shell catches by a trap.
            ignored: signals that a trap ignores; they stay ignored.
            is_stoppable: whether the child may be stopped from the terminal. A command
                substitution may not: the shell, which reads from it, could never continue it.
        """
        changed: dict[int, Disposition] = dict.fromkeys((*_CHANGED, *caught), SIG_DFL)
        for number in self.ignored_at_start:
            if number in changed:
                changed[number] = SIG_IGN
        changed.update(dict.fromkeys(_ALWAYS_DEFAULT, SIG_DFL))
        if not is_stoppable:
            changed.update(dict.fromkeys(_STOPPING, SIG_IGN))
        changed.update(dict.fromkeys(ignored, SIG_IGN))
        return changed
