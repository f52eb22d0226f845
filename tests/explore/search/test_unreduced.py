"""Without any reduction the same outcomes are found, and the number of orders is the known one."""

from __future__ import annotations

import sys

import pytest

from simpsh.explore.control.explored_program import program_of
from tests.explore.oracle.known import FAMILIES, FILES, PIPES, SIGNALS
from tests.explore.oracle.unreduced_model import EveryOrder

KNOWN = {str(one): one for one in (*FAMILIES, *PIPES, *SIGNALS, *FILES)}


@pytest.fixture(autouse=True)
def deep_recursion():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    ("name", "orders"),
    [
        ("child_parent_end.c", 3),
        ("children.c-3", 636),
        ("children.c-4", 61_800),
        ("fork_fork.c", 143_325),
        ("and_or.c", 113_400),
        ("two_readers.c", None),
        ("reader_leaves.c", None),
        ("kill_9_under_way.c", None),
        ("end_of_file_before_sigchld.c", None),
    ],
)
def test_every_order_on_the_model(name, orders, compiled, tmp_path):
    known = KNOWN[name]
    words = (compiled(f"programs/{known.program}"), *known.arguments)
    every = EveryOrder(program_of(words, directory=str(tmp_path)))
    assert orders is None or every.orders == orders
    assert {output.decode() for output, _, _, _ in every.endings} == known.outputs
