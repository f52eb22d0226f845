"""The model and the real program side by side: witnesses, and differences that are noticed."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.objects.process_operations import GetParent
from simpsh.explore.search.exploration import ExplorationLimits, explore

QUIET = ExplorationLimits(budget_seconds=60, natives=0)


@pytest.fixture
def program(compiled, tmp_path):
    """Make a program of a C file in `programs`, run in an empty directory."""

    def make(name, *arguments):
        path = compiled(f"programs/{name}")
        return program_of((path, *arguments), directory=str(tmp_path))

    return make


def test_a_witness_stops_deciding_when_one_outcome_is_left(program):
    found = explore(program("child_parent_end.c"), QUIET)
    assert [(one.text, one.deciding, one.witness[0]) for one in found.outcomes] == [
        ("CPE", 1, "P1"),
        ("PCE", 1, "P0"),
    ]
    first = found.outcomes[0]
    assert b"".join(step.printed for step in first.story) == b"CPE"
    assert [step.process for step in first.story] == list(first.witness)
    assert "writes “E” to the output" in [step.words() for step in first.story]


def test_a_free_run_that_hangs_agrees_with_the_deadlock(program):
    found = explore(
        program("forgotten_write_end.c"),
        ExplorationLimits(budget_seconds=60, natives=1, native_seconds=20),
    )
    assert (found.natives, found.seen) == (1, {found.outcomes[0].output: 1})
    assert found.has_every_order


def test_a_difference_of_model_and_reality_is_named(program, monkeypatch):
    # A rule by which a parent never ends before its child asks for it.
    monkeypatch.setattr(GetParent, "result", lambda _self, _kernel, _name: "P0")
    found = explore(program("new_parent.c"), ExplorationLimits(natives=0, budget_seconds=6.0))
    assert not found.has_every_order
    [reason] = found.reasons
    assert "not all of its orders could be followed" in reason
