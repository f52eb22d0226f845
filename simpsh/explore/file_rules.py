"""How shared files answer: learned for each history of theirs; and how locks are held."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from simpsh.explore.operation import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN
from simpsh.explore.rule import Pasts, Prediction, Rule

if TYPE_CHECKING:
    from simpsh.explore.kernel_state import Kernel, Lock
    from simpsh.explore.learning import Edge


class Look(Rule):
    """A call whose answer depends on what was done to its files before."""

    __slots__ = ("paths",)

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the histories that the answer depends on."""
        return Pasts([kernel.files.get(path, 0) for path in self.paths])

    def finds_nothing(self, result: object) -> bool:
        """Tell whether the call failed, as open does while another's lock file is there."""
        return isinstance(result, int) and result < 0


class Change(Look):
    """A call that changes its files; the change is told of each, with all their pasts.

    `what` names a change that is the same whoever makes it; None for one that depends on the
    place in an open file, which only its process's history knows.
    """

    __slots__ = ("what",)

    def __init__(self, what: object, *paths: str) -> None:
        super().__init__(*paths)
        self.what = what

    def act(self, kernel: Kernel, _name: str, edge: Edge) -> bytes:
        """Lengthen the histories, unless the call failed."""
        if isinstance(edge.result, int) and edge.result < 0:
            return b""
        change = edge.number if self.what is None else (self.what, edge.result)
        pasts = tuple(kernel.files.get(path, 0) for path in self.paths)
        for place, path in enumerate(self.paths):
            kernel.files[path] = kernel.learned.histories.after(pasts, (place, change))
        return b""


class Flock(Rule):
    """flock: a lock belongs to an open description, and goes with its last descriptor."""

    __slots__ = ("description", "how", "path")

    def __init__(self, path: str, how: int, description: str) -> None:
        self.path = path
        self.how = how
        self.description = description

    def _others(self, kernel: Kernel) -> Lock:
        kind, owners = kernel.locks.get(self.path, (LOCK_SH, ()))
        return kind, tuple(owner for owner in owners if owner != self.description)

    def _is_free(self, kernel: Kernel) -> bool:
        kind, owners = self._others(kernel)
        return not owners or (kind == LOCK_SH and bool(self.how & LOCK_SH))

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Tell whether the lock can be had, or is not waited for."""
        return bool(self.how & (LOCK_UN | LOCK_NB)) or self._is_free(kernel)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return 0, or -EWOULDBLOCK."""
        return 0 if self.how & LOCK_UN or self._is_free(kernel) else -errno.EWOULDBLOCK

    def act(self, kernel: Kernel, _name: str, edge: Edge) -> bytes:
        """Give up what this description had, even where the new lock is refused; take the new."""
        kind, owners = self._others(kernel)
        if edge.result == 0 and not self.how & LOCK_UN:
            kind = self.how & (LOCK_SH | LOCK_EX)
            owners = tuple(sorted((*owners, self.description)))
        kernel.locks.pop(self.path, None)
        if owners:
            kernel.locks[self.path] = kind, owners
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Tell whether another has the lock."""
        return result == -errno.EWOULDBLOCK


class Histories:
    """Files as histories: the changes made to a path, in order, each history with a number.

    A change that touches several paths (rename) is told of each, with all their pasts: what one
    of them holds is a function of its own history alone.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}

    def after(self, pasts: tuple[int, ...], change: object) -> int:
        """Return the number of the history that a change makes of others; 0 is the beginning."""
        return self._numbers.setdefault((pasts, change), len(self._numbers) + 1)
