"""printf: what it takes, cuts, pads and refuses. tests/dash compares the rest with other shells."""

from __future__ import annotations

from tests.shell.builtins.builtin_calls import call, shell

WIDEST = 1 << 24
PRINTED = {
    # Width, precision and flags, also from an argument; a negative width is at the left.
    ("%-5d|%+d|%05d", "1", "2", "3"): "1    |+2|00003",
    ("%*d|%*d|", "3", "7", "-4", "7"): "  7|7   |",
    ("%.3s|%.*d|%x|%u", "abcdef", "-5", "7", "255", "-1"): "abc|7|ff|18446744073709551615",
    ("%3c|%-3c|", "ab", ""): "  a|\0  |",
    (f"%.{WIDEST + 1}s", "ab"): "ab",
    # Numbered arguments, the code of a character, missing arguments, and a format used again.
    ("%2$s %1$s", "a", "b"): "b a",
    ("%d %d %e", "'a", '"', "1.5"): "97 0 1.500000e+00",
    ("%s %d,", "a", "1", "b"): "a 1,b 0,",
    # \c ends the output of %b, and has no meaning in a format.
    ("%b|", "a\\cb", "c"): "a",
    ("x\\c%%%s", "a"): "x\\c%a",
}
REFUSED = {
    (): (2, "", "a format is missing"),
    (f"%{WIDEST + 1}d", "1"): (2, "", f"{WIDEST + 1}: the largest width is {WIDEST}"),
    (f"%{WIDEST + 1}s", "a"): (2, "", f"{WIDEST + 1}: the largest width is {WIDEST}"),
    ("%*d", f"-{WIDEST + 1}"): (2, "", f"-{WIDEST + 1}: the largest width is {WIDEST}"),
    (f"%.{WIDEST + 1}d", "1"): (2, "", f"{WIDEST + 1}: the largest precision is {WIDEST}"),
    ("a%y", "1"): (2, "a", "%y: that is no conversion of POSIX"),
    ("a%",): (2, "a", "%: a conversion is missing"),
    # A number that is wrong is reported, and printed as far as it is right.
    ("%d,", "08"): (1, "0,", "08: not a number from 8 on"),
    ("%d,", "x"): (1, "0,", "x: not a number"),
    ("%d,", "9" * 20): (1, f"{2**63 - 1},", f"{'9' * 20}: beyond 64 bits"),
}


def test_a_format_prints_its_arguments():
    found = {words: call(shell(), "printf", *words) for words in PRINTED}
    assert {words: answer.output for words, answer in found.items()} == PRINTED
    assert {(answer.status, answer.error) for answer in found.values()} == {(0, "")}


def test_a_wrong_format_or_number_is_refused():
    found = {words: call(shell(), "printf", *words) for words in REFUSED}
    assert {
        words: (answer.status, answer.output, answer.error.rstrip().rpartition("printf: ")[2])
        for words, answer in found.items()
    } == REFUSED
