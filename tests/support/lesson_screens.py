"""The screens and pictures of our own lessons.

A screen has 22 rows of 80 columns, and 24 for a task. A picture shows what inspections saw.
"""

from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.screen_cells import width_of
from simpsh.base.targets import PipeEnd
from simpsh.chronicle.chronicle_model import ASLEEP, STOPPED, THERE, WAITING, ZOMBIE
from simpsh.course.claims.claim import Result
from simpsh.course.claims.observation import YOU, Observation
from simpsh.course.lesson.lesson import Lesson, Question, Running, runs_of
from simpsh.course.lesson.text_steps import Try
from simpsh.course.run.typed_line import LineVerdict
from simpsh.course.screen.answer_lines import LETTERS
from simpsh.course.screen.picture_rows import picture_rows
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_display import shown_run
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.student_task import effect
from simpsh.course.teach.teaching_stage import ROWS, TeachingStage
from simpsh.view.styled_text import line_width, stripped
from simpsh.view.timeline.timeline_rows import TimelineRow

_MOST_GUESSES = 4
_PROMPT_ROOM = 12
"""Columns for the text that is typed at a prompt."""
_COUNTED_OUTPUT = 4
"""Only some rows of a long output count, because its length may depend on the machine."""


class Measuring:
    """A screen of 24 rows that records the shown lines."""

    height = 24

    def __init__(self):
        self.width = 80
        self.lines = []

    def show(self, block):
        """Record the lines."""
        self.lines += [stripped(row) for row in block]

    def wait(self, words):
        """Do nothing."""


def screens(
    lesson: Lesson, results: Mapping[str, Result], guess: int
) -> list[tuple[int, int, int]]:
    """Return step, rows and columns of each screen; each question gets the same guess."""
    screen, found, asked = Measuring(), [], []

    def perform(step: Running) -> Result:
        if step.id not in results:
            raise SimpshError("it was not performed")
        return results[step.id]

    def measure(step: int, prompt: str) -> None:
        lines, screen.lines = screen.lines, []
        widths = [*map(line_width, lines), width_of(prompt) + _PROMPT_ROOM if prompt else 0]
        found.append((step, len(lines) + bool(prompt), max(widths)))

    def ask(prompt: str) -> str:
        measure(teacher.stop.step + 1, prompt)
        question = lesson.steps[teacher.stop.step]
        if not isinstance(question, Question) or "Enter if" not in prompt:
            return ""
        guesses = [*LETTERS[: len(question.choices)], ""]
        index = guess + asked.count(question)
        asked.append(question)
        return guesses[index % len(guesses)]

    teacher = Teacher(lesson, TeachingStage(screen, ScreenForm(), ask, perform))
    teacher.teach()
    measure(len(lesson.steps), "")
    return found


def large_screens(lesson: Lesson, results: Mapping[str, Result]) -> Iterator[str]:
    """Describe each screen that is too large, whatever the student guesses."""
    for guess in range(_MOST_GUESSES):
        for step, rows, width in screens(lesson, results, guess):
            if rows > ROWS or width > 80:
                yield f"step {step} has {rows} lines of {width} columns"


def task_rows(task: Try, verdict: LineVerdict) -> int:
    """Count the rows for a typed line, the picture of its effect, and the next prompt.

    The reply repeats the sub-claims, so the text of the task may have scrolled away.
    """
    form, screen = ScreenForm(), Measuring()
    printed = min(len(verdict.seen.output.splitlines()), _COUNTED_OUTPUT)
    block = effect(form, screen, task, verdict)
    # A blank line, the typed line, the prompt, and the line below it.
    return printed + len(block) + 4


_DRAWN_AS = {"S": (ASLEEP, WAITING), "D": (ASLEEP, WAITING), "T": (STOPPED,), "Z": (ZOMBIE,)}
"""The drawn states by letter of proc(5); in other states the process is drawn as existing."""


def picture_faults(lesson: Lesson, results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the contradictions between the pictures of a lesson's runs and their inspections.

    `results` are the results of the steps that this machine can show, by id.
    """
    for run in runs_of(lesson).values():
        result = results.get(run.id)
        if isinstance(result, Observation):
            yield from contradictions(result, picture_rows(result, shown_run(run, result).watch))


def contradictions(run: Observation, rows: Sequence[TimelineRow]) -> Iterator[str]:
    """Yield the contradictions between a picture and the inspections that claims are judged by.

    The process of a row is exempt: it is drawn after its step, but was inspected before.
    """
    for row in rows:
        looks = run.moments[row.moment].looks if row.moment else {}
        for process in run.chronicle.processes.values() if looks else ():
            look, drawn = looks.get(process.label), process.state_at(row.index)
            fitting = _DRAWN_AS.get(look.state, (THERE,)) if look is not None else ("",)
            is_passive = process.name not in (YOU, row.name, *row.others)
            if is_passive and drawn not in fitting:
                found = f"in state {look.state}" if look is not None else "not there"
                yield f"at {row.moment} {process.label} is {found}, and drawn as {drawn or 'gone'}"
            if look is None:
                continue
            held = {number: end.pipe for number, end in look.descriptors.items() if end.pipe}
            table = process.table_at(run.moments[row.moment].index)
            names = {
                number: run.chronicle.pipe_name(target.inode)
                for number, target in table.items()
                if isinstance(target, PipeEnd)
            }
            if held != {number: name for number, name in names.items() if name}:
                yield f"at {row.moment} {process.label} held other pipe ends than are drawn"
