"""Odd variables, descriptors and limits, and SIGINT at any moment of the start."""

from __future__ import annotations

import os
import random
import resource
import shlex
import signal
import subprocess
import sys

import pytest

from tests.cli.odd_surroundings import (
    SAMPLES,
    WRONG,
    Ended,
    Scene,
    Value,
    cases,
    complaints,
    values,
)
from tests.harness.process import become_subreaper, children_of, kill_and_collect
from tests.harness.sh import simpsh_command
from tests.support.needed_programs import path_of

CASES = int(os.environ.get("SIMPSH_ROUNDS", "1")) * 24
USUAL = Value("nothing")


@pytest.fixture
def scene(tmp_path):
    become_subreaper()
    own = frozenset(children_of(os.getpid()))
    yield Scene(tmp_path)
    kill_and_collect(lambda: [pid for pid in children_of(os.getpid()) if pid not in own])


def wrong(scene: Scene, line: str, value: Value, usual: Ended, *, is_new: bool) -> list[str]:
    ended = scene.run(shlex.split(line), value, is_new=is_new)
    return [f"simpsh {line}, {value.name}: {words}" for words in complaints(value, usual, ended)]


def in_all(scene: Scene, table: list[tuple[str, Value]], *, is_new: bool) -> list[str]:
    """Return the complaints about all cases."""
    usual: dict[str, Ended] = {}
    found = []
    for line, value in table:
        if line not in usual:
            usual[line] = scene.run(shlex.split(line), USUAL, is_new=is_new)
            assert not complaints(USUAL, usual[line], usual[line]), line
        found += wrong(scene, line, value, usual[line], is_new=is_new)
    return found


def test_the_table_has_every_subcommand_and_every_sample():
    lines = {line for line, _ in cases()}
    assert {*SAMPLES} <= lines
    assert {"class judge", "grade merge", "lesson exercise", "watch"} <= lines
    assert len(cases()) > 8000


def test_a_sample_of_odd_values_is_one_line_or_right_behaviour(scene):
    chance = random.Random(0)
    table = [case for case in cases() if not case[1].is_before_python]
    found = in_all(scene, chance.sample(table, CASES), is_new=False)
    starts = [case for case in table if case[1].name not in REFUSED_BY_PYTHON]
    found += in_all(scene, chance.sample(starts, CASES // 6), is_new=True)
    assert found == []


@pytest.mark.long("each subcommand with each odd value: 8,000 runs")
@pytest.mark.timeout(7200)
def test_the_whole_table_is_one_line_or_right_behaviour(scene):
    assert (
        in_all(scene, [case for case in cases() if not case[1].is_before_python], is_new=False)
        == []
    )


def test_a_relative_home_is_one_line_and_the_work_is_done(scene):
    check = "lesson exercise check two-children program.py"
    for line, home, status in (
        (check, "relative", 1),
        ("lesson list", "", 0),
        ("lesson", "a/b", 0),
    ):
        ended = scene.run(line.split(), Value(f"HOME={home}", {"HOME": home}), is_new=True)
        assert (ended.status, ended.is_late) == (status, False)
        assert ended.output
        assert ended.errors.startswith("simpsh: HOME is ")
        assert ended.errors.count("\n") == 1
    made = {path.name for path in scene.folder.glob("run-*/work/*")}
    assert not made & {"relative", "a", ".local"}


def test_a_descriptor_that_takes_nothing_ends_no_process_late(scene):
    table = {value.name: value for value in values()}
    truth, narrated = "--truth -c true", "-v --verbose-fd=2 -c '/bin/true; nosuch'"
    for line, name, status in (
        (truth, "errors", 0),
        (narrated, "errors", 127),
        ("-c 'echo a; nosuch'", "output", 127),
        ("help cd", "output", 1),
        ("trace /bin/true", "errors", 125),
        ("step /bin/true", "input", 0),
    ):
        value = table[f"{name} is the memory of the dead"]
        ended = scene.run(shlex.split(line), value, is_new=True)
        assert (ended.status, ended.is_late) == (status, False), (line, ended)


def test_a_full_pipe_with_o_nonblock_loses_no_output(scene):
    usual = scene.run(["help"], USUAL, is_new=True)
    (value,) = [value for value in values() if value.name == "output is a full pipe"]
    assert scene.run(["help"], value, is_new=True).output == usual.output


def limited(size, *words, **how):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [*simpsh_command(), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limit if size >= 0 else None,
        **how,
    )


def test_under_a_limit_of_file_sizes_python_keeps_no_half_of_a_module(tmp_path):
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{tmp_path}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # What Python itself keeps before the first line of simpsh.
    first = [sys.executable, "-c", "import re, simpsh.__main__"]
    subprocess.run(first, env=environment, check=True, timeout=120)
    kept = {*tmp_path.rglob("*.pyc")}
    assert kept
    assert limited(1000, "lesson", "list", env=environment).returncode == 0
    assert {*tmp_path.rglob("*.pyc")} == kept
    assert limited(-1, "lesson", "list", env=environment).returncode == 0


def test_a_recording_that_reaches_the_limit_does_not_end_the_shell(tmp_path):
    script = "i=0; while [ $i -lt 9 ]; do /bin/true; i=$((i + 1)); done; echo end; exit 3"
    ended = limited(2000, "--trace", "record.jsonl", "-c", script, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (3, "end\n")
    reason = "File too large: a file may have 2000 bytes (RLIMIT_FSIZE, `ulimit -f`)"
    assert ended.stderr == (
        f"simpsh: --trace record.jsonl: {reason}; the rest of the session is not recorded\n"
    )
    shown = limited(-1, "trace", "show", "record.jsonl", cwd=tmp_path)
    assert shown.returncode == 0
    assert "incomplete" in shown.stdout


def test_narration_that_reaches_the_limit_of_its_file_does_not_end_the_shell(tmp_path):
    script = "/bin/true; /bin/true; echo end; exit 3"
    with open(tmp_path / "narration", "w") as file:
        options = ("-v", f"--verbose-fd={file.fileno()}")
        ended = limited(100, *options, "-c", script, pass_fds=[file.fileno()])
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "end\n", "")
    assert (tmp_path / "narration").stat().st_size == 100


def test_errors_under_a_limit_of_file_sizes_name_the_limit(tmp_path):
    for words in (["trace", "/bin/true"], ["--trace", "f", "-c", ":"]):
        ended = limited(0, *words, cwd=tmp_path)
        assert ended.returncode == 1
        assert ended.stderr.endswith(
            "File too large: a file may have 0 bytes (RLIMIT_FSIZE, `ulimit -f`)\n"
        ), ended
        assert ended.stderr.count("\n") == 1


REFUSED_BY_PYTHON = {
    "input is a directory": (1, "Fatal Python error: init_sys_streams"),
    "output is a directory": (1, "Fatal Python error: init_sys_streams"),
    "input is a path": (1, "Fatal Python error: init_sys_streams"),
    "output is a path": (1, "Fatal Python error: init_sys_streams"),
    # Its message cannot be written.
    "errors is a directory": (1, ""),
    "errors is a path": (1, ""),
}
"""docs/differences.md lists these: the interpreter ends before simpsh begins."""


def test_the_starts_that_python_refuses_are_those_in_the_documents(scene):
    table = {value.name: value for value in values()}
    for name, (status, words) in REFUSED_BY_PYTHON.items():
        ended = scene.run(["-c", "true"], table[name], is_new=True)
        assert ended.status == status, name
        assert words in ended.errors


CALLS = ("openat", "read", "newfstatat", "mmap", "rt_sigaction", "munmap", "close", "lseek")
INTERRUPTED = {
    "-c true": 130, "script": 130, "-i": 0, "lesson list": 0, "lesson what fork": 0,
    "completions bash": 0, "grade assignment list": 0, "--version": 0, "diagnose {pid}": 0,
}  # fmt: skip


def traced(line: str, folder, *options: str) -> subprocess.CompletedProcess:
    strace = path_of("strace")
    words = [word.replace("{pid}", str(os.getpid())) for word in shlex.split(line)]
    return subprocess.run(
        [strace, "-o", folder / "calls", *options, *simpsh_command(), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=folder,
        timeout=120,
        # A shell's background job ignores SIGINT, and so does what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_sigint_at_any_call_of_a_start_ends_quietly(tmp_path):
    """strace sends SIGINT at the Nth call; from simpsh/__main__.py on there is no traceback."""
    chance = random.Random(0)
    (tmp_path / "script").write_text("cd /; /bin/true; echo $(echo a) | cat\n")
    quiet = 0
    for line in chance.sample([*INTERRUPTED], 3):
        done = traced(line, tmp_path)
        if "PTRACE" in done.stderr or "attach" in done.stderr:
            pytest.skip("no process may be traced here")
        calls = (tmp_path / "calls").read_text().splitlines()
        (begin, *_) = [
            index for index, call in enumerate(calls) if "/simpsh/" in call and "__main__" in call
        ]
        for call in chance.sample(CALLS, 4):
            before, every = (
                sum(text.startswith(f"{call}(") for text in part) for part in (calls[:begin], calls)
            )
            # Two more, until the first statement of the file has run.
            if every - before < 4:
                continue
            number = chance.randint(before + 3, every)
            inject = f"inject={call}:signal=INT:when={number}"
            ended = traced(line, tmp_path, "-e", f"trace={call}", "-e", inject)
            what = f"{line}, {call} {number}: {ended}"
            # 0: all was done before the signal came; the interpreter was ending.
            assert ended.returncode in (-signal.SIGINT, 130, 0), what
            assert not any(words in ended.stderr for words in WRONG), what
            assert ended.stderr == "" or line == "-i", what
            quiet += ended.returncode != 0
    assert quiet
