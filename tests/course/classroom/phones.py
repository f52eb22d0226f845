"""Simulated phones of a class, which use sockets like browsers, and a server for them."""

import asyncio
import json
import re
import socket
from contextlib import suppress
from pathlib import Path

from simpsh.kernel.processes import NOFILE, Limit, getrlimit, setrlimit
from tests.course.teach.taking_lessons import SECONDS


class Phone:
    """A browser with one connection for posts and one for events."""

    def __init__(self, port):
        self.port, self.cookie, self.state, self.sending = port, "", {}, None
        self.news, self.writers = asyncio.Event(), []

    async def open(self):
        opened = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(opened[1])
        return opened

    def lose_net(self):
        for writer in self.writers:
            writer.transport.abort()
        self.sending, self.writers = None, []

    async def post(self, what, *, raw=None, headers="", **sent):
        """Send a request; return the status and the answer."""
        self.sending = self.sending or await self.open()
        body = json.dumps(sent).encode() if raw is None else raw
        head = f"POST /{what} HTTP/1.1\r\nHost: h\r\nCookie: {self.cookie}\r\n{headers}"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.sending[1].write(head.encode() + body)
        return await self.answer()

    async def answer(self):
        """Return the status and the answer to the last request."""
        reader, _ = self.sending
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        answer = await reader.readexactly(int(re.search(r"Length: (\d+)", head)[1]))
        self.cookie = re.findall(r"Set-Cookie: (\S+);|$", head)[0] or self.cookie
        self.sending = None if "Connection: close" in head else self.sending
        return int(head.split()[1]), json.loads(answer) if "json" in head else answer

    async def connect(self, reads=True):
        """Open the stream of events, and wait for the first one."""
        reader, writer = await self.open()
        if not reads:
            # A small receive buffer, so that unread data waits in the server.
            socket_of = writer.get_extra_info("socket")
            socket_of.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        writer.write(f"GET /events HTTP/1.1\r\nHost: h\r\nCookie: {self.cookie}\r\n\r\n".encode())
        if not reads:
            return reader
        self.state, self.task = {}, asyncio.create_task(self.listen(reader))
        return await self.shows(lambda state: state)

    async def listen(self, reader):
        with suppress(ConnectionError):
            while line := await reader.readline():
                if line.startswith(b"data: "):
                    self.state = json.loads(line[6:])
                    self.news.set()
        self.news.set()

    async def shows(self, fact):
        """Wait until an event satisfies a test; raise ConnectionError at the end of the stream."""
        while not fact(self.state):
            self.news.clear()
            if self.task.done():
                raise ConnectionError
            await self.news.wait()


def lead(start_shell, folder, lesson, *options):
    """Lead a lesson with its files in `folder`; return its terminal once phones can join."""
    # A continued class keeps its port.
    port = () if [*Path(folder).glob("simpsh/classes/*")] else ("--port", "0")
    words = ("lesson", "class", lesson, "--bind", "127.0.0.1", *port, *options)
    terminal = start_shell(*words, rows=40, environment={"XDG_STATE_HOME": f"{folder}"})
    terminal.wait(r"students? here · Enter begins", SECONDS)
    return terminal


async def flood(port, word, joins, pages):
    """Act as a client that joins repeatedly, and opens pages with all its tokens."""
    hard = getrlimit(NOFILE).hard
    setrlimit(NOFILE, Limit(hard, hard))
    cookies, left, streams = [], iter(range(joins)), []

    async def join():
        phone = Phone(port)
        for _ in left:
            with suppress(OSError, EOFError):
                phone.cookie = ""
                status, _ = await phone.post("join", word=word)
                if status == 200:
                    cookies.append(phone.cookie)
                continue
            phone.lose_net()
        phone.lose_net()

    async def open_page(number):
        phone = Phone(port)
        streams.append(phone)
        with suppress(OSError, EOFError):
            phone.cookie = cookies[number % len(cookies)]
            await phone.connect()

    await asyncio.gather(*(join() for _ in range(100)))
    while True:
        for first in range(0, pages, 200):
            numbers = range(first, min(first + 200, pages))
            await asyncio.wait([asyncio.create_task(open_page(n)) for n in numbers], timeout=5)
        await asyncio.sleep(1)
        for phone in streams:
            phone.lose_net()
        streams.clear()
