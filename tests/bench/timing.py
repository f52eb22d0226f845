"""Fair rounds: every candidate once, then all again, and the median of each.

Interleaving makes a slow minute of the machine fall on all candidates; the median forgets a single
interruption. Nothing here asserts a time: see __main__.py for the table.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Candidate:
    """One thing to be timed."""

    name: str
    measure: Callable[[], float]
    """Runs once and returns what it took, in seconds."""


@dataclass
class Result:
    """The results of the rounds for one candidate."""

    name: str
    seconds: list[float] = field(default_factory=list)
    problem: str = ""
    """Why it cannot be measured; empty when it can."""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Unable(Exception):
    """The candidate failed: its time would mean nothing."""


def interleave(
    candidates: Sequence[Candidate], rounds: int, progress: Callable[[int], None] = lambda _: None
) -> list[Result]:
    """Measure A B C, A B C, …; a candidate that fails is reported and left out from then on."""
    results = [Result(candidate.name) for candidate in candidates]
    for number in range(rounds):
        progress(number)
        for candidate, result in zip(candidates, results, strict=True):
            if result.problem:
                continue
            try:
                result.seconds.append(candidate.measure())
            except Unable as reason:
                result.problem = str(reason)
                result.seconds.clear()
    return results


def command(argv: Sequence[str], directory: str) -> Callable[[], float]:
    """Return a measure of running `argv` to its end; its output goes to /dev/null."""

    def measure() -> float:
        start = time.perf_counter()
        _run(argv, directory)
        return time.perf_counter() - start

    return measure


def _run(argv: Sequence[str], directory: str) -> None:
    try:
        done = subprocess.run(
            argv,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(directory),
            timeout=120,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unable(str(problem)) from problem
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise Unable(f"status {done.returncode}: {' '.join(last)[:70]}")


def environment(directory: str) -> dict[str, str]:
    """The environment of all candidates: bytecode is used, no user's file is read."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": directory,
        "XDG_CONFIG_HOME": f"{directory}/.config",
        "XDG_STATE_HOME": f"{directory}/.state",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def machine_line() -> str:
    """The machine of the figures, and whether it was quiet."""
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    version = ".".join(map(str, sys.version_info[:3]))
    line = f"Python {version}, Linux {os.uname().release}, {cores} cores, load {load:.2f}"
    if load > 0.3 * cores:
        line += "\nThe machine is NOT quiet: compare ratios at most, and measure again."
    return line
