"""A recording is a header and then one event a line, as JSON; see simpsh.events for the words.

    {"schema": "simpsh.trace/1", "source": "ptrace", "clock": "monotonic", …}
    {"seq": 1, "ts": 0, "event": "start", "pid": 100, "proc": "P0", …}

Later versions may add fields and events: a reader passes over the fields and keeps the events.
A recording whose writer was killed ends in the middle of a line, and is read up to there.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, TextIO

from simpsh import __version__
from simpsh.errors import SimpshError
from simpsh.events import NAMES, SCHEMA, Event, Unknown
from simpsh.trace.fitting import built

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simpsh.events import What

LEVELS = ("events", "calls", "io")
"""What a tracer looks at: event stops; lifecycle calls as well; reads and writes as well."""

_WORDS = {kind: word for word, kind in NAMES.items()}
_COMMON = frozenset(("seq", "ts", "event", "pid", "proc", "tid", "source", "cause"))
_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class RecordingProblem(SimpshError):
    """A file is no recording, or one that this version cannot read."""


@dataclass(frozen=True, slots=True)
class Header:
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
    """Sentences for people about what was read or merged."""


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
    for part in fields(header):
        value = getattr(header, part.name)
        if part.name == "host":
            value = dict(value)
        if value not in ("", 0, {}):
            values[part.name] = value
    return _dumps(values) + "\n"


def line_of(event: Event) -> str:
    r"""Return an event as a line of JSON, with its newline.

    >>> from simpsh.events import Stop
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
    if isinstance(what, Unknown):
        values.update(what.fields)
    else:
        for name in type(what)._fields:
            values[name] = getattr(what, name)
    return _dumps(values) + "\n"


def note_line(sentence: str) -> str:
    """Return a remark about the recording itself, as a line to put after the events."""
    return _dumps({"note": sentence}) + "\n"


def word_of(what: What) -> str:
    """Return what a recording calls this kind of event.

    >>> word_of(Unknown("teleport"))
    'teleport'
    """
    return what.name if isinstance(what, Unknown) else _WORDS[type(what)]


def write_header(
    file: TextIO,
    source: str = "shell",
    command: str = "",
    *,
    level: str = "",
    argv0: str = "",
    unseen: str = "",
) -> Header:
    """Begin a recording in `file` and return its header."""
    header = new_header(source, command, level=level, argv0=argv0, unseen=unseen)
    file.write(header_line(header))
    return header


def write(file: TextIO, recording: Recording) -> None:
    """Write a whole recording."""
    file.write(header_line(recording.header))
    file.writelines(map(line_of, recording.events))


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
        else:
            broken = number
    return Recording(header, tuple(events), broken is not None, tuple(notes))


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
    return Header(
        source=_text(values, "source"),
        level=_text(values, "level"),
        command=_text(values, "command"),
        argv0=_text(values, "argv0"),
        start_unix_ns=_number(values, "start_unix_ns"),
        start_monotonic_ns=_number(values, "start_monotonic_ns"),
        host=tuple((str(k), str(v)) for k, v in host.items()) if isinstance(host, dict) else (),
        writer=_text(values, "writer"),
        unseen=_text(values, "unseen"),
        schema=schema,
    )


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _number(values: Mapping[str, object], name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) else 0


def _read_event(values: Mapping[str, object]) -> Event | None:
    word = values.get("event")
    if not isinstance(word, str):
        return None
    return built(Event, values, what=_what(word, values))


def _what(word: str, values: Mapping[str, object]) -> What:
    kind = NAMES.get(word)
    known = built(kind, values) if kind is not None else None
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
