"""A bomb that stops at n processes, by a limit of the kernel's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import all_of, anyone, before, count, how_many_processes
from simpsh.events import Exit, Fork
from simpsh.grade.exercise import Asked, Exercise, Trial
from simpsh.grade.looking import so

if TYPE_CHECKING:
    from random import Random

    from simpsh.course.observation import Observation


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
            guard="limit 64",
            seconds=5,
            asks=(
                Asked(
                    "processes",
                    f"there are {most} processes, your first one included",
                    how_many_processes == most,
                    points=3,
                    did=lambda seen: f"{_number(seen)}; where it ran, 64 were the most",
                    look_at="setrlimit(2): RLIMIT_NPROC counts the caller, too",
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
                    "statuses",
                    "each ends with status 0",
                    so("each ends with status 0", _statuses),
                    look_at="exit(3): an error that is expected is no failure",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="bomb-limit",
    title="A bomb that a limit stops",
    minutes=35,
    chapter="fork",
    after=("fork-bomb", "end-of-file"),
    trials=_trials,
    hints=(
        "Limits are inherited: whoever sets one before the first fork has set it for all.",
        "What does fork return when there are too many processes, and how many processes run the "
        "line behind it then? In Python it raises BlockingIOError.",
        "How can each know that all have been refused, without counting? What do all of them hold, "
        "and give up one after the other?",
        "A pipe: everybody is born with its write end, closes it when it is refused, and reads. "
        "End of file comes when the last one has closed it.",
        "setrlimit, pipe; fork until it fails; close the write end; read; wait until ECHILD.",
    ),
    read_on=("setrlimit(2)", "fork(2)", "pipe(7)"),
)
