"""The rule for wait: which child it finds, of those that it means."""

from __future__ import annotations

import errno

from simpsh.explore.model.job_control import group_of, news_of, take_news
from simpsh.explore.model.kernel_state import (
    HistoryEdge,
    Kernel,
    Prediction,
    Rule,
    birth_number,
    parent_of,
)
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.group_targets import group_meant, is_group
from simpsh.explore.operations.stop_operations import CONTINUED_WORD, WCONTINUED, WUNTRACED

_NOTHING_YET = 0


def _birth(found: tuple[str, int]) -> int:
    return birth_number(found[0])


class WaitRule(Rule):
    """wait4: the eldest child that is dead, or has stopped or continued; or ECHILD.

    Or 0 for none yet, if it may not block.
    """

    def __init__(self, target: str, options: int) -> None:
        self.target = target
        self.polls = bool(options & ops.WNOHANG)
        self.waits_for_group = is_group(target) and not self.polls
        self.stops = options & (WUNTRACED | WCONTINUED)
        self.collects = not options & ops.WNOWAIT

    def _is_meant(self, kernel: Kernel, child: str, name: str) -> bool:
        if self.target == ops.ANY:
            return parent_of(child) == name
        if not is_group(self.target):
            return child == self.target
        group = group_meant(self.target, group_of(kernel, name))
        return parent_of(child) == name and group_of(kernel, child) == group

    def _dead(self, kernel: Kernel, name: str) -> list[str]:
        if self.target == ops.ANY:
            return [child for child in kernel.zombies if parent_of(child) == name]
        return [child for child in kernel.zombies if self._is_meant(kernel, child, name)]

    def _with_news(self, kernel: Kernel, name: str) -> list[tuple[str, int]]:
        """Return the children that the wait may return, with their status words."""
        found = [(child, kernel.zombies[child]) for child in self._dead(kernel, name)]
        if self.stops:
            for child in self._living(kernel, name):
                news = news_of(kernel, child)
                wanted = WCONTINUED if news == CONTINUED_WORD else WUNTRACED
                if news and self.stops & wanted:
                    found.append((child, news))
        return found

    def _living(self, kernel: Kernel, name: str) -> list[str]:
        return [child for child in kernel.procs if self._is_meant(kernel, child, name)]

    def _has_living(self, kernel: Kernel, name: str) -> bool:
        if self.target == ops.ANY:
            return kernel.has_living_child(name)
        return any(self._is_meant(kernel, child, name) for child in kernel.procs)

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether there is news, or no child to have news of."""
        return (
            self.polls or bool(self._with_news(kernel, name)) or not self._has_living(kernel, name)
        )

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the child and its status, 0, or -ECHILD."""
        found = self._with_news(kernel, name)
        if found:
            return min(found, key=_birth)
        return _NOTHING_YET if self._has_living(kernel, name) else -errno.ECHILD

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Let the zombie that was collected vanish."""
        match edge.result:
            case (str(child), int()) if self.collects:
                kernel.zombies.pop(child, None)
                take_news(kernel, child)
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether no child has ended yet."""
        return self.polls and result == _NOTHING_YET

    def is_settled(self, kernel: Kernel, name: str) -> bool:
        """Return whether nothing that any process does can change the result."""
        if self.stops:
            return False
        dead = self._dead(kernel, name)
        living = self._living(kernel, name)
        if not dead:
            return not living
        eldest = min(map(birth_number, dead))
        return all(birth_number(child) > eldest for child in living)
