"""How exploring grows: n children and wait, beside the number of all orders."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.explore.oracle.unreduced_model import EveryOrder, TooMuch

from simpsh.explore.control.explored_program import ExploredProgram, program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from tests.support.c_programs import compile_c

MOST = 8
PROGRAMS = Path(__file__).parent.parent / "explore" / "programs"
_ORDERS_UP_TO = 5
_KINDS = {"f": "forgotten", "s": "each status printed"}


def measure(directory: str, most: int = MOST) -> str:
    """Return the table."""
    place = Path(directory)
    (place / "empty").mkdir()
    binary = compile_c(PROGRAMS / "collects.c", place / "collects", f"-I{PROGRAMS}")
    sys.setrecursionlimit(20_000)
    lines = ["n children and wait: real runs", _row("n", "", "every order", "explore")]
    for kind, words in _KINDS.items():
        for count in range(2, most + 1, 2):
            program = program_of((binary, str(count), kind), directory=str(place / "empty"))
            before = time.process_time()
            found = explore(program, ExplorationLimits(natives=0, replays=0))
            used = time.process_time() - before
            runs = f"{found.runs}, {found.states:,} states, {used:.2f} s of CPU"
            runs += "" if found.is_complete else ", not complete"
            lines.append(_row(count, words, _orders(program, count), runs))
    return "\n".join(lines)


def _row(*parts: object) -> str:
    number, words, orders, runs = parts
    return f"  {number:>2}  {words:<20} {orders:>13}  {runs}"


def _orders(program: ExploredProgram, count: int) -> str:
    if count > _ORDERS_UP_TO:
        return "–"
    try:
        return f"{EveryOrder(program).orders:,}"
    except TooMuch:
        return "–"
