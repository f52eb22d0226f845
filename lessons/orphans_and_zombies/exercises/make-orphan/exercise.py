"""Make an orphan that prints the pid of its new parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import all_of, before, happens, never, processes
from simpsh.grade.exercises import (
    POLLS,
    Asked,
    Call,
    Close,
    Exercise,
    Exit,
    Reparent,
    Trial,
    Write,
    pid_of,
    so,
)

if TYPE_CHECKING:
    from simpsh.grade.exercises import Observation

program, orphan = processes("P0", "P1")


def _adoption(seen: Observation) -> Reparent | None:
    found = [
        event.what
        for event in seen.events
        if isinstance(event.what, Reparent) and seen.name_of(event.proc) == "P1"
    ]
    return found[0] if found else None


def _alive(seen: Observation) -> str:
    """Return why the child was not adopted alive; empty if it was."""
    ends = [
        index
        for index, event in enumerate(seen.events)
        if isinstance(event.what, Exit) and seen.name_of(event.proc) == "P1"
    ]
    if len(seen.names) < 2:
        return "your program made no child"
    adopted = [
        index
        for index, event in enumerate(seen.events)
        if isinstance(event.what, Reparent) and seen.name_of(event.proc) == "P1"
    ]
    if not adopted:
        return "its parent did not end before it: no process adopted it"
    if ends and ends[0] < adopted[0]:
        return (
            "the child had ended before its parent did: init or a subreaper adopted only a zombie"
        )
    return ""


def _told(seen: Observation) -> str:
    adoption = _adoption(seen)
    if adoption is None:
        return "no process adopted the child, so the child could not print the new parent"
    parent = seen.chronicle.processes["P0"].pid
    wanted = f"{parent} {adoption.ppid}"
    said = seen.printed("P1").strip().splitlines()
    if wanted in said:
        return ""
    return f"the child printed {said!r}; its parent was {parent}, and {adoption.ppid} adopted it"


def _has_seen_the_end(seen: Observation) -> bool:
    """Return whether the child slept in a poll on a pidfd of its parent before it printed."""
    parent = pid_of(seen, program.name)
    has_pidfd = False
    for index, event in enumerate(seen.events):
        if index in seen.outputs and seen.name_of(event.proc) == orphan.name:
            return False
        match event.what:
            case Call(name="pidfd_open", args=(pid, *_), errno=0, begins=False) if pid == parent:
                has_pidfd = True
            case Call(name=name, result=int(number), begins=False) if name in POLLS:
                if has_pidfd and number > 0 and seen.name_of(event.proc) == orphan.name:
                    return True
    return False


def _has_seen_the_last_close(seen: Observation) -> bool:
    """Return whether the child had to print after one of the last closes of its parent.

    Perl closes its descriptors itself, before the kernel does. Only other closes of the parent may
    come between such a close and the end of the parent.
    """
    closed: list[int] = []
    for index, event in enumerate(seen.events):
        if seen.name_of(event.proc) == program.name:
            if isinstance(event.what, Exit):
                break
            closed = [*closed, index] if isinstance(event.what, Close) else []
    writes = [
        index
        for index, event in enumerate(seen.events)
        if isinstance(event.what, Write) and seen.name_of(event.proc) == orphan.name
    ]
    is_before = seen.chronicle.before
    return bool(writes) and any(all(is_before(one, write) for write in writes) for one in closed)


def _is_certain(seen: Observation) -> str:
    """Return an error unless the parent's end is a cause of what the child prints."""
    if before(program.ends, orphan.writes()).judge(seen).holds or _has_seen_the_end(seen):
        return ""
    if _has_seen_the_last_close(seen):
        return ""
    return (
        "nothing was seen that made the child wait for its parent's end. What simpsh can see: end "
        "of file on a pipe, and poll on a pidfd. A sleep, or luck, forces nothing"
    )


EXERCISE = Exercise(
    id="make-orphan",
    title="Make an orphan, and prove who adopted it",
    minutes=30,
    after=("orphan",),
    trials=(
        Trial(
            asks=(
                Asked(
                    "orphan",
                    "the child is alive when its parent, your program, has ended",
                    so("the child is alive when it is adopted", _alive),
                    points=2,
                    look_at="fork(2), exit(3): which process ends first?",
                ),
                Asked(
                    "certain",
                    "this holds in every order: the child waits for its parent's end, not for "
                    "some time",
                    all_of(
                        happens(orphan.is_adopted()),
                        so(
                            "the child waits for its parent's end",
                            _is_certain,
                            (*POLLS, "pidfd_open", "nanosleep", "clock_nanosleep"),
                        ),
                    ),
                    points=2,
                    needs=("orphan",),
                    look_at="pipe(2): a pipe that only the parent can write to; or pidfd_open(2)",
                ),
                Asked(
                    "told",
                    "the child prints its parent's pid before and after, on one line",
                    so("the child prints both pids", _told),
                    points=2,
                    needs=("orphan",),
                    look_at="getppid(2), before and after the parent's end",
                ),
                Asked(
                    "ends",
                    "the child ends by itself, with status 0",
                    all_of(orphan.status == 0, never(orphan.is_killed_by("SIGKILL"))),
                    look_at="_exit(2)",
                ),
            )
        ),
    ),
    hints=(
        "getppid gives the parent of this moment: its result changes when the parent ends. The "
        "child may begin to run only after that. Which process knows the pid for certain?",
        "How can the child know that its parent has ended? A sleep is a guess.",
        "When a process ends, the kernel releases everything that it holds, for example the "
        "write end of a pipe.",
        "Make a pipe. The child closes its write end and reads: end of file comes when the "
        "parent has ended.",
        "The kernel closes the descriptors a little before it gives the child a new parent: "
        "call getppid until its result has changed.",
    ),
)
