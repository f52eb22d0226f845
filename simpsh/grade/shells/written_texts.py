"""Which process wrote a text, and to where, by the kernel's record of a run."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.events import Dup, Event, Exec, Fork, Read, Write
from simpsh.base.record import Record
from simpsh.base.targets import File

_OUTPUTS = ("terminal", "file")
"""The kinds of files in which a text can be found later; no devices, such as /dev/null."""


class WrittenText(Record):
    """All that a process wrote to one place."""

    process: str
    pipe: str
    """The pipe; empty for the terminal and for files."""
    text: str
    is_read: bool
    """Whether another process has read from the pipe."""


def written_texts(events: Sequence[Event]) -> list[WrittenText]:
    """Return the texts that processes wrote; a record of the level `io` has them."""
    files: dict[str, dict[int, File]] = {}
    texts: dict[tuple[str, str], str] = {}
    readers: dict[str, set[str]] = {}
    for event in events:
        what, known = event.what, files.setdefault(event.proc, {})
        if isinstance(what, Fork) and not what.thread:
            files[what.child] = dict(known)
        elif isinstance(what, Exec):
            files[event.proc] = dict(what.files)
        elif isinstance(what, Dup) and not what.errno:
            # The next use of the descriptor names its file, if that is another one.
            known.pop(what.newfd, None)
            if what.oldfd in known:
                known[what.newfd] = known[what.oldfd]
        elif isinstance(what, Read | Write):
            if what.file is not None:
                known[what.fd] = what.file
            kind = known[what.fd].kind if what.fd in known else ""
            if what.count <= 0 or not (what.pipe or kind in _OUTPUTS):
                continue
            if isinstance(what, Read):
                readers.setdefault(what.pipe, set()).add(event.proc)
            else:
                place = event.proc, what.pipe
                texts[place] = texts.get(place, "") + what.text
    return [
        WrittenText(process, pipe, text, bool(readers.get(pipe, set()) - {process}))
        for (process, pipe), text in texts.items()
    ]
