"""Pages printed to PDF by a Chromium that is installed: handouts, and quiz sheets with keys."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from simpsh.base.errors import SimpshError
from simpsh.base.wait_status import Exited
from simpsh.kernel.descriptors import dup2, open_file
from simpsh.kernel.processes import execve, exit_now, fork
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.subreaper import Subreaper

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--no-pdf-header-footer",
)
_NOT_RUN = 127


class NotPrinted(SimpshError):
    """A page cannot be printed; the message says why, and what to do."""


def chromium() -> str:
    """Return the path of a Chromium.

    Raises:
        NotPrinted: none is installed.
    """
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise NotPrinted("--pdf: no Chromium is installed; Debian, Ubuntu: apt install chromium")
    return found


def print_pages(pages: Iterable[Path]) -> None:
    """Print each page into a PDF beside it.

    Raises:
        NotPrinted: there is no Chromium, or it makes no PDF.
        OSError: EAGAIN ENOSPC …; no process or no directory can be made.
    """
    program = chromium()
    with tempfile.TemporaryDirectory(prefix="simpsh-print-") as home:
        for page in pages:
            made = page.with_suffix(".pdf")
            argv = [program, *_FLAGS, f"--user-data-dir={home}", f"--print-to-pdf={made}"]
            if os.geteuid() == 0:
                # Chromium's own sandbox does not work for root; the pages are ours.
                argv.append("--no-sandbox")
            # What it leaves of its helpers is ended.
            with Subreaper(deadline_seconds=1.0):
                is_done = _succeeds([*argv, page.absolute().as_uri()])
            if not is_done or not made.exists():
                raise NotPrinted(f"--pdf: {program} cannot print {page.name}")


def _succeeds(argv: Sequence[str]) -> bool:
    """Run a program that says nothing; return whether it ended with 0."""
    pid = fork()
    if pid == 0:  # in the child
        _become(argv)
    ended = waitpid(pid)
    return ended is not None and ended[1] == Exited(0)


def _become(argv: Sequence[str]) -> NoReturn:
    try:
        nothing = open_file(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            dup2(nothing, number)
        execve(argv[0], argv, os.environ)
    finally:
        exit_now(_NOT_RUN)
