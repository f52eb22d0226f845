"""Schedules as text: a word that names no process is refused with its step."""

from __future__ import annotations

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.explore.step.stepping_session import parse_schedule


@pytest.mark.parametrize("word", ["Q", "P", "P01", "P1.", "P1?", "p"])
def test_an_invalid_word_of_a_schedule_is_refused_with_its_step(word):
    assert parse_schedule("P0 P1!\nP12.3~") == ("P0", "P1!", "P12.3~")
    with pytest.raises(UsageProblem, match="schedule, step 2: "):
        parse_schedule(f"P0 {word}")
