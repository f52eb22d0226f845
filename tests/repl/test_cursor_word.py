"""Where the cursor is: which word of which command."""

from __future__ import annotations

import pytest

from simpsh.repl.cursor_word import ARGUMENT, COMMAND, TARGET, word_at_cursor
from tests.support.properties import given, st


@pytest.mark.parametrize(
    ("text", "kind", "word", "words"),
    [
        ("", COMMAND, "", ()),
        ("gr", COMMAND, "gr", ()),
        ("ls ", ARGUMENT, "", ("ls",)),
        ("ls -l a/b", ARGUMENT, "a/b", ("ls", "-l")),
        ("ls | gr", COMMAND, "gr", ()),
        ("ls|gr", COMMAND, "gr", ()),
        ("ls; cd ", ARGUMENT, "", ("cd",)),
        ("a && b || ", COMMAND, "", ()),
        ("sleep 1 & f", COMMAND, "f", ()),
        ("( l", COMMAND, "l", ()),
        ("! l", COMMAND, "l", ()),
        ("time l", COMMAND, "l", ()),
        ("{ l", COMMAND, "l", ()),
        ("A=1 l", COMMAND, "l", ()),
        ("A=val", ARGUMENT, "A=val", ()),
        ("A=", ARGUMENT, "A=", ()),
        ("sort <fi", TARGET, "fi", ("sort",)),
        ("sort < ", TARGET, "", ("sort",)),
        ("sort < file ", ARGUMENT, "", ("sort",)),
        ("2>err l", COMMAND, "l", ()),
        ("echo $(ls fi", ARGUMENT, "fi", ("ls",)),
        ("echo $(gr", COMMAND, "gr", ()),
        ("echo $(ls) fi", ARGUMENT, "fi", ("echo", "$(ls)")),
        ("echo `gr", COMMAND, "gr", ()),
        ("echo `ls` fi", ARGUMENT, "fi", ("echo", "`ls`")),
        ("cat 'my fi", ARGUMENT, "'my fi", ("cat",)),
        ('cat "my fi', ARGUMENT, '"my fi', ("cat",)),
        ("cat my\\ fi", ARGUMENT, "my\\ fi", ("cat",)),
        ("'c'at 'a b' c", ARGUMENT, "c", ("cat", "a b")),
        ("ls\nca", COMMAND, "ca", ()),
        ("ls a\ncat b", ARGUMENT, "b", ("cat",)),
        ("kill -s T", ARGUMENT, "T", ("kill", "-s")),
        ("echo $HO", ARGUMENT, "$HO", ("echo",)),
        ("for na", ARGUMENT, "na", ("for",)),
        ("for f in fi", ARGUMENT, "fi", ("in",)),
        ("for f in a\ndo l", COMMAND, "l", ()),
        ("case wo", ARGUMENT, "wo", ("case",)),
        ("case a in b) l", COMMAND, "l", ()),
        ("if a; then l", COMMAND, "l", ()),
        ("while r", COMMAND, "r", ()),
        ("f() { l", COMMAND, "l", ()),
    ],
)
def test_the_word_at_the_cursor_and_its_command_are_known(text, kind, word, words):
    found = word_at_cursor(text)
    assert (found.kind, found.word, found.words) == (kind, word, words)


@given(st.text(alphabet="ab $(){}`'\"\\|;&<>=\n!#~*", max_size=30))
def test_any_text_has_a_place_and_the_word_ends_it(text):
    assert text.endswith(word_at_cursor(text).word)
