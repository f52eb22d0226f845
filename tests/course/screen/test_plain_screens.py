"""The plain form has sentences only, for a screen reader, a braille display or a log."""

import sys
from pathlib import Path

from simpsh.console import wants_plain
from simpsh.course.screen.screen_forms import ScreenForm, SeenRun
from simpsh.view.styled_text import plain_block
from tests.course.screen.test_pictures import hang, variable
from tests.course.teach.taking_lessons import next_stop, type_line

HERE = Path(__file__).resolve().parents[3]
DRAWN = "┃┠┣┓┛●◀▶┊∥✓▸█▒━╌┄"


def picture_text(run, **options):
    return plain_block(ScreenForm(is_plain=True).picture(SeenRun(run, **options), 80, 22))


def test_a_run_has_one_sentence_for_each_event():
    assert (
        picture_text(variable(), watch=("x",))
        == """\
parent: x = 1 (line 1).
parent forks child (line 2).
parent waits for child (line 7).
child: x = 2 (line 4, or earlier: it could also have come before the sentence
above).
child prints “child:  x = 2” (line 5).
child exits with status 0 (line 6).
parent collects child: status 0 (line 7).
parent prints “parent: x = 1” (line 8).
parent exits with status 0 (line 8)."""
    )
    assert picture_text(hang()).splitlines()[-1] == "No process can move any more."
    # A line with several terms and their stars fits.
    rows = plain_block(ScreenForm(is_plain=True).text("*abc* " * 40, 20)).split("\n")
    assert {len(row) for row in rows[:-1]} == {19}
    assert " ".join(rows).split() == ["abc*"] * 40


def test_a_lesson_has_no_columns_and_no_signs(start_shell, tmp_path):
    progress = f"{tmp_path}/progress.json"
    program = [sys.executable, "-m", "tests.course.teach.taught_lesson", progress]
    terminal = start_shell("--plain", program=program, directory=HERE, rows=200)
    assert next_stop(terminal).startswith("[2/11] your guess")
    # Only a wrong guess is followed by the question why.
    lines = ("a", "", "", "b", "", "", "1", "", "", "", ":who")
    assert [type_line(terminal, line)[1:4] for line in lines] == [
        *("3/1", "3/1", "5/1", "6/1", "7/1", "8/1", "9/1", "9/1", "10/", "11/", "11/")
    ]
    terminal.send("\r")
    assert terminal.wait_exit() == 0
    screen = terminal.screen()
    assert not [sign for sign in DRAWN if sign in screen]
    assert "line 2: if child == 0:  # in the child" in screen
    assert "line 5 (new): os.waitpid(child, 0)" in screen
    assert "a: one\nb: two\n" in screen
    assert "possible output: “child parent ”; seen here: 0 of 400. One way:" in screen
    assert "you said: one\nit was: two\nbecause: Nothing in line 5 waits" in screen
    assert "but: That would need a cause." in screen
    assert "nothing: does it end?: ends." in screen
    assert "line 2: if child == 0:  # in the child  (parent, child)" in screen


def test_a_dumb_terminal_gets_the_plain_form():
    for terminal, is_plain in (("dumb", True), ("", True), ("xterm", False), ("linux", False)):
        assert wants_plain({"TERM": terminal} if terminal else {}) is is_plain
