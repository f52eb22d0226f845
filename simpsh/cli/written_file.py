"""Where a picture was written to, and how to open it: one line on a terminal."""

from __future__ import annotations

import os

from simpsh import console
from simpsh.base.own_program import typed_name
from simpsh.base.phrases import command_words

_NOUNS = {
    "html": "page",
    "svg": "picture",
    "perfetto": "run",
    "jsonl": "recording",
    "text": "timeline",
    "plain": "text",
}


def tell_written(path: str, form: str) -> None:
    """Tell a person at a terminal where the file is, and what opens it.

    Args:
        path: the file.
        form: what is in it, one of run_formats.FORMS or jsonl.
    """
    if os.isatty(2):
        where = f"simpsh: the {_NOUNS[form]} is in {command_words((path,))}"
        console.warn([f"{where}; {opener(path, form)}"])


def opener(path: str, form: str) -> str:
    """Return what opens a file of a form: a command of this machine, else an address."""
    word = command_words((path,))
    if form in ("html", "svg"):
        # Slow to import, and most commands write no picture.
        import shutil
        from pathlib import Path

        has_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if has_screen and shutil.which("xdg-open"):
            return f"open it: xdg-open {word}"
        return f"open it in a browser: {Path(path).absolute().as_uri()}"
    if form == "perfetto":
        return "open it at https://ui.perfetto.dev"
    if form == "jsonl":
        return f"draw it: {typed_name()} trace show {word}"
    return f"read it: less {word}"
