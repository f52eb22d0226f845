"""Shells as exercises: single checks may be asked for, and who is stuck is found out soon."""

from __future__ import annotations

import os
import sys

import pytest

from simpsh.grade.building import program_of
from simpsh.grade.exercise import Asked, Exercise, Trial
from simpsh.grade.exercise_shelf import Shelf
from simpsh.grade.judging import judge
from simpsh.grade.looking import so
from simpsh.grade.seat import Seat, Stuck

LONG = 600.0
"""Much longer than any test may take."""
INVENTED = "“statuses”: it says so, but nothing that it ran has ended so"


def seat_of(tmp_path, *argv):
    return Seat(argv, str(tmp_path), {"PATH": os.defpath}, seconds=LONG)


def test_what_cannot_come_any_more_is_not_waited_for(tmp_path):
    with seat_of(tmp_path, "/bin/cat") as seat, pytest.raises(Stuck, match="it sleeps in read"):
        seat.until(lambda: False, "it does not come")


def test_a_shell_that_does_not_end_is_found_out(tmp_path):
    with (
        seat_of(tmp_path, "/bin/cat") as seat,
        pytest.raises(Stuck, match="the shell does not end"),
    ):
        seat.wait_end()


def test_a_nap_of_the_shell_is_no_standstill(tmp_path):
    code = "import time; time.sleep(1.5); print('awake', flush=True); input()"
    with seat_of(tmp_path, sys.executable, "-S", "-c", code) as seat:
        seat.until(lambda: "awake" in seat.said(), "it does not wake up")


def test_a_single_check_of_a_behaviour_can_be_asked_for():
    exercise = Exercise(id="x", title="x", minutes=1, behaviours=("cd.moves", "empty-line"))
    shell = program_of(Shelf().folder("shell-2").file("solution.c"))
    found = judge(exercise, shell)
    assert [check.key for check in found.checks] == [
        "empty-line.survives",
        "empty-line.forks",
        "cd.moves",
    ]
    assert found.is_full


def test_only_checks_that_were_asked_for_say_where_to_look():
    exercise = Exercise(id="x", title="x", minutes=1, behaviours=("pipe.together",))
    shell = program_of(Shelf().folder("shell-5").file("solution.c"))
    found = judge(exercise, shell)  # it does not survive ^C yet, which is not asked
    assert found.is_full
    assert found.look_at == ""


def test_a_shell_that_invents_statuses_is_found_out(tmp_path):
    liar = tmp_path / "liar.py"
    liar.write_text(
        "for answer in ('', 7, '', 0, '', 137, '', 127, '', 126):\n"
        "    input('$ ')\n"
        "    print(f'status={answer}')\n"
        "input('$ ')\n"
    )
    exercise = Exercise(id="x", title="x", minutes=1, behaviours=("statuses",))
    found = {check.key: check.instead for check in judge(exercise, program_of(str(liar))).checks}
    assert found["statuses.code"] == INVENTED
    assert found["statuses.killed"] == INVENTED


def test_a_limit_as_guard_binds_whoever_runs_it(tmp_path):
    bomb = tmp_path / "bomb.py"
    bomb.write_text(
        "import os\n"
        "end, gate = os.pipe()\n"
        "try:\n"
        "    while True:\n"
        "        os.fork()\n"
        "except BlockingIOError:\n"
        "    os.close(gate)\n"
        "    os.read(end, 1)\n"
    )
    several = Asked(
        "many", "there are 9", so("9", lambda seen: "" if len(seen.names) == 9 else "no")
    )
    exercise = Exercise(
        id="x", title="x", minutes=1, trials=(Trial(asks=(several,), guard="limit 9"),)
    )
    found = judge(exercise, program_of(str(bomb)))
    if found.omitted:
        pytest.skip(found.omitted)
    assert found.is_full, found
