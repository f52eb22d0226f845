"""The classic mistakes and the hang, each beside what cures it."""

import contextlib
import os
import signal
import subprocess
import sys

from simpsh import PidFile, daemonize, pipe_holders
from simpsh.process.process_tree import children
from tests.process.daemon_launch import Launch
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.forked_children import (
    child,
    diagnosed,
    end_orphan,
    fork_child,
    skip_without_calls,
    sleep_for_ever,
    until,
)

# -- the classic mistakes: closing instead of redirecting, leaking a descriptor ----------------


def mistaken_daemon(close_standard):
    """The usual recipe without its care; returns in the daemon."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    if close_standard:
        os.closerange(0, 3)


def prints_while_a_database_is_open(database):
    descriptor = os.open(database, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, b"RECORD1\n")
    with contextlib.suppress(OSError):
        os.write(1, b"debug message\n")
    os.write(descriptor, b"RECORD2\n")


def test_mistake_4_closing_instead_of_redirecting_writes_messages_into_the_database(tmp_path):
    mistaken, ours = tmp_path / "mistaken", tmp_path / "ours"

    def body(say, kept):
        mistaken_daemon(close_standard=True)
        # The first two files to be opened become 0 and 1.
        os.open("/dev/null", os.O_RDONLY)
        prints_while_a_database_is_open(mistaken)
        say(0)

    with Launch(body) as launch:
        launch.hear()
        assert mistaken.read_bytes() == b"RECORD1\ndebug message\nRECORD2\n"

    def careful(say, kept):
        daemonize(keep=(kept,))
        os.open("/dev/null", os.O_RDONLY)
        prints_while_a_database_is_open(ours)
        say(0)

    with Launch(careful) as launch:
        launch.hear()
        assert ours.read_bytes() == b"RECORD1\nRECORD2\n"


def somebodys_pipe(start):
    """Run `start` with a further inherited descriptor: the write end of somebody's pipe."""
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    with Launch(start) as launch:
        launch.hear()
        os.close(write_end)
        holders = pipe_holders(os.fstat(read_end).st_ino).writers
        is_at_end = not holders
        if is_at_end:
            assert os.read(read_end, 1) == b""
    os.close(read_end)
    return is_at_end


def test_mistake_5_a_leaked_descriptor_keeps_somebodys_pipe_open():
    def mistaken(say, kept):
        mistaken_daemon(close_standard=False)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        say(0)
        sleep_for_ever()

    def ours(say, kept):
        daemonize(keep=(kept,))
        say(0)
        sleep_for_ever()

    assert somebodys_pipe(mistaken) is False
    assert somebodys_pipe(ours) is True


# -- the hang of the very first report ---------------------------------------------------------

SERVER = """
import os, signal, sys
from simpsh import daemonize
HOW = sys.argv[1]
if HOW == "forked":
    if os.fork() == 0:
        signal.pause()
else:
    print("before the daemon", flush=True)
    if os.fork() == 0:
        daemonize(pid_file=sys.argv[2], wait_until_ready=True).ready()
        signal.pause()
    os.wait()
print("started")
"""


def test_a_captured_command_that_leaves_a_server_hangs_and_with_daemonize_it_ends_at_once(tmp_path):
    """The whole story: hang, diagnosis, end of the hang; then the same with daemonize."""
    skip_without_calls()
    program = tmp_path / "server.py"
    program.write_text(SERVER)
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}

    def capture(how):
        command = [sys.executable, str(program), how, str(tmp_path / "pid")]
        return subprocess.run(command, capture_output=True, env=environment, check=True)

    def hangs():
        capture("forked")

    with child(hangs) as pid:
        zombie = until(
            lambda: [one.pid for one in children(pid) if one.state == "Z"], "the command has ended"
        )[0]
        found = diagnosed(pid, "poll")
        (server,) = found.waits_for
        text = "\n".join(found.lines())
        assert {holder.pid: holder.numbers for holder in found.holders if 1 in holder.numbers} == {
            server: (1,)
        }
        assert {holder.numbers for holder in found.holders} == {(1,), (2,)}
        assert f"Process {server} " in text
        for descriptor in (1, 2):
            place = f"holds a write end as descriptor {descriptor}: "
            assert f"{place}probably an orphan of process {zombie} [" in text
    end_orphan(server)

    done = capture("daemon")
    assert (done.stdout, done.stderr) == (b"before the daemon\nstarted\n", b"")
    end_orphan(PidFile.read(tmp_path / "pid"))


def test_a_keyboard_interrupt_ends_the_waiting_launcher_with_130():
    skip_without_calls()

    def launcher():
        daemonize(wait_until_ready=True)
        sleep_for_ever()

    pid = fork_child(launcher)
    found = until(
        lambda: "by a pidfd" in text_of(one := diagnosed(pid, "poll")) and one, "the pidfd"
    )
    daemon = found.waits_for
    os.kill(pid, signal.SIGINT)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    end_orphan(daemon[0])
