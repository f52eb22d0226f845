"""A broken program in the student's own editor: its result, and the claims that it fulfils."""

from __future__ import annotations

import os
import re
from pathlib import Path

from simpsh.base.errors import SimpshError
from simpsh.base.file_store import write_whole
from simpsh.course.lesson.lesson import Mending, Running
from simpsh.course.run.c_compilation import SOURCE_NAME, CompilerSays, warnings_about
from simpsh.course.screen.answer_lines import FAILS, CheckedClaim, judged_claims
from simpsh.course.teach.lesson_display import ShownRun, parts_block
from simpsh.course.teach.lesson_questions import CONTINUE, LessonStop
from simpsh.course.teach.teaching_stage import LessonLeft, StudentPrompt, TeachingStage
from simpsh.view.styled_text import Block, cut, labelled, marked, styled, wrapped

_CHOOSE = "p: fix it in Python, c: in C (Enter: leave it) "
_AGAIN = "e: edit, t: try the file again (Enter: leave it) "
_LEAVE_VI = "To leave vi: Esc, then :wq and Enter; or :q! and Enter, which drops the changes."
_ENDS = {"p": "py", "c": "c"}
_MOST_COMPLAINTS = 12
_OTHER_ROWS = 5
"""Blank lines around the claims, and the prompt."""


def mend(
    stage: TeachingStage, stop: LessonStop, step: Mending, prompt: StudentPrompt, name: str
) -> None:
    """Have the student edit the program until every claim holds, or leave.

    The program is in a file of the working directory or in a notebook's cell.

    Raises LessonLeft or GoToStep if a command or the student goes elsewhere.
    """
    if program := prompt.program():
        holds, shown = _holds(stage, stop, step, program, "your program"), stop.last
        if program == step.program("py").strip():
            # A notebook that is run from top to bottom must continue before the repair.
            stop.last = None
        elif not holds and (shown is None or all(fact.sign != FAILS for fact in shown.facts)):
            raise LessonLeft  # the program does not run, so no claim fails the cell
        return
    stage.say(f"The file is {name}.py or {name}.c, in {os.getcwd()}. Remove it to start again.")
    if re.match(r"(\S*/)?vim?\b", prompt.editor):
        stage.say(_LEAVE_VI)
    while (key := stop.read(_CHOOSE).strip().lower()) not in _ENDS:
        if not key:
            return
    end, key, is_done = _ENDS[key], "e", False
    path = Path(f"{name}.{end}")
    while key:
        if not path.exists():
            write_whole(str(path), step.program(end), None)
        if key == "e" and prompt.editor:
            prompt.edit(str(path))
            stage.show([()])
        elif key == "e":
            stage.say(f"Edit {path.absolute()} elsewhere, then press t.")
            key = ""
        if key in ("e", "t"):
            is_done = _holds(stage, stop, step, path.read_text("utf-8", "replace"), path.name)
        key = stop.read(CONTINUE if is_done else _AGAIN).strip().lower()


def _holds(stage: TeachingStage, stop: LessonStop, step: Mending, program: str, name: str) -> bool:
    """Run a program, show its result and the claims; return whether all hold."""
    failed = ""
    try:
        for run in step.attempted(program):
            if failed := _failed(stage, stop, run):
                break
        if failed and "#include" in program:
            warnings = _complaints(stage, warnings_about(program), name)
            stage.show(warnings, [()] if warnings else [])
    except SimpshError as problem:
        failed = "it does not run"
        rows = wrapped(styled(f"{name}: {problem}", ""), stage.width)
        if isinstance(problem, CompilerSays):
            # Not wrapped: the compiler's carets are aligned with the code above.
            rows = _complaints(stage, problem.report, name)
        stage.show(rows, [()])
    stop.note_try("repair", failed or "every claim holds", is_right=not failed)
    if not failed:
        stage.show(stage.form.praise(step.praise, stage.width), [()])
    return not failed


def _complaints(stage: TeachingStage, report: str, name: str) -> Block:
    """Return the beginning of what a compiler prints about a student's file."""
    lines = report.replace(SOURCE_NAME, name).splitlines()
    return [cut(styled(text, ""), stage.width) for text in lines[:_MOST_COMPLAINTS]]


def _failed(stage: TeachingStage, stop: LessonStop, run: Running) -> str:
    """Show the result of one run with a hint; return the first claim that fails."""
    if run.waiting_words:
        stage.screen.wait(run.waiting_words)
    result = stage.perform(run)
    facts = judged_claims(run.claims, result, stage.lacking)
    stop.last = shown = ShownRun(run, result, facts)
    below = stage.form.facts([CheckedClaim(f.sign, f.sentence) for f in facts], stage.width)
    problems = [f"Your program: {words}." for words in run.problems(result)]
    for words in problems:
        below += wrapped(styled(words, "bold"), stage.text_width)
    failed = [claim for claim, fact in zip(run.claims, facts, strict=True) if fact.sign == FAILS]
    if failed:
        below += labelled("hint:", marked(failed[0].hint), 5, stage.text_width)
    rows = stage.rows - len(below) - _OTHER_ROWS
    stage.show(parts_block(stage, shown, shown.parts, rows), [()], below, [()])
    return next((claim.sentence for claim in failed), next(iter(problems), ""))
