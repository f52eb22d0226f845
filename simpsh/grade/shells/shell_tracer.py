"""The process that traces a shell at a terminal, from its start until no process below it lives.

It is a process apart because a tracer waits for all that it traces, and a subreaper so that what
the shell leaves behind is found and ended with it.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable
from typing import TextIO

from simpsh.base.events import Event, Exec, Start
from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGTERM
from simpsh.grade.shells.substitute_shell import installed_shell
from simpsh.kernel import signals
from simpsh.kernel.descriptors import HIGHEST, close, close_range, memfd_create, pipe2, write_all
from simpsh.kernel.processes import exit_now, fork, set_child_subreaper, set_pdeathsig
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.proc import stat
from simpsh.process.subreaper import collect_all
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.recording_file import Recording, RecordingWriter
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.process_tracer import Tracer
from simpsh.trace.tracer.traced_command import NotTraceable, TracedCommand, start

_LEVEL = "calls"
_MOST_EVENTS = 100_000
_WORD = struct.Struct("i")
_LONG_SECONDS = 3600.0


class ShellTracer:
    """Starts a shell on a terminal, and keeps a record of its whole family.

    Args:
        command: the shell.
        terminal: what becomes its controlling terminal, and its 0, 1 and 2.
        prepare: called in the shell's process, at its terminal, before its program begins.
    """

    def __init__(
        self,
        command: TracedCommand,
        terminal: OwnTerminal,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self._prepare = prepare
        self._command = command
        self._terminal = terminal
        self._file = open(memfd_create("recording"), "r+", encoding="utf-8")  # noqa: SIM115
        self._shells = open(memfd_create("shells"), "r+", encoding="utf-8")  # noqa: SIM115
        self.shells: dict[int, str] = {}
        """At the end: the installed shells that were executed, by the number of the event."""
        self.start_ns = 0
        """At the end: when the record began, by CLOCK_MONOTONIC."""
        # Known before the tracer's process is made, which is made for each behaviour.
        installed_shell(command.argv[0])
        argv = command.argv
        header = recording_file.new_header("ptrace", argv, level=_LEVEL, argv0=argv[0])
        self._file.write(recording_file.header_line(header))
        self._file.flush()
        self._recording = recording_file.Recording(header, ())
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
            try:
                set_pdeathsig(SIGKILL)
                set_child_subreaper(True)
                follower = _Follower(self._file, self._shells, news.write_end)
                follower.listen()
                pid = start(self._command, _LEVEL, self._take_terminal)
                follower.follow(pid, self._command.argv)
            except (OSError, NotTraceable):
                pass
            finally:
                exit_now(0)
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
        """Return whether the tracer waits, and so holds no process that it had stopped."""
        return stat(self._pid).state == "S"

    def end(self) -> Recording:
        """End all processes that still live, and return the record."""
        if self._pid:
            signals.kill(self._pid, SIGTERM)
            waitpid(self._pid)
            self._pid = 0
            close(self._news)
            self._file.seek(0)
            self._recording = recording_file.read(self._file)
            self._file.close()
            self._shells.seek(0)
            for line in self._shells:
                number, _, path = line.rstrip("\n").partition(" ")
                if number == "0":
                    self.start_ns = int(path)
                else:
                    self.shells[int(number)] = path
            self._shells.close()
        return self._recording

    def _take_terminal(self) -> None:
        """Give the shell what login(1) gives one, and nothing of this process's."""
        self._terminal.take()
        close_range(3, HIGHEST)
        signals.set_defaults()
        if self._prepare is not None:
            self._prepare()


class _Follower:
    """What the tracer's process does with the events, and how it is asked to end."""

    def __init__(self, file: TextIO, shells: TextIO, news: int) -> None:
        self._writer = RecordingWriter(file)
        self._shells = shells
        self._news = news
        self._is_told = False
        options = TracerOptions(
            before_waiting=self._tell_end, when_told=self._look_at_program, sleep=self._sleep
        )
        self._tracer = Tracer(self._put, _LEVEL, options)

    def listen(self) -> None:
        """Take SIGTERM for the request to end all processes."""
        signals.sigaction(SIGTERM, self._end)

    def follow(self, pid: int, argv: tuple[str, ...]) -> None:
        """Follow the shell, just seized, until no process below it lives."""
        signals.sigprocmask(signals.SIG_BLOCK, (SIGCHLD,))
        self._tracer.begin(pid, argv)
        write_all(self._news, _WORD.pack(pid))
        try:
            self._tracer.run()
            self._tell_end()
        finally:
            signals.sigaction(SIGTERM, signals.SIG_IGN)
            self._tracer.kill_all()
            # Orphans came to this process, the subreaper, when their parents ended.
            collect_all()
            self._tell_end()
            self._writer.write_some()

    def _end(self, *_: object) -> None:
        # The tracer sees it between two statuses: in the midst of one, events would get lost.
        self._tracer.deadline = 0.0

    def _sleep(self, seconds: float | None) -> bool:
        """Wait for SIGCHLD or the request to end; return whether none came."""
        before = signals.sigprocmask(signals.SIG_BLOCK, (SIGTERM,))
        try:
            if seconds is None and self._tracer.deadline is not None:
                return False
            wanted = (SIGCHLD, SIGTERM)
            came = signals.sigtimedwait(wanted, _LONG_SECONDS if seconds is None else seconds)
            if came == SIGTERM:
                self._end()
            return came is None
        finally:
            signals.sigprocmask(signals.SIG_SETMASK, before)

    def _put(self, event: Event) -> None:
        # Who makes calls without end must not fill our memory.
        if event.seq <= _MOST_EVENTS:
            self._writer.put(event)

    def _tell_end(self) -> None:
        if self._tracer.root_status is not None and not self._is_told:
            self._is_told = True
            write_all(self._news, _WORD.pack(self._tracer.root_status))
        self._writer.write_some()

    def _look_at_program(self, event: Event) -> None:
        """Note when the record begins, and each installed shell, while its process is held."""
        if isinstance(event.what, Start):
            self._shells.write(f"0 {time.monotonic_ns() - event.ts}\n")
        elif isinstance(event.what, Exec) and (path := installed_shell(f"/proc/{event.pid}/exe")):
            self._shells.write(f"{event.seq} {path}\n")
        # The process that reads it is another.
        self._shells.flush()
