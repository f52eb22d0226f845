"""The library: finds lessons by id, loads them, puts them into order, and begins new ones.

Lessons lie in the packages of the entry-point group, in folders of one's own, in single files.
Nothing is imported to know which there are: the file's name is the id, with underscores.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import ModuleType

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.record import Record
from simpsh.course.lesson.course_plan import Plan
from simpsh.course.lesson.lesson_steps import CHAPTERS, Lesson
from simpsh.course.lesson.lesson_validation import faults
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.lesson.value_kinds import faults_of_kind

GROUP = "simpsh.lessons"
_LESSON = re.compile(rb"^LESSON\b", re.MULTILINE)
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NEW_LESSON = os.path.join(os.path.dirname(__file__), "new_lesson.txt")


class LessonFault(SimpshError):
    """A lesson file cannot be used; the message names it, and what to do."""


class LessonSlot(Record):
    """A lesson file that was found, not yet loaded."""

    id: str
    """What its lesson must be called."""
    path: str
    module: str = ""
    """Its name as a module of a package; empty for a file of its own."""
    shown: str = ""
    """The path as messages name it."""


def package_slots(package: str) -> list[LessonSlot]:
    """Return the lesson files of an installed package, by name.

    Raises:
        LessonFault: there is no such package.
    """
    places = places_of(package)
    if not places:
        raise LessonFault(
            f"the package {package} of the entry-point group {GROUP} is not there: install it anew"
        )
    return [
        slot
        for place in places
        for slot in _slots_in(place, package, f"{package.rsplit('.')[-1]}/")
    ]


def places_of(package: str) -> list[str]:
    """Return the folders of an installed package; none if there is no such package."""
    import importlib.util

    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return []
    return list(spec.submodule_search_locations or ()) if spec is not None else []


def folder_slots(folder: str) -> list[LessonSlot]:
    """Return the lesson files of a folder, by name.

    Raises:
        LessonFault: it cannot be read.
    """
    try:
        return _slots_in(folder, "", f"{folder.rstrip('/')}/")
    except OSError as problem:
        raise LessonFault(f"--path {folder}: {problem.strerror}") from None


def file_slot(path: str) -> LessonSlot:
    """Return a single lesson file.

    Raises:
        LessonFault: it is not there.
    """
    if not os.path.isfile(path):
        raise LessonFault(f"{path}: there is no such lesson file")
    return LessonSlot(id_of(path), os.path.abspath(path), "", path)


def _slots_in(folder: str, package: str, prefix: str) -> list[LessonSlot]:
    found = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".py") and not name.startswith("_") and _is_lesson(path):
            module = f"{package}.{name.removesuffix('.py')}" if package else ""
            found.append(LessonSlot(id_of(name), os.path.abspath(path), module, prefix + name))
    return found


def _is_lesson(path: str) -> bool:
    """Return whether a file is a lesson, and no helper beside one: a line begins with LESSON."""
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


class NoSuchLesson(UsageProblem):
    """There is no lesson of that id."""


class Library:
    """All lessons that can be had.

    Args:
        paths: folders of one's own lessons, as `--path` names them.
        files: single lesson files.
        packages: the packages with lessons; those that are installed if None.
    """

    def __init__(
        self,
        paths: Sequence[str] = (),
        files: Sequence[str] = (),
        packages: Sequence[str] | None = None,
    ) -> None:
        self._packages = list(installed_packages() if packages is None else packages)
        self._folders = list(paths)
        self._loaded: dict[str, Lesson] = {}
        self._slots: dict[str, LessonSlot] = {}
        self.problems: list[str] = []
        """What is wrong with whole shelves and with doubles, each in one line."""
        for package in self._packages:
            self._take(package_slots, package)
        for folder in self._folders:
            self._take(folder_slots, folder)
        for file in files:
            self._add([file_slot(file)])

    def _take(self, find: Callable[[str], list[LessonSlot]], place: str) -> None:
        try:
            self._add(find(place))
        except LessonFault as fault:
            self.problems.append(str(fault))

    def _add(self, slots: Iterable[LessonSlot]) -> None:
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
        """The ids of all lessons, in the order of the course; nothing is loaded for it."""
        order = {name: place for place, name in enumerate(self._order())}
        return tuple(sorted(self._slots, key=lambda name: (order.get(name, len(order)), name)))

    def find(self, name: str) -> Lesson:
        """Return a lesson, by id or by the beginning of one that only it has.

        Raises:
            NoSuchLesson: there is none, or several begin so.
            LessonFault: its file cannot be used.
        """
        name = self._completed(name.replace("_", "-"))
        if name not in self._loaded:
            self._loaded[name] = load(self._slots[name])
        return self._loaded[name]

    def all(self) -> tuple[list[Lesson], list[str]]:
        """Return all lessons in the order of the course, and what is wrong with other files."""
        lessons, problems = [], list(self.problems)
        for name in self.ids:
            try:
                lessons.append(self.find(name))
            except LessonFault as fault:
                problems.append(str(fault))
        chapters = list(dict.fromkeys([*CHAPTERS, *(lesson.chapter for lesson in lessons)]))
        lessons.sort(key=lambda lesson: chapters.index(lesson.chapter))
        return lessons, problems

    def path_of(self, name: str) -> str:
        """Return the file of a lesson, as messages name it; raises NoSuchLesson."""
        return self._slots[self._completed(name)].shown

    def file_of(self, name: str) -> str:
        """Return the absolute path of a lesson's file; raises NoSuchLesson."""
        return self._slots[self._completed(name)].path

    def faults(self, lesson: Lesson) -> list[str]:
        """Return what is wrong with a lesson before it runs: `FILE: step 3 (Predict): …`."""
        shown = self._slots[lesson.id].shown if lesson.id in self._slots else lesson.id
        claims = self.claims()
        found = faults(lesson, self._known(), claims.keys() if claims else None)
        return [f"{shown}: {fault}" for fault in found]

    def claims(self) -> Mapping[str, str]:
        """Return the claims that lessons cover, by id: `CLAIMS` of each shelf's claims.py."""
        found: dict[str, str] = {}
        for table in self._tables("claims", "CLAIMS"):
            found |= {name: str(sentence) for name, sentence in table.items()}
        return found

    def groups(self) -> Mapping[str, Sequence[str]]:
        """Return the ids of claims by group: `GROUPS` of each shelf's claims.py."""
        found: dict[str, Sequence[str]] = {}
        for table in self._tables("claims", "GROUPS"):
            found |= {name: ids for name, ids in table.items() if isinstance(ids, tuple)}
        return found

    def glossary(self) -> Glossary:
        """Return the terms that are explained: `TERMS` of each shelf's glossary.py."""
        found: dict[str, str] = {}
        for table in self._tables("glossary", "TERMS"):
            found |= {term: str(text) for term, text in table.items()}
        return Glossary(found)

    def plans(self) -> list[Plan]:
        """Return which lessons a class takes when: `PLANS` of each shelf's plans.py."""
        found: list[Plan] = []
        for module in self._modules("plans"):
            plans: object = getattr(module, "PLANS", ())
            if isinstance(plans, tuple | list):
                found += [plan for plan in plans if isinstance(plan, Plan)]
        return found

    def _tables(self, module_name: str, name: str) -> Iterable[Mapping[str, object]]:
        for module in self._modules(module_name):
            table: object = getattr(module, name, None)
            if isinstance(table, dict):
                yield table

    def _known(self) -> set[str]:
        """Return the ids that may be required: what is there, and what the course plans."""
        return {*self._slots, *self._order()}

    def _order(self) -> list[str]:
        found: list[str] = []
        for package in self._packages:
            order: object = getattr(_imported(package), "ORDER", ())
            if isinstance(order, tuple | list):
                found += order
        return found

    def _modules(self, name: str) -> Iterable[ModuleType]:
        for package in self._packages:
            module = _imported(f"{package}.{name}")
            if module is not None:
                yield module
        for folder in self._folders:
            path = os.path.join(folder, f"{name}.py")
            if os.path.isfile(path):
                yield _executed(LessonSlot(name, path, "", path))

    def _completed(self, beginning: str) -> str:
        if beginning in self._slots:
            return beginning
        found = [name for name in self.ids if name.startswith(beginning)] if beginning else []
        if len(found) == 1:
            return found[0]
        if found:
            raise NoSuchLesson(f"{beginning}: several lessons begin so: {', '.join(found)}")
        near = _nearest(beginning, self.ids)
        hint = f"did you mean {near}?" if near else "`simpsh lesson` lists them"
        raise NoSuchLesson(f"{beginning}: there is no such lesson; {hint}")


def load(slot: LessonSlot) -> Lesson:
    """Load a lesson file.

    Raises:
        LessonFault: it cannot be imported, has no LESSON, that is called otherwise, or a value in
            it is of the wrong kind.
    """
    module = _executed(slot)
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


def _executed(slot: LessonSlot) -> ModuleType:
    """Import the module of a file, or execute the file as a module of its own."""
    import importlib

    try:
        return importlib.import_module(slot.module) if slot.module else _from_file(slot.path)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - a lesson may raise anything
        raise LessonFault(f"{slot.shown}{_place(problem, slot.path)}: {_told(problem)}") from None


def _from_file(path: str) -> ModuleType:
    folder = os.path.dirname(path)
    if folder not in sys.path:
        # Behind everything else: a helper beside the lesson must not hide a module of Python.
        sys.path.append(folder)
    return module_of_file(path, f"simpsh_lesson_{os.path.basename(path).removesuffix('.py')}")


def module_of_file(path: str, name: str) -> ModuleType:
    """Execute a file as a module of this name; raises whatever the file raises."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("this is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _place(problem: BaseException, path: str) -> str:
    """Return where in a lesson file something went wrong, as `, line 12`."""
    if isinstance(problem, SyntaxError):
        return f", line {problem.lineno}"
    line, place = 0, problem.__traceback__
    while place is not None:
        if place.tb_frame.f_code.co_filename == path:
            line = place.tb_lineno
        place = place.tb_next
    return f", line {line}" if line else ""


def _told(problem: BaseException) -> str:
    if isinstance(problem, SyntaxError):
        return problem.msg
    text = str(problem).split("\n")[0]
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def _imported(module: str) -> ModuleType | None:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def _nearest(name: str, names: Sequence[str]) -> str:
    import difflib

    found = difflib.get_close_matches(name, names, 1, 0.6)
    return found[0] if found else ""


# `simpsh lesson new ID`: a lesson that is complete, passes `check`, and waits to be rewritten.


def text_for(name: str) -> str:
    """Return the text of a new lesson.

    Raises:
        UsageProblem: this is no id for a lesson.
    """
    if not _ID.fullmatch(name):
        raise UsageProblem(
            f"{name}: the id of a lesson is lower-case words joined by dashes, as my-first-fork"
        )
    title = name.replace("-", " ").capitalize()
    with open(_NEW_LESSON, encoding="utf-8") as file:
        return file.read().replace("{id}", name).replace("{title}", title)


def create(name: str, folder: str = ".") -> str:
    """Write a new lesson into a folder, all at once or not at all; return its path.

    Raises:
        UsageProblem: this is no id, or the file is there already.
        OSError: the folder cannot be written to.
    """
    text = text_for(name)
    path = os.path.join(folder, f"{name.replace('-', '_')}.py")
    unfinished = f"{path}.{os.getpid()}"
    try:
        with open(unfinished, "x", encoding="utf-8") as file:
            file.write(text)
        # A link, unlike a rename, does not replace a file that is there.
        os.link(unfinished, path)
    except FileExistsError:
        raise UsageProblem(f"{path} is there already: take another id, or edit it") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(unfinished)
    return path
