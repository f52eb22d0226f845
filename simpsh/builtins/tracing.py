"""`trace` and `timeline`: pictures of what the processes of a command did."""

from __future__ import annotations

import os

from simpsh.builtins.anew import INTERPRETER, run_anew
from simpsh.builtins.quoting import quoted
from simpsh.builtins.registry import Builtin, is_builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import SimpshError, UsageProblem
from simpsh.trace.request import is_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State
    from simpsh.trace.last_run import Run

_VALUED = ("-o", "--output", "--level")


def _trace(state: State, operands: Sequence[str]) -> int:
    given, words = _split(operands)
    if not words:
        raise UsageProblem("which command? Put a line in quotes")
    if words[0] != "show":
        words = _traced(words)
    # A process of its own, and without our children: a tracer waits for all that it traces.
    return run_anew(state, ("trace", *given, "--", *words), f"trace {' '.join(operands)}")


def _split(operands: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split operands into the tracer's options with their values, and the command.

    >>> _split(["-o", "f.html", "--all", "ls", "-l"])
    (['-o', 'f.html', '--all'], ['ls', '-l'])
    """
    given: list[str] = []
    rest = list(operands)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        given.append(word)
        if word in _VALUED and rest:
            given.append(rest.pop(0))
    return given, rest


def _traced(words: Sequence[str]) -> list[str]:
    """Return the program to trace: a line, and a builtin, need a shell to run them."""
    if is_line(words):
        # The tracer has a shell run it, and names the picture after the line itself.
        return list(words)
    if is_builtin(words[0]):
        return [*INTERPRETER, "-c", " ".join(map(quoted, words))]
    return list(words)


def _timeline(state: State, operands: Sequence[str]) -> int:
    _, rest = options(operands, "")
    if rest:
        raise UsageProblem(f"{rest[0]}: it takes no operands; 'trace COMMAND' runs one")
    if state.last_run is None:
        raise SimpshError("only the prompt remembers; 'trace COMMAND' runs one and draws it")
    run = state.last_run.before
    if run is None:
        raise SimpshError("there is no command before this one")
    if not run.was_watched:
        raise SimpshError(
            "nobody watched the last command; 'verbose 1' watches the next ones, "
            "'trace COMMAND' runs one and draws it"
        )
    _draw(run, state)
    return 0


def _draw(run: Run, state: State) -> None:
    from simpsh.chronicle.telling import chronicle_of
    from simpsh.view.formats import render

    try:
        width = os.get_terminal_size(1).columns
        in_colour = not state.variables.get("NO_COLOR")
    except OSError:
        width, in_colour = 80, False
    remarks = ["as the shell itself saw it; 'trace COMMAND' sees everything"]
    if run.is_cut:
        remarks.append("the command did so much that only its beginning was kept")
    chronicle = chronicle_of(run.events, "calls")
    for piece in render(
        chronicle, title=run.text, remarks=remarks, width=width, in_colour=in_colour
    ):
        say(piece)


BUILTINS = (
    Builtin(
        "trace",
        "trace [option...] LINE | trace [option...] command [argument...]",
        _trace,
        "It runs the tracer as a job of this shell, so that ^C and ^Z reach it.",
    ),
    Builtin(
        "timeline",
        "timeline",
        _timeline,
        "It draws what this shell itself saw of the command before.",
    ),
)
