"""Process names: birth paths.

The first process of a run is `P0`. Its children are `P1`, `P2` in order of birth; the children of
`P1` are `P1.1`, `P1.2`. Birth paths are the same in every order of a run, so runs can be compared.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


FIRST = "P0"
COLOURS = 5
"""The number of colours for processes, on terminals and pages."""
PATTERN = r"P(?:0|[1-9][0-9]*(?:\.[1-9][0-9]*)*)"
"""A regular expression for names, without groups."""


def child_name(parent: str, number: int) -> str:
    """Return the name of the `number`-th child of a process, from 1."""
    return f"P{number}" if parent == FIRST else f"{parent}.{number}"


def birth_path(name: str) -> tuple[int, ...]:
    """Return the numbers of a name; sorting by them puts parents first, then elder siblings.

    >>> sorted(["P10", "P2", "P0", "P2.1"], key=birth_path)
    ['P0', 'P2', 'P2.1', 'P10']
    """
    return () if name == FIRST else tuple(map(int, name[1:].split(".")))


def parent_of(name: str) -> str:
    """Return the name of the process that created this one; empty for the first process.

    >>> parent_of("P1.2"), parent_of("P1"), parent_of("P0")
    ('P1', 'P0', '')
    """
    return "" if name == FIRST else name.rpartition(".")[0] or FIRST


def birth_number(name: str) -> int:
    """Return the number of a process among its parent's children, from 1; 0 for the first."""
    return birth_path(name)[-1] if name != FIRST else 0


def colour_of(name: str, names: Sequence[str] = ()) -> int | None:
    """Return the colour of a process, from 0, in all drawings; None for an outsider.

    In a lesson the names may be its own, as the first one is: then the order of birth decides.

    >>> [colour_of(name) for name in ("P0", "P1", "P2", "P1.1", "simpsh")]
    [0, 1, 2, 3, None]
    >>> colour_of("child", ("parent", "child")), colour_of("P1", ("shell", "cp", "P1"))
    (1, 2)
    """
    if not _is_birth_path(name) or (names and not _is_birth_path(names[0])):
        return names.index(name) % COLOURS if name in names else None
    numbers = birth_path(name) or (0,)
    # A grandchild's colour differs from its parent's, uncle's and grandparent's.
    return (sum(numbers) + len(numbers) - 1) % COLOURS


def _is_birth_path(name: str) -> bool:
    # Equivalent to PATTERN, without importing re, which is slow.
    steps = name[1:].split(".")
    is_path = name[:1] == "P" and all(
        step.isascii() and step.isdecimal() and step[0] != "0" for step in steps
    )
    return is_path or name == FIRST
