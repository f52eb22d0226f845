"""The leftovers of a test: descendants of the test runner, descriptors, a directory, a signal mask.

And of a whole session: files in the source tree.
"""

import os
import signal
import subprocess
from dataclasses import dataclass

from tests.harness.process import (
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
    """The processes, the files and the signal mask before a test."""

    children: frozenset[int]
    descriptors: dict[int, str]
    directory: str
    blocked: frozenset[int]


def snapshot() -> Snapshot:
    """Return the test runner's children, descriptors, working directory and signal mask."""
    children, descriptors = children_of(os.getpid()), descriptors_of(os.getpid())
    return Snapshot(frozenset(children), descriptors, _directory(), _blocked())


def remains(before: Snapshot) -> list[str]:
    """Describe what a test left since the snapshot; kill and collect its processes.

    Restores the working directory and the signal mask. Every line begins with 'processes',
    'descriptors', 'directory' or 'signals'.
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
    if (mask := _blocked()) != before.blocked:
        changed = sorted(mask ^ before.blocked)
        complaints.append(f"signals: {changed} were blocked or unblocked")
        signal.pthread_sigmask(signal.SIG_SETMASK, before.blocked)
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


def _blocked() -> frozenset[int]:
    # The programs that tests start inherit it.
    return frozenset(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ())))


def _new_processes(before: Snapshot) -> list[int]:
    new = [pid for pid in children_of(os.getpid()) if pid not in before.children]
    return [one for pid in new for one in (pid, *descendants_of(pid))]
