"""Short ways to write trees in tests.

command("ls", "-l") is the tree of `ls -l`; lines(command("a"), command("b")) that of `a; b`.
"""

from __future__ import annotations

from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import (
    AndOr,
    Item,
    List,
    Literal,
    Pipeline,
    SimpleCommand,
    Word,
)


def word(*parts):
    """A word of parts; text stands for a Literal."""
    return Word(tuple(Literal(part) if isinstance(part, str) else part for part in parts))


def command(*words, assignments=(), redirections=()):
    """A simple command; text stands for a word of one Literal."""
    whole = tuple(each if isinstance(each, Word) else word(each) for each in words)
    return SimpleCommand(tuple(assignments), whole, tuple(redirections))


def pipeline(*commands, is_negated=False, is_timed=False, has_posix_times=False):
    return Pipeline(commands, is_negated, is_timed, has_posix_times)


def item(*commands, is_background=False):
    return Item(AndOr(pipeline(*commands)), is_background)


def lines(*commands):
    """A list of one-command items."""
    return List(tuple(item(each) for each in commands))


def parsed_command(text):
    """The only command of a text."""
    (found,) = parse(text).items
    (only,) = found.and_or.first.commands
    return only


def parsed_word(text):
    """The last word of a text that is one simple command."""
    return parsed_command(text).words[-1]
