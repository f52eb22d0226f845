"""Tilde prefixes: which `~` of a word stand for a home directory (POSIX XCU 2.6.1)."""

from __future__ import annotations

from simpsh.shell.language.syntax_tree import Literal, Part, Tilde

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
    found: list[Part] = []
    for index, part in enumerate(parts):
        if type(part) is Literal and (assigns or index == 0):
            _cut(part.text, found, is_last=index == len(parts) - 1, assigns=assigns)
        else:
            found.append(part)
    if all(type(part) is not Tilde for part in found):
        return payload
    return tuple(found)


def _cut(text: str, found: list[Part], *, is_last: bool, assigns: bool) -> None:
    """Append a Literal's text to `found`, its tilde prefixes apart."""
    kept = 0
    for start in _beginnings(text, is_first=not found, assigns=assigns):
        end = min(_find(text, "/", start), _find(text, ":", start) if assigns else len(text))
        if text[start : start + 1] != "~" or (end == len(text) and not is_last):
            continue
        if start > kept:
            found.append(Literal(text[kept:start]))
        found.append(Tilde(text[start + 1 : end]))
        kept = end
    if kept < len(text):
        found.append(Literal(text[kept:]))


def _beginnings(text: str, *, is_first: bool, assigns: bool) -> list[int]:
    """Return the offsets in `text` at which a tilde prefix may begin."""
    if not assigns:
        return [0]
    equals = text.find("=") if is_first else -1
    beginnings = [equals + 1] if is_first else []
    colon = text.find(":", equals + 1)
    while colon >= 0:
        beginnings.append(colon + 1)
        colon = text.find(":", colon + 1)
    return beginnings


def _find(text: str, char: str, start: int) -> int:
    """Return where `char` comes next, the text's end if it does not."""
    at = text.find(char, start)
    return len(text) if at < 0 else at
