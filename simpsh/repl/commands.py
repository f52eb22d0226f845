"""The programs in PATH, by name; a directory is read again only when it has changed."""

from __future__ import annotations

import os

from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class _Listing(Record):
    changed: int
    """When the directory last changed: its modification time in nanoseconds."""
    names: tuple[str, ...]


class ProgramNames:
    """The names in the directories of PATH."""

    def __init__(self) -> None:
        self._listings: dict[str, _Listing] = {}

    def names(self, path: str) -> Iterator[str]:
        """Go through the names in each directory of PATH, executable or not, some twice."""
        for directory in _directories(path):
            yield from self._listed(directory)

    def starting_with(self, prefix: str, path: str) -> dict[str, str]:
        """Return the programs whose names begin so, with the directory each would be run from."""
        found: dict[str, str] = {}
        for directory in _directories(path):
            for name in self._listed(directory):
                if name.startswith(prefix) and name not in found and _is_program(directory, name):
                    found[name] = directory
        return found

    def find(self, name: str, path: str) -> str | None:
        """Return the directory of PATH from which this program would be run, or None."""
        return next((one for one in _directories(path) if _is_program(one, name)), None)

    def _listed(self, directory: str) -> tuple[str, ...]:
        try:
            changed = os.stat(directory).st_mtime_ns
            known = self._listings.get(directory)
            if known is None or known.changed != changed:
                known = _Listing(changed, tuple(os.listdir(directory)))
                self._listings[directory] = known
        except OSError:
            # A directory in PATH that is not there, or may not be read, holds no names for us.
            return ()
        return known.names


def _directories(path: str) -> list[str]:
    # An empty entry means the working directory (POSIX XBD 8.3).
    return list(dict.fromkeys(directory or "." for directory in path.split(":"))) if path else []


def _is_program(directory: str, name: str) -> bool:
    file = os.path.join(directory, name)
    return os.access(file, os.X_OK) and os.path.isfile(file)
