"""`simpsh trace`: run a command and show what happened; `simpsh trace show`: look at a recording.

The forms a run can be shown in are handed in from above: this room knows no words or pictures.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol

from simpsh.chronicle.telling import chronicle_of
from simpsh.errors import SimpshError
from simpsh.kernel.descriptors import write_all
from simpsh.trace import recording
from simpsh.trace.own import record_own_calls
from simpsh.trace.recording import Recording
from simpsh.trace.request import USAGE, Request, is_line, understand
from simpsh.trace.starting import Command, NotTraceable, complain
from simpsh.trace.strace import record_through_strace, strace_path
from simpsh.trace.tracing import Ended, Following, follow, who_traces_us, why_not
from simpsh.wait_status import decode, shell_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simpsh.chronicle.model import Chronicle
    from simpsh.events import Event

_FAILED = 1
_FILE_WIDTH, _NARROWEST, _USUAL_WIDTH = 100, 40, 80


class Renderer(Protocol):
    """What turns a run into text: simpsh.view.formats.render."""

    def __call__(  # noqa: PLR0913 - as the view has it
        self,
        chronicle: Chronicle,
        form: str = "text",
        *,
        title: str = "",
        remarks: Sequence[str] = (),
        width: int = 80,
        is_ascii: bool = False,
        in_colour: bool = False,
        with_details: bool = False,
    ) -> Iterator[str]:
        """Return the run in one of the forms, piece by piece."""


def main(argv: Sequence[str], render: Renderer) -> int:
    """Carry out `simpsh trace ARGV…` and return the exit status: the command's own.

    The calling process must have no other children.

    Args:
        argv: the words after `trace`.
        render: simpsh.view.formats.render.
    """
    try:
        request = understand(argv)
        if "--help" in request.flags:
            write_all(1, USAGE.encode())
            return 0
        if request.words[0] == "show":
            return _show(request, render)
        return _trace(request, render)
    except SimpshError as problem:
        complain(str(problem))
        return problem.status
    except OSError as error:
        complain(f"{error.filename or 'cannot trace'}: {error.strerror}")
        return _FAILED


def _trace(request: Request, render: Renderer) -> int:
    command = Command(_program(request.words))
    ours = who_traces_us()
    if ours:
        raise NotTraceable(ours)
    obstacle = why_not()
    if not obstacle:
        found, status = _follow(command, request.level, " ".join(request.words))
    elif strace_path():
        complain(f"{obstacle}; strace is used instead")
        found, status = record_through_strace(command)
    else:
        complain(f"{obstacle}, and strace is not installed; only simpsh's own calls are recorded")
        found, status = record_own_calls(command)
    put(found, request, render, descriptor=2)
    return shell_status(decode(status))


def _program(words: tuple[str, ...]) -> tuple[str, ...]:
    if is_line(words) and not os.path.exists(words[0]):
        # -P: a file of this name in the working directory is not to be imported. Somebody
        # watches, so the shell forks.
        return (sys.executable, "-P", "-m", "simpsh", "--engine", "fork", "-c", words[0])
    return words


def _follow(command: Command, level: str, title: str) -> tuple[Recording, int]:
    events: list[Event] = []
    header = recording.new_header("ptrace", title, level=level, argv0=command.argv[0])
    try:
        outcome = follow(command, events.append, Following(level, mirrors_stops=True))
    except Ended as ended:
        # What was seen is shown; the command has ended with its tracer's task.
        note = "ended early: the tracer was asked to end"
        return Recording(header, tuple(events), notes=(note,)), ended.signal
    return Recording(header, tuple(events), notes=outcome.notes), outcome.status


def _show(request: Request, render: Renderer) -> int:
    found = recording.read_file(request.words[1])
    put(found, request, render, descriptor=1)
    return 0


def put(found: Recording, request: Request, render: Renderer, descriptor: int) -> None:
    """Write a recording in the form asked for, to its file or to a descriptor.

    Raises:
        OSError: the file cannot be made or written.
    """
    if request.output:
        with recording.create(request.output) as file:
            pieces = _pieces(found, request, render, width=_FILE_WIDTH, in_colour=False)
            file.writelines(pieces)
        return
    sys.stdout.flush()
    in_colour = os.isatty(descriptor) and not os.environ.get("NO_COLOR")
    width = _width(descriptor)
    try:
        for piece in _pieces(found, request, render, width=width, in_colour=in_colour):
            write_all(descriptor, piece.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        # The reader has seen enough (head, or less left early).
        return


def _pieces(
    found: Recording, request: Request, render: Renderer, *, width: int, in_colour: bool
) -> Iterable[str]:
    if request.form == "jsonl":
        return (recording.header_line(found.header), *map(recording.line_of, found.events))
    remarks = [*found.notes]
    if found.header.unseen:
        remarks.append(found.header.unseen)
    if found.is_cut_short:
        remarks.append("the recording ends in the middle: its writer was killed")
    return render(
        chronicle_of(found.events, found.header.level),
        request.form,
        title=found.header.command,
        remarks=remarks,
        width=width,
        is_ascii="--ascii" in request.flags or not _can_show_unicode(),
        in_colour=in_colour,
        with_details="--all" in request.flags,
    )


def _can_show_unicode() -> bool:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "") == "utf8"


def _width(descriptor: int) -> int:
    try:
        return max(_NARROWEST, os.get_terminal_size(descriptor).columns)
    except OSError:
        columns = os.environ.get("COLUMNS", "")
        return max(_NARROWEST, int(columns)) if columns.isdigit() else _USUAL_WIDTH
