"""`:` does nothing and succeeds; the words after it are expanded first, as for any command."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


def _nothing(_state: State, _operands: Sequence[str]) -> int:
    return 0


BUILTINS = (
    Builtin(
        ":",
        ": [word...]",
        _nothing,
        "Its assignments and redirections act on the shell itself: `: >file` empties a file.",
    ),
)
