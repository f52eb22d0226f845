"""The shell's own options on the command line: POSIX XCU sh."""

from __future__ import annotations

import pytest

from tests.support.shells import run_command, simpsh_command

GIVEN = {
    "-o errexit": "e",
    "-oerrexit": "e",
    "-eonounset": "eu",
    "-eo nounset": "eu",
    "-oe nounset": "eu",
    "-euopipefail": "eu",
    "-e -o noglob +oerrexit": "f",
    "-o errexit +o errexit": "",
}


@pytest.mark.parametrize("words", GIVEN)
def test_an_option_of_set_is_turned_on_by_its_name(words):
    answer = run_command([*simpsh_command(), *words.split(), "-c", "/bin/echo $-"])
    assert (answer.stdout, answer.returncode) == (f"{GIVEN[words]}\n", 0)


def test_vi_takes_the_place_of_emacs():
    answer = run_command([*simpsh_command(), "-o", "vi", "-c", "set -o"])
    told = dict(line.split() for line in answer.stdout.splitlines())
    assert (told["vi"], told["emacs"]) == ("on", "off")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-o",), "-o needs the name of an option after it"),
        (("-o", "nosuch"), "-o nosuch: no such option; 'set -o' lists them"),
        (("-Z",), "there is no option -Z"),
    ],
)
def test_what_is_no_option_is_told(words, why):
    answer = run_command([*simpsh_command(), *words])
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[0] == f"simpsh: {why}"
