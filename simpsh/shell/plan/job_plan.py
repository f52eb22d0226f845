"""A plan of a job: its processes, their redirections, and the programs that they execute."""

from __future__ import annotations

from simpsh.base import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.shell.language.tree_printing import Tree


class OpenFile(record.Node):
    """Open a file as a descriptor: `n<file`, `n>file` and the like."""

    descriptor: int
    path: str
    flags: int
    """The flags of open(2), without O_CLOEXEC."""


class Duplicate(record.Node):
    """Make a descriptor a duplicate of another one: `n>&m`."""

    descriptor: int
    source: int


class CloseDescriptor(record.Node):
    """Close a descriptor: `n>&-`."""

    descriptor: int


PIPE_HOLDS = 4096
"""The least capacity of a pipe in bytes; users with many pipes get no larger ones."""


class HereText(record.Node):
    """Make a text readable from a descriptor: `n<<END`, `n<<<word`.

    A text of at most PIPE_HOLDS bytes is written to a pipe, a longer one to an unnamed file.
    """

    descriptor: int
    data: bytes
    is_pipe: bool = False
    """Whether it is the output of a pipeline's first command, which was tried."""


Action = OpenFile | Duplicate | CloseDescriptor | HereText


class ProcessPlan(record.Node):
    """One process: it executes `argv`, or calls `body`, which returns its exit status."""

    argv: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    """`NAME=value` before the command, for its environment."""
    actions: tuple[Action, ...] = ()
    """Redirections in order; the ends of pipes are connected before."""
    text: str | Tree = ""
    """The command, for messages and notices; a tree is printed only when it is shown."""
    body: Callable[[], int] | None = None
    path: str | None = None
    """Directories to search for the program; None for the PATH of `assignments` or the shell."""


class JobPlan(record.Node):
    """A pipeline: its processes from left to right."""

    processes: tuple[ProcessPlan, ...]
    text: str | Tree = ""
    output: int | None = None
    """The descriptor that becomes the last process's standard output: `$( )`."""
    is_background: bool = False
    is_tool: bool = False
    """Whether it is a tool of simpsh, such as `timeline`, and not a program of the user."""
