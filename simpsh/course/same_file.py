"""Which descriptors share one open file description, among all processes of a demonstration.

kcmp(2) compares two; descriptors that already differ in what /proc shows need no comparison.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simpsh.kernel.comparing import same_description

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.course.observation import Descriptor

_CLOSE_ON_EXEC = 0o2000000


def descriptions(
    tables: Mapping[str, tuple[int, Mapping[int, Descriptor]]],
) -> dict[str, dict[int, Descriptor]]:
    """Number the open file descriptions: equal numbers, one description; 0 where kcmp is refused.

    Args:
        tables: by name, the pid and its descriptors.
    """
    if not _can_tell(tables):
        return {name: dict(table) for name, (_, table) in tables.items()}
    first_of: dict[tuple[object, ...], list[tuple[int, int, int]]] = {}
    numbered: dict[str, dict[int, Descriptor]] = {}
    count = 0
    for name, (pid, table) in tables.items():
        numbered[name] = {}
        for number, one in table.items():
            # The flag of close-on-exec is the descriptor's own; all else is the description's.
            looks = (one.target, one.access, one.offset, one.flags & ~_CLOSE_ON_EXEC)
            known = first_of.setdefault(looks, [])
            found = _known(known, pid, number)
            if found is None:
                count += 1
                found = count
                known.append((found, pid, number))
            numbered[name][number] = replace(one, description=found)
    return numbered


def _can_tell(tables: Mapping[str, tuple[int, Mapping[int, Descriptor]]]) -> bool:
    """Tell whether kcmp answers for a descriptor compared with itself."""
    some = ((pid, number) for pid, table in tables.values() for number in table)
    return any(same_description(*one, *one) for one in some)


def _known(known: list[tuple[int, int, int]], pid: int, number: int) -> int | None:
    """Return the number of the description that this is; None if it is new, 0 if nobody knows."""
    for found, other, theirs in known:
        same = same_description(other, theirs, pid, number)
        if same is None:
            return 0
        if same:
            return found
    return None
