"""Every stop of a caged process is answered: it is held at an operation, or runs on.

Only one process is chosen at a time, but several may be on their way at once: a child that begins
beside its parent, somebody killed. They touch nothing of each other's before they are held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import (
    calls_of_bytes,
    calls_of_files,
    calls_of_processes,
    calls_of_the_rest,
    detour,
    signalling,
    start_up,
)
from simpsh.explore.caged import AT, BLOCKED, DEAD, RUNNING
from simpsh.explore.operation import Born, Dying, Exec, Exit, Operation, Sleep, Unwatched, VforkWait
from simpsh.explore.quiet import Quiet
from simpsh.explore.returning import returned
from simpsh.explore.template import forget_chance
from simpsh.kernel import ptrace
from simpsh.kernel.syscall_table import NAMES
from simpsh.kernel.waiting import WNOHANG, waitpid
from simpsh.trace.tracer import STOP_SIGNALS

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.run import Run

SIGCHLD = 17
THREADS = "makes threads, or processes that share memory"
_ARRIVALS = {
    NUMBER: (name, arrival)
    for module in (calls_of_bytes, calls_of_files, calls_of_processes, calls_of_the_rest)
    for name, arrival in module.ARRIVALS.items()
    if (NUMBER := next((number for number, one in NAMES.items() if one == name), None)) is not None
}
_STOPPED = 0x7F
_BIRTHS = (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE)


class Stops:
    """Takes the stops and ends of a run's processes."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._early: dict[int, ptrace.Status] = {}

    @property
    def early(self) -> list[int]:
        """The pids of children that were seen before their parents' reports."""
        return list(self._early)

    def take_over(self, others: Stops) -> None:
        """Go on where others left off."""
        self._early = others._early

    def take(self, status: ptrace.Status) -> None:
        """Answer one stop, or note an end."""
        process = self._run.naming.by_pid.get(status.pid)
        if status.word & _STOPPED != _STOPPED:
            if process is not None:
                self._ended(process, status.word)
            return
        if process is None:
            self._early[status.pid] = status
            return
        try:
            self._stopped(process, status.word >> 8 & 0xFF, status.word >> 16)
        except ProcessLookupError:
            # It was killed meanwhile; its end will be reported.
            process.state = RUNNING

    def go(self, process: Caged, signal: int = 0) -> None:
        """Let a process run to its next stop; to the return of the call that is under way."""
        process.state = RUNNING
        try:
            if process.under_way is not None:
                ptrace.resume_to_call(process.pid, signal)
            else:
                ptrace.resume(process.pid, signal)
        except ProcessLookupError:
            return

    def _stopped(self, process: Caged, signal: int, event: int) -> None:
        if process.is_runaway and event != ptrace.EVENT_EXIT:
            process.state, process.operation = BLOCKED, Unwatched("")
        elif event == ptrace.EVENT_SECCOMP:
            self._calls(process)
        elif signal == ptrace.SYSCALL_STOP and event == 0:
            self._returned(process)
        elif event == 0:
            self._delivered(process, signal)
        else:
            self._happened(process, signal, event)

    def _happened(self, process: Caged, signal: int, event: int) -> None:
        if event in _BIRTHS:
            self._forked(process, event)
        elif event == ptrace.EVENT_EXEC:
            self._executed(process)
        elif event == ptrace.EVENT_EXIT:
            self._arrive(process, Exit(ptrace.event_message(process.pid)))
        elif event == ptrace.EVENT_STOP:
            self._halted(process, signal)
        else:
            self.go(process)

    def _delivered(self, process: Caged, signal: int) -> None:
        signal = signalling.to_deliver(self._run, process, signal)
        if signalling.is_fatal(process, signal) and self._dies_in_two_steps(process):
            self._arrive(process, Dying(signal))
        else:
            self.go(process, signal)

    def _arrive(self, process: Caged, operation: Operation) -> None:
        process.state, process.operation, process.under_way = AT, operation, None
        if process.ends_are_stale:
            self._run.look_at_ends(process)
        if not isinstance(operation, Sleep):
            process.sleeps = 0
        if self._run.knowledge.signals_matter:
            process.blocked = signalling.mask(process)

    def _calls(self, process: Caged) -> None:
        number, *args = ptrace.syscall_entry(process.pid)
        process.behind_call = ptrace.address_behind_call()
        if process.dying_of:
            process.under_way = Dying(process.dying_of)
            self.go(process)
            return
        process.call, arrival = _ARRIVALS[number]
        process.args = tuple(args)
        operation = arrival(self._run, process, process.args)
        if isinstance(operation, Quiet):
            process.under_way = operation
            self.go(process)
        elif operation is None:
            process.under_way = None
            self.go(process)
        else:
            self._arrive(process, operation)

    def _returned(self, process: Caged) -> None:
        operation, process.under_way = process.under_way, None
        if operation is not None:
            result = returned(self._run, process, operation, ptrace.syscall_result(process.pid))
            if not isinstance(operation, Quiet) and process.result is None:
                process.result = result
            detour.end(process)
        self._go_on(process)

    def _go_on(self, process: Caged) -> None:
        """Let a process go on behind its operation, unless it is killed."""
        if process.dying_of:
            signalling.strike(process, process.dying_of)
            if process.dying_of != signalling.SIGKILL:  # which wakes it up by itself
                self.go(process)
        elif signalling.SIGKILL in process.pending and not process.is_exiting:
            self.kill(process)
        else:
            self.go(process)

    def kill(self, process: Caged) -> None:
        """Let the SIGKILL that is pending for a held process act."""
        signalling.take_kill(process)
        if self._dies_in_two_steps(process):
            self._arrive(process, Dying(signalling.SIGKILL))
        else:
            signalling.strike(process, signalling.SIGKILL)

    def _dies_in_two_steps(self, process: Caged) -> bool:
        """Tell whether others may notice that it gives up its descriptors before it is dead."""
        if self._run.is_alone or not process.behind_call or process.is_exiting:
            return False
        if process.ends_are_stale:
            self._run.look_at_ends(process)
        return bool(process.ends)

    def _forked(self, process: Caged, event: int) -> None:
        run = self._run
        pid = ptrace.event_message(process.pid)
        name = f"{process.name}.{len(process.children) + 1}"
        process.children += (name,)
        process.born += (name,)
        run.add(pid, name, process)
        run.share_offsets(process, run.processes[name])
        if event == ptrace.EVENT_CLONE:
            run.flag(THREADS)
        early = self._early.pop(pid, None)
        if early is not None:
            self.take(early)
        if event == ptrace.EVENT_VFORK:
            self._arrive(process, VforkWait(name))
        else:
            self.go(process)

    def _executed(self, process: Caged) -> None:
        if isinstance(process.under_way, Exec):
            process.result = 0
        process.under_way = None
        process.is_released = process.ends_are_stale = True
        process.behind_call = 0
        process.caught = process.resetting = frozenset()
        process.informed = frozenset()
        self._run.forget_closed(process)
        forget_chance(process.pid)
        start_up.recognize(self._run, process)
        self._go_on(process)

    def _halted(self, process: Caged, signal: int) -> None:
        if signal in STOP_SIGNALS:
            self._run.flag(signalling.STOPS)
            process.state, process.operation = BLOCKED, Unwatched("a stop")
            ptrace.listen(process.pid)
        elif not process.is_born:
            process.is_born = True
            if self._run.knowledge.signals_matter and process.parent is not None:
                self._arrive(process, Born())
            else:
                self.go(process)
        else:
            self.go(process)

    def _ended(self, process: Caged, word: int) -> None:
        run = self._run
        process.state, process.status, process.is_released = DEAD, word, True
        process.operation = None
        process.ends, process.pending = frozenset(), ()
        for name in process.children:
            self._orphaned(run.processes[name])
        parent = run.processes[process.parent] if process.parent is not None else None
        if parent is None or SIGCHLD in parent.ignored:
            process.is_reaped = True
        if parent is not None:
            signalling.send(run, parent, SIGCHLD)

    def _orphaned(self, child: Caged) -> None:
        """Its parent has ended: the explorer is its parent now, and collects it at once."""
        child.parent = None
        if child.state == DEAD and not child.is_reaped:
            child.is_reaped = True
            try:
                waitpid(child.pid, WNOHANG)
            except ChildProcessError:
                return
