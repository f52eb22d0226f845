"""Expansion: words become fields, the arguments of a command (POSIX XCU 2.6).

Pure but for the `Scope`, through which all contact with the shell and the system goes. What
expansions gave is cut at the characters of IFS (2.6.5); where the standard is silent this is
what dash does. A pattern becomes the files that match it, in the order of their codes (2.14.3).
"""

from __future__ import annotations

from simpsh.base.errors import ExpansionProblem
from simpsh.base.record import Record
from simpsh.shell.language.characters import DECLARING
from simpsh.shell.language.syntax_tree import (
    CommandSubstitution,
    DoubleQuoted,
    Literal,
    Parameter,
    Tilde,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from simpsh.shell.language.syntax_tree import List, Part, Word

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
            """Return whether there is such a file; lstat(2) succeeds."""


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
    """Expand a word that stays one: an assignment's value, a redirection's target, a here-document.

    Neither split into fields nor taken for a pattern; `$@` and `$*` are joined as in dash.

    Raises:
        ExpansionProblem: A parameter is not set, under `set -u`.
    """
    return _joined(word.parts, scope)


def pattern_of(word: Word, scope: Scope) -> str:
    """Expand a word to a pattern, see glob_pattern.py, in which quoted text stands for itself.

    Raises:
        ExpansionProblem: A parameter is not set, under `set -u`.
    """
    from simpsh.shell.language.glob_pattern import quoted

    texts = []
    for part in word.parts:
        if isinstance(part, Literal):
            texts.append(part.text)
        elif isinstance(part, Parameter | CommandSubstitution):
            texts.append(_value(part, scope))
        else:
            texts.append(quoted(_joined((part,), scope)))
    return "".join(texts)


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
    separators = scope.parameter("IFS")
    found = Fields(DEFAULT_IFS if separators is None else separators)
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
    """Return whether a part is `$@`."""
    return isinstance(part, Parameter) and part.name == "@"


def _files(field: list[tuple[str, bool]], text: str, scope: Scope) -> list[str]:
    """Expand a field that is a pattern to the files it matches, if there are any."""
    for stretch, is_quoted in field:
        if not is_quoted and ("*" in stretch or "?" in stretch or "[" in stretch):
            break
    else:
        return [text]
    from simpsh.shell.language.glob_pattern import has_pattern, quoted

    pattern = "".join([quoted(stretch) if is_quoted else stretch for stretch, is_quoted in field])
    return (pathnames(pattern, scope) if has_pattern(pattern) else []) or [text]


# ------------------------------------------------------------------------- declarations


def _assignments_from(words: Sequence[Word]) -> int:
    """Return the index of the first argument of `export` and its like, past the end for others.

    Their arguments of the form NAME=value are expanded as assignments are (POSIX XCU 2.9.1.1).
    """
    for index, word in enumerate(words):
        part = word.parts[0] if len(word.parts) == 1 else None
        text = part.text if type(part) is Literal else ""
        if text in DECLARING:
            return index + 1
        if text != "command":
            break
    return len(words)


def _is_assignment(word: Word) -> bool:
    """Return whether a word begins with a plain `NAME=`."""
    from simpsh.shell.language.word_roles import is_assignment

    part = word.parts[0]
    return isinstance(part, Literal) and is_assignment(part.text)


# ------------------------------------------------------------------------ substitutions


def needs_substitution(node: Record) -> bool:
    """Return whether a node of the tree holds a command substitution anywhere."""
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


if TYPE_CHECKING:
    Field = list[tuple[str, bool]]

DEFAULT_IFS = " \t\n"
"""The IFS of a shell where it is not set."""


class Fields:
    """The fields of one word, put together from left to right.

    A field is a list of stretches of text, each with whether it is quoted: pathname expansion
    must know.
    """

    def __init__(self, separators: str) -> None:
        self._separators = separators
        self._found: list[Field] = []
        self._current: Field = []

    def add(self, text: str) -> None:
        """Append text of the word itself, which is not split."""
        if text:
            self._current.append((text, False))

    def quote(self, text: str) -> None:
        """Append quoted text; even empty it makes a field."""
        self._current.append((text, True))

    def end(self) -> None:
        """End the current field, if anything is in it."""
        if self._current:
            self._found.append(self._current)
            self._current = []

    def split(self, text: str) -> None:
        """Append what an unquoted expansion gave, cut into fields."""
        if not self._separators or not text:
            self.add(text)
        elif self._separators == DEFAULT_IFS:
            self._split_at_blanks(text)
        else:
            self._split(text)

    def finish(self) -> list[Field]:
        """Return the fields."""
        self.end()
        return self._found

    def _split_at_blanks(self, text: str) -> None:
        """Cut at spaces, tabs and newlines, which leave no empty fields."""
        pieces = text.replace("\t", " ").replace("\n", " ").split(" ")
        self.add(pieces[0])
        for piece in pieces[1:]:
            self.end()
            self.add(piece)

    def _split(self, text: str) -> None:
        """Cut at blanks of IFS, and at its other characters, which can leave empty fields."""
        separators = self._separators
        start = at = 0
        while at < len(text):
            char = text[at]
            at += 1
            if char not in separators:
                continue
            self.add(text[start : at - 1])
            is_blank = char in DEFAULT_IFS
            if self._current or not is_blank:
                self._found.append(self._current)
                self._current = []
                at = self._after_delimiter(text, at, may_take_one=is_blank)
            start = at
        self.add(text[start:])

    def _after_delimiter(self, text: str, at: int, *, may_take_one: bool) -> int:
        """Return the place after a delimiter: blanks, and among them one other character."""
        while at < len(text) and text[at] in self._separators:
            if text[at] not in DEFAULT_IFS:
                if not may_take_one:
                    break
                may_take_one = False
            at += 1
        return at


def pathnames(pattern: str, scope: Scope) -> list[str]:
    """Return the paths that match, sorted; none means that the word stays as it is.

    A slash is matched only by a slash, a leading dot only by a dot (POSIX XCU 2.14.3). `.` and
    `..` are never found, and paths come in the order of their characters' codes.

    Args:
        pattern: See `pattern`; quoted characters carry a backslash.
        scope: Reads directories and says which files exist.
    """
    from simpsh.shell.language.glob_pattern import bytewise, has_pattern, matcher, unquoted

    characters = bytewise if _is_in_c_locale(scope) else str
    paths = [""]
    components = pattern.split("/")
    last = len(components) - 1
    for index, component in enumerate(components):
        slash = "" if index == last else "/"
        if not has_pattern(component):
            name = unquoted(component)
            paths = [path + name + slash for path in paths]
            continue
        is_match = matcher(characters(component))
        shows_dots = component.startswith((".", "\\."))
        paths = [
            path + name + slash
            for path in paths
            for name in scope.entries(path)
            if (shows_dots or not name.startswith(".")) and is_match(characters(name))
        ]
    if not has_pattern(components[last]):
        paths = [path for path in paths if scope.exists(path)]
    return sorted(paths)


def _is_in_c_locale(scope: Scope) -> bool:
    """Return whether the variables say that a character is a byte (POSIX XBD 8.2)."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        locale = scope.parameter(name)
        if locale:
            return locale in ("C", "POSIX")
    return True
