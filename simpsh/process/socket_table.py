"""What the kernel says of a socket: its addresses, its state, and which socket is its other end.

It is asked by netlink, sock_diag(7), which any user may do, and which knows the other end of a
UNIX socket. That tells of our own network namespace. For a process in another, and where netlink
does not answer, /proc/PID/net has the addresses; see proc_pid_net(5).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from simpsh.base import descriptor_limit
from simpsh.base.record import Record, changed
from simpsh.process import proc

LISTENING, CONNECTED = "listening", "connected"

_STATES = {1: CONNECTED, 2: "connecting", 10: LISTENING}
_UNIX_TYPES = {1: "UNIX stream", 2: "UNIX datagram", 5: "UNIX seqpacket"}
_TCP, _UDP = 6, 17
_PROTOCOLS = {_TCP: "TCP", _UDP: "UDP"}


class SocketInfo(Record):
    """One socket."""

    inode: int
    """0 for one that no process has accepted yet."""
    kind: str
    """TCP, UDP, UNIX stream, UNIX datagram or UNIX seqpacket."""
    state: str = ""
    """LISTENING, CONNECTED, connecting; empty for another."""
    local: str = ""
    """Its address: `127.0.0.1:80`, `[::1]:80`, a path, `@name`; empty without one."""
    remote: str = ""
    """The address at the other end, of TCP and UDP."""
    peer: int | None = None
    """The inode of the other end; None where that is not known."""


def socket_info(pid: int, inode: int) -> SocketInfo | None:
    """Return what the kernel says of a socket; None if it is of another family, or not found.

    Args:
        pid: a process that has it: its network namespace is the socket's, as a rule.
        inode: the N of `socket:[N]`.
    """
    is_here = proc.link(pid, "ns/net") == proc.link("self", "ns/net")
    if is_here:
        try:
            return _asked_unix(inode) or _of(inode, list(_asked_inet()))
        except OSError as error:
            # This kernel, or a sandbox, has no sock_diag.
            descriptor_limit.blame(error)
    return _listed_unix(pid, inode) or _of(inode, list(_listed_inet(pid)))


def _of(inode: int, all_sockets: list[SocketInfo]) -> SocketInfo | None:
    """Return the socket of an inode, with its other end if that is among them."""
    found = next((one for one in all_sockets if one.inode == inode), None)
    if found is None or found.kind != "TCP" or found.state == LISTENING:
        return found
    for one in all_sockets:
        if (one.kind, one.local, one.remote) == (found.kind, found.remote, found.local):
            return changed(found, peer=one.inode)
    return found


def address_words(family: int, raw: bytes, port: int) -> str:
    r"""Return an Internet address as people write it; one of IPv4 inside of IPv6 as that.

    >>> import socket
    >>> address_words(socket.AF_INET, bytes((127, 0, 0, 1)), 80)
    '127.0.0.1:80'
    >>> address_words(socket.AF_INET6, bytes(10) + b"\xff\xff" + bytes((127, 0, 0, 1)), 80)
    '127.0.0.1:80'
    >>> address_words(socket.AF_INET6, bytes(16), 80)
    '[::]:80'
    """
    import socket

    if family == socket.AF_INET6:
        if raw[:12] != bytes(10) + b"\xff\xff":
            return f"[{socket.inet_ntop(family, raw[:16])}]:{port}"
        raw = raw[12:]
    return f"{socket.inet_ntop(socket.AF_INET, raw[:4])}:{port}"


# ---------------------------------------------------------------------------------- by netlink

_SOCK_DIAG, _BY_FAMILY = 4, 20
_REQUEST, _DUMP = 1, 0x300
_ERROR, _DONE = 2, 3
_NO_COOKIE, _ALL_STATES = 0xFFFFFFFF, 0xFFFFFFFF
_SHOW_NAME_AND_PEER = 1 | 4
_NAME, _PEER = 0, 2
_HEADER, _SECONDS = struct.Struct("=IHHII"), 5


def _answers(request: bytes, flags: int) -> Iterator[bytes]:
    """Yield the answers to a request of sock_diag.

    Raises:
        OSError: there is no such socket (ENOENT), or no sock_diag.
    """
    import socket

    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as asked:
        asked.settimeout(_SECONDS)
        size = _HEADER.size + len(request)
        asked.send(_HEADER.pack(size, _BY_FAMILY, _REQUEST | flags, 0, 0) + request)
        while True:
            data = asked.recv(1 << 18)
            while len(data) >= _HEADER.size:
                length, kind, *_ = _HEADER.unpack_from(data)
                body, data = data[_HEADER.size : length], data[(length + 3) & ~3 :]
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    number = -struct.unpack_from("=i", body)[0]
                    raise OSError(number, os.strerror(number))
                yield body
            if not flags & _DUMP:
                return


def _asked_unix(inode: int) -> SocketInfo | None:
    import socket

    request = struct.pack(
        "=BBHIIIII",
        *(socket.AF_UNIX, 0, 0, _ALL_STATES, inode, _SHOW_NAME_AND_PEER, _NO_COOKIE, _NO_COOKIE),
    )
    try:
        body = next(_answers(request, 0), b"")
    except FileNotFoundError:
        return None
    if len(body) < 16:
        return None
    _, kind, state, _, found = struct.unpack_from("=BBBBI", body)
    attributes = dict(_attributes(body[16:]))
    peer = attributes.get(_PEER, b"")
    return SocketInfo(
        found,
        _UNIX_TYPES.get(kind, "UNIX"),
        _STATES.get(state, ""),
        _unix_name(attributes.get(_NAME, b"")),
        peer=struct.unpack("=I", peer)[0] if len(peer) == 4 else None,
    )


def _unix_name(raw: bytes) -> str:
    if raw.startswith(b"\0"):
        return "@" + os.fsdecode(raw[1:])
    return os.fsdecode(raw.partition(b"\0")[0])


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind, data[4:length]
        data = data[(length + 3) & ~3 :]


def _asked_inet() -> Iterator[SocketInfo]:
    import socket

    for family in (socket.AF_INET, socket.AF_INET6):
        for protocol, kind in _PROTOCOLS.items():
            request = struct.pack("=BBBBI48x", family, protocol, 0, 0, _ALL_STATES)
            for body in _answers(request, _DUMP):
                state = body[1]
                local, remote = struct.unpack_from("!HH", body, 4)
                inode = struct.unpack_from("=I", body, 68)[0]
                yield SocketInfo(
                    inode,
                    kind,
                    _STATES.get(state, ""),
                    address_words(family, body[8:24], local),
                    address_words(family, body[24:40], remote) if remote else "",
                )


# ------------------------------------------------------------------------------- by /proc/PID/net


def _listed_unix(pid: int, inode: int) -> SocketInfo | None:
    for line in proc.contents(pid, "net/unix").decode("utf-8", "surrogateescape").splitlines()[1:]:
        words = line.split(maxsplit=7)
        if len(words) >= 7 and int(words[6]) == inode:
            # The flag of listen(2) in the fourth field, the state of struct socket in the sixth.
            is_listening, is_connected = words[3] == "00010000", words[5] == "03"
            state = LISTENING if is_listening else CONNECTED if is_connected else ""
            kind = _UNIX_TYPES.get(int(words[4], 16), "UNIX")
            return SocketInfo(inode, kind, state, words[7] if len(words) > 7 else "")
    return None


def _listed_inet(pid: int) -> Iterator[SocketInfo]:
    for kind in _PROTOCOLS.values():
        for name in (kind.lower(), f"{kind.lower()}6"):
            for line in proc.contents(pid, f"net/{name}").decode().splitlines()[1:]:
                words = line.split()
                remote = _listed_address(words[2])
                yield SocketInfo(
                    int(words[9]),
                    kind,
                    _STATES.get(int(words[3], 16), ""),
                    _listed_address(words[1]),
                    "" if remote.endswith(":0") else remote,
                )


def _listed_address(word: str) -> str:
    import socket

    digits, _, port = word.partition(":")
    # Each four bytes are printed as one number of this machine's.
    parts = (int(digits[at : at + 8], 16) for at in range(0, len(digits), 8))
    raw = b"".join(struct.pack("=I", part) for part in parts)
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return address_words(family, raw, int(port, 16))
