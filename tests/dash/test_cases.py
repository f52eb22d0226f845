"""Scripts behave as in dash: the cases, in batches with alternating engines and forms of input."""

from itertools import product

import pytest

from tests.dash.cases import Case, all_cases, batches, complaints
from tests.dash.comparing import needs_dash
from tests.harness.sh import DASH, FORK, FORMS, SPAWN, Shell, run, simpsh

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


# -- printf, test and [ on all pairs of operands; cases/utilities.sh covers unusual operands ------

LISTS = """\
'' a ab 1 -1 '01\t' '\t7' ! '(' -n = 9223372036854775808
= != '<' '>' -eq -ne -lt -le -gt -ge -ef -a -o
f x d l no fifo /dev/null '' / 0 9
%s %5s| %-5s| %.1s %c %b %8.2b| %d %i %5d| %-5d| %05d %+d %.3d %6.3d| %u %o %#o %x %X %#x %% %s-%s \
%d:%d %*d %-*.*s| %5.1f| %-8.2e| %+g %a
"""
VALUES, BINARY, FILES, CONVERSIONS = (line.split(" ") for line in LISTS.splitlines())
ARGUMENTS = ("", "ab 12", "-5 6", "0x1F", "010", "''", r"'a\tb\101\0101\n'", r"'x\cy' z", "1 2 3 4")


@needs_dash
def test_printf_and_test_do_what_they_do_in_dash(place):
    cases = [f"test {a} {op} {b}" for op, a, b in product(BINARY, VALUES, VALUES[::3])]
    cases += [f"[ -{letter} {file} ]" for letter, file in product("nzefdcbpShLugksrwxOGt", FILES)]
    cases += [f"printf '{text}' {words}" for text, words in product(CONVERSIONS, ARGUMENTS)]
    assert len(cases) > 1000
    script = "mkfifo fifo; mkdir d; echo a >x; chmod +x x; chmod u+s,g+s,+t d; :>f; ln -s no l\n"
    for case in cases:
        script += f"{case} 2>e; s=$?; test -s e; printf '<%s %s>\\n== \\n' $s $?\n"
    expected, got = (run(shell, script, place=place).stdout for shell in (DASH, SPAWN))
    parts = zip(cases, expected.split(b"\n== "), got.split(b"\n== "), strict=False)
    assert [part for part in parts if part[1] != part[2]] == []
    assert expected == got
