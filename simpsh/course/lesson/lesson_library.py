"""The library: finds lessons by id, loads them, orders them, and creates new ones.

A lesson is a folder with a file lesson.py and its programs. It is in the course or in a folder of
the user, perhaps within a folder for its subject. `index.toml` of the course or of that folder has
the units, titles and times, so listing the lessons imports none of them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

from simpsh.base.errors import SimpshError, UsageProblem, naming
from simpsh.base.file_facts import is_file, is_folder
from simpsh.base.file_store import write_whole
from simpsh.base.record import Record, suppress

TYPE_CHECKING = False

if TYPE_CHECKING:
    # Lessons are imported when one is loaded, which makes listing them three times as fast.
    from typing import Literal

    from simpsh.course.lesson.lesson import Lesson
    from simpsh.course.lesson.term_glossary import Glossary

    Kind = Literal["core", "deeper", "reference"]
    """core: for everyone. deeper: optional. reference: for looking things up."""


class LessonFault(SimpshError):
    """Lesson files cannot be used; the message names them and the remedy."""


class NoSuchLesson(UsageProblem):
    """No lesson has this id."""


class SeveralLessons(NoSuchLesson):
    """The word is part of several ids; the message lists the lessons."""


# The index of a folder.


class LessonHead(Record):
    """The entry of a lesson in a list."""

    id: str
    title: str
    minutes: int
    chapter: str
    kind: Kind = "core"


class LessonIndex(Record):
    """The contents of a folder's `index.toml`."""

    heads: Mapping[str, LessonHead]
    """The lessons by id, in order."""
    merged: Mapping[str, str] = {}
    """The lessons that former ids mean now, at the command line and in stored progress."""
    left: Sequence[str] = ()
    """The ids of lessons that have left the course."""
    exercises: Sequence[str] = ()
    """The exercises in the order of the course."""
    former_exercises: Mapping[str, str] = {}
    """The exercises of which former ones are a part now."""

    @property
    def units(self) -> Mapping[str, Sequence[str]]:
        """The lessons of each unit, in order."""
        units: dict[str, list[str]] = {}
        for head in self.heads.values():
            units.setdefault(head.chapter, []).append(head.id)
        return units


INDEX = "index.toml"
_FILE = "lesson.py"
_OTHERS = "lessons"
"""The unit of lessons that the index does not name."""


def read_index(folder: str) -> LessonIndex:
    """Read the index of a folder; empty if there is none. Raises LessonFault."""
    path = os.path.join(folder, INDEX)
    if not is_file(path):
        return LessonIndex({})
    import tomllib

    with naming(path, LessonFault), open(path, "rb") as file:
        try:
            read = tomllib.load(file)
            heads = [
                LessonHead(
                    str(lesson["id"]),
                    str(lesson["title"]),
                    int(lesson["minutes"]),
                    str(unit["name"]),
                    lesson.get("kind", "core"),
                )
                for unit in read.get("units", [])
                for lesson in unit["lessons"]
            ]
        except (ValueError, KeyError, TypeError) as problem:
            raise LessonFault(f"{path}: {type(problem).__name__}: {problem}") from None
    return LessonIndex(
        {head.id: head for head in heads},
        read.get("merged", {}),
        read.get("left", ()),
        read.get("exercises", ()),
        read.get("former_exercises", {}),
    )


def in_chapters(heads: Sequence[LessonHead]) -> dict[str, list[LessonHead]]:
    """Group lessons by chapter, in the order of each chapter's first lesson."""
    names = dict.fromkeys(head.chapter for head in heads)
    return {name: [head for head in heads if head.chapter == name] for name in names}


def in_hours(minutes: int) -> str:
    """Return a duration in hours and minutes.

    >>> in_hours(45), in_hours(65)
    ('45 min', '1 h 05 min')
    """
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


_PACKAGE = "lessons"


def _course_folder() -> str:
    """Return the folder of the course: below simpsh if installed, next to it in the repository."""
    simpsh = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir))
    below = os.path.join(simpsh, _PACKAGE)
    return below if os.path.isdir(below) else os.path.join(os.path.dirname(simpsh), _PACKAGE)


COURSE = _course_folder()


def course_index() -> LessonIndex:
    """Return the index of the course; empty if the course is not installed."""
    return read_index(COURSE)


def import_course() -> None:
    """Import the course's package; a folder `lessons` of the user does not take its place.

    Raises ImportError, OSError or any exception of its own code.
    """
    loaded = sys.modules.get(_PACKAGE)
    if loaded is None or COURSE not in map(os.path.realpath, loaded.__path__):
        module_of_file(os.path.join(COURSE, "__init__.py"), _PACKAGE)


def unit_folders(folder: str) -> list[str]:
    """Return a folder and its subfolders for subjects, which are no lessons themselves."""
    inside = [
        os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name[0] not in "._"
    ]
    return [
        folder,
        *(path for path in inside if is_folder(path) and not is_file(f"{path}/{_FILE}")),
    ]


def module_of_file(path: str, name: str) -> ModuleType:
    """Execute a file as a module called `name`; lets the module's exceptions propagate."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("this is not a Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_ID = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
_LIKENESS = 0.6
"""The minimum similarity, from 0 to 1, for suggesting an id."""


class LessonSlot(Record):
    """A lesson that is not loaded yet."""

    head: LessonHead
    path: str
    """Its file."""
    shown: str
    """The path for messages."""


def slots_in(folder: str, shown: str) -> list[LessonSlot]:
    """Return the lessons of a folder, in the order of its index; raises LessonFault."""
    heads = dict(read_index(folder).heads)
    found: dict[str, LessonSlot] = {}
    with naming(shown, LessonFault):
        for unit in unit_folders(folder):
            for name in sorted(os.listdir(unit)):
                path = os.path.join(unit, name, _FILE)
                if is_file(path):
                    title = name.replace("-", " ").capitalize()
                    head = heads.get(name) or LessonHead(name, title, 5, _OTHERS)
                    place = os.path.join(shown, os.path.relpath(path, folder))
                    found[name] = LessonSlot(head, os.path.abspath(path), place)
    order = [*heads]
    return sorted(
        found.values(),
        key=lambda slot: order.index(slot.head.id) if slot.head.id in heads else len(order),
    )


class Library:
    """All lessons of the course and of folders given by `--path`.

    Without `has_course`, only those of the folders.
    """

    def __init__(self, paths: Sequence[str] = (), *, has_course: bool = True) -> None:
        self._has_course = has_course
        self._folders = [*([COURSE] if has_course else []), *paths]
        self._loaded: dict[str, Lesson] = {}
        self._slots: dict[str, LessonSlot] = {}
        self.problems: list[str] = []
        """Problems of whole folders, and duplicate ids, one line each."""
        self._refused: dict[str, str] = {}
        """Lessons of simpsh 1, by id: why they are refused."""
        for folder in self._folders:
            self._add(folder, _PACKAGE if folder == COURSE else folder)

    def _add(self, folder: str, shown: str) -> None:
        try:
            slots = slots_in(folder, shown)
        except LessonFault as fault:
            self.problems.append(str(fault))
            return
        for slot in slots:
            name = slot.head.id
            other = self._slots.setdefault(name, slot)
            if other.path != slot.path:
                self.problems.append(
                    f"{slot.shown}: there is a lesson {name} already, {other.shown}: rename one"
                )
        for path in old_lessons(folder) if folder != COURSE else ():
            name = os.path.basename(path).removesuffix(".py").replace("_", "-")
            self._refused[name] = f"{path}: {_OF_SIMPSH_1}"
            self.problems.append(self._refused[name])

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all lessons in the order of the course, without loading them."""
        return tuple(self._slots)

    def find(self, name: str) -> Lesson:
        """Return a lesson by its id or by a unique part of the id.

        Raises NoSuchLesson if none matches, SeveralLessons if several do, LessonFault if the file
        cannot be used.
        """
        name = name.replace("_", "-")
        if name in self._refused:
            raise LessonFault(self._refused[name])
        name = self._complete(name)
        if name not in self._loaded:
            self._loaded[name] = load(self._slots[name])
        return self._loaded[name]

    def all(self) -> tuple[list[Lesson], list[str]]:
        """Return all lessons in the order of the course, and the problems of other files."""
        lessons, problems = [], list(self.problems)
        for name in self.ids:
            try:
                lessons.append(self.find(name))
            except LessonFault as fault:
                problems.append(str(fault))
        return lessons, problems

    def heads(self) -> tuple[list[LessonHead], list[str]]:
        """Return the heads of all lessons, in order, and the problems of folders."""
        heads = [slot.head for slot in self._slots.values()]
        return [head for unit in in_chapters(heads).values() for head in unit], list(self.problems)

    def path_of(self, name: str) -> str:
        """Return the file of a lesson for messages; raises NoSuchLesson."""
        return self._slots[self._complete(name)].shown

    def faults(self, lesson: Lesson) -> list[str]:
        """Return the faults of a lesson: `FILE: step 3 (Question): …`."""
        shown = self._slots[lesson.id].shown if lesson.id in self._slots else lesson.id
        from simpsh.course.lesson.lesson_faults import faults

        return [f"{shown}: {fault}" for fault in faults(lesson, set(self._slots))]

    def glossary(self) -> Glossary:
        """Return the glossary: `TERMS` of each glossary.py."""
        from simpsh.course.lesson.term_glossary import Glossary

        terms: dict[str, str] = {}
        for folder in self._folders:
            path = os.path.join(folder, "glossary.py")
            module = _execute(path, "simpsh_glossary", path) if is_file(path) else None
            table: object = getattr(module, "TERMS", None)
            if isinstance(table, dict):
                terms |= {term: str(text) for term, text in table.items()}
        return Glossary(terms)

    def _complete(self, part: str) -> str:
        if self._has_course and part not in self._slots:
            part = course_index().merged.get(part, part)
            if part in course_index().left:
                words = "this lesson has left the course; `simpsh lesson list` lists the others"
                raise NoSuchLesson(f"{part}: {words}")
        if part in self._slots:
            return part
        names = [name for name in self.ids if part and part in name]
        if len(names) == 1:
            return names[0]
        if names:
            words = f"several lessons have it in their ids: {', '.join(names)}"
            raise SeveralLessons(f"{part}: {words}")
        import difflib

        near = difflib.get_close_matches(part, self.ids, 1, _LIKENESS)
        hint = f"did you mean {near[0]}?" if near else "`simpsh lesson list` lists them"
        raise NoSuchLesson(f"{part}: there is no such lesson; {hint}")


_OF_SIMPSH_1 = (
    "it was written for simpsh 1; a lesson is now a folder with lesson.py and its programs, see "
    "writing-lessons.md"
)


def old_lessons(folder: str) -> list[str]:
    """Return the files of a folder and its subjects that are lessons of simpsh 1."""
    found = []
    with suppress(OSError):
        for unit in unit_folders(folder):
            for name in sorted(os.listdir(unit)):
                path = os.path.join(unit, name)
                if name.endswith(".py") and is_file(path):
                    with open(path, encoding="utf-8", errors="replace") as file:
                        if re.search(r"^LESSON\b", file.read(), re.MULTILINE):
                            found.append(path)
    return found


def load(slot: LessonSlot) -> Lesson:
    """Load a lesson file; raises LessonFault if it has no valid lesson."""
    from simpsh.base.record import changed
    from simpsh.course.lesson.lesson import Lesson, Step
    from simpsh.course.lesson.program_files import reading

    head = slot.head
    with reading(os.path.dirname(slot.path)):
        module = _execute(slot.path, f"simpsh_lesson_{head.id.replace('-', '_')}", slot.shown)
    lesson: object = getattr(module, "lesson", None)
    if not isinstance(lesson, Lesson):
        raise LessonFault(f"{slot.shown}: it has no lesson: end it with lesson = Lesson(…)")
    for step in lesson.steps:
        if not isinstance(step, Step):
            raise LessonFault(f"{slot.shown}: {step!r} is no step, such as Say or Run")
    return changed(lesson, id=head.id, title=head.title, minutes=head.minutes, chapter=head.chapter)


def _execute(path: str, name: str, shown: str) -> ModuleType:
    """Execute a file as a separate module; raises LessonFault."""
    try:
        return module_of_file(path, name)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - a lesson may raise anything
        raise LessonFault(f"{shown}{why_not_loaded(problem, path)}") from None


def why_not_loaded(problem: BaseException, path: str) -> str:
    """Return the reason and line of a failed import: `, line 12: NameError: …`."""
    from traceback import walk_tb

    if isinstance(problem, SyntaxError):
        return f", line {problem.lineno}: {problem.msg}"
    frames = walk_tb(problem.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == path]
    text = str(problem).split("\n")[0]
    if isinstance(problem, ImportError) and problem.name == "simpsh.course":
        text = "it was written for simpsh 1: its claims must be expressions, see writing-lessons.md"
    where = f", line {lines[-1]}" if lines else ""
    return f"{where}: {type(problem).__name__}{f': {text}' if text else ''}"


# `simpsh lesson new ID`: create a complete lesson that passes `check`, as a template.

_NEW_LESSON = os.path.join(os.path.dirname(__file__), "new_lesson")


def create(name: str, folder: str = ".") -> str:
    """Create a new lesson in a folder; return its file. Raises SimpshError."""
    if not re.fullmatch(_ID, name):
        raise UsageProblem(
            f"{name}: the id of a lesson is lower-case words joined by dashes, as my-first-fork"
        )
    whole = os.path.join(folder, name)
    if os.path.lexists(whole):
        raise UsageProblem(f"{whole} is there already: take another id, or edit it")
    with naming(whole):
        os.mkdir(whole)
    for file in sorted(os.listdir(_NEW_LESSON)):
        with open(os.path.join(_NEW_LESSON, file), encoding="utf-8") as text:
            write_whole(os.path.join(whole, file.removesuffix(".txt")), text.read(), None)
    return os.path.join(whole, _FILE)
