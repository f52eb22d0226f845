"""`simpsh lesson …`: the contents page, a lesson, a check, and what belongs to them."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from signal import default_int_handler
from typing import TYPE_CHECKING

from simpsh.course.command_line import USAGE, understand
from simpsh.course.loading import Library
from simpsh.course.shelves import id_of
from simpsh.course.unattended import Nobody
from simpsh.errors import SimpshError, UsageProblem
from simpsh.kernel import signals
from simpsh.kernel.descriptors import write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from simpsh.course.command_line import Request
    from simpsh.course.lesson import Lesson
    from simpsh.course.prompting import Prompt

_INTERRUPTED, _SIGINT = 130, 2


def main(argv: Sequence[str], prompt: Callable[[], Prompt | None] = lambda: None) -> int:
    """Do what `simpsh lesson …` says, and return its exit status.

    Args:
        argv: the words after `lesson`.
        prompt: makes simpsh's own prompt on this terminal; None where there is no terminal.

    Raises:
        SimpshError: one line says what is wrong; the status is 2 if it is the command line.
        OSError: a file, or standard output, cannot be written.
    """
    request = understand(argv)
    try:
        with _interruptible():
            return _ACTIONS[request.what](request, prompt)
    except KeyboardInterrupt:
        write_all(2, b"\n")
        return _INTERRUPTED


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let ^C raise, so that what was begun is ended; as simpsh starts, it would kill."""
    before = signals.disposition(_SIGINT)
    if before == signals.SIG_DFL:
        signals.sigaction(_SIGINT, default_int_handler)
    try:
        yield
    finally:
        signals.sigaction(_SIGINT, before)


def teach_file(path: str, prompt: Callable[[], Prompt | None] = lambda: None) -> int:
    """Teach the lesson of a file, or do with it what the command line says: check, show.

    Args:
        path: the lesson's own file.
        prompt: as for main().

    Returns:
        The exit status; what is wrong has been said.
    """
    words = sys.argv[1:]
    what = words.pop(0) if words and words[0] in ("run", "check", "show") else "run"
    try:
        library = Library(files=(path,))
        request = understand([what, id_of(path), *words])
        with _interruptible():
            return _ON_LIBRARY[what](library, request, prompt)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (SimpshError, OSError) as problem:
        write_all(2, f"simpsh: {problem}\n".encode("utf-8", "backslashreplace"))
        return getattr(problem, "status", 1)


def _library(request: Request) -> Library:
    return Library(request.folders)


def _say(lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    write_all(1, text.encode("utf-8", "backslashreplace"))


# --------------------------------------------------------------------- reading and learning


def _help(_request: Request, _prompt: object) -> int:
    write_all(1, USAGE.encode())
    return 0


def _contents(request: Request, _prompt: object) -> int:
    from simpsh.course import contents
    from simpsh.course.needs import why_not
    from simpsh.course.progress import Progress
    from simpsh.course.setting import terminal_screen, wants_plain

    lessons, problems = _library(request).all()
    progress = Progress()
    found = contents.entries(lessons, progress, why_not)
    is_plain = "--plain" in request.flags or wants_plain()
    make = contents.plain_contents if is_plain else contents.contents
    screen = terminal_screen()
    screen.show(make(found, screen.width, "simpsh lesson run", progress.record.last))
    _complain(problems)
    return 1 if problems else 0


def _complain(problems: Iterable[str]) -> None:
    for problem in problems:
        write_all(2, f"simpsh: {problem}\n".encode("utf-8", "backslashreplace"))


def _run(library: Library, request: Request, prompt: Callable[[], Prompt | None]) -> int:
    from simpsh.course.progress import Progress
    from simpsh.course.setting import stage_for, teach, wants_plain

    lesson = library.find(request.words[0])
    is_auto = "--auto" in request.flags or request.what == "show"
    is_live = "--live" in request.flags
    asking = Nobody() if is_auto else prompt()
    stage = stage_for(
        library,
        mode="auto" if is_auto else "live" if is_live else "study",
        is_plain="--plain" in request.flags or wants_plain(),
        # Who shows a lesson to others is not the one who learns it.
        progress=None if is_auto or is_live else Progress(),
        prompt=asking,
    )
    start = _start(lesson, request)
    try:
        teach(lesson, stage, start)
    finally:
        if asking is not None:
            asking.finish()
    return 0


def _start(lesson: Lesson, request: Request) -> int | None:
    """Return the step to begin at, from 0; None for where one stopped the last time."""
    wanted = request.values.get("--from")
    if wanted is None:
        return None
    for place, step in enumerate(lesson.steps):
        if getattr(step, "id", None) == wanted:
            return place
    number = request.number("--from", 1)
    if number > len(lesson.steps):
        raise UsageProblem(
            f"lesson run: --from {number}: {lesson.id} has {len(lesson.steps)} steps"
        )
    return number - 1


# ------------------------------------------------------------------------------- checking


def _check(library: Library, request: Request, _prompt: object) -> int:
    from simpsh.course import reports
    from simpsh.course.course_check import check_course

    form, path = request.values.get("--format", "text"), request.values.get("-o", "")
    with_why = "--why" in request.flags
    _check_place(path)
    is_telling = bool(path) or form == "text"
    report = check_course(
        library,
        request.words,
        rounds=request.number("--repeat", 1),
        hear=lambda one: _say(reports.lesson_lines(one, with_why=with_why)) if is_telling else None,
    )
    if is_telling:
        _say(reports.course_lines(report))
    if path:
        reports.write(report, form, path, with_why=with_why)
    elif not is_telling:
        write_all(1, reports.as_form(report, form, with_why=with_why).encode())
    return 0 if report.is_good else 1


def _check_place(path: str) -> None:
    """Raise UsageProblem if a report cannot be written there: before it is made, not after."""
    folder = os.path.dirname(path) or "."
    if path and (os.path.isdir(path) or not os.access(folder, os.W_OK)):
        raise UsageProblem(f"lesson: -o {path}: no file can be written there")


def _claims(library: Library, request: Request, _prompt: object) -> int:
    from simpsh.course.claims_page import claims_page
    from simpsh.whole_files import replace_file

    lessons, problems = library.all()
    page = claims_page(lessons, library.claims())
    if "-o" in request.values:
        replace_file(request.values["-o"], page)
    else:
        write_all(1, page.encode())
    _complain(problems)
    return 1 if problems else 0


# ---------------------------------------------------------------------- progress, writing


def _reset(library: Library, request: Request, _prompt: object) -> int:
    from simpsh.course.progress import Progress

    lesson = library.find(request.words[0]).id if request.words else ""
    Progress().reset(lesson)
    _say([f"Forgotten: how far you were in {lesson or 'every lesson'}."])
    return 0


def _progress(request: Request, _prompt: object) -> int:
    from simpsh.course.progress import Progress
    from simpsh.whole_files import replace_file

    verb, *files = request.words
    if verb == "export":
        text = Progress().exported()
        if files:
            replace_file(files[0], text)
        else:
            write_all(1, text.encode())
    elif verb == "import":
        Progress().import_text(_text_of(files[0] if files else "-"))
        _say(["Taken over: what is done here or there is done."])
    else:
        raise UsageProblem(f"lesson progress {verb}: it is export or import")
    return 0


def _text_of(path: str) -> str:
    try:
        if path == "-":
            return sys.stdin.read()
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        raise SimpshError(f"{path}: this is no exported progress") from None
    except OSError as problem:
        raise SimpshError(f"{path}: {problem.strerror}") from None


def _new(request: Request, _prompt: object) -> int:
    from simpsh.course.template import create

    folder = request.folders[0] if request.folders else "."
    try:
        path = create(request.words[0], folder)
    except OSError as problem:
        raise SimpshError(f"lesson new: {folder}: {problem.strerror}") from None
    _say(
        [
            f"{path}: a small lesson that is complete. Make it yours.",
            f"check it:  simpsh lesson check {request.words[0]} --path {folder}",
            f"take it:   simpsh lesson run {request.words[0]} --path {folder}",
        ]
    )
    return 0


_ON_LIBRARY: dict[str, Callable[[Library, Request, Callable[[], Prompt | None]], int]] = {
    "run": _run,
    "show": _run,
    "check": _check,
    "claims": _claims,
    "reset": _reset,
}


def _with_library(request: Request, prompt: Callable[[], Prompt | None]) -> int:
    return _ON_LIBRARY[request.what](_library(request), request, prompt)


_ACTIONS: dict[str, Callable[[Request, Callable[[], Prompt | None]], int]] = {
    "": _contents,
    "help": _help,
    "progress": _progress,
    "new": _new,
    **dict.fromkeys(_ON_LIBRARY, _with_library),
}
