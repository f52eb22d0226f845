"""A daemon's word to its launcher."""

import os
import signal

import pytest

from simpsh import daemonize
from simpsh.process.process_tree import children
from tests.process.daemon_launch import Launch
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.forked_children import (
    diagnosed,
    end_orphan,
    fork_child,
    has_no_children,
    skip_without_calls,
    sleep_for_ever,
    until,
)

# -- readiness ---------------------------------------------------------------------------------


def test_the_launcher_waits_until_the_daemon_is_ready():
    skip_without_calls()
    gate_read, gate_write = os.pipe()

    def launcher_body(say, kept):
        os.close(gate_write)
        daemon = daemonize(keep=(gate_read, kept), wait_until_ready=True)
        os.read(gate_read, 1)
        daemon.ready()
        daemon.ready()
        daemon.failed("too late to fail")
        sleep_for_ever()

    pid = fork_child(lambda: Launch(launcher_body).status)
    os.close(gate_read)
    # The starter waits for the launcher, the launcher reads the readiness pipe.
    launcher = until(lambda: children(pid), "the launcher")[0].pid
    # It waits for the daemon's word, or for its death.
    found = until(
        lambda: "by a pidfd" in text_of(one := diagnosed(launcher, "poll")) and one, "the pidfd"
    )
    daemon = found.waits_for
    assert len(daemon) == 1
    assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    os.write(gate_write, b"x")
    os.close(gate_write)
    assert os.waitpid(pid, 0)[1] == 0
    end_orphan(daemon[0])


@pytest.mark.parametrize(
    ("end", "errors"),
    [
        (lambda daemon: daemon.failed("no such\ndatabase"), "no such database\n"),
        (
            lambda _: os.kill(os.getpid(), signal.SIGKILL),
            "the daemon did not become ready: it was killed by SIGKILL (Killed)\n",
        ),
        (lambda daemon: daemon.failed("x" * 100_000), "x" * 3500 + "\n"),
        (lambda daemon: daemon.failed("  "), "it gave no reason\n"),
    ],
)
def test_a_failing_daemon_is_the_launchers_error(end, errors):
    def body(say, kept):
        end(daemonize(wait_until_ready=True))

    with Launch(body) as launch:
        assert (launch.status, launch.errors) == (1, errors)


def test_an_error_after_the_first_fork_is_the_launchers(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def body(say, kept):
        def vanishes(path):
            os.rmdir(home)
            return chdir(path)

        from simpsh.process import daemon

        chdir, daemon.chdir = daemon.chdir, vanishes
        daemonize(working_directory=home)
        say("never")

    with Launch(body) as launch:
        assert launch.status == 1
        assert launch.errors == f"cannot become a daemon: {home}: No such file or directory\n"


def test_a_launcher_that_is_gone_does_not_hurt_the_daemon():
    gate_read, gate_write = os.pipe()

    def body(say, kept):
        daemon = daemonize(keep=(gate_read, kept), wait_until_ready=True)
        say(os.getpid())
        os.read(gate_read, 1)
        daemon.ready()
        say("still here")
        sleep_for_ever()

    read_end, write_end = os.pipe()
    pid = fork_child(
        lambda: body(lambda value: os.write(write_end, f"{value}\n".encode()), write_end)
    )
    daemon = int(os.read(read_end, 20))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.write(gate_write, b"x")
    assert os.read(read_end, 20) == b"still here\n"
    end_orphan(daemon)
    # The process between the launcher and the daemon may end late.
    until(has_no_children, "every process of the launch is collected")
    for descriptor in (read_end, write_end, gate_read, gate_write):
        os.close(descriptor)


@pytest.mark.parametrize(
    ("then", "status", "errors"),
    [
        (lambda _: os._exit(3), 1, "the daemon did not become ready: it exited with status 3\n"),
        (lambda daemon: (daemon.ready(), sleep_for_ever()), 0, ""),
    ],
    ids=["dies", "is ready"],
)
def test_a_daemon_is_heard_although_its_worker_holds_the_pipe(then, status, errors):
    def body(say, kept):
        daemon = daemonize(keep=(kept,), wait_until_ready=True)
        # The worker has inherited the pipe to the launcher, and lives on.
        fork_child(sleep_for_ever)
        then(daemon)

    with Launch(body) as launch:
        assert (launch.status, launch.errors) == (status, errors)
