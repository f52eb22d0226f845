"""Open files as the kernel keeps them: descriptor → open file description → file.

A box for each open file description, with what is kept there: the offset and the status flags. Its
descriptors stand before it, with FD_CLOEXEC, which is the descriptor's own. After it stands the
file. 0, 1 and 2 are left out where they lead to where they led at the beginning.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from simpsh.course.lesson.observation import OUTPUT, Observation, ProcessLook, SeenDescriptor
from simpsh.view.styled_text import (
    Block,
    Line,
    Piece,
    cut,
    lane_style,
    line,
    line_width,
    padded,
    stripped,
    styled,
)

_ACCESS = {"read": "O_RDONLY", "write": "O_WRONLY", "both": "O_RDWR"}
_FLAGS = ("O_APPEND", "O_NONBLOCK", "O_SYNC", "O_DIRECT")
_HEADS = ("descriptor", "open file description", "file")
_SHARED = "bold"


@dataclass(slots=True)
class OpenDescription:
    """One open file description, and who refers to it."""

    file: str
    kept: tuple[str, ...]
    """What the kernel keeps there, in lines."""
    holders: list[tuple[str, int, bool]] = field(default_factory=list)
    """Process, descriptor, and whether execve closes it."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes refer to it."""
        return len({who for who, _, _ in self.holders}) > 1


def open_descriptions(run: Observation, moment: str) -> list[OpenDescription]:
    """Return the open file descriptions of a moment, those of one file next to each other.

    None where this machine does not tell which descriptors share one; see kcmp(2).
    """
    found: dict[int, OpenDescription] = {}
    seen = run.moments.get(moment)
    looks: Mapping[str, ProcessLook] = seen.looks if seen is not None else {}
    for who, look in looks.items():
        for number, one in sorted(look.descriptors.items()):
            if not one.description or _is_from_the_beginning(number, one):
                continue
            known = found.setdefault(
                one.description, OpenDescription(_file(one, look.cwd), _kept(one))
            )
            known.holders.append((who, number, bool(one.flags & os.O_CLOEXEC)))
    files = list(dict.fromkeys(one.file for one in found.values()))
    return sorted(found.values(), key=lambda one: files.index(one.file))


def _is_from_the_beginning(number: int, one: SeenDescriptor) -> bool:
    is_usual = one.target in (OUTPUT, "/dev/null") or one.target.startswith("/dev/pts/")
    return number <= 2 and is_usual


def _file(one: SeenDescriptor, directory: str) -> str:
    return one.target.removeprefix(f"{directory}/")


def _kept(one: SeenDescriptor) -> tuple[str, ...]:
    """Return what an open file description keeps; a pipe has no offset."""
    has_offset = one.target.startswith("/") and not one.target.startswith("/dev/")
    set_here = [name for name in _FLAGS if one.flags & (flag := getattr(os, name)) == flag]
    words = (f"offset {one.offset}",) if has_offset else (f"{one.access} end",) if one.pipe else ()
    return (*words, " ".join([_ACCESS.get(one.access, one.access), *set_here]))


def open_files_sentences(run: Observation, moment: str) -> list[str]:
    """Say each open file description in a sentence."""
    said = []
    for one in open_descriptions(run, moment):
        who = " and ".join(_holder_words(holder) for holder in one.holders)
        refers = "refer to one" if len(one.holders) > 1 else "refers to an"
        said.append(
            f"{who} {refers} open file description: {', '.join(one.kept)}. "
            f"The description refers to {one.file}."
        )
    return said


def _holder_words(holder: tuple[str, int, bool]) -> str:
    who, number, closes = holder
    return f"{who}'s descriptor {number}{' (FD_CLOEXEC)' if closes else ''}"


def open_files_picture(run: Observation, moment: str, width: int) -> Block:
    """Draw the open files of a moment, in three columns."""
    found = open_descriptions(run, moment)
    if not found:
        return []
    names = max(len(who) for one in found for who, _, _ in one.holders)
    holders = [[_holder(run, holder, names) for holder in one.holders] for one in found]
    # Wide enough for the heads.
    left = max(len(_HEADS[0]), *(line_width(row) for rows in holders for row in rows))
    inside = max(len(_HEADS[1]), *(len(text) for one in found for text in one.kept))
    heads = f"{_HEADS[0].ljust(left + 7)}{_HEADS[1].ljust(inside + 7)}{_HEADS[2]}"
    rows: Block = [styled(heads, "bold")]
    for file, alike in groupby(zip(found, holders, strict=True), lambda pair: pair[0].file):
        rows += _joined([_drawn(one, its, left, inside) for one, its in alike], file)
    return [cut(stripped(row), width) for row in rows]


def _holder(run: Observation, holder: tuple[str, int, bool], names: int) -> Line:
    who, number, closes = holder
    name = Piece(who.ljust(names), lane_style(run.names, who))
    return line(name, f" {number}", Piece("  FD_CLOEXEC", "dim") if closes else "")


def _drawn(one: OpenDescription, holders: Sequence[Line], left: int, inside: int) -> Block:
    """Draw a box with its descriptors before it; its arrow begins in its second row."""
    height = max(len(one.kept), len(holders))
    style = _SHARED if one.is_shared else ""
    rows = [line(" " * (left + 5), styled(f"┌{'─' * (inside + 2)}┐", style))]
    for number in range(height):
        text = one.kept[number] if number < len(one.kept) else ""
        before = holders[number] if number < len(holders) else ()
        joint = _joint(number, len(holders))
        box = styled(f"│ {text.ljust(inside)} │", style)
        rows.append(line(padded(before, left), joint, box))
    rows.append(line(" " * (left + 5), styled(f"└{'─' * (inside + 2)}┘", style)))
    return rows


def _joint(number: int, count: int) -> str:
    """Return what leads from the descriptor of a row to the box."""
    if number >= count:
        return " " * 5
    if number == 0:
        return " ━┳━▶" if count > 1 else " ━━━▶"
    return " ━┛  " if number == count - 1 else " ━┫  "


def _joined(boxes: Sequence[Block], file: str) -> Block:
    """Lead an arrow from each box to the one file."""
    rows: Block = []
    for place, box in enumerate(boxes):
        is_first, is_last = place == 0, place == len(boxes) - 1
        for number, row in enumerate(box):
            end = ""
            if number == 1:
                end = f" ━━━▶ {file}" if is_first and is_last else f" ━┳━▶ {file}"
                end = end if is_first else " ━┛" if is_last else " ━┫"
            elif (not is_first or number > 1) and not (is_last and number > 1):
                end = "  ┃"
            rows.append(line(row, end))
    return rows
