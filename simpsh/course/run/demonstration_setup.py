"""The configuration of a run: names of processes, marks where they are held, calls to observe.

The teacher's process passes these values to the supervisor. A process is named after the variable
that stores the result of its fork: the tracer knows the line of the fork, and the listing the
variable. In a loop the second child is `child 2`; if the result is not stored, it is `server.1`.
"""

from __future__ import annotations

import os
import re
import termios
from collections.abc import Mapping, Sequence
from errno import EACCES
from functools import cache

from simpsh.base.errors import SimpshError
from simpsh.base.events import (
    Call,
    Close,
    DescriptorEvent,
    Event,
    Exec,
    ExecError,
    Exit,
    Fork,
    GroupEvent,
    LifeEvent,
    Pipe,
    PlainEvent,
    Read,
    Rest,
    SetPgid,
    SignalDeliver,
    SignalEvent,
    SignalSend,
    SilentEvent,
    Stop,
    Unfinished,
    Wait,
    WaitReturn,
    What,
    Write,
)
from simpsh.base.patience import patience
from simpsh.base.process_names import child_name
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGCHLD
from simpsh.course.claims.demonstration import Kill, Type
from simpsh.course.claims.observation import unused_name
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.kernel.machine import seccomp
from simpsh.process import proc
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.syscall_events import FORKS, OPENS, calls_to_follow, is_of_programs

DEADLINE_SECONDS = 10.0 * patience()


class NotObservable(SimpshError):
    """This machine cannot observe the step, which is skipped with this reason."""


_CONTROL_BIT = 0x40
"""The bit by which a letter differs from its control character."""
_CARET = re.compile(r"\^([@-_?])")


def keys_of(text: str) -> str:
    r"""Return the keys for a text: `^C` is one key, `^^` the circumflex itself.

    >>> keys_of("fg\n^Z"), keys_of("^^")
    ('fg\n\x1a', '^')
    """
    return _CARET.sub(lambda key: "^" if key[1] == "^" else chr(ord(key[1]) ^ _CONTROL_BIT), text)


class DemonstrationSetup(Record):
    """How to run and observe a demonstration."""

    main: str = "parent"
    source: str = ""
    """The listing to which line numbers refer."""
    fork_names: Mapping[int, str] = {}
    """Names of children by the line of their fork."""
    births: tuple[str, ...] = ()
    """Names of children forked elsewhere, in order of birth."""
    marks: Mapping[int, str] = {}
    """The marks ① … by line; a process is held before it executes a marked line."""
    acts: tuple[Kill | Type, ...] = ()
    """User input, one item for each time when no process can move."""
    terminal: bool = False
    """Whether it has its own terminal and is the session leader."""
    is_job: bool = False
    """Whether it leads only a foreground group at its terminal, as if a shell had started it."""
    is_here: bool = False
    """Whether it leads the foreground group at the terminal of this process, and a person types."""
    guard: int | None = None
    """The maximum number of simultaneous processes, for process_containment.prepare()."""
    calls: frozenset[str] = frozenset()
    """Further system calls to record, by their kernel names."""
    moves: bool = False
    """Whether to allow calls that move bytes between files; the output shows what they print."""
    names_programs: bool = False
    """Whether processes are named after their programs; then the program files are not recorded."""
    order: str = ""
    """The order to force, one of forced_orders; empty for the kernel's choice."""
    alters_statuses: bool = False
    """Whether each exit status above 0 that a wait returns is replaced by a drawn one."""
    call_sites: CallSites | None = None
    """Finds source lines of a C program; None if they are not needed."""
    deadline_seconds: float = DEADLINE_SECONDS
    """A safety limit after which all processes are killed; no result depends on it."""


_FURTHER = frozenset(
    (
        *("chroot", "fchdir", "fcntl", "flock", "ftruncate", "ioctl", "lseek"),
        *("mlock", "mount", "pidfd_open", "prctl", "pread64", "prlimit64", "pwrite64", "rename"),
        *("rt_sigaction", "rt_sigprocmask", "rt_sigtimedwait", "sched_setaffinity"),
        *("setresuid", "setrlimit", "umask", "umount2", "unlink", "unlinkat", "unshare", *FORKS),
    )
)

_ACCEPTS = "rt_sigtimedwait"
"""The call by which the shell's `wait` takes a signal that has a trap."""
_MOVES = {"copy_file_range": 2, "sendfile": 0, "splice": 2, "tee": 1, "vmsplice": 0}
"""The calls that move bytes between files, with the place of the argument that is written to."""

# Calls with their own kind of event are recorded as plain calls if they fail.
_OWN_KIND = frozenset(("setsid",))


def seccomp_filters(setup: DemonstrationSetup) -> tuple[bytes, ...]:
    """Return the seccomp filters of a demonstration's processes, in order of installation.

    The first makes calls that move bytes between files fail as on a kernel without them, so
    programs fall back to read and write, whose data can be observed. The second reports calls to
    the tracer.
    """
    refused = () if setup.moves else tuple(name for name in _MOVES if name not in setup.calls)
    telling = calls_to_follow("io", further_calls(setup)).filter()
    filters = (_refusing(refused), telling) if refused else (telling,)
    return tuple(filter(None, filters))


_refusing = cache(seccomp.refusing)


def further_calls(setup: DemonstrationSetup) -> frozenset[str]:
    """Return the calls to record in addition to those of every recording of level io."""
    most = frozenset((*FORKS, _ACCEPTS)) if setup.names_programs else _FURTHER.union(OPENS)
    moves = frozenset(_MOVES) if setup.moves else frozenset()
    return most | setup.calls | _OWN_KIND | moves


def moved_to(what: What) -> tuple[int, int]:
    """Return the descriptor that a call moved bytes to, and their number; -1 and 0 for none."""
    if isinstance(what, Call) and what.name in _MOVES and not what.errno:
        target, count = what.args[_MOVES[what.name]], what.result
        if isinstance(target, int) and isinstance(count, int):
            return target, max(count, 0)
    return -1, 0


_ASKS_FOR_TERMINAL = (termios.TCGETS, 0x802C542A)
"""TCGETS, and TCGETS2, which newer C libraries use."""
_PR_SET_NAME = 15
_OF_DESCRIPTORS = ("pread64", "lseek", "fcntl", "ioctl")


def is_noise(event: Event) -> bool:
    """Return whether an event is an internal action of the interpreter or the C library."""
    match event.what:
        case Read(fd=number) | Write(fd=number) | Close(fd=number):
            return _is_of_programs(event.pid, number)
        case Call(name="prctl", args=args):
            # Python 3.14 names each thread.
            return args[:1] == (_PR_SET_NAME,)
        case Call(name="ioctl", args=(_, int(request), *_)) if (
            request & 0xFFFFFFFF in _ASKS_FOR_TERMINAL
        ):
            # Python's open() calls isatty(3) for every file.
            return True
        case Call(name=name, args=(int(number), *_)) if name in _OF_DESCRIPTORS:
            return _is_of_programs(event.pid, number)
        case (
            LifeEvent() | SignalEvent() | GroupEvent() | DescriptorEvent() | SilentEvent()
            | Rest() | Unfinished() | PlainEvent()
        ):  # fmt: skip
            return False


def _is_of_programs(pid: int, number: int) -> bool:
    link = f"fd/{number}"
    return is_of_programs(proc.link(pid, link), f"/proc/{pid}/{link}")


class ForkResultNames:
    """Names each process of one run at its birth."""

    def __init__(self, setup: DemonstrationSetup) -> None:
        self.names: list[str] = []
        self._setup = setup
        self._births = list(setup.births)
        self._children: dict[str, int] = {}

    def name(self, parent: str, line: int) -> str:
        """Return the name for a new child of `parent`, which is at this line."""
        number = self._children[parent] = self._children.get(parent, 0) + 1
        if self._setup.names_programs and not self._setup.births:
            name = f"P{len(self.names)}"  # until program_names() is called
        elif not self.names:
            name = self._setup.main
        else:
            base = self._setup.fork_names.get(line, "")
            if not base and self._births:
                base = self._births.pop(0)
            name = unused_name(base or child_name(parent, number), self.names)
        self.names.append(name)
        return name


def program_names(events: Sequence[Event], symbols: Sequence[str], main: str) -> Mapping[str, str]:
    """Return names for a shell's processes, from the programs that they execute.

    A process that executes no program is named after its parent: `shell.1`.
    """
    parents = {event.what.child: event.proc for event in events if isinstance(event.what, Fork)}
    programs = {
        event.proc: event.what.argv[0].rsplit("/", 1)[-1]
        for event in reversed(events)  # so that the first program wins
        if isinstance(event.what, Exec) and event.what.argv
    }
    names = {symbols[0]: main} if symbols else {}
    births: dict[str, int] = {}
    for symbol in symbols[1:]:
        parent = names.get(parents.get(symbol, ""), names[symbols[0]])
        births[parent] = births.get(parent, 0) + 1
        base = programs.get(symbol) or child_name(parent, births[parent])
        names[symbol] = unused_name(base, names.values())
    return names


def renamed(event: Event, names: Mapping[str, str]) -> Event:
    """Return an event with its processes renamed."""

    def name_of(name: str) -> str:
        return names.get(name, name)

    return changed(event, proc=name_of(event.proc), what=event.what.renamed(name_of))


def without_noise(events: Sequence[Event]) -> list[Event]:
    """Return the events without a shell's own actions."""
    programs = {event.proc for event in events if isinstance(event.what, Exec)}
    noise = _searches(events)
    executed: set[str] = set()
    captures: set[tuple[str, str]] = set()
    """The processes and pipes of `$( )`."""
    polls: dict[str, int] = {}
    """The shell's last non-blocking wait, by process."""
    for index, event in enumerate(events):
        what, process = event.what, event.proc
        match what:
            case Exec():
                executed.add(process)
            case Pipe():
                captures.add((process, what.pipe))
            case Read() | Write():
                # The shell reads or writes through a descriptor of its own.
                is_own = what.fd >= OWN_LOWEST and process not in executed
                # For a substitution or for `.`, it reads what the line asks it to read.
                is_asked = isinstance(what, Read) and (
                    (process, what.pipe) in captures
                    or (what.file is not None and what.file.kind == "file")
                )
                if is_own and not is_asked:
                    noise.add(index)
            case Wait():
                polls.pop(process, None)
                if "WNOHANG" in what.options and process not in programs:
                    polls[process] = index
            case WaitReturn():
                asked = polls.pop(process, None)
                if asked is not None and what.child_pid <= 0:
                    noise |= {asked, index}
            case SetPgid():
                # The child has moved itself into the group and already executes its program.
                if what.errno == EACCES and process not in programs:
                    noise.add(index)
            case (
                LifeEvent() | SignalEvent() | GroupEvent() | DescriptorEvent() | SilentEvent()
                | Rest() | Unfinished() | PlainEvent()
            ):  # fmt: skip
                pass
    return [event for index, event in enumerate(events) if index not in noise]


def with_accepted_signal(event: Event, earlier: Sequence[Event]) -> Event | None:
    """Return the event of a line with an accepted signal as a delivered one; None if it is SIGCHLD.

    The shell takes signals from the kernel while its `wait` sleeps, so no handler is called.
    """
    what = event.what
    if not isinstance(what, Call) or what.name != _ACCEPTS:
        return event
    if what.errno or what.result == SIGCHLD or not isinstance(what.result, int):
        return None
    sender = next(
        (
            one.pid
            for one in reversed(earlier)
            if isinstance(one.what, SignalSend) and one.what.signal == what.result
        ),
        0,
    )
    return changed(event, what=SignalDeliver(what.result, sender, 0, ""))


def _searches(events: Sequence[Event]) -> set[int]:
    """Return the failed execs of searches in PATH: those followed by another try, or cut off."""
    tried_again = {
        event.proc
        for event in events
        # A process that a signal stopped or killed may have been in the middle of a search.
        if isinstance(event.what, Stop)
        or (isinstance(event.what, Exit) and os.WIFSIGNALED(event.what.status))
    }
    searches = set()
    for index, event in reversed([*enumerate(events)]):
        if isinstance(event.what, Exec | ExecError):
            if isinstance(event.what, ExecError) and event.proc in tried_again:
                searches.add(index)
            tried_again.add(event.proc)
    return searches
