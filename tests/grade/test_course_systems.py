"""The commands of the guides judge submissions: course-systems, first-class, grading."""

import csv
import io
import json
import os
import re
import tarfile
from datetime import datetime
from pathlib import Path

import pytest

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from tests.grade.confinement import accepted
from tests.grade.exports.course_exports import EXPORTS, class_of, with_password, zip_of
from tests.grade.two_children import ONE_WAIT, RIGHT
from tests.harness.sh import PYTHON, run_command, write_program
from tests.spec.documents import shown_in

pytestmark = [
    pytest.mark.needs("ptrace"),
    pytest.mark.long("each test judges a class of a course system"),
]

NOW = datetime(2026, 11, 20, 12, 0)
C = Path(ExerciseCatalogue().folder("two-children").file("solution.c")).read_text()


@pytest.fixture
def follow(tmp_path):
    """Run lines of a guide in the folder of the export; return their output."""
    own = tmp_path / "bin"
    more = " ".join(accepted())
    # The guides leave out --sandbox none; some machines need it.
    write_program(
        own / "simpsh",
        f'#!/bin/sh\n[ "$1" != grade ] || set -- "$@" {more}\nexec {PYTHON} -P -m simpsh "$@"\n',
    )

    def run(*lines: str) -> str:
        environment = {**os.environ, "PATH": f"{own}:{os.environ['PATH']}"}
        done = run_command(["sh", "-ec", "\n".join(lines)], cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        # The documents show a machine that isolates everything, which some machines cannot.
        shown = done.stdout.splitlines(keepends=True)
        return "".join(line for line in shown if not line.startswith("not isolated: "))

    return run


@pytest.mark.usual("moodle")
@pytest.mark.needs("compiler")
@pytest.mark.parametrize("system", EXPORTS)
def test_one_command_leads_from_an_export_to_marks(tmp_path, follow, system):
    works = class_of([(".py", RIGHT), (".c", C), (".py", ONE_WAIT)], 5)
    export, roster = EXPORTS[system](tmp_path, works)
    line = shown_in("how-to/course-systems.md", "sh", "From an export")[0]
    if system != "moodle":
        line = re.sub("--roster .*", f"--roster '{roster.name}' '{export.name}'", line)
    table = follow(line)
    assert "\n3 with full marks; 6.25 of 7 on average\n" in table
    published = tmp_path / "results/published"
    rows = csv.DictReader(io.StringIO((published / "marks.csv").read_text()))
    assert sorted(row["points"] for row in rows) == ["", "4", "7", "7", "7"]
    written = {path.name for path in published.iterdir()} - {"index.html", "marks.csv", "pages"}
    uploads = {"moodle": {"worksheet.csv", "feedback.zip"}, "canvas": {"canvas-gradebook.csv"}}
    assert written == uploads[system]
    # No submission is judged twice.
    before = {path: path.stat().st_ino for path in (tmp_path / "results").glob("*.json")}
    assert follow(line) == table
    assert {path: path.stat().st_ino for path in (tmp_path / "results").glob("*.json")} == before


@pytest.mark.usual
def test_the_cell_of_the_guide_gives_points_to_a_right_program_only(tmp_path, follow):
    (cell,) = shown_in("how-to/course-systems.md", "python")
    (tmp_path / "cell.py").write_text(cell)
    for program, is_right in ((RIGHT, True), ("pass\n", False)):
        (tmp_path / "two-children.py").write_text(program)
        shown = follow(f"{PYTHON} cell.py 2>&1 || echo no points")
        assert ("no points" not in shown) is is_right, shown


@pytest.mark.needs("make", "compiler")
def test_usual_forms_of_submissions_are_judged_or_named(tmp_path, follow):
    def zipped(name: str, **files: str | bytes) -> bytes:
        given = {path.replace("__", "."): (text, NOW) for path, text in files.items()}
        return zip_of(tmp_path / name, given).read_bytes()

    windows = bytearray(
        zipped("windows.zip", **{"work|two-children.c": C}).replace(b"work|two", b"work\\two")
    )
    windows[windows.index(b"PK\1\2") + 5] = 0  # made by a program of Windows
    inner = {"__MACOSX/two-children.c": "no", "work/src/two-children.c": C, ".DS_Store": b"\0"}
    work = zipped("work.zip", **inner)
    makefile = "two-children: main.c\r\n\tcc -w -o two-children main.c\r\n"
    right = {
        "folder in a zip": {"work.zip": work},
        "a zip named like a Mac's folder": {"__MACOSX of ann.zip": work},
        "backslashes": {"work.zip": bytes(windows)},
        "deep": {"d/e/x.py": RIGHT},
        "blank and capitals": {"Two-Children (1).PY": RIGHT},
        "capitals in C": {"TWO-CHILDREN.C": C},
        "line ends": {"Makefile": makefile, "main.c": C.replace("\n", "\r\n")},
        "dash": {"--version.c": C},
        "newline": {"two\nchildren.py": RIGHT},
        "last attempt": {"two-children.py": "pass\n", "two-children-1.py": RIGHT},
        "broken beside": {"two-children.py": RIGHT, "notes.zip": work[:-40]},
    }
    wrong = {
        "empty zip": ({"work.zip": zipped("empty.zip")}, "it holds work.zip"),
        "zip in a zip": (
            {"outer.zip": zipped("outer.zip", inner__zip=work)},
            "it holds outer.zip, inner.zip",
        ),
        "rar": ({"work.rar": b"Rar!\x1a\x07\x01"}, "it holds work.rar"),
        "password": (
            {"work.zip": with_password(zipped("password.zip", **{"two-children.c": C}))},
            "it holds work.zip; work.zip cannot be unpacked: it needs a password",
        ),
        "document": ({"two-children.docx": work}, "it holds two-children.docx"),
    }
    given = [*right.items(), *((name, files) for name, (files, _) in wrong.items())]
    export = {
        f"{name}_{number}_assignsubmission_file/{path}": (data, NOW)
        for number, (name, files) in enumerate(given)
        for path, data in files.items()
    }
    zip_of(tmp_path / "a.zip", export)
    rows = csv.DictReader(
        io.StringIO(follow("simpsh grade --exercise two-children --format csv a.zip"))
    )
    by_name = {row["name"]: row for row in rows}
    assert {name for name, row in by_name.items() if row["points"] == "7"} == {*right}
    for name, (_, words) in wrong.items():
        assert by_name[name]["remark"].endswith(words), by_name[name]


@pytest.mark.needs("compiler")
def test_the_commands_of_the_guide_for_a_first_class_work(tmp_path, follow):
    listed, shown = shown_in("how-to/first-class.md", "text")
    for name in listed.split():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(C if name.endswith(".c") else RIGHT)
    _, table = [follow(lines) for lines in shown_in("how-to/first-class.md")]
    assert table == shown
    assert (tmp_path / "two-children" / "two-children.c").exists()
    assert (tmp_path / "results/published/marks.csv").read_text().count("\n") == 4


@pytest.mark.needs("compiler")
def test_the_commands_of_the_guide_to_grading_work(tmp_path, follow):
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


@pytest.mark.needs("compiler")
def test_the_commands_of_the_guide_to_exercises_work(follow):
    given = ExerciseCatalogue().folder("pipeline")
    in_python, in_c = given.file("solution.py"), given.file("solution.c")
    solved = f"cp {in_python} pipeline/pipeline.py; cc -o pipeline/my-program {in_c}"
    begin, check, rest = shown_in("exercises.md")[0].partition("cd pipeline")
    assert follow(begin, solved, check + rest).count("11 of 11 points") == 2


def hostile_archives(folder: Path) -> None:
    """Make archives that try to escape, to fill the disk, or to block the grader."""
    folder.mkdir()
    with tarfile.open(folder / "links.tar.gz", "w:gz") as archive:
        for name, kind, target in (
            ("shadow", tarfile.SYMTYPE, "/etc/shadow"),
            ("hard", tarfile.LNKTYPE, "../../etc/passwd"),
            ("device", tarfile.CHRTYPE, ""),
            ("../../out.py", tarfile.REGTYPE, ""),
            ("/tmp/absolute.py", tarfile.REGTYPE, ""),
        ):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            archive.addfile(entry)
        entry = tarfile.TarInfo("two-children.py")
        entry.size = len(ONE_WAIT)
        archive.addfile(entry, io.BytesIO(ONE_WAIT.encode()))
    zip_of(folder / "bomb.zip", {f"zeros{number}": (bytes(64 << 20), NOW) for number in range(5)})
    zip_of(folder / "many.zip", {f"f{number}": ("", NOW) for number in range(10_001)})
    (folder / "damaged.zip").write_bytes((folder / "bomb.zip").read_bytes()[:5000])
    zip_of(folder / "twice.zip", {"inner.zip": ((folder / "bomb.zip").read_bytes(), NOW)})


@pytest.mark.usual
def test_hostile_archives_are_contained_and_bombs_refused(tmp_path, follow):
    hostile_archives(tmp_path / "handed")
    words = "simpsh grade --exercise two-children --format json handed"
    found = {one["name"]: one for one in json.loads(follow(words))["submissions"]}
    links = found["links.tar.gz"]
    assert links["points"] == 4, links
    special = ("shadow", "hard", "device")
    outside = ("../../out.py", "/tmp/absolute.py")
    assert links["remarks"] == [
        *(f"'{name}' was left out: it is a link or a device" for name in special),
        *(f"'{name}' was left out: it leads out of the archive" for name in outside),
    ]
    reasons = {
        "bomb.zip": "bomb.zip cannot be unpacked: ",
        "many.zip": "many.zip cannot be unpacked: unpacked it has more than 10000 files",
        "damaged.zip": "damaged.zip cannot be unpacked: it is damaged",
        "twice.zip": "there is no two-children, two-children.py or two-children.c",
    }
    for name, words in reasons.items():
        assert found[name]["points"] == 0
        assert words in found[name]["problem"], (name, found[name]["problem"])
    assert not Path("/tmp/absolute.py").exists()
    assert not (tmp_path / "out.py").exists()


_MAIN = "int begin(int, char **);\nint main(int c, char **v) { return begin(c, v); }\n"
_SPLIT = {"main.c": _MAIN, "work.c": C.replace("int main(", "int begin(")}


SEVERAL_FILES = {
    "a Makefile with two targets": {
        "Makefile": "all: prog\nprog: main.c work.c\n\tcc -w -o prog main.c work.c\n",
        **_SPLIT,
    },
    "a makefile with a target of any name": {
        "makefile": "work: main.c work.c\n\tcc -w -o $@ $^\n",
        **_SPLIT,
    },
    "a rule for a linker": {"Makefile": "two-children: main.o work.o\n\tcc -o $@ $^\n", **_SPLIT},
    "a target that is not made": {
        "Makefile": "x:\n\tcc -w -o two-children two-children.c\n",
        "two-children.c": C,
    },
    "two files": _SPLIT,
    "two files, one of them with the name": {"two-children.c": _MAIN, "work.c": _SPLIT["work.c"]},
    "a file with the name, and another program": {"two-children.c": C, "old.c": C},
    "two files in a folder": {"src/" + name: text for name, text in _SPLIT.items()},
}


@pytest.mark.needs("compiler", "make")
def test_submissions_of_several_files_are_built(tmp_path, follow):
    for name, files in SEVERAL_FILES.items():
        for file, text in files.items():
            path = tmp_path / "handed" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    report = json.loads(follow("simpsh grade --exercise two-children --format json handed"))
    points = {one["name"]: one["points"] for one in report["submissions"]}
    assert points == dict.fromkeys(SEVERAL_FILES, 7)
