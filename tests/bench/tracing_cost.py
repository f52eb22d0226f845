"""The cost of observation: 500 commands of dash, untraced, under strace, and at each level."""

from __future__ import annotations

import os

from tests.bench.timing import Candidate, command, interleave
from tests.support.shells import simpsh_command

COMMANDS = 500
LEVELS = "events", "calls", "io"


def measure(directory: str, rounds: int, commands: int = COMMANDS) -> str:
    """Return the table of medians and their ratios to the untraced run."""
    path = os.path.join(directory, "traced")
    with open(path, "w", encoding="utf-8") as file:
        file.write("/bin/true\n" * commands)
    recorded = [*simpsh_command(), "trace", "-o", os.path.join(directory, "run.jsonl"), "--level"]
    prefixes = {"untraced": [], "strace -f": ["strace", "-f", "-o", os.devnull]}
    prefixes |= {f"level {level}": [*recorded, level] for level in LEVELS}
    results = interleave(
        [
            Candidate(name, command([*words, "dash", path], directory))
            for name, words in prefixes.items()
        ],
        rounds,
    )
    untraced = results[0].median
    lines = [f"{commands} commands of dash in milliseconds, with the ratio to the untraced run"]
    for result in results:
        if result.problem:
            lines.append(f"  {result.name:<12}  {result.problem}")
        else:
            median = result.median
            lines.append(f"  {result.name:<12}{median * 1000:>9.1f}{median / untraced:>7.2f} ×")
    return "\n".join(lines)
