"""The requirements for phones to reach a class on this machine: two libraries, and an address."""

from __future__ import annotations

import socket
from contextlib import suppress
from importlib.util import find_spec

from simpsh.base.own_program import how_to_install

LIBRARIES = "aiohttp", "segno"
LOOPBACK = "127.0.0.1"


def missing_libraries() -> tuple[str, ...]:
    """Return the libraries of a class that are not installed."""
    return tuple(name for name in LIBRARIES if find_spec(name) is None)


def host_for_phones(bind: str = "") -> str:
    """Return the host for phones: the bound one, or the local address of the default route."""
    if bind not in ("", "0.0.0.0"):
        return f"[{bind}]" if ":" in bind else bind
    # A filter of system calls may refuse to make a socket.
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        # Nothing is sent: connect(2) of a datagram socket only chooses a route. See RFC 5737.
        asking.connect(("192.0.2.1", 9))
        return str(asking.getsockname()[0])
    return LOOPBACK


def access_words() -> str:
    """Return one sentence about a class on phones: what is missing, or the address."""
    if missing := missing_libraries():
        return f"A class on phones lacks {' and '.join(missing)}; {how_to_install('class')}."
    host = host_for_phones()
    if host == LOOPBACK:
        return (
            "A class on phones: this machine has no route to other machines. Connect it to the "
            "network of the room, or see --url."
        )
    return f"A class on phones: they use the address {host}, if the network permits it."
