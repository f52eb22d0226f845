"""A result is a mark only if no other user can have written it; else the submission is judged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.grade.confinement import GRADE, accepted
from tests.harness.sh import run_command, run_simpsh

OTHER = 12345
NAME = "bad.txt.json"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def folder_of_another(results: Path) -> None:
    os.chown(results, OTHER, OTHER)


def file_of_another(results: Path) -> None:
    os.chown(results / NAME, OTHER, OTHER)


def folder_that_all_can_write(results: Path) -> None:
    results.chmod(0o777)


def folder_that_a_group_can_write(results: Path) -> None:
    os.chown(results, -1, OTHER)
    results.chmod(0o770)


def file_that_all_can_write(results: Path) -> None:
    (results / NAME).chmod(0o622)


def folder_below_one_of_another(results: Path) -> None:
    os.chown(results.parent, OTHER, OTHER)


def link_of_another(results: Path) -> None:
    (results / NAME).rename(results / "other")
    (results / NAME).symlink_to("other")
    os.chown(results / NAME, OTHER, OTHER, follow_symlinks=False)
    results.chmod(0o1777)


def second_name(results: Path) -> None:
    (results / "kept").hardlink_to(results / NAME)
    results.chmod(0o1777)


def linked_folder_of_another(results: Path) -> None:
    results.rename(results.with_name("elsewhere"))
    os.chown(results.with_name("elsewhere"), OTHER, OTHER)
    results.symlink_to("elsewhere")


FOREIGN = {
    folder_of_another: ("results: it belongs to another user", "every submission is judged again"),
    file_of_another: (f"results/{NAME}: it belongs to another user", "it was judged again"),
    folder_that_all_can_write: ("results: other users can write to it", "chmod go-w"),
    folder_that_a_group_can_write: ("results: other users can write to it", "chmod go-w"),
    file_that_all_can_write: (f"results/{NAME}: other users can write to it", "chmod go-w"),
    folder_below_one_of_another: (": it belongs to another user", "judged again"),
    link_of_another: (f"results/{NAME}: it belongs to another user", "it was judged again"),
    second_name: (f"results/{NAME}: it has another name (a hard link)", "it was judged again"),
    linked_folder_of_another: ("elsewhere: it belongs to another user", "judged again"),
}
FOR_USERS = [folder_that_all_can_write, file_that_all_can_write, second_name]


@pytest.fixture
def forged(tmp_path):
    """A class, and a stored result of it with a point that the submission does not deserve."""
    home = tmp_path / "teacher"
    (home / "submissions").mkdir(parents=True)
    (home / "submissions" / "bad.txt").write_text("wrong\n")
    argv = [*GRADE, "-q", *accepted(), "--check", "grep -q right", "--format", "csv", "submissions"]
    done = run_command(argv, cwd=home)
    assert (done.returncode, done.stdout.splitlines()[1][:12]) == (0, "bad.txt,0,1,"), done.stderr
    path = home / "results" / NAME
    value = json.loads(path.read_text())
    value["marks"][0]["checks"][0] |= {"passed": True, "instead": ""}
    path.write_text(json.dumps(value))
    path.chmod(0o600)
    # What belongs to this user is taken.
    done = run_command(argv, cwd=home)
    assert (done.stdout.splitlines()[1][:12], done.stderr) == ("bad.txt,1,1,", "")
    return home, argv


@pytest.mark.usual("file_of_another")
@pytest.mark.long("each kind of foreign file")
@pytest.mark.needs("ptrace")
@pytest.mark.parametrize(
    "change",
    [pytest.param(each, marks=() if each in FOR_USERS else AS_ROOT) for each in FOREIGN],
    ids=lambda change: change.__name__,
)
def test_a_result_that_another_user_may_have_written_is_not_a_mark(forged, change):
    home, argv = forged
    change(home / "results")
    for _ in range(2 if change is not file_of_another else 1):
        done = run_command(argv, cwd=home)
        assert done.stdout.splitlines()[1][:12] == "bad.txt,0,1,", done.stderr
        assert done.returncode == 0
        # The second run finds a file of its own in a folder that has not changed.
        if change not in (link_of_another, second_name, file_that_all_can_write) or _ == 0:
            [line] = done.stderr.splitlines()
            assert all(words in line for words in FOREIGN[change]), line
    for words in (["grade", "merge", "results"],):
        merged = run_simpsh(*words, cwd=home)
        own = change in (file_of_another, link_of_another, second_name, file_that_all_can_write)
        assert ("0/1" in merged.stdout) is own, merged.stderr
        assert len(merged.stderr.splitlines()) == (0 if own else 1)


@AS_ROOT
@pytest.mark.needs("ptrace")
def test_a_link_in_the_place_of_a_result_leads_to_no_other_file(forged):
    home, argv = forged
    victim = home / "victim"
    victim.write_text("untouched")
    (home / "results" / NAME).unlink()
    (home / "results" / NAME).symlink_to(victim)
    os.chown(home / "results", OTHER, OTHER)
    run_command(argv, cwd=home)
    assert victim.read_text() == "untouched"
    assert not (home / "results" / NAME).is_symlink()


@AS_ROOT
def test_a_class_of_another_user_runs_no_command_and_gives_no_marks(tmp_path):
    (tmp_path / "export" / "ann").mkdir(parents=True)
    (tmp_path / "export" / "ann" / "a.py").write_text("pass\n")
    opened = run_simpsh("class", "open", "export", cwd=tmp_path)
    assert opened.returncode == 0, opened.stderr
    (tmp_path / "class" / "task").write_text("--check\ntouch ran\n")
    for name in ("class.json", "task"):
        os.chown(tmp_path / "class" / name, OTHER, OTHER)
        done = run_simpsh("class", "judge", cwd=tmp_path)
        reason = f"class/{name}: it belongs to another user, and is not used"
        assert done.stderr.endswith(f"{reason}\n"), done.stderr
        assert (done.returncode, done.stdout) == (1, "")
        os.chown(tmp_path / "class" / name, 0, 0)
