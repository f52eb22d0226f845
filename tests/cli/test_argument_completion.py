"""Tab completes a subcommand's arguments from the options that it declares."""

import pytest

from simpsh.cli.command_line import parse_shell_args
from simpsh.repl.argument_names import CommandInside
from simpsh.repl.completion import completion
from simpsh.shell.state import State
from tests.cli.test_help import KINDS

COMPLETE = parse_shell_args([]).complete_arguments


def offered(line):
    """Return the completions at the end of `line`."""
    state = State({"PATH": "/usr/bin:/bin"})
    found = completion(line, state, COMPLETE)
    return [one.text.strip() for one in found.candidates]


@pytest.mark.parametrize("name", KINDS)
def test_every_option_of_every_subcommand_is_offered(name):
    words = name.split()
    found = {one.text for one in COMPLETE(words, "-")}
    assert found == {
        *(word for _, option in KINDS[name].declared() for word in option.names()),
        "--help",
    }


@pytest.mark.parametrize("name", [name for name in KINDS if KINDS[name].children])
def test_every_subcommand_below_another_is_offered(name):
    found = COMPLETE(name.split(), "")
    names = found.others if isinstance(found, CommandInside) else found
    assert {*KINDS[name].children} <= {one.text for one in names}


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("simpsh les", ["lesson"]),
        ("simpsh lesson run pidf", ["pidfd"]),
        ("lesson run pipe", ["pipe-hang"]),
        ("lesson run pipe-hang ", []),
        ("lesson run --plain jobs-a", ["jobs-and-terminal"]),
        ("lesson show --plain status-w", ["status-word"]),
        ("lesson exercise start two-c", ["two-children"]),
        ("lesson exercise check --seed 3 two-c", ["two-children"]),
        ("lesson check --wh", ["--why"]),
        ("lesson class --n", ["--new"]),
        ("trace --level ", ["calls", "events", "io"]),
        ("trace sho", ["show"]),
        ("trace ls | wc --leve", []),
        ("trace -o x.html kill -s USR", ["USR1", "USR2"]),
        ("trace --plain gre", ["grep"]),
        ("step --schedule 'P' gre", ["grep"]),
        ("simpsh trace explain gre", ["grep"]),
        ("command -v gre", ["grep"]),
    ],
)
def test_the_offered_completions(line, texts):
    found = offered(line)
    # Other programs with this prefix may be installed.
    assert [one for one in sorted(found) if one in texts] == texts
    assert len(found) == len(texts) or texts in (["grep"], ["show"])


def test_lessons_are_described_by_their_titles_and_exercises_by_their_first_line():
    described = {one.text: one.description for one in COMPLETE(["lesson", "run"], "z")}
    assert described["zombie"].startswith("What is a zombie?")
    assert len(described["zombie"]) <= 50
    found = COMPLETE(["lesson", "exercise", "start"], "")
    assert all(one.description for one in found)


def test_file_arguments_complete_to_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("notes.txt", "other.txt"):
        (tmp_path / name).touch()
    for typed in ("trace show ", "trace -o "):
        assert offered(typed) == ["notes.txt", "other.txt"]
    assert offered("exec cat n") == ["notes.txt"]
    assert offered("lesson exercise start two-children o") == ["other.txt"]
