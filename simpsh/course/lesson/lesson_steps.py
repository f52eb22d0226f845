"""What a lesson is made of: steps that say, ask, run, show and let try, and the idea they serve.

Values only. A demonstration is a function of the lesson file, C, a line, or a program. An edit is a
small change of it: a wrong variant, a fix, a row of a comparison; the old text must be there
exactly once, so that an edit cannot outlive what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from types import CodeType
from typing import TYPE_CHECKING, Protocol

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.course.lesson.expectation import Expectation, Fact, Result
from simpsh.course.lesson.process_ref import Process


class EditMisfit(SimpshError):
    """The text that an edit changes is not there exactly once."""


class CodeChange(Record):
    """Put one text in the place of another; or whole lines in the place of a line."""

    old: str
    new: str
    kind: str = "replace"
    """`replace` a piece of text; `delete` the line that contains it; `insert` lines above it."""


class Edit(Record):
    """Changes, done one after the other; added with `+`. `Edit()` changes nothing."""

    changes: tuple[CodeChange, ...] = ()

    def __add__(self, other: Edit) -> Edit:
        return Edit(self.changes + other.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def apply(self, source: str) -> str:
        """Return the source with the changes made.

        Raises:
            EditMisfit: an old text is not there exactly once.
        """
        for change in self.changes:
            source = _changed(source, change)
        return source

    def __str__(self) -> str:
        return " and ".join(_sentence(change) for change in self.changes) or "nothing"


NO_EDIT = Edit()


def replace(old: str, new: str) -> Edit:
    """Put `new` in the place of `old`; further lines get the indentation of the first."""
    return Edit((CodeChange(old, new),))


def delete(line: str) -> Edit:
    """Take out the line that contains this text; `pass` stays if its block would be empty."""
    return Edit((CodeChange(line, "", "delete"),))


def insert(new: str, *, above: str) -> Edit:
    """Put lines above the line that contains a text, with its indentation."""
    return Edit((CodeChange(above, new, "insert"),))


def move(line: str, *, above: str) -> Edit:
    """Take the line that contains a text to above another one, with that one's indentation."""
    return Edit((CodeChange(above, line, "move"),))


def _changed(source: str, change: CodeChange) -> str:
    if change.kind == "move":
        lines = source.split("\n")
        moved = lines[_place(source, change.new)].strip()
        return _changed(
            _changed(source, CodeChange(change.new, "", "delete")),
            CodeChange(change.old, moved, "insert"),
        )
    lines = source.split("\n")
    at = _place(source, change.old)
    if change.kind == "insert":
        lines[at:at] = _indented(change.new, _indentation(lines[at]))
    elif change.kind == "delete":
        lines[at : at + 1] = _filling(lines, at)
    else:
        start = source.rindex("\n", 0, source.index(change.old)) + 1 if at else 0
        first, *further = change.new.split("\n")
        further = _indented("\n".join(further), _indentation(source[start:])) if further else []
        return source.replace(change.old, "\n".join([first, *further]))
    return "\n".join(lines)


def _place(source: str, text: str) -> int:
    """Return the number of the line, from 0, in which a text begins; it must be there once."""
    times = source.count(text) if text else 0
    if times != 1:
        how_often = "not" if times == 0 else f"{times} times"
        raise EditMisfit(
            f"“{text}” is {how_often} in the demonstration: an edit needs a text that is there "
            "exactly once"
        )
    return source[: source.index(text)].count("\n")


def _filling(lines: list[str], at: int) -> list[str]:
    """Return what stays of a line that is taken out: `pass`, if it was alone in its block."""
    indent = _indentation(lines[at])
    above = next((line for line in reversed(lines[:at]) if _is_code(line)), "")
    below = next((line for line in lines[at + 1 :] if _is_code(line)), "")
    opens = above.split("#")[0].rstrip().endswith(":") and len(_indentation(above)) < len(indent)
    continues = len(_indentation(below)) >= len(indent) if below else False
    return [f"{indent}pass"] if opens and not continues else []


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _indented(text: str, indent: str) -> list[str]:
    return [indent + line if line.strip() else line for line in text.split("\n")]


def _sentence(change: CodeChange) -> str:
    old = change.old.strip().replace("\n", "⏎")
    new = change.new.strip().replace("\n", "⏎")
    if change.kind == "delete":
        return f"without “{old}”"
    if change.kind == "insert":
        return f"“{new}” above “{old}”"
    if change.kind == "move":
        return f"“{new}” moved above “{old}”"
    return f"“{new}” for “{old}”"


# What a demonstration can be beside a function of the lesson file: C, a line, a program.


class DemonstrationSource(Record):
    """A demonstration that is no Python function; its forks are named in order of birth."""


class C(DemonstrationSource):
    """A C program: compiled when it is first wanted (needs "compiler"), shown as its source."""

    source: str
    """Complete, with its includes; the lines from the first that is no include are shown."""
    births: tuple[str, ...] = ()
    """What its processes after the first are called, in order of birth."""
    flags: tuple[str, ...] = ()
    """Further arguments of the compiler, such as `-D_XOPEN_SOURCE`."""


class Shell(DemonstrationSource):
    """A line or script that simpsh itself runs; the first process is called `shell`."""

    line: str
    births: tuple[str, ...] = ()
    is_interactive: bool = False
    """Whether simpsh runs as at a prompt, with job control; needs a terminal."""
    program: tuple[str, ...] = ()
    """Another shell that runs it, such as ("bash", "-c"); simpsh if empty."""


class Program(DemonstrationSource):
    """A program that is there already, with its arguments."""

    argv: tuple[str, ...]
    births: tuple[str, ...] = ()


# The steps of a lesson: what is said, asked, run, shown and tried. Values only.


class Function(Protocol):
    """A function of the lesson file, whatever it takes."""

    @property
    def __name__(self) -> str:
        """What it is called."""
        ...

    @property
    def __code__(self) -> CodeType:
        """Where its source is."""
        ...

    @property
    def __globals__(self) -> dict[str, object]:
        """The lesson file's names."""
        ...


Code = Function | DemonstrationSource
"""A demonstration: a function of the lesson file, or one of C, Shell and Program."""
Column = Callable[[Result], str] | Fact | Expectation
"""What a column of a table says of each row's run."""


class Step(Record):
    """One thing between two stops. Each is itself alone: two steps are never equal."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Claim(Step):
    """A sentence about a run, with the worlds in which it is not so.

    `Claim("The parent still has 1.", parent.prints("x = 1"), wrong=replace("…", "…"))`
    """

    sentence: str
    """What the student reads, the grader prints and the test is called."""
    expectation: Expectation
    wrong: Edit | Sequence[Edit] = ()
    """Edits of the demonstration, each of which must make the expectation false."""
    facts: tuple[str, ...] = ()
    """The claims of lessons/claims.py that this one proves."""
    needs: tuple[str, ...] = ()
    """What the machine must have to tell, beyond what the step needs."""

    @property
    def wrongs(self) -> tuple[Edit, ...]:
        """The wrong variants."""
        return (self.wrong,) if isinstance(self.wrong, Edit) else tuple(self.wrong)


class Say(Step):
    """A thought, in 20 to 50 words; `**bold**`, `*emphasis*`, and code between backticks."""

    text: str
    code: Code | None = None
    """A demonstration of the next run, to be read with the text."""
    facts: tuple[str, ...] = ()


class Choice(Step):
    """One answer of a Predict, the expectation that makes it the right one, and its reason."""

    text: str
    expectation: Expectation
    because: str
    """Said to a student who chose it: why it is so, or in which world it would be."""


class Predict(Step):
    """A question before a run, with choices: exactly one is true of the run that follows."""

    question: str
    choices: tuple[Choice, ...]
    """In an order drawn from their texts, so that the right one stands anywhere."""
    code: Code | None = None
    """Of the run that follows, what is shown with the question; else all of it."""
    facts: tuple[str, ...] = ()
    hint: str = ""
    """What `:hint` says: where to look or what to think of, not the answer."""

    def __init__(
        self,
        question: str,
        *choices: Choice,
        code: Code | None = None,
        facts: tuple[str, ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(question, _drawn(question, choices), code, facts, hint)

    def right(self, result: Result) -> Choice:
        """Return the choice that is true of a run.

        Raises:
            AuthorFault: none of them is, or several are.
            Unknown: this machine cannot tell.
        """
        true = [choice for choice in self.choices if choice.expectation.holds(result)]
        if len(true) == 1:
            return true[0]
        which = ", ".join(f"“{choice.text}”" for choice in true) or "none"
        raise AuthorFault(
            f"question “{self.question}”: exactly one choice must be true of the run, and "
            f"{len(true)} are ({which}); change the expectations of the others"
        )


def _drawn(question: str, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Return choices in an order that their texts alone decide: the same in class and handout."""

    def place(choice: Choice) -> bytes:
        # What is no Choice is refused when the lesson is loaded, with its place.
        return sha256(f"{question}\0{getattr(choice, 'text', choice)}".encode()).digest()

    return tuple(sorted(choices, key=place))


class Ask(Step):
    """A question with a free answer, a number or a line; the right one is computed from the run."""

    question: str
    answer: Fact
    because: str
    near: Mapping[object, str] = {}
    """Answers that are often given, and why they are not so."""
    code: Code | None = None
    facts: tuple[str, ...] = ()
    hint: str = ""
    """What `:hint` says: where to look or what to think of, not the answer."""


class Kill(Step):
    """At rest, you send a signal to a process."""

    process: Process
    signal: str = "SIGTERM"


class Type(Step):
    """At rest, you type at the demonstration's terminal; a ^ with a letter is a control key."""

    keys: str


class Resume(Step):
    """At rest, you let a stopped process continue (SIGCONT)."""

    process: Process


class Demonstration(Step):
    """A step that runs something, so that claims can be made about it."""

    code: Code
    id: str
    claims: Sequence[Claim] = ()

    if not TYPE_CHECKING:

        def __init__(self, code: Code, *values: object, **named: object) -> None:
            if isinstance(code, Shell):
                named.setdefault("main", "shell")
            super().__init__(code, *values, **named)


class Run(Demonstration):
    """Run a demonstration once, and show what happened."""

    also: Sequence[Function] = ()
    """Functions that belong to the listing, before the first."""
    main: str = "parent"
    """What the first process is called; `shell` if the code is a Shell."""
    watch: Sequence[str] = ()
    """Variables whose changes belong into the picture."""
    at_rest: Sequence[Kill | Type | Resume] = ()
    """What you do, in turn, each time when no process can move any more."""
    leaves: Sequence[Process] = ()
    """Who is meant to be left in the end: it is shown, ended and collected."""
    edit: Edit = NO_EDIT
    """The same demonstration, changed."""
    needs: tuple[str, ...] = ()
    """Capabilities of the machine without which it shows nothing; see `simpsh doctor`."""
    guard: int | str | None = None
    """For a bomb: the most processes that may ever live; `cgroup 16` or `limit 16` says by what."""
    terminal: bool = False
    """Whether it runs at a terminal of its own, as a session of its own."""
    births: tuple[str, ...] = ()
    """Names for forks whose result goes into no variable, in order of birth."""
    shows: str = "picture"
    """What the student sees of it: picture, output, nothing."""
    facts: tuple[str, ...] = ()


class Compare(Step):
    """The same demonstration with several edits: one row of a table each."""

    run: Run | Explore
    id: str
    variants: Mapping[str, Edit]
    """By the text of the row; `nothing` or the like for Edit(())."""
    columns: Mapping[str, Column]
    """By title: a fact, an expectation (yes or no; see `words`), or a function of the run."""
    claims: Sequence[Claim] = ()
    """Each `of("row", …)`; the other rows are its wrong variants."""
    title: str = ""
    """Above the column of variants."""
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


class Explore(Demonstration):
    """Every order that the kernel may choose, and beside it what this machine did by itself."""

    native: int = 300
    """How many plain runs."""
    edit: Edit = NO_EDIT
    main: str = "parent"
    also: Sequence[Function] = ()
    births: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


class Show(Step):
    """Look once more at an earlier run: memory, descriptors, code, who ran, family, picture."""

    what: str
    of: str = ""
    """The id of the run."""
    at: str = "end"
    """The moment; for memory all moments are shown if it is `end`."""
    text: str = ""
    facts: tuple[str, ...] = ()


class Try(Step):
    """A task at the real prompt of simpsh; what the line does is judged, not how it is written."""

    task: str
    expect: Expectation
    hint: str
    solution: str
    praise: str
    wrong: Sequence[str] = ()
    """Lines that must not be accepted."""
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


class NotShown(Step):
    """A claim that no demonstration here shows: said with its source, never counted as passed."""

    fact: str
    """Its id in lessons/claims.py."""
    why: str
    """The claim, why it is not shown here, and where to read about it."""


Question = Predict | Ask
Running = Run | Compare | Explore
AnyStep = Say | Predict | Ask | Run | Compare | Explore | Show | Try | NotShown


class AuthorFault(SimpshError):
    """A lesson says something that the contract does not allow."""


# A lesson is one idea: a list of steps, and the one sentence that should remain of it.

CHAPTERS = (
    "fork",
    "exec",
    "wait",
    "signals",
    "orphans and zombies",
    "pipes and daemons",
    "the shell itself",
)
"""The chapters of the course, in order. A lesson of another chapter comes after them."""

FORMAT = 1
"""The version of the contract that this simpsh plays."""


class Lesson(Record):
    """One lesson. Each is itself alone: two lessons are never equal."""

    id: str
    """Lower-case words with dashes; its file is called the same, with underscores."""
    title: str
    minutes: int
    steps: Sequence[AnyStep]
    remember: str
    """The one sentence to leave with."""
    requires: Sequence[str] = ()
    """Ids of lessons that should come first."""
    chapter: str = "fork"
    facts: Sequence[str] = ()
    """Claims of lessons/claims.py that the lesson as a whole covers; better: at a step or claim."""
    read_on: Sequence[str] = ()
    """Man pages, sections of POSIX, chapters of books: `wait(2)`, `POSIX.1-2024 fork()` …"""
    exercise: str = ""
    """The id of the exercise that belongs to the lesson, offered at its end."""
    good_for: str = ""
    """What the idea is good for, in one or two sentences; said before `remember`."""
    format: int = FORMAT

    __eq__ = object.__eq__
    __hash__ = object.__hash__
