"""Marks become files that each system's importer reads, and pages without links."""

import csv
import html.parser
import io
import re
import zipfile

from simpsh.grade.exports.opened_class import open_class
from simpsh.grade.exports.published_marks import publish
from simpsh.grade.reports.class_results import Result
from simpsh.grade.reports.grade_marks import GradedCheck, Mark
from tests.grade.exports.course_exports import DEADLINE, EXPORTS, class_of, zip_of

EVIL = '<b>=1+1 "no"\r\n::error::x'


def result(name, instead="", of=8, task="Two children"):
    checks = (
        GradedCheck("it forks", of / 2, "", "forks"),
        GradedCheck("it waits, and 100 % so", of / 2, instead, "waits"),
    )
    return Result(name, "k", task, (Mark("lab", "Lab", checks),))


def published(tmp_path, system="moodle", count=5, task="Two children", missing=(), **more):
    """Publish a class: the first program is right, the last student has none, others lose half."""
    export, file = EXPORTS[system](tmp_path, class_of([(".py", "x")], count), **more)
    opened = open_class(str(export), str(tmp_path / "of"), str(file))
    results = [
        result(name, EVIL if index else "", task=task)
        for index, name in enumerate(sorted(opened.class_list.hand_ins))
        if name not in missing
    ]
    return opened, publish(opened, results, str(tmp_path / "published"))


def rows_of(tmp_path, name):
    text = (tmp_path / "published" / name).read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_grading_worksheet_changes_only_in_grades_and_comments(tmp_path):
    _, (_, notes) = published(tmp_path, maximum="20,00")
    assert notes == ["8 points here are 20 there: marks are scaled"]
    given, now = (
        list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
        for path in (next(tmp_path.glob("Grades*")), tmp_path / "published/worksheet.csv")
    )
    assert [row["Grade"] for row in now] == ["20", "10", "10", "10", ""]
    changed = {"Grade", "Feedback comments"}
    for before, after in zip(given, now, strict=True):
        assert {key for key in before if before[key] != after[key]} <= changed
    assert now[0]["Feedback comments"] == "8 of 8 points"
    # Moodle's editor reads HTML.
    assert now[1]["Feedback comments"] == '4 of 8 points; &lt;b&gt;=1+1 "no"\r\n::error::x'


def test_the_feedback_zip_has_the_names_that_moodle_gave(tmp_path):
    published(tmp_path)
    with zipfile.ZipFile(tmp_path / "published/feedback.zip") as whole:
        names = whole.namelist()
        page = whole.read(names[1]).decode()
    assert names[0] == "Jörg Groß_4700_assignsubmission_file/feedback.html"
    # Moodle splits at the underscores: a name, the participant, the plugin.
    parts = [name.partition("/")[0].split("_") for name in names]
    assert [part[1:] for part in parts] == [
        [f"{4700 + index}", "assignsubmission", "file"] for index in range(4)
    ]
    assert "Anna-Lena Öz" in page


def test_a_team_of_moodle_has_a_row_and_a_file_for_each_member(tmp_path):
    sheet = "Identifier,Full name,Group,Grade,Maximum grade,Last modified (grade)\n"
    sheet += "Participant 7,Jane,Owls,,8,-\nParticipant 8,Max,Owls,,8,-\nParticipant 9,Cy,,,8,-\n"
    (tmp_path / "sheet.csv").write_text(sheet)
    export = zip_of(tmp_path / "a.zip", {"Owls_9_assignsubmission_file/a.py": ("x", DEADLINE)})
    opened = open_class(str(export), str(tmp_path / "of"), str(tmp_path / "sheet.csv"))
    publish(opened, [result("9")], str(tmp_path / "published"))
    assert [row[3] for row in rows_of(tmp_path, "worksheet.csv")[1:]] == ["8", "8", ""]
    with zipfile.ZipFile(tmp_path / "published/feedback.zip") as whole:
        assert [name.split("_")[1] for name in whole.namelist()] == ["7", "8"]
    marks = {row[6]: row[1] for row in rows_of(tmp_path, "marks.csv")[1:]}
    assert marks == {"Jane": "8", "Max": "8", "Cy": ""}
    # Without the worksheet, group 9 would be the participant 9.
    alone = open_class(str(export), str(tmp_path / "of"))
    names, notes = publish(alone, [result("9")], str(tmp_path / "alone"))
    assert notes == ["marks go back to Moodle only with its grading worksheet: --roster FILE"]
    assert names == ["index.html", "pages", "marks.csv"]


def test_the_gradebook_of_canvas_has_the_column_with_the_tasks_title(tmp_path):
    _, (_, notes) = published(tmp_path, "canvas", task="Two children, collected in either order")
    assert notes == ["8 points here are 14 there: marks are scaled"]
    rows = rows_of(tmp_path, "canvas-gradebook.csv")
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Two children (771)"]
    assert rows[:2] == [header, ["    Points Possible", "", "", "", "", "14"]]
    assert [(row[1], row[5]) for row in rows[2:]] == [
        ("100", "14"),
        ("101", "7"),
        ("102", "7"),
        ("103", "7"),
    ]
    _, (_, [note]) = published(tmp_path, "canvas", task="Lab 3")
    assert note.endswith("title = NAME; there are: Quiz 1 (770), Two children (771)")


class _Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for key, value in attrs if key in ("href", "src") and value[:1] != "#"]


def test_a_page_of_a_student_names_no_other_file_and_no_other_student(tmp_path):
    opened, _ = published(tmp_path)
    pages = sorted((tmp_path / "published/pages").iterdir())
    assert [path.name for path in pages] == [f"{4700 + index}.html" for index in range(4)]
    names = [student.name for student in opened.class_list.students]
    for index, path in enumerate(pages):
        text = path.read_text()
        links = _Links()
        links.feed(text)
        assert links.found == []
        assert not re.search(r"url\((?!#|data:)|@import", text)
        assert [name for name in names if name in html.unescape(text)] == [names[index]]
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_student_without_a_result_keeps_the_gradebook_mark(tmp_path):
    published(tmp_path, missing=("4702",))
    assert [row[4] for row in rows_of(tmp_path, "worksheet.csv")[1:]] == ["100", "50", "", "50", ""]
