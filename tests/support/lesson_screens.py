"""The screens of our own lessons: 22 rows of 80 columns, and 24 for a task.

Each sign of a picture is explained by its legend or by an earlier one of the lesson. Each sign of a
text is in the picture that the student sees last.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set

from simpsh.base.errors import SimpshError
from simpsh.base.screen_cells import width_of
from simpsh.course.claims.claim import Result
from simpsh.course.claims.observation import Observation, SearchResult
from simpsh.course.lesson.lesson import Lesson, Question, Running
from simpsh.course.lesson.text_steps import Try
from simpsh.course.run.typed_line import LineVerdict
from simpsh.course.screen.lane_picture import lanes_for
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.student_task import effect
from simpsh.course.teach.teaching_stage import ROWS, TeachingStage
from simpsh.view.styled_text import Block, line_width, plain, plain_block, stripped
from tests.support.lane_signs import signs_of_lanes, signs_of_legend

_MOST_GUESSES = 4
_PROMPT_ROOM = 12
"""Columns for the text that is typed at a prompt."""
_WIDTHS = (80, 60)
"""The widths at which pictures are drawn; their signs are then compared with legends and texts."""
_SIGN = re.compile("[┃┊‖◆◀▶╌┄┠┣●⋮]")
"""The signs that no text has for another reason."""
_LINES = re.compile("[┃┊‖◆◀▶╌┄┠┣●⋮┓┛━╂┼╫┳┻]")
_COUNTED_OUTPUT = 4
"""Only some rows of a long output count, because its length may depend on the machine."""


class Measuring:
    """A screen of 24 rows that records the shown lines."""

    height = 24

    def __init__(self, width=80):
        self.width = width
        self.lines = []

    def show(self, block):
        """Record the lines."""
        self.lines += [stripped(row) for row in block]

    def wait(self, words):
        """Do nothing."""


def screens(
    lesson: Lesson,
    results: Mapping[str, Result],
    guess: int = 0,
    *,
    width: int = 80,
    form: ScreenForm | None = None,
    at_stop: Callable[[int, Sequence[str]], object] = lambda *_: None,
) -> list[tuple[int, int, int, str]]:
    """Return step, rows, columns and text of each screen; each question gets the same guess."""
    form = form or ScreenForm()
    screen, found, asked = Measuring(width), [], []

    def perform(step: Running) -> Result:
        if step.id not in results:
            raise SimpshError("it was not performed")
        return results[step.id]

    def measure(step: int, prompt: str) -> None:
        lines, screen.lines = screen.lines, []
        widths = [*map(line_width, lines), width_of(prompt) + _PROMPT_ROOM if prompt else 0]
        at_stop(step, [*map(plain, lines)])
        text = "\n".join([*map(plain, lines), prompt])
        found.append((step, len(lines) + bool(prompt), max(widths), text))

    def ask(prompt: str) -> str:
        measure(teacher.stop.step + 1, prompt)
        question = lesson.steps[teacher.stop.step]
        if not isinstance(question, Question) or "Enter if" not in prompt:
            return ""
        # A question for a number asks again if it gets no number.
        guesses = [text for text in question.guesses() if text != "?" or not question.takes_number]
        index = guess + asked.count(question)
        asked.append(question)
        return guesses[index % len(guesses)]

    teacher = Teacher(lesson, TeachingStage(screen, form, ask, perform))
    teacher.teach()
    measure(len(lesson.steps), "")
    return found


def large_screens(lesson: Lesson, results: Mapping[str, Result]) -> Iterator[str]:
    """Describe each screen that is too large, whatever the student guesses."""
    for guess in range(_MOST_GUESSES):
        for step, rows, width, _ in screens(lesson, results, guess):
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


class _ComparedForm(ScreenForm):
    """A form that compares the signs of pictures with those of legends and of texts."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._faults: list[str] = []
        """Those of the current stop."""
        self._legends: list[str] = []
        self._drawn: set[str] = set()
        self._last = ""

    def picture(self, run: Observation, watch: Collection[str], width: int, rows: int) -> Block:
        block = super().picture(run, watch, width, rows)
        lanes, _ = lanes_for(run, width - 6, margin=1)
        self._compare(plain_block(block).split("\n"), 5 + lanes.width)
        return block

    def search(self, search: SearchResult, width: int, rows: int) -> Block:
        block = super().search(search, width, rows)
        self._last = plain_block(block)
        lines = self._last.split("\n")
        self._drawn.update(lines)
        legend = [row for row in lines if row[:2] == "  " and _SIGN.match(row[2:])]
        self._legends += legend
        # The pictures are side by side, so letters and dots may belong to their words.
        rows = "".join(row for row in lines if row not in legend)
        self._compare_signs(signs_of_lanes(_LINES.findall(rows)), legend, set("z…"))
        return block

    def _compare(self, lines: list[str], right: int) -> None:
        """Compare the signs of a picture with the legends until now."""
        legend = [row for row in lines[1:] if row[:2] == "  " and row[2:3].strip("0123456789 ")]
        rows = [row for row in lines[1:] if row not in legend]
        self._last = "\n".join(rows)
        self._drawn.update(lines)
        self._compare_signs(signs_of_lanes(row[4:right] for row in rows), legend)

    def _compare_signs(
        self, drawn: set[str], legend: list[str], others: Set[str] = frozenset()
    ) -> None:
        self._legends += legend
        unexplained = drawn - signs_of_legend(self._legends)
        self._faults += [f"no legend has {sign}" for sign in unexplained]
        unused = signs_of_legend(legend) - drawn - others
        self._faults += [f"no row has {sign}" for sign in unused]

    def read(self, step: int, lines: Iterable[str]) -> None:
        """Compare the signs in the texts of a stop with the last picture."""
        named = {sign for text in lines if text not in self._drawn for sign in _SIGN.findall(text)}
        missing = named.difference(self._last)
        self._faults += [f"a text names {sign}, which the picture lacks" for sign in missing]
        self.faults += [f"step {step}: {fault}" for fault in self._faults]
        self._faults.clear()


def unexplained_signs(lesson: Lesson, results: Mapping[str, Result]) -> Iterator[str]:
    """Describe the signs of pictures without a legend, and those that no picture has."""
    for width in _WIDTHS:
        form = _ComparedForm()
        screens(lesson, results, width=width, form=form, at_stop=form.read)
        yield from (f"{fault}, at {width} columns" for fault in form.faults)
