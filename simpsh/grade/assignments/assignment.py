"""An assignment: the tasks and their points, and how results are shown to students."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence

from simpsh.base.record import Record, changed
from simpsh.grade.reports.grade_marks import HIDDEN, AnyMark, GradedCheck

CONTROL_KEYS = {"^C": "\x03", "^D": "\x04", "^Z": "\x1a", "^\\": "\x1c"}
PLACEHOLDERS = ("sleep", "sum", "answer", "word", "number")
"""Values drawn by lot; a digit after the name makes another value: `{word2}`."""
SHELL, PROGRAM = "shell", "program"
NAMES, FULL = "names", "full"
_COMMAND = re.compile(r"(^\s*|\|\s*)([a-z][a-z-]*)")
_STANDARD = ("cd", "exit", "fg", "bg", "jobs")


class Language(Record):
    """The lines to type, and the texts that the shell prints; the defaults are those of POSIX."""

    paths: str = NAMES
    """NAMES if programs are typed as `ls`, FULL if as `/bin/ls`."""
    fg: str = "fg"
    """Continues the only job, which is stopped; `{pid}` is its process id."""
    bg: str = "bg"
    jobs: str = "jobs"
    exit: str = "exit {number}"
    """Ends the shell, with the number as its status if the line has one."""
    status: str = "echo status=$?"
    """Prints how the last command ended."""
    exited: str = "status={code}"
    """The answer to `status` after an exit with `{code}`."""
    killed: str = "status={code}"
    """The answer to `status` after the signal number `{signal}`; `{code}` is 128 more, or the
    number that ksh or yash prints."""

    def is_answer(self, output: str, *, code: int = -1, signal: int = 0) -> bool:
        r"""Return whether the shell's answer to `status` is this exit code or signal.

        >>> Language().is_answer("status=2\n$ ", code=2), Language().is_answer("2\n", code=2)
        (True, False)
        >>> Language(exited="{code}").is_answer("12\n$ ", code=2)
        False
        >>> Language(killed="signal {signal}").is_answer("signal 9.\n", signal=9)
        True
        """
        wanted = [self.exited.replace("{code}", str(code))]
        if signal:
            answer = self.killed.replace("{signal}", str(signal))
            # POSIX requires a status above 128 from which the signal can be derived.
            wanted = [answer.replace("{code}", str(base + signal)) for base in (128, 256, 384)]
        return any(re.search(rf"(?<!\w){re.escape(each)}\.? *\n", output) for each in wanted)

    def spelled(self, keys: str) -> str:
        """Return keys as this shell expects them: with the full paths of programs if needed.

        >>> Language(paths="full").spelled("cd folder"), Language().spelled("ls")
        ('cd folder', 'ls')
        >>> Language(paths="full", exit="quit").spelled("no-such-program-here | quit")
        '/bin/no-such-program-here | quit'
        """
        if self.paths == NAMES:
            return keys
        lines = (self.fg, self.bg, self.jobs, self.exit, self.status)
        names = {*_STANDARD, *(line.split()[0] for line in lines if line.split())}
        names.discard("echo")

        def with_path(match: re.Match[str]) -> str:
            name = match[2]
            return match[1] + (name if name in names else shutil.which(name) or f"/bin/{name}")

        return _COMMAND.sub(with_path, keys)


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
        return words_of(self.value)

    @property
    def table(self) -> Mapping[str, str]:
        """The value if it is a table of strings, else an empty one."""
        return {name: str(value) for name, value in table_of(self.value).items()}

    @property
    def confirms(self) -> tuple[str, ...]:
        """The checks that fail if the recording does not confirm this step."""
        return words_of(self.details.get("confirms"))


def words_of(value: object) -> tuple[str, ...]:
    """Return a value that is a list of strings in the file; else an empty tuple."""
    return value if isinstance(value, tuple) else ()


def table_of(value: object) -> Mapping[str, object]:
    """Return a value that is a table in the file; else an empty one."""
    return value if isinstance(value, dict) else {}


class Behaviour(Record):
    """One ability of a shell, or of a program, as a file describes it."""

    id: str
    title: str
    steps: tuple[Step, ...]
    checks: Mapping[str, tuple[str, float]]
    """The requirement and the points of each check, by name."""
    look_at: str = ""
    files: Mapping[str, str] = {}
    """The contents of files that exist before the shell starts, by name."""


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
    behaviours: tuple[Behaviour, ...] = ()
    hidden: tuple[str, ...] = ()
    """Behaviours and checks that count but that students never see."""

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

    def check_points(self, behaviour: Behaviour) -> dict[str, float]:
        """Return the points of each check of a behaviour that is asked, by its key."""
        checks = [(f"{behaviour.id}.{key}", usual) for key, (_, usual) in behaviour.checks.items()]
        points = zip(behaviour.checks, self.points(checks), strict=True)
        return {key: worth for key, worth in points if worth or self.weights is None}

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
        """Return `mark` with a note of which checks students may not see."""

        def visibility(check: GradedCheck) -> str:
            names = {mark.id, check.key, f"{mark.id}.{check.key}"}
            return HIDDEN if names.intersection(self.hidden) else ""

        checks = tuple(changed(check, visibility=visibility(check)) for check in mark.checks)
        return changed(mark, checks=checks)
