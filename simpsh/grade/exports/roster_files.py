"""The CSV files in which course systems list students, and an instructor's own roster.

A file is recognised by its header: Moodle's grading worksheet or the gradebook of Canvas. Any other
file is an instructor's own: a column `id`, and if needed `name`, `group` and `team`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record
from simpsh.grade.reports.roster import Student

_MOST_BYTES = 64 << 20


class _Form(Record):
    """The columns of a system's file, in lower case."""

    system: str
    needed: tuple[str, ...]
    """A file with all of these columns has this form."""
    id: str
    name: tuple[str, ...] = ("name",)
    team: str = "team"
    time: str = ""
    """The column with the time of submission."""


_FORMS = (
    _Form(
        "moodle",
        ("identifier", "grade"),
        "identifier",
        name=("full name",),
        team="group",
        time="last modified (submission)",
    ),
    _Form("canvas", ("student", "id", "section"), "id", name=("student",)),
    _Form("canvas", ("lastname", "firstname", "id"), "id", name=("lastname", "firstname")),
    _Form("", ("id",), "id"),
)
_MOODLE_TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p", "%d %B %Y, %I:%M %p")
"""The times of Moodle's English language packs: UK and Australia, then US."""


class ListedStudent(Record):
    """A student in a file."""

    student: Student
    time: datetime | None
    """The time of submission in the system's file."""
    row: int
    """The index of the student's row."""


class RosterFile(Record):
    """The rows of a file, and the students in them."""

    system: str = ""
    """Empty for an instructor's own roster."""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    listed: tuple[ListedStudent, ...] = ()
    names: tuple[str, ...] = ()
    """The names of the columns in English and lower case."""
    has_unread_times: bool = False
    """Whether it has times of submission in a language that is not read."""

    def column(self, name: str) -> int:
        """Return the index of a column by its English name, ignoring case; -1 if there is none."""
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
    header = [each.strip().casefold() for each in (rows or [[]])[0]]
    header = _worksheet_names(rows) or header
    form = next((form for form in _FORMS if {*form.needed} <= {*header}), None)
    if form is None:
        raise UsageProblem(f"{path}: a roster has a column id, or is a file of the course system")
    listed: list[ListedStudent] = []
    lines: dict[str, int] = {}
    for index, cells in enumerate(rows[1:]):
        line = index + 2
        row = dict(zip(header, (composed(cell.strip()) for cell in cells), strict=False))
        student = _student(form, row, f"{path}:{line}")
        if student is None:
            continue
        if (first_line := lines.setdefault(student.id.casefold(), line)) != line:
            words = f"the id {escaped(student.id)} is in line {first_line}, too; remove one of them"
            raise UsageProblem(f"{path}:{line}: {words}")
        listed.append(ListedStudent(student, _time(row.get(form.time, "")), index))
    # A short row has empty cells at its end.
    full = [tuple([*cells, *[""] * len(header)][: len(header)]) for cells in rows[1:]]
    times = [row[header.index(form.time)] for row in full] if form.time in header else []
    is_unread = any(text.strip(" -") for text in times) and not any(map(_time, times))
    return RosterFile(
        form.system, tuple(rows[0]), tuple(full), tuple(listed), tuple(header), is_unread
    )


def _worksheet_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the English names of the columns of Moodle's worksheet, in whatever language it is.

    They are found by their contents and order (mod/assign/gradingtable.php): `Participant 4711`,
    the name unless the marking is anonymous, the status, the grade, the maximum, and then whether
    the grade can be changed, the times and the comments. Empty for another file.
    """
    body = [[cell.strip() for cell in row] for row in rows[1:] if any(row)]
    matches = [re.fullmatch(r"(\D*[^\W\d]\D*?)\s*(\d+)", row[0]) for row in body]
    words = {match[1] for match in matches if match}
    if not body or not all(matches) or len(words) != 1:
        return []
    width = min(map(len, [rows[0], *body]))
    maximum = next((index for index in range(2, width) if _is_maximum(body, index)), 0)
    if not maximum:
        return []
    first = [row[1] for row in body]
    has_names = maximum > 4 or (maximum == 4 and 2 * len({*first}) > len(first))
    names = [each.strip().casefold() for each in rows[0]]
    known = {0: "identifier", maximum - 1: "grade", maximum: "maximum grade"}
    known[1] = "full name" if has_names else "status"
    moments = [
        index
        for index in range(maximum + 1, width)
        if any(re.search(r"\d{4}.*\d:\d\d", row[index]) for row in body)
    ]
    if moments and "last modified (submission)" not in names:
        known[moments[0]] = "last modified (submission)"
    if "feedback comments" not in names and "group" not in names:
        known.setdefault(len(names) - 1, "feedback comments")
    return [known.get(index, name) for index, name in enumerate(names)]


def _is_maximum(body: Sequence[Sequence[str]], index: int) -> bool:
    """Return whether a column has the same positive number in each row."""
    return len({row[index] for row in body}) == 1 and bool(
        re.fullmatch(r"\d+[.,]\d+", body[0][index])
    )


def _student(form: _Form, row: dict[str, str], where: str) -> Student | None:
    """Return the student of a row; None for a row of points or an empty one."""
    id_ = row.get(form.id, "")
    name = " ".join(filter(None, (row.get(column, "") for column in form.name)))
    match form.system:
        case "moodle":
            # `Participant 4711`, in the language of the site.
            id_ = "".join(re.findall(r"\d+$", id_))
        case "canvas":
            # The rows of points and of hidden assignments have no id.
            id_ = id_ if id_.isdigit() else ""
        case _:
            pass
    if not id_:
        if not form.system and any(row.values()):
            raise UsageProblem(f"{where}: a roster has a column id, filled in")
        return None
    group = row.get("group", "") if not form.system else ""
    return Student(id_, name, group, row.get(form.team, ""))


def _time(text: str) -> datetime | None:
    """Return a time in a system's file; None if there is none or it is in another language."""
    for form in ("", *_MOODLE_TIMES):
        with suppress(ValueError, OverflowError):
            time = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
            return time.astimezone()
    return None
