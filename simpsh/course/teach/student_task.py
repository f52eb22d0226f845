"""A task at the real prompt: what the student's line did, in a picture, and what became of it."""

from __future__ import annotations

from simpsh.base.errors import SimpshError
from simpsh.course.lesson.expectation import Unknown
from simpsh.course.lesson.lesson_steps import Try
from simpsh.course.lesson.observation import Observation
from simpsh.course.run.step_performance import perform_line
from simpsh.course.screen.screen_forms import ScreenForm, SeenRun
from simpsh.course.teach.lesson_stop import CONTINUE, LessonStop
from simpsh.course.teach.teaching_stage import (
    GoToStep,
    LessonLeft,
    StudentPrompt,
    TeachingScreen,
    TeachingStage,
)
from simpsh.view.styled_text import Block, Piece, labelled, line, styled, width_of, wrapped

_AGAIN = "Not yet. Another line, or :hint."
_PICTURE_ROWS = 8, 16
"""The fewest and the most rows of a picture."""
_COUNTED_OUTPUT = 4
_OTHER_ROWS = 5
"""A blank line above the line that was typed, that line, a blank line above the picture, and the
prompt, which has a line below it."""


def attempt_task(stage: TeachingStage, stop: LessonStop, step: Try, task: str) -> None:
    """Put a task, and let lines be tried until one does what it should.

    Args:
        stage: where; without a prompt the solution is shown, with no student it is run.
        stop: where the lesson waits, and obeys commands.
        step: what is to be tried.
        task: its words, with the lines that they speak of.

    Raises:
        LessonLeft, GoToStep: a command, or the student, goes elsewhere.
    """
    width = stage.screen.width
    text = stage.form.text(task, width)
    stage.show(text, [()])
    if stage.mode == "auto":
        stage.show([line(Piece(">> ", "bold"), step.solution)])
        seen = perform_line(step.solution)
        stage.show([styled(one, "") for one in seen.output.splitlines()])
        _judge(stage, step, seen, len(text))
        return
    if stage.prompt is None:
        _show_solution(stage, stop, step)
        return
    try:
        _try(stage, stop, step, stage.prompt, len(text))
    except SimpshError as problem:
        stage.show(wrapped(styled(f"This cannot be tried here: {problem}", ""), width))
        _show_solution(stage, stop, step)
        return
    finally:
        stage.prompt.finish()
    stage.show([()])
    # Also after the last step: what the line did is to be looked at before it scrolls away.
    stop.wait(CONTINUE)


def _try(
    stage: TeachingStage, stop: LessonStop, step: Try, prompt: StudentPrompt, above: int
) -> None:
    """Ask for lines until one is good; raises LessonLeft and GoToStep where a command leaves."""
    leaving: list[Exception] = []

    def command(typed: str) -> bool:
        try:
            stop.obey(typed)
        except (GoToStep, LessonLeft) as elsewhere:
            leaving.append(elsewhere)
        return not leaving

    while True:
        tried = prompt.attempt(command)
        stage.begin_page()
        if leaving:
            # Now that the prompt has given the terminal back.
            raise leaving[0]
        if tried is not None and _judge(stage, step, tried[1], above):
            return


def _show_solution(stage: TeachingStage, stop: LessonStop, step: Try) -> None:
    """Show a solution where no student can type one."""
    width = stage.screen.width
    stage.show(labelled("one way:", styled(step.solution, "code"), 8, width), [()])
    stage.show(stage.form.praise(step.praise, width), [()])
    stop.wait(CONTINUE)


def _judge(stage: TeachingStage, step: Try, seen: Observation, above: int) -> bool:
    """Show what a line did; return whether it is what the task asks."""
    is_good, block = judgement(stage.form, stage.screen, step, seen, above)
    stage.show(block)
    return is_good


def judgement(
    form: ScreenForm, screen: TeachingScreen, step: Try, seen: Observation, above: int
) -> tuple[bool, Block]:
    """Return whether a line did what a task asks, and what is shown of it.

    Args:
        form: how it is drawn.
        screen: what it is drawn for.
        step: the task.
        seen: what the line did.
        above: how many rows the task's words have, which are to stay on the screen.
    """
    width = min(76, screen.width)
    is_good, reason = _verdict(step, seen)
    # Why it hangs is the reason.
    told = styled(_why_it_hangs(seen), "italic") if seen.hangs else styled(reason, "")
    said = wrapped(told, width) if told and (seen.hangs or not is_good) else []
    if is_good:
        said += form.praise(step.praise, screen.width)
    else:
        said += [styled(_AGAIN, "bold"), ()]
    room = screen.height - _printed_rows(seen, screen.width) - len(said) - above - _OTHER_ROWS
    block = _picture(form, screen.width, seen, room)
    return is_good, [*([()] if block else []), *block, *said]


def task_rows(
    form: ScreenForm, screen: TeachingScreen, step: Try, task: str, seen: Observation
) -> int:
    """Return how many rows a task has with a line, what the line did, and the next prompt.

    Of a long output only some rows count: how long it is may be a matter of the machine.

    Args:
        form: how it is drawn.
        screen: what it is drawn for.
        step: the task.
        task: its words, with the lines that they speak of.
        seen: what the line did.
    """
    above = len(form.text(task, screen.width))
    _, block = judgement(form, screen, step, seen, above)
    without_blank = _OTHER_ROWS - 1
    printed = min(_printed_rows(seen, screen.width), _COUNTED_OUTPUT)
    return above + printed + len(block) + without_blank


def _printed_rows(seen: Observation, width: int) -> int:
    return sum(1 + max(0, width_of(one) - 1) // width for one in seen.output.splitlines())


def _verdict(step: Try, seen: Observation) -> tuple[bool, str]:
    """Return whether a line did what the task asks; if not, what was found instead."""
    try:
        found = step.expect.judge(seen)
    except Unknown as doubt:
        return False, f"Whether it did cannot be seen here: {doubt}."
    reason = found.because
    return found.holds, f"{reason[:1].upper()}{reason[1:].rstrip('.')}." if reason else ""


def _picture(form: ScreenForm, width: int, seen: Observation, room: int) -> Block:
    """Return the picture of what a line did, if it made a process.

    Folded so that the task, what the line printed, and the rows below the picture are on the
    screen, too.
    """
    if len(seen.names) < 2:
        return []
    fewest, most = _PICTURE_ROWS
    return form.picture(SeenRun(seen), width, max(fewest, min(room, most)))


def _why_it_hangs(seen: Observation) -> str:
    """Say why a line did not come back: what the shell sleeps in, and who could end that."""
    looks = seen.moments["rest"].looks if "rest" in seen.moments else {}
    shell = looks.get(seen.names[0]) if seen.names else None
    if shell is None or not shell.call:
        return "It hangs. We have ended it."
    holders = [
        look.argv[0].rsplit("/", 1)[-1] if look.argv else name
        for name, look in looks.items()
        if name != seen.names[0]
        and any(one.pipe and one.access == "write" for one in look.descriptors.values())
    ]
    who = f", and {' and '.join(holders)} can still write" if holders else ""
    is_reading = shell.call == "read"
    return (
        f"It hangs: the shell sleeps in {shell.call}{who if is_reading else ''}. We have ended it."
    )
