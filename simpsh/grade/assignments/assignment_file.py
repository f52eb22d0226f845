r"""The form of an assignment file (TOML): the tasks and their points.

    title = "Lab 3: a shell with jobs"
    build = "make"

    [language]
    fg = "fg %1"

    [points]
    run = 10              # ten points, shared out among its checks as usual
    "run.waits" = 5       # one check by itself

    [behaviour.history]
    title = "remembers the last line"
    steps = [
        { type = "{sum}" },
        { type = "!!" },
        { output = "{answer}\n", asks = "!! runs it again", points = 3 },
    ]

A name in [points] names a behaviour of a shell, one of its checks, or a check of an
exercise. If there is a table [points], only these and the file's own behaviours are asked.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from simpsh.base.errors import UsageProblem
from simpsh.base.file_facts import is_file, is_there
from simpsh.base.outside_json import BadData, read_toml
from simpsh.base.phrases import escaped
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import by_name
from simpsh.grade.assignments.assignment import (
    CONTROL_KEYS,
    FULL,
    NAMES,
    PROGRAM,
    SHELL,
    Assignment,
    Behaviour,
    Language,
    Step,
    table_of,
    words_of,
)

_SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shipped")


def shipped_assignments() -> list[str]:
    """Return the names of the assignments that are shipped with simpsh."""
    return sorted(name.removesuffix(".toml") for name in os.listdir(_SHIPPED))


def assignment_path(name: str) -> str:
    """Return the path of an assignment, given a path or the name of a shipped assignment."""
    shipped = os.path.join(_SHIPPED, f"{name}.toml")
    return shipped if not is_there(name) and is_file(shipped) else name


def read_assignment(word: str) -> Assignment:
    """Read an assignment from a file, or a shipped one by its name.

    Raises SimpshError: the file cannot be read. UsageProblem: it is not TOML, or has an unknown or
    wrong word; the message names its table or its step.
    """
    path = assignment_path(word)
    if not is_there(path):
        words = "no such file, and no assignment of simpsh; 'grade assignment list' has them"
        raise UsageProblem(f"{word}: {words}")
    try:
        document = read_toml(path)
    except BadData as problem:
        raise UsageProblem(str(problem)) from problem
    return _Reader(path).assignment(document)


def require_names(word: str, names: Iterable[str], known: Collection[str], otherwise: str) -> None:
    """Raise UsageProblem for the first name that is not known."""
    for name in names:
        if name not in known:
            raise _Reader(assignment_path(word)).problem(f"{escaped(name)}: {otherwise}")


# ------------------------------------------------------------------------------ the form


class _Kind(Record):
    """A kind of values: its description, whether a value is one, and its converted form."""

    words: str
    accepts: Callable[[object], bool]
    convert: Callable[[object], object] = lambda value: value


def _one_of(*words: str) -> _Kind:
    return _Kind(f"one of {', '.join(words)}", lambda value: value in words)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_between(least: float, most: float, *kinds: type) -> Callable[[object], bool]:
    # bool is a subtype of int.
    return lambda value: (
        type(value) in kinds and isinstance(value, int | float) and least <= value <= most
    )


def _is_signal(value: object) -> bool:
    return isinstance(value, str) and by_name(value) is not None


def _signal(value: object) -> int:
    return int(by_name(str(value)) or 0)


def _status(value: object) -> object:
    """Return an exit status, or the negative number of a signal, from a number or a name."""
    return -_signal(value) if _is_signal(value) else value


_is_exit = _is_between(0, 255, int)
_TEXT = _Kind("a text in quotes", _is_text)
_TEXTS = _Kind("a list of texts", _are_texts, lambda value: (*_list(value),))
_COUNT = _Kind("a whole number", _is_between(-math.inf, math.inf, int))
_LIMIT = _Kind("a whole number, 1 or more", _is_between(1, 1 << 20, int))
_POINTS = _Kind(
    "a number, 0 or more", _is_between(0, 1e9, int, float), lambda value: float(str(value))
)
_YES = _Kind("true or false", lambda value: isinstance(value, bool))
_TRUE = _Kind("true", lambda value: value is True)
_FALSE = _Kind("false", lambda value: value is False)
_TABLE = _Kind("a table", lambda value: isinstance(value, dict))
_LIST = _Kind("a list of tables", lambda value: isinstance(value, list))
_SIGNAL = _Kind("a signal's name", _is_signal, _signal)
_STATUS = _Kind(
    "an exit status, or a signal's name",
    lambda value: _is_signal(value) or _is_exit(value),
    _status,
)
_END = _Kind(
    f"true, {_STATUS.words}",
    lambda value: value is True or value == "{exit-status}" or _STATUS.accepts(value),
    lambda value: value if value == "{exit-status}" else _status(value),
)
_FILE: Mapping[str, _Kind] = {
    "title": _TEXT,
    "kind": _one_of(SHELL, PROGRAM),
    "runs": _TEXTS,
    "source": _TEXT,
    "exercise": _TEXT,
    "check": _TEXT,
    "limits": _TABLE,
    "program": _TEXT,
    "build": _TEXT,
    "arguments": _TEXTS,
    "language": _TABLE,
    "points": _TABLE,
    "behaviour": _TABLE,
    "hidden": _TEXTS,
}
_LANGUAGE: Mapping[str, _Kind] = {
    **dict.fromkeys(("fg", "bg", "jobs", "exit", "status", "exited", "killed"), _TEXT),
    "paths": _one_of(NAMES, FULL),
}
_LIMITS = dict.fromkeys(("seconds", "memory", "file-size", "processes"), _LIMIT)
_BEHAVIOUR = {"title": _TEXT, "look-at": _TEXT, "files": _TABLE, "steps": _LIST}
_WRITTEN = {"text": _TEXT, "by": _TEXT, "through": _one_of("pipe")}
_CHECK = {"asks": _TEXT, "points": _POINTS, "check": _TEXT}
_CONFIRMS = {"confirms": _TEXTS, **_CHECK}
_THEN = _one_of("prompt", "program", "either", "nothing")
_OUTPUT = {"not": _YES, "since": _one_of("start"), **_CHECK}
_EXECUTED = {
    **dict.fromkeys(("count", "number"), _COUNT),
    **dict.fromkeys(("argv0", "to", "by", "into"), _TEXT),
    **dict.fromkeys(("others", "pipes"), _FALSE),
}
VERBS: Mapping[str, tuple[_Kind, Mapping[str, _Kind]]] = {
    "start": (_TEXTS, {"input": _TEXT}),
    "type": (_TEXT, {"then": _THEN}),
    "key": (_one_of(*CONTROL_KEYS), {"then": _THEN}),
    "wait": (_one_of("prompt", "program", "either"), _CHECK),
    "find": (_TEXT, {"count": _COUNT, "as": _TEXT, **_CHECK}),
    "kill": (_TEXT, {"signal": _SIGNAL}),
    "process": (_TEXT, {"is": _one_of("running", "stopped", "dead", "halted"), **_CHECK}),
    "group": (_TEXT, {"is": _TEXT, "not": _YES, **_CHECK}),
    "terminal": (_TEXT, {"not": _YES, **_CHECK}),
    "signals": (_TEXT, _CHECK),
    "closed": (_TEXT, _CHECK),
    "reported": (_STATUS, _CHECK),
    "status": (_TEXT, {"is": _STATUS, **_CONFIRMS}),
    "file": (_TEXT, {"is": _TEXT, "has": _TEXT, **_CHECK}),
    "output": (_TEXT, _OUTPUT),
    "output-like": (_TEXT, _OUTPUT),
    "executed": (_TEXT, {**_EXECUTED, **_CONFIRMS}),
    "written": (_TABLE, _CONFIRMS),
    "collected": (_TEXT, _CONFIRMS),
    "processes": (_COUNT, _CHECK),
    "zombies": (_COUNT, _CHECK),
    "children": (_COUNT, _CHECK),
    "message": (_TRUE, _CHECK),
    "ends": (_END, _CHECK),
}
"""The verbs of steps, and the details of each verb."""
_NEEDED = {"kill": "signal", "process": "is", "group": "is", "status": "is"}
_LEFT: Mapping[str, str] = {
    "prompt": "a step checks the prompt by its text; delete this line",
    "built-ins": 'with paths = "full" each command of a step has its path; delete this line',
    "counts-once": "each check has its own points; delete this line",
    "after-due": "use hidden, or delete this line",
    "feedback": "students see every reason but those of hidden checks; delete this line",
    "due": "the course system knows who was late; delete this line",
    "limits": "write [limits], for the whole submission",
    "mode": "check what the program prints, or use --check",
    "output-to": "check what the terminal shows: output = TEXT",
    "errors-to": "check what the terminal shows: output = TEXT",
    "called": "write executed = LINE with argv0 = NAME",
    "words": "write executed = LINE",
    "redirected": "write executed = LINE with number and to",
    "descriptors": "write executed = LINE with others = false",
    "sent": "check what the signal does: status or process",
    "order": "write collected = NAME, or written",
    "directory": "type ls or pwd, and check its output",
    "wait-returned": "write status = NAME, collected = NAME",
}
"""The words of files for release 1.0 that are no longer read, with what to do."""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


class _Reader:
    """Reads one file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def assignment(self, document: Mapping[str, object]) -> Assignment:
        """Return the assignment; raise UsageProblem."""
        values = self._convert(document, _FILE)
        language = self._convert(values.pop("language", {}), _LANGUAGE, "[language]")
        behaviours = tuple(self._behaviours(values.pop("behaviour", {})))
        weights = self._weights(values.pop("points")) if "points" in values else None
        for behaviour in behaviours if weights is not None else ():
            names = {behaviour.id, *(f"{behaviour.id}.{key}" for key in behaviour.checks)}
            if weights is not None and not names.intersection(weights):
                weights[behaviour.id] = sum(worth for _, worth in behaviour.checks.values())
        for other, what in (("exercise", "an exercise"), ("check", "a check of your own")):
            for name in ("language", "behaviour", "arguments", "kind", "runs"):
                if other in document and name in document:
                    raise self.problem(f"{name} is not used here: this is {what}")
        values["limits"] = self._convert(values.get("limits", {}), _LIMITS, "[limits]")
        is_program = values.get("kind") == PROGRAM
        if is_program and "language" in document:
            raise self.problem("[language] is for shells; this is a program")
        if is_program and not behaviours and weights is None:
            raise self.problem("nothing is asked: there is no [behaviour.NAME]")
        if not is_program and values.get("runs"):
            raise self.problem('runs is for programs: kind = "program"')
        language = {name.replace("-", "_"): value for name, value in language.items()}
        assignment = Assignment(weights=weights, behaviours=behaviours)
        return changed(assignment, language=changed(Language(), **language), **values)

    def _convert(
        self, table: object, form: Mapping[str, _Kind], where: str = ""
    ) -> dict[str, object]:
        """Return the converted values of a table; raise UsageProblem for an unknown name."""
        converted, place = {}, f"{where}: " if where else ""
        for name, value in table_of(table).items():
            if name not in form:
                if name in _LEFT:
                    words = f"{name} has left in release 2.0: {_LEFT[name]}"
                else:
                    words = f"there is no {escaped(name)}; there are {', '.join(form)}"
                raise self.problem(f"{place}{words}")
            kind = form[name]
            if not kind.accepts(value):
                raise self.problem(f"{place}{name} = {value!r}: it is {kind.words}")
            converted[name] = kind.convert(value)
        return converted

    def _weights(self, points: object) -> dict[str, float]:
        flat: dict[str, object] = {}
        for name, value in table_of(points).items():
            # `run.waits` without quotes is a table in the table.
            below = table_of(value)
            flat |= {f"{name}.{key}": it for key, it in below.items()} if below else {name: value}
        if not flat:
            raise self.problem("the table [points] is empty: what is asked?")
        form = dict.fromkeys(flat, _POINTS)
        values = self._convert(flat, form, "[points]")
        return {name: float(str(value)) for name, value in values.items()}

    def _behaviours(self, tables: object) -> Iterator[Behaviour]:
        for id, table in table_of(tables).items():  # noqa: A001
            where = f"[behaviour.{escaped(id)}]"
            if not re.fullmatch(r"[a-z0-9-]+", id):
                raise self.problem(f"{where}: a name has a-z, 0-9 and -")
            values = self._convert(table, _BEHAVIOUR, where)
            steps: list[Step] = []
            checks: dict[str, tuple[str, float]] = {}
            for number, given in enumerate(_list(values.get("steps")), 1):
                steps.append(self._step(table_of(given), f"{where}, step {number}", checks))
                if steps[1:] and steps[-1].verb == "start":
                    raise self.problem(f"{where}: start is the first step")
            if not checks:
                raise self.problem(f"{where}: no step has `asks`, so nothing is judged")
            files = self._files(values.get("files", {}))
            title, look_at = str(values.get("title", id)), str(values.get("look-at", ""))
            yield Behaviour(id, title, tuple(steps), checks, look_at, files)

    def _files(self, table: object) -> Mapping[str, str]:
        """Return the texts of given files."""
        texts = {}
        for name, text in table_of(table).items():
            if name.startswith("/") or ".." in name.split("/") or not isinstance(text, str):
                raise self.problem('files are NAME = "text", in its directory')
            texts[name] = text
        return texts

    def _step(
        self, given: Mapping[str, object], where: str, checks: dict[str, tuple[str, float]]
    ) -> Step:
        """Return a step; add its check to `checks`."""
        verbs = [name for name in given if name in VERBS]
        if len(verbs) != 1:
            self._convert({name: given[name] for name in given if name in _LEFT}, {}, where)
            raise self.problem(f"{where}: a step has one of {', '.join(VERBS)}")
        verb = verbs[0]
        kind, form = VERBS[verb]
        values = self._convert(given, {verb: kind, **form}, where)
        if verb == "written":
            values[verb] = self._convert(values[verb], _WRITTEN, where)
        if problem := _lack_of(verb, values):
            raise self.problem(f"{where}: {problem}")
        for name in sorted({*words_of(values.get("confirms"))} - {*checks}):
            raise self.problem(f"{where}: no check before has the name {name}")
        check = ""
        if "asks" in values:
            check = wanted = str(values.get("check", verb))
            number = 1
            while check in checks:
                number += 1
                check = f"{wanted}-{number}"
            checks[check] = (str(values["asks"]), float(str(values.get("points", 1))))
        details = {name: value for name, value in values.items() if name not in (verb, *_CHECK)}
        return Step(verb, values[verb], details, check)

    def problem(self, words: str) -> UsageProblem:
        """Return an error of this file."""
        return UsageProblem(f"{self._path}: {words}")


def _lack_of(verb: str, values: Mapping[str, object]) -> str:
    """Return which detail a step lacks, in a sentence; empty if it has all."""
    needed = [_NEEDED[verb]] if verb in _NEEDED else []
    needed += ["number", "to"] if {"number", "to"} & {*values} else []
    needed += ["asks"] if {"points", "check"} & {*values} else []
    for name in needed:
        if name not in values:
            return f"it needs `{name}`"
    for name in ("text", "by") if verb == "written" else ():
        if name not in table_of(values[verb]):
            return f"written needs `{name}`"
    if verb == "file" and not {"is", "has"} & {*values}:
        return "file needs `is` or `has`"
    return ""
