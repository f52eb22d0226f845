"""Character classes such as `alpha`, in a locale (POSIX XBD 7.3.1). See iswctype(3)."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ctypes

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

_IN_C = {
    name: frozenset(characters)
    for name, characters in {
        "alnum": _UPPER + _LOWER + _DIGITS,
        "alpha": _UPPER + _LOWER,
        "blank": " \t",
        "cntrl": "".join(map(chr, range(32))) + "\x7f",
        "digit": _DIGITS,
        "graph": _UPPER + _LOWER + _DIGITS + _PUNCTUATION,
        "lower": _LOWER,
        "print": _UPPER + _LOWER + _DIGITS + _PUNCTUATION + " ",
        "punct": _PUNCTUATION,
        "space": " \t\n\v\f\r",
        "upper": _UPPER,
        "xdigit": _DIGITS + "ABCDEFabcdef",
    }.items()
}
"""The classes of the C locale. In other locales they contain the same ASCII characters."""

CLASS_NAMES = _IN_C.keys()


def is_in_class(char: str, name: str, locale: str) -> bool:
    r"""Return whether a character belongs to a class in a locale; "" is the C locale.

    In a locale that is not installed, it uses the classes of the C locale.

    >>> is_in_class("a", "alpha", ""), is_in_class("\x1c", "space", "")
    (True, False)
    """
    if char < "\x80" or not locale:
        return char in _IN_C[name]
    if locale not in _opened:
        _opened[locale] = _open(locale)
    library, opened = _opened[locale]
    if opened is None:
        return False
    return bool(library.iswctype_l(ord(char), library.wctype_l(name.encode(), opened), opened))


_opened: dict[str, tuple[ctypes.CDLL, int | None]] = {}
"""A cache without functools, whose import takes a tenth of the start of a script."""


def _open(locale: str) -> tuple[ctypes.CDLL, int | None]:
    """Return the C library, and its locale of this name; None if it is not installed."""
    # Imported here because most scripts need only the classes of ASCII characters.
    import ctypes

    library = ctypes.CDLL(None)
    library.newlocale.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
    library.newlocale.restype = ctypes.c_void_p
    library.wctype_l.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    library.wctype_l.restype = ctypes.c_ulong
    library.iswctype_l.argtypes = (ctypes.c_uint, ctypes.c_ulong, ctypes.c_void_p)
    opened: int | None = library.newlocale(_LC_CTYPE_MASK, os.fsencode(locale), None)
    return library, opened


_LC_CTYPE_MASK = 1
