"""Children for the tests: each runs a function, never returns, and is reaped at the end."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import traceback

import pytest

from simpsh import snapshot, until_state
from simpsh.diagnosis.answer import diagnose
from simpsh.kernel.namespaces import (
    CLONE_NEWNS,
    CLONE_NEWPID,
    become_user,
    make_mounts_private,
    mount,
    unshare,
)
from simpsh.process.proc import stat
from simpsh.process.process_tree import children, family
from tests.support.processes import wait_until, wait_until_at_rest


def fork_child(body, *arguments):
    """Run `body` in a child, whose exit status is the returned number; return the child's pid."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        code = 70
        # The test runner has a handler for its own time limit.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        try:
            result = body(*arguments)
            code = result if isinstance(result, int) else 0
        except BaseException:
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    stream.flush()
            os._exit(code)
    return pid


@contextlib.contextmanager
def child(body, *arguments):
    """Yield a child that runs `body`; it is killed and reaped when the block ends."""
    pid = fork_child(body, *arguments)
    try:
        yield pid
    finally:
        end(pid)


@contextlib.contextmanager
def on_terminal(body):
    """Yield a session leader that runs `body` on a new terminal."""
    pid, master = os.forkpty()
    if pid == 0:
        try:
            body()
        finally:
            os._exit(0)
    try:
        yield pid
    finally:
        end(pid)
        os.close(master)


def gated(code=0):
    """Return a child's pid and its gate; the child exits with `code` once the gate is closed."""
    read_end, write_end = os.pipe()

    def body():
        os.close(write_end)
        os.read(read_end, 1)
        return code

    pid = fork_child(body)
    os.close(read_end)
    return pid, write_end


def end(pid):
    """Kill and reap a child and all its descendants, which the test runner adopts."""
    with contextlib.suppress(ProcessLookupError):
        # Stop it first, so that it forks no more children while they are listed.
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: stat(pid).state in "TtZD", f"process {pid} is stopped")
        members = [relative.process.pid for relative in family(pid)]
        for one in members:
            kill_now(one)
        # Collect them together: the first process of a PID namespace ends after the others.
        wait_until(
            lambda: not [one for one in members if not collected(one)], f"{members} are gone"
        )


def end_orphan(pid):
    """Kill and reap an orphan; the test runner is a subreaper, so it adopts the orphan."""
    kill_now(pid)
    wait_until(lambda: collected(pid), f"process {pid} is gone")
    collect_adopted()


def collect_adopted():
    """Reap the zombies that the test runner, a subreaper, has adopted."""
    for orphan in children(os.getpid()):
        if orphan.state == "Z":
            os.waitpid(orphan.pid, 0)


def collected(pid):
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        seen = stat(pid)
    except ProcessLookupError:
        return True
    # A zombie adopted by another process is not ours to reap.
    return seen.state == "Z" and seen.ppid != os.getpid()


def has_no_children():
    """Reap a child that has ended, if any; return whether there was no child at all."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


@contextlib.contextmanager
def pipe():
    read_end, write_end = os.pipe()
    try:
        yield read_end, write_end
    finally:
        os.close(read_end)
        os.close(write_end)


ORDINARY_USER = 54321


def as_ordinary_user(body, user=ORDINARY_USER):
    """Run `body` in a child as a user without other processes; skip the test unless root."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")

    def other_user():
        become_user(user)
        return body()

    run_alone(other_user)


def kill_now(pid):
    """Kill one process if it still exists; refuse a pid that means a group or all processes."""
    assert pid > 1, pid
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def sleep_for_ever():
    while True:
        signal.pause()


def polls_with_a_limit():
    read_end, _ = os.pipe()
    poll = select.poll()
    poll.register(read_end, select.POLLIN)
    poll.poll(1000_000)


def diagnosis_at_rest(pid, fact, words):
    """Return the diagnosis when nothing runs any more; fail with `words` if it lacks the fact."""
    wait_until_at_rest()
    found = diagnose(pid)
    text = "\n".join(found.lines())
    assert fact(found), f"not {words!r} but {found.situation}:\n{text}"
    return found


def diagnosed(pid, situation):
    """Return the diagnosis when nothing runs any more; it must report this situation."""
    return diagnosis_at_rest(pid, lambda found: found.situation == situation, situation)


def run_alone(body, *arguments):
    """Run `body` in a child; fail with its standard error unless it returns None.

    For bodies that change the whole process: dispositions, descriptors 0 to 2, subreaping.
    """
    read_end, write_end = os.pipe()

    def with_report():
        os.close(read_end)
        os.dup2(write_end, 2)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        return body(*arguments)

    pid = fork_child(with_report)
    os.close(write_end)
    with open(read_end, "rb") as report:
        text = report.read().decode(errors="replace")
    status = os.waitpid(pid, 0)[1]
    collect_adopted()
    assert status == 0, f"status {status:#x}\n{text}"
    return text


def in_private_pid_namespace(body):
    """Run `body` as the first process of a new PID namespace, with its own /proc."""

    def first():
        # Otherwise the new /proc would be mounted for all processes.
        make_mounts_private()
        mount("proc", "/proc")
        body()

    def outer():
        unshare(CLONE_NEWPID | CLONE_NEWNS)
        assert os.waitpid(fork_child(first), 0)[1] == 0

    run_alone(outer)


def sleeper():
    """Return the snapshot of a sleeping child."""
    with child(sleep_for_ever) as pid:
        until_state(pid, "S")
        return snapshot(pid)


def skip_without_kernel_functions():
    """Skip the test if this user cannot see in which kernel function a process sleeps."""
    if not sleeper().wchan:
        pytest.skip("this kernel does not tell this user in which function a process sleeps")


def skip_without_calls():
    """Skip the test if the call of a child is hidden from its parent, as in Yama's scope 2."""
    if "system_call" in sleeper().not_permitted:
        pytest.skip("this system keeps a process's call from its parent")
