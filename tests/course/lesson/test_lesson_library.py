"""Lessons are found by the names of their files, and loaded one at a time."""

import os
import sys
from pathlib import Path

import pytest

from lessons import ORDER
from simpsh.course.lesson.lesson_library import (
    COURSE,
    LessonFault,
    Library,
    NoSuchLesson,
    course_index,
)
from tests.course.lesson_files import library
from tests.harness.sh import PROJECT, PYTHON, run_command

LESSON = """\
from simpsh.course import Lesson, Say

lesson = Lesson(Say("x"), remember="x")
"""


@pytest.fixture
def folder(tmp_path):
    def write(name, text=LESSON):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lesson.py").write_text(text)
        return str(tmp_path)

    return write


def test_the_course_is_found_in_the_order_of_its_index():
    assert os.path.join(PROJECT, "lessons") == COURSE
    course = Library()
    assert course.problems == []
    assert course.ids == ORDER
    assert course.find("rule-4-copied").title == "Rule 4: whose variable is it?"
    assert course.path_of("pipe-hang") == "lessons/pipes/pipe-hang/lesson.py"
    merged = course_index().merged
    assert {former: course.find(former).id for former in merged} == merged != {}


def test_heads_are_read_without_running_the_lessons():
    program = (
        "import sys\n"
        "from simpsh.course.lesson.lesson_library import Library\n"
        "library = Library()\n"
        "heads, problems = library.heads()\n"
        "names = ('simpsh_lesson', 'simpsh.course.claims')\n"
        "print(len(heads), problems, [name for name in sys.modules if name.startswith(names)])\n"
        "library.find('rule-5-order')\n"
        "print([name for name in sys.modules if name.startswith('simpsh_lesson')])\n"
    )
    done = run_command([sys.executable, "-c", program])
    assert done.stdout == f"{len(ORDER)} [] []\n['simpsh_lesson_rule_5_order']\n"
    kinds = {head.id: head.kind for head in Library().heads()[0]}
    assert [kinds[name] for name in ("orphan", "pid-1", "inherited")] == [
        "core",
        "deeper",
        "reference",
    ]


def test_a_users_folder_is_read_in_addition_to_the_course_with_its_index(folder, tmp_path):
    folder("my-own")
    path = folder("another")
    (tmp_path / "index.toml").write_text(
        '[[units]]\nname = "zoology"\nlessons = [{id = "my-own", minutes = 3, title = "Mine"}]\n'
    )
    course = Library([path])
    assert course.ids[-2:] == ("my-own", "another")
    assert course.problems == []
    mine, other = course.find("my-own"), course.find("another")
    assert (mine.title, mine.minutes, mine.chapter) == ("Mine", 3, "zoology")
    assert (other.title, other.chapter) == ("Another", "lessons")


def test_an_index_that_cannot_be_read_is_reported(folder, tmp_path):
    path = folder("mine")
    for text in ("[", "[[units]]\nname = 'x'\nlessons = [{id = 'mine'}]\n"):
        (tmp_path / "index.toml").write_text(text)
        [problem] = library(path).problems
        assert problem.startswith(f"{path}/index.toml: ")


def test_an_id_may_be_shortened_if_it_stays_unique(folder):
    folder("zebra-one")
    course = library(folder("zebra-two"))
    assert course.find("zebra-o").id == "zebra-one"
    assert course.find("a-tw").id == "zebra-two"
    assert course.find("zebra_two").id == "zebra-two"
    for name in ("zebra", "zbra-one", ""):
        with pytest.raises(NoSuchLesson):
            course.find(name)


def test_an_unusable_lesson_hides_no_other_one_and_one_of_a_known_name_hides_nothing(folder):
    folder("broken", "lesson = 3\n")
    lessons, [_] = library(folder("sound")).all()
    assert [lesson.id for lesson in lessons] == ["sound"]
    course = Library([folder("rule-4-copied")])
    assert len(course.problems) == 1
    assert course.find("rule-4-copied").minutes > 1


def test_a_lesson_of_simpsh_1_is_refused_in_one_line(folder, tmp_path):
    (tmp_path / "my_own.py").write_text("LESSON = Lesson()\n")
    course = library(folder("sound"))
    assert course.ids == ("sound",)
    assert "was written for simpsh 1" in course.problems[0]
    with pytest.raises(LessonFault, match=r"my_own\.py: it was written for simpsh 1"):
        course.find("my-own")


def test_a_course_without_its_folder_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("simpsh.course.lesson.lesson_library.COURSE", f"{tmp_path}/gone")
    [problem] = Library().problems
    assert "gone: No such file" in problem or "lessons: No such file" in problem


@pytest.fixture
def hostile(tmp_path):
    """A directory with a package called lessons, which fails if it is used."""
    for folder in ("lessons", "lessons/fork"):
        Path(tmp_path, folder).mkdir()
        Path(tmp_path, folder, "__init__.py").write_text("raise SystemExit('hostile')\n")
    for name in ("glossary", "own"):
        Path(tmp_path, f"lessons/{name}.py").write_text("raise SystemExit('hostile')\n")
    return tmp_path


def test_a_folder_lessons_in_the_working_directory_shadows_nothing(hostile):
    for words, expected in (
        (("list",), "rule-4-copied: "),
        (("exercise", "list"), "two-children"),
        (("show", "rule-4-copied"), "Rule 4"),
    ):
        done = run_command([PYTHON, "-m", "simpsh", "lesson", *words], cwd=hostile)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert expected in done.stdout
        assert "hostile" not in done.stdout
