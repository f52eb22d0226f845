"""What each row of a comparison changes in the code: `line 2 is …`, `after line 3 …`, `no line 9`.

The numbers are those of the listing that the comparison begins with, which the student has seen.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from simpsh.view.styled_text import Block, Piece, line, padded, stripped, styled, width_of, wrapped

Change = tuple[str, str]
"""Where something is changed, and the line of code."""

_GAP = 2
_HEAD = "changed in the code"


def changed_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Yield what is different, from top to bottom; a place is named with its first line only.

    >>> list(changed_lines(["a", "b"], ["a", "new", "c"]))
    [('line 2 is', 'new'), ('after line 2', 'c')]
    """
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        common = min(end - start, new_end - new_start)
        for place in range(common):
            yield f"line {start + place + 1} is", after[new_start + place].strip()
        for place in range(start + common, end):
            yield f"no line {place + 1}", before[place].strip()
        where = f"after line {start + common}" if start + common else "first"
        new = after[new_start:new_end]
        # Without the indentation of the first.
        indent = len(new[0]) - len(new[0].lstrip()) if new else 0
        for text in new[common:]:
            yield where, text[min(indent, len(text) - len(text.lstrip())) :].rstrip()
            where = ""


def changes_block(found: Mapping[str, Sequence[Change]], width: int) -> Block:
    """Set what the rows change: in three columns where they fit, else below each label."""
    if not found:
        return []
    labels = max(map(width_of, found)) + _GAP
    places = max(width_of(where) for its in found.values() for where, _ in its) + _GAP
    code = max(width_of(text) for its in found.values() for _, text in its)
    block: Block = [styled(_HEAD, "bold")]
    is_wide = labels + places + code <= width
    for label, its in found.items():
        if not is_wide:
            block.extend(wrapped(styled(label, ""), width))
        for number, (where, text) in enumerate(its):
            first = label if is_wide and not number else ""
            before = line(
                padded(styled(first, ""), labels if is_wide else _GAP),
                padded(styled(where, "dim"), places),
            )
            room = width - (labels if is_wide else _GAP) - places
            # A line that fits keeps the blanks at its beginning.
            fits = width_of(text) <= room
            rows = [(Piece(text),)] if fits else wrapped((Piece(text),), room)
            empty = " " * (width - room)
            block.extend(
                stripped(line(empty if place else before, row)) for place, row in enumerate(rows)
            )
    return block
