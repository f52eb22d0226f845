"""Programs that only report on the machine: no two runs print the same."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import LOOKS_AT_PROCESSES
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.workplace.private_world import why_not_private

LIMITS = ExplorationLimits(budget_seconds=60.0, natives=5, native_seconds=60.0)

LONG = f"ps -ef {'-f ' * 2000}"
"""Its own arguments make the report so long that ps writes it in pieces."""

pytestmark = [
    pytest.mark.needs("ps"),
    pytest.mark.skipif(bool(why_not_private()), reason="only a private world has few processes"),
    pytest.mark.long("each test explores a script"),
]


def test_a_report_is_shown_by_its_programs_name_and_not_compared(compiled, tmp_path):
    program = program_of((compiled("programs/ps_after_fork.c"),), directory=str(tmp_path))
    result = explore(program, LIMITS)
    assert result.texts == {"cp<ps>\n0", "pc<ps>\n0", "c<ps>\np0"}
    assert result.reasons == ()
    assert "it runs ps, whose text is shown as <ps>" in result.notes
    assert result.natives == LIMITS.natives


def test_a_free_run_in_which_ps_lists_other_processes_adds_no_output(tmp_path):
    # ps on a terminal lists `true`, or not if it has ended.
    line = "true & ps; wait; echo e"
    result = explore(program_of((line,), directory=str(tmp_path), has_terminal=True), LIMITS)
    assert [outcome for outcome in result.outcomes if outcome.is_free] == []
    assert {frozenset(text.split()) for text in result.texts} == {frozenset(("<ps>", "e"))}


@pytest.mark.usual("ps")
@pytest.mark.parametrize("line", ["ps", "ps -ef", "ps aux", "ps -eo pid,comm", "free -m", "uptime"])
def test_a_report_in_a_script_does_not_spoil_a_result(line, tmp_path):
    name = line.split()[0]
    result = explore(program_of((f"{line}; echo $?",), directory=str(tmp_path)), LIMITS)
    assert result.texts == {f"<{name}>\n0\n"}
    assert result.has_every_order, result.reasons


@pytest.mark.usual("ps | grep -c sleep")
@pytest.mark.parametrize(
    "line", ["ps | grep -c sleep", "ps > list; wc -l < list", "ps -p 1 -o comm", LONG]
)
def test_a_report_that_decides_something_is_named(line, tmp_path):
    result = explore(program_of((line,), directory=str(tmp_path)), LIMITS)
    assert any(flag.is_a(LOOKS_AT_PROCESSES) for flag in result.flags)
    assert not result.has_every_order
