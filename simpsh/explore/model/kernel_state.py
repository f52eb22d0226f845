"""The state of a whole program between two steps, and what a kernel's rule is.

A state is a nest of tuples, so that equal states are found by hashing: who is alive and where,
zombies, bytes in pipes, files as histories, locks. What was printed is no part of it: no process
reads that. `Kernel` is a state unpacked, to be looked at or changed. A state is copied and compared
a hundred thousand times in a search: no records here.

A rule says what the kernel does with one operation. It is made once for each node of an automaton,
and asked at every step of the model. The rules are the whole of what the model knows about Linux;
every real step is compared with what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from simpsh.base.signal_names import SIGCHLD, SIGKILL
from simpsh.explore.model.memory_users import MemoryUsers
from simpsh.explore.model.pipe_users import PipeUsers
from simpsh.explore.model.signal_fates import (
    ENDS_BY_EITHER,
    KILLS_IN_VFORK,
    has_no_effect,
    is_lost,
    is_undecided,
    pending_after,
)
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.fifo_operations import is_fifo
from simpsh.explore.operations.visible_operations import Operation

FIRST = "P"
"""The name of the program's first process."""
SA_NOCLDSTOP, SA_NOCLDWAIT = 1, 2
SIGNALS_FIRST = "!"
"""The result of a step that only let signals act."""
ENDED = "end"
"""The result of a step that was the process's end."""


class Anything:
    """The prediction for a result that depends on the process alone: learned, not computed."""

    def __repr__(self) -> str:
        return "anything"


ANYTHING = Anything()


class FileHistories(tuple[object, ...]):
    """The prediction for a file's answer: the histories that it depends on."""

    __slots__ = ()


Prediction = object
"""A result, ANYTHING, or FileHistories."""


def is_exact(prediction: Prediction) -> bool:
    """Return whether a prediction names the result itself."""
    return prediction is not ANYTHING and not isinstance(prediction, FileHistories)


class Rule:
    """An operation that is always ready and touches no other process."""

    is_end = False
    """Whether the process is over: no signal reaches it any more."""
    can_be_interrupted = True
    """Whether pending signals may act instead of it, or before it."""
    signalled = ""
    """Whom it sends a signal, or asks for by signal 0."""
    is_felt = False
    """Whether that signal does anything."""
    waits_for_group = False
    """Whether it sleeps until a child in a process group has news."""
    is_vfork_of = ""
    """The child that it waits for in vfork."""

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Return whether the call would return now, signals left aside."""
        return True

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return what the call would return now, given that it is ready."""
        return ANYTHING

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:  # noqa: ARG002 - for rules below
        """Change the kernel's side, after the process has moved; return what is printed."""
        return b""

    def finds_nothing(self, _result: object) -> bool:
        """Return whether a result is the “not yet” that a loop which polls asks for again."""
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
            return ops.INTERRUPTED
        return self.result(kernel, name)


@dataclass(frozen=True, slots=True)
class ProcessView:
    """What can be seen of a process that has arrived at an operation."""

    operation: Operation
    ends: frozenset[tuple[str, str]] = frozenset()
    """What it holds: a pipe and `r` or `w`; an open description and `o`; a file on which it has
    record locks and `k`."""
    caught: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    is_released: bool = False
    """Whether it has a memory of its own: a vfork child has only after exec."""
    has_executed: bool = False
    """Whether it has called exec since it was made."""
    child_flags: int = 0
    """SA_NOCLDSTOP and SA_NOCLDWAIT, as it has set them for SIGCHLD."""


class Remembered(NamedTuple):
    """All that a process can still know."""

    digest: bytes
    names: frozenset[str]
    """The processes whose pids stand in its memory."""


@dataclass(eq=False, slots=True)
class HistoryNode:
    """A process after one history; equal to itself alone."""

    name: str
    number: int
    view: ProcessView
    rule: Rule
    goes_first: Mover | None
    edges: dict[Key, HistoryEdge] = field(default_factory=dict)
    by_label: dict[Label, HistoryEdge] = field(default_factory=dict)
    is_new: bool = True
    """Whether no run has said yet where it stands in the source."""
    line: str = ""
    """Where its operation stands in its source, `race.c:12`; empty where that is not known."""
    mentions: frozenset[str] | None = None
    """Whose pids it has in its memory; None if that was not looked at."""
    drained: frozenset[str] = frozenset()
    """The pipes of which it has read the end of file."""
    failed_polls: Mapping[tuple[Operation, Prediction], int] = field(default_factory=dict)
    """The polls in its history that found nothing, by what was known beforehand; how often."""

    def successor(self, kernel: Kernel, *, signals_first: bool = False) -> HistoryEdge | None:
        """Return what follows in a state of the kernel; None where that is not known."""
        pending = kernel.pending_key(self.name)
        prediction = self.rule.prediction(kernel, self.name, signals_first=signals_first)
        return self.edges.get((prediction, pending, signals_first))


@dataclass(eq=False, slots=True)
class HistoryEdge:
    """One step of a process: what it was given, where it came, whom it made."""

    number: int
    result: object
    signals: tuple[int, ...]
    target: HistoryNode | None = None
    """None where the step was the process's end."""
    children: tuple[HistoryNode, ...] = ()
    closes_loop: bool = False
    """Whether it leads back to a node that its process had been at before."""


Label = tuple[object, tuple[int, ...]]
"""A result, and the signals that arrived with it."""
Key = tuple[Prediction, tuple[int, ...], bool]
"""What is known before the step: the result, what is pending, whether signals go first."""
Living = tuple[tuple[str, tuple[HistoryNode, tuple[int, ...]]], ...]
"""Who is alive, by name: the place in its automaton, and its pending signals."""
Zombies = tuple[tuple[str, int], ...]
"""Who is dead and uncollected, with the status word."""
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


Kept = tuple[tuple[KeptKey, object], ...]
"""Record locks and the like; each kind has a file of its own."""
State = tuple[Living, Zombies, Pipes, Files, Locks, Released, Kept]

EMPTY: State = (), (), (), (), (), (), ()


@cache
def parent_of(name: str) -> str:
    """Return the name of the process that made another; empty for the first.

    >>> parent_of("P.1.2"), parent_of("P")
    ('P.1', '')
    """
    return name.rpartition(".")[0]


@cache
def birth_number(name: str) -> int:
    """Return which child of its parent a process is, from 1; 0 for the first process."""
    return int(name.rpartition(".")[2]) if "." in name else 0


class Learned:
    """What the kernel's rules ask of all that was learned; Automata adds the automata."""

    def __init__(self) -> None:
        self.histories = HistoryNumbers()
        self.killed: set[str] = set()
        """The processes that were ever the target of a kill."""
        self.reachable: set[str] = set()
        """Those that a signal can reach: the targets, and who has children and catches or blocks
        SIGCHLD."""
        self.jobs: Jobs | None = None
        """What the kernel does about process groups and stops, where the program uses those."""
        self.tries_locks = False
        """Whether any process asks for a lock without waiting."""
        self.locked: set[str] = set()
        """The files that any process locks."""
        self.memory = MemoryUsers()
        self.filled: set[str] = set()
        """The pipes that may become full."""
        self.pipes = PipeUsers()
        self.tellers: set[str] = set()
        """Those who know, after a wait, which child it was, or may know."""
        self.doubts: set[str] = set()
        """What a reachable state showed that the rules do not cover, said as a flag is."""


class Jobs:
    """What the kernel does about process groups and stops; see simpsh.explore.model.job_control."""

    def bear(self, kernel: Kernel, name: str) -> None:
        """Note that a process was born."""

    def arrive(self, kernel: Kernel, name: str) -> None:
        """Note that a process has come to its next node."""

    def send(self, kernel: Kernel, name: str, signal: int) -> None:
        """Note that a signal is being sent, whether or not its target ignores it."""

    def end(self, kernel: Kernel, node: HistoryNode, family: tuple[str, ...]) -> None:
        """Note that a process has ended, which had these living children."""

    def pending_key(self, kernel: Kernel, name: str) -> tuple[int, ...]:
        """Return the pending signals, marked where they do something else than elsewhere."""
        return kernel.procs[name][1]

    def is_held_up(self, kernel: Kernel, name: str) -> bool:  # noqa: ARG002 - for the rules
        """Return whether a process must wait for a lock inside the kernel."""
        return False


class Kernel:
    """A state, unpacked."""

    __slots__ = (
        *("_state", "files", "kept", "learned", "locks", "pipes", "procs", "released"),
        "zombies",
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

    # ------------------------------------------------------------------------- looking

    def holders(self, thing: str, end: str) -> list[str]:
        """Return who holds an end (`r`, `w`) of a pipe, or an open description (`o`)."""
        wanted = thing, end
        return [name for name, (node, _) in self.procs.items() if wanted in node.view.ends]

    def is_held(self, thing: str, end: str) -> bool:
        """Return whether any process holds it."""
        wanted = thing, end
        return any(wanted in node.view.ends for node, _ in self.procs.values())

    def has_living_child(self, name: str) -> bool:
        """Return whether a process has a child that is alive."""
        return any(parent_of(other) == name for other in self.procs)

    def pending_key(self, name: str) -> tuple[int, ...]:
        """Return what of a process's pending signals decides on what its next step comes to."""
        jobs = self.learned.jobs
        return self.procs[name][1] if jobs is None else jobs.pending_key(self, name)

    def deliverable(self, name: str) -> bool:
        """Return whether a signal that is pending for a process may act before its operation."""
        node, pending = self.procs[name]
        if not pending:
            return False
        blocked = node.view.blocked
        return not blocked or any(signal not in blocked or signal == SIGKILL for signal in pending)

    # ------------------------------------------------------------------------ changing

    def move(self, name: str, edge: HistoryEdge) -> None:
        """Let a process arrive where a step has brought it, and be with its new children."""
        target = edge.target
        if target is None:
            raise ValueError(f"{name} has ended by {edge}")
        node, pending = self.procs[name]
        if target.view.is_released and not node.view.is_released:
            self._release(name, target)
        if target.rule.is_end:
            pending = ()
        elif pending and SIGKILL not in pending:
            pending = tuple(
                signal
                for signal in pending
                if signal not in edge.signals and not is_lost(target.view, signal)
            )
        self.procs[name] = target, pending
        if self.learned.jobs is not None:
            self.learned.jobs.arrive(self, name)
        if edge.children:
            self.bear(edge.children)

    def bear(self, nodes: Sequence[HistoryNode]) -> None:
        """Let new processes be alive."""
        for node in nodes:
            self.procs[node.name] = node, ()
            if self.learned.jobs is not None:
                self.learned.jobs.bear(self, node.name)
        for node in nodes:
            if node.view.is_released:
                self._release(node.name, node)
        self.procs = {name: self.procs[name] for name in sorted(self.procs)}

    def end(self, name: str, status: int) -> None:
        """Let a process end: its children's zombies go to init, its own waits for the parent."""
        node, _ = self.procs[name]
        if not node.view.is_released:
            self._release(name, node)
        del self.procs[name]
        self.zombies = {one: word for one, word in self.zombies.items() if parent_of(one) != name}
        parent = parent_of(name)
        if parent in self.procs:
            view = self.procs[parent][0].view
            if SIGCHLD not in view.ignored and not view.child_flags & SA_NOCLDWAIT:
                self.zombies[name] = status
        if self.learned.jobs is not None:
            family = tuple(one for one in self.procs if parent_of(one) == name)
            self.learned.jobs.end(self, node, family)
        if parent in self.procs:
            self.send(parent, SIGCHLD)

    def _release(self, name: str, node: HistoryNode) -> None:
        """Let a parent that waits in vfork continue; the child has written into its memory."""
        parent = parent_of(name)
        if parent in self.procs and self.procs[parent][0].rule.is_vfork_of == name:
            self.released[name] = node.number

    def send(self, name: str, signal: int) -> None:
        """Let a signal become pending for a living process, unless it has no effect."""
        node, pending = self.procs[name]
        view = node.view
        if SIGKILL in pending:
            return
        if self.learned.jobs is not None and not node.rule.is_end:
            self.learned.jobs.send(self, name, signal)
            pending = self.procs[name][1]
        if signal == 0 or signal in pending or node.rule.is_end or is_lost(view, signal):
            return
        if is_undecided(pending, signal, view):
            self.learned.doubts.add(ENDS_BY_EITHER)
        after = pending_after(pending, signal, view)
        self.procs[name] = node, after
        if SIGKILL in after:
            if node.rule.is_vfork_of:
                self.learned.doubts.add(KILLS_IN_VFORK)
            if self.learned.jobs is not None:
                self.learned.jobs.send(self, name, SIGKILL)

    def flush(self, name: str, signal: int) -> None:
        """Drop a pending signal that its process has begun to ignore, even if it is blocked."""
        node, pending = self.procs[name]
        if signal in pending and SIGKILL not in pending and has_no_effect(node.view, signal):
            self.procs[name] = node, tuple(one for one in pending if one != signal)

    def pack(self) -> State:
        """Return the state as a value; what no process holds any more is gone."""
        _, zombies, pipes, files, locks, released, kept = self._state
        if self.pipes:
            self.pipes = {one: data for one, data in self.pipes.items() if self._can_be_read(one)}
        if self.locks:
            self._release_locks()
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
            tuple(sorted(self.kept.items(), key=_by_name)) if self.kept or kept else kept,
        )

    def _can_be_read(self, pipe: str) -> bool:
        """Return whether bytes may still be read: those in a FIFO by who opens it later."""
        return self.is_held(pipe, "r") or (is_fifo(pipe) and self.is_held(pipe, "w"))

    def _release_locks(self) -> None:
        """Drop the locks of open descriptions that no process has open any more."""
        for path, (kind, owners) in tuple(self.locks.items()):
            held = tuple(owner for owner in owners if self.is_held(owner, "o"))
            if held:
                self.locks[path] = kind, held
            else:
                del self.locks[path]


def _by_name(item: tuple[KeptKey, object]) -> KeptKey:
    return item[0]


Mover = Callable[[Kernel, HistoryNode], bool]
"""Whether a node that can go may go first, alone."""


class HistoryNumbers:
    """Files as histories: the changes made to a path, in order, each history with a number.

    A change that touches several paths (rename) is noted for each, with all their histories: what
    one of them holds is a function of its own history alone.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self._made: list[tuple[tuple[int, ...], object]] = []
        """Of what each history was made, from number 1 on."""

    def after(self, histories: tuple[int, ...], change: object) -> int:
        """Return the number of the history that a change makes of others; 0 is the beginning."""
        number = self._numbers.setdefault((histories, change), len(self._numbers) + 1)
        if number > len(self._made):
            self._made.append((histories, change))
        return number

    def made_of(self, number: int) -> tuple[tuple[int, ...], object]:
        """Return the histories and the change that a history was made of; nothing for 0."""
        return self._made[number - 1] if number else ((), None)
