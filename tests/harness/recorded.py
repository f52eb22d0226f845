"""Record small programs under the tracer, and select events of recordings.

found = recorded("sh", "-c", "exit 3", level="io")       its streams are /dev/null
assert whats(found, Exit) == [...]
"""

import os
import time
from collections.abc import Mapping, Sequence
from os import memfd_create
from typing import NoReturn

from simpsh.base.events import Event, Exit, Fork, Reap, Reparent, Start, What
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGKILL
from simpsh.kernel import signals
from simpsh.kernel.processes import exit_now, fork, set_pdeathsig
from simpsh.kernel.wait_calls import waitpid
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.recording_file import Recording
from simpsh.trace.tracer.recorded_run import RecordedRun
from simpsh.trace.tracer.traced_command import NotTraceable, TracedCommand
from tests.harness.process import children_of, kill_and_collect

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "0"))
"""Number of rounds of the stress tests; 0 for the small default of each test."""


def recorded(*argv: str, **how: object) -> Recording:
    """Record a command with all streams on /dev/null; see record()."""
    with open(os.devnull, "r+b") as nothing:
        return record(argv, descriptors=dict.fromkeys((0, 1, 2), nothing.fileno()), **how)


def whats(recording: Recording, kind: type[What]) -> list[What]:
    """Return the `what` of all events of `kind`."""
    return [event.what for event in recording.events if isinstance(event.what, kind)]


def first(recording: Recording, kind: type[What], **fields: object) -> int:
    """Return the index of the first event of `kind` with these fields."""
    for place, event in enumerate(recording.events):
        what = event.what
        if isinstance(what, kind) and all(getattr(what, one) == fields[one] for one in fields):
            return place
    raise AssertionError(f"no {kind.__name__} with {fields} in the recording")


def disorder(events: tuple[Event, ...]) -> list[str]:
    """Return messages about an impossible order: effects before causes, acts of dead processes."""
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


def record(
    argv: Sequence[str],
    *,
    level: str = "calls",
    until_rest: float = 0,
    directory: str = "",
    descriptors: Mapping[int, int] | None = None,
    with_lines: bool = False,
) -> Recording:
    """Run a command under the tracer, and return the recording.

    Args:
        until_rest: Kill it after this many seconds or at rest; 0 to wait for its exit.
        descriptors: Maps the command's descriptors to ours, if they differ.
        with_lines: Keep the note that a program has no debug information.
    """
    given = tuple(sorted((descriptors or {}).items()))
    command = TracedCommand(tuple(argv), directory=directory, descriptors=given)
    memory = memfd_create("recording")
    with open(memory, "r+", encoding="utf-8") as file:
        pid = fork()
        if pid == 0:  # in the child
            _record_into(memory, command, level)
        try:
            if until_rest:
                _end_at_rest(pid, memory, until_rest)
            waitpid(pid)
        except BaseException:
            signals.kill(pid, SIGKILL)
            waitpid(pid)
            raise
        file.seek(0)
        found = recording_file.read(file)
    for note in found.notes:
        if note.startswith("failed: "):
            raise NotTraceable(note.removeprefix("failed: "))
    notes = tuple(note for note in found.notes if with_lines or "compile it with -g" not in note)
    return changed(found, notes=notes)


def _end_at_rest(pid: int, memory: int, seconds: float) -> None:
    deadline, others = time.monotonic() + seconds, set(children_of(os.getpid())) - {pid}
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() > deadline or b'"event":"rest"' in os.pread(memory, 1 << 20, 0):
            signals.kill(pid, SIGKILL)
        time.sleep(0.01)
    # The tracer and all traced processes die with simpsh; the test runner reaps them.
    kill_and_collect(lambda: set(children_of(os.getpid())) - others - {pid})


def _record_into(memory: int, command: TracedCommand, level: str) -> NoReturn:
    """In the child: record into a file like simpsh, and exit."""
    try:
        set_pdeathsig(SIGKILL)
        file = os.fdopen(os.dup(memory), "w", encoding="utf-8")
        try:
            with RecordedRun(command, command.argv, level, file) as recorded:
                recorded.wait()
            problem = recorded.remark
        except BaseException as error:
            problem = str(error)
        if problem:
            os.write(memory, recording_file.note_line(f"failed: {problem}").encode())
    finally:
        exit_now(0)
