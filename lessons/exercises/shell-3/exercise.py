"""A shell, step 3: how a command ended."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-3",
    title="A shell, step 3: wait statuses",
    minutes=30,
    chapter="the shell itself",
    after=("status-word",),
    behaviours=(
        "run",
        "statuses",
    ),
    hints=(
        "waitpid gives a word of 16 bits; what the program returned is only a part of it.",
        "A program that a signal has killed returned nothing. Shells say 128 + the signal's "
        "number then.",
        "WIFEXITED and WEXITSTATUS, WIFSIGNALED and WTERMSIG take the word apart; in Python "
        "os.waitstatus_to_exitcode gives −9 for signal 9.",
        "The child whose exec failed can say why by its own status: 127 if errno is ENOENT, 126 "
        "otherwise.",
    ),
    read_on=(
        "wait(2)",
        "_exit(2)",
        "execvp(3)",
    ),
)
