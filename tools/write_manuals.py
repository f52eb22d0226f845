"""Write the manual pages, from the parser of the command line.

`python -m tools.write_manuals DIR` writes DIR/man1. A build of the wheel does the same
(hatch_build.py), so no page can differ from the simpsh that it comes with. The pages use the
macros of man(7).
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from simpsh.base.version import DATE, __version__
from simpsh.cli.command_line import SUBCOMMANDS
from simpsh.cli.own_options import ABOUT, ABOUT_SUBCOMMANDS, OPTIONS, USAGE
from simpsh.shell.builtins import help_pages
from tools.commands import Command, commands, event_meanings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_WIDEST = 78
"""The most characters in a line of the source; mandoc recommends at most 80 bytes."""
_STATUSES = {
    "0": "All is well; a shell ends with the status of its last command.",
    "1": "The work could not be done, or what was judged has faults.",
    "2": "The command line makes no sense, or a script has a syntax error.",
    "126, 127": "A command cannot be executed; it was not found.",
    "128 + n": "Signal n ended the last command.",
}
_VARIABLES = {
    "NO_COLOR": "If it is set and not empty, nothing is coloured.",
    "COLUMNS": "The width of what is written where standard output is no terminal.",
    "XDG_CONFIG_HOME": "simpsh/rc below it is read by an interactive shell; else ~/.config.",
    "XDG_STATE_HOME": "The history, progress and recordings are below it; else ~/.local/state.",
    "PATH, PS1, PS2, PS4, ENV, HISTSIZE": "As POSIX has them.",
}


def manual_pages() -> dict[str, str]:
    """Return the source of each page by its path, such as `man1/simpsh.1`."""
    pages = {"man1/simpsh.1": _page("simpsh", ABOUT.partition(".")[0], _own_sections())}
    abouts = {typed.split()[0]: text for typed, text in reversed(ABOUT_SUBCOMMANDS.items())}
    for command, below in commands():
        name = f"simpsh-{command.name}"
        pages[f"man1/{name}.1"] = _page(name, abouts[command.name], _sections_of(command, below))
    return pages


def _page(name: str, summary: str, sections: Iterable[str]) -> str:
    head = f'.TH {name.upper()} 1 "{DATE}" "simpsh {__version__}"'
    about = _escaped(summary[0].lower() + summary[1:])
    return "\n".join([head, ".SH NAME", rf"{name} \- {about}", *sections]) + "\n"


def _own_sections() -> Iterator[str]:
    yield from [".SH SYNOPSIS", *_synopsis("simpsh", USAGE)]
    yield from [".SH DESCRIPTION", *_paragraphs(ABOUT)]
    yield from [".SH OPTIONS", *_definitions(OPTIONS.items())]
    yield ".SH SUBCOMMANDS"
    below = {f"simpsh {typed}": text for typed, text in ABOUT_SUBCOMMANDS.items()}
    yield from _definitions(below.items())
    yield ".SH BUILTINS AND LANGUAGE"
    yield from _paragraphs("At the prompt `help TOPIC` explains each.")
    titles = (page.title.partition(" – ") for page in help_pages.pages())
    yield from _definitions((name, text) for name, _, text in titles)
    yield from [".SH EXIT STATUS", *_definitions(_STATUSES.items())]
    yield from [".SH ENVIRONMENT", *_definitions(_VARIABLES.items())]
    yield from [".SH SEE ALSO", *_see_also([*(f"simpsh-{one}(1)" for one in SUBCOMMANDS)])]


def _sections_of(command: Command, below: Sequence[Command]) -> Iterator[str]:
    yield from [".SH SYNOPSIS", *_synopsis(f"simpsh {command.name}", command.forms)]
    yield from [".SH DESCRIPTION", *_paragraphs(command.about)]
    yield from [".SH OPTIONS", *_options_of(command)]
    if below:
        yield ".SH SUBCOMMANDS"
    for child in below:
        yield from [f".SS simpsh {_escaped(child.name)}", *_synopsis("", child.forms)]
        yield from [".PP", *_paragraphs(child.about), *_options_of(child)]
    if command.name == "trace":
        yield from [".SH EVENTS", *_definitions(event_meanings().items())]
    yield from [".SH EXIT STATUS", *_definitions([*_STATUSES.items()][:3])]
    yield from [".SH SEE ALSO", *_see_also(["simpsh(1)"])]


# ------------------------------------------------------------------------ the macros of man(7)


def _escaped(text: str) -> str:
    """Escape a text for a line that does not begin with a dot or a quote."""
    shown = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"[^\x00-\x7f]", lambda found: rf"\[u{ord(found[0]):04X}]", shown)


def _guarded(shown: str) -> str:
    """Protect a line that begins like a macro."""
    return rf"\&{shown}" if shown.startswith((".", "'")) else shown


def _paragraphs(text: str, start: str = "") -> Iterator[str]:
    """Format text with each sentence on a separate line."""
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number or start:
            yield ".PP"
        words = " ".join(paragraph.split())
        for sentence in re.split(r"(?<=[.?!]) (?=[A-Z`])", words):
            shown = re.sub(r"`([^`]+)`", r"\\fB\1\\fP", _escaped(sentence))
            yield from map(_guarded, textwrap.wrap(shown, _WIDEST, break_on_hyphens=False))


def _synopsis(command: str, forms: Iterable[str]) -> Iterator[str]:
    for number, form in enumerate(forms):
        if number:
            yield ".br"
        name = rf"\fB{_escaped(command)}\fP " if command else ""
        yield _guarded(f"{name}{_escaped(form)}".rstrip())


def _definitions(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for left, text in rows:
        yield from [".TP", rf"\fB{_escaped(left)}\fP"]
        yield from _paragraphs(text) if text else [r"\&"]


def _options_of(command: Command) -> Iterator[str]:
    options = {**command.options, "-h, --help": "show the help, and end"}
    yield from _definitions(options.items())
    for paragraph in command.notes:
        yield from _paragraphs(paragraph, start=".PP")


def _see_also(pages: Iterable[str]) -> Iterator[str]:
    found = sorted(pages, key=lambda page: (page.partition("(")[2], page))
    for number, page in enumerate(found, 1):
        name, _, section = page.partition("(")
        comma = "," if number < len(found) else ""
        yield f".BR {_escaped(name)} ({section}{comma}"


def write(folder: Path) -> list[Path]:
    """Write all pages below a folder, and return their paths."""
    written = []
    for name, text in manual_pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    write(Path(sys.argv[1]))
