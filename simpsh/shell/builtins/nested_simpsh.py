"""`simpsh`, `trace`, `lesson` and other built-ins that run a new simpsh as a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.events import Event
from simpsh.base.own_program import INTERPRETER, OBSERVED
from simpsh.base.phrases import command_words
from simpsh.base.posix_options import take_options
from simpsh.console import is_in_colour, show, width
from simpsh.shell.builtins.builtin_registry import UTILITIES, Services, builtin, is_builtin
from simpsh.shell.builtins.builtin_support import quoted
from simpsh.shell.jobs.redirector import own_file
from simpsh.shell.plan.job_plan import JobPlan, ProcessPlan
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.line_record import Stretch

LOADED: dict[str, Callable[[Sequence[str], dict[str, str]], int]] = {}
"""Subcommands whose modules are loaded, and their functions, to run in a copy of the shell."""

_VALUED = (("-", "o"), ("--", "output"), ("--", "level"))
"""The options of `trace` with a value in the same word or the next."""


def nested_simpsh(services: Services, arguments: Iterable[str], text: str) -> int:
    """Run `simpsh arguments…` as a job of this shell with this text; return its status."""
    words = tuple(arguments)
    process = ProcessPlan((*INTERPRETER, *words), text=text)
    if run := LOADED.get(words[0]):
        environment = services.launcher.context.shell.environment()
        process = ProcessPlan(body=partial(run, words, environment), text=text)
    return services.run_job(JobPlan((process,), is_tool=True, text=text))


def _recording(state: State) -> str:
    """Return the path for a recording of the present line, for `timeline`; "" if it has none.

    The file is in memory, so no file is left over; every process of this user can open the path.
    """
    record = state.record
    if record is None or record.is_copy:
        return ""
    if record.present.recording < 0:
        record.present.recording = own_file("recording")
    return f"/proc/{state.shell_pid}/fd/{record.present.recording}"


@builtin(
    "trace [option...] LINE | trace [option...] command [argument...]",
    "It runs the tracer as a job of this shell, so that ^C and ^Z reach it.",
)
def _trace(state: State, services: Services, operands: list[str]) -> int:
    words = operands[:]
    for option in take_options(words, is_argument=lambda letter, _: ("-", letter) in _VALUED):
        if option in _VALUED:
            del words[:1]
    if not words:
        raise UsageProblem("which command? Put a line in quotes")
    given = operands[: len(operands) - len(words)]
    recording = _recording(state)
    record = ("--record", recording) if recording else ()
    if words[0] == "simpsh":
        words = [*INTERPRETER, *words[1:]]
    elif is_builtin(words[0]) and words[0] not in UTILITIES:
        # Start a shell to run the built-in.
        words = [*INTERPRETER, *OBSERVED, "-c", " ".join(map(quoted, words))]
    text = f"trace {' '.join(operands)}"
    return nested_simpsh(services, ("trace", *record, *given, *words), text)


@builtin(
    "simpsh [option...] [file [argument...]]",
    "It is the program that runs this shell, wherever it is installed; PATH need not lead to it.",
)
def _simpsh(_state: State, services: Services, operands: list[str]) -> int:
    text = command_words(("simpsh", *operands))
    process = ProcessPlan((*INTERPRETER, *operands), text=text)
    return services.run_job(JobPlan((process,), text=text))


def _run(name: str, state: State, services: Services, operands: list[str]) -> int:
    if state.record is not None:
        state.record.pass_over()
    return nested_simpsh(services, (name, *operands), " ".join((name, *operands)))


for _usage, _reason in (
    (
        "lesson [command] [ID...]",
        "It teaches on processes of its own, so it starts a simpsh of its own.",
    ),
    (
        "step [option...] LINE | step [option...] command [argument...]",
        "It stops processes and lets you choose the next one, as a job of this shell.",
    ),
    (
        "explore [option...] LINE | explore [option...] command [argument...]",
        "It finds every output over all orders, as a job of this shell, so that ^C reaches it.",
    ),
    (
        "doctor [option...]",
        "It tries on live processes what this machine permits, so it starts a simpsh of its own.",
    ),
):
    builtin(_usage, _reason)(partial(_run, _usage.partition(" ")[0]))


def draw_stretch(state: State, services: Services, stretch: Stretch) -> int:
    """Draw a part of the session's record, made by the tracer; return the exit status."""
    # Draw in a child, whose fork is recorded after all events to draw.
    body = partial(_draw_stretch, state, stretch)
    return services.run_job(JobPlan((ProcessPlan(body=body),), is_tool=True, text="timeline"))


def _draw_stretch(state: State, stretch: Stretch) -> int:
    from simpsh.trace.recording.session_record import command_record, renamed

    assert state.record is not None  # only a prompt under --truth has stretches
    try:
        record = command_record(state.record.session_record, stretch)
    except SimpshError as problem:
        state.complain(f"timeline: {problem}")
        return problem.status
    remarks = [
        "as the kernel saw it; in a simpsh without --truth, 'trace COMMAND' shows waits and pipes"
    ]
    if not record.is_whole:
        remarks.append("its end may be missing: the tracer has ended, or is late")
    draw(state, renamed(record), stretch.text, remarks)
    return 0


def draw(state: State, events: Sequence[Event], text: str, remarks: Sequence[str]) -> None:
    """Draw the events of the command `text`, with remarks below."""
    from simpsh.chronicle.chronicle_builder import chronicle_of
    from simpsh.view.run_formats import render

    for piece in render(
        chronicle_of(events, "events"),
        "text",
        title=text,
        remarks=remarks,
        width=width(),
        in_colour=is_in_colour(1, state.variables),
    ):
        show(piece, is_painted=True)
