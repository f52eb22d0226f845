"""Free runs that are held back or steered refute a wrong rule, and no right one."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.objects.file_operations import FileChange, Flock, Open
from simpsh.explore.objects.pipe_operations import Pread
from simpsh.explore.objects.process_operations import GetParent, Wait
from simpsh.explore.objects.signal_operations import Kill
from simpsh.explore.search.adversaries import HELD_BACK, Attack
from simpsh.explore.search.exploration import REFUTED, ExplorationLimits, explore
from simpsh.explore.search.exploration_report import ReportStyle, verdict_lines
from simpsh.explore.search.native_runs import FreeProgram, native_runs

pytestmark = pytest.mark.long("each test attacks free runs")

# Only one undisturbed run, so that held and steered runs must make the refutations.
LIMITS = ExplorationLimits(budget_seconds=60, natives=1, attacks=24)


def explored(name, compiled, directory):
    program = program_of((compiled(f"programs/{name}.c"),), directory=str(directory))
    return explore(program, LIMITS)


@pytest.mark.usual("-lock_file")
@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (GetParent, "new_parent"),
        (Kill, "usr1_against_signal"),
        (Open, "lock_file"),
        (Pread, "file_counters"),
        (FileChange, "removed_directory"),
        (Flock, "two_locks"),
        (Wait, "end_of_file_before_zombie"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_that_lets_a_step_go_first_wrongly_is_refuted(
    operation, name, compiled, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        operation, "goes_first", lambda self, kernel, node: self.is_ready(kernel, node.name)
    )
    # The scheduler decides if an attack succeeds: most do, few on a very busy machine.
    tries = (explored(name, compiled, tmp_path) for _ in range(20))
    found = next(found for found in tries if not found.has_every_order)
    assert [reason.endswith(REFUTED) for reason in found.reasons] == [True] * len(found.reasons)
    assert any(outcome.is_free for outcome in found.outcomes)


@pytest.mark.usual
def test_the_verdict_counts_the_runs_of_each_kind(compiled, tmp_path):
    found = explored("counter_unlocked", compiled, tmp_path)
    assert found.has_every_order
    # A busy machine has no time for all 24.
    (first, held_back), (second, steered) = found.attacks
    assert (found.natives, first, second) == (1, "held back", "steered")
    verdict = " ".join(" ".join(verdict_lines(found, ReportStyle())).split())
    kinds = f"1 left alone, {held_back} held back, {steered} steered"
    assert f"{1 + held_back + steered} free runs ({kinds}) gave no other" in verdict


def test_the_parent_of_the_program_is_a_process_outside(compiled, tmp_path):
    found = explored("prints_parent", compiled, tmp_path)
    assert (found.texts, found.reasons) == ({"<outside>\n"}, ())
    assert found.natives == 1


def test_another_adopter_of_orphans_in_free_runs_refutes_nothing(compiled, tmp_path):
    found = explored("asks_as_orphan", compiled, tmp_path)
    assert found.reasons == ()
    assert "child\n" in found.texts
    assert found.natives == 0


def test_free_runs_check_a_program_that_only_prints_the_adopter(compiled, tmp_path):
    found = explored("prints_adopter", compiled, tmp_path)
    assert (found.reasons, len(found.texts)) == ((), 2)
    assert found.natives == 1


def test_an_attack_can_hold_every_close_of_a_program():
    # No close of the child may be held before the exec: nobody would release it.
    program = program_of(("/bin/sh", "-c", "exec 3>&1; exec 3>&-; echo closed"))
    held = frozenset(("close", "exit_group"))
    attack = Attack(HELD_BACK, path=(), target="P0", line="", calls=held, seed=0)
    runs = native_runs(FreeProgram(program), 1, 1.0, attacks=(attack,)).runs
    assert [(run.output, run.attack) for run in runs] == [
        (b"closed\n", None),
        (b"closed\n", attack),
    ]
