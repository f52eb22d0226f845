"""Tilde prefixes: which `~` of a word stand for a home directory (POSIX XCU 2.6.1)."""

from __future__ import annotations

from simpsh.shell.language.syntax_tree import Literal, Parameter, Part, Tilde, Word

TYPE_CHECKING = False


def with_tildes(payload: str | tuple[Part, ...], *, assigns: bool) -> str | tuple[Part, ...]:
    """Cut the tilde prefixes out of a word's plain text.

    A prefix begins the word or, where the word assigns, its value or what follows a colon in
    it. It ends before a slash, such a colon, or with the word; a quote in it makes it none.

    >>> with_tildes("~/a", assigns=False)
    (Tilde(user=''), Literal(text='/a'))
    >>> with_tildes("a=b:~x", assigns=True)
    (Literal(text='a=b:'), Tilde(user='x'))
    """
    parts = (Literal(payload),) if isinstance(payload, str) else payload
    found = tuple(_cut_out(parts, assigns=assigns, has_name=assigns))
    return payload if found == parts else found


def tildes_in_braces(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Cut the tilde prefix out of the word in `${name-word}`.

    >>> tildes_in_braces((Literal("~/a"),))
    (Tilde(user=''), Literal(text='/a'))
    """
    return tuple(_cut_out(parts, assigns=False, has_name=False))


def _cut_out(parts: tuple[Part, ...], *, assigns: bool, has_name: bool) -> list[Part]:
    """Cut the prefixes out of a word's parts.

    Args:
        parts: The word's.
        assigns: Whether a prefix may follow a colon, too.
        has_name: Whether the first part begins with the assigned name and `=`.
    """
    found: list[Part] = []
    for index, part in enumerate(parts):
        if type(part) is Literal and (assigns or index == 0):
            first = (part.text.find("=") + 1 if has_name else 0) if index == 0 else -1
            is_last = index == len(parts) - 1
            _cut(part.text, found, first, is_last=is_last, assigns=assigns)
        elif type(part) is Parameter and part.operand is not None and assigns:
            # In `x=${y:-a:~}` the word in the braces is part of the value.
            whole = _put_back(part.operand.parts)
            inside = tuple(_cut_out(whole, assigns=True, has_name=False))
            word = Word(inside, part.operand.start, part.operand.end)
            found.append(Parameter(part.name, part.braced, part.operator, word))
        else:
            found.append(part)
    return found


def _put_back(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts of a word with the prefix that began it as plain text again."""
    first = parts[0] if parts else None
    if not isinstance(first, Tilde):
        return parts
    text, rest = "~" + first.user, parts[1:]
    if rest and isinstance(rest[0], Literal):
        text, rest = text + rest[0].text, rest[1:]
    return (Literal(text), *rest)


def _cut(text: str, found: list[Part], first: int, *, is_last: bool, assigns: bool) -> None:
    """Append a Literal's text to `found`, its tilde prefixes apart.

    Args:
        text: The Literal's.
        found: Takes the parts.
        first: Where the first prefix may begin; -1 where only a colon can come before one.
        is_last: Whether no other part follows.
        assigns: Whether a prefix may follow a colon.
    """
    kept = 0
    for start in _beginnings(text, first) if assigns else [0]:
        end = min(_find(text, "/", start), _find(text, ":", start) if assigns else len(text))
        if text[start : start + 1] != "~" or (end == len(text) and not is_last):
            continue
        if start > kept:
            found.append(Literal(text[kept:start]))
        found.append(Tilde(text[start + 1 : end]))
        kept = end
    if kept < len(text):
        found.append(Literal(text[kept:]))


def _beginnings(text: str, first: int) -> list[int]:
    """Return the offsets in `text` at which a tilde prefix may begin."""
    beginnings = [first] if first >= 0 else []
    colon = text.find(":", max(first, 0))
    while colon >= 0:
        beginnings.append(colon + 1)
        colon = text.find(":", colon + 1)
    return beginnings


def _find(text: str, char: str, start: int) -> int:
    """Return where `char` comes next, the text's end if it does not."""
    at = text.find(char, start)
    return len(text) if at < 0 else at
