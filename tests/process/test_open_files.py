"""Descriptor tables and pipe holders, of real processes."""

import os
import socket

import pytest

from simpsh import (
    Descriptor,
    descriptors,
    pipe_holders,
)
from tests.process.forked_children import child, sleep_for_ever, until


def one_of(pid, number):
    return next(one for one in descriptors(pid) if one.number == number)


# -- descriptors -------------------------------------------------------------------------------


def test_a_descriptor_table_tells_mode_offset_close_on_exec_and_target(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    plain = os.open(path, os.O_RDWR)
    os.lseek(plain, 7, os.SEEK_SET)
    os.set_inheritable(plain, True)
    only_path = os.open(tmp_path, os.O_PATH)
    try:
        seen = one_of(os.getpid(), plain)
        assert (seen.target, seen.mode, seen.offset) == (str(path), "rw", 7)
        assert (seen.kind, seen.is_close_on_exec, seen.end) == ("file", False, "")
        assert seen.inode == path.stat().st_ino
        other = one_of(os.getpid(), only_path)
        assert (other.mode, other.kind, other.is_close_on_exec) == ("path", "directory", True)
    finally:
        os.close(plain)
        os.close(only_path)


def test_a_file_deeper_than_any_path_is_told_without_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(20):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    deep = os.open("file", os.O_WRONLY | os.O_CREAT)
    try:
        told = one_of(os.getpid(), deep)
        assert (told.target, told.kind) == ("(a path longer than a page)", "file")
        assert told.inode == os.fstat(deep).st_ino
    finally:
        os.close(deep)


def test_kinds_of_descriptors_are_told_apart(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    master, slave = os.openpty()
    opened = {
        "fifo": os.open(tmp_path / "fifo", os.O_RDWR),
        "device": os.open("/dev/null", os.O_RDWR),
        "socket": socket.socket().detach(),
        "anonymous": os.pidfd_open(os.getpid()),
        "terminal": slave,
    }
    try:
        for kind, number in opened.items():
            assert one_of(os.getpid(), number).kind == kind
        assert one_of(os.getpid(), opened["fifo"]).end == "both ends"
        assert one_of(os.getpid(), master).kind == "device"
    finally:
        for number in (*opened.values(), master):
            os.close(number)


def test_the_look_itself_does_not_show_in_our_own_table():
    before = {int(name) for name in os.listdir("/proc/self/fd")}
    seen = {one.number for one in descriptors(os.getpid())}
    listing = os.open("/proc/self/fd", os.O_RDONLY)
    os.close(listing)
    assert seen == before - {listing}


# -- pipe holders ------------------------------------------------------------------------------


def test_pipe_holders_finds_both_ends_by_number_and_by_descriptor():
    read_end, write_end = os.pipe()
    spare = os.dup(write_end)
    try:

        def body():
            os.close(read_end)
            os.close(spare)
            sleep_for_ever()

        with child(body) as pid:
            line = one_of(os.getpid(), read_end)
            until(
                lambda: len({one.pid for one in pipe_holders(line).readers}) == 1,
                "the child has closed the read end",
            )
            until(
                lambda: (
                    [one.numbers for one in pipe_holders(line).writers if one.pid == pid]
                    == [(write_end,)]
                ),
                "the child has closed the spare",
            )
            found = pipe_holders(line)
            again = pipe_holders(line.inode)
            # Not compared: whose descriptors may not be seen; such processes come and go.
            assert (found.inode, found.readers, found.writers) == (
                again.inode,
                again.readers,
                again.writers,
            )
            assert {one.pid: one.numbers for one in found.readers} == {os.getpid(): (read_end,)}
            writers = {one.pid: one.numbers for one in found.writers}
            assert writers == {os.getpid(): (write_end, spare), pid: (write_end,)}
    finally:
        for one in (read_end, write_end, spare):
            os.close(one)


def test_a_fifo_opened_for_both_counts_at_both_ends(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    number = os.open(tmp_path / "fifo", os.O_RDWR)
    try:
        found = pipe_holders(one_of(os.getpid(), number))
        assert [one.pid for one in found.readers] == [os.getpid()]
        assert [one.pid for one in found.writers] == [os.getpid()]
    finally:
        os.close(number)


def test_a_pipe_that_nobody_holds_has_no_holders():
    read_end, write_end = os.pipe()
    inode = os.fstat(read_end).st_ino
    os.close(read_end)
    os.close(write_end)
    found = pipe_holders(inode)
    assert (found.readers, found.writers) == ((), ())


def test_only_pipes_have_pipe_holders():
    null = os.open("/dev/null", os.O_RDWR)
    try:
        with pytest.raises(ValueError, match="is a device, not a pipe: /dev/null"):
            pipe_holders(one_of(os.getpid(), null))
    finally:
        os.close(null)
    with pytest.raises(TypeError, match="inode number"):
        pipe_holders("pipe:[1]")
    assert isinstance(one_of(os.getpid(), 0), Descriptor)
