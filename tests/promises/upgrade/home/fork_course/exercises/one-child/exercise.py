"""One child."""

from __future__ import annotations

from simpsh.course import count, happens, processes
from simpsh.grade.exercises import Asked, Exercise, Trial

program, child = processes("P0", "P1")

EXERCISE = Exercise(
    id="one-child",
    title="One child",
    minutes=10,
    trials=(
        Trial(
            asks=(
                Asked("one", "it has one child", count(program.forks()) == 1),
                Asked("status", "the child ends with status 3", child.status == 3),
                Asked(
                    "collected",
                    "the child is collected",
                    happens(program.collects(child)),
                    look_at="wait(2)",
                ),
            )
        ),
    ),
    hints=("fork returns twice.", "The child ends by _exit.", "The parent calls wait."),
)
