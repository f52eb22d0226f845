"""The map of the course full screen: by keyboard alone, in any size."""

import json

import pytest

from lessons import CORE
from tests.course.lesson_files import write_lesson
from tests.harness.process import descendants_in_session, wait_until_at_rest
from tests.harness.sh import simpsh_command

KEYS = "Enter continues"


@pytest.fixture
def course_map(start_shell, tmp_path):
    """Start `simpsh lesson` for a student who has done the first lesson."""
    places = {"rule-1-both-continue": {"is_done": True}}
    record = {"format": 1, "last": "rule-1-both-continue", "lessons": places}
    state = tmp_path / "state" / "simpsh"
    state.mkdir(parents=True)
    (state / "progress.json").write_text(json.dumps(record))

    def start(*options, keys=KEYS, **variables):
        variables["XDG_STATE_HOME"] = str(state.parent)
        terminal = start_shell("lesson", *options, program=simpsh_command(), environment=variables)
        terminal.wait(keys)
        return terminal

    return start


def test_the_core_is_shown_and_side_paths_are_opened_by_a_key(course_map):
    terminal = course_map()
    terminal.shows(f"1 of {len(CORE)} core lessons done")
    terminal.wait(r"2\. fork .* 1 of \d+ core, \d+ more$")
    terminal.wait(r"^ ✓ ● Rule 1: where do two processes ")
    terminal.wait(r"^▸→ ● Rule 2: how do they tell ")
    terminal.shows("simpsh lesson run rule-2-return-value")
    terminal.wait(r"^   ● Rule 4: whose variable is it")
    assert "When fork fails" not in terminal.screen()
    terminal.key("right")
    terminal.wait(r"^   ○ When fork fails ")
    terminal.key("down")
    terminal.wait(r"^▸  ○ When fork fails ")
    terminal.wait("Enter runs it")
    terminal.key("left")
    terminal.wait(r"^▸→ ● Rule 2: how do they tell ")
    # The last rows of a screen may be drawn later than the first ones.
    terminal.wait_until(lambda: "When fork fails" not in terminal.screen(), "side paths are closed")
    # The last row of the course is visible when the cursor is on it, and the cursor stays there.
    terminal.send("\x1b[6~" * 5)
    terminal.wait(r"^▸  ★ The test of the whole course")
    terminal.shows("simpsh lesson test")
    terminal.key("up")
    terminal.wait(r"^▸  ● Write a shell, in five parts ")


def test_the_test_can_be_taken_first_and_is_next_after_the_core(course_map, tmp_path):
    terminal = course_map()
    terminal.send("t")
    terminal.wait(r"^▸  ★ The test of the whole course")
    terminal.wait("Enter takes it ")
    terminal.key("enter")
    terminal.wait(r"\[test 1/18\] ")
    wait_until_at_rest()  # Python looks for a signal when Readline waits, or at the next key
    terminal.key("C-c")
    assert terminal.wait_exit() == 0
    assert "Stopped: no result." in terminal.screen()
    places = {name: {"is_ended": True} for name in CORE}
    record = {"format": 1, "last": CORE[-1], "lessons": places}
    (tmp_path / "state/simpsh/progress.json").write_text(json.dumps(record))
    terminal = course_map(keys="Enter takes it ")
    terminal.wait(r"^▸→ ★ The test of the whole course")


def test_enter_opens_the_lesson_and_its_end_returns_to_the_map(course_map, tmp_path):
    write_lesson(tmp_path, "aa-own", 'Say("A thought.")')
    (tmp_path / "index.toml").write_text(
        '[[units]]\nname = "fork"\nlessons = [{id = "aa-own", minutes = 1, title = "A title"}]\n'
    )
    terminal = course_map("--path", str(tmp_path))
    terminal.shows(f"1 of {len(CORE) + 1} core")
    # The lesson of the test is the last of its unit.
    terminal.key(*["down"] * 8)
    terminal.wait(r"^▸  ● A title ")
    terminal.key("enter")
    terminal.wait(r"A thought\.(?s:.*)\[1/1\] Enter: go on")
    terminal.key("enter")
    terminal.wait(r"Next +(?s:.*)\[map\] Enter shows the map")
    terminal.key("enter")
    terminal.wait(f"2 of {len(CORE) + 1} core lessons done")
    terminal.wait(r"^▸→ ● exec: what is left of the old program")
    # Leaving a lesson returns to the shell.
    terminal.key("enter")
    terminal.wait(r"\[\d+/\d+\] ")
    wait_until_at_rest()  # Python looks for a signal when Readline waits, or at the next key
    terminal.key("C-c")
    assert terminal.wait_exit() == 0
    assert "Stopped. Continue here with:" in terminal.screen()


@pytest.mark.parametrize("way", ["q", "\x1b"], ids=["q", "escape"])
def test_leaving_restores_the_terminal(course_map, way):
    # Other ways to leave a full screen are in test_stepper.py.
    terminal = course_map()
    terminal.send(way)
    assert terminal.wait_exit() == 0
    assert not descendants_in_session(terminal.pid)


def test_the_map_fits_the_window_and_is_readable_without_colours(course_map):
    terminal = course_map(NO_COLOR="1")
    for rows, columns in ((40, 120), (12, 50), (6, 30), (50, 200), (24, 80)):
        terminal.resize(rows, columns)
        between = rf"(?:[^\n]*\n){{{rows - 1}}}"
        terminal.wait(rf"\A The course   1 of {len(CORE)}[^\n]*{between} {KEYS}[^\n]*\Z")
        terminal.wait(r"^▸→ ● Rule 2")
    assert b"\x1b[38" not in terminal.raw
