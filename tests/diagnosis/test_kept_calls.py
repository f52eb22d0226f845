"""If a process's call and memory are hidden, diagnose uses its kernel function and its files.

Yama hides them (scope 1 from non-ancestors, scope 2 from all but root). The tests deny access to
the files of /proc that need ptrace permission.
"""

import errno
import os
import platform
import re
import select
import signal
import socket
import sys
import time

import pytest

from simpsh import diagnose, snapshot, until_state
from simpsh.diagnosis import examination
from simpsh.process.proc import ProcDirectory
from simpsh.process.process_tree import children
from tests.diagnosis.diagnosis_texts import numbers_of, text_of
from tests.harness.process import child, fork_child, pipe, sleep_for_ever
from tests.harness.sh import run_command
from tests.process.diagnosed_children import diagnosed

pytestmark = pytest.mark.skipif(
    os.uname().release < "5.16", reason="this kernel does not tell the function of a sleep"
)


@pytest.fixture(autouse=True)
def yama(monkeypatch):
    """Deny access as Yama does."""
    read = ProcDirectory.read

    def refused(self, name, *limits):
        if name == "syscall":
            raise PermissionError(errno.EPERM, "not permitted")
        return read(self, name, *limits)

    def no_memory(self, address, count):
        raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(ProcDirectory, "read", refused)
    monkeypatch.setattr(ProcDirectory, "memory", no_memory)

    # Yama asks for CAP_SYS_PTRACE, which these tests may have.
    monkeypatch.setattr(examination.proc, "may_trace_others", lambda: False)
    monkeypatch.setattr(examination.os, "geteuid", lambda: 1000)


def reads_alone(read_end):
    """Return a body for a child that has no other pipe open."""

    def body():
        os.dup2(os.open("/dev/null", os.O_RDWR), 0)
        os.closerange(1, read_end)
        os.closerange(read_end + 1, 200)
        os.read(read_end, 1)

    return body


def test_the_holders_are_found_for_a_process_with_one_pipe():
    with pipe() as (read_end, write_end), child(reads_alone(read_end)) as pid:
        found = diagnosed(pid, "empty pipe")
        assert found.waits_for == (os.getpid(),)
        assert numbers_of(found) == {os.getpid(): (write_end,)}
        assert pid not in found.not_permitted
        text = text_of(found)
        assert f"reads the pipe [{os.stat(read_end).st_ino}] as descriptor {read_end}" in text
        assert "Yama or the process itself hides it. Root may look: sudo" in text
        assert "pipe_read" in text
        # The command is not an ancestor of the process, so scope 1 hides the call.
        done = run_command([sys.executable, "-m", "simpsh", "diagnose", "--all", str(pid)])
        assert done.stderr == ""
        assert re.search(rf"as descriptor {read_end}\b", done.stdout)
        assert f"] open, as descriptor {write_end}." in done.stdout


def test_a_wait_names_its_pipe_only_if_there_is_one_candidate():
    with pipe() as (read_end, _), pipe(), child(os.read, read_end, 1) as pid:
        found = diagnosed(pid, "empty pipe")
        first = text_of(found)
        assert "reads an empty pipe; whether it is stuck is not known." in first
        assert found.waits_for == ()
        assert found.not_permitted == (pid,)
    with pipe() as (_, write_end), child(os.write, write_end, bytes(1 << 20)) as pid:
        assert "writes to" in text_of(diagnosed(pid, "full pipe"))


def test_the_child_is_found():
    def waits():
        fork_child(sleep_for_ever)
        os.waitpid(-1, 0)

    with child(waits) as pid:
        found = diagnosed(pid, "child")
        assert found.waits_for == (children(pid)[0].pid,)
        assert found.not_permitted == (pid,)


@pytest.mark.parametrize(
    ("body", "situation"),
    [
        (lambda: time.sleep(1000), "timer"),
        (signal.pause, "signal" if platform.machine() == "x86_64" else "poll"),
        (lambda: signal.sigwait([signal.SIGUSR1]), "signal"),
        (lambda: select.select([], [], [], 1000), "poll"),
    ],
)
def test_the_kernel_function_alone_gives_the_situation(body, situation):
    with child(body) as pid:
        assert diagnosed(pid, situation).not_permitted == (pid,)


@pytest.mark.parametrize(
    ("user", "may_trace", "words"),
    [
        (1000, False, "Yama or the process itself hides it. Root may look"),
        (0, False, "we are root without CAP_SYS_PTRACE"),
        (0, True, "or a user namespace keeps it from us"),
    ],
)
def test_the_answer_names_the_kernel_function_and_the_rule_that_hides_the_call(
    monkeypatch, user, may_trace, words
):
    monkeypatch.setattr(examination.proc, "may_trace_others", lambda: may_trace)
    monkeypatch.setattr(examination.os, "geteuid", lambda: user)
    mine, other = socket.socketpair()
    with mine, other, child(other.recv, 1) as pid:
        found = diagnosed(pid, "unknown")
        assert (found.state, found.not_permitted) == ("S", (pid,))
        assert "The kernel function it sleeps in is unix_stream_" in text_of(found)
        assert words in text_of(found)


def test_a_user_may_see_the_status_of_its_own_zombie():
    with child(lambda: 7) as pid:
        until_state(pid, "Z")
        assert snapshot(pid).not_permitted == frozenset()
        assert "7" in text_of(diagnose(pid))
