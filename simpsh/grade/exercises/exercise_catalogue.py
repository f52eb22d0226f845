"""Finds exercises: in `exercises/` next to the lessons of a course, or in any folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import ModuleType

from simpsh.base.errors import SimpshError, UsageProblem, naming
from simpsh.base.file_facts import is_file, is_folder
from simpsh.base.record import Record
from simpsh.course.lesson.lesson_library import (
    COURSE,
    course_index,
    import_course,
    module_of_file,
    unit_folders,
    why_not_loaded,
)
from simpsh.grade.exercises.exercise import Exercise
from simpsh.grade.exercises.solution_marks import SIGNS, start_of, unmarked

NAME = "exercise.py"


class ExerciseFault(SimpshError):
    """An exercise's folder cannot be used; the message names it, and what to do."""


class ExerciseFolder(Record):
    """The folder of an exercise; ExerciseCatalogue.find() loads it."""

    id: str
    path: str

    def file(self, name: str) -> str:
        """Return the path of a file in it; empty if it is not there."""
        path = os.path.join(self.path, name)
        return path if is_file(path) else ""

    def text(self, name: str) -> str:
        """Return the contents of a file in it; raises ExerciseFault if it is not there."""
        path = os.path.join(self.path, name)
        with naming(path, ExerciseFault), open(path, encoding="utf-8") as file:
            return file.read()

    @property
    def starts(self) -> dict[str, str]:
        """The starts by their languages' endings: their files, or made from the solutions."""
        texts = {end: self.text(name) for end in SIGNS if self.file(name := f"start.{end}")}
        made = {end: start_of(self._marked(end)) for end in SIGNS if self.file(f"solution.{end}")}
        return made | texts

    @property
    def solutions(self) -> dict[str, str]:
        """The model solutions by their languages' endings; empty if the installation omits them."""
        return {end: unmarked(self._marked(end)) for end in SIGNS if self.file(f"solution.{end}")}

    def _marked(self, end: str) -> str:
        return self.text(f"solution.{end}")


def _load(path: str, exercise: str) -> ModuleType:
    """Execute an exercise's file as a module; raise ExerciseFault if it has an error."""
    try:
        return module_of_file(path, f"simpsh_exercise_{exercise.replace('-', '_')}")
    except Exception as error:
        raise ExerciseFault(f"{path}{why_not_loaded(error, path)}") from error


class ExerciseCatalogue:
    """All available exercises.

    Exercises in `folders`, each with a folder `exercises`, replace installed ones with the same id.
    Later folders replace earlier ones.
    """

    def __init__(self, folders: Sequence[str] = ()) -> None:
        self._folders: dict[str, ExerciseFolder] = {}
        # `simpsh lesson` reports a missing course.
        for directory in filter(is_folder, (COURSE, *folders)):
            with naming(directory):
                order: Sequence[str] = ()
                if directory == COURSE:
                    import_course()  # exercises import its modules
                    order = course_index().exercises
                found = _in(unit_folders(directory), order)
            self._folders |= {folder.id: folder for folder in found}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all exercises."""
        return tuple(self._folders)

    def folder(self, name: str) -> ExerciseFolder:
        """Return an exercise's folder by its id or a unique part of the id."""
        name = name.replace("_", "-")
        if name in self._folders:
            return self._folders[name]
        if host := course_index().former_exercises.get(name):
            raise UsageProblem(f"exercise {name} has left: do {host} instead")
        ids = [id_ for id_ in self._folders if name in id_]
        if len(ids) == 1:
            return self._folders[ids[0]]
        if ids:
            raise UsageProblem(f"exercise {name}: which one: {', '.join(ids)}?")
        raise UsageProblem(f"there is no exercise {name}; 'lesson exercise list' has all")

    def find(self, name: str) -> Exercise:
        """Load the exercise that folder() finds; raise ExerciseFault if its file lacks EXERCISE."""
        folder = self.folder(name)
        path = os.path.join(folder.path, NAME)
        exercise = getattr(_load(path, folder.id), "EXERCISE", None)
        if not isinstance(exercise, Exercise):
            raise ExerciseFault(f"{path}: it has no EXERCISE = Exercise(…)")
        if exercise.id != folder.id:
            raise ExerciseFault(
                f"{path}: its id is {exercise.id}, and its folder's name {folder.id}"
            )
        if not exercise.trials and not exercise.behaviours:
            raise ExerciseFault(f"{path}: nothing is asked: it needs trials or behaviours")
        return exercise

    def all(self) -> tuple[list[Exercise], list[str]]:
        """Return all valid exercises in the order of the course, and the faults of the others."""
        exercises, problems = [], []
        for name in self._folders:
            try:
                exercises.append(self.find(name))
            except ExerciseFault as fault:
                problems.append(str(fault))
        return exercises, problems


def _in(directories: Sequence[str], order: Sequence[str] = ()) -> list[ExerciseFolder]:
    """Return the exercises of several folders: first those in `order`, then the others by name."""
    homes = [os.path.join(directory, "exercises") for directory in directories]
    folders = [
        ExerciseFolder(name, os.path.join(home, name))
        for home in homes
        if is_folder(home)
        for name in os.listdir(home)
        if is_file(os.path.join(home, name, NAME))
    ]
    ranks = {name: number for number, name in enumerate(order)}
    return sorted(folders, key=lambda folder: (ranks.get(folder.id, len(order)), folder.id))
