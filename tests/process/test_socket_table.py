"""A UNIX socket is found by its exact name, whatever the name looks like."""

from __future__ import annotations

import os
import socket
import struct

import pytest

from simpsh.process import socket_table

RUN = os.urandom(4).hex()
"""The kernel lists the names of all test runs on this machine."""
NAMES = (
    *(f" {RUN}", f"{RUN} ", f"{RUN}\nb", f"{RUN} b", f"{RUN}:80", f"{RUN}\udcff"),
    *(f"@{RUN}", f"\0{RUN}x", f"\0{RUN}x\0y"),
)
A_B = f"{RUN} b"


def address_of(name):
    raw = os.fsencode(name)
    return struct.pack("=H", socket.AF_UNIX) + raw + b"\0" * (raw[:1] != b"\0")


@pytest.fixture
def listening(tmp_path, monkeypatch):
    """A socket for each name, all listening in a directory of their own."""
    monkeypatch.chdir(tmp_path)
    sockets = {}
    for name in NAMES:
        sockets[name] = socket.socket(socket.AF_UNIX)
        sockets[name].bind(os.fsencode(name))
        sockets[name].listen()
    yield {name: os.fstat(each.fileno()).st_ino for name, each in sockets.items()}
    for each in sockets.values():
        each.close()


def test_the_listener_is_found_by_its_exact_name(listening):
    found = {name: socket_table.listener(os.getpid(), address_of(name)) for name in listening}
    assert found == listening
    for other in (RUN, "b", "\0", f"@{RUN} "):
        assert socket_table.listener(os.getpid(), address_of(other)) is None


def test_without_netlink_the_listener_is_not_known(listening, monkeypatch):
    def refused(_pid):
        raise PermissionError

    monkeypatch.setattr(socket_table, "_unix_sockets", refused)
    assert {socket_table.listener(os.getpid(), address_of(name)) for name in listening} == {None}


def test_a_socket_of_the_same_name_in_another_directory_is_another_one(listening, tmp_path):
    others = []
    for number in range(3):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        os.chdir(folder)
        others.append(socket.socket(socket.AF_UNIX))
        others[-1].bind(os.fsencode(A_B if number else f"{folder}/{A_B}"))
        others[-1].listen()
        # It is found by any path that leads to its file.
        for name in (A_B, f"{folder}/{A_B}", f"./{A_B}", f"../{number}/{A_B}"):
            found = socket_table.listener(os.getpid(), address_of(name))
            assert found == os.fstat(others[-1].fileno()).st_ino
    os.chdir(tmp_path)
    assert socket_table.listener(os.getpid(), address_of(A_B)) == listening[A_B]
    assert socket_table.listener(os.getpid(), address_of(f"1/{RUN}")) is None
    for each in others:
        each.close()
