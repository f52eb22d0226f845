"""Recording small programs quietly, and picking out what a test asks about."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import memfd_create
from typing import NoReturn, TextIO

from simpsh.base.events import Event, Exit, Fork, Reap, Reparent, Start, What
from simpsh.base.patience import patience
from simpsh.base.signal_names import SIGKILL
from simpsh.kernel import signals
from simpsh.kernel.processes import exit_now, fork, set_pdeathsig
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.machine_permits import who_traces_us
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.recording_file import Recording, RecordingWriter
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.traced_command import NotTraceable, TracedCommand
from simpsh.trace.tracer.traced_run import FollowOptions, TracerEnded, follow

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "0"))
"""How often the stress tests repeat; 0 for a small number that suits each."""

DEADLINE_SECONDS = 30.0 * patience()


def run(
    *argv: str, level: str = "calls", until_rest: bool = False, with_lines: bool = False
) -> Recording:
    """Record a command whose output goes nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        return record(
            argv,
            level=level,
            until_rest=until_rest,
            deadline_seconds=DEADLINE_SECONDS,
            descriptors={0: nothing, 1: nothing, 2: nothing},
            with_lines=with_lines,
        )
    finally:
        os.close(nothing)


def whats(recording: Recording, kind: type[What]) -> list[What]:
    """The events of one kind, without when and who."""
    return [event.what for event in recording.events if isinstance(event.what, kind)]


def first(recording: Recording, kind: type[What], **fields: object) -> int:
    """The place of the first event of a kind with these fields."""
    for place, event in enumerate(recording.events):
        what = event.what
        if isinstance(what, kind) and all(getattr(what, one) == fields[one] for one in fields):
            return place
    raise AssertionError(f"no {kind.__name__} with {fields} in the recording")


def disorder(events: tuple[Event, ...]) -> list[str]:
    """What is told in an order that cannot be: effects before causes, acts of the dead."""
    alive: set[str] = set()
    dead: set[str] = set()
    gone: set[str] = set()
    wrong = []
    for event in events:
        what = event.what
        if isinstance(what, Start):
            alive.add(event.proc)
        is_act = not getattr(what, "inferred", False) and not isinstance(what, Reparent)
        if is_act and event.proc and event.proc not in alive:
            wrong.append(f"{event.seq}: {event.proc} acts and is not alive: {what}")
        if isinstance(what, Fork) and not what.thread:
            if what.child in alive or what.child in dead:
                wrong.append(f"{event.seq}: {what.child} is born twice")
            alive.add(what.child)
        elif isinstance(what, Exit):
            alive.discard(event.proc)
            dead.add(event.proc)
        elif isinstance(what, Reap):
            if what.child not in dead or what.child in gone:
                wrong.append(f"{event.seq}: {what.child} is collected, but is no zombie")
            gone.add(what.child)
    return wrong + [f"{name} never ends" for name in sorted(alive)]


@contextmanager
def burning(count: int = 4) -> Iterator[None]:
    """Keep the processors busy with `count` processes meanwhile; they die with this process."""
    parent, pids = os.getpid(), []
    for _ in range(count):
        pid = fork()
        if pid == 0:  # in the child
            set_pdeathsig(SIGKILL)
            while os.getppid() == parent:
                pass
            os._exit(0)
        pids.append(pid)
    try:
        yield
    finally:
        for pid in pids:
            signals.kill(pid, SIGKILL)
            waitpid(pid)


def record(
    argv: Sequence[str],
    *,
    level: str = "calls",
    deadline_seconds: float | None = None,
    until_rest: bool = False,
    environment: Mapping[str, str] | None = None,
    directory: str = "",
    descriptors: Mapping[int, int] | None = None,
    with_lines: bool = False,
) -> Recording:
    """Run a command in a process of its own under the tracer, and return the recording."""
    ours = who_traces_us()
    if ours:
        raise NotTraceable(ours)
    command = TracedCommand(
        tuple(argv), environment, directory, tuple(sorted((descriptors or {}).items()))
    )
    sites = CallSites(reads_python=True) if with_lines else None
    how = FollowOptions(level, deadline_seconds, until_rest, call_sites=sites)
    memory = memfd_create("recording")
    with open(memory, "r+", encoding="utf-8") as file:
        pid = fork()
        if pid == 0:  # in the child
            _record_into(file, command, how)
        _wait_for_tracer(pid)
        file.seek(0)
        return _checked(recording_file.read(file))


def _wait_for_tracer(pid: int) -> None:
    try:
        waitpid(pid)
    except BaseException:
        # Interrupted: with the tracer, everything it traces dies.
        signals.kill(pid, SIGKILL)
        waitpid(pid)
        raise


def _record_into(file: TextIO, command: TracedCommand, how: FollowOptions) -> NoReturn:
    """Be the tracer's process: record into the file, and end."""
    try:
        set_pdeathsig(SIGKILL)
        header = recording_file.new_header(
            "ptrace", command.argv, level=how.level, argv0=command.argv[0]
        )
        file.write(recording_file.header_line(header))
        try:
            sites = how.call_sites
            writer = RecordingWriter(file, sites.sources if sites is not None else None)
            try:
                outcome = follow(command, writer.put, how, writer.write_some)
            finally:
                writer.finish()
            notes = (*outcome.notes, *(sites.notes if sites is not None else ()))
            file.writelines(map(recording_file.note_line, notes))
            if outcome.is_overdue:
                file.write(recording_file.note_line(f"ended after {how.deadline_seconds} seconds"))
        except (OSError, NotTraceable) as error:
            file.write(recording_file.note_line(f"failed: {error}"))
        except TracerEnded:
            file.write(recording_file.note_line("ended by a signal to the tracer"))
        except BaseException as error:
            file.write(recording_file.note_line(f"failed: the tracer broke: {error!r}"))
        file.flush()
    finally:
        exit_now(0)


def _checked(found: Recording) -> Recording:
    for note in found.notes:
        if note.startswith("failed: "):
            raise NotTraceable(note.removeprefix("failed: "))
    return found
