"""Every ptrace stop of a held process is answered: it is held at an operation, or runs on.

Only one process is chosen at a time, but several may run at once: a parent and its new child, or a
process that was killed. They touch nothing of each other's before they are held.
A run is quiescent once all are held; every stop sends SIGCHLD to the tracer.
"""

from __future__ import annotations

import errno
import os
import struct
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from simpsh.base.patience import patience
from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGPIPE, SIGSEGV, SIGTRAP, STOP_SIGNALS
from simpsh.explore import flags
from simpsh.explore.control import (
    clock_and_random,
    interpreter_startup,
    signal_calls,
    syscalls_processes,
)
from simpsh.explore.control.clock_and_random import answer_rest
from simpsh.explore.control.handlers import (
    call_beside_handlers,
    end_handler,
    follow,
    may_come,
    note_left_handlers,
    watch_memory,
    wipe_remains,
)
from simpsh.explore.control.held_process import (
    BLOCKED,
    DEAD,
    NEW,
    RUNAWAY,
    RUNNING,
    SUSPECT,
    HeldProcess,
    Result,
    SystemCall,
)
from simpsh.explore.control.program_knowledge import Knowledge, begin_image, enter_filled
from simpsh.explore.control.remembered_state import look_for_loop
from simpsh.explore.control.run_state import ARRIVALS, RunState
from simpsh.explore.control.shared_memory import (
    MemoryMapped,
    faulting_access,
    note_call,
    note_mapped,
)
from simpsh.explore.control.signal_calls import (
    group_result,
    news_of,
    pending_result,
    signals_of,
    taken_signal,
)
from simpsh.explore.control.syscalls_io import moved_bytes, waits_after, wanted
from simpsh.explore.control.syscalls_processes import set_disposition
from simpsh.explore.objects.call_classes import LEAVES_A_MARK, PRIVATE_CALLS, WITHOUT_PLACES
from simpsh.explore.objects.file_operations import TAKES_NAMES, FileChange, FileLook, Open, Pread
from simpsh.explore.objects.kernel_state import INTERRUPTED, Operation, is_fatal
from simpsh.explore.objects.pipe_operations import FIFO_WAITS, Close, OpenFifo, Poll, Read, Write
from simpsh.explore.objects.process_operations import (
    Alone,
    Born,
    Duplicated,
    Dying,
    Ending,
    Exec,
    Exit,
    Forking,
    GetParent,
    GivingUp,
    OwnCode,
    PipeMade,
    Quiet,
    Unwatched,
    VforkWait,
    Wait,
)
from simpsh.explore.objects.signal_operations import (
    GROUP_CALLS,
    AskPending,
    Kill,
    Pause,
    SetTimer,
    SignalAction,
    TakeSignal,
)
from simpsh.explore.objects.symbolic_names import OUT, OUTSIDE, is_below, is_group
from simpsh.explore.objects.virtual_clock import ReadClock, Sleep
from simpsh.explore.workplace.run_limits import OutOfTime, check_births, check_use, spent_seconds
from simpsh.kernel.machine import ptrace, registers, seccomp
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE, NAMES, SHORT_TIMES
from simpsh.kernel.machine.watchpoints import reports_use
from simpsh.kernel.signals import sigtimedwait
from simpsh.kernel.wait_calls import WNOHANG, waitpid
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracee_proc import number_at, signed

_LOOK_SECONDS = 0.125
_PATIENT_SECONDS = 0.001
_MOST_CPU_SECONDS = 2.0 * patience()
_AGAIN_CPU_SECONDS = 0.05 * patience()
_MOST_STOPS = 50_000
_MANY_STOPS = 10
"""A process with more stops between two looks makes calls: it is in no endless loop."""


class Quiescence:
    """Takes stops until no process of the run is running any more."""

    def __init__(self, run: RunState, stops: TraceeStops, drain: Callable[[], None]) -> None:
        self._run = run
        self._stops = stops
        self._drain = drain
        self._places_of_sleep: dict[str, str] = {}
        """In which call each slept when it was last looked at, and how often it had run by then."""
        self._cpu_at_first_look: dict[str, float] = {}
        """The processor seconds of each when it was first looked at."""
        self._cpu_when_examined: dict[str, float] = {}
        """The processor seconds of each when it was last examined for an endless loop."""
        self._next_look = 0.0

    def quiesce(self, *, drains_meanwhile: bool = False) -> None:
        """Return when every process is held, ended, or blocked where it is not followed."""
        self._cpu_at_first_look.clear()
        self._cpu_when_examined.clear()
        self._next_look = time.monotonic() + _LOOK_SECONDS
        stops = looked = 0
        if spent_seconds() >= self._run.knowledge.deadline:
            raise OutOfTime
        while self._is_any_running():
            try:
                status = self._stops.next_status()
            except ChildProcessError:
                return
            if status is not None:
                self._stops.answer(status)
                stops += 1
            elif drains_meanwhile:
                # The output is full until what was written is taken.
                self._drain()
                sigtimedwait((SIGCHLD,), _PATIENT_SECONDS)
            else:
                patience_left = max(_PATIENT_SECONDS, self._next_look - time.monotonic())
                sigtimedwait((SIGCHLD,), patience_left)
            if time.monotonic() >= self._next_look:
                self._next_look = time.monotonic() + _LOOK_SECONDS
                if spent_seconds() >= self._run.knowledge.deadline:
                    raise OutOfTime
                check_use([process.pid for process in self._run.living])
                for process in self._run.processes.values():
                    if not process.is_running:
                        continue
                    if tracee_proc.sleeps_in_call(process.pid):
                        self._look_at_sleeper(process)
                    else:
                        used = proc.cpu_seconds(process.pid)
                        since = self._cpu_at_first_look.setdefault(process.name, used)
                        if (stops > _MOST_STOPS) or used - since > _MOST_CPU_SECONDS:
                            if process.suspicion != RUNAWAY:
                                process.suspect(RUNAWAY)
                                self._run.flag(flags.COMPUTES)
                                with suppress(ProcessLookupError):
                                    ptrace.interrupt(process.pid)
                        elif (
                            not (stops - looked > _MANY_STOPS)
                            and used
                            >= self._cpu_when_examined.get(process.name, -1) + _AGAIN_CPU_SECONDS
                        ):
                            # At the first look it may not be in its loop yet.
                            self._cpu_when_examined[process.name] = used
                            self._interrupt_to_look_for_loop(process)
                looked = stops

    def _is_any_running(self) -> bool:
        blocked = []
        for process in self._run.processes.values():
            if process.is_running:
                return True
            if process.state == BLOCKED:
                blocked.append(process)
        for process in blocked:
            # If another process has woken it, it will arrive at its next operation.
            if process.operation == Unwatched(""):
                continue
            if self._places_of_sleep.get(process.name) != _place_of_sleep(process):
                process.go()
        return any(process.is_running for process in blocked)

    def _look_at_sleeper(self, process: HeldProcess) -> None:
        if proc.state(process.pid) == "D":
            return  # for a disk, or for a lock inside the kernel: it continues by itself
        now = _place_of_sleep(process)
        if self._places_of_sleep.get(process.name) == now:
            number = now.split()[0]
            call = NAMES.get(int(number), number) if number.isdigit() else "a call"
            self._run.flag(flags.BLOCKS.of(call))
            process.block(Unwatched(call))
        self._places_of_sleep[process.name] = now

    def _interrupt_to_look_for_loop(self, process: HeldProcess) -> None:
        # Not where memory is shared: another process may end the loop. Not before a child's first
        # stop. Not in a call: that is no loop, and an interrupt may cut its result (getdents).
        if process.handling.frames or process.under_way is not None:
            return
        if process.state == RUNNING and not any(
            flag.is_a(kind) for flag in self._run.knowledge.flags for kind in flags.SHARING
        ):
            process.suspect(SUSPECT)
            with suppress(ProcessLookupError):
                ptrace.interrupt(process.pid)


def _place_of_sleep(process: HeldProcess) -> str:
    """Return what a process sleeps in, and how often it has left the processor."""
    line = tracee_proc.call_under_way(process.pid)
    return f"{line} {proc.times_scheduled(process.pid)}"


_BIRTHS = (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE)
_NAMES = NAMES | SHORT_TIMES
_ARRIVALS = {**dict.fromkeys(LEAVES_A_MARK, syscalls_processes.own_alone), **ARRIVALS}
# Calls that are visible only while signals are sent (one may arrive there), or while files matter.
_OF_SIGNALS = ("rt_sigprocmask", "rt_sigreturn", "fork")
_OF_FILES = ("fstat", "chdir", "getcwd")
# The most frequent calls of Python's start; its locks read this clock.
_OF_A_START = ("newfstatat", "read", "pread64", "lseek", "close", "getdents64")
_CLOCK_MONOTONIC = 1
# Requests of ioctl: TCGETS, TIOCGWINSZ, FIONCLEX, FIOCLEX, TCGETS2; they concern one process.
_REQUESTS = (0x5401, 0x5413, 0x5450, 0x5451, 0x802C542A)
# Commands of fcntl: F_GETFD, F_SETFD.
_COMMANDS = (1, 2)
_LOW_WORD, _MAP_SHARED, _MAP_ANONYMOUS, _AT_EMPTY_PATH = 0xFFFFFFFF, 1, 0x20, 0x1000
# The options of arch_prctl that set something other than registers (fs, gs).
_KEPT_OPTIONS = 0x4030


@cache
def assembled_filter(
    *,
    signals_matter: bool,
    files_matter: bool,
    shares_memory: bool = False,
    is_starting: bool = False,
) -> bytes:
    """Return the seccomp filter for a run; what does not stop is private to its process.

    If signals matter, exits, forks and returns from handlers stop. If files matter, looks at open
    files stop; if memory is shared, calls that may use it. Reads during Python's start do not stop;
    see simpsh.explore.control.interpreter_startup.
    """
    private = sorted(PRIVATE_CALLS)
    allowed = [name for name in private if name in WITHOUT_PLACES or not shares_memory]
    allowed += () if signals_matter or shares_memory else _OF_SIGNALS
    allowed += () if files_matter else _OF_FILES
    # A start of the C library maps a dozen times, and Python asks for every disposition.
    mapped = [(3, _MAP_SHARED, False)]
    masked = {
        "mmap": mapped,
        "rt_sigaction": [(1, _LOW_WORD, False)],
        "arch_prctl": [(0, _KEPT_OPTIONS, False)],
    }
    if is_starting:
        allowed += _OF_A_START
        masked["clock_gettime"] = [
            (0, _CLOCK_MONOTONIC, True),
            (0, _LOW_WORD - _CLOCK_MONOTONIC, False),
        ]
    elif files_matter:
        mapped.append((3, _MAP_ANONYMOUS, True))
    else:
        masked["newfstatat"] = [(3, _AT_EMPTY_PATH, True)]
    return seccomp.allow_list(allowed, {"ioctl": _REQUESTS, "fcntl": _COMMANDS}, masked)


def filter_of(knowledge: Knowledge, *, is_starting: bool = False) -> bytes:
    """Return the filter for the next run of a program."""
    return assembled_filter(
        signals_matter=knowledge.signals_matter,
        files_matter=knowledge.files_matter,
        shares_memory=knowledge.shares_memory,
        is_starting=is_starting,
    )


class TraceeStops:
    """Takes the stops and ends of a run's processes."""

    def __init__(self, run: RunState) -> None:
        self._run = run
        self.early: dict[int, ptrace.Status] = {}
        """The first stops of children that were seen before their parents' reports, by pid."""
        self.followed: list[ptrace.Status] = []
        """Stops, still to be answered, at which the single-stepping of a handler has ended."""

    def next_status(self) -> ptrace.Status | None:
        """Return a stop or an end that is to be answered; None if there is none yet.

        Raises ChildProcessError: no process is traced.
        """
        if self.followed:
            return self.followed.pop(0)
        return ptrace.next_status(is_patient=False)

    def answer(self, status: ptrace.Status) -> None:
        """Answer one stop, or note an end."""
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
            # It was killed meanwhile; its end will be reported.
            process.go()

    def _end(self, process: HeldProcess, word: int) -> None:
        """Note an end; the explorer collects the zombies that are left."""
        known = self._run.knowledge
        process.died(word)
        for child in self._run.children_of(process.name):
            if child.state != DEAD and is_below(process.name, known.looping):
                known.may_reuse_names, known.must_restart = False, True
            if child.state == DEAD and not self._run.is_gone(child.name, process):
                with suppress(ChildProcessError):
                    waitpid(child.pid, WNOHANG)

    def go(self, process: HeldProcess, signal: int = 0) -> None:
        """Continue a process to its next stop, or to the return of its call."""
        process.go()
        with suppress(ProcessLookupError):
            watch_memory(self._run, process)
            if process.under_way is not None or process.handling.in_call:
                ptrace.cont_to_syscall(process.pid, signal)
            elif process.handling.begins:
                ptrace.single_step(process.pid, signal)
            elif process.handling.frames and self._run.knowledge.handlers.are_followed:
                status = follow(self._run, process, signal)
                if status is not None:
                    self.followed.append(status)
            else:
                ptrace.cont(process.pid, signal)

    def _answer_stop(self, process: HeldProcess, signal: int, event: int) -> None:
        if event == ptrace.EVENT_SECCOMP and not process.suspicion:
            self._at_call(process)
        elif (
            process.suspicion == SUSPECT
            and event == ptrace.EVENT_STOP
            and signal not in STOP_SIGNALS
        ):
            process.suspect("")
            answer = look_for_loop(process.pid)
            if answer is True:
                process.suspect(RUNAWAY)
                self._block(process)
            elif answer is False:
                self.go(process)
            else:
                self.answer(answer)
        elif process.suspicion == RUNAWAY and event != ptrace.EVENT_EXIT:
            self._run.locate(flags.COMPUTES, process)
            self._block(process)
        elif event == ptrace.EVENT_SECCOMP:
            # It reached a call before it was interrupted. Made now, the call might be broken off.
            process.suspect("")
            registers.repeat_call(process.pid, ptrace.syscall_entry(process.pid)[2])
            self.go(process)
        elif signal == ptrace.SYSCALL_STOP and event == 0:
            self._after_call(process)
        elif event == 0:
            self._before_signal(process, signal)
        elif event in _BIRTHS:
            self._after_fork(process, event)
        elif event == ptrace.EVENT_EXEC:
            self._after_exec(process)
        elif event == ptrace.EVENT_EXIT:
            self.arrive(process, Exit(ptrace.geteventmsg(process.pid)))
        elif event == ptrace.EVENT_STOP:
            self._at_event_stop(process, signal)
        else:
            self.go(process)

    def _block(self, process: HeldProcess) -> None:
        self.arrive(process, Unwatched(""))
        process.block(Unwatched(""))

    def _before_signal(self, process: HeldProcess, signal: int) -> None:
        if reports_use(process.pid, signal):
            # It has just used what a handler changes, and may use it again.
            process.handling.use()
            ptrace.keep_trap(process.pid, process.handling.mask)  # the report has unblocked it
            if self._may_be_called(process):
                self.arrive(process, OwnCode(is_amid=True))
            else:
                self.go(process)
            return
        if signal == SIGTRAP and process.handling.begins and ptrace.is_step(process.pid):
            process.handling.entered()
            self.go(process)
            return
        if signal == SIGSEGV:
            if self._run.knowledge.conditions.fills_memory and enter_filled(process.pid):
                self.go(process)
                return
            self._run.at_call = process
            access = faulting_access(self._run, process)
            self._run.at_call = None
            if access is not None:
                self.arrive(process, access)
                return
            if clock_and_random.answer_cycle_counter(self._run, process):
                self.go(process)
                return
        process.handling.go_to_call(is_inside=False)  # its call was not begun, or is made again
        signal = signal_calls.to_deliver(self._run, process, signal)
        if is_fatal(process.signals, signal) and self._dies_in_two_steps(process):
            self.arrive(process, Dying(signal))
        elif signal_calls.begins_stop(self._run, process, signal):
            self.arrive(process, Pause())
            process.become(signal_calls.stop(process, signal))
        else:
            self.go(process, 0 if signal in STOP_SIGNALS - process.signals.caught else signal)

    def arrive(self, process: HeldProcess, operation: Operation) -> None:
        """Hold a process at what it is about to do."""
        self._note_strange_start(process)
        process.arrive(operation, self._run.now)
        if operation.limit is not None:
            self._run.note_time(passes=not self._run.is_alone)
        note_left_handlers(self._run, process)
        if process.files.are_stale:
            self._run.look_at_ends(process)
        if self._run.knowledge.signals_matter or process.signals.pending:
            process.signals.set_mask(signals_of(ptrace.getsigmask(process.pid)))
        if not (operation.is_end or operation.is_vfork_of):
            wipe_remains(process)

    def _note_strange_start(self, process: HeldProcess) -> None:
        """Begin the run again, and watch the whole start, if the start is unusual."""
        if process.image.is_starting:
            process.image.start(is_starting=False)
            self._run.knowledge.script, self._run.knowledge.must_restart = "", True

    def _at_call(self, process: HeldProcess) -> None:
        architecture, behind, number, *args = ptrace.syscall_entry(process.pid)
        if process.life.dying_of:
            process.make(Dying(process.life.dying_of))
            self.go(process)
            return
        call = SystemCall(_NAMES.get(number, str(number)), number, tuple(args))
        process.stand_at(call, behind)
        known = self._run.knowledge
        if process.image.is_starting and interpreter_startup.opens_program(known, process):
            is_added = process.add_filter(filter_of(known))
            process.image.start(is_starting=not is_added)
            self._note_strange_start(process)
            self.go(process)
            return
        if process.call in LEAVES_A_MARK:
            names = self._run.names.by_pid
            given = (names[number].name if number in names else number for number in process.args)
            process.mark(tuple(given))
        operation, self._run.at_call = None, process
        raised = self._run.knowledge.flags
        count = len(raised)
        if process.regions:
            note_call(self._run, process)
        if architecture != AUDIT_ARCHITECTURE:
            self._run.flag(flags.REFUSED_ARCHITECTURE)
            registers.skip_call(process.pid, -errno.ENOSYS)
        elif process.call not in PRIVATE_CALLS or process.call in _ARRIVALS:
            arrive = _ARRIVALS.get(process.call, syscalls_processes.not_followed)
            operation = arrive(self._run, process, process.args)
            operation = call_beside_handlers(self._run, process, operation)
        for what in [*raised][count:] if len(raised) > count else ():  # by names of files
            self._run.locate(what, process)
        self._run.at_call = None
        if operation is None or isinstance(operation, Quiet):
            process.make(operation)
            # Inside a handler, too, calls are not single-stepped: a step would make the whole call.
            process.handling.go_to_call(is_inside=bool(process.handling.frames))
            self.go(process)
        else:
            self.arrive(process, operation)

    def _after_call(self, process: HeldProcess) -> None:
        operation, handling = process.under_way, process.handling
        process.make(None)
        # A handler's call stops at its entry, unless the filter has held it, and at its return.
        handling.go_to_call(is_inside=handling.in_call and ptrace.is_entry(process.pid))
        if operation is not None:
            result = _result_of(self._run, process, operation, ptrace.syscall_result(process.pid))
            if not isinstance(operation, Quiet) and process.result is None:
                process.give(result)
            process.end_detour()
            end_handler(self._run, process, operation)
            if isinstance(operation, OpenFifo):
                process.files.mark_stale()
                opened = ptrace.syscall_result(process.pid)
                waits = waits_after(self._run, process, operation, opened)
                if waits is not None:
                    process.give((FIFO_WAITS, opened))
                    self.arrive(process, waits)
                    return
            if self._may_be_called(process):
                self.arrive(process, OwnCode())
                return
        self.go_on(process)

    def _may_be_called(self, process: HeldProcess) -> bool:
        """Return whether a signal could still call a handler before the process's own code."""
        run = self._run
        caught, is_dying = may_come(run, process), SIGKILL in process.signals.pending
        if not caught or run.is_alone or process.life.is_exiting or is_dying:
            return False
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
            if process.life.dying_of != SIGKILL:  # which wakes it up by itself
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
            if process.image.behind_call:
                self._run.give_up_next(process)
                process.make(None)
            else:
                process.strike(signal)
            self.go(process)

    def _dies_in_two_steps(self, process: HeldProcess) -> bool:
        """Return whether others may notice that it begins to end before it is dead."""
        if self._run.is_alone or not process.image.behind_call or process.life.is_exiting:
            return False
        if process.files.are_stale:
            self._run.look_at_ends(process)
        return bool(process.files.ends) or process.life.has_continued

    def _after_fork(self, process: HeldProcess, event: int) -> None:
        run = self._run
        pid = ptrace.geteventmsg(process.pid)
        name = run.name_of_newborn(process)
        run.add(pid, name, process)
        run.at_call = process
        check_births(len(run.living))
        run.share_offsets(process, run.processes[name])
        is_vfork = syscalls_processes.is_vfork(process)
        if is_vfork:
            syscalls_processes.after_fork(process, run.processes[name])
        if event == ptrace.EVENT_CLONE:
            run.flag(flags.THREADS)
        run.at_call = None
        early = self.early.pop(pid, None)
        if early is not None:
            self.answer(early)
        if is_vfork:
            self.arrive(process, VforkWait(name))
        elif process.under_way is None and self._may_be_called(process):
            # The first fork is no step of its own, but a signal may come right after it.
            self.arrive(process, OwnCode())
        else:
            self.go(process)

    def _after_exec(self, process: HeldProcess) -> None:
        if isinstance(process.under_way, Exec):
            process.give(0)
        before = process.files.ends
        # Numbers that are free now may stand for other files soon.
        self._run.look_at_ends(process)
        if process.life.was_vforked and not process.life.is_released:
            for name, end in before - process.files.ends:
                if end == "r":
                    self._run.left_late.add(name)
                elif end != "w":
                    self._run.flag(flags.CLOSES_AFTER_VFORK)
        self._note_strange_start(process)
        process.executed()
        self._run.lines.executed(process)
        opened = set(self._run.names.opened(process))
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
            syscalls_processes.begin(process)
            if is_birth and self._run.knowledge.signals_matter:
                self.arrive(process, Born())
            else:
                self.go(process)


_FIRST_RESTART, _LAST_RESTART = -516, -512
_EINTR = -4


class _StatLayout(NamedTuple):
    """The layout of the results of a call that looks at a file."""

    argument: int
    seen: struct.Struct
    """The parts that are results: number of links, mode, size."""
    device: int
    inode: int
    size: int
    blocks: int
    times: int
    number_of_times: int


_LAYOUT = _StatLayout(1, struct.Struct("16xQI20xq"), 0, 8, 48, 64, 72, 3)
_STAT = {
    **dict.fromkeys(("stat", "lstat", "fstat"), _LAYOUT),
    "newfstatat": _LAYOUT._replace(argument=2),
    "statx": _StatLayout(4, struct.Struct("16xI8xH10xQ"), 136, 32, 40, 48, 64, 4),
}
_SIGINFO = struct.Struct("12x0Pi4xi")
_STATFS, _EXT4 = struct.Struct("7L"), 0xEF53
_LONGEST_LISTING = 1 << 16
_NUMBERS_OF_FILES = "inode or device numbers"
_OF_FILE_SYSTEM = "the room that changed files take"
_SIZE = 4096
"""The size of every directory, or half of it."""
_MOST_DISTANCE, _MILLION = 1000, 1_000_000
_IN_ONE_SECOND = 2
_ENTRY = 19
_TIME = struct.Struct("qI4x")
_INODE = 4
"""So many bytes of a number are shown the other way round: more might not fit in 32 bits."""


def _result_of(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    """Note what the operation did, and return its result in symbolic form."""
    if _FIRST_RESTART <= result <= _LAST_RESTART or result == _EINTR:
        if isinstance(operation, Sleep):
            answer_rest(run, process)
        return INTERRUPTED
    if isinstance(operation, Alone):
        operation = operation.operation
    if isinstance(operation, Close | Ending):
        process.files.mark_stale()
    if result == -errno.EPIPE and SIGPIPE in signals_of(ptrace.getsigmask(process.pid)):
        run.flag(flags.BLOCKED_SIGPIPE)
    symbolic = _symbolic(run, process, operation, result)
    if result >= 0:
        _note(run, process, operation, result)
    return symbolic


def _symbolic(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    if isinstance(operation, Ending):
        return None  # its descriptors are given up, and the end follows
    if isinstance(operation, Wait):
        return news_of(run, process) or _collected(run, process, result)
    if isinstance(operation, GROUP_CALLS):
        return group_result(run, process, result)
    if isinstance(operation, GetParent | Forking) and result in run.names.by_pid:
        return run.names.by_pid[result].name
    if isinstance(operation, GetParent):
        run.knowledge.asks_as_orphan = True
        # The explorer adopts orphans only because it explores.
        is_changed = run.knowledge.conditions.changes_adopter
        adopter = os.getpid() if is_changed else run.knowledge.setup.adopter
        run.names.add_outside(adopter)
        registers.set_result(process.pid, adopter)
        return OUTSIDE
    if isinstance(operation, TakeSignal):
        return taken_signal(run, process, result)
    if isinstance(operation, AskPending):
        return pending_result(process)
    if isinstance(operation, SetTimer | ReadClock):
        left = process.prediction if isinstance(process.prediction, int) else 0
        return process.clock_shown if isinstance(operation, ReadClock) else left
    if result < 0:
        return result
    if isinstance(operation, Poll):
        return syscalls_processes.polled(process)
    if isinstance(operation, Read | Pread):
        return run.names.symbolic(moved_bytes(process, result))
    if isinstance(operation, Write):
        return _bytes_written(run, process, operation, result)
    if isinstance(operation, FileLook):
        return _looked(run, process, operation.file, result)
    return result


def _collected(run: RunState, process: HeldProcess, result: int) -> Result:
    """Return (child, status word) of a wait that found one."""
    if process.call == "waitid" and result == 0:
        pid = status = 0
        place = process.args[2]
        data = ptrace.read_memory(process.pid, place, _SIGINFO.size) if place else b""
        if len(data) == _SIGINFO.size:
            pid, status = _SIGINFO.unpack(data)
    else:
        pid = result
        status = number_at(process.pid, process.args[1]) if process.args[1] else 0
    child = run.names.by_pid.get(pid) if pid > 0 else None
    if child is None:
        return min(pid, 0)
    return (child.name, child.status if child.status is not None else status)


def _bytes_written(run: RunState, process: HeldProcess, operation: Write, count: int) -> int:
    name, data = operation.object, operation.data
    is_whole = count == wanted(process)
    if name == OUT:
        run.wrote(data if is_whole else data[:count])
    # A pid may have another number of digits in another run.
    return len(data) if is_whole else count


def _looked(run: RunState, process: HeldProcess, name: str, result: int) -> Result:
    """Return what a call found out about a file, and vary the values that should decide nothing.

    A time that a program has set, or that the file had before, is a result. The other times say
    when a file was changed, which no rule knows: in one run no change shows in them, in the next
    each does, in the third all are in one second. Inode numbers, and the room of a changed file
    or directory, are chosen by the file system. If a program depends on such a value, a repeated
    schedule differs, and the value is named.
    """
    is_changed = not run.knowledge.setup.workspace.is_as_outside(run.names.real(name))
    if process.call.startswith("getdents"):
        return _names(run, process, result, is_changed=is_changed)
    if process.call.startswith("readlink"):
        place = process.args[2 if process.call == "readlinkat" else 1]
        return ptrace.read_memory(process.pid, place, result)
    if process.call.endswith("xattr"):
        place, size = process.args[1 if "list" in process.call else 2 :][:2]
        return ptrace.read_memory(process.pid, place, min(result, size))
    if process.call.endswith("statfs"):
        _vary_room(run, process.pid, process.args[1])
    layout = _STAT.get(process.call)
    if layout is None:
        return result
    start = process.args[layout.argument]
    data = ptrace.read_memory(process.pid, start, layout.seen.size)
    if len(data) < layout.seen.size:
        return result
    is_directory = os.path.isdir(run.names.real(name))
    if (is_directory or name.startswith("./")) and run.knowledge.turn(_NUMBERS_OF_FILES):
        # The device of the original; the same inode for the same file, in the other order.
        device = os.stat(run.knowledge.program.directory or "/").st_dev
        pair = struct.pack("II", os.major(device), os.minor(device))
        inode = ptrace.read_memory(process.pid, start + layout.inode, _INODE)
        others = {
            layout.device: pair if process.call == "statx" else struct.pack("Q", device),
            layout.inode: bytes(255 - byte for byte in inode),
        }
        for place, value in others.items():
            ptrace.write_memory(process.pid, start + place, value)
    if is_changed and (is_directory or name.startswith("./")):
        turn = run.knowledge.turn(_OF_FILE_SYSTEM)
        if turn:
            ptrace.write_memory(process.pid, start + layout.blocks, bytes(8))
        if is_directory:
            packed = struct.pack("q", _SIZE << turn)
            ptrace.write_memory(process.pid, start + layout.size, packed)
    distance = zlib.crc32(name.encode()) % _MOST_DISTANCE
    workspace, times = run.knowledge.setup.workspace, list[tuple[int, int]]()
    for number in range(layout.number_of_times):
        place = start + layout.times + number * _TIME.size
        seconds, nanoseconds = _TIME.unpack(ptrace.read_memory(process.pid, place, _TIME.size))
        if workspace.made <= seconds + nanoseconds / 1e9 <= time.time():
            turn = run.knowledge.turn("the times at which files are changed", 3)
            own = (distance, run.touched[name] - distance, 0)[turn]
            seconds = int(workspace.made) + _MOST_DISTANCE + own
            nanoseconds = distance * _MILLION if turn == _IN_ONE_SECOND else 0
            ptrace.write_memory(process.pid, place, _TIME.pack(seconds, nanoseconds))
        else:
            times.append((seconds, nanoseconds))
    return (*layout.seen.unpack(data), *times)


def _vary_room(run: RunState, pid: int, place: int) -> None:
    """Halve the free room of a file system, and change its type, in every other run."""
    data = ptrace.read_memory(pid, place, _STATFS.size)
    if len(data) < _STATFS.size or not run.knowledge.turn("the room left in a file system"):
        return
    _, size, blocks, free, available, files, free_files = _STATFS.unpack(data)
    halved = free // 2, available // 2, files, free_files // 2
    ptrace.write_memory(pid, place, _STATFS.pack(_EXT4, size, blocks, *halved))


def _names(
    run: RunState, process: HeldProcess, count: int, *, is_changed: bool
) -> tuple[object, ...]:
    """Return the names that getdents64 found; the process gets them in another order in turns.

    The copy of a directory lists its files in an order of its own.
    """
    data = ptrace.read_memory(process.pid, process.args[1], min(count, _LONGEST_LISTING))
    entries, place = [], 0
    while place + _ENTRY <= len(data):
        length = int.from_bytes(data[place + 16 : place + 18], "little")
        entries.append(data[place : place + max(length, 1)])
        place += len(entries[-1])
    names = sorted(entry[_ENTRY:].split(b"\0", 1)[0] for entry in entries)
    if is_changed and len(names) > 1 and not run.knowledge.turn("the order of a directory's files"):
        # The offset of the next entry belongs to the position, and stays.
        turned = zip(entries, reversed(entries), strict=True)
        moved = b"".join(name[:8] + place[8:16] + name[16:] for place, name in turned)
        ptrace.write_memory(process.pid, process.args[1], moved)
    return tuple(names)


def _note(run: RunState, process: HeldProcess, operation: Operation, result: int) -> None:
    if isinstance(operation, Close):
        old, new = signed(process.args[0]), signed(process.args[1])
        if process.call == "close_range":
            run.look_at_ends(process)
        elif process.call in ("close", "dup2", "dup3"):
            # No descriptor is -1.
            process.files.duplicate(*((-1, old) if process.call == "close" else (old, new)))
    elif isinstance(operation, Open):
        known = run.knowledge
        if operation.path in known.locked | known.renamed:
            process.files.mark_stale()
        if operation.path in known.locked:
            process.files.descriptions[result] = f"{process.name}#{process.count('opens')}"
    elif isinstance(operation, Duplicated):
        process.files.duplicate(operation.old, result)
    elif isinstance(operation, PipeMade):
        pair = [number_at(process.pid, operation.address + place) for place in (0, 4)]
        run.names.add_pipe(process, *pair[: 1 + (process.call == "socketpair")])
    elif isinstance(operation, Kill) and not is_group(operation.target):
        if operation.target == process.name:
            origin = operation.code, process.name, operation.value
            process.signals.sent_itself(operation.signal, origin)
    elif isinstance(operation, SignalAction):
        set_disposition(process, operation.signal, operation.disposition)
    elif isinstance(operation, FileChange) and operation.call in TAKES_NAMES:
        run.note_removed(process)
    elif isinstance(operation, MemoryMapped):
        note_mapped(process, operation, result)
