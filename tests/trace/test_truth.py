"""A whole session under the tracer: it is undisturbed, and survives the tracer's death."""

import os
import random
import re
import subprocess
import sys
import time

import pytest

from simpsh.base.events import Exec, Exit, Fork, Reap, Stop
from simpsh.process import proc
from simpsh.trace.recording import recording_file
from tests.harness.process import end, started, wait_until
from tests.harness.recorded import ROUNDS, disorder, whats
from tests.harness.sh import simpsh_command

UNDER_TRUTH = (
    "import os, sys; from simpsh.trace.tracer.session_tracer import begin_truth; "
    "begin_truth(sys.argv[1], ' '.join(sys.argv[2:])); os.execvp(sys.argv[2], sys.argv[2:])"
)


def under_truth(path, *argv):
    return [sys.executable, "-c", UNDER_TRUTH, str(path), *argv]


def ended(path):
    """Return whether the recording contains the reaping of the first process."""
    lines = path.read_text().splitlines()
    return any('"event":"reap"' in line and '"child":"P0"' in line for line in lines)


def test_a_session_is_recorded_and_ends_with_its_own_status(tmp_path):
    path = tmp_path / "truth.jsonl"
    argv = under_truth(path, "/bin/sh", "-c", "/bin/true; /bin/false; exit 3")
    assert subprocess.run(argv).returncode == 3
    # The parent has got the status, so the exit is already in the file.
    found = recording_file.read_file(str(path))
    assert [what.status for what in whats(found, Exit)] == [0, 0x0100, 0x0300]
    assert found.header.level == "events"
    assert os.stat(path).st_mode & 0o777 == 0o600
    wait_until(lambda: ended(path), "the recording is finished")
    found = recording_file.read_file(str(path))
    assert disorder(found.events) == []
    assert [what.child for what in whats(found, Reap)] == ["P1", "P2", "P0"]
    # The tracer is not a child of the session.
    code = "import os\ntry: os.waitpid(-1, 0)\nexcept ChildProcessError: print('none')"
    argv = under_truth(path, sys.executable, "-S", "-E", "-c", code)
    assert subprocess.run(argv, stdout=subprocess.PIPE).stdout == b"none\n"


IN_SIMPSH = (
    ("", "", ""),
    ("sleep 301", "C-z", r"sleep 301\n"),
    ("jobs", "", r"jobs\n[^\n]*sleep 301\n"),
    ("fg", "C-c", r"\^C\s*\n"),
    ("echo rc=$?", "", r"rc=130\n"),
    ("sleep 302 | sleep 303", "C-z", r"sleep 303\n"),
    ("bg", "", r"bg\n[^\n]*sleep 303[^\n]*\n"),
    ("kill %1; wait; echo over", "", r"over\n(?:[^\n]*\n)*"),
)


def _played(terminal, session, prompt):
    for line, key, shown in session:
        if line:
            terminal.send(f"{line}\r")
        if key:
            terminal.foreground_is("sleep")
            terminal.key(key)
        terminal.wait(shown + prompt)
    text = terminal.screen()
    terminal.send("exit\r")
    terminal.wait_exit()
    return text


def test_a_session_continues_untraced_when_its_tracer_is_killed(tmp_path):
    path = tmp_path / "truth.jsonl"
    script = "i=0; while [ $i -lt 120 ]; do /bin/true; i=$((i+1)); done; echo done"
    chance = random.Random(5)
    for _ in range(ROUNDS or 6):
        path.unlink(missing_ok=True)
        argv = under_truth(path, "/bin/sh", "-c", script)
        with started(argv, stdout=subprocess.PIPE) as process:
            wait_until(lambda: path.exists() and path.stat().st_size, "the recording has begun")
            size = chance.randrange(400, 60_000)
            wait_until(lambda process=process: proc.tracer_pid(process.pid), "it is traced")
            tracer = proc.tracer_pid(process.pid)
            wait_until(
                lambda size=size, process=process: (
                    path.stat().st_size > size or process.poll() is not None
                ),
                "some events are recorded",
            )
            end(tracer)
            assert process.communicate(timeout=60)[0] == b"done\n"
            assert process.returncode == 0


@pytest.mark.parametrize("command", ["trace", "explore"])
def test_inside_a_traced_session_tracing_is_declined_in_one_line(tmp_path, command):
    # Use the interpreter, because a console script is run by sh if its path contains a blank.
    inner = [*simpsh_command(), command, "/bin/true"]
    argv = under_truth(tmp_path / "truth.jsonl", *inner)
    done = subprocess.run(argv, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "simpsh: this session is under --truth, and a process has one tracer at a time: "
        "run the command as it is, then `timeline` draws what the kernel saw of it. "
        "In a notebook, use a terminal beside it\n"
    )
    wait_until(lambda: ended(tmp_path / "truth.jsonl"), "the recording is finished")
    found = recording_file.read_file(str(tmp_path / "truth.jsonl"))
    assert whats(found, Fork) == []
    assert len(whats(found, Exec)) == 1


@pytest.mark.pty
def test_simpsh_shows_the_same_transcript_under_truth(start_shell, tmp_path):
    plain = _played(start_shell(), IN_SIMPSH, PROMPT)
    path = tmp_path / "simpsh/truth.jsonl"
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    watched = _played(start_shell("--truth", environment=environment), IN_SIMPSH, PROMPT)
    assert _after_first_prompt(watched) == _after_first_prompt(plain)
    wait_until(lambda: ended(path), "the recording is finished")
    found = recording_file.read_file(str(path))
    assert {what.signal for what in whats(found, Stop)} >= {20}
    assert disorder(found.events) == []


# Below the prompt there may be the line about the status of the last command.
PROMPT = r">> ?(?:\n[^\n>]*)?\s*\Z"


def _after_first_prompt(text):
    """Return the transcript with pids masked and without the line below the prompt."""
    masked = re.sub(r"\b\d{4,}\b", "PID", text)
    masked = re.sub(r"\nstatus [^\n]*\Z", "", masked)
    return masked[masked.index(">> sleep") :]


@pytest.mark.pty
def test_under_truth_timeline_shows_what_the_kernel_saw(start_shell, tmp_path):
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    terminal = start_shell("--no-rc", "--truth", environment=environment, rows=60)
    terminal.wait_prompt()
    terminal.run("sleep 1000 &")
    terminal.run("cd /; sh -c 'sh -c \"exit 3\"; exit 4' | cat; cd - >/dev/null")
    for place in ("first", "again"):
        terminal.run(f"timeline > {place}")
        drawn = (tmp_path / place).read_text()
        # The drawing omits the earlier job and the timeline command itself.
        assert "4 processes" in drawn
        for words in ("P1 forks P3", "P3 exits with status 3", "P1 exits with status 4"):
            assert words in drawn
        assert "note: as the kernel saw it" in drawn
    terminal.send("trace sh -c 'exit 5'\r")
    terminal.wait("^simpsh: this session is under --truth, and a process has one tracer")
    terminal.wait_prompt()
    terminal.run("kill %1; wait")
    terminal.send("exit\r")
    terminal.wait_exit()
    path = tmp_path / "simpsh/truth.jsonl"
    wait_until(lambda: ended(path), "the recording is finished")


def test_the_times_of_a_record_come_from_the_clock_that_its_header_names(tmp_path):
    """This lets --truth assign the events of a session to the commands of the shell."""
    path = tmp_path / "run.jsonl"
    script = "import os, time; os.write(1, str(time.monotonic_ns()).encode()); os._exit(0)"
    words = ("trace", "-o", str(path), sys.executable, "-S", "-c", script)
    before = time.monotonic_ns()
    done = subprocess.run([*simpsh_command(), *words], stdout=subprocess.PIPE, check=True)
    after = time.monotonic_ns()
    found = recording_file.read_file(str(path))
    times = [one.ts + found.header.start_monotonic_ns for one in found.events]
    (end,) = (
        when for when, one in zip(times, found.events, strict=True) if isinstance(one.what, Exit)
    )
    assert before < times[0] < int(done.stdout) < end < after
