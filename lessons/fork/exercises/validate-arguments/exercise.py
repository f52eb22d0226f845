"""Validate arguments before forking: what −1 seconds does."""

from __future__ import annotations

from simpsh.course import Kill
from simpsh.grade.exercises import Asked, Exercise, Trial

_WATCHED = 10.0
_BAD = (
    ("negative", "-1", "a number below 0"),
    ("word", "abc", "a word"),
    ("trailing", "9x", "a number with other characters after it"),
    ("empty", "", "nothing"),
    ("huge", "99999999999999999999", "a number too great for any type"),
    ("great", "61", "a number above 60"),
    ("long", "007", "a number of three digits"),
    ("signed", "+7", "a number with a sign"),
    ("foreign", "\u0663", "a digit of another script"),
    ("disguised", "1_0", "a number in the notation of a programming language"),
)


def _refused(key: str, text: str, what: str) -> Trial:
    return Trial(
        arguments=(text,),
        seconds=5,
        asks=(
            Asked(
                key,
                f"{what} ({text!r}) is refused in one line, with status 2, before any fork",
                [
                    ("not P0.forks()", f"your program forked although it was given {text!r}"),
                    ("returns", "your program never ended"),
                    ("P0.status == 2", "{ending(P0)}"),
                    (
                        "not uses_stdout",
                        "your program wrote to standard output, not to standard error",
                    ),
                    ("len(output.strip().splitlines()) == 1", "your program said {repr(output)}"),
                ],
                look_at="strtol(3): errno, the end pointer, the range; int() and sleep() "
                "accept more than you think",
            ),
        ),
    )


_WORKS = Trial(
    arguments=("0",),
    asks=(
        Asked(
            "works",
            "0 seconds: a child is made, ends with status 0, and is collected",
            [
                ("P0.collects(P1)", "your program collected no child"),
                ("P1.status == 0", "{ending(P1)}"),
                ("returns", "your program never ended"),
            ],
            points=2,
            look_at="fork(2), wait(2)",
        ),
        Asked(
            "success",
            "and your program ends with status 0",
            [
                ("P0.collects(P1)", "your program collected no child"),
                ("P0.status == 0", "{ending(P0)}"),
            ],
            needs=("works",),
            look_at="exit(3)",
        ),
    ),
)


def _sleeps(seconds: int) -> Trial:
    """Return a trial in which a child sleeps this many seconds.

    A sleep that outlasts the run counts as rest. The child is then killed, so that the check ends.
    """
    lived = "the child lived for {'%.1f' % lifetime(P1)} seconds"
    if seconds < _WATCHED:
        slept = [
            ("'rest' not in seen.moments and P1.ends", f"the child lived longer than {seconds} s"),
            # On a busy machine a run takes longer.
            (f"{seconds} <= lifetime(P1) < {seconds} + 30", lived),
        ]
    else:
        slept = [
            (f"'rest' in seen.moments or not P1.ends or lifetime(P1) >= {seconds}", lived),
            ("'rest' not in seen.moments or at('rest').P1.state == 'S'", "no child slept"),
        ]
    return Trial(
        arguments=(str(seconds),),
        at_rest=(Kill("P1", "SIGTERM"),),
        seconds=_WATCHED,
        asks=(
            Asked(
                f"sleeps-{seconds}",
                f"{seconds} seconds: a child sleeps, and your program waits for it",
                [
                    ("P1.born", "{ending(P0)}, and made no child"),
                    *slept,
                    ("not P1.ends or not left", "your program did not wait for it"),
                ],
                look_at="sleep(3), wait(2)",
            ),
        ),
    )


EXERCISE = Exercise(
    id="validate-arguments",
    title="Validate arguments before forking",
    minutes=20,
    trials=(_WORKS, _sleeps(1), _sleeps(60), *(_refused(*one) for one in _BAD)),
    hints=(
        "What notices that the argument makes no sense: your program, the child, or sleep? When?",
        "In C, atoi reports no error. sleep takes an unsigned number: −1 becomes 136 years.",
        "In Python, int() accepts “1_0”, “ 7” and digits of other scripts. Which texts do you "
        "want?",
        "Check the whole text: one or two ASCII digits, value at most 60. Only then fork.",
    ),
)
