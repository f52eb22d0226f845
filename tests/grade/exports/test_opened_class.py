"""Exports are recognised, matched with students by ids, and unpack nothing outside."""

import io
import stat
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.grade.exports import export_files
from simpsh.grade.exports.opened_class import open_class
from simpsh.grade.exports.roster_files import read_roster_file
from tests.grade.exports.course_exports import EXPORTS, class_of, with_password, zip_of
from tests.harness.sh import write_program

NOW = datetime(2026, 11, 20, 12, 0)
PY = "print(1)\n"


def opened(tmp_path, files, roster="", name="export.zip"):
    """Open a zip of files, each with its time; the roster is text."""
    given = {path: each if isinstance(each, tuple) else (each, NOW) for path, each in files.items()}
    path = str(zip_of(tmp_path / name, given))
    listed = tmp_path / "roster.csv" if roster else ""
    if listed:
        listed.write_text(roster)
    return open_class(path, str(tmp_path / "of"), str(listed))


def files_of(tmp_path):
    folder = tmp_path / "of"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def students_of(result):
    hand_ins = result.class_list.hand_ins
    return {name: [one.name for one in each.students] for name, each in hand_ins.items()}


@pytest.mark.parametrize("system", EXPORTS)
def test_an_export_of_30_is_recognised_with_its_students(tmp_path, system):
    export, roster = EXPORTS[system](tmp_path, class_of([(".py", PY)]))
    result = open_class(str(export), str(tmp_path / "of"), str(roster))
    assert result.system == system
    class_list = result.class_list
    names = [*class_list.hand_ins]
    assert len(names) == len(result.submissions) == 29
    assert [len(each.students) for each in class_list.hand_ins.values()] == [1] * 29
    absent = "O'Neill, Zoë" if system == "canvas" else "Zoë O'Neill"
    assert [student.name for student in class_list.absent()] == [absent]
    assert result.notes == ()
    assert files_of(tmp_path) == sorted(f"{name}/two-children.py" for name in names)


def test_a_folder_is_judged_where_it_is_and_a_student_is_a_name_without_its_ending(tmp_path):
    for name in ("ann.c.txt", "ben/two.c", "README.txt", "Thumbs.db"):
        write_program(tmp_path / "s" / name, "x")
    bare = open_class(str(tmp_path / "s"), str(tmp_path / "of"))
    assert [each.name for each in bare.submissions] == ["ann.c.txt", "ben"]
    assert bare.notes == ("README.txt: no submission by its name",)
    assert (bare.system, (tmp_path / "of").exists()) == ("", False)
    (tmp_path / "r.csv").write_text("id,name\nann,Ann\nben,Ben\ncy,Cy\n")
    listed = open_class(str(tmp_path / "s"), str(tmp_path / "of"), str(tmp_path / "r.csv"))
    assert students_of(listed) == {"ann.c.txt": ["Ann"], "ben": ["Ben"]}
    # A single file is one submission.
    (one,) = open_class(str(tmp_path / "s/ann.c.txt"), str(tmp_path / "of")).submissions
    assert (one.name, one.path) == ("ann.c.txt", str((tmp_path / "s/ann.c.txt").resolve()))


def test_teams_hand_in_once_under_their_name_or_a_members_id(tmp_path):
    sheet = (
        "Identifier,Full name,Status,Group,Grade,Maximum grade,Last modified (submission)\n"
        'Participant 7,Jane Doe,x,Night Owls/1,,10,"Monday, November 23, 2026, 9:00 PM"\n'
        "Participant 8,Max Roe,x,Night Owls/1,,10,-\nParticipant 57,Cy,x,Bats,,10,-\n"
    )
    # A group and a participant may have the same number.
    files = {"Night Owls1_57_assignsubmission_file/two.py": PY}
    result = opened(tmp_path, files, sheet)
    assert students_of(result) == {"57": ["Jane Doe", "Max Roe"]}
    assert [one.name for one in result.class_list.absent()] == ["Cy"]
    # Older versions of Moodle have a copy for each member, after the team's name.
    files = {
        f"Night Owls1-{name}_{number}_assignsubmission_file_{path}": PY
        for name, number, path in (("Jane Doe", 7, "two.py"), ("Max Roe", 8, "/two.py"))
    }
    assert students_of(opened(tmp_path, files, sheet)) == {"7": ["Jane Doe"], "8": ["Max Roe"]}
    roster = "id;name;team\nann;Ann;owls\nben;Ben;owls\ncy;Cy;\ndi;Di;bats\n"
    result = opened(tmp_path, {"owls.py": PY, "di.py": PY}, roster)
    assert students_of(result) == {"di.py": ["Di"], "owls.py": ["Ann", "Ben"]}
    assert [one.name for one in result.class_list.absent()] == ["Cy"]
    with pytest.raises(UsageProblem, match=r"are both from \w+ \(ben.py and owls.py\)"):
        opened(tmp_path, {"owls.py": PY, "ben.py": PY}, roster)
    # Canvas gives a team the id of one member, and its own name.
    files = {"nightowls_LATE_101_9001_two.py": PY, "bats_103_9003_two.py": PY}
    roster = "id,name,team\n101,Ann,Night Owls\n102,Ben,Night Owls\n103,Cy,Bats\n104,Di,Bats\n"
    assert students_of(opened(tmp_path, files, roster)) == {
        "101": ["Ann", "Ben"],
        "103": ["Cy", "Di"],
    }


def test_a_second_export_replaces_the_first_and_an_error_changes_nothing(tmp_path):
    opened(tmp_path, {"ann_1_2_two.py": PY})
    with pytest.raises(UsageProblem):
        opened(tmp_path, {"ann_1_2_two.py": PY, "ben_1_3_two.py": PY})
    assert files_of(tmp_path) == ["1/two.py"]
    opened(tmp_path, {"ben.py": PY})
    assert files_of(tmp_path) == ["ben.py"]


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
        ({"roe_102ann_555_9001_a.py": PY}, CANVAS_ROSTER, {"555": ["Roe_102, Ann"]}),
        ({"anon_ab1Cd_9001_a.py": PY}, "", {"anon_ab1Cd": [""]}),
        ({"doejane_101_text.html": PY, "poemax_102_9_a.py": PY}, "", {"101": None, "102": None}),
        (
            {"Jane Doe_4711_assignsubmission_file_x_4712_assignsubmission_file_y.c": PY},
            "",
            {"4711": ["Jane Doe"]},
        ),
        ({"Jane 4712 Doe_4711_assignsubmission_file_/d/a_1_2_b.py": PY}, "", {"4711": None}),
        ({"ann.py": PY, "ben/two.c": PY, "10_ann.py": PY}, "id,name\nann,Ann\nben,Ben\n", None),
    ],
)
def test_the_id_field_of_the_system_decides(tmp_path, files, roster, expected):
    result = opened(tmp_path, files, roster)
    students = students_of(result)
    if expected is None:
        assert students == {"10_ann.py": [], "ann.py": ["Ann"], "ben": ["Ben"]}
        assert result.notes == ("10_ann: not in the roster",)
        return
    assert {*students} == {*expected}
    for id_, names in expected.items():
        assert names is None or students[id_] == names


def test_several_files_of_a_student_are_one_submission(tmp_path):
    files = {"doejane_101_9002_Makefile": PY, "doejane_101_9001_two.c": PY}
    opened(tmp_path, files)
    assert files_of(tmp_path) == ["101/Makefile", "101/two.c"]


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
    result = open_class(str(tmp_path / "evil.zip"), str(tmp_path / "of"))
    assert files_of(tmp_path)[:1] == ["ann.py"]
    new = {*tmp_path.rglob("*")} - before
    assert all(path.is_relative_to(tmp_path / "of") for path in new)
    assert not Path("/tmp/absolute.py").exists()
    reasons = " ".join(result.notes)
    for words in ("../../out.py", "/tmp/absolute.py"):
        assert f"'{words}' was left out: it leads out of the archive" in reasons
    assert "'ben/two.py' was left out: it is a link or a device" in reasons


def test_paths_of_windows_and_paths_with_dots_name_the_same_students(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as whole:
        for name in ("ann\\two.py", "ben\\src\\two.c", "C:\\cy\\two.py", "..\\out.py", "eve\\"):
            entry = zipfile.ZipInfo("x")
            entry.create_system, entry.filename = 0, name
            whole.writestr(entry, PY)
        for name in ("./dan//two.py", "fay\\two.py"):
            whole.writestr(name, PY)
    result = open_class(str(tmp_path / "a.zip"), str(tmp_path / "of"))
    # On Unix, a name may contain a backslash.
    names = ["ann/two.py", "ben/src/two.c", "dan/two.py", "fay\\two.py"]
    assert files_of(tmp_path) == names
    assert sorted(result.notes) == [
        "'../out.py' was left out: it leads out of the archive",
        "'/C:/cy/two.py' was left out: it leads out of the archive",
    ]


def test_a_name_of_a_mac_matches_the_roster(tmp_path):
    mac, usual = "Ju\u0308rgen", "J\xfcrgen"
    files = {f"{mac}/two.py": PY, f"{usual}/notes.txt": "x"}
    result = opened(tmp_path, files, f"id,name\n{usual},J.\n{mac[:-1]},K.\n")
    assert students_of(result) == {usual: ["J."]}
    assert files_of(tmp_path) == [f"{usual}/notes.txt", f"{usual}/two.py"]
    write_program(tmp_path / "handed" / mac / "two.py", PY)
    (tmp_path / "r.csv").write_text(f"id,name\n{usual},J.\n")
    result = open_class(str(tmp_path / "handed"), "", str(tmp_path / "r.csv"))
    assert students_of(result) == {mac: ["J."]}


def test_a_zip_with_a_password_is_refused_in_one_line(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"ann.py": (PY, NOW)})
    path.write_bytes(with_password(path.read_bytes()))
    with pytest.raises(UsageProblem, match=r"it needs a password; .*the unpacked folder"):
        open_class(str(path), str(tmp_path / "of"))


def test_a_bomb_and_a_damaged_zip_are_refused_in_one_line(tmp_path, monkeypatch):
    zeros = {f"s{number}.py": bytes(1 << 20) for number in range(8)}
    whole = zip_of(tmp_path / "bomb.zip", {name: (text, NOW) for name, text in zeros.items()})
    monkeypatch.setattr(export_files, "MOST_BYTES", 4 << 20)
    with pytest.raises(UsageProblem, match=r"unpacked it has more than 4 MiB"):
        open_class(str(whole), str(tmp_path / "of"))
    monkeypatch.undo()
    monkeypatch.setattr(export_files, "MOST_FILES", 7)
    with pytest.raises(UsageProblem, match="more than 7 files"):
        open_class(str(whole), str(tmp_path / "of"))
    monkeypatch.undo()
    data = bytearray(whole.read_bytes())
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    data[80] ^= 0xFF
    (tmp_path / "broken.zip").write_bytes(data)
    (tmp_path / "no.zip").write_text("text")
    for name in ("cut.zip", "broken.zip", "no.zip", "missing.zip"):
        with pytest.raises(SimpshError) as refusal:
            open_class(str(tmp_path / name), str(tmp_path / "of"))
        assert name in str(refusal.value)
        assert "\n" not in str(refusal.value)
        assert not (tmp_path / "of").exists()


def test_names_in_utf_8_without_the_flag_are_read(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as whole:
        whole.writestr("Jörg_7_assignsubmission_file/two.py", PY)
    data = buffer.getvalue().replace(b"\x14\x00\x00\x08", b"\x14\x00\x00\x00")
    (tmp_path / "a.zip").write_bytes(data)
    result = open_class(str(tmp_path / "a.zip"), str(tmp_path / "of"))
    assert students_of(result) == {"7": ["Jörg"]}


@pytest.mark.parametrize("name", ["", ",Full name"])
def test_a_worksheet_is_read_if_it_is_anonymous_or_has_no_comments(tmp_path, name):
    columns = ("Identifier" + name, "Status", "Grade", "Maximum grade", "Last modified (grade)")
    row = f"Participant 4000{',Ann Lee' if name else ''},Submitted,,10.00,-"
    for more, place in (("", -1), (",Feedback comments", 5 + bool(name))):
        (tmp_path / "w.csv").write_text(f"{','.join(columns)}{more}\n{row}{more and ','}\n")
        roster = read_roster_file(str(tmp_path / "w.csv"))
        assert roster.system == "moodle"
        [student] = roster.students
        assert (student.id, student.name) == ("4000", "Ann Lee" if name else "")
        assert roster.column("feedback comments") == place
