"""The process of a lesson in a notebook: the terminal's teacher, over a channel to the kernel.

It is not a child of the notebook's shell, because demonstrations have their own tracer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from simpsh.base.errors import SimpshError
from simpsh.course.claims.expectation import Result
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import Lesson, Question, Running
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.run.line_orders import perform_line
from simpsh.course.screen.answer_lines import FAILS
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.course_map import CourseMap
from simpsh.course.teach.lesson_teacher import Teacher, teach
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingStage
from simpsh.notebook.lesson_client import LessonDone, LessonQuestion, TakeStep
from simpsh.process.worker import Channel
from simpsh.view.styled_text import Block, painted, stripped, styled

_WIDTH, _HEIGHT = 96, 60
_SIXTEEN = 16
_LETTERS = re.compile(r"\([a-j]–[a-j][,)]")


def serve_lesson(channel: Channel, name: str, folders: Sequence[str]) -> None:
    """Run a lesson until the kernel closes the channel; without a name, the next lesson."""
    library = Library(folders)
    try:
        if not name:
            upcoming = CourseMap(library.heads()[0], StudentProgress().record).next
            # If the whole course is done, begin again.
            name = upcoming.head.id if upcoming is not None else library.ids[0]
        lesson = library.find(name)
    except SimpshError as problem:
        channel.send(SimpshError(str(problem)))
        return
    channel.send(lesson.id)
    worker = LessonWorker(channel, lesson, library)
    while isinstance(request := channel.receive(), TakeStep):
        worker.answer(request)


class LessonWorker:
    """One lesson that serves the requests of a kernel."""

    width, height = _WIDTH, _HEIGHT

    def __init__(self, channel: Channel, lesson: Lesson, library: Library) -> None:
        self._channel = channel
        self._lesson = lesson
        self._is_single = False
        self._line: str | None = None
        self._picture: Observation | None = None

        def perform(step: Running) -> Result:
            result = step.perform()
            self._picture = result if isinstance(result, Observation) else None
            return result

        self._stage = TeachingStage(
            self,
            ScreenForm(_WIDTH),
            self._ask,
            perform,
            prompt=self,
            records=StudentProgress(),
            library=library,
        )
        self._teacher = Teacher(lesson, self._stage)

    def answer(self, request: TakeStep) -> None:
        """Serve a request, and report its end."""
        failed: list[str] = []
        if request.number:
            self._line = request.line
            failed = self._step(request.number - 1, with_person=request.with_person)
        else:
            self._is_single, self._stage.mode = False, "study"
            teach(self._lesson, self._stage)
        self._flush()
        self._channel.send(LessonDone(tuple(failed)))

    def _step(self, number: int, *, with_person: bool) -> list[str]:
        """Run one step; return the claims that did not hold."""
        if not 0 <= number < len(self._lesson.steps):
            return [f"there is no step {number + 1}: the lesson has {len(self._lesson.steps)}"]
        step = self._lesson.steps[number]
        is_task = bool(step.task)
        self._is_single = True
        has_choices = isinstance(step, Question) and bool(step.choices)
        is_asked = is_task if self._line is not None else with_person and has_choices
        self._stage.mode = "study" if is_asked else "auto"
        try:
            shown = self._teacher.take_step(number)
        except GoToStep:
            return []
        except LessonLeft:
            return ["the task is not solved yet"] if is_task else []
        if shown is None:
            return []
        return [fact.sentence for fact in shown.facts if fact.sign == FAILS]

    # ---------------------------------------------------------------- the teacher's screen

    def show(self, block: Block) -> None:
        """Send lines to be shown."""
        text = "".join(painted(stripped(line), _SIXTEEN) + "\n" for line in block)
        self._channel.send({"text/plain": text})

    def wait(self, words: str) -> None:
        """Do nothing: the frontend shows that the cell runs."""

    def _flush(self) -> None:
        """Send the picture of the last run, after the text about it."""
        run, self._picture = self._picture, None
        if run is not None and run.events:
            from simpsh.notebook.cell_display import display_of

            if picture := display_of(run.chronicle, 0, []):
                self._channel.send(picture)

    def _ask(self, prompt: str) -> str:
        """Ask a question through the kernel; see teaching_stage.ask()."""
        self._flush()
        has_choices = _LETTERS.search(prompt) is not None
        return "" if self._is_single and not has_choices else self._answer(prompt)

    def _answer(self, prompt: str) -> str:
        self._channel.send(LessonQuestion(prompt))
        reply = self._channel.receive()
        if not isinstance(reply, str):
            raise LessonLeft
        return reply.strip()

    # ------------- the prompt of a task: each line is run by a new shell

    def _ask_for_line(self) -> str:
        if not self._is_single:
            return self._answer(">> ")
        line, self._line = self._line, None
        if line is None:
            raise LessonLeft
        return line

    def _show_text(self, text: str) -> None:
        self.show([styled(line, "") for line in text.splitlines()])

    def attempt(self, command: Callable[[str], bool]) -> tuple[str, Observation] | None:
        """Ask for a line and run it; see teaching_stage.StudentPrompt."""
        while True:
            typed = self._ask_for_line()
            if typed.startswith(":"):
                if not command(typed):
                    return None
            elif typed:
                seen = perform_line(typed)
                self._show_text(seen.output)
                return typed, seen

    def program(self) -> str:
        """Return the program in a cell."""
        return self._ask_for_line() if self._is_single else ""

    editor = ""

    def edit(self, path: str) -> None:
        """Do nothing: a notebook has no editor."""

    def finish(self) -> None:
        """Do nothing: each line has its own shell."""

    def free(self) -> None:
        """Explain that there is no terminal."""
        self._show_text("There is no terminal for a shell here: use a separate cell.")
