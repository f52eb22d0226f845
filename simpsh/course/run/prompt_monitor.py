"""Observes a prompt, line by line: a simpsh on the student's own terminal, under a tracer.

    teacher ──► supervisor, the tracer ──► the shell, which asks for lines ──► its jobs …

The shell reports the beginning and the end of each typed line. The events between them form an
Observation; the shell waits for the teacher's permission before it asks again. If the line hangs
(all processes are at rest), the supervisor kills the other processes and informs the student. If
one of the three dies, those below it die, too: the kernel kills the tracees of a dead tracer, and
signals the teacher's death to the supervisor.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import NoReturn

from simpsh import console
from simpsh.base import waits
from simpsh.base.errors import SimpshError
from simpsh.base.events import Event, Exit, Write
from simpsh.base.patience import patience
from simpsh.base.process_names import parent_of
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGTERM
from simpsh.course.claims.observation import END, REST, Observation, ShownName
from simpsh.course.run.demonstration_monitor import DemonstrationMonitor, observation_of
from simpsh.course.run.demonstration_process import BEGIN, VALUES, send_report
from simpsh.course.run.demonstration_setup import (
    DEADLINE_SECONDS,
    DemonstrationSetup,
    program_names,
    renamed,
    seccomp_filters,
)
from simpsh.diagnosis.examination import examined
from simpsh.diagnosis.finding import Finding
from simpsh.kernel import signals
from simpsh.kernel.descriptors import OWN_LOWEST, dup_above
from simpsh.kernel.machine import ptrace, seccomp
from simpsh.kernel.processes import exit_now, set_child_subreaper
from simpsh.process import proc
from simpsh.process.child_changes import (
    IGNORED_BY_PYTHON,
    ChangeFailed,
    ChildStart,
    Directory,
    Signals,
    Step,
    carry_out,
)
from simpsh.process.machine_permits import who_traces_us
from simpsh.process.subreaper import collect_all
from simpsh.process.worker import Channel, Worker, WorkerBroken
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.process_tracer import seize_options
from simpsh.trace.tracer.rest_detection import OPENING_FIFO, RestWatch
from simpsh.trace.tracer.traced_command import TERMINAL_SIGNALS, NotTraceable, start_seized

DONE, LEAVING = b"D", b"E"
"""Reports of the shell: the line is done; the line asks to leave the prompt."""
MAIN = "shell"

_PATIENCE_SECONDS = 2.0
"""How long a wait for a pipe or FIFO may last while others sleep, before it counts as a hang."""
_LONG_SLEEP_SECONDS = 60
_SETTLING_CPU_SECONDS = 0.5 * patience()
"""The CPU time that background processes get before they are inspected."""
_SETTLING_EVENTS, _SETTLING_BIRTHS = 1500, 60
"""The limits of background events before the inspection: a fork loop itself uses little CPU time.

A program may be a script that finds the program itself, such as pyenv's, with 40 processes.
"""
_SETTLING_SECONDS = DEADLINE_SECONDS
"""The limit of elapsed time before the inspection, for busy machines."""
_LOOK_SECONDS = 0.05
"""How long a busy family is left alone between two looks."""
_RAN_ON_EVENTS, _RAN_ON_SECONDS = 10, 0.05
"""After so many events or so much CPU time, a process has run on despite what the line did."""


class PromptSession:
    """The teacher's end of an observed prompt.

    `body` is called in the shell's process, in an empty directory; `terminal` is the name of the
    terminal that the shell will use, such as /dev/pts/3. Raises NotTraceable.
    """

    def __init__(self, body: Callable[[PromptChannel], object], terminal: str) -> None:
        ours = who_traces_us()
        if ours:
            raise NotTraceable(ours)
        self._directory = directory = tempfile.mkdtemp(prefix="simpsh-try-")
        self._supervisor = Worker(
            partial(_supervise, body, terminal, directory),
            tidy_up=lambda: shutil.rmtree(directory, ignore_errors=True),
            keeps_session=True,
        )
        self.pid = self._supervisor.pid

    @property
    def news(self) -> int:
        """The descriptor that becomes readable when next() has a result."""
        return self._supervisor.channel.descriptor

    def next(self) -> tuple[str, Observation] | str | None:
        """Wait for a line with its observation, or for a command; None if the shell has ended.

        Raises NotTraceable if the shell may not be traced, WorkerBroken if the supervisor failed.
        """
        news = self._supervisor.channel.receive()
        if isinstance(news, SimpshError):
            raise news
        return news  # type: ignore[return-value]  # what the other end has sent

    def proceed(self, *, may_ask: bool = True) -> None:
        """Allow the shell to ask for another line, or make it leave."""
        # EPIPE: the shell has already ended, which next() reports.
        with suppress(OSError):
            self._supervisor.channel.send(may_ask)

    def end(self, *, at_once: bool = False) -> None:
        """Make the shell leave, end its jobs, collect it, and remove its directory.

        `at_once`: kill the shell, which may wait for a key.
        """
        try:
            self.proceed(may_ask=False)
            while not at_once and self.next() is not None:
                self.proceed(may_ask=False)
        finally:
            self._supervisor.end(at_once=at_once)
            # The supervisor may have been killed before it removed the directory.
            shutil.rmtree(self._directory, ignore_errors=True)


class PromptChannel:
    """The shell's end: reports lines and commands, and receives whether to ask again."""

    def __init__(self, channel: Channel) -> None:
        # Keep it away from the numbers that redirections use.
        self._channel = Channel(dup_above(channel.descriptor))
        channel.close()

    @staticmethod
    def begin(line: str) -> None:
        """Report that a typed line is about to run."""
        send_report(BEGIN + b" " + line.encode("utf-8", "surrogateescape"))

    def finish_line(self) -> bool:
        """Report that the line is done; wait, and return whether to ask again."""
        send_report(DONE)
        return self._may_ask_again()

    @staticmethod
    def leaving() -> None:
        """Report that the line asks to leave and must not be judged."""
        send_report(LEAVING)

    def command(self, line: str) -> bool:
        """Pass a line that begins with a colon to the teacher; return whether to ask again."""
        self._channel.send(line)
        return self._may_ask_again()

    def _may_ask_again(self) -> bool:
        # None if the teacher has ended.
        return self._channel.receive() is True


class _PromptShell(Record):
    """The child that is the shell."""

    body: Callable[[PromptChannel], object]
    directory: str
    channel: Channel
    filters: Sequence[bytes]

    def run(self) -> int:
        """Run the shell in this process; return its exit status."""
        try:
            carry_out(
                *(Step("be filtered", partial(seccomp.install, each)) for each in self.filters)
            )
            carry_out(Signals(left=IGNORED_BY_PYTHON), Directory(self.directory))
            self.body(PromptChannel(self.channel))
        except (OSError, ChangeFailed) as error:
            console.complain(error)
            return 1
        return 0


def _supervise(
    body: Callable[[PromptChannel], object], terminal: str, directory: str, channel: Channel
) -> NoReturn:
    """Follow the shell, a child of this process, and send the observation of each line."""

    def end(*_: object) -> NoReturn:
        # Exit at once, because unwinding could wait for a process. The kernel kills all tracees
        # with their tracer; a child that is not traced yet finds the gate closed.
        shutil.rmtree(directory, ignore_errors=True)
        exit_now(0)

    try:
        signals.set_dispositions(dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_IGN))
        signals.sigaction(SIGTERM, end)
        set_child_subreaper(True)
        signals.sigprocmask(signals.SIG_SETMASK, (SIGCHLD,))
        monitor = PromptMonitor(terminal, directory, lambda *seen: channel.send(seen))
        shell = _PromptShell(body, directory, channel, seccomp_filters(monitor.setup))
        chosen = seize_options("io", dies_with_tracer=True)
        try:
            monitor.attend(start_seized(ChildStart(), chosen, shell.run))
        finally:
            collect_all()
    except NotTraceable as refusal:
        channel.send(refusal)
    except OSError as error:
        channel.send(SimpshError(console.in_words(error)))
    except Exception as error:  # noqa: BLE001 - as above
        channel.send(WorkerBroken(f"the prompt's supervisor broke: {error!r}"))
    finally:
        end()


class PromptMonitor(DemonstrationMonitor):
    """Follows a shell with a prompt, and sends an Observation of each line."""

    def __init__(
        self, terminal: str, directory: str, deliver: Callable[[str, Observation], object]
    ) -> None:
        setup = DemonstrationSetup(main=MAIN, names_programs=True)
        super().__init__(setup, -1, terminal, directory)
        self._deliver = deliver
        self._line = ""
        self._survivors: dict[str, ShownName] = {}
        """Names of the survivors of earlier lines, by symbol."""
        self._seen: Observation | None = None
        """The observation of a line that hung and was ended."""
        self._end_of_shell: tuple[Event, ...] = ()
        self._patient = _PatientWatch(self.tracer.account)
        self._is_done = False
        """Whether the shell has finished the line but its children may not have settled yet."""
        self._settling_ends = 0.0
        self._used: dict[int, float] = {}
        """The CPU time of each process at the end of the line, by pid."""
        self._done_events = self._done_births = 0
        """The numbers of events and of processes born at the end of the line."""
        self._restless = set[str]()
        """The processes that ran on when an earlier line was judged, by symbol."""
        self._next_look = 0.0

    def attend(self, pid: int) -> None:
        """Follow the newly seized shell until it has ended."""
        self.tracer.when_idle = None
        self.tracer.begin_unlogged(pid, os.getpid())
        try:
            self.tracer.run()
            self._part()
        finally:
            self.tracer.kill_all()

    def _note(self, event: Event) -> None:
        root, what = self.tracer.account.root, event.what
        is_own = root is not None and event.proc == root.name
        # The shell repairs the terminal, and begins lines on it, through its own descriptors.
        if is_own and isinstance(what, Write) and (what.fd >= OWN_LOWEST or what.fd == 2):
            return
        super()._note(event)
        if isinstance(event.what, Exit) and root is not None and event.pid == root.pid:
            self._end_of_shell = (event,)
            self.tracer.when_idle = self._part

    def _part(self) -> None:
        """Report the line that ended the shell, and end all survivors."""
        if self._seen is not None:
            # The observation includes the kill; a new shell asks for the next line.
            end = (renamed(event, self.shown_names()) for event in self._end_of_shell)
            self._seen = changed(self._seen, events=(*self._seen.events, *end))
        if (self.has_begun and not self._is_done) or self._seen is not None:
            self._hand_over()
        self.tracer.kill_all()

    def _look_last(self) -> None:
        """Do nothing: each line was inspected when it was done."""

    # -- lines ----------------------------------------------------------------------------------

    def _take_report(self, member: TracedProcess, tid: int, report: bytes) -> None:
        kind, _, text = report.partition(b" ")
        if member is self.tracer.account.root and kind == BEGIN:
            self._line = text.decode("utf-8", "surrogateescape")
            self.events, self.outputs, self.messages, self.lines = [], [], [], {}
            self.moments, self.hangs, self._seen = {}, False, None
            self._is_done = False
            self._begin(member)
            self.tracer.when_idle = self._idle
        elif member is self.tracer.account.root and kind == DONE:
            # Wait until background processes have settled, then send the line.
            self.tracer.deadline = None
            self._is_done = True
            self._settling_ends = time.monotonic() + _SETTLING_SECONDS
            self._done_events, self._done_births = len(self.events), len(self.naming.names)
            self._used = {other.pid: proc.cpu_seconds(other.pid) for other in self._others()}
            self.tracer.when_busy = self._look_while_busy
        elif member is self.tracer.account.root and kind == LEAVING:
            self.has_begun = False
        elif kind == VALUES and self.has_begun:
            self._learn(member, text)
        ptrace.cont(tid)

    def _others(self) -> list[TracedProcess]:
        root = self.tracer.account.root
        return [member for member in self.tracer.family.living.values() if member is not root]

    def _hand_over(self) -> None:
        self.tracer.when_idle = self.tracer.when_busy = None
        self._restless |= {other.name for other in self._others() if not _is_asleep(other)}
        seen = self._seen or self._observe()
        self.has_begun, self._seen = False, None
        self._deliver(self._line, seen)

    def _observe(self) -> Observation:
        self._look(END)
        seen = observation_of(self)
        existing = {event.proc for event in seen.events} | seen.moments[END].looks.keys()
        names = tuple(name for name in seen.names if name in existing)
        return changed(seen, names=names, source=self._line, problem="")

    def shown_names(self) -> dict[str, ShownName]:
        """Name new processes after their programs, and survivors of earlier lines as before."""
        shell, *others = self.naming.names
        existing = {event.proc for event in self.events}
        existing |= {member.name for member in self.tracer.family.living.values()}
        new = [symbol for symbol in others if symbol in existing and symbol not in self._survivors]
        names = dict(program_names(self.events, [shell, *new], MAIN))
        self._survivors |= {symbol: names[symbol] for symbol in new}
        for symbol in others:
            if symbol in existing and symbol not in names:
                names[symbol] = self._survivors[symbol].unused(list(names.values()))
        # Processes that are gone keep the tracer's symbol, because they are not shown.
        return {symbol: names.get(symbol, symbol) for symbol in (shell, *others)}

    # -- hanging --------------------------------------------------------------------------------

    def _idle(self) -> None:
        if self._is_done:
            self._hand_over_if_settled()
        elif self._seen is not None:
            # The shell continues with the rest of the line, which may hang as well.
            self._kill_others()
            is_alone = list(self.tracer.family.living.values()) == [self.tracer.account.root]
            if is_alone and (self._rest.look() or self._patient.look()):
                # The shell itself sleeps in the call that hangs.
                self.tracer.deadline = time.monotonic()
        elif self._rest.look() or self._waits_in_vain():
            self.hangs = True
            self._look(REST)
            self._seen = self._observe()
            self.has_begun = False
            # The shell should then return. If it does not, it is killed, too.
            self._kill_others()
            self.tracer.deadline = time.monotonic() + _PATIENCE_SECONDS

    def _look_while_busy(self) -> None:
        if time.monotonic() >= self._next_look:
            self._hand_over_if_settled()
            self._next_look = time.monotonic() + _LOOK_SECONDS

    def _hand_over_if_settled(self) -> None:
        """Send the line if its processes sleep, have ended, or will run on for long."""
        events = islice(self.events, self._done_events, None)
        births = islice(self.naming.names, self._done_births, None)
        is_busy = (
            sum(not self._is_restless(event.proc) for event in events) > _SETTLING_EVENTS
            or sum(not self._is_restless(name) for name in births) > _SETTLING_BIRTHS
        )
        is_late = time.monotonic() > self._settling_ends
        if is_busy or is_late or all(map(self._has_settled, self._others())):
            self._hand_over()

    def _is_restless(self, name: str) -> bool:
        """Return whether a process, or an ancestor, ran on when an earlier line was judged."""
        while name and name not in self._restless:
            name = parent_of(name)
        return bool(name)

    def _has_settled(self, member: TracedProcess) -> bool:
        if _is_asleep(member):
            return True
        used = proc.cpu_seconds(member.pid) - self._used.get(member.pid, 0.0)
        if member.name not in self._restless:
            parent = parent_of(member.name)
            living = {other.name for other in self.tracer.family.living.values()}
            is_of_restless = parent in living and self._is_restless(parent)
            return used > _SETTLING_CPU_SECONDS or is_of_restless
        # The line may have stopped or killed it.
        events = islice(self.events, self._done_events, None)
        own = sum(event.proc == member.name for event in events)
        return own > _RAN_ON_EVENTS or used > _RAN_ON_SECONDS

    def _waits_in_vain(self) -> bool:
        root = self.tracer.account.root
        # Look before asking for sleepers: they may wake at any moment after the look.
        if root is None or not self._patient.look():
            return False
        slept = time.monotonic() - self._patient.since
        if self._patient.has_short_sleep:
            return _waits_at_pipe(root) and slept >= _PATIENCE_SECONDS
        # If no process has a short sleep, waiting longer would not change anything.
        return any(map(_waits_at_pipe, self.tracer.family.living.values()))

    def _kill_others(self) -> None:
        for member in self._others():
            signals.kill(member.pid, SIGKILL)


def _is_asleep(member: TracedProcess) -> bool:
    # `t` is a stop by the tracer, from which the process continues.
    return member.is_stopped or proc.state(member.pid) == "S"


def _waits_at_pipe(member: TracedProcess) -> bool:
    try:
        _, finding = examined(member.pid)
    except (ProcessLookupError, PermissionError):
        return False
    return finding.situation in (waits.EMPTY_PIPE, waits.FULL_PIPE, *OPENING_FIFO)


class _PatientWatch(RestWatch):
    """Counts a process as resting even if a timer will wake it."""

    since = 0.0
    """The time of the first look that found the current rest; CLOCK_MONOTONIC."""

    def __init__(self, account: FamilyAccount) -> None:
        super().__init__(account)
        self._endless = (*self._endless, *OPENING_FIFO)

    @property
    def has_short_sleep(self) -> bool:
        """Whether the last examination found a sleep short enough to wait for."""
        return any(seconds < _LONG_SLEEP_SECONDS for _, seconds in self._wakes)

    def look(self) -> bool:
        reasons = self._logged
        is_at_rest = super().look()
        if self._logged is not reasons:
            self.since = time.monotonic()
        return is_at_rest

    def _lasts(self, finding: Finding) -> bool:
        return finding.situation == waits.TIMER
