"""Finds programs that ran for show: they wrote a checked text where nobody reads it.

A submission may execute the program that does the work, throw its output away, and write the text
itself. The record of a run has what each process wrote and read, and to where descriptors lead. So
a text came from elsewhere if another program wrote it, and all that this program wrote is lost: it
is in /dev/null, in a file that nobody opened for reading, or in a pipe that nobody read. If one of
these cannot be known, as after splice(2), nothing is said.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from simpsh.base.events import Call, Close, Event, Exec, Fork, Open, Read, What, Write
from simpsh.base.phrases import command_words, shorten
from simpsh.base.record import Record
from simpsh.base.targets import File
from simpsh.grade.assignments.program_names import has_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOVES = frozenset(("splice", "tee", "vmsplice", "sendfile", "copy_file_range"))
"""Calls that move data without a read or a write."""
ASKED = _MOVES | {"open", "openat", "creat"}
"""The calls needed here that no level follows."""
DATA = frozenset(("read", "readv", "write", "writev", "close", "close_range"))
"""The calls needed here that the level `io` follows."""
_LONGEST = 60


class CheckedText(Record):
    """A text that a check found in the output, or in a file."""

    key: str
    """The check."""
    is_in: Callable[[str], bool]
    """Whether another text contains it."""
    begin: int
    """When the line was typed to which it is the answer, in nanoseconds of the events."""
    end: int
    """When it was found."""
    file: tuple[int, int] | None = None
    """The device and inode of the file; None for the output."""
    names: tuple[str, ...] = ()
    """The programs whose execution confirms it: they must not have written for nothing."""


class _Use(Record):
    """A read or a write of at least one byte."""

    ts: int
    proc: str
    program: Exec | None
    """The program, other than the submission's own, that the process or an ancestor executed."""
    place: str | File
    """The inode of a pipe, or a file."""
    text: str


class _Uses:
    """What processes wrote and read, in order."""

    def __init__(self) -> None:
        self.written: list[_Use] = []
        self.read: list[_Use] = []
        self.opened: set[str] = set()
        """The paths that were opened for reading only."""
        self.has_moves = False
        """Whether data were moved in another way, which is not followed."""


def is_data(what: What) -> bool:
    """Return whether an event is only needed here."""
    if isinstance(what, Call):
        return what.name in ASKED
    return isinstance(what, Read | Write | Open | Close)


def thrown_away(events: Sequence[Event], text: CheckedText, is_own: Callable[[Exec], bool]) -> str:
    """Return a sentence about the program that wrote this text for show; empty for none."""
    uses = _uses(events, is_own)
    if uses.has_moves:
        return ""
    by_program: dict[int, tuple[Exec, list[_Use]]] = {}
    for use in uses.written:
        if use.program is not None and text.begin <= use.ts <= text.end:
            by_program.setdefault(id(use.program), (use.program, []))[1].append(use)
    sentence = ""
    for program, written in by_program.values():
        is_named = any(has_name(program, name) for name in text.names)
        if not (is_named or text.is_in("".join(use.text for use in written))):
            continue
        if any(_arrives(use, text, uses, frozenset()) for use in written):
            return ""
        words = shorten(command_words(program.argv), _LONGEST)
        sentence = sentence or (
            f"{written[0].proc} executed {words} for show: it wrote to {_place_words(written[0])}, "
            "and what was found comes from elsewhere"
        )
    return sentence


def _uses(events: Iterable[Event], is_own: Callable[[Exec], bool]) -> _Uses:
    uses = _Uses()
    programs: dict[str, Exec | None] = {}
    files: dict[str, dict[int, File]] = {}
    for event in events:
        what, proc = event.what, event.proc
        if isinstance(what, Fork):
            if not what.thread:
                programs[what.child] = programs.get(proc)
                files[what.child] = dict(files.get(proc, {}))
        elif isinstance(what, Exec):
            programs[proc] = None if is_own(what) else what
            files[proc] = dict(what.files)
        elif isinstance(what, Open):
            if not what.errno and what.flags & os.O_ACCMODE == os.O_RDONLY:
                uses.opened.add(os.path.basename(what.path))
        elif isinstance(what, Call):
            uses.has_moves = uses.has_moves or what.name in _MOVES
        elif isinstance(what, Read | Write):
            known = files.setdefault(proc, {})
            if what.file is not None:
                known[what.fd] = what.file
            place = what.pipe or known.get(what.fd)
            if what.count > 0 and place:
                use = _Use(event.ts, proc, programs.get(proc), place, what.text)
                (uses.read if isinstance(what, Read) else uses.written).append(use)
    return uses


def _arrives(use: _Use, text: CheckedText, uses: _Uses, seen: frozenset[str]) -> bool:
    """Return whether what was written reached the place of the text, or may have."""
    place = use.place
    if isinstance(place, File):
        if place.kind == "device":
            return False
        if place.kind != "file":
            return True
        if text.file == (place.device, place.inode) or (text.file is not None and not place.inode):
            return True
        if os.path.basename(place.path) in uses.opened:
            return True
    for read in _readers(use, uses):
        if read.program is None or read.program is use.program:
            return True
        mine = [it for it in uses.written if it.proc == read.proc and it.proc not in seen]
        if not mine or any(_arrives(it, text, uses, seen | {use.proc}) for it in mine):
            return True
    return False


def _readers(use: _Use, uses: _Uses) -> Iterator[_Use]:
    for read in uses.read:
        if isinstance(use.place, File) and isinstance(read.place, File):
            if (read.place.device, read.place.inode) == (use.place.device, use.place.inode):
                yield read
        elif read.place == use.place:
            yield read


def _place_words(use: _Use) -> str:
    if not isinstance(use.place, File):
        return "a pipe that leads to no output"
    name = use.place.path if use.place.kind == "device" else os.path.basename(use.place.path)
    return name if use.place.kind == "device" else f"{name}, which nobody read"
