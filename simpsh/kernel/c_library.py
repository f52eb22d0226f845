"""Functions of the C library that the os module lacks; errors are raised as OSError.

Importing ctypes takes 10 ms: modules on the start-up path import this one when they need it.
"""

from __future__ import annotations

import ctypes
import errno
import os
from ctypes import c_double, c_longlong, c_ulonglong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ctypes import _CDataType

_library = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: int | bytes | _CDataType | None) -> int:
    """Call a function of the C library and return its result, a C int; ints are passed as longs."""
    passed = [
        ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments
    ]
    result: int = getattr(_library, name)(*passed)
    if result == -1:
        raise last_error()
    return result


def format_number(form: bytes, number: float, size: int) -> bytes:
    """Format a number with printf(3): an int for `%ld`, a float for `%f`."""
    buffer = ctypes.create_string_buffer(size)
    call("snprintf", buffer, size, form, number if isinstance(number, int) else c_double(number))
    return buffer.value


def number_in(text: bytes, function: str) -> tuple[float, bytes, bool]:
    """Return the number that a text begins with, the rest, and whether it was in range.

    `function` is strtod, strtoll or strtoull; see strtod(3), and strtol(3) with base 0.
    """
    parse = getattr(_library, function)
    parse.restype = {"strtod": c_double, "strtoll": c_longlong, "strtoull": c_ulonglong}[function]
    end = ctypes.c_char_p()
    ctypes.set_errno(0)
    number: float = parse(text, ctypes.byref(end), 0)
    return number, end.value or b"", ctypes.get_errno() != errno.ERANGE


def matches_expression(pattern: bytes, text: bytes) -> bool:
    """Return whether an extended regular expression matches; raise ValueError if it is invalid."""
    # Larger than the regex_t of any C library.
    compiled = ctypes.create_string_buffer(256)
    problem = _library.regcomp(compiled, pattern, _REG_EXTENDED)
    if problem:
        words = ctypes.create_string_buffer(200)
        _library.regerror(problem, compiled, words, ctypes.c_size_t(len(words)))
        raise ValueError(os.fsdecode(words.value))
    try:
        return not _library.regexec(compiled, text, ctypes.c_size_t(0), None, 0)
    finally:
        _library.regfree(compiled)


_REG_EXTENDED = 1


def last_error() -> OSError:
    """Return the OSError for errno(3) after the last ctypes call of this thread."""
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
