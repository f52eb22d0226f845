"""The leftovers of a test: descendants of the test runner, open descriptors, a directory.

And of a whole session: files in the source tree.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from tests.support.processes import (
    children_of,
    command_of,
    descendants_of,
    descriptors_of,
    kill_and_collect,
    state_of,
)

FOREIGN_VARIABLES = frozenset(
    {
        *("BASH_ENV", "CDPATH", "COLUMNS", "ENV", "FORCE_COLOR", "HISTFILE"),
        *("IFS", "LANG", "LANGUAGE", "LINES", "NO_COLOR", "OLDPWD"),
        *("PAGER", "PROMPT_TOOLKIT_NO_CPR", "PS1", "PS2", "PS4", "PYTHONDONTWRITEBYTECODE"),
        *("PYTHONUNBUFFERED", "PYTHONSTARTUP"),
    }
)
"""Variables that change the behaviour of a shell, a program or the interpreter."""


@dataclass(frozen=True)
class Snapshot:
    """The processes and files before a test."""

    children: frozenset[int]
    descriptors: dict[int, str]
    directory: str


def snapshot() -> Snapshot:
    """Return the test runner's children, descriptors and working directory."""
    return Snapshot(frozenset(children_of(os.getpid())), descriptors_of(os.getpid()), _directory())


def remains(before: Snapshot) -> list[str]:
    """Describe what a test left since the snapshot; kill and collect its processes.

    Restores the working directory. Every line begins with 'processes', 'descriptors' or
    'directory'.
    """
    complaints = []
    if new := _new_processes(before):
        # Describe them before the kill, because a dead process has no state or command line.
        for pid in new:
            complaints.append(f"processes: {pid} {state_of(pid)} {command_of(pid)}")
        kill_and_collect(lambda: _new_processes(before))
    for number, target in descriptors_of(os.getpid()).items():
        if before.descriptors.get(number) != target:
            complaints.append(f"descriptors: {number} -> {target}")
    if (now := _directory()) != before.directory:
        complaints.append(f"directory: {now}")
        os.chdir(before.directory)
    return complaints


def changed_files(folder: str) -> frozenset[str] | None:
    """Return the lines of `git status` for a folder; None if it is not in a checkout of git."""
    # Without the lock that only speeds up later calls: others may use git meanwhile.
    argv = ["git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=all", "."]
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return frozenset(done.stdout.splitlines())


def _directory() -> str:
    return os.readlink("/proc/self/cwd")


def _new_processes(before: Snapshot) -> list[int]:
    new = [pid for pid in children_of(os.getpid()) if pid not in before.children]
    return [one for pid in new for one in (pid, *descendants_of(pid))]
