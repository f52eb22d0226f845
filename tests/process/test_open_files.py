"""Descriptor tables and pipe holders, of real processes."""

import os
import socket

import pytest

from simpsh import descriptors, pipe_holders
from tests.harness.process import child, sleep_for_ever, wait_until


def one_of(pid, number):
    return next(one for one in descriptors(pid) if one.number == number)


@pytest.fixture
def opened():
    """A dict of descriptors that a test opens; they are closed at its end."""
    numbers = {}
    yield numbers
    for number in numbers.values():
        os.close(number)


def test_a_descriptor_table_has_mode_offset_close_on_exec_and_target(opened, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    plain = opened["plain"] = os.open(path, os.O_RDWR)
    os.lseek(plain, 7, os.SEEK_SET)
    os.set_inheritable(plain, True)
    opened["path"] = os.open(tmp_path, os.O_PATH)
    seen = one_of(os.getpid(), plain)
    assert (seen.target, seen.mode, seen.offset) == (str(path), "rw", 7)
    assert (seen.kind, seen.is_close_on_exec, seen.end) == ("file", False, "")
    assert seen.inode == path.stat().st_ino
    other = one_of(os.getpid(), opened["path"])
    assert (other.mode, other.kind, other.is_close_on_exec) == ("path", "directory", True)
    # The descriptor used for listing is not in the table.
    before = {int(name) for name in os.listdir("/proc/self/fd")}
    seen = {one.number for one in descriptors(os.getpid())}
    listing = os.open("/proc/self/fd", os.O_RDONLY)
    os.close(listing)
    assert seen == before - {listing}


def test_a_file_deeper_than_any_path_has_no_path(opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(20):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    deep = opened["deep"] = os.open("file", os.O_WRONLY | os.O_CREAT)
    seen = one_of(os.getpid(), deep)
    assert (seen.target, seen.kind) == ("(a path longer than a page)", "file")
    assert seen.inode == os.fstat(deep).st_ino


def test_kinds_of_descriptors_differ_and_only_pipes_have_holders(opened, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    opened["master"], opened["terminal"] = os.openpty()
    opened["fifo"] = os.open(tmp_path / "fifo", os.O_RDWR)
    opened["device"] = os.open("/dev/null", os.O_RDWR)
    opened["socket"] = socket.socket().detach()
    opened["anonymous"] = os.pidfd_open(os.getpid())
    table = {kind: one_of(os.getpid(), number) for kind, number in opened.items()}
    assert table.pop("master").kind == "device"
    for kind, line in table.items():
        assert line.kind == kind
    # A FIFO opened for reading and writing counts at both ends.
    assert table["fifo"].end == "both ends"
    found = pipe_holders(table["fifo"])
    assert [one.pid for one in (*found.readers, *found.writers)] == [os.getpid()] * 2
    with pytest.raises(ValueError, match="is a device, not a pipe: /dev/null"):
        pipe_holders(table["device"])
    for unclear in ((), (opened["fifo"],), ("pipe:[1]",)):
        with pytest.raises(TypeError, match="inode=N"):
            pipe_holders(*unclear)
    with pytest.raises(ValueError, match="is a device, not a pipe: /dev/null"):
        pipe_holders(descriptor=opened["device"])
    with pytest.raises(ProcessLookupError, match="descriptor 1000000 of this process is not open"):
        pipe_holders(descriptor=10**6)


def test_pipe_holders_finds_both_ends_by_number_and_by_descriptor():
    read_end, write_end = os.pipe()
    spare = os.dup(write_end)

    def body():
        os.close(read_end)
        os.close(spare)
        sleep_for_ever()

    def holds(holders):
        return {one.pid: one.numbers for one in holders}

    line = one_of(os.getpid(), read_end)
    try:
        with child(body) as pid:
            wait_until(
                lambda: (
                    holds(pipe_holders(line).readers) == {os.getpid(): (read_end,)}
                    and holds(pipe_holders(line).writers)[pid] == (write_end,)
                ),
                "the child has closed the read end and the spare",
            )
            # The hidden processes are not compared, because such processes come and go.
            found, again = pipe_holders(descriptor=read_end), pipe_holders(inode=line.inode)
            assert (found.inode, found.readers) == (again.inode, again.readers)
            assert found.writers == again.writers
            assert holds(found.writers) == {os.getpid(): (write_end, spare), pid: (write_end,)}
    finally:
        for number in (read_end, write_end, spare):
            os.close(number)
    found = pipe_holders(inode=line.inode)
    assert (found.readers, found.writers) == ((), ()), "no process holds it any more"
