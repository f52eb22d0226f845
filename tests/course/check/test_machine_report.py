"""doctor: each permission that is missing is listed, with the remedy."""

from functools import partial

import pytest

from simpsh.course.check.machine_report import MachineReport, lines_of
from simpsh.process.machine_permits import NEEDS, UNCONFINED, lack
from simpsh.process.worker import in_own_process
from tests.course.lesson_files import library, write_lesson
from tests.support.untraceable import without

TEMPORARY = "temporary dir"


def test_the_kind_of_a_step_determines_its_needs(tmp_path):
    steps = (
        ("Run(C('int main(void) { return 0; }'), id='c')", ("compiler", "ptrace", TEMPORARY)),
        ("Run(one_child, id='t', terminal=True)", ("ptrace", TEMPORARY, "terminal")),
        ("Run(one_child, id='g', guard=4)", ("ptrace", TEMPORARY, "guard")),
        (
            "Compare(Run(one_child, id='g', guard=4), id='x', variants={}, columns={})",
            ("ptrace", TEMPORARY, "guard"),
        ),
        ("Explore(one_child, id='e')", ("orders of Python", TEMPORARY)),
        ("Try('t', {'a': 'returns'}, 'h', 'true', wrong={'x': 'w'})", ("ptrace", TEMPORARY)),
    )
    write_lesson(tmp_path, "tried", ", ".join(step for step, _ in steps))
    found = library(tmp_path).find("tried").steps
    assert [step.all_needs for step in found] == [needs for _, needs in steps]


def test_a_need_that_includes_a_missing_one_has_its_reason_and_its_remedy(monkeypatch):
    def no_compiler():
        monkeypatch.setenv("PATH", "/nowhere")
        lack.cache_clear()
        return lack("compiler"), lack("glibc")

    compiler, glibc = in_own_process(no_compiler, 60)
    assert compiler == glibc
    assert compiler.remedy == "install a C compiler and its headers: apt install gcc libc6-dev"


@pytest.mark.parametrize("name", ["guard", "orders of Python", "ptrace"])
def test_a_need_without_one_of_its_calls_is_advised_to_permit_it(name):
    found = without("ptrace", partial(lack, name))
    assert "refuses ptrace (" in found.reason
    assert found.remedy == UNCONFINED


def test_the_report_lists_what_is_missing_and_the_remedies():
    missing, refused = {"root": "this is an ordinary user"}, {"statx": "a filter refuses statx"}
    remedies = {"root": NEEDS["root"].remedy}
    report = MachineReport(missing, remedies, refused, ["x.py: broken"])
    assert not report.is_good
    lines = list(lines_of(report))
    assert any(line.split()[:4] == ["✗", "root", "change", "the"] for line in lines)
    assert "                  missing: this is an ordinary user" in lines
    assert '                  to do:   sudo "$(command -v simpsh)" …' in lines
    assert lines[-3:] == [
        "a filter refuses statx. To do: in a container: docker run --security-opt",
        "  seccomp=unconfined",
        "x.py: broken",
    ]
    assert max(map(len, lines[1:])) <= 80
    assert sum(line.startswith("  ✗ ") for line in lines) == 1
    lines = list(lines_of(MachineReport({}, {}, {}, [])))
    assert lines[-1] == "Every lesson shows everything on this machine."
    assert sum(line.startswith("  ✓ ") for line in lines) == len(NEEDS)
