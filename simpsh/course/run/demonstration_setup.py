"""How a demonstration is set up: the names of its processes, where they are held, what is watched.

Values that the teacher's process gives to the one that supervises. A process is called like the
variable that fork's result goes into: the tracer knows the line of the fork, the listing the
variable. In a loop the second child is `child 2`; a fork whose result is dropped makes `server.1`.
"""

from __future__ import annotations

import re
import termios
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from itertools import chain, count

from simpsh.base.errors import SimpshError
from simpsh.base.events import (
    Call,
    Close,
    Event,
    Exec,
    Fork,
    Read,
    Reap,
    Reparent,
    Rest,
    WaitReturn,
)
from simpsh.base.patience import patience
from simpsh.base.process_names import child_name
from simpsh.base.record import Record, changed
from simpsh.course.claims.demonstration import Kill, Type
from simpsh.course.claims.observation import REAPER
from simpsh.kernel.machine import seccomp
from simpsh.process import proc
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.syscall_events import FORKS, OPENS, assembled_filter, is_of_programs

DEADLINE_SECONDS = 10.0 * patience()


class NotObservable(SimpshError):
    """This machine does not let the step be seen; the step is skipped with this reason."""


_CONTROL_BIT = 0x40
"""A control character is its letter without this bit."""
_CARET = re.compile(r"\^([@-_?])")


def keys_of(text: str) -> str:
    r"""Return the keys that a text names: `^C` is one key, `^^` the circumflex itself.

    >>> keys_of("fg\n^Z"), keys_of("^^")
    ('fg\n\x1a', '^')
    """
    return _CARET.sub(lambda key: "^" if key[1] == "^" else chr(ord(key[1]) ^ _CONTROL_BIT), text)


class DemonstrationSetup(Record):
    """How to run a demonstration, and how to look at it."""

    main: str = "parent"
    """What its first process is called."""
    source: str = ""
    """The listing that line numbers belong to."""
    fork_names: Mapping[int, str] = {}
    """What a child is called, by the line of its fork."""
    births: tuple[str, ...] = ()
    """What children are called whose fork is on none of these lines, in order of birth."""
    marks: Mapping[int, str] = {}
    """The marks ① … by the line before which a process is held."""
    acts: tuple[Kill | Type, ...] = ()
    """What you do, in turn, each time no process can move any more."""
    terminal: bool = False
    """Whether it has a terminal of its own, and leads a session there."""
    guard: int | str | None = None
    """How many processes it may ever have at a time, as process_containment.prepare() takes it."""
    calls: frozenset[str] = frozenset()
    """Further system calls to tell of, by the kernel's names."""
    moves: bool = False
    """Whether calls that move bytes from one file to another are made, whose bytes are not seen."""
    names_programs: bool = False
    """Whether processes are called after the programs they execute, whose files are not told."""
    holds: Callable[[int, int], int] | None = None
    """Which of a parent and its new child waits until all others sleep; None for neither, ever."""
    call_sites: CallSites | None = None
    """Finds the source lines of a program in C; None where they are not asked for."""
    deadline_seconds: float = DEADLINE_SECONDS
    """When all processes are ended: a net, and never a fact."""


_FURTHER = frozenset(
    (
        *("alarm", "chdir", "chroot", "fchdir", "fcntl", "flock", "ftruncate", "ioctl", "lseek"),
        *("mlock", "mount", "pidfd_open", "prctl", "pread64", "prlimit64", "pwrite64", "rename"),
        *("rt_sigaction", "rt_sigprocmask", "rt_sigtimedwait", "sched_setaffinity", "setitimer"),
        *("setresuid", "setrlimit", "umask", "umount2", "unlink", "unlinkat", "unshare", *FORKS),
    )
)

_MOVES = ("copy_file_range", "sendfile", "splice", "tee", "vmsplice")

# Those with a kind of event of their own fail without one.
_OWN_KIND = frozenset(("setsid",))


def seccomp_filters(setup: DemonstrationSetup) -> tuple[bytes, ...]:
    """Return the filters of a demonstration's processes, in the order of their installation.

    Calls that move bytes fail as on a kernel without them, and programs read and write instead: so
    what `cat` says is seen also where it is built to move bytes unread. The second filter tells the
    tracer of calls.
    """
    refused = () if setup.moves else tuple(name for name in _MOVES if name not in setup.calls)
    telling = assembled_filter("io", further_calls(setup))
    filters = (_refusing(refused), telling) if refused else (telling,)
    return tuple(filter(None, filters))


_refusing = cache(seccomp.refusing)


def further_calls(setup: DemonstrationSetup) -> frozenset[str]:
    """Return the calls to tell of beside those that every recording of level io has."""
    most = frozenset(FORKS) if setup.names_programs else _FURTHER.union(OPENS)
    return most | setup.calls | _OWN_KIND


_ASKS_FOR_TERMINAL = (termios.TCGETS, 0x802C542A)
"""TCGETS, and TCGETS2, by which newer C libraries ask."""
_PR_SET_NAME = 15
_OF_DESCRIPTORS = ("pread64", "lseek", "fcntl", "ioctl")


def is_noise(event: Event) -> bool:
    """Return whether an event is what interpreter and C library do beside a program's own code."""
    what = event.what
    number: object = None
    if isinstance(what, Read | Close):
        number = what.fd
    elif isinstance(what, Call) and what.name in _OF_DESCRIPTORS:
        number, request = (*what.args, None, None)[:2]
        # isatty(3), which open() of Python asks of every file.
        is_asked = isinstance(request, int) and request & 0xFFFFFFFF in _ASKS_FOR_TERMINAL
        if what.name == "ioctl" and is_asked:
            return True
    elif isinstance(what, Call) and what.name == "prctl":
        # Python 3.14 gives each thread its name.
        return what.args[:1] == (_PR_SET_NAME,)
    return isinstance(number, int) and is_of_programs(proc.link(event.pid, f"fd/{number}"))


_SYMBOL = re.compile(r"\bP\d+\b")


class ForkResultNames:
    """Gives each process of one run its name at its birth."""

    def __init__(self, setup: DemonstrationSetup) -> None:
        self.names: list[str] = []
        """All names so far, in order of birth."""
        self._setup = setup
        self._births = list(setup.births)
        self._children: dict[str, int] = {}

    def name(self, parent: str, line: int) -> str:
        """Return the name of a process just born to `parent`, which is at this line."""
        number = self._children[parent] = self._children.get(parent, 0) + 1
        if self._setup.names_programs and not self._setup.births:
            # For now: see program_names().
            name = f"P{len(self.names)}"
        elif not self.names:
            name = self._setup.main
        else:
            base = self._setup.fork_names.get(line, "")
            if not base and self._births:
                base = self._births.pop(0)
            name = numbered(base or child_name(parent, number), self.names)
        self.names.append(name)
        return name


def numbered(base: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: the base, or the base and a number.

    >>> numbered("child", ["parent"]), numbered("child", ["parent", "child", "child 2"])
    ('child', 'child 3')
    """
    names = chain([base], (f"{base} {number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def program_names(events: Sequence[Event], symbols: Sequence[str], main: str) -> Mapping[str, str]:
    """Return what to call the processes of a shell: after the programs they execute.

    One that executes none is called after its parent: `shell.1`.
    """
    parents: dict[str, str] = {}
    programs: dict[str, str] = {}
    for event in events:
        if isinstance(event.what, Fork) and event.what.child:
            parents[event.what.child] = event.proc
        elif isinstance(event.what, Exec) and event.what.argv:
            programs.setdefault(event.proc, event.what.argv[0].rsplit("/", 1)[-1])
    names = {symbols[0]: main} if symbols else {}
    births: dict[str, int] = {}
    for symbol in symbols[1:]:
        parent = names.get(parents.get(symbol, ""), main)
        births[parent] = births.get(parent, 0) + 1
        base = programs.get(symbol) or child_name(parent, births[parent])
        names[symbol] = numbered(base, list(names.values()))
    return names


def renamed(event: Event, names: Mapping[str, str]) -> Event:
    """Return an event with other names for the processes."""

    def new(name: str) -> str:
        return names.get(name, name)

    what = event.what
    if isinstance(what, Fork):
        what = changed(what, child=new(what.child), parent=new(what.parent))
    elif isinstance(what, WaitReturn):
        what = changed(what, child=new(what.child))
    elif isinstance(what, Reap):
        what = changed(what, child=new(what.child), by=new(what.by))
    elif isinstance(what, Reparent):
        what = changed(what, adopter=new(what.adopter) or REAPER)
    elif isinstance(what, Rest):
        waiting = [
            (new(name), _SYMBOL.sub(lambda symbol: new(symbol[0]), words))
            for name, words in what.waiting
        ]
        what = Rest(tuple(waiting), tuple((new(name), seconds) for name, seconds in what.wakes))
    return changed(event, proc=new(event.proc), what=what)
