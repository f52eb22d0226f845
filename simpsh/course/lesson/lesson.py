"""A lesson, and the interface of all kinds of steps.

A kind of step is a class with the step's fields and the methods of `Step`. The teacher, the
checker and the page builder say what they do with each: a new kind joins `AnyStep` in
text_steps.py, and mypy names each `match` that lacks it. Lessons import it by its name in
lesson_words.py.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.course.claims.claim import Proof, Result, calls_of, holds
from simpsh.course.claims.demonstration import (
    NO_EDIT,
    C,
    Claim,
    Demonstration,
    Edit,
    Listing,
    ListingFault,
    Unique,
    listing,
)
from simpsh.course.lesson.term_glossary import terms_in
from simpsh.course.screen.answer_lines import SO_IT_WAS, Answer, Part
from simpsh.view.styled_text import line, marked, plain


class AuthorFault(SimpshError):
    """A lesson violates the rules for lesson files."""


class CheckFailed(Exception):
    """A check failed; the message describes the observation."""


class Lesson(Unique):
    """One lesson: a list of steps and a sentence to remember.

    Its file has the steps; the index of its folder has the id, the title and the unit.
    """

    steps: Sequence[Step]
    remember: str
    """The one sentence to remember."""
    requires: Sequence[str] = ()
    """Ids of lessons that should come first."""
    read_on: Sequence[str] = ()
    """Man pages, sections of POSIX, chapters of books: `wait(2)`, `POSIX.1-2024 fork()` …"""
    exercise: str = ""
    """The id of the exercise that is offered at the end of the lesson."""
    good_for: str = ""
    """Uses of the idea, in one or two sentences; shown before `remember`."""
    id: str = ""
    """Lower-case words with dashes: the name of its folder."""
    title: str = ""
    minutes: int = 1
    chapter: str = ""


class Step(Unique):
    """One part of a lesson between two stops."""

    @property
    def title(self) -> str:
        """The first text of the step, which identifies it after the lesson has changed."""
        return next(iter(self.texts()))[1]

    @property
    def claims(self) -> Sequence[Claim]:
        """The claims about the step's run."""
        return ()

    @property
    def part(self) -> str | None:
        """The part of the next run's program that belongs to the step's text.

        A function, MAIN, or empty for the whole program; None if no code belongs to the text.
        """
        return None

    hint = ""
    """The text of `:hint`."""

    @property
    def prose(self) -> str:
        """Text for readers whose machine cannot run anything; empty for most kinds."""
        return ""

    task = ""
    """The task at the prompt; empty for most kinds."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Needs that the author declares."""
        return ()

    @property
    def all_needs(self) -> tuple[str, ...]:
        """All needs, declared by the author or implied by the kind of step."""
        return self.needs

    @property
    def flows_on(self) -> bool:
        """Whether the next step may follow without a stop."""
        return False

    begins_anew = False
    """Whether there is always a stop before the step."""

    def run_shown(self, lesson: Lesson) -> Running | None:
        """Return the run that the step refers to; None for the nearest one."""
        return None

    @abstractmethod
    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the texts in reading order, each with its kind."""


class Running(Step):
    """A step that runs something and can have claims about it."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The id that other steps use to refer to the run."""

    @property
    @abstractmethod
    def demonstration(self) -> Demonstration:
        """The demonstration whose code the step shows."""

    @property
    @abstractmethod
    def heading(self) -> str:
        """The heading on a page if no question precedes the step."""

    @property
    def rows(self) -> Mapping[str, Edit]:
        """The edits that run side by side, by the text of the row; empty for a single run."""
        return {}

    @property
    def watch(self) -> Sequence[str]:
        """Variables and calls that the picture shows."""
        return ()

    @property
    def calls(self) -> frozenset[str]:
        """The system calls that must be observed to judge the claims."""
        return frozenset[str]().union(*(calls_of(claim.proof) for claim in self.claims))

    @property
    def waiting_words(self) -> str:
        """The message while the step runs."""
        return "running the program …"

    observer = "ptrace"
    """The facility of the machine through which the step is observed."""

    @property
    def title(self) -> str:
        """The first text of the step, which identifies it after the lesson has changed."""
        return self.id

    @property
    def all_needs(self) -> tuple[str, ...]:
        """All needs, declared by the author or implied by the code."""
        compiler = ["compiler"] if isinstance(self.demonstration.code, C) else []
        return tuple(dict.fromkeys([*self.needs, *compiler, self.observer, "temporary dir"]))

    def run_shown(self, lesson: Lesson) -> Running | None:
        """Return the step itself."""
        return self

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the sentences of the claims."""
        yield from (("claim", claim.sentence) for claim in self.claims)

    @abstractmethod
    def perform(self, edit: Edit = NO_EDIT) -> Result:
        """Run the demonstration of the step.

        Raises NotObservable or NotGuarded if this machine cannot show it, with the reason;
        ListingFault if the edit does not match.
        """

    @abstractmethod
    def parts(self, result: Result) -> Sequence[Part]:
        """Return the visible parts of a result."""

    @abstractmethod
    def problems(self, result: Result) -> Iterator[str]:
        """Yield failures of a run and the processes that it left."""

    def with_fewer_runs(self, runs: int) -> Running:
        """Return this step with at most `runs` free runs of a race, which is cheaper."""
        return self


class Choice(Unique):
    """One answer to a question, the proof that makes it right, and the reason."""

    text: str
    proof: Proof
    because: str
    """The reply to a student who chose it: why it is right, or when it would be."""


class Question(Step):
    """A question before a run, with choices: exactly one is true of the run that follows."""

    question: str
    choices: tuple[Choice, ...]
    """The choices, in a pseudo-random order that depends only on their texts."""
    part: str | None = None
    """The part of the next run's program that is shown; see Step.part."""
    hint: str = ""
    """The text of `:hint`: where to look or what to consider, not the answer."""
    again: Sequence[Edit] = ()
    """Edits of the run that make another choice true; the question is repeated with them."""
    turn: int = 0
    """How often it was asked before; the order of the choices depends on it."""

    def __init__(
        self,
        question: str,
        *choices: Choice,
        part: str | None = None,
        hint: str = "",
        again: Edit | Sequence[Edit] = (),
        turn: int = 0,
    ) -> None:
        def sort_key(choice: Choice) -> bytes:
            # Not always a Choice: values of other types are reported when the lesson is loaded.
            text = f"{question}\0{getattr(choice, 'text', choice)}"
            return sha256(f"{text}\0{turn}".encode() if turn else text.encode()).digest()

        # The order depends only on the texts, so class and handout agree.
        in_order = tuple(sorted(choices, key=sort_key))
        again = (again,) if isinstance(again, Edit) else again
        super().__init__(question, in_order, part, hint, again, turn)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the question, its choices with their reasons, and the hint."""
        yield "question", self.question
        for choice in self.choices:
            yield "choice", choice.text
            yield "because", choice.because
        yield "hint", self.hint

    def right(self, result: Result) -> int:
        """Return the index of the choice that is true of a run.

        Raises AuthorFault if not exactly one is true, Unknown if this machine cannot decide.
        """
        true = [index for index, each in enumerate(self.choices) if holds(each.proof, result)]
        if len(true) == 1:
            return true[0]
        which = ", ".join(f"“{self.choices[index].text}”" for index in true) or "none"
        raise AuthorFault(
            f"exactly one choice must be true of the run, and {len(true)} are ({which}); "
            "change the expressions of the others"
        )

    def answers(self, guess: int | None, result: Result) -> list[Answer]:
        """Return the replies to a guess, the index of a choice; raises like right()."""
        right = self.choices[self.right(result)]
        because = Answer("because", marked(right.because))
        right_text = marked(f"**{right.text}**")
        was = Answer("it was", right_text)
        if guess is None:
            return [was, because]
        chosen = self.choices[guess]
        if chosen is right:
            return [Answer("you said", line(right_text, SO_IT_WAS)), because]
        but = Answer("but", marked(chosen.because))
        return [Answer("you said", marked(chosen.text)), was, because, but]


# Relations within a lesson: runs and questions, texts, and sections.


def runs_of(lesson: Lesson) -> dict[str, Running]:
    """Return the steps that run something, by id."""
    return {step.id: step for step in lesson.steps if isinstance(step, Running)}


def answer_to(lesson: Lesson, question: Question) -> Running | None:
    """Return the step that answers a question: the next run, or the run of the next Show.

    None if no run follows, which is an error of the author.
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


def questions_before(lesson: Lesson, index: int) -> list[int]:
    """Return the questions, by step, that the step at `index` answers."""
    first = index
    while first and isinstance(lesson.steps[first - 1], Question):
        first -= 1
    return list(range(first, index))


# The code that a text refers to.


def run_referred_to(lesson: Lesson, step: Step) -> Running | None:
    """Return the run that a step's texts refer to.

    A question refers to the run that answers it; a run and a Show refer to themselves. A text with
    code refers to the next run; other texts refer to the previous run, or else to the next.
    """
    if isinstance(step, Question):
        return answer_to(lesson, step)
    if run := step.run_shown(lesson):
        return run
    steps = list(lesson.steps)
    index = steps.index(step)
    earlier, later = _first_run(reversed(steps[:index])), _first_run(steps[index:])
    return (later or earlier) if step.part is not None else (earlier or later)


def code_referred_to(lesson: Lesson, step: Step) -> Demonstration | None:
    """Return the program that a step's texts refer to."""
    running = run_referred_to(lesson, step)
    return running.demonstration if running is not None else None


def plain_text(text: str) -> str:
    """Return a text without markup.

    >>> plain_text("**How often** is it `done`?")
    'How often is it done?'
    """
    return plain(marked(text))


def listing_before(lesson: Lesson, index: int) -> Listing | None:
    """Return the last listing shown before a step; new lines are marked relative to it."""
    step = _first_run(reversed(lesson.steps[:index]))
    return listing(step.demonstration) if step is not None else None


def _first_run(steps: Iterable[Step]) -> Running | None:
    return next((step for step in steps if isinstance(step, Running)), None)


# All texts, in reading order.


class LessonText(Record):
    """One text with markup, and its location."""

    step: int
    """The number of its step, from 1; 0 for a text of the lesson as a whole."""
    part: str
    """The kind of text: question, hint, because …"""
    text: str


def texts_of(lesson: Lesson) -> list[LessonText]:
    """Return every text of a lesson."""
    texts = [LessonText(0, "title", lesson.title)]
    for number, step in enumerate(lesson.steps, 1):
        texts += [LessonText(number, part, text) for part, text in step.texts()]
    texts += [LessonText(0, "good_for", lesson.good_for)]
    texts += [LessonText(0, "remember", lesson.remember)]
    return [text for text in texts if text.text]


def terms_until(lesson: Lesson, index: int) -> list[str]:
    """Return the terms marked in the texts up to a step (its index), without repetitions."""
    texts = [text.text for text in texts_of(lesson) if text.step <= index + 1]
    return list(dict.fromkeys(term for text in texts for term in terms_in(text)))


# Sections.


def may_flow_on(lesson: Lesson, index: int) -> bool:
    """Return whether the step after `index` follows without a stop."""
    steps = lesson.steps
    is_followed = index + 1 < len(steps) and not steps[index + 1].begins_anew
    return steps[index].flows_on and is_followed


def openings(lesson: Lesson) -> list[int]:
    """Return the indices of steps where a section begins."""
    return [
        index
        for index in range(len(lesson.steps))
        if index == 0
        or not (isinstance(lesson.steps[index - 1], Question) or may_flow_on(lesson, index - 1))
    ]


def opening_of(lesson: Lesson, index: int) -> int:
    """Return the index of the first step of a step's section."""
    return max((opening for opening in openings(lesson) if opening <= index), default=0)


def opening_after(lesson: Lesson, index: int) -> int:
    """Return the index of the next section's first step; after the last, the number of steps."""
    later = (opening for opening in openings(lesson) if opening > index)
    return min(later, default=len(lesson.steps))
