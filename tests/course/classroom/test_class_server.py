"""Many phones at once, and hostile ones among them: over sockets, as browsers ask."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import time
from contextlib import suppress

import pytest

from simpsh.course.classroom.class_journal import lead
from simpsh.course.classroom.class_server import ClassServer
from simpsh.process import proc
from simpsh.process.worker import Worker

NOW = {"phase": "vote", "key": "x/1", "asks": {"1": "[0-2]"}}
CHOSEN = {"key": "x/1", "slot": "1", "text": "1"}
REFUSED = [
    ({"headers": "Origin: http://evil.example\r\n"}, 403),
    ({"headers": "Sec-Fetch-Site: cross-site\r\n"}, 403),
    (CHOSEN | {"text": "3"}, 400),
    (CHOSEN | {"slot": "2"}, 409),
    ({"raw": b"x" * 5000}, 413),
    ({"raw": b"[" * 3000}, 400),
]


class Phone:
    """A browser: one connection for what is sent, another for events."""

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
        """Send; return the status and the answer."""
        reader, writer = self.sending = self.sending or await self.open()
        body = json.dumps(sent).encode() if raw is None else raw
        head = f"POST /{what} HTTP/1.1\r\nHost: h\r\nCookie: {self.cookie}\r\n{headers}"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        answer = json.loads(await reader.readexactly(int(re.search(r"Length: (\d+)", head)[1])))
        self.cookie = re.findall(r"Set-Cookie: (\S+);|$", head)[0] or self.cookie
        self.sending = None if "Connection: close" in head else self.sending
        return int(head.split()[1]), answer

    async def connect(self):
        """Open the stream of events, and wait for what is shown."""
        reader, writer = await self.open()
        writer.write(f"GET /events HTTP/1.1\r\nHost: h\r\nCookie: {self.cookie}\r\n\r\n".encode())
        self.state, self.task = {}, asyncio.create_task(self.listen(reader))
        await self.shows(lambda state: state)

    async def listen(self, reader):
        with suppress(ConnectionError):
            while line := await reader.readline():
                if line.startswith(b"data: "):
                    self.state = json.loads(line[6:])
                    self.news.set()

    async def shows(self, fact):
        while not fact(self.state):
            self.news.clear()
            await self.news.wait()


@pytest.mark.parametrize(
    "students", [30, pytest.param(300, marks=pytest.mark.long("300 phones are a class"))]
)
def test_each_vote_counts_once_whatever_the_phones_go_through(students, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    journal, listening = lead(), socket.create_server(("127.0.0.1", 0), backlog=512)
    word, port, seconds = journal.state.word, listening.getsockname()[1], []
    worker = Worker(
        lambda channel: asyncio.run(ClassServer(channel, journal).serve(listening, None))
    )
    listening.close()
    journal.close()
    voting, bad = ([Phone(port) for _ in range(n)] for n in (students, students // 10 + 1))

    def ask(*asked):
        worker.channel.send(asked)
        return next(a for a in iter(worker.channel.receive, None) if a != "changed")

    async def vote(number, phone):
        """Change one's mind; of ten phones one loses the net in between."""
        # Fifty students a second: who begins to think at the same time needs more or less of it.
        await asyncio.sleep(random.uniform(0, students / 50))
        for answer in ("0", "2", "1"):
            begun = time.monotonic()
            assert (await phone.post("say", **CHOSEN | {"text": answer}))[0] == 200
            seconds.append(time.monotonic() - begun)
            if number % 10 == 0 and answer == "2":
                phone.lose_net()
                await phone.connect()
                assert phone.state["said"] == {"x/1": {"1": "2"}}
        await phone.shows(lambda state: state["said"] == {"x/1": {"1": "1"}})

    async def flood(phone):
        with suppress(OSError, EOFError):
            while True:
                assert (await phone.post("say", raw=b"{}"))[0] >= 400

    async def run():
        for phone in voting:
            assert await phone.post("join", word=word) == (200, {})
            await phone.connect()
        ask("tell", {"do": "show", "now": NOW})
        for sent, status in REFUSED:
            assert (await voting[0].post("say", **sent))[0] == status, sent
        # A second device is the same student; a stranger is none, and a code is for one device.
        assert (await bad[0].post("say", **CHOSEN))[0] == 401
        _, pair = await voting[0].post("pair")
        assert (await bad[0].post("join", word=pair["code"]))[0] == 200
        assert (await bad[1].post("join", word=pair["code"]))[0] == 403
        floods = [asyncio.create_task(flood(phone)) for phone in bad]
        await asyncio.gather(*(vote(number, phone) for number, phone in enumerate(voting)))
        for task in floods:
            task.cancel()
        for phone in (*voting, *bad):
            phone.lose_net()
        await asyncio.gather(*floods, return_exceptions=True)

    asyncio.run(run())
    assert [*ask("said", "x/1")[1]["1"].values()] == ["1"] * students
    each = proc.cpu_seconds(worker.pid) / len(seconds) * 1000
    # At its birth it has what the runner of the tests has.
    more = proc.resident_bytes(worker.pid) - proc.resident_bytes("self") >> 20
    late = sorted(seconds)[-len(seconds) // 100]
    print(f"{students}: 99 % in {late * 1000:.0f} ms, {each:.1f} ms CPU each, {more} MB more")
    worker.end()
    assert more < 60
    assert each < 20
