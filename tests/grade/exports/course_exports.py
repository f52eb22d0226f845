"""Exports of a class as course systems write them, and the systems' rosters.

Names and columns are as in the sources that docs/how-to/course-systems.md lists. Moodle and
Canvas write the time of the download into their zips.
"""

import csv
import io
import re
import unicodedata
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

DOWNLOADED = datetime(2026, 11, 26, 9, 30)
DEADLINE = datetime(2026, 11, 24, 23, 59)
PROGRAM = "two-children"


class Work(NamedTuple):
    """The program of one student; empty if there is no submission."""

    first: str
    last: str
    text: str
    time: datetime
    ending: str = ".py"
    index: int = 0

    @property
    def login(self) -> str:
        """The login."""
        letters = unicodedata.normalize("NFKD", f"{self.first}-{self.last}").encode(
            "ascii", "ignore"
        )
        return re.sub("[^a-z-]", "", letters.decode().lower()).strip("-") + f"{self.index:02}"


def zip_of(path: Path, files: dict[str, tuple[str | bytes, datetime]]) -> Path:
    """Write a zip of texts, each with its own time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, (text, time) in files.items():
            entry = zipfile.ZipInfo(name, time.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            whole.writestr(entry, text)
    return path


def with_password(data: bytes) -> bytes:
    """Return a zip of one file with the flag of an encrypted one."""
    changed = bytearray(data)
    changed[data.index(b"PK\3\4") + 6] |= 1
    changed[data.index(b"PK\1\2") + 8] |= 1
    return bytes(changed)


def csv_text(rows: list[list[object]]) -> str:
    """Return rows as CSV with a byte order mark, as these systems write them."""
    output = io.StringIO()
    csv.writer(output).writerows(rows)
    return "\ufeff" + output.getvalue()


def moodle(folder: Path, works: list[Work], maximum: str = "100.00") -> tuple[Path, Path]:
    """Write a download of all submissions, and a grading worksheet."""
    files = {
        f"{work.first} {work.last}_{4700 + work.index}_assignsubmission_file/"
        f"{PROGRAM}{work.ending}": (work.text, DOWNLOADED + timedelta(seconds=work.index))
        for work in works
        if work.text
    }
    header = ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade"]
    header += ["Grade can be changed", "Last modified (submission)", "Last modified (grade)"]
    rows: list[list[object]] = [[*header, "Feedback comments"]]
    for work in works:
        status = "Submitted for grading - " if work.text else "No submission - "
        time = f"{work.time:%A, {work.time.day} %B %Y, %I:%M %p}" if work.text else "-"
        name, mail = f"{work.first} {work.last}", f"{work.login}@example.org"
        identifier = f"Participant {4700 + work.index}"
        rows.append([identifier, name, mail, status, "", maximum, "Yes", time, "-", ""])
    sheet = folder / "Grades-OS-two children-12.csv"
    sheet.write_text(csv_text(rows))
    return zip_of(folder / "OS-two children-12.zip", files), sheet


def canvas(folder: Path, works: list[Work]) -> tuple[Path, Path]:
    """Write a download of submissions, and an export of the gradebook."""
    files = {}
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    scores = ["Current Score", "Unposted Current Score", "Final Score", "Unposted Final Score"]
    rows: list[list[object]] = [[*header, "Quiz 1 (770)", "Two children (771)", *scores]]
    rows.append(["", "", "", "", "", "", "Manual Posting", "", "", "", ""])
    rows.append(["    Points Possible", "", "", "", "", "5", "14", *["(read only)"] * 4])
    for work in works:
        student = 100 + work.index
        if work.text:
            late = "LATE_" if work.time > DEADLINE else ""
            name = re.sub(r"\W", "", f"{work.last}, {work.first}").lower()
            path = f"{name}_{late}{student}_{9000 + work.index}_{PROGRAM}{work.ending}"
            files[path] = (work.text, DOWNLOADED)
        name = f"{work.last}, {work.first}"
        login = [student, f"S{student}", work.login, "OS-1"]
        rows.append([name, *login, "4.5", "", "90", "90", "90", "90"])
    gradebook = folder / "2026-11-26T0930_Grades-OS.csv"
    gradebook.write_text(csv_text(rows))
    return zip_of(folder / "submissions.zip", files), gradebook


EXPORTS = {"moodle": moodle, "canvas": canvas}


def class_of(texts: list[tuple[str, str]], count: int = 30) -> list[Work]:
    """Return a class: the programs in turn, one late, the last student without a submission."""
    names = ("Jörg Groß", "Anna-Lena Öz", "Max van der Berg", "李 小龍", "Zoë O'Neill")
    works = []
    for index in range(count):
        first, last = names[index % len(names)].split(" ", 1)
        ending, text = texts[index % len(texts)]
        time = DEADLINE + timedelta(minutes=65 if index == 3 else -60 * index)
        text = "" if index == count - 1 else f"{text}{'//' if ending == '.c' else '#'} {index}\n"
        works.append(Work(first, last, text, time, ending, index))
    return works
