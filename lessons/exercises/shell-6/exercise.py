"""A shell, step 6: jobs, as a shell at a terminal has them."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-6",
    title="A shell, step 6: jobs",
    minutes=90,
    chapter="the shell itself",
    after=(
        "jobs-and-terminal",
        "stop-and-continue",
    ),
    behaviours=(
        "groups",
        "interrupt",
        "quit",
        "background",
        "stop",
        "fg",
        "bg",
        "other-child",
        "jobs",
        "zombies",
        "pipe.group",
        "pipe.interrupt",
    ),
    hints=(
        "^C goes to everybody in the terminal's foreground group. Who should be in it, and who "
        "not?",
        "setpgid makes a group of a job, tcsetpgrp lends it the terminal. Do both in the child "
        "and in the shell: nobody knows who comes first.",
        "Your shell ignores SIGINT, SIGQUIT, SIGTSTP, SIGTTIN and SIGTTOU; each child sets them "
        "back to SIG_DFL before exec, for exec keeps what is ignored.",
        "waitpid(-group, &word, WUNTRACED) waits for a member of that job alone, and tells of a "
        "stop, too. Then take the terminal back.",
        "fg: lend the terminal, send SIGCONT to the group, wait as before. bg: SIGCONT only. "
        "Before each prompt waitpid(-group, …, WNOHANG) for every job, until it says ECHILD.",
    ),
    read_on=(
        "setpgid(2)",
        "tcsetpgrp(3)",
        "waitpid(2)",
        "kill(2)",
    ),
)
