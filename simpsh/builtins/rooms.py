"""`lesson`, `step`, `explore`, `doctor`: each a program of its own, and a job of this shell."""

from __future__ import annotations

from functools import partial

from simpsh.builtins.anew import run_anew
from simpsh.builtins.registry import Builtin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


def _run(name: str, state: State, operands: Sequence[str]) -> int:
    return run_anew(state, (name, *operands), " ".join((name, *operands)))


def _builtin(usage: str, reason: str) -> Builtin:
    name = usage.partition(" ")[0]
    return Builtin(name, usage, partial(_run, name), reason)


BUILTINS = (
    _builtin(
        "lesson [command] [ID...]",
        "It teaches on processes that are nobody else's, so it starts a simpsh of its own.",
    ),
    _builtin(
        "step [option...] LINE | step [option...] command [argument...]",
        "It holds processes and lets you decide who goes next, as a job of this shell.",
    ),
    _builtin(
        "explore [option...] LINE | explore [option...] command [argument...]",
        "It finds every output over all orders, as a job of this shell, so that ^C reaches it.",
    ),
    _builtin(
        "doctor [--format FORMAT]",
        "It tries on live processes what this machine permits, so it starts a simpsh of its own.",
    ),
)
