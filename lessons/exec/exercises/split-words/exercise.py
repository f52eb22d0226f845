"""Split a command line into any number of words, and run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.grade.exercises import EXITS_AT_RANDOM, Asked, Exercise, Trial, draws, ends_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from simpsh.grade.exercises import Claim

_FILE = "ends"
_SPECIAL = ("*", "$HOME", ";", "|", "'two", "words'", "&&", ">", "#")


def _gets(words: Sequence[str]) -> tuple[Claim, ...]:
    pairs = f"zip(P1.argv, {tuple(words)!r})"
    return (
        ("P1.execs", "no child of your program executed anything"),
        (
            f"len(P1.argv) == {len(words)}",
            "the child executed {repr(P1.argv[0])} with {len(P1.argv)} words instead of "
            f"{len(words)}",
        ),
        (
            f"P1.argv == {tuple(words)!r}",
            f"words that differ: {{[(a, b) for a, b in {pairs} if a != b][0]}}",
        ),
    )


def _line(key: str, what: str, line: str, points: int = 2) -> Trial:
    one = ("len(processes) == 2", "there were {len(processes)} processes")
    look_at = "strtok(3), str.split; the list for execvp(3) ends with NULL"
    asked = Asked(key, what, [*_gets(line.split()), one], points=points, look_at=look_at)
    return Trial(arguments=(line,), asks=(asked,))


def _ends(key: str, line: str, end: Sequence[Claim], what: str) -> Trial:
    return Trial(
        arguments=(line,),
        files={_FILE: f"{EXITS_AT_RANDOM}\n"},
        asks=(
            Asked(
                key,
                what,
                [
                    ("P1.born", "your program had no child to wait for"),
                    ("P0.collects(P1)", "your program ended without having collected {left}"),
                    *end,
                    ends_as("P1"),
                    ("len(processes) == 2", "there were {len(processes)} processes"),
                ],
                points=2,
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
        [
            ("not P0.forks()", "your program made a child for it"),
            ("P0.status == 0", "{ending(P0)}"),
        ],
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
            [*_gets(("sh", _FILE)), draws("P1")],
            "the child's exit status becomes your program's",
        ),
        _ends(
            "not-found",
            "no-such-program-here 1 2",
            [("P1.status == 127", "{ending(P1)}")],
            "no such program: 127, from the child",
        ),
    )


EXERCISE = Exercise(
    id="split-words",
    title="Split a command line into any number of words, and run it",
    minutes=30,
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
