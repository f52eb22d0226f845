r"""The file of a recording: a header, then one event per line, as JSON.

    {"schema": "simpsh.trace/2", "source": "ptrace", "level": "io", …}
    {"seq": 1, "ts": 0, "event": "start", "pid": 100, "proc": "P0", …}
    {"source_file": "/home/ann/race.c", "text": "#include <stdio.h>\n…"}
    {"seq": 2, "ts": 9, "event": "fork", …, "at": {"file": "/home/ann/race.c", "line": 12, …}}
    {"note": "a remark about the recording itself"}
    {"end": 1}

The text of a source file comes once, before the first event that names it, as it was at that time.
Later versions may add fields and events: a reader ignores the fields and keeps the events. If the
writer was killed, a recording ends without its last line or in the middle of a line, and is read up
to there.
"""

from __future__ import annotations

import os
import stat
import time
from _json import encode_basestring_ascii as _quoted, make_encoder  # json itself is slow to load

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.events import NAMES, SCHEMA, CallSite, Event, Unknown, What
from simpsh.base.file_store import lock
from simpsh.base.outside_json import BadData, json_object, record_of
from simpsh.base.phrases import command_words, escaped
from simpsh.base.record import Record, suppress
from simpsh.base.targets import Member
from simpsh.base.version import __version__
from simpsh.base.wait_status import decode
from simpsh.base.waits import Situation, Waker
from simpsh.kernel.descriptors import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Literal, TextIO, TypeVar

    from simpsh.base.event_kind import RecordLevel

    T = TypeVar("T", bound=Record)

LEVELS: tuple[RecordLevel, ...] = ("events", "calls", "io")
"""Levels of detail: events only; also lifecycle calls; also reads and writes."""

_COMMON = frozenset(("seq", "ts", "event", "pid", "proc", "tid", "source", "cause", "at"))
_WORDS = {kind: word for word, kind in NAMES.items()}


def _plain(value: object) -> object:
    """Return a record as JSON: a constant as its word, a process of the run as its name.

    Others are objects without the fields of default.
    """
    if isinstance(value, Situation | Waker):
        return value.word
    if isinstance(value, Member):
        return value.name
    assert isinstance(value, Record)
    return {name: field for name in type(value)._fields if (field := getattr(value, name))}


_JSON = make_encoder(
    *(None, _plain, _quoted, None, ":", ","), sort_keys=False, skipkeys=False, allow_nan=True
)

_NO_SOURCES: Mapping[str, str] = {}


class RecordingProblem(SimpshError):
    """A file is not a recording, or this version cannot read it."""


class Header(Record):
    """The first line: the command, the time and the program that wrote the recording."""

    source: Literal["ptrace"] = "ptrace"
    level: Literal["", "events", "calls", "io"] = ""
    """Empty if the source has no levels."""
    command: str = ""
    """The command, as one line."""
    start_monotonic_ns: int = 0
    """CLOCK_MONOTONIC at the start of the recording: the times of events count from here."""
    writer: str = ""
    """The program and version that wrote it."""
    has_end: bool = False
    """Whether a complete recording has the last line `{"end": …}`."""
    schema: str = SCHEMA


class Recording(Record):
    """The content of a file: the header, and the events in order."""

    header: Header
    events: tuple[Event, ...]
    is_cut_short: bool = False
    """Whether its end is missing: the writer was killed, or is still writing."""
    notes: tuple[str, ...] = ()
    """Remarks in the file, as sentences."""
    sources: Mapping[str, str] = _NO_SOURCES
    """The text of each source file that an event names, at the time of recording, by path."""


def new_header(
    argv: Sequence[str] = (), *, level: RecordLevel = "", has_end: bool = False
) -> Header:
    """Return a header for a recording that begins now.

    `argv` is the command: words, or one word that is a whole line.
    """
    return Header(
        level=level,
        command=command_line(argv),
        start_monotonic_ns=time.monotonic_ns(),
        writer=f"simpsh {__version__}",
        has_end=has_end,
    )


def command_line(argv: Sequence[str]) -> str:
    """Return a command, words or one word that is a whole line, as it can be typed on one line."""
    line = argv[0] if len(argv) == 1 else command_words(argv)
    # Several lines can be typed as one word.
    return line if line.isprintable() else command_words(("simpsh", "-c", line))


def header_line(header: Header) -> str:
    """Return the header as a line of JSON, with its newline."""
    values = {name: value for name in Header._fields if (value := getattr(header, name))}
    return _line_of(**{"schema": "", **values})


def line_of(event: Event) -> str:
    r"""Return an event as a line of JSON, with its newline.

    >>> from simpsh.base.events import Stop
    >>> line_of(Event(7, Stop(20), ts=5, seq=1))
    '{"seq":1,"ts":5,"event":"stop","pid":7,"signal":20}\n'
    """
    what = event.what
    word = what.name if isinstance(what, Unknown) else _WORDS[type(what)]
    # The encoder would take several times as long for these fields of every event.
    common = f'"seq":{event.seq},"ts":{event.ts},"event":{_quoted(word)},"pid":{event.pid}'
    if event.proc:
        common += f',"proc":{_quoted(event.proc)}'
    if event.tid:
        common += f',"tid":{event.tid}'
    if event.at is not None:
        at = {name: value for name in CallSite._fields if (value := getattr(event.at, name))}
        common += f',"at":{_encoded(at)}'
    if isinstance(what, Unknown):
        for name, value in what.fields:
            common += f",{_quoted(name)}:{_encoded(value)}"
    else:
        for name in type(what)._fields:
            value = getattr(what, name)
            # Most fields are of these types, and the encoder takes several times as long.
            if type(value) is int:
                common += f',"{name}":{value}'
            elif type(value) is str:
                common += f',"{name}":{_quoted(value)}'
            elif value is not None:  # always the default
                common += f',"{name}":{_encoded(value)}'
    return f"{{{common}}}\n"


def _encoded(value: object) -> str:
    return "".join(_JSON(value, 0))


def _line_of(**values: object) -> str:
    return "".join(_JSON(values, 0)) + "\n"


def lines_with_source(event: Event, sources: Mapping[str, str], written: set[str]) -> Iterator[str]:
    """Yield an event's line, preceded by the text of a file that no event has named before."""
    path = event.at.file if event.at is not None else ""
    if path in sources and path not in written:
        written.add(path)
        yield _line_of(source_file=path, text=sources[path])
    yield line_of(event)


def lines_of(recording: Recording) -> Iterator[str]:
    """Yield a whole recording line by line, as read() takes it."""
    yield header_line(recording.header)
    written: set[str] = set()
    for event in recording.events:
        yield from lines_with_source(event, recording.sources, written)
    yield from map(note_line, recording.notes)
    if recording.header.has_end and not recording.is_cut_short:
        yield end_line(recording.events[-1].seq if recording.events else 0)


def note_line(sentence: str) -> str:
    """Return the line of a remark about the recording, which follows the events."""
    return _line_of(note=sentence)


def end_line(seq: int) -> str:
    """Return the last line of a complete recording; `seq` is the number of its last event."""
    return _line_of(end=seq)


MOST_CHARACTERS = 64 << 20
"""The longest line that is accepted."""


def read(lines: Iterable[str]) -> Recording:
    """Read a recording, line by line: an open file, or the lines that lines_of() returns.

    Raises RecordingProblem: it does not begin with a header, is of another version, or a line is
    not an event. Only the last line may be truncated.
    """
    numbered = enumerate(lines, 1)
    header = _read_header(next(numbered, (1, ""))[1])
    events: list[Event] = []
    notes: list[str] = []
    sources: dict[str, str] = {}
    is_cut_short = header.has_end
    for number, line in numbered:
        try:
            values = _values_in(line)
        except BadData as problem:
            if line.endswith("\n") or len(line) > MOST_CHARACTERS:
                raise _problem_in(number, problem.reason) from None
            is_cut_short = True
            break
        event = _event_of(values)
        path, text = values.get("source_file"), values.get("text")
        if event is not None:
            events.append(event)
        elif isinstance(note := values.get("note"), str):
            notes.append(note)
        elif isinstance(path, str) and isinstance(text, str):
            sources.setdefault(path, text)
        elif "end" in values:
            is_cut_short = False
        else:
            raise _problem_in(number, "a field is missing or of another type")
    return Recording(header, tuple(events), is_cut_short, tuple(notes), sources)


def _problem_in(number: int, reason: str) -> RecordingProblem:
    return RecordingProblem(f"line {number} of the recording is no event: {reason}")


def _values_in(line: str) -> Mapping[str, object]:
    if len(line) > MOST_CHARACTERS:
        raise BadData(f"it is longer than {MOST_CHARACTERS >> 20} MiB")
    return json_object(line, "JSON")


def _event_of(values: Mapping[str, object]) -> Event | None:
    """Return the event in a line; None if the line has none. A wrong source line is left out."""
    word, at = values.get("event"), None
    if not isinstance(word, str):
        return None
    with suppress(TypeError):
        at = record_of(CallSite, values.get("at"))
    with suppress(TypeError):
        return record_of(Event, values, what=_what(word, values), at=at)
    return None


def read_file(path: str) -> Recording:
    """Read the recording in a file; raises RecordingProblem also if the file cannot be read."""
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
    if values.get("source") == "shell":
        raise RecordingProblem(
            "the shell of simpsh 1.0 recorded its own calls: read the recording with simpsh 1.0"
        )
    # Versions such as 2.1 only add fields and events.
    if schema.partition("/")[2].partition(".")[0] != SCHEMA.partition("/")[2]:
        raise RecordingProblem(
            f"the recording is in {escaped(schema[:40])}, and this version reads {SCHEMA}: record "
            "the command again"
        )
    try:
        return record_of(Header, values)
    except TypeError as error:
        raise RecordingProblem(f"the header of the recording is damaged: {error}") from None


def _what(word: str, values: Mapping[str, object]) -> What:
    kind = NAMES.get(word)
    if kind is not None:
        # A status word must be possible for waitpid(2).
        with suppress(TypeError, ValueError):
            what = record_of(kind, values)
            decode(getattr(what, "status", None) or 0)
            return what
    # Keep a value that does not fit unchanged: without it, the recording would show another run.
    fields = tuple((name, value) for name, value in values.items() if name not in _COMMON)
    return Unknown(word, fields)


def create(path: str) -> TextIO:
    """Create or empty a file for a recording; errors as for create_descriptor()."""
    # With an opener, the file object has the file's name.
    return open(path, "w", encoding="utf-8", opener=lambda path, _: create_descriptor(path))


def begin(file: TextIO, header: Header) -> None:
    """Write the header; if the device is full, remove the file and raise SimpshError."""
    try:
        file.write(header_line(header))
        file.flush()
    except OSError as error:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode) and isinstance(file.name, str):
            os.unlink(file.name)
        # Buffered bytes cannot be written when the file is closed, either.
        with suppress(OSError):
            file.close()
        # A recording in memory has a number.
        name = file.name if isinstance(file.name, str) else "the recording"
        raise SimpshError(f"{name}: {console.why(error)}") from error


def create_descriptor(path: str) -> int:
    """Create or empty a file for a recording, readable only by its owner, and lock it.

    A recording has the arguments and the data of all its programs, passwords included.

    Raises SimpshError: another recording is being written to it. OSError: EACCES ENOENT EISDIR …;
    see open(2).
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # Do not change the owner and the mode of a device or a FIFO.
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
    """Writes many events at a time, which costs a third less than one at a time."""

    MOST_HELD = 64

    def __init__(self, file: TextIO, sources: Mapping[str, str] | None = None) -> None:
        """Write to `file`; the text of a source file precedes the first event that names it."""
        # Bypass the buffers of `file`, which would write the rest when it is closed.
        file.flush()
        self._descriptor = file.fileno()
        self._events: list[Event] = []
        self._sources = {} if sources is None else sources
        self._written: set[str] = set()
        self._last = 0
        self.problem: OSError | None = None
        """The error that ended writing: ENOSPC, EFBIG, EPIPE …; the traced processes continue."""

    @property
    def holds_events(self) -> bool:
        """Whether some events are not in the file yet."""
        return bool(self._events)

    def put(self, event: Event) -> None:
        """Queue an event, quickly."""
        self._events.append(event)
        if len(self._events) >= self.MOST_HELD:
            self.write_some()

    def write_some(self) -> None:
        """Write the queued events."""
        if self._events:
            lines: list[str] = []
            for event in self._events:
                if event.at is None:
                    lines.append(line_of(event))
                else:
                    lines += lines_with_source(event, self._sources, self._written)
            self._last = self._events[-1].seq
            self._events.clear()
            self.write("".join(lines))

    def write(self, text: str) -> None:
        """Append complete lines."""
        if self.problem is None:
            try:
                write_all(self._descriptor, text.encode())
            except OSError as error:
                # The recording ends here, perhaps in the middle of a line.
                self.problem = error

    def end(self) -> None:
        """Write all queued events, and the line that marks the recording as complete."""
        self.write_some()
        self.write(end_line(self._last))
