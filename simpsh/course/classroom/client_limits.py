"""Limits for the clients of a class: connections, pages, and the pace of requests.

A student has a pace, and so has an address, for clients that have not joined. The phones of a room
often share one address (NAT), so an address has the pace of a large class.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import OrderedDict

from aiohttp import web

_MOST_CONNECTIONS, _PAGES_OF_STUDENT, _RESERVE = 2000, 4, 64
_QUIET_SECONDS = 60
_STUDENT_PACE, _ADDRESS_PACE = (20, 20), (600, 100)
"""How many requests may come at once, and how many in a second after that."""
_WRONG_COST = 100
"""A wrong word counts as so many requests: the word cannot be guessed during a lecture."""
_LONGEST_DELAY = 5.0


class Page:
    """An open page: its stream of events."""

    def __init__(self, student: int, transport: asyncio.BaseTransport | None) -> None:
        self.student, self._transport = student, transport
        self.changed = asyncio.Event()
        """Set when the page has something to show."""

    def end(self) -> None:
        """End its connection; the page may connect again."""
        if isinstance(self._transport, asyncio.Transport):
            self._transport.abort()


class ClientLimits:
    """The connections, pages and requests of all clients of a class."""

    def __init__(self, descriptors: int) -> None:
        self._most_connections = min(_MOST_CONNECTIONS, descriptors // 3)
        self._most_pages = descriptors - self._most_connections - _RESERVE
        self._quiet: OrderedDict[web.RequestHandler, float] = OrderedDict()
        """The connections without a page, by the time of the last request or creation."""
        self._turns: dict[str | int, float] = {}
        """When a student or an address has its whole burst again."""
        self.pages: dict[int, list[Page]] = {}
        """The open pages by student, the oldest first."""

    # -- connections ------------------------------------------------------------------------------

    def take(self, connection: web.RequestHandler) -> None:
        """Note a new connection or request; close the one that was silent longest if too many."""
        self._quiet[connection] = time.monotonic()
        self._quiet.move_to_end(connection)
        if len(self._quiet) > self._most_connections:
            self._close_oldest()

    def _close_oldest(self) -> None:
        connection, _ = self._quiet.popitem(last=False)
        if connection.transport is not None:
            connection.transport.abort()

    def tick(self) -> None:
        """Close connections that send nothing; forget old turns."""
        now = time.monotonic()
        while self._quiet and next(iter(self._quiet.values())) < now - _QUIET_SECONDS:
            self._close_oldest()
        self._turns = {key: turn for key, turn in self._turns.items() if turn > now}

    # -- requests ---------------------------------------------------------------------------------

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
        self._turns[key] = max(now, self._turns.get(key, now)) + seconds
        return self._turns[key] - now

    # -- pages ------------------------------------------------------------------------------------

    def open(self, page: Page, connection: web.RequestHandler) -> None:
        """Note that a page is open; end the student's oldest one if there are too many.

        Raises HTTPException: the class is full.
        """
        mine = self.pages.get(page.student, [])
        if len(mine) >= _PAGES_OF_STUDENT:
            oldest = mine[0]
            self.close(oldest)
            oldest.end()
        if sum(map(len, self.pages.values())) >= self._most_pages:
            raise web.HTTPServiceUnavailable(text="the class is full")
        self._quiet.pop(connection, None)
        self.pages.setdefault(page.student, []).append(page)

    def close(self, page: Page) -> None:
        """Note that a page is closed."""
        pages = self.pages.get(page.student, [])
        if page in pages:
            pages.remove(page)
            if not pages:
                del self.pages[page.student]


def address_of(transport: asyncio.BaseTransport | None) -> str:
    """Return the address of a client; for IPv6 its /64 network, where it can use any address."""
    peer = transport.get_extra_info("peername") if transport is not None else None
    if not peer:
        return ""
    address = str(peer[0]).partition("%")[0]
    return str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address
