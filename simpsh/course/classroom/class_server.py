"""The server for phones: it receives posts, and sends events to every open page.

It runs in a worker (`simpsh/process/worker.py`): the teacher's process runs lessons, and never
waits for a phone. The teacher sends requests over the channel, and each gets one answer. At most
one `CHANGED` is unread at any time, so the channel does not fill up while the teacher uses a shell.

A page gets its complete contents when it connects and at each change, so a phone that lost the
network shows the current page again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from simpsh.base.outside_json import BadData, expecting, json_object, object_of
from simpsh.course.classroom.class_store import CHANGED, ClassStore, Poll
from simpsh.course.classroom.client_limits import ClientLimits, address_of
from simpsh.kernel.processes import INFINITY, NOFILE, Limit, getrlimit, setrlimit
from simpsh.process.worker import Channel
from simpsh.view.page.page_frame import THEME_SWITCH, frame_page

# Every resource of a client is limited, so that no client stops the others.
_MOST_STUDENTS, _DESCRIPTORS = 4000, 8192
_MOST_PAGES, _PAGES_OF_STUDENT = 6000, 4
_MOST_BODY, _LONGEST_TEXT = 4096, 300
_MOST_UNREAD = 1 << 17
"""Bytes that a page may leave unread before its connection is ended."""
_SLOWED_SECONDS = 1.0
"""The delay before refusing a wrong word or token."""
_QUIET_SECONDS, _BODY_SECONDS = 60, 10
_BEAT_SECONDS = 15
"""The interval of keep-alive comments to each page: proxies close silent connections."""
_COOKIE, _COOKIE_SECONDS = "simpsh_class", 12 * 3600
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The part of the policy that only a header can state; the page states the rest.
    "Content-Security-Policy": "frame-ancestors 'none'",
}
_STREAM_HEADERS = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


class ClassServer:
    """Serves one class until the channel to the teacher ends."""

    def __init__(self, channel: Channel, store: ClassStore) -> None:
        self._channel, self._store = channel, store
        self._has_notified = False
        self._common = json.dumps(store.shown(), ensure_ascii=False)
        self._limits = ClientLimits()
        self._pages: dict[int, dict[asyncio.Event, asyncio.Transport | None]] = {}
        """The open pages by student, the oldest first. The event is set if there are news."""
        self._over = asyncio.Event()

    async def serve(self, listening: socket.socket) -> None:
        """Serve until the teacher's process closes the channel."""
        # An exception in a request concerns that client only: do not print it over the lesson.
        logging.disable(logging.CRITICAL)
        # Each phone has two connections, and each connection needs a descriptor.
        hard = getrlimit(NOFILE).hard
        enough = _DESCRIPTORS if hard == INFINITY else min(hard, _DESCRIPTORS)
        setrlimit(NOFILE, Limit(enough, hard))
        # Use a small send buffer: unread data then stays in this process, which limits its size.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_UNREAD)
        app = web.Application(client_max_size=_MOST_BODY, middlewares=[self._guard])
        app.router.add_get("/events", self._events)
        app.router.add_get("/{word:[A-Za-z0-9]*}", self._give_page)
        app.router.add_post("/{what:join|say}", self._post)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=_QUIET_SECONDS)
        await runner.setup()
        await web.SockSite(runner, listening, backlog=512).start()
        asyncio.get_running_loop().add_reader(self._channel.descriptor, self._hear)
        await self._over.wait()

    # -- the teacher ------------------------------------------------------------------------------

    def _hear(self) -> None:
        """Answer the teacher: a poll is stored, a page is shown, or a key asks for a poll."""
        try:
            match asked := self._channel.receive():
                case Poll():
                    self._store.store_poll(asked)
                    self._channel.send("done")
                case dict():
                    self._store.show(asked)
                    self._common = json.dumps(self._store.shown(), ensure_ascii=False)
                    self._channel.send("done")
                    for page in [page for pages in self._pages.values() for page in pages]:
                        page.set()
                case str():
                    self._has_notified = False
                    poll = self._store.polls().get(asked)
                    self._channel.send((len(self._pages), self._store.answers(asked), poll))
                case _:
                    self._over.set()
        except OSError as problem:
            self._channel.send(problem)

    def _notify_teacher(self) -> None:
        if not self._has_notified:
            self._has_notified = True
            self._channel.send(CHANGED)

    # -- requests ---------------------------------------------------------------------------------

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Slow down a client that asks too often, and answer refusals in one line."""
        answer: web.StreamResponse
        try:
            await self._limits.pace(address_of(request.transport), self._known(request))
            answer = await handler(request)
        except web.HTTPException as refused:
            if refused.status in (401, 403):
                await asyncio.sleep(_SLOWED_SECONDS)
            answer = _json({"error": refused.text or refused.reason}, refused.status)
        except (BadData, TimeoutError):
            answer = _json({"error": "this is not a request of the page"}, 400)
        except OSError as problem:
            if isinstance(problem, ConnectionError):
                raise
            # Do not confirm an answer that could not be stored, for instance on a full disk.
            answer = _json({"error": f"not kept: {problem.strerror}"}, 507)
        if answer.status >= 400:
            answer.force_close()
        return answer

    async def _give_page(self, _request: web.Request) -> web.Response:
        return web.Response(body=_PAGE, content_type="text/html", charset="utf-8", headers=_HEADERS)

    def _known(self, request: web.Request) -> int:
        """Return the student whose token the browser sends; 0 if it is not in this class."""
        return self._store.student_of(_hash(request.cookies.get(_COOKIE, "")))

    def _student_of(self, request: web.Request) -> int:
        """Return the student whose token the browser sends; raises HTTPException."""
        if not (student := self._known(request)):
            raise web.HTTPUnauthorized(text="not in this class")
        return student

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send the contents of the page, now and at each change, until the page is closed."""
        _refuse_other_sites(request)
        student, page = self._student_of(request), asyncio.Event()
        if sum(map(len, self._pages.values())) >= _MOST_PAGES:
            raise web.HTTPServiceUnavailable(text="the class is full")
        mine = self._pages.setdefault(student, {})
        mine[page] = request.transport
        if len(mine) > _PAGES_OF_STUDENT and (oldest := mine.pop(next(iter(mine)))):
            # A phone that has lost the network may have left it open; it may connect again.
            oldest.abort()
        answer = web.StreamResponse(headers=_HEADERS | _STREAM_HEADERS)
        # Random delays, so that 300 phones that lost the network do not reconnect at once.
        text = f"retry: {500 + secrets.randbelow(1500)}\n"
        try:
            await answer.prepare(request)
            self._notify_teacher()
            while True:
                page.clear()
                answers = json.dumps(self._store.said_by(student), ensure_ascii=False)
                text += f'data: {{"now":{self._common},"said":{answers}}}\n\n'
                while text:
                    pipe = request.transport
                    if pipe is not None and pipe.get_write_buffer_size() > _MOST_UNREAD:
                        # The page does not read; it will reconnect.
                        pipe.abort()
                    await asyncio.wait_for(answer.write(text.encode()), _BODY_SECONDS)
                    text = ":\n\n"
                    with suppress(TimeoutError):
                        await asyncio.wait_for(page.wait(), _BEAT_SECONDS)
                        text = ""
        finally:
            mine.pop(page, None)
            if not mine:
                self._pages.pop(student, None)
            self._notify_teacher()

    async def _post(self, request: web.Request) -> web.Response:
        """Store what a page sends; the answer 200 means that it is on the disk."""
        _refuse_other_sites(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="JSON is needed")
        async with asyncio.timeout(_BODY_SECONDS):
            body = await request.read()
        with expecting("not a request of the page"):
            sent = json_object(body, "request")
            if request.match_info["what"] == "join":
                return self._join(request, str(sent["word"]))
            student = self._student_of(request)
            self._take(student, str(sent["key"]), str(sent["slot"]), _one_line(sent["text"]))
        for page in self._pages.get(student, ()):
            page.set()
        self._notify_teacher()
        return _json({})

    def _take(self, student: int, key: str, slot: str, text: str) -> None:
        """Store a student's answer; raises HTTPException for an unexpected one.

        The current page asks for slots, each with a pattern (`re`) of valid answers.
        """
        now = self._store.now
        asked = object_of(now.get("asks", {})).get(slot)
        if now.get("key") != key or asked is None:
            raise web.HTTPConflict(text="this is not asked now")
        if not re.fullmatch(str(asked), text):
            raise web.HTTPBadRequest(text="this is no answer")
        self._store.say(student, key, slot, text)

    def _join(self, request: web.Request, word: str) -> web.Response:
        """Admit a student who sends the word of the class."""
        answer = _json({})
        if self._known(request):
            # The student reconnects: the browser has stored the token.
            return answer
        if word.strip().lower() != self._store.word:
            self._limits.charge_for_wrong_word(address_of(request.transport))
            raise web.HTTPForbidden(text="this is not the word of a class")
        if self._store.count_students() >= _MOST_STUDENTS:
            raise web.HTTPServiceUnavailable(text="the class is full")
        token = secrets.token_urlsafe(18)
        self._store.join(_hash(token))
        attributes = f"Max-Age={_COOKIE_SECONDS}; Path=/; HttpOnly; SameSite=Strict"
        answer.headers["Set-Cookie"] = f"{_COOKIE}={token}; {attributes}"
        return answer


def _refuse_other_sites(request: web.Request) -> None:
    """Refuse requests that a page of another site makes; see Fetch Metadata."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin", f"//{request.host}")
    if site not in ("same-origin", "none") or urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="from another site")


def _json(value: Mapping[str, object], status: int = 200) -> web.Response:
    return web.json_response(dict(value), status=status, headers=_HEADERS)


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _one_line(value: object) -> str:
    """Return a student's text as one printable line, which may be cut."""
    printable = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return " ".join(printable.split())[:_LONGEST_TEXT]


_BODY, _STYLE, _SCRIPT = (
    Path(__file__).with_name("assets").joinpath(f"class.{end}").read_text(encoding="utf-8")
    for end in ("html", "css", "js")
)
_PAGE = frame_page(
    "Class",
    _BODY.replace("<!--theme-->", THEME_SWITCH),
    style=_STYLE,
    script=_SCRIPT,
    connects=True,
).encode()
"""The only page that phones load; its contents follow as events."""
