"""A value is printed so that the shell reads the same value back."""

from __future__ import annotations


def quoted(value: str) -> str:
    r"""Return `value` in single quotes; a single quote in it moves into double ones.

    >>> print(quoted("it's"), quoted(""))
    'it'"'"'s' ''
    """
    return "'" + value.replace("'", "'\"'\"'") + "'"
