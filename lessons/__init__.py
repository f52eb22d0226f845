"""The course, which simpsh finds next to its own package.

Each folder is a subject: its lessons, the same demonstrations in C, and its exercises. A lesson's
file is named after its id, with underscores. The units are the way through the course, see `ORDER`.

fork/ – one call, two processes
exec/ – another program in the same process
wait/ – what a parent learns about its children
orphans_and_zombies/ – the parent that ends first, the child that no process collects
signals/ – handlers, blocked signals, groups
pipes/ – end of file, full pipes, FIFOs
daemons/ – processes without a terminal, and their pid files
shell/ – redirections, jobs, a shell of your own
claims – everything that the course claims, by id
glossary – the terms, explained
plans – schedules of the lessons for a class
"""

from __future__ import annotations

UNITS = {
    "a shell in thirty lines": ("shell-loop",),
    "fork": (
        "rule-1-both-continue",
        "rule-2-return-value",
        "fork-can-fail",
        "check-arguments",
        "rule-3-parallel",
        "process-states",
        "rule-4-copied",
        "copy-on-write",
        "memory-map",
        "buffers-at-fork",
        "rule-5-order",
        "rule-6-open-files",
        "two-writers",
        "locks-and-fork",
        "rule-7-wait-for-every-child",
        "seven-rules",
        "inherited",
        "threads-and-fork",
        "random-in-children",
        "how-many",
        "trap",
    ),
    "exec and wait": (
        "exec-replaces",
        "argv-environment-path",
        "identity",
        "groups-and-credentials",
        "wait-scenarios",
        "status-word",
        "stop-and-continue",
    ),
    "descriptors and pipes": (
        "redirection-order",
        "redirection-twice",
        "why-cd-is-built-in",
        "while-in-a-pipeline",
        "end-of-file",
        "full-pipe",
        "broken-pipe",
        "shared-flags",
        "cloexec-leak",
        "exec-fails",
        "exit-handlers",
        "cost-of-fork",
        "cost-of-writing",
        "posix-spawn",
        "pipe-hang",
        "capture-ways-out",
        "fifo",
    ),
    "signals and families": (
        "signals-handlers",
        "signals-blocked",
        "signals-with-data",
        "alternate-stack",
        "process-groups-and-kill",
        "inherited-signals",
        "wait-interrupted",
        "fork-bomb",
        "system-runs-a-shell",
        "orphan",
        "zombie",
        "zombie-adopted",
        "pid-1",
        "no-zombies",
        "double-fork",
        "waitid",
        "wait4-rusage",
        "pidfd",
        "event-loop",
        "self-pipe",
        "timers",
        "descriptor-passing",
        "signals-coalesce",
        "sigchld-handler",
        "shared-counter",
    ),
    "terminals and sessions": (
        "terminal-line",
        "jobs-and-terminal",
        "pty",
        "no-job-control",
        "orphaned-group",
        "hangup",
    ),
    "daemons": (
        "daemonize",
        "daemon-inherits",
        "daemon-descriptors",
        "pid-file",
        "ready",
        "reload",
    ),
    "write a shell": ("looking", "first-shell", "write-a-shell"),
}
"""The lessons of each unit, in the order of the course. Each folder's map has the same order.

A lesson uses what an earlier unit teaches; `TAUGHT` of the glossary says what that is.
"""

ORDER = tuple(name for unit in UNITS.values() for name in unit)
"""All lessons, in the order of the course."""

CORE = (
    "shell-loop",
    "rule-1-both-continue",
    "rule-2-return-value",
    "rule-3-parallel",
    "rule-4-copied",
    "rule-5-order",
    "rule-6-open-files",
    "rule-7-wait-for-every-child",
    "exec-replaces",
    "argv-environment-path",
    "wait-scenarios",
    "status-word",
    "stop-and-continue",
    "redirection-order",
    "end-of-file",
    "full-pipe",
    "broken-pipe",
    "exec-fails",
    "pipe-hang",
    "signals-handlers",
    "signals-blocked",
    "process-groups-and-kill",
    "orphan",
    "zombie",
    "no-zombies",
    "sigchld-handler",
    "terminal-line",
    "jobs-and-terminal",
    "pty",
    "daemonize",
    "ready",
    "write-a-shell",
)
"""The lessons for everyone. All others go deeper, or are for reference."""

REFERENCE = (
    *("inherited", "inherited-signals", "cost-of-fork", "cost-of-writing"),
    *("random-in-children", "signals-with-data", "alternate-stack"),
)
"""Lessons for reference: tables and measurements."""

MERGED = {
    **dict.fromkeys(("ready-pipe", "ready-pid"), "ready"),
    **dict.fromkeys(("pid-file-lock", "pid-file-number"), "pid-file"),
}
"""The lessons that former ids mean now, at the command line and in stored progress."""

EXERCISES = (
    "two-children",
    "small-bomb",
    "validate-arguments",
    "open-file",
    "split-words",
    "bomb-limit",
    "bomb-cgroup",
    "stop-and-continue",
    "two-pidfds",
    "lost-wakeup",
    "make-orphan",
    "make-zombie",
    "lose-no-child",
    "pipeline",
    "fifo-server",
    "capture-server",
    "daemon",
    "shell-1",
    "shell-2",
    "shell-3",
    "shell-4",
    "shell-5",
    "shell-6",
)
"""The exercises in the order of the course."""

LAST = ("daemon", "shell-1", "shell-2", "shell-3", "shell-4", "shell-5", "shell-6")
"""The exercises after the last lesson, which the map shows."""
