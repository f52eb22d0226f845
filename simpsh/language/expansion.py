"""Expansion: words become fields, the arguments of a command (POSIX XCU 2.6).

Pure but for the `Scope`, through which all contact with the shell and the system goes.
"""

from __future__ import annotations

from simpsh.errors import ExpansionProblem
from simpsh.language.tree import (
    CommandSubstitution,
    DoubleQuoted,
    Literal,
    Parameter,
    Tilde,
)
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from simpsh.language.splitting import Fields
    from simpsh.language.tree import List, Part, Word

    class Scope(Protocol):
        """What expansion may ask of the shell and the system."""

        @property
        def positional(self) -> Sequence[str]:
            """The positional parameters, `$1` first."""

        @property
        def is_nounset(self) -> bool:
            """Whether an unset parameter is an error (`set -u`)."""

        @property
        def is_noglob(self) -> bool:
            """Whether there is no pathname expansion (`set -f`)."""

        def parameter(self, name: str, /) -> str | None:
            """Return a variable or a special parameter but `@` and `*`; None if unset."""

        def substitute(self, body: List, /) -> str:
            """Run a list and return its output, with its newlines."""

        def home(self, user: str, /) -> str | None:
            """Return a user's home directory, of the current user for `''`; None if unknown."""

        def entries(self, directory: str, /) -> Sequence[str]:
            """Return the names in a directory but `.` and `..`, none if it is unreadable.

            The directory `''` is the current one.
            """

        def exists(self, path: str, /) -> bool:
            """Say whether there is such a file; lstat(2) succeeds."""


def fields(words: Sequence[Word], scope: Scope) -> list[str]:
    """Expand a command's words: tildes, parameters, substitutions, splitting, pathnames, quotes.

    Raises:
        ExpansionProblem: A parameter is not set, under `set -u`.
    """
    found: list[str] = []
    assignments_from = _assignments_from(words)
    for index, word in enumerate(words):
        parts = word.parts
        if len(parts) == 1:
            part = parts[0]
            if type(part) is Literal:
                text = part.text
                if not ("*" in text or "?" in text or "[" in text):
                    found.append(text)
                    continue
        if index >= assignments_from and _is_assignment(word):
            found.append(single(word, scope))
        else:
            found.extend(_word_fields(word, scope))
    return found


def single(word: Word, scope: Scope) -> str:
    """Expand a word that stays one: an assignment's value, a redirection's target.

    Neither split into fields nor taken for a pattern; `$@` and `$*` are joined as in dash.

    Raises:
        ExpansionProblem: A parameter is not set, under `set -u`.
    """
    return _joined(word.parts, scope)


def here_text(word: Word, scope: Scope) -> str:
    """Expand the body of a here-document: parameters and substitutions, nothing else.

    Raises:
        ExpansionProblem: A parameter is not set, under `set -u`.
    """
    return _joined(word.parts, scope)


def _joined(parts: Sequence[Part], scope: Scope) -> str:
    """Expand parts to one text."""
    texts = []
    for part in parts:
        if isinstance(part, DoubleQuoted):
            texts.append(_joined(part.parts, scope))
        elif isinstance(part, Parameter | CommandSubstitution):
            texts.append(_value(part, scope))
        elif isinstance(part, Tilde):
            texts.append(_home(part, scope))
        else:
            texts.append(part.text)
    return "".join(texts)


def _value(part: Parameter | CommandSubstitution, scope: Scope) -> str:
    """Return what a parameter or a substitution stands for, as one text."""
    if isinstance(part, CommandSubstitution):
        return scope.substitute(part.body).rstrip("\n")
    name = part.name
    if name == "@" or name == "*":
        separators = scope.parameter("IFS")
        return (" " if separators is None else separators[:1]).join(scope.positional)
    value = scope.parameter(name)
    if value is None:
        if scope.is_nounset:
            raise ExpansionProblem(f"{name}: parameter not set")
        return ""
    return value


def _home(part: Tilde, scope: Scope) -> str:
    """Return a home directory; of an unknown user, the prefix as it was written."""
    home = scope.home(part.user)
    return f"~{part.user}" if home is None else home


# ------------------------------------------------------------------------------ fields


def _word_fields(word: Word, scope: Scope) -> list[str]:
    """Expand one word to any number of fields."""
    from simpsh.language.splitting import DEFAULT, Fields

    separators = scope.parameter("IFS")
    found = Fields(DEFAULT if separators is None else separators)
    for part in word.parts:
        if isinstance(part, Literal):
            found.add(part.text)
        elif isinstance(part, DoubleQuoted):
            _quote(part, scope, found)
        elif isinstance(part, Parameter | CommandSubstitution):
            _split(part, scope, found)
        elif isinstance(part, Tilde):
            _go_home(part, scope, found)
        else:
            found.quote(part.text)
    texts: list[str] = []
    for field in found.finish():
        text = "".join([text for text, _ in field])
        texts.extend([text] if scope.is_noglob else _files(field, text, scope))
    return texts


def _go_home(part: Tilde, scope: Scope, found: Fields) -> None:
    """Expand a tilde prefix; the directory is neither split nor a pattern."""
    home = scope.home(part.user)
    if home is None:
        found.add(f"~{part.user}")
    elif home:
        # As in dash, an empty HOME makes no field.
        found.quote(home)


def _split(part: Parameter | CommandSubstitution, scope: Scope, found: Fields) -> None:
    """Expand an unquoted parameter or substitution and cut what it gives."""
    if isinstance(part, Parameter) and (part.name == "@" or part.name == "*"):
        for index, text in enumerate(scope.positional):
            if index:
                found.end()
            found.split(text)
    else:
        found.split(_value(part, scope))


def _quote(part: DoubleQuoted, scope: Scope, found: Fields) -> None:
    """Expand a double-quoted string; within it `$@` makes fields of its own."""
    positional = scope.positional
    if not positional and len(part.parts) == 1 and _is_at(part.parts[0]):
        return
    found.quote("")
    for inside in part.parts:
        if _is_at(inside):
            for index, text in enumerate(positional):
                if index:
                    found.end()
                found.quote(text)
        else:
            found.quote(_joined((inside,), scope))


def _is_at(part: Part) -> bool:
    """Say whether a part is `$@`."""
    return isinstance(part, Parameter) and part.name == "@"


def _files(field: list[tuple[str, bool]], text: str, scope: Scope) -> list[str]:
    """Expand a field that is a pattern to the files it matches, if there are any."""
    for stretch, is_quoted in field:
        if not is_quoted and ("*" in stretch or "?" in stretch or "[" in stretch):
            break
    else:
        return [text]
    from simpsh.language.pathnames import pathnames
    from simpsh.language.pattern import has_pattern, quoted

    pattern = "".join([quoted(stretch) if is_quoted else stretch for stretch, is_quoted in field])
    return (pathnames(pattern, scope) if has_pattern(pattern) else []) or [text]


# ------------------------------------------------------------------------- declarations


def _assignments_from(words: Sequence[Word]) -> int:
    """Return the index of the first argument of `export`, past the end for other commands.

    Its arguments of the form NAME=value are expanded as assignments are (POSIX XCU 2.9.1.1).
    """
    for index, word in enumerate(words):
        part = word.parts[0] if len(word.parts) == 1 else None
        if type(part) is not Literal or part.text not in ("export", "command"):
            break
        if part.text == "export":
            return index + 1
    return len(words)


def _is_assignment(word: Word) -> bool:
    """Say whether a word begins with a plain `NAME=`."""
    from simpsh.language.roles import is_assignment

    part = word.parts[0]
    return isinstance(part, Literal) and is_assignment(part.text)


# ------------------------------------------------------------------------ substitutions


def needs_substitution(node: Record) -> bool:
    """Say whether a node of the tree holds a command substitution anywhere."""
    waiting: list[object] = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, CommandSubstitution):
            return True
        if isinstance(found, tuple):
            waiting.extend(found)
        elif isinstance(found, Record):
            keys: tuple[str, ...] = found.__match_args__
            waiting.extend([getattr(found, key) for key in keys])
    return False
