"""The directory in which runs begin, and how it differs from the one outside."""

from __future__ import annotations

import os
from collections.abc import Iterator

from simpsh.explore.flags import Flag

TICK_SECONDS = 0.011
"""The clock of a file system is at most one tick late."""


class Workplace:
    """A directory for runs. The methods here are those of a place that shows what is outside."""

    is_private = False
    """Whether runs have the caller's paths, and change nothing outside."""
    is_copied = True
    """Whether runs may change the directory."""
    is_fresh = False
    """Whether the files are the original ones; runs that change files reset this."""
    made = 0.0
    """When the workplace was made; all later changes to files were made by runs."""

    def __init__(self, directory: str, original: str = "") -> None:
        self.root = self.directory = directory
        self.device = os.stat(original or directory).st_dev

    def refresh(self) -> None:
        """Restore the original files, if any might have changed."""

    def confine(self) -> None:
        """Forbid this process to change or signal anything outside."""

    def forbids(self, path: str) -> bool:  # noqa: ARG002
        """Return whether a write to a file that the kernel provides is forbidden."""
        return False

    def is_as_outside(self, path: str) -> bool:  # noqa: ARG002
        """Return whether a file is the original one, never changed by a run."""
        return True

    def refuses(self, call: str, *paths: str) -> Iterator[Flag]:  # noqa: ARG002
        """Yield the reasons why a call on these files fails, or acts differently from outside."""
        return iter(())

    def differs(self, path: str) -> Iterator[Flag]:  # noqa: ARG002
        """Yield the reason why a path does not lead to what it leads to outside."""
        return iter(())

    def lacks(self, directory: str) -> Iterator[Flag]:  # noqa: ARG002
        """Yield the reason why a directory lists fewer names than outside."""
        return iter(())

    def is_of_outside(self, path: str) -> bool:  # noqa: ARG002
        """Return whether a file, its locks, or the socket or FIFO are those of the outside."""
        return False

    def close(self) -> None:
        """Remove what was made."""
