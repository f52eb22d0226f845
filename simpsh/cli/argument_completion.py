"""Completion of a subcommand's arguments at the prompt, from its declared options."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from simpsh.base.phrases import shorten
from simpsh.cli.option_parser import Option, Subcommand
from simpsh.cli.own_options import OPTIONS
from simpsh.repl.argument_names import CommandInside, Files, Name

_FILES = ("FILE", "DIR", "SHELL")
"""The placeholders (see `Option.typed`) of values that are files."""
_OWN = re.compile(r"-[\w-]+")
_HEADLINE = 50
"""The longest description, in characters."""


def subcommand_arguments(
    words: Sequence[str], prefix: str, subcommands: Mapping[str, Callable[[], type[Subcommand]]]
) -> Sequence[Name] | Files | CommandInside:
    """Return the completions for the next word; see argument_names.Subcommands."""
    if not words:
        is_option = prefix.startswith("-")
        return _fitting(own_options() if is_option else map(Name, subcommands), prefix) or Files()
    if words[0] not in subcommands:
        # A script and its arguments, or the value of one of the shell's own options.
        return Files()
    cursor = _Cursor(subcommands[words[0]]())
    for number, word in enumerate(words[1:], 1):
        if cursor.is_at_command and not word.startswith("-") and word not in cursor.kind.children:
            return CommandInside(number)
        cursor.pass_over(word)
    return cursor.expected(prefix, len(words))


def own_options() -> Iterator[Name]:
    """Yield the options of the shell itself."""
    for typed, text in OPTIONS.items():
        yield from (Name(word, text) for word in _OWN.findall(typed))


class _Cursor:
    """The position after some words of a subcommand."""

    def __init__(self, kind: type[Subcommand]) -> None:
        self.kind = kind
        self._operands = 0
        self._valued: Option | None = None
        """The option that takes the next word as its value."""
        self._has_ended_options = False

    @property
    def is_at_command(self) -> bool:
        """Whether the next word may begin a user's command."""
        return self._valued is None and self._operand_kind == "command"

    @property
    def _operand_kind(self) -> str:
        most = self.kind.operand_counts[1]
        if most is not None and self._operands >= most:
            return "word"
        return self.kind.operands_are[min(self._operands, len(self.kind.operands_are) - 1)]

    def pass_over(self, word: str) -> None:
        """Advance past a word."""
        if self._valued is not None:
            self._valued = None
        elif word == "--":
            self._has_ended_options = True
        elif word.startswith("-") and not self._has_ended_options:
            options = (option for _, option in self.kind.declared() if word in option.names())
            self._valued = next((option for option in options if option.placeholder), None)
        elif word in self.kind.children and not self._operands:
            self.kind = self.kind.children[word]()
        else:
            self._operands += 1

    def expected(self, prefix: str, number: int) -> Sequence[Name] | Files | CommandInside:
        """Return the completions for the word with this index."""
        if self._valued is not None:
            option = self._valued
            names = (Name(choice) for choice in option.choices)
            return Files() if option.placeholder in _FILES else _fitting(names, prefix)
        if prefix.startswith("-") and not self._has_ended_options:
            options = [
                Name(name, option.text)
                for _, option in self.kind.declared()
                for name in option.names()
            ]
            return _fitting([*options, Name("--help", "show its usage and options")], prefix)
        below = {} if self._operands else self.kind.children
        names = (Name(name, kind().about.partition(".")[0]) for name, kind in below.items())
        children = _fitting(names, prefix)
        match self._operand_kind:
            case "command":
                return CommandInside(number, tuple(children))
            case "file":
                return children or Files()
            case "lesson" | "exercise":
                return children + _fitting(_describe(self._operand_kind), prefix)
            case _:
                return children


def _fitting(names: Iterable[Name], prefix: str) -> list[Name]:
    return [name for name in names if name.text.startswith(prefix)]


def _describe(operand_kind: str) -> Iterator[Name]:
    """Yield the lessons or the exercises, with their titles."""
    # Imported here because searching for lessons is slow.
    if operand_kind == "lesson":
        from simpsh.course.lesson.lesson_library import Library

        heads, _ = Library().heads()
        return (Name(head.id, shorten(head.title, _HEADLINE)) for head in heads)
    from simpsh.grade.exercises.exercise_catalogue import NAME, ExerciseCatalogue

    shelf = ExerciseCatalogue()
    paths = {exercise: f"{shelf.folder(exercise).path}/{NAME}" for exercise in shelf.ids}
    return (Name(name, _headline(path)) for name, path in paths.items())


def _headline(path: str) -> str:
    """Return the first line of a file's docstring, without executing the file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return shorten(file.readline().strip().strip('"').rstrip("."), _HEADLINE)
    except OSError:
        return ""
