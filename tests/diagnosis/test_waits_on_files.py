"""Waiting for pipes, FIFOs, sockets and terminals: which process holds the other end?"""

import os
import socket
import termios

import pytest

from simpsh import descriptors
from simpsh.kernel.namespaces import CLONE_NEWNET, unshare
from tests.diagnosis.diagnosis_texts import numbers_of, text_of
from tests.harness.process import child, sleep_for_ever, wait_until
from tests.process.diagnosed_children import diagnosed

# -- pipes and FIFOs ---------------------------------------------------------------------------


def test_a_reader_of_a_fifo_waits_for_its_writer(tmp_path):
    path = f"{tmp_path}/a fifo"
    os.mkfifo(path)
    with (
        child(lambda: (os.open(path, os.O_WRONLY), sleep_for_ever())) as writing,
        child(lambda: os.read(os.open(path, os.O_RDONLY), 1)) as reading,
    ):
        # The reader's open may return before the writer's open does.
        wait_until(
            lambda: path in [one.target for one in descriptors(writing)], "the writer has it"
        )
        assert list(numbers_of(diagnosed(reading, "empty FIFO"))) == [writing]


def test_a_path_begins_at_the_root_the_working_directory_or_a_descriptor(tmp_path):
    (tmp_path / "below").mkdir()
    for path in (tmp_path / "fifo", tmp_path / "below/fifo"):
        os.mkfifo(path)

    def opens(path, **start):
        os.chdir(tmp_path)
        os.open(path, os.O_RDONLY, **start)

    def opens_below():
        opens("fifo", dir_fd=os.open(tmp_path / "below", os.O_RDONLY))

    bodies = (lambda: opens("fifo"), lambda: opens(tmp_path / "fifo"), opens_below)
    for body in bodies:
        with child(body) as pid:
            assert "opens the FIFO " in diagnosed(pid, "FIFO without a writer").sentences[0]


def test_suspended_output_waits_for_the_terminal():
    master, slave = os.openpty()
    try:
        termios.tcflow(slave, termios.TCOOFF)
        with child(os.write, slave, b"held up\n") as pid:
            assert f"as descriptor {slave}" in text_of(diagnosed(pid, "terminal output"))
    finally:
        os.close(master)
        os.close(slave)


# -- sockets -----------------------------------------------------------------------------------


def test_the_address_of_a_listening_server_is_named(tmp_path):
    name = f"simpsh-test-{os.getpid()}"
    for path, shown in ((f"\0{name}", f"@{name}"), (f"{tmp_path}/s", f"{tmp_path}/s")):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen(0)
            with child(server.accept) as pid:
                text = text_of(diagnosed(pid, "connection"))
                assert f"(UNIX stream {shown})" in text


@pytest.mark.parametrize("host", ["127.0.0.1", "::"])
def test_the_other_end_of_a_connection_is_named_even_if_one_side_uses_ipv6(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if family == socket.AF_INET6 and not socket.has_dualstack_ipv6():
        pytest.skip("there is no IPv6 here")
    server = socket.create_server((host, 0), family=family, dualstack_ipv6=":" in host)
    client = socket.create_connection(("127.0.0.1", server.getsockname()[1]))
    with server, client, child(lambda: (server.close(), client.recv(1))) as pid:
        found = diagnosed(pid, "socket")
        assert "no process has accepted the connection yet" in found.sentences[0]
        accepted, _ = server.accept()
        with accepted:
            found = diagnosed(pid, "socket")
            assert accepted.fileno() in numbers_of(found)[os.getpid()]
            ends = [f"127.0.0.1:{one.getsockname()[1]}" for one in (client, accepted)]
            assert f"(TCP {ends[0]}, connected to {ends[1]})" in text_of(found)


@pytest.mark.needs("root")
def test_in_another_network_namespace_the_addresses_are_read_from_proc():
    def elsewhere(family, address):
        unshare(CLONE_NEWNET)
        with socket.socket(family) as server:
            server.bind(address)
            server.listen()
            server.accept()

    for family, words in ((socket.AF_INET, "(TCP 0.0.0.0:4321)"), (socket.AF_INET6, "[::]:4321")):
        with child(elsewhere, family, ("", 4321)) as pid:
            assert words in text_of(diagnosed(pid, "connection"))
