"""`type` and `command`: what a name means, before anything is run."""

from __future__ import annotations

import os

from simpsh.console import say
from simpsh.kernel.program_execution import find_program
from simpsh.shell.builtins.builtin_registry import SPECIAL, Services, builtin, is_builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.language.characters import LEFT_OUT_RESERVED, RESERVED
from simpsh.shell.state import State


@builtin(
    "type name...",
    "Only the shell knows which names are its own; the rest are files found along PATH.",
)
def _type(state: State, _services: Services, operands: list[str]) -> int:
    _, names = options(operands, "")
    return min(1, _tell(state, names, state.variables.get("PATH", ""), "type"))


_KEYWORDS = RESERVED | LEFT_OUT_RESERVED
"""Words that are no command's name: those of the constructs that simpsh leaves out as well."""


def meaning(name: str, path: str) -> str | None:
    """Say what a command name means, as `type` does; None if it means nothing.

    Args:
        name: the command's name.
        path: where to look for programs: the value of PATH.

    >>> meaning("cd", ""), meaning("time", "")
    ('cd is a shell builtin', 'time is a shell keyword')
    """
    if name in _KEYWORDS:
        return f"{name} is a shell keyword"
    if is_builtin(name):
        return f"{name} is a {'special ' if name in SPECIAL else ''}shell builtin"
    file = find_program(name, path)
    if file is None:
        return None
    # What was found along PATH is shown by its whole path; what was typed as one, as typed.
    return f"{name} is {file if '/' in name else _absolute(file)}"


def _absolute(file: str) -> str:
    try:
        return os.path.join(os.getcwd(), file.removeprefix("./"))
    except OSError:
        return file  # the working directory was removed and has no path any more


@builtin(
    "command [-p] [-v|-V] name [argument...]",
    "It asks the shell what a name means, or runs it without a special builtin's powers.",
)
def _command(state: State, services: Services, operands: list[str]) -> int:
    letters, words = options(operands, "pvV")
    if not words:
        return 0
    path = os.confstr("CS_PATH") if "p" in letters else state.variables.get("PATH")
    if letters.endswith(("v", "V")):
        return _tell(state, words, path or "", "command" if letters.endswith("V") else "")
    if "p" in letters and not is_builtin(words[0]):
        words[0] = find_program(words[0], path or "") or words[0]
    return services.run_program(words)


def _tell(state: State, names: list[str], path: str, teller: str) -> int:
    """Say what names mean, without a teller only what can be run; 127 if one means nothing."""
    status = 0
    for name in names:
        words = meaning(name, path)
        if words is None:
            if teller:
                state.complain(f"{teller}: {name}: not found")
            status = 127
        elif teller:
            say(words + "\n")
        else:
            is_own = name in _KEYWORDS or is_builtin(name)
            say((name if is_own else words.removeprefix(f"{name} is ")) + "\n")
    return status
