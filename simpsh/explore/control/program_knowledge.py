"""The knowledge about a program that survives from run to run; the surroundings of the runs.

The program is executed once, held at the first instruction of its new image (the template), and
made to fork by an injected clone for each run: a fork server. Nothing of the C library has run by
then that could remember who it was; with CLONE_PARENT the copy is a child of the tracer. All runs
have the same addresses. A run that shows too little is begun again.

A signal that would end the explorer raises, so that everything is undone.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import termios
import time
import tty
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGSTOP, SIGTERM
from simpsh.explore.control.explored_program import ExploredProgram, fingerprint_of
from simpsh.explore.control.remembered_state import Pages
from simpsh.explore.flags import LACKS_RIGHT, PROGRAM_CHANGED, Flag
from simpsh.explore.objects.process_operations import grants_rights
from simpsh.explore.objects.stop import Watched
from simpsh.explore.workplace.private_world import PrivateWorkplace
from simpsh.explore.workplace.workspace import RunInput, Workspace, workplace_of
from simpsh.kernel import descriptors, signals
from simpsh.kernel.descriptors import is_open, set_flags
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.kernel.processes import (
    disable_address_randomization,
    exit_now,
    is_child_subreaper,
    set_child_subreaper,
    setsid,
)
from simpsh.kernel.signals import ALL, SIG_DFL, SIG_SETMASK, set_dispositions, sigprocmask
from simpsh.process import proc
from simpsh.process.double_fork import adopter_of_orphans
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.traced_command import TracedCommand, start_seized


def undisturbed() -> signals.Blocked:
    """Block the signals that end a process, while something is made that no object owns yet."""
    return signals.Blocked(SIGHUP, SIGINT, SIGQUIT, SIGTERM)


class HandlerKnowledge:
    """The memory and calls that handlers use."""

    def __init__(self) -> None:
        self.are_followed = True
        """Whether what they use is found out, as long as there is no more than can be watched."""
        self.used = dict[tuple[str, int], dict[int, bool]]()
        """The words that they use, by their program's file and the signal; whether they may change
        them."""
        self.notes = set[int]()
        """The words in which dash notes in its handler of SIGCHLD that a child has ended."""
        self.ends_are_trapped = False
        """Whether there are several: it has a trap for SIGCHLD."""
        self.own_calls = set[str]()
        """Their calls that only use what the kernel keeps for their own process."""
        self.use_descriptors = False
        """Whether they make other calls by descriptors."""
        self.come_beside_descriptors = False
        """Whether one may have come right after a call that changes descriptors."""
        self.plain_code = set[tuple[str, int]]()
        """Their instructions that use no memory."""
        self.positions = set[int]()
        """The words that tell where streams continue; empty if no handler calls stdio."""


class Place(Record):
    """The place where something was seen; unknown parts are empty."""

    line: str = ""
    """As `race.c:3`: where the call is made, or the program that makes it was started."""
    call: str = ""
    command: str = ""
    """That program, as it was called, if it is not the one that is explored."""

    def after(self, clause: str) -> str:
        """Return a clause with what is known."""
        call = f" ({self.call})" if self.call and "(" not in clause else ""
        command = f", in {self.command}" if self.command else ""
        return clause + call + command + (f", at {self.line}" if self.line else "")


class Conditions(Record):
    """Changes for runs of a known schedule, to see what depends on them."""

    moves_addresses: bool = False
    """Whether programs have other addresses, and other random bytes from exec."""
    fills_memory: bool = False
    """Whether the memory below a program's first stack frame is filled, as nothing sets it."""
    renumbers: bool = False
    """Whether pipes have other inodes."""
    changes_adopter: bool = False
    """Whether the explorer itself is the process that adopts orphans."""
    moves_clock: int = 0
    """How many times as much as _MOVED_BY later the program begins."""
    clock_step: int = 0
    """How many more nanoseconds pass between two looks at the clock."""
    draw: int = 0
    """Which random numbers programs get; 0 for the usual ones."""


class Restart(Exception):
    """More operations must be visible: begin again, with the same knowledge."""


_SECOND, _AHEAD_SECONDS = 1_000_000_000, 60
_MOVED_BY = (86_400 + 3_600 + 60 + 1) * _SECOND + _SECOND // 7
"""A day, an hour, a minute, a second and some of the next."""

CallSite = tuple[tuple[str, int], ...]
"""The place of a call: for each caller, its file and the place of its function."""


class SharedKnowledge:
    """The starts of interpreters, which are the same whatever program runs."""

    def __init__(self) -> None:
        self.start_ups: dict[tuple[str, ...], set[tuple[Flag, CallSite]] | None] = {}
        """The own calls of each interpreter; None if they have not been measured yet."""
        self.call_sites: dict[tuple[object, ...], CallSite] = {}
        """The places of interpreters' calls, by their stacks."""

    def news_since(self, size: int) -> SharedKnowledge:
        """Return what has been learned since so many calls were known."""
        news = SharedKnowledge()
        news.start_ups = {key: known for key, known in self.start_ups.items() if known is not None}
        # A key begins with the interpreter; other programs may have other code at the same place.
        calls = islice(self.call_sites.items(), size, None)
        news.call_sites = {key: site for key, site in calls if isinstance(key[0], tuple)}
        return news

    def learn(self, news: SharedKnowledge) -> None:
        """Add what another exploration has learned."""
        self.start_ups |= news.start_ups
        self.call_sites |= news.call_sites


class Knowledge:
    """The knowledge about a program; as a context manager it cleans up after all runs."""

    signals_matter = False
    """Whether signals are sent: then births, exits and dispositions are visible, too."""
    origins_matter = False
    """Whether a process asks where a signal comes from."""
    is_timed = False
    """Whether the orders are searched in which computing takes no time."""
    times_matter = False
    """Whether a process sleeps or waits for a time while there are others, or sets an alarm."""
    reads_clock = False
    """Whether a process reads the clock while there are others."""
    kills_by_sigchld = False
    """Whether a process sends SIGCHLD by itself."""
    groups_matter = False
    """Whether process groups are used by several processes: then signals matter, too."""
    shares_memory = False
    """Whether memory is mapped that children share: then forks and futex are visible, too."""
    timers_matter = False
    """Whether an alarm is set, which may ring though the program is one process alone."""
    is_measuring = False
    """Whether this is about an interpreter's start itself."""
    script: str | None = None
    """The file that Python was given to run; what it reads before it opens that does not stop.
    Empty: there is none, or the start does more than read. None: it has not been looked up."""
    must_restart = False
    """Whether the next step raises Restart; a new run clears it."""
    may_reuse_names = False
    """Whether a shell whose loop makes children again and again may give them their names again."""
    asks_as_orphan = False
    """Whether it mattered which process adopts orphans."""
    orphans_groups = False
    """Whether it mattered that a process group was orphaned."""
    turning: frozenset[str] | None = None
    """For which answers turn() differs from each run to the next; None for all."""
    conditions = Conditions()
    most_processes = 1
    """How many processes a run has had."""
    run_number = 0
    """Counts runs. Values that should decide nothing, such as pids and the times of files, are made
    to differ from each run to the next."""
    _setup: RunSetup | None = None
    deadline = float("inf")
    """The moment, by the clock of budgets, at which a run under way is given up."""

    def __init__(self, program: ExploredProgram, common: SharedKnowledge | None = None) -> None:
        self.program = program
        # Files that the program makes are in the past, as `ls -l` expects.
        self._clock_start = (int(time.time()) + _AHEAD_SECONDS) * _SECOND
        common = common or SharedKnowledge()
        self.shared, self.offsets = set[str](), set[str]()
        """The files and directories that the program changes, by name; the files that are read by
        descriptors made before a fork: their place is shared."""
        self.users_of_offsets: dict[str, set[str]] = {}
        """The processes that use such a place, by the file; with one alone it is its own."""
        self.flags: Counter[Flag] = Counter()
        """The flags against COMPLETE, and how often each was seen."""
        self.places: dict[Flag, Place] = {}
        """The first place of each, as far as that is known."""
        self.notes: Counter[str] = Counter()
        """Harmless facts for the report."""
        self.sent = set[int]()
        """The signals that come at a moment which their process does not choose."""
        self.aimed: dict[str, set[int]] = {}
        """The signals that a process sends to another, by the name of that one."""
        self.turned: set[str] = set()
        """The answers that were given so."""
        self.turns = 0
        """How often one was given."""
        does = f"{program.wrapper} does nothing but to find {program.path} and execute it"
        self.assumed = {does} if program.wrapper else set[str]()
        """The assumptions of the verdict, as clauses."""
        self.independent_of = set[str]()
        """Values on which nothing is assumed to depend, as nouns."""
        self.letters: dict[str, str] = {}
        """The letter of each pipe."""
        self.locked = set[str]()
        """The files that a process locks."""
        self.plain = dict[str, str]()
        """The paths of files outside the directory that no process changes, and their names."""
        self.fifos, self.links = set[str](), set[str]()
        """The FIFOs that a process opens; the symbolic links that one makes."""
        self.opened_to_write, self.executed, self.renamed = set[str](), set[str](), set[str]()
        """The files that a process has opened for writing; those that one has executed; the names
        that are taken from a file, or given to another."""
        self.looping = set[str]()
        """The shells that give the names of their children again."""
        self.plain_numbers: set[bytes] = set()
        """Numbers that the program writes and that are no pids."""
        self.start_ups = common.start_ups
        self.call_sites = common.call_sites
        self.handlers = HandlerKnowledge()
        self.sites = CallSites(reads_python=True)
        """The source lines of its programs."""
        self.pages = Pages()
        """The pages of memory that were met."""
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

        Raises UsageProblem: the program cannot be executed, or its directory not be copied.
        NotTraceable: the system lets no process trace its child.
        """
        self.must_restart = False
        self.run_number += 1
        may_be = partial(self.pages.may_be_pids, count=self.most_processes)
        return self.setup.begin(assembled, self.conditions, may_be)

    def turn(self, what: str, count: int = 2) -> int:
        """Return 0 to count - 1, in turns from run to run: the answer should decide nothing."""
        self.turned.add(what)
        self.turns += 1
        return self.run_number % count if self.turning is None or what in self.turning else 0

    @property
    def clock_matters(self) -> bool:
        """Whether it matters what time it is when a process reads the clock."""
        return self.reads_clock and self.times_matter

    @property
    def clock_start(self) -> int:
        """The time at which each run begins, in nanoseconds since the Epoch."""
        return self._clock_start + self.conditions.moves_clock * _MOVED_BY

    @property
    def clock_step(self) -> int:
        """How many more nanoseconds pass between two looks at the clock than by the rules."""
        return self.conditions.clock_step

    @property
    def draw(self) -> int:
        """Which random numbers programs get."""
        return self.conditions.draw

    @property
    def files_matter(self) -> bool:
        """Whether using some file is visible."""
        return bool(self.shared or self.offsets or self.locked or self.handlers.own_calls)

    @property
    def setup(self) -> RunSetup:
        """The surroundings of the runs."""
        if self._setup is None:
            with undisturbed():
                self._setup = RunSetup(self.program)
        return self._setup

    def watch(self, watched: set[Watched], what: Watched) -> None:
        """Add something to one of the sets above; if it is new, begin again."""
        if what not in watched:
            watched.add(what)
            self.plain.clear()
            self.must_restart = True

    def need(self, fact: str) -> None:
        """Set one of the facts above to True; if it is new, begin again."""
        self.must_restart |= not getattr(self, fact)
        setattr(self, fact, True)

    def treat_alike(self, names: Mapping[str, str]) -> None:
        """Know of files, by other names, what is known of them by these names."""
        for known in (self.shared, self.offsets, self.locked, self.renamed, self.opened_to_write):
            known |= {other for other, name in names.items() if name in known}
        for other, name in names.items():
            if name in self.users_of_offsets:
                self.users_of_offsets[other] = self.users_of_offsets[name]

    def so_far(self) -> tuple[Counter[Flag], Counter[str]]:
        """Return copies of the flags and notes."""
        return self.flags.copy(), self.notes.copy()

    def take_back(self, before: tuple[Counter[Flag], Counter[str]]) -> None:
        """Forget the flags and notes that came after so_far()."""
        flags, notes = before
        self.flags, self.notes = flags.copy(), notes.copy()

    def check_program(self) -> None:
        """Flag a program whose file has changed since the beginning, or gives it rights."""
        if fingerprint_of(self.program) != self._executable:
            self.flags[PROGRAM_CHANGED] += 1
        if grants_rights(self.program.file):
            self.flags[LACKS_RIGHT.of("a set-user-ID program")] += 1


class RunSetup:
    """The surroundings that runs share: working copy, output, template process.

    Raises UsageProblem: the program cannot be executed, or its directory not be copied.
    NotTraceable: the system lets no process trace its child.
    """

    def __init__(self, program: ExploredProgram) -> None:
        self._program = program
        self.workspace = workplace_of(program.directory)
        try:
            self.output = ProgramOutput(is_terminal=program.has_terminal)
            self.workspace.refresh()
            self.input = self._opened_input()
        except BaseException:
            self.workspace.close()
            raise
        self._template: ForkServer | None = None
        self._made_for: object = None
        """The filter and the conditions of the template."""
        self._adopter = 0
        self._was_odd = False

    def begin(self, assembled: bytes, conditions: Conditions, may_be: Callable[[int], bool]) -> int:
        """Return the pid of a new process of the program, held before its first instruction."""
        if self.workspace.refresh() and self.input.is_in_copy:
            self._end_template()
            self.input.close()
            self.input = self._opened_input()
        self.input.renew()
        self.output.drain()
        if self._template is not None and self._made_for == (assembled, conditions):
            # If it was killed, there will be another.
            with suppress(ProcessLookupError, ChildProcessError):
                return self._differing(self._template, may_be)
        with undisturbed():
            self._end_template()
            # Until it executes the program, it holds all that the explorer holds.
            self.workspace.settle()
            self._template = ForkServer(
                self._program,
                self.workspace,
                (self.input.descriptor, self.output.theirs),
                assembled,
                conditions,
            )
        self._made_for = assembled, conditions
        return self._differing(self._template, may_be)

    def _opened_input(self) -> RunInput:
        program = self._program
        return RunInput(program.input, program.directory, self.workspace.directory)

    def _differing(self, template: ForkServer, may_be: Callable[[int], bool]) -> int:
        """Return a copy whose pid is odd if the last one's was even."""
        pid = template.fork()
        for _ in range(_TRIES):
            if pid % 2 != self._was_odd and may_be(pid):
                break
            # Others make processes meanwhile, so that one try may not be enough.
            end_held(pid)
            pid = template.fork()
        self._was_odd = bool(pid % 2)
        return pid

    @property
    def adopter(self) -> int:
        """The pid of the process that adopts orphans where the explorer was called."""
        if not self._adopter:
            with undisturbed():
                was_subreaper = is_child_subreaper()
                set_child_subreaper(False)
                self._adopter = adopter_of_orphans()
                set_child_subreaper(was_subreaper)
        return self._adopter

    def close(self) -> None:
        """End the template, and remove the copy."""
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
_OF_VDSO = (32, 33)  # AT_SYSINFO, by which 32-bit x86 makes its calls, and AT_SYSINFO_EHDR
_RANDOM = b"simpsh, explored"
_STACK_BYTES = 1 << 18
_LAST_OF_THREE = 2
_CANNOT_EXECUTE = 126
_CODE_BITS = 8
_TRIES = 400


class ForkServer:
    """A held process that copies of the program are forked from: the template.

    Starting a program – forking a large process, execve, mapping – costs more than all its steps.
    The copies have the same addresses, even where randomization cannot be switched off.

    Raises UsageProblem: it cannot be executed. NotTraceable: the system lets no process trace its
    child.
    """

    def __init__(
        self,
        program: ExploredProgram,
        workplace: Workspace | PrivateWorkplace,
        ends: tuple[int, int],
        assembled: bytes,
        conditions: Conditions,
    ) -> None:
        self._workplace = workplace
        command = command_of(program, workplace.directory, *ends)
        prepare = partial(_prepare, workplace, is_randomized=conditions.moves_addresses)
        self.pid = start_seized(command, OPTIONS, assembled, prepare)
        try:
            self._await_program(program)
            begin_image(self.pid, conditions)
            self._go(self.pid)  # to the return of execve
            self._start = registers.getregs(self.pid)
            self._start[registers.CALL] = registers.NO_CALL
            self._behind_call = _behind_call_instruction(self.pid)
            if registers.READS_CYCLE_COUNTER:
                # The instructions that read it raise SIGSEGV from here on; see PR_SET_TSC(2const).
                self._make_call(self.pid, "prctl", _PR_SET_TSC, _PR_TSC_SIGSEGV)
        except BaseException:
            self.close()
            raise

    def fork(self) -> int:
        """Return the pid of a new copy, held before its first instruction.

        Raises OSError: EAGAIN; the limit of processes is reached. ESRCH; the template was killed.
        """
        event = self._make_call(self.pid, "clone", _CLONE_PARENT | SIGCHLD)
        if event not in (ptrace.EVENT_FORK, ptrace.EVENT_CLONE):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        child = ptrace.geteventmsg(self.pid)
        ptrace.next_status(child)
        self._make_call(child, "setpgid", 0)
        if self._workplace.is_covered:
            self._enter_directory(child)
        registers.setregs(child, self._start)
        self._go(self.pid)  # to its return
        return child

    def _enter_directory(self, pid: int) -> None:
        """Move a copy into the renewed directory; the template is in an older one."""
        path = os.fsencode(self._workplace.directory) + b"\0"
        place = self._start[registers.STACK_POINTER]
        # Restore the words of exec afterwards.
        before = ptrace.read_memory(pid, place, len(path))
        ptrace.write_memory(pid, place, path)
        self._make_call(pid, "chdir", place)
        ptrace.write_memory(pid, place, before)

    def _make_call(self, pid: int, name: str, *arguments: int) -> int:
        """Make a call in a process that is held at its beginning; return the event that follows."""
        values = list(self._start)
        given = (*arguments, 0, 0, 0, 0)[:5]
        registers.begin_call(values, self._behind_call, NUMBERS[name], given)
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
                code = ptrace.geteventmsg(self.pid) >> _CODE_BITS
                if code in errno.errorcode and code < _CANNOT_EXECUTE:
                    raise OSError(code, os.strerror(code))
                raise UsageProblem(f"{program.argv[0]}: cannot be executed")
            ptrace.cont(self.pid)

    def _next(self, pid: int) -> int:
        """Return the event of a process's next stop; -1 if it is ending."""
        status = ptrace.next_status(pid)
        if status is None or not os.WIFSTOPPED(status.word):
            return -1
        event = status.word >> 16
        return -1 if event == ptrace.EVENT_EXIT else event


def end_held(pid: int) -> None:
    """End a held process, and collect it."""
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, SIGKILL)
        while True:
            # SIGKILL does not release a process that is held at its exit event.
            with suppress(ProcessLookupError):
                ptrace.cont(pid)
            status = ptrace.next_status(pid)
            if status is None or not os.WIFSTOPPED(status.word):
                return


def _prepare(workplace: Workspace | PrivateWorkplace, *, is_randomized: bool) -> None:
    """Make the child as at a fresh start: three descriptors, default signals, fixed addresses."""
    try:
        workplace.confine()
        close_at_exec()
    except OSError as error:
        # The explorer reports it; standard error is still the user's.
        exit_now(error.errno or _CANNOT_EXECUTE)
    setsid()
    set_dispositions(dict.fromkeys(ALL - {SIGKILL, SIGSTOP}, SIG_DFL))
    sigprocmask(SIG_SETMASK, ())
    if not is_randomized:
        disable_address_randomization()


def close_at_exec() -> None:
    """Close all but the three standard descriptors at exec."""
    for number in proc.numbers("self", "fd"):
        if number > _LAST_OF_THREE and is_open(number):
            set_flags(number, fcntl.FD_CLOEXEC)


def command_of(program: ExploredProgram, directory: str, given: int, output: int) -> TracedCommand:
    """Return how a program is executed: where, reading from `given`, writing to `output`."""
    # A bare name is found again by PATH, and stays the program's argv[0].
    first = program.path if "/" in program.argv[0] else program.argv[0]
    if program.input is not None and program.input.is_closed:
        given = -1
    errors = -1 if program.has_no_errors else output
    # Closed descriptors come last: their number may be in use here.
    ends = sorted([(0, given), (1, output), (2, errors)], key=lambda end: end[1] < 0)
    environment = dict(program.environment or os.environ)
    return TracedCommand((first, *program.argv[1:]), environment, directory, tuple(ends))


def begin_image(pid: int, conditions: Conditions) -> None:
    """Make what exec gives a new program the same in every run under these conditions.

    The sixteen random bytes are overwritten. The vDSO is struck from the list of what there is,
    so that the clock is read by system calls, which can be seen.
    """
    values = registers.getregs(pid)
    stack = values[registers.STACK_POINTER]
    data = proc.memory(pid, stack, _STACK_BYTES)
    words = struct.unpack(
        f"{len(data) // registers.WORD}P", data[: len(data) // registers.WORD * registers.WORD]
    )
    place = words.index(0, words[0] + 2) + 1  # past argc and argv, then past the environment
    while place + 1 < len(words) and words[place]:
        address = stack + registers.WORD * place
        if words[place] in _OF_VDSO:
            ptrace.write_memory(pid, address, struct.pack("P", _AT_IGNORE))
        elif words[place] == _AT_RANDOM:
            random = _RANDOM[::-1] if conditions.moves_addresses else _RANDOM
            ptrace.write_memory(pid, words[place + 1], random)
        elif words[place] == _AT_ENTRY and conditions.fills_memory:
            if words[place + 1] == values[registers.PROGRAM_COUNTER]:
                _fill_stack(pid, stack)
            else:
                # The dynamic linker uses the stack first, and jumps to the entry: there it stops.
                ptrace.write_memory(pid, address + registers.WORD, struct.pack("P", _NOWHERE))
        place += 2


def enter_filled(pid: int) -> bool:
    """Begin a program that has stopped at its entry, with its stack filled.

    Return whether it is there; see Conditions.fills_memory.
    """
    values = registers.getregs(pid)
    if values[registers.PROGRAM_COUNTER] != _NOWHERE:
        return False
    # The kernel shows the list as it was before begin_image() changed it.
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


def _behind_call_instruction(pid: int) -> int:
    """Return the address after a system call instruction in executable memory."""
    for part in proc.memory_regions(pid):
        if part.permissions[2] == "x":
            code = proc.memory(pid, part.first, part.end - part.first)
            place = registers.find_call_instruction(code)
            if place >= 0:
                return part.first + place + registers.CALL_LENGTH
    raise UsageProblem("this program's memory holds no system call instruction")


_BLOCK = 65536


class ProgramOutput:
    """The program's standard output and standard error, in every run; it is emptied here.

    On a pseudo-terminal the C library buffers by lines; else it is a pipe.
    """

    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal
        self._ours, self.theirs = output_ends(is_terminal=is_terminal)
        os.set_blocking(self._ours, False)
        self.target = proc.link("self", f"fd/{self.theirs}")
        """The target that /proc shows for it in the program."""

    def drain(self) -> bytes:
        """Take what has been written. A terminal's bytes may come later than their write."""
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
    """Return both ends of a program's output, ours and its own: of a terminal or a pipe."""
    if not is_terminal:
        pipe = descriptors.pipe2()
        return pipe.read_end, pipe.write_end
    ours, theirs = os.openpty()
    # Bytes pass as they are: no carriage returns, no echo, no keys with a meaning.
    tty.setraw(theirs, termios.TCSANOW)
    return ours, theirs
