"""Every order there is, one run each, with no reduction whatever: slow, and plainly right."""

from __future__ import annotations

from dataclasses import dataclass, field

from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.search.outcome_automaton import Ending, ending_of


@dataclass
class Every:
    endings: set[Ending] = field(default_factory=set)
    runs: int = 0
    is_complete: bool = False


def every_order(knowledge: Knowledge, most_runs: int = 10**9) -> Every:
    """Make every run of the real program that there can be, as long as their number allows."""
    found = Every()
    path: list[tuple[list[str], int]] = []
    while found.runs < most_runs:
        found.runs += 1
        with ControlledRun(knowledge) as run:
            depth = 0
            while choices := sorted(run.enabled()):
                if depth == len(path):
                    path.append((choices, 0))
                known, chosen = path[depth]
                assert known == choices, f"the same steps led to {known}, then to {choices}"
                run.step(choices[chosen])
                depth += 1
            found.endings.add(ending_of(run))
        while path and path[-1][1] + 1 == len(path[-1][0]):
            path.pop()
        if not path:
            found.is_complete = True
            break
        choices, chosen = path[-1]
        path[-1] = choices, chosen + 1
    return found
