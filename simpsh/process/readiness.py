"""A launcher may say "it runs" only when the daemon has said so: over a pipe, in one write.

The pipe carries lines: `pid N`, then `ready` or `failed MESSAGE`. End of file without either means
that the daemon ended, or closed its end, before it was ready.
"""

from __future__ import annotations

import os
import select

from simpsh.kernel.descriptors import close, dup_above, pipe2, read, write_all
from simpsh.kernel.waiting import pidfd_open
from simpsh.record import Record

_READY, _FAILED, _PID = b"ready", b"failed ", b"pid "
_LONGEST_MESSAGE = 3500


class Report(Record):
    """What came over the pipe until it was closed."""

    pid: int | None
    """The daemon's pid; None if it did not come so far."""
    is_ready: bool
    failure: str | None
    """Why it failed, in its own words; None if it did not say."""


class ReadinessPipe:
    """The pipe over which a daemon tells its launcher that it is ready, or that it failed.

    Both ends are made before the fork; each side then keeps one, with for_launcher() or
    for_daemon(). They lie above the descriptors 0 to 2, which the daemon redirects.
    """

    def __init__(self) -> None:
        ends = pipe2()
        try:
            self.read_end = dup_above(ends.read_end, 3)
            self.write_end = dup_above(ends.write_end, 3)
        finally:
            close(ends.read_end)
            close(ends.write_end)

    def for_launcher(self) -> None:
        """Keep the read end only: with our own write end open there would be no end of file."""
        self._close_write_end()

    def for_daemon(self) -> None:
        """Keep the write end only."""
        self._close_read_end()

    def close(self) -> None:
        """Give both ends back."""
        self._close_read_end()
        self._close_write_end()

    def say_pid(self, pid: int) -> None:
        """Tell who the daemon is."""
        self._say(_PID + b"%d" % pid)

    def say_ready(self) -> None:
        """Tell that the service runs, and close the pipe: the launcher ends."""
        self._say(_READY)
        self._close_write_end()

    def say_failed(self, message: str) -> None:
        """Tell why it cannot run, and close the pipe: the launcher ends with an error."""
        one_line = " ".join(message.split("\n")).strip() or "it gave no reason"
        self._say(_FAILED + os.fsencode(one_line)[:_LONGEST_MESSAGE])
        self._close_write_end()

    def report(self) -> Report:
        """Read until the verdict, the end of file or the daemon's death; return what was said.

        A process that the daemon forked may hold a write end as well, so that there is no end of
        file although the daemon is dead. It must be the caller's own child, or its orphan.
        """
        text, pidfd = b"", -1
        said = select.poll()
        said.register(self.read_end, select.POLLIN)
        try:
            while not _verdict(text):
                ready = {number for number, _ in said.poll()}
                if self.read_end not in ready:
                    break  # it is dead, and has nothing more to say
                piece = read(self.read_end, 4096)
                if not piece:
                    break
                text += piece
                if pidfd < 0 and (pid := _pid(text)) is not None:
                    pidfd = _open_or_none(pid)
                    if pidfd >= 0:
                        said.register(pidfd, select.POLLIN)
        finally:
            self._close_read_end()
            if pidfd >= 0:
                close(pidfd)
        return _report(text)

    def _say(self, line: bytes) -> None:
        if self.write_end < 0:
            return
        try:
            write_all(self.write_end, line + b"\n")
        except BrokenPipeError:
            pass  # the launcher was interrupted; nobody waits any more

    def _close_read_end(self) -> None:
        descriptor, self.read_end = self.read_end, -1
        if descriptor >= 0:
            close(descriptor)

    def _close_write_end(self) -> None:
        descriptor, self.write_end = self.write_end, -1
        if descriptor >= 0:
            close(descriptor)


def _lines(text: bytes) -> list[bytes]:
    """Return the lines that have come whole."""
    return text.split(b"\n")[:-1]


def _verdict(text: bytes) -> bool:
    return any(line == _READY or line.startswith(_FAILED) for line in _lines(text))


def _pid(text: bytes) -> int | None:
    found = (int(line[len(_PID) :]) for line in _lines(text) if line.startswith(_PID))
    return next(found, None)


def _report(text: bytes) -> Report:
    failures = [line[len(_FAILED) :] for line in _lines(text) if line.startswith(_FAILED)]
    failure = os.fsdecode(failures[0]) if failures else None
    return Report(_pid(text), _READY in _lines(text) and failure is None, failure)


def _open_or_none(pid: int) -> int:
    try:
        return pidfd_open(pid)
    except OSError:
        return -1  # already gone, and not ours: the end of file will tell
