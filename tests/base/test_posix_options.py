"""The options of a command line, as POSIX has them (XBD 12.2)."""

from __future__ import annotations

import pytest

from simpsh.base.posix_options import take_options


def taken(*words, signs="-"):
    """The options, and what is left."""
    rest = list(words)
    return list(take_options(rest, signs)), rest


def test_letters_may_be_joined():
    assert taken("-ab", "-c", "x") == ([("-", "a"), ("-", "b"), ("-", "c")], ["x"])


@pytest.mark.parametrize("end", ["x", "-", "", "+e"])
def test_options_end_before_the_first_word_that_is_none(end):
    assert taken("-a", end, "-b") == ([("-", "a")], [end, "-b"])


def test_options_end_after_two_dashes():
    assert taken("-a", "--", "-b", "--") == ([("-", "a")], ["-b", "--"])


def test_a_long_option_is_one():
    assert taken("--trace=x", "--truth") == ([("--", "trace=x"), ("--", "truth")], [])


def test_plus_is_a_sign_where_it_is_asked_for():
    assert taken("-e", "+e", "+", signs="-+") == ([("-", "e"), ("+", "e")], ["+"])


def test_an_argument_may_be_joined_to_its_letter():
    words = ["-ad,", "-d", ";", "-d-", "x"]
    found = [
        (letter, words.pop(0) if letter == "d" else "")
        for _, letter in take_options(words, "-", lambda letter, _: letter == "d")
    ]
    assert (found, words) == ([("a", ""), ("d", ","), ("d", ";"), ("d", "-")], ["x"])


def test_an_argument_is_taken_when_its_option_is_seen():
    words = ["-eo", "pipefail", "-f", "x"]
    found = [(name, words.pop(0) if name == "o" else "") for _, name in take_options(words)]
    assert (found, words) == ([("e", ""), ("o", "pipefail"), ("f", "")], ["x"])
