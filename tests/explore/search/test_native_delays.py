"""No run without a tracer comes to something outside a set that was called complete.

Each program races through a rule, or through what is named because there is no rule. It runs
freely, with delays by chance before and after its calls. SIMPSH_ROUNDS is how often each runs; and
how many programs are drawn for each family of rules about signals and groups, beyond the first.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.native_runs import prints
from simpsh.process.subreaper import Subreaper
from tests.explore.oracle.known import (
    FAMILIES,
    FILES,
    GROUP_SIGNALS,
    GROUPS,
    MEMORY,
    PIPES,
    READINESS,
    SIGNAL_SETS,
    SIGNALS,
    STOPS,
)
from tests.explore.oracle.racing import QUICK, racing
from tests.support.c_programs import compile_c

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "6"))
ORACLE = Path(__file__).parent.parent / "oracle"
MORE = range(int(os.environ.get("SIMPSH_ROUNDS", "0")))
OF_JOBS = (*GROUPS, *STOPS, *GROUP_SIGNALS, *SIGNAL_SETS) if MORE else ()
OF_SHARING = (*MEMORY, *READINESS) if MORE else ()
"""By default the drawn programs stand for these."""
KNOWN = {
    one.program: one.outputs
    for one in (*FAMILIES, *OF_JOBS, *PIPES, *SIGNALS, *FILES, *OF_SHARING)
    if not any("[deadlock]" in output for output in one.outputs)
    if not one.arguments and not one.has_terminal and one.program != "sleep_loop.c"
}
REFUTED = (
    *("leaves_group", "priority_of_another", "limits_of_another"),
    *("sets_shared_flags", "shares_descriptors", "looks_through_proc", "is_there_by_proc"),
    *("maps_changed_file", "raised_and_sent", "vfork_closes_late", "newer_file"),
    *("renames_a_directory", "odd_pid", "who_sent_it", "mapped_file"),
)


@pytest.fixture(scope="module")
def delays(tmp_path_factory):
    target = tmp_path_factory.mktemp("delays") / "delays.so"
    return compile_c(ORACLE / "delays.c", target, "-shared", "-fPIC", "-ldl")


def native_outputs(words, job, delays, directory):
    found = set()
    for seed in range(1, ROUNDS + 1):
        place = directory / f"run-{seed}"
        place.mkdir()
        (place / "data").write_text("ab")
        variables = {**os.environ, "LD_PRELOAD": delays, "DELAY_SEED": str(seed)}
        # Some programs leave orphans.
        with Subreaper():
            done = subprocess.run(
                [job, *words], cwd=place, env=variables, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60,
                start_new_session=True,
            )  # fmt: skip
        found.add(done.stdout)
    return found


@pytest.mark.parametrize("name", sorted(KNOWN), ids=lambda one: Path(one).stem)
def test_no_native_run_leaves_a_known_set(name, compiled, delays, tmp_path):
    # That this is the set which is found, and called complete: test_known_sets.py.
    words = (compiled(f"programs/{name}"),)
    seen = native_outputs(words, compiled("oracle/as_a_job.c"), delays, tmp_path)
    assert strange(seen, [one.encode() for one in KNOWN[name]]) == set()


@pytest.mark.parametrize("name", REFUTED)
def test_what_native_runs_would_refute_is_not_called_complete(name, compiled, tmp_path):
    words = (compiled(f"flagged_programs/{name}.c"),)
    found = explored(words, tmp_path, ExplorationLimits(natives=0, budget_seconds=60))
    assert not found.is_complete


def explored(words, directory, limits):
    work = directory / "work"
    work.mkdir()
    (work / "data").write_text("ab")
    return explore(program_of(words, directory=str(work)), limits)


def strange(outputs, possible):
    return {one for one in outputs if not any(prints(one, other) for other in possible)}


@pytest.mark.parametrize("number", [None, *MORE])
@pytest.mark.parametrize("family", QUICK)
def test_no_race_through_a_rule_leaves_a_complete_set(family, number, compiled, delays, tmp_path):
    words = (
        compiled("oracle/racing.c"),
        *racing(QUICK[family] if number is None else number, family),
    )
    limits = ExplorationLimits(natives=0, replays=0, budget_seconds=60, most=5000)
    found = explored(words, tmp_path, limits)
    assert found.differences == ()
    if number is None:
        assert found.reasons == ()
    if found.is_complete:
        seen = native_outputs(words, compiled("oracle/as_a_job.c"), delays, tmp_path)
        assert strange(seen, [one.output for one in found.outcomes]) == set(), words[1:]


@pytest.mark.slow
def test_a_signal_that_ends_a_process_at_the_beginning_of_its_handler_is_given_to_it(
    compiled, tmp_path
):
    # Two signals come at once: the handler of one is followed, and the other ends the process.
    words = (compiled("oracle/racing.c"), "h", "12", "a")
    found = explored(words, tmp_path, ExplorationLimits(natives=0, replays=0, budget_seconds=60))
    assert found.differences == ()
    assert found.is_complete
    assert len(found.outcomes) == 12
