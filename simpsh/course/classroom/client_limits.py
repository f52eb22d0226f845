"""The pace of a class's clients: one for each student, and one for each address.

The pace of an address is for clients that have not joined. The phones of a room often share one
address (NAT), so an address has the pace of a large class.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time

from aiohttp import web

_MOST_TURNS = 10_000
_STUDENT_PACE, _ADDRESS_PACE = (20, 20), (600, 100)
"""How many requests may come at once, and how many in a second after that."""
_WRONG_COST = 100
"""A wrong word counts as so many requests: the word cannot be guessed during a lecture."""
_LONGEST_DELAY = 5.0


class ClientLimits:
    """The requests of all clients of a class."""

    def __init__(self) -> None:
        self._turns: dict[str | int, float] = {}
        """When a student or an address has its whole burst again."""

    async def pace(self, address: str, student: int) -> None:
        """Wait until a client may be answered; raises HTTPException if that takes too long.

        `student` is 0 for a client that has not joined.
        """
        at_once, per_second = _STUDENT_PACE if student else _ADDRESS_PACE
        delay = self._charge(student or address, 1 / per_second) - at_once / per_second
        if delay > _LONGEST_DELAY:
            self._charge(student or address, -1 / per_second)
            raise web.HTTPTooManyRequests(text="too many requests come from here; wait a moment")
        await asyncio.sleep(max(0.0, delay))

    def charge_for_wrong_word(self, address: str) -> None:
        """Slow down an address that has sent a wrong word."""
        self._charge(address, _WRONG_COST / _ADDRESS_PACE[1])

    def _charge(self, key: str | int, seconds: float) -> float:
        """Add to the time that a client has used up, and return the total."""
        now = time.monotonic()
        if len(self._turns) > _MOST_TURNS:
            self._turns = {key: turn for key, turn in self._turns.items() if turn > now}
        self._turns[key] = max(now, self._turns.get(key, now)) + seconds
        return self._turns[key] - now


def address_of(transport: asyncio.BaseTransport | None) -> str:
    """Return the address of a client; for IPv6 its /64 network, where it can use any address."""
    peer = transport.get_extra_info("peername") if transport is not None else None
    if not peer:
        return ""
    address = str(peer[0]).partition("%")[0]
    return str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address
