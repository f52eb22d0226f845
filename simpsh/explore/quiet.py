"""Operations that nobody else can notice, but whose results the cage must see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping


class Quiet(Operation):
    """Is followed to its return, without a step of its own."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return "does something of its own"


class PipeMade(Quiet):
    """Makes a pipe."""

    address: int
    """Where the two descriptors are stored."""


class Duplicated(Quiet):
    """Duplicates a descriptor of a locked file."""

    old: int


class Alone(Quiet):
    """Does something that is an operation once there is somebody to notice it."""

    operation: Operation
