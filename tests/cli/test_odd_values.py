"""Odd descriptors and limits in detail, and SIGINT at any moment of the start."""

import os
import resource
import shlex
import signal
import subprocess
import sys

import pytest

from tests.cli.sweep import DEFECTS, FAULTS, Fault, Place, limit, open_as, run
from tests.harness.sh import run_command, simpsh_command
from tests.support.needed_programs import path_of


@pytest.fixture
def place(tmp_path):
    (tmp_path / "pristine").mkdir()
    return Place(tmp_path / "run", tmp_path / "pristine")


@pytest.mark.parametrize(
    ("line", "stream", "status"),
    [
        ("--truth -c true", "errors", 0),
        ("-v -c '/bin/true; nosuch'", "errors", 127),
        ("-c 'echo a; nosuch'", "output", 127),
        ("help cd", "output", 1),
        ("trace /bin/true", "errors", 125),
        ("step /bin/true", "input", 0),
    ],
)
def test_a_descriptor_that_takes_nothing_ends_no_process_late(line, stream, status, place):
    ended = run(line, place, FAULTS[f"{stream} is the memory of the dead"])
    assert (ended.status, ended.left) == (status, [])


def test_a_full_pipe_with_o_nonblock_loses_no_output(place):
    usual = run("help", place, Fault("none"))
    assert run("help", place, FAULTS["output is a full pipe"]).output == usual.output


def test_under_a_limit_of_file_sizes_python_keeps_no_half_of_a_module(tmp_path):
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{tmp_path}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # Variables that Python itself keeps before the first line of simpsh.
    run_command([sys.executable, "-c", "import re, simpsh.__main__"], env=environment, check=True)
    kept = {*tmp_path.rglob("*.pyc")}
    assert kept
    listing = [*simpsh_command(), "lesson", "list"]
    limited = limit(resource.RLIMIT_FSIZE, 1000)
    assert run_command(listing, env=environment, preexec_fn=limited).returncode == 0
    assert {*tmp_path.rglob("*.pyc")} == kept
    assert run_command(listing, env=environment).returncode == 0


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_PATH], ids=["opened", "a path"])
@pytest.mark.parametrize("stream", [0, 1, 2])
def test_python_refuses_a_directory_as_a_standard_stream(stream, flags, place):
    """docs/differences.md says so: the interpreter ends before simpsh begins."""
    ended = run("-c true", place, Fault("directory", act=open_as(stream, "/", flags)))
    assert ended.status == 1
    assert ("Fatal Python error: init_sys_streams" in ended.errors) == (stream != 2)


def traced(line: str, folder, *options: str) -> subprocess.CompletedProcess:
    return run_command(
        [
            path_of("strace"),
            "-o",
            folder / "calls",
            *options,
            *simpsh_command(),
            *shlex.split(line),
        ],
        stdin=subprocess.DEVNULL,
        errors="replace",
        cwd=folder,
        # A shell's background job ignores SIGINT, and so does what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.needs("ptrace")
@pytest.mark.parametrize("line", ["script", "-i", "lesson list"])
def test_sigint_at_any_call_of_a_start_ends_quietly(line, tmp_path):
    """strace sends SIGINT at the Nth call; from simpsh/__main__.py on there is no traceback."""
    (tmp_path / "script").write_text("cd /; /bin/true; echo $(echo a) | cat\n")
    assert traced(line, tmp_path).returncode == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    begin = next(at for at, call in enumerate(calls) if "/simpsh/" in call and "__main__" in call)
    statuses = []
    for call in ("openat", "read", "mmap", "close"):
        before, every = (
            sum(text.startswith(f"{call}(") for text in part) for part in (calls[:begin], calls)
        )
        # Two more, until the first statement of the file has run.
        for number in (before + 3, (before + every) // 2):
            inject = f"inject={call}:signal=INT:when={number}"
            ended = traced(line, tmp_path, "-e", f"trace={call}", "-e", inject)
            statuses.append(ended.returncode)
            assert not DEFECTS.search(ended.stderr), (call, number, ended)
            assert ended.stderr == "" or line == "-i", (call, number, ended)
    # 0: all was done before the signal came; the interpreter was ending.
    assert {*statuses} <= {-signal.SIGINT, 130, 0}
    assert {*statuses} != {0}
