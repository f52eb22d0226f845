"""`simpsh lesson exercise …`: tasks, and what a program that was written for one does."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError, UsageProblem
from simpsh.grade.building import NotBuilt, command_of
from simpsh.grade.exercise_record import ExerciseRecord
from simpsh.grade.exercise_shelf import Shelf
from simpsh.grade.exercise_telling import answer
from simpsh.grade.judging import judge
from simpsh.grade.reports import FORMATS, report
from simpsh.grade.saving import when_saved
from simpsh.grade.writing import write_whole
from simpsh.kernel.descriptors import write_all
from simpsh.trace.tracing import why_not

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from simpsh.grade.exercise_shelf import Folder
    from simpsh.grade.judging import Judgement

USAGE = """\
usage: simpsh lesson exercise list
       simpsh lesson exercise start ID [DIR]       lay out the task and a start, in Python and C
       simpsh lesson exercise check ID [PROGRAM…]  what does the program do? [--watch]
       simpsh lesson exercise hint ID              one hint more each time
       simpsh lesson exercise solution ID          a model solution, in Python and C
       simpsh lesson exercise reset ID             forget hints and tries
       … --path DIR                                with your own exercises in DIR/exercises
PROGRAM is a .py or .c file, or anything that may be executed; without it, the one that start
laid out in this directory; what begins with - is its own after --.
check: --seed N, --format text|json|junit|gradescope, -o FILE.
"""
_WORDS = ("list", "start", "check", "hint", "solution", "reset")
_VALUED = ("--path", "--seed", "--format", "-o")
_MOST_SEED = 10**9


class _Wishes:
    def __init__(self) -> None:
        self.what = "list"
        self.words: list[str] = []
        self.folders: list[str] = []
        self.seed = 0
        self.form = "text"
        self.output = ""
        self.watches = False


def main(words: Sequence[str]) -> int:
    """Do what the words after `lesson exercise` say, and return the exit status.

    Raises:
        SimpshError: what was asked for cannot be done.
        UsageProblem: the words make no sense.
    """
    if any(word in ("--help", "-h") for word in words):
        write_all(1, USAGE.encode())
        return 0
    wishes = _parse(words)
    shelf = Shelf(wishes.folders)
    if wishes.what == "list":
        return _list(shelf)
    if not wishes.words:
        raise UsageProblem(f"exercise {wishes.what}: which one? 'lesson exercise list' has all")
    if len(wishes.words) > {"start": 2, "check": 1000}.get(wishes.what, 1):
        raise UsageProblem(f"exercise {wishes.what}: {wishes.words[1]}: a word too many")
    folder = shelf.folder(wishes.words[0])
    return _ACTIONS[wishes.what](shelf, folder, wishes)


def _parse(words: Sequence[str]) -> _Wishes:
    wishes = _Wishes()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            wishes.words += rest
            break
        if word == "--watch":
            wishes.watches = True
        elif word.startswith("-"):
            _take_option(wishes, word, rest)
        else:
            wishes.words.append(word)
    if wishes.words:
        wishes.what = wishes.words.pop(0)
    if wishes.what not in _WORDS:
        raise UsageProblem(f"exercise {wishes.what}: it is one of {', '.join(_WORDS)}")
    return wishes


def _take_option(wishes: _Wishes, word: str, rest: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name not in _VALUED:
        raise UsageProblem(f"exercise: {name}: no such option; see --help")
    if not equals:
        if not rest:
            raise UsageProblem(f"exercise: {name}: its operand is missing")
        value = rest.pop(0)
    _set(wishes, name, value)


def _set(wishes: _Wishes, name: str, value: str) -> None:
    match name:
        case "--path":
            wishes.folders.append(value)
        case "-o":
            wishes.output = os.path.abspath(value)
        case "--seed":
            if not (value.isascii() and value.isdigit()) or int(value) > _MOST_SEED:
                raise UsageProblem(f"exercise: --seed {value}: a number up to {_MOST_SEED}")
            wishes.seed = int(value)
        case _:
            if value not in FORMATS:
                raise UsageProblem(f"exercise: --format {value}: it is {', '.join(FORMATS)}")
            wishes.form = value


def _say(lines: Iterable[str]) -> None:
    write_all(1, "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))


def _list(shelf: Shelf) -> int:
    exercises, problems = shelf.all()
    record = ExerciseRecord()
    width = max((len(one.id) for one in exercises), default=0)
    lines = []
    for one in exercises:
        progress = record.of(one.id)
        sign = "✓" if progress.is_done else "…" if progress.tries else " "
        lines.append(f" {sign} {one.id:<{width}}  {one.title:<55} {one.minutes:>3} min")
    _say([*lines, "", "Begin with:  simpsh lesson exercise start ID"])
    for problem in problems:
        write_all(2, f"simpsh: {problem}\n".encode())
    return 1 if problems else 0


def _start(shelf: Shelf, folder: Folder, wishes: _Wishes) -> int:
    exercise = shelf.find(folder.id)
    target = wishes.words[1] if len(wishes.words) > 1 else folder.id
    try:
        os.makedirs(target)
    except FileExistsError:
        raise SimpshError(f"{target}: it is there already; name another directory") from None
    except OSError as error:
        raise SimpshError(f"{target}: {error.strerror}") from error
    for name, there in _layout(folder):
        shutil.copyfile(os.path.join(folder.path, name), os.path.join(target, there))
    if folder.file("start.c"):
        write_whole(os.path.join(target, "Makefile"), _makefile(folder.id))
    _say(
        [
            f"{exercise.title}: the task is in {target}/task.md.",
            f"Write {target}/{folder.id}.py or {target}/{folder.id}.c, and delete the other one. "
            "Then:",
            f"  cd {target}; simpsh lesson exercise check {folder.id}",
        ]
    )
    return 0


def _layout(folder: Folder) -> list[tuple[str, str]]:
    names = [("task.md", "task.md")]
    names += [(f"start.{end}", f"{folder.id}.{end}") for end in ("py", "c")]
    return [(name, there) for name, there in names if folder.file(name)]


def _makefile(name: str) -> str:
    return (
        f"CFLAGS = -std=gnu11 -Wall -Wextra -g\n\n{name}: {name}.c\n\n"
        f"clean:\n\trm -f {name}\n\n.PHONY: clean\n"
    )


def _check(shelf: Shelf, folder: Folder, wishes: _Wishes) -> int:
    exercise = shelf.find(folder.id)
    words = wishes.words[1:] or [_laid_out(folder)]
    if refusal := why_not():
        raise SimpshError(f"exercise check: {refusal}")

    def once() -> int:
        found = judge(exercise, command_of(words), wishes.seed)
        _remember(found)
        _tell(found, wishes)
        return 0 if found.is_full else 1

    if not wishes.watches:
        return once()
    return _watch(words[0], once)


def _watch(path: str, once: Callable[[], int]) -> int:
    status = 1
    for _ in when_saved(path):
        _say(["\x1b[2J\x1b[H" if os.isatty(1) else "", f"{path}:", ""])
        try:
            status = once()
        except NotBuilt as problem:
            _say([str(problem)])
        _say(["", "Checked again when it is saved; ^C leaves."])
    return status


def _tell(found: Judgement, wishes: _Wishes) -> None:
    if wishes.form == "text" and not wishes.output:
        width = shutil.get_terminal_size().columns if os.isatty(1) else 80
        in_colour = os.isatty(1) and not os.environ.get("NO_COLOR")
        _say(answer(found, width=width, in_colour=in_colour))
        return
    if wishes.form == "text":
        text = "".join(f"{line}\n" for line in answer(found))
    else:
        text = report(found.title, [found], wishes.form)
    if wishes.output:
        write_whole(wishes.output, text)
    else:
        write_all(1, text.encode())


def _remember(found: Judgement) -> None:
    record = ExerciseRecord()
    progress = record.of(found.id)
    progress.tries += 1
    progress.is_done |= found.is_full
    try:
        record.save()
    except SimpshError as problem:
        # The answer is worth more than its memory.
        sys.stderr.write(f"simpsh: {problem}\n")


def _laid_out(folder: Folder) -> str:
    names = [f"{folder.id}.{end}" for end in ("py", "c")]
    found = [name for name in names if os.path.isfile(name)]
    if len(found) == 1:
        return found[0]
    if found:
        return _changed(folder, found)
    raise UsageProblem(
        f"exercise check {folder.id}: which program? Here is no {' or '.join(names)}"
    )


def _changed(folder: Folder, found: Sequence[str]) -> str:
    """Choose, of a start in each language, the one that is no longer as it was laid out."""
    changed = []
    for name in found:
        with open(name, encoding="utf-8", errors="replace") as file:
            if file.read() != folder.text(f"start.{name.rpartition('.')[2]}"):
                changed.append(name)
    if len(changed) == 1:
        return changed[0]
    raise UsageProblem(
        f"exercise check {folder.id}: which one: {' or '.join(changed or found)}? Name it"
    )


def _hint(shelf: Shelf, folder: Folder, _: _Wishes) -> int:
    exercise = shelf.find(folder.id)
    record = ExerciseRecord()
    progress = record.of(folder.id)
    told = min(progress.hints + 1, len(exercise.hints))
    for place, hint in enumerate(exercise.hints[:told], 1):
        _say([f"{place}  {hint}"])
    if progress.hints >= len(exercise.hints):
        _say(["These are all hints; 'lesson exercise solution' shows a solution."])
    progress.hints = told
    record.save()
    return 0


def _solution(shelf: Shelf, folder: Folder, _: _Wishes) -> int:
    shelf.find(folder.id)
    if not folder.solutions:
        raise SimpshError(f"{folder.id}: this simpsh was installed without the solutions")
    if not ExerciseRecord().of(folder.id).tries:
        raise SimpshError(
            f"{folder.id}: try it first: simpsh lesson exercise check {folder.id} PROGRAM"
        )
    for path in folder.solutions:
        with open(path, encoding="utf-8") as file:
            _say([f"{os.path.basename(path)}:", "", *(f"    {line}".rstrip() for line in file), ""])
    return 0


def _reset(shelf: Shelf, folder: Folder, _: _Wishes) -> int:
    shelf.find(folder.id)
    record = ExerciseRecord()
    record.forget(folder.id)
    record.save()
    return 0


_ACTIONS: dict[str, Callable[[Shelf, Folder, _Wishes], int]] = {
    "start": _start,
    "check": _check,
    "hint": _hint,
    "solution": _solution,
    "reset": _reset,
}
