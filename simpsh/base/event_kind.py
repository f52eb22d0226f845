"""What an entry says of one kind of event, and what it may ask of the call and of the run.

An entry is a class in `simpsh/base/events.py` under `@event(…)`. Tracer, filter, sentences,
pictures, predicates of lessons and the reference are derived from the entries.
"""

from __future__ import annotations

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal, Protocol, TypeVar

    Follow = Literal["reported", "result", "blocking", "begin", "both"]
    """How a tracer follows a call:

    - `reported`: the kernel reports it to the tracer without a filter (fork, a successful exec);
    - `result`: it cannot block, and is followed to its result at once;
    - `blocking`: it may block, and is told when it returns;
    - `begin`: it is told when it begins, for it cannot fail in a way that matters;
    - `both`: the event is the beginning of a call that may block.
    """
    Origin = Literal["process", "event", "kernel", ""]
    """Where a delivered signal came from: a process, the kernel because of an event or of the
    receiver's own doing; empty if the recording does not tell."""
    Level = Literal["events", "calls", "io", "asked"]
    """From which level on a call is followed; `asked`: where a lesson asks for it."""

    K = TypeVar("K", bound="EventKind")
else:
    # typing is slow to import, and its protocols are for type checkers alone.
    Protocol = object


class TracedCall(Record):
    """A system call that makes an event."""

    name: str
    follow: Follow
    level: Level = "calls"
    second: tuple[int, ...] = ()
    """The values of its second argument with which it makes the event; empty for any."""
    first: tuple[int, ...] = ()
    """The values of its first argument, likewise."""


def traced(follow: Follow, *names: str, level: Level = "calls") -> tuple[TracedCall, ...]:
    """Return calls that are followed in the same way, from the same level on."""
    return tuple(TracedCall(name, follow, level) for name in names)


class Row(Record):
    """How pictures show a kind of event."""

    kind: str
    """The word by which style sheets and drawings know the row."""
    rule: str = ""
    """Why such a step happens, or which rule it shows; said below it on a page."""
    colour: str = ""
    """SGR parameters for a terminal; empty for the colour of plain text."""
    mark: str = ""
    """Its sign in a lane; empty where lines are drawn instead."""
    meaning: str = ""
    """What the legend says of the sign; empty for the kind itself."""
    option: str = ""
    """The word by which a lesson asks for the row (`watch`), if it is shown only when asked for."""


class SystemCall(Protocol):
    """A call that has returned, as an entry reads it; arguments are counted from 0."""

    name: str
    result: int
    """What it returned; -1 if it failed."""
    errno: int
    """The error number; 0 if it succeeded."""

    def number(self, place: int) -> int:
        """Return an argument that is a C int."""

    def text(self, place: int) -> str:
        """Return the string that an argument points to."""

    def pair(self, place: int) -> tuple[int, int] | None:
        """Return the two C ints that an argument points to; None if they cannot be read."""

    def pid(self, place: int) -> int:
        """Return an argument that is a pid, or minus the number of a group."""

    def pid_at(self, place: int) -> int:
        """Return the pid that an argument points to."""

    def pid_behind(self, place: int) -> int:
        """Return the pid that a pidfd argument refers to; less than 1 if the process is gone."""

    def pid_of_thread(self, place: int) -> int:
        """Return the pid of the process that a thread id argument belongs to."""

    def is_to_own_first(self, target: int) -> bool:
        """Return whether a pid is process 1 of a PID namespace that the caller is in."""

    @property
    def pid_result(self) -> int:
        """The result, where it is a pid."""

    def pipe(self, descriptor: int) -> tuple[str, str]:
        """Return the inode and the letter of the pipe that was just made."""


class Telling(Protocol):
    """What the sentence of an event asks of the run, at the moment of the event."""

    owner: str
    """The name of the process whose event it is."""
    is_reader: bool
    """Whether the reader did it: a key typed, a signal sent from outside, in a lesson."""
    is_output: bool
    """Whether the event wrote to what the reader sees as the output."""
    shows_targets: bool
    """Whether sentences say where the descriptors of a new program lead."""

    def label(self, name: str) -> str:
        """Return what a process is called."""

    def process(self, pid: int) -> str:
        """Return what the process with a pid is called; empty if it is not of this run."""

    def leader(self, pid: int) -> str:
        """Return the name of the process with a pid; empty for the owner and for an outsider."""

    def group(self, pgid: int) -> str:
        """Return which group has this number, such as `P1's group`."""

    def status(self, name: str) -> int | None:
        """Return the status word with which a process ended; None if that is not known."""

    def pipe(self, inode: str, letter: str) -> str:
        """Return the letter of a pipe that is made now."""

    def descriptor(self, number: int, inode: str) -> str:
        """Return where a descriptor leads; empty for the usual place."""

    def target(self, number: int) -> str:
        """Return where a descriptor led before the event; empty if that is not known."""

    def redirections(self) -> Sequence[str]:
        """Return the standard descriptors of a new program that lead elsewhere than usual."""

    def error(self, errno: int) -> str:
        """Return an error in words: its name, with its meaning where there is room."""

    def count_sent(self) -> int:
        """Return how many sent signals became this one delivery."""

    def origin(self) -> tuple[Origin, str]:
        """Return where a delivered signal came from, and the process or the event in words."""


class Entry(Record):
    """What is known of one kind of event, beside its fields."""

    word: str
    """Its word in a recording."""
    verb: str
    """What a lesson says that a process does; empty where that depends on what is asked for."""
    calls: tuple[TracedCall, ...]
    """The system calls that make it."""
    library: tuple[str, ...]
    """The functions of the kernel room by which the shell itself makes it."""
    row: Row | None
    """None for an event that has no row of its own in a picture."""


class EventKind(Protocol):
    """What the class of an event has beside its fields, and `from_call` where a call makes it."""

    def phrase(self, telling: Telling, /) -> str:
        """Say what happened, without naming the process; empty for an event for machines."""


ENTRIES: dict[type[EventKind], Entry] = {}
"""Each kind of event and its entry, in the order of `events.py`."""


def event(
    word: str,
    *,
    verb: str = "",
    calls: tuple[TracedCall, ...] = (),
    library: tuple[str, ...] = (),
    row: Row | None,
) -> Callable[[type[K]], type[K]]:
    """Make a class the entry of a kind of event; its docstring is its line of the manual."""

    def enter(kind: type[K]) -> type[K]:
        ENTRIES[kind] = Entry(word, verb, calls, library, row)
        return kind

    return enter
