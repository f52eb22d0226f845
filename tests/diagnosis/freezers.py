"""Control groups that a test freezes and thaws; where none can be made, it is skipped."""

import contextlib
import os
import re
import signal
from pathlib import Path

import pytest

from simpsh.process.pidfd import PidFd
from tests.harness.process import wait_until

FREEZERS = {"cgroup2": (r" - cgroup2 ", "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1")}
"""By file system: its line in mountinfo; the file that freezes and thaws, and what is written
there; the file that shows whether all processes are frozen, and the text that says so."""


class Freezer:
    """A control group with one process."""

    def __init__(self, path, pid, kind):
        _, self.file, self._freezes, self.thaws, self._shown_in, self._frozen = FREEZERS[kind]
        self.path = path
        (path / "cgroup.procs").write_text(str(pid))

    def freeze(self):
        (self.path / self.file).write_text(self._freezes)
        shown = self.path / self._shown_in
        wait_until(lambda: self._frozen in shown.read_text(), f"{self.path} is frozen")

    def thaw(self):
        (self.path / self.file).write_text(self.thaws)


@contextlib.contextmanager
def freezer(kind, pid):
    """Yield a control group of this kind with this process, and kill that afterwards."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    mounts = [line.split()[4] for line in lines if re.search(FREEZERS[kind][0], line)]
    if not mounts:
        pytest.skip("this machine has no such control groups")
    path = Path(mounts[0], f"simpsh-test-{os.getpid()}")
    try:
        path.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error.strerror}")
    with PidFd.open(pid) as process, contextlib.ExitStack() as stack:
        stack.callback(wait_until, lambda: is_removed(path), "the group is empty")
        stack.callback(kill, process)
        group = Freezer(path, pid, kind)
        stack.callback(group.thaw)
        yield group


def is_removed(path):
    with contextlib.suppress(OSError):
        path.rmdir()
    return not path.exists()


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
