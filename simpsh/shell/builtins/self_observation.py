"""`verbose` narrates, `timeline` draws the previous command, `explain` lists a line's calls."""

from __future__ import annotations

import time

from simpsh.base.errors import SimpshError, SyntaxMistake, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.record import changed
from simpsh.console import show, show_lines
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options, plain_operands, retype
from simpsh.shell.language.grammar import parse
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


@builtin("timeline", "It draws the record of the command before: the kernel's or this shell's.")
def _timeline(state: State, services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "")
    if rest:
        raise UsageProblem("it draws here; 'trace -o FILE LINE' records a line into a file")
    from simpsh.shell.builtins.nested_simpsh import draw, draw_stretch, nested_simpsh

    record = state.record
    if record is None:
        raise SimpshError("only the prompt remembers; 'trace COMMAND' runs one and draws it")
    line = record.pass_over()
    line = line if line.has_run else record.ran
    if recording := record.recording_of(line):
        return nested_simpsh(services, ("trace", "show", recording), "timeline")
    if (stretch := line.stretch) is not None:
        ended = stretch.ended_ns or time.monotonic_ns()
        return draw_stretch(state, services, changed(stretch, ended_ns=ended))
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
    draw(state, events_of(acts, state.shell_pid), line.text, remarks)
    return 0


@builtin(
    "explain LINE | explain command [argument...]",
    "It plans a line by the rules and the state of this shell, and runs nothing.",
)
def _explain(state: State, services: Services, operands: list[str]) -> int:
    words = plain_operands(operands)
    if not words:
        raise UsageProblem("which line? Put it in quotes")
    line = words[0]
    if len(words) > 1:
        # The operands are the expanded words of one command.
        line = " ".join(retype(word, is_name=not index) for index, word in enumerate(words))
    try:
        # ^C must also end the listing of a long line.
        with services.launcher.context.interrupts:
            tree = parse(line, aliases=state.aliases, is_typed=state.is_typed)
            lines = services.explained(tree)
    except SyntaxMistake as mistake:
        state.complain(changed(mistake.complaint(), sentence=f"explain: {mistake.message}"))
        return mistake.status
    except RecursionError:
        raise SimpshError("this is nested too deeply to be explained") from None
    show_lines(lines)
    return 0
