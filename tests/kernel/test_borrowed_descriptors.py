"""Copies of the descriptors of other processes."""

import os
import socket

import pytest

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
        with pytest.raises(OSError, match="another socket"):
            socket_time_limit(*named[:2], os.fstat(far.fileno()).st_ino, is_reader=True)
        assert open_descriptors() == before


def test_no_copy_is_kept_of_a_file_that_is_no_socket():
    ends = os.pipe()
    before = open_descriptors()
    try:
        with pytest.raises(OSError, match="socket"):
            socket_time_limit(os.getpid(), ends[1], 0, is_reader=True)
        assert open_descriptors() == before
    finally:
        for end in ends:
            os.close(end)
