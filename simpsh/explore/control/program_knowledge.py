"""The knowledge about a program that is kept from run to run; the surroundings of the runs.

The program is executed once and held at the first instruction of its new image (the template). An
injected clone makes it fork for each run: a fork server. No code of the C library has run by then
that could cache the pid; with CLONE_PARENT the copy is a child of the tracer. All runs have the
same addresses. A run in which too few operations are visible is begun again.

A signal that would end the explorer raises an exception, so that everything is cleaned up.
"""

from __future__ import annotations

import errno
import os
import struct
import termios
import time
import tty
from collections import Counter
from contextlib import suppress

from simpsh.base.errors import UsageProblem
from simpsh.base.process_names import FIRST
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM
from simpsh.explore.control.explored_program import ExploredProgram, fingerprint_of
from simpsh.explore.control.remembered_state import Pages
from simpsh.explore.flags import CHANGES_MEANWHILE, LACKS_RIGHT, Flag
from simpsh.explore.objects.code_place import Callers, CodePlace
from simpsh.explore.objects.name_words import Naming, path_words
from simpsh.explore.objects.process_operations import grants_rights
from simpsh.explore.objects.stop import Conditions, Watched
from simpsh.explore.objects.symbolic_names import Channel, File, Name, OwnFile
from simpsh.explore.workplace.private_world import PrivateWorkplace, begin_pids
from simpsh.explore.workplace.run_limits import ClockLimit
from simpsh.explore.workplace.workspace import RunInput, Workspace, workplace_of
from simpsh.kernel import descriptors, signals
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.kernel.processes import (
    ADDR_NO_RANDOMIZE,
    disable_address_randomization,
    is_child_subreaper,
    set_child_subreaper,
)
from simpsh.process import proc
from simpsh.process.child_changes import (
    Change,
    ChildStart,
    NewSession,
    NotExecuted,
    OnlyDescriptors,
    Signals,
    Step,
)
from simpsh.process.double_fork import adopter_of_orphans
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.traced_command import TracedCommand, start_seized, with_filter


def block_ending_signals() -> signals.Blocked:
    """Block signals that end this process while it acquires resources that no object owns yet."""
    return signals.Blocked(SIGHUP, SIGINT, SIGQUIT, SIGTERM)


class Place(Record):
    """The place where a flag was raised; unknown parts are empty."""

    line: str = ""
    """The source line, such as `race.c:3`, that makes the call or started the calling program."""
    at: CodePlace = CodePlace()
    """The same line, and the lines that led there."""
    call: str = ""
    command: str = ""
    """The command of the program that makes the call, unless that is the explored program."""

    def after(self, flag: Flag) -> str:
        """Return the clause of a flag followed by the place."""
        call = f" ({self.call})" if self.call else ""
        command = f", in {self.command}" if self.command else ""
        return flag.clause + call + command + (f", at {self.line}" if self.line else "")


class Restart(Exception):
    """More operations must be visible: the run must begin again, with the same knowledge."""


_FIRST_PID, _TEMPLATE_PID = 23_571, 17_389
"""The pids of the program and of the template, if the explorer can choose them.

Programs rarely print numbers like these for other reasons.
"""
_SECOND, _AHEAD_SECONDS = 1_000_000_000, 60
_MOVED_BY = (86_400 + 3_600 + 60 + 1) * _SECOND + _SECOND // 7
"""The unit of Conditions.moves_clock: a day, an hour, a minute, a second, and a fraction of one."""


class Knowledge:
    """The knowledge about a program; as a context manager it cleans up after all runs."""

    signals_matter = False
    """Whether signals are sent: then births, exits and dispositions are visible, too."""
    calls_matter = False
    """Whether a handler may run at any call: then every call is visible."""
    origins_matter = False
    """Whether a process asks where a signal comes from."""
    is_timed = False
    """Whether the search is limited to orders in which computing takes no time."""
    times_matter = False
    """Whether a process sleeps or waits with a timeout while there are others, or sets an alarm."""
    reads_clock = False
    """Whether a process reads the clock while there are others."""
    kills_by_sigchld = False
    """Whether a process sends SIGCHLD by kill."""
    has_groups = False
    """Whether a process has left the group in which the program began."""
    shares_memory = False
    """Whether children share mapped memory: then forks and futex are visible, too."""
    timers_matter = False
    """Whether an alarm is set, which may go off even if the program is a single process."""
    script: str | None = None
    """The file that an interpreter runs; its reads before it opens the file do not stop.
    Empty: there is none, or the start does more than read. None: it has not been looked up."""
    must_restart = False
    """Whether the next step raises Restart; a new run clears it."""
    are_pids_fixed = True
    """Whether a process has the same pid in every run; not without a private world."""
    ends_are_trapped = False
    """Whether a shell has a trap for SIGCHLD, so that its handler does more than note ends."""
    asks_as_orphan = False
    """Whether it mattered which process adopts orphans."""
    adopter = 0
    """The process that was shown to adopt orphans."""
    conditions = Conditions()
    run_number = 0
    """The number of runs."""
    _setup: RunSetup | None = None
    deadline = float("inf")
    """When a run is broken off, on the clock of spent_seconds()."""
    clock_limit = ClockLimit()

    def __init__(self, program: ExploredProgram) -> None:
        self.program = program
        # Files that the program makes must be in the past, as `ls -l` expects.
        self._clock_start = (int(time.time()) + _AHEAD_SECONDS) * _SECOND
        self.shared, self.offsets = set[Name](), set[Name]()
        """The files and directories that the program changes, by name; the files that processes
        read through descriptors opened before a fork, so that they share the offset."""
        self.users_of_offsets: dict[Name, set[str]] = {}
        """The processes that use one of these offsets, by file; a single user does not share it."""
        self.flags: Counter[Flag] = Counter()
        """The flags against COMPLETE, and how often each was raised."""
        self.places: dict[Flag, Place] = {}
        """The place where each flag was first raised, as far as known."""
        self.notes: Counter[str] = Counter()
        """Harmless facts for the report."""
        self.sent = set[int]()
        """The signals that arrive asynchronously."""
        self.aimed: dict[str, set[int]] = {}
        """By the name of a process, the signals that other processes send to it."""
        wrapper, path = path_words(program.wrapper), path_words(program.path)
        finds = f"{wrapper} does nothing but to find {path} and execute it"
        self.assumed = {finds} if program.wrapper else set[str]()
        """The assumptions of the verdict, as clauses."""
        self.independent_of = set[str]()
        """Values on which nothing is assumed to depend, as nouns."""
        self.letters: dict[Channel, str] = {}
        """The letter of each pipe."""
        self.locked = set[Name]()
        """The files that a process locks."""
        self.plain = dict[str, File]()
        """By path, the names of files outside the directory; no process changes these files."""
        self.fifos, self.links = set[Name](), set[Name]()
        """The FIFOs that a process opens; the symbolic links that a process makes."""
        self.opened_to_write, self.executed = set[Name](), set[Name]()
        self.renamed = set[Name]()
        """The files that a process has opened for writing; the files that a process has executed;
        the old and new names of renamed files."""
        self.made_calls = set[str]()
        """The calls that stopped a process, by name."""
        self._numbers: dict[str, int] = {}
        """The number of each process name, in the order of their first use."""
        self.interpreters = set[str]()
        """The names of the interpreters that the program runs."""
        self.amid = set[int]()
        """The signals whose handlers may run in the middle of computing."""
        self.callers = Callers()
        """The lines that call each function of the program."""
        self.sites = CallSites()
        """The source lines of the executed programs."""
        self.pages = Pages()
        """The memory pages seen so far."""
        self._executable = fingerprint_of(program)

    def __enter__(self) -> Knowledge:
        return self

    def __exit__(self, *_: object) -> None:
        """End the template process and remove the working copy."""
        if self._setup is not None:
            self._setup.close()
            self._setup = None

    def begin(self, assembled: bytes) -> int:
        """Return the pid of a new process of the program, held before its first instruction.

        Raises UsageProblem: the program cannot be executed, or its directory cannot be copied.
        NotTraceable: the system does not permit a process to trace its child.
        """
        self.must_restart = False
        self.run_number += 1
        pid = self.setup.begin(assembled, self.conditions, self.pid_of(FIRST))
        self.check_pid(FIRST, pid)
        return pid

    def pid_of(self, name: str) -> int:
        """Return the pid of a process in every run under these conditions."""
        number = self._numbers.setdefault(name, len(self._numbers))
        far = self.conditions.moves_pids
        # Other pids are also in the opposite order.
        return _FIRST_PID + far - number if far else _FIRST_PID + number

    def check_pid(self, name: str, pid: int) -> None:
        """Begin again without equal states if the kernel gives a process another pid."""
        if pid != self.pid_of(name) and self.are_pids_fixed:
            self.are_pids_fixed, self.must_restart = False, name != FIRST

    def turn(self, count: int = 2) -> int:
        """Return a number below `count` on which nothing should depend; see Conditions.turns."""
        return min(self.conditions.turns, count - 1)

    @property
    def clock_matters(self) -> bool:
        """Whether the time matters when a process reads the clock."""
        return self.reads_clock and self.times_matter

    @property
    def clock_start(self) -> int:
        """The time at which each run begins, in nanoseconds since the Epoch."""
        return self._clock_start + self.conditions.moves_clock * _MOVED_BY

    @property
    def files_matter(self) -> bool:
        """Whether any use of a file is visible."""
        return bool(self.shared or self.offsets or self.locked)

    @property
    def setup(self) -> RunSetup:
        """The surroundings that all runs share."""
        if self._setup is None:
            with block_ending_signals():
                self._setup = RunSetup(self.program)
        return self._setup

    def is_plain(self, file: File) -> bool:
        """Return whether a file is outside the directory, and no process changes it."""
        return not isinstance(file, OwnFile) and file.path in self.plain

    @property
    def naming(self) -> Naming:
        """The words for the program's objects."""
        return Naming(self.letters)

    def watch(self, watched: set[Watched], member: Watched) -> None:
        """Add `member` to the set `watched`; if it is new, the run begins again."""
        if member not in watched:
            watched.add(member)
            self.plain.clear()
            self.must_restart = True

    def need(self, fact: str) -> None:
        """Set the attribute named `fact` to True; if it was False, the run begins again."""
        self.must_restart |= not getattr(self, fact)
        setattr(self, fact, True)

    def so_far(self) -> tuple[Counter[Flag], Counter[str]]:
        """Return copies of the flags and notes."""
        return self.flags.copy(), self.notes.copy()

    def take_back(self, before: tuple[Counter[Flag], Counter[str]]) -> None:
        """Forget the flags and notes that were added after so_far() returned `before`."""
        flags, notes = before
        self.flags, self.notes = flags.copy(), notes.copy()

    def check_program(self) -> None:
        """Flag a program whose file has changed since the beginning, or is set-user-ID."""
        if fingerprint_of(self.program) != self._executable:
            self.flags[CHANGES_MEANWHILE] += 1
        if grants_rights(self.program.file):
            self.flags[LACKS_RIGHT] += 1


class RunSetup:
    """The surroundings that runs share: working copy, input, output, template process.

    Raises UsageProblem: the program cannot be executed, or its directory cannot be copied.
    NotTraceable: the system does not permit a process to trace its child.
    """

    def __init__(self, program: ExploredProgram) -> None:
        self._program = program
        self.workspace = workplace_of(program.directory)
        try:
            self.output = ProgramOutput(is_terminal=program.has_terminal)
            self.workspace.refresh()
            self.input = self._open_input()
        except BaseException:
            self.workspace.close()
            raise
        self._template: ForkServer | None = None
        self._made_for: object = None
        """The filter and the conditions for which the template was made."""
        self._adopter = 0

    def begin(self, assembled: bytes, conditions: Conditions, first: int) -> int:
        """Return the pid of a new process of the program, held before its first instruction.

        The pid is `first` if the kernel permits that.
        """
        if self.workspace.refresh() and self.input.is_in_copy:
            self._end_template()
            self.input.close()
            self.input = self._open_input()
        self.input.renew()
        self.output.drain()
        if self._template is not None and self._made_for == (assembled, conditions):
            # If the template was killed, a new one is made.
            with suppress(ProcessLookupError, ChildProcessError):
                begin_pids(first)
                return self._template.fork()
        with block_ending_signals():
            self._end_template()
            begin_pids(_TEMPLATE_PID)  # it must not take the pid of a child
            # Until the template executes the program, it has all descriptors of the explorer.
            self.workspace.settle()
            self._template = ForkServer(
                self._program,
                self.workspace,
                (self.input.descriptor, self.output.theirs),
                assembled,
                conditions,
            )
        self._made_for = assembled, conditions
        begin_pids(first)
        return self._template.fork()

    def _open_input(self) -> RunInput:
        program = self._program
        return RunInput(program.input, program.directory, self.workspace.directory)

    @property
    def adopter(self) -> int:
        """The pid of the process that adopts orphans outside the exploration."""
        if not self._adopter:
            with block_ending_signals():
                was_subreaper = is_child_subreaper()
                set_child_subreaper(False)
                try:
                    self._adopter = adopter_of_orphans()
                finally:
                    set_child_subreaper(was_subreaper)
        return self._adopter

    def close(self) -> None:
        """End the template, and remove the working copy."""
        self._end_template()
        self.input.close()
        self.output.close()
        self.workspace.close()

    def _end_template(self) -> None:
        if self._template is not None:
            self._template.close()
            self._template = None


OPTIONS = (
    ptrace.TRACESYSGOOD
    | ptrace.TRACEFORK
    | ptrace.TRACEVFORK
    | ptrace.TRACECLONE
    | ptrace.TRACEEXEC
    | ptrace.TRACEVFORKDONE
    | ptrace.TRACEEXIT
    | ptrace.TRACESECCOMP
    | ptrace.EXITKILL
)
_CLONE_PARENT = 0x8000
_PR_SET_TSC, _PR_TSC_SIGSEGV = 26, 2
_AT_IGNORE, _AT_ENTRY, _AT_RANDOM = 1, 9, 25
_NOWHERE = 4096
"""An address at which nothing can be mapped."""
_FILLING, _MOST_FILLED = bytes(range(1, 252)), 1 << 17
_OF_VDSO = (32, 33)  # AT_SYSINFO, which 32-bit x86 uses to make calls, and AT_SYSINFO_EHDR
_RANDOM = b"simpsh, explored"
_STACK_BYTES = 1 << 18


class ForkServer:
    """The template: a held process from which copies of the program are forked.

    Starting a program – forking a large process, execve, mapping – costs more than all its steps.
    The copies have the same addresses, even if address randomization cannot be switched off.

    Raises UsageProblem: the program cannot be executed. NotTraceable: the system does not permit a
    process to trace its child.
    """

    def __init__(
        self,
        program: ExploredProgram,
        workplace: Workspace | PrivateWorkplace,
        ends: tuple[int, int],
        assembled: bytes,
        conditions: Conditions,
    ) -> None:
        self._workplace, self._renewals = workplace, workplace.renewals
        command = command_of(program, workplace.directory, *ends)
        changes: list[Change] = [Step("be confined", workplace.confine), NewSession(), Signals()]
        if not conditions.moves_addresses:
            changes.append(Step("fix its addresses", disable_address_randomization))
        last = with_filter(assembled)
        self._start_of = ChildStart(*changes, *command.changes(OnlyDescriptors(), last=last))
        self.pid = start_seized(self._start_of, OPTIONS)
        try:
            self._await_program(program)
            begin_image(self.pid, conditions)
            self._go(self.pid)  # to the return of execve
            self._start = registers.getregs(self.pid)
            self._start[registers.CALL] = registers.NO_CALL
            self._after_call = _after_call_instruction(self.pid)
            if conditions.moves_addresses:
                # With other addresses in each run, mktemp would make another file in each.
                self._make_call(self.pid, "personality", ADDR_NO_RANDOMIZE)
            if registers.READS_CYCLE_COUNTER:
                # Instructions that read the counter now raise SIGSEGV; see PR_SET_TSC(2const).
                self._make_call(self.pid, "prctl", _PR_SET_TSC, _PR_TSC_SIGSEGV)
        except BaseException:
            self.close()
            raise

    def fork(self) -> int:
        """Return the pid of a new copy, held before its first instruction.

        Raises OSError: EAGAIN; the process limit is reached. ESRCH; the template was killed.
        """
        event = self._make_call(self.pid, "clone", _CLONE_PARENT | SIGCHLD)
        if event not in (ptrace.EVENT_FORK, ptrace.EVENT_CLONE):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        child = ptrace.geteventmsg(self.pid)
        ptrace.next_status(child)
        self._make_call(child, "setpgid", 0)
        if self._workplace.renewals != self._renewals:
            self._enter_directory(child)
        registers.setregs(child, self._start)
        self._go(self.pid)  # to the return of clone
        return child

    def _enter_directory(self, pid: int) -> None:
        """Move a copy into the renewed directory; the template is in an older one."""
        path = os.fsencode(self._workplace.directory) + b"\0"
        address = self._start[registers.STACK_POINTER]
        # Save the words of exec, which the path overwrites for the call.
        before = ptrace.read_memory(pid, address, len(path))
        ptrace.write_memory(pid, address, path)
        self._make_call(pid, "chdir", address)
        ptrace.write_memory(pid, address, before)

    def _make_call(self, pid: int, name: str, *arguments: int) -> int:
        """Make a call in a process that is held at its start; return the event that follows."""
        values = list(self._start)
        padded = (*arguments, 0, 0, 0, 0)[:5]
        registers.begin_call(values, self._after_call, NUMBERS[name], padded)
        registers.setregs(pid, values)
        self._go(pid)  # to the entry of the call
        while (event := self._go(pid)) == ptrace.EVENT_SECCOMP:
            pass
        return event

    def close(self) -> None:
        """End the template."""
        end_held(self.pid)

    def _go(self, pid: int) -> int:
        ptrace.cont_to_syscall(pid)
        return self._next(pid)

    def _await_program(self, program: ExploredProgram) -> None:
        while (event := self._next(self.pid)) != ptrace.EVENT_EXEC:
            if event < 0:
                problem = self._start_of.failure()
                if problem is None or isinstance(problem, NotExecuted):
                    raise UsageProblem(f"{program.argv[0]}: cannot be executed")
                raise problem
            ptrace.cont(self.pid)

    def _next(self, pid: int) -> int:
        """Return the event of a process's next stop; -1 if it is ending."""
        status = ptrace.next_status(pid)
        if status is None or not os.WIFSTOPPED(status.word):
            return -1
        event = status.word >> 16
        return -1 if event == ptrace.EVENT_EXIT else event


def end_held(pid: int) -> None:
    """Kill a held process, and reap it."""
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, SIGKILL)
        while True:
            # SIGKILL does not release a process that is held at its exit event.
            with suppress(ProcessLookupError):
                ptrace.cont(pid)
            status = ptrace.next_status(pid)
            if status is None or not os.WIFSTOPPED(status.word):
                return


def command_of(program: ExploredProgram, directory: str, source: int, output: int) -> TracedCommand:
    """Return the command that executes a program, reading from `source`, writing to `output`."""
    # A bare name is looked up in PATH again, and remains the program's argv[0].
    first = program.path if "/" in program.argv[0] else program.argv[0]
    if program.input is not None and program.input.is_closed:
        source = -1
    errors = -1 if program.has_no_errors else output
    ends = ((0, source), (1, output), (2, errors))
    environment = dict(program.environment or os.environ)
    return TracedCommand((first, *program.argv[1:]), environment, directory, ends)


def begin_image(pid: int, conditions: Conditions) -> None:
    """Make the data that exec gives a new program the same in every run under these conditions.

    The 16 random bytes are overwritten. The vDSO is removed from the auxiliary vector, so that the
    clock is read by system calls, which are visible.
    """
    values = registers.getregs(pid)
    stack = values[registers.STACK_POINTER]
    data = proc.memory(pid, stack, _STACK_BYTES)
    words = struct.unpack(
        f"{len(data) // registers.WORD}P", data[: len(data) // registers.WORD * registers.WORD]
    )
    index = words.index(0, words[0] + 2) + 1  # past argc and argv, then past the environment
    while index + 1 < len(words) and words[index]:
        address = stack + registers.WORD * index
        if words[index] in _OF_VDSO:
            ptrace.write_memory(pid, address, struct.pack("P", _AT_IGNORE))
        elif words[index] == _AT_RANDOM:
            random = bytes(byte + conditions.draw & 0xFF for byte in _RANDOM)
            ptrace.write_memory(pid, words[index + 1], random)
        elif words[index] == _AT_ENTRY and conditions.fills_memory:
            if words[index + 1] == values[registers.PROGRAM_COUNTER]:
                _fill_stack(pid, stack)
            else:
                # The dynamic linker uses the stack first. Its jump to this entry raises SIGSEGV.
                ptrace.write_memory(pid, address + registers.WORD, struct.pack("P", _NOWHERE))
        index += 2


def enter_filled(pid: int) -> bool:
    """Fill the stack of a program that has stopped at its entry, and let it begin.

    Return False if the program is not at its entry. See Conditions.fills_memory.
    """
    values = registers.getregs(pid)
    if values[registers.PROGRAM_COUNTER] != _NOWHERE:
        return False
    # The kernel shows the auxiliary vector as it was before begin_image() changed it.
    data = proc.contents(pid, "auxv")
    vector = struct.unpack(f"{len(data) // registers.WORD}P", data)
    values[registers.PROGRAM_COUNTER] = vector[vector[::2].index(_AT_ENTRY) * 2 + 1]
    registers.setregs(pid, values)
    _fill_stack(pid, values[registers.STACK_POINTER])
    return True


def _fill_stack(pid: int, end: int) -> None:
    region = next(part for part in proc.memory_regions(pid) if part.first < end <= part.end)
    count = min(end - region.first, _MOST_FILLED)
    ptrace.write_memory(pid, end - count, (_FILLING * (count // len(_FILLING) + 1))[:count])


def _after_call_instruction(pid: int) -> int:
    """Return the address after a system call instruction in executable memory."""
    for part in proc.memory_regions(pid):
        if part.permissions[2] == "x":
            code = proc.memory(pid, part.first, part.end - part.first)
            offset = registers.find_call_instruction(code)
            if offset >= 0:
                return part.first + offset + registers.CALL_LENGTH
    raise UsageProblem("this program's memory holds no system call instruction")


_BLOCK = 65536


class ProgramOutput:
    """The program's standard output and standard error in every run: a pipe or pseudo-terminal.

    On a pseudo-terminal the C library buffers by lines.
    """

    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal
        self._ours, self.theirs = output_ends(is_terminal=is_terminal)
        os.set_blocking(self._ours, False)
        self.target = proc.link("self", f"fd/{self.theirs}")
        """The target that /proc shows for the program's descriptor."""

    def drain(self) -> bytes:
        """Read the bytes written so far; on a terminal, some may arrive after the write returns."""
        data = b""
        with suppress(BlockingIOError):
            while piece := os.read(self._ours, _BLOCK):
                data += piece
        return data

    def close(self) -> None:
        """Close both ends."""
        descriptors.close(self._ours)
        descriptors.close(self.theirs)


def output_ends(*, is_terminal: bool) -> tuple[int, int]:
    """Return the explorer's and the program's end of a new terminal or pipe for the output."""
    if not is_terminal:
        pipe = descriptors.pipe2()
        return pipe.read_end, pipe.write_end
    ours, theirs = os.openpty()
    # Bytes pass unchanged: no carriage returns, no echo, no special characters.
    tty.setraw(theirs, termios.TCSANOW)
    return ours, theirs
