"""A traced command signals its process group, which includes simpsh; the recording is kept."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from simpsh.base.events import Exit
from simpsh.base.wait_status import Exited, decode
from simpsh.trace.recording import recording_file
from tests.harness.process import children_of, kill_and_collect, wait_until
from tests.harness.recorded import whats
from tests.harness.sh import simpsh_command

NAMES = ["TERM", "HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "SEGV", "RTMIN"]


def traced(path, script, *options):
    """Trace a line of sh in a new group; return the exit status."""
    argv = [*simpsh_command(), "trace", *options, "-o", str(path), "sh", "-c", script]
    return subprocess.run(argv, process_group=0, capture_output=True, check=False).returncode


@pytest.mark.parametrize("level", ["events", "calls"])
def test_the_command_ignores_each_signal_that_it_sends_to_its_group(level, tmp_path):
    path = tmp_path / "run.jsonl"
    ignored = " ".join(f"trap '' {name}; (kill -s {name} 0); sleep 0.01;" for name in NAMES)
    assert traced(path, f"ulimit -c 0; {ignored} exit 3", "--level", level) == 3
    found = recording_file.read_file(str(path))
    assert (found.is_cut_short, found.notes) == (False, ())
    assert decode(whats(found, Exit)[-1].status) == Exited(3)


@pytest.mark.parametrize("name", NAMES)
def test_the_command_dies_of_a_signal_that_it_sends_to_its_group(name, tmp_path):
    path, number = tmp_path / "run.html", getattr(signal, f"SIG{name}")
    # simpsh is in that group, so the same signal kills it.
    status = -number if name in ("TERM", "HUP") else 128 + number
    assert traced(path, f"ulimit -c 0; kill -s {name} 0; exit 3") == status
    assert "</html>" in path.read_text()


def test_a_process_that_left_the_command_may_signal_its_group(tmp_path):
    path = tmp_path / "run.jsonl"
    # The command ends first; its child notices this by the end of file.
    script = "mkfifo f; (trap '' TERM; cat f; kill -TERM 0; exit 4) & exec 3>f; exit 3"
    assert traced(path, f"cd {tmp_path}; {script}") == 3
    found = recording_file.read_file(str(path))
    assert (found.is_cut_short, found.notes) == (False, ())
    assert Exited(4) in [decode(one.status) for one in whats(found, Exit)]
    kill_and_collect(lambda: children_of(os.getpid()))  # the test runner, a subreaper, adopted it


def test_a_stop_of_the_group_stops_the_job_and_fg_continues_it(start_shell, tmp_path):
    shell = start_shell("--no-rc")
    shell.wait_prompt()
    for name in ("STOP", "TSTP"):
        shell.send(f"trace -o {name}.jsonl sh -c 'kill -s {name} 0; echo on; exit 3'\n")
        shell.wait(rf"Stopped\s+\(SIG{name}\)")
        shell.send("fg\n")
        shell.wait(r"^on$")
        shell.send("echo status $?\n")
        shell.wait("status 3")
        shell.send("clear\n")
        path = tmp_path / f"{name}.jsonl"
        wait_until(
            lambda path=path: not recording_file.read_file(str(path)).is_cut_short, "written"
        )
        ends = [decode(one.status) for one in whats(recording_file.read_file(str(path)), Exit)]
        assert ends == [Exited(3)]
