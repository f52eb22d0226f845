"""An edit is a small change of a demonstration: a wrong variant, a fix, a row of a comparison.

The old text must be there exactly once, so that an edit cannot outlive what it changes.
"""

from __future__ import annotations

from simpsh.errors import SimpshError
from simpsh.record import Record


class EditMisfit(SimpshError):
    """The text that an edit changes is not there exactly once."""


class Change(Record):
    """Put one text in the place of another; or whole lines in the place of a line."""

    old: str
    new: str
    kind: str = "replace"
    """`replace` a piece of text; `delete` the line that contains it; `insert` lines above it."""


class Edit(Record):
    """Changes, done one after the other; added with `+`. `Edit()` changes nothing."""

    changes: tuple[Change, ...] = ()

    def __add__(self, other: Edit) -> Edit:
        return Edit(self.changes + other.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def apply(self, source: str) -> str:
        """Return the source with the changes made.

        Raises:
            EditMisfit: an old text is not there exactly once.
        """
        for change in self.changes:
            source = _changed(source, change)
        return source

    def __str__(self) -> str:
        return " and ".join(_sentence(change) for change in self.changes) or "nothing"


NO_EDIT = Edit()


def replace(old: str, new: str) -> Edit:
    """Put `new` in the place of `old`; further lines get the indentation of the first."""
    return Edit((Change(old, new),))


def delete(line: str) -> Edit:
    """Take out the line that contains this text; `pass` stays if its block would be empty."""
    return Edit((Change(line, "", "delete"),))


def insert(new: str, *, above: str) -> Edit:
    """Put lines above the line that contains a text, with its indentation."""
    return Edit((Change(above, new, "insert"),))


def move(line: str, *, above: str) -> Edit:
    """Take the line that contains a text to above another one, with that one's indentation."""
    return Edit((Change(above, line, "move"),))


def _changed(source: str, change: Change) -> str:
    if change.kind == "move":
        lines = source.split("\n")
        moved = lines[_place(source, change.new)].strip()
        return _changed(
            _changed(source, Change(change.new, "", "delete")), Change(change.old, moved, "insert")
        )
    lines = source.split("\n")
    at = _place(source, change.old)
    if change.kind == "insert":
        lines[at:at] = _indented(change.new, _indentation(lines[at]))
    elif change.kind == "delete":
        lines[at : at + 1] = _filling(lines, at)
    else:
        start = source.rindex("\n", 0, source.index(change.old)) + 1 if at else 0
        first, *further = change.new.split("\n")
        further = _indented("\n".join(further), _indentation(source[start:])) if further else []
        return source.replace(change.old, "\n".join([first, *further]))
    return "\n".join(lines)


def _place(source: str, text: str) -> int:
    """Return the number of the line, from 0, in which a text begins; it must be there once."""
    times = source.count(text) if text else 0
    if times != 1:
        how_often = "not" if times == 0 else f"{times} times"
        raise EditMisfit(
            f"“{text}” is {how_often} in the demonstration: an edit needs a text that is there "
            "exactly once"
        )
    return source[: source.index(text)].count("\n")


def _filling(lines: list[str], at: int) -> list[str]:
    """Return what stays of a line that is taken out: `pass`, if it was alone in its block."""
    indent = _indentation(lines[at])
    above = next((line for line in reversed(lines[:at]) if _is_code(line)), "")
    below = next((line for line in lines[at + 1 :] if _is_code(line)), "")
    opens = above.split("#")[0].rstrip().endswith(":") and len(_indentation(above)) < len(indent)
    continues = len(_indentation(below)) >= len(indent) if below else False
    return [f"{indent}pass"] if opens and not continues else []


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _indented(text: str, indent: str) -> list[str]:
    return [indent + line if line.strip() else line for line in text.split("\n")]


def _sentence(change: Change) -> str:
    old = change.old.strip().replace("\n", "⏎")
    new = change.new.strip().replace("\n", "⏎")
    if change.kind == "delete":
        return f"without “{old}”"
    if change.kind == "insert":
        return f"“{new}” above “{old}”"
    if change.kind == "move":
        return f"“{new}” moved above “{old}”"
    return f"“{new}” for “{old}”"
