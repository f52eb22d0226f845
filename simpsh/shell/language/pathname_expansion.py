"""Pathname expansion: a pattern becomes the files that match it (POSIX XCU 2.14.3)."""

from __future__ import annotations

from simpsh.shell.language.glob_pattern import bytewise, has_pattern, matcher, unquoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Directories(Protocol):
        """What pathname expansion may ask."""

        def parameter(self, name: str, /) -> str | None:
            """Return a variable, None if it is unset."""

        def entries(self, directory: str, /) -> Sequence[str]:
            """Return the names in a directory but `.` and `..`, none if it is unreadable.

            The directory `''` is the current one.
            """

        def exists(self, path: str, /) -> bool:
            """Return whether there is such a file; lstat(2) succeeds."""


def pathnames(pattern: str, scope: Directories) -> list[str]:
    """Return the paths that match, sorted; none means that the word stays as it is.

    A slash is matched only by a slash, a leading dot only by a dot (POSIX XCU 2.14.3). `.` and
    `..` are never found, and paths come in the order of their characters' codes.

    Args:
        pattern: See `pattern`; quoted characters carry a backslash.
        scope: Reads directories and says which files exist.
    """
    characters = bytewise if is_in_c_locale(scope) else str
    paths = [""]
    components = pattern.split("/")
    last = len(components) - 1
    for index, component in enumerate(components):
        slash = "" if index == last else "/"
        if not has_pattern(component):
            name = unquoted(component)
            paths = [path + name + slash for path in paths]
            continue
        is_match = matcher(characters(component))
        shows_dots = component.startswith((".", "\\."))
        paths = [
            path + name + slash
            for path in paths
            for name in scope.entries(path)
            if (shows_dots or not name.startswith(".")) and is_match(characters(name))
        ]
    if not has_pattern(components[last]):
        paths = [path for path in paths if scope.exists(path)]
    return sorted(paths)


def is_in_c_locale(scope: Directories) -> bool:
    """Return whether the variables say that a character is a byte (POSIX XBD 8.2)."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        locale = scope.parameter(name)
        if locale:
            return locale in ("C", "POSIX")
    return True
