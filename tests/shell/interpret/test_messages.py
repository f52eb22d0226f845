"""Messages about mistakes that are hard to see: empty names, Windows line ends, and the like."""

from __future__ import annotations

import pytest

from tests.shell.program_cases import both_engines, run_cases
from tests.support.shells import FORK, SIMPSH, SPAWN, run

CR = r"if the file has Windows line ends (CR LF), remove them: sed -i 's/\r$//' FILE"
NUMBER = "it is a number from 0 to 255"
MESSAGES = {
    "type ''": "type: '': not found",
    "hash ''": "hash: '': not found",
    "command -V ''": "command: '': not found",
    "command . ''": ".: '': not found along PATH; a file elsewhere needs its path, such as ./",
    ': >&"$nothing" | :': "'': after >& comes the number of a descriptor, or -",
    "if false; then : <&b; fi; true <&b": "b: after <& comes the number of a descriptor, or -",
    "true >&b": "b: after >& comes the number of a descriptor, or -; "
    "both outputs go to a file by '>b 2>&1'",
    "command shift ''": "shift: '': not a number; usage: shift [n]",
    "command exit ''": f"exit: '': not an exit status; {NUMBER}; usage: exit [status]",
    "kill ''": "kill: '': neither a process id nor a job such as %1",
    "alias ''": "alias: '': there is no such alias",
    "trap x ''": "trap: '': no such signal; kill -l lists them",
    "x" * 100_000: f"{'x' * 199}…: command not found",
    "'a\nb'": r"a\nb: command not found",
    "ls\u00a0-l": r"ls\u00a0-l: command not found; "
    r"\u00a0 looks like a blank but is not: retype it",
    "l\u200bs": r"l\u200bs: command not found; \u200b is invisible: retype it",
    "\ufeffls": r"\ufeffls: command not found; it begins with a byte order mark: "
    "save the file without one",
    "nosuch\r": rf"nosuch\r: command not found; it ends in a carriage return: {CR}",
    "printf '#!/bin/sh\\r\\n' >s; chmod +x s; ./s": (
        rf"./s: No such file or directory: its first line names '/bin/sh\r'; {CR}"
    ),
    "nosuch a = 5": "nosuch: command not found",
    "(eval 'if[ a = a ]; then :; fi')": "'then' without 'if'; 'if[' is one word: write 'if ['",
    "(eval 'if :; then\r')": (
        f"'then' is missing after 'if'; the line ends in a carriage return: {CR}"
    ),
    "(eval 'cat <<E\none')": "the here-document is not closed: no line is exactly 'E'",
    "(eval '\necho `cat <<E\n`')": ("the here-document is not closed: no line is exactly 'E'"),
    'a=\'eval "$a"\'; (eval "$a")': (
        "eval, or a trap's action, calls itself, nested 1000 deep: stopped"
    ),
}


@pytest.fixture(scope="module")
def answers():
    cases = dict(zip(map(str, range(len(MESSAGES))), MESSAGES, strict=True))
    return {
        shell.name: dict(zip(MESSAGES, run_cases(shell, cases).values(), strict=True))
        for shell in (FORK, SPAWN)
    }


@both_engines
@pytest.mark.parametrize("script", MESSAGES, ids=lambda script: ascii(script)[1:30])
def test_each_mistake_has_its_message(answers, shell, script):
    first = answers[shell.name][script].lines[0]
    assert first.split(": ", 2)[::2] == ["simpsh", MESSAGES[script]]


def test_a_script_gets_a_hint_about_its_words_and_none_about_similar_names():
    outcome = run(SIMPSH, "ab = 5; nosuch; gerp x")
    assert outcome.error == (
        "simpsh: line 1: ab: command not found\n"
        "hint: to assign, write ab=5 without blanks\n"
        "simpsh: line 1: nosuch: command not found\n"
        "simpsh: line 1: gerp: command not found\n"
    )


def test_an_open_here_document_is_reported_where_it_begins_and_is_used():
    outcome = run(SIMPSH, ":\n:\ncat <<E\none\n", form="file")
    assert (outcome.text, outcome.status) == ("one\n", 0)
    assert outcome.error.endswith(
        ": line 3: the here-document is not closed: no line is exactly 'E'\n"
    )
    assert run(SIMPSH, "cat <<E\none\nE", form="file").error == ""


def test_a_limit_above_the_hard_limit_is_refused_in_one_line():
    outcome = run(SIMPSH, "ulimit -n 100; ulimit -Sn 101; ulimit -Sn unlimited")
    assert outcome.error == (
        "simpsh: line 1: ulimit: 101 is above the hard limit 100, which only root may raise\n"
        "simpsh: line 1: ulimit: unlimited is above the hard limit 100, which only root may raise\n"
    )
