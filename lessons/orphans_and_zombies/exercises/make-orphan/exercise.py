"""Make an orphan that prints the pid of its new parent."""

from __future__ import annotations

from simpsh.grade.exercises import PARENT_LATE, Asked, Exercise, Trial

_SLEEPS = ("select", "pselect6", "poll", "ppoll", "nanosleep", "clock_nanosleep", "pause")
"""The calls that show that a parent which has closed its pipe has not begun to end."""
_ADOPTER = "seen.events[P1.adopted[0]].what.ppid"

EXERCISE = Exercise(
    id="make-orphan",
    title="Make an orphan, and prove who adopted it",
    minutes=30,
    trials=(
        Trial(
            asks=(
                Asked(
                    "orphan",
                    "the child is alive when its parent, your program, has ended",
                    [
                        ("P1.born", "your program made no child"),
                        ("P1.adopted", "its parent did not end before it: no process adopted it"),
                        (
                            "not P1.ends or P1.adopted[0] < P1.ends[0]",
                            "the child had ended before its parent did: init or a subreaper "
                            "adopted only a zombie",
                        ),
                    ],
                    points=2,
                    look_at="fork(2), exit(3): which process ends first?",
                ),
                Asked(
                    "told",
                    "the child prints its parent's pid before and after, on one line",
                    [
                        (
                            f"'%d %d' % (P0.pid, {_ADOPTER}) in said(P1)",
                            "the child printed {said(P1)}; its parent was {P0.pid}, and "
                            f"{{{_ADOPTER}}} adopted it",
                        )
                    ],
                    points=2,
                    needs=("orphan",),
                    look_at="getppid(2), before and after the parent's end",
                ),
                Asked(
                    "ends",
                    "the child ends by itself, with status 0",
                    [("P1.status == 0", "{ending(P1)}")],
                    look_at="_exit(2)",
                ),
            )
        ),
        Trial(
            order=PARENT_LATE,
            watches=_SLEEPS,
            asks=(
                Asked(
                    "certain",
                    "the child waits for its parent's end, however late that is, not for some time",
                    # Perl closes its files itself before it ends: a child that reads the end of
                    # such a pipe then waits for the adoption until the parent, which is late, ends.
                    [
                        ("'gap' in seen.moments", "your program made no child, or did not end"),
                        (
                            "at('gap').P1.state == 'S' or any(before([c], [e]) "
                            "for c in last_closes(P0) for e in P1.sees_end_of_file)",
                            "while your program had not yet ended, the child did not wait any more",
                        ),
                    ],
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
