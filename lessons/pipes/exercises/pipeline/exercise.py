"""A pipeline of two programs, with every unneeded descriptor closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill
from simpsh.grade.exercises import EXITS_AT_RANDOM, Asked, Exercise, Trial, ends_as

if TYPE_CHECKING:
    from random import Random

_LIVES_ON = "mkfifo fifo 2>&-; exec cat fifo >/dev/null"
"""Closes its end of the pipe, and ends when no process has the FIFO open for writing any more."""
_HOLDS = f"mkfifo fifo 2>&-; exec 3>fifo; cat; {EXITS_AT_RANDOM}"
"""Has the FIFO open until it ends, so it ends first."""
_COLLECTED = ("not left", "your program ended without having collected {left}")


def _trials(random: Random) -> tuple[Trial, ...]:
    text = "".join(random.choice("abcdefgh") for _ in range(6))
    return (
        Trial(
            arguments=("echo", text, "--", "sh", "-c", f"cat; {EXITS_AT_RANDOM}"),
            asks=(
                Asked(
                    "joined",
                    "the first program's 1 and the second one's 0 are the two ends of one pipe",
                    [
                        (
                            "runner('echo').execs and runner('sh').execs",
                            "one of the two programs was not executed",
                        ),
                        (
                            "not is_fed_by(runner('echo'), runner('sh'))",
                            "the pipe leads the wrong way: the second program writes, and the "
                            "first one reads",
                        ),
                        (
                            "is_fed_by(runner('sh'), runner('echo'))",
                            "the first program's output is not the second one's input: they are "
                            "not on one pipe",
                        ),
                    ],
                    points=2,
                    look_at="pipe(2), dup2(2)",
                ),
                Asked(
                    "extra",
                    "neither program has another descriptor of the pipe",
                    [
                        (
                            "not any(further_ends(p) for p in processes[1:])",
                            "a program was executed with further descriptors of the pipe: "
                            "{[(p.name, *further_ends(p)) for p in processes[1:] "
                            "if further_ends(p)]}",
                            "[n for p in processes[1:] if further_ends(p) for n in p.execs]",
                        ),
                        ("any(p.execs for p in processes[1:])", "no program was executed"),
                    ],
                    points=2,
                    needs=("joined",),
                    look_at="close(2) in the children, or pipe2(2) with O_CLOEXEC",
                ),
                Asked(
                    "ends",
                    "the second program sees end of file, and all processes end",
                    [
                        (
                            "not hangs",
                            "the reader waits for end of file, and a process still holds the write "
                            "end",
                            "rests[:1]",
                        ),
                        ("P0.ends", "your program never ended"),
                    ],
                    points=2,
                    needs=("joined",),
                    look_at="close(2) in the parent: as long as the parent can write, no "
                    "reader gets end of file",
                ),
                Asked(
                    "collected",
                    "both are collected",
                    [_COLLECTED],
                    needs=("joined", "ends"),
                    look_at="wait(2)",
                ),
                Asked(
                    "status",
                    "your program ends with the status of the second one",
                    [ends_as("runner('sh')")],
                    needs=("joined", "ends"),
                    look_at="wait(2): which child was it?",
                ),
            ),
        ),
        Trial(
            # The second program ends first. If the first one is not with it, it never ends.
            arguments=("sh", "-c", _LIVES_ON, "--", "sh", "-c", _HOLDS, "holder"),
            at_rest=(Kill("P1", "SIGTERM"),),
            asks=(
                Asked(
                    "together",
                    "your program makes both children before it waits for one",
                    [
                        ("P2.born", "your program did not make two children"),
                        (
                            "not P0.collects() or P0.collects()[0] > P2.born[0]",
                            "your program collected one before it had made all children",
                            "P0.collects()[:1]",
                        ),
                        ("len(P0.forks()) == 2", "your program forked {len(P0.forks())} times"),
                    ],
                    points=2,
                    look_at="fork(2): first both, then wait for both",
                ),
                Asked(
                    "whose",
                    "the second program ends first: its status counts",
                    [
                        _COLLECTED,
                        ("P0.collects(P1)", "your program did not collect the first one"),
                        ("P0.collects(P2)", "your program did not collect the second one"),
                        ends_as("runner('holder')"),
                    ],
                    needs=("together",),
                    look_at="wait(2): the return value says which child it was",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="pipeline",
    title="A pipeline of two programs",
    minutes=45,
    trials=_trials,
    hints=(
        "Make the pipe before you fork: both children must have it.",
        "In each child: dup2 the end that the child needs to 1 or to 0, then close both originals.",
        "The parent holds both ends, too. Until it closes the write end, the reader waits.",
        "Fork both, close both ends, wait twice; keep the status of the second child.",
    ),
)
