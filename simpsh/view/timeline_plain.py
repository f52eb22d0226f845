"""The timeline in plain sentences, numbered: for screen readers, and for reading aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.view.reasons import reason
from simpsh.view.timeline_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.chronicle.model import Chronicle


def tell(
    chronicle: Chronicle, *, title: str = "", with_reasons: bool = False, with_details: bool = False
) -> Iterator[str]:
    """Tell a run as numbered sentences.

    Args:
        chronicle: the run.
        title: what was run.
        with_reasons: say the rule behind each step as well.
        with_details: tell of groups, duplicated descriptors and opened files as well.
    """
    rows = rows_of(chronicle, with_details=with_details)
    if title:
        yield f"This is what happened when {title!r} ran."
    yield f"There were {len(chronicle.processes)} processes and {len(rows)} steps."
    for number, row in enumerate(rows, start=1):
        chance = " This could as well have come before the step above." if row.is_free else ""
        yield f"{number}. After {row.milliseconds:.1f} milliseconds: {row.text}.{chance}"
        why = reason(chronicle, row) if with_reasons else ""
        if why:
            yield f"   {why}"
