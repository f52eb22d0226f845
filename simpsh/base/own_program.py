"""How this simpsh starts itself, and what people are shown instead: the command that they typed."""

from __future__ import annotations

import os
import sys

from simpsh.base.phrases import command_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_OPTIONS = ("-P", "-m", "simpsh")
INTERPRETER = (sys.executable, *_OPTIONS)
"""How this simpsh is started; -P: a file in the working directory is no module of it."""
OBSERVED = ("--engine", "fork")
"""What a simpsh is told that runs a line for an observer."""


THIS_SHELL = "simpsh (this shell)"
"""What people call the shell at which they type: never by the path of its program."""


def typed_name() -> str:
    """Return what a person types here to start this simpsh, for the commands that it recommends.

    That is `simpsh` in a shell of ours and where PATH has it; else the path as it was typed, such
    as `.venv/bin/simpsh`.
    """
    typed = sys.argv[0]
    if os.path.basename(typed) != "simpsh":
        return "simpsh"
    # Late: only commands that recommend another one need it.
    from shutil import which

    return "simpsh" if which("simpsh") else command_words((typed,))


def simpsh_operands(argv: Sequence[str]) -> tuple[str, ...] | None:
    """Return what a simpsh was given, by the command line of its process; None if it is none.

    >>> simpsh_operands(("python3", "-P", "-m", "simpsh")), simpsh_operands(("python3", "x.py"))
    ((), None)
    >>> simpsh_operands(("/venv/bin/python3", "/venv/bin/simpsh", "-c", "ls"))
    ('-c', 'ls')
    """
    place = next((place for place, word in enumerate(argv) if place and word[:1] != "-"), 0)
    if not place or os.path.basename(argv[place]) != "simpsh":
        return None
    return tuple(argv[place + 1 :])


def as_typed(argv: Sequence[str]) -> tuple[str, ...]:
    """Return a command line as a person would have typed it: the program is called simpsh.

    >>> as_typed(("/usr/bin/python3", "-P", "-m", "simpsh", "--engine", "fork", "-c", "ls | wc"))
    ('simpsh', '-c', 'ls | wc')
    >>> as_typed(("/venv/bin/python", "/venv/bin/simpsh", "--truth"))
    ('simpsh', '--truth')
    >>> as_typed(("python3", "-P", "program.py"))
    ('python3', '-P', 'program.py')
    """
    if len(argv) > 1 and argv[1] == f"{argv[0].rpartition('/')[0]}/simpsh":
        # The script that an installation makes, beside its interpreter.
        return ("simpsh", *argv[2:])
    if tuple(argv[1:4]) != _OPTIONS:
        return tuple(argv)
    rest = tuple(argv[4:])
    return ("simpsh", *(rest[2:] if rest[:2] == OBSERVED else rest))
