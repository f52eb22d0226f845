"""Finds the tilde prefixes of a word, such as `~` and `~user` (POSIX XCU 2.6.1)."""

from __future__ import annotations

from simpsh.shell.language.syntax_tree import Literal, Parameter, Part, Tilde, Word


def with_tildes(
    parts: tuple[Part, ...], *, assigns: bool, is_value: bool = False
) -> tuple[Part, ...]:
    """Replace the tilde prefixes in a word's literal text with Tilde parts.

    A prefix is at the beginning of the word or, in an assignment, at the beginning of the value or
    after a colon. It ends before a slash, before a colon in an assignment, or with the word, and
    contains no quotes. `assigns`: the word is an assignment, or with `is_value` part of its value.

    >>> with_tildes((Literal("~/a"),), assigns=False)
    (Tilde(user=''), Literal(text='/a'))
    >>> with_tildes((Literal("a=b:~x"),), assigns=True)
    (Literal(text='a=b:'), Tilde(user='x'))
    """
    has_name = assigns and not is_value
    cut: list[Part] = []
    for index, part in enumerate(parts):
        if type(part) is Literal and (assigns or index == 0):
            # In a later part, only a colon can precede a prefix.
            first = (part.text.find("=") + 1 if has_name else 0) if index == 0 else -1
            is_last = index == len(parts) - 1
            cut += _cut_text(part.text, first, is_last=is_last, assigns=assigns)
        elif type(part) is Parameter and part.operand is not None and assigns:
            # In `x=${y:-a:~}` the word in the braces is part of the value. A prefix at its
            # beginning has been replaced already: restore it first.
            inside = part.operand.parts
            if inside and isinstance(inside[0], Tilde):
                text, rest = "~" + inside[0].user, inside[1:]
                if rest and isinstance(rest[0], Literal):
                    text, rest = text + rest[0].text, rest[1:]
                inside = (Literal(text), *rest)
            inside = with_tildes(inside, assigns=True, is_value=True)
            cut.append(Parameter(part.name, part.braced, part.operator, Word(inside)))
        else:
            cut.append(part)
    return tuple(cut)


def _cut_text(text: str, first: int, *, is_last: bool, assigns: bool) -> list[Part]:
    """Return a Literal's text as Literal and Tilde parts.

    The first prefix may begin at `first`; if it is -1, prefixes can only follow colons.
    """
    beginnings = [0]
    if assigns:
        colons = [at + 1 for at, char in enumerate(text) if char == ":" and at >= first]
        beginnings = [first, *colons] if first >= 0 else colons
    parts: list[Part] = []
    done = 0
    for start in beginnings:
        end = start
        while end < len(text) and text[end] != "/" and not (assigns and text[end] == ":"):
            end += 1
        user = text[start + 1 : end]
        # A user's name contains no blanks: the text in `${x:-~ y}` is split into fields.
        if text[start : start + 1] != "~" or (end == len(text) and not is_last) or " " in user:
            continue
        if start > done:
            parts.append(Literal(text[done:start]))
        parts.append(Tilde(user))
        done = end
    if done < len(text):
        parts.append(Literal(text[done:]))
    return parts
