"""Every subcommand answers `--help` and `-h`, and a wrong option, in the same way."""

from __future__ import annotations

import pytest

from simpsh.cli.command_line import SUBCOMMANDS, run
from simpsh.cli.option_parser import subcommand_of
from tests.harness.sh import PROJECT, run_command, simpsh_command


def all_subcommands():
    """Return all subcommands, including nested ones."""
    waiting = [subcommand_of(name) for name in SUBCOMMANDS]
    while waiting:
        subcommand = waiting.pop(0)
        yield subcommand
        waiting += [below() for below in subcommand.children.values()]


KINDS = {subcommand.name: subcommand for subcommand in all_subcommands()}
WORDS = [name.split() for name in KINDS]


def simpsh(*words, **variables):
    environment = {"PATH": "/bin:/usr/bin", "PYTHONPATH": str(PROJECT), **variables}
    return run_command([*simpsh_command(), *words], cwd=PROJECT, env=environment, input="")


def test_nested_subcommands_are_included():
    nested = {"trace show", "lesson run", "lesson new", "class publish"}
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
def test_help_has_usage_a_paragraph_the_subcommands_and_every_option(words):
    subcommand = KINDS[" ".join(words)]
    usage, about, *tables = subcommand.format_help().split("\n\n")
    assert usage.startswith(f"usage: simpsh {subcommand.name}")
    assert about.rstrip().endswith(".")
    shown = "\n".join(tables)
    names = [name for _, option in subcommand.declared() for name in option.names()]
    for name in (*subcommand.children, *names, "-h", "--help"):
        assert f"{name} " in shown or f"{name}," in shown or f"{name}\n" in shown


def test_simpsh_itself_answers_in_the_same_way():
    for option in ("--help", "-h"):
        done = simpsh(option)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: simpsh [option …] [FILE [argument …]]\n")
        for name in SUBCOMMANDS:
            assert f"simpsh {name}" in done.stdout
    for word in ("--nonsense", "-Z"):
        done = simpsh(word)
        assert (done.returncode, done.stdout) == (2, "")
        first, *usage = done.stderr.splitlines()
        assert first == f"simpsh: there is no option {word}"
        assert usage[0] == "usage: simpsh [option …] [FILE [argument …]]"
        assert len(usage) == 2


def test_help_is_as_wide_as_the_terminal_and_without_colour():
    for columns in (40, 60, 200):
        shown = simpsh("explore", "--help", COLUMNS=str(columns), FORCE_COLOR="1").stdout
        assert "\x1b" not in shown
        assert max(map(len, shown.splitlines())) <= min(columns, 100)
    wide = simpsh("explore", "--help", COLUMNS="200").stdout.splitlines()
    assert max(map(len, wide)) > 80


@pytest.mark.parametrize(
    ("words", "operands"),
    [
        (["trace", "ls", "--help"], ["ls", "--help"]),
        (["trace", "--all", "--", "-h"], ["-h"]),
        (["step", "--plain", "ls", "-h", "--", "-x"], ["ls", "-h", "--", "-x"]),
        (["grade shell", "--only", "cd", "sh", "--list"], ["sh", "--list"]),
        (["lesson exercise check", "a", "--seed", "3", "--", "p", "-h"], ["a", "p", "-h"]),
        (["lesson check", "a", "--why", "b", "--repairs", "c"], ["a", "b", "c"]),
        (["explore", "--runs=3", "--", "ls", "--pty"], ["ls", "--pty"]),
        (["trace", "--level=io", "-o", "x.svg", "ls", "--html", "-o"], ["ls", "--html", "-o"]),
        (["trace", "ls", "--", "-odd"], ["ls", "--", "-odd"]),
    ],
)
def test_words_after_a_command_belong_to_it_and_operands_may_come_between_options(words, operands):
    assert KINDS[words[0]].read(words[1:]).operands == operands


MISUSE = {
    "trace": "a command is missing; try: simpsh trace ls",
    "trace --all=yes ls": "--all takes no value",
    "trace -o": "-o needs a value after it",
    "trace --level deep ls": "--level deep: choose one of events, calls, io",
    "lesson run --auto --live x": "--auto and --live exclude each other",
    "trace show": "name one recording; try: simpsh trace show FILE",
    "trace show a b": "b: one word too many",
    "explore --budget soon ls": "--budget soon: this is not a number of seconds",
    "explore --max=0 ls": "--max 0: a number from 1 to 999999 is needed",
    "grade shell --assignment -> sh": "--assignment needs a value; one that begins with - is "
    "joined: --assignment=->",
    "diagnose": "the pid is missing",
    "diagnose 0": "0: this is not a pid",
    "diagnose -1": "there is no option -1",
    "diagnose ²": "²: this is not a pid",
    "lesson chek": "chek: there is no such lesson or subcommand; did you mean check?",
    "lesson show": "the id of a lesson is missing",
    "lesson run rule-4 --from x": "--from x: a step's number or id is needed",
    "lesson run rule-4 --from 99": "--from 99: rule-4-copied has ",
    "lesson run rule-4 --port 0": "--port needs --class",
    "lesson run rule-4 --class --url ftp://h": "--url ftp://h: an address such as https://",
    "lesson report --class x": "--class takes no FILE",
    "lesson progress": "export is missing",
    "lesson progress burn": "'burn' is none of export",
}


@pytest.mark.parametrize("line", MISUSE)
def test_misuse_is_one_line_and_usage_and_status_2(line, capfd):
    assert run(line.split()) == 2
    output, error = capfd.readouterr()
    first, *usage = error.splitlines()
    [name] = [name for name in KINDS if first.startswith(f"simpsh: {name}: {MISUSE[line]}")]
    assert (output, line.startswith(name)) == ("", True)
    assert "".join(f"{row}\n" for row in usage) == KINDS[name].misuse("").usage


def test_a_value_that_looks_like_an_option_can_be_joined():
    assert KINDS["grade shell"].read(["--assignment=->", "sh"]).assignment == "->"


def test_options_before_a_subcommand_are_its_own(tmp_path, capfdbinary):
    assert run(["trace", "--plain", "show", str(tmp_path / "none.jsonl")]) == 1
    assert run(["lesson", "--path", str(tmp_path), "run", "-h"]) == 0
    output, _ = capfdbinary.readouterr()
    assert output.startswith(b"usage: simpsh lesson run ")


def test_each_command_line_starts_with_the_defaults():
    subcommand = KINDS["lesson check"]
    assert subcommand.read(["--path", "a", "--path=b", "--why"]).folders == ["a", "b"]
    again = subcommand.read([])
    assert (again.folders, again.with_why) == ([], False)


PLACEHOLDERS = {
    *("ADDRESS", "COMMAND", "DIR", "FILE", "FORM", "ID", "ID,…", "K/N", "LEVEL", "MIB", "N"),
    *("NAME", "PID", "SECONDS", "SHELL", "STEP", "SUBMISSIONS", "TEXT", "TIME", "URL", '…"'),
}
"""The words that stand for the value of an option; Tab completes FILE and DIR."""


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_value_of_an_option_has_one_of_the_known_words(words):
    declared = [option for _, option in KINDS[" ".join(words)].declared()]
    assert {option.placeholder for option in declared} - {""} <= PLACEHOLDERS
