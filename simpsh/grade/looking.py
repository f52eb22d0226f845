"""What expectations of exercises are made of, where the words of the course do not reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.expectation import Expectation, Verdict
from simpsh.events import Reap, WaitReturn
from simpsh.grade.exercise import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simpsh.course.observation import Observation
    from simpsh.course.scene import Scene


def so(
    sentence: str, instead: Callable[[Observation], str], calls: Iterable[str] = ()
) -> Expectation:
    """Say something of a run that a function finds out.

    Args:
        sentence: what is expected.
        instead: what was the case instead, in a sentence; empty if it is as expected.
        calls: the system calls that must be watched to know, by the kernel's names.
    """

    def judge(scene: Scene) -> Verdict:
        found = instead(scene.run)
        return Verdict(holds=not found, because=found or sentence)

    return Expectation(sentence, judge, frozenset(calls))


def prints(
    sentence: str, wanted: Callable[[Observation], list[str]], who: str = PROGRAM
) -> Expectation:
    """Say that a process prints certain lines, in any order, among others.

    Args:
        sentence: what is expected.
        wanted: the lines, computed from what really happened in this run.
        who: the process that prints them.
    """

    def instead(seen: Observation) -> str:
        lines = [line.strip() for line in seen.printed(who).splitlines()]
        missing = [line for line in wanted(seen) if line not in lines]
        if not missing:
            return ""
        said = f"it printed {', '.join(map(repr, lines))}" if lines else "it printed nothing"
        return f"{said}; missing: {', '.join(map(repr, missing))}"

    return so(sentence, instead)


def collected(seen: Observation, who: str = PROGRAM) -> list[tuple[str, int, int]]:
    """Return what a process was told by its waits: each child's name, pid and status word."""
    return [
        (event.what.child, event.what.child_pid, event.what.status)
        for event in seen.events
        if isinstance(event.what, WaitReturn)
        and seen.name_of(event.proc) == who
        and event.what.child_pid > 0
        and event.what.status is not None
    ]


def pid_of(seen: Observation, name: str) -> int:
    """Return the pid that a process had; 0 if there was none of that name."""
    process = seen.chronicle.processes.get(name)
    return process.pid if process is not None else 0


def left_behind(seen: Observation, parent: str = PROGRAM) -> list[str]:
    """Return the children of a process that it did not collect, by name."""
    # By what the kernel did: whoever gives no room for a status collects nevertheless.
    done = {
        seen.name_of(event.what.child)
        for event in seen.events
        if isinstance(event.what, Reap) and event.what.by == parent
    }
    return [
        name
        for name, process in seen.chronicle.processes.items()
        if process.parent == parent and name not in done
    ]


def uncollected(seen: Observation) -> str:
    """Say who was not collected by the process that made it; nothing if everybody was."""
    processes = seen.chronicle.processes
    left = [
        name
        for name, process in processes.items()
        if process.parent in processes and process.collector != process.parent
    ]
    if len(processes) == 1:
        return "your program made no process, so there was nobody to collect"
    if not left:
        return ""
    shown = ", ".join(left[:4]) + (" …" if len(left) > 4 else "")
    return f"{len(left)} of {len(processes) - 1} were not collected by their parents: {shown}"


def unsuccessful(seen: Observation) -> str:
    """Say who ended with another status than 0; nothing if nobody did."""
    processes = seen.chronicle.processes
    if len(processes) == 1:
        return "your program made no process"
    bad = [name for name, one in processes.items() if one.status != 0]
    shown = ", ".join(bad[:4]) + (" …" if len(bad) > 4 else "")
    return f"{shown} ended with another status than 0" if bad else ""
