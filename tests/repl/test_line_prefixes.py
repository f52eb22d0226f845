"""At the prompt `trace`, `explain`, `step` and `explore` take the rest of the line."""

import pytest

from simpsh.cli.option_parser import subcommand_of
from simpsh.shell.line_prefixes import PREFIXES, line_start, split_prefix, tokens


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("trace ls | wc -l", "ls | wc -l"),
        ("  explain ls -l | sort > f &\n", "ls -l | sort > f &"),
        ("explain A=1 env", "A=1 env"),
        ("explain echo $x", "echo $x"),
        ("trace -o run.html --plain ls; pwd", "ls; pwd"),
        ("trace --level=io ls | wc", "ls | wc"),
        ("step --schedule 'P1 P0' printf a & printf b", "printf a & printf b"),
        ("explore --runs 3 -- -x | y", "-x | y"),
        ("trace ls > out", "ls > out"),
        ("trace (cd /; ls)", "(cd /; ls)"),
        ("trace for i in 1 2; do\nls\ndone", "for i in 1 2; do\nls\ndone"),
        ("trace echo $(ls)", "echo $(ls)"),
        ("trace './my-program' | wc", "'./my-program' | wc"),
        ("trace ls |", "ls |"),
    ],
)
def test_a_line_with_shell_syntax_becomes_the_operand_of_the_prefix(text, line):
    found = split_prefix(text)
    assert found is not None
    assert found.line == line
    assert found.prefix + found.line == text.rstrip("\n")


@pytest.mark.parametrize(
    "text",
    [
        "ls | wc",
        "trace",
        "trace --help",
        "trace -o",
        "trace ls -l *.c",
        "trace -o x.svg ls",
        "explain 'ls | wc > n &'",
        "explain 'ls | wc' | tail -n 2",
        'trace "ls | wc"',
        "trace show run.jsonl | less",
        "cd /; trace ls | wc",
        "tracer ls | wc",
        "command trace ls | wc",
        "! trace ls | wc",
    ],
)
def test_other_lines_are_left_unchanged(text):
    assert split_prefix(text) is None


def test_the_options_with_a_value_come_from_the_subcommand():
    for name in ("trace", "step", "explore"):
        declared = subcommand_of(name).declared()
        valued = [option for _, option in declared if option.takes_value]
        assert PREFIXES[name] == {typed for option in valued for typed in option.names()}


def test_the_text_after_a_prefix_is_coloured_as_a_line():
    text = "trace -o x ls | wc"
    found = [(token.kind, text[token.start : token.end]) for token in tokens(text)]
    assert found == [
        ("command", "trace"),
        ("word", "-o"),
        ("word", "x"),
        ("command", "ls"),
        ("operator", "|"),
        ("command", "wc"),
    ]
    assert line_start(text) == text.index("ls")
