"""Operations, the state of a whole program between two steps, and its kernel.

A held process is about to make an operation. The operation's class
says in words what it does, and what the kernel does with it: when the call returns, with what, and
what it changes. The model knows nothing else about Linux; every real step is compared with these
rules.

A state is a nest of tuples, so that equal states are found by hashing: the living processes and
where they are, zombies, bytes in pipes, files as histories, locks. The output is no part of it,
because no process reads it. `Kernel` is a state unpacked, to be looked at or changed. A state is
copied and compared a hundred thousand times in a search, so it has no records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar, cast

from simpsh.base.process_names import parent_of
from simpsh.base.record import Mutable, Record, fresh
from simpsh.base.signal_names import DUMPS_CORE, SIGCHLD, SIGKILL, STOP_SIGNALS
from simpsh.explore.flags import ENDS_BEFORE_HANDLER, ENDS_BY_EITHER, KILLS_IN_VFORK, RESETS, Flag
from simpsh.explore.objects.process_state import (
    SA_NOCLDWAIT,
    Dispositions,
    Origin,
    Result,
    has_no_effect,
    is_fatal,
    is_lost,
)
from simpsh.explore.objects.stop import Stop
from simpsh.explore.objects.symbolic_names import is_below, is_fifo, is_pipe, is_socket

SIGNALS_FIRST = "!"
"""The result of a step that only let signals act."""
INTERRUPTED = "interrupted"
"""The result of a call that a signal broke off before it could do anything: it is made again, or
fails with EINTR."""
ENDED = "end"
"""The result of a step that was the process's end."""


_CLD_EXITED, _CLD_KILLED, _CLD_DUMPED = 1, 2, 3
FROM_KERNEL: Origin = 0x80, "", 0
"""The origin of a signal that no process has sent: SI_KERNEL."""


def origin_of_end(child: str, word: int) -> Origin:
    """Return the origin of the SIGCHLD that a process with this status word sends at its end.

    >>> origin_of_end("P1", 0x0300), origin_of_end("P1", 0x8B)
    ((1, 'P1', 3), (3, 'P1', 11))
    """
    if word & 0x7F:
        return (_CLD_DUMPED if word & 0x80 else _CLD_KILLED), child, word & 0x7F
    return _CLD_EXITED, child, word >> 8


class DependsOn(tuple[object, ...]):
    """The prediction for an answer that is learned: what of the state it depends on."""

    __slots__ = ()


ANYTHING = DependsOn()
"""The prediction for an answer that depends on the process alone."""
Prediction = object
"""A result, or DependsOn."""


class Operation(Record):
    """Something that a process is about to do, which others may notice, or which hangs on them.

    This one touches no other process, and can always be made. A class that system calls make has
    `from_call`, and is registered with @followed.
    """

    _said = ""
    """The words; `{0.field}` stands for a field's value."""
    _named = tuple[str, ...]()
    """Its fields that name pipes and files."""
    is_end = False
    """Whether the process is over: no signal reaches it any more."""
    is_stop = False
    """Whether the process is stopped, or about to continue: only SIGKILL can arrive."""
    needs_process_list = False
    """Whether it waits until a signal has reached the whole of a group."""
    keeps_process_list = False
    """Whether it is a signal's way through a group."""
    makes_call = True
    """Whether its step is a system call."""
    is_at_call = True
    """Whether its process is held right before its call."""
    withstands_kill = False
    """Whether its step is made though SIGKILL is pending: it is a part of an end, or of a stop."""
    yields_to_kill = False
    """Whether SIGKILL ends its process first though it is ready: no other could notice its step."""
    _waits_for = ""
    """The reason if it cannot be made; see waits_for()."""

    @classmethod
    def from_call(cls, _stop: Stop) -> Operation | None:
        """Return the operation that a call is; None if it may be made at once."""
        return cls()

    @property
    def can_be_interrupted(self) -> bool:
        """Whether pending signals may act instead of it, or before it."""
        return True

    @property
    def depends_on_others(self) -> bool:
        """Whether what others did may decide what it comes back with.

        Histories branch there, so equal states are looked for there.
        """
        return True

    @property
    def waits_for_group(self) -> bool:
        """Whether it sleeps until a child in a process group has news."""
        return False

    @property
    def limit(self) -> int | None:
        """After how many nanoseconds it is over by itself; None if it is not."""
        return None

    def waits_for_time(self, _kernel: Kernel, _name: str) -> bool:
        """Return whether nothing but its limit would end it now."""
        return True

    def may_be_over(self, kernel: Kernel, name: str) -> bool:
        """Return whether it may reach its limit: a signal that is pending ends it before that."""
        return self.limit is not None and not kernel.deliverable(name)

    @property
    def is_vfork_of(self) -> str:
        """The child that it waits for in vfork."""
        return ""

    @property
    def objects(self) -> tuple[str, ...]:
        """The pipes and files that it is about, by name."""
        return tuple(filter(None, (getattr(self, field) for field in self._named)))

    def words(self, letters: Mapping[str, str] | None = None) -> str:
        """Say it in plain words, to follow a process's name: `reads 4 bytes from pipe A`."""
        return self._words(letters or {})

    def _words(self, letters: Mapping[str, str]) -> str:
        return self._said.format(self)

    def waits_for(self, _kernel: Kernel, _name: str, _letters: Mapping[str, str]) -> str:
        """Return what a process that cannot go waits for; empty if the words say that."""
        return self._waits_for

    # ------------------------------------------------------------------- its real call

    def then(self, _kernel: Kernel, _stop: Stop) -> Operation | None:
        """Make a step for which the process does not run; return where it is held after that.

        None means that it makes its call.
        """
        return None

    def prepare(self, _kernel: Kernel, _stop: Stop) -> None:
        """Arrange, right before the call is made, that it does what the rules say."""

    def came_back(self, _stop: Stop, result: int) -> Result:
        """Note what the call has done, or that it failed; return its result in symbolic form."""
        return result

    def broken_off(self, _stop: Stop) -> None:
        """Note that a signal has broken the call off."""

    # ------------------------------------------------------------------------- its rule

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Return whether the call would return now, signals left aside."""
        return True

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return what the call would return now, given that it is ready."""
        return ANYTHING

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Change the kernel's side, after the process has moved."""

    def doubt(self, _kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        """Note, before the step, what it shows that the rules do not cover."""

    def doubt_of_signal(self, _kernel: Kernel, _name: str) -> Flag | None:
        """Return what the rules do not cover if a signal comes now that acts; None if they do."""
        return None

    def finds_nothing(self, _result: object) -> bool:
        """Return whether a result is the “not yet” that a loop which polls asks for again."""
        return False

    def note(self, learned: Learned, _name: str) -> None:
        """Note, at a process's first arrival here, how it uses shared objects."""
        learned.pipes.note_others(self.objects)

    def goes_first(self, _kernel: Kernel, _node: HistoryNode) -> bool:
        """Return whether the step may always be made first, alone: a *left mover*.

        It commutes with everything that others can do before it: every order has a twin with the
        same outcome in which it comes now. If a state has a left mover, the search follows only
        that choice.

        A signal can arrive before or after any step of its target, so a process that a signal can
        reach has no left movers. Nor is a step one that could end the wait of such a process in
        another way than a signal does. If process groups matter, there are no left movers.
        """
        return False

    # --------------------------------------------------------------- with its signals

    def lets_signals_first(self, kernel: Kernel, name: str) -> bool:
        """Return whether pending signals may act before the operation."""
        return self.can_be_interrupted and kernel.deliverable(name)

    def can_go(self, kernel: Kernel, name: str) -> bool:
        """Return whether the process can make this step."""
        return self.is_ready(kernel, name) or (self.can_be_interrupted and self.wakes(kernel, name))

    def wakes(self, kernel: Kernel, name: str) -> bool:
        """Return whether a pending signal would end the wait inside the call."""
        return kernel.deliverable(name)

    def prediction(self, kernel: Kernel, name: str, *, signals_first: bool) -> Prediction:
        """Return what is known beforehand about the result of a step that can be made."""
        if signals_first:
            return SIGNALS_FIRST
        if kernel.procs[name][1] and not self.is_ready(kernel, name):
            return INTERRUPTED
        return self.result(kernel, name)


Decode = Callable[[Stop], Operation | None]
"""Returns the operation that a call is; None if it may be made at once."""


E = TypeVar("E", bound=type[Operation] | Decode)
FOLLOWED: dict[str, Decode] = {}
"""How each call that is followed becomes an operation."""
OWN_STATE: set[str] = set()
"""The followed calls that use what the kernel keeps for a process: its descriptors and so on."""


def followed(*calls: str, uses_own_state: bool = False) -> Callable[[E], E]:
    """Register a class of operations, or a function that returns one, for system calls."""

    def enter(entry: E) -> E:
        decode = cast("Decode", getattr(entry, "from_call", entry))
        FOLLOWED.update(dict.fromkeys(calls, decode))
        OWN_STATE.update(calls if uses_own_state else ())
        return entry

    return enter


class Unnoticed(Operation):
    """An operation that no other process can notice."""

    def goes_first(self, _kernel: Kernel, _node: HistoryNode) -> bool:
        """Return True."""
        return True


class OnObject(Operation):
    """An operation on one pipe or file."""

    object: str

    _named = ("object",)


class Quiet(Operation):
    """Is followed to its return, without a step of its own: no other process can notice it."""

    _said = "does something of its own"


class Alone(Quiet):
    """Does something that is an operation once there is a process to notice it."""

    operation: Operation

    def came_back(self, stop: Stop, result: int) -> Result:
        return self.operation.came_back(stop, result)


class ProcessView(Record):
    """The visible state of a process that has arrived at an operation."""

    operation: Operation
    ends: frozenset[tuple[str, str]] = frozenset()
    """The ends that it holds: a pipe and `r` or `w`; an open description and `o`."""
    caught: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    is_released: bool = False
    """Whether it has a memory of its own: a vfork child has only after exec."""
    has_executed: bool = False
    """Whether it has called exec since it was made."""
    child_flags: int = 0
    """SA_NOCLDSTOP and SA_NOCLDWAIT, as it has set them for SIGCHLD."""
    noted: frozenset[int] = frozenset()
    """Signals whose handler only changes memory that no call uses."""
    kept_away: frozenset[int] = frozenset()
    """Signals that the handlers keep away which it is in."""


class HistoryNode(Mutable):
    """A process after one history; equal to itself alone."""

    name: str
    number: int
    view: ProcessView
    operation: Operation
    edges: dict[Key, HistoryEdge] = fresh(dict)
    by_label: dict[Label, HistoryEdge] = fresh(dict)
    is_new: bool = True
    """Whether no run has shown its source line yet."""
    line: str = ""
    """The source line of its operation, `race.c:12`; empty if that is not known."""
    call: str = ""
    """The system call that it is held before; empty if it is in its own code."""
    drained: frozenset[str] = frozenset()
    """The pipes of which it has read the end of file."""
    failed_polls: Mapping[tuple[Operation, Prediction], int] = fresh(dict)
    """The polls in its history that found nothing, by what was known beforehand; how often."""

    def successor(self, kernel: Kernel, *, signals_first: bool = False) -> HistoryEdge | None:
        """Return what follows in a state of the kernel; None where that is not known."""
        pending = kernel.pending_key(self.name)
        prediction = self.operation.prediction(kernel, self.name, signals_first=signals_first)
        return self.edges.get((prediction, pending, signals_first))


class HistoryEdge(Mutable):
    """One step of a process: its result, the next node, the children that it made."""

    number: int
    result: object
    signals: tuple[object, ...]
    target: HistoryNode | None = None
    """None where the step was the process's end."""
    children: tuple[HistoryNode, ...] = ()
    closes_loop: bool = False
    """Whether it leads back to a node that its process had been at before."""


Label = tuple[object, tuple[object, ...]]
"""A result, the signals that arrived with it, and the origins that were asked for."""
Key = tuple[Prediction, tuple[object, ...], bool]
"""Knowledge before the step: the result, the pending signals, whether signals go first."""
Living = tuple[tuple[str, tuple[HistoryNode, tuple[int, ...]]], ...]
"""The living processes, by name: the place in its automaton, and its pending signals."""
Zombies = tuple[tuple[str, int], ...]
"""The dead processes that no parent has collected, with the status word."""
Pipes = tuple[tuple[str, bytes], ...]
"""The pipes that are not empty."""
Files = tuple[tuple[str, int], ...]
"""The shared files that were changed, each with its history's number."""
Lock = tuple[int, tuple[str, ...]]
"""LOCK_SH or LOCK_EX, and the open descriptions that hold it."""
Locks = tuple[tuple[str, Lock], ...]
Released = tuple[tuple[str, int], ...]
"""Vfork children that their parents need not wait for any more, and how far each had come."""


class KeptKey(tuple[str, ...]):
    """The name of something else that the kernel keeps: its kind, then which."""

    __slots__ = ()

    def rest(self, _kernel: Kernel, value: object) -> object:
        """Return what is left of it in a state; None if nothing is, for no process has it."""
        return value


class OfSignal(KeptKey):
    """Something about a pending signal, as long as it pends: its kind, the process, the signal."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """See KeptKey.rest."""
        is_pending = self[1] in kernel.procs and int(self[2]) in sent(kernel.procs[self[1]][1])
        return value if is_pending else None


class OfLiving(KeptKey):
    """Something about a process, as long as it lives: its kind, then the process."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """See KeptKey.rest."""
        return value if self[1] in kernel.procs else None


Kept = tuple[tuple[KeptKey, object], ...]
"""Timers, shared memory and the like; each kind has a file of its own."""
State = tuple[Living, Zombies, Pipes, Files, Locks, Released, Kept]

EMPTY: State = (), (), (), (), (), (), ()


# -- what was learned ------------------------------------------------------------------------------


class PipeUsers:
    """What all processes do with pipes, as far as it was learned: is a pipe a channel?

    If a pipe has one writer, and no read from it is ever short, the order of its processes makes no
    difference (Kahn 1974). When more is learned, the search begins again.
    """

    def __init__(self) -> None:
        self._uses: set[tuple[str, str, str, int]] = set()
        """A pipe, a process that reads (`r`) or writes (`w`) there, and how much at once."""
        self._others: set[str] = set()
        """The pipes that are used in yet another way."""
        self.leavers: set[tuple[str, str]] = set()
        """The processes that give up a read end before they have read the end of file."""

    @property
    def extent(self) -> int:
        """How much is known; it only grows."""
        return len(self._uses) + len(self._others) + len(self.leavers)

    def note_use(self, name: str, pipe: str, side: str, size: int) -> None:
        """Note that a process reads from a pipe or file (`r`), or writes to it (`w`)."""
        if is_fifo(pipe) or is_socket(pipe):
            self.note_others((pipe,))
        elif is_pipe(pipe):
            self._uses.add((pipe, name, side, size))

    def note_others(self, objects: Iterable[str]) -> None:
        """Note pipes that are used in yet another way, or may become full."""
        self._others.update(filter(is_pipe, objects))

    def stays(self, name: str, pipe: str) -> bool:
        """Return whether a process that holds a read end keeps it until the end of file."""
        return (name, pipe) not in self.leavers

    def is_only_reader(self, name: str, pipe: str) -> bool:
        """Return whether no other process reads from a pipe, or looks at it in another way."""
        return self.is_plain(pipe) and self._users(pipe, "r") <= {name}

    def is_channel(self, pipe: str) -> bool:
        """Return whether one process alone writes to a pipe, and no read from it can be short."""
        if not self.is_plain(pipe) or len(self._users(pipe, "w")) > 1:
            return False
        units, sizes = self._sizes(pipe, "r"), self._sizes(pipe, "w")
        return len(units) <= 1 and not any(size % max(unit, 1) for unit in units for size in sizes)

    def has_two_users(self, pipe: str) -> bool:
        """Return whether one process writes to a plain pipe, and at most one reads."""
        users = len(self._users(pipe, "w")), len(self._users(pipe, "r"))
        return self.is_plain(pipe) and max(users) == 1

    def _sizes(self, pipe: str, side: str) -> set[int]:
        return {size for used, _, end, size in self._uses if (used, end) == (pipe, side)}

    def _users(self, pipe: str, side: str) -> set[str]:
        return {name for used, name, end, _ in self._uses if (used, end) == (pipe, side)}

    def is_plain(self, pipe: str) -> bool:
        """Return whether a pipe is only read, written and closed."""
        return pipe not in self._others


Byte = tuple[str, int]
"""A region of shared memory, and an offset in it."""


class MemoryUsers:
    """Which bytes of shared memory several processes use; others are as good as private."""

    def __init__(self) -> None:
        self._loaded: defaultdict[Byte, set[str]] = defaultdict(set)
        self._stored: defaultdict[Byte, set[str]] = defaultdict(set)
        self.extent = 0
        """Grows whenever a process is seen to use a byte in a new way."""

    def note(self, name: str, places: Iterable[Byte], *, loads: bool, stores: bool) -> None:
        """Note that a process uses some bytes."""
        for place in places:
            for is_used, users in ((loads, self._loaded[place]), (stores, self._stored[place])):
                if is_used and name not in users:
                    users.add(name)
                    self.extent += 1

    def is_loaded_by_others(self, name: str, places: Iterable[Byte]) -> bool:
        """Return whether another process loads some of these bytes."""
        return any(self._loaded[place] - {name} for place in places)

    def is_stored_by_others(self, name: str, places: Iterable[Byte]) -> bool:
        """Return whether another process stores to some of these bytes."""
        return any(self._stored[place] - {name} for place in places)


class Learned:
    """The learned facts that the kernel's rules use; Automata adds the automata."""

    def __init__(self) -> None:
        self._histories: dict[tuple[object, ...], int] = {}
        """The numbers of files' histories, by those before a change and the change."""
        self.origins_matter = False
        """Whether a process asks where a signal comes from."""
        self.clock_matters = False
        """Whether processes read the clock while others let time pass."""
        self.clock_movers: set[str] = set()
        """The processes that let time pass: they sleep, wait for a time, or have an alarm."""
        self.killed: set[str] = set()
        """The processes that were ever the target of a kill."""
        self.reachable: set[str] = set()
        """Those that a signal can reach: the targets, and who has children and catches or blocks
        SIGCHLD."""
        self.locked: set[str] = set()
        """The files that any process locks."""
        self.looping: set[str] = set()
        """The shells that give the names of their children again."""
        self.leaves_orphans = False
        """Whether a process whose name may be given again ends before a child of it."""
        self.memory = MemoryUsers()
        self.pipes = PipeUsers()
        self.doubts: set[Flag] = set()
        """Behaviour in reachable states that the rules do not cover."""
        self.lines_of_doubts: dict[Flag, str] = {}
        """The source line of the step that showed each doubt."""

    def history_after(self, histories: tuple[int, ...], change: object) -> int:
        """Return the number of the history that a change makes of others; 0 is the beginning.

        A change of several paths (rename) is noted for each, with all their histories: the contents
        of one of them are a function of its own history alone.
        """
        return self._histories.setdefault((histories, change), len(self._histories) + 1)


class Kernel:
    """A state, unpacked; where the program uses process groups and stops, see JobKernel."""

    __slots__ = (
        *("_state", "files", "kept", "learned", "locks", "pipes", "printed", "procs"),
        *("released", "zombies"),
    )

    def __init__(self, state: State, learned: Learned) -> None:
        procs, zombies, pipes, files, locks, released, kept = self._state = state
        self.procs: dict[str, tuple[HistoryNode, tuple[int, ...]]] = dict(procs)
        self.zombies: dict[str, int] = dict(zombies)
        # Most are empty in most programs, and states are unpacked by the hundred thousand.
        self.pipes: dict[str, bytes] = dict(pipes) if pipes else {}
        self.files: dict[str, int] = dict(files) if files else {}
        self.locks: dict[str, Lock] = dict(locks) if locks else {}
        self.released: dict[str, int] = dict(released) if released else {}
        self.kept: dict[KeptKey, object] = dict(kept) if kept else {}
        self.learned = learned
        self.printed = b""
        """The output of the last step."""

    # ------------------------------------------------------------------------- looking

    def holders(self, thing: str, end: str) -> list[str]:
        """Return the processes that hold an end (`r`, `w`) of a pipe, or a description (`o`)."""
        wanted = thing, end
        return [name for name, (node, _) in self.procs.items() if wanted in node.view.ends]

    def is_held(self, thing: str, end: str) -> bool:
        """Return whether any process holds it."""
        wanted = thing, end
        return any(wanted in node.view.ends for node, _ in self.procs.values())

    def kept_tuple(self, key: KeptKey) -> tuple[object, ...]:
        """Return what is kept, if that is a tuple; else nothing."""
        value = self.kept.get(key)
        return value if isinstance(value, tuple) else ()

    def pending_key(self, name: str) -> tuple[object, ...]:
        """Return the facts about pending signals that decide a process's next step."""
        pending = self.procs[name][1]
        if not pending or not self.learned.origins_matter:
            return pending
        origins = (self.kept.get(_origin_key(name, signal)) for signal in pending)
        return (*pending, *filter(None, origins))

    def origin_of(self, name: str, signal: int) -> Origin:
        """Return where a pending signal comes from, if a process asks for that."""
        origin = self.kept.get(_origin_key(name, signal))
        return origin if isinstance(origin, tuple) else FROM_KERNEL

    def deliverable(self, name: str) -> bool:
        """Return whether a signal that is pending for a process may act before its operation."""
        node, pending = self.procs[name]
        if not pending:
            return False
        blocked = node.view.blocked
        return not blocked or any(signal not in blocked or signal == SIGKILL for signal in pending)

    # ------------------------------------------------------------------------ changing

    def move(self, name: str, edge: HistoryEdge) -> None:
        """Move a process to the target of its step, and add its new children."""
        target = edge.target
        if target is None:
            raise ValueError(f"{name} has ended by {edge}")
        node, pending = self.procs[name]
        if target.view.is_released and not node.view.is_released:
            self._release(name, target)
        if target.operation.is_end:
            pending = ()
        elif pending and SIGKILL not in pending:
            pending = tuple(
                signal
                for signal in pending
                if signal not in edge.signals and not is_lost(target.view, signal)
            )
        self.procs[name] = target, pending
        if edge.children:
            self.bear(edge.children)

    def bear(self, nodes: Sequence[HistoryNode]) -> None:
        """Add new processes."""
        for node in nodes:
            self.procs[node.name] = node, ()
        for node in nodes:
            if node.view.is_released:
                self._release(node.name, node)
        self.procs = {name: self.procs[name] for name in sorted(self.procs)}

    def end(self, name: str, status: int) -> None:
        """End a process; init reaps its zombie children, and its own zombie remains."""
        node, _ = self.procs[name]
        if not node.view.is_released:
            self._release(name, node)
        del self.procs[name]
        self.zombies = {
            child: word for child, word in self.zombies.items() if parent_of(child) != name
        }
        if is_below(name, self.learned.looping) and name in map(parent_of, self.procs):
            self.learned.leaves_orphans = True
        parent = parent_of(name)
        if parent in self.procs:
            view = self.procs[parent][0].view
            if SIGCHLD not in view.ignored and not view.child_flags & SA_NOCLDWAIT:
                self.zombies[name] = status
        self.orphan_groups(node)
        if parent in self.procs:
            self.send(parent, SIGCHLD, origin_of_end(name, status))

    def orphan_groups(self, node: HistoryNode) -> None:
        """Wake up the groups that a process's end orphans, before its parent gets SIGCHLD."""

    def _release(self, name: str, node: HistoryNode) -> None:
        """Release the parent that waits in vfork; the child has written into its memory."""
        parent = parent_of(name)
        if parent in self.procs and self.procs[parent][0].operation.is_vfork_of == name:
            self.released[name] = node.number

    def send(self, name: str, signal: int, origin: Origin) -> None:
        """Make a signal pending for a living process, unless it has no effect.

        If it is pending already, the first origin stays.
        """
        node, pending = self.procs[name]
        view = node.view
        if SIGKILL in pending:
            return
        if not node.operation.is_end:
            self.note_sent(name, signal)
            pending = self.procs[name][1]
        if signal == 0 or signal in pending or node.operation.is_end or is_lost(view, signal):
            return
        if is_undecided(pending, signal, view):
            self.learned.doubts.add(ENDS_BY_EITHER)
        if signal in view.kept_away and is_fatal(view, signal) and signal not in DUMPS_CORE:
            self.learned.doubts.add(ENDS_BEFORE_HANDLER)
        if signal not in view.blocked and (doubt := node.operation.doubt_of_signal(self, name)):
            self.learned.doubts.add(doubt)
        after = pending_after(pending, signal, view)
        self.procs[name] = node, after
        if self.learned.origins_matter:
            self.kept[_origin_key(name, signal)] = origin
        if SIGKILL in after:
            if node.operation.is_vfork_of:
                self.learned.doubts.add(KILLS_IN_VFORK)
            self.note_sent(name, SIGKILL)

    def note_sent(self, name: str, signal: int) -> None:
        """Note that a signal is being sent, whether or not its target ignores it."""

    def flush(self, name: str, signal: int) -> None:
        """Drop a pending signal that its process has begun to ignore, even if it is blocked."""
        node, pending = self.procs[name]
        if signal in pending and SIGKILL not in pending and has_no_effect(node.view, signal):
            self.procs[name] = node, tuple(number for number in pending if number != signal)

    def pack(self) -> State:
        """Return the state as a value; what no process holds any more is gone."""
        _, zombies, pipes, files, locks, released, kept = self._state
        if self.pipes:
            unread = (pipe for pipe in self.pipes if not self.is_held(pipe, "r"))
            if any(is_socket(pipe) and self.is_held(pipe, "w") for pipe in unread):
                self.learned.doubts.add(RESETS)
            self.pipes = {
                pipe: data
                for pipe, data in self.pipes.items()
                if (self.is_held(pipe, "r") or (is_fifo(pipe) and self.is_held(pipe, "w")))
            }
        if self.locks:
            for path, (kind, owners) in tuple(self.locks.items()):
                held = tuple(owner for owner in owners if self.is_held(owner, "o"))
                if held:
                    self.locks[path] = kind, held
                else:
                    del self.locks[path]
        if self.kept:
            rests = ((key, key.rest(self, value)) for key, value in self.kept.items())
            self.kept = {key: rest for key, rest in rests if rest is not None}
        return (
            tuple(self.procs.items()),
            tuple(sorted(self.zombies.items())) if self.zombies or zombies else zombies,
            tuple(sorted(self.pipes.items())) if self.pipes or pipes else pipes,
            tuple(sorted(self.files.items())) if self.files or files else files,
            tuple(sorted(self.locks.items())) if self.locks or locks else locks,
            tuple(sorted(self.released.items())) if self.released or released else released,
            tuple(sorted(self.kept.items(), key=lambda item: item[0]))
            if self.kept or kept
            else kept,
        )


def _origin_key(name: str, signal: int) -> KeptKey:
    return OfSignal(("origin", name, str(signal)))


# -- what becomes of a signal that is sent ---------------------------------------------------------

# A signal may end a process from the moment it is sent, if nothing else comes first. The signal
# must not be blocked, its action must be to end the process without a core dump, and the
# process must not be stopped. Then Linux notes the death at once (complete_signal() in
# kernel/signal.c): it drops what is sent later, SIGKILL, too, and nothing else that is pending
# acts. It does so by a SIGKILL for the process, with the other signal as the status. Here
# `(SIGKILL, SIGTERM)` as the pending signals of a process means the same.


class Target(Dispositions, Protocol):
    """The target of a signal."""

    @property
    def operation(self) -> Operation | None:
        """Its next operation."""


def pending_after(pending: tuple[int, ...], signal: int, target: Target) -> tuple[int, ...]:
    """Return what is pending for a process after a signal was sent to it that is not lost."""
    if SIGKILL in pending:
        return pending
    if signal == SIGKILL:
        return (SIGKILL,)
    both = tuple(sorted({*pending, signal}))
    if signal in pending or not _ends_at_once(target, signal):
        return both
    rivals = [number for number in pending if _ends(target, number)]
    # The lowest of several acts first.
    is_first = signal < min(rivals) if rivals else target.blocked.issuperset(pending)
    return (SIGKILL, signal) if is_first else both


def is_undecided(pending: tuple[int, ...], signal: int, target: Target) -> bool:
    """Return whether the machine's timing decides which of two signals ends or stops a process.

    The later number does if the process is on a processor just then.
    """
    if SIGKILL in (*pending, signal) or signal in pending or not _ends_at_once(target, signal):
        return False
    stops = STOP_SIGNALS - target.caught - target.ignored - target.blocked
    rivals = (number for number in pending if number < signal)
    return any(number in stops or _ends(target, number) for number in rivals)


def ending_signal(pending: tuple[int, ...]) -> int:
    """Return the signal that ends a process for which SIGKILL is pending."""
    return next((number for number in pending if number != SIGKILL), SIGKILL)


def sent(pending: tuple[int, ...]) -> tuple[int, ...]:
    """Return the signals that were sent, of those that are pending."""
    return (ending_signal(pending),) if SIGKILL in pending else pending


def _ends(target: Target, signal: int) -> bool:
    """Return whether a signal would end the process now."""
    is_held = signal in target.blocked or (
        target.operation is not None and target.operation.is_stop
    )
    return not is_held and is_fatal(target, signal)


def _ends_at_once(target: Target, signal: int) -> bool:
    return signal not in DUMPS_CORE and _ends(target, signal)
