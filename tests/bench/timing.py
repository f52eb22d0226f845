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

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, relative to the median."""
        if len(self.seconds) < 4:
            return (max(self.seconds) - min(self.seconds)) / 2 / self.median
        quarters = statistics.quantiles(self.seconds, n=4)
        return (quarters[2] - quarters[0]) / 2 / self.median


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


def command(
    argv: Sequence[str], directory: str, *, warm: int = 1, times: int = 1
) -> Callable[[], float]:
    """A measure of running `argv` to its end, `times` in a row, after `warm` uncounted runs.

    Standard output and error go to /dev/null; the mean of one run is returned.
    """
    state = {"warm": warm}

    def measure() -> float:
        for _ in range(state["warm"]):
            _run(argv, directory)
        state["warm"] = 0
        start = time.perf_counter()
        for _ in range(times):
            _run(argv, directory)
        return (time.perf_counter() - start) / times

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


def table(title: str, results: Sequence[Result], against: str, goal: str = "") -> str:
    """A table with one line for each candidate and its ratio to candidate `against`."""
    lines = [title + (f"   (goal: {goal})" if goal else "")]
    base = next((one for one in results if one.name == against and not one.problem), None)
    width = max(len(one.name) for one in results)
    for one in results:
        if one.problem:
            lines.append(f"  {one.name:<{width}}  cannot be measured: {one.problem}")
            continue
        ratio = f"{one.median / base.median:6.2f} × {against}" if base else ""
        lines.append(
            f"  {one.name:<{width}}  {one.median * 1000:9.2f} ms  ± {one.spread:4.0%}  {ratio}"
        )
    return "\n".join(lines)


def machine_line() -> str:
    """The machine of the figures, and whether it was quiet."""
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    version = ".".join(map(str, sys.version_info[:3]))
    line = f"Python {version}, Linux {os.uname().release}, {cores} cores, load {load:.2f}"
    if load > 0.3 * cores:
        line += "\nThe machine is NOT quiet: compare ratios at most, and measure again."
    return line
