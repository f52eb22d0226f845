"""The answer to every ptrace stop: the process is held at an operation, or continued.

Only one process is chosen at a time, but several may run at once: a parent and its new child, or a
process that was killed. They do not affect each other before they are held. A run is quiescent when
all processes are held; every stop sends SIGCHLD to the tracer.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress

from simpsh.base.patience import patience
from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGPIPE, SIGSEGV, STOP_SIGNALS
from simpsh.explore import flags
from simpsh.explore.control import handlers, interpreter_startup
from simpsh.explore.control.call_filter import filter_of, is_private
from simpsh.explore.control.held_process import DEAD, NEW, RUNNING, HeldProcess, SystemCall
from simpsh.explore.control.program_start import begin_image
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.shared_memory import faulting_access, note_call
from simpsh.explore.objects.call_classes import LEAVES_A_MARK
from simpsh.explore.objects.file_operations import FIFO_WAITS, OpenFifo
from simpsh.explore.objects.held_call import HeldCall
from simpsh.explore.objects.kernel_state import FOLLOWED, INTERRUPTED, Operation, Quiet
from simpsh.explore.objects.process_operations import (
    Born,
    Dying,
    Exec,
    Exit,
    GivingUp,
    OwnCode,
    VforkWait,
    not_followed,
)
from simpsh.explore.objects.process_state import Result, is_fatal
from simpsh.explore.objects.signal_operations import signals_of
from simpsh.explore.objects.virtual_clock import answer_cycle_counter
from simpsh.explore.workplace.private_world import begin_pids
from simpsh.explore.workplace.run_limits import (
    OutOfTime,
    RunCutOff,
    check_births,
    check_use,
    spent_seconds,
)
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE, NAMES
from simpsh.kernel.signals import sigtimedwait
from simpsh.kernel.wait_calls import WNOHANG, waitpid
from simpsh.process import proc
from simpsh.trace import tracee_proc

_CHECK_SECONDS, _LEAST_SECONDS = 0.125, 0.001
_MOST_CPU_SECONDS = flags.COMPUTING_SECONDS * patience()
_BIRTHS = (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE)
_MAKE_CHILDREN = ("fork", "vfork", "clone")


class TraceeStops:
    """Takes the stops and ends of a run's processes."""

    def __init__(self, run: RunState) -> None:
        self._run = run
        self.early: dict[int, ptrace.Status] = {}
        """The first stops of children that came before the fork events of their parents, by pid."""
        self._sleeps: dict[str, str] = {}
        """The call that each process slept in at the last check, and how often it had run."""
        self._used: dict[str, float] = {}
        """The processor seconds of each process at its first check."""
        self._next_check = 0.0

    def quiesce(self, *, drains_meanwhile: bool = False) -> None:
        """Return when every process is held or dead.

        Raises RunCutOff: a process blocks in a call that is not followed, or a limit is exceeded.
        """
        self._used.clear()
        self._next_check = time.monotonic() + _CHECK_SECONDS
        self._run.knowledge.clock_limit.note_progress()  # the last step was made
        self._check_time()
        while any(process.is_running for process in self._run.processes.values()):
            try:
                status = ptrace.next_status(is_patient=False)
            except ChildProcessError:
                return
            if status is not None:
                self.answer(status)
            elif drains_meanwhile:
                # The write blocks until the output is drained.
                self._run.drain()
                sigtimedwait((SIGCHLD,), _LEAST_SECONDS)
            else:
                left = max(_LEAST_SECONDS, self._next_check - time.monotonic())
                sigtimedwait((SIGCHLD,), left)
            if time.monotonic() >= self._next_check:
                self._check()

    def _check_time(self) -> None:
        if spent_seconds() >= self._run.knowledge.deadline:
            raise OutOfTime
        self._run.knowledge.clock_limit.check()

    def _check(self) -> None:
        self._next_check = time.monotonic() + _CHECK_SECONDS
        self._check_time()
        check_use([process.pid for process in self._run.living])
        for process in self._run.processes.values():
            if not process.is_running:
                continue
            if tracee_proc.sleeps_in_call(process.pid):
                self._check_sleeper(process)
                continue
            used = proc.cpu_seconds(process.pid)
            if used - self._used.setdefault(process.name, used) > _MOST_CPU_SECONDS:
                self._cut_off_computing(process)

    def _cut_off_computing(self, process: HeldProcess) -> None:
        with suppress(ProcessLookupError):
            ptrace.interrupt(process.pid)
            ptrace.next_status(process.pid)
            self._run.at_call = process
        raise RunCutOff(flags.COMPUTES)

    def _check_sleeper(self, process: HeldProcess) -> None:
        if proc.state(process.pid) == "D":
            return  # it waits for a disk, or for a lock in the kernel, and needs no other process
        call = tracee_proc.call_under_way(process.pid)
        sleep = f"{call} {proc.times_scheduled(process.pid)}"
        if self._sleeps.get(process.name) == sleep:
            number = sleep.split()[0]
            flag = flags.BLOCKS.of(NAMES.get(int(number), number) if number.isdigit() else "a call")
            raise RunCutOff(flag)
        self._sleeps[process.name] = sleep

    def answer(self, status: ptrace.Status) -> None:
        """Answer one stop, or record an end."""
        process = self._run.names.by_pid.get(status.pid)
        if not os.WIFSTOPPED(status.word):
            if process is not None:
                self._end(process, status.word)
            return
        if process is None:
            self.early[status.pid] = status
            return
        try:
            self._answer_stop(process, status.word >> 8 & 0xFF, status.word >> 16)
        except ProcessLookupError:
            # The process was killed meanwhile; its end will be reported.
            process.state = RUNNING

    def _end(self, process: HeldProcess, word: int) -> None:
        """Record an end, and reap the zombies that the process leaves."""
        process.note_death(word)
        for child in self._run.children_of(process.name):
            if child.state == DEAD and not self._run.is_gone(child.name, process):
                with suppress(ChildProcessError):
                    waitpid(child.pid, WNOHANG)

    def make_call(self, process: HeldProcess, call: str) -> None:
        """Make a process execute `call`, at which it is held; a child gets the pid of its name."""
        if call not in _MAKE_CHILDREN:
            self.go(process)
            return
        begin_pids(self._run.knowledge.pid_of(self._run.name_of_newborn(process)))
        process.state = RUNNING
        with suppress(ProcessLookupError):
            ptrace.cont_to_syscall(process.pid)
        # Until the child is born or the call has failed, no other process may make a child.
        status = ptrace.next_status(process.pid)
        if status is not None:
            self.answer(status)

    def go(self, process: HeldProcess, signal: int = 0) -> None:
        """Continue a process to its next stop, or to the return of its call."""
        process.state = RUNNING
        go = ptrace.cont if process.under_way is None else ptrace.cont_to_syscall
        with suppress(ProcessLookupError):  # it was killed
            go(process.pid, signal)

    def _answer_stop(self, process: HeldProcess, signal: int, event: int) -> None:
        if event == ptrace.EVENT_SECCOMP:
            self._at_call(process)
        elif event == 0 and signal == ptrace.SYSCALL_STOP:
            self._after_call(process)
        elif event == 0:
            self._before_signal(process, signal)
        elif event in _BIRTHS:
            self._after_fork(process)
        elif event == ptrace.EVENT_EXEC:
            self._after_exec(process)
        elif event == ptrace.EVENT_EXIT:
            self.arrive(process, Exit(ptrace.geteventmsg(process.pid)))
        elif event == ptrace.EVENT_STOP and process.state == NEW:
            HeldCall(self._run, process).begin_after_vfork()
            if self._run.knowledge.signals_matter:
                self.arrive(process, Born())
            else:
                self.go(process)
        else:
            self.go(process)

    def _before_signal(self, process: HeldProcess, signal: int) -> None:
        if signal == SIGSEGV:
            self._run.at_call = process
            access = faulting_access(process)
            self._run.at_call = None
            if access is not None:
                self.arrive(process, access)
                return
            if answer_cycle_counter(HeldCall(self._run, process)):
                self.go(process)
                return
        # SA_RESETHAND resets the action when the handler begins.
        is_caught = signal in process.signals.caught
        signal = handlers.to_deliver(self._run, process, signal)
        if is_caught:
            self.go(process, signal)
        elif is_fatal(process.signals, signal) and self._dies_in_two_steps(process):
            self.arrive(process, Dying(signal))
        else:
            self.go(process, 0 if signal in STOP_SIGNALS - process.signals.caught else signal)

    def arrive(self, process: HeldProcess, operation: Operation) -> None:
        """Hold a process at its next operation."""
        self._end_start(process)
        process.arrive(operation, self._run.now)
        if operation.limit is not None and not self._run.is_alone:
            self._run.knowledge.times_matter = True
        handlers.note_left_handlers(process)
        self._run.look_at_ends(process)
        if self._run.knowledge.signals_matter or process.signals.pending:
            process.signals.blocked = signals_of(ptrace.getsigmask(process.pid))
        if not (operation.is_end or operation.is_vfork_of):
            handlers.wipe_remains(process)

    def _end_start(self, process: HeldProcess) -> None:
        """If an interpreter's start does more than read, begin again and watch the whole start."""
        if process.image.is_starting:
            process.image.is_starting = False
            self._run.knowledge.script, self._run.knowledge.must_restart = "", True

    def _at_call(self, process: HeldProcess) -> None:
        if process.life.dying_of:
            process.under_way = Dying(process.life.dying_of)
            self.go(process)
            return
        architecture, after_call, number, *args = ptrace.syscall_entry(process.pid)
        call = SystemCall(NAMES.get(number, str(number)), number, tuple(args))
        process.system_call, process.image.after_call = call, after_call
        run, known = self._run, self._run.knowledge
        if process.image.is_starting and interpreter_startup.opens_program(known, process):
            process.image.is_starting = not process.add_filter(filter_of(known))
            self._end_start(process)
            self.go(process)
            return
        if call.name in LEAVES_A_MARK:
            names = run.names.by_pid
            marks = (names[each].name if each in names else each for each in call.args)
            process.marks = hash((process.marks, call.name, *marks))
        raised = len(known.flags)
        run.at_call, operation = process, None
        if process.regions:
            note_call(process)
        stop = HeldCall(run, process)
        if architecture != AUDIT_ARCHITECTURE:
            stop.not_examined("calls of another architecture")
        elif not is_private(call.name, call.args):
            operation = FOLLOWED.get(call.name, not_followed)(stop)
        if call.name == "rt_sigreturn":
            handlers.before_return(run, process)
        operation = handlers.operation_with_handlers(run, process, operation)
        for flag in [*known.flags][raised:]:  # raised for file names
            run.flag(flag, process)
        run.at_call = None
        if operation is None or isinstance(operation, Quiet):
            process.under_way = operation
            self.make_call(process, call.name)
            return
        if process.life.is_in_parents_memory and operation.depends_on_others:
            stop.not_examined("calls between vfork and exec that depend on other processes")
        self.arrive(process, operation)

    def _after_call(self, process: HeldProcess) -> None:
        operation, process.under_way = process.under_way, None
        if operation is not None:
            stop, returned = HeldCall(self._run, process), ptrace.syscall_result(process.pid)
            result = _result_of(stop, operation, returned)
            if not isinstance(operation, Quiet) and process.result is None:
                process.give(result)
            process.end_detour()
            handlers.end_handler(process, operation)
            if isinstance(operation, OpenFifo):
                process.files.are_stale = True
                waits = operation.wait_after(stop, returned)
                if waits is not None:
                    process.give((FIFO_WAITS, returned))
                    self.arrive(process, waits)
                    return
            if self._may_be_called(process):
                self.arrive(process, OwnCode())
                return
        self.go_on(process)

    def _may_be_called(self, process: HeldProcess) -> bool:
        """Return whether a signal could still run a handler before the process's own code."""
        run, signals = self._run, process.signals
        caught = run.may_come(process)
        if not caught or run.is_alone or process.life.is_exiting or SIGKILL in signals.pending:
            return False
        handlers.is_interruptible(run, process)
        signals.blocked = signals_of(ptrace.getsigmask(process.pid))
        is_blocked = process.result == INTERRUPTED or caught <= signals.blocked
        return not (is_blocked or signals.deliverable)

    def go_on(self, process: HeldProcess) -> None:
        """Continue a process after its operation, unless it is killed."""
        if process.life.dying_of:
            self._run.look_at_ends(process)
            if process.files.ends:
                self.arrive(process, GivingUp())
                return
            process.strike(process.life.dying_of)
            if process.life.dying_of != SIGKILL:  # SIGKILL resumes a stopped process
                self.go(process)
        elif SIGKILL in process.signals.pending and not process.life.is_exiting:
            self.kill(process)
        else:
            self.go(process)

    def kill(self, process: HeldProcess) -> None:
        """Kill a held process for which SIGKILL is pending."""
        signal = process.take_kill()
        if self._dies_in_two_steps(process):
            self.arrive(process, Dying(signal))
        elif signal == SIGKILL:
            process.strike(signal)
        else:
            process.operation = None
            process.begin_end(signal)
            if process.image.after_call:
                self._run.give_up_next(process)
                process.under_way = None
            else:
                process.strike(signal)
            self.go(process)

    def _dies_in_two_steps(self, process: HeldProcess) -> bool:
        """Return whether others may notice that a process is ending before it is dead."""
        if self._run.is_alone or not process.image.after_call or process.life.is_exiting:
            return False
        self._run.look_at_ends(process)
        return bool(process.files.ends)

    def _after_fork(self, process: HeldProcess) -> None:
        run, pid = self._run, ptrace.geteventmsg(process.pid)
        self._end_start(process)
        name = run.name_of_newborn(process)
        run.knowledge.check_pid(name, pid)
        child = run.add(pid, name, process)
        run.at_call = process
        check_births(len(run.living))
        run.share_offsets(process, child)
        is_vfork = bool(process.life.vfork_call)
        if is_vfork:
            HeldCall(run, process).after_vfork(child)
        run.at_call = None
        if (early := self.early.pop(pid, None)) is not None:
            self.answer(early)
        if is_vfork:
            self.arrive(process, VforkWait(name))
        elif process.under_way is None and self._may_be_called(process):
            # The first fork is not a step, but a signal may arrive right after it.
            self.arrive(process, OwnCode())
        else:
            self.go(process)

    def _after_exec(self, process: HeldProcess) -> None:
        run, before = self._run, process.files.ends
        if isinstance(process.under_way, Exec):
            process.give(0)
        # Descriptors that are free now may soon be other files.
        process.files.are_stale = True
        run.look_at_ends(process)
        if process.life.is_in_parents_memory:
            for name, end in before - process.files.ends:
                if end == "r":
                    run.left_late.add(name)
                elif end != "w":
                    run.flag(flags.CLOSES_SEVERAL)
        self._end_start(process)
        process.note_exec()
        run.lines.forget_image(process)
        process.files.shared = process.files.shared.intersection(run.names.open_names(process))
        begin_image(process.pid, run.knowledge.conditions)
        interpreter_startup.recognize(run.knowledge, process)
        self.go_on(process)


_BY_RESTART_SYSCALL, _WITHOUT_HANDLER, _LAST_RESTART = -516, -514, -512
"""ERESTART_RESTARTBLOCK, ERESTARTNOHAND and ERESTARTSYS, the kernel's own results of a call that a
signal breaks off: it continues by restart_syscall(2), or is repeated."""


def _result_of(stop: HeldCall, operation: Operation, result: int) -> Result:
    """Record the effects of an operation, and return its result in symbolic form."""
    if _BY_RESTART_SYSCALL <= result <= _LAST_RESTART or result == -errno.EINTR:
        operation.break_off(stop)
        if result == _BY_RESTART_SYSCALL:
            # restart_syscall(2) would wait where nothing holds the process.
            stop.show_result(_WITHOUT_HANDLER)
        return INTERRUPTED
    if result == -errno.EPIPE and SIGPIPE in signals_of(stop.signal_mask):
        stop.flag(flags.NOT_EXAMINED.of("SIGPIPE while it is blocked"))
    return operation.came_back(stop, result)
