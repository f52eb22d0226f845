"""One command recorded by a separate process, while this process waits and handles the keys.

    this process ── forks ──► the tracer ── forks ──► the command
        ▲                        │ events ─► the recording's file
        └──── news, a pipe ──────┘

Two processes, because the keys and the signals of the command's group must not reach its tracer. If
one of the two is killed, the other one and all traced processes end with it (PR_SET_PDEATHSIG,
PTRACE_O_EXITKILL): no process stays stopped, and the recording can be read up to there.
"""

from __future__ import annotations

import gc
import os
import time

from simpsh import console
from simpsh.base.errors import SimpshError, defect_in_a_line
from simpsh.base.phrases import listed, shorten
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM
from simpsh.base.wait_status import Killed, WaitStatus
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2, read, readable, write_all
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.wait_calls import collect
from simpsh.process import proc
from simpsh.process.child_changes import DeathWith, Signals, carry_out
from simpsh.process.error_words import error_words
from simpsh.trace.recording.recording_file import begin, new_header
from simpsh.trace.tracer.traced_command import TracedCommand
from simpsh.trace.tracer.tracer_news import LOOK, STOPS_OF_TERMINAL, TracerEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from simpsh.base.event_kind import RecordLevel

_MOST_NAMED, _LONGEST_COMMAND = 5, 40
_KEYS = (SIGQUIT, *STOPS_OF_TERMINAL)
_EARLY = (SIGINT, SIGQUIT)
_ENDING = (SIGTERM, SIGHUP)
_NOT_IGNORED = (*_ENDING, SIGCHLD, SIGCONT)
"""Signals that are not ignored while the command runs."""


class RecordedRun:
    """A command under the tracer; a context manager."""

    def __init__(
        self, command: TracedCommand | int, words: Sequence[str], level: RecordLevel, file: TextIO
    ) -> None:
        """Start a command, or attach to the process with this pid, and record to `file`.

        This closes the file; `words` are the command as displayed.
        """
        self._is_attached = isinstance(command, int)
        self.status: int | None = None
        """The status word of the command; None if it is not known, or the command lives."""
        self.remark = ""
        """The error of the recording, as a sentence; empty for none."""
        self._is_begun = False
        self._left: tuple[str, ...] = ()
        self._is_alone = False
        self._continued_ns = 0
        self.asked_by = 0
        """The signal that asked for the end; 0 for none."""
        self._tracer_status: WaitStatus | None = None
        self._news = b""
        header = new_header(words, level=level, has_end=True)
        begin(file, header)
        # Signals that the command sends to its group reach this process, too.
        # Until the command has begun, INT and QUIT from the keyboard may find no process that heeds
        # them: they are blocked, and passed on to the command.
        self._early = [key for key in _EARLY if signals.disposition(key) != signals.SIG_IGN]
        self._dispositions = signals.set_dispositions(
            dict.fromkeys(signals.CATCHABLE.difference(_NOT_IGNORED), signals.SIG_IGN)
            | dict.fromkeys(self._early, signals.SIG_DFL)
        )
        # If SIGCHLD is ignored, the kernel discards the statuses of our children.
        signals.sigaction(SIGCHLD, signals.SIG_DFL)
        # An ignored signal (nohup) stays ignored.
        asking = [number for number in _ENDING if signals.disposition(number) != signals.SIG_IGN]
        self._signals = signals.signalfd((*asking, *_EARLY, SIGCONT))
        news, requests = pipe2(), pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        owner = os.getpid()
        file.flush()
        self._mask = signals.sigprocmask(signals.SIG_BLOCK, (*asking, *self._early, SIGCONT))
        self._tracer = fork()
        if self._tracer == 0:  # in the child
            ends = TracerEnds(news.write_end, requests.read_end)
            left = signals.CATCHABLE.difference(asking)
            # The tracer does not create reference cycles.
            gc.disable()
            try:
                carry_out(Signals({*self._early}, left, self._mask), DeathWith(owner))
                # Imported only in this process, while the other one continues.
                from simpsh.trace.tracer.traced_run import AttachedRun, TracedRun

                if isinstance(command, int):
                    AttachedRun(command, header, file, ends).run()
                else:
                    TracedRun(command, header, file, ends).run()
            except OSError as error:
                ends.send("failed", error_words(error))
            except BaseException as error:  # noqa: BLE001 - nothing else would report a defect
                ends.send("failed", defect_in_a_line(error))
            finally:
                exit_now(0)
        close(news.write_end)
        close(requests.read_end)
        self._requests = requests.write_end
        file.close()
        self._news_end = news.read_end

    def _ask(self, number: int, sender: int) -> None:
        with suppress(OSError):
            write_all(self._requests, b"%d %d\n" % (number, sender))
        # Before the command has begun, the tracer does not handle requests.
        if self._is_begun:
            self._signal_tracer(LOOK)

    def _signal_tracer(self, number: int) -> None:
        if self._tracer_status is None:
            with suppress(OSError):
                signals.kill(self._tracer, number)

    # ------------------------------------------------------------------------ waiting

    def wait(self) -> None:
        """Wait until the recording is complete."""
        is_open = True
        while is_open:
            for descriptor in readable((self._signals, self._news_end)):
                if descriptor == self._news_end:
                    is_open = self._take_news()
                else:
                    self._take_signals()
        self._tracer_status = self._tracer_status or collect(self._tracer)
        if isinstance(self._tracer_status, Killed):
            number = self._tracer_status.signal
            effect = "the processes go on" if self._is_attached else "and the command with it"
            self.remark = f"the tracer was killed ({number}), {effect}"
        self._stop_listening()

    def _take_signals(self) -> None:
        for number, sender in signals.read_signalfd(self._signals):
            if number == SIGCONT:
                self._continued_ns = time.monotonic_ns()
            elif number in _EARLY:
                self._ask(number, 0)
            else:
                # Only the tracer knows whether the sender is a process of its family.
                self.asked_by = number
                self._ask(number, sender)

    def _take_news(self) -> bool:
        # Return False at end of file.
        data = read(self._news_end, 65536)
        *lines, self._news = (self._news + data).split(b"\n")
        for line in lines:
            word, _, details = os.fsdecode(line).partition(" ")
            if word == "begun":
                self._take_signals()
                self._is_begun = True
                # From now on the command itself gets the keys.
                signals.set_dispositions(dict.fromkeys(self._early, signals.SIG_IGN))
                signals.sigprocmask(signals.SIG_UNBLOCK, {*self._early} - self._mask)
                # The tracer can handle earlier requests now.
                self._signal_tracer(LOOK)
            elif word == "alone":
                status, *others = details.split()
                self.status = int(status)
                self._catch_interrupts()
                them = "them" if len(others) > 1 else "it"
                console.complain(
                    f"trace: the command has ended; waiting for {_names(others)}; ^C ends {them}"
                )
            elif word == "follows":
                self._is_begun = True
                self._catch_interrupts()
                self._signal_tracer(LOOK)
                console.complain(
                    f"trace: following {_names(details.split())}; ^C stops the recording"
                )
            elif word == "stays":
                self._left = tuple(details.split())
            elif word == "ended":
                self.status = int(details)
            elif word == "stopped":
                number, pid, time_ns = details.split()
                # A SIGSTOP for the group also stopped this process: then both have been continued
                # since, perhaps just now.
                self._take_signals()
                if int(time_ns) > self._continued_ns and not self._is_alone:
                    # Stop with the same signal: the shell that waits for this process reports its
                    # command as stopped.
                    is_ignored = int(number) in STOPS_OF_TERMINAL
                    if is_ignored:
                        signals.sigaction(int(number), signals.SIG_DFL)
                    signals.kill(os.getpid(), int(number))
                    if is_ignored:
                        signals.sigaction(int(number), signals.SIG_IGN)
                    if proc.group(int(pid)) not in (0, os.getpgrp()):
                        # Our group got the SIGCONT that, untraced, the command's group would have
                        # got.
                        with suppress(OSError):
                            signals.kill(int(pid), SIGCONT)
            elif word == "problem":
                self.remark = details
            else:  # failed
                raise SimpshError(details)
        return bool(data)

    def _catch_interrupts(self) -> None:
        """Make ^C a request from now on; the other keys work as before."""
        self._is_alone = True
        # Before the message, because a person may press a key immediately.
        before = self._dispositions
        signals.set_dispositions({key: before[key] for key in _KEYS if key in before})
        if SIGINT in before:
            signals.sigprocmask(signals.SIG_BLOCK, (SIGINT,))
            signals.sigaction(SIGINT, signals.SIG_DFL)

    # ------------------------------------------------------------------------ ending

    def __enter__(self) -> RecordedRun:
        return self

    def __exit__(self, *_: object) -> None:
        """End the tracer, and restore the dispositions of signals."""
        try:
            if self._tracer_status is None:
                # An exception ended this process's wait.
                self._signal_tracer(SIGKILL)
                collect(self._tracer)
        finally:
            self._stop_listening()
            for descriptor in (self._news_end, self._requests, self._signals):
                close(descriptor)

    def _stop_listening(self) -> None:
        """Restore the dispositions of signals; a pending signal takes effect now."""
        signals.set_dispositions({SIGCHLD: signals.SIG_DFL, **self._dispositions})
        signals.sigprocmask(signals.SIG_SETMASK, self._mask)

    def print_left(self) -> None:
        """Print the attached processes that are not followed any more."""
        if not self._left:
            return
        goes = "go" if len(self._left) > 1 else "goes"
        console.complain(f"trace: the recording has stopped; {_names(self._left)} {goes} on")


def _names(others: Sequence[str]) -> str:
    # As `P2 (pid 123, sleep 100) and 3 more`.
    from simpsh.process import process_snapshot

    shown = []
    for word in others[:_MOST_NAMED]:
        pid, _, name = word.partition(":")
        program = shorten(process_snapshot.command(int(pid)), _LONGEST_COMMAND)
        shown.append(f"{name} (pid {pid}, {program})")
    more = len(others) - _MOST_NAMED
    return listed([*shown, f"{more} more"] if more > 0 else shown)
