"""No run without a tracer comes to something outside a set that was called complete.

Each program races through a rule, or through what is named because there is no rule. It runs
freely, with delays by chance before and after its calls. SIMPSH_ROUNDS is how often each runs.
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
from tests.support.c_programs import compile_c

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "6"))
ORACLE = Path(__file__).parent.parent / "oracle"
KNOWN = {
    one.program
    for one in (
        *(*FAMILIES, *GROUPS, *STOPS, *GROUP_SIGNALS, *SIGNAL_SETS),
        *(*PIPES, *SIGNALS, *FILES, *MEMORY, *READINESS),
    )
    if not any("[deadlock]" in output for output in one.outputs)
    if not one.arguments and not one.has_terminal and one.program != "sleep_loop.c"
}
REFUTED = (
    *("leaves_group", "priority_of_another", "limits_of_another"),
    *("sets_shared_flags", "shares_descriptors", "looks_through_proc", "is_there_by_proc"),
    *("maps_changed_file", "raised_and_sent", "vfork_closes_late", "newer_file"),
    *("renames_a_directory", "odd_pid", "who_sent_it", "mapped_file"),
)
PROGRAMS = sorted(f"programs/{name}" for name in KNOWN) + [
    f"flagged_programs/{name}.c" for name in REFUTED
]


@pytest.fixture(scope="module")
def delays(tmp_path_factory):
    target = tmp_path_factory.mktemp("delays") / "delays.so"
    return compile_c(ORACLE / "delays.c", target, "-shared", "-fPIC", "-ldl")


def native_outputs(program, job, delays, directory):
    found = set()
    for seed in range(1, ROUNDS + 1):
        place = directory / f"run-{seed}"
        place.mkdir()
        (place / "data").write_text("ab")
        variables = {**os.environ, "LD_PRELOAD": delays, "DELAY_SEED": str(seed)}
        # Some programs leave orphans.
        with Subreaper():
            done = subprocess.run(
                [job, program], cwd=place, env=variables, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60,
                start_new_session=True,
            )  # fmt: skip
        found.add(done.stdout)
    return found


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda one: Path(one).stem)
def test_no_native_run_leaves_a_complete_set(source, compiled, delays, tmp_path):
    program = compiled(source)
    work = tmp_path / "work"
    work.mkdir()
    (work / "data").write_text("ab")
    what = program_of((program,), directory=str(work))
    found = explore(what, ExplorationLimits(natives=0, budget_seconds=20))
    if source.startswith("flagged"):
        assert not found.is_complete
        return
    seen = native_outputs(program, compiled("oracle/as_a_job.c"), delays, tmp_path)
    strange = {
        one for one in seen if not any(prints(one, outcome.output) for outcome in found.outcomes)
    }
    assert found.is_complete, (found.reasons, found.differences)
    assert strange == set()
