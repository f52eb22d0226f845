"""The knowledge about a program that is kept from run to run.

A run in which too few operations are visible is begun again, with more knowledge. A signal that
would end the explorer raises an exception, so that everything is cleaned up.
"""

from __future__ import annotations

import time
from typing import TypeVar

from simpsh.base.process_names import FIRST
from simpsh.base.record import Record
from simpsh.explore.control.explored_program import ExploredProgram, fingerprint_of
from simpsh.explore.control.program_start import RunSetup, block_ending_signals
from simpsh.explore.control.remembered_state import Pages
from simpsh.explore.flags import CHANGES_MEANWHILE, LACKS_RIGHT, Flag
from simpsh.explore.objects.code_place import Callers, CodePlace
from simpsh.explore.objects.held_call import Conditions
from simpsh.explore.objects.name_words import Naming
from simpsh.explore.objects.process_operations import grants_rights
from simpsh.explore.objects.symbolic_names import Channel, Name
from simpsh.explore.workplace.run_limits import ClockLimit
from simpsh.explore.workplace.workspace import EMPTY
from simpsh.trace.source.call_sites import CallSites

_FIRST_PID = 23_571
"""The pid of the program, if the explorer can choose it: programs rarely print it otherwise."""
_SECOND, _AHEAD_SECONDS = 1_000_000_000, 60
_MOVED_BY = (86_400 + 3_600 + 60 + 1) * _SECOND + _SECOND // 7
"""The unit of Conditions.moves_clock: a day, an hour, a minute, a second, and a fraction of one."""


Watched = TypeVar("Watched")


class Place(Record):
    """The place where a flag was raised; unknown parts are empty."""

    at: CodePlace = CodePlace()
    """The source line that makes the call or started the calling program."""
    call: str = ""
    command: str = ""
    """The command of the program that makes the call, unless that is the explored program."""

    def after(self, flag: Flag, line: str) -> str:
        """Return the clause of a flag followed by the place, whose line is given in words."""
        call = f" ({self.call})" if self.call else ""
        command = f", in {self.command}" if self.command else ""
        return flag.clause + call + command + (f", at {line}" if line else "")


_NOWHERE = Place()


class Restart(Exception):
    """More operations must be visible: the run must begin again, with the same knowledge."""


class Knowledge:
    """The knowledge about a program; as a context manager it cleans up after all runs."""

    signals_matter = False
    """Whether signals are sent: then births, exits and dispositions are visible, too."""
    calls_matter = False
    """Whether a handler may run at any call: then every call is visible."""
    is_timed = False
    """Whether the search is limited to orders in which computing takes no time."""
    times_matter = False
    """Whether a process sleeps or waits with a timeout while there are others, or sets an alarm."""
    kills_by_sigchld = False
    """Whether a process sends SIGCHLD by kill."""
    has_groups = False
    """Whether a process has left the group in which the program began."""
    shares_memory = False
    """Whether children share mapped memory: then forks and futex are visible, too."""
    timers_matter = False
    """Whether an alarm is set, which may go off even if the program is a single process."""
    ends_are_trapped = False
    """Whether a shell has a trap for SIGCHLD, so that its handler does more than note ends."""
    has_interpreter = False
    """Whether the program runs an interpreter."""
    script: str | None = None
    """The file that an interpreter runs; its reads before it opens the file do not stop.
    Empty: there is none, or the start does more than read. None: it has not been looked up."""
    must_restart = False
    """Whether the next step raises Restart; a new run clears it."""
    are_pids_fixed = True
    """Whether a process has the same pid in every run; not without a private world."""
    asks_as_orphan = False
    """Whether it mattered which process adopts orphans."""
    conditions = Conditions()
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
        self.locked = set[Name]()
        """The files that a process locks."""
        self.fifos = set[Name]()
        """The FIFOs that a process opens."""
        self.opened_to_write, self.renamed = set[Name](), set[Name]()
        """The files that were open for writing at a fork; old and new names of renamed files."""
        self.flags: dict[Flag, Place] = {}
        """The flags against COMPLETE, each with the place where it was first raised."""
        self.notes = set[str]()
        """Harmless facts for the report."""
        self.sent = set[int]()
        """The signals that arrive asynchronously."""
        self.aimed: dict[str, set[int]] = {}
        """By the name of a process, the signals that other processes send to it."""
        self.killed, self.raised = set[int](), set[int]()
        """The signals that processes send by kill; those that they raise and block."""
        self.amid = set[int]()
        """The signals whose handlers may run in the middle of computing."""
        self.assumed = set[str]()
        """The assumptions of the verdict, as clauses."""
        if program.input is not None and program.input.is_replaced:
            self.assumed.add(EMPTY)
        self.independent_of = set[str]()
        """Values on which nothing is assumed to depend, as nouns."""
        self.letters: dict[Channel, str] = {}
        """The letter of each pipe."""
        self.callers, self.sites = Callers(), CallSites()
        """The lines that call each function of the program; the lines of the executed programs."""
        self.pages = Pages()
        """The memory pages seen so far."""
        self._numbers: dict[str, int] = {}
        """The number of each process name, in the order of their first use."""
        self._executable = fingerprint_of(program)

    def __enter__(self) -> Knowledge:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the working copy."""
        if self._setup is not None:
            self._setup.close()
            self._setup = None

    @property
    def setup(self) -> RunSetup:
        """The surroundings that all runs share."""
        if self._setup is None:
            with block_ending_signals():
                self._setup = RunSetup(self.program)
        return self._setup

    def begin(self, assembled: bytes) -> int:
        """Return the pid of a new process of the program, held before its first instruction.

        Raises UsageProblem: the program cannot be executed, or its directory cannot be copied.
        NotTraceable: the system does not permit a process to trace its child.
        """
        self.must_restart = False
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
    def clock_start(self) -> int:
        """The time at which each run begins, in nanoseconds since the Epoch."""
        return self._clock_start + self.conditions.moves_clock * _MOVED_BY

    @property
    def files_matter(self) -> bool:
        """Whether any use of a file is visible."""
        return bool(self.shared or self.offsets or self.locked)

    @property
    def naming(self) -> Naming:
        """The words for the program's objects."""
        return Naming(self.letters)

    def watch(self, watched: set[Watched], member: Watched) -> None:
        """Add `member` to the set `watched`; if it is new, the run begins again."""
        if member not in watched:
            watched.add(member)
            self.must_restart = True

    def need(self, fact: str) -> None:
        """Set the attribute named `fact` to True; if it was False, the run begins again."""
        self.must_restart |= not getattr(self, fact)
        setattr(self, fact, True)

    def flag(self, flag: Flag, place: Place = _NOWHERE) -> None:
        """Add a flag against COMPLETE, or the place of a flag without one."""
        if self.flags.get(flag, _NOWHERE) == _NOWHERE:
            self.flags[flag] = place

    def so_far(self) -> tuple[dict[Flag, Place], set[str]]:
        """Return copies of the flags and notes."""
        return self.flags.copy(), self.notes.copy()

    def take_back(self, before: tuple[dict[Flag, Place], set[str]]) -> None:
        """Forget the flags and notes that were added after so_far() returned `before`."""
        flags, notes = before
        self.flags, self.notes = flags.copy(), notes.copy()

    def check_program(self) -> None:
        """Flag a program whose file has changed since the beginning, or is set-user-ID."""
        if fingerprint_of(self.program) != self._executable:
            self.flag(CHANGES_MEANWHILE)
        if grants_rights(self.program.file):
            self.flag(LACKS_RIGHT)
