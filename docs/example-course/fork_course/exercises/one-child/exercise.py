"""One child."""

from __future__ import annotations

from simpsh.grade.exercises import Asked, Exercise, Trial

EXERCISE = Exercise(
    id="one-child",
    title="One child",
    minutes=10,
    trials=(
        Trial(
            asks=(
                Asked("one", "it has one child", "len(P0.forks()) == 1"),
                Asked("status", "the child ends with status 3", "P1.status == 3"),
                Asked("collected", "the child is collected", "P0.collects(P1)", look_at="wait(2)"),
            )
        ),
    ),
    hints=("fork returns twice.", "The child ends by _exit.", "The parent calls wait."),
)
