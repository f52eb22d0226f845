r"""`$'…'`: quotes with C escapes (POSIX XCU 2.2.4); imported when a script uses them."""

from __future__ import annotations

import os
import re

_LETTERS = dict(zip("abtnvfre\"'\\", b"\a\b\t\n\v\f\r\x1b\"'\\", strict=True))
_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})"
    r"|c(\\\\|[^\\])|(.))",
    re.DOTALL,
)
_HIGHEST = 0x10FFFF
"""The highest code point."""
_PRINTED = {chr(code): "\\" + letter for letter, code in _LETTERS.items() if letter != '"'}


def closing_quote(text: str, start: int) -> int:
    """Return the index of the first unescaped `'` at or after `start`, or -1."""
    at = start
    while at < len(text) and text[at] != "'":
        at += 2 if text[at] == "\\" else 1
    return at if at < len(text) else -1


def unescape(text: str) -> str:
    r"""Replace the escapes in the text between the quotes.

    As in bash, a NUL byte ends the text, because no word can contain one.

    >>> unescape(r"a\tb\x41\101\cA\'\u00e9") == "a\tbAA\x01'\u00e9"
    True
    """
    result = bytearray()
    at = 0
    for escape in _ESCAPE.finditer(text):
        result += os.fsencode(text[at : escape.start()])
        at = escape.end()
        digits, octal, short, long, control, other = escape.groups()
        character = int(short or long or "0", 16)
        if 0 < character <= _HIGHEST and not 0xD800 <= character < 0xE000:
            result += os.fsencode(chr(character))
            continue
        if digits or ((short or long) and not character):
            code = int(digits or "0", 16)
        elif octal:
            code = int(octal, 8) & 0xFF
        elif control:
            code = ord(control[0].upper()) & 0x1F
        elif other in _LETTERS:
            code = _LETTERS[other]
        else:
            # Unspecified in POSIX; as in bash, keep the backslash.
            result += os.fsencode(escape[0])
            continue
        if not code:
            return os.fsdecode(bytes(result))
        result.append(code)
    return os.fsdecode(bytes(result + os.fsencode(text[at:])))


def escaped(text: str) -> str:
    r"""Escape a text for use between the quotes.

    >>> print(escaped("it's\n\x01"))
    it\'s\n\001
    """
    return "".join(
        [_PRINTED.get(char) or (f"\\{ord(char):03o}" if char < " " else char) for char in text]
    )
