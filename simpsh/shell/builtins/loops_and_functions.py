"""`break`, `continue`, `return`, `local`: of the shell that runs a loop or a function."""

from __future__ import annotations

from simpsh.base.errors import UsageProblem
from simpsh.base.phrases import named
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import plain_operands, unsigned
from simpsh.shell.language.characters import is_name
from simpsh.shell.state import FunctionReturn, LoopJump, ShellExit, State

_JUMPS = "Only the shell that runs a loop can leave it: a child would leave its own copy."


@builtin("break [n]", _JUMPS)
def _break(state: State, _services: Services, operands: list[str]) -> int:
    return _jump(state, operands, is_continue=False)


@builtin("continue [n]", _JUMPS)
def _continue(state: State, _services: Services, operands: list[str]) -> int:
    return _jump(state, operands, is_continue=True)


def _jump(state: State, operands: list[str], *, is_continue: bool) -> int:
    """Leave as many loops as are said, or all that there are; outside of loops do nothing."""
    operands = plain_operands(operands)
    levels = unsigned(operands[0]) if operands else 1
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
        number = unsigned(operands[0])
        if number is None:
            raise UsageProblem(
                f"{named(operands[0])}: not an exit status; it is a number from 0 to 255"
            )
        status = number & 0xFF
    if state.return_depth:
        raise FunctionReturn(status)
    if state.is_interactive:
        raise UsageProblem("there is no function, or file, to return from")
    # A script is a file that is being read, too.
    raise ShellExit(status)


@builtin(
    "local [-] [name[=value]...]", "It marks the shell's own variables as those of the function."
)
def _local(state: State, _services: Services, operands: list[str]) -> int:
    if not state.locals:
        raise UsageProblem("there is no function around")
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
