"""Recordings of `simpsh.trace/1`, which simpsh 1.0 wrote: their fields in this version's form.

    pipes     [[3, "77 r"]]          an end as inode and letter
    files     [[1, "/dev/null"]]     a target in /proc as text; `file` likewise
    by        "P0", "init", "simpsh", "kernel" or ""; `adopter` likewise
    waiting   [["P0", "waits for P1 to end"]]

Texts give weaker facts: the kind of a file is known only by its name, and the wait of a process
stays a sentence, whose process names are those of the recording.
"""

from __future__ import annotations

from simpsh.base import waits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "simpsh.trace/1"
_ENDS = {" r": "r", " w": "w"}
_KINDS = (
    *(("socket:[", "socket"), ("anon_inode:", "anonymous")),
    *(("/dev/pts/", "terminal"), ("/dev/tty", "terminal")),
)
"""The beginnings of targets in /proc that show a kind."""


class Converter:
    """Converts the lines of one recording, in order."""

    def __init__(self) -> None:
        self._names: set[object] = set()
        """The names of the processes so far."""

    def converted(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Return the fields of a line in this version's form; unknown values unchanged."""
        self._names |= {
            name for key in ("proc", "child") if isinstance(name := values.get(key), str)
        }
        changes: dict[str, object] = {}
        for key, value in values.items():
            match key, value:
                case "pipes" | "files", [*entries]:
                    changes[key] = [_entry(entry, is_pipe=key == "pipes") for entry in entries]
                case "file", str():
                    changes[key] = _file(value) if value else None
                case "by" | "adopter", str():
                    changes[key] = self._actor(value, values)
                case "waiting", [*entries]:
                    changes[key] = [_wait(entry) for entry in entries]
                case _:
                    pass
        return {**values, **changes}

    def _actor(self, name: str, values: Mapping[str, object]) -> object:
        if not name:
            return None
        if name in self._names:
            return name
        if name == "kernel" and not values.get("pid"):
            # A program of this name has a pid.
            return {"reason": "no wait needed"}
        if name == "simpsh":
            return {"recorder": name}
        return {"program": name, "pid": values.get("ppid", values.get("pid", 0))}


def _entry(entry: object, *, is_pipe: bool) -> object:
    match entry:
        case [number, str(text)] if is_pipe and text[-2:] in _ENDS:
            return [number, {"inode": text[:-2], "end": _ENDS[text[-2:]]}]
        case [number, str(text)] if not is_pipe:
            return [number, _file(text)]
        case _:
            return entry


def _file(text: str) -> dict[str, object]:
    kind = next((kind for start, kind in _KINDS if text.startswith(start)), "")
    return {"path": text, "kind": kind}


def _wait(entry: object) -> object:
    match entry:
        case [name, str(words)]:
            return [name, {"situation": waits.UNKNOWN.word, "recorded": words}]
        case _:
            return entry
