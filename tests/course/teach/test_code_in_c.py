"""`:c`: the code on the screen in C, next to the Python if there is room."""

from types import SimpleNamespace

import pytest

from simpsh.course.lesson.c_beside_python import NotInC
from simpsh.course.lesson.lesson import runs_of
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_display import code_in_c
from simpsh.view.styled_text import plain_block
from tests.course.lesson_files import GOOD_CLAIM, library, run_of, write_lesson

SOURCE = """\
/* One child. */
#include <sys/wait.h>
#include <unistd.h>

static int count;

/* Adds one. */
void add(int number) {
    count += number;
}

void one_child(void) {
    if (fork() == 0) {
        _exit(7);
    }
    wait(NULL);
}
"""
ADD = '''
def add(number: int) -> None:
    """Add one."""
    number += 1
'''


@pytest.fixture
def lesson(tmp_path):
    run = run_of(GOOD_CLAIM, more="also=[add]")
    line = 'Run(Shell("true"), id="line"), Run(one_child, id="edited", edit=delete("print"))'
    write_lesson(tmp_path, "tried", f"{run}, {line}", ADD)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "tried.c").write_text(SOURCE)
    return library(tmp_path).find("tried")


def shown(lesson, run, width, form=None, only=None):
    stage = SimpleNamespace(form=form or ScreenForm(width), width=width)
    return plain_block(code_in_c(stage, runs_of(lesson)[run], only)).split("\n")


def test_c_is_shown_from_the_lines_above_the_function_to_its_brace(lesson):
    assert shown(lesson, "one", 60) == [
        "  1   /* Adds one. */",
        "  2   void add(int number) {",
        "  3       count += number;",
        "  4   }",
        "  5",
        "  6   void one_child(void) {",
        "  7       if (fork() == 0) {",
        "  8           _exit(7);",
        "  9       }",
        " 10       wait(NULL);",
        " 11   }",
    ]


def test_c_is_shown_next_to_the_python_or_for_one_function(lesson):
    rows = shown(lesson, "one", 120)
    assert rows[0] == "  1   def add(number: int) -> None:" + " " * 47 + "  1   /* Adds one. */"
    assert rows[6].endswith("  7       if (fork() == 0) {")
    assert max(map(len, rows)) <= 120
    # The plain form shows only the C version.
    assert shown(lesson, "one", 120, ScreenForm(is_plain=True))[0] == "line 1: /* Adds one. */"
    add = runs_of(lesson)["one"].also[0]
    assert shown(lesson, "one", 60, only=add)[1] == "  2   void add(int number) {"
    assert len(shown(lesson, "one", 60, only=add)) == 4
    # Other code is shown unchanged; an edited run lists its changes to the Python.
    assert shown(lesson, "line", 80) == ["  1   true"]
    assert shown(lesson, "edited", 60)[-1] == "The run changes the Python: without “print”."


def test_a_demonstration_without_c_shows_the_reason(tmp_path):
    write_lesson(tmp_path, "tried", run_of(GOOD_CLAIM))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "tried.c").write_text("/* one_child is about Python itself: so it is. */\n")
    with pytest.raises(NotInC, match="one_child is about Python itself: so it is"):
        shown(library(tmp_path).find("tried"), "one", 80)
