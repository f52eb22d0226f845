"""The observation of a demonstration: events, states of processes, output.

Plain values, which the supervisor sends to the teacher. Processes have their shown names; an event
is identified by its index in `events`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Literal

from simpsh.base.events import Event, Exec, Line, Rest, Write
from simpsh.base.record import Record
from simpsh.base.targets import Actor, Member
from simpsh.chronicle.chronicle_model import Chronicle

if TYPE_CHECKING:
    from simpsh.process.open_files import DescriptorKind

PipeSide = Literal["read", "write"]
Access = PipeSide | Literal["both", "path"]
"""The access that a descriptor permits; `path` for O_PATH."""


class Unknown(Exception):
    """This machine cannot decide the question; the message names what is missing."""


class _Distinct(str):
    """A text of a certain kind, which equals only texts of the same kind."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self), str(self)))

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (str(self),)


class Role(_Distinct):
    """The shown name of an actor that is no process of the run; it equals no process's name."""


class StuckOutput(_Distinct):
    """An output after which some process can never continue."""


REAPER = Role("reaper")
"""The new parent of an orphan outside the demonstration."""
YOU = Role("you")
"""The reader, whose signals and keys are recorded."""
HELD = "held"
"""The state of a process that is held before a mark; the kernel's states are single letters."""
OUTPUT = "output"
"""The target of a descriptor that refers to the demonstration's visible output."""
REST, END, GAP = "rest", "end", "gap"
"""Moments: no process can move (`rest`, `rest 2` …); the run has ended; the
first process, which an order held before a sleep or its end, continues (`gap`, `gap 2` …)."""
_ROLES = frozenset(("parent", "shell"))
"""Names that a sentence gives with an article."""


def unused_name(base: str, taken: Collection[str]) -> str:
    """Return a name for a process that is not taken, such as `child` or `child 2`.

    >>> unused_name("child", ["parent"]), unused_name("child", ["child", "child 2"])
    ('child', 'child 3')
    """
    names = (moment_name(base, number) for number in count(1))
    return next(name for name in names if name not in taken)


def base_name(name: str) -> str:
    """Return the name of a process without its number.

    >>> base_name("child 2"), base_name("child")
    ('child', 'child')
    """
    base, _, number = name.rpartition(" ")
    return base if number.isdecimal() else name


def in_words(name: str) -> str:
    """Return what a sentence calls a process, the reader or the reaper, by its shown name.

    >>> in_words("child 2"), in_words("parent"), in_words(YOU)
    ('`child 2`', 'the parent', 'you')
    """
    if name == YOU:
        return name
    return f"the {name}" if isinstance(name, Role) or name in _ROLES else f"`{name}`"


def quoted(text: str) -> str:
    r"""Return a text in quotes, with control characters made visible.

    >>> quoted("a\n")
    '“a⏎”'
    """
    return f"“{text.replace(chr(10), '⏎')}”"


def moment_name(mark: str, number: int) -> str:
    """Return the name of the `number`-th moment with a mark, from 1: `rest`, `rest 2`."""
    return mark if number == 1 else f"{mark} {number}"


class SeenDescriptor(Record):
    """One descriptor of a process, as /proc/PID/fd and fdinfo show it."""

    target: str
    """`output`, `pipe A`, a path, or the text of the link in /proc."""
    access: Access = "read"
    offset: int = 0
    flags: int = 0
    """The status flags, and O_CLOEXEC if the descriptor has it; see open(2)."""
    pipe: str = ""
    """The letter of a pipe; empty for anything else."""
    description: int = 0
    """Equal numbers mean the same open file description; 0 if unknown. See kcmp(2)."""
    kind: DescriptorKind | Literal[""] = ""
    """As in Descriptor; empty if unknown."""

    def has(self, flag: str) -> bool:
        """Return whether it has a flag of open(2), such as O_NONBLOCK or O_CLOEXEC."""
        bits: int = getattr(os, flag)
        return self.flags & bits == bits

    def shares_offset_with(self, other: SeenDescriptor) -> bool:
        """Return whether both refer to one open file description, and one offset; see kcmp(2)."""
        if not self.description or not other.description:
            raise Unknown("open file descriptions cannot be compared here (kcmp)")
        return self.description == other.description


class SeenPage(Record):
    """The page of memory at which a variable's contents begin, from /proc/PID/pagemap."""

    address: int
    shared: bool
    """Whether another process maps the same page of physical memory."""
    number: int = 0
    """The number of the physical page; 0 without permission to read it."""


class ProcessLook(Record):
    """One process at one moment."""

    pid: int
    state: str
    """A state letter of proc(5), R S D T Z, or HELD."""
    call: str = ""
    """The system call in which it sleeps; empty if it does not sleep in one."""
    parent: str = ""
    """The shown name of its parent; of the new parent after a reparenting."""
    group: int = 0
    session: int = 0
    terminal: str = ""
    """Its controlling terminal, such as `pts/3`; empty without one."""
    descriptors: Mapping[int, SeenDescriptor] = {}
    line: int = 0
    """Its current line of the listing; 0 if unknown."""
    values: Mapping[str, object] = {}
    """Its variables: mmaps as read at this moment, all others as last reported."""
    pages: Mapping[str, SeenPage] = {}
    """The pages of its variables that are mmaps."""
    status: Mapping[str, str] = {}
    """The fields of /proc/PID/status, as text."""
    cwd: str = ""
    argv: tuple[str, ...] = ()
    umask: int = 0

    def holding(self, pipe: str, end: PipeSide) -> list[int]:
        """Return the descriptors for one end of a pipe, given by its letter."""
        return [
            number
            for number, descriptor in sorted(self.descriptors.items())
            if descriptor.pipe == pipe and descriptor.access in (end, "both")
        ]


class SeenMoment(Record):
    """All processes at one moment, while none of them was running."""

    index: int
    """The index of the last event before this moment; -1 before the first event."""
    looks: Mapping[str, ProcessLook]
    """The processes by shown name, including zombies."""
    foreground: int = 0
    """The foreground process group of the demonstration's terminal; 0 without a terminal."""
    files: Mapping[str, str] = {}
    """The contents of the regular files in the demonstration's directory, by relative path."""
    mark: str = ""
    """The mark of the moment, without its number: `①`, REST, END or GAP."""


class _WithDict:
    """Gives a slotted record a `__dict__`, which cached properties need."""


class Observation(Record, _WithDict):
    """Everything that was observed in one run of a demonstration."""

    events: tuple[Event, ...] = ()
    names: tuple[str, ...] = ()
    """The shown names, in order of birth; the events use the same names."""
    moments: Mapping[str, SeenMoment] = {}
    """The moments by mark: `①` …, `rest`, `rest 2` …, `end`; a repeated mark is `① 2`."""
    source: str = ""
    """The listing that ran."""
    output: str = ""
    """Everything written to the demonstration's visible output (its descriptors 1 and 2)."""
    outputs: tuple[int, ...] = ()
    """The indices of the events that wrote it."""
    messages: tuple[int, ...] = ()
    """The indices of the events with which a shell wrote there itself, to descriptor 2."""
    lines: Mapping[int, int] = {}
    """The line of the listing for each event, by index, if known."""
    hangs: bool = False
    """Whether the first process still existed at the first moment when no process could move."""
    problem: str = ""
    """The reason for failure, such as a reached deadline; empty on success."""
    broken: Mapping[str, str] = {}
    """The processes whose code failed before its end, or was never executed, with the reason."""
    unseen_output: str = ""
    """Why the events do not have all of the output; empty if they have."""
    has_polled: bool = False
    """Whether, in an order with late processes, the others computed for long before these began."""

    @cached_property
    def chronicle(self) -> Chronicle:
        """The model of the run, with the shown names as labels."""
        from simpsh.chronicle.chronicle_builder import chronicle_of

        asleep = {
            moment.index: [name for name, look in moment.looks.items() if look.state in "SD"]
            for moment in self.moments.values()
        }
        return chronicle_of(self.events, "io", asleep=asleep)

    @cached_property
    def left(self) -> Mapping[str, str]:
        """The processes that existed at the end, with their states; zombies last."""
        states = {name: look.state for name, look in self.looks_at(END).items()}
        return {name: states[name] for name in sorted(states, key=lambda name: states[name] == "Z")}

    def looks_at(self, moment: str) -> Mapping[str, ProcessLook]:
        """Return all processes at a moment; empty if the run never reached it."""
        return self.moments[moment].looks if moment in self.moments else {}

    @cached_property
    def rests(self) -> Sequence[int]:
        """The indices of the events after which no process could move."""
        return [index for index, event in enumerate(self.events) if isinstance(event.what, Rest)]

    @cached_property
    def arrivals(self) -> Sequence[tuple[int, str, int]]:
        """The events at which a process reached a line: index, process, line."""
        return [
            (index, self.name_of(event.proc), event.what.line)
            for index, event in enumerate(self.events)
            if isinstance(event.what, Line)
        ]

    @cached_property
    def fifos(self) -> frozenset[str]:
        """The paths of the FIFOs that the processes had open."""
        files = [
            file
            for event in self.events
            for file in (
                [each for _, each in event.what.files]
                if isinstance(event.what, Exec)
                else [getattr(event.what, "file", None)]
            )
        ]
        return frozenset(file.path for file in files if file is not None and file.kind == "fifo")

    def name_of(self, actor: Actor | str | None) -> str:
        """Return the shown name of an actor in the events, or of a process by its name there.

        It is REAPER for an outsider.
        """
        name = actor.name if isinstance(actor, Member) else actor
        return name if isinstance(name, str) and (name in self.names or name == YOU) else REAPER

    def printed(self, name: str) -> str:
        """Return everything that one process wrote to the output."""
        written = (self.events[index] for index in self.outputs)
        return "".join(
            event.what.text
            for event in written
            if isinstance(event.what, Write) and self.name_of(event.proc) == name
        )


class SeenOutcome(Record):
    """The output and files of one order, and whether it hangs; no events are known."""

    output: str
    files: Mapping[str, str] = {}
    """The contents of the files that were written, by name."""
    hangs: bool = False
    """Whether the first process can never continue."""


class SearchResult(Record):
    """All orders that the kernel may choose, and the outputs of free runs on this machine."""

    possible: Mapping[str, Sequence[str]] = {}
    """For each possible output, who acts at each step of one order that produces it."""
    seen: Mapping[str, int] = {}
    """How often each output occurred in the free runs."""
    native: int = 0
    is_complete: bool = False
    """Whether every order was tried, so that no other output is possible."""
    lacks_amid: bool = False
    """Whether a handler in the middle of computing was not tried, and could matter."""
    flags: tuple[str, ...] = ()
    """Limits of the search, as sentences."""
