"""The marks of a model solution: the parts that a student writes, and what the start has instead.

    # BEGIN SOLUTION
    pid, status = os.wait()
    # INSTEAD
    # print("nothing is collected yet")
    # END SOLUTION

The lines after INSTEAD are comments, which the start has without their sign; the part may be left
out. The sign is # in Python, and // in C.
"""

from __future__ import annotations

import re

SIGNS = {"py": "#", "c": "//"}
"""The sign of a comment in each language, by the ending of its files."""
_MARK = re.compile(r"\s*(?:#|//) (BEGIN SOLUTION|INSTEAD|END SOLUTION)\s*")
_COMMENT = re.compile(r"(?m)^( *)(?:#|//)(?: |$)")


def start_of(solution: str) -> str:
    r"""Return the start that a student gets.

    >>> start_of("a\n# BEGIN SOLUTION\nb\n# INSTEAD\n# c\n#     d\n# END SOLUTION\ne\n")
    'a\nc\n    d\ne\n'
    """
    return _parts(solution, is_start=True)


def unmarked(solution: str) -> str:
    """Return the solution without its marks and the parts of the start."""
    return _parts(solution, is_start=False)


def _parts(solution: str, *, is_start: bool) -> str:
    lines, mark = [], "END SOLUTION"
    for line in solution.splitlines(keepends=True):
        if found := _MARK.fullmatch(line):
            mark = found[1]
        elif mark == "END SOLUTION" or (mark == "BEGIN SOLUTION" and not is_start):
            lines.append(line)
        elif mark == "INSTEAD" and is_start:
            lines.append(_COMMENT.sub(r"\1", line))
    return "".join(lines)
