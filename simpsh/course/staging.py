"""How a demonstration is staged: what its processes are called, where they are held, what you do.

Values that the teacher's process gives to the one that supervises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

DEADLINE_SECONDS = 10.0


class NotObservable(SimpshError):
    """This machine does not let the step be seen; the step is skipped with this reason."""


class Send(Record):
    """You send a signal to a process, by its shown name."""

    process: str
    signal: int


class Press(Record):
    """You press keys at the demonstration's terminal."""

    keys: str


class Staging(Record):
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
    acts: tuple[Send | Press, ...] = ()
    """What you do, in turn, each time nobody can move any more."""
    terminal: bool = False
    """Whether it has a terminal of its own, and leads a session there."""
    guard: int | str | None = None
    """How many processes it may ever have at a time, as guarding.prepare() takes it."""
    calls: frozenset[str] = frozenset()
    """Further system calls to tell of, by the kernel's names."""
    opens: bool = True
    """Whether to tell of the files it opens."""
    names_programs: bool = False
    """Whether processes are called after the programs they execute."""
    reads_commands: bool = False
    """Whether the first process asks for commands at its terminal: so it waits, and hangs not."""
    deadline_seconds: float = DEADLINE_SECONDS
    """When everybody is ended: a net, and never a fact."""
