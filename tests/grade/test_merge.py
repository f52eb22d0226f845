"""Results of several machines become one table, or one line gives the reason why not."""

from __future__ import annotations

import os

import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.file_store import NotTrusted
from simpsh.base.record import changed
from simpsh.grade.classes.submissions import part_of
from simpsh.grade.reports.class_results import (
    FORM,
    OtherVersion,
    Result,
    class_report,
    earlier,
    load,
    load_all,
    merged,
    path_of,
    save,
    stored,
)
from simpsh.grade.reports.grade_marks import GradedCheck, Mark
from tests.grade.confinement import GRADE
from tests.harness.sh import run_command


def result(name, points=(1, 0), *, task="Lab", key="k", problem=""):
    checks = tuple(
        GradedCheck(f"check {index}", 1, "" if point else "it did not", f"c{index}")
        for index, point in enumerate(points)
    )
    return Result(name, key, task, (Mark("one", "One", checks),), problem, ("it printed 9 MiB",))


def test_a_result_survives_a_round_trip_to_its_file(tmp_path):
    for name in ("alice", "Zoë & co.", "a" * 300, "new\nline", "\udcff"):
        save(result(name), str(tmp_path))
        assert load(path_of(str(tmp_path), name)) == result(name)
    assert len(load_all([str(tmp_path)], pytest.fail)) == 5


def test_an_invalid_result_is_reported_in_one_line_and_judged_again(tmp_path):
    save(result("good"), str(tmp_path))
    endless = (tmp_path / "good.json").read_text().replace('"points": 1,', '"points": 1e999,')
    bad = [endless, "", "{}", "[]", f'{{"form": {FORM}}}', '{"form": "new"}', "null", "[" * 200_000]
    for number, text in enumerate(bad):
        (tmp_path / f"{number}.json").write_text(text)
    os.mkfifo(tmp_path / "fifo.json")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    (tmp_path / "folder.json").mkdir()
    for name in map(str, range(len(bad))):
        with pytest.raises(SimpshError, match=rf"{name}.json: this is not a result .*; remove it"):
            load(path_of(str(tmp_path), name))
        assert earlier(str(tmp_path), name, "k") is None
    for name in ("fifo", "device", "folder"):
        with pytest.raises(NotTrusted, match=rf"{name}.json: it is not a regular file"):
            earlier(str(tmp_path), name, "k")


def test_a_result_of_another_version_is_named_and_not_replaced(tmp_path):
    save(result("old"), str(tmp_path))
    path = tmp_path / "old.json"
    path.write_text(path.read_text().replace(f'"form": {FORM},', f'"form": {FORM - 1},'))
    with pytest.raises(OtherVersion, match=r"old\.json: another version .* with -o DIR"):
        stored(str(tmp_path), "old")
    complaints = []
    assert load_all([str(tmp_path)], complaints.append) == []
    assert len(complaints) == 1


def test_results_that_do_not_belong_together_are_refused():
    with pytest.raises(UsageProblem, match="different tasks: Lab, Quiz"):
        merged([result("a"), result("b", task="Quiz")])
    with pytest.raises(UsageProblem, match="a has two results that differ"):
        merged([result("a"), result("a", (1, 1))])
    with pytest.raises(UsageProblem, match="there are no results"):
        merged([])
    with pytest.raises(UsageProblem, match="for one submission"):
        class_report([result("a"), result("b")], "gradescope")


def test_parts_cover_everything_once():
    for count in (0, 1, 7, 200):
        for parts in (1, 2, 3, 50):
            found = [n for part in range(1, parts + 1) for n in part_of(count, f"{part}/{parts}")]
            assert sorted(found) == list(range(count))


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "/", "a/b", "-1/2", "", "²/3", "1/३"])
def test_an_invalid_part_is_refused(part):
    with pytest.raises(UsageProblem, match="it is K/N"):
        part_of(3, part)


def test_no_name_or_output_can_break_the_table_or_command_a_terminal_or_spreadsheet():
    evil = result("=cmd()\n\x1b[2J", problem="it\x1b[31m\nbroke")
    text = class_report([evil])
    assert "\x1b" not in text
    assert len(text.splitlines()) == 5
    assert class_report([evil], "csv").splitlines()[1].startswith("'=cmd()\\n\\x1b[2J,1,2,")
    wide = class_report([result("\uff1dcmd()")], "csv")
    assert wide.splitlines()[1].startswith("'\uff1dcmd(),1,2,")
    for form in ("text", "csv", "json"):
        assert class_report([result("\udcff")], form).encode()


def test_equal_programs_are_listed_once_even_if_they_are_short():
    def handed_in(name, text):
        return changed(result(name), source=("mine.py", text))

    results = [handed_in(f"s{n:02}", "print(1)\n") for n in range(12)]
    results += [handed_in(name, "print(2)") for name in ("a\x1b", "b")]
    results += [handed_in("alone", "print(3)"), handed_in("nothing", "")]
    *_, same, few = class_report(results).splitlines()
    names = ", ".join(found.name for found in results[:12])
    assert same == f"worth a look: 12 handed in the same program: {names}"
    assert few == "worth a look: 2 handed in the same program: a\\x1b, b"


def test_a_damaged_result_is_skipped_and_named_and_spoils_no_other(tmp_path):
    save(result("good"), str(tmp_path))
    (tmp_path / "bad.json").write_bytes(bytes(100))
    done = run_command([*GRADE, "merge", str(tmp_path)])
    assert done.returncode == 1
    assert "1/2  good" in done.stdout
    assert done.stderr.startswith(f"simpsh: grade merge: {tmp_path}/bad.json: this is not a result")
    assert done.stderr.count("\n") == 1
