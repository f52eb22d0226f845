"""Every subcommand answers `--help`, and a wrong option, in the same way.

tests/spec/cli_options.spec has the sentences about misuse.
"""

import os
import sys

import pytest

from simpsh.cli.command_line import SUBCOMMANDS, run
from simpsh.cli.option_parser import subcommand_of
from tests.harness.sh import PROJECT, run_command, run_simpsh, simpsh_command


def all_subcommands():
    """Return all subcommands, including nested ones."""
    waiting = [subcommand_of(name) for name in SUBCOMMANDS]
    while waiting:
        subcommand = waiting.pop(0)
        yield subcommand
        waiting += [below() for below in subcommand.children.values()]


KINDS = {subcommand.name: subcommand for subcommand in all_subcommands()}
WORDS = [name.split() for name in KINDS]
SCREEN = 24
"""The lines of a terminal."""


def test_nested_subcommands_are_included():
    nested = {"trace show", "lesson run", "lesson new"}
    assert {*nested, "lesson exercise check", "grade shell", "doctor", "diagnose"} <= {*KINDS}


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_is_status_0_and_goes_to_standard_output(words, option, capfdbinary):
    assert run([*words, option]) == 0
    output, error = capfdbinary.readouterr()
    assert error == b""
    assert output.decode() == KINDS[" ".join(words)].format_help()


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_wrong_option_is_one_line_and_usage_and_status_2(words, capfdbinary):
    assert run([*words, "--no-such-option=3"]) == 2
    output, error = capfdbinary.readouterr()
    name = " ".join(words)
    assert output == b""
    first, *usage = error.decode().splitlines()
    assert first == f"simpsh: {name}: there is no option --no-such-option"
    assert usage[0].startswith(f"usage: simpsh {name}")
    assert "".join(f"{line}\n" for line in usage) == KINDS[name].misuse("").usage


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_help_has_an_example_usage_a_paragraph_the_subcommands_and_every_option(words):
    subcommand = KINDS[" ".join(words)]
    whole = subcommand.format_help()
    assert len(whole.splitlines()) <= SCREEN
    usage, about, *tables = whole.split("\n\n")
    assert usage.startswith(f"example: simpsh {words[0]}")
    assert f"\nusage: simpsh {subcommand.name}" in usage
    assert about.rstrip().endswith(".")
    shown = "\n".join(tables)
    names = [name for _, option in subcommand.declared() for name in option.names()]
    for name in (*subcommand.children, *names, "-h", "--help"):
        assert f"{name} " in shown or f"{name}," in shown or f"{name}\n" in shown


def test_help_of_simpsh_names_every_subcommand():
    shown = run_simpsh("--help", status=0).stdout
    assert run_simpsh("-h", status=0).stdout == shown
    assert len(shown.splitlines()) <= SCREEN
    assert [name for name in SUBCOMMANDS if f"simpsh {name}" not in shown] == []


@pytest.mark.parametrize(("columns", "widest"), [(40, 40), (60, 60), (200, 100)])
def test_help_is_as_wide_as_the_terminal_and_without_colour(columns, widest):
    variables = {"COLUMNS": str(columns), "FORCE_COLOR": "1"}
    shown = run_simpsh("explore", "--help", variables=variables).stdout
    assert "\x1b" not in shown
    assert widest * 0.8 < max(map(len, shown.splitlines())) <= widest


@pytest.mark.parametrize(
    ("words", "operands"),
    [
        (["trace", "ls", "--help"], ["ls", "--help"]),
        (["trace", "--all", "--", "-h"], ["-h"]),
        (["step", "--plain", "ls", "-h", "--", "-x"], ["ls", "-h", "--", "-x"]),
        (["grade shell", "--only", "cd", "sh", "--list"], ["sh", "--list"]),
        (["lesson exercise check", "a", "--seed", "3", "--", "p", "-h"], ["a", "p", "-h"]),
        (["lesson check", "a", "--why", "b", "--path", "c", "d"], ["a", "b", "d"]),
        (["explore", "--runs=3", "--", "ls", "--pty"], ["ls", "--pty"]),
        (["trace", "--level=io", "-o", "x.svg", "ls", "--html", "-o"], ["ls", "--html", "-o"]),
        (["trace", "ls", "--", "-odd"], ["ls", "--", "-odd"]),
    ],
)
def test_words_after_a_command_belong_to_it_and_operands_may_come_between_options(words, operands):
    assert KINDS[words[0]].read(words[1:]).operands == operands


def test_a_value_that_looks_like_an_option_can_be_joined():
    assert KINDS["grade shell"].read(["--assignment=->", "sh"]).assignment == "->"


def test_options_before_a_subcommand_are_its_own(tmp_path, capfdbinary):
    assert run(["trace", "--plain", "show", str(tmp_path / "none.jsonl")]) == 1
    assert run(["lesson", "--path", str(tmp_path), "run", "-h"]) == 0
    output, _ = capfdbinary.readouterr()
    assert b"\nusage: simpsh lesson run " in output


def test_each_command_line_starts_with_the_defaults():
    subcommand = KINDS["lesson check"]
    assert subcommand.read(["--path", "a", "--path=b", "--why"]).folders == ["a", "b"]
    again = subcommand.read([])
    assert (again.folders, again.with_why) == ([], False)


PLACEHOLDERS = {
    *("ADDRESS", "COMMAND", "DIR", "FILE", "FORM", "ID", "ID,…", "LEVEL", "N"),
    *("NAME", "PID", "SECONDS", "SHELL", "STEP", "TEXT", "URL", "WORD", '…"'),
}
"""The words that stand for the value of an option; Tab completes FILE and DIR."""


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_value_of_an_option_has_one_of_the_known_words(words):
    declared = [option for _, option in KINDS[" ".join(words)].declared()]
    assert {option.placeholder for option in declared} - {""} <= PLACEHOLDERS


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ((*simpsh_command(), "-l"), "profile"),
        (("-simpsh", "-P", "-m", "simpsh"), "profile"),
        ((sys.executable, "-c", "import sys; from simpsh.cli.command_line import run; "
          "run(sys.argv[1:])"), ""),
    ],
)  # fmt: skip
def test_a_login_shell_reads_the_profile_first(argv, told, tmp_path):
    (tmp_path / ".profile").write_text("told=profile\n")
    done = run_command(
        [*argv, "-c", "echo $told"],
        env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": PROJECT},
        executable=sys.executable if argv[0] == "-simpsh" else None,
    )
    assert done.stdout == f"{told}\n"
