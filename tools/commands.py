"""One walk over the commands of simpsh, for the manual pages and the documentation site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.base.events import NAMES
from simpsh.base.record import Record
from simpsh.cli.command_line import SUBCOMMANDS
from simpsh.cli.option_parser import subcommand_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simpsh.cli.option_parser import Subcommand


class Command(Record):
    """A command such as `simpsh lesson`, or one below it such as `simpsh lesson run`."""

    name: str
    """Its words after `simpsh`."""
    forms: Sequence[str]
    """The operands after the name, a string for each form."""
    about: str
    options: Mapping[str, str]
    """Each option as it is typed, and its effect."""
    notes: Sequence[str]
    """Paragraphs that follow the options."""


def commands() -> Iterator[tuple[Command, Sequence[Command]]]:
    """Yield each subcommand, with those below it in the order of its help."""
    for name in SUBCOMMANDS:
        first, *below = map(_command, _family(subcommand_of(name)))
        yield first, below


def _family(kind: type[Subcommand]) -> Iterator[type[Subcommand]]:
    yield kind
    for below in kind.children.values():
        yield from _family(below())


def _command(kind: type[Subcommand]) -> Command:
    options = {found.typed: found.text for _, found in kind.declared()}
    notes = [paragraph for paragraph in kind.notes.split("\n") if paragraph]
    return Command(kind.name, kind.usage, kind.about, options, notes)


def first_line(kind: type) -> str:
    """Return the first line of a type's docstring."""
    return (kind.__doc__ or "").partition("\n")[0]


def event_meanings() -> dict[str, str]:
    """Return the name of each event of a recording, and what happened."""
    return {word: first_line(kind) for word, kind in NAMES.items()}
