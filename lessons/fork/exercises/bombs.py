"""Checks of fork bombs: the number of processes, and whether all are collected."""

from __future__ import annotations

from simpsh.course import value
from simpsh.grade.exercises import Asked, Exit, Fork, Member, Observation, no_cause, so

_REFUSED = "len(anyone.fails('fork', 'EAGAIN'))"


def uncollected(seen: Observation) -> str:
    """Name the processes that their parents did not collect; empty if all were collected."""
    processes = seen.chronicle.processes
    left = [
        name
        for name, process in processes.items()
        if isinstance(process.parent, Member) and process.collector != process.parent
    ]
    if len(processes) == 1:
        return "your program made no process, so there was none to collect"
    if not left:
        return ""
    return f"{len(left)} of {len(processes) - 1} were not collected by their parents: {_some(left)}"


def unsuccessful(seen: Observation) -> str:
    """Name the processes that did not end with status 0; empty if there are none."""
    processes = seen.chronicle.processes
    if len(processes) == 1:
        return "your program made no process"
    bad = [name for name, process in processes.items() if process.status != 0]
    return f"{_some(bad)} ended with a status other than 0" if bad else ""


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (" …" if len(names) > 4 else "")


def stopped_bomb(most: int, look_at: str) -> tuple[Asked, ...]:
    """Return the checks that all processes fork until the kernel refuses, and all are collected."""
    return (
        Asked(
            "processes",
            f"there are {most} processes, your first one included",
            f"len(processes) == {most}",
            points=3,
            did=lambda seen: f"{_number(seen)}; the check allowed at most 128",
            look_at=look_at,
        ),
        Asked(
            "refused",
            "the kernel refuses each of them another child (EAGAIN)",
            f"len(processes) == {most} and {_REFUSED} == {most}",
            points=3,
            did=lambda seen: (
                f"{_number(seen)}, and the kernel refused {value(_REFUSED, seen)} of them a child"
            ),
            needs=("processes",),
            look_at="fork(2): EAGAIN",
        ),
        Asked(
            "stands",
            "no process ends before all have been refused",
            "len(processes) >= 2 and before(anyone.fails('fork', 'EAGAIN'), anyone.ends)",
            did=_early,
            points=2,
            look_at="pipe(7): a reader sees end of file when no process can write any more",
        ),
        Asked(
            "collected",
            "each is collected by the process that made it",
            so("each is collected by the process that made it", uncollected),
            points=2,
            look_at="wait(2): until it fails with ECHILD",
        ),
        Asked(
            "statuses",
            "each ends with status 0",
            so("each ends with status 0", unsuccessful),
            look_at="exit(3): an expected error is not a failure",
        ),
    )


def _number(seen: Observation) -> str:
    number = len(seen.names)
    return f"there were {number} processes" if number > 1 else "there was one process"


def _early(seen: Observation) -> str:
    """Return how a process was able to end while another one could still fork."""
    if len(seen.names) == 1:
        return "your program never forked"
    births = [index for index, event in enumerate(seen.events) if isinstance(event.what, Fork)]
    ends = [
        seen.name_of(event.proc)
        for event in seen.events[: births[-1]]
        if isinstance(event.what, Exit)
    ]
    if ends:
        return f"{ends[0]} had ended before the last one was born: that made room for another"
    if value(_REFUSED, seen) == 0:
        return "the kernel refused no process"
    return no_cause("kept each process from ending while another one still forked")
