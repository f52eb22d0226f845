"""`!!` and `!3` become lines of the history, where a shell would expand them."""

from __future__ import annotations

import pytest

from simpsh.base.errors import SimpshError
from simpsh.repl.history_expansion import expanded

ENTRIES = ["ls -l", "echo 'a b'", "for i in 1\ndo echo $i\ndone"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("!1", "ls -l"),
        ("!2 | wc", "echo 'a b' | wc"),
        ("!-2", "echo 'a b'"),
        ("time !!", f"time {ENTRIES[2]}"),
        ('echo "!1"', 'echo "ls -l"'),
        ("echo '!1' \\!1 $!1 ${!1}", "echo '!1' \\!1 $!1 ${!1}"),
        ("! true; [ 1 != 2 ]; echo hi!", "! true; [ 1 != 2 ]; echo hi!"),
        ("echo \"it's !1\" 'it'", "echo \"it's ls -l\" 'it'"),
        ("echo 'unclosed !1", "echo 'unclosed !1"),
    ],
)
def test_a_line_of_the_history_takes_the_place_of_its_name(text, line):
    assert expanded(text, ENTRIES) == line


@pytest.mark.parametrize("text", ["!4", "!0", "!-4", "!99999999999999999999"])
def test_a_line_that_is_not_there_is_an_error(text):
    with pytest.raises(SimpshError, match="the history has no such line"):
        expanded(text, ENTRIES)
