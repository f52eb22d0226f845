"""Claims about lower levels are checked against level io: states, descriptors, causes, ends etc.

A run is recorded once at level io and reduced to the events of each lower level, so the result does
not depend on scheduling. Deterministic programs are also recorded at each level.
"""

import sys
from collections import Counter

import pytest

from simpsh.base.targets import Member
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import (
    INFERRED,
    SEEN,
    UNWATCHED,
    WAITING,
    CausalEdge,
    Chronicle,
    DescriptorTable,
)
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import Run
from tests.harness.recorded import recorded
from tests.support.needed_programs import require
from tests.trace.lie_detector import (
    LEVELS,
    Truth,
    as_recorded,
    claims_by_moment,
    claims_of,
    judged_at_lower_levels,
    refuted,
)
from tests.trace.test_against_strace import NEEDS, PYTHON, SHELL, C
from tests.trace.test_other_worlds import can_unshare

pytestmark = pytest.mark.long("each program is recorded at each level")

SUBREAPER = """
int main(void) {
    int ends[2]; pipe(ends); prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) { if (fork() == 0) { usleep(3000); _exit(2); } _exit(1); }
    read(ends[1], ends, 1); while (wait(0) > 0) continue;
    return 0;
}
"""
SHARED = """
#include <sys/syscall.h>
int main(void) {
    int ends[2]; pipe(ends);
    if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0) == 0) _exit(close(ends[1]));
    return wait(0) > 0 && read(ends[0], ends, 1);
}
"""
QUICK = ("small things", "broken pipe", "subprocess", "CLONE_PARENT", "a daemon", "subreaper")
DETERMINISTIC = ("CLONE_PARENT", "an orphan", "vfork", "clone3", "a stop", "subreaper")
PROGRAMS = {**SHELL, **PYTHON, **C, "subreaper": SUBREAPER}


def argv_of(name, compiled, directory):
    if name in C or name == "subreaper":
        return [compiled(PROGRAMS[name])]
    if name in PYTHON:
        path = directory / f"{name}.py"
        path.write_text(PROGRAMS[name])
        return [sys.executable, "-I", "-S", str(path)]
    require(NEEDS.get(name, "sh"))
    if name.startswith("unshare") and not can_unshare():
        pytest.skip("no PID namespace may be made here")
    line = PROGRAMS[name].replace("COUNT", "30").replace("LIMIT", ".05")
    return ["/bin/sh", "-c", line]


def print_counts(judged):
    print("; ".join(f"{kind}: {number} checked" for kind, number in sorted(judged.items())))


@pytest.mark.usual("small things", "a daemon")
@pytest.mark.parametrize("name", QUICK)
def test_level_io_refutes_no_claim(name, compiled, tmp_path):
    found = recorded(*argv_of(name, compiled, tmp_path), level="io", directory=str(tmp_path))
    lies, judged = judged_at_lower_levels(found.events)
    print_counts(judged)
    assert lies == []
    assert min(judged[kind] for kind in ("state", "descriptor", "cause")) > 0


@pytest.mark.usual("an orphan")
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_recordings_of_all_levels_agree_at_the_same_step(name, compiled, tmp_path):
    argv = argv_of(name, compiled, tmp_path)
    truth = claims_by_moment(recorded(*argv, level="io").events, "io")
    for level in LEVELS[:-1]:
        claims = claims_by_moment(recorded(*argv, level=level).events, level)
        assert claims.keys() - {key for key in claims if key[1] == "Reparent"} <= truth.keys()
        for moment, (held, causes) in claims.items():
            if moment in truth:
                known, its_causes = truth[moment]
                assert held.items() <= known.items(), moment
                assert causes <= its_causes, moment


def test_a_descriptor_that_another_process_may_have_closed_is_not_inferred(compiled):
    found = chronicle_of(recorded(compiled(SHARED), level="io").events, "io")
    ends = [claim for claim in claims_of(found) if claim.value == "4 write end of pipe A"]
    assert {claim.evidence for claim in ends} == {SEEN, UNWATCHED}


def handed_on(chronicle, monkeypatch):
    """Reproduce a former defect: a hidden step passed its causes on to the next step."""
    direct = Chronicle.causes_of

    def causes_of(self, index):
        before = [i for i in range(index) if self.owners[i] == self.owners[index]]
        more = direct(self, before[-1]) if before else []
        return [*direct(self, index), *(CausalEdge(e.kind, e.source, index) for e in more)]

    monkeypatch.setattr(Chronicle, "causes_of", causes_of)


def still_open(_chronicle, monkeypatch):
    """Reproduce a former defect: a descriptor was claimed open until other evidence was seen."""
    monkeypatch.setattr(DescriptorTable, "evidence", lambda *_: INFERRED)


def in_wait_for_ever(chronicle, _):
    for process in chronicle.processes.values():
        for interval in process.intervals:
            if interval.state == WAITING:
                interval.end = len(chronicle.events)


def adopted_by_its_parent(chronicle, _):
    """Reproduce a former defect: a child of CLONE_PARENT counted as an orphan."""
    for name, process in chronicle.processes.items():
        if name != "P0":
            process.adoptions.append((process.birth, Member("P0")))


@pytest.mark.usual("handed_on-cause")
@pytest.mark.parametrize(
    ("lie", "kind"),
    [
        (handed_on, "cause"),
        (still_open, "descriptor"),
        (in_wait_for_ever, "state"),
        (adopted_by_its_parent, "adoption"),
    ],
)
def test_a_former_lie_is_found(lie, kind, compiled, tmp_path, monkeypatch):
    argv = ["/bin/sh", "-c", "ls / | wc -l; /bin/true"]
    found = recorded(*argv, level="io", directory=str(tmp_path)).events
    lower, places = as_recorded(found, "calls")
    chronicle, truth = chronicle_of(lower, "calls"), Truth(found)
    assert refuted(chronicle, places, truth)[0] == []
    lie(chronicle, monkeypatch)
    lies, _ = refuted(chronicle, places, truth)
    assert {claim.kind for claim in lies} == {kind}


def assert_no_lies(runs, least):
    """Judge runs, given as names and events of level io; there must be more than `least`."""
    lies, judged, count = [], Counter(), 0
    for name, events in runs:
        more, counts = judged_at_lower_levels(events)
        lies += [f"{name}: {claim}" for claim in more]
        judged, count = judged + counts, count + 1
    print(f"{count} runs")
    print_counts(judged)
    assert lies == []
    assert count > least


@pytest.mark.long("every demonstration of the course is run")
def test_no_claim_is_refuted_in_the_demonstrations_of_the_lessons():
    steps = [(lesson, step) for lesson in Library().all()[0] for step in lesson.steps]
    seen = (
        (f"{lesson.id} {step.id}", step.perform())
        for lesson, step in steps
        if isinstance(step, Run)
    )
    observed = ((name, run.events) for name, run in seen if isinstance(run, Observation))
    assert_no_lies(observed, 100)
