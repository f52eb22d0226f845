"""Which tests a run takes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support import selection
from tests.support.inner_pytest import run_inner_pytest


class Case:
    """As much of a pytest.Item as the selection reads."""

    def __init__(self, nodeid: str, *marks: pytest.Mark) -> None:
        self.nodeid, self.own_markers = nodeid, marks
        self.path = Path(nodeid.partition("::")[0])

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        of_file = (DRAWN,) if self.nodeid.startswith("marked.py") else ()
        return {mark.name: mark for mark in (*of_file, *self.own_markers)}.get(name)


DRAWN = pytest.mark.drawn(3).mark
USUAL = Case("a.py::test_usual")
LONG = Case("a.py::test_long", pytest.mark.long("it needs minutes").mark)
LONG_AND_DRAWN = Case("marked.py::test_long", pytest.mark.long("it needs minutes").mark)
SWEEP = [Case(f"a.py::test_each[{number}]", DRAWN) for number in range(100)]
FEW = [Case(f"a.py::test_few[{number}]", DRAWN) for number in range(2)]
ALL = [USUAL, LONG, *SWEEP, *FEW]


def chosen(
    seed: str, items: list[Case] = ALL, *, args: tuple[str, ...] = (), **options: bool
) -> list[object]:
    option = SimpleNamespace(**{"fast": False, "long": False, "every": False} | options)
    given = {"seed": seed}
    config = SimpleNamespace(workerinput=given, stash=pytest.Stash(), option=option, args=args)
    selection.set_seed(config)
    return selection.choose(config, items)


def test_a_usual_run_draws_cases_of_a_sweep_by_its_seed():
    drawn = chosen("1")
    assert drawn == chosen("1") != chosen("2")
    assert drawn[0] is USUAL
    assert [*map(SWEEP.__contains__, drawn)].count(True) == 3
    assert drawn[-2:] == FEW
    assert len(drawn) == 6


def test_a_file_with_the_mark_is_one_sweep_except_tests_with_their_own_mark():
    of_file = [Case(f"marked.py::test_{number}[{number % 2}]") for number in range(100)]
    own = [Case(f"marked.py::test_each[{number}]", pytest.mark.drawn(2).mark) for number in "abc"]
    drawn = chosen("1", [*of_file, LONG_AND_DRAWN, *own])
    assert [*map(of_file.__contains__, drawn)].count(True) == 3
    assert [*map(own.__contains__, drawn)].count(True) == 2
    assert len(drawn) == 5


def test_a_test_with_turns_runs_in_about_one_of_that_many_usual_runs():
    costly = Case("a.py::test_costly", pytest.mark.turn(3).mark)
    taken = [chosen(f"{seed}", [costly]) for seed in range(300)].count([costly])
    assert 60 < taken < 140
    assert chosen("1", [costly], every=True) == chosen("1", [costly], long=True) == [costly]


def test_a_long_run_takes_sweeps_whole_and_no_usual_test():
    assert chosen("1", long=True) == [LONG, *SWEEP, *FEW]


def test_a_run_of_every_case_leaves_out_long_tests_alone():
    assert chosen("1", every=True) == [USUAL, *SWEEP, *FEW]


def test_a_test_that_is_named_runs():
    assert chosen("1", args=("a.py::test_each",)) == ALL


@pytest.mark.parametrize("mark", [pytest.mark.drawn(), pytest.mark.turn(0), pytest.mark.long("")])
def test_a_mark_without_its_argument_is_refused(mark):
    with pytest.raises(pytest.UsageError, match=r"a\.py::test_x: say "):
        chosen("1", [Case("a.py::test_x", mark.mark)])


def test_a_sample_has_one_test_at_a_terminal_in_each_folder():
    terminal, slow = pytest.mark.pty.mark, pytest.mark.slow.mark
    first, other = Case("a/x.py::test_keys", terminal), Case("b/x.py::test_keys", terminal)
    second, plain = Case("a/y.py::test_keys", terminal), Case("a/z.py::test_plain")
    beside = [Case("a/w.py::test_keys", terminal), Case("a/w.py::test_plain")]
    costly = [Case("a/v.py::test_slow", slow), Case("a/v.py::test_quick")]
    items = [first, second, plain, *beside, other, *costly]
    assert chosen("1", items, fast=True) == [first, plain, beside[1], other, costly[1]]


QUICK = """
def test_a_terminal(terminal): pass
@pytest.mark.slow
def test_a_slow_one(): pass
@pytest.mark.parametrize("number", [pytest.param(0, marks=pytest.mark.slow), 1, 2])
def test_each(number): pass
class TestMany:
    def test_a_method(self): pass
@pytest.mark.parametrize("number", range(500))
def test_that_is_not_needed(number): pass
"""
AT_A_TERMINAL = """
@pytest.mark.parametrize("number", range(2))
def test_a_terminal(number, start_shell): pass
@pytest.mark.long("it needs minutes")
def test_a_long_one(): pass
"""
IN_A_BROWSER = """
@pytest.fixture
def page(one_tab): pass
def test_a_page(page): pass
def test_a_plain_one(): pass
"""


@pytest.mark.parametrize(
    ("text", "sampled", "made"),
    [
        (QUICK, "test_each[1]", 2),
        (AT_A_TERMINAL, "test_a_terminal[0]", 1),
        (IN_A_BROWSER, "test_a_plain_one", 1),
    ],
    ids=["quick", "at a terminal", "in a browser"],
)
def test_a_sample_is_the_first_quick_test_of_a_file_and_makes_few_others(
    tmp_path, text, sampled, made
):
    status, output = run_inner_pytest(tmp_path, text, "--fast", "--collect-only")
    assert status == 0, output
    first, *_ = output.splitlines()
    assert first.endswith(f"test_inner.py::{sampled}")
    assert f"1/{made} tests collected" in output or f"{made} test collected" in output, output
