"""A shell, step 3: pipelines, and jobs as a shell at a terminal has them."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-6",
    title="A shell, step 3: pipelines and jobs",
    minutes=120,
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
        "pipe",
        "pipeline",
        "early-reader",
    ),
    hints=(
        "All commands of a pipeline run at the same time: first fork them all, then wait for them "
        "all. n commands need n − 1 pipes; keep the read end of each for the next command.",
        "A reader gets end of file when no process can write any more: your shell must close "
        "its write end as soon as the writer is born. exec closes what has O_CLOEXEC.",
        "Python ignores SIGPIPE, and an ignored signal stays ignored after exec: set SIGPIPE "
        "to SIG_DFL in the child.",
        "^C sends SIGINT to every process in the foreground group of the terminal. Which "
        "processes should be in it, and which not?",
        "setpgid makes a process group for a job, tcsetpgrp lends the terminal to it. Do both "
        "in the child and in the shell: either of them can run first.",
        "Your shell ignores SIGINT, SIGQUIT, SIGTSTP, SIGTTIN and SIGTTOU. Each child sets "
        "them to SIG_DFL before exec, because exec keeps ignored signals.",
        "waitpid(-group, &word, WUNTRACED) waits only for a member of that job, and also "
        "returns when it stops. Then take the terminal back.",
        "fg: lend the terminal, send SIGCONT to the group, wait as before. bg: SIGCONT only. "
        "Before each prompt call waitpid(-group, …, WNOHANG) for every job, until it fails "
        "with ECHILD.",
    ),
)
