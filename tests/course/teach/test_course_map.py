"""The map of the course: completed lessons, the next one, and the rest of the core."""

from simpsh.course.lesson.lesson_library import LessonHead
from simpsh.course.teach.course_map import CourseMap
from simpsh.course.teach.student_progress import StudentProgress, UnitResult
from simpsh.view.styled_text import line_width, plain, plain_block


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


def test_units_are_in_course_order_with_done_and_next_lessons_marked(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.finish("rule-1")
    progress.store_position("rule-3", 2)
    assert (
        plain_block(course(progress).listed(60))
        == """\
The course   1 of 3 core lessons done, 1 h 05 min left
1. fork                                  1 of 2 core, 2 more
 ✓ ● rule-1  About rule-1                              5 min
   ○ rule-2  About rule-2                              5 min
 → ● rule-3  About rule-3                             step 3
   · limits  About limits                              5 min
2. orphans and zombies                           0 of 1 core
   ● zombie  About zombie                              5 min
   ★ The test of the whole course
● core: for everyone   ○ deeper   · reference   ✓ done   …
begun, or open   → next   ★ test"""
    )
    for width in (20, 50, 80, 200):
        assert max(map(line_width, course(progress).listed(width))) <= width


def test_open_parts_are_shown_and_come_after_the_lessons_that_are_left(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.finish("rule-1", ["task"])
    # Progress in a lesson that the course no longer has is kept, and hides nothing.
    progress.finish("removed")
    shown = plain_block(course(progress).listed(60))
    assert " … ● rule-1  About rule-1                          task open" in shown
    assert "0 of 3 core lessons done, 1 with open parts" in shown
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
    shown = plain_block(course(progress).listed(60))
    assert f"{' … ★ The test of the whole course':54}3 of 4" in shown
    assert "1. fork                    test 2 of 2   0 of 2 core, 2 more" in shown
    words = plain_block(course(progress).sentences(80))
    assert "In the test of this unit: 2 of 2 right." in words
    assert "The test: 3 of 4 right." in words
    progress.reset()
    assert not course(progress).test.of


def test_a_student_who_begins_learns_of_the_test(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")

    def words():
        return plain_block(course(progress).position_in_words("simpsh lesson", 80))

    assert "Test first:   simpsh lesson test" in words()
    progress.finish("rule-1")
    assert "lesson test" not in words()


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
    assert plain_block(course(progress).position_in_words("simpsh lesson", 80)) == (
        "The course: 3 of 3 core lessons done.\n"
        "Open last: rule-2, done.\n"
        "You have done all lessons.\n"
        "Test:         simpsh lesson test\n"
        "All lessons:  simpsh lesson list\n"
        "Exercises:    simpsh lesson exercise"
    )
    progress.store_position("rule-2", 1)
    assert following() == "rule-2"


def test_the_position_is_a_few_lines_and_the_list_has_sentences(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.finish("rule-1")
    progress.store_position("rule-3", 2)
    assert (
        plain_block(course(progress).position_in_words("simpsh lesson", 80))
        == """\
The course: 1 of 3 core lessons done, 1 h 05 min left.
Open last: rule-3.
Next: rule-3, “About rule-3” (core, 60 minutes, step 3).
Go on with:   simpsh lesson run
All lessons:  simpsh lesson list
Exercises:    simpsh lesson exercise"""
    )
    sentences = [plain(row) for row in course(progress).sentences(80)]
    assert sentences[:5] == [
        "The course: 1 of 3 core lessons done, 1 h 05 min left.",
        "Unit 1: fork",
        "done: rule-1: About rule-1, core, 5 minutes.",
        "rule-2: About rule-2, deeper, 5 minutes.",
        "begun: rule-3: About rule-3, core, 60 minutes, continues at step 3.",
    ]
