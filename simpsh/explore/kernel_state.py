"""The state of a whole program between two steps, as far as one process's can touch another's.

A state is a nest of tuples, so that equal states are found by hashing: who is alive and where,
zombies, bytes in pipes, files as histories, locks. What was printed is no part of it: no process
reads that. `Kernel` is a state unpacked, to be looked at or changed.

A state is copied and compared a hundred thousand times in a search: no records here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.learning import Automata, Edge, Node, Stance

    Living = tuple[tuple[str, tuple[Node, tuple[int, ...]]], ...]
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
    State = tuple[Living, Zombies, Pipes, Files, Locks, Released]

EMPTY: State = (), (), (), (), (), ()
SIGKILL, SIGCHLD = 9, 17
# Ignored where nobody catches them: SIGCHLD, SIGCONT, SIGURG, SIGWINCH (signal(7)).
_IGNORED_BY_DEFAULT = frozenset((SIGCHLD, 18, 23, 28))


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


class Kernel:
    """A state, unpacked."""

    __slots__ = ("_state", "files", "learned", "locks", "pipes", "procs", "released", "zombies")

    def __init__(self, state: State, learned: Automata) -> None:
        self._state = state
        self.procs: dict[str, tuple[Node, tuple[int, ...]]] = dict(state[0])
        self.zombies: dict[str, int] = dict(state[1])
        self.pipes: dict[str, bytes] = dict(state[2])
        self.files: dict[str, int] = dict(state[3])
        self.locks: dict[str, Lock] = dict(state[4])
        self.released: dict[str, int] = dict(state[5])
        self.learned = learned

    # ------------------------------------------------------------------------- looking

    def holders(self, thing: str, end: str) -> list[str]:
        """Return who holds an end (`r`, `w`) of a pipe, or an open description (`o`)."""
        wanted = thing, end
        return [name for name, (node, _) in self.procs.items() if wanted in node.stance.ends]

    def is_held(self, thing: str, end: str) -> bool:
        """Tell whether anybody holds it."""
        wanted = thing, end
        return any(wanted in node.stance.ends for node, _ in self.procs.values())

    def has_living_child(self, name: str) -> bool:
        """Tell whether a process has a child that is alive."""
        return any(parent_of(other) == name for other in self.procs)

    def deliverable(self, name: str) -> bool:
        """Tell whether a signal that is pending for a process may act before its operation."""
        node, pending = self.procs[name]
        if not pending:
            return False
        blocked = node.stance.blocked
        return not blocked or any(signal not in blocked or signal == SIGKILL for signal in pending)

    # ------------------------------------------------------------------------ changing

    def move(self, name: str, edge: Edge) -> None:
        """Let a process arrive where a step has brought it, and be with its new children."""
        target = edge.target
        if target is None:
            raise ValueError(f"{name} has ended by {edge}")
        node, pending = self.procs[name]
        if target.stance.is_released and not node.stance.is_released:
            self._release(name, target)
        if pending:
            pending = tuple(
                signal
                for signal in pending
                if signal not in edge.signals and not _is_lost(target.stance, signal)
            )
        self.procs[name] = target, pending
        if edge.children:
            self.bear(edge.children)

    def bear(self, nodes: Sequence[Node]) -> None:
        """Let new processes be alive."""
        for node in nodes:
            self.procs[node.name] = node, ()
        for node in nodes:
            if node.stance.is_released:
                self._release(node.name, node)
        self.procs = {name: self.procs[name] for name in sorted(self.procs)}

    def end(self, name: str, status: int) -> None:
        """Let a process end: its children's zombies go to init, its own waits for the parent."""
        node, _ = self.procs[name]
        if not node.stance.is_released:
            self._release(name, node)
        del self.procs[name]
        self.zombies = {one: word for one, word in self.zombies.items() if parent_of(one) != name}
        parent = parent_of(name)
        if parent in self.procs:
            if SIGCHLD not in self.procs[parent][0].stance.ignored:
                self.zombies[name] = status
            self.send(parent, SIGCHLD)

    def _release(self, name: str, node: Node) -> None:
        """Let a parent that waits in vfork go on; the child has written into its memory."""
        parent = parent_of(name)
        if parent in self.procs and self.procs[parent][0].rule.is_vfork_of == name:
            self.released[name] = node.number

    def send(self, name: str, signal: int) -> None:
        """Let a signal become pending for a living process, unless it has no effect."""
        node, pending = self.procs[name]
        stance = node.stance
        if signal == 0 or signal in pending or node.rule.is_end:
            return
        if _is_lost(stance, signal):
            return
        self.procs[name] = node, tuple(sorted((*pending, signal)))

    def flush(self, name: str, signal: int) -> None:
        """Drop a pending signal that its process has begun to ignore, even if it is blocked."""
        node, pending = self.procs[name]
        if signal in pending and _has_no_effect(node.stance, signal):
            self.procs[name] = node, tuple(one for one in pending if one != signal)

    def pack(self) -> State:
        """Return the state as a value; what nobody holds any more is gone."""
        _, zombies, pipes, files, locks, released = self._state
        if self.pipes:
            self.pipes = {one: data for one, data in self.pipes.items() if self.is_held(one, "r")}
        if self.locks:
            self._release_locks()
        return (
            tuple(self.procs.items()),
            tuple(sorted(self.zombies.items())) if self.zombies or zombies else zombies,
            tuple(sorted(self.pipes.items())) if self.pipes or pipes else pipes,
            tuple(sorted(self.files.items())) if self.files or files else files,
            tuple(sorted(self.locks.items())) if self.locks or locks else locks,
            tuple(sorted(self.released.items())) if self.released or released else released,
        )

    def _release_locks(self) -> None:
        """Drop the locks of open descriptions that nobody has open any more."""
        for path, (kind, owners) in tuple(self.locks.items()):
            held = tuple(owner for owner in owners if self.is_held(owner, "o"))
            if held:
                self.locks[path] = kind, held
            else:
                del self.locks[path]


def _has_no_effect(stance: Stance, signal: int) -> bool:
    is_default = signal not in stance.caught
    return signal in stance.ignored or (is_default and signal in _IGNORED_BY_DEFAULT)


def _is_lost(stance: Stance, signal: int) -> bool:
    """Tell whether the kernel drops a signal. What is blocked is kept: it may be caught later."""
    return signal not in stance.blocked and _has_no_effect(stance, signal)
