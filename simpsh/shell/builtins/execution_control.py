"""`:`, `.` and `source`, `eval`, `exec`, `exit` and `quit`: what this process runs next.

`.` runs the commands of a file in this shell, not in a copy; `exec` becomes another program
without a fork.
"""

from __future__ import annotations

import os

from simpsh.base.errors import CommandProblem, UsageProblem
from simpsh.base.phrases import named
from simpsh.console import warn
from simpsh.kernel.program_execution import candidates
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import plain_operands, unsigned
from simpsh.shell.state import FunctionReturn, ShellExit, State

_LASTS = "It must run here: in a child, cd and variables would change nothing that lasts."
_DOT_FAILED = 1
"""The status of a file that cannot be read, as of a redirection that fails; bash has it, too."""
_INT_MAX = (1 << 31) - 1
_LEAVES = "Only the shell can end itself: a child's _exit would end the child."


@builtin(
    ": [word...]",
    "Its assignments and redirections act on the shell itself: `: >file` empties a file.",
)
def _nothing(_state: State, _services: Services, _operands: list[str]) -> int:
    return 0


@builtin(". file [argument...]", _LASTS)
@builtin("source file [argument...]", _LASTS)
def _dot(state: State, services: Services, operands: list[str]) -> int:
    words = plain_operands(operands)
    if not words:
        raise UsageProblem("which file is to be read?")
    name, *arguments = words
    path = _find(state, name)
    outer = state.file, state.line
    positional = state.positional
    if arguments:
        state.positional = arguments
    state.return_depth += 1
    try:
        state.file = None if state.is_interactive else name
        return services.run_file(path)
    except FunctionReturn as returning:
        return returning.status
    except OSError as error:
        state.file, state.line = outer
        reason = os.strerror(error.errno or 0)
        raise CommandProblem(f"{named(name)}: {reason}", _DOT_FAILED) from error
    finally:
        state.return_depth -= 1
        state.file, state.line = outer
        if arguments:
            state.positional = positional


def _find(state: State, name: str) -> str:
    # A name without a slash is looked for along PATH alone (POSIX XCU dot): the working
    # directory is searched only where PATH says so.
    for file in candidates(name, state.variables.get("PATH", "")):
        if "/" in name or (os.path.isfile(file) and os.access(file, os.R_OK)):
            return file
    raise CommandProblem(f"{named(name)}: not found along PATH{_hint(name)}", _DOT_FAILED)


def _hint(name: str) -> str:
    return f"; did you mean ./{name}?" if os.path.isfile(name) else ""


@builtin("eval [word...]", "The text is commands of this very shell: cd and variables in it last.")
def _eval(_state: State, services: Services, operands: list[str]) -> int:
    return services.run_text(" ".join(plain_operands(operands)))


@builtin("exit [status]", _LEAVES)
@builtin("quit [status]", _LEAVES)
def _exit(state: State, services: Services, operands: list[str]) -> int:
    operands = plain_operands(operands)
    if len(operands) > 1:
        raise UsageProblem("too many operands: one status, 0 to 255")
    status = state.last_status if state.trap_entry is None else state.trap_entry.status
    if operands:
        word = operands[0]
        number = unsigned(word)
        if number is None or number > _INT_MAX:
            raise UsageProblem(f"{named(word)}: not an exit status; it is a number from 0 to 255")
        status = number & 0xFF
    if state.is_interactive:
        warnings = services.may_leave()
        if warnings:
            warn(warnings)
            # The second `exit` leaves with the status that this one would have had.
            return status
    raise ShellExit(status)


@builtin(
    "exec [command [argument...]] [redirection...]",
    "execve replaces the shell's own program; with redirections alone, its own descriptors.",
)
def _exec(_state: State, services: Services, operands: list[str]) -> int:
    # Redirections alone have already changed the shell's own descriptors for good.
    return services.replace(operands) if operands else 0
