"""What a plan is made of: processes, what happens to their descriptors, and what they become."""

from __future__ import annotations

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.shell.language.tree_printing import Node


class OpenFile(Record):
    """Open a file and put it on a descriptor: `n<file`, `n>file` and the like."""

    descriptor: int
    path: str
    flags: int
    """The flags of open(2), without O_CLOEXEC."""


class Duplicate(Record):
    """Make a descriptor point where another one points: `n>&m`."""

    descriptor: int
    source: int


class CloseDescriptor(Record):
    """Give up a descriptor: `n>&-`."""

    descriptor: int


PIPE_HOLDS = 4096
"""What any pipe takes without a reader; its usual 64 KiB shrink for users with many pipes."""


class HereText(Record):
    """Let a descriptor read a text: `n<<END`, `n<<<word`.

    What fits into a pipe comes through a pipe; what does not, from a file without a name.
    """

    descriptor: int
    data: bytes


Action = OpenFile | Duplicate | CloseDescriptor | HereText


class ProcessPlan(Record):
    """One process to be: its descriptors' changes in order, and what it becomes.

    Either `argv` is executed, or – a builtin, subshell or group – `body` runs in the child and
    returns its exit status.
    """

    argv: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    """`NAME=value` in front of the command, for its environment only."""
    actions: tuple[Action, ...] = ()
    """Redirections, first to last, after the pipe ends are in place."""
    text: str | Node = ""
    """The command, for messages and notices; a tree is written out only when it is shown."""
    body: Callable[[], int] | None = None
    path: str | None = None
    """Where the program is looked for; None for PATH, its own or the shell's."""


class JobPlan(Record):
    """A pipeline to be: its processes from left to right, joined by pipes."""

    processes: tuple[ProcessPlan, ...]
    text: str | Node = ""
    output: int | None = None
    """A descriptor of the shell's that becomes the last process's standard output: `$( )`."""
    is_background: bool = False
    """Whether the shell does not wait: `&`."""
    is_tool: bool = False
    """Whether it is no program that a user runs, but a tool of simpsh's, such as `timeline`."""
