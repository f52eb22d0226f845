"""`exit`, `quit` and `exec`: ending the shell, or becoming another program without a fork."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.errors import UsageProblem
from simpsh.state import Exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


def _exit(state: State, operands: Sequence[str]) -> int:
    if len(operands) > 1:
        raise UsageProblem("too many operands: one status, 0 to 255")
    status = state.last_status
    if operands:
        word = operands[0]
        if not (word.isascii() and word.isdigit()) or len(word) > 9:
            raise UsageProblem(f"{word}: not an exit status; it is a number from 0 to 255")
        status = int(word) & 0xFF
    if state.is_interactive:
        warnings = state.may_leave()
        if warnings:
            state.warn(warnings)
            return 1
    raise Exit(status)


def _exec(state: State, operands: Sequence[str]) -> int:
    # Redirections alone have already changed the shell's own descriptors for good.
    return state.replace(operands) if operands else 0


_LEAVES = "Only the shell can end itself: a child's _exit would end the child."

BUILTINS = (
    Builtin("exit", "exit [status]", _exit, _LEAVES),
    Builtin("quit", "quit [status]", _exit, _LEAVES),
    Builtin(
        "exec",
        "exec [command [argument...]] [redirection...]",
        _exec,
        "execve replaces the shell's own program; with redirections alone, its own descriptors.",
    ),
)
