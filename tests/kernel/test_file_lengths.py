"""Calls that move in a file or change its length."""

import os

from simpsh.kernel import descriptors


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
