"""The cage runs a real program with every process held right before its next visible operation.

Between two operations a process touches only its own memory, which nobody else can see; so one
step – one operation, and the computation behind it – is as fine as an observer can tell. Names
are symbolic, and everything that could differ from run to run is made the same (addresses, random
bytes, the clock, the directory) or flagged: the same choices lead to the same run.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.explore import signalling, start_up
from simpsh.explore.beginning import before, is_killed_first
from simpsh.explore.cage_ending import end_everybody
from simpsh.explore.caged import BLOCKED, INTERRUPTED, Caged, Result
from simpsh.explore.fingerprints import fingerprint
from simpsh.explore.knowledge import Restart
from simpsh.explore.naming import Naming
from simpsh.explore.operation import Born, Deliver, Dying, Exit, Operation, VforkWait, Write
from simpsh.explore.readiness import choices
from simpsh.explore.releasing import run_freely
from simpsh.explore.run import Run
from simpsh.explore.settling import Settling
from simpsh.explore.stops import Stops
from simpsh.explore.surroundings import Surroundings
from simpsh.explore.who_waits import waiting
from simpsh.kernel import registers
from simpsh.kernel.syscall_table import NUMBERS
from simpsh.record import Record

if TYPE_CHECKING:
    from types import TracebackType

    from simpsh.explore.knowledge import Knowledge

_LARGE = 2048


class Step(Record):
    """What one step did."""

    choice: str
    """A process's name; with `!`, its pending signal went first."""
    operation: Operation
    """Deliver() for a choice with `!`."""
    result: Result
    """What the operation came back with: a number (minus the errno if it failed), the bytes read,
    (child, status word) of a wait that collected, a process's name of GetParent and Forking, what
    was seen of FileLook, INTERRUPTED; None where there is nothing to come back with."""
    signals: tuple[int, ...]
    """The signals that arrived, in order."""
    born: tuple[str, ...]
    """The children made, in order."""


class Cage:
    """A run of the program; leaving it as a context manager ends everybody.

        with Knowledge(program) as knowledge, Cage(knowledge) as cage:
            while choices := cage.enabled():
                cage.step(choices[0])

    The calling process must have no other children while a cage is open, and use it from the
    thread that made it.

    Raises:
        Restart: more operations must be visible than this run showed; everybody is ended.
        NotTraceable: the system lets no process trace its child.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.schedule: list[str] = []
        """The choices so far: a witness that can be replayed."""
        self._choices: list[str] | None = None
        start_up.measure(knowledge, Cage)
        self._known_before = knowledge.so_far()
        self._is_open = True
        self._surroundings = Surroundings()
        try:
            root = knowledge.begin()
            workspace, self._output = knowledge.stage.workspace, knowledge.stage.output
            naming = Naming(knowledge, workspace.directory, self._output.target)
            self._run = Run(knowledge, naming, self._output)
            self._stops = Stops(self._run)
            self._settling = Settling(self._run, self._stops, self._drain)
        except BaseException:
            self._surroundings.put_back()
            raise
        self.processes = self._run.processes
        """By name, in the order of their births; the dead stay."""
        try:
            self._begin(root)
        except BaseException:
            self.close()
            raise

    def _begin(self, root: int) -> None:
        program = self._run.add(root, "P", None)
        program.is_born = program.is_released = True
        start_up.recognize(self._run, program)
        self._stops.go(program)
        self._settle()

    def __enter__(self) -> Cage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def output(self) -> bytes:
        """What the program has written, with pids of this run as `<P.1>`."""
        return self._run.output

    @property
    def living(self) -> list[Caged]:
        """The processes that have not ended."""
        return self._run.living

    def enabled(self) -> list[str]:
        """Return the choices: `P.1` lets it do its operation, `P.1!` its pending signal first."""
        if any(one.state == BLOCKED or one.has_timer for one in self.living):
            # Something may have happened by itself.
            self._settle()
            self._choices = None
        if self._choices is None:
            self._choices = choices(self._run)
        return list(self._choices)

    def step(self, choice: str) -> Step:
        """Let one process do its operation and run to its next.

        Raises:
            ValueError: that is no choice now.
            Restart: see Cage.
        """
        process = self.processes.get(choice.removesuffix("!"))
        if process is None or choice not in self.enabled():
            raise ValueError(f"{choice} cannot go on now")
        self.schedule.append(choice)
        self._choices = None
        operation = process.operation
        assert operation is not None
        process.result, process.taken, process.born = None, (), ()
        if choice.endswith("!"):
            operation = self._deliver(process)
        else:
            self._carry_out(process, operation)
        return Step(choice, operation, process.result, process.taken, process.born)

    def _deliver(self, process: Caged) -> Operation:
        if signalling.SIGKILL in process.pending:
            self._stops.kill(process)
        else:
            registers.repeat_call(process.pid, NUMBERS[process.call])
            process.operation = None
            self._stops.go(process)
        self._settle()
        process.result = None
        return Deliver()

    def _carry_out(self, process: Caged, operation: Operation) -> None:
        while True:
            if is_killed_first(self._run, process, operation):
                self._stops.kill(process)
            else:
                before(self._run, process, operation)
                is_call = not isinstance(operation, Born | Dying | Exit | VforkWait)
                process.under_way = operation if is_call else None
                process.operation = None
                self._stops.go(process)
            self._settle(is_large=isinstance(operation, Write) and len(operation.data) > _LARGE)
            is_repeated = process.result == INTERRUPTED and not process.taken
            if not is_repeated or process.operation != operation:
                return
            # A signal that is ignored broke the call off, only because the process is traced.
            process.result = None

    def _settle(self, *, is_large: bool = False) -> None:
        self._settling.settle(drains_meanwhile=is_large)
        self._drain()
        if self.knowledge.must_restart:
            # What this run was flagged for may look different when more is visible.
            self.knowledge.take_back(self._known_before)
            self.close()
            raise Restart

    def _drain(self) -> None:
        data = self._output.drain()
        if not self._output.is_terminal:
            self._run.output += self._run.naming.printed(data)

    def waiting(self) -> list[tuple[str, str]]:
        """Say of each process that cannot go on what it waits for: name, words."""
        return waiting(self._run)

    def deadlock(self) -> tuple[tuple[str, str], ...]:
        """Return who waits for what if somebody lives and nobody can go on; else nothing."""
        return tuple(self.waiting()) if self.living and not self.enabled() else ()

    def files(self) -> dict[str, bytes]:
        """Return the contents of the files that the program has changed, by their names."""
        found = {}
        for name in sorted(self.knowledge.shared | self._run.touched):
            path = self._run.naming.real(name)
            if not os.path.isfile(path):
                continue  # a directory; or a FIFO, where open waits
            try:
                with open(path, "rb") as file:
                    found[name] = self._run.naming.printed(file.read())
            except OSError:
                continue
        return found

    def name_of(self, target: str) -> str:
        """Return the symbolic name of what /proc shows a descriptor to point to."""
        return self._run.naming.named(target)

    def fingerprint(self, name: str) -> int:
        """Return a hash of a held process's registers, writable memory, and what it holds.

        Two equal ones in one run mean that the process is in the same state: a polling loop.
        """
        return fingerprint(self.processes[name])

    def release(self, seconds: float = 10) -> bytes:
        """Let everybody run freely to the end, by real time; return what they wrote meanwhile.

        Raises:
            TimeoutError: they have not ended after `seconds`; closing the cage will end them.
        """
        written = run_freely(self._run, self._stops, self._output, seconds)
        return self._run.naming.printed(written)

    def close(self) -> None:
        """End and collect everybody."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            end_everybody(self._run, self._stops)
        finally:
            if self._run.was_changed:
                self.knowledge.stage.workspace.is_fresh = False
            self._surroundings.put_back()
