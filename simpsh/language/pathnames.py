"""Pathname expansion: a pattern becomes the names of the files that match it.

POSIX XCU 2.14.3: a slash is matched only by a slash, a leading dot only by a dot. `.` and `..`
are never found, and results come in the order of their characters' codes.
"""

from __future__ import annotations

from simpsh.language.pattern import has_pattern, matcher, unquoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.expansion import Scope


def pathnames(pattern: str, scope: Scope) -> list[str]:
    """Return the paths that match, sorted; none means that the word stays as it is.

    Args:
        pattern: See `pattern`; quoted characters carry a backslash.
        scope: Reads directories and says which files exist.
    """
    paths = [""]
    components = pattern.split("/")
    last = len(components) - 1
    for index, component in enumerate(components):
        slash = "" if index == last else "/"
        if not has_pattern(component):
            name = unquoted(component)
            paths = [path + name + slash for path in paths]
            continue
        is_match = matcher(component)
        shows_dots = component.startswith((".", "\\."))
        paths = [
            path + name + slash
            for path in paths
            for name in scope.entries(path)
            if (shows_dots or not name.startswith(".")) and is_match(name)
        ]
    if not has_pattern(components[last]):
        paths = [path for path in paths if scope.exists(path)]
    return sorted(paths)
