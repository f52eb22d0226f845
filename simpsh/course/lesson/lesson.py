"""A lesson, and what every kind of its steps answers.

A kind of step is one file beside this one. It says what such a step holds, and answers for it
wherever lessons are taught, checked, published or listed: the methods of `Step`. What teaches, what
checks and what makes pages is handed in as `Teaching`, `Checking` and `StepPage`.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.course.claims.demonstration import (
    NO_EDIT,
    REFERENCE,
    C,
    Claim,
    Code,
    Demonstration,
    Edit,
    Listing,
    ListingFault,
    Shell,
    Unique,
    listing,
)
from simpsh.course.claims.expectation import Expectation, Result
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.term_glossary import terms_in
from simpsh.course.screen.answer_lines import Answer
from simpsh.course.screen.screen_parts import Part
from simpsh.view.styled_text import marked, plain

SHELL_MODULES = ("simpsh.shell.jobs.fork_engine", "simpsh.shell.shell")
"""What a line of simpsh loads."""

Fill = Callable[[str], str]
"""Puts the numbers of lines into a text."""


class AuthorFault(SimpshError):
    """A lesson says something that the contract does not allow."""


class CheckFailed(Exception):
    """What was checked is not so; the message says what was found instead."""


class Lesson(Unique):
    """One lesson: a list of steps, and the sentence to leave with. No two lessons are equal."""

    id: str
    """Lower-case words with dashes; its file is called the same, with underscores."""
    title: str
    minutes: int
    steps: Sequence[Step]
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


class NotebookCell(Record):
    """A step as a cell of a notebook."""

    text: str
    """What the cell says: a cell of text, or the comment above the command that takes the step."""
    is_text: bool = False
    below: str = ""
    """Further lines below the command's comment."""


class Step(Unique):
    """One thing between two stops. No two steps are equal."""

    # What a step is.

    @property
    def title(self) -> str:
        """The text by which the step is found again when the lesson has changed: its first."""
        return next(iter(self.texts()))[1]

    @property
    def name(self) -> str:
        """What `doctor` calls the step."""
        return type(self).__name__.lower()

    @property
    def facts(self) -> tuple[str, ...]:
        """The claims of lessons/claims.py that the step covers."""
        return ()

    @property
    def claims(self) -> Sequence[Claim]:
        """What is claimed of the step's run."""
        return ()

    @property
    def code(self) -> Code | None:
        """The part of the next run's code that belongs to the step's text."""
        return None

    hint = ""
    """What `:hint` says."""

    @property
    def prose(self) -> str:
        """What is read even where the machine can run nothing; empty for most kinds."""
        return ""

    task = ""
    """What is to be tried at the prompt; empty for most kinds."""

    @property
    def needs(self) -> tuple[str, ...]:
        """What the machine must have, as the author says it."""
        return ()

    @property
    def all_needs(self) -> tuple[str, ...]:
        """What the machine must have: what the author says, and what follows from the kind."""
        return self.needs

    @property
    def loads(self) -> tuple[str, ...]:
        """The modules that each of its runs needs: a check of many loads them once, for all."""
        return ()

    @property
    def flows_on(self) -> bool:
        """Whether the next step may follow without a stop."""
        return False

    begins_anew = False
    """Whether there is a stop before the step in any case."""

    @property
    def proves(self) -> bool:
        """Whether something is checked at the step that may fail."""
        return bool(self.claims)

    def run_shown(self, lesson: Lesson) -> Running | None:
        """Return the run that the step is about; None where it is the nearest one."""
        return None

    # What it says, and what is wrong with it.

    @abstractmethod
    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield what a person reads, in the order of reading: what it is, and the text."""

    def faults(self, lesson: Lesson) -> Iterator[str]:
        """Yield what is wrong with the step before anything runs."""
        return iter(())

    # How it is taught, checked and published.

    @abstractmethod
    def teach(self, teaching: Teaching) -> None:
        """Teach the step."""

    def check(self, checking: Checking) -> None:
        """Check the step."""

    @abstractmethod
    def section(self, page: StepPage) -> tuple[str, str]:
        """Return the heading of the step on the lesson's page, and its HTML."""

    @abstractmethod
    def cell(self) -> NotebookCell:
        """Return the step as a cell of a notebook; texts are filled afterwards."""


class Running(Step):
    """A step that runs something, so that claims can be made about it."""

    if not TYPE_CHECKING:

        def __init__(self, *values: object, **named: object) -> None:
            if isinstance(named.get("code", values[0] if values else None), Shell):
                named.setdefault("main", "shell")
            super().__init__(*values, **named)

    @property
    @abstractmethod
    def id(self) -> str:
        """What other steps call the run."""

    @property
    @abstractmethod
    def demonstration(self) -> Demonstration:
        """The demonstration whose code the step is about."""

    @property
    @abstractmethod
    def heading(self) -> str:
        """What the step is called on a page where no question comes before it."""

    @property
    def rows(self) -> Mapping[str, Edit]:
        """The changes that are run side by side, by the text of the row; none for a single run."""
        return {}

    @property
    def watch(self) -> Sequence[str]:
        """Variables and calls whose changes belong into the picture."""
        return ()

    @property
    def calls(self) -> frozenset[str]:
        """The system calls that the claims name: they have to be watched to judge them."""
        return frozenset[str]().union(*(claim.expectation.calls for claim in self.claims))

    @property
    def loads(self) -> tuple[str, ...]:
        """The modules that a run needs: those of the shell, for a line that simpsh runs."""
        code = self.demonstration.code
        return SHELL_MODULES if isinstance(code, Shell) and not code.program else ()

    @property
    def waiting_words(self) -> str:
        """What is said while the step runs; empty for what takes no time."""
        return ""

    observer = "ptrace"
    """What the machine must permit, for the step to be observed."""

    @property
    def title(self) -> str:
        """The text by which the step is found again."""
        return self.id

    @property
    def name(self) -> str:
        """What `doctor` calls the step."""
        return self.id

    @property
    def all_needs(self) -> tuple[str, ...]:
        """What the machine must have: what the author says, and what the code is."""
        # The probes are loaded by what asks for needs, and not by each lesson.
        from simpsh.process.machine_permits import NEEDS

        needs = [*self.needs]
        code = self.demonstration.code
        if isinstance(code, C):
            needs.append("compiler")
        if isinstance(code, Shell) and code.program and code.program[0] in NEEDS:
            needs.append(code.program[0])
        return tuple(dict.fromkeys([*needs, self.observer, "temporary dir"]))

    def run_shown(self, lesson: Lesson) -> Running | None:
        """Return the step itself."""
        return self

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the sentences of the claims."""
        yield from (("claim", claim.sentence) for claim in self.claims)

    @abstractmethod
    def perform(self, edit: Edit = NO_EDIT) -> Result:
        """Run what the step shows.

        Raises NotObservable, NotGuarded: this machine cannot show it; the message says why.
        ListingFault: the edit does not fit.
        """

    @abstractmethod
    def parts(self, result: Result) -> Sequence[Part]:
        """Return what is to be seen of a result."""

    @abstractmethod
    def problems(self, result: Result) -> Iterator[str]:
        """Yield what went wrong in a run, and the processes that it left."""

    def with_fewer_runs(self, runs: int) -> Running:
        """Return a step that costs less and shows the same: a race is run at most so often."""
        return self

    def refute(self, claim: Claim, checking: Checking) -> None:
        """Check that there are worlds in which a claim is false; having none is a known fault."""
        for wrong in claim.wrongs:
            checking.refute_by_variant(self, claim, wrong)

    def teach(self, teaching: Teaching) -> None:
        """Run it, and show what happened."""
        teaching.run(self)

    def check(self, checking: Checking) -> None:
        """Run it; each claim must hold, and each wrong variant must be refused."""
        checking.demonstrate(self)

    def section(self, page: StepPage) -> tuple[str, str]:
        """Return what the run gave."""
        return self.heading, page.result(self)


class Choice(Unique):
    """One answer of a question, the expectation that makes it the right one, and its reason."""

    text: str
    expectation: Expectation
    because: str
    """Said to a student who chose it: why it is so, or in which world it would be."""


class Question(Step):
    """A question before a run, which the run answers."""

    @property
    @abstractmethod
    def question(self) -> str:
        """What is asked."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The answers to choose from; none where the answer is free."""
        return ()

    @property
    def takes_number(self) -> bool:
        """Whether a free answer is a number: nothing else is taken for an answer then."""
        return False

    proves = True

    def faults(self, lesson: Lesson) -> Iterator[str]:
        """Yield a fault if no run answers the question."""
        if answer_to(lesson, self) is None:
            yield "no run answers it: put a Run, Compare, Explore or Show(of=…) right after it"

    @abstractmethod
    def guesses(self) -> Sequence[str]:
        """Return every guess that is answered in a way of its own: no guess is the empty text."""

    @abstractmethod
    def is_right(self, guess: str, result: Result) -> bool:
        """Return whether a guess is true of a run.

        Raises AuthorFault: the run does not make exactly one answer true. Unknown, NotThere: the
        run does not tell.
        """

    @abstractmethod
    def answers(self, guess: str, result: Result, fill: Fill) -> list[Answer]:
        """Return what is said about a guess once the run has spoken; raises as is_right()."""

    @abstractmethod
    def words_of(self, guess: str) -> str:
        """Return a guess as it is kept: the text of the choice, or what was typed."""

    @abstractmethod
    def feedback(self, result: Result, fill: Fill) -> Iterator[tuple[str, str, list[Answer]]]:
        """Yield what a page says to each guess: the guess, `right`, `other` or nothing, the answer.

        The guess is the number of a choice, `=` and a text, `other` for any other text, or `none`.
        """

    @abstractmethod
    def right_words(self, result: Result) -> str:
        """Return the right answer in words, and check that it is one; raises as is_right()."""

    def right_place(self, result: Result) -> int | None:
        """Return the place of the right choice, from 0; None if the answer is free."""
        return None

    def bare_faults(self) -> Iterator[str]:
        """Yield why a student can guess the answer too easily, or is left without a hint."""
        if not self.hint.strip():
            yield "it needs a hint: where to look, or which rule to think of"

    def teach(self, teaching: Teaching) -> None:
        """Ask it; the run that follows answers it."""
        teaching.ask()

    def check(self, checking: Checking) -> None:
        """Check that the run gives exactly one answer."""
        checking.answer(self)

    def section(self, page: StepPage) -> tuple[str, str]:
        """Return nothing: a question is a part of what answers it."""
        return "Read", ""

    def cell(self) -> NotebookCell:
        """Return a cell that asks, and shows the choices."""
        return NotebookCell(f"Guess: {self.question}")


class Task(Step):
    """Something to try at the prompt."""

    @property
    @abstractmethod
    def expect(self) -> Expectation:
        """What a line must do."""

    @property
    @abstractmethod
    def solution(self) -> str:
        """A line that does it."""

    @property
    @abstractmethod
    def praise(self) -> str:
        """What is said when it is done."""

    asks = ""
    """What is asked, again, after a line that was not foreseen."""

    @abstractmethod
    def remark(self, line: str) -> str:
        """Return what the author says to a student who types a line; empty if it is unforeseen."""


class Mending(Step):
    """A broken program to be mended."""

    @property
    @abstractmethod
    def praise(self) -> str:
        """What is said when it is done."""

    @property
    @abstractmethod
    def broken_source(self) -> str:
        """Return the function with the mistake, in Python."""

    @abstractmethod
    def program(self, end: str) -> str:
        """Return the broken program, by the end of its file's name: `py` or `c`."""

    @abstractmethod
    def attempted(self, program: str) -> Sequence[Running]:
        """Return what is run of a student's program: watched, and then in every order.

        Raises ListingFault: it is no program that could run.
        """

    @abstractmethod
    def prove(self, checking: Checking) -> None:
        """Check that broken programs fail, solutions pass, and wrong variants are refused."""


class Teaching(Protocol):
    """What teaches a lesson, as its steps use it. It knows which step it is at."""

    @property
    def lesson(self) -> Lesson:
        """What is taught."""

    def say(self, step: Step, text: str) -> None:
        """Show a text, and the code that belongs to it; stop where the step does not flow on."""

    def ask(self) -> None:
        """Ask the question, and keep what is answered."""

    def run(self, step: Running) -> None:
        """Run the step's demonstration; show what happened, then why."""

    def look_again(
        self, step: Step, run: Running, text: str, parts: Callable[[Result], Sequence[Part]]
    ) -> None:
        """Show parts of an earlier run, and answer the question before them."""

    def attempt(self, task: Task) -> None:
        """Put a task, and let lines be tried until one does what it should."""

    def mend(self, step: Mending) -> None:
        """Let a program be mended until its claims hold."""


class Checking(Protocol):
    """What checks a lesson, as its steps use it."""

    @property
    def results(self) -> Mapping[str, Result]:
        """What each run gave, by its id."""

    def check(
        self, kind: str, sentence: str, facts: tuple[str, ...] = ()
    ) -> AbstractContextManager[list[str]]:
        """Note one check: passed if the block comes to its end; gives a list for the evidence."""

    def demonstrate(self, step: Running) -> None:
        """Run the step and judge its claims."""

    def refute_by_variant(self, step: Running, claim: Claim, wrong: Edit) -> None:
        """Check that a claim is false of a wrong variant."""

    def answer(self, question: Question) -> None:
        """Check that the run gives exactly one answer."""

    def insist_on(self, needs: Sequence[str]) -> None:
        """Raise Unknown if this machine lacks one of these needs."""

    @property
    def run_lines(self) -> Callable[[Sequence[str]], Sequence[Observation | None]]:
        """Runs lines at a prompt, in turn; None for a line that leaves the prompt."""

    def note_height(self, task: Task, typed: str, seen: Observation) -> None:
        """Note a task that does not fit a screen with a line, its picture and the answer to it."""


class StepPage(Protocol):
    """What makes the page of a lesson, as its steps use it. Its texts are HTML."""

    @property
    def lesson(self) -> Lesson:
        """Whose page it is."""

    def prose(self, step: Step, text: str) -> str:
        """Return a text as paragraphs, beside the code that belongs to it."""

    def notice(self, step: Step, text: str) -> str:
        """Return a text of one paragraph in a frame."""

    def result(self, step: Running) -> str:
        """Return what a run gave, and its claims."""

    def look_again(self, run: Running, parts: Callable[[Result], Sequence[Part]]) -> str:
        """Return parts of an earlier run."""

    def task(
        self, step: Step, text: str, solution: str, praise: str, *, prompt: str = ">> "
    ) -> str:
        """Return a task with its hint and a solution, typed at a prompt if there is one."""


# What belongs together in a lesson: runs and questions, texts, and the sections it is taught in.


def runs_of(lesson: Lesson) -> dict[str, Running]:
    """Return the steps that run something, by id."""
    return {step.id: step for step in lesson.steps if isinstance(step, Running)}


def repairs_of(lesson: Lesson) -> list[Mending]:
    """Return the steps in which a program is to be mended."""
    return [step for step in lesson.steps if isinstance(step, Mending)]


def answer_to(lesson: Lesson, question: Question) -> Running | None:
    """Return the step whose run answers a question: the next, or the run that a Show shows.

    None if no run follows, which is an author's mistake.
    """
    steps = list(lesson.steps)
    for step in steps[steps.index(question) + 1 :]:
        if not isinstance(step, Question):
            return step.run_shown(lesson)
    return None


def target_of(lesson: Lesson, question: Question) -> Running:
    """Return the run that answers a question; raises ListingFault."""
    target = answer_to(lesson, question)
    if target is None:
        raise ListingFault(f"no run follows the question “{question.question}”")
    return target


def questions_before(lesson: Lesson, place: int) -> list[int]:
    """Return the questions, by step, that the step at `place` answers."""
    first = place
    while first and isinstance(lesson.steps[first - 1], Question):
        first -= 1
    return list(range(first, place))


# The code that a text speaks of.


def code_spoken_of(lesson: Lesson, step: Step) -> Demonstration | None:
    """Return the run whose listing a step's text speaks of, as in {line:os.read}.

    A question speaks of what answers it, a run and a Show of themselves, a text with code of the
    next run, and any other text of the last run before it, or else of the next.
    """
    if isinstance(step, Question):
        running = answer_to(lesson, step)
    else:
        running = step.run_shown(lesson)
    if running is None and not isinstance(step, Question):
        steps = list(lesson.steps)
        place = steps.index(step)
        earlier, later = _first_run(reversed(steps[:place])), _first_run(steps[place:])
        running = (later or earlier) if step.code is not None else (earlier or later)
    return running.demonstration if running is not None else None


def filled(lesson: Lesson, step: Step, text: str) -> str:
    """Return a text of a step with the numbers of its listing's lines put in."""
    spoken_of = code_spoken_of(lesson, step) if "{line:" in text else None
    if spoken_of is None:
        return text
    try:
        return sentence(listing(spoken_of).fill(text))
    except ListingFault:
        # `check` tells the author; a student reads on.
        return text


def spoken(text: str) -> str:
    """Return a text for where no listing stands beside it: plain, a line named by its words.

    >>> spoken("Leave out {line:os._exit}. **How often** is it `done`?")
    'Leave out “os._exit”. How often is it done?'
    """
    return plain(marked(REFERENCE.sub(r"“\1”", text)))


def sentence(text: str) -> str:
    """Return a text with a capital where a sentence begins with a line's number.

    >>> sentence("line 18 reads. line 19 writes"), sentence("x is copied in line 3")
    ('Line 18 reads. Line 19 writes', 'x is copied in line 3')
    """
    return re.sub(r"(^|[.?] )line (?=\d)", r"\1Line ", text)


def listing_before(lesson: Lesson, place: int) -> Listing | None:
    """Return the listing that was shown last before a step, for marking what is new."""
    step = _first_run(reversed(lesson.steps[:place]))
    return listing(step.demonstration) if step is not None else None


def _first_run(steps: Iterable[Step]) -> Running | None:
    return next((step for step in steps if isinstance(step, Running)), None)


# Every text, in the order in which it is read.


class LessonText(Record):
    """One text, with its markup, and where it is."""

    step: int
    """The number of its step, from 1; 0 for a text of the lesson as a whole."""
    part: str
    """What it is: question, hint, because …"""
    text: str


def texts_of(lesson: Lesson) -> list[LessonText]:
    """Return every text of a lesson."""
    texts = [LessonText(0, "title", lesson.title)]
    for number, step in enumerate(lesson.steps, 1):
        texts += [LessonText(number, part, text) for part, text in step.texts()]
    texts += [LessonText(0, "good_for", lesson.good_for)]
    texts += [LessonText(0, "remember", lesson.remember)]
    return [text for text in texts if text.text]


def terms_until(lesson: Lesson, place: int) -> list[str]:
    """Return the terms that the texts up to a step, from 0, mark; each once."""
    texts = [text.text for text in texts_of(lesson) if text.step <= place + 1]
    return list(dict.fromkeys(term for text in texts for term in terms_in(text)))


# Sections.


def may_flow_on(lesson: Lesson, place: int) -> bool:
    """Return whether the step after the one at `place` follows without a stop."""
    steps = lesson.steps
    is_followed = place + 1 < len(steps) and not steps[place + 1].begins_anew
    return steps[place].flows_on and is_followed


def openings(lesson: Lesson) -> list[int]:
    """Return the steps, from 0, at which one may begin."""
    return [
        place
        for place in range(len(lesson.steps))
        if place == 0
        or not (isinstance(lesson.steps[place - 1], Question) or may_flow_on(lesson, place - 1))
    ]


def opening_of(lesson: Lesson, place: int) -> int:
    """Return the step at which the section of a step begins."""
    return max((opening for opening in openings(lesson) if opening <= place), default=0)


def opening_after(lesson: Lesson, place: int) -> int:
    """Return the step at which the next section begins; the number of steps after the last."""
    later = (opening for opening in openings(lesson) if opening > place)
    return min(later, default=len(lesson.steps))


def resumed(lesson: Lesson, place: int, title: str) -> int:
    """Return the step at which to continue, though the lesson may have changed since."""
    for number, step in enumerate(lesson.steps):
        if title and step.title == title:
            return number
    return opening_of(lesson, min(place, len(lesson.steps) - 1))


# A plan: which lessons of the course are taken when, for a class.


class PlanPart(Record):
    """One stretch of a plan."""

    when: str
    """The minutes, or the week and its topic."""
    lessons: tuple[str, ...]
    """Ids, in order."""
    remark: str = ""
    """What the stretch is about, with markup; empty for nothing."""
    exercises: tuple[str, ...] = ()


class Plan(Record):
    """A plan, part by part."""

    title: str
    parts: tuple[PlanPart, ...]
