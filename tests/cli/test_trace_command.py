"""`simpsh trace` at the command line: options, formats, exit statuses, fallbacks."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.harness.sh import run_command, simpsh_command
from tests.harness.terminal import Terminal
from tests.support.needed_programs import is_installed


def traced(*argv):
    return [*simpsh_command(), "trace", *argv]


def simpsh_trace(*argv, **options):
    environment = {**os.environ, "COLUMNS": "80"}
    return run_command(traced(*argv), env=environment, **options)


def test_the_exit_status_is_the_commands_and_its_output_is_untouched():
    done = simpsh_trace("/bin/sh", "-c", "echo out; exit 7")
    assert done.returncode == 7
    assert done.stdout == "out\n"
    assert "P0 exits with status 7" in done.stderr
    assert simpsh_trace("/bin/sh", "-c", "kill -TERM $$").returncode == 143


@pytest.mark.parametrize(
    ("options", "is_named"),
    [((), True), (("--level", "events"), True), (("--plain",), True), (("--level", "io"), False)],
)
def test_the_level_that_records_writes_is_named_if_processes_race(options, is_named):
    race = "(echo child) & echo parent; wait"
    assert ("--level io" in simpsh_trace(*options, "sh", "-c", race).stderr) == is_named
    assert "--level" not in simpsh_trace(*options, "/bin/true").stderr


def test_a_recording_is_written_and_shown_again(tmp_path):
    path, page = str(tmp_path / "run.jsonl"), str(tmp_path / "run.html")
    done = simpsh_trace("-o", path, "/bin/sh", "-c", "echo a | cat")
    assert (done.returncode, done.stderr) == (0, "")
    shown = simpsh_trace("show", path)
    assert "P0 forks P1" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert simpsh_trace("show", path, "-o", page).returncode == 0
    assert (tmp_path / "run.html").read_text().startswith("<!doctype html>")
    for form in ("svg", "txt"):
        assert simpsh_trace("show", path, "-o", tmp_path / f"run.{form}").returncode == 0
    # All of them contain arguments and data, maybe passwords: only the owner may read them.
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}

    plain = simpsh_trace("show", path, "--plain").stdout.splitlines()
    assert re.fullmatch(r"There were 3 processes and 1[0-9] steps\.", plain[1])
    assert simpsh_trace("show", path, "-o", tmp_path / "again.jsonl").returncode == 0
    whole = (tmp_path / "run.jsonl").read_text()
    assert (tmp_path / "again.jsonl").read_text() == whole
    (tmp_path / "run.jsonl").write_text(whole[:-20])
    assert "note: the recording is incomplete" in simpsh_trace("show", path).stdout


@pytest.mark.parametrize("options", [("-o", "/dev/full"), ("--plain", "--record", "/dev/full")])
@pytest.mark.parametrize(("line", "status"), [("exit 5", 5), ("exit 0", 125)])
def test_an_output_that_cannot_be_written_is_named_and_never_a_success(options, line, status):
    done = simpsh_trace(*options, "sh", "-c", line)
    assert done.returncode == status
    assert done.stderr.splitlines()[-1:] == ["simpsh: /dev/full: No space left on device"]


@pytest.mark.parametrize(("line", "status"), [("exit 5", 5), ("exit 0", 125)])
def test_a_drawing_that_cannot_be_written_does_not_hide_the_status(line, status):
    with open("/dev/full", "w") as full:
        done = subprocess.run(traced("sh", "-c", line), stdout=full, stderr=full)
    assert done.returncode == status


def test_the_command_line_that_is_shown_can_be_typed_again(tmp_path):
    words = ["printf", "<%s>", b"\xff", "it's $HOME", "it's", "two\nlines\t", "a|b*", "", "\u202e"]
    done = subprocess.run(
        traced("--plain", *words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    shown = done.stderr.decode().splitlines()[0].partition("ran: ")[2]
    assert shown.isascii()
    for shell in (["bash", "-c"], [sys.executable, "-m", "simpsh", "-c"]):
        if is_installed(shell[0]):
            again = subprocess.run([*shell, shown], capture_output=True, check=True)
            assert again.stdout == subprocess.run(words, capture_output=True, check=True).stdout


@pytest.mark.parametrize("level", ["calls", "io"])
def test_a_line_shows_its_own_pipes_and_the_name_of_the_shell(level):
    shown = simpsh_trace("--plain", "--level", level, "echo a | cat | wc -c").stderr
    assert "P0 starts: simpsh -c 'echo a | cat | wc -c'" in shown
    made = re.findall(r"P0 makes pipe (\w+): read end (\d+), write end (\d+)", shown)
    assert [letter for letter, *_ in made] == ["A", "B"]
    assert made[0] == ("A", "3", "4")
    held = ("echo a (stdout → pipe A)", "cat (stdin ← pipe A, stdout → pipe B)", "(stdin ← pipe B)")
    assert [words for words in held if words not in shown] == []
    for own in ("python", "-m simpsh", "engine", "socket:", "descriptor 2"):
        assert own not in shown, shown


def test_a_pipe_and_a_high_descriptor_that_a_program_made_itself_are_shown():
    program = (
        "import os, fcntl; r, w = os.pipe(); fcntl.fcntl(w, fcntl.F_DUPFD_CLOEXEC, 230); "
        "os.write(230, b'gg'); os.read(r, 2)"
    )
    shown = simpsh_trace("--plain", "--level", "io", sys.executable, "-S", "-c", program).stderr
    assert re.search(r"P0 makes pipe A: read end 3, write end 4", shown)
    assert "P0 writes “gg” to pipe A" in shown
    assert "P0 reads “gg” from pipe A" in shown


@pytest.mark.needs("strace")
def test_under_strace_tracing_is_declined_in_one_line():
    argv = ["strace", "-f", "-o", os.devnull, *traced("/bin/true")]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("simpsh: this process is already traced by strace (pid ")
    assert done.stderr.endswith("at a time: start simpsh without strace\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.needs("root")
def test_an_ordinary_user_may_trace():
    # Import the modules first: another user may be unable to read their directory.
    code = (
        "import os, sys, json, tempfile; "
        "import simpsh.cli.command_line, simpsh.cli.trace_command, simpsh.trace.tracer.traced_run; "
        "import simpsh.trace.tracer.rest_detection, simpsh.view.timeline.terminal_timeline; "
        "import simpsh.chronicle.chronicle_builder; "
        "import ctypes, importlib, locale, mmap, resource, select, textwrap, unicodedata; "
        "from simpsh.kernel.namespaces import become_user; become_user(65534); "
        "words = ['--level', 'io', '/bin/sh', '-c', 'true | false; exit 4']; "
        "sys.exit(simpsh.cli.trace_command.TraceCommand.answer_to(words))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
    assert done.returncode == 4
    assert "P0 makes pipe A" in done.stderr
    assert "P2 writes" not in done.stderr


def test_on_a_terminal_the_address_of_a_page_or_picture_is_printed(tmp_path):
    line = "; ".join(
        shlex.join(traced("-o", name, "/bin/true")) for name in ("a run.html", "b.svg")
    )
    with Terminal(("sh", "-c", line), directory=tmp_path, columns=250) as terminal:
        for name in ("a%20run.html", "b.svg"):
            terminal.wait(
                f"simpsh: open it in a browser: file://{os.path.realpath(tmp_path)}/{name}"
            )
        terminal.wait_exit()


@pytest.mark.parametrize("name", ["run.pdf", "run.png", "run.json", "run.html.gz"])
def test_a_suffix_of_another_format_is_refused_before_the_command_runs(tmp_path, name):
    recording = tmp_path / "run.jsonl"
    done = simpsh_trace("--record", str(recording), "-o", name, "touch", str(tmp_path / "ran"))
    assert done.returncode == 2
    first = f"{name}: .{name.rpartition('.')[2]} is not a format of simpsh; use .txt, .html"
    assert first in done.stderr.splitlines()[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["run", "run.log", "run.md"])
def test_a_suffix_of_text_or_of_no_format_gets_the_timeline(tmp_path, name):
    path = tmp_path / name
    assert simpsh_trace("-o", str(path), "/bin/true").returncode == 0
    assert "lanes 1 process" in path.read_text()


def test_a_recording_can_be_written_in_addition_to_the_picture(tmp_path):
    path = tmp_path / "run.jsonl"
    done = simpsh_trace("--record", str(path), "/bin/sh", "-c", "exit 3")
    assert done.returncode == 3
    assert "P0 exits with status 3" in done.stderr
    assert "P0 exits with status 3" in simpsh_trace("show", str(path)).stdout
    nowhere = simpsh_trace("--record", os.devnull, "/bin/sh", "-c", "exit 3")
    assert (nowhere.returncode, nowhere.stdout) == (3, "")
    assert "P0 exits with status 3" in nowhere.stderr
    refused = simpsh_trace("--record", str(tmp_path), "/bin/true")
    assert refused.returncode == 1
    assert "Is a directory" in refused.stderr
