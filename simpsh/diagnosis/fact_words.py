"""What diagnose found, in words: each act, each object and each rule has its words here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from simpsh.base.own_program import as_root
from simpsh.base.phrases import STATE_WORDS, counted, listed
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGTTIN, Signal
from simpsh.base.wait_status import sentence
from simpsh.process.diagnose import facts
from simpsh.process.diagnose.facts import (
    Aside,
    ChildKind,
    Company,
    Deed,
    Does,
    Edge,
    ElsewhereKind,
    Fact,
    Happening,
    Held,
    Hold,
    Law,
    LockKind,
    Proof,
    ThingKind,
    WayOut,
)
from simpsh.process.diagnose.origins import Birth, Origin
from simpsh.process.file_holders import HIDDEN_BY_PROC, OTHER_NAMESPACE, HidingPlace
from simpsh.process.open_files import Descriptor
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import named
from simpsh.process.socket_table import SocketInfo
from simpsh.view.wait_words import LOCKED_OUT, NEXT_CONNECTION, SLEEPS, opening_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    F = TypeVar("F", bound=Fact)
    R = TypeVar("R")

SEEN, NOT_SEEN = "seen", "not seen"
MOST_SHOWN = 4
_MOST_NAMED = 5


class Statement(Record):
    """A sentence of a diagnosis, and how it is known."""

    text: str
    evidence: str = SEEN
    """`seen` in /proc, `inferred by` a named rule, or `not seen`, with the reason in the text."""


def inferred(rule: str, text: str) -> Statement:
    """Return a statement that is inferred from facts by a rule such as `pipe(7)`."""
    return Statement(text, f"inferred by {rule}")


class PidNames:
    """What processes are called in a diagnosis."""

    def __init__(self, names: Mapping[int, str], commands: Mapping[int, str]) -> None:
        """`names` are P0, P1 … of the family asked about; other commands are read from /proc."""
        self._names, self._commands = names, commands

    def name(self, pid: int, command_line: str | None = None) -> str:
        """Return `PID (command)`, in the family asked about `PID (P1: command)`."""
        if command_line is None:
            command_line = self._commands.get(pid)
        return named(pid, command(pid) if command_line is None else command_line, self._names)

    def process(self, pid: int) -> str:
        """Return `process PID (command)`."""
        return f"process {self.name(pid)}"

    def child(self, child: facts.Child) -> str:
        """Return the name of one of several children, with its state instead of its command."""
        return named(child.pid, state_words(child.state), self._names)


def state_words(state: str) -> str:
    """Return a state letter in words, such as `asleep`."""
    return STATE_WORDS.get(state, f"state {state}")


# Lists.


def alternatives(
    edges: Iterable[Edge],
    name_of: Callable[[int], str],
    others: Iterable[str] = (),
    limit: float | None = None,
    *,
    are_all_needed: bool = False,
) -> str:
    """Return the words after “waits” for all that a process waits for.

    >>> a, b = facts.LockOn("a"), facts.LockOn("b")
    >>> edges = Edge(7, Deed.HOLDS, a), Edge(7, Deed.HOLDS, b), Edge(9, Deed.ENDS)
    >>> alternatives(edges, str, limit=3.0)
    'for 7, which holds the lock on a and the lock on b, for 9, which must end first, or for 3 s'
    >>> alternatives([Edge(7, Deed.ENDS), Edge(8, Deed.ENDS)], str)
    'for 7 or 8, whichever ends first'
    >>> alternatives([Edge(7, Deed.HOLDS, a), Edge(8, Deed.HOLDS, a)], str, are_all_needed=True)
    'for 7 and 8, each of which holds the lock on a'
    """
    others = [*others, *([] if limit is None else [seconds_words(limit)])]
    joint = "and" if are_all_needed else "or"
    parts: dict[int, dict[Edge, None]] = {}
    for edge in sorted(edges, key=lambda edge: edge.is_by_end):
        if not (edge.is_by_end and parts.get(edge.pid)):
            parts.setdefault(edge.pid, {})[changed(edge, pid=0)] = None
    names: dict[tuple[Edge, ...], list[str]] = {}
    for pid, reasons in parts.items():
        names.setdefault(tuple(reasons), []).append(name_of(pid))
    clauses = []
    for kinds, who in names.items():
        objects: dict[Deed, list[str]] = {}
        for edge in kinds:
            object_words = "" if edge.held is None else held_words(edge.held)
            objects.setdefault(edge.deed, []).append(object_words)
        clauses_of = [f"{_DEEDS[deed]} {listed(words)}".rstrip() for deed, words in objects.items()]
        clause, why = f"for {listed(shown(who), joint)}", listed(clauses_of)
        if len(who) > 1:
            which = "whichever ends first" if kinds[0].is_by_end else f"each of which {why}"
        else:
            which = f"which {why}"
        clauses.append(f"{clause}, {which}" if why else clause)
    clauses += [f"for {other}" for other in others]
    if len(clauses) < 2:
        return "".join(clauses)
    return f"{', '.join(clauses[:-1])}, {joint} {clauses[-1]}"


_DEEDS = {
    Deed.NOTHING_KNOWN: "",
    Deed.HOLDS: "holds",
    Deed.HAS_OPENED: "has opened",
    Deed.MAY_RECEIVE: "may receive",
    Deed.SHARES: "shares",
    Deed.ACCEPTS: "has to accept",
    Deed.RECEIVES: "must receive what was sent first",
    Deed.SERVES: "serves",
    Deed.COLLECTS: "must collect it",
    Deed.IS_COLLECTED: "must be collected first",
    Deed.EXECUTES: "must execute a program or end first",
    Deed.STOPS: "must stop first",
    Deed.CONTINUES: "must continue first",
    Deed.STOPS_OR_CONTINUES: "must stop or continue first",
    Deed.ENDS: "must end first",
    Deed.ENDS_WITH_SIGNAL: "sends SIGCHLD when it ends",
    Deed.MAY_END: "may have to end first",
}


def seconds_words(seconds: float) -> str:
    """Return a time limit as text.

    >>> seconds_words(499.9987), seconds_words(0.05)
    ('500 s', '0.05 s')
    """
    return f"{round(seconds, 1) if seconds >= 1 else seconds:g} s"


def shown(names: list[str]) -> list[str]:
    """Return the first names of a list, and `3 more` if it is long."""
    more = len(names) - MOST_SHOWN
    return [*names[:MOST_SHOWN], f"{more} more"] if more > 0 else names


def _numbered(word: str, numbers: Iterable[int]) -> str:
    """Return `descriptor 3`, or `descriptors 1 and 2`."""
    texts = [str(number) for number in numbers]
    return f"{word}{'s' if len(texts) > 1 else ''} {listed(texts)}"


def _any_of(signals: Sequence[Signal]) -> str:
    return listed(shown([signal.name for signal in signals]), "or")


# Objects.

_NAMES = {
    "inotify": "inotify instance",
    "eventpoll": "epoll instance",
    "fanotify": "fanotify group",
    "seccomp notify": "seccomp listener",
}
"""The names in the manual for what the kernel calls otherwise."""


def file_words(file: Descriptor, info: SocketInfo | None = None) -> str:
    """Return the name of a descriptor's file for use in a sentence; a socket has its addresses.

    >>> file_words(Descriptor(3, "pipe:[77]", "r", False, 0, "pipe", 1, 77))
    'the pipe [77]'
    >>> file_words(Descriptor(4, "anon_inode:[signalfd]", "rw", False, 0, "anonymous", 1, 9))
    'a signalfd'
    >>> http = SocketInfo(8, "TCP", local="127.0.0.1:80")
    >>> file_words(Descriptor(5, "socket:[8]", "rw", False, 0, "socket", 1, 8), http)
    'the socket [8] (TCP 127.0.0.1:80)'
    """
    if file.kind in ("pipe", "socket"):
        words = f"the {file.kind} [{file.inode}]"
    elif file.kind == "anonymous":
        name = file.target.removeprefix("anon_inode:").strip("[]")
        name = _NAMES.get(name, name)
        words = f"{'an' if name[:1] in 'aei' else 'a'} {name}"
    else:
        kind = {"fifo": "the FIFO", "terminal": "the terminal", "file": "the file"}.get(file.kind)
        words = f"{kind or file.kind} {file.target}"
    if info is None:
        return words
    parts = " ".join(filter(None, (info.kind, info.local)))
    remote = f", connected to {info.remote}" if info.remote else ""
    return f"{words} ({parts}{remote})"


def held_words(held: Held, *, is_proof: bool = False) -> str:
    """Return the words for an object after “holds”; a proof names what the answer describes."""
    match held:
        case facts.PipeEnd(file, is_write_end, is_only):
            end = "write end" if is_write_end else "read end"
            return (
                f"a {end}"
                if is_proof
                else f"{'the' if is_only else 'a'} {end} of {file_words(file)}"
            )
        case facts.SocketPeer(file, peer):
            proof = f"the other end, the socket [{peer}],"
            return proof if is_proof else f"the other end of {file_words(file)}"
        case facts.Listener(address, inode):
            proof = f"the socket [{inode}], which listens at {address},"
            return proof if is_proof else f"the connection to {address}"
        case facts.Queue(name):
            return f"the message queue {name}"
        case facts.LockOn(path):
            return f"the lock on {path}"
        case facts.SomeLockOn(path):
            return f"a lock on {path}"
        case facts.LeaseOn(path):
            return f"the lease on {path}"
        case facts.FileSystem(path):
            return f"the file system at {path}"
        case facts.TerminalOf(name):
            return name if is_proof else f"the terminal {name}"
        case facts.Thing(ThingKind.MASTER):
            return "its master, the other side," if is_proof else "the terminal's master"
        case facts.Thing(kind):
            return _THINGS[kind]


_THINGS = {
    ThingKind.EVENTFD: "the eventfd",
    ThingKind.EPOLL: "the epoll instance",
    ThingKind.TIMER: "the timerfd",
    ThingKind.MUTEX: "the mutex",
    ThingKind.MEMORY: "the memory",
    ThingKind.TRACEE: "it by ptrace(2)",
    ThingKind.LISTENER: "the fanotify listener",
    ThingKind.PAGES: "a userfaultfd",
    ThingKind.SUPERVISOR: "a listener of seccomp filters",
}


# Acts: the rest of a sentence that begins with the process.


_WORDS: dict[type[Fact], Callable[[Fact, PidNames], str]] = {}
_SENTENCES: dict[type[Fact], Callable[[Fact, PidNames], Statement]] = {}


def words(fact: Fact, names: PidNames) -> str:
    """Return an act, an awaited event or a way out in words; an act follows the process's name."""
    return _WORDS[type(fact)](fact, names)


def _keep_in(
    table: dict[type[Fact], Callable[[Fact, PidNames], R]], kind: type[F]
) -> Callable[[Callable[[F, PidNames], R]], Callable[[F, PidNames], R]]:
    """Return a decorator that enters a function for a kind of facts."""

    def keep(function: Callable[[F, PidNames], R]) -> Callable[[F, PidNames], R]:
        table[kind] = function  # type: ignore[assignment] # looked up by its kind
        return function

    return keep


def _words_of(
    kind: type[F],
) -> Callable[[Callable[[F, PidNames], str]], Callable[[F, PidNames], str]]:
    return _keep_in(_WORDS, kind)


def _sentence_of(
    kind: type[F],
) -> Callable[[Callable[[F, PidNames], Statement]], Callable[[F, PidNames], Statement]]:
    return _keep_in(_SENTENCES, kind)


_ASIDES = {
    Aside.NOTHING: "",
    Aside.FOR_KEYBOARD: ": it waits for the keyboard",
    Aside.FOR_PROGRAM: ": a program holds the terminal's master",
    Aside.NOT_ACCEPTED: ": no process has accepted the connection",
    Aside.NO_WRITER: ", and no other process has opened it for writing",
    Aside.NO_READER: ", and no other process has opened it for reading",
    Aside.EVENT_HAS_COME: ", whose one event has come (EPOLLONESHOT)",
    Aside.NEITHER_INPUT_NOR_ROOM: (
        ", for neither input nor room: urgent data, an error or the other end's closing"
    ),
}


@_words_of(facts.AtFile)
def _(act: facts.AtFile, names: PidNames) -> str:
    verb = _verb(act.does)
    if act.does is Does.WRITES and act.file.kind in ("pipe", "fifo"):
        verb = "writes into"
    text = f"{verb} {file_words(act.file, act.socket)} as descriptor {act.file.number}"
    until = "" if act.until is None else f": it waits until {_event_words(act.until)}"
    return f"{text}{_ASIDES[act.aside]}{until}"


def _verb(does: Does) -> str:
    return {Does.READS: "reads", Does.WRITES: "writes to", Does.POLLS: "polls"}[does]


@_words_of(facts.AtHiddenDescriptor)
def _(act: facts.AtHiddenDescriptor, names: PidNames) -> str:
    verb = {Does.READS: "reads", Does.WRITES: "writes", Does.POLLS: "polls"}[act.does]
    return f"{verb}, {'from' if act.is_reader else 'to'} a descriptor that cannot be seen"


@_words_of(facts.PollsHidden)
def _(act: facts.PollsHidden, names: PidNames) -> str:
    return f"polls descriptor {act.number}, which cannot be seen"


@_words_of(facts.AtMaster)
def _(act: facts.AtMaster, names: PidNames) -> str:
    return f"{_verb(act.does)} the master of {act.terminal} as descriptor {act.number}"


@_words_of(facts.AtSomePipe)
def _(act: facts.AtSomePipe, names: PidNames) -> str:
    text = "reads an empty pipe" if act.is_reader else "writes into a full pipe"
    where = f", as descriptor {listed([*map(str, act.numbers)], 'or')}" if act.numbers else ""
    return f"{text}{where}"


@_words_of(facts.ForNew)
def _(act: facts.ForNew, names: PidNames) -> str:
    return f"{words(act.act, names)}, for what is new there only"


@_words_of(facts.AtQueue)
def _(act: facts.AtQueue, names: PidNames) -> str:
    where = f"the message queue {act.name}" if act.name else "a queue that cannot be seen"
    return f"waits for {'a message' if act.is_reader else 'room'} in {where}"


@_words_of(facts.Limited)
def _(act: facts.Limited, names: PidNames) -> str:
    return f"{words(act.act, names)}, or for {act.seconds:.1f} s"


@_words_of(facts.Opens)
def _(act: facts.Opens, names: PidNames) -> str:
    return f"opens {act.path or 'a file'}, and open(2) has not returned yet"


@_words_of(facts.OpensLeased)
def _(act: facts.OpensLeased, names: PidNames) -> str:
    verb = _VERBS.get(act.call, "opens")
    return f"{verb} {act.path or 'a file'}, and waits until a lease on it is given up"


_VERBS = {"truncate": "truncates", "execve": "executes", "execveat": "executes"}


@_words_of(facts.HeldCall)
def _(act: facts.HeldCall, names: PidNames) -> str:
    where = f" in {act.call}(2)" if act.call else ""
    return f"is held{where} until {_RELEASES[act.by]}"


_RELEASES = {
    ThingKind.LISTENER: "a listener permits the access (fanotify(7))",
    ThingKind.PAGES: "a process fills a page of its memory (userfaultfd(2))",
    ThingKind.SUPERVISOR: "a supervisor answers the call (seccomp_unotify(2))",
}


@_words_of(facts.Lingers)
def _(act: facts.Lingers, names: PidNames) -> str:
    return f"closes a socket, and waits until {act.remote} has received what was sent"


@_words_of(facts.UsesServed)
def _(act: facts.UsesServed, names: PidNames) -> str:
    return f"uses the file system at {act.path}, and waits until its server has answered"


@_words_of(facts.OpensFifo)
def _(act: facts.OpensFifo, names: PidNames) -> str:
    opened = opening_words(f"the FIFO {act.path}", is_reader=act.is_reader)
    if not act.openers:
        return opened
    other = act.openers[0]
    return f"{opened}; {names.process(other.pid)}, which could, waits to open the FIFO {other.path}"


_HIDDEN_SOCKET = "a socket that cannot be seen"


@_words_of(facts.Connects)
def _(act: facts.Connects, names: PidNames) -> str:
    what = _HIDDEN_SOCKET if act.file is None else file_words(act.file, act.socket)
    where = f" to {act.address}" if act.address else ""
    return f"connects {what}{where}, and no process has answered yet"


@_words_of(facts.Accepts)
def _(act: facts.Accepts, names: PidNames) -> str:
    where = _HIDDEN_SOCKET
    if act.file is not None:
        where = f"{file_words(act.file, act.socket)} as descriptor {act.file.number}"
    return f"{NEXT_CONNECTION} {where}"


_HAPPENINGS = {
    Happening.COUNTER_GROWS: "a process adds to its counter (eventfd(2))",
    Happening.COUNTER_READ: (
        "a process reads its counter, which is too high for more (eventfd(2))"
    ),
    Happening.TIMER_EXPIRES: "the timer expires (timerfd_create(2))",
    Happening.SIGNAL_SENT: "one of its signals is sent (signalfd(2))",
    Happening.FILE_CHANGES: "a file that is watched changes (inotify(7))",
    Happening.FILE_USED: "a file that is watched is used (fanotify(7))",
    Happening.PAGE_USED: "a page that is watched is used (userfaultfd(2))",
    Happening.CALL_MADE: "a process with the filter makes a watched call (seccomp_unotify(2))",
}


def _event_words(event: Happening | facts.TimerSet | facts.SignalsAt) -> str:
    match event:
        case facts.TimerSet(seconds):
            when = f"in {seconds_words(seconds)}" if seconds else "after it has been set"
            return f"the timer expires, {when} (timerfd_create(2))"
        case facts.SignalsAt(signals):
            return f"{_any_of(signals)} is sent to it (signalfd(2))"
        case Happening():
            return _HAPPENINGS[event]


@_words_of(facts.WaitsForChild)
def _(act: facts.WaitsForChild, names: PidNames) -> str:
    which = {
        ChildKind.UNKNOWN: "a child",
        ChildKind.ANY: "any of its children",
        ChildKind.PID: f"its child {act.number}",
        ChildKind.GROUP: f"a child of group {act.number}",
        ChildKind.PIDFD: "a child that a pidfd means",
    }[act.kind]
    if not act.children:
        return f"waits for {which}, and has none that can be seen"
    if len(act.children) > 1:
        each = [*map(names.child, act.children)]
        more = [f"{len(each) - _MOST_NAMED} more"] if len(each) > _MOST_NAMED else []
        return f"waits for {which}: {listed([*each[:_MOST_NAMED], *more])}"
    [child] = act.children
    whose = "its child" if child.is_own else "a process that it traces,"
    state = f"which is {state_words(child.state)}"
    if child.state == "Z" and child.threads > 1:
        state = "whose first thread has ended, while another one lives"
    elif child.state == "Z":
        # The child's tracer, or another thread of the child, prevents that.
        state = "which has ended but cannot be collected yet"
    return f"waits for {whose} {names.name(child.pid)}, {state}"


@_words_of(facts.WaitsInVfork)
def _(act: facts.WaitsInVfork, names: PidNames) -> str:
    child = f"its child {names.name(act.child)}" if act.child else "a child"
    return f"waits until {child} executes a program or ends"


@_words_of(facts.EndsNamespace)
def _(act: facts.EndsNamespace, names: PidNames) -> str:
    return "ends as PID 1, and waits until the other processes of its PID namespace are gone"


@_words_of(facts.IsStopped)
def _(act: facts.IsStopped, names: PidNames) -> str:
    return "is stopped" if act.signal is None else f"is stopped by {act.signal.name}"


@_words_of(facts.IsStoppedAtTerminal)
def _(act: facts.IsStoppedAtTerminal, names: PidNames) -> str:
    # ^Z in the foreground looks the same.
    earlier = ", or by ^Z before that" if act.signal == SIGTTIN else ""
    return f"is stopped as a background process at its terminal: by {act.signal.name}{earlier}"


@_words_of(facts.IsTraced)
def _(act: facts.IsTraced, names: PidNames) -> str:
    if not act.tracer:
        return "is held by a tracer that cannot be seen"
    return f"is held by its tracer, {names.process(act.tracer)}"


@_words_of(facts.IsDead)
def _(act: facts.IsDead, names: PidNames) -> str:
    if not act.parent:
        return "is dead; its parent, outside our PID namespace, has to collect it"
    if act.tracer:
        return f"is dead, and its tracer, {names.process(act.tracer)}, has not collected it"
    return f"is dead, and its parent {names.name(act.parent)} has not collected it"


@_words_of(facts.AtLock)
def _(act: facts.AtLock, names: PidNames) -> str:
    return f"{LOCKED_OUT} {act.path or 'a file that cannot be seen'}"


@_words_of(facts.AtSeveralFutexes)
def _(act: facts.AtSeveralFutexes, names: PidNames) -> str:
    return "waits for one of several locks or conditions in memory (futex_waitv(2))"


@_words_of(facts.InMemory)
def _(act: facts.InMemory, names: PidNames) -> str:
    if act.is_semaphore:
        text = f"waits at a semaphore that stands at 0 (futex(2) at {act.address:#x})"
    else:
        where = f" at {act.address:#x}" if act.address else ""
        text = f"waits for a lock or condition in memory (futex(2){where})"
    if act.company is Company.NO_THREAD:
        return f"{text}: no thread is left that could {_waking(act.is_semaphore)}"
    if act.company is Company.NO_PROCESS:
        return f"{text}: no other process has mapped it"
    return text


def _waking(is_semaphore: bool) -> str:  # noqa: FBT001 - one word or the other
    return "add to it" if is_semaphore else "wake it"


@_words_of(facts.Joins)
def _(act: facts.Joins, names: PidNames) -> str:
    return f"waits until its thread {act.thread} ends"


@_words_of(facts.AtMutex)
def _(act: facts.AtMutex, names: PidNames) -> str:
    if act.owner == act.waiter:
        owner = "it holds itself"
    elif act.is_own:
        is_first = act.owner == act.process
        owner = f"its own {'first thread' if is_first else f'thread {act.owner}'} holds"
    else:
        thread = "" if act.owner == act.process else f"thread {act.owner} of "
        owner = f"{thread}{names.process(act.process)} holds"
    return f"waits for a mutex that {owner} (futex(2) at {act.address:#x})"


@_words_of(facts.AtAbandonedMutex)
def _(act: facts.AtAbandonedMutex, names: PidNames) -> str:
    which = "this process does not have" if act.is_missing else "has ended"
    owner = f"thread {act.owner}, which {which}"
    return f"waits for a mutex that was taken by {owner} (futex(2) at {act.address:#x})"


@_words_of(facts.Sleeps)
def _(act: facts.Sleeps, names: PidNames) -> str:
    if act.seconds is None:
        return SLEEPS
    if act.is_left:
        return f"sleeps for another {act.seconds:.1f} s"
    return f"sleeps for {act.seconds:g} s, counted from when it began"


@_words_of(facts.PollSleeps)
def _(act: facts.PollSleeps, names: PidNames) -> str:
    return f"waits for {seconds_words(act.seconds)} ({act.call}(2))"


@_words_of(facts.WaitsForAny)
def _(act: facts.WaitsForAny, names: PidNames) -> str:
    others = [words(other, names) for other in act.others]
    text = f"waits {alternatives(act.edges, names.process, others, act.limit)}"
    return f"{text} ({act.call}(2))" if act.call else text


@_words_of(facts.WaitsForSignals)
def _(act: facts.WaitsForSignals, names: PidNames) -> str:
    return f"waits for {_any_of(act.signals) or 'a signal that ends it'} ({act.call}(2))"


@_words_of(facts.TakesNoSignal)
def _(act: facts.TakesNoSignal, names: PidNames) -> str:
    return f"waits for a signal ({act.call}(2)), but blocks or ignores each that it could take"


@_words_of(facts.SignalIgnored)
def _(act: facts.SignalIgnored, names: PidNames) -> str:
    return f"waits for SIGCHLD ({act.call}(2)), which never comes: it ignores it"


@_words_of(facts.SignalHasCome)
def _(act: facts.SignalHasCome, names: PidNames) -> str:
    dead = listed(shown([*map(names.name, act.dead)]))
    are = "is" if len(act.dead) == 1 else "are"
    return (
        f"waits for SIGCHLD ({act.call}(2)), which has come already: {dead} {are} dead and not "
        "collected"
    )


def _watched(watched: facts.Watched) -> str:
    numbers = _numbered("descriptor", watched.numbers)
    more = f" and {watched.more} more" if watched.more else ""
    return f"{'one of ' if len(watched.numbers) > 1 else ''}its {numbers}{more}"


def _limit(watched: facts.Watched) -> str:
    if watched.limit is None:
        return "without a time limit"
    return f"or after {seconds_words(watched.limit)}"


@_words_of(facts.PollsAll)
def _(act: facts.PollsAll, names: PidNames) -> str:
    return f"waits for {_watched(act.watched)}, {_limit(act.watched)}"


@_words_of(facts.PollsPrivate)
def _(act: facts.PollsPrivate, names: PidNames) -> str:
    return f"waits until a thread or handler of its own writes to {_watched(act.watched)}"


@_words_of(facts.PollsUnseen)
def _(act: facts.PollsUnseen, names: PidNames) -> str:
    return (
        "waits for one of several descriptors, a time or a signal; for which cannot be seen "
        f"({act.call}(2) or a call like it)"
    )


_AT_NUMBERS = {
    "msgrcv": "for a message in the System V queue{} (msgrcv(2); ipcs -q lists all)",
    "msgsnd": "for room in the System V queue{} (msgsnd(2); ipcs -q lists all)",
    "semop": "at the System V semaphore set{} (semop(2); ipcs -s lists all)",
    "semtimedop": "at the System V semaphore set{} (semop(2); ipcs -s lists all)",
    "io_getevents": "until an asynchronous operation completes (io_getevents(2))",
    "io_uring_enter": (
        "until an operation completes that was submitted to the io_uring at descriptor{} "
        "(io_uring_enter(2))"
    ),
}


@_words_of(facts.AtNumber)
def _(act: facts.AtNumber, names: PidNames) -> str:
    number = "" if act.number is None else f" {act.number}"
    return f"waits {_AT_NUMBERS[act.call].format(number)}"


@_words_of(facts.PollsPidfd)
def _(act: facts.PollsPidfd, names: PidNames) -> str:
    return f"polls a pidfd as descriptor {act.number}"


@_words_of(facts.AwaitsEnd)
def _(act: facts.AwaitsEnd, names: PidNames) -> str:
    return f"waits for the end of process {act.pid}, by a pidfd as descriptor {act.number}"


@_words_of(facts.Runs)
def _(act: facts.Runs, names: PidNames) -> str:
    return "runs or is ready to run: it waits for nothing"


@_words_of(facts.KernelWorks)
def _(act: facts.KernelWorks, names: PidNames) -> str:
    return "is a thread of the kernel, which runs when there is work"


@_words_of(facts.FirstThreadEnded)
def _(act: facts.FirstThreadEnded, names: PidNames) -> str:
    return "has ended its first thread"


@_words_of(facts.IsFrozen)
def _(act: facts.IsFrozen, names: PidNames) -> str:
    return f"is frozen with its control group {act.path}"


@_words_of(facts.InCall)
def _(act: facts.InCall, names: PidNames) -> str:
    where = f" in {act.call}(2)" if act.call else ""
    return f"is {state_words(act.state)} ({act.state}){where}"


@_words_of(facts.IsHidden)
def _(act: facts.IsHidden, names: PidNames) -> str:
    return f"is {state_words(act.state)} ({act.state}); we may not see what it waits for"


@_words_of(facts.Loops)
def _(act: facts.Loops, names: PidNames) -> str:
    between = f"runs {act.program}" if act.program else "sleeps"
    text = f"looks for something again and again, and {between} in between"
    if not act.pids:
        return text
    who = listed(shown([*map(names.process, act.pids)]), "or")
    if act.file:
        return f"{text}: perhaps it asks for the lock on {act.file}, which {who} holds"
    return f"{text}: perhaps it asks whether {who} has ended"


# Other awaited events, in words that follow “for”.


@_words_of(facts.NextConnection)
def _(other: facts.NextConnection, names: PidNames) -> str:
    return f"the next connection at {file_words(other.file, other.socket)}"


@_words_of(facts.InputAt)
def _(other: facts.InputAt, names: PidNames) -> str:
    return f"input at {file_words(other.file, other.socket)}"


@_words_of(facts.RoomIn)
def _(other: facts.RoomIn, names: PidNames) -> str:
    return f"room in {file_words(other.file, other.socket)}"


@_words_of(facts.NewAt)
def _(other: facts.NewAt, names: PidNames) -> str:
    return f"what is new at {file_words(other.file)}"


@_words_of(facts.EventAt)
def _(other: facts.EventAt, names: PidNames) -> str:
    return f"an event at {file_words(other.file)}"


@_words_of(facts.OwnDescriptor)
def _(other: facts.OwnDescriptor, names: PidNames) -> str:
    return f"its descriptor {other.number}"


@_words_of(facts.SignalsBy)
def _(other: facts.SignalsBy, names: PidNames) -> str:
    return f"{_any_of(other.signals) or 'a signal'} ({other.call}(2))"


@_words_of(facts.Elsewhere)
def _(other: facts.Elsewhere, names: PidNames) -> str:
    return {
        ElsewhereKind.END_OF_A_PROCESS: "the end of a process",
        ElsewhereKind.FURTHER_DESCRIPTORS: "one of its further descriptors",
        ElsewhereKind.LOOKED_FOR: "what it looks for",
    }[other.kind]


# Ways out of a circle.


def unless_words(ways: Iterable[WayOut], names: PidNames) -> str:
    """Return the end of a sentence: `unless one of these ends the wait: …`; empty for none."""
    texts = [words(way, names) for way in ways]
    if len(texts) < 2:
        return "".join(f"unless {way} ends the wait" for way in texts)
    return f"unless one of these ends the wait: {listed(texts, 'or')}"


@_words_of(facts.ByHandler)
def _(way: facts.ByHandler, names: PidNames) -> str:
    caught = listed(shown([signal.name for signal in way.signals]))
    return f"a handler of process {way.pid} ({caught})"


@_words_of(facts.ByThread)
def _(way: facts.ByThread, names: PidNames) -> str:
    return f"another thread of process {way.pid}"


@_words_of(facts.ByHidden)
def _(way: facts.ByHidden, names: PidNames) -> str:
    if len(way.pids) == 1:
        return f"process {way.pids[0]} that we may not look into"
    return f"one of {len(way.pids)} processes that we may not look into"


_PLACES: Mapping[HidingPlace, str] = {
    OTHER_NAMESPACE: "a process outside of this PID namespace",
    HIDDEN_BY_PROC: "a process that /proc hides",
}


@_words_of(facts.ByPlace)
def _(way: facts.ByPlace, names: PidNames) -> str:
    return _PLACES[way.place]


@_words_of(facts.ByOpener)
def _(way: facts.ByOpener, names: PidNames) -> str:
    name = way.name if isinstance(way.name, str) else held_words(way.name)
    return f"another process that opens {name}"


@_words_of(facts.BySocketLimit)
def _(way: facts.BySocketLimit, names: PidNames) -> str:
    return "a time limit of the socket (SO_RCVTIMEO in socket(7))"


@_words_of(facts.ByStop)
def _(way: facts.ByStop, names: PidNames) -> str:
    return "a signal that stops or continues the child"


# The proof: whole sentences, with their evidence.

_LAWS: Mapping[Law, Statement] = {
    Law.STORAGE: inferred("read(2)", "The file's storage, or its driver, has to answer."),
    Law.SERVES_FILES: inferred(
        "fuse(4)", "It serves a file system, and continues when a process uses a file there."
    ),
    Law.NEVER_END_OF_FILE: inferred(
        "pipe(7)", "As long as it holds that, it never gets the end of file."
    ),
    Law.BUFFER_FULL: inferred("socket(7)", "The socket's buffer is full; the other end must read."),
    Law.MESSAGE_COMES: inferred("socket(7)", "It continues when a message comes."),
    Law.ACCEPT_FIRST: inferred(
        "accept(2)", "The other end sends nothing before a process has accepted the connection."
    ),
    Law.QUEUE_FULL: inferred(
        "listen(2)", "A connection waits while the queue of those not accepted is full."
    ),
    Law.OUTPUT_HELD: inferred(
        "tcflow(3)", "Its output is held up: by ^S, or because no process reads the other side."
    ),
    Law.HAS_MASTER: inferred(
        "pty(7)",
        "A program writes to the master what a person would type, and reads what is shown.",
    ),
    Law.ONLY_CLOSED: inferred(
        "poll(2)", "At this end only POLLERR or POLLHUP comes, when the last other end is closed."
    ),
    Law.LEASE_TAKEN: inferred(
        "fcntl(2)",
        "The kernel has asked the holder to give it up, and takes it after lease-break-time.",
    ),
    Law.LINGERS: inferred(
        "socket(7)",
        "With SO_LINGER, close(2) waits until then, or until the time that was set is over.",
    ),
    Law.MEMORY_LENT: inferred(
        "vfork(2)", "The child has the parent's memory, and the parent is held until then."
    ),
    Law.NAMESPACE_ENDS: inferred(
        "pid_namespaces(7)",
        "When PID 1 ends, the kernel kills the other processes of its PID namespace, and waits "
        "until each has been collected. One that came in by setns(2) has its parent outside.",
    ),
    Law.ONLY_A_NUMBER: inferred(
        "wait(2)",
        "It holds no memory and no descriptors, only its number and its status. Signals do "
        "nothing to it.",
    ),
    Law.COLLECTED_LATER: inferred(
        "wait(2)", "It goes when its parent waits, or ends (then its new parent collects it)."
    ),
    Law.NOT_UNLOCKED: inferred(
        "pthread_mutexattr_setrobust(3)",
        "Its owner did not unlock it, and no other thread may. After a robust mutex's owner has "
        "ended, the next one gets EOWNERDEAD instead.",
    ),
    Law.NO_THREAD_LEFT: inferred(
        "futex(2)", "It has no other thread; fork copies one only. A handler of a signal may do it."
    ),
    Law.SLEEP_OVER: inferred(
        "nanosleep(2)", "It continues when the time is over, or at a signal it catches."
    ),
    Law.SIGCHLD_IGNORED: inferred(
        "signal(7)", "It ignores SIGCHLD: the kernel sends none when a child ends."
    ),
    Law.SIGNALS_MERGE: inferred(
        "signal(7)", "Signals of one kind are merged: one SIGCHLD may stand for several children."
    ),
    Law.UNTIL_HANDLED: inferred(
        "signal(7)", "It continues when a handler has run. Only SIGKILL can end the process."
    ),
    Law.NEW_INPUT_ONLY: inferred(
        "epoll(7)",
        "It becomes ready when more comes or the other end is closed; what is left does not count.",
    ),
    Law.LOOPED_ONCE: inferred("two looks", "Between the two it went through its loop once."),
    Law.CONTINUED_LATER: inferred(
        "signal(7)", "A stopped process takes a signal when SIGCONT continues it."
    ),
    Law.FIRST_PROCESS_BLOCKS: inferred(
        "pid_namespaces(7)",
        "It is PID 1 of its PID namespace and blocks SIGTERM: the kernel keeps that signal "
        "until the process takes it, by sigwait(3) or signalfd(2), or unblocks it.",
    ),
    Law.FIRST_PROCESS_DROPS: inferred(
        "pid_namespaces(7)",
        "It is PID 1 of its PID namespace and has no handler for SIGTERM: the kernel drops "
        "SIGTERM, and each other signal without a handler that it does not block. Only SIGKILL "
        "from outside ends it.",
    ),
}


def statement(proof: Proof, names: PidNames) -> Statement:
    """Return a fact, a rule or a gap as a sentence with its evidence."""
    return _LAWS[proof] if isinstance(proof, Law) else _SENTENCES[type(proof)](proof, names)


@_sentence_of(facts.Holding)
def _(fact: facts.Holding, names: PidNames) -> Statement:
    what = held_words(fact.held, is_proof=True)
    numbers = _numbered("descriptor", fact.numbers)
    if fact.is_own:
        return Statement(f"It holds {what} itself, as {numbers}.")
    whose = "" if fact.origin is None else f": {_origin_words(fact.origin, names)}"
    return Statement(
        f"Process {names.name(fact.pid, fact.command)} holds {what} as {numbers}{whose}."
    )


def _origin_words(origin: Origin, names: PidNames) -> str:
    parent = names.process(origin.parent)
    dead = f"process {origin.dead} [{origin.dead_program}], which is dead and not collected"
    return {
        Birth.CHILD_OF_ASKER: "its child",
        Birth.CHILD: f"a child of {parent}",
        Birth.CHILD_OR_ORPHAN: f"a child of {parent}, by birth or as an orphan",
        Birth.ORPHAN: f"an orphan, adopted by {parent}",
        Birth.ORPHAN_OF_DEAD: f"probably an orphan of {dead}, adopted by {parent}",
    }[origin.birth]


@_sentence_of(facts.ReadyWhen)
def _(rule: facts.ReadyWhen, names: PidNames) -> Statement:
    page, verb = ("read(2)", "returns") if rule.is_reader else ("write(2)", "continues")
    if rule.event is Happening.CALL_MADE:
        page = "ioctl(2)"  # nothing else reads a listener
    begin = "It becomes ready" if rule.is_polled else f"{page} {verb}"
    return inferred(page, f"{begin} when {_event_words(rule.event)}.")


@_sentence_of(facts.PipeContinues)
def _(rule: facts.PipeContinues, names: PidNames) -> Statement:
    state, begin, act, then, end = (
        ("empty", "read(2) returns", "writes", "with the end of file ", "write end")
        if rule.is_reader
        else ("full", "write(2) continues", "reads", "fails with EPIPE ", "read end")
    )
    if rule.is_polled:
        begin, then = "it becomes ready", ""
    text = f"The pipe is {state}: {begin} when a process {act}, or {then}when the last {end}"
    return inferred("pipe(7)", f"{text} is closed.")


@_sentence_of(facts.NoHolder)
def _(fact: facts.NoHolder, names: PidNames) -> Statement:
    end = "write end" if fact.is_write_end else "read end"
    other, more = ("other process", "") if fact.is_held_by_itself else ("process", " any more")
    return Statement(f"No {other} that can be seen holds a {end}{more}.")


@_sentence_of(facts.UnderWay)
def _(fact: facts.UnderWay, names: PidNames) -> Statement:
    whose, where = names.name(fact.pid), _numbered("descriptor", fact.numbers)
    text = f"Process {whose} has not received the descriptors sent to its {where} (unix(7))."
    return Statement(text)


@_sentence_of(facts.InRing)
def _(fact: facts.InRing, names: PidNames) -> Statement:
    whose, where = names.name(fact.pid), _numbered("descriptor", fact.numbers)
    text = f"The io_uring of process {whose}, its {where}, has it, too (io_uring_register(2))."
    return Statement(text)


@_sentence_of(facts.PerhapsHeld)
def _(rule: facts.PerhapsHeld, names: PidNames) -> Statement:
    hidden = [words(facts.ByHidden(rule.hidden), names)] if rule.hidden else []
    places = (*hidden, *map(_PLACES.__getitem__, rule.places), "a UNIX socket (SCM_RIGHTS)")
    text = f"Perhaps it is held by {listed(places, 'or')}; if not, the wait is about to end."
    return inferred("pipe(7)", text)


@_sentence_of(facts.ForkServerReports)
def _(rule: facts.ForkServerReports, names: PidNames) -> Statement:
    text = f"Process {rule.server} is a fork server: it writes to the pipe when its child ends."
    return inferred("its socket and the pipes of its child", text)


@_sentence_of(facts.LeftOver)
def _(rule: facts.LeftOver, names: PidNames) -> Statement:
    who = f"Process {rule.pids[0]} is" if len(rule.pids) == 1 else "They are"
    text = f"{who} left over: the process that was to write there has ended, and the other end"
    return inferred("fork(2)", f"{text} was only inherited.")


@_sentence_of(facts.QueueContinues)
def _(rule: facts.QueueContinues, names: PidNames) -> Statement:
    act = "sends one" if rule.is_reader else "receives one"
    return inferred("mq_overview(7)", f"It continues when a process {act}.")


@_sentence_of(facts.FifoOpens)
def _(rule: facts.FifoOpens, names: PidNames) -> Statement:
    missing = "writing" if rule.is_reader else "reading"
    text = f"open(2) returns when another process opens {rule.path} for {missing}."
    return inferred("fifo(7)", text)


@_sentence_of(facts.PeerSends)
def _(rule: facts.PeerSends, names: PidNames) -> Statement:
    closed = ", and not when it is closed" if rule.has_messages else " or is closed"
    return inferred("socket(7)", f"It continues when the other end sends{closed}.")


@_sentence_of(facts.NoPeer)
def _(fact: facts.NoPeer, names: PidNames) -> Statement:
    other_end = f"the other end, the socket [{fact.peer}],"
    return Statement(f"No process that can be seen has {other_end} open.")


@_sentence_of(facts.OtherNetwork)
def _(gap: facts.OtherNetwork, names: PidNames) -> Statement:
    text = "The other end is not seen, because the socket is in another network namespace."
    return Statement(text, NOT_SEEN)


@_sentence_of(facts.PeerUnknown)
def _(gap: facts.PeerUnknown, names: PidNames) -> Statement:
    text = "Which process has the other end is not known."
    if gap.remote:
        text = (
            f"The other end, {gap.remote}, cannot be seen here: it is on another machine, or "
            "in another network namespace."
        )
    return Statement(text, NOT_SEEN)


@_sentence_of(facts.ConnectionComes)
def _(rule: facts.ConnectionComes, names: PidNames) -> Statement:
    begin = "It becomes ready" if rule.is_polled else "accept(2) returns"
    return inferred("accept(2)", f"{begin} when a process connects.")


@_sentence_of(facts.LineTyped)
def _(rule: facts.LineTyped, names: PidNames) -> Statement:
    begin = "It becomes ready" if rule.is_polled else "read(2) returns"
    when = "when a line is typed, or sooner if the terminal does not wait for lines"
    return inferred("termios(3)", f"{begin} {when}.")


@_sentence_of(facts.GroupAtTerminal)
def _(fact: facts.GroupAtTerminal, names: PidNames) -> Statement:
    if fact.is_foreground:
        return Statement("Its group is the terminal's foreground group.")
    foreground = f"the terminal's foreground group is {fact.foreground}"
    return Statement(f"It is in group {fact.pgid}, {foreground}.")


@_sentence_of(facts.TerminalUsed)
def _(rule: facts.TerminalUsed, names: PidNames) -> Statement:
    does = "reads from it"
    if rule.is_reader:
        does = "writes to it, or when the last one closes it"
    return inferred("pty(7)", f"It continues when a process that has {rule.name} open {does}.")


@_sentence_of(facts.ChildStopped)
def _(rule: facts.ChildStopped, names: PidNames) -> Statement:
    text = (
        f"Process {rule.pid} is stopped, and the wait is for an end only: it lasts until "
        f"that process is continued (kill -CONT {rule.pid}) and ends."
    )
    return inferred("waitpid(2)", text)


@_sentence_of(facts.StopUnknown)
def _(gap: facts.StopUnknown, names: PidNames) -> Statement:
    text = "Which signal stopped it cannot be seen here: only its parent gets to know."
    if gap.is_forbidden:
        text = "Not permitted to see which signal stopped it."
    return Statement(text, NOT_SEEN)


@_sentence_of(facts.StopNotWatched)
def _(gap: facts.StopNotWatched, names: PidNames) -> Statement:
    text = "Its cause was not watched: no process of its group is in such a call."
    return Statement(text, NOT_SEEN)


@_sentence_of(facts.ContinuedBy)
def _(rule: facts.ContinuedBy, names: PidNames) -> Statement:
    text = f"SIGCONT makes it continue: kill -CONT {rule.pid}, or fg or bg in its shell."
    return inferred("signal(7)", text)


def _at_terminal(signal: Signal) -> str:
    return "read from" if signal == SIGTTIN else "write to, or set,"


@_sentence_of(facts.WasAtTerminal)
def _(fact: facts.WasAtTerminal, names: PidNames) -> Statement:
    who = "It" if fact.pid is None else f"Process {names.name(fact.pid)}"
    use = f"{who} was about to {_at_terminal(fact.signal)} its terminal /dev/{fact.tty}"
    return Statement(
        f"{use}: it is in group {fact.pgid}, the foreground group is {fact.foreground}."
    )


@_sentence_of(facts.SignalOfGroup)
def _(rule: facts.SignalOfGroup, names: PidNames) -> Statement:
    text = f"{rule.signal.name} goes to each process of that group, this one too."
    return inferred("credentials(7)", text)


@_sentence_of(facts.StoppedAgain)
def _(rule: facts.StoppedAgain, names: PidNames) -> Statement:
    whom, it = (f"-- -{rule.pgid}", "that group") if rule.pgid else (rule.pid, "it")
    text = (
        f"A background process may not {_at_terminal(rule.signal)} its terminal: bg, or kill -CONT "
        f"{whom}, makes {it} try again, and {rule.signal.name} stops it again. fg in its shell "
        "brings it to the foreground."
    )
    return inferred("setpgid(2)", text)


@_sentence_of(facts.TracerContinues)
def _(rule: facts.TracerContinues, names: PidNames) -> Statement:
    reason = "" if rule.signal is None else f"It stopped with {rule.signal.name}. "
    text = (
        f"{reason}Its tracer can let it continue, or its tracer's end. After a stop signal SIGCONT "
        "does, if the tracer has asked for that (PTRACE_LISTEN)."
    )
    return inferred("ptrace(2)", text)


@_sentence_of(facts.Ended)
def _(fact: facts.Ended, names: PidNames) -> Statement:
    return Statement(f"How it ended: {sentence(fact.status)}.")


@_sentence_of(facts.EndUnknown)
def _(gap: facts.EndUnknown, names: PidNames) -> Statement:
    return Statement("Not permitted to see how it ended.", NOT_SEEN)


@_sentence_of(facts.AfterTracer)
def _(rule: facts.AfterTracer, names: PidNames) -> Statement:
    parent = names.name(rule.parent)
    text = f"Its parent {parent} can collect it after the tracer has, or has ended."
    return inferred("ptrace(2)", text)


_LOCK_CALLS = {
    LockKind.FLOCK: "flock(2)",
    LockKind.POSIX: "fcntl(2), a record lock",
    LockKind.OFDLCK: "fcntl(2), F_OFD_SETLKW",
}


@_sentence_of(facts.AskedBy)
def _(fact: facts.AskedBy, names: PidNames) -> Statement:
    return Statement(f"It asks by {_LOCK_CALLS[fact.kind]}, on descriptor {fact.number}.")


@_sentence_of(facts.HoldsLock)
def _(fact: facts.HoldsLock, names: PidNames) -> Statement:
    by = _numbered("descriptor", fact.numbers)
    if fact.is_own:
        return Statement(f"It holds the lock itself, by {by}.")
    taker = f"; it inherited the lock, which process {fact.taker} took" if fact.taker else ""
    return Statement(f"Process {names.name(fact.pid)} holds it, by {by}{taker}.")


@_sentence_of(facts.TookLock)
def _(fact: facts.TookLock, names: PidNames) -> Statement:
    return Statement(f"Process {names.name(fact.pid)} took it.")


@_sentence_of(facts.OtherLibrary)
def _(gap: facts.OtherLibrary, names: PidNames) -> Statement:
    text = (
        "It does not wait in a lock of this system's C library, so the owner of its lock is not "
        "known."
    )
    return Statement(text, NOT_SEEN)


def _wake_page(is_semaphore: bool) -> str:  # noqa: FBT001 - one page or the other
    return "sem_post(3)" if is_semaphore else "futex(2)"


@_sentence_of(facts.ThreadActs)
def _(rule: facts.ThreadActs, names: PidNames) -> Statement:
    who = (
        "Another thread of this process"
        if rule.is_of_process
        else "A thread that shares this memory"
    )
    text = f"{who} has to {_waking(rule.is_semaphore)}; which one is not known."
    return inferred(_wake_page(rule.is_semaphore), text)


@_sentence_of(facts.SharerActs)
def _(rule: facts.SharerActs, names: PidNames) -> Statement:
    who = f"A process that has mapped this memory ({rule.region})"
    return inferred(_wake_page(rule.is_semaphore), f"{who} has to {_waking(rule.is_semaphore)}.")


@_sentence_of(facts.SemaphoreAt)
def _(fact: facts.SemaphoreAt, names: PidNames) -> Statement:
    text = f"Its semaphore {fact.number} has the value {fact.value}"
    if fact.last_pid:
        whose = f"process {fact.last_pid}, which has ended,"
        who = whose if fact.has_ended else names.process(fact.last_pid)
        text += f"; {who} changed it last (GETPID in semctl(2))"
    return Statement(f"{text}.")


@_sentence_of(facts.WakerUnknown)
def _(gap: facts.WakerUnknown, names: PidNames) -> Statement:
    which = listed(shown([*map(str, gap.threads)]))
    whom = "threads" if len(gap.threads) > 1 else "thread"
    text = f"Which thread wakes {whom} {which}, if any: /proc does not show it."
    return Statement(text, NOT_SEEN)


@_sentence_of(facts.Waiters)
def _(rule: facts.Waiters, names: PidNames) -> Statement:
    wait = "wait" if rule.count > 1 else "waits"
    return inferred("sem_post(3)", f"{counted(rule.count, 'thread')} {wait} at it.")


@_sentence_of(facts.PollReturns)
def _(rule: facts.PollReturns, names: PidNames) -> Statement:
    call = f"{rule.watched.call}(2)"
    return inferred(
        call, f"{call} returns when {_watched(rule.watched)} is ready, {_limit(rule.watched)}."
    )


@_sentence_of(facts.Part)
def _(fact: facts.Part, names: PidNames) -> Statement:
    return Statement(f"It {words(fact.act, names)}.", fact.evidence.words)


@_sentence_of(facts.ThreadsContinue)
def _(rule: facts.ThreadsContinue, names: PidNames) -> Statement:
    continues = "continues" if rule.count == 1 else "continue"
    text = f"{counted(rule.count, 'other thread')} {continues}; the process ends"
    return inferred("exit(2)", f"{text} when the last one does.")


@_sentence_of(facts.Thaws)
def _(rule: facts.Thaws, names: PidNames) -> Statement:
    group = rule.group
    text = f"It continues when {group.value} is written to {group.path}/{group.file}."
    return inferred("cgroups(7)", text)


_HOLDS = {
    Hold.SUPERVISOR: "a supervisor has to answer the call (seccomp(2), SECCOMP_RET_USER_NOTIF)",
    Hold.PAGE_FILLER: "the process that watches its memory has to fill a page (userfaultfd(2))",
    Hold.LEASE_HOLDER: (
        "the process with a lease on the file must give it up (F_SETLEASE in fcntl(2))"
    ),
    Hold.LISTENER: "a listener has to permit the access (fanotify(7))",
    Hold.FILE_SERVER: "the process that serves the file system has to answer (fuse(4))",
    Hold.FREEZER: "its control group is frozen (cgroups(7))",
}


@_sentence_of(facts.InFunction)
def _(fact: facts.InFunction, names: PidNames) -> Statement:
    event = "" if fact.hold is None else f": {_HOLDS[fact.hold]}"
    return Statement(f"The kernel function it sleeps in is {fact.function}{event}.")


_BY_YAMA = {
    "1": "a process may look into its own descendants only",
    "2": "only root may look",
    "3": "no process may look, not even root's",
}
_ROOT_LACKS = (
    "We are root without CAP_SYS_PTRACE, as in many containers: docker run --cap-add SYS_PTRACE"
)


@_sentence_of(facts.CallHidden)
def _(gap: facts.CallHidden, names: PidNames) -> Statement:
    # Yama does not keep a process with the capability from looking, unless nobody may look.
    is_by_yama = gap.scope in _BY_YAMA and gap.viewer is not facts.Viewer.TRACER
    if is_by_yama or gap.scope == "3":
        why = f": kernel.yama.ptrace_scope is {gap.scope}, so that {_BY_YAMA[gap.scope]}."
        if gap.scope != "3":
            is_root = gap.viewer is facts.Viewer.ROOT
            root = f"Root may look: {as_root('diagnose', str(gap.pid))}"
            why = f"{why} {f'{_ROOT_LACKS}.' if is_root else root}"
    elif gap.viewer is facts.Viewer.ROOT:
        why = f". {_ROOT_LACKS}. Or a security module keeps it from us; see ptrace(2)."
    else:
        why = ": a security module keeps it from us; see ptrace(2)."
    return Statement(f"Its call cannot be seen{why}", NOT_SEEN)


_HIDES_FROM_ITS_USER = (
    "It belongs to us, but only root may look: it changed its user or group, gained "
    "capabilities, has an unreadable program, hides itself (PR_SET_DUMPABLE), or a "
    "security module protects it"
)


@_sentence_of(facts.ProcessHidden)
def _(gap: facts.ProcessHidden, names: PidNames) -> Statement:
    owner = "to us" if gap.uid is None else f"to user {gap.uid}"
    match gap.viewer:
        case facts.Viewer.TRACER:
            text = (
                f"It belongs {owner}. We may look into processes of all users (CAP_SYS_PTRACE), "
                "but not into this one: a security module protects it, or it is outside our "
                "user namespace"
            )
        case facts.Viewer.ROOT:
            text = f"It belongs {owner}. {_ROOT_LACKS}. Or a security module protects it"
        case facts.Viewer.USER if gap.uid is None:
            text = _HIDES_FROM_ITS_USER
        case facts.Viewer.USER:
            text = (
                f"It belongs {owner}. Usually that user and root may look, but not into every "
                "process"
            )
    return Statement(f"{text}; see ptrace(2), 'Ptrace access mode checking'.", NOT_SEEN)


@_sentence_of(facts.LoopUnseen)
def _(gap: facts.LoopUnseen, names: PidNames) -> Statement:
    text = "/proc does not show what it looks for; its calls do"
    return Statement(f"{text}: strace -p {gap.pid}", NOT_SEEN)


@_sentence_of(facts.Pending)
def _(fact: facts.Pending, names: PidNames) -> Statement:
    which = "which blocks it" if fact.is_blocked else "which is stopped"
    return Statement(f"{fact.signal.name} is pending for process {fact.pid}, {which}.")


@_sentence_of(facts.Unblocked)
def _(rule: facts.Unblocked, names: PidNames) -> Statement:
    text = "A blocked signal has its effect when it is unblocked."
    if rule.pid:
        text += f" SIGKILL cannot be blocked: kill -KILL {rule.pid} ends the process."
    return inferred("signal(7)", text)
