"""What diagnose finds, as values; `diagnosis/fact_words.py` turns them into sentences.

A `Fact` was seen. A `Rule`, and each `Law`, says what follows from facts. A `Gap` could not be
seen.
"""

from __future__ import annotations

from enum import Enum, auto

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.signal_names import Signal
    from simpsh.base.wait_status import WaitStatus
    from simpsh.base.waits import Evidence
    from simpsh.process.control_groups import FrozenGroup
    from simpsh.process.diagnose.origins import Origin
    from simpsh.process.file_holders import HidingPlace
    from simpsh.process.open_files import Descriptor
    from simpsh.process.socket_table import SocketInfo


class Fact(Record):
    """Something that was seen, or the act of a process that a Finding is about."""


class Rule(Fact):
    """What follows from facts by a rule of the kernel or of a library."""


class Gap(Fact):
    """Something that could not be seen."""


class Law(Enum):
    """A rule whose sentence is always the same."""

    STORAGE = auto()
    SERVES_FILES = auto()
    NEVER_END_OF_FILE = auto()
    ONLY_CLOSED = auto()
    BUFFER_FULL = auto()
    MESSAGE_COMES = auto()
    ACCEPT_FIRST = auto()
    QUEUE_FULL = auto()
    OUTPUT_HELD = auto()
    HAS_MASTER = auto()
    LEASE_TAKEN = auto()
    LINGERS = auto()
    MEMORY_LENT = auto()
    NAMESPACE_ENDS = auto()
    ONLY_A_NUMBER = auto()
    COLLECTED_LATER = auto()
    NOT_UNLOCKED = auto()
    NO_THREAD_LEFT = auto()
    SLEEP_OVER = auto()
    SIGCHLD_IGNORED = auto()
    SIGNALS_MERGE = auto()
    UNTIL_HANDLED = auto()
    NEW_INPUT_ONLY = auto()
    LOOPED_ONCE = auto()
    CONTINUED_LATER = auto()
    FIRST_PROCESS_BLOCKS = auto()
    FIRST_PROCESS_DROPS = auto()


Proof = Fact | Law


# Objects that a process may hold.


class PipeEnd(Fact):
    """The end of a pipe or FIFO that the waiting process does not use."""

    file: Descriptor
    is_write_end: bool
    is_only: bool
    """Whether one process holds it."""


class SocketPeer(Fact):
    """The other end of a connection."""

    file: Descriptor
    peer: int


class Listener(Fact):
    """The listening socket of a connection that was not accepted."""

    address: str
    inode: int | None


class Queue(Fact):
    """A POSIX message queue."""

    name: str


class LockOn(Fact):
    """A lock on a file."""

    path: str


class SomeLockOn(Fact):
    """A lock on a file that a process may be asking for."""

    path: str


class LeaseOn(Fact):
    """A lease on a file."""

    path: str


class FileSystem(Fact):
    """A file system that a process serves."""

    path: str


class TerminalOf(Fact):
    """A terminal, for the process at its master."""

    name: str


class Thing(Fact):
    """An object without a name of its own."""

    kind: ThingKind


Held = (
    PipeEnd
    | SocketPeer
    | Listener
    | Queue
    | LockOn
    | SomeLockOn
    | LeaseOn
    | FileSystem
    | TerminalOf
    | Thing
)
"""An object; a process that holds it may end the wait."""


class ThingKind(Enum):
    """The kinds of objects without a name."""

    EVENTFD = auto()
    EPOLL = auto()
    TIMER = auto()
    MASTER = auto()
    MUTEX = auto()
    MEMORY = auto()
    TRACEE = auto()
    LISTENER = auto()
    PAGES = auto()
    SUPERVISOR = auto()


class Holding(Fact):
    """A process holds an object."""

    pid: int
    command: str
    numbers: tuple[int, ...]
    held: Held
    is_own: bool
    """Whether it is the waiting process itself."""
    origin: Origin | None = None


class Deed(Enum):
    """What a process does, or must do, that may end the wait of another one."""

    NOTHING_KNOWN = auto()
    HOLDS = auto()
    HAS_OPENED = auto()
    MAY_RECEIVE = auto()
    SHARES = auto()
    ACCEPTS = auto()
    RECEIVES = auto()
    SERVES = auto()
    COLLECTS = auto()
    IS_COLLECTED = auto()
    EXECUTES = auto()
    STOPS = auto()
    CONTINUES = auto()
    STOPS_OR_CONTINUES = auto()
    ENDS = auto()
    ENDS_WITH_SIGNAL = auto()
    MAY_END = auto()

    @property
    def is_by_end(self) -> bool:
        """Whether the process's exit ends the wait; mentioned only if it holds nothing."""
        return self in (Deed.ENDS, Deed.ENDS_WITH_SIGNAL, Deed.MAY_END)


# Files.


class Does(Enum):
    """What a process does at a descriptor."""

    READS = auto()
    WRITES = auto()
    POLLS = auto()


class Aside(Enum):
    """What else is known about a process at a descriptor."""

    NOTHING = auto()
    FOR_KEYBOARD = auto()
    FOR_PROGRAM = auto()
    NOT_ACCEPTED = auto()
    NO_WRITER = auto()
    NO_READER = auto()
    EVENT_HAS_COME = auto()
    NEITHER_INPUT_NOR_ROOM = auto()


class Happening(Enum):
    """An event at a file of the kernel without a name."""

    COUNTER_GROWS = auto()
    COUNTER_READ = auto()
    TIMER_EXPIRES = auto()
    SIGNAL_SENT = auto()
    FILE_CHANGES = auto()
    FILE_USED = auto()
    PAGE_USED = auto()
    CALL_MADE = auto()


class TimerSet(Fact):
    """A timer expires; None if it is not set."""

    seconds: float | None


class SignalsAt(Fact):
    """One of these signals is sent to a signalfd."""

    signals: tuple[Signal, ...]


class AtFile(Fact):
    """A process reads, writes or polls a descriptor."""

    does: Does
    file: Descriptor
    socket: SocketInfo | None = None
    aside: Aside = Aside.NOTHING
    until: Happening | TimerSet | SignalsAt | None = None


class AtHiddenDescriptor(Fact):
    """A process reads or writes where its descriptor table is hidden."""

    does: Does
    is_reader: bool


class PollsHidden(Fact):
    """A process polls a descriptor that cannot be seen."""

    number: int


class AtMaster(Fact):
    """A process is at the master of a terminal."""

    does: Does
    terminal: str
    number: int


class AtSomePipe(Fact):
    """A process waits at one of its pipes."""

    is_reader: bool
    numbers: tuple[int, ...]


class ForNew(Fact):
    """A wait for what is new at a descriptor (EPOLLET)."""

    act: Fact


class AtQueue(Fact):
    """A process sends to a POSIX message queue, or receives; the name is empty if hidden."""

    name: str
    is_reader: bool


class Limited(Fact):
    """An act with a time limit."""

    act: Fact
    seconds: float


class Opens(Fact):
    """A process opens a file; the path is empty if it cannot be seen."""

    path: str


class OpensLeased(Fact):
    """A process opens, truncates or executes a file on which others hold leases.

    The path is empty if it is not known.
    """

    path: str
    call: str


class HeldCall(Fact):
    """A call is held until a process with such an object has acted; a page fault has no name."""

    call: str
    by: ThingKind


class Lingers(Fact):
    """A process closes a socket, and waits until what it sent has arrived. See socket(7)."""

    remote: str


class UsesServed(Fact):
    """A process uses a file system, and waits for its server."""

    path: str


class FifoOpener(Record):
    """Another process of the session that waits itself to open a FIFO."""

    pid: int
    path: str


class OpensFifo(Fact):
    """A process opens a FIFO that no process has opened at the other end."""

    path: str
    is_reader: bool
    openers: tuple[FifoOpener, ...] = ()
    """Each may be meant to open this one next."""


class Connects(Fact):
    """A process connects a socket."""

    file: Descriptor | None
    socket: SocketInfo | None
    address: str


class Accepts(Fact):
    """A process waits for connections."""

    file: Descriptor | None
    socket: SocketInfo | None


class ReadyWhen(Rule):
    """An event makes a descriptor ready, or ends a call."""

    event: Happening | TimerSet | SignalsAt
    is_reader: bool
    is_polled: bool


class PipeContinues(Rule):
    """What ends the wait at a pipe."""

    is_reader: bool
    is_polled: bool


class NoHolder(Fact):
    """No other process holds the other end of a pipe."""

    is_write_end: bool
    is_held_by_itself: bool


class UnderWay(Fact):
    """Descriptors that were sent to these sockets of a process wait there to be received."""

    pid: int
    numbers: tuple[int, ...]


class InRing(Fact):
    """These io_urings of a process have the pipe or socket among their files."""

    pid: int
    numbers: tuple[int, ...]


class PerhapsHeld(Rule):
    """Where the other end of a pipe may be although no process that can be seen holds it."""

    hidden: tuple[int, ...]
    places: tuple[HidingPlace, ...]


class ForkServerReports(Rule):
    """A fork server writes to a pipe when one of its children ends."""

    server: int


class LeftOver(Rule):
    """Only orphans hold the other end."""

    pids: tuple[int, ...]


class QueueContinues(Rule):
    """What ends the wait at a message queue."""

    is_reader: bool


class FifoOpens(Rule):
    """What ends the opening of a FIFO."""

    path: str
    is_reader: bool


class PeerSends(Rule):
    """What ends a read of a socket."""

    has_messages: bool


class NoPeer(Fact):
    """No process that can be seen has the other end of a socket."""

    peer: int


class OtherNetwork(Gap):
    """A socket is in another network namespace."""


class PeerUnknown(Gap):
    """The other end of a socket is not known, or far away."""

    remote: str


class ConnectionComes(Rule):
    """What ends the wait of a server."""

    is_polled: bool


class LineTyped(Rule):
    """What ends a read of a terminal."""

    is_polled: bool


class GroupAtTerminal(Fact):
    """The group of a process, and the terminal's foreground group."""

    pgid: int
    foreground: int
    is_foreground: bool


class TerminalUsed(Rule):
    """What ends a wait at a terminal's master."""

    name: str
    is_reader: bool


# Other awaited events, besides those that processes cause.


class Other(Fact):
    """An awaited event."""


class NextConnection(Other):
    """A connection at a listening socket."""

    file: Descriptor
    socket: SocketInfo | None


class InputAt(Other):
    """Input at a descriptor."""

    file: Descriptor
    socket: SocketInfo | None


class RoomIn(Other):
    """Room in a descriptor's buffer."""

    file: Descriptor
    socket: SocketInfo | None


class NewAt(Other):
    """More input than there was."""

    file: Descriptor


class EventAt(Other):
    """Any event at a descriptor."""

    file: Descriptor


class OwnDescriptor(Other):
    """An event at a descriptor that cannot be seen."""

    number: int


class SignalsBy(Other):
    """One of these signals, taken by a call; none if they are not known."""

    signals: tuple[Signal, ...]
    call: str


class Elsewhere(Other):
    """An event of which nothing else is known."""

    kind: ElsewhereKind


class ElsewhereKind(Enum):
    """The awaited events of which nothing else is known."""

    END_OF_A_PROCESS = auto()
    FURTHER_DESCRIPTORS = auto()
    LOOKED_FOR = auto()


# Ways out of a circle.


class WayOut(Fact):
    """An event that may end a wait although its members wait for each other."""


class ByHandler(WayOut):
    """A handler of a process."""

    pid: int
    signals: tuple[Signal, ...]


class ByThread(WayOut):
    """Another thread of a process."""

    pid: int


class ByHidden(WayOut):
    """A process that we may not inspect."""

    pids: tuple[int, ...]


class ByPlace(WayOut):
    """A process that no table shows."""

    place: HidingPlace


class ByOpener(WayOut):
    """Another process that opens a named object."""

    name: str | Held


class BySocketLimit(WayOut):
    """A time limit of a socket, which /proc does not show."""


class ByStop(WayOut):
    """A signal that stops or continues a child."""


# Processes.


class ChildKind(Enum):
    """Which children a wait is for."""

    UNKNOWN = auto()
    ANY = auto()
    PID = auto()
    GROUP = auto()
    PIDFD = auto()


class Child(Record):
    """An awaited child, or a tracee."""

    pid: int
    state: str
    """The state letter of proc_pid_stat(5)."""
    threads: int
    is_own: bool


class WaitsForChild(Fact):
    """A process waits for children."""

    kind: ChildKind
    number: int
    children: tuple[Child, ...]


class ChildStopped(Rule):
    """A wait for an end lasts until a stopped child is continued."""

    pid: int


class WaitsInVfork(Fact):
    """A process is held by vfork(2); 0 for a child that is not known."""

    child: int


class EndsNamespace(Fact):
    """The first process of a PID namespace ends."""


class IsStopped(Fact):
    """A process is stopped by a signal, if that is known."""

    signal: Signal | None


class IsStoppedAtTerminal(Fact):
    """A background process is stopped at its terminal, by a signal that was inferred."""

    signal: Signal


class StopUnknown(Gap):
    """Which signal stopped a process is not known."""

    is_forbidden: bool


class StopNotWatched(Gap):
    """Why a process got SIGTTIN or SIGTTOU is not known."""


class ContinuedBy(Rule):
    """SIGCONT continues a process."""

    pid: int


class WasAtTerminal(Fact):
    """A background process was about to use its terminal; None for the process itself."""

    pid: int | None
    signal: Signal
    tty: str
    pgid: int
    foreground: int


class SignalOfGroup(Rule):
    """The signal went to each process of a group."""

    signal: Signal


class StoppedAgain(Rule):
    """A background process that is continued is stopped again; `pgid` is 0 if it is alone."""

    signal: Signal
    pid: int
    pgid: int


class IsTraced(Fact):
    """A tracer holds a process; 0 if it cannot be seen."""

    tracer: int


class TracerContinues(Rule):
    """What ends a stop of ptrace(2)."""

    signal: Signal | None


class IsDead(Fact):
    """A process is a zombie; `parent` is 0 outside our PID namespace."""

    parent: int
    tracer: int = 0


class Ended(Fact):
    """How a process ended."""

    status: WaitStatus


class EndUnknown(Gap):
    """How a process ended may not be seen."""


class AfterTracer(Rule):
    """The parent can collect a process after the tracer has."""

    parent: int


# Locks.


class AtLock(Fact):
    """A process waits for a lock on a file; the path is empty if it cannot be seen."""

    path: str


class LockKind(Enum):
    """The kinds of file locks."""

    FLOCK = auto()
    POSIX = auto()
    OFDLCK = auto()


class AskedBy(Fact):
    """By which call a process asks for a lock."""

    kind: LockKind
    number: int


class HoldsLock(Fact):
    """A process holds the lock; `taker` took it and left it to that one, or is 0."""

    pid: int
    numbers: tuple[int, ...]
    is_own: bool
    taker: int = 0


class TookLock(Fact):
    """A process took the lock."""

    pid: int


class AtSeveralFutexes(Fact):
    """A process waits in futex_waitv(2)."""


class Company(Enum):
    """Who could end a wait in memory."""

    SOME = auto()
    NO_THREAD = auto()
    NO_PROCESS = auto()


class InMemory(Fact):
    """A process waits for a lock, a condition or a semaphore in memory."""

    address: int
    is_semaphore: bool
    company: Company = Company.SOME


class Joins(Fact):
    """A process waits for the end of its thread."""

    thread: int


class AtMutex(Fact):
    """A process waits for a mutex whose owner is known."""

    address: int
    waiter: int
    owner: int
    """A thread."""
    process: int
    """The owner's process."""
    is_own: bool
    """Whether that is the waiter's process."""


class AtAbandonedMutex(Fact):
    """A mutex's owner has ended, or is no thread of the process."""

    address: int
    owner: int
    is_missing: bool


class OtherLibrary(Gap):
    """A lock is not one of this C library."""


class ThreadActs(Rule):
    """A thread of the process, or one that shares its memory, ends the wait."""

    is_semaphore: bool
    is_of_process: bool


class SharerActs(Rule):
    """A process that has mapped the memory ends the wait."""

    is_semaphore: bool
    region: str


class WakerUnknown(Gap):
    """Which thread of their process wakes these threads, if any, is not known."""

    threads: tuple[int, ...]


class Waiters(Rule):
    """How many threads wait at a semaphore."""

    count: int


# Events.


class Sleeps(Fact):
    """A process sleeps."""

    seconds: float | None
    is_left: bool = False
    """Whether that is the rest of the time, not the whole."""


class PollSleeps(Fact):
    """A process sleeps in a poll of nothing."""

    seconds: float
    call: str


class WaitsForAny(Fact):
    """A process waits for whatever comes first; `call` is empty if the events name it."""

    edges: tuple[Edge, ...]
    others: tuple[Other, ...] = ()
    limit: float | None = None
    call: str = ""


class WaitsForSignals(Fact):
    """A process waits in a call for signals; none for one that ends it."""

    signals: tuple[Signal, ...]
    call: str


class TakesNoSignal(Fact):
    """A process waits in a call for a signal, but blocks or ignores each."""

    call: str


class SignalIgnored(Fact):
    """A process waits for SIGCHLD, which it ignores."""

    call: str


class SignalHasCome(Fact):
    """A process waits for SIGCHLD, although these children are dead already."""

    call: str
    dead: tuple[int, ...]


class Watched(Record):
    """The descriptors of a poll."""

    numbers: tuple[int, ...]
    more: int
    """How many others there are."""
    limit: float | None
    call: str


class PollsAll(Fact):
    """A process polls descriptors; nothing is known about what comes."""

    watched: Watched


class PollsPrivate(Fact):
    """A process polls what only its own threads and handlers write to."""

    watched: Watched


class PollsUnseen(Fact):
    """A process polls; its descriptors are not known."""

    call: str


class PollReturns(Rule):
    """What ends a poll."""

    watched: Watched


class Part(Fact):
    """One of several waits of a process."""

    act: Fact
    evidence: Evidence


class AtNumber(Fact):
    """A process waits at an object that has only a number."""

    call: str
    number: int | None


class SemaphoreAt(Fact):
    """The semaphore of a System V set that an operation waits for."""

    number: int
    value: int
    last_pid: int
    """The process that changed it last; 0 if there was none."""
    has_ended: bool


class PollsPidfd(Fact):
    """A process polls a pidfd whose process cannot be seen."""

    number: int


class AwaitsEnd(Fact):
    """A process polls the pidfd of another one."""

    pid: int
    number: int


# States.


class Runs(Fact):
    """A process runs, or could."""


class KernelWorks(Fact):
    """A thread of the kernel."""


class FirstThreadEnded(Fact):
    """The first thread of a process has ended, others have not."""


class ThreadsContinue(Rule):
    """A process ends with its last thread."""

    count: int


class IsFrozen(Fact):
    """A process is frozen with its control group."""

    path: str


class Thaws(Rule):
    """What thaws a control group."""

    group: FrozenGroup


class Hold(Enum):
    """Who keeps a process in the middle of any call."""

    SUPERVISOR = auto()
    PAGE_FILLER = auto()
    LEASE_HOLDER = auto()
    LISTENER = auto()
    FILE_SERVER = auto()
    FREEZER = auto()


class InFunction(Fact):
    """The kernel function in which a process sleeps."""

    function: str
    hold: Hold | None


class InCall(Fact):
    """A process is in a call that is not understood; empty if it is not known."""

    state: str
    call: str


class IsHidden(Fact):
    """We may not see what a process waits for."""

    state: str


class Viewer(Enum):
    """What this process may see of others; see ptrace(2), 'Ptrace access mode checking'."""

    USER = "user"
    ROOT = "root without CAP_SYS_PTRACE"
    TRACER = "CAP_SYS_PTRACE"


class CallHidden(Gap):
    """The call is hidden; `scope` is Yama's ptrace_scope, empty without Yama."""

    scope: str
    pid: int
    viewer: Viewer


class ProcessHidden(Gap):
    """A process is hidden from us; `uid` is None if it belongs to our user."""

    uid: int | None
    viewer: Viewer


class Loops(Fact):
    """A process looks for something again and again.

    It runs a program in between, or sleeps if `program` is empty. Perhaps it asks for the lock on
    `file`, or whether one of the processes has ended.
    """

    program: str
    file: str
    pids: tuple[int, ...]


class LoopUnseen(Gap):
    """What a loop looks for cannot be seen."""

    pid: int


class Pending(Fact):
    """A signal has come for a process that blocks it, or that is stopped."""

    signal: Signal
    pid: int
    is_blocked: bool


class Unblocked(Rule):
    """When a blocked signal has its effect; `pid` is 0 if the process has a handler."""

    pid: int


class Edge(Record):
    """A process that may end a wait, and why it may."""

    pid: int
    deed: Deed = Deed.NOTHING_KNOWN
    held: Held | None = None

    @property
    def is_by_end(self) -> bool:
        """Whether the process's exit ends the wait; mentioned only if the process holds nothing."""
        return self.deed.is_by_end
