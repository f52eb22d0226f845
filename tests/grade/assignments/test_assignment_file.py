"""Assignment files are read and checked; each mistake is reported with its line."""

import json
from datetime import UTC, datetime

import pytest

from simpsh.base.record import changed
from simpsh.grade.assignments.assignment_file import (
    Assignment,
    read_assignment,
    shipped_assignments,
)
from simpsh.grade.assignments.shell_language import Language
from simpsh.grade.classes.assignment_trial import USELESS_PROGRAMS, try_assignment
from simpsh.grade.reports.class_results import Result, class_report, for_student
from simpsh.grade.reports.grade_marks import (
    FAILED,
    OPEN,
    PASSED,
    REASON_HIDDEN,
    GradedCheck,
    Mark,
    count_once,
    mark_from,
    value_of,
)
from simpsh.grade.reports.report_pages import submission_page
from simpsh.grade.shells.shell_examination import (
    ExaminationOptions,
    behaviours_of,
    graded,
    require_known,
)
from simpsh.grade.shells.special_behaviours import BEHAVIOURS
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
    assert (assignment.hidden, assignment.feedback) == (("zombies",), "first")
    assert datetime.fromisoformat(assignment.due).astimezone(UTC).year == 2026


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


# ------------------------------------------------------------------------ what students see


def mark(id, *checks, **fields):  # noqa: A002
    return Mark(id, id, tuple(checks), **fields)


def check(key, points=2.0, instead="", **fields):
    return GradedCheck(key, points, instead, key, **fields)


NOW = datetime(2026, 3, 1, tzinfo=UTC)


ASSIGNMENT = Assignment(
    hidden=("run.a",), after_due=("fg",), due="2026-03-02T00:00:00+00:00", feedback="full"
)
SECRET, LATER = "a secret reason", "a later reason"


def class_result(due=ASSIGNMENT.due):
    """Return a result with a hidden check, one after the due time, and one that students see."""
    run = mark("run", check("a", instead=SECRET), check("b", instead="no"), check("c"))
    fg = mark("fg", check("d", instead=LATER), picture=SECRET, disqualified=LATER)
    marks = [changed(ASSIGNMENT, due=due).disclose(it) for it in (run, fg)]
    marks = [mark_from(value_of(it)) for it in marks]
    words = {"remarks": (LATER, "it forked much"), "feedback": SECRET + LATER}
    return Result("s", "key", "task", tuple(marks), **words)


def test_students_never_see_hidden_checks_and_see_others_after_the_deadline():
    given = class_result()
    before, after = for_student(given, NOW), for_student(given, NOW.replace(day=3))
    assert [it.key for _, it in before.graded] == ["b", "c"]
    assert [it.key for _, it in after.graded] == ["b", "c", "d"]
    for seen in (before, after):
        assert (seen.points, seen.of, seen.feedback) == (given.points, given.of, "")
    assert (before.withheld, after.withheld) == ((0, 4), (0, 2))
    assert before.remarks == ("it forked much",)


def test_nothing_that_a_student_receives_contains_a_hidden_check():
    given = class_result("2999-03-02T00:00:00+00:00")
    texts = [submission_page(given), class_report([given], "github")]
    assert not [word for text in texts for word in (SECRET, LATER) if word in text]
    assert "for checks that are not shown: 0 of 4 points" in texts[0]
    # Gradescope itself hides tests; its text at the top is for students.
    value = json.loads(class_report([given], "gradescope"))
    seen = [test.get("visibility", "visible") for test in value["tests"]]
    assert seen == ["hidden", "visible", "visible", "after_due_date"]
    assert not [word for word in (SECRET, LATER) if word in value["output"]]
    # The instructor's own page and table have all checks.
    assert SECRET in submission_page(given, "index.html")


@pytest.mark.parametrize(
    ("feedback", "reasons"),
    [
        ("full", ["", "no", "never"]),
        ("first", ["", "no", REASON_HIDDEN]),
        ("points", ["", *[REASON_HIDDEN] * 2]),
    ],
)
def test_limited_feedback_gives_points_without_reasons(feedback, reasons):
    given = mark("run", check("a"), check("b", instead="no"), check("c", instead="never"))
    given = Assignment(feedback=feedback).disclose(given)
    seen = for_student(Result("s", "key", "task", (given,)), NOW)
    assert [it.instead for _, it in seen.graded] == reasons
    assert (seen.points, seen.of) == (2, 6)


def test_one_cause_loses_points_in_one_behaviour_only():
    crash = {"instead": "it has ended", "cause": "ended 11"}
    marks = [
        mark("a", check("1", 6.0)),
        mark("b", check("2", 4.0, **crash), check("3", 2.0, **crash)),
        mark("c", check("4", 4.0, **crash), check("5", 2.0, instead="no")),
    ]
    counted = count_once(marks)
    # One cause fails 10 of 18 points. It costs the 6 points of b; c is credited with its share.
    points = [[it.points for it in each.checks] for each in counted]
    assert points == [[it.points for it in each.checks] for each in marks]
    signs = [[it.sign for it in each.checks] for each in counted]
    assert signs == [[PASSED], [FAILED, FAILED], [OPEN, FAILED]]
    credited = counted[2].checks[0]
    assert credited.got == pytest.approx(4 * 6 / 14)
    assert "credited with 1.71 of 4: the cause is the same as in b" in credited.instead
    assert mark_from(value_of(counted[2])).points == pytest.approx(4 * 6 / 14)
    assert sum(it.points for it in counted) == pytest.approx(6 * 18 / 14)
    assert count_once(marks[:1]) == marks[:1]
    # A shell that always ends with this status gets no points for it.
    lost = [mark(key, check(key, **crash)) for key in "abc"]
    assert sum(it.points for it in count_once(lost)) == 0


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
steps = [{ start = [], output-to = "out" }, { ends = 3, asks = "it ends" }]
"""
    options = ExaminationOptions(may_be_installed=True, seed=5, seconds=1)
    told: list[str] = []
    trials = try_assignment(read(tmp_path, text), [], [], options, told.append)
    assert told == [f"{name}: prints" for name in USELESS_PROGRAMS]
    assert [(trial.name, trial.is_right) for trial in trials] == [
        (name, False) for name in USELESS_PROGRAMS
    ]
    assert [trial.points for trial in trials] == [0, 0, 0]
