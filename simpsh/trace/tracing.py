"""Recording a command with the tracer: here, or from a process that goes on with other things.

`follow` traces in the calling process, which must have no other children. `record` makes a
process for that, and may be called from anywhere. See trace.truth for a whole session.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.kernel import ptrace, signals
from simpsh.kernel.descriptors import memfd_create
from simpsh.kernel.processes import exit_now, fork, set_parent_death_signal
from simpsh.kernel.waiting import waitpid
from simpsh.trace import proc_files, recording
from simpsh.trace.rest import RestWatch
from simpsh.trace.starting import TERMINAL_SIGNALS, Command, NotTraceable, start
from simpsh.trace.tracer import SIGCHLD, SIGKILL, SIGTSTP, SIGTTIN, SIGTTOU, Tracer
from simpsh.trace.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType
    from typing import NoReturn, TextIO

    from simpsh.events import Event
    from simpsh.kernel.signals import Disposition
    from simpsh.trace.family import Member
    from simpsh.trace.recording import Recording

SIGHUP, SIGTERM, SIGCONT = 1, 15, 18
TRACER_NAME = "simpsh-truth"
"""What /proc calls the tracer of a session under --truth."""
_FAILED = 125


class Ended(BaseException):
    """The tracer was asked to end (SIGTERM, SIGHUP); what it traces ends with it."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


@dataclass(frozen=True, slots=True)
class Following:
    """How to follow a command."""

    level: str = "calls"
    deadline_seconds: float | None = None
    """After how long everybody is ended; None for never."""
    until_rest: bool = False
    """End everybody as soon as nobody can move any more; needs level io."""
    mirrors_stops: bool = False
    """Stop as the command is stopped, so that a shell that waits for the tracer sees it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How following a command went."""

    status: int
    """The status word of the command's first process."""
    is_overdue: bool = False
    """Whether it was ended because its time was over."""
    came_to_rest: bool = False
    """Whether it was ended because nobody could move any more."""
    untold: int = 0
    """How many reads, writes and closes were too many to be recorded."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the recording lacks."""
        if not self.untold:
            return ()
        return (f"{self.untold} further reads, writes and closes are not in the recording",)


def who_traces_us() -> str:
    """Say in one line who traces this process already, and what to do; empty if nobody does."""
    tracer = proc_files.tracer_of(os.getpid())
    if not tracer:
        return ""
    name = proc_files.command_name(tracer) or "another program"
    if name == TRACER_NAME:
        return (
            "this session is under --truth, and a process has one tracer at a time: "
            "use `timeline` to see what it recorded, or a simpsh started without --truth"
        )
    return (
        f"this process is already traced by {name} (pid {tracer}), and a process has one tracer "
        f"at a time: start simpsh without {name}"
    )


def why_not() -> str:
    """Say in one line why this process cannot trace a child; empty if it can.

    One throw-away child is seized to know: Yama, containers and old kernels differ.
    """
    ours = who_traces_us()
    if ours:
        return ours
    if not ptrace.is_known_architecture():
        return "the system calls of this machine's architecture are not known here"
    pid = fork()
    if pid == 0:  # in the child
        _wait_for_the_end()
    try:
        ptrace.seize(pid, ptrace.EXITKILL)
    except OSError as error:
        return f"this system lets no process trace its child ({error.strerror})"
    finally:
        signals.kill(pid, SIGKILL)
        waitpid(pid)
    return ""


def _wait_for_the_end() -> NoReturn:
    while True:
        signals.pause()


def follow(
    command: Command,
    sink: Callable[[Event], object],
    how: Following | None = None,
    before_waiting: Callable[[], object] | None = None,
) -> Outcome:
    """Run a command and hand each event of its family to `sink`, until nobody of it lives.

    The calling process ignores the terminal's signals meanwhile, and must have no other children.

    Args:
        command: what to run.
        sink: called with each event, while the process it tells of is held: it should be quick.
        how: the level, and when to end.
        before_waiting: called while nobody is held; the place for slower work.

    Raises:
        NotTraceable: the kernel refuses.
        OSError: EAGAIN EMFILE …; the child cannot be made.
        Ended: SIGTERM or SIGHUP came; the command has been ended.
    """
    how = how or Following()
    tracer = Tracer(sink, how.level)
    tracer.before_waiting = before_waiting
    # Before the terminal's signals are ignored here: what is typed now must reach the command.
    pid = start(command, how.level)
    dispositions = _watch_signals()
    blocked = signals.sigprocmask(signals.SIG_BLOCK, (SIGCHLD,))
    try:
        tracer.begin(pid, command.argv)
        watch = _set_up(tracer, how)
        try:
            tracer.run()
        finally:
            signals.set_dispositions({SIGTERM: signals.SIG_IGN, SIGHUP: signals.SIG_IGN})
            tracer.end_everybody()
    finally:
        signals.sigprocmask(signals.SIG_SETMASK, blocked)
        signals.set_dispositions(dispositions)
    status = tracer.root_status
    return Outcome(
        _FAILED << 8 if status is None else status,
        is_overdue=tracer.is_overdue,
        came_to_rest=watch.is_at_rest and how.until_rest,
        untold=tracer.untold,
    )


def _watch_signals() -> Mapping[int, Disposition]:
    """Ignore the terminal's signals and turn a request to end into an exception."""
    before = {
        number: signals.disposition(number) for number in (*TERMINAL_SIGNALS, SIGTERM, SIGHUP)
    }
    signals.set_dispositions(dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_IGN))
    for number in (SIGTERM, SIGHUP):
        # A signal that is ignored (nohup) stays so.
        if before[number] != signals.SIG_IGN:
            signals.sigaction(number, _end)
    return before


def _end(signal: int, _: FrameType | None) -> NoReturn:
    raise Ended(signal)


def _set_up(tracer: Tracer, how: Following) -> RestWatch:
    watch = RestWatch(tracer)
    if how.level == "io":

        def look() -> None:
            if watch.look() and how.until_rest:
                tracer.end_everybody()

        tracer.when_idle = look
    if how.deadline_seconds is not None:
        tracer.deadline = time.monotonic() + how.deadline_seconds
    if how.mirrors_stops:
        tracer.when_stopped = lambda member: _mirror_stop(tracer, member)
    return watch


def _mirror_stop(tracer: Tracer, member: Member) -> None:
    """Stop like the command, once nobody in it is left to wake the others."""
    root = tracer.root
    if root is None or member.stop_signal == 0:
        return
    here = os.getpgrp()
    awake = [one for one in tracer.family.living.values() if not one.is_stopped]
    by_terminal = member.stop_signal in (SIGTSTP, SIGTTIN, SIGTTOU)
    if any(not by_terminal or proc_files.group(one.pid) == here for one in awake):
        return
    signals.sigaction(member.stop_signal, signals.SIG_DFL) if by_terminal else None
    signals.kill(os.getpid(), member.stop_signal)
    if by_terminal:
        signals.sigaction(member.stop_signal, signals.SIG_IGN)


def record(  # noqa: PLR0913 - what a command needs, by keyword
    argv: Sequence[str],
    *,
    level: str = "calls",
    deadline_seconds: float | None = None,
    until_rest: bool = False,
    environment: Mapping[str, str] | None = None,
    directory: str = "",
    descriptors: Mapping[int, int] | None = None,
) -> Recording:
    """Run a command in a process of its own under the tracer, and return the recording.

    Args:
        argv: the program, searched in PATH, and its arguments.
        level: events, calls or io.
        deadline_seconds: end everybody after so long; None for never.
        until_rest: end everybody as soon as nobody can move any more; needs level io.
        environment: the command's environment; None for this process's.
        directory: where to run it; empty for here.
        descriptors: its descriptors that differ from this process's, `{1: my_write_end}`.

    Raises:
        NotTraceable: the kernel refuses, or somebody traces this process already.
        OSError: EAGAIN EMFILE …; a process or descriptor cannot be made.
    """
    ours = who_traces_us()
    if ours:
        raise NotTraceable(ours)
    command = Command(
        tuple(argv), environment, directory, tuple(sorted((descriptors or {}).items()))
    )
    how = Following(level, deadline_seconds, until_rest)
    memory = memfd_create("recording")
    with open(memory, "r+", encoding="utf-8") as file:
        pid = fork()
        if pid == 0:  # in the child
            _record_into(file, command, how)
        _wait_for_tracer(pid)
        file.seek(0)
        return _checked(recording.read(file))


def _wait_for_tracer(pid: int) -> None:
    try:
        waitpid(pid)
    except BaseException:
        # Interrupted: with the tracer, everything it traces dies.
        signals.kill(pid, SIGKILL)
        waitpid(pid)
        raise


def _record_into(file: TextIO, command: Command, how: Following) -> NoReturn:
    """Be the tracer's process: record into the file, and end."""
    try:
        set_parent_death_signal(SIGKILL)
        text = " ".join(command.argv)
        recording.write_header(file, "ptrace", text, level=how.level, argv0=command.argv[0])
        try:
            writer = Writer(file)
            try:
                outcome = follow(command, writer.put, how, writer.write_some)
            finally:
                writer.finish()
            file.writelines(map(recording.note_line, outcome.notes))
            if outcome.is_overdue:
                file.write(recording.note_line(f"ended after {how.deadline_seconds} seconds"))
        except (OSError, NotTraceable) as error:
            file.write(recording.note_line(f"failed: {error}"))
        except Ended:
            file.write(recording.note_line("ended by a signal to the tracer"))
        except BaseException as error:  # noqa: BLE001 - a mistake of ours; nobody else would tell it
            file.write(recording.note_line(f"failed: the tracer broke: {error!r}"))
        file.flush()
    finally:
        exit_now(0)


def _checked(found: Recording) -> Recording:
    for note in found.notes:
        if note.startswith("failed: "):
            raise NotTraceable(note.removeprefix("failed: "))
    return found
