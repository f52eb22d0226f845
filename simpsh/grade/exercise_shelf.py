"""Where exercises lie: in `exercises/` beside the lessons, ours or in a folder of one's own."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

from simpsh.course.shelves import installed_packages
from simpsh.errors import SimpshError, UsageProblem
from simpsh.grade.exercise import Exercise
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAME = "exercise.py"
LANGUAGES = ("py", "c")


class ExerciseFault(SimpshError):
    """An exercise's folder cannot be used; the message names it, and what to do."""


class Folder(Record):
    """An exercise's folder that was found, not yet loaded."""

    id: str
    path: str

    def file(self, name: str) -> str:
        """Return the path of a file in it; empty if it is not there."""
        path = os.path.join(self.path, name)
        return path if os.path.isfile(path) else ""

    def text(self, name: str) -> str:
        """Return the contents of a file in it; raises ExerciseFault if it is not there."""
        try:
            with open(os.path.join(self.path, name), encoding="utf-8") as file:
                return file.read()
        except OSError as error:
            raise ExerciseFault(f"{self.path}/{name}: {error.strerror}") from error

    @property
    def solutions(self) -> list[str]:
        """The model solutions; none where they were left out of what is installed."""
        return [path for end in LANGUAGES if (path := self.file(f"solution.{end}"))]

    @property
    def wrong(self) -> list[str]:
        """The wrong solutions, by name."""
        place = os.path.join(self.path, "wrong")
        names = sorted(os.listdir(place)) if os.path.isdir(place) else []
        return [os.path.join(place, name) for name in names if name.rpartition(".")[2] in LANGUAGES]


class Shelf:
    """All exercises that can be had.

    Args:
        folders: folders with an `exercises` folder in them, as `--path` names them.
    """

    def __init__(self, folders: Sequence[str] = ()) -> None:
        self._folders: dict[str, Folder] = {}
        self._loaded: dict[str, Exercise] = {}
        for place in (*_installed(), *folders):
            for folder in _in(place):
                self._folders.setdefault(folder.id, folder)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all exercises."""
        return tuple(self._folders)

    def folder(self, name: str) -> Folder:
        """Return an exercise's folder, by its id or the beginning of one that only it has.

        Raises:
            UsageProblem: there is none, or several begin so.
        """
        name = name.replace("_", "-")
        if name in self._folders:
            return self._folders[name]
        found = [one for one in self._folders if one.startswith(name)]
        if len(found) == 1:
            return self._folders[found[0]]
        if found:
            raise UsageProblem(f"exercise {name}: which one: {', '.join(found)}?")
        raise UsageProblem(f"there is no exercise {name}; 'lesson exercise list' has all")

    def find(self, name: str) -> Exercise:
        """Return an exercise, by its id or the beginning of one.

        Raises:
            UsageProblem: there is none, or several begin so.
            ExerciseFault: its file cannot be used.
        """
        folder = self.folder(name)
        if folder.id not in self._loaded:
            self._loaded[folder.id] = load(folder)
        return self._loaded[folder.id]

    def all(self) -> tuple[list[Exercise], list[str]]:
        """Return all exercises in the order of the course, and what is wrong with others."""
        found, problems = [], []
        for name in self._folders:
            try:
                found.append(self.find(name))
            except ExerciseFault as fault:
                problems.append(str(fault))
        return found, problems


def load(folder: Folder) -> Exercise:
    """Load an exercise from its folder.

    Raises:
        ExerciseFault: its file does not run, has no EXERCISE, or one of another id.
    """
    path = os.path.join(folder.path, NAME)
    spec = importlib.util.spec_from_file_location(
        f"simpsh_exercise_{folder.id.replace('-', '_')}", path
    )
    if spec is None or spec.loader is None:
        raise ExerciseFault(f"{path}: it cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ExerciseFault(f"{path}: {type(error).__name__}: {error}") from error
    exercise = getattr(module, "EXERCISE", None)
    if not isinstance(exercise, Exercise):
        raise ExerciseFault(f"{path}: it has no EXERCISE = Exercise(…)")
    if exercise.id != folder.id:
        raise ExerciseFault(f"{path}: its id is {exercise.id}, and its folder's name {folder.id}")
    if not exercise.trials and not exercise.behaviours:
        raise ExerciseFault(f"{path}: nothing is asked: it needs trials or behaviours")
    return exercise


def _installed() -> Iterable[str]:
    for package in installed_packages():
        spec = importlib.util.find_spec(package)
        yield from (spec.submodule_search_locations or ()) if spec is not None else ()


def _in(place: str) -> list[Folder]:
    home = os.path.join(place, "exercises")
    try:
        names = _ordered(home, os.listdir(home))
    except OSError:
        return []
    return [
        Folder(name, os.path.join(home, name))
        for name in names
        if os.path.isfile(os.path.join(home, name, NAME))
    ]


def _ordered(home: str, names: Iterable[str]) -> list[str]:
    """Put names into the order that `exercises/order.txt` has; others come after, by name."""
    try:
        with open(os.path.join(home, "order.txt"), encoding="utf-8") as file:
            order = {line.strip(): place for place, line in enumerate(file)}
    except OSError:
        order = {}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))
