"""A shell, step 1: one word per line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import all_of, value
from simpsh.grade.exercises import Asked, Exec, Exercise, Trial, ended, left_behind, so

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Observation


_PROGRAMS = ("uname", "pwd", "true", "id", "ls", "date")


def _left(seen: Observation) -> str:
    if len(seen.names) == 1:
        return "your shell made no child"
    left = left_behind(seen)
    return f"your shell ended without having collected {' and '.join(left)}" if left else ""


def _executed(seen: Observation) -> list[tuple[str, str]]:
    return sorted(
        (seen.name_of(event.proc), event.what.argv[0])
        for event in seen.events
        if isinstance(event.what, Exec) and seen.name_of(event.proc) != "P0"
    )


def _became(seen: Observation, words: tuple[str, ...]) -> str:
    """Return an error if the shell itself executed one of these programs; otherwise empty."""
    for event in seen.events:
        by_itself = seen.name_of(event.proc) == "P0"
        if isinstance(event.what, Exec) and by_itself and event.what.argv[0] in words:
            return f"your shell itself became {event.what.argv[0]}: no shell was left"
    return ""


def _runs(words: tuple[str, str]) -> Asked:
    def instead(seen: Observation) -> str:
        wanted = [("P1", words[0]), ("P2", words[1])]
        if _executed(seen) == wanted and len(seen.names) == 3:
            return ""
        executed = ", ".join(f"{name} executed {what}" for name, what in _executed(seen))
        if len(seen.names) == 1:
            return _became(seen, words) or "your shell made no child"
        return f"it had {len(seen.names) - 1} descendants, and {executed or 'nothing was executed'}"

    return Asked(
        "runs",
        f"each of the lines {words[0]} and {words[1]} makes one child, which executes it",
        so("each line makes one child, which executes it", instead),
        points=3,
        look_at="fork(2), execlp(3)",
    )


def _again(seen: Observation) -> str:
    child = seen.chronicle.processes.get("P1")
    if child is None:
        return "your shell made no child"
    if len(seen.names) != 3:
        return (
            f"there were {len(seen.names)} processes instead of 3: the child continued as a shell, "
            "or lines were read twice"
        )
    if child.status != 127 << 8:
        return f"{ended(seen, 'P1')[0]}: it continued as a second shell"
    return "the program of the next line was not executed"


def _says(seen: Observation) -> str:
    return "" if "no-such-program" in seen.output else "there was no message about the name"


def _trials(random: Random) -> tuple[Trial, ...]:
    one, other = random.sample(_PROGRAMS, 2)
    return (
        Trial(
            input=f"{one}\n  {other}\n",
            asks=(
                _runs((one, other)),
                Asked(
                    "waits",
                    "the second is born when the first has ended and is collected",
                    "before(P0.collects(P1), P2.born)",
                    points=3,
                    did=lambda seen: (
                        _left(seen) or "the second child was born before the first was collected"
                    ),
                    look_at="waitpid(2)",
                ),
                Asked(
                    "collected",
                    "both are collected",
                    so("both are collected", _left),
                    look_at="waitpid(2)",
                ),
                Asked(
                    "ends",
                    "at the end of its input the shell ends with status 0",
                    "P0.collects(P1) and P0.status == 0",
                    did=lambda seen: (
                        _left(seen) or "your shell ended otherwise, or was another program by then"
                    ),
                    look_at="input raises EOFError; fgets(3) returns NULL",
                ),
            ),
        ),
        Trial(
            input="\n   \t\n",
            asks=(
                Asked(
                    "empty",
                    "lines without a word make no process",
                    "not P0.forks() and P0.status == 0",
                    did=lambda seen: (
                        "your shell made a child for nothing"
                        if value("P0.forks()", seen)
                        else "your shell did not end with status 0"
                    ),
                ),
            ),
        ),
        Trial(
            input=f"no-such-program\n{one}\n",
            seconds=5,
            asks=(
                Asked(
                    "missing",
                    "a program that is not there: its child ends with 127, and the next line is "
                    "run once",
                    all_of("P1.status == 127", "len(processes) == 3", f"P2.execs({one!r})"),
                    points=3,
                    did=_again,
                    look_at="exec returns only if it failed: _exit(2), which leaves the input "
                    "alone, not exit(3)",
                ),
                Asked(
                    "says",
                    "and there is a message about it",
                    so("it is said", _says),
                    look_at="perror(3)",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="shell-1",
    title="A shell, step 1: one word",
    minutes=30,
    after=("shell-loop", "exec-replaces"),
    trials=_trials,
    hints=(
        "A process executes another program. What does it do afterwards? Which process reads "
        "the next line then?",
        "fork: the child executes, the parent waits. Only then does the loop begin again.",
        "exec returns if it failed. The child is a copy of your shell and has the same loop.",
        "Two lines follow exec: one prints what was wrong, the other is _exit(127) (os._exit "
        "in Python). With exit(3), the child would put back input that it has read ahead, and "
        "the parent would read that input again.",
    ),
)
