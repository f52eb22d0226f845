"""A pipeline of two programs, with every unneeded descriptor closed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.course import Kill, all_of, some
from simpsh.grade.exercises import (
    EXITS_AT_RANDOM,
    Asked,
    Exec,
    Exercise,
    Trial,
    born_before_collected,
    ends_as,
    left_behind,
    so,
)

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Found, Observation

_LIVES_ON = "mkfifo fifo 2>&-; exec cat fifo >/dev/null"
"""Closes its end of the pipe, and ends when no process has the FIFO open for writing any more."""
_HOLDS = f"mkfifo fifo 2>&-; exec 3>fifo; cat; {EXITS_AT_RANDOM}"
"""Has the FIFO open until it ends, so it ends first."""

program, writer, reader = "P0", "P1", "P2"


def _execs(seen: Observation) -> dict[str, Exec]:
    return {
        seen.name_of(event.proc): event.what
        for event in seen.events
        if isinstance(event.what, Exec) and seen.name_of(event.proc) != "P0"
    }


def _joined(seen: Observation) -> str:
    found = {os.path.basename(exec_.argv[0]): exec_ for exec_ in _execs(seen).values()}
    first, second = found.get("echo"), found.get("sh")
    if first is None or second is None:
        return f"{len(found.keys() & {'echo', 'sh'})} of the two programs were executed"
    if _are_joined(first, second):
        return ""
    if _are_joined(second, first):
        return "the pipe leads the wrong way: the second program writes, and the first one reads"
    return "the first program's output is not the second one's input: they are not on one pipe"


def _are_joined(first: Exec, second: Exec) -> bool:
    """Return whether `first` writes its standard output to the standard input of `second`."""
    end, other = dict(first.pipes).get(1), dict(second.pipes).get(0)
    return end is not None and other is not None and end.is_write and end.other == other


def _extra(seen: Observation) -> Found:
    for index, event in enumerate(seen.events):
        name, what = seen.name_of(event.proc), event.what
        if not isinstance(what, Exec) or name == program:
            continue
        more = [
            f"{number} ({'write' if end.is_write else 'read'} end)"
            for number, end in what.pipes
            if number > 2
        ]
        if more:
            words = ", ".join(more)
            return f"{name} executed {what.argv[0]} with descriptor {words} of the pipe", index
    return "" if _execs(seen) else "no program was executed"


def _left(seen: Observation) -> str:
    left = left_behind(seen)
    return f"your program ended without having collected {' and '.join(left)}" if left else ""


def _holder(seen: Observation) -> str:
    """Return the process that holds the FIFO; a program may make the second child first."""
    return next((name for name, one in _execs(seen).items() if one.argv[-1] == _HOLDS), "")


def _second(seen: Observation) -> str:
    """Return the name of the process that executed the second program; empty for none."""
    return next((name for name, it in _execs(seen).items() if it.argv[0] == "sh"), "")


def _hangs(seen: Observation) -> Found:
    if not seen.hangs:
        return ""
    words = "the reader waits for end of file, and a process still holds the write end"
    return (words, seen.rests[0]) if seen.rests else words


def _trials(random: Random) -> tuple[Trial, ...]:
    text = "".join(random.choice("abcdefgh") for _ in range(6))
    return (
        Trial(
            arguments=("echo", text, "--", "sh", "-c", f"cat; {EXITS_AT_RANDOM}"),
            asks=(
                Asked(
                    "joined",
                    "the first program's 1 and the second one's 0 are the two ends of one pipe",
                    so("the two programs are on one pipe", _joined),
                    points=2,
                    look_at="pipe(2), dup2(2)",
                ),
                Asked(
                    "extra",
                    "neither program has another descriptor of the pipe",
                    so("no program has more of the pipe than its end", _extra),
                    points=2,
                    needs=("joined",),
                    look_at="close(2) in the children, or pipe2(2) with O_CLOEXEC",
                ),
                Asked(
                    "ends",
                    "the second program sees end of file, and all processes end",
                    all_of(
                        so("all processes end", _hangs),
                        some("", ("P0.ends", "your program never ended")),
                    ),
                    points=2,
                    needs=("joined",),
                    look_at="close(2) in the parent: as long as the parent can write, no "
                    "reader gets end of file",
                ),
                Asked(
                    "collected",
                    "both are collected",
                    so("both are collected", _left),
                    needs=("joined", "ends"),
                    look_at="wait(2)",
                ),
                Asked(
                    "status",
                    "your program ends with the status of the second one",
                    ends_as(_second),
                    needs=("joined", "ends"),
                    look_at="wait(2): which child was it?",
                ),
            ),
        ),
        Trial(
            # The second program ends first. If the first one is not with it, it never ends.
            arguments=("sh", "-c", _LIVES_ON, "--", "sh", "-c", _HOLDS),
            at_rest=(Kill("P1", "SIGTERM"),),
            asks=(
                Asked(
                    "together",
                    "your program makes both children before it waits for one",
                    all_of(
                        born_before_collected(writer, reader),
                        some(
                            "",
                            ("len(P0.forks()) == 2", "your program forked {len(P0.forks())} times"),
                        ),
                    ),
                    points=2,
                    look_at="fork(2): first both, then wait for both",
                ),
                Asked(
                    "whose",
                    "the second program ends first: its status counts",
                    all_of(
                        so("both are collected", _left),
                        ends_as(_holder),
                        some(
                            "",
                            ("P0.collects(P1)", "your program did not collect the first one"),
                            ("P0.collects(P2)", "your program did not collect the second one"),
                        ),
                    ),
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
    after=("end-of-file", "pipe-hang"),
    trials=_trials,
    hints=(
        "Make the pipe before you fork: both children must have it.",
        "In each child: dup2 the end that the child needs to 1 or to 0, then close both originals.",
        "The parent holds both ends, too. Until it closes the write end, the reader waits.",
        "Fork both, close both ends, wait twice; keep the status of the second child.",
    ),
)
