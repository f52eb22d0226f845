"""Type the solution of each task of the core lessons in the tab, and look for the answer.

`python -m tests.house.tries_in_the_tab SITE [LESSON…]` prints a row for each task. SITE is the
folder that has `try`.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lessons import CORE
from simpsh.base.record import Record
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.try_step import Try
from tests.harness.process import wait_until
from tests.support.browser import Browser, Tab

SECONDS = 300
"""The time limit of one answer, on a busy machine."""


class Row(Record):
    """A task, and what became of it."""

    lesson: str
    step: int
    line: str
    is_right: bool
    seconds: float
    """The time until the answer."""
    work: float
    """The browser's processor time until then: about the time on a machine without other work."""
    shown: str
    """The end of the terminal's text."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def tasks(names: Sequence[str] = CORE) -> list[tuple[str, int, Try]]:
    """Return the tasks of lessons, with their lesson and the number of their step."""
    library = Library()
    return [
        (name, number, step)
        for name in names
        for number, step in enumerate(library.find(name).steps, 1)
        if isinstance(step, Try)
    ]


def plain(text: str) -> str:
    """Return a text without marks of emphasis, and with single blanks, as the terminal shows it."""
    return re.sub(r"\s+", " ", re.sub(r"[*`_]|\\(?=[*_`])", "", text)).strip()


def attempt(tab: Tab, address: str, name: str, number: int, step: Try) -> Row:
    """Open the page at a task, type its solution, and wait for the answer."""
    tab.open("about:blank")
    tab.open(f"{address}/try/index.html?lesson={name}&from={number}")
    asked = plain(list(step.asks)[-1])[:24]
    wait_until(lambda: asked in shown(tab), f"the task {name}:{number}", seconds=SECONDS)
    wait_until(lambda: tab.run("Boolean(document.body.dataset.whole)"), "all", seconds=SECONDS)
    before = len(shown(tab))
    start, work = time.monotonic(), work_of(tab)
    tab.run(f"simpshTry.type({json.dumps(step.solution)})")
    right, wrong = plain(step.note)[:24], plain(step.hint)[:24]

    def answer() -> str:
        return shown(tab)[before:]

    with contextlib.suppress(AssertionError):
        wait_until(lambda: right in answer() or wrong in answer(), "the answer", seconds=SECONDS)
    seconds, work = time.monotonic() - start, work_of(tab) - work
    return Row(name, number, step.solution, right in answer(), seconds, work, shown(tab)[-900:])


def work_of(tab: Tab) -> float:
    """Return the processor time of all processes of the browser, in seconds."""
    known = tab.browser.call("SystemInfo.getProcessInfo")["processInfo"]
    return sum(float(one["cpuTime"]) for one in known)


def shown(tab: Tab) -> str:
    """Return the text of the terminal."""
    return plain(str(tab.run("window.simpshTry?.text() ?? ''")))


def attempts(site: Path, home: Path, names: Sequence[str] = CORE) -> Iterator[Row]:
    """Attempt the tasks of lessons in the page of a site, in a browser of its own."""
    with served(site) as address:
        chromium = Browser(home)
        try:
            tab = Tab(chromium, 1400, 900)
            for name, number, step in tasks(names):
                yield attempt(tab, address, name, number, step)
        finally:
            chromium.close()


def main() -> None:
    """Attempt the tasks of all lessons, or of some; print each row at once."""
    site, *names = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home:
        for row in attempts(Path(site), Path(home), names or CORE):
            times = f"{row.seconds:.1f} s, {row.work:.1f} s of processor"
            mark = "right" if row.is_right else f"not right: … {row.shown}"
            sys.stdout.write(f"{row.lesson}:{row.step} | {row.line} | {times} | {mark}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
