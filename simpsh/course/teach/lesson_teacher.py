"""Teaching a lesson: guess, see, why. A transcript that scrolls, one idea between two stops.

It never continues by itself. Every `:command` comes back to the same stop, and wherever one
leaves, one continues there the next time.
"""

from __future__ import annotations

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import counted
from simpsh.course.guard.machine_needs import needs_of
from simpsh.course.lesson.expectation import Result
from simpsh.course.lesson.lesson_outline import (
    RUNNING,
    base_of,
    code_spoken_of,
    filled,
    listing_before,
    opening_after,
    opening_of,
    questions_before,
    runs_of,
    say_stops,
    title_of_step,
)
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Ask,
    Compare,
    Explore,
    Lesson,
    NotShown,
    Predict,
    Run,
    Running,
    Say,
    Show,
    Try,
)
from simpsh.course.lesson.lesson_texts import terms_until
from simpsh.course.teach.code_presenter import CodePresenter, lines_spoken_of
from simpsh.course.teach.lesson_farewell import farewell
from simpsh.course.teach.lesson_questions import LessonQuestions
from simpsh.course.teach.lesson_stop import CONTINUE, LessonStop
from simpsh.course.teach.run_display import (
    ShownRun,
    facts_block,
    judged,
    left_block,
    main_block,
    problem_block,
    show_block,
    unshown_blocks,
)
from simpsh.course.teach.student_task import attempt_task
from simpsh.course.teach.surprise_questions import ask_surprises, remember_surprises
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingStage
from simpsh.view.styled_text import Block, Piece, line, marked, styled, wrapped

_BLANKS = 3
"""The blank lines above and below a picture, and the prompt."""


class Teacher:
    """Teaches one lesson on a stage, from the section of the step `start`, counted from 0."""

    def __init__(self, lesson: Lesson, stage: TeachingStage, start: int = 0) -> None:
        self._lesson = lesson
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
            self._heading(place)
            if not place:
                self._begin()
            while place < len(self._lesson.steps):
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
        self._step(number, self._lesson.steps[number])
        return self.stop.last

    # -- walking through the steps ----------------------------------------------------------------

    def _heading(self, start: int) -> None:
        number = len(self._lesson.steps)
        parts = [counted(self._lesson.minutes, "minute"), counted(number, "step")]
        if start:
            parts.append(f"going on at step {start + 1}")
        if self._stage.mode != "auto":
            parts.append("Enter continues, :help shows what else you can type")
        self._stage.show(wrapped(styled(self._lesson.title, "bold"), self._width))
        self._stage.show(wrapped(styled(" · ".join(parts), "dim"), self._width), [()])

    def _begin(self) -> None:
        ask_surprises(self._stage, self._lesson)
        if self._stage.progress is not None and self._stage.mode == "study":
            self._stage.progress.begin(self._lesson.id)

    def _section(self, place: int) -> int:
        """Go through what belongs together; return where to continue."""
        after = opening_after(self._lesson, place)
        try:
            reason = self._lacking(place, after)
            if reason:
                self._tell_unshown_section(place, after, reason)
                return after
            for number in range(place, after):
                self.stop.step = number
                self._step(number, self._lesson.steps[number])
        except GoToStep as elsewhere:
            return elsewhere.step
        return after

    def _lacking(self, place: int, after: int) -> str:
        """Return why a section cannot be shown on this machine; empty if it can."""
        for step in self._lesson.steps[place:after]:
            wanted: AnyStep | None = step
            if isinstance(step, Show) and step.of:
                wanted = runs_of(self._lesson).get(step.of)
            reason = self._stage.lacking(needs_of(wanted)) if wanted is not None else ""
            if reason:
                return reason
        return ""

    def _step(self, number: int, step: AnyStep) -> None:
        match step:
            case Say():
                self._say(number, step)
            case Predict() | Ask():
                self.questions.ask(number)
            case Run() | Compare() | Explore():
                self._run(number, step)
            case Show():
                self._show_again(number, step)
            case Try():
                attempt_task(self._stage, self.stop, step, self._filled(step, step.task))
            case NotShown():
                self._text(f"Not shown here: {self._filled(step, step.why)}")
                self.stop.wait(CONTINUE)

    def _keep(self, place: int) -> None:
        if self._stage.progress is not None and self._stage.mode != "auto":
            title = title_of_step(self._lesson.steps[place])
            self._stage.progress.come_to(self._lesson.id, place, title)

    def _leave(self) -> None:
        self._keep(opening_of(self._lesson, self.stop.step))
        command = self._stage.command_for(f"run {self._lesson.id}")
        words = f"Stopped. Go on at this place with: {command}"
        self._stage.show([styled(words, "dim")])

    # -- what a step says -------------------------------------------------------------------------

    def _say(self, number: int, step: Say) -> None:
        scrolled = [] if step.code is not None else self._spoken_of(step, step.text)
        self._stage.show(self._stage.form.text(self._filled(step, step.text), self._width))
        self._stage.show(scrolled, [()])
        about = code_spoken_of(self._lesson, step) if step.code is not None else None
        if about is not None:
            self._code.show(about, step.code)
        if say_stops(self._lesson.steps, number):
            self.stop.wait(CONTINUE)

    def _text(self, text: str) -> None:
        self._stage.show(self._stage.form.text(text, self._width), [()])

    def _spoken_of(self, step: AnyStep, text: str) -> Block:
        return lines_spoken_of(self._stage, self._lesson, step, text)

    def _filled(self, step: AnyStep, text: str) -> str:
        return filled(self._lesson, step, text)

    @property
    def _width(self) -> int:
        return self._stage.screen.width

    # -- what a step runs, and what was run once more ---------------------------------------------

    def _run(self, number: int, step: Running) -> None:
        """Run a step's demonstration; show what happened, then why."""
        stage = self._stage
        if not questions_before(self._lesson, number):
            is_new = self._code.is_new(step)
            if is_new:
                self._code.show(step)
            # Where nothing has been shown since the last stop, there is nothing to stop for.
            if is_new or (number and isinstance(self._lesson.steps[number - 1], Say)):
                self.stop.wait("Enter: run it ")
        if isinstance(base_of(step), Explore):
            stage.screen.wait("trying every order …")
        try:
            result = stage.perform(step)
        except SimpshError as problem:
            stage.show(*unshown_blocks(f"{problem}", [step], self._width))
            self.stop.wait(CONTINUE)
            return
        self._results[step.id] = result
        shown = judged(stage, step, result, self._code.changed_lines(step))
        self.stop.note_run(shown)
        problems = problem_block(stage, result)
        left = left_block(stage, shown)
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

    def _show_again(self, number: int, step: Show) -> None:
        """Look once more at an earlier run, and answer the question before it."""
        stage = self._stage
        words = self._filled(step, step.text)
        target = runs_of(self._lesson)[step.of] if step.of else None
        if target is None:
            self._text(words)
            self.stop.wait(CONTINUE)
            return
        try:
            result = self._result_of(target)
        except SimpshError as problem:
            stage.show(*unshown_blocks(f"{problem}", [], self._width))
            self.stop.wait(CONTINUE)
            return
        shown = judged(stage, target, result)
        self.stop.note_run(shown)
        text = stage.form.text(words, self._width) if step.text else []
        if step.what not in ("code", "who ran"):
            text = [*text, *self._spoken_of(step, step.text)]
        tail = self.questions.rows_before(number, result)
        block = show_block(stage, step, shown, stage.rows - tail - len(text) - _BLANKS - 1)
        stage.show(block, [()] if block else [])
        self._answer(number, result)
        if text:
            stage.show(text, [()])
        self.stop.wait(CONTINUE)

    def _result_of(self, step: Running) -> Result:
        """Return what a step's run gave; it is run if it has not been."""
        if step.id not in self._results:
            self._results[step.id] = self._stage.perform(step)
        return self._results[step.id]

    def _answer(self, number: int, result: Result) -> None:
        surprising = self.questions.answer_before(number, result)
        remember_surprises(self._stage, self._lesson, surprising)

    def _tell_unshown_section(self, place: int, after: int, reason: str) -> None:
        """Say of a section what this machine cannot show, and what it would have shown."""
        steps = self._lesson.steps[place:after]
        self.stop.step = after - 1
        for step in steps:
            if isinstance(step, Say):
                self._text(self._filled(step, step.text))
        running = [step for step in steps if isinstance(step, RUNNING)]
        self._stage.show(*unshown_blocks(reason, running, self._width))
        for step in steps:
            if isinstance(step, Try):
                self._text(f"The task, not tried here: {step.task}")
        self.stop.wait(CONTINUE)

    # -- the end ----------------------------------------------------------------------------------

    def _say_goodbye(self) -> None:
        """Say what the lesson is good for, what to keep, where to read on, and what is next."""
        stage, lesson = self._stage, self._lesson
        width = min(76, self._width)
        if lesson.good_for:
            stage.show(_part("What it is good for", lesson.good_for, width))
        stage.show(_part("Remember", lesson.remember, width))
        if lesson.read_on:
            stage.show(_part("Read on", " · ".join(lesson.read_on), width))
        terms = terms_until(lesson, len(lesson.steps)) if stage.mode == "auto" else []
        if terms:
            how = "`simpsh lesson what TERM` says what one means"
            stage.show(_part("Terms", f"{' · '.join(terms)} – {how}", width))
        if stage.progress is not None and stage.mode != "auto":
            stage.progress.finish(lesson.id)
        stage.show(farewell(stage, lesson, width))


def _part(head: str, text: str, width: int) -> Block:
    rows = wrapped(marked(text), width - 2)
    return [(Piece(head, "bold"),), *(line("  ", row) for row in rows), ()]
