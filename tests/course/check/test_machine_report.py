"""doctor: each step that this machine does not show is told, with what to do."""

from __future__ import annotations

import json

import pytest

from simpsh.course.check.machine_report import (
    LostStep,
    MachineReport,
    as_json,
    lines_of,
    losses_of,
)
from simpsh.process.machine_permits import NEEDS
from tests.course.lesson_files import GOOD_CLAIM, library, run_of, write_lesson


def lessons_with(tmp_path, *, step="()", claim="()"):
    claims = GOOD_CLAIM.replace("facts=", f"needs={claim}, facts=")
    write_lesson(tmp_path, "tried", f"Say('One.'), {run_of(claims, more=f'needs={step}')}")
    return library(tmp_path).find("tried")


def test_a_step_whose_need_is_missing_is_lost(tmp_path):
    lesson = lessons_with(tmp_path, step="('root', 'pidfd')")
    assert list(losses_of(lesson, {"root": "no root"})) == [
        LostStep("tried", 2, "one", "root", is_whole=True)
    ]


def test_a_claim_whose_need_is_missing_is_not_the_whole_step(tmp_path):
    lesson = lessons_with(tmp_path, claim="('page numbers',)")
    assert list(losses_of(lesson, {"page numbers": "hidden"})) == [
        LostStep("tried", 2, "one", "page numbers", is_whole=False)
    ]


def test_without_ptrace_every_demonstration_is_lost(tmp_path):
    lesson = lessons_with(tmp_path)
    found = losses_of(lesson, {"ptrace": "forbidden"})
    assert [one.need for one in found] == ["ptrace"]


@pytest.mark.parametrize(
    ("step", "need"),
    [
        ("Run(C('int main(void) { return 0; }'), id='c')", "compiler"),
        ("Run(one_child, id='t', terminal=True)", "terminal"),
        ("Run(one_child, id='g', guard=4)", "guard"),
        ("Run(Shell('true', program=('bash', '-c')), id='b')", "bash"),
        ("Compare(Run(one_child, id='g', guard=4), id='x', variants={}, columns={})", "guard"),
        ("Explore(one_child, id='e')", "ptrace"),
        ("Try('t', returns, 'h', 'true', 'p', wrong=['x'])", "ptrace"),
    ],
)
def test_what_a_step_is_tells_what_it_needs(tmp_path, step, need):
    write_lesson(tmp_path, "tried", step)
    [found] = library(tmp_path).find("tried").steps
    assert found.all_needs == (need,)


def test_the_report_says_what_is_lost_and_what_to_do():
    losses = [
        LostStep("one", 2, "bomb", "root", is_whole=True),
        LostStep("one", 4, "pages", "page numbers", is_whole=False),
    ]
    missing = {"root": "this is an ordinary user"}
    lines = list(lines_of(MachineReport(missing, losses, 5, [])))
    assert any(line.startswith("  ✗ root          change the user, run a fork") for line in lines)
    assert "                  missing: this is an ordinary user" in lines
    assert "                  to do:   sudo simpsh …" in lines
    assert lines[-2:] == [
        "4 of 5 lessons show everything; in the others is only told:",
        "  one: step 2 “bomb” (root); some claims of step 4 “pages” (page numbers)",
    ]
    assert max(map(len, lines[1:])) <= 80


def test_with_nothing_missing_the_report_says_so():
    lines = list(lines_of(MachineReport({}, [], 32, [])))
    assert lines[-1] == "All 32 lessons show everything on this machine."
    assert sum(line.startswith("  ✓ ") for line in lines) == len(NEEDS)


def test_the_json_report_has_every_need_and_every_loss():
    losses = [LostStep("one", 2, "bomb", "root", is_whole=True)]
    examination = MachineReport({"root": "no"}, losses, 5, ["x.py: broken"])
    found = json.loads(as_json(examination))
    assert (found["schema"], found["complete"]) == ("simpsh.doctor/1", False)
    assert [one["name"] for one in found["needs"]] == list(NEEDS)
    assert [one["name"] for one in found["needs"] if not one["met"]] == ["root"]
    assert found["lost"] == [
        {"lesson": "one", "step": 2, "what": "bomb", "need": "root", "whole": True}
    ]
    assert found["problems"] == ["x.py: broken"]
