"""Two children, collected in either order."""

from __future__ import annotations

from simpsh.course import all_of, before, count, everyone_called, happens, never, processes
from simpsh.grade.exercise import Asked, Exercise, Trial

program, first, second = processes("program", "program.1", "program.2")

EXERCISE = Exercise(
    id="two-children",
    title="Two children, collected in either order",
    minutes=20,
    chapter="wait",
    after=("wait-scenarios",),
    trials=(
        Trial(
            asks=(
                Asked(
                    "two",
                    "your program has exactly two children",
                    count(program.forks()) == 2,
                    look_at="fork(2): a child that goes on in the loop forks, too",
                ),
                Asked(
                    "collected",
                    "it collects both",
                    all_of(happens(program.collects(first)), happens(program.collects(second))),
                    look_at="wait(2): one call for each child",
                ),
            ),
        ),
    ),
    hints=("fork returns twice: who goes on after it?",),
)
