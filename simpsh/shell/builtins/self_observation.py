"""`verbose`, `timeline`: what this shell tells, and shows, of the calls that it makes itself."""

from __future__ import annotations

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.console import is_in_colour, say, width
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.trace.recording.last_command import WatchedCommand

LEVELS = (
    "nothing is narrated",
    "each process is narrated: its birth, its exec and its end",
    "every system call up to exec is shown as well",
    "and what the kernel says: status bits, states, groups, descriptor tables",
)
"""What the levels mean, from 0 to 3."""


@builtin("verbose [0-3]", "It changes what the shell tells of its own calls.")
def _verbose(state: State, services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="level")
    if not rest:
        say(f"{state.verbosity}: {LEVELS[state.verbosity]}\n")
        return 0
    if rest[0] not in ("0", "1", "2", "3"):
        raise UsageProblem(f"{rest[0]}: not a level from 0 to 3")
    services.observe(int(rest[0]))
    return 0


@builtin("timeline", "It draws what this shell itself saw of the command before.")
def _timeline(state: State, services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "")
    if rest:
        raise UsageProblem(f"{rest[0]}: it takes no operands; 'trace COMMAND' runs one")
    if services.last_run is None:
        raise SimpshError("only the prompt remembers; 'trace COMMAND' runs one and draws it")
    run = services.last_run.before
    if run is None:
        raise SimpshError("there is no command before this one")
    if not run.was_watched:
        raise SimpshError(
            "the last command was not watched; 'verbose 1' watches the next ones, "
            "'trace COMMAND' runs one and draws it"
        )
    _draw(run, state)
    return 0


def _draw(run: WatchedCommand, state: State) -> None:
    from simpsh.chronicle.chronicle_builder import chronicle_of
    from simpsh.view.run_formats import render

    remarks = ["as the shell itself saw it; 'trace COMMAND' sees everything"]
    if run.is_cut:
        remarks.append("the command did so much that only its beginning was kept")
    chronicle = chronicle_of(run.events, "calls")
    for piece in render(
        chronicle,
        title=run.text,
        remarks=remarks,
        width=width(),
        in_colour=is_in_colour(1, state.variables),
    ):
        say(piece)
