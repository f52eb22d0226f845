"""The CSV files in which course systems list students, and an instructor's own roster.

A file is recognised by its header: Moodle's grading worksheet or the gradebook of Canvas. Any other
file is an instructor's own: a column `id`, and if needed `name` and `team`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record, changed
from simpsh.grade.reports.roster import Student

_MOST_BYTES = 64 << 20
_FORMS: Sequence[tuple[str, Sequence[str], str, Sequence[str], str]] = (
    ("moodle", ("identifier", "grade"), "identifier", ("full name",), "group"),
    ("canvas", ("student", "id", "section"), "id", ("student",), "team"),
    ("canvas", ("lastname", "firstname", "id"), "id", ("lastname", "firstname"), "team"),
    ("", ("id",), "id", ("name",), "team"),
)
"""A system, the columns that a file of it has, and those with the id, the name and the team."""


class RosterFile(Record):
    """The rows of a file, and the students in them."""

    system: str = ""
    """Empty for an instructor's own roster."""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    students: tuple[Student, ...] = ()
    names: tuple[str, ...] = ()
    """The names of the columns, in lower case."""

    def column(self, name: str) -> int:
        """Return the index of a column by its name in lower case; -1 if there is none."""
        return self.names.index(name) if name in self.names else -1


def read_roster_file(path: str) -> RosterFile:
    """Read a file; raise SimpshError if it cannot be read or lists no students."""
    with naming(path), open(path, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise UsageProblem(f"{path}: it is larger than {_MOST_BYTES >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
        first = text.partition("\n")[0]
        # Spreadsheets write semicolons if a comma is the decimal sign.
        delimiter = max(",;\t", key=first.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path}: this is no CSV file in UTF-8") from error
    rows = rows or [[]]
    names = [each.strip().casefold() for each in rows[0]]
    form = next((form for form in _FORMS if {*form[1]} <= {*names}), None)
    if form is None:
        raise UsageProblem(f"{path}: a roster has a column id, or is a file of the course system")
    students: list[Student] = []
    lines: dict[str, int] = {}
    for line, cells in enumerate(rows[1:], 2):
        row = dict(zip(names, (composed(cell.strip()) for cell in cells), strict=False))
        student = _student(form, row)
        if student is None:
            if not form[0] and any(row.values()):
                raise UsageProblem(f"{path}:{line}: a roster has a column id, filled in")
        elif (first_line := lines.setdefault(student.id.casefold(), line)) != line:
            words = f"the id {escaped(student.id)} is in line {first_line}, too; remove one of them"
            raise UsageProblem(f"{path}:{line}: {words}")
        else:
            students.append(changed(student, row=line - 2))
    # A short row has empty cells at its end.
    full = [tuple([*cells, *[""] * len(names)][: len(names)]) for cells in rows[1:]]
    return RosterFile(form[0], tuple(rows[0]), tuple(full), tuple(students), tuple(names))


def _student(
    form: tuple[str, Sequence[str], str, Sequence[str], str], row: Mapping[str, str]
) -> Student | None:
    """Return the student of a row; None for a row of points or an empty one."""
    system, _, id_column, name_columns, team_column = form
    id_ = row.get(id_column, "")
    if system == "moodle":
        # `Participant 4711`
        id_ = "".join(re.findall(r"\d+$", id_))
    elif system == "canvas" and not id_.isdigit():
        id_ = ""
    name = " ".join(filter(None, (row.get(column, "") for column in name_columns)))
    return Student(id_, name, row.get(team_column, "")) if id_ else None
