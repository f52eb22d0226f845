"""The submissions of a class, from a folder or an export, and their students."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.file_facts import is_folder, is_there
from simpsh.base.file_store import make_private
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record, changed
from simpsh.grade.classes.submissions import Submission, submissions_in
from simpsh.grade.exports.export_files import Export
from simpsh.grade.exports.roster_files import ListedStudent, RosterFile, read_roster_file
from simpsh.grade.exports.submission_names import (
    TITLES,
    ExportEntry,
    is_document,
    is_noise,
    letters,
    recognize_system,
    stem_of,
    submissions_of,
)
from simpsh.grade.reports.roster import ClassList, HandIn, Student
from simpsh.process.own_directory import own_directory, replace_folder

_DOWNLOAD_SECONDS = 600.0
"""A course system needs at most this long to write the zip of a class."""


class OpenedClass(Record):
    """A class that was opened."""

    submissions: tuple[Submission, ...]
    system: str
    """One of TITLES; empty for submissions without a list of students."""
    roster: RosterFile
    class_list: ClassList
    notes: tuple[str, ...]
    """Entries that could not be matched, and remarks, each in a sentence."""


def open_class(
    path: str, unpacked: str, roster_path: str = "", due: datetime | None = None
) -> OpenedClass:
    """Open a folder of submissions, an export of a course system, or one submission, a file.

    The submissions of a zip, and those that a course system has named, are copied to the folder
    `unpacked`, which they replace. Others stay where they are. Raises SimpshError: it cannot be
    read or exceeds the limits, or two submissions have the same id.
    """
    roster = read_roster_file(roster_path) if roster_path else RosterFile()
    whole = os.path.abspath(path)
    if not is_there(whole):
        raise UsageProblem(f"{path}: there is no such file or folder")
    if is_there(os.path.join(path, "class.json")):
        raise UsageProblem(
            f"{path}: a class that release 1.0 opened; grade {path}/submissions, with -o DIR"
        )
    is_archive = path.lower().endswith(".zip")
    if not is_folder(path) and not is_archive:
        single = Submission(os.path.basename(whole), os.path.realpath(whole))
        return OpenedClass((single,), "", RosterFile(), ClassList(), ())
    with _exported(path) as export:
        system = recognize_system(export)
        if roster.system not in ("", system):
            words = f"this is a file of {TITLES[roster.system]}, the export is of {TITLES[system]}"
            raise UsageProblem(f"{roster_path}: {words}")
        if system == "plain" and export.is_folder:
            return _in_place(export, roster, roster_path, due)
        export.require_limits()
        names = {each.student.id.casefold(): each.student.name for each in roster.listed}
        entries, notes = submissions_of(export, system, names)
        notes = [*export.left_out, *notes]
        export.left_out.clear()
        if not entries:
            raise UsageProblem(f"{path}: there are no submissions in it")
        hand_ins = [_hand_in(each, system, roster, notes) for each in entries]
        times = [
            None
            if export.is_folder
            else datetime.fromtimestamp(max(file.time for file, _ in each.files)).astimezone()
            for each in entries
        ]
        seconds = [time.timestamp() for time in times if time is not None]
        if system != "plain" and seconds and max(seconds) - min(seconds) < _DOWNLOAD_SECONDS:
            # Moodle and Canvas write the time of the download for each file into the zip.
            times = [None] * len(times)
        hand_ins = [
            each if each.time is not None else changed(each, time=time)
            for each, time in zip(hand_ins, times, strict=True)
        ]
        class_list = _class_list(hand_ins, roster, roster_path, due, notes)
        _copy(export, entries, hand_ins, unpacked)
        notes += export.left_out
        submissions = tuple(
            Submission(each.name, os.path.join(os.path.abspath(unpacked), each.name))
            for each in hand_ins
        )
        return OpenedClass(submissions, system, roster, class_list, tuple(notes))


def _in_place(
    export: Export, roster: RosterFile, roster_path: str, due: datetime | None
) -> OpenedClass:
    """Return the entries of a folder as submissions; a student's id is a name without an ending."""
    every = [each for each in submissions_in(export.path) if not is_noise(each.name)]
    given = [each for each in every if not is_document(each.name)] or every
    notes = [
        f"{escaped(each.name)}: no submission by its name" for each in every if each not in given
    ]
    if not roster.listed and due is None:
        return OpenedClass(tuple(given), "", roster, ClassList(), tuple(notes))
    hand_ins = []
    moments: dict[str, float] = {}
    for file in export.files:
        top = file.path.partition("/")[0]
        moments[top] = max(file.time, moments.get(top, 0.0))
    for each in given:
        name = composed(each.name)
        found = _hand_in(ExportEntry(stem_of(name), "", ()), "plain", roster, notes)
        students = found.students if roster.listed else (Student(each.name),)
        time = datetime.fromtimestamp(moments[name]).astimezone() if name in moments else None
        hand_ins.append(changed(found, name=each.name, students=students, time=time))
    class_list = _class_list(hand_ins, roster, roster_path, due, notes)
    return OpenedClass(tuple(given), "plain", roster, class_list, tuple(notes))


def _copy(
    export: Export, entries: Sequence[ExportEntry], hand_ins: Sequence[HandIn], unpacked: str
) -> None:
    """Copy the submissions of an export; the folder has all of them, or is unchanged."""
    inside = os.path.realpath(unpacked) + "/"
    if export.is_folder and inside.startswith(os.path.realpath(export.path) + "/"):
        raise UsageProblem(f"{unpacked}: it is inside the export; name another place: -o DIR")
    above = os.path.dirname(unpacked)
    make_private(above)
    with naming(above), own_directory(".unpacked-", above) as new:
        for each, hand_in in zip(entries, hand_ins, strict=True):
            export.copy(each.files, os.path.join(new, hand_in.name))
        replace_folder(new, unpacked)


class _exported:  # noqa: N801 - with _exported(path) as export
    """An export, which is closed at the end of the block."""

    def __init__(self, path: str) -> None:
        self._export = Export(path)

    def __enter__(self) -> Export:
        return self._export

    def __exit__(self, *_: object) -> None:
        self._export.close()


# ---------------------------------------------------------------------- matching with students


def _hand_in(entry: ExportEntry, system: str, roster: RosterFile, notes: list[str]) -> HandIn:
    """Return a submission with its students; note one that is not in the roster."""
    name = re.sub(r"[^\w.@+-]+", "-", entry.id).strip(".-") or "submission"
    label = entry.label if system in ("moodle", "canvas") and entry.label != entry.id else ""
    listed: list[ListedStudent] = []
    students = [Student(entry.id, label)]
    if roster.listed:
        listed = [*_list(entry, system, roster)]
        students = [each.student for each in listed]
        if not students:
            shown = escaped(entry.id) + (f" ({escaped(label)})" if label else "")
            notes.append(f"{shown}: not in the roster")
    time = max((each.time for each in listed if each.time is not None), default=None)
    return HandIn(name, label, tuple(students), time, entry.is_late)


def _list(entry: ExportEntry, system: str, roster: RosterFile) -> Iterator[ListedStudent]:
    """Yield the students of the roster who handed in a submission."""
    if system == "moodle" and entry.label:
        team = [
            each for each in roster.listed if letters(each.student.team) == letters(entry.label)
        ]
        if team:
            # The number in the file's name is the group's, not a participant's.
            yield from team
            return
    named = [it for it in roster.listed if it.student.id.casefold() == entry.id.casefold()]
    yield from named
    if system == "moodle":
        return  # each member of a team has a copy
    teams = {entry.id.casefold(), *(each.student.team.casefold() for each in named)} - {""}
    mates = [each for each in roster.listed if each.student.team.casefold() in teams]
    yield from (each for each in mates if each not in named)


def _class_list(
    hand_ins: Sequence[HandIn],
    roster: RosterFile,
    roster_path: str,
    due: datetime | None,
    notes: list[str],
) -> ClassList:
    """Return the students and their submissions; raise UsageProblem if two have one id."""
    names: dict[str, HandIn] = {}
    owners: dict[str, HandIn] = {}
    for each in hand_ins:
        pairs = [(names, each.name, each.name)]
        pairs += [(owners, one.id, one.name or one.id) for one in each.students]
        for known, key, shown in pairs:
            if (other := known.setdefault(key.casefold(), each)) is not each:
                what = "have the id" if known is names else "are both from"
                raise UsageProblem(
                    f"grade: two submissions {what} {escaped(shown)} ({escaped(other.name)} and "
                    f"{escaped(each.name)}): remove one from the export"
                )
    if roster.listed and not any(each.students for each in hand_ins):
        notes.append(f"{roster_path} lists none of these students: is it of this course?")
    if roster.has_unread_times:
        notes.append(f"{roster_path}: its times are in a language that is not read")
    students = [each.student for each in roster.listed]
    students = students or [student for each in hand_ins for student in each.students]
    return ClassList(hand_ins, students, due)
