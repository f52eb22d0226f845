"""A picture holds some thousands of steps; of a longer run, the least telling are folded away."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.view.timeline_rows import Row

MOST_STEPS = 2000
_LEAST_TELLING = (("close",), ("read", "write"), ("wait",), ("pipe", "exec-error"), ("delivery",))


def folded(rows: Sequence[Row], most: int = MOST_STEPS) -> tuple[list[Row], str]:
    """Return at most `most` of the rows, and a sentence on what was left out; empty for nothing.

    Whole kinds go first, from the least telling; then the middle of the run.
    """
    kept, gone = list(rows), Counter[str]()
    for kinds in _LEAST_TELLING:
        if len(kept) > most:
            gone.update(row.kind for row in kept if row.kind in kinds)
            kept = [row for row in kept if row.kind not in kinds]
    if len(kept) > most:
        begin, end = most * 2 // 3, len(kept) - (most - most * 2 // 3)
        gone["in the middle of the run"] = end - begin
        kept = kept[:begin] + kept[end:]
    if not gone:
        return kept, ""
    parts = ", ".join(f"{count} {kind}" for kind, count in gone.items())
    total = sum(gone.values())
    return (
        kept,
        f"{total} of {len(rows)} steps are not drawn ({parts}); the recording has them all.",
    )
