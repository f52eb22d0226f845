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
from functools import cache

from simpsh.base.patience import patience
from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGPIPE, SIGSEGV, STOP_SIGNALS
from simpsh.explore import flags
from simpsh.explore.control import interpreter_startup, signal_delivery
from simpsh.explore.control.handlers import (
    before_return,
    end_handler,
    is_interruptible,
    may_come,
    note_left_handlers,
    operation_with_handlers,
    wipe_remains,
)
from simpsh.explore.control.held_call import HeldCall
from simpsh.explore.control.held_process import BLOCKED, DEAD, NEW, HeldProcess, SystemCall
from simpsh.explore.control.program_knowledge import Knowledge, begin_image, enter_filled
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.shared_memory import faulting_access, note_call
from simpsh.explore.objects.call_classes import LEAVES_A_MARK, PRIVATE_CALLS, WITHOUT_PLACES
from simpsh.explore.objects.file_operations import FIFO_WAITS, OpenFifo
from simpsh.explore.objects.kernel_state import FOLLOWED, INTERRUPTED, Operation, Quiet
from simpsh.explore.objects.process_operations import (
    Born,
    Dying,
    Exec,
    Exit,
    GivingUp,
    OwnCode,
    Unwatched,
    VforkWait,
    not_followed,
)
from simpsh.explore.objects.process_state import Result, is_fatal
from simpsh.explore.objects.signal_operations import signals_of
from simpsh.explore.workplace.private_world import begin_pids
from simpsh.explore.workplace.run_limits import OutOfTime, check_births, check_use, spent_seconds
from simpsh.kernel.machine import ptrace, seccomp
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE, NAMES, SHORT_TIMES
from simpsh.kernel.signals import sigtimedwait
from simpsh.kernel.wait_calls import WNOHANG, waitpid
from simpsh.process import proc
from simpsh.trace import tracee_proc

_CHECK_SECONDS = 0.125
_LEAST_SECONDS = 0.001
_MOST_CPU_SECONDS = flags.COMPUTING_SECONDS * patience()


class Quiescence:
    """Answers stops until no process of the run is running any more."""

    def __init__(self, run: RunState, stops: TraceeStops) -> None:
        self._run = run
        self._stops = stops
        self._last_sleeps: dict[str, str] = {}
        """The sleep of each process at its last check; see _sleep_of()."""
        self._cpu_at_first_check: dict[str, float] = {}
        """The processor seconds of each process at its first check."""
        self._next_check = 0.0

    def quiesce(self, *, drains_meanwhile: bool = False) -> None:
        """Return when every process is held, dead, or blocked in a call that is not followed."""
        self._cpu_at_first_check.clear()
        self._next_check = time.monotonic() + _CHECK_SECONDS
        self._run.knowledge.clock_limit.note_progress()  # the last step was made
        self._check_time()
        while self._is_any_running():
            try:
                status = self._stops.next_status()
            except ChildProcessError:
                return
            if status is not None:
                self._stops.answer(status)
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
            first = self._cpu_at_first_check.setdefault(process.name, used)
            if used - first > _MOST_CPU_SECONDS and not process.is_runaway:
                process.run_away()
                self._run.flag(flags.COMPUTES)
                with suppress(ProcessLookupError):
                    ptrace.interrupt(process.pid)

    def _is_any_running(self) -> bool:
        blocked = []
        for process in self._run.processes.values():
            if process.is_running:
                return True
            if process.state == BLOCKED:
                blocked.append(process)
        for process in blocked:
            # If another process has woken this one, it will arrive at its next operation.
            if process.operation == Unwatched(""):
                continue
            if self._last_sleeps.get(process.name) != _sleep_of(process):
                process.go()
        return any(process.is_running for process in blocked)

    def _check_sleeper(self, process: HeldProcess) -> None:
        if proc.state(process.pid) == "D":
            return  # it waits for a disk, or for a lock in the kernel, and needs no other process
        sleep = _sleep_of(process)
        if self._last_sleeps.get(process.name) == sleep:
            number = sleep.split()[0]
            call = NAMES.get(int(number), number) if number.isdigit() else "a call"
            self._run.flag(flags.BLOCKS.of(call))
            process.block(Unwatched(call))
        self._last_sleeps[process.name] = sleep


def _sleep_of(process: HeldProcess) -> str:
    """Return the call that a process sleeps in, and how often it has been scheduled."""
    line = tracee_proc.call_under_way(process.pid)
    return f"{line} {proc.times_scheduled(process.pid)}"


_BIRTHS = (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE)
_NAMES = NAMES | SHORT_TIMES
# Calls that are visible only if signals are sent (one may arrive there), or if files matter.
_OF_SIGNALS = ("rt_sigprocmask", "rt_sigreturn")
_MAKE_CHILDREN = ("fork", "vfork", "clone")
_OF_FILES = ("chdir", "getcwd")
# The most frequent calls during the start of an interpreter; and its opening of libraries and
# locales, which only reads. It opens its program without O_CLOEXEC.
_OF_A_START = (
    *("fstat", "newfstatat", "stat", "lstat", "access", "readlink"),
    *("read", "pread64", "lseek", "close", "getdents64"),
)
_OPENS_A_LIBRARY = [
    (2, os.O_CLOEXEC, True),
    (2, os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC, False),
]
_CLOCK_MONOTONIC = 1
# Requests of ioctl: TCGETS, TIOCGWINSZ, FIONCLEX, FIOCLEX, TCGETS2; they concern one process.
_REQUESTS = (0x5401, 0x5413, 0x5450, 0x5451, 0x802C542A)
# Commands of fcntl: F_GETFD, F_SETFD.
_COMMANDS = (1, 2)
_PRIVATE_REQUESTS: dict[str, tuple[int, ...]] = {"ioctl": _REQUESTS, "fcntl": _COMMANDS}
_LOW_WORD, _MAP_SHARED, _MAP_ANONYMOUS = 0xFFFFFFFF, 1, 0x20
# The bits of arch_prctl options that set something other than registers (fs, gs).
_KEPT_OPTIONS = 0x4030


def _is_private_request(call: SystemCall) -> bool:
    return call.args[1] in _PRIVATE_REQUESTS.get(call.name, ())


@cache
def assemble_filter(
    *,
    signals_matter: bool,
    files_matter: bool,
    shares_memory: bool = False,
    calls_matter: bool = False,
    is_starting: bool = False,
) -> bytes:
    """Return the seccomp filter for a run; calls that do not stop are private to their process.

    If signals matter or memory is shared, the calls that change or restore the signal mask stop.
    If files matter, chdir and getcwd stop; if memory is shared, calls that may use it. If calls
    matter, all stop, because a handler may run there. During an interpreter's start, reads do not
    stop; see interpreter_startup.
    """
    if calls_matter and not is_starting:
        return seccomp.allow_list((), {}, {})
    private = sorted(PRIVATE_CALLS)
    allowed = [name for name in private if name in WITHOUT_PLACES or not shares_memory]
    allowed += () if signals_matter or shares_memory else _OF_SIGNALS
    allowed += () if files_matter else _OF_FILES
    # The C library makes a dozen mappings when it starts, and Python reads every disposition.
    mapped = [(3, _MAP_SHARED, False)]
    masked = {
        "mmap": mapped,
        "rt_sigaction": [(1, _LOW_WORD, False)],
        "arch_prctl": [(0, _KEPT_OPTIONS, False)],
    }
    if is_starting:
        allowed += _OF_A_START
        masked["openat"] = _OPENS_A_LIBRARY
        masked["clock_gettime"] = [
            (0, _CLOCK_MONOTONIC, True),
            (0, _LOW_WORD - _CLOCK_MONOTONIC, False),
        ]
    elif files_matter:
        mapped.append((3, _MAP_ANONYMOUS, True))
    return seccomp.allow_list(allowed, _PRIVATE_REQUESTS, masked)


def filter_of(knowledge: Knowledge, *, is_starting: bool = False) -> bytes:
    """Return the filter for the next run of a program."""
    return assemble_filter(
        signals_matter=knowledge.signals_matter,
        files_matter=knowledge.files_matter,
        shares_memory=knowledge.shares_memory,
        calls_matter=knowledge.calls_matter,
        is_starting=is_starting,
    )


class TraceeStops:
    """Takes the stops and ends of a run's processes."""

    def __init__(self, run: RunState) -> None:
        self._run = run
        self.early: dict[int, ptrace.Status] = {}
        """The first stops of children that came before the fork events of their parents, by pid."""

    def next_status(self) -> ptrace.Status | None:
        """Return the next stop or end to answer; None if there is none yet.

        Raises ChildProcessError: no process is traced.
        """
        return ptrace.next_status(is_patient=False)

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
            process.go()

    def _end(self, process: HeldProcess, word: int) -> None:
        """Record an end, and reap the zombies that the process leaves."""
        process.note_death(word)
        for child in self._run.children_of(process.name):
            if child.state == DEAD and not self._run.is_gone(child.name, process):
                with suppress(ChildProcessError):
                    waitpid(child.pid, WNOHANG)

    def make_call(self, process: HeldProcess, call: str) -> None:
        """Let a process make `call`, at which it is held; a child gets the pid of its name."""
        if call not in _MAKE_CHILDREN:
            self.go(process)
            return
        begin_pids(self._run.knowledge.pid_of(self._run.name_of_newborn(process)))
        process.go()
        with suppress(ProcessLookupError):
            ptrace.cont_to_syscall(process.pid)
        # Until the child is born or the call has failed, no other process may make a child.
        status = ptrace.next_status(process.pid)
        if status is not None:
            self.answer(status)

    def go(self, process: HeldProcess, signal: int = 0) -> None:
        """Continue a process to its next stop, or to the return of its call."""
        process.go()
        try:
            if process.under_way is not None:
                ptrace.cont_to_syscall(process.pid, signal)
            else:
                ptrace.cont(process.pid, signal)
        except ProcessLookupError:
            pass  # it was killed

    def _answer_stop(self, process: HeldProcess, signal: int, event: int) -> None:
        if process.is_runaway and event != ptrace.EVENT_EXIT:
            self._run.locate(flags.COMPUTES, process)
            self.arrive(process, Unwatched(""))
            process.block(Unwatched(""))
        elif event == ptrace.EVENT_SECCOMP:
            self._at_call(process)
        elif signal == ptrace.SYSCALL_STOP and event == 0:
            self._after_call(process)
        elif event == 0:
            self._before_signal(process, signal)
        elif event in _BIRTHS:
            self._after_fork(process)
        elif event == ptrace.EVENT_EXEC:
            self._after_exec(process)
        elif event == ptrace.EVENT_EXIT:
            self.arrive(process, Exit(ptrace.geteventmsg(process.pid)))
        elif event == ptrace.EVENT_STOP:
            self._at_event_stop(process, signal)
        else:
            self.go(process)

    def _before_signal(self, process: HeldProcess, signal: int) -> None:
        if signal == SIGSEGV:
            if self._run.knowledge.conditions.fills_memory and enter_filled(process.pid):
                self.go(process)
                return
            self._run.at_call = process
            access = faulting_access(process)
            self._run.at_call = None
            if access is not None:
                self.arrive(process, access)
                return
            if HeldCall(self._run, process).answer_cycle_counter():
                self.go(process)
                return
        # SA_RESETHAND resets the action when the handler begins.
        is_caught = signal in process.signals.caught
        signal = signal_delivery.to_deliver(self._run, process, signal)
        if is_caught:
            self.go(process, signal)
        elif is_fatal(process.signals, signal) and self._dies_in_two_steps(process):
            self.arrive(process, Dying(signal))
        else:
            self.go(process, 0 if signal in STOP_SIGNALS - process.signals.caught else signal)

    def arrive(self, process: HeldProcess, operation: Operation) -> None:
        """Hold a process at its next operation."""
        self._note_strange_start(process)
        process.arrive(operation, self._run.now)
        if operation.limit is not None:
            self._run.note_time(passes=not self._run.is_alone)
        note_left_handlers(process)
        if process.files.are_stale:
            self._run.look_at_ends(process)
        if self._run.knowledge.signals_matter or process.signals.pending:
            process.signals.set_mask(signals_of(ptrace.getsigmask(process.pid)))
        if not (operation.is_end or operation.is_vfork_of):
            wipe_remains(process)

    def _note_strange_start(self, process: HeldProcess) -> None:
        """If a start is unusual, begin the run again and watch the whole start."""
        if process.image.is_starting:
            process.image.start(is_starting=False)
            self._run.knowledge.script, self._run.knowledge.must_restart = "", True

    def _at_call(self, process: HeldProcess) -> None:
        if process.life.dying_of:
            process.make(Dying(process.life.dying_of))
            self.go(process)
            return
        architecture, after_call, number, *args = ptrace.syscall_entry(process.pid)
        call = SystemCall(_NAMES.get(number, str(number)), number, tuple(args))
        process.stop_at(call, after_call)
        known = self._run.knowledge
        known.made_calls.add(process.call)
        if process.image.is_starting and interpreter_startup.opens_program(known, process):
            is_added = process.add_filter(filter_of(known))
            process.image.start(is_starting=not is_added)
            self._note_strange_start(process)
            self.go(process)
            return
        if process.call in LEAVES_A_MARK:
            names = self._run.names.by_pid
            marks = (names[number].name if number in names else number for number in process.args)
            process.mark(tuple(marks))
        operation, self._run.at_call = None, process
        raised = self._run.knowledge.flags
        count = len(raised)
        if process.regions:
            note_call(process)
        if architecture != AUDIT_ARCHITECTURE:
            HeldCall(self._run, process).not_examined("calls of another architecture")
        elif process.call not in PRIVATE_CALLS and not _is_private_request(call):
            stop, decode = HeldCall(self._run, process), FOLLOWED.get(process.call, not_followed)
            operation = decode(stop)
        if call.name == "rt_sigreturn":
            before_return(self._run, process)
        operation = operation_with_handlers(self._run, process, operation)
        for flag in [*raised][count:] if len(raised) > count else ():  # raised for file names
            self._run.locate(flag, process)
        self._run.at_call = None
        if operation is None or isinstance(operation, Quiet):
            process.make(operation)
            self.make_call(process, call.name)
        else:
            self.arrive(process, operation)

    def _after_call(self, process: HeldProcess) -> None:
        operation = process.under_way
        process.make(None)
        if operation is not None:
            result = _result_of(self._run, process, operation, ptrace.syscall_result(process.pid))
            if not isinstance(operation, Quiet) and process.result is None:
                process.give(result)
            process.end_detour()
            end_handler(process, operation)
            if isinstance(operation, OpenFifo):
                process.files.mark_stale()
                opened = ptrace.syscall_result(process.pid)
                waits = HeldCall(self._run, process).wait_after(operation, opened)
                if waits is not None:
                    process.give((FIFO_WAITS, opened))
                    self.arrive(process, waits)
                    return
            if self._may_be_called(process):
                self.arrive(process, OwnCode())
                return
        self.go_on(process)

    def _may_be_called(self, process: HeldProcess) -> bool:
        """Return whether a signal could still run a handler before the process's own code."""
        run = self._run
        caught, is_dying = may_come(run, process), SIGKILL in process.signals.pending
        if not caught or run.is_alone or process.life.is_exiting or is_dying:
            return False
        is_interruptible(run, process)
        process.signals.set_mask(signals_of(ptrace.getsigmask(process.pid)))
        if process.result == INTERRUPTED or caught <= process.signals.blocked:
            return False
        return not process.signals.deliverable

    def go_on(self, process: HeldProcess) -> None:
        """Continue a process after its operation, unless it is killed."""
        if process.life.dying_of:
            if process.files.are_stale:
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
            process.become(None)
            process.begin_end(signal)
            if process.image.after_call:
                self._run.give_up_next(process)
                process.make(None)
            else:
                process.strike(signal)
            self.go(process)

    def _dies_in_two_steps(self, process: HeldProcess) -> bool:
        """Return whether others may notice that a process is ending before it is dead."""
        if self._run.is_alone or not process.image.after_call or process.life.is_exiting:
            return False
        if process.files.are_stale:
            self._run.look_at_ends(process)
        return bool(process.files.ends)

    def _after_fork(self, process: HeldProcess) -> None:
        run = self._run
        self._note_strange_start(process)
        pid = ptrace.geteventmsg(process.pid)
        name = run.name_of_newborn(process)
        run.knowledge.check_pid(name, pid)
        run.add(pid, name, process)
        run.at_call = process
        check_births(len(run.living))
        run.share_offsets(process, run.processes[name])
        is_vfork = bool(process.life.vfork_call)
        if is_vfork:
            HeldCall(run, process).after_vfork(run.processes[name])
        run.at_call = None
        early = self.early.pop(pid, None)
        if early is not None:
            self.answer(early)
        if is_vfork:
            self.arrive(process, VforkWait(name))
        elif process.under_way is None and self._may_be_called(process):
            # The first fork is not a step, but a signal may arrive right after it.
            self.arrive(process, OwnCode())
        else:
            self.go(process)

    def _after_exec(self, process: HeldProcess) -> None:
        if isinstance(process.under_way, Exec):
            process.give(0)
        before = process.files.ends
        # Descriptors that are free now may soon be other files.
        self._run.look_at_ends(process)
        if process.life.was_vforked and not process.life.is_released:
            for name, end in before - process.files.ends:
                if end == "r":
                    self._run.left_late.add(name)
                elif end not in "wq":
                    self._run.flag(flags.CLOSES_SEVERAL)
        self._note_strange_start(process)
        process.note_exec()
        self._run.lines.forget_image(process)
        opened = set(self._run.names.open_names(process))
        process.files.keep_shared(process.files.shared & opened)
        begin_image(process.pid, self._run.knowledge.conditions)
        interpreter_startup.recognize(self._run.knowledge, process)
        self.go_on(process)

    def _at_event_stop(self, process: HeldProcess, signal: int) -> None:
        if signal in STOP_SIGNALS:
            process.block(Unwatched("a stop"))
            ptrace.leave_stopped(process.pid)
        else:
            is_birth = process.state == NEW
            process.go()
            HeldCall(self._run, process).begin_after_vfork()
            if is_birth and self._run.knowledge.signals_matter:
                self.arrive(process, Born())
            else:
                self.go(process)


_BY_RESTART_SYSCALL, _WITHOUT_HANDLER, _LAST_RESTART = -516, -514, -512
"""ERESTART_RESTARTBLOCK, ERESTARTNOHAND and ERESTARTSYS, the kernel's own results of a call that a
signal breaks off: it goes on by restart_syscall(2), or is repeated."""
_EINTR = -4


def _result_of(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    """Record the effects of an operation, and return its result in symbolic form."""
    stop = HeldCall(run, process)
    if _BY_RESTART_SYSCALL <= result <= _LAST_RESTART or result == _EINTR:
        operation.break_off(stop)
        if result == _BY_RESTART_SYSCALL:
            # restart_syscall(2) would wait where nothing holds the process.
            stop.show_result(_WITHOUT_HANDLER)
        return INTERRUPTED
    if result == -errno.EPIPE and SIGPIPE in signals_of(stop.signal_mask):
        stop.flag(flags.NOT_EXAMINED.of("SIGPIPE while it is blocked"))
    return operation.came_back(stop, result)
