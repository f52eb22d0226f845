"""The command that starts this simpsh, and how such commands are shown to people."""

from __future__ import annotations

import os
import sys

from simpsh.base.phrases import command_words
from simpsh.base.surroundings import search_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


INTERPRETER = (sys.executable, "-P", "-m", "simpsh")
"""The command that starts this simpsh; -P ignores modules in the working directory."""
PACKAGE = f"{os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}/"
"""The folder of this simpsh's modules."""
OBSERVED = ("-o", "visible", "-o", "typed")
"""The options for running a typed line under observation."""


THIS_SHELL = "simpsh (this shell)"
"""The displayed name of the interactive shell, instead of its program's path."""


def typed_name() -> str:
    """Return the word to type to start this simpsh, for recommended commands.

    It is `simpsh` if PATH has it or the path is unknown; else the path as it was typed, such as
    `.venv/bin/simpsh`.
    """
    typed = sys.argv[0]
    if os.path.basename(typed) != "simpsh":
        return "simpsh"
    files = (f"{folder}/simpsh" for folder in search_folders())
    is_in_path = any(os.path.isfile(file) and os.access(file, os.X_OK) for file in files)
    return "simpsh" if is_in_path else command_words((typed,))


def as_root(*words: str) -> str:
    """Return the command line that runs this simpsh as root, for a shell.

    sudo(8) searches only its own list of directories, so the program has its path.
    """
    name = typed_name()
    return " ".join(("sudo", '"$(command -v simpsh)"' if name == "simpsh" else name, *words))


def how_to_install(extra: str) -> str:
    """Return how the libraries of an extra are installed: no index of packages has simpsh."""
    return (
        f"type in a copy of the source: pip install '.[{extra}]' "
        f"(with a wheel: pip install 'FILE.whl[{extra}]')"
    )


def simpsh_operands(argv: Sequence[str]) -> tuple[str, ...] | None:
    """Return the operands of a simpsh process, from its argv; None if it is another program.

    >>> simpsh_operands(("python3", "-P", "-m", "simpsh")), simpsh_operands(("python3", "x.py"))
    ((), None)
    >>> simpsh_operands(("/venv/bin/python3", "/venv/bin/simpsh", "-c", "ls"))
    ('-c', 'ls')
    >>> simpsh_operands(("cat", "simpsh"))
    """
    index = next((index for index, word in enumerate(argv) if index and word[:1] != "-"), 0)
    if not index or os.path.basename(argv[index]) != "simpsh":
        return None
    if "py" not in os.path.basename(argv[0]):
        return None  # another program, with a file of this name as an argument
    return tuple(argv[index + 1 :])


def as_typed(argv: Sequence[str]) -> tuple[str, ...]:
    """Return a command line as a person would type it, with simpsh as its program.

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
