"""Planned system calls in strace(1)'s notation: `dup2(5, 1)`."""

from __future__ import annotations

import os

_OPEN_FLAGS = {
    getattr(os, name): name for name in ("O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_CLOEXEC")
}
_ACCESS = {os.O_RDONLY: "O_RDONLY", os.O_WRONLY: "O_WRONLY", os.O_RDWR: "O_RDWR"}
_LONGEST = 200


def notation(call: str, *args: object) -> str:
    r"""Return a call in strace's notation, without a result.

    >>> notation("execve", "/bin/echo", ("echo", "a\n"))
    'execve("/bin/echo", ["echo", "a\\n"])'
    >>> notation("open", "f", os.O_WRONLY | os.O_CREAT)
    'open("f", O_WRONLY|O_CREAT|O_CLOEXEC, 0666)'
    """
    return f"{call}({', '.join(map(_flags if call == 'open' else _plain, args))})"


def _flags(value: object) -> str:
    if not isinstance(value, int):
        return _plain(value)
    # open_file() adds O_CLOEXEC to every open, and creates files with mode 0666.
    flags = [flag for bit, flag in _OPEN_FLAGS.items() if (value | os.O_CLOEXEC) & bit]
    return "|".join([_ACCESS[value & os.O_ACCMODE], *flags]) + ", 0666" * bool(value & os.O_CREAT)


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    if not isinstance(value, str):
        return str(value)
    shown = value[:_LONGEST]
    text = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    text = "".join(char if char.isprintable() else f"\\{ord(char) & 0xFF:o}" for char in text)
    return f'"{text}"' + "..." * (len(shown) < len(value))
