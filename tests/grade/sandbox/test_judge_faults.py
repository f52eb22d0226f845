"""If a system call of the judge fails, no mark changes, and the next run judges the submission.

`make test` draws a few of all faults; SIMPSH_SEED repeats a draw. `make test-long` draws 2,000.
"""

from __future__ import annotations

import errno
import os
import random
import re

import pytest

from simpsh.kernel.processes import set_child_subreaper
from tests.grade.confinement import accepted
from tests.grade.sandbox import judge_faults
from tests.grade.sandbox.judge_faults import Class, Fault, errors_of, problems

pytestmark = [pytest.mark.needs("ptrace", "root"), pytest.mark.slow, pytest.mark.timeout(900)]
SEED = int(os.environ.get("SIMPSH_SEED") or random.SystemRandom().randrange(1 << 30))
CALLS = ("mkdir", "mount", "openat", "fork", "clone", "unshare", "pipe2", "socketpair", "chown")
"""Calls that confine a submission or begin its run."""


@pytest.fixture
def judged(monkeypatch):
    if accepted():
        pytest.skip("nothing can be isolated here")
    if not errors_of("mkdir"):
        pytest.skip("the man pages of section 2 are not installed")
    set_child_subreaper(True)
    judge_faults.preload()
    made = Class()
    yield made
    made.remove()
    set_child_subreaper(False)


def test_a_call_of_the_judge_that_fails_changes_no_mark(judged):
    usual, places = judged.judged(None)
    assert usual.marks == ("right.py,7,7", "wrong.py,4,7"), usual
    chance = random.Random(SEED)
    # The deepest is in the process that becomes the submission; the first one is in a probe.
    entries = [it for it in places if it.path.endswith("oom_score_adj") or it.call == "capset"]
    known = max(entries, key=lambda place: place.depth)
    faults = [Fault(known, errno.EMFILE)]
    for place in chance.sample([it for it in places if it.call in CALLS and it.depth], 2):
        faults.append(Fault(place, chance.choice(errors_of(place.call) or [errno.ENOMEM])))
    for fault in faults:
        outcome, _ = judged.judged(fault)
        again = judged.judged(None, keeps=True)[0] if outcome.status else outcome
        assert [*problems(outcome, again, usual)] == [], f"SIMPSH_SEED={SEED} {fault}"
        if fault.place is known:
            assert re.fullmatch(
                r"simpsh: grade: \w+\.py: not judged: [^\n]+; judge it again\n", outcome.errors
            )


@pytest.mark.long("two thousand judgings of two submissions, each with a fault")
def test_no_fault_of_a_large_draw_changes_a_mark():
    assert judge_faults.main([str(SEED), "2000"]) == 0, f"SIMPSH_SEED={SEED}"
