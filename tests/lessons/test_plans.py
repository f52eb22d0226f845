"""In the plans of docs/instructors.md, each lesson comes after those that it requires."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from lessons import CORE, EXERCISES, ORDER, UNITS
from simpsh.course.lesson.lesson_library import Library
from tests.harness.sh import PROJECT

TEXT = Path(PROJECT, "docs", "instructors.md").read_text(encoding="utf-8")
OPTIONAL = {"fork-bomb"}


@pytest.fixture(scope="module")
def lessons():
    found, problems = Library().all()
    assert not problems
    return {lesson.id: lesson for lesson in found}


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    part = TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def planned(cell: str) -> list[str]:
    """Return the lessons that a cell names, in their order."""
    return [word for word in re.findall(r"[a-z0-9-]+", cell) if word in ORDER]


def planned_in_units(cell: str) -> list[str]:
    """Return the lessons of the units that a cell names."""
    return [name for unit in cell.split(", ") for name in UNITS[unit] if name not in OPTIONAL]


def assert_in_order(plan, lessons):
    for index, name in enumerate(plan):
        missing = set(lessons[name].requires) - set(plan[:index])
        assert not missing, f"{name} comes before {missing}"
    assert len(set(plan)) == len(plan)


def test_the_plan_for_ninety_minutes_fits_and_is_in_order(lessons):
    table = rows("A plan for 90 minutes")
    times = [tuple(map(int, row[0].split("–"))) for row in table]
    assert times[0][0] == 0
    assert times[-1][1] == 90
    assert all(one[1] == other[0] for one, other in pairwise(times))
    for (begin, end), row in zip(times[:-1], table[:-1], strict=True):
        assert sum(lessons[name].minutes for name in planned(row[1])) <= end - begin, row
    assert_in_order([name for row in table for name in planned(row[1])], lessons)


def test_the_plan_for_four_weeks_has_every_lesson_in_order(lessons):
    table = rows("A plan for four weeks")
    plan = [name for row in table for name in planned_in_units(row[1])]
    assert set(plan) == set(ORDER) - OPTIONAL
    assert_in_order(plan, lessons)
    exercises = [name.strip() for row in table for name in row[2].split(",")]
    assert set(exercises) <= set(EXERCISES)


def test_no_core_lesson_requires_a_deeper_one(lessons):
    needed = {name: set(lessons[name].requires) - set(CORE) for name in CORE}
    assert not {name: deeper for name, deeper in needed.items() if deeper}


def test_the_books_name_lessons_that_exist():
    books = rows("With a textbook")
    assert len(books) > 1
    for row in books:
        for name in re.findall(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b", row[2]):
            is_rule = re.fullmatch(r"rule-\d", name) or re.fullmatch(r"shell-\d", name)
            assert is_rule or name in ORDER, name
