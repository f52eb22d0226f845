"""Assignment files are read and checked; each mistake is reported with its line."""

import json

import pytest

from simpsh.grade.assignments.assignment import Assignment, Language
from simpsh.grade.assignments.assignment_file import read_assignment, shipped_assignments
from simpsh.grade.classes.assignment_trial import USELESS_PROGRAMS, try_assignment
from simpsh.grade.reports.class_results import Result, class_report, for_student
from simpsh.grade.reports.grade_marks import GradedCheck, Mark, stored_mark
from simpsh.grade.reports.report_pages import write_pages
from simpsh.grade.shells.shell_examination import (
    BEHAVIOURS,
    ExaminationOptions,
    behaviours_of,
    graded,
    require_known,
)
from tests.grade.confinement import grade
from tests.grade.two_children import ONE_WAIT
from tests.harness.sh import run_command
from tests.spec.documents import shown_in
from tests.support.needed_programs import require


def read(tmp_path, text):
    path = tmp_path / "lab.toml"
    path.write_text(text)
    assignment = read_assignment(str(path))
    require_known(str(path), assignment)
    return assignment


def test_every_word_of_the_form_can_be_written(tmp_path):
    assignment = read(tmp_path, shown_in("assignments.md", "toml")[0])
    assert assignment.language.fg == "fg %1"
    assert [behaviour.id for behaviour in assignment.behaviours] == ["history"]
    assert assignment.hidden == ("zombies",)
    assert assignment.limits == {"seconds": 300}


def test_a_check_has_points_of_its_own_or_a_share(tmp_path):
    checks = [("run.waits", 3.0), ("run.forks", 1.0), ("run.execs", 3.0), ("fg.ends", 2.0)]
    assert Assignment().points(checks) == [3, 1, 3, 2]
    assignment = read(tmp_path, "[points]\nrun = 10\n'run.waits' = 5\nfg = 8\n")
    assert assignment.points(checks) == [5, 1.25, 3.75, 8]
    assignment = read(tmp_path, "[points]\nrun.waits = 6\n")
    assert assignment.points(checks) == [6, 0, 0, 0]
    assignment = read(tmp_path, "[points]\nrun = 1\n'run.waits' = 6\n")
    assert assignment.points(checks) == [6, 0, 0, 0]


def test_a_check_that_is_asked_twice_shares_its_points():
    checks = tuple(GradedCheck(key, 2, "no", key) for key in ("two", "other", "two"))
    mark = Assignment(weights={"two": 5}).weigh(Mark("m", "M", checks))
    assert [(check.key, check.points) for check in mark.checks] == [("two", 2.5), ("two", 2.5)]
    assert Assignment().weigh(mark).checks == mark.checks


def test_checks_of_a_shell_that_are_not_asked_are_not_shown():
    run = next(behaviour for behaviour in BEHAVIOURS if behaviour.id == "run")
    everything = graded(run, Assignment(), {}, "it did not come to that")
    assert {check.key for check in everything} > {"waits"}
    asked = graded(run, Assignment(weights={"run.waits": 5}), {}, "it did not come to that")
    assert [(check.key, check.points) for check in asked] == [("waits", 5)]


def test_a_language_has_its_own_words_and_answers():
    language = Language(paths="full", exit="quit", status="status", exited="exit value {code}")
    assert language.spelled("quit") == "quit"
    assert language.spelled("expr 1 + 2 | tr 3 4").count("/bin/") == 2
    assert language.is_answer("exit value 3\n: ", code=3)
    codes = [n for n in range(400) if Language().is_answer(f"status={n}\n$ ", signal=9)]
    assert codes == [137, 265, 393]
    language = Language(killed="terminated by signal {signal}")
    assert language.is_answer("terminated by signal 9\n", signal=9)
    assert not language.is_answer("terminated by signal 99\n", signal=9)


@pytest.mark.parametrize("name", shipped_assignments())
def test_a_shipped_assignment_has_a_source_a_title_and_whole_points(name):
    assignment = read_assignment(name)
    require_known(name, assignment)
    assert assignment.source
    assert assignment.title
    points = [
        check.points
        for behaviour in behaviours_of(assignment)
        for check in graded(behaviour, assignment, {}, "")
    ]
    assert min(points) > 0
    assert sum(points) == pytest.approx(round(sum(points)))


def test_the_assignment_shell_lists_every_behaviour_at_its_usual_points():
    everything = {it.id: sum(worth for _, worth in it.checks.values()) for it in BEHAVIOURS}
    assert read_assignment("shell").weights == everything


# ------------------------------------------------------------------------ what students see


def mark(id, *checks, **fields):  # noqa: A002
    return Mark(id, id, tuple(checks), **fields)


def check(key, points=2.0, instead="", **fields):
    return GradedCheck(key, points, instead, key, **fields)


ASSIGNMENT = Assignment(hidden=("run.a", "fg"))
SECRET, OTHER = "a secret reason", "another reason"


def class_result():
    """Return a result with a hidden check, a hidden behaviour, and checks that students see."""
    run = mark("run", check("a", instead=SECRET), check("b", instead="no"), check("c"))
    fg = mark("fg", check("d", instead=OTHER), picture=SECRET, disqualified=OTHER)
    marks = [stored_mark(ASSIGNMENT.disclose(it)) for it in (run, fg)]
    return Result("s", "key", "task", tuple(marks), feedback=SECRET + OTHER)


def test_students_never_see_hidden_checks():
    given = class_result()
    seen = for_student(given)
    assert [it.key for _, it in seen.graded] == ["b", "c"]
    assert (seen.points, seen.of, seen.feedback) == (given.points, given.of, "")
    assert seen.withheld == (0, 4)


def test_nothing_that_a_student_receives_contains_a_hidden_check(tmp_path):
    given = class_result()
    page = write_pages([given], str(tmp_path))["s"]
    assert not [word for word in (SECRET, OTHER) if word in page]
    assert "for checks that are not shown: 0 of 4 points" in page
    # Gradescope itself hides tests; its text at the top is for students.
    value = json.loads(class_report([given], "gradescope"))
    seen = [test.get("visibility", "visible") for test in value["tests"]]
    assert seen == ["hidden", "visible", "visible", "hidden"]
    assert not [word for word in (SECRET, OTHER) if word in value["output"]]
    # The instructor's page and table have all checks.
    assert SECRET in (tmp_path / "index.html").read_text()


@pytest.mark.needs("ptrace")
def test_an_assignment_weights_the_checks_of_an_exercise(tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "dave.py").write_text(ONE_WAIT)

    lab = tmp_path / "lab.toml"
    start = 'exercise = "two-children"\n'
    lab.write_text(f'title = "Lab 1"\n{start}[points]\ntwo = 12\ncollected = 3\n')
    found = json.loads(grade("--assignment", "lab.toml", "--format=json", "s", cwd=tmp_path).stdout)
    assert found["task"] == "Lab 1"
    (one,) = found["submissions"]
    checks = [(check["key"], check["points"]) for check in one["marks"][0]["checks"]]
    assert dict(checks)["two"] == 12
    assert (one["of"], sum(points for _, points in checks)) == (15, 15)


@pytest.mark.parametrize("compiler", ["$(CC)", "cc", "gcc", "clang"])
def test_a_minishell_for_an_older_compiler_is_built(tmp_path, compiler):
    """Its Makefile makes warnings errors, and two of its files define one variable."""
    require("cc", "make")
    (tmp_path / "a.c").write_text("int last;\nint main(void) { int unused; return last; }\n")
    (tmp_path / "b.c").write_text("int last;\n")
    (tmp_path / "Makefile").write_text(
        "CC = cc\nCFLAGS = -Wall -Wextra -Werror\nminishell: a.o b.o\n"
        f"\t{compiler} $(CFLAGS) -o $@ $^\n%.o: %.c\n\t{compiler} $(CFLAGS) -c -o $@ $<\n"
    )
    build = read_assignment("42-minishell").build
    done = run_command(["sh", "-c", build], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "minishell").exists()


def test_useless_programs_get_few_points_and_the_progress_names_each_behaviour(tmp_path):
    text = """
kind = "program"
[behaviour.prints]
steps = [{ start = [] }, { ends = 3, asks = "it ends" }]
"""
    options = ExaminationOptions(may_be_installed=True, seed=5, seconds=1)
    told: list[str] = []
    trials = try_assignment(read(tmp_path, text), [], [], options, told.append)
    assert told == [f"{name}: prints" for name in USELESS_PROGRAMS]
    assert [(trial.name, trial.is_right) for trial in trials] == [
        (name, False) for name in USELESS_PROGRAMS
    ]
    assert [trial.points for trial in trials] == [0, 0, 0]
