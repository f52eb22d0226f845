"""Waiting for locks: who holds them?"""

import contextlib
import fcntl
import os
import struct

import pytest

from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.forked_children import (
    child,
    diagnosed,
    end_orphan,
    fork_child,
    pipe,
    sleep_for_ever,
)

# -- locks -------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked_and_waiting(path, take, ask):
    """One child holds a lock, another waits for it; both pids."""
    with pipe() as (read_end, write_end):

        def holder():
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
            take(descriptor)
            os.write(write_end, b"x")
            sleep_for_ever()

        def waiter():
            ask(os.open(path, os.O_RDWR))

        with child(holder) as holding:
            os.read(read_end, 1)
            with child(waiter) as waiting:
                yield holding, waiting


def exclusive(descriptor):
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def record(descriptor):
    fcntl.lockf(descriptor, fcntl.LOCK_EX, 10, 5)


def ofd(descriptor):
    fcntl.fcntl(descriptor, 38, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))


@pytest.mark.parametrize("how", [exclusive, record, ofd])
def test_a_lock_is_held_by_the_process_that_took_it(tmp_path, how):
    with locked_and_waiting(f"{tmp_path}/file", how, how) as (holding, waiting):
        found = diagnosed(waiting, "lock")
        assert found.waits_for == (holding,)
        assert f"waits for a lock on {tmp_path}/file, held by process {holding} " in text_of(found)


def test_only_the_record_lock_in_the_way_counts(tmp_path):
    def elsewhere(descriptor):
        fcntl.lockf(descriptor, fcntl.LOCK_EX, 3, 100)

    path = f"{tmp_path}/file"
    with locked_and_waiting(path, record, record) as (holding, waiting):
        diagnosed(waiting, "lock")
        with pipe() as (read_end, write_end):

            def bystander():
                elsewhere(os.open(path, os.O_RDWR))
                os.write(write_end, b"x")
                sleep_for_ever()

            with child(bystander):
                os.read(read_end, 1)
                assert diagnosed(waiting, "lock").waits_for == (holding,)


def test_of_two_kinds_of_record_locks_only_the_one_in_the_way_counts(tmp_path):
    path = f"{tmp_path}/file"

    def asks_for(kind, first, length):
        def asks(descriptor):
            wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, first, length, 0)
            fcntl.fcntl(descriptor, kind, wanted)

        return asks

    with pipe() as (read_end, write_end):

        def bystander():
            asks_for(fcntl.F_SETLKW, 0, 10)(os.open(path, os.O_RDWR | os.O_CREAT))
            os.write(write_end, b"x")
            sleep_for_ever()

        with child(bystander):
            os.read(read_end, 1)
            in_the_way = asks_for(38, 50, 5)
            with locked_and_waiting(path, in_the_way, in_the_way) as (holding, waiting):
                found = diagnosed(waiting, "lock")
                assert found.waits_for == (holding,)
                assert "It asks by fcntl(2), F_OFD_SETLKW," in text_of(found)


def test_a_lock_that_is_shared_with_the_one_who_asks_is_not_in_the_way(tmp_path):
    path = f"{tmp_path}/file"

    def shares(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_SH)

    def asks(descriptor):
        shares(descriptor)
        fork_child(sleep_for_ever)
        exclusive(descriptor)

    with locked_and_waiting(path, shares, asks) as (holding, waiting):
        assert diagnosed(waiting, "lock").waits_for == (holding,)


def test_a_flock_that_a_child_inherited_is_the_childs(tmp_path):
    path = f"{tmp_path}/file"

    def taker():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        exclusive(descriptor)
        os.write(write_end, b"%d" % fork_child(sleep_for_ever))

    with pipe() as (read_end, write_end):
        taker_pid = fork_child(taker)
        heir = int(os.read(read_end, 20))
        os.waitpid(taker_pid, 0)
        with child(lambda: exclusive(os.open(path, os.O_RDWR))) as waiting:
            found = diagnosed(waiting, "lock")
            assert found.waits_for == (heir,)
            assert f"held by process {heir} " in text_of(found)
        end_orphan(heir)
