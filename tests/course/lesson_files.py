"""Small lesson files for tests."""

from simpsh.course.check.check_report import CourseReport, course_lines, lesson_lines
from simpsh.course.check.course_check import check_course
from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.lesson.lesson_library import Library

_HEAD = '''"""A lesson."""

import os
import signal

from tests.course.records import *


def one_child() -> None:
    child = os.fork()
    if child == 0:  # in the child
        os._exit(7)
    _, status = os.waitpid(child, 0)
    print("it ended with", os.waitstatus_to_exitcode(status), flush=True)


'''
GOOD_CLAIM = """Claim(
    "The parent gets 7.",
    "parent.prints('it ended with 7')",
    wrong=replace("os._exit(7)", "os._exit(0)"),
)"""


def write_lesson(folder, name, steps, before="", more=""):
    """Write a lesson with these steps, as text, and return its path."""
    text = f"{_HEAD}{before}\nlesson = Lesson(\n    steps=[{steps}],\n"
    text += f"    remember='A sentence.', {more}\n)\n"
    (folder / name).mkdir(exist_ok=True)
    path = folder / name / "lesson.py"
    path.write_text(text)
    return path


def run_of(*claims, code="one_child", more=""):
    """Return the source of a Run with claims."""
    return f"Run({code}, id='one', claims=[{', '.join(claims)}], {more})"


def library(folder):
    """Return a library with only the lessons in `folder`."""
    return Library([str(folder)], has_course=False)


def check(folder, name="tried"):
    """Check one lesson of a folder in this process."""
    lessons = library(folder)
    lesson = lessons.find(name)
    return LessonCheck(lesson, lessons.faults(lesson)).run()


def check_whole(folder, **how):
    """Check a folder as `lesson check` does, in worker processes."""
    return check_course(library(folder), [], **how)


def failures(report):
    """The failures: kind, step, reason."""
    return [(one.kind, one.step, one.reason) for one in report.checks if one.verdict == "failed"]


def text_of(report: CourseReport, *, with_why: bool = False) -> str:
    """Return a report as `lesson check` prints it."""
    lines = [line for lesson in report.lessons for line in lesson_lines(lesson, with_why=with_why)]
    return "\n".join([*lines, *course_lines(report)]) + "\n"
