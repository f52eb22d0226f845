"""A command that cannot be executed gives the same message and status under the tracer and in the
shell."""

from __future__ import annotations

import os
import subprocess

import pytest

from simpsh.base.events import ExecError, Exit
from simpsh.base.wait_status import Exited, decode
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT
from tests.shell.test_exec_errors import FAILING, MISSING, SETUP
from tests.support.shells import run_command, simpsh_command
from tests.trace.traced_runs import record, whats

pytestmark = pytest.mark.long("each error of an exec beside the shell's")

ALONE = {
    name: case
    for name, case in FAILING.items()
    if case[2] and not set("$='&();|<>") & set(case[0]) and not case[0].startswith("command ")
}
"""The shell's cases that consist of a program and its arguments only."""

ALONG_PATH = {
    "no permission": ("plain", 126, "plain: Permission denied"),
    "a directory": ("first", 127, "first: command not found"),
    "a dangling link": ("dangling", 127, "dangling: No such file or directory"),
    "a missing interpreter": ("orphan", 127, f"orphan: {MISSING}"),
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    place = tmp_path_factory.mktemp("unexecutable")
    subprocess.run(["sh", "-c", SETUP], cwd=place, check=True)
    return place


def answer(argv, directory):
    environment = {**os.environ, "PATH": f"{directory}:/usr/bin:/bin"}
    done = run_command(argv, cwd=directory, env=environment)
    return done.returncode, done.stderr


@pytest.mark.usual("ENOENT in PATH", "EACCES", "ENOEXEC", "a missing interpreter")
@pytest.mark.parametrize(
    "case",
    [*ALONE.values(), *ALONG_PATH.values()],
    ids=[*ALONE, *(f"{n}, PATH" for n in ALONG_PATH)],
)
def test_the_tracer_prints_the_message_of_the_shell(directory, case, tmp_path):
    command, status, reason = case
    recording = str(tmp_path / "run.jsonl")
    argv = (*simpsh_command(), "trace", "--level", "io", "-o", recording, "--", *command.split())
    assert answer(argv, directory) == (status, f"simpsh: {reason}\n")


def test_an_argument_that_is_too_long_is_explained_as_in_the_shell(directory):
    reason = (
        "/bin/true: Argument list too long: "
        f"one argument has {ONE_ARGUMENT_LIMIT} bytes, at most {ONE_ARGUMENT_LIMIT - 1} are allowed"
    )
    with open(directory / "errors", "w+", encoding="utf-8") as errors:
        recording = record(
            ("/bin/true", "x" * ONE_ARGUMENT_LIMIT), descriptors={2: errors.fileno()}
        )
        errors.seek(0)
        assert errors.read() == f"simpsh: {reason}\n"
    (ended,) = whats(recording, Exit)
    assert decode(ended.status) == Exited(126)


@pytest.mark.usual
def test_the_search_for_the_program_is_not_recorded():
    recording = record(("sh", "-c", "exit 3"), level="io")
    assert whats(recording, ExecError) == []
