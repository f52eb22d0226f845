"""`verbose` turns the narration on and off; `timeline` draws the previous command."""

from __future__ import annotations

import time

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.record import changed
from simpsh.console import show
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.state import State

LEVELS = {
    "0": "nothing is narrated",
    "1": "each process is narrated: its birth, its exec and its end",
}
"""Whether the shell narrates: operands of `verbose`."""


class FormerLevel(SimpshError):
    """A level or a form of narration that simpsh 1.0 had was asked for."""

    status = 2

    def __init__(self, asked: str) -> None:
        super().__init__(
            f"{asked}: there is one level; 'explain LINE' lists the calls of a line, "
            "and 'trace LINE' records them"
        )


@builtin("verbose [0 | 1]", "It changes what the shell reports of its own calls.")
def _verbose(state: State, services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="level")
    if not rest:
        level = f"{state.is_narrated:d}"
        show(f"{level}: {LEVELS[level]}\n")
        return 0
    if rest[0] in ("2", "3", "names", "pids"):
        raise FormerLevel(rest[0])
    if rest[0] not in LEVELS:
        raise UsageProblem(f"{named(rest[0])}: neither 0 nor 1")
    services.observe(is_narrated=rest[0] == "1")
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

    record = state.record
    if record is None:
        raise SimpshError("only the prompt remembers; 'trace COMMAND' runs one and draws it")
    line = record.pass_over()
    line = line if line.has_run else record.ran
    if recording := record.recording_of(line):
        given = ("-o", file) if file else ()
        return nested_simpsh(services, ("trace", "show", *given, recording), "timeline")
    if (stretch := line.stretch) is not None:
        ended = stretch.ended_ns or time.monotonic_ns()
        return draw_stretch(state, services, changed(stretch, ended_ns=ended), file)
    from simpsh.shell.line_events import events_of

    acts = record.acts(line)
    if not any(act.is_process for act in acts):
        raise SimpshError("no line before this one has started a process")
    remarks = [
        "the shell's own view: an end is drawn where a shell collected it, and files are left out; "
        "'trace LINE' runs the line again and records everything"
    ]
    if line.is_cut:
        remarks.append("the line did so much that only a part of it was kept")
    draw(state, events_of(acts, state.shell_pid), line.text, remarks, file)
    return 0
