"""Split a command line into any number of words, and run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import all_of, value
from simpsh.grade.exercises import (
    EXITS_AT_RANDOM,
    Asked,
    Exec,
    Exercise,
    Trial,
    draws,
    ended,
    ends_as,
    left_behind,
    so,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from simpsh.grade.exercises import Observation, Proof

_FILE = "ends"
child = "P1"
_SPECIAL = ("*", "$HOME", ";", "|", "'two", "words'", "&&", ">", "#")


def _gets(words: Sequence[str]) -> Proof:
    def instead(seen: Observation) -> str:
        executed = [
            event.what.argv
            for event in seen.events
            if isinstance(event.what, Exec) and seen.name_of(event.proc) == "P1"
        ]
        if not executed:
            return "no child of your program executed anything"
        return "" if executed == [tuple(words)] else _difference(executed[0], words)

    return so("the program gets the words of the line", instead)


def _difference(got: Sequence[str], words: Sequence[str]) -> str:
    """Describe the first difference between two lists of words."""
    place = next(
        (
            place
            for place, (word, other) in enumerate(zip(got, words, strict=False))
            if word != other
        ),
        min(len(got), len(words)),
    )
    was = repr(got[place]) if place < len(got) else "nothing"
    wanted = repr(words[place]) if place < len(words) else "nothing"
    return (
        f"the child executed {got[0]!r} with {len(got)} words instead of {len(words)}: "
        f"word {place} was {was}, and not {wanted}"
    )


def _left(seen: Observation) -> str:
    left = left_behind(seen)
    if len(seen.names) == 1:
        return "your program had no child to wait for"
    return f"your program ended without having collected {' and '.join(left)}" if left else ""


def _line(key: str, what: str, line: str, points: int = 2) -> Trial:
    return Trial(
        arguments=(line,),
        asks=(
            Asked(
                key,
                what,
                all_of(_gets(line.split()), "len(processes) == 2"),
                points=points,
                did=lambda seen: (
                    f"there were {len(seen.names)} processes" if len(seen.names) > 2 else ""
                ),
                look_at="strtok(3), str.split; the list for execvp(3) ends with NULL",
            ),
        ),
    )


def _ends(key: str, line: str, end: Proof, what: str) -> Trial:
    def did(seen: Observation) -> str:
        return _left(seen) or ended(seen)[0]

    return Trial(
        arguments=(line,),
        files={_FILE: f"{EXITS_AT_RANDOM}\n"},
        asks=(
            Asked(
                key,
                what,
                all_of("P0.collects(P1)", end, ends_as(lambda _: child), "len(processes) == 2"),
                points=2,
                did=did,
                look_at="wait(2): WEXITSTATUS; execvp(3) returns only if it failed",
            ),
        ),
    )


def _trials(random: Random) -> tuple[Trial, ...]:
    many = [str(random.randrange(1000)) for _ in range(random.randrange(250, 350))]
    few = [random.choice(("a", "bc", "def", "-g")) for _ in range(6)]
    special = list(_SPECIAL)
    random.shuffle(special)
    nothing = Asked(
        "empty",
        "a line of blanks runs nothing, with status 0",
        "not P0.forks() and P0.status == 0",
        did=lambda seen: (
            "your program made a child for it"
            if value("P0.forks()", seen)
            else "your program ended with a status other than 0"
        ),
        look_at="how many words are there?",
    )
    wild = " \t ".join(("", "echo", *few)) + "  \t"
    return (
        _line("words", "the program gets the words of the line", f"echo {' '.join(few[:3])}"),
        _line("blanks", "any number of blanks and tabs separates words", wild),
        _line("many", f"it may be {len(many) + 1} words", f"echo {' '.join(many)}"),
        _line(
            "special", "*, $HOME, ; and quotes are words like others", f"echo {' '.join(special)}"
        ),
        Trial(arguments=(" \t ",), asks=(nothing,)),
        _ends(
            "status",
            f"sh {_FILE}",
            all_of(_gets(("sh", _FILE)), draws(child)),
            "the child's exit status becomes your program's",
        ),
        _ends(
            "not-found",
            "no-such-program-here 1 2",
            "P1.status == 127",
            "no such program: 127, from the child",
        ),
    )


EXERCISE = Exercise(
    id="split-words",
    title="Split a command line into any number of words, and run it",
    minutes=30,
    after=("exec-replaces",),
    trials=_trials,
    hints=(
        "How many words can a line of n characters have at most?",
        "Python: split() and split(' ') are not the same. C: strtok accepts several "
        "separators, and never returns an empty word.",
        "In C the array of words can grow with the line: n characters make at most n/2 + 1 "
        "words. One more place is for the NULL that execvp needs.",
        "If the line has no word, do not fork. Otherwise: fork, execvp(words[0], words), then "
        "_exit(127) in the child; waitpid in the parent.",
    ),
)
