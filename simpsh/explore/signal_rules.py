"""How signals are sent and waited for: the kernel's rules."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from simpsh.explore.rule import ANYTHING, Prediction, Rule

if TYPE_CHECKING:
    from simpsh.explore.kernel_state import Kernel
    from simpsh.explore.learning import Edge


class Kill(Rule):
    """kill: the signal becomes pending, unless the target is a zombie or gone."""

    __slots__ = ("is_felt", "signal", "signalled")

    def __init__(self, target: str, signal: int) -> None:
        self.signalled = target
        self.signal = signal
        self.is_felt = signal != 0

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return 0, also for a zombie, or -ESRCH."""
        if not self.signalled:
            return ANYTHING
        exists = self.signalled in kernel.procs or self.signalled in kernel.zombies
        return 0 if exists else -errno.ESRCH

    def act(self, kernel: Kernel, name: str, edge: Edge) -> bytes:
        """Make it pending; what arrived within the same step is over already."""
        is_over = self.signalled == name and self.signal in edge.signals
        if edge.result == 0 and self.signalled in kernel.procs and not is_over:
            kernel.send(self.signalled, self.signal)
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Tell whether the process that is asked for is still there."""
        return self.signal == 0 and result == 0


class SignalAction(Rule):
    """sigaction: who begins to ignore a signal loses the one that is pending."""

    __slots__ = ("signal",)

    def __init__(self, signal: int) -> None:
        self.signal = signal

    def act(self, kernel: Kernel, name: str, _edge: Edge) -> bytes:
        """Drop it."""
        kernel.flush(name, self.signal)
        return b""


class Pause(Rule):
    """pause: only a signal ends it."""

    __slots__ = ()

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Tell that it never returns by itself."""
        return False


class Suspend(Pause):
    """sigsuspend: as pause, with another set of blocked signals while it sleeps."""

    __slots__ = ("mask",)

    def __init__(self, mask: frozenset[int]) -> None:
        self.mask = mask

    def wakes(self, kernel: Kernel, name: str) -> bool:
        """Tell whether a signal is pending that the call's own mask lets through."""
        return any(signal not in self.mask for signal in kernel.procs[name][1])
