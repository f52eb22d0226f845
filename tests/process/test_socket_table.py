"""A UNIX socket is found by its exact name, whatever the name looks like."""

from __future__ import annotations

import os
import socket
import struct

import pytest

from simpsh.process import socket_table

NAMES = (" w", "w ", "a\nb", "a b", "run:80", "\udcff", "@x", "\0x", "\0x\0y")


def address_of(name):
    raw = os.fsencode(name)
    return struct.pack("=H", socket.AF_UNIX) + raw + b"\0" * (raw[:1] != b"\0")


@pytest.fixture
def listening(tmp_path, monkeypatch):
    """A socket for each name, all listening in a directory of their own."""
    monkeypatch.chdir(tmp_path)
    sockets = {}
    for name in NAMES:
        # Abstract names belong to the whole machine.
        used = f"{name}{os.getpid()}" if name[:1] == "\0" else name
        sockets[used] = socket.socket(socket.AF_UNIX)
        sockets[used].bind(os.fsencode(used))
        sockets[used].listen()
    yield {name: os.fstat(each.fileno()).st_ino for name, each in sockets.items()}
    for each in sockets.values():
        each.close()


def test_the_listener_is_found_by_its_exact_name(listening):
    found = {name: socket_table.listener(os.getpid(), address_of(name)) for name in listening}
    assert found == listening
    for other in ("w", "a", "b", "x", "\0", "@x "):
        assert socket_table.listener(os.getpid(), address_of(other)) is None


def test_without_netlink_the_listener_is_found_in_proc(listening, monkeypatch):
    def refused():
        raise PermissionError

    monkeypatch.setattr(socket_table, "_unix_sockets", refused)
    found = {name: socket_table.listener(os.getpid(), address_of(name)) for name in listening}
    assert found == listening
    assert socket_table.listener(os.getpid(), address_of("a")) is None
