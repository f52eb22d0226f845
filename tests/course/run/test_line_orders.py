"""Lines of a task over every order: what a sleep, a loop or luck orders in one run is refused."""

from __future__ import annotations

import pytest

from simpsh.course import (
    all_of,
    anyone,
    before,
    count,
    everyone_called,
    file,
    hangs,
    happens,
    none_of,
    output,
    processes,
    unordered,
)
from simpsh.course.claims.expectation import Unknown
from simpsh.course.claims.observation import SeenOutcome
from simpsh.course.run.line_orders import judged, perform_line

pytestmark = pytest.mark.needs("ptrace")

shell, sleep, sleep_2, echo, echo_2 = processes("shell", "sleep", "sleep 2", "echo", "echo 2")
A_THEN_B = all_of(before(anyone.writes("a\n"), anyone.writes("b\n")), output == "a\nb\n")
BOTH_FIRST = before(everyone_called("sleep").ends, anyone.writes("done\n"))


def verdict(expect, line):
    return judged(expect, line, perform_line(line))


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (A_THEN_B, "sh -c 'echo a' & wait; sh -c 'echo b'"),
        (A_THEN_B, "sh -c 'echo a' | cat; sh -c 'echo b'"),
        # A FIFO orders without a chain of causes in the record.
        (A_THEN_B, "mkfifo p; sh -c 'echo a; echo >p' & read x <p; sh -c 'echo b'"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait; echo done"),
        # The first sleep may have been collected before the second one was born.
        (unordered(sleep.ends, sleep_2.is_born), "sleep 0 & sleep 0 & wait"),
        (file("f").contains("b\n"), "echo aa >>f & echo b >>f; wait"),
    ],
)
def test_a_line_that_is_right_in_every_order_is_accepted(expect, line):
    assert verdict(expect, line).holds, verdict(expect, line).because


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (A_THEN_B, "sh -c 'echo a' & sleep 0.2; sh -c 'echo b'"),
        (A_THEN_B, "sh -c 'echo a' & for i in $(seq 200); do :; done; sh -c 'echo b'"),
        (A_THEN_B, "sh -c 'echo a' & ls >/dev/null; sh -c 'echo b'"),
        (A_THEN_B, "taskset -c 0 sh -c 'echo a & sleep 0.1; echo b'"),
        (A_THEN_B, "sh -c 'echo a' & sh -c 'echo b'"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait %1; echo done"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait %2; echo done"),
        (unordered(sleep.ends, sleep_2.is_born), "sleep 0; sleep 0"),
        (file("f").contains("aa\n"), "echo aa >f & echo b >f; wait"),
        (count(anyone.writes("b")) == 1, "(sleep 0.1; kill $$) & sleep 0.3; echo b"),
        (none_of(hangs), "mkfifo f; cat <f & sleep 0.1; cat f & sleep 0.1; echo hi >f; wait"),
    ],
)
def test_a_line_that_is_right_in_one_order_only_is_refused(expect, line):
    assert not verdict(expect, line).holds


def test_the_order_that_breaks_a_line_is_named_and_kept():
    refused = verdict(A_THEN_B, "sh -c 'echo a' & sleep 0.1; sh -c 'echo b'")
    words = "In another order, `sleep` ends, then `sh 2` writes “b”, then `sh` writes “a”."
    assert refused.order == words
    assert refused.breaking.output == "b\na\n"


def test_a_line_with_one_order_is_tried_once():
    assert not verdict(output == "a\nb\n", "echo a; echo b").scope


def test_what_could_not_be_explored_is_said():
    of_record = verdict(happens(anyone.execs("cat")), "true | cat").scope
    assert of_record.startswith("Not every order could be tried here; this is so in the ")
    assert verdict(output == "b\n", "true & echo b; wait").scope == "This is so in every order."


def test_of_one_order_only_output_files_and_a_hang_are_known():
    outcome = SeenOutcome("a\n", {"f": "x"})
    assert all_of(output == "a\n", file("f") == "x").judge(outcome).holds
    assert not all_of(happens(echo.ends), output == "b\n").judge(outcome).holds
    assert not none_of(hangs).judge(SeenOutcome("", hangs=True)).holds
    with pytest.raises(Unknown):
        all_of(happens(echo.ends), output == "a\n").judge(outcome)
