"""The sessions of the README are true: each is typed into simpsh and compared line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.shells import PROJECT
from tests.support.transcripts import Session, play, sessions

README = Path(PROJECT) / "README.md"
SESSIONS = sessions(README.read_text())
BASH = ("bash", "--norc", "--noprofile", "--noediting")


def test_the_readme_opens_with_the_two_commands_and_holds_a_session():
    text = README.read_text()
    assert "make run" in text
    assert "make test" in text
    assert len(SESSIONS) == text.count("```simpsh")
    assert ("-v",) in [session.options for session in SESSIONS]


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: f"line {session.line}")
def test_the_session_happens_as_written(session, start_shell):
    terminal = start_shell(*session.options, environment={"TERM": "dumb"}, columns=500)
    shown = play(session, terminal)
    assert session.pattern().fullmatch(shown), f"README has\n{session.text}\nsimpsh showed\n{shown}"


EXAMPLE = """# A document

```simpsh
>> echo one \\
.. two
one two
>> sleep 0 & wait
[1] <pid>
…
>> echo three
three
```

```console
>> not this one
```
"""


def test_sessions_are_found_with_what_is_typed():
    [session] = sessions(EXAMPLE)
    assert session.line == 4
    assert session.typed == ["echo one \\", "two", "sleep 0 & wait", "echo three"]


def test_a_true_session_matches_and_a_false_one_does_not(start_shell):
    prompts = {"TERM": "dumb", "PS1": ">> ", "PS2": ".. "}
    [session] = sessions(EXAMPLE)
    shown = play(session, start_shell(program=BASH, environment=prompts))
    assert session.pattern().fullmatch(shown), shown
    false = Session(1, ">> echo one\ntwo\n")
    shown = play(false, start_shell(program=BASH, environment=prompts))
    assert shown == ">> echo one\none\n"
    assert not false.pattern().fullmatch(shown)
