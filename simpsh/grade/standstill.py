"""A family in which nobody can move any more: waiting longer for it is of no use.

Everybody in it sleeps, is stopped or dead, and nobody has run for a while. A process that is to run
and has no processor shows another letter than one that sleeps, so a busy machine is no standstill.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simpsh.process.process_stat import stat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SECONDS = 0.5
_BETWEEN_LOOKS = 0.05
_UNMOVED = frozenset("STtZ")


class Standstill:
    """Looks at a family again and again.

    Args:
        family: returns the pids of all who could move.
    """

    def __init__(self, family: Callable[[], Iterable[int]]) -> None:
        self._family = family
        self._seen: tuple[str, ...] = ()
        self._since = self._next = time.monotonic()

    def lasts(self) -> bool:
        """Tell whether nobody has moved for half a second, and nobody is about to."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _BETWEEN_LOOKS
        seen = self._look()
        if not seen or seen != self._seen:
            self._seen, self._since = seen, now
            return False
        return now - self._since > _SECONDS

    def _look(self) -> tuple[str, ...]:
        """Return how often each has run so far; nothing if somebody is running or to be run."""
        try:
            return tuple(f"{pid} {_switches(pid)}" for pid in self._family())
        except (ProcessLookupError, FileNotFoundError, _Moves):
            return ()


class _Moves(Exception):
    """Somebody can move."""


def _switches(pid: int) -> str:
    if stat(pid).state not in _UNMOVED:
        raise _Moves
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return " ".join(line.split()[1] for line in file if "ctxt_switches" in line)
