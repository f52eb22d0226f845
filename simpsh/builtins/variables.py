"""`export`, `unset` and `shift`: the shell's variables and positional parameters."""

from __future__ import annotations

from simpsh.builtins.quoting import quoted
from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import UsageProblem
from simpsh.state import is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


def _export(state: State, operands: Sequence[str]) -> int:
    letters, rest = options(operands, "p")
    if letters and rest:
        raise UsageProblem("-p lists what is exported and takes no names")
    if not rest:
        say("".join(_exported(state, name) for name in sorted(state.exported)))
        return 0
    for operand in rest:
        name, equals, value = operand.partition("=")
        _must_be_name(name)
        if equals:
            state.assign(name, value)
        state.exported.add(name)
    return 0


def _exported(state: State, name: str) -> str:
    value = state.variables.get(name)
    # A name may be marked before it has a value; it reaches no program until then.
    return f"export {name}\n" if value is None else f"export {name}={quoted(value)}\n"


def _must_be_name(name: str) -> None:
    if not is_name(name):
        raise UsageProblem(f"{name or repr(name)}: not a variable's name")


def _unset(state: State, operands: Sequence[str]) -> int:
    _, names = options(operands, "v")
    for name in names:
        _must_be_name(name)
        state.unset(name)
    return 0


def _shift(state: State, operands: Sequence[str]) -> int:
    _, rest = options(operands, "")
    if len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one number is enough")
    count = rest[0] if rest else "1"
    if not (count.isascii() and count.isdigit()):
        raise UsageProblem(f"{count}: not a number")
    if int(count) > len(state.positional):
        raise UsageProblem(f"{count}: $# is only {len(state.positional)}")
    del state.positional[: int(count)]
    return 0


BUILTINS = (
    Builtin(
        "export",
        "export [-p] [name[=value]...]",
        _export,
        "It marks the shell's own variables: those are copied into each program's environment.",
    ),
    Builtin(
        "unset",
        "unset [-v] name...",
        _unset,
        "It removes the shell's own variables; a child could only forget its copies.",
    ),
    Builtin(
        "shift",
        "shift [n]",
        _shift,
        "It renames the shell's own positional parameters: $2 becomes $1.",
    ),
)
