"""`.`, `eval`, `exec`, `exit`, `break`, `continue`, `return` and `local`."""

from __future__ import annotations

import os

from simpsh.base.errors import CommandProblem, UsageProblem
from simpsh.base.phrases import named
from simpsh.console import warn, why
from simpsh.kernel.program_execution import candidates
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import parse_unsigned, plain_operands
from simpsh.shell.language.characters import is_name
from simpsh.shell.state import FunctionReturn, LoopJump, ShellExit, State

_LASTS = "It must run here: in a child, cd and variables would change nothing that lasts."
_DOT_FAILED = 1
"""The status of `.` if the file cannot be read, as in bash."""
_INT_MAX = (1 << 31) - 1
_LEAVES = "Only the shell can end itself: a child's _exit would end the child."


@builtin(
    ": [word...]",
    "Its assignments and redirections act on the shell itself: `: >file` empties a file.",
)
def _nothing(_state: State, _services: Services, _operands: list[str]) -> int:
    return 0


def sourced_path(name: str, path: str) -> str | None:
    """Return the file that `.` reads: a name without a slash is searched only along PATH."""
    for file in candidates(name, path):
        if "/" in name or (os.path.isfile(file) and os.access(file, os.R_OK)):
            return file
    return None


@builtin(". file [argument...]", _LASTS)
@builtin("source file [argument...]", _LASTS)
def _dot(state: State, services: Services, operands: list[str]) -> int:
    words = plain_operands(operands)
    if not words:
        raise UsageProblem("which file is to be read?")
    name, *arguments = words
    path = sourced_path(name, state.variables.get("PATH", ""))
    if path is None:
        hint = f"a file elsewhere needs its path, such as ./{name}"
        hint = f"did you mean ./{name}?" if os.path.isfile(name) else hint
        raise CommandProblem(f"{named(name)}: not found along PATH; {hint}", _DOT_FAILED)
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
        raise CommandProblem(f"{named(name)}: {why(error)}", _DOT_FAILED) from error
    finally:
        state.return_depth -= 1
        state.file, state.line = outer
        if arguments:
            state.positional = positional


@builtin("eval [word...]", "The text is run by this shell itself: cd and variables in it last.")
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
        status = _exit_status(operands[0], _INT_MAX)
    if state.is_interactive:
        warnings = services.may_leave(is_typed=True)
        if warnings:
            warn(warnings)
            return status  # the second `exit` then leaves with the same status
    raise ShellExit(status)


def _exit_status(word: str, most: int = 10**18) -> int:
    number = parse_unsigned(word)
    if number is None or number > most:
        raise UsageProblem(f"{named(word)}: not an exit status; it is a number from 0 to 255")
    return number & 0xFF


@builtin(
    "exec [command [argument...]] [redirection...]",
    "execve replaces the shell's own program; with redirections alone, its own descriptors.",
)
def _exec(_state: State, services: Services, operands: list[str]) -> int:
    return services.replace(operands) if operands else 0


_JUMPS = "Only the shell that runs a loop can leave it: a child would leave its own copy."


@builtin("break [n]", _JUMPS)
def _break(state: State, _services: Services, operands: list[str]) -> int:
    return _jump(state, operands, is_continue=False)


@builtin("continue [n]", _JUMPS)
def _continue(state: State, _services: Services, operands: list[str]) -> int:
    return _jump(state, operands, is_continue=True)


def _jump(state: State, operands: list[str], *, is_continue: bool) -> int:
    operands = plain_operands(operands)
    levels = parse_unsigned(operands[0]) if operands else 1
    if not levels:
        raise UsageProblem(f"{named(operands[0])}: not a number of loops, from 1 up")
    if state.loop_depth:
        raise LoopJump(min(levels, state.loop_depth), is_continue=is_continue)
    return 0


@builtin("return [n]", "Only the shell that runs a function, or reads a file, can stop doing so.")
def _return(state: State, _services: Services, operands: list[str]) -> int:
    status = state.last_status
    trap = state.trap_entry
    if trap is not None and state.return_depth == trap.return_depth:
        status = trap.status
    operands = plain_operands(operands)
    if operands:
        status = _exit_status(operands[0])
    if state.return_depth:
        raise FunctionReturn(status)
    if state.is_interactive:
        raise UsageProblem("there is no function, or file, to return from")
    raise ShellExit(status)


@builtin(
    "local [-] [name[=value]...]", "It marks the shell's own variables as those of the function."
)
def _local(state: State, _services: Services, operands: list[str]) -> int:
    if not state.locals:
        raise UsageProblem("this is not inside a function")
    scope = state.locals[-1]
    for operand in operands:
        if operand == "-":
            scope.keep_options(state)
            continue
        name, equals, value = operand.partition("=")
        if not is_name(name):
            raise UsageProblem(f"{named(name)}: not a variable's name")
        state.save(name, scope.variables)
        if equals:
            state.assign(name, value)
    return 0
