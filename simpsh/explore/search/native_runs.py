"""Free runs: run the program untraced many times and count how often each outcome occurs.

A separate process makes the runs. It adopts orphans, and receives signals that the program sends to
its parent.
"""

from __future__ import annotations

import _socket
import fcntl
import os
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from functools import partial

from simpsh.base.process_names import FIRST
from simpsh.base.record import Record
from simpsh.base.wait_status import encode
from simpsh.explore.control.explored_program import ExploredProgram
from simpsh.explore.control.fork_server import block_ending_signals, command_of, output_ends
from simpsh.explore.control.run_state import at_home
from simpsh.explore.flags import MOST_PROCESSES
from simpsh.explore.objects.symbolic_names import File, OwnFile
from simpsh.explore.search.free_output import RunPids, last_pid, prints
from simpsh.explore.search.outcome_automaton import Ending
from simpsh.explore.search.skipped_time import SHOWS_FILTER, TIMED_CALLS, SkippedTime
from simpsh.explore.workplace.run_limits import (
    MOST_OUTPUT,
    ClockLimit,
    OutOfTime,
    RunCutOff,
    check_births,
    check_use,
)
from simpsh.explore.workplace.workplace import Workplace
from simpsh.explore.workplace.workspace import RunInput, workplace_of
from simpsh.kernel import descriptors, namespaces
from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.syscall_table import NAMES
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import proc
from simpsh.process.child_changes import (
    Change,
    ChildStart,
    NewGroup,
    OnlyDescriptors,
    Signals,
    Step,
)
from simpsh.process.pidfd import PidFd
from simpsh.process.process_snapshot import snapshot
from simpsh.process.process_tree import descendants, family, own_children
from simpsh.process.subreaper import Subreaper, collect_all
from simpsh.process.worker import Channel, Worker

_MOST_STUCK = 6
"""The most stuck runs, because recognizing each of them takes a while."""
ENOUGH_RUNS = 5
"""The number of free runs that check a set of outputs."""
_FOR_ENOUGH = 4
"""How much longer than asked the runs may take until enough have ended, as a factor."""


class Native(Record):
    """The result of one free run."""

    output: bytes
    status: int
    """The first process's status word; -1 if it did not end."""
    files: tuple[tuple[File, bytes], ...] = ()
    is_stuck: bool = False
    """Whether the run was ended because no process could make progress."""
    has_stopped: bool = False
    """Whether a process of a stuck run was stopped, so that a signal might have continued it."""
    skips_time: bool = False
    """Whether its sleeps and alarms took no time."""
    pids: RunPids = RunPids()


class FreeProgram(Record):
    """A program, and the conditions of its free runs."""

    program: ExploredProgram
    sets_alarms: bool = False
    """Whether a run continues even if all its processes sleep."""
    may_skip_time: bool = False
    """Whether sleeps and alarms may take no time, if too few runs end in real time."""

    def place(self) -> Workplace:
        """Return the place of the runs."""
        return workplace_of(self.program.directory)


class NativeRuns(Record):
    """The results of a series of free runs."""

    runs: tuple[Native, ...]
    late_seconds: float = 0.0
    """The limit by the clock that ended the series; 0 if none did."""


def native_runs(
    free: FreeProgram,
    count: int,
    seconds: float,
    names: Sequence[File] = (),
    on_run: Callable[[int], object] | None = None,
) -> NativeRuns:
    """Run a program freely many times, and return the results.

    `on_run` is called with the number of runs so far, after each of them.

    Each run begins with fresh files, and reports the contents of the files in `names`. `seconds` is
    for processor time, and for time in which all processes of a run wait. It is extended until
    ENOUGH_RUNS have ended. If fewer end in real time, further runs may skip their sleeps, in the
    same time again.
    """
    program = free.program

    def serve(channel: Channel) -> None:
        workplace, over = free.place(), 0
        with closing(workplace), Subreaper(deadline_seconds=0.0) as below:
            for skips_time in (False, True) if free.may_skip_time else (False,):
                if over < ENOUGH_RUNS:
                    over += make_series(channel, workplace, below, skips_time=skips_time)

    def make_series(
        channel: Channel, workplace: Workplace, below: Subreaper, *, skips_time: bool
    ) -> int:
        """Send the results of runs; return their number."""
        over, stuck, allowance = 0, 0, Allowance(seconds)
        for _ in range(count):
            is_enough = over >= ENOUGH_RUNS and allowance.used > seconds
            if is_enough or stuck == _MOST_STUCK:
                break
            try:
                native = run_once(workplace, below, allowance, skips_time=skips_time)
            except OutOfTime:
                below.end()
                if allowance.clock_limit.is_over:
                    channel.send(allowance.clock_limit.seconds)
                break
            except RunCutOff:
                below.end()
                break
            if native is not None:
                over += 1
                stuck += native.is_stuck
                allowance.clock_limit.note_progress()
                channel.send(native)
        return over

    def run_once(
        workplace: Workplace, below: Subreaper, allowance: Allowance, *, skips_time: bool
    ) -> Native | None:
        copy = workplace.directory
        workplace.is_fresh = False
        workplace.refresh()
        run_input = RunInput(program.input, program.directory, copy)
        run_input.renew()
        try:
            source = run_input.descriptor
            run = FreeRun(free, workplace, source, allowance, skips_time=skips_time)
        finally:
            run_input.close()
        if run.is_stuck:
            below.end()
        counts = run.has_counted()
        files = list[tuple[File, bytes]]()
        for name in names:
            path = os.path.join(copy, name.path) if isinstance(name, OwnFile) else name.path
            with suppress(OSError), open(path, "rb") as file:
                files.append((name, at_home(file.read(), copy, program.directory)))
        output = at_home(run.output, copy, program.directory)
        stuck = run.is_stuck, run.is_stuck and run.has_stopped
        native = Native(output, run.status, tuple(files), *stuck, skips_time, run.pids)
        return native if counts else None

    with Subreaper(deadline_seconds=0.0):
        worker = Worker(serve, tidy_up=collect_all)
        try:
            series = _receive(worker.channel, on_run)
        except BaseException:
            worker.end(at_once=True)
            raise
        worker.end()
    return series


def _receive(channel: Channel, on_run: Callable[[int], object] | None) -> NativeRuns:
    """Receive results until the worker ends; if it is killed, the runs that it has sent count."""
    runs, late_seconds = list[Native](), 0.0
    while (received := channel.receive()) is not None:
        if isinstance(received, Native):
            runs.append(received)
            if on_run is not None:
                on_run(len(runs))
        elif isinstance(received, float):
            late_seconds = received
    return NativeRuns(tuple(runs), late_seconds)


_CHECK_SECONDS, _MOMENT_SECONDS, _CHECKS_BETWEEN_LOOKS = 0.01, 0.0005, 3
_LOOK_SECONDS = _CHECKS_BETWEEN_LOOKS * _CHECK_SECONDS
"""The time between two looks. On a busy machine more passes, which does not count."""
_OVER = ("", "Z", "X")
_BLOCK = 65536
_WORD_BYTES = 4
_EXEC_SECONDS = 10.0
_ENDLESS = frozenset(
    (
        *("read", "write", "wait4", "waitid", "pause", "rt_sigsuspend", "flock", "fcntl"),
        *("openat", "semop", "msgsnd", "msgrcv"),
    )
)
"""Calls that only another process can end."""
_UNLESS_LIMITED = {"futex": 3, "semtimedop": 3, "mq_timedsend": 4, "mq_timedreceive": 4}
"""Calls that only another process can end, unless the argument with this index sets a timeout."""


class Allowance:
    """The time of a series of runs: their processor time, and the time in which all of them wait.

    Time in which a process could run but other programs have the processors does not count. There
    is a limit by the clock, but only against hangs.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = _FOR_ENOUGH * seconds
        self.clock_limit = ClockLimit(seconds)
        self._before = _processor_seconds()
        self._waited = 0.0

    @property
    def used(self) -> float:
        """The seconds that ended runs have used."""
        return self._waited + _processor_seconds() - self._before

    def wait(self, seconds: float) -> None:
        """Count seconds in which no process of a run could continue."""
        self._waited += seconds

    def check(self, living: Iterable[int]) -> None:
        """Raise OutOfTime if the time is over; `living` are the pids of the current run."""
        used = self.used + sum(map(proc.cpu_seconds, living))
        if used > self._seconds or self.clock_limit.is_over:
            raise OutOfTime


def _processor_seconds() -> float:
    runs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + runs.ru_utime + runs.ru_stime


class FreeRun:
    """A run in children of this process, a subreaper, whose other children are not affected."""

    def __init__(
        self,
        free: FreeProgram,
        workplace: Workplace,
        source: int,
        allowance: Allowance,
        *,
        skips_time: bool = False,
    ) -> None:
        """Run a program to its end, with `source` as its standard input.

        Raises RunCutOff: the run exceeded its time or a limit, or its calls cannot be held; the
        caller must end its processes.
        """
        self._spared = own_children()
        self._allowance = allowance
        self._sets_alarms = free.sets_alarms
        self._before: object = None
        self._next_check = self._looked_at = time.monotonic()
        self.is_stuck = False
        """Whether no process could make progress; the caller must end the processes."""
        self.has_stopped = False
        self.status = -1
        """The first process's status word; -1 if the run is stuck."""
        self.output = b""
        before = last_pid()
        ours, theirs = output_ends(is_terminal=free.program.has_terminal)
        with block_ending_signals():
            calls = TIMED_CALLS if skips_time else ()
            pid, self._listener = _start(free, workplace, (source, theirs), calls)
        self._clock = SkippedTime(self._listener) if skips_time else None
        descriptors.close(theirs)
        self._follow(pid, ours)
        # The program may ask for its parent, for the process that adopts it, and for its session.
        outside = {1, os.getpid(), os.getppid(), os.getsid(0)}
        self.pids = RunPids(pid, before, last_pid(), frozenset(outside), os.getpid())
        self._has_pids = self.pids.has(pid)

    def has_counted(self) -> bool:
        """Return whether the run counts, after all its processes have ended."""
        if self._listener >= 0:
            descriptors.close(self._listener)
        return self._has_pids

    def _follow(self, pid: int, ours: int) -> None:
        try:
            # Read until no process is left that could write.
            while not self.is_stuck and self._awaits(ours):
                # Reading a terminal fails after its other end was closed.
                with suppress(OSError):
                    piece = descriptors.read(ours, _BLOCK)
                    self.output += piece
                    if piece:
                        continue
                break
        finally:
            descriptors.close(ours)
        # Reap the first process, and the orphans that the program leaves.
        while not self.is_stuck and (left := own_children() - self._spared):
            child = pid if pid in left else min(left)
            with PidFd.open(child) as process:
                self._awaits(process)
            if not self.is_stuck:
                ended = waitpid(child)
                if child == pid and ended is not None:
                    self.status = encode(ended[1])

    def _awaits(self, source: int | PidFd) -> bool:
        """Wait until `source` is readable; return False if all processes are stuck."""
        number = source if isinstance(source, int) else source.fileno()
        awaited = (number,) if self._listener < 0 else (number, self._listener)
        while not self.is_stuck:
            for _ in range(_CHECKS_BETWEEN_LOOKS):
                self._check()
                patience = _CHECK_SECONDS
                if self._clock is not None:
                    self._clock.take_calls()
                    if self._passes_time():
                        patience = 0
                    elif self._clock.is_awaited:
                        patience = _MOMENT_SECONDS
                if number in descriptors.readable(awaited, patience):
                    return True
            self._look()
        return False

    def _passes_time(self) -> bool:
        """Let time pass if every process waits and one of them for a time; return whether."""
        clock = self._clock
        if clock is None or not clock.is_awaited:
            return False
        rest = self._rest()
        # Compare two looks: then each process was at rest between them, so all were at once.
        if rest is None or rest != self._rest() or descriptors.readable((self._listener,), 0):
            return False
        clock.pass_time()
        return True

    def _rest(self) -> object:
        """Return the threads of the run and how often each has run; None if one can continue."""
        threads: list[tuple[int, str]] = []
        for pid in descendants(os.getpid(), MOST_PROCESSES + len(self._spared)):
            for tid in proc.numbers(pid, "task") if pid not in self._spared else ():
                # In vfork a process sleeps in state D, like a process that waits for a disk.
                state = proc.state(tid)
                if state == "R":
                    return None
                if state not in _OVER:
                    threads.append((tid, proc.times_scheduled(tid)))
        return tuple(threads)

    def _look(self) -> None:
        """Note whether the run is stuck, and count the time in which it waits."""
        before, self._looked_at = self._looked_at, time.monotonic()
        clock = self._clock
        rest = None if clock is not None and clock.is_awaited else self._rest()
        is_same = rest is not None and rest == self._before
        self._before = rest
        if is_same:
            self._allowance.wait(min(self._looked_at - before, _LOOK_SECONDS))
        may_ring = self._sets_alarms and clock is None
        self.is_stuck = is_same and not may_ring and self._wait_for_others()

    def _check(self) -> None:
        """Raise OutOfTime or RunCutOff if the run exceeds a limit."""
        now = time.monotonic()
        if len(self.output) > MOST_OUTPUT:
            raise OutOfTime
        if now >= self._next_check:
            self._next_check = now + _CHECK_SECONDS
            pids = descendants(os.getpid(), MOST_PROCESSES + len(self._spared))
            below = [pid for pid in pids if pid not in self._spared]
            self._allowance.check(below)
            check_births(len(below))
            check_use(below)

    def _wait_for_others(self) -> bool:
        """Return whether each process is stopped, or in a call that only another can end."""
        is_any = self.has_stopped = False
        for relative in family(os.getpid())[1:]:
            pid = relative.process.pid
            if pid in self._spared or relative.process.state in "ZX":
                continue
            is_any = True
            try:
                process = snapshot(pid)
            except (ProcessLookupError, PermissionError):
                return False
            if process.state == "T":
                self.has_stopped = True
                continue
            call = process.system_call
            if process.state != "S" or call is None:
                return False
            name = NAMES.get(call.number)
            limit = _UNLESS_LIMITED.get(name or "")
            has_no_limit = limit is not None and not call.arguments[limit]
            if name not in _ENDLESS and not has_no_limit:
                return False
        return is_any


def _start(
    free: FreeProgram, workplace: Workplace, ends: tuple[int, int], calls: Sequence[str]
) -> tuple[int, int]:
    """Start a program, with `calls` held.

    Return the pid of its process or session leader, and the listener or -1.

    Raises OutOfTime: its calls cannot be held, or it can no longer be executed.
    """
    ours, theirs = descriptors.own_pair()
    command = command_of(free.program, workplace.directory, *ends)
    changes: list[Change] = [Step("be confined", workplace.confine), NewGroup(), Signals()]
    if workplace.is_private:
        # The kernel then removes the program's System V objects and message queues at its end.
        apart = partial(namespaces.unshare, namespaces.CLONE_NEWIPC)
        changes.insert(0, Step("have its own System V objects", apart))
    last = partial(_hold_calls, calls, theirs) if calls else None
    start = ChildStart(*changes, *command.changes(OnlyDescriptors((theirs,)), last=last))
    pid = start.fork()
    descriptors.close(theirs)
    channel, listener = _socket.socket(fileno=ours), -1
    channel.settimeout(_EXEC_SECONDS)
    try:
        if calls:
            _, sent, _, _ = channel.recvmsg(1, _socket.CMSG_SPACE(_WORD_BYTES))
            if not sent:
                raise OutOfTime
            listener = int.from_bytes(sent[0][2], "little")
            descriptors.set_flags(listener, fcntl.FD_CLOEXEC)
        # The end of the channel is that of the child, or its execve.
        channel.recv(1)
        if start.failure() is not None:
            raise OutOfTime
    except TimeoutError:
        raise OutOfTime from None
    finally:
        channel.close()
    return pid, listener


def _hold_calls(calls: Sequence[str], channel: int) -> None:
    """Install a filter that holds these calls, and send its listener."""
    assembled = seccomp.program(sorted(calls), {}, SHOWS_FILTER, stop=seccomp.HOLD)
    end = _socket.socket(fileno=channel)
    listener = seccomp.install_with_listener(assembled)
    rights = _socket.SOL_SOCKET, _socket.SCM_RIGHTS, listener.to_bytes(_WORD_BYTES, "little")
    end.sendmsg([b"!"], [rights])
    # Leave both descriptors to the exec: a close would be held if the program's are.
    end.detach()


def agrees(native: Native, ending: Ending) -> bool:
    """Return whether a free run may have had an outcome; descendants' statuses are not compared."""
    if native.is_stuck != bool(ending.deadlock):
        return False
    status = dict(ending.statuses).get(FIRST, -1)
    if native.status != status and not native.is_stuck:
        return False
    if not prints(native.output, ending.output, native.pids):
        return False
    files, expected = dict(native.files), dict(ending.files)
    return native.is_stuck or (
        files.keys() == expected.keys()
        and all(prints(files[name], expected[name], native.pids) for name in expected)
    )
