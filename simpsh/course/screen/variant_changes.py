"""What each row of a comparison changes in the code: `line 2 is …`, `after line 3 …`, `no line 9`.

The numbers are those of the listing that the comparison begins with, which the student has seen.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence


def changed_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield where something is different, and the line of code, from top to bottom.

    A place is named with its first line only.

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
