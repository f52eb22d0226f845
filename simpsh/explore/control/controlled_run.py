"""A real program run with every process held right before its next visible operation.

Between two operations a process touches only its own memory, which no other process can see. So a
step is one operation and the computation after it. Names are symbolic, and everything that could
differ from run to run is made the same (addresses, random bytes, the clock, the directory) or
flagged: the same choices lead to the same run. At the end all processes are killed and reaped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Self

from simpsh.base.process_names import FIRST, birth_path
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCHLD, SIGKILL
from simpsh.explore.control import interpreter_startup
from simpsh.explore.control.call_filter import filter_of
from simpsh.explore.control.handlers import kept_away
from simpsh.explore.control.held_process import AT, DEAD, HeldProcess
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.control.remembered_state import digest_of
from simpsh.explore.control.run_state import RunState, ends_of
from simpsh.explore.control.shared_memory import make_access, make_futex, second_half, sleep_after
from simpsh.explore.control.tracee_stops import TraceeStops
from simpsh.explore.flags import TOO_MUCH_WRITTEN
from simpsh.explore.objects.code_place import CodePlace
from simpsh.explore.objects.file_operations import LISTINGS, FileLook, OpenFifo
from simpsh.explore.objects.held_call import HeldCall
from simpsh.explore.objects.kernel_state import (
    EMPTY,
    INTERRUPTED,
    DependsOn,
    HistoryEdge,
    HistoryNode,
    Kernel,
    Key,
    Operation,
    ProcessView,
    State,
)
from simpsh.explore.objects.memory_operations import MemoryOperation, ProgramAccess
from simpsh.explore.objects.pipe_operations import Write
from simpsh.explore.objects.process_operations import Born, Exit, OwnCode, VforkWait
from simpsh.explore.objects.process_state import Result
from simpsh.explore.objects.program_model import Automata, Model
from simpsh.explore.objects.signal_operations import RANG, Deliver, Rings
from simpsh.explore.objects.stuck_process import StuckProcess
from simpsh.explore.objects.symbolic_names import (
    RINGS,
    SIGNALS_FIRST,
    Channel,
    File,
    HeldEnd,
    LaterFile,
    mark_of,
    process_of,
)
from simpsh.explore.workplace.run_limits import MOST_FILE, OutOfTime, RunCutOff, check_output
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.processes import (
    is_child_subreaper,
    sched_getaffinity,
    sched_setaffinity,
    set_child_subreaper,
)
from simpsh.kernel.signals import SIG_BLOCK, SIG_SETMASK, sigprocmask
from simpsh.process import proc
from simpsh.process.process_tree import own_children

_LARGE = 2048


class MadeStep(Record):
    """The effects of one step."""

    choice: str
    """A process's name; with `!`, its pending signal arrives before its operation."""
    operation: Operation
    """Deliver() for a choice with `!`."""
    result: Result
    """The result of the operation: a number (minus the errno if it failed), the text read, the
    child and status word of a wait, a process's name for GetParent and Forking, the facts that a
    FileLook saw, or INTERRUPTED; None for an operation without a result."""
    signals: tuple[int, ...]
    """The signals that arrived, in order."""
    born: tuple[str, ...]
    """The new processes, in order."""


class ControlledRun:
    """A run of the program; leaving the context manager ends all processes.

        with Knowledge(program) as knowledge, ControlledRun(knowledge) as run:
            while choices := run.list_choices():
                run.step(choices[0])

    While the run is open, the calling process must have no other children. Only the thread that
    made the run may use it.

    Raises:
        Restart: more operations must be visible than in this run; all processes are ended.
        RunCutOff: the run exceeded a limit; all processes are ended.
        NotTraceable: the system does not permit a process to trace its child.
    """

    def __init__(self, knowledge: Knowledge, model: Model | None = None) -> None:
        """Start the program; the default `model` has the kernel's rules and no history."""
        self.knowledge = knowledge
        self.state: State = EMPTY
        """The kernel's state and the processes' operations, by the rules; see RunState.kernel."""
        self.schedule: list[str] = []
        """The choices so far: a witness that can be replayed."""
        self._choices: list[str] | None = None
        self.model = model or Model(automata_of(knowledge))
        knowledge.is_timed = self.model.is_timed
        self._known_before = knowledge.so_far()
        self._is_open = True
        processors = os.sched_getaffinity(0)
        self._surroundings = _prepare()
        try:
            is_starting = bool(knowledge.script)
            root = knowledge.begin(filter_of(knowledge, is_starting=is_starting))
            self._other_children = own_children() - {root}
            self._run = RunState(knowledge)
            self._run.processors = processors
            self._stops = TraceeStops(self._run)
        except BaseException:
            self._surroundings.close()
            raise
        self.processes = self._run.processes
        """All processes by name, in the order of their births, including the dead."""
        try:
            program = self._run.add(root, FIRST, None)
            program.life.is_released = True
            self._run.look_at_ends(program)
            program.image.is_starting = is_starting
            interpreter_startup.recognize(knowledge, program)
            self._go_on(program)
            self.enter(self.model.begin(self._roots()))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- choices and steps

    def list_choices(self) -> list[str]:
        """Return the choices: `P1` makes its operation, `P1!` delivers its pending signal first."""
        if self._choices is None:
            births = {name: number for number, name in enumerate(self.processes)}
            choices = self.model.list_choices(self.state)
            self._choices = sorted(choices, key=lambda choice: births[process_of(choice)])
        return list(self._choices)

    def step(self, choice: str) -> MadeStep:
        """Make one process's operation, and run the process to its next one.

        Raises ValueError: `choice` is not possible now. Restart, RunCutOff: see ControlledRun.
        """
        process = self.processes.get(process_of(choice))
        if process is None or choice not in self.list_choices():
            raise ValueError(f"{choice} cannot continue now")
        self.schedule.append(choice)
        if mark_of(choice) == RINGS:
            self._run.wait_until(self._run.alarms.get(process.name, 0))
            self.enter(self.model.after(self.state, choice, RANG)[2])
            return MadeStep(choice, Rings(), None, (), ())
        is_first = mark_of(choice) == SIGNALS_FIRST
        node, key = self.model.node_and_key(self.state, process.name, signals_first=is_first)
        process.begin_step(key[0])
        operation: Operation = Deliver() if is_first else node.operation
        if is_first:
            self._deliver(process)
        else:
            self._make(process, operation)
        kernel = self._run.kernel
        born = tuple(each.name for each in self.living if each.name not in kernel.procs)
        made = MadeStep(choice, operation, process.result, process.taken, born)
        edge = self._edge(node, key, made)
        if process.state == DEAD and not isinstance(node.operation, Exit):
            kernel.end(process.name, process.status or 0)
            self.enter(kernel.pack())
        else:
            self.enter(self.model.after(self.state, choice, edge)[2])
        return made

    def enter(self, state: State) -> None:
        """Make `state` the current state, and send the signals that are pending in it.

        A signal that a process has sent to itself is already pending, and is not sent again.
        """
        before = {name: pending for name, (_, pending) in self.state[0]}
        self.state, self._choices = state, None
        self._run.kernel = Kernel(state, self.model.learned)
        for name, (_, pending) in state[0]:
            process = self.processes[name]
            process.signals.pending = pending
            for signal in pending:
                if signal != SIGKILL and signal not in before.get(name, ()):
                    with suppress(ProcessLookupError):
                        os.kill(process.pid, signal)

    def _roots(self) -> Sequence[HistoryNode]:
        """Return the node at which each living process begins in the model."""
        return [self._node(each.name) for each in self.living]

    def _node(self, name: str) -> HistoryNode:
        view = self.view_of(self.processes[name])
        return HistoryNode(name, 0, view, view.operation)

    def _edge(self, node: HistoryNode, key: Key, made: MadeStep) -> HistoryEdge:
        """Return a step for the model; a step without a result gets the predicted result."""
        is_predicted = made.result is None and not isinstance(key[0], DependsOn)
        edge = HistoryEdge(0, key[0] if is_predicted else made.result, made.signals)
        edge.children = tuple(map(self._node, made.born))
        edge.target = self._node(node.name) if self.processes[node.name].state != DEAD else None
        return edge

    def _deliver(self, process: HeldProcess) -> None:
        if SIGKILL in process.signals.pending:  # it is not really sent
            self._stops.kill(process)
            self._quiesce()
        else:
            is_in_own_code = isinstance(process.operation, ProgramAccess | OwnCode)
            self._go_on(process, repeats=not is_in_own_code)
        process.give(None)

    def _make(self, process: HeldProcess, operation: Operation) -> None:
        stop = HeldCall(self._run, process)
        if isinstance(operation, MemoryOperation):
            self._use_memory(process, operation)
        elif isinstance(operation, OpenFifo) and operation.lacks_partner(self._run.kernel, stop):
            with operation.not_waiting(stop):
                self._make_call(process, operation, stop)
        else:
            self._make_call(process, operation, stop)

    def _make_call(self, process: HeldProcess, operation: Operation, stop: HeldCall) -> None:
        call = call_before(process)
        is_listing = isinstance(operation, FileLook) and operation.call in LISTINGS
        if is_listing and not process.signals.pending:
            # In a traced process even an ignored signal would cut the list short.
            self._go_on(process, repeats=True)
        while True:
            if self._is_killed_first(process, operation):
                self._stops.kill(process)
            elif then := operation.then(self._run.kernel, stop):
                process.operation = then
                return
            else:
                operation.prepare(self._run.kernel, stop)
                makes_none = not operation.makes_call or process.life.dying_of
                process.under_way = None if makes_none else operation
                process.operation = None
                self._stops.make_call(process, call)
            self._quiesce(is_large=isinstance(operation, Write) and len(operation.data) > _LARGE)
            is_repeated = process.result == INTERRUPTED and not process.taken
            if not is_repeated or process.operation != operation:
                return
            # In a traced process even an ignored signal interrupts the call.
            process.give(None)

    def _is_killed_first(self, process: HeldProcess, operation: Operation) -> bool:
        """Return whether a pending SIGKILL ends the process before its operation.

        If it does, the operation is interrupted, unless it is a birth or a wait for a vfork child.
        """
        if SIGKILL not in process.signals.pending or operation.withstands_kill:
            return False
        if operation.is_ready(self._run.kernel, process.name) and not operation.yields_to_kill:
            return False
        if not isinstance(operation, Born | VforkWait):
            process.give(INTERRUPTED)
        return True

    def _use_memory(self, process: HeldProcess, operation: MemoryOperation) -> None:
        """Make a step in shared memory; the process may still be in the same call afterwards."""
        if isinstance(operation, ProgramAccess):
            process.give(make_access(self._run, process, operation))
            then = second_half(process, operation)
        elif process.prediction == INTERRUPTED:
            process.give(INTERRUPTED)
            self._deliver(process)
            process.give(INTERRUPTED)
            return
        else:
            process.give(make_futex(process, operation))
            then = sleep_after(operation, process.result)
        if then is not None:
            self._stops.arrive(process, then)
            return
        self._stops.go_on(process)
        self._quiesce()

    def _go_on(self, process: HeldProcess, *, repeats: bool = False) -> None:
        """Run a process to its next operation; if it `repeats` its call, to this operation."""
        if repeats:
            registers.repeat_call(process.pid, process.system_call.number)
        process.operation = None
        self._stops.go(process)
        self._quiesce()

    def _quiesce(self, *, is_large: bool = False) -> None:
        try:
            self._stops.quiesce(drains_meanwhile=is_large)
            self._run.drain()
            check_output(len(self._run.output))
        except RunCutOff as error:
            if not isinstance(error, OutOfTime):
                self._run.flag(error.flag)
            self._run.drain()
            self.close()
            raise
        if self.knowledge.must_restart:
            # The flags of this run may differ when more operations are visible.
            self.knowledge.take_back(self._known_before)
            self.close()
            raise Restart

    # -- looking at processes and files

    @property
    def output(self) -> bytes:
        """The program's output, with marks for this run's pids."""
        return self._run.output

    @property
    def kernel(self) -> Kernel:
        """The kernel's state by the rules."""
        return self._run.kernel

    @property
    def living(self) -> list[HeldProcess]:
        """The processes that have not ended."""
        return self._run.living

    def blocking_reason(self, process: HeldProcess) -> str:
        """Return what a blocked process waits for, as a clause; empty if not known."""
        kernel, operation = self._run.kernel, process.operation
        if operation is None:
            return ""
        awaited = [*operation.awaited(kernel, process.name)]
        return operation.reason(process.name, awaited, self.knowledge.naming)

    def view_of(self, process: HeldProcess) -> ProcessView:
        """Return the visible properties of a held process."""
        operation, signals = process.operation, process.signals
        if operation is None:
            raise ValueError(f"{process.name} is not held")
        # A signal that kills may find a handler's mask or not; a process that ends gets no other.
        return ProcessView(
            operation,
            process.files.ends,
            signals.caught,
            signals.ignored,
            frozenset() if operation.is_end else signals.blocked,
            is_released=process.life.is_released,
            has_executed=process.life.has_executed,
            child_flags=signals.child_flags,
            kept_away=frozenset() if operation.is_end else kept_away(process),
        )

    def deadlock(self) -> tuple[StuckProcess, ...]:
        """Return each living process with the facts of its wait; empty if one can continue."""
        if not self.living or self.list_choices():
            return ()
        # The order of births differs between runs; a deadlock must read the same in all of them.
        living = sorted(self.living, key=lambda process: birth_path(process.name))
        return tuple(
            StuckProcess.blocked(process.name, process.operation, self._run.kernel)
            for process in living
            if process.operation is not None
        )

    def files(self) -> dict[File, bytes]:
        """Return the contents of the files that the program has changed, by name."""
        contents = dict[File, bytes]()
        changed = self.knowledge.shared | self._run.touched.keys()
        for name in sorted(name for name in changed if isinstance(name, File)):
            if isinstance(name, LaterFile):
                continue  # its contents are found by its name
            path = self._run.names.real(name)
            if not os.path.isfile(path):
                continue  # a directory; or a FIFO, whose open would block
            if os.path.getsize(path) > MOST_FILE:
                raise RunCutOff(TOO_MUCH_WRITTEN)
            with suppress(OSError), open(path, "rb") as file:
                contents[name] = self._run.names.output_text(file.read())
        return contents

    def place(self, process: HeldProcess) -> CodePlace:
        """Return the line of a held process's operation, and the lines that led there."""
        return self._run.lines.place(process) if process.state == AT else CodePlace()

    def may_come(self, process: HeldProcess) -> frozenset[int]:
        """Return the signals whose handlers may run in a held process, if they are not blocked."""
        return self._run.may_come(process)

    def digest_of(self, process: HeldProcess) -> bytes | None:
        """Return a digest of all that a held process can still know; None if that is impossible."""
        run = self._run
        if not self.knowledge.are_pids_fixed:
            return None
        children = [each.name for each in run.children_of(process.name)]
        digest = digest_of(process, self.knowledge.pages, len(children), run.names.at)
        if digest is not None and SIGCHLD in run.may_come(process):
            # The children that are left determine whether SIGCHLD can still come.
            left = [name for name in children if not run.is_gone(name, process)]
            digest += repr(left).encode()
        return digest

    def end_at(self, process: HeldProcess, number: int) -> HeldEnd | None:
        """Return the pipe or FIFO of a descriptor, with its end; None if it is something else."""
        name = self._run.names.object_of(process, number)
        ends = ends_of(process, number) if isinstance(name, Channel) else ()
        return (name, ends[0]) if isinstance(name, Channel) and ends else None

    # -- its end

    def close(self) -> None:
        """Kill and reap all processes."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._end_all()
        finally:
            if self._run.touched or self.knowledge.setup.workspace.is_private:
                self.knowledge.setup.workspace.is_fresh = False
            self._surroundings.close()

    def _end_all(self) -> None:
        """Kill and reap all processes of the run, but not the other children of this process."""
        run = self._run
        left = {process.pid for process in run.living} | set(self._stops.early)
        are_held = not any(process.is_running for process in run.living)
        self._collect(left)
        # If the run was broken off, a process that was just being born is now an unknown orphan.
        while not are_held and (strays := own_children() - self._other_children):
            self._collect(strays)
        for process in run.processes.values():
            # It may be a zombie whose parent died without waiting for it.
            with suppress(ChildProcessError):
                ptrace.next_status(process.pid, is_patient=False)

    def _collect(self, left: set[int]) -> None:
        """Kill and reap the processes `left`, and children of theirs that appear meanwhile."""
        for pid in left:
            _kill(pid)
        with suppress(ChildProcessError):
            while left and (status := ptrace.next_status()) is not None:
                if not os.WIFSTOPPED(status.word):
                    left.discard(status.pid)
                    continue
                # A child that was being made when its parent was killed is not known yet.
                if status.pid not in self._run.names.by_pid:
                    left.add(status.pid)
                _kill(status.pid)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, SIGKILL)
        # SIGKILL does not release a process that is held at its exit event.
        ptrace.cont(pid)


def automata_of(knowledge: Knowledge) -> Automata:
    """Return empty automata for a program."""
    learned = Automata()
    learned.callers = knowledge.callers
    return learned


def call_before(process: HeldProcess) -> str:
    """Return the system call that a process is about to make; empty if it is not at a call."""
    operation = process.operation
    is_before = operation is not None and operation.is_at_call and not process.life.dying_of
    return process.call if is_before else ""


def _prepare() -> ExitStack:
    """Prepare the explorer's own process for a run; closing the returned stack undoes that."""
    undo = ExitStack()
    # Every stop sends SIGCHLD, which sigtimedwait takes.
    undo.callback(sigprocmask, SIG_SETMASK, sigprocmask(SIG_BLOCK, (SIGCHLD,)))
    # The explorer adopts orphans, so that it can reap them at a fixed moment.
    undo.callback(set_child_subreaper, is_child_subreaper())
    set_child_subreaper(True)
    # Only one process runs at a time, so pin all of them to our processor: wake-ups are fastest
    # there, and the kernel has chosen an idle one for us.
    processors = sched_getaffinity()
    # If seccomp refuses sched_setaffinity, the run is only slower.
    with suppress(OSError):
        sched_setaffinity(0, (proc.processor("self"),))
        undo.callback(sched_setaffinity, 0, processors)
    return undo
