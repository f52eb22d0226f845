"""Where lessons lie: the packages of the entry-point group, folders of one's own, single files.

Nothing is imported to know which lessons there are: the file's name is the id, with underscores.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUP = "simpsh.lessons"
_LESSON = re.compile(rb"^LESSON\b", re.MULTILINE)


class LessonFault(SimpshError):
    """A lesson file cannot be used; the message names it, and what to do."""


class Slot(Record):
    """A lesson file that was found, not yet loaded."""

    id: str
    """What its lesson must be called."""
    path: str
    module: str = ""
    """Its name as a module of a package; empty for a file of its own."""
    shown: str = ""
    """The path as messages name it."""


def package_slots(package: str) -> list[Slot]:
    """Return the lesson files of an installed package, by name.

    Raises:
        LessonFault: there is no such package.
    """
    import importlib.util

    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        raise LessonFault(
            f"the package {package} of the entry-point group {GROUP} is not there: install it anew"
        )
    return [
        slot
        for place in places
        for slot in _slots_in(place, package, f"{package.rsplit('.')[-1]}/")
    ]


def folder_slots(folder: str) -> list[Slot]:
    """Return the lesson files of a folder, by name.

    Raises:
        LessonFault: it cannot be read.
    """
    try:
        return _slots_in(folder, "", f"{folder.rstrip('/')}/")
    except OSError as problem:
        raise LessonFault(f"--path {folder}: {problem.strerror}") from None


def file_slot(path: str) -> Slot:
    """Return a single lesson file.

    Raises:
        LessonFault: it is not there.
    """
    if not os.path.isfile(path):
        raise LessonFault(f"{path}: there is no such lesson file")
    return Slot(id_of(path), os.path.abspath(path), "", path)


def _slots_in(folder: str, package: str, prefix: str) -> list[Slot]:
    found = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".py") and not name.startswith("_") and _is_lesson(path):
            module = f"{package}.{name.removesuffix('.py')}" if package else ""
            found.append(Slot(id_of(name), os.path.abspath(path), module, prefix + name))
    return found


def _is_lesson(path: str) -> bool:
    """Tell a lesson from a helper beside it: it says LESSON at the beginning of a line."""
    with open(path, "rb") as file:
        return _LESSON.search(file.read()) is not None


def id_of(path: str) -> str:
    """Return the id that belongs to a file.

    >>> id_of("lessons/rule_4_copied.py")
    'rule-4-copied'
    """
    return os.path.basename(path).removesuffix(".py").replace("_", "-")


def installed_packages() -> Sequence[str]:
    """Return the packages that bring lessons, those of simpsh itself first."""
    # 70 ms: only who asks for lessons pays.
    from importlib.metadata import entry_points

    names = [entry.value for entry in entry_points(group=GROUP)]
    return sorted(dict.fromkeys(names), key=lambda name: (name != "lessons", name)) or ["lessons"]
