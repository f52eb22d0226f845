"""A bomb that stops at n processes, by a control group, which binds root too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import all_of, anyone, before, count, happens, how_many_processes, processes
from simpsh.events import Exit, Fork
from simpsh.grade.exercise import Asked, Exercise, Trial
from simpsh.grade.looking import so

if TYPE_CHECKING:
    from random import Random

    from simpsh.course.observation import Observation


(program,) = processes("program")
_REFUSED = anyone.fails("fork", "EAGAIN")


def _number(seen: Observation) -> str:
    count_of_all = len(seen.names)
    return f"there were {count_of_all} processes" if count_of_all > 1 else "there was one process"


def _early(seen: Observation) -> str:
    """Say what let somebody end although another might still have had a child."""
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
    if count(_REFUSED).value(seen) == 0:
        return "the kernel refused nobody"
    return "nothing kept one of them from ending while another still forked: that was luck"


def _uncollected(seen: Observation) -> str:
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


def _statuses(seen: Observation) -> str:
    if len(seen.chronicle.processes) == 1:
        return "your program made no process"
    bad = [name for name, one in seen.chronicle.processes.items() if one.status != 0]
    return f"{', '.join(bad[:4])} ended with another status than 0" if bad else ""


def _trials(random: Random) -> tuple[Trial, ...]:
    most = random.randrange(6, 15)
    refused = count(_REFUSED)
    return (
        Trial(
            arguments=(str(most),),
            guard="cgroup 64",
            needs=("cgroup",),
            seconds=5,
            asks=(
                Asked(
                    "processes",
                    f"there are {most} processes, your first one included",
                    how_many_processes == most,
                    points=3,
                    did=lambda seen: f"{_number(seen)}; where it ran, 64 were the most",
                    look_at="cgroups(7): pids.max counts whoever entered; RLIMIT_NPROC does not bind root",
                ),
                Asked(
                    "refused",
                    "the kernel refuses each of them another child (EAGAIN)",
                    all_of(how_many_processes == most, refused == most),
                    points=3,
                    did=lambda seen: (
                        f"{_number(seen)}, and the kernel refused "
                        f"{refused.value(seen)} of them a child"
                    ),
                    look_at="fork(2): EAGAIN",
                ),
                Asked(
                    "stands",
                    "nobody ends before all have been refused",
                    all_of(how_many_processes >= 2, before(_REFUSED, anyone.ends)),
                    did=_early,
                    points=2,
                    look_at="pipe(7): a reader sees end of file when nobody can write any more",
                ),
                Asked(
                    "collected",
                    "each is collected by the process that made it",
                    so("each is collected by the process that made it", _uncollected),
                    points=2,
                    look_at="wait(2): until it fails with ECHILD",
                ),
                Asked(
                    "removed",
                    "the group is removed",
                    all_of(how_many_processes >= 2, happens(program.succeeds("rmdir"))),
                    did=lambda seen: (
                        "the kernel refused to remove the group: somebody is still in it"
                        if count(program.fails("rmdir")).value(seen)
                        else "your program removed no group"
                    ),
                    look_at="rmdir(2): EBUSY as long as somebody is in it, you included",
                ),
                Asked(
                    "statuses",
                    "each ends with status 0",
                    so("each ends with status 0", _statuses),
                    look_at="exit(3): an error that is expected is no failure",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="bomb-cgroup",
    title="A bomb that a control group stops",
    minutes=35,
    chapter="fork",
    after=("fork-bomb", "end-of-file"),
    trials=_trials,
    hints=(
        "A group is a directory: mkdir makes it, and the kernel puts its files there.",
        "Write 0 into its cgroup.procs, and you are in it; so will be all your descendants.",
        "Then pids.max. With version 2 it is there only when pids stands in the "
        "cgroup.subtree_control of the group above, in which nobody may be then.",
        "The bomb itself is that of bomb-limit: fork until BlockingIOError (EAGAIN), close the "
        "write end of a pipe, read to its end, wait until ECHILD.",
        "A group that somebody is in cannot be removed. The last one in it is the first process: "
        "it writes 0 into the cgroup.procs above, then rmdir.",
    ),
    read_on=("cgroups(7)", "fork(2)", "pipe(7)"),
)
