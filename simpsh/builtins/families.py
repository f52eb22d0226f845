"""`family`: the tree of processes under the shell, as /proc has it now."""

from __future__ import annotations

import os

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import SimpshError, UsageProblem
from simpsh.process.kinship import family
from simpsh.process.looking import command
from simpsh.state import why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.process.kinship import Relative
    from simpsh.state import State

_NOTES = {
    "Z": "Z: a zombie has ended and waits for its parent to wait for it",
    "T": "T: stopped by a signal, until SIGCONT comes",
    "t": "t: stopped by its tracer",
    "D": "D: asleep in the kernel, where no signal wakes it",
}
"""What is worth a word when it is seen."""


def _family(state: State, operands: Sequence[str]) -> int:
    _, rest = options(operands, "")
    if len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one process is enough")
    if rest and not (rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 10):
        raise UsageProblem(f"{rest[0]}: not a process id")
    pid = int(rest[0]) if rest else state.shell_pid
    try:
        tree = family(pid)
    except OSError as error:
        raise SimpshError(f"{pid}: {why(error)}") from None
    say(drawn(tree, {one.process.pid: command(one.process.pid) for one in tree}, _width()))
    return 0


def _width() -> int:
    """The columns of the terminal that shows the output; no limit anywhere else."""
    try:
        return os.get_terminal_size(1).columns
    except OSError:
        return 1 << 16


def drawn(tree: Sequence[Relative], commands: dict[int, str], width: int) -> str:
    """Return the tree as a table, a line for each process, and what its marks mean.

    Args:
        tree: the processes, each before its children.
        commands: how each is called, by pid.
        width: the columns that a line may have; what is longer is cut.
    """
    branches = _branches([one.depth for one in tree])
    words = [f"{one.process.state} {one.process.state_words.split(',')[0]}" for one in tree]
    wide = max(map(len, ("state", *words)))
    lines = [f"    pid  {'state':<{wide}}   group  session  command"]
    for one, state, branch in zip(tree, words, branches, strict=True):
        process = one.process
        mark = "*" if process.is_foreground else " "
        lines.append(
            f"{process.pid:7}  {state:<{wide}} {process.pgid:7}{mark} {process.sid:7}  "
            f"{branch}{commands[process.pid]}"
        )
    lines = [line if len(line) <= width else line[: width - 1] + "…" for line in lines]
    if any(one.process.is_foreground for one in tree):
        lines.append("*: the terminal's foreground group; keys and ^C ^\\ ^Z go there")
    letters = {one.process.state for one in tree}
    lines += [note for letter, note in _NOTES.items() if letter in letters]
    return "\n".join(lines) + "\n"


def _branches(depths: Sequence[int]) -> list[str]:
    """Return the lines of the tree to the left of each process, from their depths.

    >>> _branches([0, 1, 2, 1])
    ['', '├─ ', '│  └─ ', '└─ ']
    """
    branches = []
    goes_on: set[int] = set()
    # From below: a line goes down to a sibling only if one was met.
    for depth in reversed(depths):
        own = "" if depth == 0 else "├─ " if depth in goes_on else "└─ "
        above = "".join("│  " if level in goes_on else "   " for level in range(1, depth))
        branches.append(above + own)
        goes_on = {level for level in goes_on if level < depth} | {depth}
    return branches[::-1]


BUILTINS = (
    Builtin(
        "family",
        "family [pid]",
        _family,
        "It shows who is whose child, group by group, and needs no process for it.",
    ),
)
