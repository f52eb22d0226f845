"""`:`, `.` and `source`, `exec`, `exit` and `quit`: what this very process runs next, or its end.

`.` runs the commands of a file in this shell, not in a copy; `exec` becomes another program
without a fork.
"""

from __future__ import annotations

import os

from simpsh.base.errors import CommandProblem, UsageProblem
from simpsh.console import warn
from simpsh.kernel.program_execution import candidates, search_path
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.language.characters import is_number
from simpsh.shell.state import ShellExit, State

_LASTS = "It must run here: in a child, cd and variables would change nothing that lasts."
_LEAVES = "Only the shell can end itself: a child's _exit would end the child."


@builtin(
    ": [word...]",
    "Its assignments and redirections act on the shell itself: `: >file` empties a file.",
)
def _nothing(_state: State, _services: Services, _operands: list[str]) -> int:
    return 0


@builtin(". FILE", _LASTS)
@builtin("source FILE", _LASTS)
def _dot(state: State, services: Services, operands: list[str]) -> int:
    if not operands:
        raise UsageProblem("which file is to be read?")
    name = operands[0]
    outer = state.file, state.line
    try:
        state.file = None if state.is_interactive else name
        return services.run_file(_find(state, name))
    except OSError as error:
        state.file, state.line = outer
        status = 127 if isinstance(error, FileNotFoundError) else 126
        raise CommandProblem(f"{name}: {os.strerror(error.errno or 0)}", status) from error
    finally:
        state.file, state.line = outer


def _find(state: State, name: str) -> str:
    # POSIX: a name without a slash is looked for along PATH; bash and dash also take it from
    # the working directory, bash last.
    for file in candidates(name, search_path(state.variables)):
        if os.path.isfile(file) or "/" in name:
            return file
    return name


@builtin("exit [status]", _LEAVES)
@builtin("quit [status]", _LEAVES)
def _exit(state: State, services: Services, operands: list[str]) -> int:
    if len(operands) > 1:
        raise UsageProblem("too many operands: one status, 0 to 255")
    status = state.last_status
    if operands:
        word = operands[0]
        if not is_number(word) or len(word) > 9:
            raise UsageProblem(f"{word}: not an exit status; it is a number from 0 to 255")
        status = int(word) & 0xFF
    if state.is_interactive:
        warnings = services.may_leave()
        if warnings:
            warn(warnings)
            return 1
    raise ShellExit(status)


@builtin(
    "exec [command [argument...]] [redirection...]",
    "execve replaces the shell's own program; with redirections alone, its own descriptors.",
)
def _exec(_state: State, services: Services, operands: list[str]) -> int:
    # Redirections alone have already changed the shell's own descriptors for good.
    return services.replace(operands) if operands else 0
