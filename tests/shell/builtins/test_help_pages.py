"""help: every page is complete, fits the screen, and has a correct example."""

import errno
import re
from itertools import pairwise
from pathlib import Path

import pytest

from simpsh.shell.builtins import help_pages
from simpsh.shell.builtins.builtin_registry import NAMES, UTILITIES
from simpsh.shell.builtins.help_pages import pages
from tests.harness.sh import SIMPSH, run
from tests.shell.builtins.builtin_calls import call, shell

PAGES = pages()
FOLDER = Path(help_pages.__file__).parent / "pages"
NEEDS_PROMPT = {path.stem for path in FOLDER.glob("*.txt") if "\nprompt:\n" in path.read_text()}
RUNNABLE = [page for page in PAGES if page.names[0] not in NEEDS_PROMPT]
TYPED = (">> ", "heredoc EOF> ")


@pytest.mark.usual(
    "and-or",
    "cd",
    "exec",
    "for",
    "here-document",
    "jobs",
    "pipeline",
    "read",
    "redirection",
    "signals",
    "subshell",
    "trap",
    "wait",
)
@pytest.mark.long("each example of each page runs")
@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.names[0])
def test_an_example_runs_without_an_error_and_prints_what_the_page_says(page):
    typed = "\n".join(line.partition("> ")[2] for line in page.example if line.startswith(TYPED))
    outcome = run(SIMPSH, typed)
    assert outcome.status == 0, outcome
    # A message about a killed process is not an error if the example kills it.
    complaints = re.sub(r"simpsh: line \d+: .*: [A-Z].* \(SIG[A-Z]+\)\n", "", outcome.error)
    assert "simpsh:" not in complaints, outcome
    # Pages omit output that differs from run to run.
    if output := [line.rstrip() for line in page.example if not line.startswith(TYPED)]:
        # Trailing spaces are invisible on a page.
        assert [line.rstrip() for line in outcome.text.splitlines()] == output


LEFT = {
    "fg": ("", "\x03"),
    "lesson run rule-1": (r"\[\d+/\d+\]", "\x04"),
    "step printf a & printf b; wait": ("q quit", "q"),
}
"""Commands with a full screen: a pattern of the screen, and the key that leaves it."""


@pytest.mark.usual("fg", "history", "why")
@pytest.mark.long("each example of each page runs")
@pytest.mark.parametrize("name", sorted(NEEDS_PROMPT))
@pytest.mark.needs("ptrace")
def test_an_example_at_the_prompt_gives_the_output_of_the_page(name, start_shell):
    terminal = start_shell(rows=200, environment={"PATH": "/usr/bin:/bin:/1:/2:/3:/4"})
    terminal.wait_prompt()
    [page] = [page for page in PAGES if page.names[0] == name]
    for line, following in pairwise([*page.example, ""]):
        typed = line[3:]
        if not line.startswith(TYPED):
            terminal.shows("" if line == "^Z" else line.rstrip())
        elif following == "^Z" or typed in LEFT:
            terminal.send(f"{typed}\r")
            there, key = LEFT.get(typed, ("", "\x1a"))
            _ = terminal.wait(there) if there else terminal.foreground_is("sleep")
            terminal.send(key)
            terminal.wait_prompt()
        else:
            terminal.run(typed)
    # The line about a written picture is not a complaint.
    complaints = re.findall(r"^simpsh: (?!open it ).*\S", terminal.screen(), re.MULTILINE)
    assert {*complaints} <= {*page.example}


def test_a_page_is_complete_and_fits_a_screen_of_24_lines_and_80_columns():
    for page in PAGES:
        assert page.title
        assert page.text
        assert page.example[0].startswith(">> ")
        lines = call(shell(), "help", page.names[0]).output.splitlines()
        assert len(lines) <= 23, page.title
        assert max(map(len, lines)) <= 80, page.title


def test_every_builtin_has_a_page_that_shows_its_usage():
    answer = call(shell(), "help", *NAMES)
    assert (answer.status, answer.error) == (0, "")
    assert [name for name in NAMES if f"usage     {name}" not in answer.output] == []


CONSTRUCTS = (
    "cmd ' \" \\ # $NAME $ $0 $1 $# $@ $* $? $$ $! $- $PPID NAME=v = export ~ * ? [ IFS | ! time "
    "< > >> <> >| n>&m n<&m n>&- << <<- <<< ; && || & ( ) { } $( ` exec"
)


def test_every_construct_of_the_language_and_every_errno_has_a_page():
    answer = call(shell(), "help", *CONSTRUCTS.split())
    assert (answer.status, answer.error) == (0, "")
    names = [*errno.errorcode.values(), "enoent", "SIGTERM", "term", "139"]
    answer = call(shell(), "help", *names)
    assert (answer.status, answer.output.count("\nErrors")) == (0, len(names) - 4)


def test_no_topic_leads_to_two_pages_and_what_a_page_refers_to_exists():
    names = [name.lower() for page in PAGES for name in page.names]
    assert sorted(names) == sorted(set(names))
    assert {topic for page in PAGES for topic in page.see.split()} - {*names} == set()


def test_the_overview_fits_one_screen_and_names_every_builtin():
    lines = call(shell(), "help").output.splitlines()
    # The prompt and its toolbar take two of 24 rows.
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).replace("'", " ").split()
    assert [name for name in NAMES if name not in words] == []
    for topic in ("program", "pipeline", "redirection", "signals", "left-out", "keys", "zombies"):
        assert topic in words
        assert call(shell(), "help", topic).status == 0


def test_every_builtin_answers_help_with_its_usage():
    asked = sorted({*NAMES} - {":", "simpsh"} - UTILITIES | {"printf"})
    outcome = run(SIMPSH, "".join(f"{name} --help; printf '%s\\f' $?\n" for name in asked))
    assert outcome.error == ""
    for name, text in zip(asked, outcome.text.split("\f"), strict=False):
        assert text.startswith(f"usage: {name}")
        assert text.endswith(".\n0")
