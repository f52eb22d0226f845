"""Calls about the descriptors of this process, and of others."""

import os
import socket

import pytest

from simpsh.kernel import descriptors
from simpsh.kernel.descriptors import open_descriptors, socket_time_limit


def test_the_time_limit_of_a_socket_is_read_from_a_copy_that_is_closed():
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(None)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, b"\x03" + 15 * b"\0")
        before = open_descriptors()
        named = os.getpid(), near.fileno(), os.fstat(near.fileno()).st_ino
        assert socket_time_limit(*named, is_reader=True) == 3
        assert socket_time_limit(*named, is_reader=False) == 0
        with pytest.raises(OSError, match="another file"):
            socket_time_limit(*named[:2], os.fstat(far.fileno()).st_ino, is_reader=True)
        assert open_descriptors() == before


# -- calls that move in a file or change its length --------------------------------------------


def test_a_file_is_made_shorter_and_longer_and_read_from_any_place():
    file = descriptors.memfd_create("text")
    try:
        os.write(file, b"one two")
        descriptors.ftruncate(file, 3)
        assert descriptors.lseek(file, 0, os.SEEK_END) == 3
        descriptors.ftruncate(file, 5)
        assert descriptors.lseek(file, 1, os.SEEK_SET) == 1
        assert os.read(file, 9) == b"ne\0\0"
    finally:
        os.close(file)
