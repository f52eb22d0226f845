"""Checks of fork bombs: the number of processes, and whether all are collected."""

from __future__ import annotations

from simpsh.grade.exercises import Asked, no_cause

_REFUSED = "len(anyone.fails('fork', 'EAGAIN'))"
COLLECTED = [
    ("len(processes) > 1", "your program made no process, so there was none to collect"),
    (
        "not uncollected",
        "{len(uncollected)} of {len(processes) - 1} were not collected by their parents: "
        "{uncollected}",
    ),
]
SUCCESSFUL = [
    ("len(processes) > 1", "your program made no process"),
    (
        "all(p.status == 0 for p in processes)",
        "a process ended with a status other than 0, or did not end",
    ),
]


def stopped_bomb(most: int, look_at: str) -> tuple[Asked, ...]:
    """Return the checks that all processes fork until the kernel refuses, and all are collected."""
    return (
        Asked(
            "processes",
            f"there are {most} processes, your first one included",
            [
                (
                    f"len(processes) == {most}",
                    "processes in all: {len(processes)}; the check allowed at most 128",
                )
            ],
            points=3,
            look_at=look_at,
        ),
        Asked(
            "refused",
            "the kernel refuses each of them another child (EAGAIN)",
            [
                (
                    f"{_REFUSED} == {most}",
                    f"processes in all: {{len(processes)}}; the kernel refused {{{_REFUSED}}} of "
                    "them a child",
                )
            ],
            points=3,
            needs=("processes",),
            look_at="fork(2): EAGAIN",
        ),
        Asked(
            "stands",
            "no process ends before all have been refused",
            [
                ("len(processes) > 1", "your program never forked"),
                (
                    "anyone.ends[0] > anyone.forks()[-1]",
                    "a process had ended before the last one was born: that made room for another",
                ),
                (_REFUSED, "the kernel refused no process"),
                (
                    "before(anyone.fails('fork', 'EAGAIN'), anyone.ends)",
                    no_cause("kept each process from ending while another one still forked"),
                ),
            ],
            points=2,
            look_at="pipe(7): a reader sees end of file when no process can write any more",
        ),
        Asked(
            "collected",
            "each is collected by the process that made it",
            COLLECTED,
            points=2,
            look_at="wait(2): until it fails with ECHILD",
        ),
        Asked(
            "statuses",
            "each ends with status 0",
            SUCCESSFUL,
            look_at="exit(3): an expected error is not a failure",
        ),
    )
