"""`lesson`, `step` and `explore`: commands whose rooms are not built yet say so."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.errors import UsageProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


def _not_yet(_state: State, _operands: Sequence[str]) -> int:
    raise UsageProblem("not part of this version yet; try explain, trace, status or help")


BUILTINS = (
    Builtin("lesson", "lesson [ID]", _not_yet, "The course: predict, run, see."),
    Builtin("step", "step COMMAND", _not_yet, "Hold processes and decide who goes next."),
    Builtin("explore", "explore COMMAND", _not_yet, "Every output, over all orders."),
)
