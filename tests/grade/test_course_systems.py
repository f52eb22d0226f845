"""What is handed in is judged by the lines of the guides: course-systems, first-class, grading."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import nbformat
import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.reports.class_results import Result, class_report
from simpsh.grade.reports.grade_marks import GradedCheck, Mark
from simpsh.grade.reports.roster import Roster, Student, read_roster
from tests.grade.confinement import accepted
from tests.grade.two_children import ONE_WAIT, RIGHT
from tests.support.document_blocks import shown_in
from tests.support.shells import PYTHON, run_command, write_program

pytestmark = pytest.mark.needs("ptrace")

C = Path(ExerciseCatalogue().folder("two-children").file("solution.c")).read_text()


@pytest.fixture
def follow(tmp_path):
    """Run lines of the guide where a course system's file lies; return what they printed."""
    own = tmp_path / "bin"
    more = " ".join(accepted())
    # grade merge knows no --unconfined; elsewhere it stands where the machine needs it.
    write_program(
        own / "simpsh",
        f'#!/bin/sh\nset -- "$@"\n[ "$2" = merge ] || [ "$1" != grade ] || set -- "$@" {more}\n'
        f'exec {PYTHON} -P -m simpsh "$@"\n',
    )

    def run(*lines: str) -> str:
        environment = {**os.environ, "PATH": f"{own}:{os.environ['PATH']}"}
        done = run_command(["sh", "-ec", "\n".join(lines)], cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        # The documents show a machine that isolates everything; for an ordinary user some do not.
        shown = done.stdout.splitlines(keepends=True)
        return "".join(line for line in shown if not line.startswith("not isolated: "))

    return run


def zip_of(path: Path, files: dict[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, (2020, 6, 1, 12, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            whole.writestr(entry, text)


def test_canvas(tmp_path, follow):
    zip_of(
        tmp_path / "submissions.zip",
        {
            "doejane_101_9001_two-children.py": RIGHT,
            "roeann_LATE_102_9002_two-children-1.py": ONE_WAIT,
        },
    )
    lines = '\ufeffid;name;group;deadline\n101;"Jane Doe";B;\n102;Ann Roe;;\n103;=Max;;2026-01-01\n'
    (tmp_path / "roster.csv").write_text(lines)
    first, second = shown_in("how-to/course-systems.md", "sh", "Canvas")
    table = follow(first)
    assert "✓     7/7  doejane_101_9001_two-children.py        Jane Doe, group B\n" in table
    assert "Ann Roe, late, as its name says: your program ended without having" in table
    assert "not handed in: =Max" in table
    rows = list(csv.DictReader(io.StringIO((tmp_path / "marks.csv").read_text())))
    assert [(row["id"], row["points"], row["late"]) for row in rows] == [
        ("101", "7", ""),
        ("102", "4", "late, as its name says"),
        ("103", "0", ""),
    ]
    assert rows[2]["name"] == "'=Max"
    # Several files of a student: the program and what its Makefile says.
    (tmp_path / "handed" / "doejane_101_9003_Makefile").write_text(
        "two-children: main.c\n\tcc -w -O2 -o $@ $<\n"
    )
    (tmp_path / "handed" / "doejane_101_9001_two-children.py").unlink()
    (tmp_path / "handed" / "doejane_101_9004_main.c").write_text(C)
    assert "7/7  doejane_101 " in follow(second)


def test_moodle_with_folders_archives_and_a_deadline(tmp_path, follow):
    inner = tmp_path / "inner.zip"
    zip_of(inner, {"__MACOSX/two-children.c": "no", "work/src/two-children.c": C})
    zip_of(
        tmp_path / "OS-two-children-12.zip",
        {
            "Jane Doe_1_assignsubmission_file_/deep/er/two-children.py": RIGHT,
            "Ann Roe_2_assignsubmission_file_/work.zip": inner.read_bytes(),
        },
    )
    header = "id,name,deadline\n"
    # The archive says 2020-06-01 (see zip_of): one was late then, one was in time.
    (tmp_path / "roster.csv").write_text(
        f"{header}1,Jane,2020-05-31T12:00\n2,Ann,2020-06-02T12:00\n"
    )
    table = follow(*shown_in("how-to/course-systems.md", "sh", "Moodle"))
    assert table.count(" ✓     7/7") == 2
    assert re.search(r"Jane, 24 h 00 min after the deadline, by its newest file", table)
    assert re.search(r"Ann Roe_2\S* +Ann\n", table)


def test_gradescope_and_github_classroom(tmp_path, follow):
    names = [f"assignment_8_export/submission_{number}/two-children.py" for number in (1, 2)]
    metadata = {"assignment_8_export/submission_metadata.yml": "submission_1: {}\n"}
    export = metadata | dict.fromkeys(names, RIGHT)
    zip_of(tmp_path / "assignment_8_export.zip", export)
    (tmp_path / "roster.csv").write_text("id,name\nsubmission_1,Jane\nsubmission_2,Ann\n")
    table = follow(*shown_in("how-to/course-systems.md", "sh", "Gradescope"))
    assert "7/7  submission_1  Jane\n" in table
    assert "worth a look: 2 handed in the same program: submission_1, submission_2" in table
    shutil.rmtree(tmp_path / "results")
    # What gh makes: a repository for each student.
    write_program(
        tmp_path / "bin" / "gh",
        "#!/bin/sh\nfor login in doe jane-doe; do\n"
        "    git init -q two-children-submissions/two-children-$login\n"
        "    cp right.py two-children-submissions/two-children-$login/two-children.py\ndone\n",
    )
    (tmp_path / "right.py").write_text(RIGHT)
    header = '"identifier","github_username","github_id","name"\n'
    rows = '"a","doe","7","John Doe"\n"b","jane-doe","8","Jane Doe"\n"c","max","9","Max Roe"\n'
    (tmp_path / "classroom_roster.csv").write_text(header + rows)
    table = follow(*shown_in("how-to/course-systems.md", "sh", "GitHub Classroom"))
    assert re.search(r"7/7  two-children-doe +John Doe\n", table)
    assert re.search(r"7/7  two-children-jane-doe +Jane Doe\n", table)
    assert "not handed in: Max Roe" in table


def test_a_first_class(tmp_path, follow):
    listed, shown = shown_in("how-to/first-class.md", "text")
    for name in listed.split():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(C if name.endswith(".c") else RIGHT)
    table = [follow(lines) for lines in shown_in("how-to/first-class.md")][1]
    assert table == shown
    assert (tmp_path / "two-children" / "two-children.c").exists()
    assert (tmp_path / "marks.csv").read_text().count("\n") == 4
    assert (tmp_path / "report" / "index.html").exists()


def test_a_job_array(tmp_path, follow):
    [script] = shown_in("grading.md", "sh", "A job array")
    [typed] = shown_in("grading.md", "console", "A job array")
    (tmp_path / "job.sh").write_text(script)
    # What Slurm does with an array, on one machine.
    write_program(
        tmp_path / "bin" / "sbatch",
        "#!/bin/sh\nfor SLURM_ARRAY_TASK_ID in $(seq $(sed -n 's/.*--array=1-//p' $1)); do\n"
        "    export SLURM_ARRAY_TASK_ID; sh $1 || exit\ndone\n",
    )
    (tmp_path / "submissions").mkdir()
    for name in ("ann.py", "ben.py"):
        (tmp_path / "submissions" / name).write_text(RIGHT)
    assert "2 with full marks" in follow(typed.replace("$ ", ""))


def test_the_class_of_the_document_and_one_submission(tmp_path, follow):
    (tmp_path / "submissions/carol").mkdir(parents=True)
    last = RIGHT.replace("if os.fork() == 0", "if not (child := os.fork())")
    last = last.replace("for _ in sys.argv[1:]", "if child").replace("wait()", "waitpid(child, 0)")
    (tmp_path / "submissions/alice.py").write_text(RIGHT)
    (tmp_path / "submissions/bob.c").write_text(C)
    (tmp_path / "submissions/carol/two-children.py").write_text(last)
    (tmp_path / "submissions/dave.py").write_text("print('4711 9\\n4710 7')\n")
    command, _, table = shown_in("grading.md", "console", "A class")[0].partition("\n")
    assert follow(command.removeprefix("$ ")) == table
    follow(*shown_in("grading.md", "sh", "Other graders"))
    assert json.loads((tmp_path / "report.json").read_text())["submissions"][0]["points"] == 7


def test_the_lines_for_a_student(follow):
    given = ExerciseCatalogue().folder("pipeline").file("solution.c")
    solved = f"cp {given} pipeline/pipeline.c; cc -o pipeline/my-program {given}"
    begin, check, rest = shown_in("exercises.md")[0].partition("cd pipeline")
    assert follow(begin, solved, check + rest).count("11 of 11 points") == 2


def hostile_archives(place: Path) -> None:
    """Make archives that want to get out, to fill the disk, or to be waited for."""
    place.mkdir()
    with tarfile.open(place / "links.tar.gz", "w:gz") as whole:
        for name, kind, target in (
            ("shadow", tarfile.SYMTYPE, "/etc/shadow"),
            ("hard", tarfile.LNKTYPE, "../../etc/passwd"),
            ("device", tarfile.CHRTYPE, ""),
            ("../../out.py", tarfile.REGTYPE, ""),
            ("/tmp/absolute.py", tarfile.REGTYPE, ""),
        ):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            whole.addfile(entry)
        entry = tarfile.TarInfo("two-children.py")
        entry.size = len(ONE_WAIT)
        whole.addfile(entry, io.BytesIO(ONE_WAIT.encode()))
    zip_of(place / "bomb.zip", {f"zeros{number}": bytes(64 << 20) for number in range(5)})
    zip_of(place / "many.zip", {f"f{number}": "" for number in range(10_001)})
    (place / "damaged.zip").write_bytes((place / "bomb.zip").read_bytes()[:5000])
    zip_of(place / "twice.zip", {"inner.zip": (place / "bomb.zip").read_bytes()})


def test_hostile_archives_are_contained_and_bombs_refused(tmp_path, follow):
    hostile_archives(tmp_path / "handed")
    words = "simpsh grade --exercise two-children --format json handed"
    found = {one["name"]: one for one in json.loads(follow(words))["submissions"]}
    links = found["links.tar.gz"]
    assert links["points"] == 4, links
    assert links["remarks"] == [
        f"'{name}' was left out: it leads out of the archive, or is a link or a device"
        for name in ("shadow", "hard", "device", "../../out.py", "/tmp/absolute.py")
    ]
    told = {
        "bomb.zip": "bomb.zip cannot be unpacked: ",
        "many.zip": "many.zip cannot be unpacked: unpacked it has more files, or more",
        "damaged.zip": "damaged.zip cannot be unpacked: ",
        "twice.zip": "there is no two-children, two-children.py or two-children.c",
    }
    for name, words in told.items():
        assert found[name]["points"] == 0
        assert words in found[name]["problem"], (name, found[name]["problem"])
    assert not Path("/tmp/absolute.py").exists()
    assert not (tmp_path / "out.py").exists()


_MAIN = "int begin(int, char **);\nint main(int c, char **v) { return begin(c, v); }\n"
_SPLIT = {"main.c": _MAIN, "work.c": C.replace("int main(", "int begin(")}


@pytest.mark.parametrize(
    "files",
    [
        {"Makefile": "all: prog\nprog: main.c work.c\n\tcc -w -o prog main.c work.c\n", **_SPLIT},
        {"makefile": "work: main.c work.c\n\tcc -w -o $@ $^\n", **_SPLIT},
        {"Makefile": "two-children: main.o work.o\n\tcc -o $@ $^\n", **_SPLIT},
        {"Makefile": "x:\n\tcc -w -o two-children two-children.c\n", "two-children.c": C},
        _SPLIT,
        {"two-children.c": _MAIN, "work.c": _SPLIT["work.c"]},
        {"two-children.c": C, "old.c": C},
        {"src/" + name: text for name, text in _SPLIT.items()},
    ],
)
def test_a_submission_of_several_files_is_built(tmp_path, follow, files):
    for name, text in files.items():
        path = tmp_path / "handed" / "ann" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert "7/7  ann" in follow("simpsh grade --exercise two-children handed")


def test_a_makefile_that_makes_two_programs_is_asked_which(tmp_path, follow):
    (tmp_path / "handed" / "ann").mkdir(parents=True)
    (tmp_path / "handed" / "ann" / "Makefile").write_text("x:\n\tcp /bin/true a; cp /bin/true b\n")
    table = follow("simpsh grade --exercise two-children handed")
    assert "which program? make has made a, b" in table


def test_an_unchanged_start_is_told_as_one(tmp_path, follow):
    folder = ExerciseCatalogue().folder("two-children")
    (tmp_path / "handed" / "ann").mkdir(parents=True)
    shutil.copy(folder.file("start.c"), tmp_path / "handed" / "ann" / "two-children.c")
    shutil.copy(folder.file("start.py"), tmp_path / "handed" / "ben.py")
    table = follow("simpsh grade --exercise two-children handed")
    assert "0/7  ann     two-children.c is the start program, unchanged" in table
    assert "0/7  ben.py  ben.py is the start program, unchanged" in table


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name\nAnn\n", ":2: a roster has a column id, filled in"),
        ("id\nann\nben\nAnn\n", ":4: the id Ann is in line 2, too; remove one of them"),
        ("id,deadline\n1,soon\n", ":2: soon: a deadline is a time like 2026-11-24T23:59"),
        ("id\n\xff\n", ": this is no CSV file in UTF-8"),
    ],
)
def test_a_roster_that_is_none_is_refused_in_one_line(tmp_path, text, complaint):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SimpshError, match=re.escape(complaint)):
        read_roster(str(path))


ROSTER = Roster(
    [
        Student("10", "Ann", "B"),
        Student("101", "Ben", "B"),
        Student("9001", "Cy"),
        Student("jdoe", "Di", team="owls"),
        Student("roe", "Ed", team="owls"),
        Student("jane-doe", "Fay"),
    ]
)


@pytest.mark.parametrize(
    ("submission", "names"),
    [
        ("doe_101_9", ["Ben"]),
        ("doe_10_9", ["Ann"]),
        ("10", ["Ann"]),
        ("1010", []),
        ("doejane_101_9001_10_two-children.c", ["Ben"]),
        ("doejane_LATE_101_9001_10.c", ["Ben"]),
        ("doejane_555_9001_101_two-children.c", []),
        ("doejane_LATE_101", ["Ben"]),
        ("Max 10 Roe_101_assignsubmission_file_", ["Ben"]),
        ("Max Roe_7_assignsubmission_file_10.c", []),
        ("Homework 10_roe_attempt_2026-11-24-23-59-00_101.c", ["Ed", "Di"]),
        ("two-children-jane-doe", ["Fay"]),
        ("two-children-owls", ["Di", "Ed"]),
    ],
)
def test_the_id_field_of_the_system_says_who_a_submission_is_from(submission, names):
    assert [student.name for student in ROSTER.of(submission)] == names


def test_a_group_is_only_a_label_and_a_team_hands_in_once():
    absent = ROSTER.absent(["x_101_y", "two-children-owls"])
    assert [student.name for student in absent] == ["Ann", "Cy", "Fay"]


@pytest.mark.parametrize("second", ["b_101_9002_Makefile", "c_LATE_101_1_a.c", "101.py"])
def test_two_submissions_of_one_student_are_refused(second):
    ROSTER.check(["b_101_9001_101.c", "b_10_9002_101.c"])
    with pytest.raises(UsageProblem, match="are both from 101: remove one"):
        ROSTER.check(["b_101_9001_a.c", second])


def test_two_submissions_of_one_student_are_told_before_they_are_judged(tmp_path):
    for name in ("a_101_1_two-children.py", "a_101_2_two-children-1.py"):
        (tmp_path / "handed").mkdir(exist_ok=True)
        (tmp_path / "handed" / name).write_text(RIGHT)
    (tmp_path / "roster.csv").write_text("id\n101\n")
    words = "grade --exercise two-children --roster roster.csv handed"
    done = run_command([PYTHON, "-P", "-m", "simpsh", *words.split()], cwd=tmp_path)
    assert done.returncode == 2
    assert "a_101_1_two-children.py and a_101_2_two-children-1.py are both from 101" in done.stderr
    assert not (tmp_path / "results").exists()


def test_in_a_team_every_member_gets_a_row():
    mark = Mark("m", "m", (GradedCheck("it works", 2, "", "check"),))
    results = [Result("hw-owls", "key", "task", (mark,))]
    rows = csv.DictReader(io.StringIO(class_report(results, "csv", ROSTER)))
    got = {row["name"]: (row["points"], row["team"], row["remark"]) for row in rows}
    assert got["Di"] == got["Ed"] == ("2", "owls", "")
    assert got["Ben"] == ("0", "", "not handed in")
    assert len(got) == len(ROSTER.students)


@pytest.mark.long("nbgrader starts a kernel for each notebook; where it is installed")
def test_nbgrader_validates_by_the_cell_of_the_guide(tmp_path):
    nbgrader = shutil.which(os.environ.get("NBGRADER", "nbgrader"))
    if nbgrader is None:
        pytest.skip("nbgrader is not installed; NBGRADER names its program")
    (cell,) = shown_in("how-to/course-systems.md", "python")
    write_program(tmp_path / "simpsh", f'#!/bin/sh\nexec {PYTHON} -P -m simpsh "$@"\n')
    path = f"{tmp_path}:{Path(nbgrader).resolve().parent}:{os.environ['PATH']}"
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for program, is_right in ((RIGHT, True), (ONE_WAIT, False), ("pass\n", False)):
        cells = [nbformat.v4.new_code_cell(f"%%writefile two-children.py\n{program}")]
        cells.append(nbformat.v4.new_code_cell(cell))
        for number, written in enumerate(cells):
            kind = {"grade": bool(number), "locked": bool(number), "solution": not number}
            kind |= {"grade_id": f"cell{number}", "task": False, "schema_version": 3}
            written.metadata["nbgrader"] = kind | ({"points": 7} if number else {})
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
        nbformat.write(notebook, tmp_path / "ps1.ipynb")
        words = [nbgrader, "validate", "ps1.ipynb"]
        done = run_command(words, cwd=tmp_path, env={**os.environ, "PATH": path})
        is_valid = "Success! Your notebook passes all the tests." in done.stdout
        assert is_valid is is_right, done.stdout + done.stderr
