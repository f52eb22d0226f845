"""What every operation has; what its objects are called, and how people are shown them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

OUT = "out"
"""The object that the program's standard output and standard error are."""
OUTSIDE = "outside"
"""The parent of the program, and of orphans; also a pipe that came from outside."""
_SHOWN_BYTES = 40


def is_pipe(name: str) -> bool:
    """Tell whether an object is a pipe that the program made."""
    return "|" in name


def is_file(name: str) -> bool:
    """Tell whether an object is a file, by its path."""
    return name.startswith(("./", "/"))


def shown(name: str, letters: Mapping[str, str]) -> str:
    """Return what people call an object.

    >>> shown("P|1", {"P|1": "A"}), shown("P|1", {}), shown("./log", {}), shown("out", {})
    ('pipe A', 'pipe P|1', 'log', 'the output')
    """
    if is_pipe(name):
        return f"pipe {letters.get(name, name)}"
    if name == OUTSIDE:
        return "a pipe from outside"
    return "the output" if name == OUT else name.removeprefix("./")


def quoted(data: bytes) -> str:
    r"""Return bytes as people are shown them, shortened.

    >>> print(quoted(b"a\n"), quoted(bytes(50)))
    “a\n” 50 bytes
    """
    if len(data) > _SHOWN_BYTES:
        return f"{len(data)} bytes"
    text = data.decode("utf-8", "backslashreplace")
    return "“" + "".join(one if one.isprintable() else _escaped(one) for one in text) + "”"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


class Operation(Record):
    """Something that other processes may notice, or that depends on what they did."""

    _said = ""

    def words(self, letters: Mapping[str, str] | None = None) -> str:
        """Say it in plain words, to follow a process's name: `reads 4 bytes from pipe A`.

        Args:
            letters: the pipes' letters; see Knowledge.letters.
        """
        return self._words(letters or {})

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return self._said

    @property
    def objects(self) -> tuple[str, ...]:
        """The pipes and files that it is about, by name."""
        return ()
