"""`type` and `command`: what a name means, before anything is run."""

from __future__ import annotations

import os

from simpsh.builtins.registry import SPECIAL, Builtin, is_builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import UsageProblem
from simpsh.jobs.search import find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State

RESERVED = frozenset(("!", "{", "}", "time"))
"""The words that are part of the language where a command begins."""


def _type(state: State, operands: Sequence[str]) -> int:
    _, names = options(operands, "")
    if not names:
        raise UsageProblem("a name is missing")
    status = 0
    for name in names:
        words = meaning(name, state.variables.get("PATH", ""))
        if words is None:
            state.complain(f"type: {name}: not found")
            status = 1
        else:
            say(words + "\n")
    return status


def meaning(name: str, path: str) -> str | None:
    """Say what a command name means, as `type` does; None if it means nothing.

    Args:
        name: the command's name.
        path: where to look for programs: the value of PATH.

    >>> meaning("cd", ""), meaning("time", "")
    ('cd is a shell builtin', 'time is a shell keyword')
    """
    if name in RESERVED:
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


def _command(state: State, operands: Sequence[str]) -> int:
    letters, words = options(operands, "pvV")
    if not words:
        return 0
    path = os.confstr("CS_PATH") if "p" in letters else state.variables.get("PATH")
    if letters.endswith(("v", "V")):
        return _tell(state, words, path or "", is_wordy=letters.endswith("V"))
    if "p" in letters and not is_builtin(words[0]):
        words[0] = find_program(words[0], path or "") or words[0]
    return state.run_program(words)


def _tell(state: State, names: Sequence[str], path: str, *, is_wordy: bool) -> int:
    status = 0
    for name in names:
        words = meaning(name, path)
        if words is None:
            if is_wordy:
                state.complain(f"command: {name}: not found")
            status = 127
        elif is_wordy:
            say(words + "\n")
        else:
            is_own = name in RESERVED or is_builtin(name)
            say((name if is_own else words.removeprefix(f"{name} is ")) + "\n")
    return status


BUILTINS = (
    Builtin(
        "type",
        "type name...",
        _type,
        "Only the shell knows which names are its own; the rest are files found along PATH.",
    ),
    Builtin(
        "command",
        "command [-p] [-v|-V] name [argument...]",
        _command,
        "It asks the shell what a name means, or runs it without a special builtin's powers.",
    ),
)
