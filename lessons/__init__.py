"""The course: one lesson a file, found by simpsh through the entry-point group `simpsh.lessons`.

A lesson's file is called like its id, with underscores.
"""

from __future__ import annotations

ORDER = (
    # A. fork
    "rule-1-both-continue",
    "rule-2-return-value",
    "fork-can-fail",
    "check-arguments",
    "rule-3-parallel",
    "process-states",
    "rule-4-copied",
    "copy-on-write",
    "buffers-at-fork",
    "rule-5-order",
    "rule-6-open-files",
    "shared-flags",
    "two-writers",
    "locks-and-fork",
    "rule-7-wait-for-every-child",
    "shell-loop",
    "inherited",
    "inherited-signals",
    "threads-and-fork",
    "random-in-children",
    "how-many",
    "workers-in-a-loop",
    "fork-bomb",
    "cost-of-fork",
    "cost-of-writing",
    # B. exec
    "exec-replaces",
    "exec-fails",
    "argv-environment-path",
    "cloexec-leak",
    "posix-spawn",
    # C. wait
    "wait-scenarios",
    "status-word",
    "system-runs-a-shell",
    "stop-and-continue",
    "waitid",
    "wait4-rusage",
    "wait-interrupted",
    "pidfd",
    # D. signals
    "signals-handlers",
    "signals-blocked",
    # E. orphans and zombies
    "orphan",
    "orphaned-group",
    "zombie",
    "zombie-adopted",
    "no-zombies",
    "double-fork",
    "signals-coalesce",
    "sigchld-handler",
    # F. pipes and daemons
    "end-of-file",
    "full-pipe",
    "broken-pipe",
    "fifo",
    "pipe-hang",
    "capture-ways-out",
    "daemonize",
    "daemon-inherits",
    "daemon-descriptors",
    "pid-file",
    "pid-file-lock",
    "pid-file-number",
    "ready",
    "ready-pipe",
    "ready-pid",
    # G. the shell itself
    "redirection-order",
    "redirection-twice",
    "why-cd-is-built-in",
    "while-in-a-pipeline",
    "jobs-and-terminal",
    "hangup",
    "no-job-control",
    "write-a-shell",
)
"""The lessons in the order of the course."""
