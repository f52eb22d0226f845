"""`verbose`: how much the shell tells of what it does."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import UsageProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State

LEVELS = (
    "nothing is narrated",
    "each process is narrated: its birth, its exec and its end",
    "every system call up to exec is shown as well",
    "and what the kernel says: status bits, states, groups, descriptor tables",
)
"""What the levels mean, from 0 to 3."""


def _verbose(state: State, operands: Sequence[str]) -> int:
    _, rest = options(operands, "")
    if len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one level is enough")
    if not rest:
        say(f"{state.verbosity}: {LEVELS[state.verbosity]}\n")
        return 0
    if rest[0] not in ("0", "1", "2", "3"):
        raise UsageProblem(f"{rest[0]}: not a level from 0 to 3")
    state.set_verbosity(int(rest[0]))
    return 0


BUILTINS = (
    Builtin(
        "verbose",
        "verbose [0-3]",
        _verbose,
        "It changes what the shell tells of its own calls.",
    ),
)
