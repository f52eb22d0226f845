"""The supervisor of a run: a subreaper and tracer, forked from the teacher's process.

    teacher ──► supervisor ──► the demonstration's first process ──► its children …

It traces the whole family from the first line to the last exit. A process that reaches a mark is
held until all others are held, asleep or dead; then all are inspected. No process of the
demonstration outlives the supervisor: at the end it kills and collects them all. If it dies, the
kernel kills its tracees (PTRACE_O_EXITKILL); if the teacher dies, it exits.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from copy import deepcopy
from functools import partial

from simpsh.base.errors import UsageProblem
from simpsh.base.events import Assign, Event, Exec, Line, Read, SignalSend, Start, Write
from simpsh.base.patience import patience
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGTERM, by_name
from simpsh.base.wait_status import Exited, encode
from simpsh.course.claims.demonstration import Kill, Type
from simpsh.course.claims.observation import (
    END,
    GAP,
    REAPER,
    REST,
    YOU,
    Observation,
    SeenMoment,
    moment_name,
)
from simpsh.course.run.c_compilation import SOURCE_NAME
from simpsh.course.run.demonstration_process import ADDRESSES, BEGIN, BROKE, LINE, play
from simpsh.course.run.demonstration_setup import (
    DemonstrationSetup,
    ForkResultNames,
    NotObservable,
    further_calls,
    is_noise,
    keys_of,
    moved_to,
    program_names,
    renamed,
    seccomp_filters,
    with_accepted_signal,
    without_noise,
)
from simpsh.course.run.family_snapshot import ReportedValues, files_in, look_at_all
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2
from simpsh.kernel.machine import ptrace
from simpsh.process import proc, process_containment
from simpsh.process.child_changes import ChildStart
from simpsh.process.machine_permits import who_traces_us
from simpsh.process.own_directory import remove_tree
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.subreaper import collect_all
from simpsh.process.worker import in_own_process
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.forced_orders import (
    AT_BIRTH,
    BEFORE_SLEEP,
    CHILDREN_LATE,
    ORDERS,
    PARENT_LATE,
    waits_after_birth,
)
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.process_tracer import Tracer, seize_options
from simpsh.trace.tracer.rest_detection import RestWatch
from simpsh.trace.tracer.traced_command import NotTraceable, start_seized

_SHOWN_BYTES = 65536
_MOST_EVENTS, _MOST_KEPT = 20_000, 100_000
_PIECE = 65536
_KEPT_BYTES = 4 << 20

_PIPE_BYTES = 1 << 20
_HOLD_CHILDREN = (BEFORE_SLEEP, CHILDREN_LATE)
NEWBORN = ""
"""The mark of a process that is held at its birth."""
_LONGEST_COMPUTING_SECONDS = 1.0 * patience()
_LONG_SLEEP_SECONDS = 0.2
"""In the order BEFORE_SLEEP, a sleep of this length must not miss a signal."""


def observe(
    body: Callable[[], object],
    setup: DemonstrationSetup,
    monitor: type[DemonstrationMonitor] | None = None,
) -> Observation:
    """Run a demonstration under a new supervisor process, and return the observation.

    `monitor` follows it, by default a DemonstrationMonitor. `body` is called in the demonstration's
    first process after the setup; it marks the beginning with
    demonstration_process.send_report(BEGIN). Raises NotObservable if tracing is not permitted,
    NotGuarded if a fork bomb could not be contained, WorkerBroken if the supervisor failed.
    """
    ours = who_traces_us()
    if ours:
        raise NotObservable(ours)
    # Only choose the name here: the supervisor creates the directory once it can also remove it.
    name = f"simpsh-lesson-{os.urandom(8).hex()}"
    directory = os.path.join(tempfile.gettempdir(), name)
    # Assemble the filters before forking, so that later runs find them in the cache.
    seccomp_filters(setup)
    clean_up = ExitStack()
    try:
        follower = monitor or DemonstrationMonitor
        work = partial(_supervise, body, setup, follower, directory, clean_up)
        return in_own_process(
            work, setup.deadline_seconds, clean_up.close, keeps_session=setup.is_here
        )
    finally:
        # The supervisor may have been killed before it removed the directory.
        remove_tree(directory)


def _supervise(
    body: Callable[[], object],
    setup: DemonstrationSetup,
    follower: type[DemonstrationMonitor],
    directory: str,
    clean_up: ExitStack,
) -> Observation:
    # Block the signals that ask us to exit until `clean_up` knows everything we created.
    signals.sigprocmask(signals.SIG_SETMASK, (SIGCHLD, SIGTERM))
    os.mkdir(directory, 0o700)
    clean_up.callback(remove_tree, directory)
    bound = None
    if setup.guard is not None:
        bound = process_containment.checked_guard(setup.guard)
        # The demonstration may run as another user.
        os.chmod(directory, 0o777)
    signals.sigprocmask(signals.SIG_SETMASK, (SIGCHLD,))
    terminal = OwnTerminal() if setup.terminal else None
    if terminal is not None:
        clean_up.callback(terminal.close)
        if setup.is_job:
            # The session leader is sent SIGHUP when its terminal is closed.
            signals.sigaction(SIGHUP, signals.SIG_IGN)
            terminal.control()
        output, write_end, target = terminal.master, -1, terminal.name
    elif setup.is_here:
        output, write_end, target = -1, -1, os.ttyname(0)
    else:
        pipe = pipe2()
        clean_up.callback(close, pipe.read_end)
        output, write_end = pipe.read_end, pipe.write_end
        # A user whose pipes hold all pages of the limit keeps a small one: a writer may then block
        # until the next look at its output.
        with suppress(PermissionError):
            fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        target = proc.link("self", f"fd/{write_end}")
    if output >= 0:
        os.set_blocking(output, False)
    deadline = time.monotonic() + setup.deadline_seconds
    monitor = follower(setup, output, target, directory, terminal=terminal, deadline=deadline)
    filters = seccomp_filters(setup)
    try:
        pid = start_seized(
            ChildStart(),
            seize_options("io", dies_with_tracer=True),
            lambda: play(
                body, directory, terminal or write_end, filters, bound, is_job=setup.is_job
            ),
        )
    except NotTraceable as error:
        raise NotObservable(str(error)) from None
    finally:
        if write_end >= 0:
            close(write_end)
    try:
        monitor.follow(pid)
    finally:
        collect_all()
    return observation_of(monitor)


class DemonstrationMonitor:
    """Follows the family of one demonstration and stores what it observes.

    `output` is the read end of a pipe or the master of a terminal; `output_target` is the link in
    /proc of a descriptor for it. Directory and terminal belong to the demonstration. `deadline` is
    a value of time.monotonic(), or None for a family that interacts with others.
    """

    def __init__(
        self,
        setup: DemonstrationSetup,
        output: int,
        output_target: str,
        directory: str,
        *,
        terminal: OwnTerminal | None = None,
        deadline: float | None = None,
    ) -> None:
        self.setup = setup
        self._output = output
        self._target = output_target
        self._directory = directory
        self._terminal = terminal
        self._acts = list(setup.acts)
        self.has_polled = False
        self._used_before = 0.0
        """The processor time of the family when a process was last held at its birth."""
        self._reported: dict[str, ReportedValues] = {}
        self.has_begun = False
        self._is_over = False
        self._noise: set[int] = set()
        self.events: list[Event] = []
        self.output = b""
        self._text_left = _KEPT_BYTES
        self.lines: dict[int, int] = {}
        """Lines by the number of the event in the log."""
        self.outputs: list[int] = []
        """The numbers of the events that wrote to the output."""
        self.messages: list[int] = []
        """The numbers of the events with which a shell wrote there itself, to descriptor 2."""
        self._has_moved = False
        """Whether a call moved bytes to the output without a write."""
        self.moments: dict[str, SeenMoment] = {}
        self.hangs = False
        self.breaks: dict[str, str] = {}
        """Uncaught exceptions, with the name of the process."""
        self._programs: set[str] = set()
        """The processes that have executed a program."""
        self.naming = ForkResultNames(setup)
        holds = waits_after_birth(setup.order) if setup.order in ORDERS else None
        options = TracerOptions(
            own_name=str(REAPER),
            most_events=_MOST_EVENTS,
            other_calls=further_calls(setup),
            shown_bytes=_SHOWN_BYTES,
            read_memory=proc.memory,
            name_child=self._name,
            call_sites=setup.call_sites,
            holds=holds or self._delay,
            alter_status=_draw_status if setup.alters_statuses else None,
            when_logged=self._take_event,
            when_marked=self._take_report,
            before_killing=self._look_last,
        )
        self.tracer = Tracer(self._note, "io", options)
        self.tracer.deadline, self.tracer.when_idle = deadline, self._idle
        self.tracer.held_mark, self.tracer.is_late_to_end = GAP, setup.order == PARENT_LATE
        watched = setup.deadline_seconds if deadline is not None else None
        watched = _LONG_SLEEP_SECONDS if setup.order == BEFORE_SLEEP else watched
        self._rest = RestWatch(self.tracer.account, watched)

    @property
    def text(self) -> str:
        """The output as text, with its original line endings."""
        if self.setup.names_programs:
            # Not what a shell itself reports: hints, and the ends of jobs.
            by_number = {event.seq: event.what for event in self.events}
            written = (by_number.get(seq) for seq in self.outputs)
            return "".join(what.text for what in written if isinstance(what, Write))
        text = self.output.decode(errors="backslashreplace")
        return text.replace("\r\n", "\n") if self._terminal is not None else text

    @property
    def unseen_output(self) -> str:
        """Why the events do not have all of the output; empty if they have."""
        if self._text_left < 0 or self.tracer.account.unlogged:
            most = f"{_MOST_EVENTS:,} events and {_KEPT_BYTES >> 20} MiB of text"
            return f"the record of this run was cut: it holds {most}"
        moved = "something was printed without write(2), and it is unclear what"
        return moved if self._has_moved else ""

    # -- following ------------------------------------------------------------------------------

    def follow(self, pid: int) -> None:
        """Follow the family of the newly seized `pid` until all its processes are gone."""
        self.tracer.begin_unlogged(pid, os.getpid())
        try:
            self.tracer.run()
        finally:
            self.tracer.kill_all()
        self._drain()

    def _name(self, parent: int) -> str:
        mothers_name = self.tracer.family.name_of(parent)
        reported = deepcopy(self._reported.get(mothers_name, ReportedValues()))
        name = self.naming.name(mothers_name, reported.line)
        self._reported[name] = reported
        return name

    def _note(self, event: Event) -> None:
        has_room = len(self.events) < _MOST_KEPT
        if self.has_begun and not self._is_over and has_room and event.seq not in self._noise:
            if self.setup.names_programs:
                accepted = with_accepted_signal(event, self.events)
                if accepted is None:
                    return
                event = accepted
            if isinstance(event.what, Read | Write):
                self._text_left -= len(event.what.text)
                if self._text_left < 0:
                    # Drop the text of further output once the limit is reached.
                    event = changed(event, what=changed(event.what, text=""))
            self.events.append(event)

    def _take_event(self, event: Event) -> None:
        if is_noise(event):
            self._noise.add(event.seq)
            return
        reported = self._reported.get(event.proc)
        if reported is not None and reported.line:
            self.lines[event.seq] = reported.line
        if self.setup.names_programs and isinstance(event.what, Exec):
            self._programs.add(event.proc)
        number, count = moved_to(event.what)
        if isinstance(event.what, Write):
            number, count = event.what.fd, event.what.count
        # Use the thread's link: once the main thread has ended, the process shows no descriptors.
        if count > 0 and proc.link(event.tid or event.pid, f"fd/{number}") == self._target:
            if not isinstance(event.what, Write):
                self._has_moved = True
            elif self._is_shells(event.proc, number):
                self.messages.append(event.seq)
            else:
                self.outputs.append(event.seq)

    def _is_shells(self, process: str, number: int) -> bool:
        """Return whether a shell, or its copy, writes a message of its own.

        Its built-ins write to descriptor 1, also in `echo >&2`.
        """
        return self.setup.names_programs and process not in self._programs and number != 1

    def _take_report(self, member: TracedProcess, tid: int, report: bytes) -> None:
        """Process a report from a process, and hold the process if it has reached a mark."""
        reported = self._reported[member.name]
        kind, _, news = report.partition(b" ")
        if kind == BEGIN:
            self._begin(member)
        elif kind[:1] == LINE:
            reported.line = int(kind[1:])
            self._learn(member, news)
            self.tracer.account.log_event(member, Line(reported.line), tid)
            if reported.line in self.setup.marks and not self.tracer.is_overdue:
                self.tracer.family.held[tid] = self.setup.marks[reported.line]
                return
        elif kind == BROKE:
            self.breaks.setdefault(member.name, news.decode(errors="backslashreplace"))
        else:
            self._learn(member, news)
        ptrace.cont(tid)

    def _begin(self, member: TracedProcess) -> None:
        self.has_begun = True
        # The first pipe of a demonstration is A, regardless of pipes before its beginning.
        self.tracer.family.pipe_letters.clear()
        table = tracee_proc.descriptors(member.pid)
        argv = (self.setup.main,)
        self.tracer.account.log_event(member, Start(member.parent, argv, table.pipes, table.files))

    def _learn(self, member: TracedProcess, news: bytes) -> None:
        values = json.loads(news) if news else {}
        reported = self._reported[member.name]
        reported.addresses.update(values.pop(ADDRESSES, {}))
        for name, value in values.items():
            reported.values[name] = value
            self.tracer.account.log_event(member, Assign(name, value))

    # -- moments --------------------------------------------------------------------------------

    def _idle(self) -> None:
        """Handle a rest: release the processes at a mark, or perform the next user input."""
        held = self.tracer.family.held
        # A process that waits for space in the output can continue once we have read it.
        if self._drain() or not self.has_begun:
            return
        may_be_polled = held and self.setup.order == PARENT_LATE
        if not self._rest.look() and not (may_be_polled and self._polls()):
            return
        if self._drain():
            return
        if held and NEWBORN not in held.values():
            mark = min(held.values())
            self._look(mark)
            self._release(*(tid for tid, its_mark in held.items() if its_mark == mark))
            return
        root = self.tracer.account.root
        if REST not in self.moments:
            self.hangs = root is not None and root.pid in self.tracer.family.living
        if GAP not in held.values():
            self._look(REST)
            if self.setup.order == BEFORE_SLEEP and (held or self._acts):
                self.tracer.put_back()
        if newborn := [tid for tid, mark in held.items() if mark == NEWBORN]:
            self._release(*newborn)
            return
        while self._acts:
            if self._act(self._acts.pop(0)):
                return
        self.tracer.kill_all()

    def _release(self, *threads: int) -> None:
        """Continue held threads."""
        for tid in threads:
            del self.tracer.family.held[tid]
            # The process may have been killed in the meantime; the tracer will report its end.
            with suppress(ProcessLookupError):
                ptrace.cont(tid)

    def _delay(self, parent: int, child: int) -> int:
        """Hold a new process at its birth, or its parent, if the order demands it."""
        if self.setup.order == AT_BIRTH and self._acts:
            self._act(self._acts.pop(0))
            return parent
        if self.setup.order in _HOLD_CHILDREN:
            self._hold(child)
        return 0

    def _hold(self, child: int) -> None:
        self.tracer.family.held[child] = NEWBORN
        self._used_before = self._seconds_used()

    def _seconds_used(self) -> float:
        return sum(proc.cpu_seconds(pid) for pid in self.tracer.family.living)

    def _polls(self) -> bool:
        """Return whether others computed so long that they may be polling for a held process."""
        self.has_polled |= self._seconds_used() - self._used_before > _LONGEST_COMPUTING_SECONDS
        return self.has_polled

    def _drain(self) -> bool:
        """Read pending output; return whether there was any."""
        taken = 0
        # EAGAIN: nothing more yet. EIO: no process has the terminal open any more.
        with suppress(OSError):
            # The limit keeps endless output from blocking us and from filling our memory.
            while taken < _KEPT_BYTES and (piece := os.read(self._output, _PIECE)):
                taken += len(piece)
                self.output += piece[: max(0, _KEPT_BYTES - len(self.output))]
        return taken > 0

    def shown_names(self) -> dict[str, str]:
        """Return the names to show, by the names used in the trace."""
        names = self.naming.names
        if self.setup.names_programs and not self.setup.births:
            return dict(program_names(self.events, names, self.setup.main))
        return {name: name for name in names}

    def _act(self, act: Kill | Type) -> bool:
        """Perform user input at rest; return whether its terminal or process exists."""
        if isinstance(act, Type):
            if self._terminal is None:
                return False
            keys = keys_of(act.keys)
            # No process's descriptor is involved: the user writes to the terminal's master.
            self.tracer.log.add(os.getpid(), YOU, Write(-1, len(keys), text=keys))
            self._terminal.press(keys)
            return True
        number = by_name(act.signal)
        if number is None:
            raise UsageProblem(f"{act.signal} is not a signal")
        shown = self.shown_names()
        for member in self.tracer.family.living.values():
            if shown[member.name] == act.process:
                self.tracer.log.add(os.getpid(), YOU, SignalSend(member.pid, number))
                with suppress(ProcessLookupError):
                    signals.kill(member.pid, number)
                return True
        return False

    def _look(self, mark: str) -> None:
        number = sum(moment.mark == mark for moment in self.moments.values()) + 1
        looks = look_at_all(self.tracer, self._reported, self._target)
        foreground = self._terminal.foreground() if self._terminal is not None else 0
        files = files_in(self._directory)
        moment = SeenMoment(len(self.events) - 1, looks, foreground, files, mark)
        self.moments[moment_name(mark, number)] = moment

    def _look_last(self) -> None:
        if END in self.moments:
            return
        self._look(END)
        # Killing the survivors is our own action, not a part of the run.
        self._is_over = bool(self.tracer.family.living)


def observation_of(monitor: DemonstrationMonitor) -> Observation:
    """Build the observation."""
    setup, events = monitor.setup, monitor.events
    if setup.names_programs:
        events = without_noise(events)
    index_of = {event.seq: index for index, event in enumerate(events)}
    names = monitor.shown_names()
    problem = next((f"{name}: {reason}" for name, reason in monitor.breaks.items()), "")
    if monitor.tracer.is_overdue:
        problem = f"it was ended after {setup.deadline_seconds:g} seconds"
    elif not monitor.has_begun:
        problem = f"it could not begin: {monitor.text.strip()}"
    moments = {}
    for mark, moment in monitor.moments.items():
        # Order each moment after the last logged event that precedes it.
        earlier = (event.seq for event in monitor.events[: moment.index + 1])
        index = max((index_of[seq] for seq in earlier if seq in index_of), default=-1)
        looks = {
            names.get(name, name): changed(look, parent=names.get(look.parent, look.parent))
            for name, look in moment.looks.items()
        }
        moments[mark] = changed(moment, index=index, looks=looks)
    return Observation(
        events=tuple(renamed(event, names) for event in events),
        names=tuple(names[name] for name in monitor.naming.names),
        moments=moments,
        source=setup.source,
        output=monitor.text,
        outputs=tuple(index_of[seq] for seq in monitor.outputs if seq in index_of),
        messages=tuple(index_of[seq] for seq in monitor.messages if seq in index_of),
        lines={i: line for i, event in enumerate(events) if (line := _line(monitor, event))},
        hangs=monitor.hangs,
        problem=problem,
        broken={names.get(name, name): reason for name, reason in monitor.breaks.items()},
        unseen_output=monitor.unseen_output,
        has_polled=monitor.has_polled,
    )


def _draw_status(status: int) -> int:
    """Return another status word for a failure; success stays."""
    return encode(Exited(random.randrange(10, 100))) if status else status


def _line(monitor: DemonstrationMonitor, event: Event) -> int:
    """Return the line of the listing for an event; 0 if it is not known."""
    if event.at is not None and os.path.basename(event.at.file) == SOURCE_NAME:
        return event.at.line
    return monitor.lines.get(event.seq, 0)
