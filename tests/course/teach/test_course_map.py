"""The map of the course: completed lessons, the next one, and the rest of the core."""

from simpsh.course.lesson.lesson_library import LessonHead
from simpsh.course.teach.course_map import CourseMap
from simpsh.course.teach.student_progress import StudentProgress, UnitResult
from simpsh.view.styled_text import plain_block


def head(name, chapter="fork", kind="core", minutes=5):
    return LessonHead(name, f"About {name}", minutes, chapter, kind=kind)


HEADS = (
    head("rule-1"),
    head("rule-2", kind="deeper"),
    head("rule-3", minutes=60),
    head("zombie", "orphans and zombies"),
    head("limits", kind="reference"),
)


def course(progress):
    return CourseMap(HEADS, progress.record)


def words(progress):
    return plain_block(course(progress).listed(80)).splitlines()


def test_units_are_in_course_order_with_what_is_done(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.finish("rule-1")
    progress.store_position("rule-3", 2)
    assert words(progress) == [
        "The course: 1 of 3 core lessons done, 1 h 05 min left.",
        "Unit 1: fork",
        "done: rule-1: About rule-1, core, 5 minutes.",
        "rule-2: About rule-2, deeper, 5 minutes.",
        "begun: rule-3: About rule-3, core, 60 minutes, continues at step 3.",
        "limits: About limits, reference, 5 minutes.",
        "Unit 2: orphans and zombies",
        "zombie: About zombie, core, 5 minutes.",
    ]


def test_open_parts_are_shown_and_come_after_the_lessons_that_are_left(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.finish("rule-1", ["task"])
    # Progress in a lesson that the course no longer has is kept, and hides nothing.
    progress.finish("removed")
    shown = words(progress)
    assert "0 of 3 core lessons done, 1 with open parts" in shown[0]
    assert "begun: rule-1: About rule-1, core, 5 minutes, still open: the task." in shown
    assert course(progress).next.head.id == "rule-3"
    for name in ("rule-3", "zombie"):
        progress.finish(name)
    assert course(progress).is_at_the_test
    assert course(progress).next.head.id == "rule-1"
    progress.note_open("rule-1", [])
    assert course(progress).next.head.id == "rule-2"
    assert progress.position("removed").is_done


def test_the_result_of_the_test_is_shown_by_unit(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.note_test({"fork": UnitResult(2, 2), "orphans and zombies": UnitResult(1, 2)})
    assert "In the test of this unit: 2 of 2 right." in words(progress)
    assert "The test: 3 of 4 right." in words(progress)
    progress.reset()
    assert not course(progress).test.of


def test_the_next_lesson_is_an_unfinished_one_then_the_core_then_any_other(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")

    def following():
        stone = course(progress).next
        return stone.head.id if stone is not None else ""

    assert following() == "rule-1"
    progress.store_position("limits", 0)
    assert following() == "limits"
    progress.finish("limits")
    assert following() == "zombie"
    progress.finish("zombie")
    assert following() == "rule-1"
    progress.finish("rule-1")
    assert following() == "rule-3"
    progress.finish("rule-3")
    assert course(progress).summary == "3 of 3 core lessons done"
    assert following() == "rule-2"
    progress.finish("rule-2")
    assert following() == ""
    progress.store_position("rule-2", 1)
    assert following() == "rule-2"


def test_the_position_is_a_few_lines(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.finish("rule-1")
    progress.store_position("rule-3", 2)
    assert (
        plain_block(course(progress).position("simpsh lesson", 80))
        == """\
The course: 1 of 3 core lessons done, 1 h 05 min left.
Next: rule-3, “About rule-3” (core, 60 minutes, step 3).
Go on with:   simpsh lesson run
The test:     simpsh lesson test
All lessons:  simpsh lesson list
Exercises:    simpsh lesson exercise"""
    )
    for name in ("rule-2", "rule-3", "zombie", "limits"):
        progress.finish(name)
    assert course(progress).next is None
    shown = plain_block(course(progress).position("simpsh lesson", 80)).splitlines()
    assert shown[:2] == [
        "The course: 3 of 3 core lessons done.",
        "The test:     simpsh lesson test",
    ]
