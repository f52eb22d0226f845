"""Every lesson and every exercise, as `simpsh lesson check` runs them."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lessons import EXERCISES, ORDER
from simpsh.course.check.check_report import PASSED
from simpsh.course.check.course_check import checked
from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.lesson.text_steps import Try
from simpsh.process.machine_permits import NEEDS, missing
from tests.harness.sh import PROJECT, run_command
from tests.support.task_lines import read_lines

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "1"))


def check(*words: str, before: tuple[str, ...] = ()) -> str:
    """Run a check that must pass; return its report."""
    argv = [*before, sys.executable, "-m", "simpsh", "lesson", "check", *words]
    done = run_command(argv, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def report_of(checks: str, *lessons: str) -> str:
    """Run checks of the tests, which must pass; return their report."""
    # In a separate process: pytest's faulthandler and memory would be visible in the runs.
    argv = [sys.executable, "-m", checks, *lessons]
    done = run_command(argv, timeout=280, cwd=PROJECT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def groups(names: Sequence[str], size: int) -> list[list[str]]:
    """Return the names in groups: one check of several lessons starts its workers only once."""
    return [list(names[start : start + size]) for start in range(0, len(names), size)]


@pytest.mark.usual("rule-4-copied copy-on-write memory-map")
@pytest.mark.long("runs every lesson")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("lessons", groups(ORDER, 3), ids=" ".join)
def test_every_claim_holds_and_every_wrong_variant_is_refused(lessons):
    report = report_of("tests.support.lesson_checks", *lessons * ROUNDS)
    # A machine that lacks a need of every step of a lesson can only skip it.
    words = re.findall("^(ok|skip) ", report, re.MULTILINE)
    assert len(words) == len(lessons) * ROUNDS, report
    assert "skip" not in words or any(map(missing, NEEDS)), report


@pytest.mark.long("judges every line of the corpus, most in every order")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("lessons", groups(ORDER, 3), ids=" ".join)
def test_each_task_accepts_right_lines_and_refuses_wrong_ones(lessons):
    report_of("tests.support.task_lines", *lessons)


_HEDGED = re.compile(r"\b(may|can|could|sometimes|often|usually|depends|or|perhaps|either)\b", re.I)
_ABSOLUTE = re.compile(r"\b(always|never|all|every|none|only|nothing|each|at once|any)\b", re.I)
FORMS = {
    "the shortest": lambda _, text: -len(text),
    "the longest": lambda _, text: len(text),
    "one with a colon": lambda _, text: ":" in text,
    "one without a colon": lambda _, text: ":" not in text,
    "one with a comma": lambda _, text: "," in text,
    "one with a number": lambda _, text: re.search(r"\d", text) is not None,
    "the most hedged": lambda _, text: len(_HEDGED.findall(text)),
    "the most absolute": lambda _, text: len(_ABSOLUTE.findall(text)),
    "the first": lambda index, _: -index,
    "the last": lambda index, _: index,
}
"""Ways to guess without knowledge: each takes the choice with the highest score."""


@pytest.mark.long("checks every lesson once more")
@pytest.mark.timeout(900)
def test_no_choice_is_guessed_by_its_form_five_points_above_chance():
    lessons, _ = Library(()).all()
    with checked(Library(()), lessons, LessonCheck.run, natives=0) as reports:
        rights = [
            ([choice.text for choice in lesson.steps[result.step - 1].choices], result.why[0])
            for lesson, report in zip(lessons, reports, strict=True)
            for result in report.checks
            if result.kind == "question" and result.verdict == PASSED
        ]
    assert len(rights) > 100
    for name, score in FORMS.items():
        won = 0.0
        for texts, right in rights:
            scores = [score(*choice) for choice in enumerate(texts)]
            best = [text for text, value in zip(texts, scores, strict=True) if value == max(scores)]
            won += (right in [f"right is “{text}”" for text in best]) / len(best) - 1 / len(texts)
        assert 100 * won / len(rights) < 5, name


def test_each_task_has_right_and_wrong_lines():
    lines = {(line.lesson, line.task, line.is_right) for line in read_lines()}
    for lesson in Library().all()[0]:
        tasks = [step for step in lesson.steps if isinstance(step, Try)]
        for number in range(1, len(tasks) + 1):
            assert {(lesson.id, number, True), (lesson.id, number, False)} <= lines, lesson.id


def test_each_lesson_has_a_repair():
    library = Library(())
    assert [
        name
        for name in ORDER
        if not any(isinstance(step, Repair) for step in library.find(name).steps)
    ] == []


def test_the_course_is_complete():
    lessons, problems = Library(()).all()
    assert not problems
    assert {lesson.exercise for lesson in lessons} - {""} <= {*EXERCISES}
    files = Path(PROJECT, "lessons").glob("*/*/lesson.py")
    assert sorted(path.parent.name for path in files) == sorted(ORDER)
    files = Path(PROJECT, "lessons").glob("*/exercises/*/exercise.py")
    assert sorted(path.parent.name for path in files) == sorted(EXERCISES)


@pytest.mark.timeout(120)
def test_one_processor_is_enough():
    text = check("rule-3-parallel", "pipe-hang", before=("taskset", "-c", "0"))
    assert "SKIPPED" in text  # a step that needs two processors
    assert " 0 failed" in text
