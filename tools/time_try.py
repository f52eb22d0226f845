"""Measure the page on which simpsh is tried in a tab: python -m tools.time_try build/site/try.

A headless Chromium loads it once at 50 Mbit/s with an empty cache, and three times from its cache.
The times are as a reader sees them: from the click to the prompt, to a narrated command and its
picture; from the link of a task to its question, and from a line typed for it to the lesson's
answer. The load of this machine is printed.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Protocol

from tests.support import browser

_BYTES_A_SECOND = 50e6 / 8
_LESSON, _STEP = "rule-1-both-continue", 9
_LIMIT = 300.0
_DRAWN = "document.querySelector('#picture img')?.naturalWidth > 0"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing of each file."""


class _Tab(Protocol):
    """The actions on a page; see tests.support.browser."""

    def open(self, address: str) -> object: ...
    def click(self, selector: str) -> object: ...
    def run(self, expression: str) -> object: ...


class _Reader:
    """Someone who opens the page, clicks, types, and looks at a clock."""

    def __init__(self, tab: _Tab, address: str) -> None:
        self._tab, self._address = tab, address

    def open(self, query: str = "") -> None:
        self._tab.open(self._address + query)

    def start(self) -> float:
        begun = time.monotonic()
        self._tab.click("#begin")
        self.until("simpshTry.atPrompt()")
        return time.monotonic() - begun

    def type(self, line: str, answer: str, more: str = "simpshTry.atPrompt()") -> float:
        begun = time.monotonic()
        self._tab.run(f"simpshTry.type({json.dumps(line)})")
        self.until(f"simpshTry.text().includes({json.dumps(answer)}) && {more}")
        return time.monotonic() - begun

    def forget_picture(self) -> None:
        self._tab.run("document.querySelector('#picture img').remove()")

    def forget_machine(self) -> None:
        self._tab.run("caches.delete('simpsh-try')")

    def until(self, fact: str) -> None:
        limit = time.monotonic() + _LIMIT
        while not self._tab.run(f"Boolean({fact})"):
            if time.monotonic() > limit:
                raise SystemExit(f"not within {_LIMIT:.0f} s: {fact}")
            time.sleep(0.02)


def _visit(reader: _Reader) -> list[float]:
    """Return the seconds from the click to the prompt, to a narrated command, and to its picture.

    Then those of one more command, and from its prompt to its picture.
    """
    reader.open()
    begun = time.monotonic()
    prompt = reader.start()
    reader.type("sh -c 'exit 7'", "exit status: 7")
    first = time.monotonic() - begun
    reader.until(_DRAWN)
    drawn = time.monotonic() - begun
    reader.forget_picture()
    second = reader.type("sh -c 'exit 8'", "exit status: 8")
    begun = time.monotonic()
    reader.until(_DRAWN)
    return [prompt, first, drawn, second, time.monotonic() - begun]


def _task(reader: _Reader) -> list[float]:
    """Return the seconds to the task's prompt, and from a wrong line and a right to the answer."""
    begun = time.monotonic()
    reader.open(f"?lesson={_LESSON}&from={_STEP}")
    reader.until("simpshTry.text().includes('does not wait for sleep') && simpshTry.atPrompt()")
    prompt = time.monotonic() - begun
    wrong = reader.type("sleep 0.2; echo here", "the shell waits for")
    return [prompt, wrong, reader.type("sleep 0.2 & echo here", "Both continued", "true")]


def main() -> int:
    """Write a table of the times, in seconds."""
    parser = argparse.ArgumentParser(description="Measure the page that tries simpsh in a tab.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    if browser.CHROMIUM is None or not (folder / "state.zst").exists():
        sys.stderr.write(f"it needs {browser.MISSING[3:]}, and the page: make try\n")
        return 1
    handler = partial(_Quiet, directory=folder)
    with (
        tempfile.TemporaryDirectory() as home,
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with closing(browser.Browser(Path(home))) as chromium:
            tab = browser.Tab(chromium, 1400, 900)
            reader = _Reader(tab, f"http://127.0.0.1:{server.server_port}/index.html")
            heads = ("to prompt", "narrated", "drawn", "again", "drawn")
            _say(f"{'':12}{''.join(f'{head:>10}' for head in heads)}   load")
            network = partial(tab.call, "Network.emulateNetworkConditions", offline=False)
            network(latency=20, downloadThroughput=_BYTES_A_SECOND, uploadThroughput=-1)
            for name in ("cold", "warm 1", "warm 2", "warm 3"):
                _row(name, _visit(reader))
                network(latency=0, downloadThroughput=-1, uploadThroughput=-1)
            _say(f"{'':12}{'to prompt':>10}{'wrong':>10}{'right':>10}")
            network(latency=20, downloadThroughput=_BYTES_A_SECOND, uploadThroughput=-1)
            reader.forget_machine()
            for name in ("task, cold", "task 1", "task 2", "task 3"):
                _row(name, _task(reader))
                network(latency=0, downloadThroughput=-1, uploadThroughput=-1)
        server.shutdown()
    return 0


def _row(name: str, seconds: list[float]) -> None:
    cells = "".join(f"{one:10.1f}" for one in seconds)
    _say(f"{name:12}{cells}   {os.getloadavg()[0]:.1f}")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
