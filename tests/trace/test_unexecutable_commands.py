"""What cannot be executed gives the same line and status under the tracer as in the shell."""

from __future__ import annotations

import os
import subprocess

import pytest

from simpsh.base.events import ExecError, Exit
from simpsh.base.wait_status import Exited, decode
from tests.support.shells import FORK, SPAWN, simpsh_command
from tests.trace.traced_runs import DEADLINE_SECONDS, record, whats

MISSING = "its interpreter /proc/absent/interpreter is missing: No such file or directory"

COMMANDS = {
    "nothing of that name in PATH": ("nosuch", 127, "nosuch: command not found"),
    "nothing at that path": ("./nosuch", 127, "./nosuch: No such file or directory"),
    "a file as a directory": ("./text/x", 127, "./text/x: Not a directory"),
    "no permission": ("./plain", 126, "./plain: Permission denied"),
    "no permission in PATH": ("plain", 126, "plain: Permission denied"),
    "a directory": ("./folder", 126, "./folder: Is a directory"),
    "a directory in PATH": ("folder", 126, "folder: Is a directory"),
    "a dangling link in PATH": ("dangling", 127, "dangling: No such file or directory"),
    "a missing interpreter": ("./orphan", 127, f"./orphan: {MISSING}"),
    "a missing interpreter in PATH": ("orphan", 127, f"orphan: {MISSING}"),
    "a wrong format": ("./binary", 126, "./binary: Exec format error"),
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    place = tmp_path_factory.mktemp("unexecutable")
    (place / "folder").mkdir()
    (place / "dangling").symlink_to("nowhere")
    for name, content, mode in (
        ("text", "exit 0\n", 0o755),
        ("plain", "exit 0\n", 0o644),
        ("orphan", "#!/proc/absent/interpreter -x\n", 0o755),
        ("binary", "\x7fELF\0rubbish", 0o755),
    ):
        (place / name).write_text(content)
        (place / name).chmod(mode)
    return place


def answer(argv, directory):
    environment = {**os.environ, "PATH": f"{directory}:/usr/bin:/bin"}
    done = subprocess.run(
        argv, cwd=directory, env=environment, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_tracer_says_what_the_shell_says(directory, name, tmp_path):
    command, status, reason = COMMANDS[name]
    for shell in (FORK, SPAWN):
        assert answer((*shell.argv, "-c", command), directory) == (
            status,
            f"simpsh: line 1: {reason}\n",
        )
    for how in ((), ("--level", "io")):
        recording = str(tmp_path / "run.jsonl")
        argv = (*simpsh_command(), "trace", *how, "-o", recording, "--", command)
        assert answer(argv, directory) == (status, f"simpsh: {reason}\n")


def test_an_argument_that_is_too_long_is_explained_as_in_the_shell(directory):
    script = "x=$(head -c 131072 /dev/zero | tr '\\0' x); /bin/true $x"
    reason = (
        "/bin/true: Argument list too long: "
        "one argument has 131072 bytes, at most 131071 are allowed"
    )
    expected = (126, f"simpsh: line 1: {reason}\n")
    assert answer((*SPAWN.argv, "-c", script), directory) == expected
    with open(directory / "said", "w+", encoding="utf-8") as said:
        recording = record(
            ("/bin/true", "x" * 131072),
            deadline_seconds=DEADLINE_SECONDS,
            descriptors={2: said.fileno()},
        )
        said.seek(0)
        assert said.read() == f"simpsh: {reason}\n"
    (ended,) = whats(recording, Exit)
    assert decode(ended.status) == Exited(126)


def test_looking_for_the_program_is_no_part_of_the_record():
    recording = record(("sh", "-c", "exit 3"), level="io", deadline_seconds=DEADLINE_SECONDS)
    assert whats(recording, ExecError) == []
