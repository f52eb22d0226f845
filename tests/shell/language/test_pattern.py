"""Patterns against one name."""

import fnmatch
import os
import time

import pytest

from simpsh.shell.language.glob_pattern import has_pattern, matcher, quoted, unquoted
from tests.support.properties import given, settings, st

EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("abc", ["abc"], ["ab", "abcd", "xabc", ""]),
        ("", [""], ["a"]),
        ("*", ["", "a", "abc", ".a"], []),
        ("a*", ["a", "ab"], ["", "ba"]),
        ("*a", ["a", "ba"], ["ab"]),
        ("a*b", ["ab", "axxb", "abb"], ["a", "b", "abx"]),
        ("a*a", ["aa", "aba"], ["a"]),
        ("*a*b*", ["ab", "xaxbx"], ["ba", "b"]),
        ("a**b", ["ab", "axb"], ["a"]),
        ("?", ["a", "é", "\udc80"], ["", "ab"]),
        ("a?c", ["abc"], ["ac", "abbc"]),
        ("?*", ["a", "ab"], [""]),
        ("*?", ["a", "ab"], [""]),
        ("*?b*?d", ["abcd", "xxbxxd"], ["bcd", "abd"]),
        ("[abc]", ["a", "b", "c"], ["d", "", "ab"]),
        ("[a-c]x", ["ax", "bx", "cx"], ["dx", "-x"]),
        ("[!a-c]", ["d", "-"], ["a", "b", ""]),
        ("[^a]", ["^", "a"], ["b"]),
        ("[]]", ["]"], ["a"]),
        ("[]a]", ["]", "a"], ["b"]),
        ("[!]a]", ["b"], ["]", "a"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[-a]", ["a", "-"], ["b"]),
        ("[a-c-e]", ["b", "-", "e"], ["d"]),
        ("[c-a]", [], ["a", "b", "c"]),
        ("[!!]", ["a"], ["!"]),
        ("[", ["["], ["a"]),
        ("[a", ["[a"], ["a"]),
        ("[]", ["[]"], ["]", "["]),
        ("[!", ["[!"], ["a"]),
        ("a]", ["a]"], ["a"]),
        ("[[:alpha:]]", ["a", "Z", "é"], ["1", "_"]),
        ("[[:digit:][:upper:]_]", ["1", "A", "_"], ["a", "²"]),
        ("[![:space:]]", ["a"], [" ", "\t", "\n"]),
        ("[[:alnum:]]", ["a", "1"], ["-"]),
        ("[[:blank:]]", [" ", "\t"], ["\n", "a"]),
        ("[[:cntrl:]]", ["\x01", "\x7f", "\n"], ["a"]),
        ("[[:graph:]]", ["a", "!"], [" ", "\n"]),
        ("[[:lower:]]", ["a"], ["A", "1"]),
        ("[[:print:]]", ["a", " "], ["\n"]),
        ("[[:punct:]]", ["!", "_"], ["a", " "]),
        ("[[:xdigit:]]", ["f", "A", "0"], ["g"]),
        ("[[:none:]]", ["n]", ":]", "[]"], ["n", ":"]),
        ("[[:alpha]", ["[", ":", "a"], ["b"]),
        ("\\*", ["*"], ["a", "\\*"]),
        ("\\a", ["a"], ["\\a"]),
        ("a\\", ["a\\"], ["a"]),
        ("[\\]]", ["]"], ["\\", "a"]),
        ("[a\\-z]", ["a", "-", "z"], ["b"]),
        ("[\\!a]", ["!", "a"], ["b"]),
        ("\\[a]", ["[a]"], ["a"]),
        ("[\\a-\\c]", ["b"], ["\\"]),
    ],
)
def test_a_pattern_matches_the_whole_name(pattern, yes, no):
    assert [name for name in yes if not matcher(pattern)(name)] == []
    assert [name for name in no if matcher(pattern)(name)] == []


def test_many_stars_take_no_longer_than_pattern_times_name():
    before = time.monotonic()
    assert not matcher("a*" * 30 + "b")("a" * 60)
    assert not matcher("*a" * 500 + "b")("a" * 5000)
    assert matcher("*[a-b]" * 100 + "*")("a" * 1000)
    assert not matcher("*[a-b]" * 100 + "c")("a" * 1000)
    assert time.monotonic() - before < 60


def test_a_pattern_is_told_from_plain_text():
    assert [text for text in ("a", "\\*", "a\\?b\\[", "]", "\\\\") if has_pattern(text)] == []
    assert [text for text in ("*", "a?", "[", "\\\\*", "\\a*") if not has_pattern(text)] == []


@given(st.text("ab*?[]!-\\:^é", max_size=8), st.text("ab*?[]!-\\:^é", max_size=8))
@settings(max_examples=3 * EXAMPLES)
def test_quoted_text_matches_itself_only(text, other):
    assert matcher(quoted(text))(text)
    assert matcher(quoted(text))(other) is (text == other)
    assert not has_pattern(quoted(text))
    assert unquoted(quoted(text)) == text


@given(st.text("ab*?", max_size=10), st.text("ab", max_size=12))
@settings(max_examples=5 * EXAMPLES)
def test_stars_and_question_marks_match_as_the_python_library_has_it(pattern, name):
    assert matcher(pattern)(name) is fnmatch.fnmatchcase(name, pattern)
