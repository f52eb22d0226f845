"""Lines as they are typed at a shell: with the paths of programs, or as people write them."""

from __future__ import annotations

import ast
import re
import shutil

_LAST_STATUS = "$?"
_BUILT_IN = ("cd", "exit", "fg", "bg", "jobs")
_NOWHERE = "/bin"
_COMMAND = re.compile(r"(^\s*|\|\s*)([a-z][a-z-]*)")


def spelled(keys: str, *, full_paths: bool = False, status: str = "") -> str:
    """Return a line as a shell wants it that differs from a POSIX shell.

    Args:
        keys: what is typed at others.
        full_paths: whether programs have their paths.
        status: what it calls the last exit status; empty for `$?`.

    >>> spelled("echo status=$?", status="$status")
    'echo status=$status'
    """
    keys = keys.replace(_LAST_STATUS, status) if status else keys
    return with_full_paths(keys) if full_paths else keys


def with_full_paths(keys: str) -> str:
    """Return a line whose programs have their paths, for a shell that does not search PATH.

    >>> with_full_paths("cd folder"), with_full_paths("no-such-program-here")
    ('cd folder', '/bin/no-such-program-here')
    """
    return _COMMAND.sub(lambda found: found[1] + _path_of(found[2]), keys)


def _path_of(name: str) -> str:
    if name in _BUILT_IN:
        return name
    return shutil.which(name) or f"{_NOWHERE}/{name}"


def as_people_write(keys: str) -> str:
    r"""Return keys for people: a line in quotes where blanks matter, `^C` for a control key.

    >>> as_people_write("cd folder\n"), as_people_write("\x03"), as_people_write("\n")
    ('cd folder', '^C', "''")
    """
    line = keys.removesuffix("\n")
    if line and line < " " and line != "\t":
        return "".join(f"^{chr(ord(key) + 64)}" for key in line)
    return line if line and line == line.strip() else repr(line)


def as_typed(line: str) -> str:
    """Return the line of which as_people_write() has made this; a control key stays `^C`.

    >>> as_typed("'  two  words '"), as_typed("^C")
    ('  two  words ', '^C')
    """
    return str(ast.literal_eval(line)) if line.startswith("'") else line
