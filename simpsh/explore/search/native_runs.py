"""Free runs: run the program untraced many times and count how often each outcome occurs.

A separate process makes the runs. It adopts orphans, and receives signals that the program sends to
its parent.
"""

from __future__ import annotations

import _socket
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from functools import partial

from simpsh.base.process_names import FIRST
from simpsh.base.record import Record
from simpsh.base.wait_status import encode
from simpsh.explore.control.explored_program import ExploredProgram
from simpsh.explore.control.program_start import block_ending_signals, command_of, output_ends
from simpsh.explore.flags import MOST_PROCESSES
from simpsh.explore.objects.symbolic_names import File, OwnFile
from simpsh.explore.search.free_output import FIRST_PID, outside_pids, prints, without_adopter
from simpsh.explore.search.outcome_automaton import Ending
from simpsh.explore.search.skipped_time import TIMED_CALLS, SkippedTime
from simpsh.explore.workplace.private_world import begin_pids
from simpsh.explore.workplace.run_limits import (
    MOST_OUTPUT,
    ClockLimit,
    OutOfTime,
    RunCutOff,
    check_births,
    check_use,
    spent_seconds,
)
from simpsh.explore.workplace.workspace import RunInput, Workplace, workplace_of
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
from simpsh.process.process_tree import descendants, own_children
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
    skips_time: bool = False
    """Whether its sleeps and alarms took no time."""
    outside: bytes = b"1"
    """A pattern of the pids of processes outside that it may have printed."""


class FreeProgram(Record):
    """A program, and the conditions of its free runs."""

    program: ExploredProgram
    sets_alarms: bool = False
    """Whether a run continues even if all its processes sleep."""
    may_skip_time: bool = False
    """Whether sleeps and alarms may take no time, if too few runs end in real time."""
    names: tuple[File, ...] = ()
    """The files whose contents at the end are part of the result."""


def native_runs(
    free: FreeProgram, count: int, seconds: float, on_run: Callable[[int], object] = lambda _: None
) -> tuple[Native, ...]:
    """Run a program freely many times, and return the results.

    `on_run` is called with the number of runs so far, after each of them.

    Each run begins with fresh files. `seconds` is for processor time, and for time in which all
    processes of a run wait. It is extended until ENOUGH_RUNS have ended. If fewer end in real time,
    further runs may skip their sleeps, in the same time again.
    """
    runs = list[Native]()
    with Subreaper(deadline_seconds=0.0):
        worker = Worker(partial(_serve, free, count, seconds), tidy_up=collect_all)
        try:
            # If the worker is killed, the runs that it has sent count.
            while (received := worker.channel.receive()) is not None:
                if isinstance(received, Native):
                    runs.append(received)
                    on_run(len(runs))
        except BaseException:
            worker.end(at_once=True)
            raise
        worker.end()
    return tuple(runs)


def _serve(free: FreeProgram, count: int, seconds: float, channel: Channel) -> None:
    """Send the result of each run."""
    workplace, over = workplace_of(free.program.directory), 0
    with closing(workplace), Subreaper(deadline_seconds=0.0) as below:
        for skips_time in (False, True) if free.may_skip_time else (False,):
            if over >= ENOUGH_RUNS:
                return
            allowance = Allowance(seconds)
            with suppress(RunCutOff):  # the time is over, or a run is too large
                stuck = made = 0
                while made < count and stuck < _MOST_STUCK:
                    if made >= ENOUGH_RUNS and allowance.is_used:
                        break
                    native = _run_once(free, workplace, allowance, skips_time=skips_time)
                    if native.is_stuck:
                        below.end()
                    made, stuck = made + 1, stuck + native.is_stuck
                    channel.send(native)
                    allowance.clock_limit.note_progress()
            over += made
            below.end()


def _run_once(
    free: FreeProgram, workplace: Workplace, allowance: Allowance, *, skips_time: bool
) -> Native:
    """Run a program once, with fresh files; raises RunCutOff."""
    workplace.is_fresh = False
    workplace.refresh()
    directory, files = workplace.directory, []
    run_input = RunInput(free.program.input)
    run_input.renew()
    try:
        run = FreeRun(free, workplace, run_input.descriptor, allowance, skips_time=skips_time)
    finally:
        run_input.close()
    for name in free.names:
        path = os.path.join(directory, name.path) if isinstance(name, OwnFile) else name.path
        with suppress(OSError), open(path, "rb") as file:
            files.append((name, file.read()))
    return Native(run.output, run.status, tuple(files), run.is_stuck, skips_time, outside_pids())


_CHECK_SECONDS, _MOMENT_SECONDS = 0.01, 0.0005
_LOOK_SECONDS = 0.03
"""The time between two looks. On a busy machine more passes, which does not count."""
_OVER = ("", "Z", "X")
_BLOCK = 65536
_WORD_BYTES = 4
_EXEC_SECONDS = 10.0
_ENDLESS = frozenset(
    ("read", "write", "wait4", "waitid", "pause", "rt_sigsuspend", "flock", "openat")
)
"""Calls that only another process can end."""
_FUTEX, _LIMIT_OF_FUTEX = "futex", 3
"""Another call of this kind, unless the argument with this index sets a limit."""


class Allowance:
    """The time of a series of runs: their processor time, and the time in which all of them wait.

    Time in which a process could run but other programs have the processors does not count. There
    is a limit by the clock, but only against hangs.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds, self._began = seconds, spent_seconds()
        self.clock_limit = ClockLimit(seconds)

    @property
    def is_used(self) -> bool:
        """Whether ended runs have used the time that was asked for."""
        return spent_seconds() - self._began > self._seconds

    def wait(self, seconds: float) -> None:
        """Count seconds in which no process of a run could continue."""
        self._began -= seconds

    def check(self, living: Iterable[int]) -> None:
        """Raise OutOfTime if the time is over; `living` are the pids of the current run."""
        used = spent_seconds() - self._began + sum(map(proc.cpu_seconds, living))
        if used > _FOR_ENOUGH * self._seconds or self.clock_limit.is_over:
            raise OutOfTime


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
        self._allowance, self._sets_alarms = allowance, free.sets_alarms
        self._before: object = None
        self._next_check = self._looked_at = time.monotonic()
        self.is_stuck = False
        """Whether no process could make progress; the caller must end the processes."""
        self.status = -1
        """The first process's status word; -1 if the run is stuck."""
        self.output = b""
        ours, theirs = output_ends(is_terminal=free.program.has_terminal)
        begin_pids(FIRST_PID)
        with block_ending_signals():
            calls = TIMED_CALLS if skips_time else ()
            pid, self._listener = _start(free, workplace, (source, theirs), calls)
        self._clock = SkippedTime(self._listener) if skips_time else None
        descriptors.close(theirs)
        try:
            self._follow(pid, ours)
        finally:
            if self._listener >= 0:
                descriptors.close(self._listener)
        self.output = without_adopter(self.output)

    def _follow(self, pid: int, ours: int) -> None:
        try:
            # Read until no process is left that could write.
            while self._awaits(ours):
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
                if self._awaits(process.fileno()) and (ended := waitpid(child)) is not None:
                    self.status = encode(ended[1]) if child == pid else self.status

    def _awaits(self, descriptor: int) -> bool:
        """Wait until `descriptor` is readable; return False if all processes are stuck."""
        awaited = (descriptor,) if self._listener < 0 else (descriptor, self._listener)
        while not self.is_stuck:
            self._check()
            if descriptor in descriptors.readable(awaited, self._patience()):
                return True
            if time.monotonic() >= self._looked_at + _LOOK_SECONDS:
                self._look()
        return False

    def _check(self) -> None:
        """Raise OutOfTime or RunCutOff if the run exceeds a limit."""
        now = time.monotonic()
        if len(self.output) > MOST_OUTPUT:
            raise OutOfTime
        if now >= self._next_check:
            self._next_check = now + _CHECK_SECONDS
            below = self._living()
            self._allowance.check(below)
            check_births(len(below))
            check_use(below)

    def _patience(self) -> float:
        """Return how long to wait; first let time pass if each process waits and one for a time."""
        clock = self._clock
        if clock is None:
            return _CHECK_SECONDS
        clock.take_calls()
        if not clock.is_awaited:
            return _CHECK_SECONDS
        rest = self._rest()
        # Compare two looks: then each process was at rest between them, so all were at once.
        if rest is None or rest != self._rest() or descriptors.readable((self._listener,), 0):
            return _MOMENT_SECONDS
        clock.pass_time()
        return 0

    def _living(self) -> list[int]:
        pids = descendants(os.getpid(), MOST_PROCESSES + len(self._spared))
        return [pid for pid in pids if pid not in self._spared]

    def _rest(self) -> object:
        """Return the threads of the run and how often each has run; None if one can continue."""
        threads: list[tuple[int, str]] = []
        for pid in self._living():
            for tid in proc.numbers(pid, "task"):
                # In vfork a process sleeps in state D, like a process that waits for a disk.
                state = proc.state(tid)
                if state == "R":
                    return None
                if state not in _OVER:
                    threads.append((tid, proc.times_scheduled(tid)))
        return tuple(threads)

    def _look(self) -> None:
        """Note whether the run is stuck, and count the time in which it waits."""
        self._looked_at = time.monotonic()
        if self._clock is not None and self._clock.is_awaited:
            self._before = None
            return
        before, self._before = self._before, self._rest()
        if before is None or before != self._before:
            return
        self._allowance.wait(_LOOK_SECONDS)
        may_ring = self._sets_alarms and self._clock is None
        living = [pid for pid in self._living() if proc.state(pid) not in _OVER]
        self.is_stuck = bool(living) and not may_ring and all(map(_waits_for_others, living))


def _waits_for_others(pid: int) -> bool:
    """Return whether a process is in a call that only another process can end."""
    try:
        process = snapshot(pid)
    except (ProcessLookupError, PermissionError):
        return False
    call = process.system_call
    if process.state != "S" or call is None:
        return False
    name = NAMES.get(call.number)
    return name in _ENDLESS or (name == _FUTEX and not call.arguments[_LIMIT_OF_FUTEX])


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
    assembled = seccomp.program(sorted(calls), {}, {}, stop=seccomp.HOLD)
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
    if not prints(native.output, ending.output, native.outside):
        return False
    files, expected = dict(native.files), dict(ending.files)
    return native.is_stuck or (
        files.keys() == expected.keys()
        and all(prints(files[name], expected[name], native.outside) for name in expected)
    )
