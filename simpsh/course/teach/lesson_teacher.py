"""Teaching a lesson: guess, see, why. The text scrolls, with one idea between two stops.

The lesson continues only on input. After a `:command` it returns to the same stop, and a student
who leaves continues at the same stop the next time.
"""

from __future__ import annotations

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import counted
from simpsh.course.claims.claim import Result
from simpsh.course.lesson.lesson import (
    Lesson,
    Question,
    Running,
    Step,
    code_referred_to,
    listing_before,
    may_flow_on,
    opening_after,
    opening_of,
    questions_before,
)
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.lesson.text_steps import AnyStep, Say, Show, Try
from simpsh.course.screen.answer_lines import judge_claims
from simpsh.course.teach.course_map import CourseMap
from simpsh.course.teach.lesson_display import (
    CodePresenter,
    ShownRun,
    facts_block,
    parts_block,
    problem_block,
    shown_run,
    unshown,
)
from simpsh.course.teach.lesson_questions import (
    CONTINUE,
    LessonQuestions,
    LessonStop,
    ask_surprises,
)
from simpsh.course.teach.open_parts import open_parts
from simpsh.course.teach.student_progress import LessonPosition, ProgressRecord, open_words
from simpsh.course.teach.student_task import attempt_task, mend, show_broken
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingStage, interruptible
from simpsh.view.styled_text import Piece, add_label, line, marked, styled, wrapped

_COMES_BACK = "1 question comes back before a later lesson."
_COME_BACK = "questions come back before later lessons."
_BLANKS = 3
"""The blank lines around a picture, and the prompt."""
_LABEL = len("Exercise")
_UNBROKEN = 1000
"""The width of lines that must not be wrapped."""


def teach(lesson: Lesson, stage: TeachingStage, start: int | None = None) -> bool:
    """Teach a lesson; return whether the end was reached.

    It begins at the index `start`, by default where the student stopped the last time.
    """
    if start is None:
        start = 0
        if stage.progress is not None:
            position = stage.progress.position(lesson.id)
            start = opening_of(lesson, min(position.step, len(lesson.steps) - 1))
            if position.open and not start:
                start = next((index for index, _ in open_parts(lesson, stage)), 0)
    with interruptible():
        return Teacher(lesson, stage, start).teach()


class Teacher:
    """Teaches one lesson on a stage, from the section that contains the index `start`."""

    def __init__(self, lesson: Lesson, stage: TeachingStage, start: int = 0) -> None:
        self.lesson = lesson
        self._stage = stage
        self._start = opening_of(lesson, min(max(0, start), len(lesson.steps) - 1))
        self._results: dict[str, Result] = {}
        self.stop = LessonStop(lesson, stage, self._start)
        self._code = CodePresenter(stage, listing_before(lesson, self._start))
        self.questions = LessonQuestions(lesson, stage, self.stop, self._code)

    def teach(self) -> bool:
        """Teach; return whether the end was reached."""
        number = self._start
        try:
            steps = counted(len(self.lesson.steps), "step")
            keys = "Enter continues, :help shows what else you can type"
            if unseen := sum(
                bool(self._stage.lacking(step.all_needs)) for step in self.lesson.steps
            ):
                # Print one line only, as the first screen may be full.
                steps, keys = f"{steps}, {unseen} not shown here: simpsh doctor", "Enter, :help"
            parts = [counted(self.lesson.minutes, "minute"), steps]
            if number:
                parts.append(f"continues at step {number + 1}")
            if self._stage.mode != "auto":
                parts.append(keys)
            self._stage.say(self.lesson.title, "bold")
            self._stage.say(" · ".join(parts))
            self._stage.show([()])
            if not number:
                ask_surprises(self._stage, self.lesson)
                if self._stage.progress is not None:
                    self._stage.progress.begin(self.lesson.id)
            while number < len(self.lesson.steps):
                self._keep(number)
                number = self._section(number)
        except (LessonLeft, KeyboardInterrupt) as leaving:
            if isinstance(leaving, KeyboardInterrupt):
                # Interrupted during a run: end the line on which the terminal echoed ^C.
                self._stage.show([()])
            self._keep(opening_of(self.lesson, self.stop.step))
            command = self._stage.command_for(f"run {self.lesson.id}")
            self._stage.show([styled(f"Stopped. Continue here with: {command}", "dim")])
            return False
        self._say_goodbye()
        return True

    # -- going through the steps ------------------------------------------------------------------

    def _section(self, start: int) -> int:
        """Go through a section; return the index of the step to continue at."""
        after = opening_after(self.lesson, start)
        steps, stage = self.lesson.steps[start:after], self._stage
        try:
            # Reasons why the section cannot be shown on this machine.
            reasons = [stage.lacking((s.run_shown(self.lesson) or s).all_needs) for s in steps]
            if reason := next(filter(None, reasons), ""):
                self.stop.step = after - 1
                for text in filter(None, (step.prose or step.task for step in steps)):
                    stage.show(stage.form.text(text, stage.width), [()])
                stage.show(unshown(stage, reason, steps))
                self.stop.wait(CONTINUE)
                return after
            for number in range(start, after):
                self.stop.step = number
                self._teach(self.lesson.steps[number])  # type: ignore[arg-type]  # a kind
        except GoToStep as elsewhere:
            return elsewhere.step
        return after

    def _keep(self, number: int) -> None:
        if self._stage.progress is not None:
            self._stage.progress.store_position(self.lesson.id, number)

    # -- the kinds of steps ----------------------------------------------------------------------

    def _teach(self, step: AnyStep) -> None:
        match step:
            case Say():
                self._say(step, step.text)
            case Question():
                self.questions.ask(self.stop.step)
            case Running():
                self._run(step)
            case Show():
                self._look_again(step)
            case Try():
                self.attempt(step)
            case Repair():
                self._mend(step)

    def _say(self, step: Step, text: str) -> None:
        """Show a text and its code; stop unless the next step flows on."""
        stage = self._stage
        has_code = step.part is not None
        stage.show(stage.form.text(text, stage.width), [()])
        about = code_referred_to(self.lesson, step) if has_code else None
        if about is not None:
            self._code.show(about, step.part)
        if not may_flow_on(self.lesson, self.stop.step):
            self.stop.wait(CONTINUE)

    def attempt(self, task: Try) -> None:
        """Show a task and accept lines until one solves it."""
        attempt_task(self._stage, self.stop, task, task.about)

    def _mend(self, step: Repair) -> None:
        """Show a broken program, and let the student repair it."""
        stage = self._stage
        show_broken(stage, step)
        if stage.prompt is None or stage.mode != "study":
            self.stop.wait(CONTINUE)
        elif mend(stage, self.stop, step, stage.prompt, f"repair-{self.lesson.id}"):
            self.stop.read(CONTINUE)

    def _run(self, step: Running) -> None:
        """Run a step's demonstration; show the result, then the explanation."""
        stage, number = self._stage, self.stop.step
        if not questions_before(self.lesson, number):
            is_new = self._code.is_new(step.demonstration)
            if is_new:
                self._code.show(step.demonstration)
            # Skip the stop if nothing has been shown since the last one.
            if is_new or (number and self.lesson.steps[number - 1].prose):
                self.stop.wait("Enter: run it ")
        try:
            result = stage.await_result(step)
        except SimpshError as problem:
            stage.show(unshown(stage, f"{problem}", [step]))
            self.stop.wait(CONTINUE)
            return
        self._results[step.id] = result
        shown = self._show_run(step)
        problems = problem_block(stage, result)
        reply = self.questions.with_run(number, result)
        rows = stage.rows - len(problems) - len(reply) - _BLANKS
        # The picture has priority: claims get the remaining rows.
        block = parts_block(stage, shown, shown.parts, rows - bool(shown.facts))
        stage.show(problems, [()] if problems else [], block, [()] if block else [], reply)
        self.questions.after_run(number, result)
        facts = facts_block(stage, shown, rows - len(block), is_all=not block)
        stage.show(facts)
        self.stop.wait(CONTINUE)

    def _look_again(self, step: Show) -> None:
        """Show an earlier run again, and answer the question before it."""
        stage, number, text = self._stage, self.stop.step, step.text
        run = step.run_shown(self.lesson)
        if run is None:
            self._say(step, text)
            return
        try:
            if run.id not in self._results:
                self._results[run.id] = stage.await_result(run)
        except SimpshError as problem:
            stage.show(unshown(stage, f"{problem}", []))
            self.stop.wait(CONTINUE)
            return
        result = self._results[run.id]
        shown = self._show_run(run)
        text_block = stage.form.text(text, stage.width) if text else []
        reply = self.questions.with_run(number, result)
        rows = stage.rows - len(reply) - len(text_block) - _BLANKS - 1
        block = parts_block(stage, shown, step.parts(result, run), rows)
        stage.show(block, [()] if block else [], reply)
        self.questions.after_run(number, result)
        if text_block:
            stage.show(text_block, [()])
        self.stop.wait(CONTINUE)

    def _show_run(self, step: Running) -> ShownRun:
        """Return the displayed run of a step, to which `:timeline` and similar now refer."""
        result = self._results[step.id]
        facts = judge_claims(step.claims, result, self._stage.lacking)
        self.stop.last = shown_run(step, result, facts)
        return self.stop.last

    # -- the end ----------------------------------------------------------------------------------

    def _say_goodbye(self) -> None:
        """Show the uses of the lesson's idea, its main sentence, references, the next lesson."""
        stage, lesson = self._stage, self.lesson
        width = stage.text_width
        parts = [("What it is good for", lesson.good_for), ("Remember", lesson.remember)]
        parts.append(("Read on", " · ".join(lesson.read_on)))
        for head, text in parts:
            if text:
                rows = wrapped(marked(text), width - 2)
                stage.show([(Piece(head, "bold"),), *(line("  ", row) for row in rows), ()])
        sentences = []
        if stage.progress is not None:
            left = [kind for _, kind in open_parts(lesson, stage)]
            stage.progress.finish(lesson.id, left)
            again = sum(
                entry.lesson == lesson.id and not entry.round
                for entry in stage.progress.record.surprises
            )
            if again:
                sentences.append(_COMES_BACK if again == 1 else f"{again} {_COME_BACK}")
            if words := open_words(stage.progress.position(lesson.id).open):
                sentences.append(f"Still open here: {words}.")
        if words := " ".join(sentences):
            stage.show(wrapped(styled(words, ""), width), [()])
        course = None
        if stage.library is not None:
            # Without records, for a class or a reader, offer the lesson that follows this one.
            record = ProgressRecord(
                last=lesson.id, lessons={lesson.id: LessonPosition(is_done=True)}
            )
            if stage.progress is not None:
                record = stage.progress.record
            course = CourseMap(stage.library.heads()[0], record)
        self._offer(course)

    def _offer(self, course: CourseMap | None) -> None:
        """Offer the exercise of the lesson, the test after the core, and the next lesson."""
        stage, exercise = self._stage, self.lesson.exercise
        offers = {"Exercise": f"exercise start {exercise}" if exercise else ""}
        if course is not None and course.is_at_the_test and not course.test.of:
            offers["Test"] = "test"
        if course is not None and course.next is not None:
            offers["Next" if course.next.is_core else "Deeper"] = course.next.command
        for word, command in offers.items():
            if command:
                # Not wrapped, so that the command can be copied as one line.
                typed = styled(stage.command_for(command), "bold")
                stage.show(add_label(word.ljust(_LABEL), typed, _LABEL, _UNBROKEN))
