"""How often does it really happen? The program is run as it is, again and again, and is counted.

A process of its own does that: it adopts what the program leaves behind, and would be the one hit
if the program signalled its parent. A free run's pids are numbers, an outcome's are names; it may
have had an outcome if they can be matched.
"""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import cache

from simpsh.base.process_names import FIRST, PATTERN
from simpsh.base.record import Record
from simpsh.base.wait_status import encode
from simpsh.explore.control.explored_program import ExploredProgram
from simpsh.explore.control.program_knowledge import command_of, output_ends, undisturbed
from simpsh.explore.control.run_state import at_home
from simpsh.explore.search.outcome_automaton import Ending
from simpsh.explore.workplace.run_limits import (
    MOST_OUTPUT,
    MOST_PROCESSES,
    OutOfTime,
    RunCutOff,
    check_births,
    check_use,
)
from simpsh.explore.workplace.workspace import RunInput, Workspace
from simpsh.kernel import descriptors
from simpsh.kernel.machine.syscall_table import NAMES
from simpsh.kernel.processes import chdir, posix_spawn
from simpsh.kernel.program_execution import locate, search_path
from simpsh.kernel.signals import CATCHABLE
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.pidfd import PidFd
from simpsh.process.process_snapshot import snapshot
from simpsh.process.process_tree import descendants, family, own_children
from simpsh.process.subreaper import Subreaper, collect_all
from simpsh.process.worker import Channel, Worker

_MOST_STUCK = 3
"""It takes a while to see that no process makes progress any more."""


class Native(Record):
    """What one free run of the program came to."""

    output: bytes
    status: int
    """The first process's status word; -1 if it did not end."""
    files: tuple[tuple[str, bytes], ...] = ()
    is_stuck: bool = False
    """Whether it was ended because no process made progress any more."""


def native_runs(
    program: ExploredProgram, count: int, seconds: float, names: Sequence[str] = ()
) -> tuple[Native, ...]:
    """Run a program freely, again and again, and return what the runs came to.

    Each run gets a fresh copy of its directory; of the files named there, the contents are told. A
    run that is not over when the seconds are does not count.
    """

    def serve(channel: Channel) -> None:
        stuck = 0
        with (
            closing(Workspace(program.directory, is_copied=program.is_copied)) as workspace,
            Subreaper(deadline_seconds=0.0) as below,
        ):
            deadline = time.monotonic() + seconds
            here = workspace.directory
            for _ in range(count):
                if time.monotonic() > deadline or stuck == _MOST_STUCK:
                    return
                workspace.is_fresh = False
                workspace.refresh()
                given = RunInput(program.input, program.directory, here)
                given.renew()
                try:
                    run = FreeRun(program, here, given.descriptor, deadline)
                except RunCutOff:
                    return
                finally:
                    given.close()
                if run.is_stuck:
                    stuck += 1
                    below.end()
                files = []
                for name in names:
                    with suppress(OSError), open(os.path.join(here, name), "rb") as file:
                        files.append((name, at_home(file.read(), here, program.directory)))
                output = at_home(run.output, here, program.directory)
                channel.send(Native(output, run.status, tuple(files), run.is_stuck))

    runs: list[Native] = []
    with Subreaper(deadline_seconds=0.0):
        worker = Worker(serve, tidy_up=collect_all)
        try:
            # If it is killed, the runs count that it has told of.
            while isinstance(native := worker.channel.receive(), Native):
                runs.append(native)
        except BaseException:
            worker.end(at_once=True)
            raise
        worker.end()
    return tuple(runs)


_LOOK_MILLISECONDS = 100
_CHECK_MILLISECONDS = 10
_BLOCK = 65536
_ENDLESS = frozenset(
    "read write wait4 waitid pause rt_sigsuspend flock fcntl futex openat".split()  # noqa: SIM905
)
"""Calls that only another process ends."""


class FreeRun:
    """A run, by a subreaper whose other children are spared."""

    def __init__(
        self, program: ExploredProgram, directory: str, given: int, deadline: float
    ) -> None:
        """Run a program to its end.

        Raises:
            RunCutOff: it has not ended by the deadline, or went beyond what a run may use; its
                processes are left to the caller.
        """
        self._spared = own_children()
        self._deadline = deadline
        self._before: object = None
        self._next_check = time.monotonic()
        self.is_stuck = False
        """Whether it was given up, since no process made progress any more; they are left."""
        self.status = -1
        """The first process's status word; -1 if it is stuck."""
        self.output = b""
        ours, theirs = output_ends(is_terminal=program.has_terminal)
        with undisturbed():
            pid = _spawn(program, directory, (given, theirs))
        descriptors.close(theirs)
        try:
            # Read until no process is left that could write.
            while not self.is_stuck and self._awaits(ours):
                # A terminal whose other side is closed fails.
                with suppress(OSError):
                    piece = descriptors.read(ours, _BLOCK)
                    self.output += piece
                    if piece:
                        continue
                break
        finally:
            descriptors.close(ours)
        # The first process, and the orphans that the program leaves.
        while not self.is_stuck and (left := own_children() - self._spared):
            child = pid if pid in left else min(left)
            with PidFd.open(child) as process:
                self._awaits(process)
            if not self.is_stuck:
                ended = waitpid(child)
                if child == pid and ended is not None:
                    self.status = encode(ended[1])

    def _awaits(self, source: int | PidFd) -> bool:
        """Return whether there is something to read, or an end; not if all processes are stuck."""
        poll = select.poll()
        poll.register(source, select.POLLIN)
        while not self.is_stuck:
            for _ in range(_LOOK_MILLISECONDS // _CHECK_MILLISECONDS):
                self._check()
                if poll.poll(_CHECK_MILLISECONDS):
                    return True
            # Nothing came for a while.
            now = self._sleepers()
            self.is_stuck = now is not None and now == self._before
            self._before = now
        return False

    def _check(self) -> None:
        """Raise OutOfTime where the run takes longer, or more, than it may."""
        now = time.monotonic()
        if now > self._deadline or len(self.output) > MOST_OUTPUT:
            raise OutOfTime
        if now >= self._next_check:
            self._next_check = now + _CHECK_MILLISECONDS / 1000
            pids = descendants(os.getpid(), MOST_PROCESSES + len(self._spared))
            below = [pid for pid in pids if pid not in self._spared]
            check_births(len(below), 0)
            check_use(below)

    def _sleepers(self) -> object:
        """Return who sleeps in which call, if all do, each in one that only another can end."""
        sleepers: list[tuple[int, object]] = []
        for relative in family(os.getpid())[1:]:
            pid = relative.process.pid
            if pid in self._spared or relative.process.state in "ZX":
                continue
            try:
                process = snapshot(pid)
            except (ProcessLookupError, PermissionError):
                return None
            if process.state == "T":
                sleepers.append((pid, "stopped"))
                continue
            call = process.system_call
            if process.state != "S" or call is None:
                return None
            if NAMES.get(call.number) not in _ENDLESS:
                return None
            sleepers.append((pid, call))
        return tuple(sleepers) or None


def _spawn(program: ExploredProgram, directory: str, ends: tuple[int, int]) -> int:
    """Return the pid of the program's process; it is no copy of this one, which would take longer.

    Raises:
        OutOfTime: it cannot be executed any more.
    """
    command = command_of(program, directory, *ends)
    environment = dict(command.environment or os.environ)
    actions = [(os.POSIX_SPAWN_DUP2, ours, theirs) for theirs, ours in command.descriptors]
    try:
        chdir(directory)
        file, error = locate(command.argv[0], search_path(environment))
        if error:
            raise OutOfTime
        return posix_spawn(
            file,
            command.argv,
            environment,
            file_actions=actions,
            group=0,
            mask=(),
            defaults=CATCHABLE,
        )
    except (OSError, ValueError):
        raise OutOfTime from None


_NAME = re.compile(rb"<(%s)>" % PATTERN.encode())


def agrees(native: Native, ending: Ending) -> bool:
    """Return whether a free run may have had an outcome; statuses of descendants are not known."""
    if native.is_stuck != bool(ending.deadlock):
        return False
    status = dict(ending.statuses).get(FIRST, -1)
    if native.status != status and not native.is_stuck:
        return False
    if not prints(native.output, ending.output):
        return False
    there, expected = dict(native.files), dict(ending.files)
    return native.is_stuck or (
        there.keys() == expected.keys()
        and all(prints(there[name], expected[name]) for name in expected)
    )


def prints(output: bytes, symbolic: bytes) -> bool:
    """Return whether bytes are an output in which pids are shown by their processes' names.

    >>> prints(b"7 8 7", b"<P0> <P1> <P0>"), prints(b"7 8 8", b"<P0> <P1> <P0>")
    (True, False)
    """
    if b"<P" not in symbolic:
        return output == symbolic
    return _pattern(symbolic).fullmatch(output) is not None


@cache
def _pattern(symbolic: bytes) -> re.Pattern[bytes]:
    seen: dict[bytes, int] = {}
    pattern, end = b"", 0
    for match in _NAME.finditer(symbolic):
        pattern += re.escape(symbolic[end : match.start()])
        name = match[1]
        if name in seen:
            pattern += b"(?P=p%d)" % seen[name]
        else:
            seen[name] = len(seen) + 1
            pattern += b"(?P<p%d>[0-9]+)" % seen[name]
        end = match.end()
    return re.compile(pattern + re.escape(symbolic[end:]), re.DOTALL)
