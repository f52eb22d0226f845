"""A process's wait, as facts: the situation, the object, and who may end the wait.

`simpsh diagnose`, recordings, pictures and lessons share these values; `view/wait_words.py` turns
them into words.
"""

from __future__ import annotations

from simpsh.base.record import Record, changed
from simpsh.base.targets import Actor, Member, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar, Literal

    EndedBy = Literal["holder", "end of a process", "signal or thread", "process", "clock", "else"]
    """Such a wait is ended by a process that holds the other end, the end of a process,
    a signal or another thread of the family, any process, the clock, or else, such as a disk."""
    Outlook = Literal["at rest", "held", "closed", "not known"]
    """At rest: an event from outside may end the wait at any time. Held: other processes must act
    first. Closed: nothing can end it. Not known: we cannot see it."""


class Waker(Record):
    """A source of events that may end a wait besides the processes that its edges name."""

    BY_WORD: ClassVar[dict[str, Waker]] = {}
    word: str
    """Its stable name, in recordings and in the answers of diagnose()."""
    is_known: bool = True
    """Whether the event may come at any time; otherwise it only cannot be excluded."""


BY_CLIENT = Waker("client")
"""Any process that connects, sends a message, or opens the FIFO."""
BY_SIGNAL = Waker("signal")
BY_PERSON = Waker("person")
BY_CLOCK = Waker("clock")
BY_KERNEL = Waker("kernel event")
"""A changed file, a new device, a line of the kernel's log …"""
BY_ITSELF = Waker("itself")
"""It runs."""
BY_STORAGE = Waker("storage", is_known=False)
BY_HANDLER = Waker("handler", is_known=False)
"""A signal handler of the process; what a handler does is not visible."""
BY_OPERATION = Waker("operation", is_known=False)
"""An operation that the process has passed to the kernel (io_uring, aio); it is not visible."""
BY_UNSEEN = Waker("unseen process", is_known=False)
"""A process that we may not inspect, in another namespace, or on another machine."""

Waker.BY_WORD |= {value.word: value for value in [*globals().values()] if isinstance(value, Waker)}


class Situation(Record):
    """A way of waiting. The constants of this module are all that there are."""

    BY_WORD: ClassVar[dict[str, Situation]] = {}
    word: str
    """Its stable name, in recordings and in the answers of diagnose()."""
    ended_by: EndedBy = "else"
    has_holders: bool = False
    """Whether a process that cannot be seen may hold the object."""
    wakers: tuple[Waker, ...] = ()
    """The wakers of every wait of this kind."""
    is_held_still: bool = False
    """Whether the process cannot move, whatever other processes do, until one acts on it."""


RUNNING = Situation("running", wakers=(BY_ITSELF,))
EMPTY_PIPE = Situation("empty pipe", "holder", has_holders=True)
FULL_PIPE = Situation("full pipe", "holder", has_holders=True)
EMPTY_FIFO = Situation("empty FIFO", "holder", has_holders=True)
FULL_FIFO = Situation("full FIFO", "holder", has_holders=True)
NO_WRITER = Situation("FIFO without a writer", "process", wakers=(BY_CLIENT,))
NO_READER = Situation("FIFO without a reader", "process", wakers=(BY_UNSEEN,))
CHILD = Situation("child", "end of a process")
VFORK_CHILD = Situation("vfork child", "end of a process")
LOCK = Situation("lock", "process", has_holders=True)
KEYBOARD = Situation("keyboard", "process", wakers=(BY_PERSON,))
TERMINAL_INPUT = Situation("terminal input", "process")
TERMINAL_OUTPUT = Situation("terminal output", "process")
TERMINAL_MASTER = Situation("terminal master", "process")
STOPPED = Situation("stopped", "signal or thread", is_held_still=True)
KEPT_FROM_TERMINAL = Situation("stopped at terminal", "signal or thread", is_held_still=True)
TRACED = Situation("traced")
TIMER = Situation("timer", "clock", wakers=(BY_CLOCK,))
SIGNAL = Situation("signal", "signal or thread")
MEMORY = Situation("memory", "signal or thread")
"""A lock, a condition or a semaphore of which /proc does not show who may end the wait."""
SHARED_MEMORY = Situation("shared memory", "process")
POLL = Situation("poll", "process")
IDLE_LOOP = Situation("idle loop", "process")
SOCKET = Situation("socket", "process", has_holders=True)
FULL_SOCKET = Situation("full socket", "process", has_holders=True)
CONNECTION = Situation("connection", "process", wakers=(BY_CLIENT,))
EVENT = Situation("event", "process")
FILE_CHANGE = Situation("file change", "process", wakers=(BY_KERNEL,))
MESSAGE_QUEUE = Situation("message queue", "process")
SEMAPHORE_SET = Situation("semaphore set", "process")
HELD_CALL = Situation("held call", "process", has_holders=True)
FILE = Situation("file")
OPEN = Situation("open", wakers=(BY_UNSEEN,))
READ = Situation("read", wakers=(BY_UNSEEN,))
WRITE = Situation("write", wakers=(BY_UNSEEN,))
ZOMBIE = Situation("zombie", is_held_still=True)
THREADS_ONLY = Situation("threads only")
KERNEL_THREAD = Situation("kernel thread", wakers=(BY_ITSELF,))
NOT_PERMITTED = Situation("not permitted", wakers=(BY_UNSEEN,))
UNKNOWN = Situation("unknown", wakers=(BY_UNSEEN,))

Situation.BY_WORD |= {
    value.word: value for value in [*globals().values()] if isinstance(value, Situation)
} | {
    **dict.fromkeys(("futex", "semaphore", "thread"), MEMORY),
    "frozen": HELD_CALL,
    "namespace": UNKNOWN,
    "signal that has come": SIGNAL,
}
"""Earlier recordings have these words."""


class Edge(Record):
    """A process that may end a wait, and why it may."""

    process: Actor
    """The waiting process itself may be among them."""
    act: Literal["holds", "must end"] = "holds"


class Wait(Record):
    """The wait of a process."""

    situation: Situation
    object: Target | None = None
    """The descriptor's target that it waits at."""
    edges: tuple[Edge, ...] = ()
    limit: float | None = None
    """The timeout of the wait in seconds; None for no timeout, or an unknown one."""
    wakers: tuple[Waker, ...] = ()
    """Other things that may end the wait, besides the processes of `edges`."""

    @property
    def outlook(self) -> Outlook:
        """Whether something from outside may end the wait, another process must, or nothing can."""
        if self.situation.is_held_still:
            return "closed"
        if self.limit is not None or any(waker.is_known for waker in self.wakers):
            return "at rest"
        if self.edges:
            return "held"
        return "not known" if self.wakers else "closed"

    def renamed(self, name_of: Callable[[str], str]) -> Wait:
        """Return this wait with the names of its processes replaced by `name_of(name)`."""
        edges = tuple(
            changed(edge, process=Member(name_of(edge.process.name)))
            if isinstance(edge.process, Member)
            else edge
            for edge in self.edges
        )
        return changed(self, edges=edges)
