"""A rubric weighs the checks of shells and exercises; a mistake has its line."""

from __future__ import annotations

import json

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.grade.reports.grade_marks import GradedCheck, Mark
from simpsh.grade.reports.rubric import Rubric, rubric_of
from simpsh.grade.shells.shell_examination import BEHAVIOURS, graded
from tests.grade.confinement import GRADE, accepted
from tests.grade.two_children import ONE_WAIT
from tests.support.document_blocks import shown_in
from tests.support.shells import run_command

NAMES = ("run", "run.waits", "run.forks", "fg", "two")


def read(tmp_path, text):
    path = tmp_path / "lab.toml"
    path.write_text(text)
    return rubric_of(str(path), NAMES, "no such check")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("titel = 'x'\n[points]\nrun = 1\n", ":1", "a rubric has title and points, and no titel"),
        ("[points]\nrun = 1\n\nrum = 2\n", ":4", "rum: no such check; is it run?"),
        ("[points]\n'run.wait' = 2 # x\n", ":2", "run.wait: no such check; is it run.waits?"),
        ("[points]\nrun.flies = 2\n", ":2", "run.flies: no such check"),
        ("[points]\nfg = 1\nrun = 'ten'\n", ":3", "run = 'ten': points are a number, 0 or more"),
        ("[points]\nrun = {}\n", ":2", "run = {}: points are a number, 0 or more"),
        ("[points]\nrun = inf\n", ":2", "run = inf: points are a number, 0 or more"),
        ("[points\n", "", "not TOML"),
        (f"a = {'[' * 100_000}", "", "not TOML: it is nested too deeply"),
        ("points = { fg = -1 }\n", "", "fg = -1: points are a number, 0 or more"),
        ("[points]\nrun = 1\nrun = 2\n", "", "not TOML: Cannot overwrite a value (at line 3"),
        ("title = 'x'\n", "", "a table [points] is missing"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, text, place, words):
    with pytest.raises(UsageProblem) as told:
        read(tmp_path, text)
    assert str(told.value).startswith(f"{tmp_path}/lab.toml{place}: ")
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_check_has_points_of_its_own_or_a_share(tmp_path):
    checks = [("run.waits", 3.0), ("run.forks", 1.0), ("run.execs", 3.0), ("fg.ends", 2.0)]
    assert Rubric().points(checks) == [3, 1, 3, 2]
    rubric = read(tmp_path, shown_in("grading.md", "toml")[0])
    assert rubric.points(checks) == [5, 1.25, 3.75, 8]
    # With and without quotes.
    rubric = read(tmp_path, "[points]\n'run' = 10\n'run.waits' = 6\n")
    assert rubric.points(checks) == [6, 1, 3, 0]
    assert read(tmp_path, "[points]\nrun.waits = 6\n").points(checks) == [6, 0, 0, 0]
    rubric = read(tmp_path, "[points]\nrun = 1\n'run.waits' = 6\n")
    assert rubric.points(checks) == [6, 0, 0, 0]


def test_what_is_asked_twice_shares_its_points_and_what_has_no_name_is_not_asked(tmp_path):
    checks = tuple(GradedCheck(key, 2, "no", key) for key in ("two", "other", "two"))
    mark = read(tmp_path, "[points]\ntwo = 5\n").weighed(Mark("m", "M", checks))
    assert [(check.key, check.points) for check in mark.checks] == [("two", 2.5), ("two", 2.5)]
    assert Rubric().weighed(mark) is mark


def test_checks_of_a_shell_that_are_not_asked_are_not_shown():
    run = next(behaviour for behaviour in BEHAVIOURS if behaviour.id == "run")
    everything = graded(run, Rubric(), {}, "it did not come to that")
    assert {check.key for check in everything} > {"waits"}
    asked = graded(run, Rubric(weights={"run.waits": 5}), {}, "it did not come to that")
    assert [(check.key, check.points) for check in asked] == [("waits", 5)]


@pytest.mark.needs("ptrace")
def test_an_exercise_is_weighed(tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "dave.py").write_text(ONE_WAIT)

    def run(*words, status=0):
        more = accepted() if status == 0 else ()
        argv = [*GRADE, *more, "--rubric", "lab.toml"]
        done = run_command([*argv, "--format", "json", *words, "s"], cwd=tmp_path)
        assert done.returncode == status, done.stderr
        return done

    rubric = tmp_path / "lab.toml"
    rubric.write_text('title = "Lab 1"\n[points]\ntwo = 12\ncollected = 3\n')
    found = json.loads(run("--exercise", "two-children").stdout)
    assert found["task"] == "Lab 1"
    (one,) = found["submissions"]
    checks = [(check["key"], check["points"]) for check in one["marks"][0]["checks"]]
    assert dict(checks)["two"] == 12
    assert (one["of"], sum(points for _, points in checks)) == (15, 15)
    refused = run("--check", "grep -q fork", status=2).stderr
    assert "--rubric: a command is one check, and there is nothing to weigh" in refused
    rubric.write_text("[points]\ncheck = 4\ntow = 1\n")
    said = run("--exercise", "two-children", status=2).stderr
    assert said.startswith("simpsh: lab.toml:2: check: no such check; two-children has two, ")
