"""`simpsh explore` and its options."""

from __future__ import annotations

import subprocess

import pytest

from simpsh.cli.command_line import parser_of
from tests.support.shells import simpsh_command


def explore(*words):
    return subprocess.run(
        [*simpsh_command(), "explore", *words], capture_output=True, text=True, timeout=50
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "a command is missing; try: simpsh explore 'echo a & echo b'"),
        (("--nonsense", "ls"), "there is no option --nonsense"),
        (("--budget",), "--budget needs a value after it"),
        (("--budget", "soon", "ls"), "--budget soon: this is not a number of seconds"),
        (("--max=0", "ls"), "--max 0: a number from 1 to 999999 is needed"),
        (("--tree", "--json", "ls"), "--tree and --json exclude each other"),
        (("-o", "x.html", "ls"), "-o is where --draw N goes; say which outcome"),
    ],
)
def test_misuse_is_one_line_and_usage_and_status_2(words, complaint):
    done = explore(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"simpsh: explore: {complaint}\n"
        "usage: simpsh explore [option …] COMMAND [ARGUMENT …]\n"
        "       simpsh explore [option …] 'LINE'\n"
    )


def test_help_names_every_option():
    done = explore("--help")
    assert done.returncode == 0
    for option in ("--budget", "--max", "--runs", "--pty", "--dir", "--shell", "--tree", "--draw",
                   "--json", "--expect", "-o"):  # fmt: skip
        assert option in done.stdout


def test_options_end_where_the_command_begins():
    options = parser_of("explore").read(["--runs=3", "--", "ls", "--json"])
    assert (options.operands, options.runs, options.as_json) == (["ls", "--json"], 3, False)
