"""check of a whole course: order, coverage, workers, repetitions, reports."""

from __future__ import annotations

import os

from simpsh.course.check import course_check
from simpsh.course.check.check_report import CheckResult, CourseReport, LessonReport
from tests.course.lesson_files import GOOD_CLAIM, check_whole, run_of, text_of, write_lesson
from tests.support.shells import run_command, simpsh_command


def kinds(report):
    return [(one.kind, one.verdict, one.sentence, one.reason) for one in report.course]


def test_what_a_lesson_requires_must_be_there_and_come_before(tmp_path):
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


def test_each_claim_of_the_course_is_reported_with_its_evidence(tmp_path):
    numbers = {name: f"{name.capitalize()}." for name in ("seven", "eight", "nine", "ten", "six")}
    groups = 'GROUPS = {"numbers": ("seven", "nine")}\n'
    (tmp_path / "claims.py").write_text(f"CLAIMS = {numbers}\n{groups}")
    false = GOOD_CLAIM.replace("it ended with 7", "it ended with 8").replace('"seven"', '"six"')
    unknown = GOOD_CLAIM.replace('"seven"', '"sevne"')
    says = 'Say("Nine.", facts=("nine",)), Say("Ten.", facts=("ten",))'
    for name, steps in (
        ("fails", run_of(false)),
        ("says", says),
        ("tried", run_of(GOOD_CLAIM)),
        ("unknown", run_of(unknown)),
    ):
        write_lesson(tmp_path, name, steps)
    report = check_whole(tmp_path)
    assert report.coverage == {
        "seven": "shown by tried 1",
        "eight": "not shown",
        "nine": "not shown: only said by says",
        "ten": "said, not shown: says",
        "six": "not shown",
    }
    # Claims listed by id must be shown; for others a sentence is enough.
    assert [one[1] for one in kinds(report)] == ["passed", "failed", "failed", "skipped", "failed"]
    text = text_of(report)
    assert "  ✗ six                            not shown\n1 of 5 claims of the course are" in text
    faults = [one.reason for lesson in report.lessons for one in lesson.of("failed")]
    assert any("unknown.py: " in one and "“sevne” is not in claims.py" in one for one in faults)


def test_what_this_machine_skips_is_neither_shown_nor_missing():
    report = CourseReport([LessonReport("one")])
    skipped = CheckResult("claim", "s", "skipped", "no root", 2, claims=("seven",))
    report.lessons[0].checks.append(skipped)
    course_check.cover(report, {"seven": "Seven."}, {"numbers": ("seven",)})
    assert report.coverage == {"seven": "skipped here: one 2"}
    assert report.is_good


def test_reports_are_in_course_order_for_each_round_on_one_processor_too(tmp_path):
    for name in ("a", "b", "c"):
        write_lesson(tmp_path, name, run_of(GOOD_CLAIM))
    before = os.sched_getaffinity(0)
    try:
        for processors in (before, {min(before)}):
            os.sched_setaffinity(0, processors)
            heard: list[LessonReport] = []
            report = check_whole(tmp_path, rounds=2, hear=heard.append)
            assert [one.lesson for one in heard] == ["a", "b", "c", "a", "b", "c"]
            assert [one.count(("claim",)) for one in report.lessons] == [1] * 6
            assert report.is_good
    finally:
        os.sched_setaffinity(0, before)


QUESTION = """Predict(
    "What does the parent get?",
    Choice("seven", parent.prints("it ended with 7"), "It is what the child gave."),
    Choice("nought", parent.prints("it ended with 0"), "Only if the child had given it."),
    hint="Look at the child's last line.",
)"""


def test_two_choices_and_a_missing_hint_are_faults_and_the_right_choice_is_recorded(tmp_path):
    free = 'Ask("How many?", how_many_processes, "Two.")'
    write_lesson(tmp_path, "asks", f"{QUESTION}, {free}, {run_of(GOOD_CLAIM)}")
    [lesson] = check_whole(tmp_path).lessons
    assert [one.reason for one in lesson.of("failed")] == [
        "step 1 (Predict): it has 2 choices; a third one makes it a question",
        "step 2 (Ask): it needs a hint: where to look, or which rule to think of",
    ]
    right = next(one for one in lesson.checks if one.kind == "question").why
    assert right == ("right is “seven”",)


def killing(expression):
    return f"""Claim("b", Expectation("b", lambda scene: {expression}), wrong=delete("print("))"""


def test_a_check_that_kills_its_worker_fails_that_lesson_alone(tmp_path):
    write_lesson(tmp_path, "a", run_of(killing("os.kill(os.getpid(), 9)")))
    write_lesson(tmp_path, "b", run_of(GOOD_CLAIM))
    write_lesson(tmp_path, "c", run_of(GOOD_CLAIM))
    report = check_whole(tmp_path)
    assert [(one.lesson, one.is_good) for one in report.lessons] == [
        ("a", False),
        ("b", True),
        ("c", True),
    ]
    assert report.lessons[0].checks[0].reason == "its process was killed by SIGKILL"


def test_a_user_without_a_home_keeps_compiled_programs_elsewhere():
    environment = {"PATH": os.environ["PATH"], "HOME": "/proc/nowhere"}
    done = run_command([*simpsh_command(), "lesson", "check", "pid-1"], env=environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_report_says_what_failed_what_was_skipped_and_what_is_not_shown():
    checks = [
        CheckResult("run", "“one” runs", "passed", "", 1, "one"),
        CheckResult(
            "claim", "It <is>\x07 7.", "failed", "it was 8", 1, "one", ("seven",), ("why",)
        ),
        CheckResult("claim", "It is 9.", "skipped", "no root", 2, "two"),
    ]
    report = CourseReport([LessonReport("a", "A", checks, seconds=0.25)], seconds=0.5)
    course_check.cover(report, {"seven": "Seven."}, {})
    assert text_of(report) == (
        "FAIL  a                           0 claims, 0 wrong variants refused, 0 questions, "
        "1 skipped, 0.2 s\n"
        "      FAILED step 1 (one): It <is>\x07 7: it was 8\n"
        "      SKIPPED step 2 (two): It is 9 (no root)\n"
        "  ✗ seven                          not shown\n"
        "0 of 1 claims of the course are shown\n"
        "1 lesson: 1 checks passed, 2 failed, 1 skipped, 0.5 s\n"
    )
    assert "          why\n" in text_of(report, with_why=True)
