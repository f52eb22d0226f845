"""One process of the cage: where it stands, what it holds, what waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simpsh.explore.operation import Operation

RUNNING, AT, BLOCKED, DEAD = "running", "at", "blocked", "dead"
"""States: on its way to its next operation (never seen between steps); held right before one;
inside a call that is not followed (with a flag); ended."""

Result = int | str | bytes | tuple[object, ...] | None
"""What an operation came back with; see Step."""
INTERRUPTED = "interrupted"
"""The result of a call that a signal broke off: it is made again, or fails with EINTR."""


@dataclass(slots=True, eq=False)
class Caged:
    """A process that is held, or has ended. Only `pid` differs from run to run."""

    pid: int
    name: str
    parent: str | None
    """The parent's name; None for the program itself and for orphans."""
    state: str = RUNNING
    operation: Operation | None = None
    """What it is about to do; None unless it is held."""
    status: int | None = None
    """The status word, once it is dead."""
    is_reaped: bool = False
    """Whether nobody can wait for it any more."""
    ends: frozenset[tuple[str, str]] = frozenset()
    """The pipe ends it holds, (pipe, "r" or "w"), and the descriptions of files that matter,
    (description, "o")."""
    pending: tuple[int, ...] = ()
    """The signals sent to it that have not arrived, sorted."""
    caught: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    """Its signal mask; only kept up to date while signals matter."""
    is_released: bool = False
    """Whether it has executed a program or ended: a vfork parent waits for that."""
    children: tuple[str, ...] = ()
    """All children it ever made, in order."""
    born: tuple[str, ...] = ()
    """Those it made since its last operation began."""
    # What follows is the cage's own bookkeeping.
    result: Result = None
    taken: tuple[int, ...] = ()
    is_born: bool = False
    under_way: Operation | None = None
    """The operation whose call is being made, until it returns."""
    call: str = ""
    """The name of the call it stands at, or is in."""
    args: tuple[int, ...] = ()
    pipes_made: int = 0
    opens_made: int = 0
    descriptions: dict[int, str] = field(default_factory=dict)
    """The open file descriptions of locked files, by descriptor."""
    ends_are_stale: bool = True
    resetting: frozenset[int] = frozenset()
    """Caught signals whose handler acts once (SA_RESETHAND)."""
    clock: int = 0
    """How many nanoseconds its clock has gone."""
    random_calls: int = 0
    detour: list[int] = field(default_factory=list)
    """The registers of the call that is made after the one in its place; see .detour."""
    is_exiting: bool = False
    """Whether it has called exit: no handler runs any more."""
    dying_of: int = 0
    """The signal that ends it once its descriptors are given up; 0 for none."""
    is_struck: bool = False
    """Whether it has been sent that signal."""
    behind_call: int = 0
    """An address behind a system call instruction of its program; 0 if none is known yet."""
    is_runaway: bool = False
    """Whether it never came to an operation, and is not let on."""
    sleeps: int = 0
    """How often it has slept since its last other operation."""
    inherited: dict[int, str] = field(default_factory=dict)
    """Descriptors of files whose offset it may share with a process made by fork."""
    action_flags: int = 0
    """The flags of the sigaction that is being made."""
    informed: frozenset[int] = frozenset()
    """Caught signals whose handler is told who sent them (SA_SIGINFO)."""
    has_timer: bool = False
    """Whether it has set a timer that sends it SIGALRM."""
    interpreter: tuple[str, ...] | None = None
    """The interpreter it runs and its options; see simpsh.explore.start_up."""
