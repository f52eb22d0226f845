"""What was seen of a demonstration: its events, how its processes looked, what it wrote.

Only values, which the process that looked hands to the one that teaches. Processes bear the names
that people are shown; an event is known by its place in `events`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from simpsh.base.events import Assign, Event, Line, Rest, Write
from simpsh.base.record import Record
from simpsh.chronicle.chronicle_model import Chronicle

REAPER = "reaper"
"""What an adopter outside the demonstration is called."""
YOU = "you"
"""Whose acts those of the lesson's reader are: signals sent, keys pressed."""
OUTPUT = "output"
"""The target of a descriptor that leads to what the demonstration shows."""
STUCK = "\n[no process can move]"
"""Ends the output of a search in which a process can never continue."""
REST, END = "rest", "end"
"""Moments: no process can move any more (`rest`, `rest 2` …); nothing more is going to happen."""
_PROGRAMS = frozenset(("cat", "echo", "head", "setsid", "sh", "sleep", "yes"))
"""Names that are programs' and no variables."""
_PARTS = frozenset(("one", "parent", REAPER, "shell"))
"""Names of the parts that processes play."""
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def process_in_words(name: str) -> str:
    """Return how a sentence speaks of a process, by its shown name: a variable is code.

    >>> process_in_words("first"), process_in_words("parent"), process_in_words("P1")
    ('`first`', 'the parent', 'P1')
    >>> process_in_words("child 2"), process_in_words("echo"), process_in_words("echo 2")
    ('the second `child`', 'echo', 'the second echo')
    """
    base, _, number = name.rpartition(" ")
    if base and number.isdigit() and 2 <= int(number) < len(_ORDINALS) + 2:
        return f"the {_ORDINALS[int(number) - 2]} {process_in_words(base)}"
    if name in _PARTS:
        return f"the {name}"
    # A birth path has capitals, digits and dots; a sentence's own words have blanks.
    is_variable = name.isidentifier() and name.islower()
    return f"`{name}`" if is_variable and name not in _PROGRAMS and name != YOU else name


class SeenDescriptor(Record):
    """One descriptor of a process, as /proc/PID/fd and fdinfo show it."""

    target: str
    """`output`, `pipe A`, a path, or what /proc shows."""
    access: str = "read"
    """`read`, `write` or `both`."""
    offset: int = 0
    flags: int = 0
    """The status flags, with O_CLOEXEC for the descriptor's own; see open(2)."""
    pipe: str = ""
    """The letter of a pipe; empty for anything else."""
    description: int = 0
    """Equal for the same open file description; 0 if that cannot be told. See kcmp(2)."""


class SeenPage(Record):
    """The page of memory that a variable's contents begin in, as /proc/PID/pagemap shows it."""

    address: int
    shared: bool
    """Whether another process maps the same page of physical memory."""
    number: int = 0
    """The page of physical memory; 0 where we are not permitted to see it."""


class ProcessLook(Record):
    """One process at one moment."""

    pid: int
    state: str
    """A letter of proc(5): R S D T Z; a process that we hold before a mark is `held`."""
    call: str = ""
    """The system call it sleeps in; empty if it sleeps in none."""
    parent: str = ""
    """The shown name of its parent or adopter."""
    group: int = 0
    session: int = 0
    terminal: str = ""
    """Its controlling terminal, such as `pts/3`; empty without one."""
    descriptors: Mapping[int, SeenDescriptor] = {}
    line: int = 0
    """The line of the listing that it is on; 0 if that is not known."""
    values: Mapping[str, object] = {}
    """Its variables: those in memory of their own as they are now, others as last told."""
    pages: Mapping[str, SeenPage] = {}
    """The pages of its variables that lie in memory of their own (mmap)."""
    status: Mapping[str, str] = {}
    """The fields of /proc/PID/status, as text."""
    cwd: str = ""
    argv: tuple[str, ...] = ()
    umask: int = 0
    limits: Mapping[str, int] = {}
    """Soft limits by their names in /proc/PID/limits; -1 is none."""

    def holding(self, pipe: str, end: str) -> list[int]:
        """Return its descriptors of an end, `read` or `write`, of a pipe by letter."""
        return [
            number
            for number, descriptor in sorted(self.descriptors.items())
            if descriptor.pipe == pipe and descriptor.access in (end, "both")
        ]


class SeenMoment(Record):
    """All processes at one moment: none of them was running."""

    index: int
    """The last event before it; -1 before the first."""
    looks: Mapping[str, ProcessLook]
    """By shown name; zombies are there, those collected are not."""
    foreground: int = 0
    """The foreground group of the demonstration's terminal; 0 without one."""
    files: Mapping[str, str] = {}
    """The contents of the regular files in the demonstration's directory, by relative path."""


class _Keeping:
    """Has room for what is worked out once."""


class Observation(Record, _Keeping):
    """A demonstration that was run and looked at."""

    events: tuple[Event, ...] = ()
    names: tuple[str, ...] = ()
    """The shown names, in order of birth; the events name their processes so, too."""
    moments: Mapping[str, SeenMoment] = {}
    """By mark: `①` …, `rest`, `rest 2` …, `end`. A mark met again is `① 2`."""
    source: str = ""
    """The listing that ran, as it is shown."""
    output: str = ""
    """Everything that was written to what the demonstration shows (its 1 and 2)."""
    outputs: tuple[int, ...] = ()
    """The events that wrote it."""
    lines: Mapping[int, int] = {}
    """The line of the listing that an event happened on, where it is known, by index."""
    hangs: bool = False
    """Whether the first process was still there when no process could move for the first time."""
    problem: str = ""
    """What went wrong: the deadline was reached, the demonstration broke; empty if nothing."""
    lacks: Mapping[str, str] = {}
    """What could not be seen, and why: page numbers, descriptions, lines, values."""

    @cached_property
    def chronicle(self) -> Chronicle:
        """The model of the run; its labels are the shown names."""
        from simpsh.chronicle.chronicle_builder import chronicle_of

        asleep = {
            moment.index: [name for name, look in moment.looks.items() if look.state in "SD"]
            for moment in self.moments.values()
        }
        return chronicle_of(self.events, "io", asleep=asleep)

    @cached_property
    def left(self) -> Mapping[str, str]:
        """Who was still there at the end, zombies last, and in which state, by name."""
        states = {name: look.state for name, look in self.looks_at(END).items()}
        return {name: states[name] for name in sorted(states, key=lambda name: states[name] == "Z")}

    def looks_at(self, moment: str) -> Mapping[str, ProcessLook]:
        """Return how its processes were at a moment; nothing where it did not come to it."""
        return self.moments[moment].looks if moment in self.moments else {}

    @cached_property
    def rests(self) -> Sequence[int]:
        """The indices of the events at which no process could move any more."""
        return [index for index, event in enumerate(self.events) if isinstance(event.what, Rest)]

    @cached_property
    def arrivals(self) -> Sequence[tuple[int, str, int]]:
        """The events at which a process came to a line: index, who, line."""
        return [
            (index, self.name_of(event.proc), event.what.line)
            for index, event in enumerate(self.events)
            if isinstance(event.what, Line)
        ]

    @cached_property
    def sets(self) -> Sequence[tuple[int, str, str, object]]:
        """The events at which a variable had another value: index, who, variable, value."""
        return [
            (index, self.name_of(event.proc), event.what.variable, event.what.value)
            for index, event in enumerate(self.events)
            if isinstance(event.what, Assign)
        ]

    def name_of(self, proc: str) -> str:
        """Return the shown name of a process of the events; the reaper's for an outsider."""
        return proc if proc in self.names or proc == YOU else REAPER

    def printed(self, name: str) -> str:
        """Return what one process wrote into the output."""
        written = (self.events[index] for index in self.outputs)
        return "".join(
            event.what.text
            for event in written
            if isinstance(event.what, Write) and self.name_of(event.proc) == name
        )


PossibleWay = tuple[tuple[str, str, str], ...]
"""One order of events: process, what it did in words, and what it wrote."""


class SearchResult(Record):
    """Every order the kernel may choose, and what this machine did in free runs."""

    possible: Mapping[str, PossibleWay] = {}
    """A way to each output that is possible."""
    seen: Mapping[str, int] = {}
    """How often each output came in the free runs."""
    native: int = 0
    """How many free runs were made."""
    is_complete: bool = False
    """Whether every order was tried: nothing else is possible."""
    flags: tuple[str, ...] = ()
    """What the search had to leave open, in sentences."""
    names: tuple[str, ...] = ()
    """The shown names, in order of birth."""
    problem: str = ""
