"""Waiting at a socket: its addresses, and the process at the other end, where it can be found."""

import ctypes
import os
import socket

import pytest

from tests.process.diagnose.diagnosis_texts import numbers_of, text_of
from tests.process.forked_children import as_ordinary_user, child, diagnosed, sleep_for_ever

CLONE_NEWNET = 0x40000000
only_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may")


def test_a_server_says_at_which_port_or_name_it_listens():
    with socket.create_server(("127.0.0.1", 0)) as server, child(server.accept) as pid:
        port = server.getsockname()[1]
        found = diagnosed(pid, "connection")
        assert f"(TCP 127.0.0.1:{port}) as descriptor {server.fileno()}" in found.sentences[0]
    name = f"simpsh-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{name}")
        server.listen()
        with child(server.accept) as pid:
            assert f"(UNIX stream @{name})" in diagnosed(pid, "connection").sentences[0]


def pair_with_a_reader():
    """The diagnosis of a process that reads from a socket whose other end is ours."""
    ours, theirs = socket.socketpair()

    def reader():
        ours.close()
        theirs.recv(1)

    with ours, theirs, child(reader) as pid:
        theirs.close()
        found = diagnosed(pid, "socket")
        assert numbers_of(found) == {os.getpid(): (ours.fileno(),)}
        assert f"as descriptor {ours.fileno()}" in text_of(found)
        return found


def test_the_other_end_of_a_pair_is_named_with_its_descriptor():
    found = pair_with_a_reader()
    assert found.waits_for == (os.getpid(),)
    assert "whose other end is held by process" in found.sentences[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "::"])
def test_the_other_end_of_a_connection_is_named_also_where_one_side_speaks_ipv6(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if family == socket.AF_INET6 and not socket.has_dualstack_ipv6():
        pytest.skip("there is no IPv6 here")
    server = socket.create_server((host, 0), family=family, dualstack_ipv6=":" in host)
    client = socket.create_connection(("127.0.0.1", server.getsockname()[1]))

    def reader():
        server.close()
        client.recv(1)

    with server, client, child(reader) as pid:
        found = diagnosed(pid, "socket")
        assert "No process has accepted the connection at the other end yet." in text_of(found)
        accepted, _ = server.accept()
        with accepted:
            found = diagnosed(pid, "socket")
            assert accepted.fileno() in numbers_of(found)[os.getpid()]
            ends = [f"127.0.0.1:{one.getsockname()[1]}" for one in (client, accepted)]
            assert f"(TCP {ends[0]}, connected to {ends[1]})" in found.sentences[0]


def test_a_socket_without_a_connection_names_no_process():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        with child(ours.recv, 1) as pid:
            found = diagnosed(pid, "socket")
            assert f"(UDP 127.0.0.1:{ours.getsockname()[1]})" in found.sentences[0]
            assert found.waits_for == ()


def test_an_ordinary_user_finds_its_own_processes_at_the_other_end():
    def as_somebody_else():
        assert pair_with_a_reader().not_permitted

    as_ordinary_user(as_somebody_else)


@only_root
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX])
def test_in_another_network_namespace_the_addresses_are_read_from_proc(family):
    libc = ctypes.CDLL(None, use_errno=True)

    def elsewhere():
        if libc.unshare(CLONE_NEWNET):
            sleep_for_ever()
        with socket.socket(family) as server:
            server.bind("\0simpsh-elsewhere" if family == socket.AF_UNIX else ("", 4321))
            server.listen()
            server.accept()

    words = {
        socket.AF_INET: "(TCP 0.0.0.0:4321)",
        socket.AF_INET6: "(TCP [::]:4321)",
        socket.AF_UNIX: "(UNIX stream @simpsh-elsewhere)",
    }
    with child(elsewhere) as pid:
        found = diagnosed(pid, "connection")
        assert words[family] in found.sentences[0]
