"""Check lessons, their pictures and their screens; exit with 1 if a check fails.

python -m tests.support.lesson_checks ID...
"""

import sys

from simpsh.course.check.check_report import FAILED, CheckResult, LessonReport, lesson_lines
from simpsh.course.check.course_check import checked
from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.run.order_search import forget
from tests.support.lesson_screens import large_screens, picture_faults, task_rows


def with_pictures(check: LessonCheck) -> LessonReport:
    """Check a lesson, its pictures and its screens."""
    forget()
    judge, faults = check.judge_line, []

    def measured(task, typed, *, is_right):
        verdict = judge(task, typed, is_right=is_right)
        rows = task_rows(task, verdict)
        faults.extend([f"step {check.step} has {rows} lines with `{typed}`"] if rows > 24 else [])
        return verdict

    check.judge_line = measured
    report = check.run()
    faults += large_screens(check.lesson, check.results)
    faults += picture_faults(check.lesson, check.results)
    report.checks += [CheckResult("picture", check.lesson.id, FAILED, fault) for fault in faults]
    return report


def main(*names: str) -> int:
    library = Library(())
    with checked(library, [library.find(name) for name in names], with_pictures) as all_:
        lines = [line for report in all_ for line in lesson_lines(report, with_why=False)]
    print(*lines, sep="\n")
    return int(any("FAILED" in line for line in lines))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
