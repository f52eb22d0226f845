"""How a run ends: what it printed, each process's status, the files it wrote, who is stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.record import Record

if TYPE_CHECKING:
    from simpsh.explore.cage import Cage


class Ending(Record):
    """One outcome of a program, without how it came about."""

    output: bytes
    """What was written to standard output and standard error, pids as `<P.1>`."""
    statuses: tuple[tuple[str, int], ...] = ()
    """The status word of every process that has ended, by name; see simpsh.wait_status."""
    files: tuple[tuple[str, bytes], ...] = ()
    """The files that were written and are there at the end, by name, with their contents."""
    deadlock: tuple[tuple[str, str], ...] = ()
    """Who is still there and can never go on, each with what it waits for, in words."""


def ending_of(cage: Cage, spinning: tuple[tuple[str, str], ...] = ()) -> Ending:
    """Return the ending of a run in which nobody can go on.

    Args:
        cage: the run.
        spinning: who goes round in a loop for ever, if that is why.
    """
    statuses = {
        name: caged.status for name, caged in cage.processes.items() if caged.status is not None
    }
    return Ending(
        cage.output,
        tuple(sorted(statuses.items())),
        () if spinning else tuple(sorted(cage.files().items())),
        spinning or cage.deadlock(),
    )
