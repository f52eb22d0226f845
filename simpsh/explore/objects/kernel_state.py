"""Operations, the state of a whole program between two steps, and its kernel.

A held process is about to make an operation. The operation's class describes it in words, and has
the kernel's rules for it: when the call returns, its result and its effects. The model knows
nothing else about Linux; every real step is compared with these rules.

A state is a nested tuple, so that equal states are found by hashing: the living processes with
their nodes, zombies, bytes in pipes, file histories, locks. The output is not part of it, because
no process reads it. `Kernel` is an unpacked state, which can be read and changed. A search copies
and compares states a hundred thousand times, so they contain no records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, count
from operator import itemgetter
from typing import TypeVar, cast

from simpsh.base.process_names import parent_of
from simpsh.base.record import Mutable, Record, fresh
from simpsh.base.signal_names import DUMPS_CORE, SIGCHLD, SIGKILL
from simpsh.explore.flags import EITHER_SIGNAL, SIGNAL_INSIDE, Flag
from simpsh.explore.objects.code_place import Callers, CodePlace
from simpsh.explore.objects.held_call import HeldCall
from simpsh.explore.objects.learned_uses import MemoryUsers, PipeUsers
from simpsh.explore.objects.name_words import PLAIN, Naming
from simpsh.explore.objects.process_state import (
    SA_NOCLDWAIT,
    Result,
    has_no_effect,
    is_fatal,
    is_lost,
    with_sent,
)
from simpsh.explore.objects.symbolic_names import (
    SIGNALS_FIRST,
    Channel,
    Description,
    Fifo,
    File,
    HeldEnd,
    Holding,
    LaterFile,
    Name,
    Stored,
)

INTERRUPTED = "interrupted"
"""The result of a call that a signal interrupted before it had any effect: it is restarted, or
fails with EINTR."""
ENDED = "end"
"""The result of a step that ended the process."""


class DependsOn(tuple[object, ...]):
    """The prediction of a learned result: the parts of the state that it depends on."""

    __slots__ = ()


ANYTHING = DependsOn()
"""The prediction of a result that depends only on the process."""
Prediction = object
"""A result, or DependsOn."""


class Operation(Record):
    """The next operation of a process, which others may notice, or which depends on others.

    This base class does not affect other processes, and is always ready. A class for system calls
    has `from_call`, and is registered with @follows.
    """

    _phrase = ""
    """The result of words(), unless the words depend on a value."""
    _named = tuple[str, ...]()
    """The fields that name pipes and files."""
    is_end = False
    """Whether the process has ended, so that signals no longer reach it."""
    needs_process_list = False
    """Whether the step must wait until a signal has reached all processes of a group."""
    keeps_process_list = False
    """Whether the operation is sending a signal to the processes of a group."""
    makes_call = True
    """Whether the step is a system call."""
    is_at_call = True
    """Whether the process is held right before its call."""
    withstands_kill = False
    """Whether the step is made even if SIGKILL is pending, because it is part of an end or stop."""
    yields_to_kill = False
    """Whether a pending SIGKILL precedes even a ready step, because others cannot notice it."""
    can_be_interrupted = True
    """Whether pending signals may act before the operation, or instead of it."""
    depends_on_others = True
    """Whether the result may depend on other processes; there histories branch, and the search
    compares states."""
    _reason = ""
    """The reason why the operation cannot return yet; see reason()."""

    @classmethod
    def from_call(cls, _stop: HeldCall) -> Operation | None:
        """Return the operation of a call; None if the process may make the call at once."""
        return cls()

    @property
    def limit(self) -> int | None:
        """The timeout in nanoseconds; None for an operation without a timeout."""
        return None

    def waits_for_time(self, _kernel: Kernel, _name: str) -> bool:
        """Return whether only the timeout could end the operation now."""
        return True

    @property
    def is_vfork_of(self) -> str:
        """The child that the process waits for in vfork; empty for other operations."""
        return ""

    @property
    def objects(self) -> tuple[Name, ...]:
        """The names of the pipes and files that the operation uses."""
        return tuple(filter(None, (getattr(self, field) for field in self._named)))

    def words(self, _naming: Naming = PLAIN) -> str:
        """Describe the operation in words after a process's name: `reads 4 bytes from pipe A`."""
        return self._phrase

    def awaited(self, _kernel: Kernel, _name: str) -> Iterable[str]:
        """Return the processes on which the blocked operation depends, as far as reason() needs."""
        return ()

    def reason(self, _name: str, _awaited: Sequence[str], _naming: Naming) -> str:
        """Return what the blocked process waits for; empty if words() already says that."""
        return self._reason

    # ------------------------------------------------------------------- its real call

    def then(self, _kernel: Kernel, _stop: HeldCall) -> Operation | None:
        """Make a step for which the process does not run; return the process's next operation.

        None means that the process must make its call.
        """
        return None

    def prepare(self, _kernel: Kernel, _stop: HeldCall) -> None:
        """Ensure, right before the call is made, that its effects follow the rules."""

    def came_back(self, _stop: HeldCall, result: int) -> Result:
        """Record the effects of the returned call; return its result in symbolic form."""
        return result

    def break_off(self, _stop: HeldCall) -> None:
        """Record that a signal has interrupted the call."""

    # ------------------------------------------------------------------------- its rule

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Return whether the call would return now, even without a signal."""
        return True

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return the predicted result of the call, given that it is ready."""
        return ANYTHING

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Change the kernel's state, after the process has moved."""

    def doubt(self, _kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        """Before the step, flag behaviour that the rules do not cover."""

    def doubt_of_signal(self, _kernel: Kernel, _name: str) -> Flag | None:
        """Return a flag if the rules do not cover a signal that acts now; else None."""
        return None

    def finds_nothing(self, _result: object) -> bool:
        """Return whether a result means “not yet”, so that a polling loop would repeat the call."""
        return False

    def note(self, learned: Learned, _name: str) -> None:
        """Record how the operation uses shared objects, when a process first arrives at it."""
        learned.pipes.note_others(self.objects)

    def goes_first(self, _kernel: Kernel, _node: HistoryNode) -> bool:
        """Return whether the step may always be made first: a *left mover*.

        Such a step commutes with all steps that others can make before it: for every order, there
        is an order with the same outcome in which the step comes first. If a state has a left
        mover, the search follows only that choice.

        A signal can arrive before or after any step of its target, so a process that a signal can
        reach has no left movers. A step that could end the wait of such a process is not a left
        mover either.
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
        """Return the prediction for a step that can be made."""
        if signals_first:
            return SIGNALS_FIRST
        if kernel.procs[name][1] and not self.is_ready(kernel, name):
            return INTERRUPTED
        return self.result(kernel, name)


Decode = Callable[[HeldCall], Operation | None]
"""A function that returns a call's operation; None if the process may make the call at once."""


E = TypeVar("E", bound=type[Operation] | Decode)
FOLLOWED: dict[str, Decode] = {}
"""The function that returns the operation of each followed call."""


def follows(*calls: str) -> Callable[[E], E]:
    """Register a class of operations, or a function that returns one, for system calls."""

    def enter(entry: E) -> E:
        decode = cast("Decode", getattr(entry, "from_call", entry))
        FOLLOWED.update(dict.fromkeys(calls, decode))
        return entry

    return enter


class Unnoticed(Operation):
    """An operation that no other process can notice."""

    def goes_first(self, _kernel: Kernel, _node: HistoryNode) -> bool:
        return True


class OnObject(Operation):
    """An operation on one pipe or file."""

    object: Name

    _named = ("object",)


class Quiet(Operation):
    """A call that is followed to its return, but is not a step: no other process can notice it."""

    _phrase = "does something of its own"


class Alone(Quiet):
    """A call that becomes a step as soon as another process can notice it."""

    operation: Operation

    def came_back(self, stop: HeldCall, result: int) -> Result:
        return self.operation.came_back(stop, result)


class ProcessView(Record):
    """The visible state of a process that has arrived at an operation."""

    operation: Operation
    ends: frozenset[HeldEnd] = frozenset()
    caught: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    is_released: bool = False
    """Whether the process has its own memory; a vfork child gets its own only at exec."""
    has_executed: bool = False
    """Whether the process has called exec since its birth."""
    child_flags: int = 0
    """SA_NOCLDWAIT, if the process has set it for SIGCHLD."""
    kept_away: frozenset[int] = frozenset()
    """Signals that the process's running handlers block."""


class HistoryNode(Mutable):
    """A process after one history; equal only to itself."""

    name: str
    number: int
    view: ProcessView
    operation: Operation
    edges: dict[Key, HistoryEdge] = fresh(dict)
    by_label: dict[Label, HistoryEdge] = fresh(dict)
    is_new: bool = True
    """Whether runs have not shown the source line of this node yet."""
    place: CodePlace = CodePlace()
    """The source line of the operation, and the lines that led there."""
    call: str = ""
    """The system call that the process is about to make; empty if it is in its own code."""
    digest: bytes | None = None
    """All that the process can still know, as far as it was looked at."""
    drained: frozenset[Name] = frozenset()
    """The pipes that the process has read to the end of file."""

    def key(self, kernel: Kernel, *, signals_first: bool) -> Key:
        """Return what is known before the next step in a state of the kernel."""
        pending = kernel.procs[self.name][1]
        prediction = self.operation.prediction(kernel, self.name, signals_first=signals_first)
        return prediction, pending, signals_first

    def successor(self, kernel: Kernel, *, signals_first: bool = False) -> HistoryEdge | None:
        """Return the next step in a state of the kernel; None if it is not learned yet."""
        return self.edges.get(self.key(kernel, signals_first=signals_first))


class HistoryEdge(Mutable):
    """One step of a process: its result, the next node, the children that it made."""

    number: int
    result: object
    signals: tuple[int, ...]
    target: HistoryNode | None = None
    """None if the step ended the process."""
    children: tuple[HistoryNode, ...] = ()
    closes_loop: bool = False
    """Whether the step leads back to an earlier node of the same process."""


Label = tuple[object, tuple[int, ...]]
"""A result, and the signals that arrived with it."""
Key = tuple[Prediction, tuple[int, ...], bool]
"""Knowledge before a step: the predicted result, the pending signals, whether signals go first."""
Living = tuple[tuple[str, tuple[HistoryNode, tuple[int, ...]]], ...]
"""The living processes, by name: the node in its automaton, and its pending signals."""
Zombies = tuple[tuple[str, int], ...]
"""The dead processes that are not reaped, with their status words."""
Pipes = tuple[tuple[Channel, bytes], ...]
"""The contents of the pipes that are not empty."""
Files = tuple[tuple[Stored, int], ...]
"""The changed shared files, each with the number of its history."""
Names = tuple[tuple[File, File | None], ...]
"""The changed names of files, each with its file; None if there is none. The file of any other
name is the one that the name had at the first fork, and both are the same value."""
Locks = tuple[tuple[Stored, Description], ...]
"""The locked files, each with the open file description that holds the lock."""


class KeptKey(tuple[str | Name, ...]):
    """The key of other kernel state: its kind, then the object that it belongs to."""

    __slots__ = ()

    def remaining(self, _kernel: Kernel, value: object) -> object:
        """Return the part of the value that still matters in a state; None if no part does."""
        return value


class OfLiving(KeptKey):
    """State of a process, as long as it lives: its kind, then the process."""

    __slots__ = ()

    def remaining(self, kernel: Kernel, value: object) -> object:
        return value if self[1] in kernel.procs else None


Kept = tuple[tuple[KeptKey, object], ...]
"""Other kernel state: timers, shared memory and the like."""
State = tuple[Living, Zombies, Pipes, Files, Names, Locks, Kept]

EMPTY: State = (), (), (), (), (), (), ()


# -- what was learned ------------------------------------------------------------------------------


class Learned:
    """The learned facts that the kernel's rules use; Automata adds the automata."""

    def __init__(self) -> None:
        self._histories: dict[tuple[object, ...], int] = {}
        """The numbers of file histories, by the histories before a change and the change."""
        self.killed: set[str] = set()
        """The processes that were ever the target of a kill."""
        self.vforks = False
        """Whether a process has made a child by vfork."""
        self.kills_groups = False
        """Whether a process has sent a signal to a group."""
        self.reachable: set[str] = set()
        """The processes that a signal can reach: the targets, and those with children that catch
        or block SIGCHLD."""
        self.memory = MemoryUsers()
        self.pipes = PipeUsers()
        self.doubts: set[Flag] = set()
        """Behaviour in reachable states that the rules do not cover."""
        self.places_of_doubts: dict[Flag, CodePlace] = {}
        """The place of the step that showed each doubt."""
        self.callers = Callers()
        """The lines that call each function."""

    def history_after(self, histories: tuple[int, ...], change: object) -> int:
        """Return the number of the history after a change; 0 is the empty history.

        A change of several files is appended to each file's history, together with the histories
        of all of them. So the contents of a file depend only on its own history.
        """
        return self._histories.setdefault((histories, change), len(self._histories) + 1)


class Kernel:
    """An unpacked state."""

    __slots__ = (
        *(
            "_state",
            "files",
            "kept",
            "learned",
            "locks",
            "names",
            "pipes",
            "printed",
            "procs",
            "zombies",
        ),
    )

    def __init__(self, state: State, learned: Learned) -> None:
        procs, zombies, pipes, files, names, locks, kept = self._state = state
        self.procs: dict[str, tuple[HistoryNode, tuple[int, ...]]] = dict(procs)
        self.zombies: dict[str, int] = dict(zombies)
        # Most of these are empty, and a search unpacks a hundred thousand states.
        self.pipes: dict[Channel, bytes] = dict(pipes) if pipes else {}
        self.files: dict[Stored, int] = dict(files) if files else {}
        self.names: dict[File, File | None] = dict(names) if names else {}
        self.locks: dict[Stored, Description] = dict(locks) if locks else {}
        self.kept: dict[KeptKey, object] = dict(kept) if kept else {}
        self.learned = learned
        self.printed: bytes = b""
        """The output of the last step."""

    # ------------------------------------------------------------------------- looking

    def holders(self, item: Name, end: Holding) -> list[str]:
        """Return the processes that hold an object in this way."""
        wanted = item, end
        return [name for name, (node, _) in self.procs.items() if wanted in node.view.ends]

    def is_held(self, item: Name, end: Holding) -> bool:
        """Return whether any process has an end or an open file description."""
        wanted = item, end
        return any(wanted in node.view.ends for node, _ in self.procs.values())

    def file_at(self, path: File) -> File | None:
        """Return the file that has a name; None if there is none."""
        return self.names.get(path, path)

    def file_made_at(self, path: File) -> File:
        """Return the file that has a name, or the file that a call would make there."""
        file = self.names.get(path, path)
        if file is not None:
            return file
        later = (LaterFile(path.path, number) for number in count(1))
        return next(file for file in chain((path,), later) if not self._is_kept(file))

    def _is_kept(self, file: File) -> bool:
        """Return whether a file has a name, or a process has it open."""
        has_first_name = not isinstance(file, LaterFile) and file not in self.names
        return has_first_name or file in self.names.values() or self.is_held(file, "n")

    def kept_tuple(self, key: KeptKey) -> tuple[object, ...]:
        """Return the kept value if it is a tuple; else an empty tuple."""
        value = self.kept.get(key)
        return value if isinstance(value, tuple) else ()

    def deliverable(self, name: str) -> bool:
        """Return whether a pending signal may act before a process's operation."""
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
        pending = self.procs[name][1]
        if target.operation.is_end:
            pending = ()
        elif pending and SIGKILL not in pending:
            left = self.without(name, edge.signals)
            pending = tuple(signal for signal in left if not is_lost(target.view, signal))
        self.procs[name] = target, pending
        if edge.children:
            self.bear(edge.children)

    def without(self, name: str, taken: Sequence[object]) -> tuple[int, ...]:
        """Return a process's pending signals after it has taken some."""
        return tuple(signal for signal in self.procs[name][1] if signal not in taken)

    def bear(self, nodes: Sequence[HistoryNode]) -> None:
        for node in nodes:
            self.procs[node.name] = node, ()
        self.procs = {name: self.procs[name] for name in sorted(self.procs)}

    def end(self, name: str, status: int) -> None:
        """End a process: init reaps its zombie children, and the process becomes a zombie."""
        del self.procs[name]
        self.zombies = {
            child: word for child, word in self.zombies.items() if parent_of(child) != name
        }
        parent = parent_of(name)
        if parent in self.procs:
            view = self.procs[parent][0].view
            if SIGCHLD not in view.ignored and not view.child_flags & SA_NOCLDWAIT:
                self.zombies[name] = status
        if parent in self.procs:
            self.send(parent, SIGCHLD)

    def send(self, name: str, signal: int) -> None:
        """Make a signal pending for a living process, unless it has no effect."""
        node, pending = self.procs[name]
        view = node.view
        if SIGKILL in pending:
            return
        if signal == 0 or signal in pending or node.operation.is_end or is_lost(view, signal):
            return
        if is_undecided(pending, signal, view):
            self.learned.doubts.add(EITHER_SIGNAL)
        if signal in view.kept_away and is_fatal(view, signal) and signal not in DUMPS_CORE:
            self.learned.doubts.add(EITHER_SIGNAL)
        if signal not in view.blocked and (doubt := node.operation.doubt_of_signal(self, name)):
            self.learned.doubts.add(doubt)
        after = pending_after(pending, signal, view)
        self.procs[name] = node, after
        parent = self.procs.get(parent_of(name))
        is_vforked = parent is not None and parent[0].operation.is_vfork_of == name
        if (is_vforked and not view.is_released) or (
            SIGKILL in after and node.operation.is_vfork_of
        ):
            self.learned.doubts.add(SIGNAL_INSIDE.of("vfork"))

    def flush(self, name: str, signal: int) -> None:
        """Drop a pending signal that its process has begun to ignore, even if it is blocked."""
        node, pending = self.procs[name]
        if signal in pending and SIGKILL not in pending and has_no_effect(node.view, signal):
            self.procs[name] = node, tuple(number for number in pending if number != signal)

    def pack(self) -> State:
        """Return the state as a value, without objects that no process has open any more."""
        _, zombies, pipes, files, names, locks, kept = self._state
        if self.pipes:
            self.pipes = {
                pipe: data
                for pipe, data in self.pipes.items()
                if self.is_held(pipe, "r") or (isinstance(pipe, Fifo) and self.is_held(pipe, "w"))
            }
        if self.names and self.files:
            self.files = {
                file: history
                for file, history in self.files.items()
                if not isinstance(file, File) or self._is_kept(file)
            }
        if self.locks:
            self.locks = {
                file: owner for file, owner in self.locks.items() if self.is_held(owner, "o")
            }
        if self.kept:
            values = ((key, key.remaining(self, value)) for key, value in self.kept.items())
            self.kept = {key: value for key, value in values if value is not None}
        return (
            tuple(self.procs.items()),
            tuple(sorted(self.zombies.items())) if self.zombies or zombies else zombies,
            tuple(sorted(self.pipes.items())) if self.pipes or pipes else pipes,
            tuple(sorted(self.files.items())) if self.files or files else files,
            tuple(sorted(self.names.items(), key=itemgetter(0))) if self.names or names else names,
            tuple(sorted(self.locks.items())) if self.locks or locks else locks,
            tuple(sorted(self.kept.items(), key=lambda item: item[0]))
            if self.kept or kept
            else kept,
        )


# -- pending signals -------------------------------------------------------------------------------

# A fatal signal may doom its target at the moment it is sent. It must not be blocked, its action
# must be to end the process without a core dump, and the process must not be stopped. Then Linux
# marks the process as dying at once (complete_signal() in kernel/signal.c): it drops signals that
# are sent later, even SIGKILL, and no other pending signal acts. Linux does so by a SIGKILL for the
# process, with the other signal as the status. Here `(SIGKILL, SIGTERM)` as the pending signals of
# a process means the same.


def pending_after(pending: tuple[int, ...], signal: int, target: ProcessView) -> tuple[int, ...]:
    """Return a process's pending signals after `signal` is sent to it and is not lost."""
    if SIGKILL in pending:
        return pending
    if signal == SIGKILL:
        return (SIGKILL,)
    both = with_sent(pending, signal)
    if signal in pending or not _ends_at_once(target, signal):
        return both
    rivals = [number for number in pending if _ends(target, number)]
    # The kernel delivers the pending signal with the lowest number first.
    is_first = signal < min(rivals) if rivals else target.blocked.issuperset(pending)
    return (SIGKILL, signal) if is_first else both


def is_undecided(pending: tuple[int, ...], signal: int, target: ProcessView) -> bool:
    """Return whether timing decides which of two signals ends a process.

    The signal with the higher number does if the process is on a processor at that moment.
    """
    if SIGKILL in (*pending, signal) or signal in pending or not _ends_at_once(target, signal):
        return False
    return any(_ends(target, number) for number in pending if number < signal)


def ending_signal(pending: tuple[int, ...]) -> int:
    """Return the signal that ends a process with a pending SIGKILL."""
    return next((number for number in pending if number != SIGKILL), SIGKILL)


def sent(pending: tuple[int, ...]) -> tuple[int, ...]:
    """Return the pending signals that were really sent."""
    return (ending_signal(pending),) if SIGKILL in pending else pending


def _ends(target: ProcessView, signal: int) -> bool:
    """Return whether a signal would end the process now."""
    return signal not in target.blocked and is_fatal(target, signal)


def _ends_at_once(target: ProcessView, signal: int) -> bool:
    return signal not in DUMPS_CORE and _ends(target, signal)
