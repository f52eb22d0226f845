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
from simpsh.grade.reports.grade_marks import AFTER_DUE, FEEDBACK, HIDDEN, AnyMark, GradedCheck
from simpsh.grade.reports.roster import deadline_of

_SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shipped")
CONTROL_KEYS = {"^C": "\x03", "^D": "\x04", "^Z": "\x1a", "^\\": "\x1c"}
PLACEHOLDERS = ("sleep", "sum", "answer", "word", "number")
"""Values drawn by lot; a digit after the name makes another value: `{word2}`."""
SHELL, PROGRAM = "shell", "program"
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
    after_due: tuple[str, ...] = ()
    """Behaviours and checks that students see only after the deadline."""
    due: str = ""
    """The deadline, in ISO 8601."""
    feedback: str = FEEDBACK[0]
    """How much of the visible checks students see; one of FEEDBACK."""
    counts_once: bool = False
    """Whether several behaviours lost by the same crash or hang cost the points of one."""

    @property
    def is_program(self) -> bool:
        """Whether it is about a program that is no shell."""
        return self.kind == PROGRAM

    @property
    def names(self) -> tuple[str, ...]:
        """The names of behaviours and checks that the file weighs or hides."""
        return (*(self.weights or ()), *self.hidden, *self.after_due)

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
            for word, listed in ((HIDDEN, self.hidden), (AFTER_DUE, self.after_due)):
                if names.intersection(listed):
                    return word
            return ""

        checks = tuple(changed(check, visibility=visibility(check)) for check in mark.checks)
        return changed(mark, checks=checks, feedback=self.feedback, due=self.due)


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
    return _Reader(path, document).assignment()


def require_names(word: str, names: Iterable[str], known: Collection[str], otherwise: str) -> None:
    """Raise UsageProblem, with the line of the file, for the first name that is not known."""
    reader = _Reader(assignment_path(word), {})
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; is it {near[0]}?" if near else ""
            raise reader.problem_of(name, f"{escaped(name)}: {otherwise}{hint}")


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


def _limit(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
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
    "program": _TEXT,
    "build": _TEXT,
    "arguments": _TEXTS,
    "language": _TABLE,
    "points": _TABLE,
    "behaviour": _TABLE,
    "hidden": _TEXTS,
    "after-due": _TEXTS,
    "due": ("a date or a time, without quotes", _moment),
    "feedback": _one_of(*FEEDBACK),
    "counts-once": _YES,
}
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
_BEHAVIOUR: Mapping[str, Kind] = {
    "title": _TEXT,
    "look-at": _TEXT,
    "files": _TABLE,
    "steps": ("a list of tables", _of(list)),
}
_GIVEN_FILE: Mapping[str, Kind] = {"text": _TEXT, "mode": _MODE}
LIMITS = {
    "descriptors": "RLIMIT_NOFILE",
    "file-size": "RLIMIT_FSIZE",
    "memory": "RLIMIT_AS",
    "processor-seconds": "RLIMIT_CPU",
    "stack": "RLIMIT_STACK",
}
"""The limits of a start, with their names in getrlimit(2)."""
_LIMITS: Mapping[str, Kind] = {
    name: (f"a whole number, 0 or more: {resource} of getrlimit(2)", _limit)
    for name, resource in LIMITS.items()
}
_CHECK: Mapping[str, Kind] = {"asks": _TEXT, "points": _POINTS, "check": _TEXT}
_CONFIRMS: Mapping[str, Kind] = {"confirms": _TEXTS, **_CHECK}
_THEN = _one_of("prompt", "program", "either", "nothing")
VERBS: Mapping[str, tuple[Kind, Mapping[str, Kind]]] = {
    "start": (
        _TEXTS,
        {
            "input": ("a text in quotes, or a list of texts", _input),
            "limits": _TABLE,
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
    "executed": (_TEXT, {"count": _COUNT, **_CONFIRMS}),
    "called": (_TEXT, _CONFIRMS),
    "words": (_TEXT, _CONFIRMS),
    "redirected": (_TEXT, {"number": _COUNT, "to": _TEXT, **_CONFIRMS}),
    "collected": (_TEXT, _CONFIRMS),
    "descriptors": (_TEXT, _CONFIRMS),
    "order": (_TEXTS, _CONFIRMS),
    "sent": (("a signal's name", _signal), {"to": _TEXT, "count": _COUNT, **_CONFIRMS}),
    "wait-returned": (_STATUS, {"count": _COUNT, **_CONFIRMS}),
    "processes": (_COUNT, _CHECK),
    "zombies": (_COUNT, _CHECK),
    "ends": (_END, _CHECK),
}
"""The verbs of steps, and the details of each verb."""
_NEEDED = {
    "kill": ("signal",),
    "process": ("is",),
    "group": ("is",),
    "status": ("is",),
    "redirected": ("number", "to"),
}


def _words(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


class _Reader:
    """Reads one file, and names the line of each mistake."""

    def __init__(self, path: str, document: Mapping[str, object]) -> None:
        self._path = path
        self._document = document

    def assignment(self) -> Assignment:
        """Return the assignment; raise UsageProblem."""
        values = self._convert(self._document, _FILE, "an assignment", ())
        language = self._convert(values.pop("language", {}), _LANGUAGE, "[language]", ("language",))
        behaviours = tuple(self._behaviours(values.pop("behaviour", {})))
        weights = self._weights(values.pop("points")) if "points" in values else None
        if weights is not None:
            for behaviour in behaviours:
                names = [f"{behaviour.id}.{key}" for key in behaviour.checks]
                if not {behaviour.id, *names}.intersection(weights):
                    weights[behaviour.id] = sum(worth for _, worth in behaviour.checks.values())
        if values.get("exercise"):
            for name in ("language", "behaviour", "arguments", "kind", "runs"):
                if name in self._document:
                    raise self.problem_of(name, f"{name} is not used here: this is an exercise")
        if values.get("kind") == PROGRAM:
            if "language" in self._document:
                raise self.problem_of("language", "[language] is for shells; this is a program")
            if not behaviours and weights is None:
                raise self.problem_of("kind", "nothing is asked: there is no [behaviour.NAME]")
        elif values.get("runs"):
            raise self.problem_of("runs", 'runs is for programs: kind = "program"')
        if values.get("after-due") and not values.get("due"):
            raise self.problem_of("after-due", "after-due needs `due`, the end of the time")
        language = {name.replace("-", "_"): value for name, value in language.items()}
        fields = {name.replace("-", "_"): value for name, value in values.items()}
        assignment = Assignment(weights=weights, behaviours=behaviours)
        return changed(assignment, language=changed(Language(), **language), **fields)

    def _convert(
        self, table: object, form: Mapping[str, Kind], where: str, path: tuple[object, ...]
    ) -> dict[str, object]:
        """Return the converted values of a table; raise UsageProblem for an unknown name."""
        converted = {}
        for name, value in table.items() if isinstance(table, dict) else ():
            entry = (*path, name)
            if name not in form:
                near = difflib.get_close_matches(name, form, 1)
                hint = f"is it {near[0]}?" if near else f"it has {', '.join(form)}"
                raise self._problem(entry, f"{where} has no {escaped(name)}; {hint}")
            words, convert = form[name]
            try:
                converted[name] = convert(value)
            except (TypeError, ValueError, OverflowError):
                raise self._problem(entry, f"{name} = {value!r}: it is {words}") from None
        return converted

    def _weights(self, points: object) -> dict[str, float]:
        if not isinstance(points, dict) or not points:
            raise self.problem_of("points", "the table [points] is empty: what is asked?")
        flat: dict[str, object] = {}
        for name, value in points.items():
            # `run.waits` without quotes is a table in the table.
            is_table = isinstance(value, dict) and value
            below = value.items() if is_table else ()
            flat |= {f"{name}.{key}": it for key, it in below} if is_table else {name: value}
        weights = {}
        for name, value in flat.items():
            with suppress(TypeError, ValueError, OverflowError):
                weights[name] = _points(value)
                continue
            raise self.problem_of(name, f"{name} = {value!r}: points are a number, 0 or more")
        return weights

    def _behaviours(self, tables: object) -> Iterator[OwnBehaviour]:
        for id, table in tables.items() if isinstance(tables, dict) else ():  # noqa: A001
            path = ("behaviour", id)
            where = f"[behaviour.{escaped(id)}]"
            if not re.fullmatch(r"[a-z0-9-]+", id):
                raise self._problem(path, f"{where}: a name has a-z, 0-9 and -")
            if not isinstance(table, dict) or not table.get("steps"):
                raise self._problem(path, f"{where} has no steps")
            values = self._convert(table, _BEHAVIOUR, where, path)
            steps: list[Step] = []
            checks: dict[str, tuple[str, float]] = {}
            known = {*PLACEHOLDERS, *Language._fields, "shell", "program"}
            for index, step in enumerate(table["steps"]):
                entry = (*path, "steps", index)
                steps.append(self._step(step, entry, known, checks))
                if steps[-1].verb == "start" and index and steps[0].verb != "start":
                    words = "start is the first step; later ones start it again"
                    raise self._problem((*entry, "start"), words)
            if not checks:
                raise self._problem(path, f"{where}: no step has `asks`, so nothing is judged")
            texts, modes = self._files(values.get("files", {}), path)
            title, look_at = str(values.get("title", id)), str(values.get("look-at", ""))
            yield OwnBehaviour(id, title, tuple(steps), checks, look_at, texts, modes)

    def _files(
        self, table: object, path: tuple[object, ...]
    ) -> tuple[Mapping[str, str], Mapping[str, int]]:
        """Return the texts and the modes of given files."""
        texts: dict[str, str] = {}
        modes: dict[str, int] = {}
        for name, given in table.items() if isinstance(table, dict) else ():
            entry = (*path, "files", name)
            table = given if isinstance(given, dict) else {"text": given}
            is_inside = not name.startswith("/") and ".." not in name.split("/")
            if not is_inside or not isinstance(table.get("text"), str):
                words = 'files are NAME = "text" or { text = "…", mode = "0640" }, in its directory'
                raise self._problem(entry, words)
            values = self._convert(table, _GIVEN_FILE, f"the file {escaped(name)}", entry)
            texts[name] = str(values["text"])
            if "mode" in values:
                modes[name] = int(str(values["mode"]))
        return texts, modes

    def _step(
        self,
        table: object,
        path: tuple[object, ...],
        known: set[str],
        checks: dict[str, tuple[str, float]],
    ) -> Step:
        """Return a step; add its process's name to `known`, and its check to `checks`."""
        given = table if isinstance(table, dict) else {}
        verbs = [name for name in given if name in VERBS]
        if len(verbs) != 1:
            unknown = next((name for name in given if name not in VERBS), None)
            near = difflib.get_close_matches(str(unknown), VERBS, 1)
            hint = f"; is {unknown} {near[0]}?" if near and not verbs else ""
            key = (*path, verbs[1] if verbs else unknown) if given else path[:-1]
            words = f"a step has one of {', '.join(VERBS)}{hint}"
            raise self._problem(key, words)
        (verb,) = verbs
        kind, form = VERBS[verb]
        values = self._convert(given, {verb: kind, **form}, f"a step with {verb}", path)
        self._require_details(verb, values, path, checks)
        for name, value in values.items():
            texts = value if isinstance(value, tuple) else (value,)
            whole = " ".join(text for text in texts if isinstance(text, str))
            for match in _PLACEHOLDER.finditer(whole):
                if match[1] + match[2] not in known and match[1] not in PLACEHOLDERS:
                    words = f"{match[0]}: nothing has this name; a brace itself is {{{{"
                    raise self._problem((*path, name), words)
        if verb in ("kill", "process", "group", "terminal", "signals"):
            names = {str(values[verb]), str(values["is"]) if verb == "group" else "own"}
            for name in names - known - {"own"}:
                words = f"{verb}: no `find` before has found {escaped(name)}"
                raise self._problem((*path, verb), words)
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
            raise self._problem((*path, min(lonely)), f"{min(lonely)} needs `asks`")
        details = {name: value for name, value in values.items() if name not in (verb, *_CHECK)}
        return Step(verb, values[verb], details, check)

    def _require_details(
        self,
        verb: str,
        values: dict[str, object],
        path: tuple[object, ...],
        checks: Mapping[str, tuple[str, float]],
    ) -> None:
        """Raise UsageProblem if a step lacks a detail, or has a wrong one; convert the limits."""
        for needed in _NEEDED.get(verb, ()):
            if needed not in values:
                raise self._problem((*path, verb), f"{verb} needs `{needed}`")
        if verb == "file" and not {"is", "has", "like", "mode"} & {*values}:
            raise self._problem((*path, verb), "file needs `is`, `has`, `like` or `mode`")
        if "limits" in values:
            entry = (*path, "limits")
            values["limits"] = self._convert(values["limits"], _LIMITS, "limits", entry)
        moments = _words(values[verb]) if verb == "order" else ()
        for moment in moments:
            if moment.partition(" ")[0] not in MOMENTS:
                words = f"order = [MOMENT, …]: {', '.join(MOMENTS)}; not {escaped(moment)}"
                raise self._problem((*path, verb), words)
        for name in sorted({*_words(values.get("confirms"))} - {*checks}):
            raise self._problem((*path, "confirms"), f"no check before has the name {name}")

    # ------------------------------------------------------------------- errors with their line

    def problem_of(self, name: str, words: str) -> UsageProblem:
        """Return an error about a name, with the line on which the file first has it."""
        own_lines = [line for line, key in self._keys() if key == name]
        parts = name.split(".")
        # `run.waits` without quotes, or in a list of names.
        text = self._text().split("\n")
        pattern = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
        quoted = (number for number, line in enumerate(text, 1) if pattern.search(line))
        line = own_lines[0] if own_lines and len(parts) == 1 else next(quoted, 0)
        if not line:
            line = next((line for line, key in self._keys() if key == parts[-1]), 0)
        return UsageProblem(f"{self._path}:{line}: {words}" if line else f"{self._path}: {words}")

    def _problem(self, path: tuple[object, ...], words: str) -> UsageProblem:
        """Return an error about an entry of the document, given by its keys and indexes."""
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        before = 0
        for each in _keys_in_order(self._document):
            if each == path:
                break
            before += each[-1] == key
        lines = [line for line, name in self._keys() if name == key]
        line = lines[min(before, len(lines) - 1)] if lines else 0
        return UsageProblem(f"{self._path}:{line}: {words}" if line else f"{self._path}: {words}")

    def _text(self) -> str:
        with suppress(OSError, UnicodeDecodeError), open(self._path, encoding="utf-8") as file:
            return file.read()
        return ""

    def _keys(self) -> Iterator[tuple[int, str]]:
        """Yield each key of the file with its line, which TOML's reader does not report."""
        line = 1
        for match in _TOKEN.finditer(self._text()):
            token = match[0]
            if match.lastgroup == "key":
                for part in re.findall(_NAME, token):
                    yield line, part.strip("\"'")
            line += token.count("\n")


_NAME = r"""(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)"""
_NAMES = rf"{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*[ \t]*"
_TOKEN = re.compile(
    r'''(?P<text>"""(?:\\.|[^\\])*?"""|\'{3}.*?\'{3})|(?P<comment>\#[^\n]*)'''
    rf"|(?P<key>^[ \t]*\[+[ \t]*{_NAMES}\]+(?=[ \t]*(?:\#|$))|{_NAMES}=)"
    r"""|(?P<word>"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[\w-]+)|(?P<other>[\s\S])""",
    re.DOTALL | re.MULTILINE,
)
"""A token of TOML; `key` is the header of a table, or the text before an equals sign."""


def _keys_in_order(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Yield the path of each key of a document, in the order of the file."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*path, key)
            yield from _keys_in_order(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _keys_in_order(below, (*path, index))
