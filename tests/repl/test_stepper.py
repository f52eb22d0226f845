"""The full-screen stepper: by keyboard alone, in any size, with every way to leave it."""

import os
import select
import signal

import pytest

from tests.explore.step.stepping_programs import ENDLESS, FORGOTTEN, THREE, TWO_LETTERS, compiled
from tests.harness.process import descendants_in_session, descendants_of, send
from tests.harness.sh import simpsh_command, simpsh_words


@pytest.fixture
def step(start_shell):
    """Start `simpsh step` for a program."""

    def start(source, *options, **variables):
        path = compiled(source)
        terminal = start_shell(
            "step",
            *options,
            "./program",
            program=simpsh_command(),
            directory=os.path.dirname(path),
            environment=variables,
        )
        terminal.wait("Who goes next")
        return terminal

    return start


def test_two_processes_are_stepped_by_keyboard_alone(step):
    terminal = step(TWO_LETTERS)
    # Arrows and Enter choose a step, and a sentence reports its effect.
    terminal.wait(r"▸ 1 P0 +ready")
    terminal.key("down")
    terminal.wait(r"▸ 2 └─P1 +ready")
    terminal.key("enter")
    terminal.wait(r"P1 writes “a” to the output\.")
    terminal.wait(r"^ “a”$")
    terminal.shows("after 1 step")
    # The help is a page.
    terminal.send("?")
    terminal.wait("undo the last step")
    terminal.key("enter")
    terminal.wait("Who goes next")
    # Possible outputs are counted and listed.
    terminal.send("b")
    terminal.wait("At the beginning")
    terminal.wait("nothing yet")
    terminal.wait("1 more with f")
    terminal.wait("“abc”")
    terminal.wait(r"→ 1 of 2")
    terminal.wait("This choice matters")
    terminal.send("f")
    terminal.wait("Step 1: P1 ")
    terminal.wait("No choice matters any more: the rest is decided")
    # A zombie is shown until it is collected.
    terminal.send("22")
    terminal.wait(r"z └─P1 +zombie +ended with status 3")
    terminal.wait("P0 has not collected its status yet")
    terminal.send("1")
    terminal.send("1")
    terminal.wait(r"P0 collects P1, which ended with status 3\.")
    # A blocked process can be selected, and the reason is shown.
    terminal.send("0")
    terminal.wait("At the beginning")
    terminal.send("1")
    terminal.wait("P0 writes “b” to the output")
    terminal.wait(r"its child P1 is still alive")
    terminal.key("up")
    terminal.wait(r"▸ · P0 +blocked +waits for a child")
    terminal.key("enter")
    terminal.wait(r"P0 cannot go: it waits for a child; its child P1 is still alive\.")
    terminal.shows("after 1 step")
    # Run to the end, and go back.
    terminal.send("r")
    terminal.wait("All processes have ended")
    terminal.send("0")
    terminal.wait("At the beginning")


def test_the_help_says_what_the_stepper_is_for(step):
    terminal = step(THREE)
    terminal.wait("▸ 1 P0 ")
    terminal.shows("P0 is the program, P1 its first child", "A is empty")
    terminal.wait(r"r run.*\Z")
    terminal.send("?")
    terminal.wait(r"You are the scheduler(?s:.*)Enter  the processes[^\n]*\Z")
    terminal.key("enter")
    terminal.wait("▸ 1 P0 ")
    terminal.key("enter")
    terminal.wait("b back")


def test_a_deadlock_is_reported(step):
    terminal = step(FORGOTTEN)
    terminal.send("r")
    terminal.wait("Deadlock: P0 waits for something that can never come")
    terminal.wait("it waits for itself")


def test_a_schedule_is_printed_at_the_end_and_can_be_followed_again(step):
    terminal = step(TWO_LETTERS)
    terminal.send("21")
    terminal.wait("after 2 steps")
    terminal.send("q")
    terminal.wait_exit()
    # The path of simpsh at the beginning of the line may be long.
    text = terminal.screen().replace("\n", "")
    assert text.endswith('step --schedule "P1 P0" ./program')

    again = step(TWO_LETTERS, "--schedule", "P1 P0")
    again.wait("2 more with f")
    again.send("ff")
    again.wait("P0 writes “b” to the output")
    again.wait(r"^ “ab”$")


@pytest.mark.parametrize("way", ["q", "C-c", "TERM", "INT", "hang-up"])
def test_leaving_restores_the_terminal(step, way):
    terminal = step(ENDLESS)
    terminal.send("11")
    terminal.wait("after 2 steps")
    below = [os.pidfd_open(pid) for pid in descendants_of(terminal.pid)]
    assert below

    if way == "hang-up":
        terminal.hang_up()
    elif way.startswith("C-"):
        terminal.key(way)
    elif way == "q":
        terminal.send(way)
    else:
        send(terminal.pid, getattr(signal, f"SIG{way}"))

    assert terminal.wait_exit() == {"TERM": -15, "INT": -2, "hang-up": -1}.get(way, 0)
    for process in below:
        assert select.select([process], [], [], 20)[0]
        os.close(process)
    assert not descendants_in_session(terminal.pid)


def test_the_screen_and_the_modes_are_restored_at_the_end(start_shell):
    line = f'x=$(stty -g); {simpsh_words()} step "$0"; test $x = $(stty -g) && echo the same'
    terminal = start_shell("-c", line, compiled(TWO_LETTERS), program=("sh",))
    terminal.wait("Who goes next")
    terminal.send("2q")
    terminal.wait_exit()
    assert terminal.screen().endswith("\nthe same")
    assert terminal.raw.rindex(b"\x1b[?1049l") > terminal.raw.rindex(b"\x1b[?1049h")


def test_the_screen_fits_the_window_and_is_readable_without_colours(step):
    terminal = step(THREE, NO_COLOR="1")
    terminal.send("1")
    terminal.wait("after 1 step")
    for rows, columns in ((40, 120), (12, 50), (50, 200), (24, 80)):
        terminal.resize(rows, columns)
        # Compare the first line and the last, which are as far apart as the window is high.
        between = rf"(?:[^\n]*\n){{{rows - 1}}}"
        terminal.wait(rf"\A simpsh step  \./program[^\n]*{between}[^\n]*\? help  q quit *\Z")
        terminal.shows("after 1 step", "Who goes next?")
    assert b"\x1b[38" not in terminal.raw


def test_a_terminal_that_cannot_draw_gets_lines(start_shell):
    path = compiled(TWO_LETTERS)
    terminal = start_shell(
        *("step", "./program"),
        program=simpsh_command(),
        directory=os.path.dirname(path),
        environment={"TERM": "dumb"},
        columns=120,
    )
    terminal.wait("^>$")
    terminal.send("P1\r")
    terminal.wait("Step 1, P1: P1 writes “a” to the output.")
    terminal.key("C-d")
    assert terminal.wait_exit() == 0
