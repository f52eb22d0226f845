"""`simpsh step`: its command line, and which way of stepping it gets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError, UsageProblem
from simpsh.explore import schedules
from simpsh.explore.leaving import Asked, collect_strays, leaving_in_order
from simpsh.kernel.descriptors import write_all
from simpsh.record import Record, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.explore.stepping import Session

    Screen = Callable[[Session], None]

USAGE = """\
usage: simpsh step [option …] COMMAND [ARGUMENT …]
       simpsh step [option …] 'LINE'   (one word that is no program is a line for a shell)

Holds every process of the command before its next visible step; you decide who goes next.

  --schedule "P.1 P …"   walk along a schedule; @FILE reads it from a file
  --plain                lines instead of a screen; so it is without a terminal, too
  --pty                  give the command a terminal for its output
  --dir DIR              run it in copies of DIR, not of the working directory
  --shell SHELL          the shell that runs a LINE; else /bin/sh
"""
_VALUED = ("--schedule", "--dir", "--shell")
_FLAGS = ("--plain", "--pty", "--help")
_CANNOT_DRAW = ("", "dumb", "unknown")
_FIRST_LOOK = 1.0
"""How long is looked ahead before the first lines are printed, at the most."""


class Request(Record):
    """What a command line asks for."""

    words: tuple[str, ...] = ()
    schedule: str = ""
    dir: str = ""
    shell: str = "/bin/sh"
    flags: frozenset[str] = frozenset()


def main(argv: Sequence[str], screen: Screen) -> int:
    """Carry out `simpsh step ARGV…` and return the exit status.

    The calling process must have no other children.

    Args:
        argv: the words after `step`.
        screen: lets the student step on a terminal that can be drawn on.
    """
    try:
        request = understand(argv)
        if "--help" in request.flags:
            write_all(1, USAGE.encode())
            return 0
        with leaving_in_order():
            return _step(request, screen)
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
        _complain(f"{error.filename or 'cannot step'}: {error.strerror}")
        return 1


def understand(argv: Sequence[str]) -> Request:
    """Take a command line apart; options end at the first word that is none, or at `--`.

    Raises:
        UsageProblem: an option is unknown or lacks its value, or there is no command.

    >>> understand(["--plain", "--dir=/tmp", "./race", "2"]).words
    ('./race', '2')
    """
    request, words = Request(), list(argv)
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in _VALUED:
            if not equals and not words:
                raise UsageProblem(f"step: {name} needs a value after it")
            value = value if equals else words.pop(0)
            request = changed(request, **{name.removeprefix("--"): value})
        elif word in _FLAGS:
            request = changed(request, flags=request.flags | {word})
        else:
            raise UsageProblem(f"step: there is no option {word}; simpsh step --help lists them")
    if not words and "--help" not in request.flags:
        raise UsageProblem("step: a command is missing; try: simpsh step 'echo a & echo b'")
    return changed(request, words=tuple(words))


def _step(request: Request, screen: Screen) -> int:
    from simpsh.explore.ahead import LookAhead
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.moments import watched
    from simpsh.explore.program import program_of
    from simpsh.explore.stepping import Session
    from simpsh.trace.starting import NotTraceable
    from simpsh.trace.tracing import who_traces_us

    ours = who_traces_us()
    if ours:
        raise NotTraceable(ours)
    schedule = schedules.read(request.schedule) if request.schedule else ()
    program = program_of(
        request.words,
        directory=request.dir,
        shell=request.shell,
        has_terminal="--pty" in request.flags,
    )
    is_plain = "--plain" in request.flags or not _can_draw()
    with Knowledge(program) as knowledge:
        look_ahead = LookAhead(knowledge)
        if schedule and not is_plain:
            # A schedule that does not fit is said before the screen is taken.
            watched(knowledge, schedule)
        with Session(knowledge, " ".join(request.words), look_ahead) as session:
            session.future = list(schedule)
            if is_plain:
                _converse(session)
            else:
                screen(session)
    return 0


def _converse(session: Session) -> None:
    from simpsh.explore.step_plain import Lines

    session.look(_FIRST_LOOK)
    has_keyboard = os.isatty(0) and os.isatty(1)
    lines = Lines(session, is_typed=has_keyboard)
    if session.future:
        lines.watch()
        if not has_keyboard:
            return
    lines.converse()


def _can_draw() -> bool:
    if os.environ.get("TERM", "") in _CANNOT_DRAW:
        return False
    return os.isatty(0) and os.isatty(1)


def _complain(message: str) -> None:
    try:
        write_all(2, f"simpsh: {message}\n".encode("utf-8", "surrogateescape"))
    except OSError:
        return
