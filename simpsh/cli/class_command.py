"""`simpsh class open EXPORT`, `class judge` and `class publish`: from an export to marks."""

from __future__ import annotations

import os
from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.base.file_store import read_own, write_whole
from simpsh.base.phrases import command_words, counted
from simpsh.cli.grade_command import TASK_OPTIONS, TASKS, GradeOptions, check_task, judge_class
from simpsh.cli.option_parser import BadValue, Subcommand, one_of, option
from simpsh.grade.classes.submissions import submissions_in
from simpsh.grade.exports.class_folder import load_class, open_export, report_opening
from simpsh.grade.exports.course_systems import SYSTEMS
from simpsh.grade.exports.published_marks import publish
from simpsh.grade.exports.student_exceptions import read_exceptions
from simpsh.grade.reports.class_results import load_all, merged, summary
from simpsh.grade.reports.roster import deadline_of, has_no_zone

_USUAL = "class"


class ClassCommand(Subcommand):
    """Turn the export of a course system into published marks."""

    name = "class"
    usage = (
        "open EXPORT [option …]",
        "judge WHAT [option …] [CLASS]",
        "publish [option …] [CLASS]",
    )
    about = (
        "Opens the export of a course system, judges its submissions as `grade` does, and writes "
        "the marks in the form that the system takes. CLASS is the folder that `open` makes."
    )
    is_command = True
    operand_counts = (0, 0)
    children: ClassVar = {
        "open": lambda: _Open,
        "judge": lambda: _Judge,
        "publish": lambda: _Publish,
    }

    def run(self) -> int:
        """Raise UsageProblem, because a subcommand is needed."""
        raise self.misuse("the subcommand is missing: open, judge or publish")


def _moment(text: str) -> str:
    try:
        deadline_of(text)
    except (ValueError, OverflowError):
        raise BadValue(f"{text}: a deadline is a time like 2026-11-24T23:59+01:00") from None
    return text


class _Open(Subcommand):
    name, usage = "class open", ("EXPORT [option …]",)
    about = (
        "Makes a class of an export, a zip or a folder. It is from Moodle, Canvas, Blackboard, "
        "Gradescope or GitHub Classroom, or has a file or a folder for each student. What cannot "
        "be matched is printed first."
    )
    notes = (
        "Opened again, a class keeps its results: only new submissions are judged. The exit status "
        "is 0 if everything was matched, 1 if not, 2 if two submissions have one id."
    )
    operand_counts, missing = (1, 1), "which export? Name a zip or a folder"

    folder: str = option("-o DIR", f"make the class there ({_USUAL})", _USUAL)
    roster: str = option(
        "--roster FILE",
        "the system's file of students (grading worksheet, gradebook, roster), or a CSV of your "
        "own: id, name, group, team, deadline",
        "",
    )
    deadline: str = option(
        "--deadline TIME", "like 2026-11-24T23:59+01:00: mark later submissions", "", _moment
    )
    exceptions: str = option(
        "--exceptions FILE",
        "a CSV with what is different for single students: id, deadline, extra (36 h), submission, "
        "handed_in",
        "",
    )

    def run(self) -> int:
        rows = read_exceptions(self.exceptions) if self.exceptions else ()
        deadline = deadline_of(self.deadline) if self.deadline else None
        is_bare = has_no_zone(self.deadline)
        opened = open_export(
            self.operand, self.folder, self.roster, deadline, is_bare=is_bare, exceptions=rows
        )
        console.show_lines(report_opening(opened))
        return 1 if opened.unmatched else 0


class _Judge(GradeOptions):
    name, usage = "class judge", ("[WHAT] [option …] [CLASS]",)
    about = (
        "Judges the submissions of a class. WHAT is one of --assignment FILE, --exercise ID, "
        "--shell and --check COMMAND; without it, the previous task is used again."
    )
    notes = (
        "It continues where it was interrupted. The exit status is 0 if every submission has a "
        "result, 1 if not."
    )
    operand_counts = (0, 1)
    operands_are = ("file",)

    results: str = option("-o DIR", "keep results there, a file for each (CLASS/results)", "")

    def run(self) -> int:
        opened = load_class(self.operand or _USUAL)
        if not any(getattr(self, name, "") for name in TASKS):
            self._repeat(_read_task(opened.task))
        check_task(self)
        write_whole(opened.task, "".join(f"{word}\n" for word in self.task_words()))
        self.results = self.results or opened.results
        given = submissions_in(opened.submissions)
        return judge_class(given, self, opened.class_list, private=(opened.path,))

    def _repeat(self, words: list[str]) -> None:
        """Read the task from the words that an earlier run stored."""
        if not words:
            raise self.misuse(
                "name one task: --assignment FILE, --exercise ID, --shell, --check COMMAND"
            )
        before = type(self).read(words)
        for attribute, declared in self.declared():
            if attribute in TASK_OPTIONS and getattr(self, attribute) == declared.default:
                setattr(self, attribute, getattr(before, attribute))


def _read_task(path: str) -> list[str]:
    if not os.path.exists(path):
        return []
    # The words may name a command, which a later run executes.
    with naming(path):
        return read_own(path).decode(errors="surrogateescape").splitlines()


class _Publish(Subcommand):
    name, usage = "class publish", ("[option …] [CLASS]",)
    about = (
        "Writes the marks of a class into CLASS/published: marks.csv, a page for each submission, "
        "and what the course system takes. Nothing is sent anywhere."
    )
    notes = (
        "A student without a result keeps the mark that the gradebook has. The exit status is 0 if "
        "every submission has a result, 1 if not."
    )
    operand_counts = (0, 1)

    system: str = option(
        "--to NAME", f"another system than the export's: {', '.join(SYSTEMS)}", "", one_of(SYSTEMS)
    )
    column: str = option("--column NAME", "the column of the gradebook: a part of its name", "")

    def run(self) -> int:
        opened = load_class(self.operand or _USUAL)
        damaged: list[str] = []
        loaded = load_all([opened.results], damaged.append) if os.path.isdir(opened.results) else []
        for problem in damaged:
            console.complain(f"class publish: {problem}: it is skipped")
        hand_ins = opened.class_list.hand_ins
        results = [result for result in loaded if result.name in hand_ins]
        if not results:
            raise SimpshError("class publish: there are no results; try: simpsh class judge")
        results = merged(results)
        lacking = sorted({*hand_ins} - {result.name for result in results})
        console.warn(f"class publish: {name} has no result" for name in lacking)
        published = publish(opened, results, self.system, self.column)
        lines = [f"{counted(len(results), 'submission')}: {summary(results)}; published:"]
        lines += [f"  {command_words((os.path.relpath(path),))}" for path in published.paths]
        console.show_lines([*lines, *published.notes])
        return 1 if lacking or damaged else 0
