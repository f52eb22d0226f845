r"""The file of a recording: a header, then one event a line, as JSON; written and read.

    {"schema": "simpsh.trace/1", "source": "ptrace", "level": "io", …}
    {"seq": 1, "ts": 0, "event": "start", "pid": 100, "proc": "P0", …}
    {"source_file": "/home/ann/race.c", "text": "#include <stdio.h>\n…"}
    {"seq": 2, "ts": 9, "event": "fork", …, "at": {"file": "/home/ann/race.c", "line": 12, …}}
    {"note": "a remark about the recording itself"}
    {"end": 1}

A source file comes once, before the first event that names it, with its text at that time.
Later versions may add fields and events: a reader passes over the fields and keeps the events.
A recording whose writer was killed ends without its last line, or in the middle of a line, and is
read up to there.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from _json import encode_basestring_ascii as _quoted, make_encoder  # json itself is slow to load

from simpsh.base.errors import SimpshError
from simpsh.base.events import NAMES, SCHEMA, CallSite, Event, Unknown, What
from simpsh.base.file_store import lock
from simpsh.base.outside_json import BadData, json_object, record_of
from simpsh.base.phrases import command_words, escaped
from simpsh.base.record import Record, suppress
from simpsh.base.version import __version__
from simpsh.base.wait_status import decode
from simpsh.kernel.descriptors import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TextIO, TypeVar

    T = TypeVar("T", bound=Record)

LEVELS = ("events", "calls", "io")
"""The stops of a tracer: event stops; lifecycle calls as well; reads and writes as well."""

_COMMON = frozenset(("seq", "ts", "event", "pid", "proc", "tid", "source", "cause", "at"))
_WORDS = {kind: word for word, kind in NAMES.items()}
_JSON = make_encoder(
    *(None, repr, _quoted, None, ":", ","), sort_keys=False, skipkeys=False, allow_nan=True
)

_NO_SOURCES: Mapping[str, str] = {}


class RecordingProblem(SimpshError):
    """A file is no recording, or one that this version cannot read."""


class Header(Record):
    """The first line: when and of what the recording was made."""

    source: str = "shell"
    """shell or ptrace."""
    level: str = ""
    """One of LEVELS; empty where the source has no levels."""
    command: str = ""
    """The command, as a line for people."""
    start_monotonic_ns: int = 0
    """CLOCK_MONOTONIC when the recording began: events have the nanoseconds since then."""
    writer: str = ""
    """The program and version that wrote it."""
    has_end: bool = False
    """Whether the last line of a complete recording says so: `{"end": …}`."""
    schema: str = SCHEMA


class Recording(Record):
    """The content of a file: who recorded what, and the events in order."""

    header: Header
    events: tuple[Event, ...]
    is_cut_short: bool = False
    """Whether its end is missing: the writer was killed, or writes still."""
    notes: tuple[str, ...] = ()
    """Sentences for people about what was read."""
    sources: Mapping[str, str] = _NO_SOURCES
    """The text of each source file that an event names, as it stood when recorded, by path."""


def new_header(
    source: str, argv: Sequence[str] = (), *, level: str = "", has_end: bool = False
) -> Header:
    """Return a header for a recording that begins now.

    `argv` is the command: words, or one word that is a whole line.
    """
    return Header(
        source=source,
        level=level,
        command=command_line(argv),
        start_monotonic_ns=time.monotonic_ns(),
        writer=f"simpsh {__version__}",
        has_end=has_end,
    )


def command_line(argv: Sequence[str]) -> str:
    """Return a command, words or one word that is a whole line, as it can be typed on one line."""
    line = argv[0] if len(argv) == 1 else command_words(argv)
    # A line of several lines can be typed as one word.
    return line if line.isprintable() else command_words(("simpsh", "-c", line))


def header_line(header: Header) -> str:
    """Return the header as a line of JSON, with its newline."""
    values = {name: value for name in Header._fields if (value := getattr(header, name))}
    return _line_of(**{"schema": "", **values})


def line_of(event: Event) -> str:
    r"""Return an event as a line of JSON, with its newline.

    >>> from simpsh.base.events import Stop
    >>> line_of(Event(7, Stop(20), ts=5, seq=1))
    '{"seq":1,"ts":5,"event":"stop","pid":7,"source":"shell","signal":20}\n'
    """
    what = event.what
    word = what.name if isinstance(what, Unknown) else _WORDS[type(what)]
    # The encoder takes several times as long over what every event has.
    common = f'"seq":{event.seq},"ts":{event.ts},"event":{_quoted(word)},"pid":{event.pid}'
    if event.proc:
        common += f',"proc":{_quoted(event.proc)}'
    if event.tid:
        common += f',"tid":{event.tid}'
    common += f',"source":{_quoted(event.source)}'
    values: dict[str, object] = {}
    if event.cause:
        values["cause"] = event.cause
    if event.at is not None:
        values["at"] = {
            name: value for name in CallSite._fields if (value := getattr(event.at, name))
        }
    if isinstance(what, Unknown):
        values.update(what.fields)
    else:
        for name in type(what)._fields:
            # None is the default wherever it may be.
            if (value := getattr(what, name)) is not None:
                values[name] = value
    rest = "".join(_JSON(values, 0))
    return f"{{{common},{rest[1:]}\n" if values else f"{{{common}}}\n"


def _line_of(**values: object) -> str:
    return "".join(_JSON(values, 0)) + "\n"


def lines_with_source(event: Event, sources: Mapping[str, str], written: set[str]) -> Iterator[str]:
    """Return an event's line, after the text of the file that it is the first to name."""
    path = event.at.file if event.at is not None else ""
    if path in sources and path not in written:
        written.add(path)
        yield _line_of(source_file=path, text=sources[path])
    yield line_of(event)


def lines_of(recording: Recording) -> Iterator[str]:
    """Return a whole recording, line by line, as read() takes it."""
    yield header_line(recording.header)
    written: set[str] = set()
    for event in recording.events:
        yield from lines_with_source(event, recording.sources, written)
    yield from map(note_line, recording.notes)
    if recording.header.has_end and not recording.is_cut_short:
        yield end_line(recording.events[-1].seq if recording.events else 0)


def note_line(sentence: str) -> str:
    """Return a remark about the recording itself, as a line to put after the events."""
    return _line_of(note=sentence)


def end_line(seq: int) -> str:
    """Return the last line of a complete recording; `seq` is the number of its last event."""
    return _line_of(end=seq)


MOST_CHARACTERS = 64 << 20
"""The longest line that is read."""


class RecordingReader:
    """Reads a recording line by line, as far as it was written."""

    def __init__(self) -> None:
        self.header: Header | None = None
        """None before the first line."""
        self.notes: list[str] = []
        self.sources: dict[str, str] = {}
        """The texts of the source files, by path."""
        self.has_ended = False
        """Whether the line was read that ends a complete recording."""
        self._number = 0

    def take(self, line: str) -> Event | None:
        """Read the next line, whole; return its event, or None if it has none.

        Raises RecordingProblem: the first line is no header, or one of a later version; another is
        no event.
        """
        self._number += 1
        if self.header is None:
            self.header = _read_header(line)
            return None
        if len(line) > MOST_CHARACTERS:
            raise self._damaged(f"it is longer than {MOST_CHARACTERS >> 20} MiB")
        try:
            values = json_object(line, "JSON")
        except BadData as problem:
            reason = str(problem).removeprefix("JSON: ").removeprefix("not JSON: ")
            raise self._damaged(reason.partition(": line")[0]) from None
        word, place, event = values.get("event"), values.get("at"), None
        if isinstance(word, str):
            at = None
            with suppress(TypeError):
                at = record_of(CallSite, place)
            with suppress(TypeError):
                event = record_of(Event, values, what=_what(word, values), at=at)
        if event is None:
            path, text = values.get("source_file"), values.get("text")
            if isinstance(note := values.get("note"), str):
                self.notes.append(note)
            elif isinstance(path, str) and isinstance(text, str):
                self.sources.setdefault(path, text)
            elif "end" in values:
                self.has_ended = True
            else:
                raise self._damaged("a field is missing or of another type")
        return event

    def _damaged(self, reason: str) -> RecordingProblem:
        return RecordingProblem(f"line {self._number} of the recording is no event: {reason}")


def read(lines: Iterable[str]) -> Recording:
    """Read a recording, line by line: an open file, or the lines that lines_of() returns.

    Raises RecordingProblem: it does not begin with a header, is of a later version, or a line is no
    event. Only the last may be cut short.
    """
    reader = RecordingReader()
    events: list[Event] = []
    is_broken = False
    for line in lines:
        try:
            event = reader.take(line)
        except RecordingProblem:
            if line.endswith("\n") or reader.header is None or len(line) > MOST_CHARACTERS:
                raise
            is_broken = True
            break
        if event is not None:
            events.append(event)
    if reader.header is None:
        raise RecordingProblem(_NO_HEADER)
    is_cut_short = is_broken or (reader.header.has_end and not reader.has_ended)
    notes = tuple(reader.notes)
    return Recording(reader.header, tuple(events), is_cut_short, notes, reader.sources)


def read_file(path: str) -> Recording:
    """Read the recording in the file `path`; RecordingProblem also when it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return read(iter(lambda: file.readline(MOST_CHARACTERS + 1), ""))
    except OSError as error:
        raise RecordingProblem(f"{path}: {error.strerror}") from error
    except RecordingProblem as problem:
        raise RecordingProblem(f"{path}: {problem}") from None


_NO_HEADER = "this is no recording: its first line is not a header"


def _read_header(line: str) -> Header:
    try:
        values = json_object(line, "")
    except BadData:
        raise RecordingProblem(_NO_HEADER) from None
    schema = values.get("schema")
    if not isinstance(schema, str) or not schema.startswith("simpsh.trace/"):
        raise RecordingProblem(_NO_HEADER)
    if schema.partition("/")[2].partition(".")[0] != SCHEMA.partition("/")[2]:
        raise RecordingProblem(
            f"the recording is in {escaped(schema[:40])}; this version reads {SCHEMA}"
        )
    try:
        return record_of(Header, values)
    except TypeError as error:
        raise RecordingProblem(f"the header of the recording is damaged: {error}") from None


def _what(word: str, values: Mapping[str, object]) -> What:
    kind = NAMES.get(word)
    if kind is not None:
        # A status word must be one of waitpid(2)'s.
        with suppress(TypeError, ValueError):
            known = record_of(kind, values)
            decode(getattr(known, "status", None) or 0)
            return known
    # A value that does not fit is kept as it came: without it, the recording would be of another
    # run.
    rest = tuple((name, value) for name, value in values.items() if name not in _COMMON)
    return Unknown(word, rest)


def create(path: str) -> TextIO:
    """Create or empty a file for a recording, as create_descriptor(), with the same errors."""
    # So the file knows its name.
    return open(path, "w", encoding="utf-8", opener=lambda path, _: create_descriptor(path))


def begin(file: TextIO, header: Header) -> None:
    """Write the header of a recording; raise SimpshError, and leave no file, if it has no room."""
    try:
        file.write(header_line(header))
        file.flush()
    except OSError as error:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode) and isinstance(file.name, str):
            os.unlink(file.name)
        raise SimpshError(f"{file.name}: {os.strerror(error.errno or errno.EIO)}") from error


def create_descriptor(path: str, flags: int = 0) -> int:
    """Create or empty a file for a recording, readable by its owner alone; it is locked.

    A recording shows arguments and data of every program in it, passwords among them.

    Raises SimpshError: another recording is being written into it. OSError: EACCES ENOENT EISDIR …;
    see open(2).
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
    try:
        # The owner and the mode of a device or a FIFO are not this program's business.
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            try:
                lock(descriptor, waits=False)
            except BlockingIOError:
                raise SimpshError(
                    f"{path}: another simpsh records into it now; give this recording another name"
                ) from None
            os.ftruncate(descriptor, 0)
            os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class RecordingWriter:
    """Writes events, many at a time: that costs a third less than each by itself."""

    MOST_HELD = 64

    def __init__(self, file: TextIO, sources: Mapping[str, str] | None = None) -> None:
        """Write to `file`; the text of a source file precedes the first event that names it."""
        # Below the buffers of `file`: a line is written whole, or kept back whole.
        file.flush()
        self._descriptor = file.fileno()
        self._events: list[Event] = []
        self._lines: list[str] = []
        """The events taken before `_events`, encoded."""
        self._sources = {} if sources is None else sources
        self._written: set[str] = set()
        self._last = 0
        self._before = self._size = os.fstat(self._descriptor).st_size
        """The places where the last written lines begin and end."""
        self.problem: OSError | None = None
        """Why nothing more is written: ENOSPC, EFBIG, EPIPE …; the traced processes continue."""

    @property
    def holds_events(self) -> bool:
        """Whether events were taken that are not in the file yet."""
        return bool(self._events or self._lines)

    def put(self, event: Event) -> None:
        """Take an event, quickly."""
        self._events.append(event)
        if len(self._events) >= self.MOST_HELD:
            self.write_some()

    def encode(self) -> None:
        """Encode the events taken, at a moment when no traced process waits for that."""
        for event in self._events:
            self._lines += lines_with_source(event, self._sources, self._written)
            self._last = event.seq
        self._events.clear()
        if len(self._lines) >= self.MOST_HELD:
            self.write_some()

    def write_some(self) -> None:
        """Write the events taken."""
        if self._events:
            self.encode()
        if self._lines:
            lines, self._lines = self._lines, []
            self.write("".join(lines))

    def write(self, text: str) -> None:
        """Write whole lines after what was written."""
        if self.problem is not None:
            return
        data = text.encode()
        try:
            write_all(self._descriptor, data)
            self._before, self._size = self._size, self._size + len(data)
        except OSError as error:
            self.problem = error
            note = f"it could not be written further: {os.strerror(error.errno or errno.EIO)}"
            with suppress(OSError):
                # If nothing more fits, the note takes the place of what was written last.
                os.ftruncate(
                    self._descriptor, os.lseek(self._descriptor, self._before, os.SEEK_SET)
                )
                write_all(self._descriptor, note_line(note).encode())

    def end(self) -> None:
        """Write all of the events taken, and the line that says that the recording is complete."""
        self.write_some()
        self.write(end_line(self._last))
