"""The memory of a held process, read a page at a time."""

from __future__ import annotations

import ctypes
import mmap
import os

import pytest

from simpsh.process.proc import HeldMemory

PAGE = mmap.PAGESIZE


def test_memory_is_read_within_a_page_across_two_and_never_in_part():
    pages = mmap.mmap(-1, 3 * PAGE)
    pages[:] = os.urandom(3 * PAGE)
    address = ctypes.addressof(view := ctypes.c_char.from_buffer(pages))
    with HeldMemory(os.getpid()) as memory:
        for place, count in ((0, 16), (5, 72), (PAGE - 4, 8), (PAGE - 8, 8), (10, 2 * PAGE)):
            assert memory.bytes_at(address + place, count) == pages[place : place + count]
        assert memory.word_at(address + 3) == int.from_bytes(pages[3:11], "little")
        pages[0] ^= 0xFF
        assert memory.bytes_at(address, 1) != pages[:1], "a page is read once"
        assert memory.bytes_at(8, 16) == memory.bytes_at(1 << 63, 16) == b""
        with pytest.raises(LookupError):
            memory.word_at(8)
    del view


def test_nothing_is_read_from_a_process_that_has_gone():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    with HeldMemory(pid) as memory:
        assert memory.bytes_at(1 << 20, 8) == b""
