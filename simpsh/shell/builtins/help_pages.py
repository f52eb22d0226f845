"""`help`: a page for each construct, each built-in and each concept.

The pages are text files in pages/. A page has a head with the entries `title:`, `names:`, `calls:`
and `see:`, then its text, then an example. The example follows `example:` if `simpsh -c` runs it,
and `prompt:` if it needs a terminal. In both, `>> ` begins a typed line.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping

from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words, width_of
from simpsh.base.signal_names import by_name
from simpsh.console import room, show
from simpsh.kernel.program_execution import find_program
from simpsh.shell.builtins.builtin_registry import Services, builtin, find, is_builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.language.characters import is_number
from simpsh.shell.state import State

_PAGES = os.path.join(os.path.dirname(__file__), "pages")
_OVERVIEW = "overview.txt"
_WIDTH = 80


class HelpPage(Record):
    """A page of help."""

    title: str
    names: tuple[str, ...]
    """The topics that find the page, its own name first."""
    calls: str
    """The system calls of the construct; may be empty."""
    see: str
    """Related topics, separated by spaces."""
    text: str
    example: tuple[str, ...]
    """Lines of a session: typed lines after `>> `, and their output."""


def pages() -> tuple[HelpPage, ...]:
    """Read all pages, sorted by file name."""
    names = (name for name in sorted(os.listdir(_PAGES)) if name.endswith(".txt"))
    return tuple(parse(_text(name)) for name in names if name != _OVERVIEW)


def _text(name: str) -> str:
    with open(os.path.join(_PAGES, name), encoding="utf-8") as file:
        return file.read()


def parse(text: str) -> HelpPage:
    r"""Parse a page. Raises KeyError: its head has no title or no names.

    >>> parse("title: T\nnames: a b\n\nText.\n\nexample:\n    >> ls\n").example
    ('>> ls',)
    """
    head, _, body = text.partition("\n\n")
    entries = dict(line.split(": ", 1) for line in head.splitlines())
    words, _, example = body.replace("\nprompt:\n", "\nexample:\n", 1).partition("\nexample:\n")
    return HelpPage(
        entries["title"],
        tuple(entries["names"].split()),
        entries.get("calls", ""),
        entries.get("see", ""),
        words.strip("\n"),
        tuple(line[4:] for line in example.strip("\n").splitlines()),
    )


@builtin("help [topic...]", "It explains each construct and builtin by its system calls.")
def _help(state: State, _services: Services, operands: list[str]) -> int:
    _, topics = options(operands, "")
    if not topics:
        show(lay_out(_text(_OVERVIEW), room()))
        return 0
    by_topic = _by_topic()
    status = 0
    for number, topic in enumerate(topics):
        text = _answer(topic, by_topic)
        if not text:
            if "/" not in topic and find_program(topic, state.variables.get("PATH", "")):
                hint = f"it is a program; see 'man {topic}'"
            else:
                import difflib  # slow to import

                near = difflib.get_close_matches(topic.lower(), by_topic, 2, 0.7)
                hint = f"did you mean {' or '.join(near)}?" if near else "'help' lists them"
            state.complain(f"help: {topic or repr(topic)}: no such topic; {hint}")
            status = 1
        else:
            show(("\n" if number else "") + lay_out(text, room()))
    return status


def _by_topic() -> dict[str, HelpPage]:
    return {name.lower(): page for page in pages() for name in page.names}


def _answer(topic: str, by_topic: Mapping[str, HelpPage]) -> str:
    page = by_topic.get(topic.lower())
    if page is None and is_number(topic):
        page = by_topic["statuses"]
    elif page is None and by_name(topic) is not None:
        page = by_topic["signals"]
    elif page is None and topic.upper() in errno.errorcode.values():
        page = by_topic["errors"]
    entry = ""
    if is_builtin(topic) and (page is None or not is_builtin(page.title.split()[0])):
        # A built-in without its own page.
        facts = [line for name, text in _builtin_facts(topic) for line in _fact(name, text)]
        entry = "\n".join([topic, "", *facts, ""])
    if page is None:
        return entry
    if entry:
        return f"{entry}\n{shown(page, page.names[0])}"
    return shown(page, topic)


def shown(page: HelpPage, topic: str) -> str:
    """Return the text of a page, for a built-in with its usage and reason."""
    lines = [page.title, "", *page.text.splitlines()]
    facts = _builtin_facts(topic if is_builtin(topic) else page.names[0])
    facts += [("calls", page.calls), ("see also", page.see)]
    lines += ["", *(line for name, text in facts if text for line in _fact(name, text))]
    if page.example:
        lines += ["", *(f"    {line}".rstrip() for line in page.example)]
    return "\n".join(lines) + "\n"


def lay_out(text: str, columns: int) -> str:
    """Wrap a page, which is written for 80 columns, for a narrower window.

    Paragraphs are refilled. Each row of terms, or of an example, is wrapped separately.
    """
    if all(width_of(line) <= columns for line in text.splitlines()):
        return text
    rows: list[tuple[str, int]] = []
    is_open = False
    for line in text.splitlines():
        words = line.lstrip()
        indent = len(line) - len(words)
        gap = words.find("  ")
        column = indent + len(words[: max(0, gap)]) + len(words[gap:]) - len(words[gap:].lstrip())
        if is_open and words and gap < 0 and indent == rows[-1][1]:
            rows[-1] = (f"{rows[-1][0]} {words}", indent)
            continue
        if gap < 0 or column > _WIDEST_TERM or indent >= _DEEP:
            column = indent + 2 if words.startswith(">>") else indent
        rows.append((line, column))
        is_open = bool(words) and (not indent or gap >= 0)
    lines = [
        part for row, column in rows for part in between_words(row, columns, further=" " * column)
    ]
    return "".join(f"{line}\n" for line in lines)


_WIDEST_TERM, _DEEP = 30, 10
"""A row with a wider term, or with a larger indentation, continues at its own indentation."""


def _builtin_facts(name: str) -> list[tuple[str, str]]:
    builtin = find(name) if is_builtin(name) else None
    return [] if builtin is None else [("usage", builtin.usage), ("why here", builtin.reason)]


def _fact(name: str, text: str) -> list[str]:
    return between_words(text, _WIDTH, f"{name:<9} ", " " * 10)
