"""The test at the end of the course is drawn by a seed, and its result is by unit."""

from collections import Counter
from pathlib import Path

import pytest

from lessons import CORE, UNITS
from simpsh.base.errors import SimpshError
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.course_test import CourseResult, DrawnTask, draw, take
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.course.teach.teaching_stage import LessonLeft, TeachingStage
from simpsh.view.styled_text import plain_block
from tests.support.lesson_screens import Measuring

pytestmark = pytest.mark.long("each test takes the test of the course")

RESULT = CourseResult(
    7,
    (
        DrawnTask("question", "fork", "rule-1-both-continue", 1, 2),
        DrawnTask("question", "fork", "rule-4-copied", 1, 1),
        DrawnTask("repair", "daemons", "daemonize", 9),
    ),
    (True, False, True),
)


def stage_with(*answers, records=None, lacks=()):
    left = list(answers)

    def ask(_prompt):
        if not left:
            raise LessonLeft
        return left.pop(0)

    def lacking(needs):
        return "it is not there" if {*needs} & {*lacks} else ""

    perform = lambda step: step.perform()  # noqa: E731
    return TeachingStage(Measuring(), ScreenForm(), ask, perform, lacking, records=records)


@pytest.mark.usual
def test_a_seed_draws_fifteen_questions_and_three_repairs_from_all_units():
    library = Library()
    tests = {seed: draw(library, seed, stage_with()) for seed in (1, 2, 3)}
    assert tests[1] == draw(library, 1, stage_with())
    assert tests[1] != tests[2]
    for tasks in tests.values():
        assert Counter(task.kind for task in tasks) == {"question": 15, "repair": 3}
        assert {task.unit for task in tasks if task.kind == "question"} == {*UNITS}
        assert {task.lesson for task in tasks} <= {*CORE}
        repairs = [task for task in tasks if task.kind == "repair"]
        assert len({task.unit for task in repairs}) == 3
        for task in repairs:
            assert isinstance(library.find(task.lesson).steps[task.step], Repair)


def test_only_what_the_machine_can_show_is_drawn():
    tasks = draw(Library(), 1, stage_with(lacks={"terminal"}))
    assert "jobs-and-terminal" not in {task.lesson for task in tasks}


@pytest.mark.usual
def test_answers_are_judged_by_runs_and_nothing_is_stored(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    # Each question has a stop after its reply; one question is skipped, which is not right.
    stage = stage_with(":skip", *["a", ""] * 14, records=progress)
    result = take(stage, Library(), 7)
    shown = plain_block(stage.screen.lines)
    # Without a compiler some runs are not made.
    count = 15 - shown.count("so it does not count")
    assert len(result.tasks) == len(result.are_right) == count
    assert not result.are_right[0]
    assert 0 < sum(result.are_right) < count
    assert shown.count("and so it was") == sum(result.are_right)
    assert not Path(tmp_path / "p.json").exists()
    with pytest.raises(LessonLeft):
        take(stage_with("a"), Library(), 7)


def test_a_task_that_no_run_answers_does_not_count():
    stage = stage_with(*["a", ""] * 15)
    perform, runs = stage.perform, []

    def fails_once(step):
        runs.append(step)
        if len(runs) == 1:
            raise SimpshError("no processes are left")
        return perform(step)

    stage.perform = fails_once
    result = take(stage, Library(), 7)
    shown = plain_block(stage.screen.lines)
    assert shown.count("so it does not count: no processes are left.") == 1
    count = 15 - shown.count("so it does not count")
    assert len(result.tasks) == len(result.are_right) == count


def test_the_result_says_what_was_right_and_what_to_take_again():
    assert plain_block(RESULT.lines(76)) == (
        "2 of 3 right (seed 7)\n\n  1 of 2  fork\n  1 of 1  daemons\n\n"
        "To take again: rule-4-copied."
    )
