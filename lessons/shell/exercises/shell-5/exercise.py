"""A shell, step 5: pipelines."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-5",
    title="A shell, step 5: pipelines",
    minutes=60,
    after=("end-of-file", "cloexec-leak"),
    behaviours=(
        "pipe.together",
        "pipe.joined",
        "pipe.shell",
        "pipe.first",
        "pipe.second",
        "pipeline",
        "early-reader",
    ),
    hints=(
        "All commands run at the same time: first fork them all, then wait for them all.",
        "n commands need n − 1 pipes. Make each just before the fork of the command that writes "
        "to it, and keep its read end for the next.",
        "A reader gets end of file when no process can write any more: your shell must close "
        "its write end as soon as the writer is born.",
        "pipe2(ends, O_CLOEXEC), or Python's os.pipe: exec closes all descriptors except those "
        "that dup2 has made, 0 and 1.",
        "Python ignores SIGPIPE, and an ignored signal stays ignored after exec: set SIGPIPE "
        "to SIG_DFL in the child.",
    ),
)
