"""How processes are born, end and are waited for: the kernel's rules."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from simpsh.explore.kernel_state import birth_number, parent_of
from simpsh.explore.operation import ANY, OUTSIDE, WNOHANG, WNOWAIT
from simpsh.explore.rule import ENDED, Prediction, Rule

if TYPE_CHECKING:
    from simpsh.explore.kernel_state import Kernel
    from simpsh.explore.learning import Edge

_NOTHING_YET = 0


class Birth(Rule):
    """A step whose signals can only come with it: birth is no call of the process's."""

    __slots__ = ()
    can_be_interrupted = False


class Dying(Rule):
    """The process is ended by a signal and gives up its descriptors: no other one reaches it."""

    __slots__ = ()
    can_be_interrupted = False
    is_end = True


class End(Rule):
    """The process ends; its descriptors, its zombie and SIGCHLD are others' business."""

    __slots__ = ("status",)
    can_be_interrupted = False
    is_end = True

    def __init__(self, status: int) -> None:
        self.status = status

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return that it is the end."""
        return ENDED


class VforkWait(Rule):
    """The parent sleeps in vfork until the child has a memory of its own, or is gone.

    Until then the child writes into the parent's memory: what it did is part of the result.
    """

    __slots__ = ("is_vfork_of",)
    can_be_interrupted = False

    def __init__(self, child: str) -> None:
        self.is_vfork_of = child

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Tell whether the child has called exec, or ended."""
        return self.is_vfork_of in kernel.released

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the child's history up to there, by its node's number."""
        return "released", kernel.released[self.is_vfork_of]

    def act(self, kernel: Kernel, _name: str, _edge: Edge) -> bytes:
        """Forget that it was waited for."""
        kernel.released.pop(self.is_vfork_of, None)
        return b""


class Wait(Rule):
    """wait4: the eldest child that is dead; or none yet, if it may not block; or ECHILD."""

    __slots__ = ("collects", "polls", "target")

    def __init__(self, target: str, options: int) -> None:
        self.target = target
        self.polls = bool(options & WNOHANG)
        self.collects = not options & WNOWAIT

    def _is_meant(self, child: str, name: str) -> bool:
        return child == self.target or (self.target == ANY and parent_of(child) == name)

    def _dead(self, kernel: Kernel, name: str) -> list[str]:
        return [child for child in kernel.zombies if self._is_meant(child, name)]

    def _has_living(self, kernel: Kernel, name: str) -> bool:
        return any(self._is_meant(child, name) for child in kernel.procs)

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Tell whether there is news, or no child to have news of."""
        return self.polls or bool(self._dead(kernel, name)) or not self._has_living(kernel, name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the child and its status, 0, or -ECHILD."""
        dead = self._dead(kernel, name)
        if dead:
            eldest = min(dead, key=birth_number)
            return eldest, kernel.zombies[eldest]
        return _NOTHING_YET if self._has_living(kernel, name) else -errno.ECHILD

    def act(self, kernel: Kernel, _name: str, edge: Edge) -> bytes:
        """Let the zombie that was collected vanish."""
        match edge.result:
            case (str(child), int()) if self.collects:
                kernel.zombies.pop(child, None)
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Tell whether no child has ended yet."""
        return self.polls and result == _NOTHING_YET

    def is_settled(self, kernel: Kernel, name: str) -> bool:
        """Tell whether nothing that anybody does can change the result."""
        dead = self._dead(kernel, name)
        living = [child for child in kernel.procs if self._is_meant(child, name)]
        if not dead:
            return not living
        eldest = min(map(birth_number, dead))
        return all(birth_number(child) > eldest for child in living)


class GetParent(Rule):
    """getppid: a race with the parent's end."""

    __slots__ = ()

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the parent's name while it lives."""
        parent = parent_of(name)
        return parent if parent in kernel.procs else OUTSIDE
