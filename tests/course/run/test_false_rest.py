"""Rest is never told of a demonstration that can still move, whatever else the machine does.

Every demonstration of the course rests as often as it should: as often as the first time, and all
that its lesson claims holds. SIMPSH_ROUNDS is the number of runs; a few by default.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from itertools import cycle, islice

import pytest

from simpsh.course import Run
from simpsh.course.claims.expectation import Unknown
from simpsh.course.lesson.lesson_library import Library
from simpsh.process.machine_permits import why_not
from tests.course.demonstrations import perform

RUNS = int(os.environ.get("SIMPSH_ROUNDS", "0"))
A_FEW = 12
SAME_LOAD = 4
"""How many runs are made before the load changes."""
BURN = "while :; do :; done"
WRITE = "while :; do dd if=/dev/zero of=f bs=64k count=1 conv=fsync 2>/dev/null; done"
BREED = "while :; do (:); done"
LOADS = ((), (BURN,), (BURN,) * 3, (WRITE,), (BURN, WRITE, BREED))
"""What runs beside the demonstrations, in turn: it computes, waits for a disk, makes processes."""


def demonstrations():
    """Every run of the course that this machine can show and that needs no guard."""
    lessons, problems = Library(()).all()
    assert not problems
    return [
        (lesson.id, step)
        for lesson in lessons
        for step in lesson.steps
        if isinstance(step, Run) and step.guard is None and not why_not(step.all_needs)
    ]


@contextmanager
def beside(loads, directory):
    """Have these loads meanwhile, each in a session of its own."""
    shells = [
        subprocess.Popen(["sh", "-c", load], cwd=directory, start_new_session=True)
        for load in loads
    ]
    try:
        yield
    finally:
        for shell in shells:
            os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()


def told(seen):
    """What must be the same each time: whether it hangs, how often it rests, who is left."""
    rests = [mark for mark in seen.moments if mark.startswith("rest")]
    return seen.hangs, rests, sorted(seen.left), seen.problem


def refuted(step, seen):
    """The claims that do not hold of a run."""
    found = []
    for claim in step.claims:
        try:
            if not why_not(claim.needs) and not claim.expectation.holds(seen):
                found.append(claim.sentence)
        except Unknown:
            continue
    return found


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_no_demonstration_is_told_to_rest_while_it_can_move(tmp_path):
    every = demonstrations()
    some = every if RUNS else every[:: max(1, len(every) // A_FEW)]
    runs = list(islice(cycle(some), RUNS or A_FEW))
    first: dict[int, object] = {}
    false = []
    for start, load in zip(range(0, len(runs), SAME_LOAD), cycle(LOADS)):
        with beside(load, tmp_path):
            for name, step in runs[start : start + SAME_LOAD]:
                seen = perform(step)
                expected = first.setdefault(id(step), told(seen))
                if told(seen) != expected:
                    false.append(f"{name} {step.id} beside {load}: {told(seen)}, not {expected}")
                false += [f"{name} {step.id} beside {load}: {one}" for one in refuted(step, seen)]
    assert len(runs) == (RUNS or A_FEW)
    assert not false, "\n".join([f"{len(false)} of {len(runs)} runs:", *false[:50]])
