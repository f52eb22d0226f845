"""The work of a student: a line at the real prompt, or a broken program in an editor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import decode_source
from pathlib import Path

from simpsh.base.errors import SimpshError, naming
from simpsh.base.events import Exec, Write
from simpsh.base.file_store import write_whole
from simpsh.base.phrases import by_ending, counted, listed, quoted
from simpsh.base.screen_cells import width_of
from simpsh.base.wait_status import Exited, WaitStatus, decode, encode
from simpsh.course.claims.claim import Run, draws_screen
from simpsh.course.claims.demonstration import MAIN, Listing, ListingFault
from simpsh.course.claims.observation import END, Observation
from simpsh.course.lesson.lesson import Lesson, Running, filled
from simpsh.course.lesson.run_step import ProgramEnd, Repair
from simpsh.course.lesson.try_step import Try
from simpsh.course.run.c_compilation import SOURCE_NAME, CompilerSays, warnings_about
from simpsh.course.run.typed_line import (
    JudgedClaim,
    LineVerdict,
    calls_of_task,
    judged,
    perform_line,
)
from simpsh.course.screen.answer_lines import FAILS, HOLDS, UNSEEN, CheckedClaim, judge_claims
from simpsh.course.screen.screen_forms import ScreenForm, SeenRun
from simpsh.course.screen.terminal_screen import TerminalScreen
from simpsh.course.teach.lesson_display import ShownRun, is_long, parts_block
from simpsh.course.teach.lesson_questions import CONTINUE, LessonStop
from simpsh.course.teach.teaching_stage import LessonLeft, StudentPrompt, TeachingStage
from simpsh.course.teach.text_editor import editors
from simpsh.view.styled_text import (
    WIDTH,
    Block,
    Line,
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
_FEWEST_PICTURE_ROWS, _GOOD_PICTURE_ROWS, _MOST_PICTURE_ROWS = 6, 8, 16
_LEAST_OUTPUT = 4
"""A long output scrolls away to leave a good picture, but its last rows stay."""
_STOPPED = ("T", "t")
"""The letters of proc(5) for a stopped process; `t` if it is traced."""
_SCREEN_ROWS = 24
_OTHER_ROWS = 5
"""The typed line, blank lines above it and above the picture, the prompt, the line below it."""


def attempt_task(stage: TeachingStage, stop: LessonStop, task: Try, words: str) -> None:
    """Show a task, and accept lines until one solves it; `words` says what it is about.

    Without a prompt the solution is shown; without a student it is run.

    Raises LessonLeft or GoToStep if a command or the student goes elsewhere.
    """
    stage.show(task_text(stage.form, task, words, stage.width), [()])
    if stage.mode == "auto":
        stage.show([line(Piece(">> ", "bold"), task.solution)])
        seen = perform_line(task.solution, calls_of_task(task.asks))
        stage.show([styled(row, "") for row in seen.output.splitlines()])
        verdict = judged(task.asks, task.solution, seen)
        stage.show(effect(stage.form, stage.screen, task, verdict), [()])
        return
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
    for claim in verdict.claims:
        sign, in_words = _sign_of(claim)
        instead = f" – {claim.instead}" if claim.instead else ""
        if form.is_plain:
            sentence = f"{in_words}: {claim.name}{instead}"
            below += wrapped(line(marked(sentence)), width)
        else:
            below += add_label(sign, line(marked(claim.name), code_marked(instead)), 2, width)
    place = "In another order: " if verdict.breaking else "Here: "
    below += wrapped(line(place, _what_happened(verdict.breaking or seen)), width)
    if seen.hangs:
        below += wrapped(styled(_why_it_hangs(seen), "italic"), width)
    if verdict.scope:
        below += wrapped(styled(verdict.scope, "dim"), width)
    if verdict.holds:
        below += wrapped(marked(task.note), width) if task.note else []
    else:
        remark = task.remark(verdict.line)
        below += wrapped(marked(remark), width) if remark else []
        again = _NOT_JUDGED.format(verdict.doubt) if verdict.doubt else _AGAIN
        below += [*wrapped(styled(again, "bold"), width), ()]
    if len(seen.names) < 2:
        # The line created no process, so there is nothing to draw.
        return below
    rows = _picture_rows(screen, _count_rows(seen, screen.width), len(below))
    if rows < _FEWEST_PICTURE_ROWS and not form.is_plain:
        return below
    return [(), *form.picture(SeenRun(verdict.breaking or seen), screen.width, rows), *below]


def _sign_of(claim: JudgedClaim) -> tuple[str, str]:
    """Return the sign of a sub-claim, and the same in words."""
    if claim.holds is None:
        return UNSEEN, "Not known"
    return (HOLDS, "So it is") if claim.holds else (FAILS, "Not so")


def _picture_rows(screen: TerminalScreen, printed: int, below: int) -> int:
    """Return the rows that the line, its output and the rows below leave for a picture."""
    room = max(screen.height, _SCREEN_ROWS) - below - _OTHER_ROWS
    good = min(room - min(printed, _LEAST_OUTPUT), _GOOD_PICTURE_ROWS)
    return min(max(room - printed, good), _MOST_PICTURE_ROWS)


def _count_rows(seen: Observation, width: int) -> int:
    return sum(1 + max(0, width_of(row) - 1) // width for row in seen.output.splitlines())


def _ending(status: int | None, *, is_one: bool) -> str:
    if status is None:
        return "has not ended" if is_one else "have not ended"
    killed = "was killed by {}" if is_one else "were killed by {}"
    return by_ending(status, "ended with status {}", killed, "ended")


def _what_happened(seen: Observation) -> Line:
    """Summarize the processes of a line, their ends and their output."""
    endings: dict[int | None, list[str]] = {}
    for process in seen.chronicle.processes.values():
        if process.parent is None:
            continue  # the shell
        endings.setdefault(process.status, []).append(f"`{process.label}`")
    ends = [
        f"{listed(names)} {_ending(status, is_one=len(names) == 1)}"
        for status, names in endings.items()
    ]
    happened = "; ".join([*_end_of_shell(seen), *ends])
    written = ". ".join(_what_was_written(seen))
    return line(code_marked(happened or "No process was started"), f". {written}.")


def _what_was_written(seen: Observation) -> list[str]:
    """Return what was printed, also on standard error, and which files were written."""
    written = (seen.events[index].what for index in seen.outputs)
    errors = "".join(what.text for what in written if isinstance(what, Write) and what.fd == 2)
    others = (seen.events[index].what for index in seen.outputs if errors)
    printed = "".join(what.text for what in others if isinstance(what, Write) and what.fd != 2)
    if not errors:
        printed = seen.output
    parts = [f"Printed: {_text_words(printed)}"] * bool(printed)
    parts += [f"Printed on standard error: {_text_words(errors)}"] * bool(errors)
    parts += ["The shell printed a message on standard error"] * bool(seen.messages)
    files = _files_written(seen) if END in seen.moments else []
    return [*(parts or ["Printed: nothing"]), *[f"Written: {listed(files)}"] * bool(files)]


def _text_words(text: str) -> str:
    if draws_screen(text):
        return "a whole screen, with control sequences"
    lines = text.splitlines()
    return quoted(text) if len(lines) == 1 else counted(len(lines), "line")


def _files_written(seen: Observation) -> list[str]:
    """Return the names of the regular files that the line's processes wrote, in order."""
    names = [
        name
        for name in seen.moments[END].files
        if any(one.writes_into(os.path.basename(name), "") for one in Run(seen).processes)
    ]
    return [os.path.basename(name) for name in names]


def _end_of_shell(seen: Observation) -> list[str]:
    """Describe how the shell ended if a signal or another program ended it; else empty."""
    life = seen.chronicle.processes.get(seen.names[0]) if seen.names else None
    if life is None:
        return []
    became = [
        f"became `{os.path.basename(event.what.argv[0])}` and "
        for event in seen.events
        if isinstance(event.what, Exec) and event.proc == life.name and event.what.argv
    ]
    if not became and (life.status is None or isinstance(decode(life.status), Exited)):
        return []
    return [f"`{life.label}` {''.join(became[-1:])}{_ending(life.status, is_one=True)}"]


def _why_it_hangs(seen: Observation) -> str:
    """Explain why a line hangs: the call in which the shell sleeps, and what could end it."""
    looks = seen.looks_at("rest")
    shell = looks.get(seen.names[0]) if seen.names else None
    if shell is not None and shell.state in _STOPPED:
        return "It is stopped, and no shell is left that could continue it. We have ended it."
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
    # Students know wait, whatever call the shell uses to wait.
    call = "wait" if shell.call in ("rt_sigtimedwait", "wait4") else shell.call
    return f"It hangs: the shell sleeps in {call}{writers}. We have ended it."


_CHOOSE = "p: fix it in Python, c: in C (Enter: leave it) "
_EDIT_AGAIN = "e: edit, t: try the file again (Enter: leave it) "
_NO_COMMAND = (126, 127)
"""The statuses of sh(1) if a command cannot be executed, or is not found."""
_ENDS: Mapping[str, ProgramEnd] = {"p": "py", "c": "c"}
_MOST_COMPLAINTS = 12
_LONGEST_BROKEN = 17
"""The longest program that is shown with its functions; the editor shows all of it."""
_REPAIR_ROWS = 5
"""Blank lines around the claims, and the prompt."""


def show_broken(stage: TeachingStage, lesson: Lesson, step: Repair) -> None:
    """Show the task of a repair and its broken program."""
    broken = Listing(step.program("py"))
    stage.show(stage.form.text(filled(lesson, step, step.task), stage.width), [()])
    rows = broken.rows_of(MAIN) if is_long(broken, _LONGEST_BROKEN) else ()
    stage.show(stage.form.code(broken, rows, (), stage.width), [()])


def mend(
    stage: TeachingStage, stop: LessonStop, step: Repair, prompt: StudentPrompt, name: str
) -> bool:
    """Have the student edit the program until every claim holds, or leave; return whether all hold.

    The program is in a file of the working directory.

    Raises LessonLeft or GoToStep if a command or the student goes elsewhere.
    """
    stage.say(f"The file is {name}.py or {name}.c, in {os.getcwd()}. Remove it to start again.")
    first = next(editors(os.environ), None)
    if first is not None and first.leaving:
        stage.say(first.leaving)
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
    """Open the program in the first editor that starts; return whether the editor succeeded."""
    for editor in editors(os.environ):
        status = prompt.edit(editor.command, str(path))
        stage.show([()])
        if status == Exited(0):
            return True
        if not isinstance(status, Exited) or status.code not in _NO_COMMAND:
            stage.say(f"{editor} {_failure(status)}. Press t to try the file as it is now.")
            return False
        stage.say(f"{editor}: this editor cannot be started.")
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
        if failed and end == "c":
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


def _complaints(stage: TeachingStage, report: str, name: str) -> Block:
    """Return the beginning of what a compiler prints about a student's file."""
    lines = report.replace(SOURCE_NAME, name).splitlines()
    return [cut(styled(text, ""), stage.width) for text in lines[:_MOST_COMPLAINTS]]


def _judge_run(
    stage: TeachingStage, stop: LessonStop, run: Running, room: int, *, is_last: bool
) -> tuple[str, Block]:
    """Return the first failed claim or other problem of a run, and its claims with a hint.

    A run that fails, or the last one, is drawn, too: pictures of all would not fit on a screen.
    """
    result = stage.await_result(run)
    facts = judge_claims(run.claims, result, stage.lacking)
    stop.last = shown = ShownRun(run, result, facts)
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
