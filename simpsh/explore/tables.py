"""What the descriptors of a held process point to, in words for the student."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import operation as ops
from simpsh.process.open_files import descriptors

if TYPE_CHECKING:
    from simpsh.explore.cage import Cage
    from simpsh.explore.caged import Caged

_NULL = "/dev/null"


def table(cage: Cage, process: Caged) -> tuple[tuple[int, str], ...]:
    """Return a process's descriptors by number: `reads pipe A`, `the output`, a file's name."""
    letters = cage.knowledge.letters
    try:
        held = descriptors(process.pid)
    except OSError:
        # It is on its way out: a process killed a moment ago has none.
        return ()
    found = []
    for one in held:
        name = cage.name_of(one.target)
        if ops.is_pipe(name):
            verb = "reads" if one.mode == "r" else "writes"
            found.append((one.number, f"{verb} {ops.shown(name, letters)}"))
        elif one.target == _NULL:
            found.append((one.number, "nothing (/dev/null)" if one.number == 0 else _NULL))
        else:
            found.append((one.number, ops.shown(name, letters)))
    return tuple(found)
