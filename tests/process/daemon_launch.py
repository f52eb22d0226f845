"""A launcher of a daemon in a process of its own, for the tests."""

import json
import os
import sys
import tempfile

from simpsh.process.process_tree import children
from tests.process.forked_children import collected, fork_child, kill_now, until


class Launch:
    """A launcher in a process of its own, and what comes of it."""

    def __init__(self, body):
        """Run `body(say)` in a launcher; `say` sends JSON from the daemon to the test."""
        self.read_end, write_end = os.pipe()
        # No pipe: a daemon that keeps its standard error would keep us reading.
        errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed below

        def launcher():
            os.dup2(errors.fileno(), 2)
            sys.stderr = os.fdopen(2, "w", closefd=False)
            body(lambda value: os.write(write_end, json.dumps(value).encode() + b"\n"), write_end)

        pid = fork_child(launcher)
        os.close(write_end)
        self.status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.launcher = pid
        with errors:
            errors.seek(0)
            self.errors = errors.read()

    def __enter__(self):
        return self

    def hear(self):
        """Return the daemon's next message."""
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self.read_end, 1)
            assert byte, f"the daemon has ended; launcher: {self.errors}"
            line += byte
        return json.loads(line)

    def __exit__(self, *exception):
        os.close(self.read_end)
        # The daemon, an orphan now, is a child of the test runner, which is a subreaper; what it
        # has forked becomes so when it dies.
        while strangers := [one for one in children(os.getpid()) if one.sid != os.getsid(0)]:
            for one in strangers:
                kill_now(one.pid)
                until(lambda one=one: collected(one.pid), f"{one.pid} is gone")
