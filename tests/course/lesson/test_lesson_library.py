"""Lessons are found by the names of their files, and loaded one at a time."""

import os
import re
import sys
import textwrap

import pytest

from lessons import ORDER
from simpsh.course.lesson import lesson_library
from simpsh.course.lesson.lesson_library import (
    Course,
    Library,
    NoSuchLesson,
    id_of,
    installed_courses,
)
from tests.course.lesson_files import library
from tests.support.shells import PROJECT, run_command

LESSON = """\
from simpsh.course import Lesson, Say

LESSON = Lesson(
    id="{id}", title="{id}", minutes=1, chapter="{chapter}", remember="x", steps=[Say("x")]
)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    # Lessons of one's own bring their folder along.
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(name, text=None, chapter="wait"):
        text = text or LESSON.format(id=id_of(name), chapter=chapter)
        (tmp_path / name).write_text(textwrap.dedent(text))
        return str(tmp_path)

    return write


def test_the_course_is_found_by_its_entry_point_in_the_order_of_its_chapters():
    assert installed_courses()[0] == Course("lessons", os.path.join(PROJECT, "lessons"))
    course = Library()
    assert course.problems == []
    order = [*map(course.ids.index, ("rule-4-copied", "rule-5-order", "pipe-hang"))]
    assert order == sorted(order)
    assert course.find("rule-4-copied").title == "Rule 4: memory is copied, not shared"
    assert course.path_of("pipe-hang") == "lessons/pipes/pipe_hang.py"
    assert "rule4-data-copied" in course.claims()
    assert "the seven rules" in course.groups()


def test_heads_are_read_without_running_the_lessons_and_say_what_the_lessons_say(folder):
    program = (
        "import sys\n"
        "from simpsh.course.lesson.lesson_library import Library\n"
        "library = Library()\n"
        "heads, problems = library.heads()\n"
        "names = ('lessons.', 'simpsh.course.claims')\n"
        "print(len(heads), problems, [name for name in sys.modules if name.startswith(names)])\n"
        "library.find('rule-5-order')\n"
        "print([name for name in sys.modules if name.startswith('lessons.')])\n"
    )
    done = run_command([sys.executable, "-c", program])
    loaded = "['lessons.fork', 'lessons.fork.rule_5_order']"
    assert done.stdout == f"{len(ORDER)} [] []\n{loaded}\n"
    # Values other than literals are taken from the imported lesson.
    text = LESSON.format(id="made-up", chapter="zoology").replace(
        'title="made-up"', "title='a' * 2"
    )
    folder("made_up.py", text)
    course = Library([folder("broken.py", "LESSON = 1 / 0\n")])
    heads, problems = course.heads()
    lessons, same_problems = course.all()
    assert [(lesson.id, lesson.title, lesson.minutes, lesson.chapter) for lesson in lessons] == [
        (head.id, head.title, head.minutes, head.chapter) for head in heads
    ]
    assert problems == same_problems != []
    kinds = {head.id: head.kind for head in heads}
    assert [kinds[name] for name in ("orphan", "pid-1", "inherited", "made-up")] == [
        "core",
        "deeper",
        "reference",
        "core",
    ]


def test_the_places_of_courses_are_cached_and_a_damaged_cache_is_replaced(tmp_path, monkeypatch):
    cache = tmp_path / "simpsh" / "courses.json"
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}")
    monkeypatch.setattr(lesson_library.time, "time", lambda: 2.0**40)
    courses = installed_courses()
    for damage in ("", "[[", "[]", "[[], 3]"):
        cache.write_text(damage)
        assert installed_courses() == courses
    cache.write_text(cache.read_text().replace('{"lessons": ', '{"others": "", "lessons": '))
    assert installed_courses() == [*courses, Course("others", "")]


def test_a_users_folder_is_read_in_addition_to_the_course_with_its_helpers(folder):
    folder("my_own.py", chapter="fork")
    place = folder("another.py", chapter="zoology")
    # A helper can be imported, and hides no module of Python.
    folder("a_helper_of_mine.py", "WORD = 'helped'  # LESSON\n")
    folder("colorsys.py", "raise RuntimeError\n")
    text = LESSON.format(id="with-help", chapter="fork").replace('"x"', "WORD")
    folder("with_help.py", "import colorsys\nfrom a_helper_of_mine import WORD\n" + text)
    course = Library([place])
    assert set(course.ids) >= {"another", "my-own", "rule-4-copied"}
    lessons, problems = course.all()
    names = [lesson.id for lesson in lessons]
    assert problems == []
    assert names.index("my-own") < names.index("pipe-hang")
    assert names[-1] == "another"
    assert course.find("with-help").remember == "helped"


def test_an_id_may_be_shortened_as_long_as_it_is_clear(folder):
    folder("zebra_one.py")
    course = library(folder("zebra_two.py"))
    assert course.find("zebra-o").id == "zebra-one"
    assert course.find("a-tw").id == "zebra-two"
    assert course.find("zebra_two").id == "zebra-two"
    with pytest.raises(NoSuchLesson, match="several lessons have it in their ids: zebra-one,"):
        course.find("zebra")
    with pytest.raises(NoSuchLesson, match="did you mean zebra-one"):
        course.find("zbra-one")
    with pytest.raises(NoSuchLesson, match="`simpsh lesson list` lists them"):
        course.find("")
    assert NoSuchLesson.status == 2


def test_an_unusable_file_is_reported_in_one_line(folder):
    place = folder("sound.py")
    for text, message in (
        ("LESSON = 3\n", r"broken.py: it has no LESSON: end it with"),
        ("x = 1\ny = nothing\nLESSON = 3\n", r"broken.py, line 2: NameError: name .nothing. is"),
        ("x = (\nLESSON = 3 3\n", r"broken.py, line \d: "),
        ("raise SystemExit(3)\nLESSON = 3\n", r"broken.py, line 1: SystemExit: 3"),
        ("import nowhere_at_all\nLESSON = 3\n", r"broken.py, line 1: ModuleNotFoundError"),
        (LESSON.format(id="other", chapter="fork"), r"its lesson is called other: call the file"),
        (
            "from simpsh.course import hangs, returns\nLESSON = hangs and returns\n",
            r"broken.py, line 2: TypeError: an expectation is a sentence, not a truth value",
        ),
        (
            "from simpsh.course import *\n"
            'LESSON = Lesson("broken", "T", 1, [Predict("?", Choice("a", 7, "b"))], "this")\n',
            r"broken.py: step 1 \(Predict\): Choice “a”: expectation is 7: an expectation \(",
        ),
    ):
        folder("broken.py", text)
        lessons, [problem] = library(place).all()
        assert [lesson.id for lesson in lessons] == ["sound"]
        assert re.search(message, problem)
        assert "\n" not in problem


def test_two_lessons_of_one_name_are_reported_and_the_first_is_kept(folder):
    course = Library([folder("rule_4_copied.py")])
    [problem] = course.problems
    assert "there is a lesson rule-4-copied already, lessons/fork/rule_4_copied.py" in problem
    assert course.find("rule-4-copied").minutes > 1


def test_a_missing_folder_or_package_is_reported(tmp_path):
    course = Library([str(tmp_path / "nowhere")], courses=[Course("no_such_package", "")])
    assert course.ids == ()
    assert [problem.split(":")[0] for problem in course.problems] == [
        "the package no_such_package of the entry-point group simpsh.lessons is not there",
        f"--path {tmp_path}/nowhere",
    ]
