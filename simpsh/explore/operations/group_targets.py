"""Targets of wait and kill that are process groups, as text."""

from __future__ import annotations

OWN_GROUP = "its group"
"""The caller's own group."""
_OF_GROUP = "the group of "


def of_group(leader: str) -> str:
    """Return the target that means a group's processes, by the name of its leader."""
    return _OF_GROUP + leader


def is_group(target: str) -> bool:
    """Return whether a target is a group."""
    return target == OWN_GROUP or target.startswith(_OF_GROUP)


def group_meant(target: str, own: str) -> str:
    """Return the group that a target means, for a process of the group `own`.

    >>> group_meant(of_group("P.1"), "P"), group_meant(OWN_GROUP, "P")
    ('P.1', 'P')
    """
    return own if target == OWN_GROUP else target.removeprefix(_OF_GROUP)
