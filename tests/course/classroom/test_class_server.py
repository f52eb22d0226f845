"""Hostile clients of a class: resources are bounded, and input is refused or escaped."""

import asyncio
import re
import socket
import time

from simpsh.course.classroom import class_server
from simpsh.course.classroom.class_server import ClassServer
from simpsh.course.classroom.class_store import Poll, lead
from simpsh.process import proc
from simpsh.process.worker import Worker
from tests.course.classroom.phones import Phone, flood

NOW = {"phase": "vote", "key": "x/1", "asks": {"1": "[0-2]", "why": ".*"}}
CHOSEN = {"key": "x/1", "slot": "1", "text": "1"}
REFUSED = [
    ({"headers": "Origin: http://evil.example\r\n"}, 403),
    ({"headers": "Sec-Fetch-Site: cross-site\r\n"}, 403),
    (CHOSEN | {"text": "3"}, 400),
    (CHOSEN | {"slot": "2"}, 409),
    ({"raw": b"x" * 5000}, 413),
    ({"raw": b"[" * 3000}, 400),
]


POLL = Poll("x/1", "x", 1, "?", ("a", "b", "c"))


class Served:
    """A class with its server; the methods send requests like the teacher's process."""

    def __init__(self, port=0):
        listening = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = listening.getsockname()[1]

        def serve(channel):
            store = lead()
            channel.send(store.word)
            asyncio.run(ClassServer(channel, store).serve(listening))

        self.worker = Worker(serve)
        self.word = self.worker.channel.receive()
        listening.close()

    def ask(self, asked):
        channel = self.worker.channel
        channel.send(asked)
        return next(answer for answer in iter(channel.receive, None) if answer != "changed")


def test_the_resources_of_one_client_are_limited(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(class_server, "_BODY_SECONDS", 0.5)
    served = Served()
    begun_with = proc.resident_bytes(served.worker.pid)  # a copy of the tests' process
    good, slow, raw, *idle = (Phone(served.port) for _ in range(960))

    async def sent(data):
        """Send bytes on a new connection; return the status and the answer."""
        raw.sending = await raw.open()
        raw.sending[1].write(data)
        return await raw.answer()

    async def run():
        head = b"GET /otter42 HTTP/1.1\r\nHost: h\r\n"
        status, page = await sent(head + b"\r\n")
        assert (status, len(page) < 30_000) == (200, True)
        assert b"default-src 'none'" in page
        assert re.findall(rb"""(?:src|href|url)[=(]["']?(?!data:)""", page) == []
        # A header that is too long, a request that is not HTTP, and a body that never arrives.
        post = head.replace(b"GET /otter42", b"POST /say") + b"Content-Type: application/json\r\n"
        for bad in (head + b"X: %s" % (b"x" * 100_000), b"\x16\x03", post + b"Content-Length: 9"):
            assert (await sent(bad + b"\r\n\r\n"))[0] == 400
        # Idle connections stop nobody.
        for phone in idle:
            await phone.open()
        for phone in (good, slow):
            assert (await phone.post("join", word=served.word))[0] == 200
        await good.connect()
        await slow.connect(reads=False)
        served.ask(NOW)
        for refused, status in REFUSED:
            assert (await good.post("say", **refused))[0] == status, refused
        # The answers to guessed tokens are delayed.
        raw.cookie, begun = "simpsh_class=guessed", time.monotonic()
        assert (await raw.post("say", **CHOSEN))[0] == 401
        assert time.monotonic() - begun >= 1
        assert (await good.post("say", **CHOSEN))[0] == 200
        assert (await good.post("say", key="x/1", slot="why", text="\x1b[2J<b>\n" * 99))[0] == 200
        # Connections that do not read are closed, too: a new page of 40 kB is shown repeatedly.
        now = {"phase": "run", "picture": "x" * 40_000, "step": 0}
        while served.ask("x/1")[0] == 2:
            now["step"] += 1
            served.ask(now)
            await good.shows(lambda state: state["now"] == now | {"polls": []})
        for phone in (good, slow, raw, *idle):
            phone.lose_net()

    try:
        asyncio.run(asyncio.wait_for(run(), 100))
        assert [*served.ask("x/1")[1]["1"].items()] == [(1, "1")]
        [why] = served.ask("x/1")[1]["why"].values()
        assert why == " ".join(["[2J<b>"] * 99)[:300]
        assert proc.resident_bytes(served.worker.pid) - begun_with < 90 << 20
    finally:
        served.worker.end(at_once=True)


async def answers(phone, word):
    """Act as a student who joins once, keeps the page open, and answers the questions."""
    assert (await phone.post("join", word=word))[0] == 200
    await phone.connect()
    yield
    await phone.shows(lambda state: state["now"]["phase"] == "vote")
    assert (await phone.post("say", **CHOSEN))[0] == 200
    yield


def test_a_student_who_floods_from_the_same_address_stops_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    students = 60
    served = Served()
    flooding = Worker(lambda _: asyncio.run(flood(served.port, served.word, 1, 1200)))

    async def run():
        phones = [Phone(served.port) for _ in range(students)]
        taking_part = [answers(phone, served.word) for phone in phones]
        await asyncio.gather(*map(anext, taking_part))
        served.ask(POLL)
        served.ask(NOW)
        await asyncio.gather(*map(anext, taking_part))
        present, slots, _ = served.ask("x/1")
        assert len(slots["1"]) == students
        assert present >= students
        # Students who have joined stay, and can reconnect.
        assert not any(phone.task.done() for phone in phones)
        phones[0].lose_net()
        await phones[0].connect()
        for phone in phones:
            phone.lose_net()

    try:
        asyncio.run(asyncio.wait_for(run(), 100))
    finally:
        flooding.end(at_once=True)
        served.worker.end(at_once=True)


def test_a_student_has_four_pages_and_the_latest_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    served = Served()

    async def run():
        first = Phone(served.port)
        await first.post("join", word=served.word)
        pages = [first, *(Phone(served.port) for _ in range(5))]
        for page in pages:
            page.cookie = first.cookie
            await page.connect()
        for page in pages[:2]:
            await page.task
        assert not any(page.task.done() for page in pages[2:])
        assert served.ask("x/1")[0] == 1
        for page in pages:
            page.lose_net()

    try:
        asyncio.run(asyncio.wait_for(run(), 60))
    finally:
        served.worker.end(at_once=True)
