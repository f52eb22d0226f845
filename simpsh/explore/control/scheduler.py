"""Schedulers: which held process makes the next step of a run.

The search for all outcomes needs none, because it follows states instead of runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.objects.symbolic_names import mark_of, process_of

Scheduler = Callable[[Sequence[str]], str]
"""Returns one of the choices, such as `P1` or `P1!`."""


@contextmanager
def scheduled_run(knowledge: Knowledge, choose: Scheduler) -> Iterator[ControlledRun]:
    """Make a run, and yield it at its end, while its output and files can be looked at.

    If more operations of the program must be visible, the run begins again.

    Raises ValueError: the scheduler chose what is not possible. RunCutOff: see ControlledRun.
    """
    while True:
        with suppress(Restart), ControlledRun(knowledge) as run:
            while choices := run.list_choices():
                run.step(choose(choices))
            yield run
            return


def in_turns(schedule: Sequence[str] = ()) -> Scheduler:
    """Return a scheduler that lets the process with the fewest steps go, and signals last.

    The steps of `schedule` are counted as made already.
    """
    made = Counter(map(process_of, schedule))

    def choose(choices: Sequence[str]) -> str:
        plain = [choice for choice in choices if not mark_of(choice)]
        choice = min(plain or choices, key=lambda choice: made[process_of(choice)])
        made[process_of(choice)] += 1
        return choice

    return choose
