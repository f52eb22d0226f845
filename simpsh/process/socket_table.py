"""Facts about a socket: its addresses, its state, and its peer.

/proc/PID/net has the addresses; see proc_pid_net(5). Netlink, sock_diag(7), knows the
other end of a UNIX socket: any user may ask, about our own network namespace.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from errno import ENOENT

from simpsh.base.record import Record, changed
from simpsh.process import proc

LISTENING, CONNECTED = "listening", "connected"

_STATES = {1: CONNECTED, 2: "connecting", 10: LISTENING}
_UNIX_TYPES = {1: "UNIX stream", 2: "UNIX datagram", 5: "UNIX seqpacket"}
_PROTOCOLS = ("TCP", "UDP")


class SocketInfo(Record):
    """One socket."""

    inode: int
    """0 for a socket that no process has accepted yet."""
    kind: str
    """TCP, UDP, UNIX stream, UNIX datagram, UNIX seqpacket."""
    state: str = ""
    """LISTENING, CONNECTED or connecting; empty for any other state."""
    local: str = ""
    """Its address: `127.0.0.1:80`, `[::1]:80`, a path, `@name`; empty without one."""
    remote: str = ""
    """The address of the other end, for TCP and UDP."""
    peer: int | None = None
    """The inode of the other end, 0 if no process has accepted it yet; None if it is not known."""


def socket_info(pid: int, inode: int) -> SocketInfo | None:
    """Return the kernel's data about a socket; None for another family, or if it is not found."""
    try:
        asked = _ask_unix(pid, inode)
    except OSError:
        # This kernel has no sock_diag, or a sandbox refuses it.
        asked = None
    if asked is not None:
        return asked
    sockets = list(_list_inet(pid))
    info = next((socket for socket in sockets if socket.inode == inode), None)
    if info is None or info.kind != "TCP" or info.state == LISTENING:
        return info
    return _with_peer(info, sockets)


def _with_peer(info: SocketInfo, sockets: Sequence[SocketInfo]) -> SocketInfo:
    """Return a TCP socket with the inode of its other end, if that is among `sockets`."""
    for other in sockets:
        if (other.kind, other.local, other.remote) == (info.kind, info.remote, info.local):
            return changed(info, peer=other.inode)
    return info


def address_words(family: int, raw: bytes, port: int) -> str:
    r"""Return an Internet address as text; IPv4-mapped IPv6 addresses as IPv4.

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


def unix_address(raw: bytes) -> str:
    r"""Return a UNIX socket's address: a path, or `@name` for an abstract one.

    >>> unix_address(b"/run/x\0\0"), unix_address(b"\0x")
    ('/run/x', '@x')
    """
    return "@" + os.fsdecode(raw[1:]) if raw[:1] == b"\0" else os.fsdecode(raw.partition(b"\0")[0])


# ---------------------------------------------------------------------------------- by netlink

_SOCK_DIAG, _BY_FAMILY = 4, 20
_REQUEST, _ERROR = 1, 2
_LONGEST_ANSWER = 1 << 18
_NO_COOKIE, _ALL_STATES = 0xFFFFFFFF, 0xFFFFFFFF
_SHOWN = 1 | 4  # name, peer
_NAME, _PEER = 0, 2
_HEADER, _SECONDS = struct.Struct("=IHHII"), 5


def _ask_unix(pid: int, inode: int) -> SocketInfo | None:
    """Return the UNIX socket with this inode; None if it is none, or of another network namespace.

    Raises OSError: sock_diag is refused.
    """
    import socket

    request = struct.pack(
        "=BBHIIIII", *(socket.AF_UNIX, 0, 0, _ALL_STATES, inode, _SHOWN, _NO_COOKIE, _NO_COOKIE)
    )
    if proc.link(pid, "ns/net") != proc.link("self", "ns/net"):
        return None
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as netlink:
        netlink.settimeout(_SECONDS)
        size = _HEADER.size + len(request)
        netlink.send(_HEADER.pack(size, _BY_FAMILY, _REQUEST, 0, 0) + request)
        data = netlink.recv(_LONGEST_ANSWER)
    length, kind, *_ = _HEADER.unpack_from(data)
    body = data[_HEADER.size : length]
    if kind != _ERROR:
        return _unix_socket(body)
    if (number := -struct.unpack_from("=i", body)[0]) != ENOENT:
        raise OSError(number, os.strerror(number))
    return None


def _unix_socket(body: bytes) -> SocketInfo:
    _, kind, state, _, inode = struct.unpack_from("=BBBBI", body)
    attributes: dict[int, bytes] = {}
    data = body[16:]
    while len(data) >= 4:
        length, attribute = struct.unpack_from("=HH", data)
        if length < 4:
            break
        attributes[attribute] = data[4:length]
        data = data[(length + 3) & ~3 :]
    peer, name = attributes.get(_PEER, b""), attributes.get(_NAME, b"")
    return SocketInfo(
        inode,
        _UNIX_TYPES.get(kind, "UNIX"),
        _STATES.get(state, ""),
        unix_address(name),
        peer=struct.unpack("=I", peer)[0] if len(peer) == 4 else None,
    )


# ------------------------------------------------------------------------------- by /proc/PID/net


def _list_inet(pid: int) -> Iterator[SocketInfo]:
    for kind in _PROTOCOLS:
        for name in (kind.lower(), f"{kind.lower()}6"):
            for line in proc.contents(pid, f"net/{name}").decode().splitlines()[1:]:
                words = line.split()
                yield SocketInfo(
                    int(words[9]),
                    kind,
                    _STATES.get(int(words[3], 16), ""),
                    _parse_address(words[1]),
                    _parse_address(words[2]) if int(words[2].rpartition(":")[2], 16) else "",
                )


def _parse_address(word: str) -> str:
    import socket

    digits, _, port = word.partition(":")
    # Each group of four bytes is printed as a number in this machine's byte order.
    parts = (int(digits[at : at + 8], 16) for at in range(0, len(digits), 8))
    raw = b"".join(struct.pack("=I", part) for part in parts)
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return address_words(family, raw, int(port, 16))
