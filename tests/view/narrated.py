"""Run a script with narration; return the narration with names instead of pids."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.harness.sh import Outcome, Place, run, simpsh

PID = re.compile(r"(?<=rocess \()\d+|(?<=process group )\d+")


@dataclass(frozen=True)
class Story:
    lines: list[str]
    """The narration; S is the shell, A, B … are the other processes in order of appearance."""
    others: list[str]
    outcome: Outcome
    pids: dict[str, int]

    def of(self, *wanted: str) -> list[str]:
        """Return the lines that contain one of the words."""
        return [line for line in self.lines if any(word in line for word in wanted)]


def narrate(script: str, *options: str, place: Place | None = None, **how) -> Story:
    """Run a script, by default with -v, and split its standard error into a Story."""
    outcome = run(simpsh(*(options or ("-v",))), script, place=place, **how)
    return story(outcome, outcome.error)


def story(outcome: Outcome, text: str) -> Story:
    """Split a text into narration and other lines."""
    lines = text.splitlines()
    narrated = [line for line in lines if line.startswith("[v]: ")]
    others = [line for line in lines if line not in narrated]
    names = named(narrated)
    bare = [PID.sub(lambda match: names[match.group()], line) for line in narrated]
    return Story(
        [line.removeprefix("[v]: ") for line in bare],
        others,
        outcome,
        {name: int(pid) for pid, name in names.items()},
    )


def named(lines: Sequence[str]) -> dict[str, str]:
    """Return names for the pids; the parent that waits first is the shell."""
    waiting = (re.search(r"Parent process \((\d+)\)", line) for line in lines)
    first = next((match for match in waiting if match), None)
    names = {} if first is None else {first.group(1): "S"}
    for line in lines:
        for pid in PID.findall(line):
            names.setdefault(pid, chr(ord("A") + len(names) - 1))
    return names
