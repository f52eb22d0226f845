"""Half a word, as it stands before the cursor: which quote is open, and what it means.

Completion replaces the end of a word by a name; the name must be quoted as the user began.
"""

from __future__ import annotations

import os

from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SPECIAL_INSIDE_DOUBLE = frozenset('$`"\\')
_ESCAPED = str.maketrans({char: "\\" + char for char in " |&;<>()$`\\\"'*?[]#~={}!"})
_ESCAPED_INSIDE_DOUBLE = str.maketrans({char: "\\" + char for char in _SPECIAL_INSIDE_DOUBLE})


class Begun(Record):
    """The beginning of a word."""

    text: str
    """As typed."""
    value: str
    """What it means, with parameters and a tilde left as they are."""
    quote: str
    """The quote that is open at its end: `'`, `"` or nothing."""
    dollar: int
    """Where the parameter begins whose name ends the word, or -1."""
    breaks: tuple[int, ...]
    """Behind each unquoted `=` and `:`."""


def begun(text: str, quote: str = "") -> Begun:
    """Read the beginning of a word.

    Args:
        text: as typed.
        quote: the quote that is open where it begins.

    >>> begun('"my fi').value, begun('"my fi').quote, begun("a$HO").dollar
    ('my fi', '"', 1)
    """
    value: list[str] = []
    breaks: list[int] = []
    dollar, position = -1, 0
    while position < len(text):
        char = text[position]
        if char in "'\"" and quote in ("", char):
            quote = "" if quote else char
        elif char == "\\" and _escapes(text, position, quote):
            position += 1
            value.append(text[position : position + 1])
        else:
            value.append(char)
            if char == "$" and quote != "'":
                dollar = position
            if char in "=:" and not quote:
                breaks.append(position + 1)
        position += 1
    if dollar >= 0 and not _is_name_begun(text[dollar + 1 :]):
        dollar = -1
    return Begun(text, "".join(value), quote, dollar, tuple(breaks))


def _escapes(text: str, position: int, quote: str) -> bool:
    follows = text[position + 1 : position + 2]
    return quote == "" or (quote == '"' and follows in _SPECIAL_INSIDE_DOUBLE)


def _is_name_begun(text: str) -> bool:
    name = text.removeprefix("{")
    return name == "" or (name.isascii() and name.isidentifier())


def quoted(name: str, quote: str, *, is_open: bool = False) -> str:
    r"""Write a name so that the shell reads it as it is.

    Args:
        name: any text.
        quote: the quote to use; without one, backslashes where they are needed.
        is_open: whether that quote was opened before.

    Returns:
        The name, within a quote that is not closed yet, or without any.

    >>> quoted("my file", ""), quoted("$1", '"'), quoted("it's", "'", is_open=True)
    ('my\\ file', '"\\$1', "it'\\''s")
    """
    opening = "" if is_open else quote
    if quote == "'":
        return opening + name.replace("'", "'\\''")
    if quote == '"':
        return opening + name.translate(_ESCAPED_INSIDE_DOUBLE)
    if not name.isprintable() and any(char < " " for char in name):
        # A backslash before a newline would join the lines.
        return "'" + name.replace("'", "'\\''") + "'"
    return name.translate(_ESCAPED)


def directory_meant(
    text: str, parameter: Callable[[str], str | None], home: Callable[[str], str | None]
) -> str:
    """Return the directory that a word's beginning up to its last slash means; "." for nothing.

    Args:
        text: the word's beginning, as typed.
        parameter: gives a parameter's value.
        home: gives a user's home directory; the user is empty for one's own.
    """
    head, slash, tail = text.partition("/")
    if head.startswith("~") and slash:
        found = home(head[1:])
        if found is not None:
            return os.path.join(found, begun(tail).value) if tail else found
    return _with_values(text, parameter) or "."


def _with_values(text: str, parameter: Callable[[str], str | None]) -> str:
    """Return what the text means, with the values of its parameters, and without quotes."""
    meant, rest = "", text
    quote = ""
    while True:
        before, dollar, behind = rest.partition("$")
        part = begun(before, quote)
        meant, quote = meant + part.value, part.quote
        if not dollar:
            return meant
        name = _name_at(behind)
        if quote == "'" or before.endswith("\\") or not name:
            meant, rest = meant.removesuffix("\\") + "$", behind
            continue
        rest = behind[len(name) :]
        meant += parameter(name.strip("{}")) or ""


def _name_at(text: str) -> str:
    if text.startswith("{"):
        return text[: text.find("}") + 1]
    end = 0
    while end < len(text) and text[: end + 1].isascii() and text[: end + 1].isidentifier():
        end += 1
    return text[:end]
