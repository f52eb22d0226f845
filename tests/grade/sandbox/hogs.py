"""Programs that use up what Linux counts. What is refused to others meanwhile?

python -m tests.grade.sandbox.hogs: each program of HOGS runs in a sandbox of its own, all at the
same time. Then an honest program in another sandbox, and this process outside, use a little of
everything. The table says how much each hog got, and how it was stopped.
"""

import json
import os
import subprocess
import sys
import time

from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.process.worker import Channel, Worker
from tests.grade.sandbox.inside import output_in, sandbox_for

_BEGIN = """
import array, ctypes, errno, os, resource, select, signal, socket, struct, sys, tempfile, time
libc = ctypes.CDLL(None, use_errno=True)
SIGNALS = struct.pack("iii", 0, 41, 0).ljust(128, b"\\0")
def call(name, *words):
    found = libc[name](*words)
    if found < 0:
        raise OSError(ctypes.get_errno(), name)
    return found
def timer():
    call("timer_create", 1, None, ctypes.byref(ctypes.c_void_p()))
def queue_signal():
    signal.pthread_sigmask(signal.SIG_BLOCK, [41])
    call("sigqueue", os.getpid(), 41, None)
def queue(number=0):
    call("mq_open", b"/queue%d" % number, os.O_RDWR | os.O_CREAT, 0o600, None)
def terminal():
    os.openpty()
def fill_pipe():
    read, write = os.pipe()
    os.set_blocking(write, False)
    if os.write(write, bytes(60000)) < 60000:
        raise OSError("the pipe is small")
    return read, write
def poll():
    one = select.epoll()
    one.register(os.pipe()[0])
def send_descriptors():
    one, other = socket.socketpair()
    socket.send_fds(one, [b"x"], [0] * 50)
    return one, other
def write_file():
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(bytes(1 << 20))
def segment():
    call("shmget", 0, 1 << 20, 0o1600)
def lock():
    libc.mlock(ctypes.create_string_buffer(1 << 16), 1 << 16)
def listen():
    return socket.create_server(("127.0.0.1", 0))
"""
_HOLD = """
kept = []
end = time.monotonic() + 3
for number in range(200_000):
    try:
        if time.monotonic() > end:
            break
        kept.append(USE)
    except (OSError, MemoryError) as error:
        print(number, "then", error or "no memory", flush=True)
        break
else:
    print(number, flush=True)
time.sleep(max(0, end + 9 - time.monotonic()))
"""
_FORKS = """
for _ in range(6):
    try:
        if not os.fork():
            break
    except OSError:
        break
"""


def hog(use: str, before: str = "") -> str:
    """Return a program that uses something until it is refused more, and holds it."""
    return _BEGIN + before + _HOLD.replace("USE", use)


HOGS = {
    "processes and threads": _BEGIN
    + """
try:
    while os.fork():
        pass
except OSError:
    pass
time.sleep(12)
""",
    "memory": hog("bytearray(os.urandom(1 << 20)) * 8").replace("200_000", "40"),
    "kernel memory of files, locks, timers, sockets": hog(
        "fcntl.lockf(file, fcntl.LOCK_SH, 1, 2 * number)",
        "import fcntl\nfile = open('/tmp/locks', 'w+')\n",
    ).replace("200_000", "2000"),
    "files, bytes": hog("write_file()"),
    "files, inodes": hog("os.close(os.open(f'/tmp/{number}', os.O_CREAT))"),
    "open descriptors": hog("os.pipe()", _FORKS),
    "queued signals, POSIX timers": hog("timer()"),
    "bytes of POSIX message queues": hog("queue(number)"),
    "System V objects": hog("segment()").replace("200_000", "400"),
    "locked memory": hog("lock()").replace("200_000", "2000"),
    "terminals": hog("terminal()", _FORKS),
    "ports": hog("socket.create_server(('127.0.0.1', 0))", _FORKS),
    "pipe buffers": hog("fill_pipe()", _FORKS),
    "epoll watches": hog("poll()", _FORKS),
    "descriptors in messages of sockets": hog("send_descriptors()"),
    "huge pages": hog("call('memfd_create', b'huge', 4)"),
}
"""By what Linux counts: a program that uses up as much of it as it gets."""
USES = (
    *("timer", "queue_signal", "terminal", "poll", "fill_pipe", "send_descriptors"),
    *("queue", "write_file", "segment", "lock", "listen"),
)
"""Functions of which an honest program calls each once."""
OUTSIDE = USES[:6]
"""Programs that leave nothing outside a sandbox."""
POOLED = ("poll", "fill_pipe", "send_descriptors")
"""Resources that Linux counts for a user: `not_isolated` names it if all have one user."""
_SECONDS, _HELD_AFTER = 60, 7


def honest(names: tuple[str, ...]) -> str:
    """Return a program that prints each of these functions that is refused."""
    return (
        _BEGIN + f"for name in {names}:\n    try:\n        globals()[name]()\n"
        "    except OSError as error:\n        print(name, error)\n"
    )


def _start(sandbox: Sandbox, program: str) -> Worker:
    """Run a program in a sandbox; its output comes through the channel of the worker."""

    def work(channel: Channel) -> None:
        channel.send(output_in(sandbox, (sys.executable, "-IS", "-c", program), {}, _SECONDS))

    return Worker(work, seconds=200)


def main() -> None:
    sandbox = sandbox_for(_SECONDS)
    # The highest user ids are drawn at random; each sandbox has one of its own.
    hogs = [_start(sandbox, program) for program in HOGS.values()]
    time.sleep(_HELD_AFTER)
    outside = subprocess.run(
        [sys.executable, "-c", honest(OUTSIDE)], capture_output=True, text=True, check=True
    )
    neighbour = _start(sandbox, honest(USES))
    inside = neighbour.channel.receive()
    got = {
        name: str(each.channel.receive()).split("\n")[0]
        for name, each in zip(HOGS, hogs, strict=True)
    }
    for each in (*hogs, neighbour):
        os.waitpid(each.pid, 0)
        each.hang_up()
    found = {"in": inside, "out": outside.stdout, "missing": sandbox.missing, "got": got}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
