"""write_all() writes all of the data, or raises: it neither loses a part nor repeats for ever."""

import errno
import os
import signal
import threading

import pytest

from simpsh.base.complete_write import write_all


def small_pipe():
    """Return the ends of a full pipe of one page with O_NONBLOCK, and its size."""
    import fcntl

    read_end, write_end = os.pipe()
    size = fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 1)
    os.write(write_end, b"." * size)
    os.set_blocking(write_end, False)
    return read_end, write_end, size


def test_a_full_pipe_with_o_nonblock_is_waited_for_and_no_byte_is_lost():
    read_end, write_end, size = small_pipe()
    data = bytes(range(256)) * 300
    taken = []
    with open(read_end, "rb", buffering=0) as file:
        reader = threading.Thread(target=lambda: taken.append(b"".join(iter(file.readline, b""))))
        reader.start()
        write_all(write_end, data)
        os.close(write_end)
        reader.join()
    assert taken == [b"." * size + data]


def test_a_descriptor_that_takes_nothing_is_an_error():
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    memory = os.open(f"/proc/{pid}/mem", os.O_RDWR)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    try:
        assert os.write(memory, b"x") == 0
        with pytest.raises(OSError, match="Input/output error"):
            write_all(memory, b"x")
    finally:
        os.close(memory)


@pytest.mark.parametrize(
    "number", [errno.EAGAIN, errno.EIO, errno.ENOSPC, errno.EBADF, errno.EPERM, errno.EFBIG]
)
def test_each_error_raises_also_one_that_comes_again_and_again(number):
    calls = []

    def write(_descriptor, data):
        calls.append(data)
        if len(calls) == 1:
            return 1
        raise OSError(number, os.strerror(number))

    null = os.open(os.devnull, os.O_WRONLY)
    try:
        with pytest.raises(OSError, match=os.strerror(number)):
            write_all(null, b"abc", write)
    finally:
        os.close(null)
    assert {*calls[1:]} == {b"bc"}
    assert len(calls) == 2 if number != errno.EAGAIN else 2 < len(calls) < 1000
