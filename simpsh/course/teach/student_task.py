"""A task at the real prompt: what the student's line did, in a picture, and what became of it."""

from __future__ import annotations

import re

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import by_ending, counted, listed, quoted
from simpsh.base.screen_cells import width_of
from simpsh.course.claims.expectation import Unknown
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import Task
from simpsh.course.lesson.try_step import perform_line
from simpsh.course.screen.screen_forms import ScreenForm, SeenRun
from simpsh.course.teach.lesson_questions import CONTINUE, LessonStop
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingScreen, TeachingStage
from simpsh.view.styled_text import (
    WIDTH,
    Block,
    Line,
    Piece,
    code_marked,
    labelled,
    line,
    marked,
    styled,
    wrapped,
)

_AGAIN = "Not yet. Another line, or :hint."
_FEWEST_PICTURE_ROWS, _MOST_PICTURE_ROWS = 8, 16
_COUNTED_OUTPUT = 4
_OTHER_ROWS = 5
"""A blank line above the line that was typed, that line, a blank line above the picture, and the
prompt, which has a line below it."""


def attempt_task(stage: TeachingStage, stop: LessonStop, task: Task, words: str) -> None:
    """Put a task in words, and let lines be tried until one does what it should.

    Without a prompt the solution is shown; with no student it is run.

    Raises LessonLeft, GoToStep: a command, or the student, goes elsewhere.
    """
    text = stage.form.text(words, stage.width)
    stage.show(text, [()])
    if stage.mode == "auto":
        stage.show([line(Piece(">> ", "bold"), task.solution)])
        seen = perform_line(task.solution)
        stage.show([styled(row, "") for row in seen.output.splitlines()])
        below = judgement(stage.form, stage.screen, task, words, task.solution, seen)[1]
        stage.show(below, [()])
        return
    if stage.prompt is None:
        _show_solution(stage, stop, task)
        return
    try:
        leaving: list[Exception] = []

        def command(typed: str) -> bool:
            try:
                stop.obey(typed)
            except (GoToStep, LessonLeft) as elsewhere:
                leaving.append(elsewhere)
            return not leaving

        is_good = False
        while not is_good:
            tried = stage.prompt.attempt(command)
            stage.begin_page()
            if leaving:
                # Now that the prompt has given the terminal back.
                raise leaving[0]
            if tried is not None:
                is_good, block = judgement(stage.form, stage.screen, task, words, *tried)
                stop.note_try("task", tried[0], is_right=is_good)
                stage.show(block)
    except SimpshError as problem:
        stage.say(f"This cannot be tried here: {problem}", "")
        _show_solution(stage, stop, task)
        return
    finally:
        stage.prompt.finish()
    stage.show([()])
    # Also after the last step: what the line did is to be looked at before it scrolls away.
    stop.wait(CONTINUE)


def _show_solution(stage: TeachingStage, stop: LessonStop, task: Task) -> None:
    """Show a solution where no student can type one."""
    stage.show(labelled("one way:", styled(task.solution, "code"), 8, stage.width), [()])
    stage.show(stage.form.praise(task.praise, stage.width), [()])
    stop.wait(CONTINUE)


def judgement(
    form: ScreenForm, screen: TeachingScreen, task: Task, words: str, typed: str, seen: Observation
) -> tuple[bool, Block]:
    """Return whether a line did what a task asks in these words, and what is shown of it.

    The words are to stay on the screen. A line that fails is answered by the author, who foresaw
    it, or else by what happened and what is asked.
    """
    width = min(WIDTH, screen.width)
    if authors := task.remark(typed):
        remark = marked(authors)
    else:
        happened = () if seen.hangs else _what_happened(seen)
        # What is asked comes last. A line with four blanks before it is no sentence.
        *_, prose = (part.split() for part in re.split(r"(?m)^ {4}.*$", words) if part.strip())
        asks = task.asks or re.split(r"(?<=[.?!]) +", " ".join(prose))[-1]
        remark = line(happened, "The task: ", marked(asks))
    try:
        is_good = task.expect.judge(seen).holds
    except Unknown as doubt:
        is_good, remark = False, styled(f"Whether it did cannot be seen here: {doubt}.", "")
    below = wrapped(styled(_why_it_hangs(seen), "italic"), width) if seen.hangs else []
    if is_good:
        below += form.praise(task.praise, screen.width)
    else:
        below += [*wrapped(remark, width), styled(_AGAIN, "bold"), ()]
    if len(seen.names) < 2:
        # The line made no process: there is nothing to draw.
        return is_good, below
    # Folded so that the task, what the line printed, and the rows below are on the screen, too.
    above = len(form.text(words, screen.width))
    room = screen.height - _printed_rows(seen, screen.width) - len(below) - above - _OTHER_ROWS
    rows = max(_FEWEST_PICTURE_ROWS, min(room, _MOST_PICTURE_ROWS))
    return is_good, [(), *form.picture(SeenRun(seen), screen.width, rows), *below]


def task_rows(
    form: ScreenForm, screen: TeachingScreen, task: Task, words: str, typed: str, seen: Observation
) -> int:
    """Return how many rows a task has with a line, what the line did, and the next prompt.

    Of a long output only some rows count: how long it is may be a matter of the machine.
    """
    above = len(form.text(words, screen.width))
    _, block = judgement(form, screen, task, words, typed, seen)
    without_blank = _OTHER_ROWS - 1
    printed = min(_printed_rows(seen, screen.width), _COUNTED_OUTPUT)
    return above + printed + len(block) + without_blank


def _printed_rows(seen: Observation, width: int) -> int:
    return sum(1 + max(0, width_of(row) - 1) // width for row in seen.output.splitlines())


def _ending(status: int | None, *, is_one: bool) -> str:
    if status is None:
        return "has not ended" if is_one else "have not ended"
    killed = "was killed by {}" if is_one else "were killed by {}"
    return by_ending(status, "ended with status {}", killed, "ended")


def _what_happened(seen: Observation) -> Line:
    """Say which processes a line started, how each ended, and what was printed."""
    endings: dict[int | None, list[str]] = {}
    for process in seen.chronicle.processes.values():
        if not process.parent:
            # The shell, or a job of an earlier line.
            continue
        endings.setdefault(process.status, []).append(f"`{process.label}`")
    happened = "; ".join(
        f"{listed(names)} {_ending(status, is_one=len(names) == 1)}"
        for status, names in endings.items()
    )
    lines = seen.output.splitlines()
    printed = quoted(seen.output) if len(lines) == 1 else counted(len(lines), "line")
    happened = happened or "No process was started"
    return line(code_marked(happened), f". Printed: {printed if lines else 'nothing'}. ")


def _why_it_hangs(seen: Observation) -> str:
    """Say why a line did not come back: what the shell sleeps in, and who could end that."""
    looks = seen.looks_at("rest")
    shell = looks.get(seen.names[0]) if seen.names else None
    if shell is None or not shell.call:
        return "It hangs. We have ended it."
    holders = [
        look.argv[0].rsplit("/", 1)[-1] if look.argv else name
        for name, look in looks.items()
        if name != seen.names[0]
        and any(end.pipe and end.access == "write" for end in look.descriptors.values())
    ]
    writers = ""
    if holders and shell.call == "read":
        writers = f", and {' and '.join(holders)} can still write"
    # By which call a shell waits is its own matter: a student knows wait.
    call = "wait" if shell.call in ("rt_sigtimedwait", "wait4") else shell.call
    return f"It hangs: the shell sleeps in {call}{writers}. We have ended it."
