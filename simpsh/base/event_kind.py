"""The interface of an event kind: its entry, and the call and the run that its methods may query.

An entry is a class in `simpsh/base/events.py` under `@event(…)`. Tracer, filter, sentences,
pictures, predicates of lessons and the reference are derived from the entries.
"""

from __future__ import annotations

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal, Protocol, TypeVar

    from simpsh.base.targets import Actor, File
    from simpsh.base.waits import Wait

    Follow = Literal["reported", "result", "blocking", "begin", "both"]
    """How a tracer follows a call:

    - `reported`: the kernel reports it without a filter (fork, a successful exec);
    - `result`: it cannot block, and is followed to its result at once;
    - `blocking`: it may block, and is reported when it returns;
    - `begin`: it is reported when it begins, because its failure does not matter;
    - `both`: the event is the beginning of a call that may block.
    """
    Origin = Literal["process", "event", "kernel", ""]
    """The sender of a delivered signal: a process, or the kernel, because of an event or of the
    receiver's own action; empty if it was not recorded."""
    Level = Literal["events", "calls", "io", "asked"]
    """The lowest level that follows a call; `asked`: only if a lesson asks for it."""
    RecordLevel = Literal["", "events", "calls", "io"]
    """The level of a recording; empty if its source has no levels."""

    K = TypeVar("K", bound="EventKind")
else:
    # typing is slow to import, and only type checkers need protocols.
    Protocol = object


ANY_SHAPE = "nnn"


class TracedCall(Record):
    """A system call that makes an event."""

    name: str
    follow: Follow
    level: Level = "calls"
    second: tuple[int, ...] = ()
    """The values of its second argument with which it makes the event; empty for any."""
    shape: str = ANY_SHAPE
    """The kind of each argument in a Call: `p` a path, `n` a number, `s` the first 32 signals of a
    set, `l` the soft limit of an rlimit, `-` not logged.

    The others are times in seconds, as they were when the call began: `t` of a timespec, `v` of a
    timeval, `i` and `j` of the first time of a timer in them, `m` of a number of milliseconds. A
    time that a clock shall reach is logged as the seconds until then.
    """


def traced(
    follow: Follow, *names: str, level: Level = "calls", shape: str = ANY_SHAPE
) -> tuple[TracedCall, ...]:
    """Return calls that are followed in the same way."""
    return tuple(TracedCall(name, follow, level, shape=shape) for name in names)


def on_request(shape: str, *names: str) -> tuple[TracedCall, ...]:
    """Return calls that are followed only if a lesson asks for them."""
    return traced("result", *names, level="asked", shape=shape)


class Row(Record):
    """How pictures show a kind of event."""

    kind: str
    """The row's name in style sheets and drawings."""
    rule: str = ""
    """The rule that explains such a step, shown below it on a page."""
    option: str = ""
    """The word with which a lesson asks for the row (`watch`); empty if it is always shown."""


class SystemCall(Protocol):
    """A call that has returned; arguments are counted from 0."""

    name: str
    result: int
    """The return value; -1 if the call failed."""
    errno: int
    """The error number; 0 if it succeeded."""

    def number(self, index: int) -> int:
        """Return an argument that is a C int."""

    def text(self, index: int) -> str:
        """Return the string that an argument points to."""

    def pair(self, index: int) -> tuple[int, int] | None:
        """Return the two C ints that an argument points to; None if they cannot be read."""

    def pid(self, index: int) -> int:
        """Return an argument that is a pid, or minus a process group."""

    def pid_at(self, index: int) -> int:
        """Return the pid that an argument points to."""

    def pid_behind(self, index: int) -> int:
        """Return the pid of a pidfd argument; less than 1 if the process is gone."""

    def pid_of_thread(self, index: int) -> int:
        """Return the process of an argument that is a thread id."""

    def pipe(self, descriptor: int) -> tuple[str, str]:
        """Return the inode and the letter of the pipe that was just made."""

    def file(self, descriptor: int) -> File | None:
        """Return the file that was just opened; None if that was not looked at."""


class Telling(Protocol):
    """The facts about a run that the phrase of an event may use, at the time of the event."""

    owner: str
    """The process of the event."""
    is_reader: bool
    """Whether the reader of a lesson caused the event, with a key or a signal from outside."""
    is_output: bool
    """Whether the event wrote to the output that the reader sees."""
    shows_targets: bool
    """Whether phrases include the descriptors of a new program."""

    def label(self, actor: Actor | str) -> str:
        """Return the displayed name of a process or another actor."""

    def process(self, pid: int) -> str:
        """Return the displayed name of the process with a pid; an outsider may have none."""

    def leader(self, pid: int) -> str | None:
        """Return the name of the process with a pid; empty for the owner, None for an outsider."""

    def group(self, pgid: int) -> str:
        """Return the displayed name of a process group, such as `P1's group`."""

    def status(self, name: str) -> int | None:
        """Return the status word with which a process ended; None if unknown."""

    def pipe(self, inode: str, letter: str) -> str:
        """Return the letter of a pipe that is being made."""

    def descriptor(self, number: int, inode: str) -> str:
        """Return the target of a descriptor; empty for the default target."""

    def target(self, number: int) -> str:
        """Return the target of a descriptor before the event; empty if unknown."""

    def redirections(self) -> Sequence[str]:
        """Return the redirected standard descriptors of a new program."""

    def wait(self, name: str, wait: Wait) -> str:
        """Return what a process waits for, in words that follow its name."""

    def error(self, errno: int) -> str:
        """Return an error's name, and its meaning if there is room."""

    def count_sent(self) -> int:
        """Return the number of sent signals that this delivery merges."""

    def origin(self) -> tuple[Origin, str]:
        """Return the origin of a delivered signal, and the process or the event in words."""


class Entry(Record):
    """The properties of one kind of event, apart from its fields."""

    word: str
    """The kind's name in a recording."""
    verb: str
    """The verb for the process in a lesson; empty if it depends on the predicate."""
    calls: tuple[TracedCall, ...]
    """The system calls that make it."""
    row: Row | None
    """None for an event without its own row in a picture."""


class EventKind(Protocol):
    """The class of an event; it also has `from_call` if a call makes the event."""

    def phrase(self, telling: Telling, /) -> str:
        """Return what happened, without the process's name; empty if only machines read it."""


ENTRIES: dict[type[EventKind], Entry] = {}
"""The entry of each kind of event, in the order of `events.py`."""


def event(
    word: str, *, verb: str = "", calls: tuple[TracedCall, ...] = (), row: Row | None
) -> Callable[[type[K]], type[K]]:
    """Register a class as a kind of event; its docstring is used in the manual."""

    def enter(kind: type[K]) -> type[K]:
        ENTRIES[kind] = Entry(word, verb, calls, row)
        return kind

    return enter
