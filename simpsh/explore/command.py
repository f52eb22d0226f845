"""`simpsh explore`: its command line, and what it prints."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.explore.leaving import Asked, collect_strays, leaving_in_order
from simpsh.explore.request import USAGE, understand
from simpsh.kernel.descriptors import write_all
from simpsh.record import changed
from simpsh.whole_files import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from simpsh.explore.exploration import Exploration
    from simpsh.explore.exploring import Limits
    from simpsh.explore.program import Program
    from simpsh.explore.report import Style
    from simpsh.explore.request import Request
    from simpsh.explore.search import Search

_NATIVE_SECONDS, _SECONDS_FOR_A_RUN = 10.0, 0.1
_NARROWEST, _USUAL_WIDTH, _FILE_WIDTH = 40, 80, 100
_SUFFIXES = {".html": "html", ".htm": "html", ".svg": "svg", ".json": "perfetto"}


def main(argv: Sequence[str], step: str = "simpsh step") -> int:
    """Carry out `simpsh explore ARGV…` and return the exit status.

    The calling process must have no other children.

    Args:
        argv: the words after `explore`.
        step: how the stepper is called here.
    """
    try:
        request = understand(argv)
        if "--help" in request.flags:
            write_all(1, USAGE.encode())
            return 0
        with leaving_in_order():
            return _explore(request, step)
    except SimpshError as problem:
        _complain(str(problem))
        return problem.status
    except Asked as asked:
        collect_strays()
        return 128 + asked.signal
    except BrokenPipeError:
        # The reader has seen enough (head, or less left early).
        return 0
    except OSError as error:
        _complain(f"{error.filename or 'cannot explore'}: {error.strerror}")
        return 1


def _explore(request: Request, step: str) -> int:
    from simpsh.explore.expecting import read_expected
    from simpsh.explore.exploring import explore
    from simpsh.explore.program import program_of

    expected = read_expected(request.expect) if request.expect else []
    program = program_of(
        request.words,
        directory=request.dir,
        shell=request.shell,
        has_terminal="--pty" in request.flags,
    )
    found = explore(program, _limits(request, len(expected)), _progress())
    _clear_progress()
    if request.expect:
        from simpsh.explore.expecting import judge

        status, lines = judge(found, expected)
        _print(lines)
        return status
    if "--json" in request.flags:
        from simpsh.explore.json_report import json_of

        write_all(1, json_of(found).encode())
    elif request.draw:
        _draw(request, program, found)
    else:
        _tell(request, found, step)
    return 0


def _limits(request: Request, expected: int) -> Limits:
    from simpsh.explore.exploring import Limits

    limits = Limits(budget_seconds=request.budget, most=max(request.most, expected + 1))
    if request.runs is None:
        return limits
    seconds = max(_NATIVE_SECONDS, request.runs * _SECONDS_FOR_A_RUN)
    return changed(limits, natives=request.runs, native_seconds=seconds)


def _tell(request: Request, found: Exploration, step: str) -> None:
    from simpsh.explore import report
    from simpsh.explore.tree import drawn

    command = report.typed(request.words)
    style = _style(request, step)
    if "--tree" not in request.flags:
        _print(report.report(found, command, style))
        return
    if found.tree is None:
        raise SimpshError(f"explore: {command} has too many outputs for a tree; see --max")
    _print(drawn(found.tree, style.width, is_ascii=style.is_ascii))
    _print(report.verdict(found, style))


def _draw(request: Request, program: Program, found: Exploration) -> None:
    from simpsh.explore import report
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.moments import watched
    from simpsh.explore.step_events import chronicle_of_moments, draw_moments
    from simpsh.view.formats import render

    if request.draw > len(found.outcomes):
        raise SimpshError(f"explore: there is no outcome {request.draw}, but {len(found.outcomes)}")
    command = report.typed(request.words)
    with Knowledge(program) as knowledge:
        moments = watched(knowledge, found.outcomes[request.draw - 1].witness)
    if not request.output:
        _print(draw_moments(moments, command, _style(request, "").width))
        return
    form = _SUFFIXES.get(os.path.splitext(request.output)[1])
    if form is None:
        text = "".join(f"{line}\n" for line in draw_moments(moments, command, _FILE_WIDTH))
    else:
        text = "".join(render(chronicle_of_moments(moments, command), form, title=command))
    _write(request.output, text)


def _write(path: str, text: str) -> None:
    """Write a file, whole or not at all."""
    if os.path.isdir(path):
        raise SimpshError(f"explore: {path}: is a directory")
    try:
        replace_file(path, text)
    except OSError as error:
        raise SimpshError(f"explore: {path}: cannot be written: {error.strerror}") from None


def _style(request: Request, step: str) -> Style:
    from simpsh.explore.report import Style, typed

    options = ["--pty"] if "--pty" in request.flags else []
    options += ["--dir", request.dir] if request.dir else []
    options += ["--shell", request.shell] if request.shell != "/bin/sh" else []
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return Style(
        width=_width(),
        in_colour=os.isatty(1) and not os.environ.get("NO_COLOR"),
        is_ascii=encoding != "utf8",
        step=f"{step} {typed(options)}" if options else step,
    )


def _width() -> int:
    try:
        return max(_NARROWEST, os.get_terminal_size(1).columns)
    except OSError:
        columns = os.environ.get("COLUMNS", "")
        return max(_NARROWEST, int(columns)) if columns.isdigit() else _USUAL_WIDTH


def _progress() -> Callable[[Search], None] | None:
    """Return what shows on a terminal how far the search is; None where nobody would see it."""
    if not os.isatty(2) or os.environ.get("TERM", "dumb") == "dumb":
        return None

    def show(search: Search) -> None:
        states = len(search.graph.states) if search.graph is not None else 0
        write_all(2, f"\r\x1b[Kexploring: {states:,} states, {search.runs:,} runs".encode())

    return show


def _clear_progress() -> None:
    if os.isatty(2) and os.environ.get("TERM", "dumb") != "dumb":
        write_all(2, b"\r\x1b[K")


def _print(lines: Iterable[str]) -> None:
    sys.stdout.flush()
    text = "".join(f"{line}\n" for line in lines)
    write_all(1, text.encode("utf-8", "backslashreplace"))


def _complain(message: str) -> None:
    sys.stdout.flush()
    try:
        write_all(2, f"simpsh: {message}\n".encode("utf-8", "surrogateescape"))
    except OSError:
        return
