"""`times`: the CPU time of the shell, and of its children that have ended and been collected."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import UsageProblem
from simpsh.kernel import waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


def _times(_state: State, operands: Sequence[str]) -> int:
    _, rest = options(operands, "")
    if rest:
        raise UsageProblem(f"{rest[0]}: times takes no operand")
    used = waiting.times()
    say(
        f"{minutes(used.user)} {minutes(used.system)}\n"
        f"{minutes(used.children_user)} {minutes(used.children_system)}\n"
    )
    return 0


def minutes(seconds: float) -> str:
    """Return a time as POSIX wants it of `times`.

    >>> minutes(61.5)
    '1m1.500000s'
    """
    return f"{int(seconds // 60)}m{seconds % 60:.6f}s"


BUILTINS = (
    Builtin(
        "times",
        "times",
        _times,
        "The kernel counts a dead child's time for the parent that waited, and nobody else.",
    ),
)
