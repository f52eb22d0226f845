"""Make the pictures of the README: screens of real sessions, and the page in a browser.

`make pictures` writes docs/pictures/, before a release; look at them then.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.harness.sh import simpsh_command
from tests.harness.terminal import Terminal
from tests.house.terminal_svg import svg_of
from tests.support.browser import Browser, Tab

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
            ("", "At the beginning(?s:.*)── 3 outputs ──"),
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
PAGE_LINE = "ls | wc -l"
_STEPS = 6
"""The picture shows the page this many steps after its first view."""


def drawn(recording: Recording, home: Path) -> str:
    """Play a session; return the SVG of the screen after its last act."""
    work = home / "demo"
    work.mkdir(exist_ok=True)
    for name in ("notes.txt", "shell.py"):
        (work / name).touch()
    (work / "race.c").write_text(RACE)
    if "./race" in recording.words:
        subprocess.run(["gcc", "-g", "-w", "-o", "race", "race.c"], cwd=work, check=True)
    # The pids have four digits. The namespace's first process stays a shell.
    script = 'echo 4169 > /proc/sys/kernel/ns_last_pid; "$@"; exit $?'
    argv = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    argv += ["sh", "-c", script, "sh", *simpsh_command(), *recording.words]
    variables = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    rows, columns = recording.size
    with Terminal(
        argv, environment=variables, directory=work, rows=rows, columns=columns
    ) as terminal:
        for keys, pattern in recording.acts:
            terminal.send(keys)
            terminal.wait(pattern)
        # Read output until the terminal has been silent.
        while terminal.pump(_QUIET_SECONDS):
            pass
        return svg_of(terminal, recording.size, recording.title)


def photograph(scheme: str, home: Path) -> None:
    """Write a PNG of a recording's page, as a reader with a light or dark screen sees it."""
    page = home / "run.html"
    trace = [*simpsh_command(), "trace", "-o", str(page), PAGE_LINE]
    with open(os.devnull, "r+b") as nothing:
        subprocess.run(trace, cwd="/", check=True, stdin=nothing, stdout=nothing, stderr=nothing)
    browser = Browser(home)
    try:
        tab = Tab(browser, 1100, 720)
        tab.prefer(prefers_color_scheme=scheme)
        tab.open(page.as_uri())
        tab.press(*["ArrowRight"] * _STEPS)
        tab.settle()
        tab.screenshot(PICTURES / f"page-{scheme}.png")
    finally:
        browser.close()


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    for session in RECORDINGS:
        with tempfile.TemporaryDirectory() as folder:
            svg = drawn(session, Path(folder))
        (PICTURES / f"{session.name}.svg").write_text(svg, encoding="utf-8")
    for scheme in ("light", "dark"):
        with tempfile.TemporaryDirectory() as folder:
            photograph(scheme, Path(folder))


if __name__ == "__main__":
    if shutil.which("chromium") is None:
        sys.exit("make pictures needs chromium")
    os.environ.pop("COLUMNS", None)
    main()
