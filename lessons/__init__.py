"""The course, which simpsh finds next to its own package.

Each unit has a folder with its lessons, the same demonstrations in C, and its exercises. A
lesson's file is named after its id, with underscores.

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

ORDER = (
    # fork
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
    "shared-flags",
    "two-writers",
    "locks-and-fork",
    "rule-7-wait-for-every-child",
    "seven-rules",
    "inherited",
    "inherited-signals",
    "threads-and-fork",
    "random-in-children",
    "how-many",
    "fork-bomb",
    "cost-of-fork",
    "cost-of-writing",
    "trap",
    # exec
    "exec-replaces",
    "exec-fails",
    "argv-environment-path",
    "exit-handlers",
    "identity",
    "cloexec-leak",
    "posix-spawn",
    # wait
    "wait-scenarios",
    "status-word",
    "system-runs-a-shell",
    "stop-and-continue",
    "waitid",
    "wait4-rusage",
    "wait-interrupted",
    "pidfd",
    "event-loop",
    # orphans_and_zombies
    "orphan",
    "orphaned-group",
    "zombie",
    "zombie-adopted",
    "pid-1",
    "no-zombies",
    "double-fork",
    "signals-coalesce",
    "sigchld-handler",
    # signals
    "signals-handlers",
    "signals-blocked",
    "process-groups-and-kill",
    "signals-with-data",
    "alternate-stack",
    # pipes
    "end-of-file",
    "full-pipe",
    "broken-pipe",
    "fifo",
    "pipe-hang",
    "capture-ways-out",
    "shared-counter",
    # daemons
    "daemonize",
    "daemon-inherits",
    "daemon-descriptors",
    "pid-file",
    "pid-file-lock",
    "pid-file-number",
    "ready",
    "ready-pipe",
    "ready-pid",
    "hangup",
    "reload",
    # shell
    "shell-loop",
    "redirection-order",
    "redirection-twice",
    "why-cd-is-built-in",
    "while-in-a-pipeline",
    "jobs-and-terminal",
    "no-job-control",
    "looking",
    "simpsh-itself",
    "write-a-shell",
)
"""The lessons in the order of the course. Each folder's map has the same order."""

CORE = (
    "rule-1-both-continue",
    "rule-2-return-value",
    "rule-4-copied",
    "rule-5-order",
    "rule-6-open-files",
    "rule-7-wait-for-every-child",
    "exec-replaces",
    "exec-fails",
    "argv-environment-path",
    "wait-scenarios",
    "status-word",
    "stop-and-continue",
    "orphan",
    "zombie",
    "no-zombies",
    "sigchld-handler",
    "signals-handlers",
    "signals-blocked",
    "process-groups-and-kill",
    "end-of-file",
    "full-pipe",
    "broken-pipe",
    "pipe-hang",
    "daemonize",
    "ready-pipe",
    "shell-loop",
    "redirection-order",
    "jobs-and-terminal",
    "write-a-shell",
)
"""The lessons for everyone. All others go deeper, or are for reference."""

REFERENCE = ("inherited", "inherited-signals", "cost-of-fork", "cost-of-writing")
"""Lessons for reference: tables and measurements."""

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
