"""A shell tries one directory of PATH after the other: only the last attempt is of interest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.events import Exec, ExecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.events import Event


def without_search(events: Sequence[Event]) -> list[Event]:
    """Return the events without the attempts to execute that the same process followed by others.

    Who finds nothing anywhere keeps its last attempt.
    """
    kept: list[Event] = []
    tried_again: set[str] = set()
    for event in reversed(events):
        if isinstance(event.what, Exec | ExecError):
            if isinstance(event.what, ExecError) and event.proc in tried_again:
                continue
            tried_again.add(event.proc)
        kept.append(event)
    kept.reverse()
    return kept
