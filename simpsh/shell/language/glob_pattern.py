"""Matches patterns with `*`, `?` and `[…]` against names and files (POSIX XCU 2.14).

In a pattern, a backslash quotes the next character. Matching never backtracks further than the last
star, so it takes at most len(pattern) * len(name) steps.
"""

from __future__ import annotations

import os

from simpsh.base.character_classes import CLASS_NAMES, is_in_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from simpsh.shell.language.arithmetic import Variables

    Item: TypeAlias = "str | Bracket | None"
    """A character, a set of characters, or any character."""
    Segment = str | tuple[Item, ...]
    """A part of a pattern between two stars."""

_SPECIAL = "*?[]\\!-:"


def quoted(text: str) -> str:
    r"""Return a pattern that matches `text` and nothing else.

    >>> quoted("a*")
    'a\\*'
    """
    for char in _SPECIAL if not text.isalnum() else "":
        if char in text:
            return "".join(["\\" + each if each in _SPECIAL else each for each in text])
    return text


def unquote(pattern: str) -> str:
    """Remove the backslashes from a pattern without special characters."""
    if "\\" not in pattern:
        return pattern
    characters = iter(pattern)
    return "".join([next(characters, char) if char == "\\" else char for char in characters])


def has_pattern(pattern: str) -> bool:
    r"""Return whether a pattern contains an unquoted `*`, `?` or `[`.

    >>> has_pattern("a*"), has_pattern("a\\*")
    (True, False)
    """
    if "\\" not in pattern:
        return "*" in pattern or "?" in pattern or "[" in pattern
    characters = iter(pattern)
    for char in characters:
        if char == "\\":
            next(characters, "")
        elif char in "*?[":
            return True
    return False


def bytewise(text: str) -> str:
    """Return a text with one character for each byte, as in the C locale.

    >>> len(bytewise("aé")), bytewise("é").isalpha()
    (3, False)
    """
    return text if text.isascii() else os.fsencode(text).decode("ascii", "surrogateescape")


def textwise(characters: str) -> str:
    """Reverse bytewise()."""
    return os.fsdecode(characters.encode("ascii", "surrogateescape"))


def matcher(text: str, scope: Variables) -> Callable[[str], bool]:
    """Return a test whether a pattern matches a whole text in the locale of the shell."""
    if text.isascii():
        return lambda pattern: matches(pattern, text)
    locale = locale_of(scope)
    if not locale:
        characters = bytewise(text)
        return lambda pattern: matches(bytewise(pattern), characters)
    return lambda pattern: matches(pattern, text, locale)


def removed(value: str, operator: str, pattern: str, locale: str = "") -> str:
    """Remove a prefix, `#`, or a suffix, `%`, that matches a pattern (POSIX XCU 2.6.2).

    `#` and `%` remove the shortest match, `##` and `%%` the longest.

    >>> removed("a.b.c", "%", ".*"), removed("a.b.c", "%%", ".*"), removed("a.b.c", "##", "*.")
    ('a.b', 'a', 'c')
    """
    at_end = operator[0] == "%"
    segments = _segments(pattern, locale)
    if at_end:
        segments = [segment[::-1] for segment in reversed(segments)]
        value = value[::-1]
    first = segments[0]
    end = len(first) if len(value) >= len(first) and _fits(first, value, 0) else -1
    last = len(segments) - 1
    for index, segment in enumerate(segments[1:], 1):
        if end >= 0:
            # The leftmost match leaves the most text for the segments that follow.
            is_last = len(operator) > 1 and index == last
            start = _search(segment, value, end, len(value), is_last=is_last)
            end = start + len(segment) if start >= 0 else -1
    rest = value if end < 0 else value[end:]
    return rest[::-1] if at_end else rest


def matches(pattern: str, name: str, locale: str = "") -> bool:
    """Return whether a pattern matches a whole name; `locale` has the classes of its characters.

    >>> matches("a*[!0-9]", "axyz"), matches("a*[!0-9]", "a1")
    (True, False)
    """
    segments = _segments(pattern, locale)
    first, last = segments[0], segments[-1]
    end = len(name) - len(last)
    if len(segments) == 1:
        return end == 0 and _fits(first, name, 0)
    at = len(first)
    if at > end or not _fits(first, name, 0) or not _fits(last, name, end):
        return False
    for segment in segments[1:-1]:
        # The leftmost match leaves the most text for the segments that follow.
        at = _search(segment, name, at, end)
        if at < 0:
            return False
        at += len(segment)
    return True


_CACHE_SIZE = 200
_cache: dict[tuple[str, str], list[Segment]] = {}


class Bracket:
    """`[…]`: one character of a set, or any other character."""

    def __init__(self, locale: str, *, is_negated: bool) -> None:
        self._locale = locale
        self.is_negated = is_negated
        self.characters: set[str] = set()
        self.ranges: list[tuple[str, str]] = []
        self.classes: list[str] = []
        """The names of its character classes."""

    def takes(self, char: str) -> bool:
        """Return whether the bracket matches a character."""
        is_in = (
            char in self.characters
            or any(first <= char <= last for first, last in self.ranges)
            or any(is_in_class(char, name, self._locale) for name in self.classes)
        )
        return is_in is not self.is_negated


def _segments(pattern: str, locale: str) -> list[Segment]:
    """Split a pattern at its stars into segments of fixed length."""
    if (pattern, locale) in _cache:
        return _cache[pattern, locale]
    segments: list[Segment] = []
    items: list[Item] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        bracket = _bracket(pattern, at, locale) if char == "[" else None
        if bracket is not None:
            items.append(bracket[0])
            at = bracket[1]
            continue
        if char == "*":
            segments.append(_segment(items))
            items = []
        elif char == "?":
            items.append(None)
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            items.append(pattern[at])
        else:
            items.append(char)
        at += 1
    segments.append(_segment(items))
    if len(_cache) >= _CACHE_SIZE:
        _cache.clear()
    _cache[pattern, locale] = segments
    return segments


def _segment(items: list[Item]) -> Segment:
    """Return a string for a segment of plain characters."""
    texts = [item for item in items if isinstance(item, str)]
    return "".join(texts) if len(texts) == len(items) else tuple(items)


def _fits(segment: Segment, name: str, at: int) -> bool:
    """Return whether a segment matches at an index; the name must be long enough."""
    if isinstance(segment, str):
        return name.startswith(segment, at)
    for item in segment:
        char = name[at]
        if isinstance(item, Bracket):
            if not item.takes(char):
                return False
        elif item is not None and item != char:
            return False
        at += 1
    return True


def _search(segment: Segment, name: str, start: int, end: int, *, is_last: bool = False) -> int:
    """Return the first or last index between `start` and `end` where a segment matches, or -1."""
    if isinstance(segment, str):
        return name.rfind(segment, start, end) if is_last else name.find(segment, start, end)
    indices = range(start, end - len(segment) + 1)
    for at in reversed(indices) if is_last else indices:
        if _fits(segment, name, at):
            return at
    return -1


def _bracket(pattern: str, start: int, locale: str) -> tuple[Bracket, int] | None:
    """Read `[…]`; return None if it is not closed, so that `[` matches itself."""
    at = start + 1
    bracket = Bracket(locale, is_negated=pattern.startswith("!", at))
    at += bracket.is_negated
    first = at
    while at < len(pattern):
        if pattern[at] == "]" and at > first:
            return bracket, at + 1
        name, end = _read_name(pattern, at, ":")
        if name in CLASS_NAMES:
            bracket.classes.append(name)
            at = end
            continue
        name, end = _read_name(pattern, at, "=")
        if len(name) == 1:
            bracket.characters.add(name)
            at = end
            continue
        low, at = _character(pattern, at)
        if pattern.startswith("-", at) and pattern[at + 1 : at + 2] not in ("", "]"):
            high, at = _character(pattern, at + 1)
            bracket.ranges.append((low, high))
        else:
            bracket.characters.add(low)
    return None


def _read_name(pattern: str, at: int, mark: str) -> tuple[str, int]:
    """Read `[:name:]`, or its form with another mark; return the name or "", and the end."""
    if not pattern.startswith(f"[{mark}", at):
        return "", at
    end = pattern.find(f"{mark}]", at + 3)  # the name may be the mark, as in `[...]`
    return (unquote(pattern[at + 2 : end]), end + 2) if end > 0 else ("", at)


def _character(pattern: str, at: int) -> tuple[str, int]:
    """Read a character, a quoted one, or `[.c.]` in a bracket; return it and the index after."""
    name, end = _read_name(pattern, at, ".")
    if len(name) == 1:
        return name, end
    if pattern[at] == "\\" and at + 1 < len(pattern):
        at += 1
    return pattern[at], at + 1


def pathnames(pattern: str, scope: Variables) -> list[str]:
    """Return the paths that match, sorted by code points; never `.` and `..`.

    A slash matches only a slash, and a leading dot only a dot (POSIX XCU 2.14.3).
    """
    locale = locale_of(scope)
    characters: Callable[[str], str] = str if locale else bytewise
    paths = [""]
    components = pattern.split("/")
    last = len(components) - 1
    for index, component in enumerate(components):
        slash = "" if index == last else "/"
        if not has_pattern(component):
            name = unquote(component)
            paths = [path + name + slash for path in paths]
            continue
        pattern = characters(component)
        shows_dots = component.startswith((".", "\\."))
        paths = [
            path + name + slash
            for path in paths
            for name in _entries(path)
            if (shows_dots or not name.startswith("."))
            and matches(pattern, characters(name), locale)
        ]
    if not has_pattern(components[last]):
        paths = [path for path in paths if os.path.lexists(path)]
    return sorted(paths)


def _entries(directory: str) -> list[str]:
    """Return the names in a directory, an empty list if it cannot be read."""
    try:
        return os.listdir(directory or ".")
    except (OSError, ValueError):
        return []


def locale_of(scope: Variables) -> str:
    """Return the name of the locale of characters, "" for the C locale (POSIX XBD 8.2)."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        locale = scope.parameter(name)
        if locale:
            return "" if locale in ("C", "POSIX") else locale
    return ""
