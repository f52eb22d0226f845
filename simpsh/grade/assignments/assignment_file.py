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

import difflib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date

from simpsh.base.errors import UsageProblem
from simpsh.base.file_facts import is_file, is_there
from simpsh.base.outside_json import BadData, number_of, read_toml
from simpsh.base.phrases import escaped
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import by_name
from simpsh.grade.assignments.moments import MOMENTS
from simpsh.grade.assignments.shell_language import FULL, NAMES, Language
from simpsh.grade.reports.grade_marks import FEEDBACK, HIDDEN, AnyMark, GradedCheck
from simpsh.grade.reports.roster import deadline_of

_SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shipped")
CONTROL_KEYS = {"^C": "\x03", "^D": "\x04", "^Z": "\x1a", "^\\": "\x1c"}
PLACEHOLDERS = ("sleep", "sum", "answer", "word", "number")
"""Values drawn by lot; a digit after the name makes another value: `{word2}`."""
SHELL, PROGRAM = "shell", "program"
LIMITS = ("seconds", "memory", "file-size", "processes")
"""The limits of a submission that a file can set."""
_PLACEHOLDER = re.compile(r"(?<!\{)\{([a-z]+)([0-9]?)\}")


class Step(Record):
    """One step of a behaviour: a verb with its value and details."""

    verb: str
    value: object
    details: Mapping[str, object] = {}
    check: str = ""
    """The name of the check; empty if the step is an action or only waits for a state."""

    @property
    def text(self) -> str:
        """The value as a string."""
        return str(self.value)

    @property
    def words(self) -> tuple[str, ...]:
        """The value if it is a list of strings, else an empty one."""
        return _words(self.value)

    @property
    def table(self) -> Mapping[str, str]:
        """The value if it is a table of strings, else an empty one."""
        return {name: str(value) for name, value in _table(self.value).items()}

    @property
    def confirms(self) -> tuple[str, ...]:
        """The checks that fail if the recording does not confirm this step."""
        return _words(self.details.get("confirms"))


class OwnBehaviour(Record):
    """A behaviour that an assignment file describes."""

    id: str
    title: str
    steps: tuple[Step, ...]
    checks: Mapping[str, tuple[str, float]]
    """The requirement and the points of each check, by name."""
    look_at: str = ""
    files: Mapping[str, str] = {}
    """The contents of files that exist before the shell starts, by name."""
    modes: Mapping[str, int] = {}
    """The permissions of those files that have other ones than usual."""


class Assignment(Record):
    """The tasks, their points, and how results are shown to students."""

    title: str = ""
    source: str = ""
    """The source of the assignment's text."""
    exercise: str = ""
    """The exercise of the course that is the task; empty for a shell or another program."""
    check: str = ""
    """The command that judges a submission, instead; empty for none."""
    limits: Mapping[str, int] = {}
    """The limits of a submission that are not the usual ones; see SubmissionLimits."""
    kind: str = SHELL
    """SHELL, which is typed to, or PROGRAM, which is started with arguments."""
    runs: tuple[str, ...] = ()
    """The programs that a program may execute; a shell may execute what is typed."""
    program: str = ""
    """The name of the program in a submission."""
    build: str = ""
    """The command that builds the program, in the folder of the submission."""
    arguments: tuple[str, ...] = ()
    """The arguments of the shell."""
    language: Language = Language()
    weights: Mapping[str, float] | None = None
    """The points by name; None asks for everything, at its usual points."""
    behaviours: tuple[OwnBehaviour, ...] = ()
    hidden: tuple[str, ...] = ()
    """Behaviours and checks that count but that students never see."""
    due: str = ""
    """The deadline, in ISO 8601."""
    feedback: str = FEEDBACK[0]
    """How much of the visible checks students see; one of FEEDBACK."""

    @property
    def is_program(self) -> bool:
        """Whether it is about a program that is no shell."""
        return self.kind == PROGRAM

    @property
    def names(self) -> tuple[str, ...]:
        """The names of behaviours and checks that the file weighs or hides."""
        return (*(self.weights or ()), *self.hidden)

    def asks(self, name: str) -> bool:
        """Return whether the assignment asks for a behaviour or one of its checks."""
        if self.weights is None:
            return not self.is_program or any(each.id == name for each in self.behaviours)
        return any(weight.partition(".")[0] == name for weight in self.weights)

    def points(self, checks: Sequence[tuple[str, float]]) -> list[float]:
        """Return the points of checks, given their names and usual points."""
        if self.weights is None:
            return [usual for _, usual in checks]
        points = [0.0] * len(checks)
        for name, weight in self.weights.items():
            indices = [index for index, (key, _) in enumerate(checks) if key == name]
            if not indices:
                # Checks without their own points share the rest.
                below = [key for key, _ in checks if key.startswith(f"{name}.")]
                weighted = {key for key in below if key in self.weights}
                sharing = {*below} - weighted
                indices = [index for index, (key, _) in enumerate(checks) if key in sharing]
                weight = max(0.0, weight - sum(self.weights[key] for key in weighted))
            total = sum(checks[index][1] for index in indices)
            for index in indices:
                points[index] = weight * (checks[index][1] / total if total else 1 / len(indices))
        return points

    def weigh(self, mark: AnyMark) -> AnyMark:
        """Return an exercise's mark with only the required checks, at their points."""
        points = self.points([(check.key, check.points) for check in mark.checks])
        asked = [
            changed(check, points=worth)
            for check, worth in zip(mark.checks, points, strict=True)
            if worth or self.weights is None
        ]
        return self.disclose(changed(mark, checks=tuple(asked)))

    def disclose(self, mark: AnyMark) -> AnyMark:
        """Return `mark` with a note of how much of it students may see."""

        def visibility(check: GradedCheck) -> str:
            names = {mark.id, check.key, f"{mark.id}.{check.key}"}
            return HIDDEN if names.intersection(self.hidden) else ""

        checks = tuple(changed(check, visibility=visibility(check)) for check in mark.checks)
        return changed(mark, checks=checks, feedback=self.feedback)


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
    wrong word; the message names the line.
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
    """Raise UsageProblem, with the line of the file, for the first name that is not known."""
    reader = _Reader(assignment_path(word))
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; is it {near[0]}?" if near else ""
            raise reader.problem(name, f"{escaped(name)}: {otherwise}{hint}")


# ------------------------------------------------------------------------------ the form

Kind = tuple[str, Callable[[object], object]]
"""A description of a value, and its converter, which raises ValueError or TypeError."""


def _of(kind: type) -> Callable[[object], object]:
    def convert(value: object) -> object:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise TypeError(value)
        return value

    return convert


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError(value)
    return tuple(value)


def _points(value: object) -> float:
    number = number_of(value)
    if number < 0:
        raise ValueError(value)
    return number


def _signal(value: object) -> int:
    signal = by_name(str(value))
    if signal is None:
        raise ValueError(value)
    return int(signal)


def _status(value: object) -> object:
    """Return an exit status, or the negative number of a signal, from a number or a name."""
    if isinstance(value, str):
        return -_signal(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 255:
        raise ValueError(value)
    return value


def _end(value: object) -> object:
    return value if value is True or value == "{exit-status}" else _status(value)


def _input(value: object) -> object:
    return value if isinstance(value, str) else _texts(value)


def _mode(value: object) -> int:
    mode = int(str(value), 8)
    if not isinstance(value, str) or not 0 <= mode <= 0o7777:
        raise ValueError(value)
    return mode


def _false(value: object) -> bool:
    if value is not False:
        raise ValueError(value)
    return False


def _at_least_one(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1 << 20:
        raise ValueError(value)
    return value


def _moment(value: object) -> str:
    if not isinstance(value, date):
        raise TypeError(value)
    return deadline_of(value.isoformat()).isoformat(timespec="seconds")


def _one_of(*words: str) -> Kind:
    return f"one of {', '.join(words)}", lambda value: words[words.index(str(value))]


_TEXT: Kind = ("a text in quotes", _of(str))
_TEXTS: Kind = ("a list of texts", _texts)
_COUNT: Kind = ("a whole number", _of(int))
_YES: Kind = ("true or false", _of(bool))
_TABLE: Kind = ("a table", _of(dict))
_POINTS: Kind = ("a number, 0 or more", _points)
_STATUS: Kind = ("an exit status, or a signal's name", _status)
_END: Kind = (f"true, {_STATUS[0]}", _end)
_MODE: Kind = ('permissions, such as "0640"', _mode)
_FILE: Mapping[str, Kind] = {
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
    "due": ("a date or a time, without quotes", _moment),
    "feedback": _one_of(*FEEDBACK),
}
_LEFT: Mapping[str, str] = {
    "counts-once": "each check has its own points; delete this line",
    "after-due": "use hidden, or delete this line",
    "called": "write executed = LINE with argv0 = NAME",
    "words": "write executed = LINE",
    "redirected": "write executed = LINE with number and to",
    "descriptors": "write executed = LINE with others = false",
    "sent": "check what the signal does: status or process",
    "wait-returned": "write status = NAME, collected = NAME",
}
"""The words of files for release 1.0 that are no longer read, with what to do."""
_LANGUAGE: Mapping[str, Kind] = {
    "prompt": _TEXT,
    "paths": _one_of(NAMES, FULL),
    "fg": _TEXT,
    "bg": _TEXT,
    "jobs": _TEXT,
    "exit": _TEXT,
    "status": _TEXT,
    "exited": _TEXT,
    "killed": _TEXT,
    "built-ins": _TEXTS,
}
_LIMIT: Kind = ("a whole number, 1 or more", _at_least_one)
_LIMITS: Mapping[str, Kind] = dict.fromkeys(LIMITS, _LIMIT)
_BEHAVIOUR: Mapping[str, Kind] = {
    "title": _TEXT,
    "look-at": _TEXT,
    "files": _TABLE,
    "steps": ("a list of tables", _of(list)),
}
_WRITTEN: Mapping[str, Kind] = {"text": _TEXT, "by": _TEXT, "through": _one_of("pipe")}
_GIVEN_FILE: Mapping[str, Kind] = {"text": _TEXT, "mode": _MODE}
_CHECK: Mapping[str, Kind] = {"asks": _TEXT, "points": _POINTS, "check": _TEXT}
_CONFIRMS: Mapping[str, Kind] = {"confirms": _TEXTS, **_CHECK}
_THEN = _one_of("prompt", "program", "either", "nothing")
VERBS: Mapping[str, tuple[Kind, Mapping[str, Kind]]] = {
    "start": (
        _TEXTS,
        {
            "input": ("a text in quotes, or a list of texts", _input),
            "output-to": _TEXT,
            "errors-to": _TEXT,
        },
    ),
    "type": (_TEXT, {"then": _THEN}),
    "key": (_one_of(*CONTROL_KEYS), {"then": _THEN}),
    "wait": (_one_of("prompt", "program", "either"), _CHECK),
    "find": (_TEXT, {"count": _COUNT, "as": _TEXT, **_CHECK}),
    "kill": (_TEXT, {"signal": ("a signal's name", _signal)}),
    "process": (_TEXT, {"is": _one_of("running", "stopped", "dead", "halted"), **_CHECK}),
    "group": (_TEXT, {"is": _TEXT, "not": _YES, **_CHECK}),
    "terminal": (_TEXT, {"not": _YES, **_CHECK}),
    "signals": (_TEXT, _CHECK),
    "directory": (_TEXT, _CHECK),
    "reported": (_STATUS, _CHECK),
    "status": (_TEXT, {"is": _STATUS, **_CONFIRMS}),
    "file": (
        _TEXT,
        {"is": _TEXT, "has": _TEXT, "like": _TEXT, "mode": _MODE, "not": _YES, **_CHECK},
    ),
    "output": (_TEXT, {"not": _YES, "since": _one_of("start"), **_CHECK}),
    "output-like": (_TEXT, {"not": _YES, "since": _one_of("start"), **_CHECK}),
    "executed": (
        _TEXT,
        {
            "count": _COUNT,
            "argv0": _TEXT,
            "number": _COUNT,
            "to": _TEXT,
            "others": ("false", _false),
            **_CONFIRMS,
        },
    ),
    "written": (_TABLE, _CONFIRMS),
    "collected": (_TEXT, _CONFIRMS),
    "order": (_TEXTS, _CONFIRMS),
    "processes": (_COUNT, _CHECK),
    "zombies": (_COUNT, _CHECK),
    "ends": (_END, _CHECK),
}
"""The verbs of steps, and the details of each verb."""
_NEEDED = {"kill": ("signal",), "process": ("is",), "group": ("is",), "status": ("is",)}


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


class _Reader:
    """Reads one file, and names the line of each mistake."""

    def __init__(self, path: str) -> None:
        self._path = path

    def assignment(self, document: Mapping[str, object]) -> Assignment:
        """Return the assignment; raise UsageProblem."""
        values = self._convert(document, _FILE, "an assignment")
        language = self._convert(values.pop("language", {}), _LANGUAGE, "[language]")
        behaviours = tuple(self._behaviours(values.pop("behaviour", {})))
        weights = self._weights(values.pop("points")) if "points" in values else None
        if weights is not None:
            for behaviour in behaviours:
                names = [f"{behaviour.id}.{key}" for key in behaviour.checks]
                if not {behaviour.id, *names}.intersection(weights):
                    weights[behaviour.id] = sum(worth for _, worth in behaviour.checks.values())
        for other, what in (("exercise", "an exercise"), ("check", "a check of your own")):
            for name in ("language", "behaviour", "arguments", "kind", "runs"):
                if other in document and name in document:
                    raise self.problem(name, f"{name} is not used here: this is {what}")
        values["limits"] = self._convert(values.get("limits", {}), _LIMITS, "[limits]")
        if values.get("kind") == PROGRAM:
            if "language" in document:
                raise self.problem("language", "[language] is for shells; this is a program")
            if not behaviours and weights is None:
                raise self.problem("kind", "nothing is asked: there is no [behaviour.NAME]")
        elif values.get("runs"):
            raise self.problem("runs", 'runs is for programs: kind = "program"')
        language = {name.replace("-", "_"): value for name, value in language.items()}
        assignment = Assignment(weights=weights, behaviours=behaviours)
        return changed(assignment, language=changed(Language(), **language), **values)

    def _convert(self, table: object, form: Mapping[str, Kind], where: str) -> dict[str, object]:
        """Return the converted values of a table; raise UsageProblem for an unknown name."""
        converted = {}
        for name, value in table.items() if isinstance(table, dict) else ():
            if name not in form:
                if name == "limits":
                    raise self.problem(name, "limits of a start have left; see [limits]")
                if name in _LEFT:
                    raise self.problem(name, f"{name} has left in release 2.0: {_LEFT[name]}")
                near = difflib.get_close_matches(name, form, 1)
                hint = f"is it {near[0]}?" if near else f"it has {', '.join(form)}"
                raise self.problem(name, f"{where} has no {escaped(name)}; {hint}")
            words, convert = form[name]
            try:
                converted[name] = convert(value)
            except (TypeError, ValueError, OverflowError):
                raise self.problem(name, f"{name} = {value!r}: it is {words}", value) from None
        return converted

    def _weights(self, points: object) -> dict[str, float]:
        if not isinstance(points, dict) or not points:
            raise self.problem("points", "the table [points] is empty: what is asked?")
        flat: dict[str, object] = {}
        for name, value in points.items():
            # `run.waits` without quotes is a table in the table.
            is_table = isinstance(value, dict) and value
            below = value.items() if is_table else ()
            flat |= {f"{name}.{key}": it for key, it in below} if is_table else {name: value}
        weights = {}
        for name, value in flat.items():
            try:
                weights[name] = _points(value)
            except (TypeError, ValueError, OverflowError):
                words = f"{name} = {value!r}: points are a number, 0 or more"
                raise self.problem(name, words, value) from None
        return weights

    def _behaviours(self, tables: object) -> Iterator[OwnBehaviour]:
        for id, table in tables.items() if isinstance(tables, dict) else ():  # noqa: A001
            where = f"[behaviour.{escaped(id)}]"
            if not re.fullmatch(r"[a-z0-9-]+", id):
                raise self.problem(f"behaviour.{id}", f"{where}: a name has a-z, 0-9 and -")
            if not isinstance(table, dict) or not table.get("steps"):
                raise self.problem(f"behaviour.{id}", f"{where} has no steps")
            values = self._convert(table, _BEHAVIOUR, where)
            steps: list[Step] = []
            checks: dict[str, tuple[str, float]] = {}
            known = {*PLACEHOLDERS, *Language._fields, "shell", "program"}
            for index, step in enumerate(table["steps"]):
                steps.append(self._step(step, id, known, checks))
                if steps[-1].verb == "start" and index and steps[0].verb != "start":
                    raise self.problem(
                        "start", "start is the first step; later ones start it again"
                    )
            if not checks:
                raise self.problem(
                    f"behaviour.{id}", f"{where}: no step has `asks`, so nothing is judged"
                )
            texts, modes = self._files(values.get("files", {}))
            title, look_at = str(values.get("title", id)), str(values.get("look-at", ""))
            yield OwnBehaviour(id, title, tuple(steps), checks, look_at, texts, modes)

    def _files(self, table: object) -> tuple[Mapping[str, str], Mapping[str, int]]:
        """Return the texts and the modes of given files."""
        texts: dict[str, str] = {}
        modes: dict[str, int] = {}
        for name, given in table.items() if isinstance(table, dict) else ():
            table = given if isinstance(given, dict) else {"text": given}
            is_inside = not name.startswith("/") and ".." not in name.split("/")
            if not is_inside or not isinstance(table.get("text"), str):
                words = 'files are NAME = "text" or { text = "…", mode = "0640" }, in its directory'
                raise self.problem(name, words)
            values = self._convert(table, _GIVEN_FILE, f"the file {escaped(name)}")
            texts[name] = str(values["text"])
            if "mode" in values:
                modes[name] = int(str(values["mode"]))
        return texts, modes

    def _step(
        self, table: object, behaviour: str, known: set[str], checks: dict[str, tuple[str, float]]
    ) -> Step:
        """Return a step; add its process's name to `known`, and its check to `checks`."""
        given = table if isinstance(table, dict) else {}
        verbs = [name for name in given if name in VERBS]
        if len(verbs) != 1:
            unknown = next((name for name in given if name not in VERBS), f"behaviour.{behaviour}")
            if unknown in _LEFT:
                words = f"{unknown} has left in release 2.0: {_LEFT[unknown]}"
                raise self.problem(unknown, words, given[unknown])
            near = difflib.get_close_matches(unknown, VERBS, 1)
            hint = f"; is {unknown} {near[0]}?" if near and not verbs else ""
            words = f"a step has one of {', '.join(VERBS)}{hint}"
            raise self.problem(verbs[1] if verbs else unknown, words)
        (verb,) = verbs
        kind, form = VERBS[verb]
        values = self._convert(given, {verb: kind, **form}, f"a step with {verb}")
        if verb == "written":
            values[verb] = self._convert(values[verb], _WRITTEN, "written")
            for name in ("text", "by"):
                if name not in _table(values[verb]):
                    raise self.problem(verb, f"written needs `{name}`")
        self._require_details(verb, values, checks)
        for name, value in values.items():
            texts = (*_table(value).values(), *(value if isinstance(value, tuple) else (value,)))
            whole = " ".join(text for text in texts if isinstance(text, str))
            for match in _PLACEHOLDER.finditer(whole):
                if match[1] + match[2] not in known and match[1] not in PLACEHOLDERS:
                    words = f"{match[0]}: nothing has this name; a brace itself is {{{{"
                    raise self.problem(name, words, match[0])
        if verb in ("kill", "process", "group", "terminal", "signals"):
            names = {str(values[verb]), str(values["is"]) if verb == "group" else "own"}
            for name in names - known - {"own"}:
                words = f"{verb}: no `find` before has found {escaped(name)}"
                raise self.problem(verb, words, name)
        if verb == "find":
            name = str(values.get("as", values[verb]))
            known |= {f"{name}{n or ''}" for n in range(int(str(values.get("count", 1))))}
        check = ""
        if "asks" in values:
            check = str(values.get("check", verb))
            while check in checks:
                stem, _, number = check.rpartition("-")
                check = f"{stem}-{int(number) + 1}" if number.isdigit() else f"{check}-2"
            checks[check] = (str(values["asks"]), float(str(values.get("points", 1))))
        elif lonely := {"points", "check"} & {*values}:
            raise self.problem(verb, f"{min(lonely)} needs `asks`", values[verb])
        details = {name: value for name, value in values.items() if name not in (verb, *_CHECK)}
        return Step(verb, values[verb], details, check)

    def _require_details(
        self, verb: str, values: dict[str, object], checks: Mapping[str, tuple[str, float]]
    ) -> None:
        """Raise UsageProblem if a step lacks a detail, or has a wrong one."""
        needed = [
            *_NEEDED.get(verb, ()),
            *(("number", "to") if {"number", "to"} & {*values} else ()),
        ]
        for name in needed:
            if name not in values:
                raise self.problem(verb, f"{verb} needs `{name}`", values[verb])
        if verb == "file" and not {"is", "has", "like", "mode"} & {*values}:
            raise self.problem(verb, "file needs `is`, `has`, `like` or `mode`", values[verb])
        for moment in _words(values[verb]) if verb == "order" else ():
            if moment.partition(" ")[0] not in MOMENTS:
                words = f"order = [MOMENT, …]: {', '.join(MOMENTS)}; not {escaped(moment)}"
                raise self.problem(verb, words, moment)
        for name in sorted({*_words(values.get("confirms"))} - {*checks}):
            raise self.problem("confirms", f"no check before has the name {name}", name)

    def problem(self, name: str, words: str, value: object = "") -> UsageProblem:
        """Return an error about a name, with the line of the file that has it and the value.

        TOML's reader reports no lines. If several lines have the name, the first one is named.
        """
        text = ""
        with suppress(OSError, UnicodeDecodeError), open(self._path, encoding="utf-8") as file:
            text = file.read()
        place = ""
        for each in (name, name.rpartition(".")[2]):
            key = re.compile(rf"(?<![\w.-]){re.escape(each)}(?![\w-])(['\"]?\s*=|.*\])?")
            found = [
                (match[1] is not None, str(value) in line, -number)
                for number, line in enumerate(text.split("\n"), 1)
                if (match := key.search(line.partition("#")[0]))
            ]
            place = place or (f":{-max(found)[2]}" if found else "")
        return UsageProblem(f"{self._path}{place}: {words}")
