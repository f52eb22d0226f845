"""The work of a student: a line at the real prompt, or a broken program in an editor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import decode_source
from pathlib import Path

from simpsh.base.errors import SimpshError, naming
from simpsh.base.file_store import write_whole
from simpsh.base.phrases import by_ending
from simpsh.base.wait_status import Exited, WaitStatus, encode
from simpsh.course.claims.claim import Verdict
from simpsh.course.claims.demonstration import MAIN, Listing, ListingFault
from simpsh.course.lesson.lesson import Running
from simpsh.course.lesson.run_steps import ProgramEnd, Repair
from simpsh.course.lesson.text_steps import Try
from simpsh.course.run.c_compilation import SOURCE_NAME, CompilerSays
from simpsh.course.run.typed_line import LineVerdict, calls_of_task, judged
from simpsh.course.screen.answer_lines import FAILS, HOLDS, UNSEEN, CheckedClaim, judge_claims
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.screen.terminal_screen import TerminalScreen
from simpsh.course.teach.lesson_display import ShownRun, is_long, parts_block, shown_run
from simpsh.course.teach.lesson_questions import CONTINUE, LessonStop
from simpsh.course.teach.teaching_stage import LessonLeft, StudentPrompt, TeachingStage
from simpsh.course.teach.text_editor import chosen_editor, is_vi
from simpsh.view.styled_text import (
    WIDTH,
    Block,
    Piece,
    add_label,
    code_marked,
    cut,
    line,
    marked,
    styled,
    wrapped,
)

_AGAIN = "Not yet. Another line, or :hint."
_NOT_JUDGED = "This could not be judged: {}. Type the line again, or :skip."
_PROMPT = ">> "
_LEAVING = ("exit", "logout")
_WAYS_ON = ":hint helps, :skip leaves this task open, :quit stops here"
_FEWEST_ROWS, _MOST_ROWS = 6, 16
"""The rows of a picture; with fewer, none is drawn."""
_LEAST_OUTPUT = 4
"""The last rows of a long output that stay on the screen."""
_SCREEN_ROWS = 24
_OTHER_ROWS = 5
"""The typed line, blank lines above it and above the picture, the prompt, the line below it."""


def attempt_task(stage: TeachingStage, stop: LessonStop, task: Try, words: str) -> None:
    """Show a task, and accept lines until one solves it; `words` says what it is about.

    Without a prompt the solution is shown.

    Raises LessonLeft or GoToStep if a command or the student goes elsewhere.
    """
    stage.show(task_text(stage.form, task, words, stage.width), [()])
    if stage.prompt is None:
        _show_solution(stage, stop, task)
        return
    try:
        while not _solves(stage, stop, task, stage.prompt):
            pass
    except SimpshError as problem:
        stage.say(f"This cannot be tried here: {problem}", "")
        _show_solution(stage, stop, task)
        return
    stage.show([()])
    # Stop even after the last step, so that the picture does not scroll away.
    stop.wait(CONTINUE)


def _solves(stage: TeachingStage, stop: LessonStop, task: Try, prompt: StudentPrompt) -> bool:
    """Read a line, run and judge it, and show the reply; return whether it solves the task."""
    while not (typed := stage.ask(_PROMPT)) or (typed[0] == ":" and typed[1:2].isalpha()):
        if typed:
            stop.obey(typed)
        else:
            stage.say(_WAYS_ON)
    if typed in _LEAVING:
        raise LessonLeft
    seen = prompt.run(typed, calls_of_task(task.asks))
    stage.screen.wait("judging the line …")
    verdict = judged(task.asks, typed, seen, on_step=stage.screen.wait)
    is_right = None if verdict.doubt else verdict.holds
    stop.note_try("task", typed, is_right=is_right)
    facts = [
        CheckedClaim(_sign_of(one)[0], name, "" if one.holds else one.because)
        for name, one in verdict.claims.items()
    ]
    stop.last = ShownRun(verdict.breaking or seen, facts)
    stage.show(effect(stage.form, stage.screen, task, verdict))
    return verdict.holds


def task_text(form: ScreenForm, task: Try, words: str, width: int) -> Block:
    """Return the text of a task, followed by its sub-claims."""
    room = min(WIDTH, width)
    rows = [row for name in task.asks for row in add_label("•", marked(name), 2, room)]
    return [*form.text(words, width), *rows]


def _show_solution(stage: TeachingStage, stop: LessonStop, task: Try) -> None:
    stage.show(add_label("one way:", styled(task.solution, "code"), 8, stage.width), [()])
    if task.note:
        stage.show(stage.form.text(task.note, stage.width), [()])
    stop.wait(CONTINUE)


def effect(form: ScreenForm, screen: TerminalScreen, task: Try, verdict: LineVerdict) -> Block:
    """Return the display of what a line did: each sub-claim, and what was seen in this run.

    A line that fails gets what happened instead, the order that breaks it, and the author's reply.
    The picture is of that order; it is left out if the sentences leave too few rows for it.
    """
    seen, width = verdict.seen, min(WIDTH, screen.width)
    below: Block = []
    for name, claim in verdict.claims.items():
        sign, in_words = _sign_of(claim)
        instead = "" if claim.holds or not claim.because else f" – {claim.because}"
        if form.is_plain:
            sentence = f"{in_words}: {name}{instead}"
            below += wrapped(line(marked(sentence)), width)
        else:
            below += add_label(sign, line(marked(name), code_marked(instead)), 2, width)
    if verdict.breaking:
        words = "In another order it is not so; the picture is of that order."
        below += wrapped(styled(words, ""), width)
    if seen.hangs:
        below += wrapped(styled("It hangs. We have ended it.", "italic"), width)
    if verdict.scope:
        below += wrapped(styled(verdict.scope, "dim"), width)
    if verdict.holds:
        below += wrapped(marked(task.note), width) if task.note else []
    else:
        remark = task.remark(verdict.line)
        below += wrapped(marked(remark), width) if remark else []
        again = _NOT_JUDGED.format(verdict.doubt) if verdict.doubt else _AGAIN
        below += [*wrapped(styled(again, "bold"), width), ()]
    # A long output may scroll away.
    printed = min(len(seen.output.splitlines()), _LEAST_OUTPUT)
    rows = min(max(screen.height, _SCREEN_ROWS) - len(below) - printed - _OTHER_ROWS, _MOST_ROWS)
    if rows < _FEWEST_ROWS and not form.is_plain:
        return below
    picture = form.picture(verdict.breaking or seen, (), screen.width, rows)
    return [(), *(picture or [styled("Your shell started no process.", "")]), *below]


def _sign_of(claim: Verdict) -> tuple[str, str]:
    """Return the sign of a sub-claim, and the same in words."""
    if claim.holds is None:
        return UNSEEN, "Not known"
    return (HOLDS, "So it is") if claim.holds else (FAILS, "Not so")


_CHOOSE = "p: fix it in Python, c: in C (Enter: leave it) "
_EDIT_AGAIN = "e: edit, t: try the file again (Enter: leave it) "
_ENDS: Mapping[str, ProgramEnd] = {"p": "py", "c": "c"}
_MOST_COMPLAINTS = 12
_LONGEST_BROKEN = 17
"""The longest program that is shown with its functions; the editor shows all of it."""
_REPAIR_ROWS = 5
"""Blank lines around the claims, and the prompt."""


def show_broken(stage: TeachingStage, step: Repair) -> None:
    """Show the task of a repair and its broken program."""
    broken = Listing(step.program("py"))
    stage.show(stage.form.text(step.task, stage.width), [()])
    rows = broken.rows_of(MAIN) if is_long(broken, _LONGEST_BROKEN) else ()
    stage.show(stage.form.code(broken, rows, ()), [()])


def mend(
    stage: TeachingStage, stop: LessonStop, step: Repair, prompt: StudentPrompt, name: str
) -> bool:
    """Have the student edit the program until every claim holds, or leave; return whether all hold.

    The program is in a file of the working directory.

    Raises LessonLeft or GoToStep if a command or the student goes elsewhere.
    """
    stage.say(f"The file is {name}.py or {name}.c, in {os.getcwd()}. Remove it to start again.")
    editor = chosen_editor(os.environ)
    if editor and is_vi(editor, os.environ):
        stage.say("To leave vi: Esc, then :wq and Enter; without your changes :q! and Enter.")
    while (key := stop.read(_CHOOSE).strip().lower()) not in _ENDS:
        if not key:
            return False
    end, key = _ENDS[key], "e"
    path = Path(f"{name}.{end}")
    while key:
        if not path.exists():
            write_whole(str(path), step.program(end), None)
        if (key == "t" or (key == "e" and _edit(stage, prompt, path))) and _holds(
            stage, stop, step, path, end
        ):
            return True
        key = stop.read(_EDIT_AGAIN).strip().lower()
    return False


def _edit(stage: TeachingStage, prompt: StudentPrompt, path: Path) -> bool:
    """Open the program in the student's editor; return whether the editor succeeded."""
    editor = chosen_editor(os.environ)
    if editor:
        status = prompt.edit(editor, str(path))
        stage.show([()])
        if status == Exited(0):
            return True
        stage.say(f"{editor} {_failure(status)}. Press t to try the file as it is now.")
    stage.say(
        "Set VISUAL or EDITOR to the command of an installed editor before you start simpsh; or "
        f"edit {path.absolute()} in another window, then press t."
    )
    return False


def _failure(status: WaitStatus) -> str:
    return by_ending(encode(status), "ended with status {}", "was killed by {}", "was stopped")


def _holds(
    stage: TeachingStage, stop: LessonStop, step: Repair, path: Path, end: ProgramEnd
) -> bool:
    """Run a program, show its result and the claims; return whether all hold."""
    failed, name = "", path.name
    try:
        program = _program_text(path, end)
        runs, room = step.judging_runs(program, end), stage.rows
        for run in runs:
            failed, block = _judge_run(stage, stop, run, room, is_last=run is runs[-1])
            stage.show(block)
            room -= len(block)
            if failed:
                break
    except SimpshError as problem:
        failed = "it does not run"
        rows = wrapped(styled(f"{name}: {problem}", ""), stage.width)
        if isinstance(problem, CompilerSays):
            # Not wrapped: the compiler's carets are aligned with the code above.
            report = problem.report.replace(SOURCE_NAME, name).splitlines()
            rows = [cut(styled(text, ""), stage.width) for text in report[:_MOST_COMPLAINTS]]
        stage.show(rows, [()])
    stop.note_try("repair", failed or "every claim holds", is_right=not failed)
    if not failed:
        praise = line(Piece(f"{HOLDS} ", "bold"), marked(step.praise))
        stage.show(wrapped(praise, stage.text_width), [()])
    return not failed


def _program_text(path: Path, end: ProgramEnd) -> str:
    """Return the text of a student's program; raises SimpshError."""
    with naming(path.name):
        data = path.read_bytes()
    if end == "c":
        return data.decode("utf-8", "replace")
    try:
        # Python's rules: a comment may declare another encoding.
        return decode_source(data)
    except (SyntaxError, UnicodeDecodeError) as problem:
        raise ListingFault(str(problem)) from None


def _judge_run(
    stage: TeachingStage, stop: LessonStop, run: Running, room: int, *, is_last: bool
) -> tuple[str, Block]:
    """Return the first failed claim or other problem of a run, and its claims with a hint.

    A run that fails, or the last one, is drawn, too: pictures of all would not fit on a screen.
    """
    result = stage.await_result(run)
    facts = judge_claims(run.claims, result, stage.lacking)
    stop.last = shown = shown_run(run, result, facts)
    below = stage.form.facts([CheckedClaim(f.sign, f.sentence) for f in facts], stage.width)
    problems = [f"Your program: {words}." for words in run.problems(result)]
    for words in problems:
        below += wrapped(styled(words, "bold"), stage.text_width)
    failed = [claim for claim, fact in zip(run.claims, facts, strict=True) if fact.sign == FAILS]
    if failed:
        below += add_label("hint:", marked(failed[0].hint), 5, stage.text_width)
    problem = next((claim.sentence for claim in failed), next(iter(problems), ""))
    if not (problem or is_last):
        return problem, [*below, ()]
    above = parts_block(stage, shown, shown.parts, room - len(below) - _REPAIR_ROWS)
    return problem, [*above, (), *below, ()]
