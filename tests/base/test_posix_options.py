"""The options of a command line, by the rules of POSIX (XBD 12.2)."""

import pytest

from simpsh.base.posix_options import take_options

CASES = {
    "letters may be joined": ("-ab -c x", "-a -b -c", "x"),
    "they end before a word": ("-a x -b", "-a", "x -b"),
    "before a dash alone": ("-a - -b", "-a", "- -b"),
    "before another sign": ("-a +e -b", "-a", "+e -b"),
    "after two dashes": ("-a -- -b --", "-a", "-b --"),
    "a long one is one": ("--trace=x --truth", "--trace=x --truth", ""),
}


@pytest.mark.parametrize(("words", "options", "operands"), CASES.values(), ids=CASES.keys())
def test_options_end_where_posix_says(words, options, operands):
    rest = words.split()
    assert [sign + name for sign, name in take_options(rest)] == options.split()
    assert rest == operands.split()


def test_an_empty_word_is_an_operand_and_plus_is_an_optional_sign():
    words = ["-a", "", "-b"]
    assert (list(take_options(words)), words) == ([("-", "a")], ["", "-b"])
    words = ["-e", "+e", "+"]
    assert (list(take_options(words, "-+")), words) == ([("-", "e"), ("+", "e")], ["+"])


def test_an_argument_may_be_joined_to_its_letter_and_is_taken_with_its_option():
    words = ["-ad,", "-d", ";", "-d-", "-eo", "pipefail", "-f", "x"]
    found = [
        (letter, words.pop(0) if letter in "do" else "")
        for _, letter in take_options(words, "-", lambda letter, _: letter == "d")
    ]
    joined = [("a", ""), ("d", ","), ("d", ";"), ("d", "-")]
    assert (found, words) == ([*joined, ("e", ""), ("o", "pipefail"), ("f", "")], ["x"])
