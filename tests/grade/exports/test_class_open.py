"""`class open` knows each system's export, matches students by ids, and unpacks nothing outside."""

import io
import os
import stat
import struct
import time as clock
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.grade.exports import export_files
from simpsh.grade.exports.class_folder import load_class, open_export, report_opening
from simpsh.grade.exports.roster_files import read_roster_file
from simpsh.grade.exports.student_exceptions import read_exceptions
from simpsh.grade.reports.roster import deadline_of
from tests.grade.exports.course_exports import (
    DEADLINE,
    DOWNLOADED,
    EXPORTS,
    class_of,
    commit,
    with_password,
    zip_of,
)
from tests.harness.sh import run_command, write_program
from tests.support.needed_programs import require

NOW = datetime(2026, 11, 20, 12, 0)
PY = "print(1)\n"


def opened(tmp_path, files, roster="", name="export.zip", **more):
    """Open a zip of files, each with its time; the roster is text."""
    given = {path: each if isinstance(each, tuple) else (each, NOW) for path, each in files.items()}
    if roster:
        (tmp_path / "roster.csv").write_text(roster)
        more["roster_path"] = str(tmp_path / "roster.csv")
    deadline = DEADLINE.astimezone()
    path = str(zip_of(tmp_path / name, given))
    return open_export(path, str(tmp_path / "class"), deadline=deadline, **more)


def files_of(tmp_path):
    submissions = tmp_path / "class" / "submissions"
    return sorted(
        str(path.relative_to(submissions)) for path in submissions.rglob("*") if path.is_file()
    )


def students_of(result):
    hand_ins = result.folder.class_list.hand_ins
    return {name: [one.name for one in each.students] for name, each in hand_ins.items()}


@pytest.mark.parametrize("system", EXPORTS)
def test_an_export_of_30_is_recognised_with_students_and_times(tmp_path, system):
    works = class_of([(".py", PY)])
    export, roster = EXPORTS[system](tmp_path, works)
    deadline = DEADLINE.astimezone()
    result = open_export(str(export), str(tmp_path / "class"), str(roster or ""), deadline)
    assert result.folder.system == system
    assert result.unmatched == ()
    assert [note for note in result.notes if note.startswith(f"deadline: {deadline:%Y-%m-%d}")]
    class_list = result.folder.class_list
    hand_ins = [*class_list.hand_ins.values()]
    assert len(hand_ins) == 29
    assert [len(each.students) for each in hand_ins] == [1] * 29
    late = [class_list.describe(each.name) for each in hand_ins if each.lateness]
    assert len(late) == 1
    assert ("marked as late" if system == "canvas" else "1 h 05 min late by") in late[0]
    assert [one.name for one in class_list.absent()] == (
        [] if roster is None else ["O'Neill, Zoë" if system == "canvas" else "Zoë O'Neill"]
    )
    again = load_class(str(tmp_path / "class"))
    assert again.class_list.hand_ins == class_list.hand_ins
    assert files_of(tmp_path) == sorted(f"{name}/two-children.py" for name in class_list.hand_ins)


def test_times_come_from_the_archive_in_utc_if_it_has_them(tmp_path):
    late = DEADLINE + timedelta(hours=2)
    zip_of(tmp_path / "a.zip", {"ann.py": (PY, DEADLINE), "ben.py": (PY, late)})
    os.utime(tmp_path / "a.zip", (1, 1))
    result = open_export(str(tmp_path / "a.zip"), str(tmp_path / "class"))
    times = [each.time.replace(tzinfo=None) for each in result.folder.class_list.hand_ins.values()]
    assert times == [DEADLINE, late]
    copied = (tmp_path / "class/submissions/ben/ben.py").stat().st_mtime
    assert copied == pytest.approx(late.timestamp(), abs=2)
    # Info-ZIP adds the time in UTC.
    moment = int(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp())
    entry = zipfile.ZipInfo("cy.py", (1990, 1, 1, 0, 0, 0))
    entry.extra = struct.pack("<HHBi", 0x5455, 5, 1, moment)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as whole:
        whole.writestr(entry, PY)
    result = open_export(str(tmp_path / "b.zip"), str(tmp_path / "class"))
    assert result.folder.class_list.hand_ins["cy"].time.timestamp() == moment


@pytest.mark.parametrize("tool", ["python3 -m zipfile -e {} handed", "unzip -qD {} -d handed"])
def test_unpacking_makes_no_submission_late(tmp_path, tool):
    if tool.startswith("unzip"):
        require("unzip")
    export, sheet = EXPORTS["moodle"](tmp_path, class_of([(".py", PY)], 4))
    done = run_command(["sh", "-c", tool.format(f"'{export}'")], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    soon = datetime.now().astimezone() - timedelta(minutes=1)
    for roster, has_times in (("", False), (str(sheet), True)):
        result = open_export(str(tmp_path / "handed"), str(tmp_path / "class"), roster, soon)
        hand_ins = result.folder.class_list.hand_ins.values()
        assert [each.time is not None for each in hand_ins] == [has_times] * 3
        assert not any(each.lateness for each in hand_ins)


def test_the_time_of_a_download_makes_no_submission_late(tmp_path):
    folders = [f"Ann Roe_{id_}_assignsubmission_file/a.py" for id_ in (1, 2)]
    result = opened(tmp_path, dict.fromkeys(folders, (PY, DOWNLOADED)))
    assert not any(each.lateness for each in result.folder.class_list.hand_ins.values())
    assert "the zip records only the time of its download" in result.notes[1]
    # Times that differ are those of the submissions.
    result = opened(tmp_path, {folders[0]: (PY, NOW), folders[1]: (PY, DOWNLOADED)})
    late = [each.lateness for each in result.folder.class_list.hand_ins.values()]
    assert late == ["", "33 h 31 min late by the archive"]


CANVAS_ROSTER = (
    'Student,ID,SIS Login ID,Section,Lab (7)\n"Points Possible",,,,10\n"Doe, Jane",101,jd,A,\n'
    '"Roe_102, Ann",555,ar,A,\n"Poe, Max",102,mp,A,\n'
)


@pytest.mark.parametrize(
    ("files", "roster", "expected"),
    [
        # A student's own file name comes after the id and is ignored.
        ({"doejane_101_9001_102_9002_two.py": PY}, "", {"101": ["doejane"]}),
        ({"doejane_LATE_101_9001_LATE_102_7_x.c": PY}, CANVAS_ROSTER, {"101": ["Doe, Jane"]}),
        # A student's name may look like an id; the gradebook has the name.
        ({"roe_102ann_555_9001_a.py": PY}, CANVAS_ROSTER, {"555": ["Roe_102, Ann"]}),
        ({"anon_ab1Cd_9001_a.py": PY}, "", {"anon_ab1Cd": [""]}),
        ({"doejane_101_text.html": PY, "poemax_102_9_a.py": PY}, "", {"101": None, "102": None}),
        (
            {"Jane Doe_4711_assignsubmission_file_x_4712_assignsubmission_file_y.c": PY},
            "",
            {"4711": ["Jane Doe"]},
        ),
        ({"Jane 4712 Doe_4711_assignsubmission_file_/d/a_1_2_b.py": PY}, "", {"4711": None}),
        (
            {"Homework 1_jdoe_attempt_2026-11-24-23-59-00_x_attempt_2020-01-01-00-00-00_y.c": PY},
            "",
            {"jdoe": [""]},
        ),
        (
            {"My_Lab_j_doe_attempt_2026-11-24-23-59-00_a.c": PY},
            "Last Name,First Name,Username,Lab [Total Pts: 10 Score] |7\nDoe,Jane,j_doe,\n",
            {"j_doe": ["Jane Doe"]},
        ),
        # The roster must have the name and the id, as neither alone is more than a file's name.
        (
            {"Ann Lee_12_two_3_x.py": PY, "Bo_13_a.py": PY, "lab_12_b.py": PY},
            "id,name\n12,Ann Lee\n13,Bo Li\n",
            {"12": ["Ann Lee"], "Bo_13_a": [], "lab_12_b": []},
        ),
        ({"ann.py": PY, "ben/two.c": PY, "10_ann.py": PY}, "id,name\nann,Ann\nben,Ben\n", None),
    ],
)
def test_the_id_field_of_the_system_decides(tmp_path, files, roster, expected):
    result = opened(tmp_path, files, roster)
    students = students_of(result)
    if expected is None:
        assert students == {"10_ann": [], "ann": ["Ann"], "ben": ["Ben"]}
        assert result.unmatched == ("10_ann: not in the roster",)
        assert next(report_opening(result)) == "not matched:"
        return
    assert {*students} == {*expected}
    for id_, names in expected.items():
        assert names is None or students[id_] == names


def test_several_files_of_a_student_are_one_submission(tmp_path):
    files = {"doejane_101_9002_Makefile": PY, "doejane_101_9001_two.c": PY}
    opened(tmp_path, files)
    assert files_of(tmp_path) == ["101/Makefile", "101/two.c"]


def test_the_last_attempt_counts_and_the_others_are_listed(tmp_path):
    attempt = "Lab_jdoe_attempt_2026-11-{}-10-00-00{}"
    files = {attempt.format(day, "_a.py"): f"# {day}\n" for day in (20, 22, 21)}
    files |= {attempt.format(day, ".txt"): "Name: Jane\n" for day in (20, 22, 21)}
    result = opened(tmp_path, files)
    assert (tmp_path / "class/submissions/jdoe/a.py").read_text() == "# 22\n"
    assert [words.partition(": ")[0] for words in result.unmatched] == ["jdoe", "jdoe"]
    hand_in = result.folder.class_list.hand_ins["jdoe"]
    assert hand_in.time.replace(tzinfo=None) == datetime(2026, 11, 22, 10)


def gradescope(*entries):
    text = ""
    for number, time, *names in entries:
        text += f"submission_{number}:\n  :submitters:\n"
        for name in names:
            text += f"  - :name: {name}\n    :sid: '{name}9'\n    :email: {name.lower()}@x.org\n"
        text += f"  :created_at: {time}\n"
    files = {f"a_export/submission_{entry[0]}/two.py": PY for entry in entries}
    return files | {"a_export/submission_metadata.yml": text}


def test_gradescopes_metadata_name_students_times_and_the_last_submission(tmp_path):
    early, late = "2026-11-20 10:00:00.000000000 Z", "2026-11-25 08:00:00.5 -08:00"
    files = gradescope((1, early, "Ann", "Ben"), (2, late, "Cy"), (3, early, "Cy"))
    result = opened(
        tmp_path, files, "First Name,Last Name,SID,Email\nAnn,A,Ann9,\nB,B,,ben@x.org\n"
    )
    assert students_of(result) == {"submission_1": ["Ann A", "B B"], "submission_2": []}
    assert sorted(result.unmatched) == [
        "submission_2 (Cy): not in the roster",
        "submission_3: submission_2 of Cy is later",
    ]
    result = opened(tmp_path, files)
    assert students_of(result) == {"submission_1": ["Ann", "Ben"], "submission_2": ["Cy"]}
    words = result.folder.class_list.describe("submission_2")
    assert words == "Cy, 16 h 01 min late by Gradescope's record"
    with pytest.raises(UsageProblem, match="submission_1 and submission_4 are both from Ben"):
        opened(tmp_path, gradescope((1, early, "Ann", "Ben"), (4, late, "Ben", "Cy")))
    bad = {**gradescope((1, early, "Ann")), "a_export/submission_metadata.yml": "a: [1\n"}
    with pytest.raises(UsageProblem, match="this is no YAML"):
        opened(tmp_path, bad)


def test_teams_are_read_from_moodle_github_and_a_custom_roster(tmp_path):
    sheet = (
        "Identifier,Full name,Status,Group,Grade,Maximum grade,Last modified (submission)\n"
        'Participant 7,Jane Doe,x,Night Owls/1,,10,"Monday, November 23, 2026, 9:00 PM"\n'
        "Participant 8,Max Roe,x,Night Owls/1,,10,-\nParticipant 57,Cy,x,Bats,,10,-\n"
    )
    # A group and a participant may have the same number.
    files = {"Night Owls1_57_assignsubmission_file/two.py": PY}
    result = opened(tmp_path, files, sheet)
    assert students_of(result) == {"57": ["Jane Doe", "Max Roe"]}
    assert [one.name for one in result.folder.class_list.absent()] == ["Cy"]
    grades = (
        "assignment_name,github_username,roster_identifier,student_repository_name,"
        "submission_timestamp,group_name\nLab,jane,S1,lab-owls,2026-11-25T00:00:00Z,owls\n"
        "Lab,max,S2,lab-owls,2026-11-25T00:00:00Z,owls\n"
    )
    (tmp_path / "roster.csv").write_text(grades)
    commit(tmp_path / "clones" / "lab-owls", {"two.py": PY}, NOW)
    where = (str(tmp_path / "clones"), str(tmp_path / "class"), str(tmp_path / "roster.csv"))
    result = open_export(*where, DEADLINE.astimezone())
    (hand_in,) = result.folder.class_list.hand_ins.values()
    assert [one.id for one in hand_in.students] == ["jane", "max"]
    assert hand_in.clock == "GitHub's record"
    # A team's name or any member's id is the id of the submission; a group is only shown.
    roster = "id;name;group;team\nann;Ann;B;owls\nben;Ben;B;owls\ncy;Cy;B;\ndi;Di;;bats\n"
    result = opened(tmp_path, {"owls.py": PY, "di.py": PY}, roster)
    assert students_of(result) == {"di": ["Di"], "owls": ["Ann", "Ben"]}
    assert [one.name for one in result.folder.class_list.absent()] == ["Cy"]
    with pytest.raises(UsageProblem, match="owls and ben are both from"):
        opened(tmp_path, {"owls.py": PY, "ben.py": PY}, roster)
    # Canvas gives a team the id of one member, and its own name; Blackboard its name.
    files = {"nightowls_LATE_101_9001_two.py": PY, "bats_103_9003_two.py": PY}
    roster = "id,name,team\n101,Ann,Night Owls\n102,Ben,Night Owls\n103,Cy,Bats\n104,Di,Bats\n"
    result = opened(tmp_path, files, roster)
    assert students_of(result) == {"101": ["Ann", "Ben"], "103": ["Cy", "Di"]}
    files = {"Lab_Night Owls_attempt_2026-11-24-20-00-00_two.py": PY}
    roster = "id,name,team\nann,Ann,Night Owls\nben,Ben,Night Owls\n"
    assert students_of(opened(tmp_path, files, roster)) == {"Night-Owls": ["Ann", "Ben"]}


@pytest.mark.parametrize(
    ("time", "words"),
    [
        # The deadline is local; winter time begins that night in Berlin.
        ("2026-10-25 01:59:59.000 Z", ""),
        ("2026-10-25 02:00:20.000 Z", "20 s late by Gradescope's record"),
        ("2026-10-24 18:01:00.5 -08:00", "0 h 01 min late by Gradescope's record"),
        ("2026-10-25 03:30:00.000 Z", "1 h 30 min late by Gradescope's record"),
    ],
)
def test_lateness_is_to_the_second_in_any_time_zone(tmp_path, monkeypatch, time, words):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    clock.tzset()
    try:
        export = zip_of(
            tmp_path / "a.zip",
            {path: (text, NOW) for path, text in gradescope((1, time, "Ann")).items()},
        )
        deadline = deadline_of("2026-10-25T03:00")
        result = open_export(str(export), str(tmp_path / "class"), deadline=deadline)
        assert result.folder.class_list.lateness("submission_1") == words
        assert deadline_of("2026-10-25").isoformat() == "2026-10-25T23:59:59.999999+01:00"
    finally:
        monkeypatch.undo()
        clock.tzset()


def test_a_login_may_have_hyphens_like_the_assignments_name(tmp_path):
    clones = tmp_path / "two-children-submissions"
    for login in ("jane-doe", "jane-roe"):
        commit(clones / f"two-children-{login}", {"two.py": PY}, NOW)
    result = open_export(str(clones), str(tmp_path / "class"))
    assert {*result.folder.class_list.hand_ins} == {"jane-doe", "jane-roe"}
    clones.rename(tmp_path / "elsewhere")
    (tmp_path / "r.csv").write_text("github_username,name\njane-doe,Jane\njane-roe,Ann\n")
    where = (str(tmp_path / "elsewhere"), str(tmp_path / "class"), str(tmp_path / "r.csv"))
    assert students_of(open_export(*where)) == {"jane-doe": ["Jane"], "jane-roe": ["Ann"]}


def test_a_repository_runs_nothing_and_a_packed_one_has_its_time(tmp_path):
    clone = tmp_path / "lab-submissions" / "lab-jane"
    commit(clone, {"two.py": PY}, NOW)
    trap = f"touch {tmp_path}/ran"
    with open(clone / ".git/config", "a", encoding="utf-8") as config:
        config.write(f'[core]\n\tfsmonitor = "{trap}"\n\tpager = "{trap}"\n')
        config.write(f'[alias]\n\tcat-file = "!{trap}"\n[include]\n\tpath = /dev/zero\n')
    assert run_command(["git", "-C", clone, "gc", "-q"]).returncode != 77
    run_command(["git", "--git-dir", clone / ".git", "-c", "core.fsmonitor=", "gc", "-q"])
    (tmp_path / "ran").unlink(missing_ok=True)
    result = open_export(str(clone.parent), str(tmp_path / "class"))
    (hand_in,) = result.folder.class_list.hand_ins.values()
    assert hand_in.time.timestamp() == NOW.timestamp()
    assert not (tmp_path / "ran").exists()
    assert files_of(tmp_path) == ["jane/two.py"]


def test_paths_that_leave_the_export_are_skipped_and_listed(tmp_path):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as whole:
        for name in ("../../out.py", "/tmp/absolute.py", "ann/../../../out.py", "ann.py"):
            whole.writestr(name, PY)
        link = zipfile.ZipInfo("ben/two.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        whole.writestr(link, "/etc/passwd")
        for name in ("cy", "cy/two.py"):
            whole.writestr(name, PY)
    before = {*tmp_path.rglob("*")}
    result = open_export(str(tmp_path / "evil.zip"), str(tmp_path / "class"))
    assert files_of(tmp_path)[:1] == ["ann/ann.py"]
    new = {*tmp_path.rglob("*")} - before
    assert all(path.is_relative_to(tmp_path / "class") for path in new)
    assert not Path("/tmp/absolute.py").exists()
    reasons = " ".join(result.unmatched)
    for words in ("../../out.py: it leads out", "/tmp/absolute.py: it", "two.py: it is a symbolic"):
        assert words in reasons


def test_paths_of_windows_and_paths_with_dots_name_the_same_students(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as whole:
        for name in ("ann\\two.py", "ben\\src\\two.c", "C:\\cy\\two.py", "..\\out.py", "eve\\"):
            entry = zipfile.ZipInfo("x")
            entry.create_system, entry.filename = 0, name
            whole.writestr(entry, PY)
        for name in ("./dan//two.py", "fay\\two.py"):
            whole.writestr(name, PY)
    result = open_export(str(tmp_path / "a.zip"), str(tmp_path / "class"))
    # On Unix, a name may contain a backslash.
    names = ["ann/two.py", "ben/src/two.c", "dan/two.py", "fay-two/fay\\two.py"]
    assert files_of(tmp_path) == names
    assert sorted(result.unmatched) == [
        "../out.py: it leads out of the export",
        "C:/cy/two.py: it leads out of the export",
        "eve: its folder is empty",
    ]


@pytest.mark.parametrize("is_zip", [True, False])
def test_a_name_of_a_mac_is_that_of_the_roster(tmp_path, is_zip):
    mac, usual = "Ju\u0308rgen", "J\xfcrgen"
    files = {f"{mac}/two.py": PY, f"{usual}/notes.txt": "x"}
    if is_zip:
        result = opened(tmp_path, files, f"id,name\n{usual},J.\n{mac[:-1]},K.\n")
    else:
        for name, text in files.items():
            write_program(tmp_path / "handed" / name, text)
        (tmp_path / "roster.csv").write_text(f"id,name\n{mac},J.\n")
        roster = str(tmp_path / "roster.csv")
        result = open_export(str(tmp_path / "handed"), str(tmp_path / "class"), roster)
    assert students_of(result) == {usual: ["J."]}
    assert files_of(tmp_path) == [f"{usual}/notes.txt", f"{usual}/two.py"]
    (tmp_path / "more.csv").write_text(f"id,extra\n{mac},2 h\n")
    (row,) = read_exceptions(str(tmp_path / "more.csv"))
    assert row.is_of(result.folder.class_list.hand_ins[usual])


def test_a_zip_with_a_password_is_refused_in_one_line(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"ann.py": (PY, NOW)})
    path.write_bytes(with_password(path.read_bytes()))
    with pytest.raises(UsageProblem, match=r"ann\.py needs a password; give the unpacked folder"):
        open_export(str(path), str(tmp_path / "class"))


def test_a_bomb_and_a_damaged_zip_are_refused_in_one_line(tmp_path, monkeypatch):
    zeros = {f"s{number}.py": bytes(1 << 20) for number in range(8)}
    whole = zip_of(tmp_path / "bomb.zip", {name: (text, NOW) for name, text in zeros.items()})
    monkeypatch.setattr(export_files, "MOST_BYTES", 4 << 20)
    with pytest.raises(UsageProblem, match=r"unpacked it has 8 files and 8 MiB; .* are accepted"):
        open_export(str(whole), str(tmp_path / "class"))
    monkeypatch.undo()
    monkeypatch.setattr(export_files, "MOST_FILES", 7)
    with pytest.raises(UsageProblem, match="7 files and"):
        open_export(str(whole), str(tmp_path / "class"))
    monkeypatch.undo()
    data = bytearray(whole.read_bytes())
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    data[80] ^= 0xFF
    (tmp_path / "broken.zip").write_bytes(data)
    (tmp_path / "no.zip").write_text("text")
    for name in ("cut.zip", "broken.zip", "no.zip", "missing.zip"):
        with pytest.raises(SimpshError) as refusal:
            open_export(str(tmp_path / name), str(tmp_path / "class"))
        assert name in str(refusal.value)
        assert "\n" not in str(refusal.value)
        assert not (tmp_path / "class" / "class.json").exists()


def test_a_second_export_replaces_the_first_and_leaves_other_folders_alone(tmp_path):
    opened(tmp_path, {"ann.py": PY})
    (tmp_path / "class" / "results").mkdir()
    (tmp_path / "class" / "results" / "ann.json").write_text("{}")
    with pytest.raises(UsageProblem):
        opened(tmp_path, {"ann.py": PY, "ann.c": PY})
    assert files_of(tmp_path) == ["ann/ann.py"]
    opened(tmp_path, {"ben.py": PY})
    assert files_of(tmp_path) == ["ben/ben.py"]
    assert (tmp_path / "class" / "results" / "ann.json").exists()
    assert {path.name for path in (tmp_path / "class").iterdir()} == {
        "class.json",
        "results",
        "submissions",
    }
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "submissions").write_text("precious")
    for folder in ("mine", "handed/class"):
        (tmp_path / "handed").mkdir(exist_ok=True)
        (tmp_path / "handed" / "ann.py").write_text(PY)
        with pytest.raises(UsageProblem, match="name another"):
            open_export(str(tmp_path / "handed"), str(tmp_path / folder))
    assert (tmp_path / "mine" / "submissions").read_text() == "precious"


def test_names_in_utf_8_without_the_flag_are_read(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as whole:
        whole.writestr("Jörg_7_assignsubmission_file/two.py", PY)
    data = buffer.getvalue().replace(b"\x14\x00\x00\x08", b"\x14\x00\x00\x00")
    (tmp_path / "a.zip").write_bytes(data)
    result = open_export(str(tmp_path / "a.zip"), str(tmp_path / "class"))
    assert students_of(result) == {"7": ["Jörg"]}


WORKSHEET = """\
{id},Status,{grade},{most},Can be changed,{time},Last modified (grade),{words}
{who} 4000,Submitted,,10.00,Yes,"Tuesday, 24 November 2026, 11:40 PM",-,
{who} 4001,Submitted,,10.00,Yes,"Wednesday, 25 November 2026, 12:05 AM",-,
{who} 4002,No submission,,10.00,Yes,-,-,
"""
ENGLISH = {
    "id": "Identifier",
    "grade": "Grade",
    "most": "Maximum grade",
    "who": "Participant",
    "time": "Last modified (submission)",
    "words": "Feedback comments",
}
GERMAN = {
    "id": "ID",
    "grade": "Bewertung",
    "most": "Bestwertung",
    "who": "Teilnehmer/in",
    "time": "Zuletzt ge\u00e4ndert (Abgabe)",
    "words": "Feedback als Kommentar",
}


@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=["English", "German"])
@pytest.mark.parametrize("has_names", [False, True])
def test_an_anonymous_or_translated_worksheet_is_read(tmp_path, words, has_names):
    text = WORKSHEET.format(**words)
    if has_names:
        names = iter(["Name", "Ann Lee", "Bo Li", "Cy Ho"])
        text = "".join(
            line.replace(",", f",{next(names)},", 1) for line in text.splitlines(keepends=True)
        )
    (tmp_path / "w.csv").write_text(text)
    roster = read_roster_file(str(tmp_path / "w.csv"))
    assert roster.system == "moodle"
    assert [each.student.id for each in roster.listed] == ["4000", "4001", "4002"]
    assert roster.listed[0].student.name == ("Ann Lee" if has_names else "")
    assert [each.time is not None for each in roster.listed] == [True, True, False]
    shift = int(has_names)
    columns = ("grade", "maximum grade", "feedback comments")
    assert [roster.column(name) for name in columns] == [2 + shift, 3 + shift, 7 + shift]
    assert roster.header[2 + shift] == words["grade"]


def test_exceptions_of_single_students_are_rows_of_a_file(tmp_path):
    for name in ("ann", "ben", "cy"):
        (tmp_path / "s" / name).mkdir(parents=True)
        (tmp_path / "s" / name / "two.c").write_text(name)
        os.utime(tmp_path / "s" / name / "two.c", (DEADLINE.timestamp() + 3600,) * 2)
    (tmp_path / "late.c").write_text("later")
    (tmp_path / "r.csv").write_text("id,name\nann,A\nben,B\ncy,C\ndi,D\n")
    rows = "id,extra,deadline,submission,handed_in\nann,2 h,,,\n"
    moment = (DEADLINE + timedelta(minutes=5)).astimezone().isoformat()
    rows += f"ben,,,late.c,{moment}\ndi,,,late.c,{moment}\n"
    (tmp_path / "x.csv").write_text(rows)

    def open_with(text=rows):
        (tmp_path / "x.csv").write_text(text)
        given = read_exceptions(str(tmp_path / "x.csv"))
        return open_export(
            *(str(tmp_path / "s"), str(tmp_path / "class"), str(tmp_path / "r.csv")),
            DEADLINE.astimezone(),
            exceptions=given,
        )

    found = open_with().folder.class_list.hand_ins
    assert [found[name].late_seconds for name in ("ann", "ben", "cy", "di")] == [0, 300, 3600, 300]
    folder = tmp_path / "class" / "submissions"
    assert (folder / "ben" / "late.c").read_text() == (folder / "di" / "late.c").read_text()
    assert not (folder / "ben" / "two.c").exists()
    assert load_class(str(tmp_path / "class")).class_list.hand_ins["ben"].late_seconds == 300
