"""Patterns against one name; tests/dash compares the details with dash."""

import os

from simpsh.shell.language.glob_pattern import has_pattern, matches, quoted, unquote
from tests.support.properties import given, settings, st

EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


@given(st.text("ab*?[]!-\\:^é", max_size=8), st.text("ab*?[]!-\\:^é", max_size=8))
@settings(max_examples=3 * EXAMPLES)
def test_quoted_text_matches_itself_only(text, other):
    assert matches(quoted(text), text)
    assert matches(quoted(text), other) is (text == other)
    assert not has_pattern(quoted(text))
    assert unquote(quoted(text)) == text
