"""Calls of the C library that the os module lacks; a failure is an OSError, as there.

ctypes costs 10 ms to import: whoever lies on the start-up path imports this file when it is needed.
"""

from __future__ import annotations

import ctypes
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ctypes import _CDataType

_library = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: int | bytes | _CDataType | None) -> int:
    """Call a function of the C library, with numbers as C longs, and return its result, a C int.

    Raises OSError: it returned -1; the errno says why.
    """
    passed = [
        ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments
    ]
    result: int = getattr(_library, name)(*passed)
    if result == -1:
        raise last_error()
    return result


def last_error() -> OSError:
    """Return the error that errno(3) tells of the last call through ctypes in this thread."""
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
