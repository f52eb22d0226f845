"""Limits for each client of a class: connections, pages, students, requests.

The phones of a room often share one address (NAT), so an address has the limits of a large class.
If the limit is reached, students who have answered or joined early keep one page each.
Without limits, one client could take all places and pages, and every student would be refused.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Set

from aiohttp import web

_MOST_CONNECTIONS, _MOST_NEW, _MOST_KEPT = 2000, 400, 800
"""Limits of connections without a page: in total, and per address before and after a request."""
_PAGES_OF_STUDENT, _PAGES_OF_ADDRESS, _STUDENTS_OF_ADDRESS = 4, 1000, 3000
"""Above the second limit, each student of an address keeps only one page."""
_RESERVE = 64
_PACE_SECONDS, _SLOWED_SECONDS = 0.05, 1.0
"""The interval between a client's requests, and the longest delay of a request."""
_JOINS_AT_ONCE, _JOINS_A_SECOND, _JOIN_SECONDS = 600, 100, 15
"""The size of a burst of joins from an address, the rate after it, and the longest delay."""
_WRONG_AT_ONCE, _WRONG_SECONDS, _FORGOTTEN_SECONDS = 10, 30.0, 600.0
"""The wrong words of an address without a delay, the longest delay, and the time in which their
count is halved."""
_FORGOTTEN = 0.5
_QUIET_SECONDS = 60
_FLOOD, _HALF_SECONDS = 30, 10
"""The number of refusals that counts as a flood; the interval at which the counts are halved."""


_Group = tuple[str, bool]
"""An address, and whether its connections have sent a request yet."""


class Page:
    """An open page: its stream of events."""

    def __init__(self, student: int, address: str, transport: asyncio.BaseTransport | None) -> None:
        self.student, self.address, self._transport = student, address, transport
        self.changed = asyncio.Event()
        """Set when the page has something to show."""

    def end(self) -> None:
        """End its connection; the page may connect again."""
        if isinstance(self._transport, asyncio.Transport):
            self._transport.abort()


class ClientLimits:
    """The connections, pages and requests of all clients of a class.

    `speakers` are the students who have answered anything.
    """

    def __init__(self, descriptors: int, speakers: Set[int]) -> None:
        self._most_connections = min(_MOST_CONNECTIONS, descriptors // 3)
        self._most_pages = descriptors - self._most_connections - _RESERVE
        self._speakers = speakers
        self._quiet: dict[_Group, OrderedDict[web.RequestHandler, float]] = defaultdict(OrderedDict)
        """The connections without a page, each with the time of its last request or creation."""
        self._turns: dict[object, float] = {}
        """The time of the last answer to a connection or student; may be in the future."""
        self._join_turns: dict[str, float] = {}
        self._wrong: dict[str, tuple[float, float]] = {}
        """The number of wrong words of an address, and the time of the last one."""
        self.pages: dict[int, list[Page]] = {}
        """The open pages by student, the oldest first."""
        self._of_address = Counter[str]()
        """The number of open pages by address."""
        self._refusals: Counter[tuple[str, int]] = Counter()
        """The number of refusals by address and student; 0 stands for no student."""
        self._halved = time.monotonic()

    # -- connections ------------------------------------------------------------------------------

    def take(self, connection: web.RequestHandler, *, has_asked: bool) -> None:
        """Note a new connection or request; close others if there are too many."""
        address = address_of(connection.transport)
        group = self._quiet[address, has_asked]
        group[connection] = time.monotonic()
        group.move_to_end(connection)
        if has_asked:
            self._quiet[address, False].pop(connection, None)
        if len(group) > (_MOST_KEPT if has_asked else _MOST_NEW):
            self._end_quietest(address, has_asked)
        elif sum(map(len, self._quiet.values())) > self._most_connections:
            self._end_quietest(*max(self._quiet, key=lambda each: len(self._quiet[each])))

    def _end_quietest(self, address: str, has_asked: bool) -> None:  # noqa: FBT001 - the group
        connection, asked = self._quiet[address, has_asked].popitem(last=False)
        if connection.transport is not None:
            # Phones often abandon connections, but not right after opening them.
            if time.monotonic() - asked < 2 * _SLOWED_SECONDS:
                self.count_refusal(address)
            connection.transport.abort()

    def tick(self) -> None:
        """Close connections that send nothing or are too slow; drop expired entries."""
        now = time.monotonic()
        for group, connections in [*self._quiet.items()]:
            for connection, heard in [*connections.items()]:
                if connection.transport is None:
                    del connections[connection]
                elif now - heard > _QUIET_SECONDS:
                    del connections[connection]
                    connection.transport.abort()
            if not connections:
                del self._quiet[group]
        self._turns = {
            key: turn for key, turn in self._turns.items() if turn > now - _QUIET_SECONDS
        }
        if now - self._halved > _HALF_SECONDS:
            self._halved = now
            halves = {who: count // 2 for who, count in self._refusals.items()}
            self._refusals = Counter({who: count for who, count in halves.items() if count})
            self._wrong = {
                address: wrong
                for address, wrong in self._wrong.items()
                if self.wrong_words(address) > _FORGOTTEN
            }

    # -- requests ---------------------------------------------------------------------------------

    async def pace(self, key: object, address: str, student: int = 0) -> None:
        """Wait until a client may be answered again; raises HTTPException if it floods."""
        now = time.monotonic()
        turn = max(now, self._turns.get(key, 0.0) + _PACE_SECONDS)
        if turn > now + _SLOWED_SECONDS:
            self.count_refusal(address, student)
            raise web.HTTPTooManyRequests(text="too many requests")
        self._turns[key] = turn
        await asyncio.sleep(turn - now)

    async def pace_join(self, address: str) -> None:
        """Wait until an address may join again; raises HTTPException if that takes too long."""
        now, interval = time.monotonic(), 1 / _JOINS_A_SECOND
        turn = max(self._join_turns.get(address, 0.0), now - _JOINS_AT_ONCE * interval) + interval
        if turn > now + _SLOWED_SECONDS:
            self.count_refusal(address)
        if turn > now + _JOIN_SECONDS:
            raise web.HTTPTooManyRequests(text="many join now; wait a moment")
        self._join_turns[address] = turn
        await asyncio.sleep(turn - now)

    def wrong_words(self, address: str) -> float:
        """Return how many wrong words an address has sent, of which older ones count less."""
        count, last = self._wrong.get(address, (0.0, 0.0))
        return float(count * 0.5 ** ((time.monotonic() - last) / _FORGOTTEN_SECONDS))

    def count_wrong_word(self, address: str) -> None:
        """Count a wrong word of an address, also as a refusal."""
        self.count_refusal(address)
        self._wrong[address] = self.wrong_words(address) + 1, time.monotonic()

    def require_patience(self, address: str) -> None:
        """Refuse any word of an address for a time that doubles with each wrong one.

        Raises HTTPException. The right word is refused, too: else the delay would show it.
        """
        _, last = self._wrong.get(address, (0.0, 0.0))
        more = min(self.wrong_words(address) - _WRONG_AT_ONCE, 10.0)
        delay = min(2.0**more, _WRONG_SECONDS) if more > 0 else 0.0
        left = last + delay - time.monotonic()
        if left > 0:
            self.count_refusal(address)
            words = f"many wrong words came from your network; wait {math.ceil(left)} s"
            raise web.HTTPTooManyRequests(text=words)

    # -- pages ------------------------------------------------------------------------------------

    def open(self, page: Page, connection: web.RequestHandler) -> None:
        """Note that a page is open; end others if there are too many. Raises HTTPException."""
        mine = self.pages.get(page.student, [])
        if len(mine) >= _PAGES_OF_STUDENT:
            self._end(mine[0])
        if self._of_address[page.address] >= _PAGES_OF_ADDRESS:
            several = (pages[0] for pages in self.pages.values() if len(pages) > 1)
            if more := next((old for old in several if old.address == page.address), None):
                self._end(more)
        is_full = self._of_address.total() >= self._most_pages
        if is_full or self._of_address[page.address] >= _STUDENTS_OF_ADDRESS:
            fullest = self._of_address.most_common(1)[0][0] if is_full else page.address
            every = (old for pages in self.pages.values() for old in pages)
            last = max((old for old in every if old.address == fullest), key=self._rank)
            if fullest == page.address and self._rank(last) <= self._rank(page):
                self.count_refusal(page.address)
                raise web.HTTPServiceUnavailable(text="the class is full")
            self._end(last)
        self._quiet[page.address, True].pop(connection, None)
        self.pages.setdefault(page.student, []).append(page)
        self._of_address[page.address] += 1

    def _rank(self, page: Page) -> tuple[bool, int]:
        """Return a sort key: the pages of students without answers end first, then the latest."""
        return page.student not in self._speakers, page.student

    def _end(self, page: Page) -> None:
        self.count_refusal(page.address, page.student)
        self.close(page)
        page.end()

    def close(self, page: Page) -> None:
        """Note that a page is closed."""
        pages = self.pages.get(page.student, [])
        if page in pages:
            pages.remove(page)
            self._of_address[page.address] -= 1
            if not pages:
                del self.pages[page.student]

    def forget(self, student: int) -> None:
        """End the pages of a student, and reset the count of refusals."""
        for page in [*self.pages.get(student, ())]:
            self.close(page)
            page.end()
        for who in [who for who in self._refusals if who[1] == student]:
            del self._refusals[who]

    # -- floods -----------------------------------------------------------------------------------

    def count_refusal(self, address: str, student: int = 0) -> None:
        """Count a refused request of a client."""
        self._refusals[address, student] += 1

    def flood(self) -> tuple[str, int] | None:
        """Return the flooding address, and the student (0 if several); None without a flood."""
        of_addresses = Counter[str]()
        for (address, _), count in self._refusals.items():
            of_addresses[address] += count
        for address, count in of_addresses.most_common(1):
            if count >= _FLOOD:
                mine = {who[1]: part for who, part in self._refusals.items() if who[0] == address}
                student = max(mine, key=mine.__getitem__)
                return address, student if 2 * mine[student] > count else 0
        return None


def address_of(transport: asyncio.BaseTransport | None) -> str:
    """Return the address of a client; for IPv6 its /64 network, where it can use any address."""
    peer = transport.get_extra_info("peername") if transport is not None else None
    if not peer:
        return ""
    address = str(peer[0]).partition("%")[0]
    return str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address
