"""`simpsh explore` and its options."""

from __future__ import annotations

import pytest

from simpsh.cli.command_line import parser_of, run
from tests.support.shells import run_command, simpsh_command


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "a command is missing; try: simpsh explore 'echo a & echo b'"),
        (("--nonsense", "ls"), "there is no option --nonsense"),
        (("--budget",), "--budget needs a value after it"),
        (("--budget", "soon", "ls"), "--budget soon: this is not a number of seconds"),
        (("--max=0", "ls"), "--max 0: a number from 1 to 999999 is needed"),
        (("--tree", "--json", "ls"), "--tree and --json exclude each other"),
    ],
)
def test_misuse_is_one_line_and_usage_and_status_2(words, complaint, capfd):
    assert run(["explore", *words]) == 2
    output, error = capfd.readouterr()
    assert output == ""
    assert error == (
        f"simpsh: explore: {complaint}\n"
        "usage: simpsh explore [option …] COMMAND [ARGUMENT …]\n"
        "       simpsh explore [option …] 'LINE'\n"
    )


def test_a_picture_without_the_number_of_an_outcome_is_refused():
    done = run_command([*simpsh_command(), "explore", "-o", "x.html", "ls"])
    assert (done.returncode, done.stdout) == (2, "")
    complaint = "simpsh: explore: -o is where --draw N goes; say which outcome\n"
    assert done.stderr.startswith(complaint)


def test_options_end_where_the_command_begins():
    options = parser_of("explore").read(["--runs=3", "--", "ls", "--json"])
    assert (options.operands, options.runs, options.as_json) == (["ls", "--json"], 3, False)
