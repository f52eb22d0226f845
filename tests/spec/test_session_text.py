"""Sessions as text are read, compared and accepted."""

from __future__ import annotations

import pytest

from tests.spec.session_text import Case, Mistake, Reader, accepted, matches, read_cases, written

SESSION = """\
# A comment.
$ cat <<E
> one
>
> E
one

two
! cat: sorry
= 1

>> if true; then
.. echo 3 &
.. fi
[1]  <pid>
\\# no comment
$ true
"""


def test_a_session_has_cases_with_their_commands_and_answers():
    assert read_cases(SESSION.splitlines(), 11) == [
        Case(12, Reader.SCRIPT, "cat <<E\none\n\nE", ("one", "", "two", "! cat: sorry", "= 1")),
        Case(22, Reader.PROMPT, "if true; then\necho 3 &\nfi", ("[1]  <pid>", "\\# no comment")),
        Case(27, Reader.SCRIPT, "true", ()),
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("$ a\n…", "2: an answer with wildcards needs a literal word"),
        ("one\n$ a", "1: an answer without a command: one"),
    ],
)
def test_a_session_without_a_command_or_a_literal_word_is_refused(text, mistake):
    with pytest.raises(Mistake) as caught:
        read_cases(text.split("\n"))
    assert str(caught.value) == mistake


def test_output_is_written_so_that_it_can_be_read_back():
    output = "# a\n$ b\n>\n..\n\\d\n…\n= 1\n! e\n>> f\n x \t\033[m\n\n\n"
    [case] = read_cases(["$ command", *written(output)])
    assert list(case.answer) == written(output)
    assert case.answer[-2:] == ("\\>> f", " x \t\\x1b[m")


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ("pid <pid>.", "pid 17."),
        ("<number> runs in <seconds> s", "1,234 runs in 0.5 s"),
        ("a\n…\nb", "a\nb"),
        ("a <text> c", "a b b c"),
        ("a…", "a…"),
        ("a.", "a."),
    ],
)
def test_a_wildcard_matches_what_it_stands_for(answer, output):
    assert matches(answer.split("\n"), output.split("\n"))


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ("pid <pid>", "pid 1 2"),
        ("a\n…\nb", "a\nx\nb\nc"),
        ("a <text> c", "a b\n c"),
        ("a…", "ab"),
        ("a.", "ab"),
        ("a", "a\nb"),
    ],
)
def test_nothing_else_matches(answer, output):
    assert not matches(answer.split("\n"), output.split("\n"))


@pytest.mark.parametrize(
    ("answer", "seen", "new"),
    [
        ("a\npid <pid>\nb", "a\npid 7\nc", "a\npid <pid>\nc"),
        ("a\n…\nb", "a\nx\ny\nc\nb", "a\n…\nb"),
        ("a\n…\nb\nc", "a\nb\nd", "a\n…\nb\nd"),
        ("a\n…", "b", "b"),
    ],
)
def test_an_accepted_answer_keeps_the_wildcards_of_lines_that_still_fit(answer, seen, new):
    assert accepted(answer.split("\n"), seen.split("\n")) == new.split("\n")
