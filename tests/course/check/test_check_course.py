"""check of a whole course: order, workers, repetitions, reports."""

import os

import pytest

from simpsh.course.check.check_report import CheckResult, CourseReport, LessonReport
from simpsh.course.check.course_check import spread
from simpsh.course.run.search_progress import report_progress, reporting_to
from tests.course.lesson_files import GOOD_CLAIM, check, check_whole, run_of, text_of, write_lesson
from tests.harness.sh import run_simpsh
from tests.support.untraceable import without

pytestmark = pytest.mark.long("each test checks a course of its own")


def kinds(report):
    return [(one.kind, one.verdict, one.sentence, one.reason) for one in report.course]


def test_a_required_lesson_must_exist_and_come_earlier(tmp_path):
    more = 'requires=["b-second", "c-third"],'
    write_lesson(tmp_path, "a-first", run_of(GOOD_CLAIM), more=more)
    write_lesson(tmp_path, "b-second", run_of(GOOD_CLAIM))
    write_lesson(tmp_path, "y", run_of(GOOD_CLAIM), more='requires=["z"],')
    write_lesson(tmp_path, "z", run_of(GOOD_CLAIM), more='requires=["y"],')
    report = check_whole(tmp_path)
    assert [one[2:] for one in kinds(report) if one[0] == "course"] == [
        ("a-first requires b-second", "b-second comes later in the course"),
        ("y requires z", "z comes later in the course"),
    ]
    assert not report.is_good


@pytest.mark.usual
def test_finished_checks_are_counted_and_what_they_report_is_not_mixed_in():
    def work(number):
        report_progress("a search in a worker")
        return LessonReport(f"lesson-{number}")

    seen: list[str] = []
    with reporting_to(seen.append), spread("abc", work, 2) as reports:
        assert [one.lesson for one in reports] == ["lesson-0", "lesson-1", "lesson-2"]
    assert seen == ["0 of 3", "1 of 3", "2 of 3", "3 of 3"]


def test_reports_are_in_course_order_on_one_processor_too(tmp_path):
    for name in ("a", "b", "c"):
        write_lesson(tmp_path, name, run_of(GOOD_CLAIM))
    before = os.sched_getaffinity(0)
    try:
        for processors in (before, {min(before)}):
            os.sched_setaffinity(0, processors)
            reports: list[LessonReport] = []
            report = check_whole(tmp_path, on_report=reports.append)
            assert [one.lesson for one in reports] == ["a", "b", "c"]
            assert report.is_good
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.usual
def test_an_unobservable_step_is_skipped_with_its_reason_and_does_not_fail(tmp_path):
    question = """Predict("What?", Choice("7", "parent.prints('it ended with 7')", "So it is."),
        Choice("0", "parent.prints('it ended with 0')", "It is not."),
        Choice("8", "parent.prints('it ended with 8')", "Nor this."), hint="Look.")"""
    show = "Show('family', of='one', at='rest')"
    write_lesson(tmp_path, "tried", f"{question}, {run_of(GOOD_CLAIM)}, {show}")
    report = without("ptrace", lambda: check(tmp_path))
    assert [one.kind for one in report.of("skipped")] == ["question", "run", "claim"]
    assert all("a seccomp filter refuses ptrace" in one.reason for one in report.of("skipped"))
    assert report.of("failed") == []


KILLING = """
class Killing:
    calls = frozenset()

    def judge(self, run):
        os.kill(os.getpid(), 9)
"""


def killing(expression):
    return f"""Claim("b", {expression}, wrong=delete("print("))"""


@pytest.mark.usual
def test_a_check_that_kills_its_worker_fails_only_its_lesson(tmp_path):
    write_lesson(tmp_path, "a", run_of(killing("Killing()")), before=KILLING)
    write_lesson(tmp_path, "b", run_of(GOOD_CLAIM))
    write_lesson(tmp_path, "c", run_of(GOOD_CLAIM))
    report = check_whole(tmp_path)
    assert [(one.lesson, one.is_good) for one in report.lessons] == [
        ("a", False),
        ("b", True),
        ("c", True),
    ]
    [check] = report.lessons[0].checks
    assert (check.sentence, check.reason) == (
        "the lesson is checked to its end",
        "its process was killed by SIGKILL",
    )


def test_a_user_without_a_home_keeps_compiled_programs_elsewhere():
    environment = {"PATH": os.environ["PATH"], "HOME": "/proc/nowhere"}
    done = run_simpsh("lesson", "check", "pid-1", env=environment, status=0)
    assert not done.stderr


def test_a_report_lists_failed_and_skipped_claims():
    checks = [
        CheckResult("run", "“one” runs", "passed", "", 1, "one"),
        CheckResult("claim", "It <is>\x07 7.", "failed", "it was 8", 1, "one", ("why",)),
        CheckResult("claim", "It is 9.", "skipped", "no root", 2, "two"),
    ]
    report = CourseReport([LessonReport("a", "A", checks, seconds=0.25)], seconds=0.5)
    assert text_of(report) == (
        "FAIL  a                           1 check, 1 skipped, 0.2 s\n"
        "      FAILED step 1 (one): It <is>\x07 7: it was 8\n"
        "      SKIPPED step 2 (two): It is 9 (no root)\n"
        "1 lesson: 1 checks passed, 1 failed, 1 skipped, 0.5 s\n"
    )
    assert "          why\n" in text_of(report, with_why=True)
