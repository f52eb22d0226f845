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

from simpsh.course.claims.observation import OUTPUT, Observation, ProcessLook
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
    descriptions: dict[int, OpenDescription] = {}
    seen = run.moments.get(moment)
    looks: Mapping[str, ProcessLook] = seen.looks if seen is not None else {}
    for who, look in looks.items():
        for number, descriptor in sorted(look.descriptors.items()):
            target, access = descriptor.target, descriptor.access
            is_usual = target in (OUTPUT, "/dev/null") or target.startswith("/dev/pts/")
            if not descriptor.description or (number <= 2 and is_usual):
                continue
            if descriptor.description not in descriptions:
                offset: tuple[str, ...] = ()
                if target.startswith("/") and not target.startswith("/dev/"):
                    offset = (f"offset {descriptor.offset}",)
                elif descriptor.pipe:
                    # A pipe has no offset.
                    offset = (f"{access} end",)
                # All bits of it: O_SYNC has those of O_DSYNC, too.
                flags = [
                    name
                    for name in _FLAGS
                    if descriptor.flags & getattr(os, name) == getattr(os, name)
                ]
                kept = (*offset, " ".join([_ACCESS.get(access, access), *flags]))
                file = target.removeprefix(f"{look.cwd}/")
                descriptions[descriptor.description] = OpenDescription(file, kept)
            holder = (who, number, bool(descriptor.flags & os.O_CLOEXEC))
            descriptions[descriptor.description].holders.append(holder)
    files = list(dict.fromkeys(entry.file for entry in descriptions.values()))
    return sorted(descriptions.values(), key=lambda entry: files.index(entry.file))


def open_files_sentences(run: Observation, moment: str) -> list[str]:
    """Say each open file description in a sentence."""
    sentences = []
    for entry in open_descriptions(run, moment):
        holders = [
            f"{who}'s descriptor {number}{' (FD_CLOEXEC)' if closes else ''}"
            for who, number, closes in entry.holders
        ]
        refers = "refer to one" if len(holders) > 1 else "refers to an"
        sentences.append(
            f"{' and '.join(holders)} {refers} open file description: {', '.join(entry.kept)}. "
            f"The description refers to {entry.file}."
        )
    return sentences


def open_files_picture(run: Observation, moment: str, width: int) -> Block:
    """Draw the open files of a moment, in three columns."""
    entries = open_descriptions(run, moment)
    if not entries:
        return []
    names = max(len(who) for entry in entries for who, _, _ in entry.holders)
    holders = [
        [
            line(
                Piece(who.ljust(names), lane_style(run.names, who)),
                f" {number}",
                Piece("  FD_CLOEXEC", "dim") if closes else "",
            )
            for who, number, closes in entry.holders
        ]
        for entry in entries
    ]
    # Wide enough for the heads.
    left = max(len(_HEADS[0]), *(line_width(row) for rows in holders for row in rows))
    inside = max(len(_HEADS[1]), *(len(text) for entry in entries for text in entry.kept))
    heads = f"{_HEADS[0].ljust(left + 7)}{_HEADS[1].ljust(inside + 7)}{_HEADS[2]}"
    rows: Block = [styled(heads, "bold")]
    for file, alike in groupby(zip(entries, holders, strict=True), lambda pair: pair[0].file):
        boxes = [_drawn(entry, descriptors, left, inside) for entry, descriptors in alike]
        rows += _joined(boxes, file)
    return [cut(stripped(row), width) for row in rows]


def _drawn(entry: OpenDescription, holders: Sequence[Line], left: int, inside: int) -> Block:
    """Draw a box with its descriptors before it; its arrow begins in its second row."""
    style = _SHARED if entry.is_shared else ""
    rows = [line(" " * (left + 5), styled(f"┌{'─' * (inside + 2)}┐", style))]
    last = len(holders) - 1
    for number in range(max(len(entry.kept), len(holders))):
        text = entry.kept[number] if number < len(entry.kept) else ""
        before = holders[number] if number <= last else ()
        joint = " " * 5
        if number == 0:
            joint = " ━┳━▶" if last else " ━━━▶"
        elif number <= last:
            joint = " ━┛  " if number == last else " ━┫  "
        rows.append(line(padded(before, left), joint, styled(f"│ {text.ljust(inside)} │", style)))
    rows.append(line(" " * (left + 5), styled(f"└{'─' * (inside + 2)}┘", style)))
    return rows


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
