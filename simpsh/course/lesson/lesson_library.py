"""The library: finds lessons by id, loads them, orders them, and creates new ones.

Lessons are in the course and in the user's own folders. Each may have a folder for each unit.
Listing the lessons imports none of them, because the file name, with underscores, gives the id.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import ModuleType

from simpsh.base.errors import SimpshError, UsageProblem, naming
from simpsh.base.file_facts import is_file, is_folder
from simpsh.base.file_store import write_whole
from simpsh.base.record import Record, changed

TYPE_CHECKING = False

if TYPE_CHECKING:
    # Lessons are imported when one is loaded, which makes listing them three times as fast.
    from collections.abc import Sequence
    from typing import Literal

    from simpsh.course.lesson.lesson import Lesson, Plan
    from simpsh.course.lesson.term_glossary import Glossary

    Kind = Literal["core", "deeper", "reference"]
    """core: for everyone. deeper: optional. reference: for looking things up."""


CHAPTERS = (
    "a shell in thirty lines",
    "fork",
    "exec and wait",
    "descriptors and pipes",
    "signals and families",
    "terminals and sessions",
    "daemons",
    "write a shell",
)
"""The units of the course, in order. Other chapters come after them."""


class LessonHead(Record):
    """The entry of a lesson in a list."""

    id: str
    title: str
    minutes: int
    chapter: str
    about: str = ""
    """The first sentence of the second paragraph of its docstring."""
    kind: Kind = "core"


_FIELD = re.compile(r'^    (\w+)=(?:"([^"\\]*)"|([0-9]+)),$', re.MULTILINE)
"""A literal among the arguments of a Lesson, on a line of its own."""


def heads_in(paths: Sequence[str]) -> dict[str, LessonHead | None]:
    """Return the heads of the lessons in files, by path; None if a field is not a plain literal.

    Files without a line that begins with LESSON are left out.
    """
    heads: dict[str, LessonHead | None] = {}
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        if beginning := re.search(r"^LESSON\b", text, re.MULTILINE):
            literals = _FIELD.findall(text, beginning.start())
            # The first literal of each name belongs to the lesson itself.
            fields = {name: value for name, *value in reversed(literals)}
            about = re.match(r'"""[^\n]+\n\n(.+?[.?!])(?=\s|""")', text, re.DOTALL)
            words = " ".join(about[1].split()) if about else ""
            heads[path] = None
            if fields.keys() >= {"id", "title", "minutes"}:
                minutes = int(fields["minutes"][1] or 0)
                chapter = fields.get("chapter", [CHAPTERS[0]])[0]
                heads[path] = LessonHead(
                    fields["id"][0], fields["title"][0], minutes, chapter, words
                )
    return heads


def in_chapters(heads: Sequence[LessonHead]) -> dict[str, list[LessonHead]]:
    """Group lessons by chapter, in the order of CHAPTERS."""
    names = dict.fromkeys([*CHAPTERS, *(head.chapter for head in heads)])
    chapters = {name: [head for head in heads if head.chapter == name] for name in names}
    return {name: of_chapter for name, of_chapter in chapters.items() if of_chapter}


def in_hours(minutes: int) -> str:
    """Return a duration in hours and minutes.

    >>> in_hours(45), in_hours(65)
    ('45 min', '1 h 05 min')
    """
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


_PACKAGE = "lessons"


def _course_folder() -> str:
    """Return the folder of the course: below simpsh if installed, beside it in the repository."""
    simpsh = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir))
    below = os.path.join(simpsh, _PACKAGE)
    return below if os.path.isdir(below) else os.path.join(os.path.dirname(simpsh), _PACKAGE)


COURSE = _course_folder()


class LessonFault(SimpshError):
    """Lesson files cannot be used; the message names them and the remedy."""


def _course_module(name: str = "") -> ModuleType:
    """Import the course's package, or a module of it by its name within the package.

    A folder `lessons` of the user does not take its place. Raises ImportError or OSError if there
    is no such module, or any exception of the module's own code.
    """
    loaded = sys.modules.get(_PACKAGE)
    if loaded is None or COURSE not in map(os.path.realpath, loaded.__path__):
        module_of_file(os.path.join(COURSE, "__init__.py"), _PACKAGE)
    return importlib.import_module(f"{_PACKAGE}.{name}" if name else _PACKAGE)


def course_order(name: str) -> Sequence[str]:
    """Return a list of ids from the course's `__init__.py`, such as `ORDER` or `EXERCISES`."""
    ids: Sequence[str] = getattr(_course_module(), name)
    return ids


def merged_lessons() -> Mapping[str, str]:
    """Return the lessons that former ids now mean; none if the course is not installed."""
    merged: Mapping[str, str] = _course_module().MERGED if is_folder(COURSE) else {}
    return merged


def last_exercises() -> Sequence[str]:
    """Return the exercises after the last lesson; none if the course is not installed."""
    return course_order("LAST") if is_folder(COURSE) else ()


def unit_folders(folder: str) -> list[str]:
    """Return a folder and its units: subfolders with an `__init__.py`."""
    inside = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    return [folder, *(path for path in inside if is_file(f"{path}/__init__.py"))]


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
_SMALL_WORDS = {"a", "and", "in"}
"""Words of units that name no unit."""
_LIKENESS = 0.6
"""The minimum similarity, from 0 to 1, for suggesting an id."""
_NEW_LESSON = os.path.join(os.path.dirname(__file__), "new_lesson.txt")


class LessonSlot(Record):
    """A lesson file that is not loaded yet."""

    id: str
    path: str
    shown: str
    head: LessonHead | None = None
    """The literals in its file; see heads_in()."""
    is_ours: bool = False
    """Whether it belongs to the course, not to a folder of the user."""


def course_slots() -> list[LessonSlot]:
    """Return the lesson files of the course; raises LessonFault."""
    with naming(COURSE, LessonFault):
        files = [path for folder in unit_folders(COURSE) for path in _python_files(folder)]
    return [
        LessonSlot(
            id_of(path), path, os.path.relpath(path, os.path.dirname(COURSE)), head, is_ours=True
        )
        for path, head in heads_in(files).items()
    ]


def folder_slots(folder: str) -> list[LessonSlot]:
    """Return the lesson files of a folder, by name; raises LessonFault."""
    with naming(f"--path {folder}", LessonFault):
        heads = heads_in([path for unit in unit_folders(folder) for path in _python_files(unit)])
    return [
        LessonSlot(id_of(path), os.path.abspath(path), path, head) for path, head in heads.items()
    ]


def _python_files(folder: str) -> list[str]:
    """Return the Python files of a folder that may contain a lesson."""
    names = sorted(os.listdir(folder))
    return [
        os.path.join(folder, name)
        for name in names
        if name.endswith(".py") and not name.startswith("_")
    ]


def id_of(path: str) -> str:
    """Return the id for a file.

    >>> id_of("lessons/fork/rule_4_copied.py")
    'rule-4-copied'
    """
    return os.path.basename(path).removesuffix(".py").replace("_", "-")


class NoSuchLesson(UsageProblem):
    """No lesson has this id."""


class SeveralLessons(NoSuchLesson):
    """The word names a unit, or is part of several ids; the message lists the lessons."""


class Library:
    """All lessons of the course and of folders given by `--path`.

    Without `has_course`, only those of the folders.
    """

    def __init__(self, paths: Sequence[str] = (), *, has_course: bool = True) -> None:
        self._has_course = has_course
        self._folders = list(paths)
        self._loaded: dict[str, Lesson] = {}
        self._slots: dict[str, LessonSlot] = {}
        self.problems: list[str] = []
        """Problems of whole folders, and duplicate ids, one line each."""
        if has_course:
            self._add(course_slots)
        for folder in self._folders:
            self._add(partial(folder_slots, folder))

    def _add(self, find: Callable[[], Iterable[LessonSlot]]) -> None:
        try:
            slots = find()
        except LessonFault as fault:
            self.problems.append(str(fault))
            return
        for slot in slots:
            other = self._slots.get(slot.id)
            if other is None:
                self._slots[slot.id] = slot
            elif other.path != slot.path:
                self.problems.append(
                    f"{slot.shown}: there is a lesson {slot.id} already, {other.shown}: rename one"
                )

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all lessons in the order of the course, without loading them."""
        order = {name: index for index, name in enumerate(self._order())}
        return tuple(sorted(self._slots, key=lambda name: (order.get(name, len(order)), name)))

    def find(self, name: str) -> Lesson:
        """Return a lesson by its id or by a unique part of the id.

        Raises NoSuchLesson if none matches, SeveralLessons if several do, LessonFault if the file
        cannot be used.
        """
        name = self._complete(name.replace("_", "-"))
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
        chapters = list(dict.fromkeys([*CHAPTERS, *(lesson.chapter for lesson in lessons)]))
        lessons.sort(key=lambda lesson: chapters.index(lesson.chapter))
        return lessons, problems

    def heads(self) -> tuple[list[LessonHead], list[str]]:
        """Return the heads of all lessons, in order, and the problems of other files.

        A file is executed only if its LESSON is not written in literals.
        """
        kinds: dict[str, Kind] = dict.fromkeys(self._order(), "deeper")
        if self._has_course:
            kinds |= dict.fromkeys(course_order("CORE"), "core")
            kinds |= dict.fromkeys(course_order("REFERENCE"), "reference")
        heads, problems = list[LessonHead](), list(self.problems)
        for name in self.ids:
            kind = kinds.get(name, "core")
            try:
                head = self._slots[name].head
                if head is None or head.id != name:
                    lesson = self.find(name)
                    head = LessonHead(name, lesson.title, lesson.minutes, lesson.chapter)
                heads.append(changed(head, kind=kind))
            except LessonFault as fault:
                problems.append(str(fault))
        return [head for unit in in_chapters(heads).values() for head in unit], problems

    def path_of(self, name: str) -> str:
        """Return the file of a lesson for messages; raises NoSuchLesson."""
        return self._slots[self._complete(name)].shown

    def file_of(self, name: str) -> str:
        """Return the absolute path of a lesson's file; raises NoSuchLesson."""
        return self._slots[self._complete(name)].path

    def faults(self, lesson: Lesson) -> list[str]:
        """Return the faults of a lesson: `FILE: step 3 (Predict): …`."""
        shown = self._slots[lesson.id].shown if lesson.id in self._slots else lesson.id
        from simpsh.course.lesson.lesson_faults import faults

        # Existing and planned lessons are valid in `requires`.
        valid_ids = {*self._slots, *self._order()}
        return [f"{shown}: {fault}" for fault in faults(lesson, valid_ids)]

    def glossary(self) -> Glossary:
        """Return the glossary: `TERMS` of each glossary.py."""
        from simpsh.course.lesson.term_glossary import Glossary

        terms = self._table("glossary", "TERMS").items()
        return Glossary({term: str(text) for term, text in terms})

    def plans(self) -> list[Plan]:
        """Return the plans for classes: `PLANS` of each plans.py."""
        from simpsh.course.lesson.lesson import Plan

        chosen: list[Plan] = []
        for module in self._modules("plans"):
            plans: object = getattr(module, "PLANS", ())
            if isinstance(plans, tuple | list):
                chosen += [plan for plan in plans if isinstance(plan, Plan)]
        return chosen

    def _table(self, module_name: str, name: str) -> Mapping[str, object]:
        """Merge the tables called `name` of all modules called `module_name`."""
        whole: dict[str, object] = {}
        for module in self._modules(module_name):
            table: object = getattr(module, name, None)
            if isinstance(table, dict):
                whole |= table
        return whole

    def _order(self) -> Sequence[str]:
        return course_order("ORDER") if self._has_course else ()

    def _modules(self, name: str) -> Iterable[ModuleType]:
        if self._has_course:
            yield _course_module(name)
        for folder in self._folders:
            path = os.path.join(folder, f"{name}.py")
            if os.path.isfile(path):
                yield _execute(LessonSlot(name, path, path))

    def _complete(self, part: str) -> str:
        if self._has_course and part not in self._slots:
            part = merged_lessons().get(part, part)
        if part in self._slots:
            return part
        names = [name for name in self.ids if part and part in name]
        if len(names) == 1:
            return names[0]
        heads = [slot.head for slot in map(self._slots.__getitem__, self.ids) if slot.head]
        fitting = [
            (f"the unit {unit}", ", ".join(head.id for head in of_unit))
            for unit, of_unit in in_chapters(heads).items()
            if part in {*unit.split()} - _SMALL_WORDS
        ]
        if fitting:
            words = "; or of ".join(f"{unit}: {ids}" for unit, ids in fitting)
            raise SeveralLessons(f"{part}: name a lesson of {words}")
        if names:
            words = f"several lessons have it in their ids: {', '.join(names)}"
            raise SeveralLessons(f"{part}: {words}")
        import difflib

        near = difflib.get_close_matches(part, self.ids, 1, _LIKENESS)
        hint = f"did you mean {near[0]}?" if near else "`simpsh lesson list` lists them"
        raise NoSuchLesson(f"{part}: there is no such lesson; {hint}")


def load(slot: LessonSlot) -> Lesson:
    """Load a lesson file; raises LessonFault if it has no valid LESSON."""
    from simpsh.course.lesson.lesson import Lesson
    from simpsh.course.lesson.lesson_faults import faults_of_kind

    module = _execute(slot)
    lesson: object = getattr(module, "LESSON", None)
    if not isinstance(lesson, Lesson):
        raise LessonFault(f"{slot.shown}: it has no LESSON: end it with LESSON = Lesson(…)")
    if str(lesson.id) != slot.id:
        raise LessonFault(
            f"{slot.shown}: its lesson is called {lesson.id}: call the file "
            f"{str(lesson.id).replace('-', '_')}.py, or the lesson {slot.id}"
        )
    for fault in faults_of_kind(lesson):
        raise LessonFault(f"{slot.shown}: {fault}")
    return lesson


def _execute(slot: LessonSlot) -> ModuleType:
    """Import the module of a file, or execute the file as a separate module."""
    try:
        if slot.is_ours:
            inside = os.path.relpath(slot.path, COURSE)
            return _course_module(inside.removesuffix(".py").replace("/", "."))
        folder = os.path.dirname(slot.path)
        if folder not in sys.path:
            # Last in the path: a helper next to the lesson must not hide a standard module.
            sys.path.append(folder)
        return module_of_file(slot.path, f"simpsh_lesson_{slot.id.replace('-', '_')}")
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - a lesson may raise anything
        raise LessonFault(f"{slot.shown}{why_not_loaded(problem, slot.path)}") from None


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


def create(name: str, folder: str = ".") -> str:
    """Create a new lesson in a folder; return its path. Raises SimpshError."""
    if not re.fullmatch(_ID, name):
        raise UsageProblem(
            f"{name}: the id of a lesson is lower-case words joined by dashes, as my-first-fork"
        )
    with open(_NEW_LESSON, encoding="utf-8") as file:
        text = file.read().replace("{id}", name)
    text = text.replace("{title}", name.replace("-", " ").capitalize())
    path = os.path.join(folder, f"{name.replace('-', '_')}.py")
    if os.path.lexists(path):
        raise UsageProblem(f"{path} is there already: take another id, or edit it")
    write_whole(path, text, None)
    return path
