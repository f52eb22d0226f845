"""If a system call of the judge fails, no mark changes, and the next run judges the submission.

`make test` tries a few of about 70,000 faults; `make test-long` tries 500, each call with each
error first.
"""

import errno
import random
import re

import pytest

from tests.grade.confinement import accepted
from tests.grade.sandbox import judge_faults
from tests.grade.sandbox.judge_faults import SCENES, Class, Fault, drawn, errors_of, problems
from tests.support.needed_programs import require

pytestmark = [pytest.mark.needs("ptrace", "root"), pytest.mark.timeout(900)]
CALLS = ("mkdir", "mount", "openat", "fork", "clone", "unshare", "pipe2", "socketpair", "chown")
"""Calls that confine a submission or begin its run."""


@pytest.fixture
def judged():
    if accepted():
        pytest.skip("nothing can be isolated here")
    if not errors_of("mkdir"):
        pytest.skip("the man pages of section 2 are not installed")
    require("gcc")
    judge_faults.preload()
    made = Class()
    yield made
    made.remove()


def test_a_call_of_the_judge_that_fails_changes_no_mark(judged):
    chance = random.Random(0)
    scene = chance.choice(("exercise", "build", "check"))
    usual, places = judged.judged(scene, records=True)
    marks = [row.partition(",")[2] for row in usual.marks]
    assert marks == (["1,1", "0,1"] if scene == "check" else ["2,2", "1,2"]), usual
    # The deepest is in the process that becomes the submission.
    entries = [it for it in places if it.path.endswith("oom_score_adj") or it.call == "capset"]
    known = max(entries, key=lambda place: place.depth)
    faults = [Fault(known, errno.EMFILE)]
    for place in chance.sample([it for it in places if it.call in CALLS and it.depth], 3):
        faults.append(Fault(place, chance.choice(errors_of(place.call) or [errno.ENOMEM])))
    for fault in faults:
        outcome, _ = judged.judged(scene, fault)
        again = judged.judged(scene, keeps=True)[0] if outcome.status else None
        assert [*problems(outcome, again, usual)] == [], fault
        if fault.place is known:
            assert re.fullmatch(
                r"simpsh: grade: [\w.]+: not judged: [^\n]+; judge it again\n", outcome.errors
            ), outcome


@pytest.mark.long("five hundred judgings of two submissions, each with a fault")
@pytest.mark.timeout(3600)
def test_no_fault_of_a_large_draw_changes_a_mark(judged):
    usual, places = {}, []
    for scene in SCENES:
        usual[scene], met = judged.judged(scene, records=True)
        places += met
    faults = [Fault(place, error) for place in places for error in errors_of(place.call)]
    for number, fault in enumerate(drawn(faults, 500)):
        scene = fault.place.scene
        outcome, _ = judged.judged(scene, fault)
        # The next run takes as long, so not each is tried.
        is_tried = outcome.status and number % 10 == 0
        again = judged.judged(scene, keeps=True)[0] if is_tried else None
        assert [*problems(outcome, again, usual[scene])] == [], fault
