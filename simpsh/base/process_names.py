"""The one name that a person reads for a process: its birth path.

The first process of what is watched is `P0`. Its children are `P1`, `P2` in order of birth; the
children of `P1` are `P1.1`, `P1.2`. A birth path is the same in every order of a run, so that two
runs can be compared by it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


FIRST = "P0"
COLOURS = 5
"""How many colours the processes share, on terminals and pages."""
PATTERN = r"P(?:0|[1-9][0-9]*(?:\.[1-9][0-9]*)*)"
"""What a name looks like, as a regular expression without groups."""


def child_name(parent: str, number: int) -> str:
    """Return the name of a process's child: the `number`-th that the parent has had, from 1."""
    return f"P{number}" if parent == FIRST else f"{parent}.{number}"


def birth_path(name: str) -> tuple[int, ...]:
    """Return the numbers in a name: processes are ordered by them, parents first, eldest first.

    >>> sorted(["P10", "P2", "P0", "P2.1"], key=birth_path)
    ['P0', 'P2', 'P2.1', 'P10']
    """
    return () if name == FIRST else tuple(map(int, name[1:].split(".")))


def parent_of(name: str) -> str:
    """Return the name of the process that made another; empty for the first.

    >>> parent_of("P1.2"), parent_of("P1"), parent_of("P0")
    ('P1', 'P0', '')
    """
    return "" if name == FIRST else name.rpartition(".")[0] or FIRST


def birth_number(name: str) -> int:
    """Return which child of its parent a process is, from 1; 0 for the first process."""
    return birth_path(name)[-1] if name != FIRST else 0


def colour_of(name: str, names: Sequence[str] = ()) -> int | None:
    """Return which colour a process has, from 0, wherever it is drawn; None for an outsider.

    In a lesson, which calls its processes otherwise, their place in order of birth decides.

    >>> [colour_of(name) for name in ("P0", "P1", "P2", "P1.1", "simpsh")]
    [0, 1, 2, 3, None]
    >>> colour_of("child", ("parent", "child"))
    1
    """
    # As PATTERN says: re is slow to load.
    steps = name[1:].split(".")
    is_path = name[:1] == "P" and all(
        step.isascii() and step.isdecimal() and step[0] != "0" for step in steps
    )
    if not is_path and name != FIRST:
        return names.index(name) % COLOURS if name in names else None
    numbers = birth_path(name) or (0,)
    # A grandchild has another colour than its parent, its uncle and its grandparent.
    return (sum(numbers) + len(numbers) - 1) % COLOURS
