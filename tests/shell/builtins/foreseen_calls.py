"""What `explain` foretells of a line, and what a recording of the line says of the same calls."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

from tests.support.shells import SIMPSH, Place, run, simpsh

CALLS = ("fork", "exec", "pipe", "open", "dup2", "close", "wait")
_TOLD = re.compile(r"(\d+)(?: to (\d+))? (fork|exec|pipe|open|dup2|close|wait)s?( or more)? ·")

Bounds = tuple[int, float]


def explained(*lines: str) -> list[str]:
    """What explain prints about each line, in a script, with 80 columns."""
    # One shell explains them all: nothing of a line is run, so none can change the next one.
    script = "\n".join(
        f"explain \"${{{number}}}\"; printf '\\f'" for number in range(1, len(lines) + 1)
    )
    outcome = run(SIMPSH, script, arguments=lines)
    assert (outcome.status, outcome.error) == (0, ""), outcome
    return outcome.text.split("\f")[:-1]


def foretold(lines: Sequence[str]) -> dict[str, dict[str, Bounds]]:
    """How often each line makes each call, as explain says: at least, and at most."""
    return dict(zip(lines, map(totals, explained(*lines)), strict=True))


def totals(explanation: str) -> dict[str, Bounds]:
    """The last lines of an explanation, as numbers."""
    _, _, text = explanation.rpartition("  in all")
    found = {}
    for low, high, call, is_open in _TOLD.findall(" ".join(text.replace("\n", " · ").split())):
        found[call] = int(low), float("inf") if is_open else float(high or low)
    assert tuple(found) == CALLS, explanation
    return found


def recorded(line: str) -> dict[str, int]:
    """How often the shell, its copies, and their children up to exec made each call."""
    with Place() as place:
        file = f"{place.base}/recording"
        run(simpsh("--engine", "fork", "--trace", file), line, place=place)
        with open(file, encoding="utf-8") as recording:
            events = [json.loads(one) for one in recording][1:]
    counts: Counter[str] = Counter()
    for event in events:
        call, amount = _counted(event)
        counts[call] += amount
    return {call: counts[call] for call in CALLS}


def _counted(event: dict[str, object]) -> tuple[str, int]:
    """Which count an event changes, and by how much."""
    match event:
        case {"event": "fork" | "pipe" | "close" as name}:
            return str(name), 1
        case {"event": "open", "errno": 0}:
            return "open", 1
        case {"event": "wait_return", "child_pid": int(pid)} if pid > 0:
            return "wait", 1
        case {"event": "call", "name": "dup2", "errno": 0}:
            return "dup2", 1
        case {"event": "call", "name": "execve", "begins": True}:
            # One that succeeds never comes back.
            return "exec", 1
        case {"event": "exec_error"}:
            return "exec", -1
    return "", 0
