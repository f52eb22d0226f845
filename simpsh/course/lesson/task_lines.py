"""A corpus for tasks: typed lines, right and wrong, which `lesson check --strangers FILE` reads.

A row has the lesson's id (and the number of its task, if it has several), `yes` or `no`, and the
line; further columns are remarks. `⏎` stands for a newline in the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simpsh.base.errors import SimpshError, naming
from simpsh.base.record import Record

_FEWEST_COLUMNS = 3


class TaskLine(Record):
    """A line for a task, and whether it is right."""

    lesson: str
    task: int
    """The number of the lesson's task, from 1."""
    is_right: bool
    line: str


class BadRow(SimpshError):
    """A row of a file of lines cannot be read."""


def read_lines(path: str) -> Iterator[TaskLine]:
    """Read a file of lines; raises BadRow, SimpshError."""
    with naming(path):
        text = Path(path).read_text(encoding="utf-8")
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip() or row.startswith("#"):
            continue
        columns = row.split("\t")
        if len(columns) < _FEWEST_COLUMNS or columns[1][:1] not in ("y", "n"):
            raise BadRow(f"{path}, row {number}: lesson, yes or no, and a line are needed")
        name, _, rest = columns[0].partition(" ")
        task = int(rest) if rest.isdigit() else 1 + ("second" in rest)
        yield TaskLine(name, task, columns[1][0] == "y", columns[2].replace("⏎", "\n"))
