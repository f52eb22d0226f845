"""Recording small programs quietly, and picking out what a test asks about."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from simpsh.events import Event, Exit, Fork, Reap, Reparent, Start, What
from simpsh.trace.recording import Recording
from simpsh.trace.tracing import record

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "0"))
"""How often the stress tests repeat; 0 for a small number that suits each."""

DEADLINE_SECONDS = 30.0


def run(*argv: str, level: str = "calls", until_rest: bool = False) -> Recording:
    """Record a command whose output goes nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        return record(
            argv,
            level=level,
            until_rest=until_rest,
            deadline_seconds=DEADLINE_SECONDS,
            descriptors={0: nothing, 1: nothing, 2: nothing},
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
    """Keep the processors busy with `count` processes meanwhile."""
    pids = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            try:
                signal.alarm(120)
                while True:
                    pass
            finally:
                os._exit(0)
        pids.append(pid)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
