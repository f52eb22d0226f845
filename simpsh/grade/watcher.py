"""The process that traces a shell at a terminal, from its start until nobody below it lives.

It is a process apart because a tracer waits for all that it traces, and a subreaper so that what
the shell leaves behind is found and ended with it.
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios
from typing import TYPE_CHECKING

from simpsh.kernel import signals
from simpsh.kernel.descriptors import (
    HIGHEST,
    close,
    close_range,
    dup2,
    memfd_create,
    pipe2,
    write_all,
)
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import (
    exit_now,
    fork,
    set_child_subreaper,
    set_parent_death_signal,
)
from simpsh.kernel.waiting import waitpid
from simpsh.process.process_stat import stat
from simpsh.trace import recording
from simpsh.trace.calls import assembled_filter
from simpsh.trace.starting import Command, NotTraceable, start_seized
from simpsh.trace.tracer import Tracer, options
from simpsh.trace.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import NoReturn, TextIO

    from simpsh.trace.recording import Recording

_LEVEL = "calls"
_SIGKILL, _SIGTERM, _SIGCHLD = 9, 15, 17
_CATCHABLE = tuple(number for number in range(1, 32) if number not in (9, 19))
_WORD = struct.Struct("i")


class _Asked(BaseException):
    """The tracer was asked to end everybody."""


class Watcher:
    """Starts a shell on a terminal, and keeps a record of its whole family.

    Args:
        argv: the shell.
        directory: where it starts.
        environment: what it gets.
        terminal: the slave's descriptor: its controlling terminal, and its 0, 1 and 2.
        prepare: called in the shell's process, at its terminal, before its program begins.
    """

    def __init__(
        self,
        argv: tuple[str, ...],
        directory: str,
        environment: Mapping[str, str],
        terminal: int,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self._prepare = prepare
        self._command = Command(argv, environment, directory)
        self._terminal = terminal
        self._file = open(memfd_create("recording"), "r+", encoding="utf-8")  # noqa: SIM115
        recording.write_header(self._file, "ptrace", " ".join(argv), level=_LEVEL, argv0=argv[0])
        self._file.flush()
        self._recording = recording.Recording(recording.new_header("ptrace"), ())
        self._pid = 0
        self._news = -1

    def start(self) -> int:
        """Start the shell and return its pid.

        Raises:
            NotTraceable: the kernel refuses, or the shell cannot be started.
            OSError: EAGAIN EMFILE …; a process or descriptor cannot be made.
        """
        news = pipe2()
        self._news = news.read_end
        self._pid = fork()
        if self._pid == 0:  # in the child
            self._watch(news.write_end)
        close(news.write_end)
        word = os.read(self._news, _WORD.size)
        if len(word) < _WORD.size:
            self.end()
            raise NotTraceable("this system lets no process trace its child")
        return int(_WORD.unpack(word)[0])

    def status(self) -> int:
        """Wait until the shell is collected, and return its status word."""
        word = os.read(self._news, _WORD.size)
        return int(_WORD.unpack(word)[0]) if len(word) == _WORD.size else 0

    def is_asleep(self) -> bool:
        """Tell whether the tracer waits, and so has let everybody go whom it had stopped."""
        return stat(self._pid).state == "S"

    def end(self) -> Recording:
        """End everybody who still lives, and return the record."""
        if self._pid:
            signals.kill(self._pid, _SIGTERM)
            waitpid(self._pid)
            self._pid = 0
            close(self._news)
            self._file.seek(0)
            self._recording = recording.read(self._file)
            self._file.close()
        return self._recording

    # ---------------------------------------------------------------------- in the own process

    def _watch(self, news: int) -> NoReturn:
        try:
            set_parent_death_signal(_SIGKILL)
            set_child_subreaper(True)
            signals.sigaction(_SIGTERM, _ask)
            self._follow(self._file, news)
        except (_Asked, OSError, NotTraceable):
            pass
        finally:
            exit_now(0)

    def _follow(self, file: TextIO, news: int) -> None:
        writer = Writer(file)
        tracer = Tracer(writer.put, _LEVEL)
        tracer.before_waiting = writer.write_some
        pid = start_seized(
            self._command,
            options(_LEVEL, dies_with_tracer=True),
            assembled_filter(_LEVEL),
            self._take_terminal,
        )
        signals.sigprocmask(signals.SIG_BLOCK, (_SIGCHLD,))
        tracer.begin(pid, self._command.argv)
        write_all(news, _WORD.pack(pid))
        is_told = False

        def tell_end() -> None:
            nonlocal is_told
            if tracer.root_status is not None and not is_told:
                is_told = True
                write_all(news, _WORD.pack(tracer.root_status))
            writer.write_some()

        tracer.before_waiting = tell_end
        try:
            tracer.run()
            tell_end()
        finally:
            signals.sigaction(_SIGTERM, signals.SIG_IGN)
            tracer.end_everybody()
            _collect_orphans()
            tell_end()
            writer.finish()

    def _take_terminal(self) -> None:
        """Give the shell what login(1) gives one, and nothing of this process's."""
        setsid()
        fcntl.ioctl(self._terminal, termios.TIOCSCTTY, 0)
        for number in (0, 1, 2):
            dup2(self._terminal, number)
        close_range(3, HIGHEST)
        signals.set_dispositions(dict.fromkeys(_CATCHABLE, signals.SIG_DFL))
        signals.sigprocmask(signals.SIG_SETMASK, ())
        if self._prepare is not None:
            self._prepare()


def _collect_orphans() -> None:
    """Collect the dead that came to this process, the subreaper, when their parents ended."""
    while True:
        try:
            waitpid(-1)
        except ChildProcessError:
            return


def _ask(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Asked
