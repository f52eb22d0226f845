"""An exercise: a task, and the expected behaviour of the programs that are written for it.

Each exercise has a folder, `exercises/ID/` next to the lessons: `task.md`, a model solution in
Python and in C with the marks of solution_marks, and `exercise.py` with `EXERCISE`. A program is
judged by what it does, whatever its language; see exercise_judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from simpsh.base.process_names import FIRST
from simpsh.base.record import Record
from simpsh.course.claims.demonstration import Kill, Type

Claim = tuple[str, str] | tuple[str, str, str]
"""An expression about the run (exercise_words has its words), the reason if it does not hold, and
an expression of events that show this: the answer names the line of the last one, and then the
check fails even if the program hangs."""

PROGRAM = FIRST
"""The name of the student's first process: P0. Its children are P1, P2 …"""


class Asked(Record):
    """One requirement that a program must meet."""

    key: str
    """A short name, unique in the exercise."""
    sentence: str
    """The requirement: `every child is collected`."""
    claim: str | Sequence[Claim]
    """An expression; or several with the reasons of failures, of which the first counts."""
    points: float = 1
    look_at: str = ""
    """A man page and a keyword: `waitpid(2): WNOHANG`."""
    in_one_order: bool = False
    """Whether passing in one order of the processes is enough."""
    needs: tuple[str, ...] = ()
    """The keys of the checks that must pass first; if one fails, this check is not judged."""
    is_of_waits: bool = False
    """Whether it must pass, too, in a run in which waits return drawn statuses: then an answer
    that the program knew before fails."""

    @property
    def claims(self) -> Sequence[Claim]:
        """All claims, each with a reason; it is empty if the values of the run say enough."""
        return ((self.claim, ""),) if isinstance(self.claim, str) else self.claim


class Trial(Record):
    """One run of the program, and its requirements."""

    asks: Sequence[Asked]
    arguments: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    """A command that starts the program: its path and arguments; the program's own follow."""
    names: tuple[str, ...] = ()
    """Further command lines that the task names, besides the arguments. What a
    program that is not named does earns nothing."""
    files: Mapping[str, str] = {}
    """The files in its directory at the start, by name."""
    at_rest: Sequence[Kill | Type] = ()
    """The user's input, one item each time that no process can run."""
    terminal: bool = False
    """Whether the program runs at its own terminal, as a job of a shell."""
    alters_statuses: bool = False
    """Whether each exit status above 0 that a wait returns is replaced by a drawn one."""
    watches: tuple[str, ...] = ()
    """Further system calls that are recorded."""
    order: str = ""
    """The only order in which it runs, instead of five: AT_BIRTH, BEFORE_SLEEP …"""
    guard: int = 0
    """For a fork bomb: the limit on its processes; 0 for none."""
    seconds: float = 10.0
    """The time limit for all processes; SIMPSH_PATIENCE multiplies it."""


class Exercise(Record):
    """A task with everything that is needed to judge it."""

    id: str
    title: str
    minutes: int
    trials: Sequence[Trial] | Callable[[Random], Sequence[Trial]] = ()
    """The runs, or a function that draws them from a seeded random source."""
    behaviours: tuple[str, ...] = ()
    """For a shell: required behaviours of `grade shell --list`; `run.waits` is a single check."""
    hints: tuple[str, ...] = ()
    """Shown one at a time, from a nudge to nearly the answer."""
