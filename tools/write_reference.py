"""Write the reference pages of the documentation site, from the parser, `help` and the lessons.

Nothing here is written twice: an option that is added to a subcommand is on its page at the next
build.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import simpsh
import simpsh.base.events
import simpsh.course.lesson_words
from simpsh.base.event_kind import ENTRIES
from simpsh.base.events import NAMES
from simpsh.course.lesson.lesson import terms_until
from simpsh.course.lesson.lesson_library import Library
from simpsh.diagnosis.symptoms import SYMPTOMS
from simpsh.shell.builtins import help_pages
from simpsh.shell.causes import LESSONS
from tools.commands import Command, commands, first_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simpsh.shell.builtins.help_pages import HelpPage


_DOCUMENTS = Path(__file__).parent.parent / "docs"


def reference_pages() -> dict[str, str]:
    """Return the Markdown of each page, by its path below the documents."""
    pages = {f"reference/{one.name}.md": _lines(_command(one, below)) for one, below in commands()}
    own = (_DOCUMENTS / "reference/commands.md").read_text("utf-8")
    return pages | {
        "reference/commands.md": own + _lines(_commands()),
        "api.md": _lines(_library()),
        "terms.md": Library().glossary().page(),
        "reference/language.md": _lines(_language()),
        "reference/recordings.md": _lines(_recordings()),
        "reference/lesson-contract.md": _lines(_lesson_contract()),
        "symptoms.md": _lines(_symptoms()),
        "lessons.md": _lines(_lessons()),
    }


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


# -------------------------------------------------------------------------------- commands


def _commands() -> Iterator[str]:
    """List the subcommands, each with the first sentence of its help."""
    yield from ["", "| command | effect |", "|---|---|"]
    for one, _ in commands():
        effect = one.about.partition(".")[0]
        yield f"| [`simpsh {one.name}`]({one.name}.md) | {_cell(effect)} |"


def _command(command: Command, below: Sequence[Command]) -> Iterator[str]:
    for number, one in enumerate([command, *below]):
        yield from [("## " if number else "# ") + f"simpsh {one.name}", "", "```text"]
        yield from (f"simpsh {one.name} {form}".rstrip() for form in one.forms)
        yield from ["```", "", one.about, ""]
        if one.options:
            yield from ["| option | effect |", "|---|---|"]
            yield from (
                f"| {_code(typed)} | {_cell(text)} |" for typed, text in one.options.items()
            )
            yield ""
        for paragraph in one.notes:
            yield from [paragraph, ""]


def _code(text: str) -> str:
    return f"`{text}`".replace("|", r"\|")


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


# --------------------------------------------------------------------------------- lessons


def _lessons() -> Iterator[str]:
    """List the course, so that the search finds a lesson by its id, its title and its terms."""
    yield from ["# The lessons", ""]
    yield "`simpsh lesson run ID` runs a lesson in the terminal."
    library = Library()
    chapter = ""
    for lesson in library.all()[0]:
        if lesson.chapter != chapter:
            chapter = lesson.chapter
            yield from ["", f"## {chapter.capitalize()}", ""]
            yield from ["| lesson | subject | terms |", "|---|---|---|"]
        link = f"[{lesson.id}](../{library.path_of(lesson.id)})"
        terms = ", ".join(terms_until(lesson, len(lesson.steps) - 1))
        yield f"| {link} | {_cell(lesson.title)} | {terms} |"


def _symptoms() -> Iterator[str]:
    """List the symptoms of `diagnose` and `why`, so that the search finds them."""
    yield from ["# Symptoms", ""]
    yield "The last line of `diagnose` names the symptom. This name is the same in later versions."
    situations: dict[tuple[str, str, str], list[str]] = {}
    for situation, about in SYMPTOMS.items():
        situations.setdefault(about, []).append(situation.word)
    for (symptom, lesson, change), found in situations.items():
        yield from ["", f"## {symptom}", ""]
        yield f"Situations: {', '.join(found)}. The lesson *{lesson}* shows them."
        yield f"To change: {change}."
    yield from ["", "## Lessons that `why` names", ""]
    yield "`why` selects a lesson by the failed call or built-in, by the signal, or by the status."
    yield from ["", "| failure | lesson |", "|---|---|"]
    yield from (f"| {failure} | *{lesson}* |" for failure, lesson in LESSONS.items())


# -------------------------------------------------------------------------------- language


def _language() -> Iterator[str]:
    yield from ["# Language and built-ins", ""]
    yield "These are the pages of the built-in `help`. Each names the system calls of its subject."
    yield ""
    for page in help_pages.pages():
        yield from _help(page)


def _help(page: HelpPage) -> Iterator[str]:
    yield from [f"({_label(page.names[0])})=", f"## {page.title.replace('*', chr(92) + '*')}", ""]
    for paragraph in page.text.strip("\n").split("\n\n"):
        yield from _paragraph(paragraph)
    if page.example:
        yield from ["```simpsh", *page.example, "```", ""]
    if page.calls:
        yield from [f"System calls: {page.calls}.", ""]
    known = {name: other.names[0] for other in help_pages.pages() for name in other.names}
    links = [f"[{one}](#{_label(known[one])})" for one in page.see.split() if one in known]
    if links:
        yield from [f"See also {', '.join(links)}.", ""]


def _paragraph(text: str) -> Iterator[str]:
    """Format a paragraph as prose; a table of words keeps its columns."""
    lines = text.splitlines()
    if any(line.startswith(" ") or "  " in line for line in lines):
        yield from ["```text", *lines, "```", ""]
    else:
        yield from [re.sub(r"([\\`*_{}\[\]<>#|$~])", r"\\\1", " ".join(lines)), ""]


def _label(name: str) -> str:
    """Return a label that no heading has; the name of a builtin may be `:` or `.`."""
    return "help-" + "".join(one if one.isalnum() else f"{ord(one):x}" for one in name)


# ------------------------------------------------------------------- modules, by docstrings


def _library() -> Iterator[str]:
    """Return the page of the library, with the docstrings of its names below their examples.

    The heading of each section has the names that the section is about.
    """
    introduction, *sections = (_DOCUMENTS / "api.md").read_text("utf-8").split("\n## ")
    yield introduction
    for section in sections:
        yield from [f"## {section}", ""]
        for name in re.findall(r"`(\w+)`", section.partition("\n")[0]):
            match found := getattr(simpsh, name):
                case type() if issubclass(found, Exception):
                    yield from _auto("autoexception", f"simpsh.{name}")
                case type():
                    inherited = "inherited-members: Record, int"
                    yield from _auto("autoclass", f"simpsh.{name}", inherited)
                case _ if callable(found):
                    yield from _auto("autofunction", f"simpsh.{name}")
                case _:
                    # The docstring of a union is about unions.
                    kinds = " | ".join(kind.__name__ for kind in get_args(found))
                    yield from _auto("py:data", name, "module: simpsh", f"value: {kinds}")


def _recordings() -> Iterator[str]:
    yield from ["# Recordings: the schema of a trace", ""]
    yield from [
        "A recording has one JSON object per line. The first line is a header with the name of",
        "the schema. Every other line is an event: `event` is its kind, `pid` its process, and the",
        "other fields belong to the kind. Readers must ignore fields that they do not know.",
        "",
    ]
    yield from ["| event | what happened | made by | from level |", "|---|---|---|---|"]
    for kind in NAMES.values():
        entry = ENTRIES[kind]
        calls = ", ".join(f"`{name}`" for name in dict.fromkeys(call.name for call in entry.calls))
        levels = ", ".join(dict.fromkeys(call.level for call in entry.calls))
        yield f"| `{entry.word}` | {first_line(kind)} | {calls} | {levels} |"
    yield ""
    yield from _auto("automodule", "simpsh.base.events", "undoc-members")


def _lesson_contract() -> Iterator[str]:
    yield from ["# The lesson contract, name by name", ""]
    yield "[Writing lessons](../writing-lessons.md) has examples of these names."
    yield ""
    for name, found in vars(simpsh.course.lesson_words).items():
        if name.startswith("_") or name == "annotations" or inspect.ismodule(found):
            continue
        match found:
            case type():
                yield from _auto("autoclass", f"simpsh.course.{name}")
            case _ if callable(found) and re.search(r"function", type(found).__name__):
                yield from _auto("autofunction", f"simpsh.course.{name}")
            case _:
                yield from _auto("autodata", f"simpsh.course.{name}")


def _auto(directive: str, name: str, *options: str) -> Iterator[str]:
    yield from ["```{eval-rst}", f".. {directive}:: {name}"]
    yield from (f"   :{name}:{value}" for name, _, value in (one.partition(":") for one in options))
    yield from ["```", ""]
