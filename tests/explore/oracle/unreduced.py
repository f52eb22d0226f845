"""Every order there is, one run each, with no reduction whatever: slow, and plainly right."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simpsh.explore.search.source_dpor import SteppedRun
    from simpsh.explore.search.state_graph import Ending


@dataclass
class Every:
    endings: set[Ending] = field(default_factory=set)
    runs: int = 0
    is_complete: bool = False


def every_order(
    begin: Callable[[], SteppedRun], seconds: float = 1e9, most_runs: int = 10**9
) -> Every:
    """Make every run there can be, as long as time and number allow."""
    found = Every()
    deadline = time.monotonic() + seconds
    path: list[tuple[list[str], int]] = []
    while found.runs < most_runs and time.monotonic() < deadline:
        found.runs += 1
        run = begin()
        try:
            depth = 0
            while choices := list(run.choices()):
                if depth == len(path):
                    path.append((choices, 0))
                known, chosen = path[depth]
                assert known == choices, f"the same steps led to {known}, then to {choices}"
                run.step(choices[chosen])
                depth += 1
            found.endings.add(run.ending())
        finally:
            run.close()
        while path and path[-1][1] + 1 == len(path[-1][0]):
            path.pop()
        if not path:
            found.is_complete = True
            break
        choices, chosen = path[-1]
        path[-1] = choices, chosen + 1
    return found
