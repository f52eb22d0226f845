"""Scripts behave as in dash: the cases, in batches with alternating engines and forms of input."""

import pytest

from tests.dash.cases import Case, all_cases, batches, complaints
from tests.dash.comparing import needs_dash
from tests.harness.sh import FORK, FORMS, SPAWN, Shell, simpsh

BATCHES = batches(all_cases())
ENGINES = (FORK, SPAWN)
LONG = pytest.mark.long("all cases, in each form")


def chosen_runs():
    watched = [number for number, cases in enumerate(BATCHES) if cases[-1].group == "utilities"]
    runs = [
        *((number, ENGINES[number % 2], FORMS[number % 3]) for number in range(len(BATCHES))),
        # With `-o visible` utilities may run as programs; the outcome must be the same.
        *((number, simpsh("-o", "visible"), "file") for number in watched),
    ]
    # The usual ones are the first in each form with each engine.
    kinds = len(ENGINES) * len(FORMS)
    return [*runs[:kinds], *(pytest.param(*run, marks=LONG) for run in runs[kinds:])]


@needs_dash
@pytest.mark.parametrize(
    ("number", "shell", "form"), chosen_runs(), ids=lambda value: getattr(value, "name", value)
)
def test_cases_do_what_they_do_in_dash(number, shell, form, place):
    found = list(complaints(BATCHES[number], shell, place, form))
    assert not found, "\n\n".join(found)


@needs_dash
def test_a_case_that_differs_is_reported_among_others(place):
    cases = [Case("x", 1, "p a"), Case("x", 2, "p $SHELL_UNDER_TEST"), Case("x", 3, "p )")]
    wrong = Shell("wrong", ("env", "SHELL_UNDER_TEST=1", "dash"))
    (text,) = complaints(cases, wrong, place)
    assert text.startswith("x:2: p $SHELL_UNDER_TEST\n  standard output: b'[0]' but b'[1][1]'")
