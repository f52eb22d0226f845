"""Hostile clients of a class: all that one has is bounded, refused or escaped."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from contextlib import suppress

from simpsh.course.classroom import class_server
from simpsh.course.classroom.class_journal import lead
from simpsh.course.classroom.class_server import ClassServer
from simpsh.process import proc
from simpsh.process.worker import Worker
from tests.course.classroom.phones import Phone

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


class Served:
    """A class of this machine with its server, and what asks it as the teacher's process does."""

    def __init__(self, port=0):
        journal, listening = lead(), socket.create_server(("127.0.0.1", port), backlog=512)
        self.word, self.port = journal.state.word, listening.getsockname()[1]
        self.worker = Worker(
            lambda channel: asyncio.run(ClassServer(channel, journal).serve(listening, None))
        )
        listening.close()
        journal.close()

    def ask(self, *asked):
        channel = self.worker.channel
        channel.send(asked)
        return next(answer for answer in iter(channel.receive, None) if answer != "changed")


def test_what_one_client_has_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(class_server, "_BODY_SECONDS", 0.5)
    served = Served()
    begun_with = proc.resident_bytes(served.worker.pid)  # a copy of the tests' process
    good, slow, raw, *idle = (Phone(served.port) for _ in range(960))

    async def sent(data):
        """Send bytes on a connection of their own; return status and answer."""
        raw.sending = await raw.open()
        raw.sending[1].write(data)
        return await raw.answer()

    async def run():
        head = b"GET /otter42 HTTP/1.1\r\nHost: h\r\n"
        status, page = await sent(head + b"\r\n")
        assert (status, len(page) < 30_000) == (200, True)
        assert b"default-src 'none'" in page
        assert re.findall(rb"""(?:src|href|url)[=(]["']?(?!data:)""", page) == []
        # A long header, no HTTP, and a body that never comes.
        post = head.replace(b"GET /otter42", b"POST /say") + b"Content-Type: application/json\r\n"
        for bad in (head + b"X: %s" % (b"x" * 100_000), b"\x16\x03", post + b"Content-Length: 9"):
            assert (await sent(bad + b"\r\n\r\n"))[0] == 400
        # Who asks nothing is ended before descriptors are short.
        readers = [(await phone.open())[0] for phone in idle]
        with suppress(ConnectionError):
            assert await readers[0].read() == b""
        for phone in (good, slow):
            assert (await phone.post("join", word=served.word))[0] == 200
        await good.connect()
        await slow.connect(reads=False)
        served.ask("tell", {"do": "show", "now": NOW})
        for refused, status in REFUSED:
            assert (await good.post("say", **refused))[0] == status, refused
        # Who guesses a token waits. A second device is the same student; a code is for one device.
        raw.cookie, begun = "simpsh_class=guessed", time.monotonic()
        assert (await raw.post("say", **CHOSEN))[0] == 401
        assert time.monotonic() - begun >= 1
        _, pair = await good.post("pair")
        assert (await raw.post("join", word=pair["code"]))[0] == 200
        assert (await raw.post("say", **CHOSEN))[0] == 200
        assert (await idle[0].post("join", word=pair["code"]))[0] == 403
        assert (await good.post("say", key="x/1", slot="why", text="\x1b[2J<b>\n" * 99))[0] == 200
        # Who does not read is ended, too: 40 kB are shown, again and again.
        now = {"phase": "run", "picture": "x" * 40_000, "step": 0}
        while served.ask("said", "x/1")[0] == 2:
            now["step"] += 1
            served.ask("tell", {"do": "show", "now": now})
            await good.shows(lambda state: state["now"] == now | {"polls": []})
        for phone in (good, slow, raw, *idle):
            phone.lose_net()

    try:
        asyncio.run(asyncio.wait_for(run(), 100))
        assert [*served.ask("said", "x/1")[1]["1"].items()] == [(1, "1")]
        [why] = served.ask("said", "x/1")[1]["why"].values()
        assert why == " ".join(["[2J<b>"] * 99)[:300]
        assert proc.resident_bytes(served.worker.pid) - begun_with < 90 << 20
    finally:
        served.worker.end(at_once=True)
