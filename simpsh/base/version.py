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
    """Return the commit from which this copy was built, or which is checked out here; or ""."""
    folder = os.path.dirname(os.path.abspath(__file__))
    if built_from := _first_line(f"{folder}/{COMMIT_FILE}"):
        return built_from
    root = os.path.dirname(os.path.dirname(folder))
    repository = f"{root}/.git"
    if link := _first_line(repository):
        # A worktree: .git is a file that names the directory.
        repository = os.path.join(root, link.removeprefix("gitdir: "))
    head = _first_line(f"{repository}/HEAD")
    if not head.startswith("ref: "):
        return head
    reference = head.removeprefix("ref: ")
    shared = os.path.join(repository, _first_line(f"{repository}/commondir"))
    for place in (repository, shared):
        if commit := _first_line(f"{place}/{reference}"):
            return commit
    for line in _lines(f"{shared}/packed-refs"):
        commit, _, name = line.partition(" ")
        if name == reference:
            return commit
    return ""


def _first_line(path: str) -> str:
    return next(iter(_lines(path)), "")


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
