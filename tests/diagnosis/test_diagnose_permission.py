"""A process that we may not inspect is distinguished from one that does not exist."""

import contextlib
import os
import signal
import socket

import pytest

from simpsh import diagnose, until_state
from simpsh.kernel.namespaces import call, drop_capabilities
from simpsh.process.proc import stat
from simpsh.process.process_tree import children
from tests.diagnosis.diagnosis_texts import ask_each_other, numbers_of, text_of
from tests.harness.process import (
    as_ordinary_user,
    child,
    collect_adopted,
    fork_child,
    run_alone,
    sleep_for_ever,
    wait_until,
)
from tests.process.diagnosed_children import diagnosed


def test_not_permitted_to_look_differs_from_nothing_found():
    with child(lambda: (fork_child(lambda: 42), sleep_for_ever())) as pid:
        diagnosed(pid, "signal")
        zombie = until_state(children(pid)[0].pid, "Z").pid

        def as_somebody_else():
            found = diagnose(pid)
            assert found.situation == "not permitted", found
            assert found.not_permitted == (pid,)
            assert "we may not see what it waits for" in text_of(found)
            found = diagnose(zombie)
            assert found.situation == "zombie"
            assert "Not permitted to see how it ended." in text_of(found)
            assert "normal termination" not in text_of(found)

        as_ordinary_user(as_somebody_else)


def test_root_alone_may_look_into_a_process_of_ours_that_hides_itself():
    def hide():
        call("prctl", 4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
        sleep_for_ever()

    def as_its_own_user():
        with child(hide) as pid:
            text = text_of(diagnosed(pid, "not permitted"))
            assert "or the process itself hides it. Root may look: sudo" in text

    as_ordinary_user(as_its_own_user)


def test_root_of_a_container_is_not_sent_to_root():
    if os.getuid() != 0:
        pytest.skip("only root has capabilities to drop")

    def as_root_without_capabilities(pid):
        drop_capabilities()
        found = diagnose(pid)
        assert found.situation == "not permitted", found
        lines = found.lines()
        assert "we are root without CAP_SYS_PTRACE" in "\n".join(lines)
        assert lines[-1].startswith("  not known: which process has to act, if any,")

    with child(sleep_for_ever) as pid:
        diagnosed(pid, "signal")
        run_alone(as_root_without_capabilities, pid)


def ancestors():
    """Return the pids of this process's ancestors."""
    pids, pid = set[int](), os.getppid()
    while pid:
        pids.add(pid)
        pid = stat(pid).ppid
    return pids


def test_an_ordinary_user_is_told_that_holders_may_be_missing():
    def as_somebody_else():
        read_end, write_end = os.pipe()
        with child(lambda: (os.close(write_end), os.read(read_end, 1))) as pid:
            found = diagnosed(pid, "empty pipe")
            assert numbers_of(found) == {os.getpid(): (write_end,)}
            assert found.not_permitted
            assert "Not permitted to look into" in text_of(found)
        ours, theirs = socket.socketpair()
        with child(lambda: (ours.close(), theirs.recv(1))) as pid:
            theirs.close()
            found = diagnosed(pid, "socket")
            assert numbers_of(found) == {os.getpid(): (ours.fileno(),)}
            assert found.not_permitted
        with child(ask_each_other) as pid:
            found = diagnosed(pid, "empty pipe")
            (other,) = found.waits_for
            # The visible parent does not have the pipe, so no hidden ancestor can have it.
            assert ancestors().isdisjoint(found.not_permitted)
            # Some other process of this machine may have become an orphan meanwhile.
            assert found.circle == (() if found.not_permitted else (pid, other))

    as_ordinary_user(as_somebody_else)


def test_a_hidden_orphan_older_than_the_pipes_cannot_end_a_circle():
    def hide(report):
        call("prctl", 4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: only root may look into it
        os.write(report, b"%d" % os.getpid())
        sleep_for_ever()

    def leave_an_orphan(report):
        fork_child(hide, report)

    def as_somebody_else():
        read_end, report = os.pipe()
        os.waitpid(fork_child(leave_an_orphan, report), 0)
        orphan = int(os.read(read_end, 20))
        try:
            with pytest.raises(PermissionError):
                os.listdir(f"/proc/{orphan}/fd")
            wait_until(lambda: is_older(orphan), "a process is younger by a tick of the kernel")
            with child(ask_each_other) as pid:
                found = diagnosed(pid, "empty pipe")
                assert orphan not in found.not_permitted
                # Some other process of this machine may have become an orphan meanwhile.
                assert found.is_deadlock != bool(found.not_permitted)
        finally:
            os.kill(orphan, signal.SIGKILL)
            until_state(orphan, "Z")

    def is_older(pid):
        with child(sleep_for_ever) as other:
            return stat(pid).start_time < stat(other).start_time

    as_ordinary_user(as_somebody_else)
    collect_adopted()


def test_diagnose_raises_only_process_lookup_error_while_processes_come_and_go():
    def body():
        while True:
            os.waitpid(fork_child(lambda: 0), 0)

    with child(body) as pid:
        for _ in range(30):
            diagnose(pid)
            for one in children(pid):
                with contextlib.suppress(ProcessLookupError):
                    diagnose(one.pid)
