"""Builds the site: checks every lesson, and makes its page from the recorded runs.

If any lesson fails its check, nothing is published: the new folder is built under another name and
then renamed, so the old one is replaced completely or not at all.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import counted, listed
from simpsh.course.check.check_report import LessonReport
from simpsh.course.check.course_check import checked
from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.lesson.lesson import Lesson
from simpsh.course.lesson.lesson_library import Library, course_index
from simpsh.course.site.site_pages import (
    GLOSSARY,
    INDEX,
    former_page,
    glossary_page,
    index_page,
    lesson_page,
    page_name,
)
from simpsh.process.own_directory import remove_tree, replace_folder

_NATIVE_RUNS = 100
"""The free runs of a race: readers see frequencies, which ten runs do not show."""
MARKER = ".simpsh-course"
"""The file that identifies a folder as a site, which may be replaced."""


def build_site(
    library: Library,
    ids: Sequence[str],
    folder: str,
    *,
    on_report: Callable[[LessonReport], object] = lambda _: None,
) -> str:
    """Check lessons and write a site with their pages; return a sentence about it.

    Without `ids` it covers the whole course. An existing folder must be empty or a site written by
    this command. `on_report` receives the report of each lesson. If a lesson fails, nothing is
    published and SimpshError is raised.
    """
    start = time.monotonic()
    check_folder(folder)
    lessons, problems = library.all()
    if ids:
        wanted = {library.find(name).id for name in ids}
        lessons = [library.find(name) for name in library.ids if name in wanted]
    elif problems:
        raise SimpshError(f"nothing is written: {problems[0]}")
    published = _publish(library, lessons, on_report)
    pages = {page_name(report.lesson): report.page for report in published}
    listed = {lesson.id for lesson in lessons}
    heads = [head for head in library.heads()[0] if head.id in listed]
    if not ids:
        # Other pages of the web link to lessons that were here.
        index, titles = course_index(), {lesson.id: lesson.title for lesson in lessons}
        pages |= {page_name(name): former_page(name, "", titles) for name in index.left}
        pages |= {
            page_name(name): former_page(name, to, titles) for name, to in index.merged.items()
        }
    pages[INDEX] = index_page(lessons, heads)
    pages[GLOSSARY] = glossary_page(library.glossary())
    _write(folder, pages)
    words = f"{counted(len(lessons), 'lesson')}, {counted(len(pages), 'page')}"
    return f"{words}; checked and built in {time.monotonic() - start:.1f} s"


def check_folder(folder: str) -> None:
    """Raise SimpshError if the folder must not be replaced or cannot be created."""
    parent = os.path.dirname(os.path.abspath(folder))
    if os.path.lexists(folder):
        try:
            names = os.listdir(folder)
        except OSError as problem:
            raise SimpshError(f"{folder}: {problem.strerror}; name another folder") from None
        if names and MARKER not in names:
            raise SimpshError(f"{folder}: it holds other files; name a new folder")
    if not os.path.isdir(parent) or not os.access(parent, os.W_OK | os.X_OK):
        raise SimpshError(f"{folder}: no folder can be made there; name another place")


def _publish(
    library: Library, lessons: Sequence[Lesson], on_report: Callable[[LessonReport], object]
) -> list[LessonReport]:
    """Return each lesson with its page; raises SimpshError if one fails its check."""
    glossary = library.glossary()
    titles = {lesson.id: lesson.title for lesson in lessons}

    def publish(check: LessonCheck) -> LessonReport:
        """Check a lesson in a worker, and make its page from the recorded runs."""
        lesson, report = check.lesson, check.run()
        if report.is_good:
            report.page = lesson_page(lesson, check.results, check.unshown, glossary, titles)
        return report

    published, failed = [], []
    with checked(library, lessons, publish, _NATIVE_RUNS) as reports:
        for report in reports:
            on_report(report)
            if report.is_good:
                published.append(report)
            else:
                failed.append(report.lesson)
    if failed:
        lessons_fail = "this lesson fails" if len(failed) == 1 else "these lessons fail"
        raise SimpshError(
            f"nothing is written: {lessons_fail} the check: {listed(failed)}; "
            f"see: simpsh lesson check {failed[0]}"
        )
    return published


def _write(folder: str, pages: Mapping[str, str]) -> None:
    """Write the pages to a folder: all or nothing."""
    path = os.path.abspath(folder)
    try:
        made = tempfile.mkdtemp(prefix=".simpsh-site-", dir=os.path.dirname(path))
    except OSError as problem:
        raise SimpshError(f"{folder}: {problem.strerror}; nothing is written") from None
    try:
        for name, text in {**pages, MARKER: "Made by simpsh lesson site.\n"}.items():
            with open(os.path.join(made, name), "w", encoding="utf-8") as file:
                file.write(text)
        # A web server reads it as another user.
        os.chmod(made, 0o755)
        replace_folder(made, path)
    except OSError as problem:
        raise SimpshError(f"{folder}: {problem.strerror}; nothing is written") from None
    finally:
        remove_tree(made)
