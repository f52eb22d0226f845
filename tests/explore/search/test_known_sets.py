"""Programs with known sets: the set is exact and complete, and real runs show each outcome."""

import shutil
import sys
from pathlib import Path

import pytest

from simpsh.base.patience import patience
from simpsh.base.signal_names import SIGCHLD
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import ODD_MEMORY
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.kernel.machine import memory_access, registers
from tests.explore.oracle.derived import STUCK
from tests.explore.oracle.known import FAMILIES, KNOWN

PROGRAMS = Path(__file__).parent.parent / "programs"
LIMITS = ExplorationLimits(budget_seconds=300.0 * patience(), natives=5)
UNFOLLOWED = {ODD_MEMORY.clause}
pytestmark = pytest.mark.timeout(400 * patience())


def words_of(known, compiled):
    """Return the command of a program: a binary, a line for the shell, or a file for Python."""
    path = PROGRAMS / known.program
    match path.suffix:
        case ".c":
            return (compiled(f"programs/{known.program}"), *known.arguments)
        case ".sh" | ".bash":
            shell = "bash" if path.suffix == ".bash" else "dash"
            return (shutil.which(shell) or "/bin/sh", "-c", path.read_text().strip())
        case _:
            return (sys.executable, "-E", "-S", str(path))


def exploration(known, compiled, directory, limits=LIMITS):
    directory.joinpath("data").write_text("ab")
    words = words_of(known, compiled)
    program = program_of(words, directory=str(directory), has_terminal=known.has_terminal)
    return explore(program, limits)


def texts(result):
    return {one.text.replace("\r\n", "\n") + STUCK * bool(one.deadlock) for one in result.outcomes}


def lacks_instructions(result):
    """Return whether the set is incomplete because the machine's instructions are unknown."""
    return not memory_access.IS_KNOWN and not UNFOLLOWED.isdisjoint(result.reasons)


@pytest.mark.usual(
    "fork_fork.c",
    "orphan.c",
    "broken_pipe.c",
    "sigchld_handler.c",
    "counter_flock.c",
    "offset_of_writer.c-s",
    "shared_semaphore.c-1-1",
    "two_echoes.sh",
)
@pytest.mark.long("one search of each program, some of 120 s")
@pytest.mark.parametrize("known", KNOWN, ids=str)
def test_the_set_is_exactly_the_known_one(known, compiled, tmp_path):
    result = exploration(known, compiled, tmp_path)
    if lacks_instructions(result):
        assert not result.has_every_order
        pytest.skip(f"instructions are unknown here: {'; '.join(result.reasons)}")
    assert texts(result) == known.outputs, (result.reasons, result.flags, result.runs)
    assert result.reasons == ()
    assert result.has_every_order
    assert tuple(map(str, result.amid)) == known.amid
    assert all(outcome.is_replayed for outcome in result.outcomes)


@pytest.mark.parametrize("name", ["bash", "dash"])
def test_a_handler_matters_even_if_its_program_has_a_shells_name(name, compiled, tmp_path):
    own = shutil.copy(compiled("programs/child_between_tests.c"), tmp_path / name)
    result = explore(program_of((str(own),), directory=str(tmp_path)), LIMITS)
    if lacks_instructions(result):
        pytest.skip("instructions are unknown here")
    assert texts(result) == {"10", "01"}
    # It is not trusted like the handler of an installed shell.
    assert result.amid == (SIGCHLD,)


@pytest.mark.parametrize("name", ["vforked.c", "vfork_and_wnohang.c", "spawned.c"])
def test_a_child_has_zero_in_a_register_that_is_both_argument_and_result(
    name, compiled, tmp_path, monkeypatch
):
    """Simulates the registers of aarch64."""
    both = (*registers.ARGUMENTS, registers.RESULT)
    monkeypatch.setattr(registers, "ARGUMENTS", both)
    known = next(one for one in FAMILIES if one.program == name)
    assert texts(exploration(known, compiled, tmp_path)) == known.outputs
