"""The name of a process knows what it is: nothing reads it in the spelling of a program's name."""

import pickle

import pytest

from simpsh.course import in_words
from simpsh.course.claims.observation import REAPER, YOU, ShownName, named
from simpsh.course.run.typed_line import perform_line
from simpsh.course.screen.lane_picture import short_names

LINE = """
cp /bin/sh 'sleep 2'; cp /bin/sh shell; cp /bin/sh child
./'sleep 2' -c :; ./shell -c :; ./child -c :; sleep 0; sleep 0
"""


@pytest.mark.needs("ptrace")
def test_programs_called_like_variables_roles_and_numbers_keep_their_names():
    seen = perform_line(LINE)
    words = [in_words(name) for name in seen.names if named(name).base != "cp"]
    assert words[:4] == ["the shell", "sleep 2", "the second shell", "child"]
    sleepers = [name for name in seen.names if named(name).base == "sleep"]
    assert len(sleepers) == 2
    assert "sleep 2" not in sleepers


def test_a_name_survives_its_way_between_processes_and_equals_no_role():
    name = pickle.loads(pickle.dumps(ShownName("sleep 2", "program", 3)))
    assert (name.base, name.number, name.words) == ("sleep 2", 3, "the third sleep 2")
    assert ShownName("you", "program") == "you"
    assert ShownName("you", "program") != YOU
    assert ShownName("reaper", "program") != REAPER


def test_short_names_take_the_number_from_the_process_not_from_its_program():
    names = [ShownName("sleep 2", "program"), ShownName("cp", "program", 3), named("P1.2")]
    assert short_names(names) == ["s", "c3", "P.2"]
