"""Accesses that may overtake each other on aarch64, but not on x86-64: whoever could notice."""

from __future__ import annotations

import pytest

from simpsh.base.record import changed
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.model.memory_operations import DISORDERED
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.kernel.machine import memory_access
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

pytestmark = pytest.mark.skipif(
    ARCHITECTURE != "x86_64", reason="the known sets are checked with the machine's own rules"
)
LIMITS = ExplorationLimits(budget_seconds=60, natives=0)
_COMPARE = b"\x0f\xb1"


def ordered_as_on_aarch64(code, plain=memory_access.access_of):
    """What an instruction does; a lock is taken by cmpxchg, an acquire, and given by a release."""
    access = plain(code)
    if access is None:
        return None
    lock = "acquire" if _COMPARE in code[:4] else "release"
    return changed(access, order=lock if access.is_locked else "weak", loaded=-1)


@pytest.mark.parametrize(
    ("name", "outputs", "is_named"),
    [
        # Uses of one place stay in order.
        ("shared_counter", {"2", "3", "4"}, False),
        # Who takes the lock sees all that was done before it was given.
        ("locked_pair", {"3"}, False),
        ("waits_for_post", {"cp"}, False),
        # Who sees the second store need not see the first.
        ("stored_in_order", {"1"}, True),
    ],
)
def test_what_keeps_accesses_in_order(name, outputs, is_named, compiled, tmp_path, monkeypatch):
    monkeypatch.setattr(memory_access, "access_of", ordered_as_on_aarch64)
    program = program_of((compiled(f"programs/{name}.c"),), directory=str(tmp_path))
    result = explore(program, LIMITS)
    assert {one.text for one in result.outcomes} == outputs
    assert result.reasons == ((f"it {DISORDERED}",) if is_named else ())
    assert result.is_complete != is_named
