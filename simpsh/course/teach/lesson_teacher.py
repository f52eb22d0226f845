"""Teaching a lesson: guess, see, why. A transcript that scrolls, one idea between two stops.

It never continues by itself. Every `:command` comes back to the same stop, and wherever one
leaves, one continues there the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import counted
from simpsh.course.claims.expectation import Result
from simpsh.course.lesson.lesson import (
    Lesson,
    Running,
    Step,
    Task,
    code_spoken_of,
    filled,
    listing_before,
    may_flow_on,
    opening_after,
    opening_of,
    questions_before,
    resumed,
    terms_until,
)
from simpsh.course.screen.screen_parts import CodePart, Part, WhoRanPart
from simpsh.course.teach.lesson_display import (
    CodePresenter,
    ShownRun,
    facts_block,
    judged,
    left_words,
    lines_spoken_of,
    main_block,
    parts_block,
    problem_block,
    unshown_blocks,
)
from simpsh.course.teach.lesson_questions import (
    CONTINUE,
    LessonQuestions,
    LessonStop,
    ask_surprises,
    remember_surprises,
    surprises_sentence,
)
from simpsh.course.teach.student_task import attempt_task
from simpsh.course.teach.teaching_stage import (
    GoToStep,
    LessonLeft,
    TeachingStage,
    interruptible,
)
from simpsh.view.styled_text import Block, Piece, labelled, line, marked, styled, wrapped

_BLANKS = 3
"""The blank lines above and below a picture, and the prompt."""
_WIDEST_TEXT = 76
_LABEL = len("Exercise")
_UNBROKEN = 1000
"""The width of a line that is not wrapped."""


def teach(lesson: Lesson, stage: TeachingStage, start: int | None = None) -> bool:
    """Teach a lesson, by default from where the student stopped the last time.

    Args:
        lesson: what is taught.
        stage: where.
        start: the step to begin at, from 0; None for where one stopped.

    Returns:
        Whether the end was reached.
    """
    if start is None:
        place = stage.progress.place(lesson.id) if stage.progress is not None else None
        start = resumed(lesson, place.step, place.question) if place is not None else 0
    with interruptible():
        return Teacher(lesson, stage, start).teach()


class Teacher:
    """Teaches one lesson on a stage, from the section of the step `start`, counted from 0."""

    def __init__(self, lesson: Lesson, stage: TeachingStage, start: int = 0) -> None:
        self.lesson = lesson
        self._stage = stage
        self._start = opening_of(lesson, min(max(0, start), len(lesson.steps) - 1))
        self._results: dict[str, Result] = {}
        self.stop = LessonStop(lesson, stage, self._start)
        self._code = CodePresenter(stage, listing_before(lesson, self._start))
        self.questions = LessonQuestions(lesson, stage, self.stop, self._code)

    def teach(self) -> bool:
        """Teach to the end.

        Returns:
            Whether the end was reached; else the student left, and the place is kept.
        """
        place = self._start
        try:
            start = place
            number = len(self.lesson.steps)
            parts = [counted(self.lesson.minutes, "minute"), counted(number, "step")]
            if start:
                parts.append(f"going on at step {start + 1}")
            if self._stage.mode != "auto":
                parts.append("Enter continues, :help shows what else you can type")
            self._stage.show(wrapped(styled(self.lesson.title, "bold"), self._width))
            self._stage.show(wrapped(styled(" · ".join(parts), "dim"), self._width), [()])
            if not place:
                ask_surprises(self._stage, self.lesson)
                if self._stage.progress is not None and self._stage.mode == "study":
                    self._stage.progress.begin(self.lesson.id)
            while place < len(self.lesson.steps):
                self._keep(place)
                place = self._section(place)
        except LessonLeft:
            self._leave()
            return False
        except KeyboardInterrupt:
            # In the middle of a run; the terminal has echoed ^C.
            self._stage.show([()])
            self._leave()
            return False
        self._say_goodbye()
        return True

    def take_step(self, number: int) -> ShownRun | None:
        """Take one step by itself, counted from 0; return what it has run, or looked at again.

        Raises:
            LessonLeft, GoToStep: the student goes elsewhere.
        """
        self.stop.step = number
        self.stop.last = None
        self.lesson.steps[number].teach(self)
        return self.stop.last

    # -- walking through the steps ----------------------------------------------------------------

    def _section(self, place: int) -> int:
        """Go through what belongs together; return where to continue."""
        after = opening_after(self.lesson, place)
        try:
            reason = self._lacking(place, after)
            if reason:
                steps = self.lesson.steps[place:after]
                self.stop.step = after - 1
                for step in steps:
                    if step.prose:
                        self._text(filled(self.lesson, step, step.prose))
                running = [step for step in steps if isinstance(step, Running)]
                self._stage.show(*unshown_blocks(reason, running, self._width))
                for step in steps:
                    if step.task:
                        self._text(f"The task, not tried here: {step.task}")
                self.stop.wait(CONTINUE)
                return after
            for number in range(place, after):
                self.stop.step = number
                self.lesson.steps[number].teach(self)
        except GoToStep as elsewhere:
            return elsewhere.step
        return after

    def _lacking(self, place: int, after: int) -> str:
        """Return why a section cannot be shown on this machine; empty if it can."""
        for step in self.lesson.steps[place:after]:
            shown = step.run_shown(self.lesson) or step
            if reason := self._stage.lacking(shown.all_needs):
                return reason
        return ""

    def _keep(self, place: int) -> None:
        if self._stage.progress is not None and self._stage.mode != "auto":
            title = self.lesson.steps[place].title
            self._stage.progress.come_to(self.lesson.id, place, title)

    def _leave(self) -> None:
        self._keep(opening_of(self.lesson, self.stop.step))
        command = self._stage.command_for(f"run {self.lesson.id}")
        words = f"Stopped. Go on at this place with: {command}"
        self._stage.show([styled(words, "dim")])

    # -- what steps ask for -----------------------------------------------------------------------

    def say(self, step: Step, text: str) -> None:
        """Show a text, and the code that belongs to it; stop where the step does not flow on."""
        scrolled = [] if step.code is not None else self._spoken_of(step, text)
        words = filled(self.lesson, step, text)
        self._stage.show(self._stage.form.text(words, self._width), scrolled, [()])
        about = code_spoken_of(self.lesson, step) if step.code is not None else None
        if about is not None:
            self._code.show(about, step.code)
        if not may_flow_on(self.lesson, self.stop.step):
            self.stop.wait(CONTINUE)

    def ask(self) -> None:
        """Ask the question, and keep what is answered."""
        self.questions.ask(self.stop.step)

    def attempt(self, task: Task) -> None:
        """Put a task, and let lines be tried until one does what it should."""
        attempt_task(self._stage, self.stop, task, filled(self.lesson, task, task.task))

    def run(self, step: Running) -> None:
        """Run a step's demonstration; show what happened, then why."""
        stage, number = self._stage, self.stop.step
        if not questions_before(self.lesson, number):
            is_new = self._code.is_new(step.demonstration)
            if is_new:
                self._code.show(step.demonstration)
            # Where nothing has been shown since the last stop, there is nothing to stop for.
            if is_new or (number and self.lesson.steps[number - 1].prose):
                self.stop.wait("Enter: run it ")
        if step.waiting_words:
            stage.screen.wait(step.waiting_words)
        try:
            result = stage.perform(step)
        except SimpshError as problem:
            stage.show(*unshown_blocks(f"{problem}", [step], self._width))
            self.stop.wait(CONTINUE)
            return
        self._results[step.id] = result
        shown = judged(stage, step, result, self._code.changed_lines(step.demonstration))
        self.stop.note_run(shown)
        problems = problem_block(stage, result)
        words = left_words(result)
        left = wrapped(styled(words, "dim"), self._width) if words else []
        tail = self.questions.rows_before(number, result)
        rows = stage.rows - len(problems) - len(left) - tail - _BLANKS
        # The picture comes first: facts are unfolded only into what it leaves.
        block = main_block(stage, shown, rows - bool(shown.facts))
        stage.show(problems, [()] if problems else [], block, [()] if block else [])
        self._answer(number, result)
        facts = facts_block(stage, shown, rows - len(block), is_all=not block)
        stage.show(facts, left)
        if left and stage.mode == "auto":
            stage.show([()])
        self.stop.wait(CONTINUE)

    def look_again(
        self, step: Step, run: Running, text: str, parts: Callable[[Result], Sequence[Part]]
    ) -> None:
        """Look once more at an earlier run, and answer the question before it."""
        stage, number = self._stage, self.stop.step
        try:
            if run.id not in self._results:
                self._results[run.id] = stage.perform(run)
        except SimpshError as problem:
            stage.show(*unshown_blocks(f"{problem}", [], self._width))
            self.stop.wait(CONTINUE)
            return
        result = self._results[run.id]
        shown = judged(stage, run, result)
        self.stop.note_run(shown)
        looked_at = parts(result)
        words = filled(self.lesson, step, text)
        text_block = stage.form.text(words, self._width) if text else []
        if not any(isinstance(part, CodePart | WhoRanPart) for part in looked_at):
            text_block = [*text_block, *self._spoken_of(step, text)]
        tail = self.questions.rows_before(number, result)
        rows = stage.rows - tail - len(text_block) - _BLANKS - 1
        block = parts_block(stage, shown, looked_at, rows)
        stage.show(block, [()] if block else [])
        self._answer(number, result)
        if text_block:
            stage.show(text_block, [()])
        self.stop.wait(CONTINUE)

    def _text(self, text: str) -> None:
        self._stage.show(self._stage.form.text(text, self._width), [()])

    def _spoken_of(self, step: Step, text: str) -> Block:
        return lines_spoken_of(self._stage, self.lesson, step, text)

    def _answer(self, number: int, result: Result) -> None:
        surprising = self.questions.answer_before(number, result)
        remember_surprises(self._stage, self.lesson, surprising)

    @property
    def _width(self) -> int:
        return self._stage.screen.width

    # -- the end ----------------------------------------------------------------------------------

    def _say_goodbye(self) -> None:
        """Say what the lesson is good for, what to keep, where to read on, and what is next."""
        stage, lesson = self._stage, self.lesson
        width = min(_WIDEST_TEXT, self._width)
        parts = [("What it is good for", lesson.good_for), ("Remember", lesson.remember)]
        parts.append(("Read on", " · ".join(lesson.read_on)))
        terms = terms_until(lesson, len(lesson.steps)) if stage.mode == "auto" else []
        if terms:
            how = "`simpsh lesson what TERM` says what one means"
            parts.append(("Terms", f"{' · '.join(terms)} – {how}"))
        for head, text in parts:
            if text:
                rows = wrapped(marked(text), width - 2)
                stage.show([(Piece(head, "bold"),), *(line("  ", row) for row in rows), ()])
        if stage.progress is not None and stage.mode != "auto":
            stage.progress.finish(lesson.id)
        stage.show(self._farewell(width))

    def _farewell(self, width: int) -> Block:
        """Return how the guesses went, and commands that can be copied."""
        stage, lesson = self._stage, self.lesson
        sentences = []
        if stage.progress is not None and stage.mode == "study":
            guessed = stage.progress.place(lesson.id).guessed.values()
            # Where no guess was right, nothing is said: a guess costs nothing.
            if any(guessed):
                sentences.append(f"{sum(guessed)} of {len(guessed)} guessed right.")
            sentences.append(surprises_sentence(stage, lesson))
        words = " ".join(filter(None, sentences))
        block = [*wrapped(styled(words, ""), width), ()] if words else []
        commands = []
        if lesson.exercise:
            commands.append(("Exercise", f"exercise start {lesson.exercise}"))
        ids = stage.library.ids if stage.library is not None else ()
        following = dict(pairwise(ids)).get(lesson.id)
        if following:
            commands.append(("Next", f"run {following}"))
        for label, words in commands:
            # Not wrapped: a command is copied as one line.
            command = styled(stage.command_for(words), "bold")
            block.extend(labelled(label.ljust(_LABEL), command, _LABEL, _UNBROKEN))
        return block
