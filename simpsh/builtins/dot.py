"""`.` and `source`: run the commands of a file in this shell, not in a copy of it."""

from __future__ import annotations

import os

from simpsh.builtins.registry import Builtin
from simpsh.errors import CommandProblem, UsageProblem
from simpsh.jobs.search import candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


def _dot(state: State, operands: Sequence[str]) -> int:
    if not operands:
        raise UsageProblem("which file is to be read?")
    name = operands[0]
    outer = state.file, state.line
    try:
        state.file = None if state.is_interactive else name
        return state.run_file(_find(state, name))
    except OSError as error:
        state.file, state.line = outer
        status = 127 if isinstance(error, FileNotFoundError) else 126
        raise CommandProblem(f"{name}: {os.strerror(error.errno or 0)}", status) from error
    finally:
        state.file, state.line = outer


def _find(state: State, name: str) -> str:
    # POSIX: a name without a slash is looked for along PATH; bash and dash also take it from
    # the working directory, bash last.
    for file in candidates(name, state.variables.get("PATH", "/usr/bin:/bin")):
        if os.path.isfile(file) or "/" in name:
            return file
    return name


_REASON = "It must run here: in a child, cd and variables would change nothing that lasts."

BUILTINS = (
    Builtin(".", ". FILE", _dot, _REASON),
    Builtin("source", "source FILE", _dot, _REASON),
)
