"""A schedule: who went when, as one line of text. It replays what happened, as often as wanted.

`P P.1 P` lets P make its next step, then P.1, then P again. `P!` lets a signal that is pending
for P act before its step.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError, UsageProblem
from simpsh.whole_files import replace_file

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHOICE = re.compile(r"P(\.[1-9][0-9]*)*!?")
_WIDTH = 78


class ScheduleMisfit(SimpshError):
    """A schedule names a process that could not go at that place."""


def is_choice(word: str) -> bool:
    """Tell whether a word could name a process: P, P.1, P.1.2, with ! for its signal."""
    return _CHOICE.fullmatch(word) is not None


def parse(text: str) -> tuple[str, ...]:
    r"""Return the choices that a schedule names; lines that begin with # are remarks.

    Raises:
        UsageProblem: a word of it is no process's name.

    >>> parse("# a race\nP P.1\nP!")
    ('P', 'P.1', 'P!')
    """
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    words = tuple(word for line in lines for word in line.replace(",", " ").split())
    for place, word in enumerate(words, start=1):
        if not is_choice(word):
            raise UsageProblem(
                f"schedule, step {place}: {word!r} is no process; they are called P, P.1, P.1.2 …"
            )
    return words


def read(text: str) -> tuple[str, ...]:
    """Return the schedule that `--schedule` gives: itself, or the file behind an `@`.

    Raises:
        UsageProblem: it cannot be understood.
        SimpshError: the file cannot be read.
    """
    return load(text[1:]) if text.startswith("@") else parse(text)


def load(path: str) -> tuple[str, ...]:
    """Read a schedule from a file; errors as for read()."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file.read())
    except UnicodeDecodeError:
        raise SimpshError(f"{path}: this is no schedule: it is not even text") from None
    except OSError as error:
        raise SimpshError(f"{path}: the schedule cannot be read: {error.strerror}") from None


def save(path: str, choices: Sequence[str], remarks: Sequence[str] = ()) -> None:
    """Write a schedule to a file, whole or not at all.

    Raises:
        SimpshError: the file cannot be made or written.
    """
    lines = [f"# {line}" for remark in remarks for line in remark.splitlines()]
    lines += textwrap.wrap(" ".join(choices), _WIDTH, break_on_hyphens=False)
    try:
        replace_file(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise SimpshError(f"{path}: the schedule cannot be saved: {error.strerror}") from None


def misfit(place: int, choice: str, ready: Sequence[str], why: str) -> ScheduleMisfit:
    """Say where a schedule does not fit, and what could have gone there.

    Args:
        place: the step's number, from 1.
        choice: what the schedule says.
        ready: the choices that there were.
        why: why `choice` was none of them, as a clause.
    """
    could = f"ready: {' '.join(ready)}" if ready else "nobody was ready"
    return ScheduleMisfit(f"the schedule does not fit at step {place}: {choice} – {why}; {could}")
