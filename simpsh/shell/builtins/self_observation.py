"""`verbose` turns the narration on and off; `timeline` draws the previous command."""

from __future__ import annotations

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.console import show
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.trace.recording.last_command import WatchedCommand

LEVELS = {
    "0": "nothing is narrated",
    "1": "each process is narrated: its birth, its exec and its end",
}
"""Whether the shell narrates: operands of `verbose`."""
PROCESSES = {"names": "processes are called ls (P1)", "pids": "processes are called by pids"}
"""How the narration names processes: operands of `verbose`."""


class FormerLevel(SimpshError):
    """A level of narration that simpsh 1.0 had was asked for."""

    status = 2

    def __init__(self, asked: str) -> None:
        super().__init__(
            f"{asked}: there is one level; 'explain LINE' lists the calls of a line, "
            "and 'trace LINE' records them"
        )


@builtin("verbose [0 | 1 | names | pids]", "It changes what the shell reports of its own calls.")
def _verbose(state: State, services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="level")
    is_narrated = state.is_narrated
    if not rest:
        level = f"{is_narrated:d}"
        show(f"{level}: {LEVELS[level]}\n")
        return 0
    if rest[0] in ("2", "3"):
        raise FormerLevel(rest[0])
    if rest[0] in PROCESSES:
        state.narrates_names = rest[0] == "names"
    elif rest[0] in LEVELS:
        is_narrated = rest[0] == "1"
    else:
        raise UsageProblem(f"{named(rest[0])}: neither 0, 1, `names` nor `pids`")
    services.observe(is_narrated=is_narrated)
    if is_narrated:
        state.options.visible = True
    return 0


@builtin(
    "timeline [file]", "It draws the record of the command before: the kernel's or this shell's."
)
def _timeline(state: State, services: Services, operands: list[str]) -> int:
    if operands[:1] == ["--calls"]:
        raise UsageProblem("there is no --calls any more: 'trace LINE' records the calls of a line")
    _, rest = options(operands, "", only="file")
    file = rest[0] if rest else ""
    if file.endswith(".jsonl"):
        raise UsageProblem(
            f"{named(file)}: a picture is no recording; 'trace -o {file} LINE' makes one"
        )
    from simpsh.shell.builtins.nested_simpsh import draw, draw_stretch, nested_simpsh

    last = services.last_run
    if last is None:
        raise SimpshError("only the prompt remembers; 'trace COMMAND' runs one and draws it")
    last.pass_over()
    run = last.before
    if run is None:
        raise SimpshError("there is no command before this one")
    if run.has_recording:
        given = ("-o", file) if file else ()
        words = ("trace", "show", *given, last.recording_before)
        return nested_simpsh(services, words, "timeline")
    if run.stretch is not None:
        return draw_stretch(state, services, run.text, run.stretch, file)
    if not run.was_watched:
        raise SimpshError(
            "the last command was not watched; 'trace COMMAND' runs one and draws all of it, "
            "'verbose 1' lets this shell watch the next ones"
        )
    draw(state, run.events(), "calls", run.text, _remarks(run), file)
    return 0


def _remarks(run: WatchedCommand) -> list[str]:
    remarks = [
        "simpsh's own calls, and its children's up to execve; what the programs did was not "
        "watched: 'trace LINE' watches all"
    ]
    if run.is_cut:
        remarks.append("the command did so much that only its beginning was kept")
    return remarks
