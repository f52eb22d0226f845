"""An opened class: a folder with its submissions, and a record of their students.

class/class.json     the students, their submissions, and the times
class/roster.csv     a copy of the course system's file of students
class/submissions/   a folder for each submission
class/task           the last task, one word of the command line on each line
class/results/       a file for each result
class/published/     files for the course system and for students
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.file_facts import is_there
from simpsh.base.file_store import check_trust, make_private, write_whole
from simpsh.base.outside_json import expecting, fields_of, read_own_json, record_of
from simpsh.base.phrases import counted, escaped
from simpsh.base.record import Record, changed
from simpsh.grade.exports.course_systems import (
    TITLES,
    ExportEntry,
    recognize_system,
    submissions_of,
)
from simpsh.grade.exports.export_files import Export
from simpsh.grade.exports.roster_files import ListedStudent, RosterFile, read_roster_file
from simpsh.grade.exports.student_exceptions import StudentException
from simpsh.grade.reports.roster import ClassList, HandIn, Student, moment_words
from simpsh.process.own_directory import remove_tree, replace_folder

_FORM = 1
_RECORD, _ROSTER, _SUBMISSIONS, _TASK = "class.json", "roster.csv", "submissions", "task"
_DOWNLOAD_SECONDS = 600.0
"""A course system needs at most this long to write the zip of a class."""


class ClassFolder(Record):
    """An opened class."""

    path: str
    system: str
    title: str
    """The name of the export."""
    roster: RosterFile
    class_list: ClassList

    @property
    def submissions(self) -> str:
        """The folder with a folder for each submission."""
        return os.path.join(self.path, _SUBMISSIONS)

    @property
    def results(self) -> str:
        """The folder with a file for each result."""
        return os.path.join(self.path, "results")

    @property
    def task(self) -> str:
        """The file with the words of the last task."""
        return os.path.join(self.path, _TASK)


class Opened(Record):
    """A class that was just opened, and remarks on its export."""

    folder: ClassFolder
    unmatched: tuple[str, ...]
    """Entries that could not be matched, each in a sentence."""
    notes: tuple[str, ...]


def open_export(
    path: str,
    folder: str,
    roster_path: str = "",
    deadline: datetime | None = None,
    *,
    is_bare: bool = False,
    exceptions: Sequence[StudentException] = (),
) -> Opened:
    """Create a class from an export. It replaces a class in the folder but not its results.

    Raises SimpshError, and leaves the folder unchanged: the export cannot be read or exceeds the
    limits, or two submissions have the same id. `is_bare` says that the deadline named no zone.
    """
    roster = read_roster_file(roster_path) if roster_path else RosterFile()
    export = Export(path)
    try:
        names = _roster_names(roster)
        system = recognize_system(export, names)
        if roster.system not in ("", system):
            words = f"this is a file of {TITLES[roster.system]}, the export is of {TITLES[system]}"
            raise UsageProblem(f"{roster_path}: {words}")
        submissions, unmatched = submissions_of(export, system, names)
        if not submissions:
            raise UsageProblem(f"{path}: there are no submissions in it")
        unmatched = [*export.left_out, *unmatched]
        export.left_out.clear()
        hand_ins = [_hand_in(each, roster, system, unmatched, deadline) for each in submissions]
        _refuse_doubles(hand_ins)
        times = [_file_time(export, each, system) for each in submissions]
        notes = []
        if roster.listed and not any(each.students for each in hand_ins):
            notes.append(f"{roster_path} lists none of these students: is it of this course?")
        if system == "moodle" and roster.system != "moodle":
            notes.append("marks go back to Moodle only with its grading worksheet: --roster FILE")
        if system != "plain" and len(times) > 1 and _is_one_moment(times):
            if any(each.time is None for each in hand_ins):
                notes.append(
                    "the zip records only the time of its download: that makes no submission late"
                )
            times = [None] * len(times)
        clock = "the time of its file" if export.is_folder else "the archive"
        hand_ins = [
            each if each.time is not None or time is None else changed(each, time=time, clock=clock)
            for each, time in zip(hand_ins, times, strict=True)
        ]
        if deadline is not None:
            notes.append(f"deadline: {moment_words(deadline)}")
        if is_bare or roster.has_bare_times:
            zone = moment_words(deadline or datetime.now().astimezone()).rpartition(" ")[2]
            notes.append(f"a deadline without a zone is in that of this machine, {zone}")
        if roster.has_unread_times:
            notes.append(f"{roster_path}: its times are in a language that is not read")
        students = [each.student for each in roster.listed]
        students = students or [student for each in hand_ins for student in each.students]
        usual = [changed(each, deadline=each.deadline or deadline) for each in students]
        for exception in exceptions:
            _except(exception, submissions, hand_ins, usual)
        class_list = ClassList(hand_ins, students)
        opened = ClassFolder(os.path.abspath(folder), system, export.name, roster, class_list)
        _write(opened, export, submissions, roster_path)
        return Opened(opened, (*unmatched, *export.left_out), tuple(notes))
    finally:
        export.close()


def _write(
    opened: ClassFolder, export: Export, submissions: Sequence[ExportEntry], roster_path: str
) -> None:
    make_private(opened.path)
    with naming(opened.path):
        if os.listdir(opened.path) and not is_there(os.path.join(opened.path, _RECORD)):
            raise UsageProblem(
                f"{opened.path}: it is not empty, and no class; name another: -o DIR"
            )
    inside = os.path.realpath(opened.path) + "/"
    if export.is_folder and inside.startswith(os.path.realpath(export.path) + "/"):
        raise UsageProblem(f"{opened.path}: it is inside the export; name another place: -o DIR")
    with naming(opened.path):
        new = tempfile.mkdtemp(prefix=".opening-", dir=opened.path)
    try:
        hand_ins = opened.class_list.hand_ins.values()
        for each, hand_in in zip(submissions, hand_ins, strict=True):
            with naming(opened.path):
                export.copy(each.files, os.path.join(new, hand_in.name))
        with naming(opened.path):
            replace_folder(new, opened.submissions)
            roster = os.path.join(opened.path, _ROSTER)
            if roster_path and os.path.abspath(roster_path) != roster:
                shutil.copyfile(roster_path, roster)
            elif not roster_path and os.path.lexists(roster):
                os.unlink(roster)
    finally:
        remove_tree(new)
    record = _ClassRecord(
        _FORM, opened.system, opened.title, tuple(opened.class_list.students), tuple(hand_ins)
    )
    text = json.dumps(record, default=fields_of, indent=1)
    write_whole(os.path.join(opened.path, _RECORD), text)


# ---------------------------------------------------------------------- matching with students


def _roster_names(roster: RosterFile) -> Mapping[str, str]:
    names = {each.student.team.casefold(): "" for each in roster.listed if each.student.team}
    for each in roster.listed:
        names |= dict.fromkeys(each.keys, each.student.name)
    return names


def _hand_in(
    submission: ExportEntry,
    roster: RosterFile,
    system: str,
    unmatched: list[str],
    deadline: datetime | None,
) -> HandIn:
    """Return a submission with its students; add those not in the roster to `unmatched`."""
    name = re.sub(r"[^\w.@+-]+", "-", submission.id).strip(".-") or "submission"
    label = submission.label if system in ("moodle", "canvas", "gradescope") else ""
    label = label if label != submission.id else ""
    if not roster.listed:
        members = [Student(each.ids[0], each.name) for each in submission.members]
        students = members or [Student(submission.id, label)]
        listed = []
    else:
        listed = [*_list(submission, roster, system)]
        students = [each.student for each in listed]
        if not students:
            shown = escaped(submission.id) + (f" ({escaped(label)})" if label else "")
            unmatched.append(f"{shown}: not in the roster")
        for member in submission.members if students else ():
            ids = {each.casefold() for each in member.ids}
            if not any(ids & {*each.keys} for each in listed):
                unmatched.append(f"{escaped(member.name)} of {submission.id}: not in the roster")
    students = [
        each if each.deadline or not deadline else changed(each, deadline=deadline)
        for each in students
    ]
    recorded = [each.time for each in listed if each.time is not None]
    time, clock = submission.time, submission.clock
    if recorded:
        time = max(recorded)
        clock = "the grading worksheet" if system == "moodle" else "GitHub's record"
    return HandIn(name, label, tuple(students), time, clock, submission.is_late)


def _list(submission: ExportEntry, roster: RosterFile, system: str) -> Iterator[ListedStudent]:
    """Yield the students of the roster who handed in a submission."""
    if system == "moodle" and roster.column("group") >= 0 and roster.system == "moodle":
        # The number in the file's name is the group's, not a participant's.
        team = _letters(submission.label)
        yield from (each for each in roster.listed if _letters(each.student.team) == team)
        return
    ids = {key.casefold() for member in submission.members for key in member.ids}
    if not submission.members:
        # GitHub's file lists repositories, and a team's repository with each of its members.
        ids = {submission.id.casefold()}
        if system == "github":
            ids.add(submission.label.casefold())
    named = [each for each in roster.listed if ids & {*each.keys}]
    teams = ids | {each.student.team.casefold() for each in named}
    mates = [each for each in roster.listed if each.student.team.casefold() in teams - {""}]
    yield from named
    yield from (each for each in mates if each not in named)


def _letters(name: str) -> str:
    """Return a name without the characters that Moodle removes from file names."""
    return re.sub(r"[\W_]", "", name).casefold()


def _file_time(export: Export, submission: ExportEntry, system: str) -> datetime | None:
    """Return the newest time of a submission's files; None if the export does not record it.

    In a folder that was unpacked from a system's zip, files have the time of the unpacking.
    """
    if system == "github" or (export.is_folder and system != "plain") or not submission.files:
        return None
    return datetime.fromtimestamp(max(file.time for file, _ in submission.files)).astimezone()


def _except(
    exception: StudentException,
    submissions: list[ExportEntry],
    hand_ins: list[HandIn],
    students: Sequence[Student],
) -> None:
    """Apply a row to its submission; a student who handed in nothing may get one."""
    indexes = [index for index, each in enumerate(hand_ins) if exception.is_of(each)]
    if not indexes:
        known = [each for each in students if each.id.casefold() == exception.id.casefold()]
        if not known:
            words = f"{escaped(exception.id)}: no student, team or submission has this id"
            raise UsageProblem(f"{exception.where}: {words}")
        if not exception.submission:
            return
        name = re.sub(r"[^\w.@+-]+", "-", exception.id).strip(".-") or "submission"
        submissions.append(ExportEntry(name, "", ()))
        hand_ins.append(HandIn(name, "", tuple(known)))
        indexes = [len(hand_ins) - 1]
    for index in indexes:
        hand_ins[index] = exception.apply_to(hand_ins[index])
        if exception.submission:
            submissions[index] = changed(submissions[index], files=exception.files())


def _is_one_moment(times: Sequence[datetime | None]) -> bool:
    """Return whether all times are those of the download.

    Moodle, Canvas and Gradescope write the current time for each file into the zip.
    """
    seconds = [time.timestamp() for time in times if time is not None]
    return bool(seconds) and max(seconds) - min(seconds) < _DOWNLOAD_SECONDS


def _refuse_doubles(hand_ins: Sequence[HandIn]) -> None:
    names: dict[str, HandIn] = {}
    students: dict[str, HandIn] = {}
    for each in hand_ins:
        if (other := names.setdefault(each.name.casefold(), each)) is not each:
            raise UsageProblem(
                f"class open: two submissions have the id {escaped(each.name)}: "
                f"remove one from the export"
            )
        for student in each.students:
            if (other := students.setdefault(student.id.casefold(), each)) is not each:
                raise UsageProblem(
                    f"class open: {escaped(other.name)} and {escaped(each.name)} are both from "
                    f"{escaped(student.name or student.id)}: remove one from the export"
                )


# ------------------------------------------------------------------------------- the record


class _ClassRecord(Record):
    """The content of class.json."""

    form: int
    system: str
    title: str
    students: tuple[Student, ...]
    submissions: tuple[HandIn, ...]


def load_class(path: str) -> ClassFolder:
    """Read a class that was opened; raise SimpshError if there is none."""
    record = os.path.join(path, _RECORD)
    if not is_there(record):
        raise UsageProblem(f"{path}: no class was opened here; try: simpsh class open EXPORT")
    with expecting(f"{record}: no class of this simpsh; open the export again"):
        loaded = record_of(_ClassRecord, read_own_json(record))
        if loaded.form != _FORM or loaded.system not in TITLES:
            raise ValueError("it is of another version")
    roster, listed = os.path.join(path, _ROSTER), RosterFile()
    if is_there(roster):
        check_trust(roster)
        listed = read_roster_file(roster)
    class_list = ClassList(loaded.submissions, loaded.students)
    return ClassFolder(os.path.abspath(path), loaded.system, loaded.title, listed, class_list)


# ------------------------------------------------------------------------------- the report


def report_opening(opened: Opened) -> Iterator[str]:
    """Yield the lines that `class open` prints: first the entries without a match."""
    class_list = opened.folder.class_list
    if opened.unmatched:
        yield "not matched:"
        yield from (f"  {words}" for words in opened.unmatched)
    yield from opened.notes
    hand_ins = class_list.hand_ins.values()
    count = counted(len(hand_ins), "submission")
    teams = sum(len(each.students) > 1 for each in hand_ins)
    of = counted(sum(len(each.students) for each in hand_ins), "student")
    in_teams = f", {counted(teams, 'team')}" if teams else ""
    yield f"{TITLES[opened.folder.system]}, {opened.folder.title}: {count} of {of}{in_teams}"
    late = [each for each in hand_ins if each.lateness]
    for each in late:
        words = class_list.describe(each.name)
        yield f"  {words if words != each.lateness else f'{each.name}, {words}'}"
    if absent := class_list.absent():
        names = ", ".join(student.name or student.id for student in absent)
        yield f"not handed in by {counted(len(absent), 'student')}: {names}"
