"""The steps of a lesson: what is said, asked, run, shown and tried. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from simpsh.course.edits import NO_EDIT, Edit
from simpsh.course.sources import Shell
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import CodeType

    from simpsh.course.expectation import Expectation, Fact
    from simpsh.course.processes import Process
    from simpsh.course.scene import Result
    from simpsh.course.sources import Source


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


if TYPE_CHECKING:
    Code = Function | Source
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
    """A thought, in 20 to 50 words; `**bold**`, `*emphasis*`, `` `code` ``."""

    text: str
    code: Code | None = None
    """A demonstration of the next run, to be read with the text."""
    facts: tuple[str, ...] = ()


class Choice(Step):
    """One answer of a Predict, the expectation that makes it the right one, and its reason."""

    text: str
    expectation: Expectation
    because: str
    """Said to whoever chose it: why it is so, or in which world it would be."""


class Predict(Step):
    """A question before a run, with choices: exactly one is true of the run that follows."""

    question: str
    choices: tuple[Choice, ...]
    code: Code | None = None
    """Of the run that follows, what is shown with the question; else all of it."""
    facts: tuple[str, ...] = ()

    def __init__(
        self,
        question: str,
        *choices: Choice,
        code: Code | None = None,
        facts: tuple[str, ...] = (),
    ) -> None:
        super().__init__(question, choices, code, facts)

    def right(self, result: Result) -> Choice:
        """Return the choice that is true of a run.

        Raises:
            AuthorFault: none of them is, or several are.
            Unknown: this machine cannot tell.
        """
        from simpsh.course.validating import AuthorFault

        true = [choice for choice in self.choices if choice.expectation.holds(result)]
        if len(true) == 1:
            return true[0]
        which = ", ".join(f"“{choice.text}”" for choice in true) or "none"
        raise AuthorFault(
            f"question “{self.question}”: exactly one choice must be true of the run, and "
            f"{len(true)} are ({which}); change the expectations of the others"
        )


class Ask(Step):
    """A question with a free answer, a number or a line; the right one is computed from the run."""

    question: str
    answer: Fact
    because: str
    near: Mapping[object, str] = {}
    """Answers that are often given, and why they are not so."""
    code: Code | None = None
    facts: tuple[str, ...] = ()


class Kill(Step):
    """At rest, you send a signal to a process."""

    process: Process
    signal: str = "SIGTERM"


class Type(Step):
    """At rest, you type at the demonstration's terminal; a ^ with a letter is a control key."""

    keys: str


class Resume(Step):
    """At rest, you let a stopped process go on (SIGCONT)."""

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
    """What you do, in turn, each time when nobody can move any more."""
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
