"""Pictures of commands of this session: of what its tracer saw, and of what the shell saw."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.events import Event
from simpsh.console import is_in_colour, show, width
from simpsh.shell.builtins.builtin_registry import Services
from simpsh.shell.plan.job_plan import JobPlan, ProcessPlan
from simpsh.shell.state import State
from simpsh.trace.recording.last_command import Stretch


def draw_stretch(state: State, services: Services, text: str, stretch: Stretch) -> int:
    """Draw what the kernel's record of this session has of a stretch; return the exit status."""

    def draw_it() -> int:
        from simpsh.trace.recording.last_command import renamed
        from simpsh.trace.recording.session_record import command_record

        assert services.last_run is not None  # only a prompt under --truth has stretches
        try:
            record = command_record(services.last_run.session_record, stretch)
        except SimpshError as problem:
            state.complain(f"timeline: {problem}")
            return problem.status
        remarks = [
            "as the kernel saw it; in a simpsh without --truth, or after %untraced in a notebook, "
            "'trace COMMAND' shows waits and pipes"
        ]
        if not record.is_whole:
            remarks.append("its end may be missing: the tracer has ended, or is late")
        draw(state, renamed(record.events, record.shell), "events", text, remarks)
        return 0

    # In a child: its birth comes into the record behind all that is to be drawn.
    return services.run_job(JobPlan((ProcessPlan(body=draw_it),), text="timeline"))


def draw(
    state: State, events: Sequence[Event], level: str, text: str, remarks: Sequence[str]
) -> None:
    """Draw a command called `text` from its events; the remarks stand below."""
    from simpsh.chronicle.chronicle_builder import chronicle_of
    from simpsh.view.run_formats import render

    for piece in render(
        chronicle_of(events, level),
        title=text,
        remarks=remarks,
        width=width(),
        in_colour=is_in_colour(1, state.variables),
    ):
        show(piece, is_painted=True)
