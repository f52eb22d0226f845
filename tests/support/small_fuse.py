"""A file system with two files, served by this process through /dev/fuse.

`inner` can be read. `squashed` belongs to another user, and the server refuses it to root, as a
server of NFS with root_squash does. See fuse(4) and include/uapi/linux/fuse.h.
"""

import errno
import os
import signal
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from simpsh.kernel import namespaces
from simpsh.kernel.processes import set_pdeathsig

_LOOKUP, _FORGET, _GETATTR, _OPEN, _READ, _STATFS = 1, 2, 3, 14, 15, 17
_RELEASE, _FLUSH, _INIT, _OPENDIR, _READDIR, _RELEASEDIR, _ACCESS, _MANY_FORGET = (
    *(18, 25, 26, 27),
    *(28, 29, 34, 42),
)
_TOP, _OTHER_USER, _SECONDS = 1, 61300, 3600
_FILES = {b"inner": 2, b"squashed": 3}
_TEXT = b"inner"


def _attributes(node: int) -> bytes:
    mode = stat.S_IFDIR | 0o755 if node == _TOP else stat.S_IFREG | 0o600
    size, owner = (0, 0) if node == _TOP else (len(_TEXT), 0 if node == 2 else _OTHER_USER)
    facts = struct.pack("<6Q3I", node, size, 1, 0, 0, 0, 0, 0, 0)
    return facts + struct.pack("<7I", mode, 1, owner, owner, 0, 4096, 0)


def _entries() -> bytes:
    text = b""
    for name, node in _FILES.items():
        entry = struct.pack("<2Q2I", node, node, len(name), stat.S_IFREG >> 12) + name
        text += entry + bytes(-len(entry) % 8)
    return text


def _answer(operation: int, node: int, words: bytes) -> bytes | int:
    """Return the answer to a request, or the number of an error."""
    if operation == _INIT:
        return struct.pack("<4I2H2I2H8I", 7, 31, 0, 0, 9, 9, 4096, 1, 1, 0, *[0] * 8)
    if operation == _LOOKUP:
        found = _FILES.get(words.rstrip(b"\0"))
        if found is None:
            return errno.ENOENT
        return struct.pack("<4Q2I", found, 0, _SECONDS, _SECONDS, 0, 0) + _attributes(found)
    if operation == _GETATTR:
        return struct.pack("<Q2I", _SECONDS, 0, 0) + _attributes(node)
    if operation in (_OPEN, _OPENDIR):
        return errno.EACCES if node == _FILES[b"squashed"] else struct.pack("<Q2I", node, 0, 0)
    if operation in (_READ, _READDIR):
        _, offset = struct.unpack_from("<2Q", words)
        if operation == _READ:
            return _TEXT[offset:]
        return b"" if offset else _entries()
    if operation == _STATFS:
        return struct.pack("<5Q4I24x", 9, 0, 0, 9, 0, 4096, 255, 4096, 0)
    if operation in (_RELEASE, _RELEASEDIR, _FLUSH, _ACCESS):
        return b""
    return errno.ENOSYS


def _serve(device: int) -> None:
    with suppress(OSError):  # ENODEV: it is not mounted any more.
        while True:
            request = os.read(device, 1 << 17)
            _, operation, unique, node = struct.unpack_from("<2I2Q", request)
            if operation in (_FORGET, _MANY_FORGET):
                continue
            found = _answer(operation, node, request[40:])
            error, words = (-found, b"") if isinstance(found, int) else (0, found)
            os.write(device, struct.pack("<IiQ", 16 + len(words), error, unique) + words)


@contextmanager
def served(place: str) -> Iterator[None]:
    """Mount the file system on a directory for this user."""
    device = os.open("/dev/fuse", os.O_RDWR)
    user = f"user_id={os.getuid()},group_id={os.getgid()}"
    namespaces.mount("fuse", place, 0, f"fd={device},rootmode=40000,{user}")
    pid = os.fork()
    if pid == 0:
        set_pdeathsig(signal.SIGKILL)
        _serve(device)
        os._exit(0)
    os.close(device)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
