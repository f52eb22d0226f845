"""Make an orphan that prints the pid of its new parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import some
from simpsh.grade.exercises import (
    GAP,
    PARENT_LATE,
    Asked,
    Close,
    Exercise,
    Exit,
    Read,
    Reparent,
    Trial,
    so,
)

if TYPE_CHECKING:
    from simpsh.grade.exercises import Observation

program, orphan = "P0", "P1"
_SLEEPS = ("select", "pselect6", "poll", "ppoll", "nanosleep", "clock_nanosleep", "pause")
"""The calls that show that a parent which has closed its pipe has not begun to end."""


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


def _has_read_until_the_end(seen: Observation) -> bool:
    """Return whether the child read the end of a pipe that its parent closed as its last act.

    Perl closes its files itself before it ends, so a child that only waits for the adoption then
    runs until the parent, which is late, has ended.
    """
    closed: list[int] = []
    for index, event in enumerate(seen.events):
        if seen.name_of(event.proc) == program:
            if isinstance(event.what, Exit):
                break
            closed = [*closed, index] if isinstance(event.what, Close) else []
    return any(
        isinstance(event.what, Read)
        and event.what.count == 0
        and seen.name_of(event.proc) == orphan
        and any(seen.chronicle.before(close, index) for close in closed)
        for index, event in enumerate(seen.events)
    )


def _waits(seen: Observation) -> str:
    """Return an error unless the child slept until its parent ended, which took its time."""
    if GAP not in seen.moments:
        return "your program made no child, or did not end"
    look = seen.moments[GAP].looks.get(orphan)
    is_asleep = look is not None and look.state == "S"
    if is_asleep or _has_read_until_the_end(seen):
        return ""
    return "while your program had not yet ended, the child did not wait any more"


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
                    some(
                        "",
                        ("P1.ends", "the child never ended"),
                        ("not P1.killed", "a signal ended the child"),
                        ("P1.status == 0", "the child's status was {P1.status}"),
                    ),
                    look_at="_exit(2)",
                ),
            )
        ),
        Trial(
            order=PARENT_LATE,
            asks=(
                Asked(
                    "certain",
                    "the child waits for its parent's end, however late that is, not for some time",
                    so("the child sleeps until its parent ends", _waits, _SLEEPS),
                    points=2,
                    look_at="pipe(2): a pipe that only the parent can write to; or pidfd_open(2)",
                ),
            ),
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
