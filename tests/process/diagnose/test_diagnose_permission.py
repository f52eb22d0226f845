"""What we may not see, what is not there, and the command."""

import contextlib
import os
import sys

import pytest

from simpsh import descriptors, diagnose, until_state
from tests.process.diagnose.diagnosis_texts import numbers_of, text_of
from tests.process.forked_children import (
    as_ordinary_user,
    child,
    diagnosed,
    fork_child,
    pipe,
    sleep_for_ever,
    until,
)


def test_not_permitted_to_look_is_told_apart_from_nothing_found():
    with child(sleep_for_ever) as pid:
        diagnosed(pid, "signal")

        def as_somebody_else():
            found = diagnose(pid)
            assert found.situation == "not permitted", found
            assert found.not_permitted == (pid,)
            assert "we are not permitted to look" in text_of(found)
            with pytest.raises(PermissionError, match="not permitted"):
                descriptors(pid)

        as_ordinary_user(as_somebody_else)


def test_an_ordinary_user_is_told_that_holders_may_be_missing():
    def as_somebody_else():
        read_end, write_end = os.pipe()

        def reader():
            os.close(write_end)
            os.read(read_end, 1)

        with child(reader) as pid:
            found = diagnosed(pid, "empty pipe")
            assert numbers_of(found) == {os.getpid(): (write_end,)}
            assert found.not_permitted
            assert "Not permitted to look into" in text_of(found)

    as_ordinary_user(as_somebody_else)


def test_to_an_ordinary_user_a_circle_is_a_deadlock_unless_somebody_else_ends_it():
    def as_somebody_else():
        def asks_first():
            (one, to_other), (two, to_one) = os.pipe(), os.pipe()

            def asks_first_too():
                os.close(to_one)
                os.close(one)
                os.read(two, 1)

            # Each reads before it writes, and each alone holds the write end for the other.
            pid = fork_child(asks_first_too)
            os.close(to_other)
            os.close(two)
            os.read(one, 1)
            os.waitpid(pid, 0)

        with child(asks_first) as pid:
            found = until(lambda: (one := diagnose(pid)).circle and one, "both wait")
            (other,) = found.waits_for
            assert found.circle == (pid, other)
            assert found.not_permitted
            assert f"a circle ({pid} waits for {other} waits for {pid})" in text_of(found)
            assert "a deadlock, unless one of these ends the wait: " in text_of(found)
            assert "that we may not look into" in text_of(found)

    as_ordinary_user(as_somebody_else)


def test_a_strangers_zombie_keeps_its_status_secret():
    with pipe() as (read_end, write_end):

        def body():
            os.write(write_end, b"%d" % fork_child(lambda: 42))
            sleep_for_ever()

        with child(body):
            zombie = int(os.read(read_end, 20))
            until_state(zombie, "Z")

            def as_somebody_else():
                found = diagnose(zombie)
                assert found.situation == "zombie"
                assert "Not permitted to see how it ended." in text_of(found)
                assert "normal termination" not in text_of(found)

            as_ordinary_user(as_somebody_else)


def test_a_process_that_is_gone_is_told():
    pid = fork_child(lambda: 0)
    os.waitpid(pid, 0)
    with pytest.raises(ProcessLookupError, match=f"there is no process {pid}"):
        diagnose(pid)


@pytest.mark.slow
def test_diagnosing_processes_that_come_and_go_never_raises_anything_else():
    def body():
        while True:
            os.waitpid(fork_child(lambda: 0), 0)

    with child(body) as pid:
        for _ in range(100):
            diagnose(pid)
            for one in os.listdir("/proc"):
                if one.isdigit() and int(one) > pid:
                    with contextlib.suppress(ProcessLookupError):
                        diagnose(int(one))
                    break
    assert sys.exc_info() == (None, None, None)
