"""Make the pictures of the README: screens of real sessions, and the page in a browser.

`make pictures` writes docs/pictures/. A test plays the sessions again and compares their words
(`words_of`), without pids and times, so a picture cannot become outdated.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.house.terminal_svg import svg_of
from tests.support.browser import Browser, Tab
from tests.support.screen import Terminal
from tests.support.shells import simpsh_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROJECT = Path(__file__).resolve().parent.parent.parent
PICTURES = PROJECT / "docs" / "pictures"


@dataclass(frozen=True)
class Recording:
    name: str
    title: str
    words: tuple[str, ...]
    """The arguments after `simpsh`."""
    size: tuple[int, int]
    """Rows and columns."""
    acts: tuple[tuple[str, str], ...]
    """Keys to type, and the pattern to wait for; the picture shows the screen after the last."""

    def steps_a_program(self) -> bool:
        """Return whether race.c must be compiled for it."""
        return "./race" in self.words


RACE = """\
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        write(1, "a\\n", 2);
        write(1, "b\\n", 2);
        _exit(0);
    }
    write(1, "c\\n", 2);
    wait(NULL);
    return 0;
}
"""

RECORDINGS = (
    Recording(
        "prompt",
        "simpsh -v",
        ("-v",),
        (29, 92),
        (
            ("", r"^>>"),
            ("ls | wc -l\r", r"4172\) status changed(?s:.*)^>>\Z|4172\) st(?s:.*)^>> *$"),
            ("gerp x notes.txt\r", r"did you mean grep(?s:.*)^>> *$"),
            ("why\r", r"try(?s:.*)^>> *$"),
        ),
    ),
    Recording(
        "step",
        "simpsh step ./race",
        ("step", "./race"),
        (25, 92),
        (
            ("", "You are the scheduler"),
            ("\r", "At the beginning"),
            # The stepper explores ahead as long as a page of text is shown.
            ("o", "3 outputs from here on"),
            (" ", "At the beginning(?s:.*)── 3 outputs ──"),
            ("2", "after 1 step(?s:.*)── 2 outputs ──"),
        ),
    ),
    Recording(
        "lesson",
        "simpsh lesson run pipe-hang",
        ("lesson", "run", "pipe-hang"),
        (35, 84),
        (
            ("", r"\[1/\d+\] Enter"),
            ("\r", r"\[2/\d+\] your guess"),
            ("b\r", r"\[3/\d+\] (why|Enter)"),
        ),
    ),
)
_QUIET_SECONDS = 0.15
_BY_CHANCE = "could come before the line above"
PAGE_LINE = "ls | wc -l"
_STEPS = 6
"""The picture shows the page this many steps after its first view."""


@contextmanager
def played(recording: Recording) -> Iterator[Terminal]:
    """Yield the terminal of a session, after its last act."""
    rows, columns = recording.size
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        work = home / "demo"
        work.mkdir()
        for name in ("notes.txt", "race.c", "shell.py"):
            (work / name).touch()
        if recording.steps_a_program():
            (work / "race.c").write_text(RACE)
            subprocess.run(["gcc", "-g", "-w", "-o", "race", "race.c"], cwd=work, check=True)
        argv = _in_a_namespace([*simpsh_command(), *recording.words])
        variables = {"HOME": folder, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        variables |= {"TERM": "xterm-256color"}
        with Terminal(
            argv, environment=variables, directory=work, rows=rows, columns=columns
        ) as terminal:
            for keys, pattern in recording.acts:
                terminal.send(keys)
                terminal.wait(pattern)
            # Read output until the terminal has been silent.
            while terminal.pump(_QUIET_SECONDS):
                pass
            yield terminal


def _in_a_namespace(argv: Sequence[str]) -> list[str]:
    """Return a command line whose processes have pids of four digits, the same in each run."""
    options = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if subprocess.run(["unshare", *options, "true"], capture_output=True).returncode:
        return [*argv]
    # The first process of the namespace stays a shell, so that simpsh is an ordinary process.
    script = 'echo 4169 > /proc/sys/kernel/ns_last_pid; "$@"; exit $?'
    return ["unshare", *options, "sh", "-c", script, "sh", *argv]


def words_of(lines: Sequence[str]) -> list[str]:
    """Return the words of each line, without numbers, lone letters and frames; sorted."""
    plain = (" ".join(re.findall(r"[^\W\d_]{2,}", line)) for line in lines)
    return sorted({line for line in plain if line})


def session_words(terminal: Terminal) -> list[str]:
    """Return the words of a screen, except the legend of an order that varies."""
    words = (
        line.removesuffix(_BY_CHANCE).strip() for line in words_of(terminal.screen().splitlines())
    )
    return sorted(filter(None, words))


# ------------------------------------------------------------------------------- the page


def traced(folder: Path) -> Path:
    path = folder / "run.jsonl"
    with open(os.devnull, "r+b") as nothing:
        subprocess.run(
            [*simpsh_command(), "trace", "-o", str(path), PAGE_LINE],
            cwd="/",
            check=True,
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
        )
    return path


def page_of(recording: Path) -> Path:
    """Write the page of a recording next to it; return its path."""
    path = recording.with_suffix(".html")
    show = [*simpsh_command(), "trace", "show", str(recording), "-o", str(path)]
    subprocess.run(show, check=True)
    return path


def page_words(recording: Path) -> list[str]:
    """Return the words of a recording's sentences."""
    show = [*simpsh_command(), "trace", "show", str(recording), "--plain"]
    done = subprocess.run(show, check=True, capture_output=True, text=True)
    return words_of(done.stdout.splitlines())


def photographed(path: Path, scheme: str, home: Path) -> bytes:
    """Return a PNG of a page, as a reader with a light or dark screen sees it."""
    browser = Browser(home)
    try:
        tab = Tab(browser, 1100, 720)
        tab.prefer(prefers_color_scheme=scheme)
        tab.open(path.as_uri())
        tab.press(*["ArrowRight"] * _STEPS)
        tab.settle()
        tab.screenshot(home / "page.png")
        return (home / "page.png").read_bytes()
    finally:
        browser.close()


def with_words(png: bytes, words: Sequence[str]) -> bytes:
    """Return a PNG with a text in it (PNG 1.2, 4.2.3.3: iTXt), before its last chunk."""
    data = b"Description\0\0\0\0\0" + "\n".join(words).encode()
    chunk = struct.pack(">I", len(data)) + b"iTXt" + data
    return png[:-12] + chunk + struct.pack(">I", zlib.crc32(b"iTXt" + data)) + png[-12:]


def words_in(png: bytes) -> list[str]:
    """Return the text that with_words() put into a PNG."""
    _, found, rest = png.rpartition(b"iTXtDescription\0\0\0\0\0")
    return rest[:-16].decode().splitlines() if found else []


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    for session in RECORDINGS:
        with played(session) as terminal:
            svg = svg_of(terminal, session.size, session.title, session_words(terminal))
        (PICTURES / f"{session.name}.svg").write_text(svg, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        recording = traced(Path(folder))
        path, words = page_of(recording), page_words(recording)
        for scheme in ("light", "dark"):
            png = with_words(photographed(path, scheme, Path(folder)), words)
            (PICTURES / f"page-{scheme}.png").write_bytes(png)


if __name__ == "__main__":
    if shutil.which("chromium") is None:
        sys.exit("make pictures needs chromium")
    os.environ.pop("COLUMNS", None)
    main()
