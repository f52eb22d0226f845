"""Rest is never told of a demonstration that can still move, whatever else the machine does.

Every demonstration of the course rests as often as it should: as often as the first time, and all
that its lesson claims holds. SIMPSH_ROUNDS is the number of runs; a few by default.
"""

from __future__ import annotations

import os
import signal
import tempfile
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
"""So many runs are made before the load changes."""
LOADS = ((), ("burn",), ("burn", "burn", "burn"), ("write",), ("burn", "write", "breed"))
"""What runs beside the demonstrations, in turn."""


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


def burn(_directory):
    while True:
        pass


def write(directory):
    """Write to the disk, and wait until it is there."""
    with tempfile.TemporaryFile(dir=directory) as file:
        while True:
            file.seek(0)
            file.write(b"x" * 65536)
            os.fsync(file.fileno())


def breed(_directory):
    """Make processes, one after the other, until SIGTERM; then none is left."""
    ending = []
    signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
    while not ending:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)


@contextmanager
def beside(names, directory):
    """Have these loads meanwhile; each ends with this process, or after an hour."""
    pids = []
    for name in names:
        pid = os.fork()
        if pid == 0:
            try:
                signal.alarm(3600)
                globals()[name](directory)
            finally:
                os._exit(0)
        pids.append(pid)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


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
