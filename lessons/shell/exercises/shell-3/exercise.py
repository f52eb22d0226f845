"""A shell, step 3: how a command ended."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-3",
    title="A shell, step 3: wait statuses",
    minutes=30,
    after=("status-word",),
    behaviours=("run", "statuses"),
    hints=(
        "On Linux waitpid stores a word of 16 bits; the exit status of the program is only a "
        "part of it.",
        "A program that a signal has killed has no exit status. Shells then set $? to 128 + "
        "the number of the signal.",
        "WIFEXITED and WEXITSTATUS, WIFSIGNALED and WTERMSIG take the word apart; in Python "
        "os.waitstatus_to_exitcode gives −9 for signal 9.",
        "A child whose exec has failed tells why by its own exit status: 127 if errno is "
        "ENOENT, 126 otherwise.",
    ),
)
