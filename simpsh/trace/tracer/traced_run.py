"""The tracer's process: it records one command, reports news, and ends it on request.

recorded_run.py starts it and waits for it. session_tracer.py watches a whole session.
"""

from __future__ import annotations

import time

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.phrases import counted
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGTERM
from simpsh.kernel import signals
from simpsh.kernel.machine import ptrace
from simpsh.kernel.processes import getpgrp, set_name, setsid
from simpsh.kernel.signals import kill, sigtimedwait
from simpsh.process import proc
from simpsh.process.child_changes import ChildStart, NotExecuted
from simpsh.process.error_words import error_words
from simpsh.trace import tracee_proc
from simpsh.trace.recording.recording_file import Header, RecordingWriter, note_line
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.family_account import FamilyAccount, TracerOptions
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.process_tracer import Tracer, seize_options
from simpsh.trace.tracer.syscall_events import calls_to_follow
from simpsh.trace.tracer.traced_command import (
    TERMINAL_SIGNALS,
    TracedCommand,
    start_seized,
    with_filter,
)
from simpsh.trace.tracer.tracer_news import LOOK, STOPS_OF_TERMINAL, TracerEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from simpsh.trace.tracer.rest_detection import RestWatch

NAME = "simpsh-tracer"
"""The name in /proc of the tracer's process."""
_REQUESTS = (SIGCHLD, LOOK)
"""The signals that the tracer blocks and waits for."""
_FOR_LONG = 3600.0
_STATUSES_PER_LOOK = 256
_UNWRITTEN_SECONDS, _SETTLING_SECONDS = 0.02, 0.2
"""The events are written after this time without a report; at most this time is waited for reports
when the recording ends."""


class _Asked(Exception):
    """Stop the recording here: simpsh was asked to end."""


class TracedRun:
    """A command and its family, recorded by this process, which must have no other children."""

    def __init__(
        self, command: TracedCommand, header: Header, file: TextIO, ends: TracerEnds
    ) -> None:
        self._command = command
        self._level = header.level
        self._file = file
        self._ends = ends
        self._group = getpgrp()
        self._sites = CallSites()
        self._writer = RecordingWriter(file, self._sites.sources)
        self._is_begun = self._is_over = False
        self._is_asked_to_end = False
        """Whether the whole family must end with the command, or was ended."""
        self._names_left: tuple[str, ...] = ()
        """The processes that are alive at the end of the recording, as `PID:NAME`."""
        self._tracer = Tracer(self._writer.put, header.level, self._options(header))
        self._tracer.when_idle = self._check_rest if header.level == "io" else None
        self._tracer.when_busy = self._look_while_busy
        self._statuses = 0
        self._rest: RestWatch | None = None

    def _options(self, header: Header) -> TracerOptions:
        return TracerOptions(
            when_stopped=self._report_stop,
            before_waiting=self._report_state,
            sleep=self._sleep,
            call_sites=self._sites,
            start_monotonic_ns=header.start_monotonic_ns,
        )

    def run(self) -> None:
        """Record until all processes have ended, or are not followed any more."""
        writer, ends = self._writer, self._ends
        set_name(NAME.encode())
        try:
            self._follow()
        except OSError as error:
            ends.send("failed", error_words(error))
            return
        except SimpshError as problem:
            ends.send("failed", problem)
            return
        except BaseException as error:  # noqa: BLE001 - nothing else would report a defect
            words = f"the tracer broke, and saw nothing further: {error!r}"
            writer.write_some()
            writer.write(note_line(words))
            ends.send("problem", words)
            return
        account = self._tracer.account
        writer.write_some()
        notes = [*account.remarks]
        if self._is_asked_to_end:
            notes.insert(0, "ended early: simpsh was asked to end")
        if account.unlogged:
            notes.append(
                f"{account.unlogged} further reads, writes and closes are not in the recording"
            )
        notes += self._sites.notes
        if self._names_left:
            many = counted(len(self._names_left), "process", "processes")
            notes.append(f"the recording was stopped here; {many} went on")
        writer.write("".join(map(note_line, notes)))
        writer.end()
        if writer.problem is not None:
            words = f"the recording is not complete: {console.why(writer.problem)}"
            # The name of a file in memory is a number.
            name = self._file.name
            ends.send("problem", f"{name}: {words}" if isinstance(name, str) else words)
        if account.root_status is not None:
            ends.send("ended", account.root_status)
        self._file.close()

    def _follow(self) -> None:
        """Follow the command until all of its processes have ended.

        Raises NotTraceable: the kernel refuses. ChangeFailed: the command could not be set up.
        OSError: EAGAIN EMFILE …; there is no child.
        """
        command, tracer = self._command, self._tracer
        # Before we ignore the terminal's signals: keys that are typed now must reach the command.
        last = with_filter(calls_to_follow(self._level).filter())
        start = ChildStart(*command.changes(last=last))
        pid = start_seized(start, seize_options(self._level, dies_with_tracer=True))
        _await_requests()
        try:
            tracer.begin(pid, command.argv)
            tracer.run()
        except _Asked:
            self._log_unfinished()
        finally:
            tracer.kill_all()
        problem = start.failure()
        if problem is not None and not isinstance(problem, NotExecuted):
            raise problem

    def _log_unfinished(self) -> None:
        """Log the calls that threads are in, after the reports that are on their way."""
        deadline = time.monotonic() + _SETTLING_SECONDS
        with suppress(ChildProcessError):
            while time.monotonic() < deadline:
                status = ptrace.next_status(is_patient=False)
                if status is not None:
                    self._tracer.take(status)
                elif sigtimedwait((SIGCHLD,), _UNWRITTEN_SECONDS) is None:
                    break
        self._tracer.account.log_all_unfinished()

    def _check_rest(self) -> None:
        if self._rest is None:
            # Only level io suffices to prove a rest.
            from simpsh.trace.tracer.rest_detection import RestWatch

            self._rest = RestWatch(self._tracer.account)
        self._rest.look()

    # ---------------------------------------------------------------------- news and requests

    def _report_state(self) -> None:
        """Report the state of the command; called while no process is stopped.

        Raises _Asked: the command has ended, and the others must end with it.
        """
        tracer = self._tracer
        if not self._is_begun and tracer.account.root is not None:
            self._is_begun = True
            self._ends.send("begun", tracer.account.root.pid)
        if tracer.account.root_status is None or self._is_over:
            return
        self._is_over = True
        if not tracer.family.living:
            return
        self._take_requests()
        if self._is_asked_to_end:
            raise _Asked
        self._writer.write_some()
        self._ends.send("alone", f"{tracer.account.root_status} {' '.join(_names_of(tracer))}")

    def _sleep(self, seconds: float | None) -> bool:
        """Wait for the next stop, with a timeout in seconds; return whether it passed without one.

        Raises _Asked: the process that waits for the recording asks for the end. While the command
        runs, only the second request raises: at the first one the command may end by itself.
        """
        if seconds is None:
            seconds = _UNWRITTEN_SECONDS if self._writer.holds_events else _FOR_LONG
        number = sigtimedwait(_REQUESTS, seconds)
        if number is None:
            # So that a reader of the growing recording gets the events so far.
            self._writer.write_some()
        if number == LOOK:
            self._take_requests()
        return number is None

    def _look_while_busy(self) -> None:
        """Take requests now and then in a family that is never quiet."""
        self._statuses += 1
        if not self._statuses % _STATUSES_PER_LOOK:
            self._take_requests()

    def _take_requests(self) -> None:
        tracer = self._tracer
        # Signals that the command sent to its group are not requests.
        asked = [entry for entry in self._ends.asked() if entry[1] not in tracer.family.ever]
        if not asked:
            return
        is_again = self._is_over or self._is_asked_to_end or len(asked) > 1
        self._is_asked_to_end = True
        if is_again:
            raise _Asked
        with suppress(OSError):
            if tracer.account.root is not None:
                # Pass the signal on: the command may end as it would without a tracer.
                kill(tracer.account.root.pid, asked[0][0])

    def _report_stop(self, _: TracedProcess) -> None:
        stopped = stop_to_mirror(self._tracer.account, self._group)
        if stopped is not None:
            about = f"{stopped.stop_signal} {stopped.pid} {time.monotonic_ns()}"
            self._ends.send("stopped", about)


# The tracer stops when its command is stopped, so that the waiting shell sees its job as stopped:
# the job is the tracer instead of the command. Other processes of the command do not concern that
# shell: in a traced interactive shell `^Z` only stops a job of the traced shell.


def stop_to_mirror(account: FamilyAccount, group: int) -> TracedProcess | None:
    """Return the process that represents the command, if the whole command is stopped."""
    living = account.family.living.values()
    command = account.root
    if command not in living:
        stopped = (member for member in living if member.is_stopped)
        command = next((member for member in stopped if proc.group(member.pid) == group), None)
    if command is None or not command.is_stopped:
        return None
    # A living thread that has not stopped will still report this stop.
    unstopped = command.threads - command.stopped_threads
    if any(proc.state(tid) not in ("Z", "X", "") for tid in unstopped):
        return None
    # Another process may still stop, or may wake the command.
    awake = [member for member in living if not member.is_stopped]
    if command.stop_signal in STOPS_OF_TERMINAL:
        # The key stops the whole group, but not all processes at the same time.
        signal, stopped_group = command.stop_signal, proc.group(command.pid)
        awake = [
            member
            for member in awake
            if proc.group(member.pid) == stopped_group
            and tracee_proc.disposition(member.pid, signal) == "default"
        ]
    return None if awake else command


def _names_of(tracer: Tracer) -> tuple[str, ...]:
    """Return the living processes of a family, each as `PID:NAME`."""
    return tuple(f"{member.pid}:{member.name}" for member in tracer.family.living.values())


def _await_requests() -> None:
    """Leave the session, ignore signals for the group, and block the signals of requests."""
    # Signals that the command sends to its group must not reach its tracer. Another group of the
    # same session is not enough: the command's group could not become orphaned.
    setsid()
    signals.set_dispositions(dict.fromkeys((*TERMINAL_SIGNALS, SIGTERM, SIGHUP), signals.SIG_IGN))
    signals.sigprocmask(signals.SIG_BLOCK, _REQUESTS)


class AttachedRun(TracedRun):
    """A family that is already running; it continues when this process ends, even by SIGKILL."""

    def __init__(self, pid: int, header: Header, file: TextIO, ends: TracerEnds) -> None:
        super().__init__(TracedCommand(()), header, file, ends)
        self._pid = pid

    def _options(self, header: Header) -> TracerOptions:
        return TracerOptions(
            owns_root=False,
            before_waiting=self._report_state,
            sleep=self._sleep,
            call_sites=self._sites,
            start_monotonic_ns=header.start_monotonic_ns,
        )

    def _follow(self) -> None:
        from simpsh.trace.tracer.attachment import attach

        _await_requests()
        attach(self._tracer, self._pid)
        try:
            self._tracer.run()
        except _Asked:
            # At this level nothing is seen of a wait but that the zombie is gone.
            self._tracer.account.reaping.look(is_last=True)
            self._log_unfinished()
            self._names_left = _names_of(self._tracer)
            self._ends.send("stays", " ".join(self._names_left))
        self._tracer.log.finish()

    def _report_state(self) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._ends.send("follows", " ".join(_names_of(self._tracer)))

    def _take_requests(self) -> None:
        if any(sender not in self._tracer.family.ever for _, sender in self._ends.asked()):
            raise _Asked
