"""How this simpsh starts itself, and what people are shown instead: the command that they typed."""

from __future__ import annotations

import os
import sys

from simpsh.base.phrases import command_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


INTERPRETER = (sys.executable, "-P", "-m", "simpsh")
"""How this simpsh is started; -P: a file in the working directory is no module of it."""
OBSERVED = ("--engine", "fork", "-o", "visible", "-o", "typed")
"""The options of a simpsh that runs a line which a person has typed, for an observer."""


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
    files = (f"{folder}/simpsh" for folder in os.environ.get("PATH", os.defpath).split(":"))
    is_there = any(os.path.isfile(file) and os.access(file, os.X_OK) for file in files)
    return "simpsh" if is_there else command_words((typed,))


def simpsh_operands(argv: Sequence[str]) -> tuple[str, ...] | None:
    """Return what a simpsh was given, by the command line of its process; None if it is none.

    >>> simpsh_operands(("python3", "-P", "-m", "simpsh")), simpsh_operands(("python3", "x.py"))
    ((), None)
    >>> simpsh_operands(("/venv/bin/python3", "/venv/bin/simpsh", "-c", "ls"))
    ('-c', 'ls')
    >>> simpsh_operands(("cat", "simpsh"))
    """
    place = next((place for place, word in enumerate(argv) if place and word[:1] != "-"), 0)
    if not place or os.path.basename(argv[place]) != "simpsh":
        return None
    if "py" not in os.path.basename(argv[0]):
        return None  # another program, which was given a file of this name
    return tuple(argv[place + 1 :])


def as_typed(argv: Sequence[str]) -> tuple[str, ...]:
    """Return a command line as a person would have typed it: the program is called simpsh.

    >>> as_typed(("/usr/bin/python3", "-P", "-m", "simpsh", *OBSERVED, "-c", "ls | wc"))
    ('simpsh', '-c', 'ls | wc')
    >>> as_typed(("/venv/bin/python", "/venv/bin/simpsh", "--truth"))
    ('simpsh', '--truth')
    >>> as_typed(("python3", "-P", "program.py"))
    ('python3', '-P', 'program.py')
    """
    operands = simpsh_operands(argv)
    if operands is None:
        return tuple(argv)
    return (
        "simpsh",
        *(operands[len(OBSERVED) :] if operands[: len(OBSERVED)] == OBSERVED else operands),
    )
