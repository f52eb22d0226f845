"""A task at the real prompt: what the student's line did, in a picture, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.commands import Go
from simpsh.course.expectation import Unknown
from simpsh.course.reading import Left
from simpsh.course.screen.form import Room, Seen
from simpsh.course.screen.styled import Piece, line, styled
from simpsh.course.screen.text import labelled, wrapped
from simpsh.errors import SimpshError

if TYPE_CHECKING:
    from simpsh.course.observation import Observation
    from simpsh.course.prompting import Prompt
    from simpsh.course.stage import Stage
    from simpsh.course.steps import Try
    from simpsh.course.teacher import Teacher

_PICTURE_ROWS = 16
_AGAIN = "Not yet. Another line, or :hint."
_GO_ON = "Enter: go on "


def attempt(teacher: Teacher, step: Try) -> None:
    """Put the task, and let lines be tried until one does what it should.

    Raises:
        Left, Go: a command, or the student, goes elsewhere.
    """
    stage = teacher.stage
    stage.show(stage.form.text(teacher.fill(step, step.task), teacher.width), [()])
    if stage.prompt is None:
        _told(teacher, step)
        return
    if stage.mode == "auto":
        stage.show([line(Piece(">> ", "bold"), step.solution)])
        seen = stage.prompt.line(step, step.solution)
        stage.show([styled(one, "") for one in seen.output.splitlines()])
        _judge(teacher, step, seen)
        return
    try:
        _try(teacher, step, stage.prompt)
    except SimpshError as problem:
        stage.show(wrapped(styled(f"This cannot be tried here: {problem}", ""), teacher.width))
        _told(teacher, step)
        return
    finally:
        stage.prompt.finish()
    stage.show([()])
    # Also after the last step: what the line did is to be looked at before it scrolls away.
    teacher.stop(_GO_ON)


def _try(teacher: Teacher, step: Try, prompt: Prompt) -> None:
    """Ask for lines until one is good; raises Left and Go where a command goes elsewhere."""
    going: list[Exception] = []

    def command(typed: str) -> bool:
        try:
            teacher.command(typed)
        except (Go, Left) as elsewhere:
            going.append(elsewhere)
        return not going

    while True:
        tried = prompt.attempt(step, command)
        if going:
            # Now that the prompt has given the terminal back.
            raise going[0]
        if tried is not None and _judge(teacher, step, tried[1]):
            return


def _judge(teacher: Teacher, step: Try, seen: Observation) -> bool:
    """Show what a line did; tell whether it is what the task asks."""
    stage, width = teacher.stage, min(76, teacher.width)
    is_good, reason = verdict(step, seen)
    block = outcome(stage, seen)
    stage.show([()] if block else [], block)
    if is_good:
        stage.show(stage.form.praise(step.praise, teacher.width))
    else:
        # Why it hangs has been said already.
        is_told = seen.hangs or not reason
        stage.show([] if is_told else wrapped(styled(reason, ""), width))
        stage.show([styled(_AGAIN, "bold"), ()])
    return is_good


def verdict(step: Try, seen: Observation) -> tuple[bool, str]:
    """Tell whether a line did what the task asks; if not, what was found instead."""
    try:
        found = step.expect.judge(seen)
    except Unknown as doubt:
        return False, f"Whether it did cannot be seen here: {doubt}."
    reason = found.because
    return found.holds, f"{reason[:1].upper()}{reason[1:].rstrip('.')}." if reason else ""


def outcome(stage: Stage, seen: Observation) -> list[tuple[Piece, ...]]:
    """Return the picture of what a line did, and why it did not come back, if it did not."""
    room = Room(stage.screen.width, _PICTURE_ROWS)
    block = stage.form.picture(Seen(seen), room) if len(seen.names) > 1 else []
    if seen.hangs:
        block = [*block, *wrapped(styled(hanging(seen), "italic"), min(76, stage.screen.width))]
    return block


def hanging(seen: Observation) -> str:
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


def _told(teacher: Teacher, step: Try) -> None:
    """Show a solution where nobody can type one."""
    stage = teacher.stage
    stage.show(labelled("one way:", styled(step.solution, "code"), 8, teacher.width), [()])
    stage.show(stage.form.praise(step.praise, teacher.width), [()])
    teacher.stop(_GO_ON)
