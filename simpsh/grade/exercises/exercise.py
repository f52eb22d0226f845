"""An exercise: a task, programs to write for it, and what they are expected to do.

An exercise has a folder of its own, `exercises/ID/` next to the lessons: `task.md`, a start and
a solution in Python and in C, wrong solutions in `wrong/`, and `exercise.py` with `EXERCISE`. It is
judged by what a program does, in whatever language it is written; see exercise_judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from simpsh.base.process_names import FIRST
from simpsh.base.record import Record
from simpsh.course.claims.demonstration import Kill, Type
from simpsh.course.claims.expectation import Expectation
from simpsh.course.claims.observation import Observation

PROGRAM = FIRST
"""The name of the student's first process: P0. Its children are P1, P2 …"""


class Asked(Record):
    """One thing that is asked of a program."""

    key: str
    """A short name, unique in the exercise: wrong solutions say which one they fail."""
    sentence: str
    """The requirement: `every child is collected`."""
    expectation: Expectation
    points: float = 1
    did: str | Callable[[Observation], str] = ""
    """A sentence about what a failing program did; by default from the observation."""
    look_at: str = ""
    """A man page and a keyword: `waitpid(2): WNOHANG`."""
    in_one_order: bool = False
    """Whether passing in one order of the processes is enough."""
    needs: tuple[str, ...] = ()
    """The keys of checks that must pass first; if one fails, this one is not judged."""


class Trial(Record):
    """One run of the program, and what is asked of it."""

    asks: Sequence[Asked]
    arguments: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    """The command that starts it, by its path; the program's words follow these."""
    input: str = ""
    """The text of its standard input; empty by default."""
    files: Mapping[str, str] = {}
    """The files in its directory at the start, by name."""
    at_rest: Sequence[Kill | Type] = ()
    """The user's input, one item each time that no process can move."""
    terminal: bool = False
    """Whether it runs at a terminal of its own, as a job that a shell has started."""
    guard: str = ""
    """For a fork bomb: the most processes that may live; see process_containment.prepare()."""
    needs: tuple[str, ...] = ()
    """Requirements on the machine; see `simpsh doctor`."""
    seconds: float = 10.0
    """The time limit for all processes; SIMPSH_PATIENCE multiplies it."""


class Exercise(Record):
    """A task with all that is needed to judge it."""

    id: str
    title: str
    minutes: int
    trials: Sequence[Trial] | Callable[[Random], Sequence[Trial]] = ()
    """The runs; a function of a seeded random source where a variant is natural."""
    behaviours: tuple[str, ...] = ()
    """For a shell: what of `grade shell --list` it must be able to do; `run.waits` is one check."""
    by_itself: bool = False
    """Whether an installed shell that does the work is no solution; always so with `behaviours`."""
    hints: tuple[str, ...] = ()
    """Shown one at a time, from a nudge to nearly the answer."""
    after: tuple[str, ...] = ()
    """The lessons that come before it."""
