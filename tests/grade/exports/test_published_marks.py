"""`class publish` writes files that each system's importer reads, and pages without links."""

import csv
import html.parser
import io
import json
import re
import zipfile

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.grade.exports.class_folder import load_class, open_export
from simpsh.grade.exports.published_marks import publish
from simpsh.grade.reports.class_results import Result, class_report, load_all, save
from simpsh.grade.reports.grade_marks import GradedCheck, Mark
from tests.grade.exports.course_exports import DEADLINE, EXPORTS, class_of, zip_of

EVIL = '<b>=1+1 "no"\r\n::error::x'


def result(name, instead="", of=8):
    checks = (
        GradedCheck("it forks", of / 2, "", "forks"),
        GradedCheck("it waits, and 100 % so", of / 2, instead, "waits"),
    )
    return Result(name, "k", "Lab: 1", (Mark("lab", "Lab", checks),))


def judged_class(tmp_path, system="moodle", count=5, **more):
    """A class: the first program is right, the last student has none, and the others lose half."""
    export, file = EXPORTS[system](tmp_path, class_of([(".py", "x")], count), **more)
    given = str(file) if file else ""
    folder = str(tmp_path / "class")
    opened = open_export(str(export), folder, given, DEADLINE.astimezone()).folder
    (tmp_path / "class" / "results").mkdir()
    for index, name in enumerate(opened.class_list.hand_ins):
        save(result(name, EVIL if index else ""), opened.results)
    return load_class(folder)


def published(opened, **more):
    results = load_all([opened.results], pytest.fail)
    return publish(opened, results, **more)


def rows_of(tmp_path, name):
    text = (tmp_path / "class" / "published" / name).read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_grading_worksheet_changes_only_in_grades_and_comments(tmp_path):
    opened = judged_class(tmp_path, maximum="20,00")
    done = published(opened)
    assert done.notes == ("8 points here are 20 there: marks are scaled",)
    given, now = (
        list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
        for path in (next(tmp_path.glob("Grades*")), tmp_path / "class/published/worksheet.csv")
    )
    assert [row["Grade"] for row in now] == ["20", "10", "10", "10", ""]
    changed = {"Grade", "Feedback comments"}
    for before, after in zip(given, now, strict=True):
        assert {key for key in before if before[key] != after[key]} <= changed
    assert now[0]["Feedback comments"] == "8 of 8 points"
    # Moodle's editor reads HTML.
    assert now[1]["Feedback comments"] == '4 of 8 points; &lt;b&gt;=1+1 "no"\r\n::error::x'
    assert "1 h 05 min late by the grading worksheet" in now[3]["Feedback comments"]


def test_the_feedback_zip_has_the_names_that_moodle_gave(tmp_path):
    published(judged_class(tmp_path))
    with zipfile.ZipFile(tmp_path / "class/published/feedback.zip") as whole:
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
    folder = str(tmp_path / "class")
    opened = open_export(str(export), folder, str(tmp_path / "sheet.csv")).folder
    (tmp_path / "class" / "results").mkdir()
    save(result("9"), opened.results)
    published(load_class(folder))
    assert [row[3] for row in rows_of(tmp_path, "worksheet.csv")[1:]] == ["8", "8", ""]
    with zipfile.ZipFile(tmp_path / "class/published/feedback.zip") as whole:
        assert [name.split("_")[1] for name in whole.namelist()] == ["7", "8"]
    marks = {row[6]: row[1] for row in rows_of(tmp_path, "marks.csv")[1:]}
    assert marks == {"Jane": "8", "Max": "8", "Cy": ""}
    # Without the worksheet, group 9 would be the participant 9.
    alone = open_export(str(export), str(tmp_path / "alone"))
    assert "only with its grading worksheet" in alone.notes[0]
    with pytest.raises(UsageProblem, match="Moodle needs its grading worksheet"):
        publish(alone.folder, [result("9")])


def test_the_gradebook_of_canvas_is_published_with_one_column(tmp_path):
    opened = judged_class(tmp_path, "canvas")
    with pytest.raises(UsageProblem, match=r"--column NAME; there are: Quiz 1 \(770\), Two child"):
        published(opened)
    done = published(opened, column="two children")
    assert done.notes == ("8 points here are 14 there: marks are scaled",)
    rows = rows_of(tmp_path, "canvas-gradebook.csv")
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Two children (771)"]
    assert rows[:2] == [header, ["    Points Possible", "", "", "", "", "14"]]
    assert [(row[1], row[5]) for row in rows[2:]] == [
        ("100", "14"),
        ("101", "7"),
        ("102", "7"),
        ("103", "7"),
    ]


def test_the_gradebook_of_blackboard_is_published_with_one_column(tmp_path):
    text = "Last Name\tFirst Name\tUsername\tStudent ID\tLab [Total Pts: 4 Score] |123\n"
    text += "Doe\tJane\tjdoe\t1\t\nRoe\t=Ann\taroe\t2\t3\n"
    (tmp_path / "gc.xls").write_bytes(text.encode("utf-16"))
    attempt = "Lab_jdoe_attempt_2026-11-24-10-00-00_a.py"
    export = zip_of(tmp_path / "a.zip", {attempt: ("x", DEADLINE)})
    folder = str(tmp_path / "class")
    opened = open_export(str(export), folder, str(tmp_path / "gc.xls")).folder
    (tmp_path / "class" / "results").mkdir()
    save(result("jdoe", EVIL), opened.results)
    published(load_class(folder))
    rows = rows_of(tmp_path, "blackboard-gradebook.csv")
    assert rows == [
        ["Last Name", "First Name", "Username", "Lab [Total Pts: 4 Score] |123"],
        ["Doe", "Jane", "jdoe", "2"],
    ]


@pytest.mark.parametrize("system", ["canvas", "blackboard"])
def test_publishing_without_a_gradebook_is_refused(tmp_path, system):
    with pytest.raises(UsageProblem, match="needs its gradebook: open it with --roster FILE"):
        published(judged_class(tmp_path, "gradescope"), system=system)


def test_gradescope_gets_the_results_of_each_submission(tmp_path):
    opened = judged_class(tmp_path, "gradescope")
    published(opened)
    path = tmp_path / "class/published/gradescope/submission_5001/results.json"
    value = json.loads(path.read_text())
    assert value["score"] == 4
    assert [test["status"] for test in value["tests"]] == ["passed", "failed"]


def test_a_class_of_github_gets_pages_and_a_table(tmp_path):
    published(judged_class(tmp_path, "github"))
    assert {path.name for path in (tmp_path / "class/published").iterdir()} == {
        "marks.csv",
        "pages",
    }


def test_no_text_of_a_submission_is_a_workflow_command(tmp_path):
    lines = class_report([result("a", EVIL)], "github").splitlines()
    assert lines == [
        '::error title=lab%3A it waits%2C and 100 %25 so::<b>=1+1 "no"%0D%0A::error::x',
        "::notice title=Autograding complete::Points 4/8",
        '::notice title=Autograding report::{"totalPoints": 4, "maxPoints": 8}',
    ]


class _Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for key, value in attrs if key in ("href", "src") and value[:1] != "#"]


def test_a_page_of_a_student_names_no_other_file_and_no_other_student(tmp_path):
    opened = judged_class(tmp_path)
    published(opened)
    pages = sorted((tmp_path / "class/published/pages").iterdir())
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
    opened = judged_class(tmp_path)
    (tmp_path / "class/results/4702.json").unlink()
    published(opened)
    assert [row[4] for row in rows_of(tmp_path, "worksheet.csv")[1:]] == ["100", "50", "", "50", ""]
