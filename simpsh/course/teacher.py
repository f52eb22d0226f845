"""Teaching a lesson: guess, see, why. A transcript that scrolls, one idea between two stops.

It never goes on by itself. Every `:command` comes back to the same stop, and wherever one leaves,
one goes on there the next time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import asking, attempting, farewell, running_steps
from simpsh.course.commands import Commands, Go
from simpsh.course.expectation import NotThere, Unknown
from simpsh.course.listing import ListingFault, listing
from simpsh.course.needs import needs_of
from simpsh.course.reading import Left
from simpsh.course.returning import ask_again
from simpsh.course.screen.answers import sentence
from simpsh.course.screen.styled import styled
from simpsh.course.screen.text import counted, wrapped
from simpsh.course.sections import (
    base_of,
    listing_before,
    opening_after,
    opening_of,
    say_stops,
    target_of,
)
from simpsh.course.sources import Source
from simpsh.course.steps import Ask, Compare, Explore, NotShown, Predict, Run, Say, Show, Try
from simpsh.course.walking import code_spoken_of, runs_of
from simpsh.errors import SimpshError

if TYPE_CHECKING:
    from simpsh.course.lesson import Lesson
    from simpsh.course.listing import Listing
    from simpsh.course.scene import Result
    from simpsh.course.showing import Shown
    from simpsh.course.stage import Stage
    from simpsh.course.steps import AnyStep, Code, Question, Running

GO_ON = "Enter: go on "
_LONGEST_LISTING = 12
"""Lines that a listing may have beside a question."""


class Teacher:
    """Teaches one lesson on a stage.

    Args:
        lesson: what is taught.
        stage: the screen, the keyboard, the engine.
    """

    def __init__(self, lesson: Lesson, stage: Stage) -> None:
        self.lesson = lesson
        self.stage = stage
        self.at = 0
        self.guesses: dict[int, asking.Guess] = {}
        self.results: dict[str, Result] = {}
        self.last: Shown | None = None
        """What was run and shown last."""
        self.read: set[str] = set()
        """The listings that were shown since the start."""
        self.is_keeping = True
        """Whether the place is remembered; not for a single question that comes back."""
        self._listing: Listing | None = None
        self._changed: frozenset[int] = frozenset()
        self._commands = Commands(self)

    # -- walking through the steps ----------------------------------------------------------------

    def teach(self, start: int = 0) -> bool:
        """Teach from a step, from 0, to the end.

        Returns:
            Whether the end was reached; else the student left, and the place is kept.
        """
        place = opening_of(self.lesson, min(max(0, start), len(self.lesson.steps) - 1))
        self._listing = listing_before(self.lesson, place)
        try:
            self._heading(place)
            if not place:
                ask_again(self)
            while place < len(self.lesson.steps):
                self._keep(place)
                place = self._section(place)
        except Left:
            self._leave()
            return False
        except KeyboardInterrupt:
            # In the middle of a run; the terminal has echoed ^C.
            self.stage.show([()])
            self._leave()
            return False
        farewell.say(self)
        return True

    def _section(self, place: int) -> int:
        """Go through what belongs together; return where to go on."""
        after = opening_after(self.lesson, place)
        try:
            reason = self._lacking(place, after)
            if reason:
                running_steps.tell_unshown(self, place, after, reason)
                return after
            for number in range(place, after):
                self.at = number
                self._step(number, self.lesson.steps[number])
        except Go as go:
            return go.step
        return after

    def _lacking(self, place: int, after: int) -> str:
        """Return why a section cannot be shown on this machine; empty if it can."""
        for step in self.lesson.steps[place:after]:
            wanted: AnyStep | None = step
            if isinstance(step, Show) and step.of:
                wanted = runs_of(self.lesson).get(step.of)
            reason = self.stage.lacking(needs_of(wanted)) if wanted is not None else ""
            if reason:
                return reason
        return ""

    def _step(self, number: int, step: AnyStep) -> None:
        match step:
            case Say():
                self._say(number, step)
            case Predict() | Ask():
                self.question(number, step)
            case Run() | Compare() | Explore():
                running_steps.run(self, number, step)
            case Show():
                running_steps.show(self, number, step)
            case Try():
                attempting.attempt(self, step)
            case NotShown():
                words = self.fill(step, step.why)
                self.stage.show(self.stage.form.text(f"Not shown here: {words}", self.width), [()])
                self.stop(GO_ON)

    def _keep(self, place: int) -> None:
        progress = self.stage.progress
        if progress is not None and self.is_keeping and self.stage.mode != "auto":
            progress.come_to(self.lesson.id, place, _title(self.lesson.steps[place]))

    def _leave(self) -> None:
        self._keep(opening_of(self.lesson, self.at))
        words = f"Stopped. Go on at this place with: {self.stage.command} {self.lesson.id}"
        self.stage.show([styled(words, "dim")])

    def _heading(self, start: int) -> None:
        number = len(self.lesson.steps)
        parts = [counted(self.lesson.minutes, "minute"), counted(number, "step")]
        if start:
            parts.append(f"going on at step {start + 1}")
        if self.stage.mode != "auto":
            parts.append("Enter goes on, :help shows what else you can type")
        self.stage.show(wrapped(styled(self.lesson.title, "bold"), self.width))
        self.stage.show(wrapped(styled(" · ".join(parts), "dim"), self.width), [()])

    # -- stops ------------------------------------------------------------------------------------

    def stop(self, words: str) -> str:
        """Wait until the student goes on; commands are carried out and come back here.

        Raises:
            Left: the student has left.
            Go: a command goes elsewhere.
        """
        if self.stage.mode == "auto":
            return ""
        prompt = f"[{self.at + 1}/{len(self.lesson.steps)}] {words}"
        while True:
            typed = self.stage.ask(prompt)
            if not typed.startswith(":"):
                self.stage.show([()])
                return typed
            self.command(typed)

    def command(self, typed: str) -> None:
        """Carry out a `:command`; raises Left and Go."""
        self._commands.run(typed)

    # -- texts, code and questions ----------------------------------------------------------------

    @property
    def width(self) -> int:
        """Columns of the screen now."""
        return self.stage.screen.width

    def fill(self, step: AnyStep, text: str) -> str:
        """Put the listing's line numbers into a text of a step."""
        spoken_of = code_spoken_of(self.lesson, step)
        if spoken_of is None or "{line:" not in text:
            return text
        try:
            return sentence(listing(spoken_of).fill(text))
        except ListingFault:
            # `check` tells the author; a student reads on.
            return text

    def _say(self, number: int, step: Say) -> None:
        self.stage.show(self.stage.form.text(self.fill(step, step.text), self.width), [()])
        if step.code is not None:
            about = code_spoken_of(self.lesson, step)
            if about is not None:
                self.code(about, step.code)
        if say_stops(self.lesson.steps, number):
            self.stop(GO_ON)

    def question(self, number: int, step: Question) -> None:
        """Show the code and the question, and keep what is answered."""
        target = target_of(self.lesson, step)
        base = base_of(target)
        is_long = len(listing(base).lines) > _LONGEST_LISTING
        # Two functions and a question do not fit a screen: the one that is run is shown.
        self.code(target, step.code or (base.code if base.also and is_long else None))
        self.guesses[number] = asking.pose(
            self.stage, step, self.stop, self.fill(step, step.question)
        )

    def code(self, step: Running, only: Code | None = None) -> None:
        """Show a listing, or one function of it; what is new against the one before is marked."""
        whole = listing(base_of(step))
        changed = self.marks(whole)
        rows: range | tuple[int, ...] = ()
        if only is not None and not isinstance(only, Source):
            try:
                rows = whole.lines_of(only)
            except ListingFault:
                rows = ()
        self.read.add(whole.text)
        self.stage.show(self.stage.form.code(whole, rows, changed), [()])

    def marks(self, whole: Listing) -> frozenset[int]:
        """Return the lines that are new against the listing that was shown before this one."""
        if self._listing is None or whole.text != self._listing.text:
            before = self._listing
            self._changed = whole.changed_since(before) if before is not None else frozenset()
            self._listing = whole
        return self._changed

    def result_of(self, step: Running) -> Result:
        """Return what a step's run gave; it is run if it has not been."""
        if step.id not in self.results:
            self.results[step.id] = self.stage.perform(step)
        return self.results[step.id]

    def answer(self, number: int, question: Question, result: Result) -> None:
        """Say what was guessed, what it was, and why."""
        guess = self.guesses.get(number, asking.Guess())
        try:
            answers = asking.answers(question, guess, result, lambda t: self.fill(question, t))
        except (SimpshError, Unknown, NotThere) as problem:
            words = f"What it was cannot be told from this run: {problem}."
            self.stage.show(wrapped(styled(words, ""), self.width), [()])
            return
        self.stage.show(self.stage.form.answer(answers, self.width), [()])


def _title(step: AnyStep) -> str:
    """Return the text by which a step is found again; see progress."""
    for name in ("question", "text", "task", "id", "why"):
        text = getattr(step, name, "")
        if text:
            return str(text)
    return ""


def resumed(lesson: Lesson, step: int, text: str) -> int:
    """Return the step at which to go on, though the lesson may have changed since."""
    if text:
        for place, one in enumerate(lesson.steps):
            if _title(one) == text:
                return place
    return opening_of(lesson, min(step, len(lesson.steps) - 1))
