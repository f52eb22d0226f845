"""`simpsh trace` whose command leaves others, is killed, or signals the group of simpsh."""

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from simpsh.base.events import Exit, Fork
from simpsh.base.wait_status import Exited, decode
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.recording_file import LEVELS
from tests.harness.process import children_of, kill_and_collect, name_of, state_of, wait_until
from tests.harness.recorded import ROUNDS, whats
from tests.harness.sh import run_simpsh, simpsh_command

# The command ends with 5; for each line of a FIFO its child creates a process, waits for it and
# answers. The child stays in the terminal's group, and SIGINT would end it.
DAEMON = """
import os, subprocess
if os.fork():
    os._exit(5)
with os.fdopen(os.open("fifo", os.O_RDWR)) as lines:
    open("pid", "w").write(str(os.getpid()))
    for line in lines:
        status = subprocess.run(["/bin/true"]).returncode
        print(line.strip(), status, file=open("log", "a"))
        if line == "end\\n":
            break
"""


class Daemon:
    """The files of a traced command, in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.recording = directory / "run.jsonl"
        os.mkfifo(directory / "fifo")
        (directory / "daemon.py").write_text(DAEMON)
        self.argv = (sys.executable, "-S", "-E", "daemon.py")

    def trace(self, *options: str) -> list[str]:
        return [*simpsh_command(), "trace", "-o", str(self.recording), *options, *self.argv]

    @property
    def pid(self) -> int:
        path = self.directory / "pid"
        wait_until(lambda: path.exists() and path.read_text(), "the daemon is ready")
        return int(path.read_text())

    def answers(self, word: str) -> None:
        """Make the daemon create a process and wait for it; check the status that it gets."""
        descriptor = os.open(self.directory / "fifo", os.O_RDWR)
        try:
            os.write(descriptor, f"{word}\n".encode())
            log = self.directory / "log"
            wait_until(lambda: log.exists() and f"{word} 0" in log.read_text(), f"{word} is done")
        except AssertionError as error:
            about = [self.directory / "log", f"/proc/{self.pid}/status"]
            about = [Path(path).read_text() for path in about if Path(path).exists()]
            raise AssertionError("\n".join((str(error), *about))) from None
        finally:
            os.close(descriptor)

    def waited_for(self) -> subprocess.Popen[str]:
        """Return a simpsh that waits for the daemon."""
        argv = self.trace()
        simpsh = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, cwd=self.directory)
        with simpsh.stderr as stderr:
            assert "waiting for P1" in stderr.readline()
        return simpsh

    def has_ended(self) -> bool:
        return state_of(self.pid) in (None, "Z")

    def read(self) -> recording_file.Recording:
        return recording_file.read_file(str(self.recording))


@pytest.fixture
def daemon(tmp_path):
    made = Daemon(tmp_path)
    yield made
    # Clean up after a failed test.
    kill_and_collect(lambda: [one for one in children_of(os.getpid()) if is_of_test(one)])


def is_of_test(pid: int) -> bool:
    return name_of(pid) in ("simpsh-tracer", "python", "python3", "simpsh")


@pytest.fixture
def waiting(daemon, start_shell):
    """Start `simpsh trace` in a shell, and return its screen once it waits for the daemon."""

    def start(*options):
        shell = start_shell("--no-rc", directory=daemon.directory)
        shell.wait_prompt()
        shell.send(" ".join(f"'{word}'" for word in daemon.trace(*options)) + "\n")
        shell.wait(r"waiting\s+for\s+P1\s+\(pid\s+\d+,")
        assert daemon.pid
        return shell

    return start


@pytest.mark.parametrize("level", LEVELS)
def test_an_interrupt_ends_the_daemon_and_the_commands_status_stays(level, daemon, waiting):
    shell = waiting("--level", level)
    daemon.answers("watched")
    shell.send("\x03")
    shell.wait_prompt()
    shell.send("echo status $?\n")
    shell.wait("status 5")
    assert daemon.has_ended()
    found = daemon.read()
    assert not found.is_cut_short
    assert found.notes[0] == "ended early: simpsh was asked to end"
    assert whats(found, Exit)[0].status == 5 << 8
    assert len(whats(found, Fork)) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_while_it_waits_ends_the_daemon(number, daemon):
    simpsh = daemon.waited_for()
    simpsh.send_signal(number)
    assert simpsh.wait() == 5
    assert daemon.has_ended()
    assert not daemon.read().is_cut_short


def test_a_request_to_end_reaches_the_command_and_its_status_is_simpshs(tmp_path):
    path = tmp_path / "run.jsonl"
    script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"
    argv = [*simpsh_command(), "trace", "-o", str(path), "sh", "-c", script]
    simpsh = subprocess.Popen(argv, stdout=subprocess.PIPE)
    # The request may be early: the tracer may not have reported yet that the command has begun.
    assert simpsh.stdout.readline() == b"ready\n"
    simpsh.terminate()
    assert simpsh.wait() == 7
    simpsh.stdout.close()
    assert not recording_file.read_file(str(path)).is_cut_short


def test_a_stopped_wait_continues_and_quit_ends_it(daemon, waiting):
    shell = waiting()
    pid = daemon.pid
    shell.send("\x1a")
    shell.wait(r"Stopped")
    wait_until(lambda: state_of(pid) in ("T", "t"), "it is stopped")
    shell.send("fg\n")
    wait_until(lambda: state_of(pid) == "S", "it goes on")
    daemon.answers("continued")
    shell.send("\x1c")
    wait_until(lambda: state_of(pid) in (None, "Z"), "it is ended")
    shell.wait_prompt()


def test_a_recording_in_progress_is_not_overwritten(daemon):
    simpsh = daemon.waited_for()
    before = daemon.recording.read_text()
    done = subprocess.run(daemon.trace(), capture_output=True, text=True, cwd=daemon.directory)
    assert done.returncode == 1
    assert "another simpsh records into it now" in done.stderr
    assert daemon.recording.read_text() == before
    daemon.answers("end")
    assert simpsh.wait() == 5


# ------------------------------------------------------------------------------ being killed

BUSY = """
i=0; while [ $i -lt 12 ]; do i=$((i+1)); /bin/true | cat & kill -STOP $!; kill -CONT $!
wait; done
"""


def are_over(marker: str) -> bool:
    """Return whether no living process has this in its environment."""
    for word in filter(str.isdigit, os.listdir("/proc")):
        try:
            is_one = marker.encode() in Path(f"/proc/{word}/environ").read_bytes()
        except OSError:
            continue
        if is_one and state_of(int(word)) not in (None, "Z", "X"):
            return False
    return True


@pytest.mark.timeout(280)
@pytest.mark.parametrize("victim", ["simpsh", "tracer"])
@pytest.mark.parametrize("level", LEVELS)
def test_killed_at_any_moment_it_leaves_a_readable_recording_and_nothing_stopped(
    level, victim, tmp_path
):
    chance = random.Random(f"{level}{victim}")
    for number in range(ROUNDS or 2):
        path, marker = tmp_path / f"{number}.jsonl", f"SIMPSH_TEST_RUN={tmp_path.name}-{number}"
        argv = [*simpsh_command(), "trace", "--level", level, "-o", str(path), "sh", "-c", BUSY]
        name, _, value = marker.partition("=")
        simpsh = subprocess.Popen(argv, env={**os.environ, name: value}, stderr=subprocess.DEVNULL)
        # Count bytes of the recording, not seconds: this does not depend on the load.
        moment = chance.randrange(100, 15_000)
        wait_until(partial(is_so_far, path, moment, simpsh), "it is under way", 60)
        # The run may have ended in the meantime.
        for pid in [simpsh.pid] if victim == "simpsh" else children_of(simpsh.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        simpsh.wait()
        found = recording_file.read_file(str(path))
        assert found.header.level == level
        # All have ended or continue: none stays stopped.
        wait_until(partial(are_over, marker), f"round {number}: all have ended", 60)
        kill_and_collect(lambda: children_of(os.getpid()))


def is_so_far(path: Path, size: int, simpsh: subprocess.Popen) -> bool:
    """Return whether `size` bytes are recorded, or the run has ended (as an uncollected zombie)."""
    is_long = path.exists() and path.stat().st_size >= size
    return is_long or state_of(simpsh.pid) == "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_key_while_the_command_is_being_started_ends_the_command(number):
    with subprocess.Popen(
        [*simpsh_command(), "trace", "sleep", "60"],
        stderr=subprocess.PIPE,
        process_group=0,
        # A shell's background job ignores them.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    ) as simpsh:
        # The tracer exists, but has hardly begun.
        wait_until(lambda: children_of(simpsh.pid), "a tracer")
        os.killpg(simpsh.pid, number)
        shown = simpsh.communicate(timeout=50)[1]
    assert simpsh.returncode == 128 + number
    assert b"Traceback" not in shown


# -- signals of the command to its group, which includes simpsh ---------------------------------

NAMES = ["TERM", "HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "SEGV", "RTMIN"]


def traced(path, script, *options):
    """Trace a line of sh in a new group; return the exit status."""
    words = ("trace", *options, "-o", path, "sh", "-c", script)
    return run_simpsh(*words, process_group=0).returncode


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
