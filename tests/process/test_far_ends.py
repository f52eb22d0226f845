"""The far ends of descriptors, as `fds` prints them."""

import fcntl
import os
import socket
import subprocess
import sys

import pytest

from simpsh.process.far_ends import far_ends
from simpsh.process.open_files import descriptors
from tests.harness.process import child, sleep_for_ever


@pytest.fixture
def opened():
    numbers = []
    yield numbers
    for number in numbers:
        os.close(number)


def sides_of(number, pid=None):
    """Return the words for each far end of a descriptor, and our descriptors that hold it."""
    pid = pid or os.getpid()
    [file] = [file for file in descriptors(pid) if file.number == number]
    return {
        side.name: (side.words, [h.numbers for h in side.holders if h.pid == os.getpid()])
        for side in far_ends(pid, file)
    }


def test_both_sides_of_a_pseudo_terminal_name_each_other(opened):
    master, terminal = os.openpty()
    opened += [master, terminal]
    assert sides_of(master) == {f"terminal {os.ttyname(terminal)}": ("", [(terminal,)])}
    assert sides_of(terminal) == {"master": ("", [(master,)])}


IN_A_CONTAINER = """
import os, sys, time
ptys = [os.openpty() for _ in range(int(sys.argv[1]) + 1)]
print(os.ttyname(ptys[-1][1]), flush=True)
time.sleep(1000)
"""


def test_a_terminal_of_the_same_name_in_a_container_is_another_one(opened):
    master, terminal = os.openpty()
    opened += [master, terminal]
    name = os.ttyname(terminal)
    mount = 'mount -t devpts -o newinstance,ptmxmode=666 none /dev/pts && exec "$@"'
    code = [sys.executable, "-c", IN_A_CONTAINER, name.rpartition("/")[2]]
    argv = ["unshare", "--mount", "sh", "-c", mount, "sh", *code]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as other:
        try:
            if other.stdout.readline().decode().strip() != name:
                pytest.skip("this user cannot mount a devpts")
            for number in (master, terminal):
                [file] = [file for file in descriptors(os.getpid()) if file.number == number]
                sides = list(far_ends(os.getpid(), file))
                assert [h.pid for side in sides for h in side.holders] == [os.getpid()]
        finally:
            other.kill()


def test_sockets_have_their_address_and_other_end(opened):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ends = sides_of(ours.fileno())
        assert ends == {
            "socket": ("UNIX stream connected", []),
            "other end": ("", [(theirs.fileno(),)]),
        }
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert sides_of(server.fileno())["socket"][0] == f"TCP listening 127.0.0.1:{port}"
        with socket.create_connection(server.getsockname()) as client:
            waiting = sides_of(client.fileno())
            assert waiting["other end"] == ("no process has accepted the connection", [])
            assert waiting["socket"][0].endswith(f" to 127.0.0.1:{port}")
            accepted, _ = server.accept()
            with accepted:
                assert sides_of(client.fileno())["other end"] == ("", [(accepted.fileno(),)])


def test_a_pidfd_names_its_process_and_a_lock_its_kind_and_taker(opened, tmp_path):
    with child(sleep_for_ever) as pid:
        opened.append(os.pidfd_open(pid))
        assert sides_of(opened[0])["process"][0].startswith(f"{pid} ")
    assert sides_of(opened[0])["process"][0] == "it has ended"
    opened.append(os.pidfd_open(1))
    assert sides_of(opened[1])["process"][0].startswith("1 ")
    with open(tmp_path / "a", "w") as whole, open(tmp_path / "b", "w") as part:
        fcntl.flock(whole, fcntl.LOCK_EX)
        fcntl.lockf(part, fcntl.LOCK_EX, 5, 10)
        assert sides_of(whole.fileno())["lock"][0].startswith(f"FLOCK WRITE by {os.getpid()} ")
        words = sides_of(part.fileno())["lock"][0]
        assert words.startswith(f"POSIX WRITE 10-14 by {os.getpid()} ")


def test_an_end_of_a_pipe_that_no_process_holds_is_reported(opened):
    read_end, write_end = os.pipe()
    os.close(write_end)
    opened.append(read_end)
    assert sides_of(read_end)["write end"][0].startswith("no process")
