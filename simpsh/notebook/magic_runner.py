"""Cells that are no lines of the shell: they begin with `%`, and a word that the kernel knows.

%lesson ID              a lesson, from where you stopped
%lesson ID step N       one step of it; in a task the line stands below
%exercise ID FILE       judge a program
%untraced LINE          a line for a shell that is not traced
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.record import Record
from simpsh.notebook.cell_display import framed
from simpsh.notebook.lesson_client import LessonClient, LessonDone, LessonQuestion
from simpsh.notebook.shell_client import CellInterrupted, CellReader, KeyboardRequest, ShellClient
from simpsh.shell.builtins.builtin_support import quoted

NAMES = ("lesson", "exercise", "untraced")
_FIRST = re.compile(r"%(%?)([a-z]+)\b[ \t]*([^\n]*)(?:\n|\Z)")
_POINTS = re.compile(r"([\d.]+) of ([\d.]+) points?\.")
_WORD = re.compile(r"[\w./-]+")


class Magic(Record):
    """A cell that begins with `%`."""

    name: str
    words: tuple[str, ...]
    rest: str
    """The first line behind the name."""
    below: str
    """What stands below the first line."""


class ClaimFailed(SimpshError):
    """What was claimed of a run, or asked for, is not so."""


def magic_of(code: str) -> Magic | None:
    """Return a cell's magic; None if the cell is for the shell.

    >>> magic_of("%lesson orphan step 3").words
    ('orphan', 'step', '3')
    >>> magic_of("%1") is None
    True
    """
    match = _FIRST.match(code.lstrip())
    if match is None or match[2] not in NAMES:
        return None
    return Magic(match[2], tuple(match[3].split()), match[3], code.lstrip()[match.end() :])


class LessonRequest(Record):
    """What a cell wants of a lesson."""

    name: str
    step: int
    """Counted from 1; 0 for the whole lesson."""
    line: str | None
    """For a task: what stands below; None if nothing does."""
    is_typed: bool
    """Whether answers are to be typed, and no buttons shown."""
    folders: tuple[str, ...]
    """Where further lessons lie."""


def lesson_request(magic: Magic) -> LessonRequest:
    """Take a `%lesson` apart.

    Raises:
        UsageProblem: it makes no sense.
    """
    try:
        given = shlex.split(magic.rest)
    except ValueError as error:
        raise UsageProblem(f"%lesson: {error}") from error
    folders = tuple(given[at + 1] for at, word in enumerate(given[:-1]) if word == "--path")
    words = [
        word
        for at, word in enumerate(given)
        if word not in ("--typed", "--path") and (not at or given[at - 1] != "--path")
    ]
    is_typed = "--typed" in given
    match words:
        case [name]:
            return LessonRequest(name, 0, None, is_typed, folders)
        case [name, "step", number] if number.isdecimal() and 0 < len(number) < 5:
            below = [line for line in magic.below.splitlines() if not line.lstrip().startswith("#")]
            line = "\n".join(below).strip()
            return LessonRequest(name, int(number), line or None, is_typed, folders)
    raise UsageProblem("%lesson is followed by a lesson's id, and perhaps by: step N")


def exercise_line(magic: Magic) -> str:
    """Return the line that judges a program: `%exercise`.

    Raises:
        UsageProblem: it makes no sense.
    """
    if len(magic.words) != 2 or not all(map(_WORD.fullmatch, magic.words)):
        raise UsageProblem("%exercise is followed by an exercise's id and the program's file")
    return f"lesson exercise check {magic.words[0]} {magic.words[1]}"


def points_of(report: str) -> str:
    """Return the points that an exercise's report gives at its end; empty if it gives none.

    >>> points_of("What was asked … 2.5 of 7 points.")
    '2.5'
    """
    points = _POINTS.findall(report)
    return points[-1][0] if points else ""


class MagicFrontend(Protocol):
    """What a magic needs of the kernel."""

    environment: Mapping[str, str]
    execution_count: int

    @property
    def simpsh(self) -> ShellClient:
        """The shell of this notebook."""

    def display(self, data: Mapping[str, object]) -> None:
        """Show something below the cell."""

    def publish(self, kind: str, content: Mapping[str, object]) -> None:
        """Send a message to all frontends."""

    def typed(self, prompt: str) -> str:
        """Ask the person for a line; raises KeyboardInterrupt."""


class MagicRunner:
    """Runs magics for one kernel."""

    def __init__(self, kernel: MagicFrontend) -> None:
        self._kernel = kernel
        self._untraced: ShellClient | None = None
        self._lesson: LessonClient | None = None
        self.comm_manager: object = None
        """What takes the messages of widgets; None until there are some."""

    def run(self, magic: Magic, reader: CellReader) -> None:
        """Do what a cell asks for.

        Raises:
            ClaimFailed: what was claimed, or asked for, is not so.
            SimpshError: it makes no sense, or cannot be done.
        """
        if magic.name == "lesson":
            wanted = lesson_request(magic)
            lesson = self._chosen(wanted)
            shown = _Shown()
            # Whether a question can be put is known when there is one: by buttons, or typed.
            has_buttons = not wanted.is_typed and has_widgets()
            if wanted.step:
                can_ask = reader.may_ask or has_buttons
                answer = lesson.step(wanted.step, shown, with_person=can_ask, line=wanted.line)
            else:
                answer = lesson.teach(shown)
            if isinstance(answer, LessonQuestion) and has_buttons:
                from simpsh.notebook.lesson_widgets import LessonWidget, comm_manager

                self.comm_manager = self.comm_manager or comm_manager()
                widget = LessonWidget(lesson, is_whole=not wanted.step)
                widget.take(lambda _show: answer, shown.pieces)
                # A frontend without widgets, and a reader of the file, see what was shown so far.
                self._kernel.display({**widget.view(), **shown.data()})
                return
            self._display(shown)
            if isinstance(answer, LessonQuestion):
                answer = self._converse(lesson, answer, reader)
            if answer.failed:
                raise ClaimFailed("; ".join(answer.failed))
        elif magic.name == "exercise":
            telling = _Telling(reader)
            status = self._run_untraced(exercise_line(magic), telling)
            points = points_of(telling.text)
            if status and points in ("", "0"):
                raise ClaimFailed("the exercise is not solved yet: see above")
            if status:
                # By this nbgrader gives a part of the points.
                data = {"text/plain": points}
                count = self._kernel.execution_count
                result = {"execution_count": count, "data": data, "metadata": {}}
                self._kernel.publish("execute_result", result)
        else:
            self._run_untraced(f"{magic.rest}\n{magic.below}", reader)

    def interrupt(self) -> None:
        """Have what runs interrupted; for a handler of signals."""
        if self._untraced is not None:
            self._untraced.interrupt()
        if self._lesson is not None:
            with suppress(ProcessLookupError):
                self._lesson.interrupt()

    def close(self) -> None:
        """End what was started."""
        untraced, self._untraced = self._untraced, None
        if untraced is not None:
            untraced.end()
        lesson, self._lesson = self._lesson, None
        if lesson is not None:
            lesson.end()

    # ------------------------------------------------------------------------ lines, exercises

    def _run_untraced(self, text: str, reader: CellReader) -> int:
        """Run lines where the notebook's shell is, by a shell that has no tracer."""
        if self._untraced is None:
            self._untraced = ShellClient(self._kernel.environment, is_recorded=False)
        directory = os.readlink(f"/proc/{self._kernel.simpsh.pid}/cwd")
        if not os.path.isdir(directory):
            # Elsewhere the lines would mean other files.
            raise SimpshError(f"{directory}: the directory of the notebook's shell is not there")
        result = self._untraced.run(f"cd {quoted(directory)}\n{text}", reader)
        if result.has_left:
            self._untraced.end()
            self._untraced = None
        if result.was_interrupted:
            raise CellInterrupted("the cell was interrupted")
        return result.status

    # --------------------------------------------------------------------------------- lessons

    def _chosen(self, wanted: LessonRequest) -> LessonClient:
        """Return the lesson: the one that is there, unless it is begun anew."""
        lesson = self._lesson
        if lesson is not None and wanted.step and lesson.id == wanted.name:
            lesson.leave_question(lambda _html, _text: None)
            return lesson
        if lesson is not None:
            self._lesson = None
            lesson.end()
        self._lesson = LessonClient(wanted.name, self._kernel.environment, wanted.folders)
        return self._lesson

    def _converse(
        self, lesson: LessonClient, answer: LessonQuestion | LessonDone, reader: CellReader
    ) -> LessonDone:
        """Let the person type the answers; where no person can be asked, it has none."""
        while isinstance(answer, LessonQuestion):
            if not reader.may_ask:
                lesson.leave_question(lambda _html, _text: None)
                return LessonDone(())
            try:
                typed = self._kernel.typed(answer.prompt)
            except KeyboardInterrupt:
                typed = ":quit"
            shown = _Shown()
            answer = lesson.answer(typed, shown)
            self._display(shown)
        return answer

    def _display(self, shown: _Shown) -> None:
        if shown.pieces:
            self._kernel.display(shown.data())


class _Shown:
    """Keeps what a lesson shows, for one output."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._text = ""

    def __call__(self, html: str, text: str) -> None:
        """Keep something more; see lesson_client.Show."""
        self.pieces.append(html)
        self._text += text

    def data(self) -> Mapping[str, object]:
        """Return it by MIME type."""
        return {"text/plain": self._text, "text/html": framed("\n".join(self.pieces))}


def has_widgets() -> bool:
    """Return whether ipywidgets is installed; it is not imported for this."""
    return importlib.util.find_spec("ipywidgets") is not None


class _Telling(CellReader):
    """Passes on what is shown, and keeps it."""

    def __init__(self, reader: CellReader) -> None:
        self._reader = reader
        self.text = ""

    def show(self, text: str) -> None:
        """Show what was written."""
        self.text += text
        self._reader.show(text)

    def ask(self, request: KeyboardRequest) -> str | None:
        """Ask the person; see CellReader.ask()."""
        return self._reader.ask(request)
