"""A spec file is collected: a wrong answer fails, and is accepted if a person asks for it."""

from __future__ import annotations

import os
import sys

import pytest

from tests.harness.sh import PROJECT, run_command
from tests.spec.session_text import Mistake
from tests.spec.spec_file import read_spec

SPEC = """\
# room: shell

program greet
| #!/bin/sh
| echo "hello $1"

# A comment.
$ ./greet world
hello world
$ nosuch

>> nosuch
simpsh: <text>
nothing
"""

RIGHT = """\
$ nosuch
! simpsh: nosuch: command not found
= 127

>> nosuch
simpsh: <text>
"""


@pytest.fixture
def run_spec(tmp_path):
    """Run SPEC as a file of its own; return pytest's status and output, and the file's text."""

    def run(*options, **variables):
        path = tmp_path / "greetings.spec"
        path.write_text(SPEC)
        argv = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", os.devnull]
        argv += ["-p", "no:cacheprovider", "--rootdir", tmp_path, *options, path]
        environment = {name: text for name, text in os.environ.items() if name != "CI"}
        done = run_command(argv, cwd=PROJECT, env=environment | variables)
        return done.returncode, done.stdout + done.stderr, path.read_text()

    return run


def test_a_wrong_answer_fails_with_what_was_seen_and_the_file_stays(run_spec):
    status, output, text = run_spec()
    assert status == 1
    assert "2 failed, 1 passed" in output
    assert "+ ! simpsh: nosuch: command not found\n+ = 127\n" in output
    assert "- nothing\n" in output
    assert text == SPEC


def test_accept_writes_what_was_seen_and_keeps_wildcards(run_spec):
    status, output, text = run_spec("--accept")
    assert status == 0, output
    assert text == SPEC[: SPEC.index("$ nosuch")] + RIGHT


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("$ a\n", "1: the first line names no room: # room: shell"),
        ("# room: shel\n$ a\n", "1: no folder of simpsh: shel"),
        ("# room: shell\n", "2: the file has no case"),
        ("# room: shell\n\nrace.c\n$ a\n", "3: neither a file, a comment nor a command: race.c"),
    ],
)
def test_a_file_that_is_no_spec_is_refused_with_its_line(text, mistake):
    with pytest.raises(Mistake) as caught:
        read_spec(text)
    assert str(caught.value).startswith(mistake)
