"""Names of processes and objects, the same in every run.

Processes are named by birth: P0 is the program, P1 its first child, P1.2 the second child of P1.
All other names are values, of one class for each kind: no name of another kind is equal, whatever a
program calls its files. They are tuples that begin with their kind, because a search hashes and
compares them a hundred thousand times. Their words are in name_words.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from functools import cache
from operator import itemgetter
from typing import Final, Literal, Self, dataclass_transform

from simpsh.base.process_names import parent_of

ChoiceMark = Literal["", "!", "~"]
SIGNALS_FIRST: Final = "!"
RINGS: Final = "~"
_MARKS: Mapping[str, ChoiceMark] = {SIGNALS_FIRST: SIGNALS_FIRST, RINGS: RINGS}
"""The suffix of a process's name for the choice in which its alarm goes off."""


# -- processes -------------------------------------------------------------------------------------


@cache
def process_of(choice: str) -> str:
    """Return the process of a choice.

    >>> process_of("P1!"), process_of("P1~"), process_of("P0")
    ('P1', 'P1', 'P0')
    """
    return choice.rstrip("!~")


@cache
def mark_of(choice: str) -> ChoiceMark:
    """Return what a choice does instead of its process's operation; empty for the operation.

    >>> mark_of("P1!") == SIGNALS_FIRST, mark_of("P1~") == RINGS, mark_of("P0")
    (True, True, '')
    """
    return _MARKS.get(choice[-1], "")


def is_below(name: str, ancestors: Container[str]) -> bool:
    """Return whether a process descends from one of the ancestors."""
    while name := parent_of(name):
        if name in ancestors:
            return True
    return False


# -- names as values -------------------------------------------------------------------------------


@dataclass_transform(frozen_default=True)
class Name(tuple[object, ...]):
    """The base of all names: a value with the fields that its class annotates.

    >>> class Door(Name):
    ...     house: str
    ...     number: int
    >>> Door("A", 2), Door("A", 2).number, Door("A", 2) == Door("A", 3)
    (Door('A', 2), 2, False)
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        own = vars(cls).get("__annotations__", {})
        parts: dict[str, object] = {"__match_args__": tuple(own)} if own else {}
        for index, field in enumerate(own, start=1):
            parts[field] = property(itemgetter(index))
        for field, part in parts.items():
            setattr(cls, field, part)

    def __new__(cls, *parts: object) -> Self:
        return super().__new__(cls, (cls.__name__, *parts))

    def __getnewargs__(self) -> tuple[object, ...]:
        return self[1:]

    def __repr__(self) -> str:
        return f"{self[0]}({', '.join(map(repr, self[1:]))})"


class Outsider(Name):
    """A process outside the run: the parent of orphans and of the program; their session."""


OUTSIDER = Outsider()


class Stored(Name):
    """An object whose state is its history: a file, or the standard input."""

    @property
    def is_device(self) -> bool:
        """Whether the kernel provides the file, and processes do not change it."""
        return False


class File(Stored):
    """A file or directory outside the program's directory, by its absolute path.

    Paths are decoded as Python does: bytes that are no text are surrogates.
    """

    path: str

    @property
    def directory(self) -> File | None:
        """The directory that has the file; None for the root."""
        return File(os.path.dirname(self.path)) if self.path != "/" else None

    @property
    def is_device(self) -> bool:
        """See Stored.

        >>> [File(path).is_device for path in ("/dev/null", "/dev/shm", "/dev/shm/f", "/tmp/f")]
        [True, False, False, False]
        """
        is_of_kernel = self.path.startswith(("/dev/", "/proc/", "/memfd:"))
        return is_of_kernel and not f"{self.path}/".startswith("/dev/shm/")

    @property
    def is_terminal(self) -> bool:
        return self.path.startswith(("/dev/tty", "/dev/pts/", "/dev/console"))


class OwnFile(File):
    """A file or directory in the program's directory, by its path there: `.` is the directory."""

    is_device = is_terminal = False

    @property
    def directory(self) -> File | None:
        """The directory that has the file; None for the program's directory."""
        return OwnFile(os.path.dirname(self.path) or ".") if self.path != "." else None


class LaterFile(OwnFile):
    """A file in the program's directory that was made while an earlier one of its name was kept."""

    path: str
    number: int


class InputPipe(Stored):
    """The standard input if it is a pipe; each run gets a new one."""


class Channel(Name):
    """A pipe, with bytes that wait to be read."""


class Pipe(Channel):
    """A pipe that a process has made; it counts its pipes from 1."""

    maker: str
    number: int


class Fifo(Channel):
    """The pipe of a FIFO."""

    file: File


class Output(Name):
    """The program's standard output and standard error."""


class Foreign(Name):
    """Any other object, by the target that /proc shows: `anon_inode:[eventfd]`, `pipe:[7]`."""

    target: str

    @property
    def is_pipe(self) -> bool:
        """Whether it is a pipe that was made outside the run."""
        return self.target.startswith("pipe:")


OUT, INPUT = Output(), InputPipe()


class Description(Name):
    """An open file description: a process counts its opens of files that matter."""

    opener: str
    number: int


class Region(Name):
    """Memory that processes share: a process counts what it maps."""

    maker: str
    number: int


Side = Literal["r", "w"]
SIDES: tuple[Side, Side] = ("r", "w")


def sides(open_flags: int) -> tuple[Side, ...]:
    """Return the ends of a pipe to which a descriptor with these flags of open(2) refers."""
    return ((SIDES[0],), (SIDES[1],), SIDES, ())[open_flags & os.O_ACCMODE]


Holding = Literal["r", "w", "o", "n"]
"""How a process has an object: an end of a pipe; the open file description of a locked file (`o`);
a file whose name was changed (`n`)."""
HeldEnd = tuple[Name, Holding]


# -- the processes that a wait or a signal is for --------------------------------------------------


class AnyChild(Name):
    """Any child."""


class NoChild(Name):
    """A process that is not a child."""


class OwnGroup(Name):
    """The caller's process group."""


ANY, NO_CHILD, OWN_GROUP = AnyChild(), NoChild(), OwnGroup()
