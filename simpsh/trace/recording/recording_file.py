r"""The file of a recording: a header, then one event a line, as JSON; written and read.

    {"schema": "simpsh.trace/1", "source": "ptrace", "clock": "monotonic", …}
    {"seq": 1, "ts": 0, "event": "start", "pid": 100, "proc": "P0", …}
    {"source_file": "/home/ann/race.c", "text": "#include <stdio.h>\n…"}
    {"seq": 2, "ts": 9, "event": "fork", …, "at": {"file": "/home/ann/race.c", "line": 12, …}}

A source file comes once, before the first event that names it, with its text at that time.
Later versions may add fields and events: a reader passes over the fields and keeps the events.
A recording whose writer was killed ends in the middle of a line, and is read up to there.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO, TypeVar

from simpsh.base.errors import SimpshError
from simpsh.base.events import NAMES, SCHEMA, CallSite, Event, Unknown, What
from simpsh.base.record import Record
from simpsh.base.version import __version__

LEVELS = ("events", "calls", "io")
"""What a tracer looks at: event stops; lifecycle calls as well; reads and writes as well."""

_WORDS = {kind: word for word, kind in NAMES.items()}
_COMMON = frozenset(("seq", "ts", "event", "pid", "proc", "tid", "source", "cause", "at"))
_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class RecordingProblem(SimpshError):
    """A file is no recording, or one that this version cannot read."""


class Header(Record):
    """The first line: where, when and of what the recording was made."""

    source: str = "shell"
    """shell, ptrace or strace."""
    level: str = ""
    """One of LEVELS; empty where the source has no levels."""
    command: str = ""
    """What was run, as a line for people."""
    argv0: str = ""
    start_unix_ns: int = 0
    """The wall clock when the recording began."""
    start_monotonic_ns: int = 0
    """CLOCK_MONOTONIC at the same moment; recordings of one boot are merged by it."""
    host: tuple[tuple[str, str], ...] = ()
    """Kernel release and machine architecture, by name."""
    writer: str = ""
    """The program and version that wrote it."""
    unseen: str = ""
    """What this recording's source cannot see, in a sentence; empty for the whole truth."""
    schema: str = SCHEMA
    clock: str = "monotonic"


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds: who recorded what, and the events in order."""

    header: Header
    events: tuple[Event, ...]
    is_cut_short: bool = False
    """Whether the last line was not complete: the writer was killed while writing."""
    notes: tuple[str, ...] = field(default=())
    """Sentences for people about what was read."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The text of each source file that an event names, as it stood when recorded, by path."""


def new_header(
    source: str, command: str = "", *, level: str = "", argv0: str = "", unseen: str = ""
) -> Header:
    """Return a header for a recording that begins now on this machine."""
    system = os.uname()
    return Header(
        source=source,
        level=level,
        command=command,
        argv0=argv0,
        start_unix_ns=time.time_ns(),
        start_monotonic_ns=time.monotonic_ns(),
        host=(("kernel", system.release), ("arch", system.machine)),
        writer=f"simpsh {__version__}",
        unseen=unseen,
    )


def header_line(header: Header) -> str:
    """Return the header as a line of JSON, with its newline."""
    values: dict[str, object] = {"schema": header.schema}
    for name in Header._fields:
        value = dict(header.host) if name == "host" else getattr(header, name)
        if value not in ("", 0, {}):
            values[name] = value
    return _dumps(values) + "\n"


def line_of(event: Event) -> str:
    r"""Return an event as a line of JSON, with its newline.

    >>> from simpsh.base.events import Stop
    >>> line_of(Event(7, Stop(20), ts=5, seq=1))
    '{"seq":1,"ts":5,"event":"stop","pid":7,"source":"shell","signal":20}\n'
    """
    what = event.what
    values: dict[str, object] = {"seq": event.seq, "ts": event.ts, "event": word_of(what)}
    values["pid"] = event.pid
    if event.proc:
        values["proc"] = event.proc
    if event.tid:
        values["tid"] = event.tid
    values["source"] = event.source
    if event.cause:
        values["cause"] = event.cause
    if event.at is not None:
        place = {name: getattr(event.at, name) for name in CallSite._fields}
        values["at"] = {name: value for name, value in place.items() if value}
    if isinstance(what, Unknown):
        values.update(what.fields)
    else:
        for name in type(what)._fields:
            values[name] = getattr(what, name)
    return _dumps(values) + "\n"


def _lines_with_source(
    event: Event, sources: Mapping[str, str], written: set[str]
) -> Iterator[str]:
    """Return an event's line, after the text of the file that it is the first to name."""
    path = event.at.file if event.at is not None else ""
    if path in sources and path not in written:
        written.add(path)
        yield source_line(path, sources[path])
    yield line_of(event)


def lines_of(recording: Recording) -> Iterator[str]:
    """Return a whole recording, line by line, as read() takes it."""
    yield header_line(recording.header)
    written: set[str] = set()
    for event in recording.events:
        yield from _lines_with_source(event, recording.sources, written)
    yield from map(note_line, recording.notes)


def note_line(sentence: str) -> str:
    """Return a remark about the recording itself, as a line to put after the events."""
    return _dumps({"note": sentence}) + "\n"


def source_line(path: str, text: str) -> str:
    """Return the text of a source file as a line, to put before the first event that names it."""
    return _dumps({"source_file": path, "text": text}) + "\n"


def word_of(what: What) -> str:
    """Return what a recording calls this kind of event.

    >>> word_of(Unknown("teleport"))
    'teleport'
    """
    return what.name if isinstance(what, Unknown) else _WORDS[type(what)]


def create(path: str) -> TextIO:
    """Create or empty a file for a recording, readable by its owner alone.

    A recording shows arguments and data of every program in it, passwords among them.

    Raises:
        OSError: EACCES ENOENT EISDIR …; see open(2).
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)
    return open(descriptor, "w", encoding="utf-8")


def read(file: Iterable[str]) -> Recording:
    """Read a recording, line by line.

    Raises:
        RecordingProblem: it does not begin with a header, is of a later version, or a line in
            the middle is no event.
    """
    lines = iter(file)
    header = _read_header(next(lines, ""))
    events: list[Event] = []
    notes: list[str] = []
    sources: dict[str, str] = {}
    broken: int | None = None
    for number, line in enumerate(lines, start=2):
        if broken is not None:
            raise RecordingProblem(f"line {broken} of the recording is no event")
        values = _object(line)
        event = _read_event(values) if values is not None else None
        if event is not None:
            events.append(event)
        elif values is not None and isinstance(note := values.get("note"), str):
            notes.append(note)
        elif values is not None and (source := _read_source(values)) is not None:
            sources.setdefault(*source)
        else:
            broken = number
    return Recording(header, tuple(events), broken is not None, tuple(notes), sources)


def read_file(path: str) -> Recording:
    """Read the recording in the file `path`; errors as for read().

    Raises:
        RecordingProblem: as for read(), and when the file cannot be read.
    """
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return read(file)
    except OSError as error:
        raise RecordingProblem(f"{path}: {error.strerror}") from error
    except RecordingProblem as problem:
        raise RecordingProblem(f"{path}: {problem}") from None


def _read_header(line: str) -> Header:
    values = _object(line)
    schema = values.get("schema") if values else None
    if values is None or not isinstance(schema, str) or not schema.startswith("simpsh.trace/"):
        raise RecordingProblem("this is no recording: its first line is not a header")
    if schema.partition("/")[2].partition(".")[0] != SCHEMA.partition("/")[2]:
        raise RecordingProblem(f"the recording is in {schema}; this version reads {SCHEMA}")
    host = values.get("host")
    if isinstance(host, dict):
        values["host"] = [[name, str(value)] for name, value in host.items()]
    kinds = Header.__annotations__
    fitting = {
        name: value
        for name, value in values.items()
        if name in kinds and _fits_field(kinds[name], value)
    }
    return record_from(Header, fitting) or Header()


def _read_event(values: Mapping[str, object]) -> Event | None:
    word = values.get("event")
    if not isinstance(word, str):
        return None
    place = values.get("at")
    at = record_from(CallSite, place) if isinstance(place, dict) else None
    return record_from(Event, values, what=_what(word, values), at=at)


def _read_source(values: Mapping[str, object]) -> tuple[str, str] | None:
    path, text = values.get("source_file"), values.get("text")
    return (path, text) if isinstance(path, str) and isinstance(text, str) else None


def _what(word: str, values: Mapping[str, object]) -> What:
    kind = NAMES.get(word)
    known = record_from(kind, values) if kind is not None else None
    if known is not None:
        return known
    # What does not fit is kept as it came: dropping it would tell of a run that never was.
    rest = tuple((name, value) for name, value in values.items() if name not in _COMMON)
    return Unknown(word, rest)


def _object(line: str) -> dict[str, object] | None:
    try:
        value: object = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


T = TypeVar("T", bound=Record)

_SCALARS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "float": (int, float),
    "int | None": (int, type(None)),
}
_ITEMS: dict[str, tuple[tuple[type, ...], ...]] = {
    "tuple[int, ...]": ((int,),),
    "tuple[str, ...]": ((str,),),
    "tuple[tuple[int, str], ...]": ((int,), (str,)),
    "tuple[tuple[str, str], ...]": ((str,), (str,)),
    "tuple[tuple[int, str, bool], ...]": ((int,), (str,), (bool,)),
}


def record_from(kind: type[T], values: Mapping[str, object], **given: object) -> T | None:
    """Return a record of `kind` made from those of `values` that are its fields, each checked.

    Args:
        kind: the class of record.
        values: what a line of JSON held, by name; names that are no fields are passed over.
        given: fields that are already known to fit.

    Returns:
        The record, lists turned into tuples; None if a value does not fit its field, or one
        that has no default is missing.

    >>> from simpsh.base.events import Stop
    >>> record_from(Stop, {"signal": 20, "mood": "blue"}), record_from(Stop, {"signal": "20"})
    (Stop(signal=20), None)
    """
    found = dict(given)
    for name in kind._fields:
        if name in found:
            continue
        if name in values:
            if not _fits_field(kind.__annotations__[name], values[name]):
                return None
            found[name] = _frozen(values[name])
        elif name not in kind._defaults:  # noqa: SLF001 - a record's schema
            return None
    return kind(**found)


def _fits_field(annotation: str, value: object) -> bool:
    scalar = _SCALARS.get(annotation)
    if scalar is not None:
        # bool is an int to isinstance, but true is no pid.
        return type(value) in scalar
    if annotation == "object":
        return True
    if not isinstance(value, list):
        return False
    shape = _ITEMS.get(annotation)
    if shape is None:
        return annotation == "tuple[object, ...]"
    if len(shape) == 1:
        return all(type(item) in shape[0] for item in value)
    return all(
        isinstance(item, list)
        and len(item) == len(shape)
        and all(type(part) in allowed for part, allowed in zip(item, shape, strict=True))
        for item in value
    )


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


class RecordingWriter:
    """Writes events as they come, but turns them into text while no process waits for it."""

    _AT_A_TIME = 40

    def __init__(self, file: TextIO, sources: Mapping[str, str] | None = None) -> None:
        """Write to `file`; before the first event that names a file of `sources`, its text."""
        self._file = file
        self._sources = {} if sources is None else sources
        self._written: set[str] = set()
        self._events: deque[Event] = deque()
        self.put = self._events.append
        """Take an event, quickly."""

    def write_some(self) -> None:
        """Write some of the events taken; a traced process may be waiting soon."""
        events = self._events
        for _ in range(min(len(events), self._AT_A_TIME)):
            self._write(events.popleft())
        if not events:
            self._file.flush()

    def finish(self) -> None:
        """Write all of the events taken."""
        while self._events:
            self._write(self._events.popleft())
        self._file.flush()

    def _write(self, event: Event) -> None:
        self._file.writelines(_lines_with_source(event, self._sources, self._written))
