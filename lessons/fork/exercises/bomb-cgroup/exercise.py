"""A bomb that a control group stops at n processes; unlike a limit, it also binds root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons.fork.exercises.bombs import stopped_bomb
from simpsh.grade.exercises import Asked, Exercise, Trial

if TYPE_CHECKING:
    from random import Random


def _trials(random: Random) -> tuple[Trial, ...]:
    most = 100 if random.random() < 0.1 else random.randrange(6, 15)
    removed = Asked(
        "removed",
        "the group is removed",
        [
            ("len(processes) >= 2", "your program made no process"),
            ("P0.calls('rmdir')", "your program removed no group"),
            (
                "P0.succeeds('rmdir')",
                "the kernel refused to remove the group: a process is still in it",
            ),
        ],
        look_at="rmdir(2): EBUSY as long as a process is in it, your program included",
    )
    return (
        Trial(
            arguments=(str(most),),
            guard="cgroup 128",
            needs=("cgroup",),
            asks=(
                *stopped_bomb(most, "cgroups(7): pids.max. RLIMIT_NPROC does not bind root"),
                removed,
            ),
        ),
    )


EXERCISE = Exercise(
    id="bomb-cgroup",
    title="A bomb that a control group stops",
    minutes=35,
    trials=_trials,
    hints=(
        "A group is a directory: mkdir makes it, and the kernel creates files in it.",
        "Write 0 into its cgroup.procs: your program is then in the group, and so are all "
        "later descendants.",
        "Then write pids.max. With version 2 the order is: make the group, enter it, write +pids "
        "into cgroup.subtree_control of the group above, write pids.max. A group that passes a "
        "controller on may have no process of its own. So at the end write -pids there, and only "
        "then leave.",
        "The bomb itself is the one from bomb-limit. Fork until BlockingIOError (EAGAIN), close "
        "the write end of a pipe, read until end of file, wait until ECHILD.",
        "A group with a process in it cannot be removed. The first process is the last one in "
        "it: it writes 0 into the cgroup.procs above and then calls rmdir.",
    ),
)
