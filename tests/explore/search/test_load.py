"""Other programs that compute change neither the verdict of a search, nor outcomes and reasons."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.process.worker import Channel, Worker

BUSY = 4
SLEEPS = """
import os, time
if os.fork() == 0:
    time.sleep(0.2)
    os.write(1, b"c")
    os._exit(0)
time.sleep(0.1)
os.write(1, b"p")
os.wait()
"""
SETS = {
    "a Python program that sleeps": (("python", "-c", SLEEPS), {}),
    "a C program that sleeps": (("sleep_sync.c",), {}),
    "free runs of an orphan": (("orphan.c",), {}),
    "near the budget": (("children.c", "5"), {"budget_seconds": 2.0}),
}


def spin(_: Channel) -> None:
    while True:
        pass


@contextmanager
def busy_loops() -> Iterator[None]:
    """Compute in four other processes."""
    workers = [Worker(spin) for _ in range(BUSY)]
    try:
        yield
    finally:
        for worker in workers:
            worker.end(at_once=True)


def verdict_of(words, limits, directory):
    """Return what a search has found, without the numbers of its runs."""
    found = explore(program_of(words, directory=str(directory)), ExplorationLimits(**limits))
    outcomes = {(one.text, one.statuses, one.files, one.deadlock) for one in found.outcomes}
    return found.is_complete, outcomes, found.reasons, found.unchecked, found.amid


@pytest.mark.slow
@pytest.mark.drawn(1)
@pytest.mark.parametrize("name", SETS)
def test_load_does_not_change_a_verdict(name, compiled, tmp_path):
    (program, *arguments), limits = SETS[name]
    first = (sys.executable, "-E", "-S")
    if program.endswith(".c"):
        first = (compiled(f"programs/{program}"),)
    words = (*first, *arguments)
    alone = verdict_of(words, limits, tmp_path)
    with busy_loops():
        beside = verdict_of(words, limits, tmp_path)
    assert beside == alone
    assert alone[0], alone[2:]
