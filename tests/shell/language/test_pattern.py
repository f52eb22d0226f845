"""Patterns against one name; what they match in particular, dash is asked (tests/dash)."""

import fnmatch
import os
import time

from simpsh.shell.language.glob_pattern import has_pattern, matcher, quoted, unquoted
from tests.support.properties import given, settings, st

EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


def test_many_stars_take_no_longer_than_pattern_times_name():
    before = time.monotonic()
    assert not matcher("a*" * 30 + "b")("a" * 60)
    assert not matcher("*a" * 500 + "b")("a" * 5000)
    assert matcher("*[a-b]" * 100 + "*")("a" * 1000)
    assert not matcher("*[a-b]" * 100 + "c")("a" * 1000)
    assert time.monotonic() - before < 60


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
