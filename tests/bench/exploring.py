"""How exploring grows: n children and wait."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from tests.support.c_programs import compile_c

MOST = 8
PROGRAMS = Path(__file__).parent.parent / "explore" / "programs"
_KINDS = {"f": "forgotten", "s": "each status printed"}


def measure(directory: str, most: int = MOST) -> str:
    """Return the table."""
    place = Path(directory)
    (place / "empty").mkdir()
    binary = compile_c(PROGRAMS / "collects.c", place / "collects", f"-I{PROGRAMS}")
    sys.setrecursionlimit(20_000)
    lines = ["n children and wait: real runs", "   n                        explore"]
    for kind, words in _KINDS.items():
        for count in range(2, most + 1, 2):
            program = program_of((binary, str(count), kind), directory=str(place / "empty"))
            before = time.process_time()
            found = explore(program, ExplorationLimits(natives=0, replays=0))
            used = time.process_time() - before
            runs = f"{found.runs}, {found.states:,} states, {used:.2f} s of CPU"
            runs += "" if found.is_complete else ", not complete"
            lines.append(f"  {count:>2}  {words:<20}  {runs}")
    return "\n".join(lines)
