"""One process supervises each run: a subreaper and tracer, forked from the one that teaches.

    teacher ──► supervisor ──► the demonstration's first process ──► its children …

Nobody of the demonstration outlives it: at the end it kills and collects all; if it dies, the
kernel kills all it traces (PTRACE_O_EXITKILL); and if the teacher dies, it ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from simpsh.course import guarding
from simpsh.course.collecting import collect_all
from simpsh.course.naming import renamed
from simpsh.course.observation import Observation
from simpsh.course.overseeing import Overseer
from simpsh.course.own_process import in_own_process
from simpsh.course.own_terminal import OwnTerminal
from simpsh.course.playing import Stage, play
from simpsh.course.shell_noise import relettered, without_noise
from simpsh.course.staging import NotObservable
from simpsh.course.watched_calls import further_calls
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2
from simpsh.trace.calls import assembled_filter
from simpsh.trace.starting import Command, NotTraceable, start_seized
from simpsh.trace.tracer import SIGCHLD, options
from simpsh.trace.tracing import SIGTERM, who_traces_us

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.course.guarding import Bound
    from simpsh.course.observation import Moment
    from simpsh.course.staging import Staging
    from simpsh.events import Event

_PIPE_BYTES = 1 << 20


def observe(body: Callable[[], object], staging: Staging) -> Observation:
    """Run a demonstration in a family of its own, watched by a process of its own.

    Args:
        body: called in the demonstration's first process, when all is arranged there; it marks
            the beginning by line_telling.tell(BEGIN).
        staging: how to run it and how to look at it.

    Raises:
        NotObservable: the system lets no process trace its child.
        NotGuarded: a bomb could not be contained.
        Broken: the supervisor broke.
        OSError: EAGAIN EMFILE …; a process or descriptor cannot be made.
    """
    ours = who_traces_us()
    if ours:
        raise NotObservable(ours)
    # Only its name: who dies before the supervisor listens must leave nothing.
    name = f"simpsh-lesson-{os.urandom(8).hex()}"
    directory = os.path.join(tempfile.gettempdir(), name)
    try:
        work = partial(_supervise, body, staging, directory)
        return in_own_process(work, staging.deadline_seconds)
    finally:
        # Again: the supervisor may have been killed.
        shutil.rmtree(directory, ignore_errors=True)


def _supervise(body: Callable[[], object], staging: Staging, directory: str) -> Observation:
    signals.sigprocmask(signals.SIG_SETMASK, (SIGCHLD,))
    bound = None
    try:
        os.mkdir(directory, 0o700)
        if staging.guard is not None:
            bound = guarding.prepare(staging.guard, dies_with_tracer=True)
        return _run(body, staging, bound, directory)
    except NotTraceable as error:
        raise NotObservable(str(error)) from None
    finally:
        # From here on, being asked to end changes nothing.
        signals.sigaction(SIGTERM, signals.SIG_IGN)
        if bound is not None:
            bound.leave()
        shutil.rmtree(directory, ignore_errors=True)


def _run(
    body: Callable[[], object], staging: Staging, bound: Bound | None, directory: str
) -> Observation:
    if bound is not None:
        # It may run as another user.
        os.chmod(directory, 0o777)
    terminal = OwnTerminal() if staging.terminal else None
    if terminal is not None:
        output, write_end, target = terminal.master, -1, terminal.name
    else:
        pipe = pipe2()
        output, write_end = pipe.read_end, pipe.write_end
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        target = os.readlink(f"/proc/self/fd/{write_end}")
    os.set_blocking(output, False)
    overseer = Overseer(staging, output, target, directory, terminal)
    assembled = assembled_filter("io", further_calls(staging))
    stage = Stage(write_end, directory, assembled, terminal=terminal, bound=bound)
    deadline = time.monotonic() + staging.deadline_seconds
    try:
        pid = start_seized(
            Command((staging.main,)),
            options("io", dies_with_tracer=True),
            b"",
            lambda: play(body, stage),
        )
        if write_end >= 0:
            close(write_end)
        overseer.follow(pid, deadline)
    finally:
        collect_all()
    return observation_of(overseer, staging)


def observation_of(overseer: Overseer, staging: Staging) -> Observation:
    """Put together what was seen."""
    events = overseer.events
    if staging.names_programs:
        events = without_noise(events)
    place = {event.seq: index for index, event in enumerate(events)}
    told = overseer.shown_names()
    found = Observation(
        events=tuple(renamed(event, told) for event in events),
        names=tuple(told[name] for name in overseer.naming.names),
        moments={
            mark: _fitted(moment, overseer.events, place, told)
            for mark, moment in overseer.moments.items()
        },
        source=staging.source,
        output=overseer.text,
        outputs=tuple(place[seq] for seq in overseer.outputs if seq in place),
        lines={place[seq]: line for seq, line in overseer.lines.items() if seq in place},
        hangs=overseer.hangs,
        left={told[name]: state for name, state in overseer.left.items()},
        problem=_problem(overseer, staging),
        lacks=overseer.lacks,
    )
    return relettered(found) if staging.names_programs else found


def _problem(overseer: Overseer, staging: Staging) -> str:
    if overseer.tracer.is_overdue:
        return f"it was ended after {staging.deadline_seconds:g} seconds"
    if not overseer.has_begun:
        return f"it could not begin: {overseer.text.strip()}"
    return overseer.breaks[0] if overseer.breaks else ""


def _fitted(
    moment: Moment, events: Sequence[Event], place: Mapping[int, int], names: Mapping[str, str]
) -> Moment:
    """Give a moment the places of the events that are kept, and the shown names."""
    kept = [event.seq for event in events[: moment.index + 1] if event.seq in place]
    index = place[kept[-1]] if kept else -1
    looks = {
        names.get(name, name): replace(look, parent=names.get(look.parent, look.parent))
        for name, look in moment.looks.items()
    }
    return replace(moment, index=index, looks=looks)
