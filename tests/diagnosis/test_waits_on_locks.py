"""Waiting for file locks: which processes hold them? (Locks in memory are in programs.toml.)"""

import contextlib
import fcntl
import os

from tests.harness.process import child, fork_child, pipe, sleep_for_ever
from tests.process.diagnosed_children import diagnosed


@contextlib.contextmanager
def locked_and_waiting(path, take, ask):
    """Yield the pids of a child that holds a lock and of one that waits for it."""
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


def asks_for(first, length):
    return lambda descriptor: fcntl.lockf(descriptor, fcntl.LOCK_EX, length, first)


def test_only_the_record_lock_in_the_way_counts(tmp_path):
    elsewhere, in_the_way = asks_for(100, 3), asks_for(10, 5)
    path = f"{tmp_path}/file"

    def bystander():
        elsewhere(os.open(path, os.O_RDWR | os.O_CREAT))
        os.write(write_end, b"x")
        sleep_for_ever()

    with pipe() as (read_end, write_end), child(bystander):
        os.read(read_end, 1)
        with locked_and_waiting(path, in_the_way, in_the_way) as (holding, waiting):
            assert diagnosed(waiting, "lock").waits_for == (holding,)


def test_a_lock_shared_with_the_waiting_process_is_not_in_the_way(tmp_path):
    path = f"{tmp_path}/file"

    def shares(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_SH)

    def asks(descriptor):
        shares(descriptor)
        fork_child(sleep_for_ever)
        exclusive(descriptor)

    with locked_and_waiting(path, shares, asks) as (holding, waiting):
        assert diagnosed(waiting, "lock").waits_for == (holding,)
