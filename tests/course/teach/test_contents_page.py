"""The contents page: what there is, what is done, and where to go on."""

from __future__ import annotations

from simpsh.course import Lesson, Run, Say
from simpsh.course.teach.contents_page import contents, entries, plain_contents
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.view.styled_text import line_width, plain_block


def nothing() -> None:
    pass


def lesson(name, chapter="fork", *, needs=(), minutes=5):
    steps = [Say("a"), Say("b"), Run(nothing, id="r", needs=needs), Say("c")]
    title = f"About {name}"
    return Lesson(name, title, minutes, steps, remember="It.", chapter=chapter)


def lacking(needs):
    return "there is one processor" if "second cpu" in needs else ""


LESSONS = (
    lesson("zombie", "orphans and zombies"),
    lesson("rule-1"),
    lesson("rule-3", needs=("second cpu",), minutes=60),
)


def page(progress, width=80, form=contents):
    listed = entries(LESSONS, progress, lacking)
    return form(listed, width, "simpsh lesson run", progress.record.last)


def test_chapters_come_in_the_order_of_the_course(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.finish("rule-1")
    progress.come_to("rule-3", 2)
    assert (
        plain_block(page(progress, 60))
        == """\
The course   3 lessons · 1 done · 1 h 10 min in all

A. fork
 ✓ rule-1  About rule-1                                5 min
 … rule-3  About rule-3                          step 3/4 ∅1

E. orphans and zombies
   zombie  About zombie                                5 min

∅ steps that this machine cannot show: simpsh doctor says
which, and why
Go on with:  simpsh lesson run rule-3   (step 3 of 4)"""
    )


def test_one_begins_with_the_first_and_goes_on_after_the_last_done(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    assert plain_block(page(progress)).endswith("Begin with:  simpsh lesson run zombie")
    progress.finish("zombie")
    assert plain_block(page(progress)).endswith("Go on with:  simpsh lesson run rule-1")
    for name in ("rule-1", "rule-3"):
        progress.finish(name)
    assert plain_block(page(progress)).endswith("You have gone through all of it.")
    for width in (50, 80, 200):
        assert max(map(line_width, page(progress, width))) <= width


def test_in_sentences_for_a_reading_voice(tmp_path):
    progress = StudentProgress(tmp_path / "p.json")
    progress.finish("rule-1")
    assert (
        plain_block(page(progress, 80, plain_contents))
        == """\
The course: 3 lessons.
Chapter A. fork
done: rule-1: About rule-1, 5 minutes.
rule-3: About rule-3, 60 minutes, 1 step not shown here.
Chapter E. orphans and zombies
zombie: About zombie, 5 minutes.
Go on with:  simpsh lesson run rule-3"""
    )
