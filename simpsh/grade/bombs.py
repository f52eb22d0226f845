"""What is asked of a bomb that a limit of the kernel's stops: a fork that fails, in everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import all_of, anyone, before, count, how_many_processes
from simpsh.events import Exit, Fork
from simpsh.grade.exercise import Asked
from simpsh.grade.looking import so, uncollected, unsuccessful

if TYPE_CHECKING:
    from simpsh.course.observation import Observation

_REFUSED = anyone.fails("fork", "EAGAIN")


def stopped_bomb(most: int, look_at: str) -> tuple[Asked, ...]:
    """Ask of a program that all its processes fork until the kernel refuses, and none is lost.

    Args:
        most: how many processes there are to be then.
        look_at: where the limit is described.
    """
    refused = count(_REFUSED)
    return (
        Asked(
            "processes",
            f"there are {most} processes, your first one included",
            how_many_processes == most,
            points=3,
            did=lambda seen: f"{_number(seen)}; where it ran, 128 were the most",
            look_at=look_at,
        ),
        Asked(
            "refused",
            "the kernel refuses each of them another child (EAGAIN)",
            all_of(how_many_processes == most, refused == most),
            points=3,
            did=lambda seen: (
                f"{_number(seen)}, and the kernel refused {refused.value(seen)} of them a child"
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
            so("each is collected by the process that made it", uncollected),
            points=2,
            look_at="wait(2): until it fails with ECHILD",
        ),
        Asked(
            "statuses",
            "each ends with status 0",
            so("each ends with status 0", unsuccessful),
            look_at="exit(3): an error that is expected is no failure",
        ),
    )


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
