"""The version of simpsh."""

import os

__version__ = "1.0.1.dev0"
DATE = "2026-11-24"
"""The day of the last release, for manual pages and citations."""

COMMIT_FILE = "commit.txt"
"""Beside this file in a package that was built from a checkout: the commit."""


def exact_version() -> str:
    """Return the version; a development version has its commit: 1.0.1.dev0+g1a2b3c4d5."""
    if ".dev" not in __version__:
        return __version__
    commit = commit_of_this_copy()
    return f"{__version__}+g{commit[:9]}" if commit else __version__


def commit_of_this_copy() -> str:
    """Return the commit of this copy or checkout; empty if it is packed or in a worktree."""
    folder = os.path.dirname(os.path.abspath(__file__))
    if built_from := _first_line(f"{folder}/{COMMIT_FILE}"):
        return built_from
    repository = os.path.join(os.path.dirname(os.path.dirname(folder)), ".git")
    head = _first_line(f"{repository}/HEAD")
    return _first_line(f"{repository}/{head[5:]}") if head.startswith("ref: ") else head


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""
