"""Whether a program depends on the time, on durations or on random numbers is tried at once."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import READS_RANDOM
from simpsh.explore.objects.stop import Conditions
from simpsh.explore.search import exploration
from simpsh.explore.search.exploration import ExplorationLimits, explore

LIMITS = ExplorationLimits(natives=0, budget_seconds=60)


@pytest.mark.parametrize(("arguments", "causes"), [((), []), (("x",), [READS_RANDOM])])
def test_values_are_tried_alone_only_if_they_matter_together(
    arguments, causes, compiled, tmp_path, monkeypatch
):
    monkeypatch.setattr(exploration, "_MOST_TRIES", 4)
    path = compiled("programs/reads_and_forgets.c")
    program = program_of((path, *arguments), directory=str(tmp_path))
    really = exploration._Exploring._dependence

    def note(self, conditions):
        changed = [
            name
            for name in Conditions.__match_args__
            if getattr(conditions, name) != getattr(Conditions(), name)
        ]
        tried.append(" ".join(sorted(changed)))
        return really(self, conditions)

    tried = list[str]()
    monkeypatch.setattr(exploration._Exploring, "_dependence", note)
    monkeypatch.setattr(exploration, "in_private_world", lambda work, _directory: work())
    found = explore(program, LIMITS)
    assert [cause for cause in found.causes if cause] == causes
    assert tried[0] == "draw moves_clock"
    assert ("draw" in tried) == bool(causes)
