"""Lessons are found by the names of their files, and loaded one at a time."""

import os
import sys
import textwrap
from pathlib import Path

import pytest

from lessons import MERGED, ORDER
from simpsh.course.lesson.lesson_library import (
    COURSE,
    LessonFault,
    Library,
    NoSuchLesson,
    course_slots,
    id_of,
)
from tests.course.lesson_files import library
from tests.harness.sh import PROJECT, PYTHON, run_command

LESSON = """\
from simpsh.course import Lesson, Say

LESSON = Lesson(
    id="{id}", title="{id}", minutes=1, chapter="{chapter}", remember="x", steps=[Say("x")]
)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    # A user's lessons add their folder to sys.path.
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(name, text=None, chapter="wait"):
        text = text or LESSON.format(id=id_of(name), chapter=chapter)
        (tmp_path / name).write_text(textwrap.dedent(text))
        return str(tmp_path)

    return write


def test_the_course_is_found_in_the_order_of_its_chapters():
    assert os.path.join(PROJECT, "lessons") == COURSE
    course = Library()
    assert course.problems == []
    order = [*map(course.ids.index, ("rule-4-copied", "rule-5-order", "pipe-hang"))]
    assert order == sorted(order)
    assert course.find("rule-4-copied").title == "Rule 4: whose variable is it?"
    assert course.path_of("pipe-hang") == "lessons/pipes/pipe_hang.py"
    assert {former: course.find(former).id for former in MERGED} == MERGED


def test_heads_are_read_without_running_the_lessons_and_agree_with_them(folder):
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


def test_a_users_folder_is_read_in_addition_to_the_course_with_its_helpers(folder):
    folder("my_own.py", chapter="fork")
    path = folder("another.py", chapter="zoology")
    # A helper can be imported but does not hide a standard module.
    folder("a_helper_of_mine.py", "WORD = 'helped'  # LESSON\n")
    folder("colorsys.py", "raise RuntimeError\n")
    text = LESSON.format(id="with-help", chapter="fork").replace('"x"', "WORD")
    folder("with_help.py", "import colorsys\nfrom a_helper_of_mine import WORD\n" + text)
    course = Library([path])
    assert set(course.ids) >= {"another", "my-own", "rule-4-copied"}
    lessons, problems = course.all()
    names = [lesson.id for lesson in lessons]
    assert problems == []
    assert names.index("my-own") < names.index("pipe-hang")
    assert names[-1] == "another"
    assert course.find("with-help").remember == "helped"


def test_an_id_may_be_shortened_if_it_stays_unique(folder):
    folder("zebra_one.py")
    course = library(folder("zebra_two.py"))
    assert course.find("zebra-o").id == "zebra-one"
    assert course.find("a-tw").id == "zebra-two"
    assert course.find("zebra_two").id == "zebra-two"
    for name in ("zebra", "zbra-one", ""):
        with pytest.raises(NoSuchLesson):
            course.find(name)


def test_an_unusable_file_hides_no_other_one_and_one_of_a_known_name_hides_nothing(folder):
    folder("broken.py", "LESSON = 3\n")
    lessons, [_] = library(folder("sound.py")).all()
    assert [lesson.id for lesson in lessons] == ["sound"]
    course = Library([folder("rule_4_copied.py")])
    assert len(course.problems) == 1
    assert course.find("rule-4-copied").minutes > 1


def test_a_course_without_its_folder_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("simpsh.course.lesson.lesson_library.COURSE", f"{tmp_path}/gone")
    with pytest.raises(LessonFault, match="gone: No such file"):
        course_slots()


@pytest.fixture
def hostile(tmp_path):
    """A directory with a package called lessons, which fails if it is used."""
    for folder in ("lessons", "lessons/fork"):
        Path(tmp_path, folder).mkdir()
        Path(tmp_path, folder, "__init__.py").write_text("raise SystemExit('hostile')\n")
    for name in ("claims", "glossary", "plans", "fork/rule_4_copied", "own"):
        Path(tmp_path, f"lessons/{name}.py").write_text("LESSON = 1\nraise SystemExit('hostile')\n")
    return tmp_path


def test_a_folder_lessons_in_the_working_directory_shadows_nothing(hostile):
    for words, expected in (
        (("list",), "rule-4-copied "),
        (("what", "zombie"), "collect"),
        (("exercise", "list"), "two-children"),
        (("show", "rule-4-copied"), "Rule 4"),
    ):
        done = run_command([PYTHON, "-m", "simpsh", "lesson", *words], cwd=hostile)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert expected in done.stdout
        assert "hostile" not in done.stdout
