"""A shell at its own terminal: the judge types like a person, and a tracer watches.

A shell is at its prompt if it sleeps waiting for its terminal, has read everything that was typed,
and its group is in the foreground. So the text of the prompt need not be known, and nothing
depends on how long something takes.

It starts like a foreground job of a person's shell: in its own group, in a session that another
process leads. So it can create and join groups, and ^Z stops it as under bash, unless it ignores
SIGTSTP.

It is stuck if none of its threads and descendants can run: all sleep, are stopped or dead, and none
has run for a while. A thread that waits for a processor has state R, so a shell on a busy machine
does not look stuck.

The tracer is a separate process: it waits for its tracees, leads the session, and is the subreaper
that finds and ends the processes that outlive the shell.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress

from simpsh.base import waits
from simpsh.base.errors import SimpshError
from simpsh.base.events import Event
from simpsh.base.phrases import escaped, shorten, status_words
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGTERM
from simpsh.diagnosis.examination import examined
from simpsh.diagnosis.finding import Finding
from simpsh.diagnosis.wait_graph import awaits_keyboard
from simpsh.grade.sandbox.shared_resources import CALLS
from simpsh.kernel import signals
from simpsh.kernel.descriptors import readable, write_all
from simpsh.kernel.machine.syscall_table import NAMES
from simpsh.kernel.processes import set_child_subreaper
from simpsh.process.child_changes import Change, ChildStart, OnlyDescriptors, Signals
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.proc import ProcessStat, numbers, stat, times_scheduled, waited_for_processor
from simpsh.process.process_snapshot import ProcessSnapshot, snapshot
from simpsh.process.process_tree import family
from simpsh.process.subreaper import collect_all
from simpsh.process.worker import Channel, Worker, WorkerEnded
from simpsh.trace.recording.recording_file import Recording, new_header
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.forced_orders import waits_after_birth
from simpsh.trace.tracer.process_tracer import Tracer, seize_options
from simpsh.trace.tracer.syscall_events import calls_to_follow
from simpsh.trace.tracer.traced_command import (
    NotTraceable,
    TracedCommand,
    start_seized,
    with_filter,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.event_kind import RecordLevel

_MANY_LOOKS = 5
_COLUMNS = 120
_MOST_PRINTED = 1 << 20
_LONGEST_LINE = 200
_STALL_SECONDS = 0.5
_BETWEEN_LOOKS = 0.05
_ASLEEP, _UNMOVED, _ALIVE = frozenset("SZ"), frozenset("STtZ"), frozenset("RSDTt")
_PATIENCE = 10
"""How many times longer a wait may take on a busy machine."""
SECONDS = 5.0
"""The default time limit of each wait."""
_MOST_EVENTS = 100_000
_SHOWN_BYTES = 2000
_LONG_SECONDS = 3600.0


class Stuck(SimpshError):
    """An awaited state was not reached; the message says which, and what happened."""

    def __init__(self, message: str, *, is_at_prompt: bool = False) -> None:
        super().__init__(message)
        self.is_at_prompt = is_at_prompt
        """Whether the shell waits for a line."""


class OutOfTime(SimpshError):
    """The time for all that is judged was over; nothing is known of the rest."""


class SessionManner(Record):
    """How messages call what is judged, and what its tracer does not get."""

    noun: str = "the shell"
    level: RecordLevel = "calls"
    """What its recording has."""
    deadline: float = math.inf
    """When its whole time is over, by time.monotonic()."""
    awaits_timers: bool = False
    """Whether it is not stuck while a descendant waits for a timer. A shell does not end with its
    sleeping job, but a program may."""


class TerminalSession:
    """A shell at a terminal, as a context manager; its end kills and collects all processes.

    `changes` are carried out by the shell's process. `spell` translates keys before they are
    typed. `order`, one of ORDERS, is forced on the shell and its children. Raises
    NotTraceable: this process may not trace its children.
    """

    def __init__(
        self,
        command: TracedCommand,
        *,
        seconds: float = SECONDS,
        changes: Sequence[Change] = (),
        spell: Callable[[str], str] = str,
        order: str = "",
        manner: SessionManner | None = None,
    ) -> None:
        self._spell = spell
        manner = manner or SessionManner()
        self.noun = manner.noun
        self._awaits_timers = manner.awaits_timers
        self._deadline = manner.deadline
        self.directory = command.directory
        self._seconds = seconds
        self._status: int | None = None
        """Its status word; None until the tracer has reported its end."""
        self._output = bytearray()
        self._mark = 0
        self._typed_at = 0
        self._looks_seen: set[tuple[str, ...]] = set()
        """How often its threads had run, at each nap and each wait for a key since the last key."""
        self.older: frozenset[int] = frozenset()
        """The processes that the shell had started before the first key."""
        self.typed: list[str] = []
        """The lines and keys that were typed so far."""
        self.first_typed = math.inf
        """After end(): when the first key was typed, in nanoseconds of the recording, or infinite.

        Before that a shell may run anything, such as the programs of a start-up file."""
        argv = command.argv
        header = new_header(argv, level=manner.level)
        self._recording = Recording(header, ())
        self._terminal = OwnTerminal(_COLUMNS)
        last = with_filter(calls_to_follow(manner.level, CALLS).filter())
        # The process of a job, without other resources of this process.
        job = (*self._terminal.as_job(), OnlyDescriptors(), Signals())
        self.start = ChildStart(*job, *changes, *command.changes(last=last))
        """How far the shell's process came."""

        def serve(channel: Channel) -> None:
            tracer = ShellTracer(channel, manner.level, order, header.start_monotonic_ns)
            tracer.follow(argv, self._terminal, self.start)

        with ExitStack() as after_failure:
            after_failure.callback(self._terminal.close)
            self._tracer = Worker(serve)
            after_failure.callback(self._tracer.end, at_once=True)
            pid = self._tracer.channel.receive()
            if not isinstance(pid, int):
                raise NotTraceable("this system lets no process trace its child")
            after_failure.pop_all()
        self.pid = pid

    def __enter__(self) -> TerminalSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def type(self, keys: str) -> None:
        """Type keys; output() then returns only later output."""
        keys = self._spell(keys)
        self._drain()
        self._mark = len(self._output)
        self._looks_seen.clear()
        if not self.typed:
            self.older = frozenset(self._new())
        self._typed_at = self._typed_at or time.monotonic_ns()
        self.typed.append(keys)
        write_all(self._terminal.master, keys.encode())

    def run(self, line: str) -> None:
        """Type a line and wait until the shell is at its prompt again."""
        self.type(line + "\n")
        self.wait_prompt()

    def wait_prompt(self) -> None:
        """Wait until the shell has read all input and waits for its terminal; raise Stuck."""
        self.until(self.is_at_prompt, f"{self.noun} does not come back to its prompt")
        self.settle()

    def settle(self) -> None:
        """Wait until all processes started since the first key have ended or sleep.

        It does not matter whether the shell waits for them or has ended.
        """

        def is_settled() -> bool:
            below = [tid for pid in self._new() for tid in numbers(pid, "task")]
            return not below or self._are_still(below)

        if self.typed:
            with suppress(Stuck):
                self.until(is_settled, "programs go on", needs_shell=False)

    def _are_still(self, threads: Sequence[int]) -> bool:
        """Return whether no thread runs, and the tracer holds none."""
        before = _runs_of(threads)
        return before != () and self._is_tracer_asleep() and _runs_of(threads) == before

    def _everything(self) -> tuple[int, ...]:
        below = (tid for it in self.descendants() for tid in numbers(it.pid, "task"))
        return (*numbers(self.pid, "task"), *below)

    def _new(self) -> Iterable[int]:
        """Return the descendants started since the first key, including orphans."""
        return (it.pid for it in self.descendants() if it.pid not in self.older)

    def is_at_prompt(self) -> bool:
        """Return whether the shell waits for its terminal, with nothing left to read there.

        It sleeps in a call that waits for input of the terminal, and its group has the terminal.
        The call, its descriptors and the group are read one after the other. They are consistent
        if the thread slept throughout.
        """
        if not self._has_read_all() or self.state(self.pid) != "S":
            return False
        for tid in numbers(self.pid, "task"):
            with suppress(ProcessLookupError, PermissionError):
                before, now = _runs_of((tid,), _ASLEEP), stat(self.pid)
                if not (before and now.tpgid == now.pgid and awaits_keyboard(tid)):
                    continue
                # A line editor with an event hook wakes up ten times a second. On a busy machine
                # that may be between any two looks. So several looks that find it reading suffice.
                if _runs_of((tid,), _ASLEEP) == before or self._is_frequent(before):
                    return True
        return False

    def _is_frequent(self, runs: tuple[str, ...]) -> bool:
        """Note a look that found threads resting; return whether there were several such looks."""
        self._looks_seen.add(runs)
        return len(self._looks_seen) > _MANY_LOOKS

    def _has_read_all(self) -> bool:
        """Return whether all typed characters have been read.

        Typed characters pass through a queue of the kernel; poll(2) empties that queue before it
        answers, and FIONREAD would not.
        """
        return not readable((self._terminal.slave,), 0)

    def until(
        self, condition: Callable[[], bool], otherwise: str, *, needs_shell: bool = True
    ) -> None:
        """Wait for a condition; raise Stuck if it can no longer become true, or is late."""
        start, waited = time.monotonic(), waited_for_processor()
        runs: tuple[str, ...] = ()
        since = next_look = start
        while not condition():
            now = time.monotonic()
            if now > self._deadline:
                raise OutOfTime("not judged: its time was over")
            if len(self._output) > _MOST_PRINTED:
                raise Stuck(f"{otherwise}: it printed more than {_MOST_PRINTED >> 20} MiB")
            is_gone = needs_shell and self.is_gone()
            late = now - start - self._seconds
            # Do not count time in which another process had the processor.
            is_late = late > min(waited_for_processor() - waited, _PATIENCE * self._seconds)
            # Whether no thread has run for half a second, and none is about to.
            is_still = False
            if now >= next_look:
                next_look, before = now + _BETWEEN_LOOKS, runs
                runs = _runs_of(self._threads_to_watch())
                since = since if runs and runs == before else now
                is_still = now - since > _STALL_SECONDS or self._is_nothing_left()
            if is_gone or is_late or is_still:
                words = self._activity()
                # The state may have been reached in the meantime.
                if condition():
                    break
                is_at_prompt = not self.is_gone() and self.is_at_prompt()
                raise Stuck(f"{otherwise}: {words}", is_at_prompt=is_at_prompt)
            self._drain(0.002)
        self._drain()

    def _is_nothing_left(self) -> bool:
        # The tracer ends when its last process has ended.
        is_quiet = stat(self._tracer.pid).state in _ASLEEP
        return is_quiet and self.is_gone() and not self.descendants()

    def _threads_to_watch(self) -> tuple[int, ...]:
        """Return all threads; empty if the tracer runs or a timer will wake a shell's thread."""
        # This poll moves typed characters out of the kernel's queue.
        self._has_read_all()
        threads = numbers(self.pid, "task")
        everything = self._everything()
        timed = everything if self._awaits_timers else threads
        if not self._is_tracer_asleep() or any(map(_has_timeout, timed)):
            return ()
        return everything

    def output(self) -> str:
        """Return the output since the last keys; see output_from()."""
        return self.output_from(self._mark)

    def output_from(self, start: int = 0) -> str:
        """Return the output from an offset to its end, without carriage returns and NUL bytes."""
        self._drain()
        return self._output[start:].translate(None, b"\r\0").decode(errors="replace")

    def printed(self) -> str:
        """Return the output after the echo of the typed line."""
        return self.output().partition("\n")[2]

    def is_gone(self) -> bool:
        """Return whether the shell has ended."""
        return self.is_dead(self.pid)

    def look(self, pid: int) -> ProcessSnapshot | None:
        """Return a snapshot of a process; None if it is gone."""
        with suppress(ProcessLookupError):
            return snapshot(pid)
        return None

    def descendants(self) -> tuple[ProcessStat, ...]:
        """Return the living descendants and zombies of the shell, including orphans."""
        started = (member.process for member in family(self._tracer.pid)[1:])
        return tuple(process for process in started if process.pid != self.pid)

    def find(self, name: str, count: int = 1) -> tuple[int, ...]:
        """Wait for programs of a name below the shell; return their pids. Raises Stuck."""
        pids: tuple[int, ...] = ()

        def appeared() -> bool:
            nonlocal pids
            called = (child for child in self.descendants() if child.comm == name)
            pids = tuple(child.pid for child in called if child.state in "ST")
            return len(pids) == count

        programs = f"{name} is" if count == 1 else f"{count} × {name} are"
        self.until(appeared, f"below {self.noun} {programs} not running")
        return pids

    def kill(self, pid: int, signal: int) -> None:
        """Send a signal to a descendant of the shell; do nothing if it is gone."""
        self._looks_seen.clear()
        with suppress(ProcessLookupError):
            signals.kill(pid, signal)

    def is_waiting_or_at_prompt(self) -> bool:
        """Return whether the shell sleeps with everything read: for a child, or for a line.

        If the tracer sleeps, the shell has received everything about its children.
        """
        if not self._has_read_all() or not self._is_tracer_asleep():
            return False
        now, threads = self.look(self.pid), numbers(self.pid, "task")
        if now is None or self.state(self.pid) != "S" or (now.state == "S" and not now.system_call):
            return False
        # Another thread may be about to act: look for naps between two reads of the run counts. A
        # thread in a ptrace stop entered it after the tracer was checked.
        before = _runs_of(threads, _ASLEEP)
        if before and any(map(_naps, threads)):
            return self._is_frequent(before)  # a shell that naps repeatedly is waiting
        return bool(before) and _runs_of(threads, _ASLEEP) == before

    def is_dead(self, pid: int) -> bool:
        """Return whether a process is a zombie, or gone."""
        return self.state(pid) in ("", "Z", "X")

    def is_stopped(self, pid: int) -> bool:
        """Return whether a process is stopped by a signal.

        A process that the tracer holds for a moment has the same state letter, but the tracer holds
        no process while it sleeps.
        """
        halted = ("T", "t")
        return self.state(pid) in halted and self._is_tracer_asleep() and self.state(pid) in halted

    def thread_of(self, pid: int) -> int:
        """Return a thread of a process that still runs; its first thread may have ended."""
        return next((tid for tid in numbers(pid, "task") if _runs_of((tid,), _ALIVE)), pid)

    def state(self, pid: int) -> str:
        """Return the letter of a process's state; empty if it is gone.

        A process is dead when its last thread is.
        """
        with suppress(ProcessLookupError):
            while (now := stat(pid)).threads == 0:
                pass  # It is being reaped, or another thread becomes the first one.
            if now.state in _ALIVE or now.threads == 1:
                return now.state
            with suppress(ProcessLookupError):
                other = stat(self.thread_of(pid)).state
                return other if other in _ALIVE else "R"
            return "R"
        return ""

    def foreground(self) -> int:
        """Return the process group that has the terminal; 0 if there is none."""
        return self._terminal.foreground()

    def _activity(self) -> str:
        now = self.look(self.thread_of(self.pid))
        if self.is_gone():
            return self._end_in_words()
        # A program that runs from one stop of the tracer to the next one is not stopped.
        before = _runs_of((self.pid,))
        if before and self.is_stopped(self.pid) and _runs_of((self.pid,)) == before:
            return "it is stopped"
        if now is None or now.state in "RTt" or now.system_call is None:
            return "it is running"
        where = "" if now.tpgid == now.pgid else ", and another group has the terminal"
        number = now.system_call.number
        return f"it sleeps in {NAMES.get(number, f'call {number}')}{where}"

    def wait_end(self) -> int:
        """Wait until the shell has ended, and return its status word; raise Stuck."""
        self.until(self.is_gone, f"{self.noun} does not end")
        if self._status is None:
            status = self._tracer.channel.receive()
            self._status = status if isinstance(status, int) else 0
        return self._status

    def _end_in_words(self) -> str:
        """Return how the shell has ended, and its last line of output."""
        how = status_words(self.wait_end())
        printed = self.printed() if self.typed else self.output()
        lines = [line.strip() for line in printed.splitlines() if line.strip()]
        last = f"; it printed last: {shorten(escaped(lines[-1]), _LONGEST_LINE)}" if lines else ""
        return f"it has ended ({how}){last}"

    def _is_tracer_asleep(self) -> bool:
        """Return whether the tracer waits, and so holds no process."""
        return stat(self._tracer.pid).state == "S"

    def end(self) -> Recording:
        """End the shell and its descendants, and return the recording; raise WorkerEnded."""
        if self._terminal.master >= 0:
            signals.kill(self._tracer.pid, SIGTERM)
            try:
                message = self._tracer.channel.receive()
                while isinstance(message, int):  # the end status, which wait_end() did not receive
                    message = self._tracer.channel.receive()
            finally:
                self._tracer.end()
                self._terminal.close()
            if not isinstance(message, tuple):
                raise WorkerEnded("the process that watches was ended")
            self._recording = Recording(self._recording.header, message)
            if self._typed_at:
                self.first_typed = self._typed_at - self._recording.header.start_monotonic_ns
        return self._recording

    def _drain(self, seconds: float = 0.0) -> None:
        master = self._terminal.master
        # An endless writer must neither keep us here nor fill our memory.
        while master >= 0 and len(self._output) <= _MOST_PRINTED and readable((master,), seconds):
            try:
                data = os.read(master, 65536)
            except OSError:
                return
            if not data:
                return
            self._output += data
            seconds = 0.0


def _wait_of(tid: int) -> Finding | None:
    """Return the wait of a thread; None if the thread is gone or hidden."""
    with suppress(ProcessLookupError, PermissionError):
        return examined(tid)[1]
    return None


def _naps(tid: int) -> bool:
    """Return whether a thread waits only for time to pass."""
    return (wait := _wait_of(tid)) is not None and wait.situation == waits.TIMER


def _has_timeout(tid: int) -> bool:
    wait = _wait_of(tid)
    return wait is not None and (wait.situation == waits.TIMER or wait.limit is not None)


def _runs_of(threads: Iterable[int], states: frozenset[str] = _UNMOVED) -> tuple[str, ...]:
    """Return how often each thread has run; empty if one is in a state not in `states`."""
    runs = []
    with suppress(ProcessLookupError):
        for tid in threads:
            if stat(tid).state not in states:
                return ()
            runs.append(f"{tid} {times_scheduled(tid)}")
        return tuple(runs)
    return ()


# ---------------------------------------------------------------------------- the tracer's process


class ShellTracer:
    """Traces one shell, and sends its pid, its status word at its end, and all events.

    SIGTERM asks to end all processes.
    """

    def __init__(
        self, channel: Channel, level: RecordLevel, order: str = "", start_ns: int = 0
    ) -> None:
        self._channel = channel
        self._level = level
        self._events: list[Event] = []
        self._has_reported = False
        options = TracerOptions(
            before_waiting=self._report_end,
            sleep=self._sleep,
            holds=waits_after_birth(order) if order else None,
            start_monotonic_ns=start_ns,
            other_calls=CALLS,
            shown_bytes=_SHOWN_BYTES,
        )
        self._tracer = Tracer(self._put, level, options)

    def follow(self, argv: tuple[str, ...], terminal: OwnTerminal, start: ChildStart) -> None:
        """Start the shell at its terminal and trace it until no descendant is left."""
        set_child_subreaper(True)
        # The leader of a session gets SIGHUP when its terminal closes: ignore it.
        signals.sigaction(SIGHUP, signals.SIG_IGN)
        terminal.control()
        signals.sigaction(SIGTERM, self._end)
        pid = start_seized(start, seize_options(self._level, dies_with_tracer=True))
        signals.sigprocmask(signals.SIG_BLOCK, (SIGCHLD,))
        self._tracer.begin(pid, argv)
        self._channel.send(pid)
        try:
            self._tracer.run()
            self._report_end()
        finally:
            signals.sigaction(SIGTERM, signals.SIG_IGN)
            self._tracer.kill_all()
            # This process, the subreaper, adopted the orphans.
            collect_all()
            self._report_end()
            self._channel.send(tuple(self._events))

    def _end(self, *_: object) -> None:
        # The tracer checks the deadline between two statuses, so that no events are lost.
        self._tracer.deadline = 0.0

    def _sleep(self, seconds: float | None) -> bool:
        """Wait for SIGCHLD or the request to end; return whether neither came."""
        with signals.Blocked(SIGTERM):
            if seconds is None and self._tracer.deadline is not None:
                return False
            wanted = (SIGCHLD, SIGTERM)
            came = signals.sigtimedwait(wanted, _LONG_SECONDS if seconds is None else seconds)
            if came == SIGTERM:
                self._end()
            return came is None

    def _put(self, event: Event) -> None:
        # Endless calls must not fill our memory.
        if len(self._events) < _MOST_EVENTS:
            self._events.append(event)

    def _report_end(self) -> None:
        if self._tracer.account.root_status is not None and not self._has_reported:
            self._has_reported = True
            self._channel.send(self._tracer.account.root_status)
