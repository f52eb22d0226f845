"""The submissions of a class, from a folder or an export, and their students."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import ExitStack

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.file_facts import is_folder, is_there
from simpsh.base.file_store import make_private
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record, changed
from simpsh.grade.classes.submissions import Submission, submissions_in
from simpsh.grade.exports.export_files import (
    TITLES,
    ExportEntry,
    copy_files,
    entries_of,
    files_below,
    is_document,
    is_noise,
    letters,
    recognize,
    stem_of,
    unpack_export,
)
from simpsh.grade.exports.roster_files import RosterFile, read_roster_file
from simpsh.grade.reports.roster import ClassList, HandIn, Student
from simpsh.process.own_directory import own_directory, replace_folder


class OpenedClass(Record):
    """A class that was opened."""

    submissions: tuple[Submission, ...]
    system: str = ""
    """One of TITLES; empty for submissions without a list of students."""
    roster: RosterFile = RosterFile()
    class_list: ClassList = ClassList()
    notes: tuple[str, ...] = ()
    """Entries that could not be matched, and remarks, each in a sentence."""


def open_class(path: str, unpacked: str, roster_path: str = "") -> OpenedClass:
    """Open a folder of submissions, an export of a course system, or one submission, a file.

    A zip, and the submissions that a course system has named, become the folder `unpacked`, which
    they replace. Other folders stay where they are. Raises SimpshError: it cannot be
    read or exceeds the limits, or two submissions have the same id.
    """
    roster = read_roster_file(roster_path) if roster_path else RosterFile()
    if not is_there(path):
        raise UsageProblem(f"{path}: there is no such file or folder")
    if is_there(os.path.join(path, "class.json")):
        raise UsageProblem(
            f"{path}: a class that release 1.0 opened; grade {path}/submissions, with -o DIR"
        )
    if not is_folder(path) and not path.lower().endswith(".zip"):
        return OpenedClass((Submission(os.path.basename(path), os.path.realpath(path)),))
    above = os.path.dirname(unpacked)
    with ExitStack() as opening:
        top, notes = path, []
        if not is_folder(path):
            make_private(above)
            with naming(above):
                top = opening.enter_context(own_directory(".export-", above))
            notes += unpack_export(path, top)
        every, skipped = files_below(top)
        system, files = recognize(every)
        if roster.system not in ("", system):
            words = f"this is a file of {TITLES[roster.system]}, the export is of {TITLES[system]}"
            raise UsageProblem(f"{roster_path}: {words}")
        if system == "plain":
            if top != path:
                replace_folder(_class_folder(top, path), unpacked)
                path = unpacked
            return _in_place(path, roster, roster_path, notes)
        entries, unmatched = entries_of(files, system)
        if not entries:
            raise UsageProblem(f"{path}: there are no submissions in it")
        notes += [*skipped, *unmatched.values()]
        hand_ins = [_hand_in(each, system, roster, notes) for each in entries]
        class_list = _class_list(hand_ins, roster, roster_path, notes)
        if f"{os.path.realpath(unpacked)}/".startswith(f"{os.path.realpath(path)}/"):
            raise UsageProblem(f"{unpacked}: it is inside the export; name another place: -o DIR")
        make_private(above)
        # The folder has all submissions, or is unchanged.
        with naming(above), own_directory(".unpacked-", above) as new:
            for each, hand_in in zip(entries, hand_ins, strict=True):
                notes += copy_files(each.files, os.path.join(new, hand_in.name))
            replace_folder(new, unpacked)
        paths = [os.path.join(os.path.abspath(unpacked), each.name) for each in hand_ins]
        submissions = [Submission(each.name, at) for each, at in zip(hand_ins, paths, strict=True)]
        return OpenedClass(tuple(submissions), system, roster, class_list, tuple(notes))


def _class_folder(top: str, path: str) -> str:
    """Return the folder with the submissions of an unpacked zip, which may be in another one."""
    names = [name for name in os.listdir(top) if not is_noise(name)]
    inner = os.path.join(top, names[0]) if len(names) == 1 else ""
    if not is_folder(inner):
        return top
    # If there is only one student, the student's folder looks the same but directly has files.
    is_class = names[0] == os.path.basename(path).removesuffix(".zip")
    has_folders = all(is_folder(os.path.join(inner, name)) for name in os.listdir(inner))
    return inner if is_class or has_folders else top


def _in_place(path: str, roster: RosterFile, roster_path: str, notes: list[str]) -> OpenedClass:
    """Return the entries of a folder as submissions; a student's id is a name without an ending."""
    every = [each for each in submissions_in(path) if not is_noise(each.name)]
    given = [each for each in every if not is_document(each.name)] or every
    notes += [
        f"{escaped(each.name)}: no submission by its name" for each in every if each not in given
    ]
    if not roster.students:
        return OpenedClass(tuple(given), notes=tuple(notes))
    entries = [ExportEntry(stem_of(composed(each.name))) for each in given]
    hand_ins = [
        changed(_hand_in(entry, "plain", roster, notes), name=each.name)
        for entry, each in zip(entries, given, strict=True)
    ]
    class_list = _class_list(hand_ins, roster, roster_path, notes)
    return OpenedClass(tuple(given), "plain", roster, class_list, tuple(notes))


def _hand_in(entry: ExportEntry, system: str, roster: RosterFile, notes: list[str]) -> HandIn:
    """Return a submission with its students; note one that is not in the roster."""
    name = re.sub(r"[^\w.@+-]+", "-", entry.id).strip(".-") or "submission"
    label = entry.label if entry.label != entry.id else ""
    if not roster.students:
        return HandIn(name, label, (Student(entry.id, label),))
    listed = _listed(entry, system, roster.students)
    if not listed:
        shown = escaped(entry.id) + (f" ({escaped(label)})" if label else "")
        notes.append(f"{shown}: not in the roster")
    return HandIn(name, label, tuple(listed))


def _listed(entry: ExportEntry, system: str, roster: Sequence[Student]) -> list[Student]:
    """Return the students of the roster who handed in a submission."""
    named = [it for it in roster if it.id.casefold() == entry.id.casefold()]
    if system == "moodle":
        team = [it for it in roster if letters(it.team) == letters(entry.label) != ""]
        # The number in the file's name is the group's then, not a participant's.
        return team or named
    teams = {entry.id.casefold(), *(each.team.casefold() for each in named)} - {""}
    mates = [it for it in roster if it.team.casefold() in teams]
    return [*named, *(each for each in mates if each not in named)]


def _class_list(
    hand_ins: Sequence[HandIn], roster: RosterFile, roster_path: str, notes: list[str]
) -> ClassList:
    """Return the students and their submissions; raise UsageProblem if two have one id."""
    names: dict[str, HandIn] = {}
    owners: dict[str, HandIn] = {}
    for each in hand_ins:
        keys = [(names, each.name, each.name)]
        keys += [(owners, one.id, one.name or one.id) for one in each.students]
        for known, key, shown in keys:
            if (other := known.setdefault(key.casefold(), each)) is not each:
                what = "have the id" if known is names else "are both from"
                raise UsageProblem(
                    f"grade: two submissions {what} {escaped(shown)} ({escaped(other.name)} and "
                    f"{escaped(each.name)}): remove one from the export"
                )
    if roster.students and not any(each.students for each in hand_ins):
        notes.append(f"{roster_path} lists none of these students: is it of this course?")
    students = [*roster.students] or [student for each in hand_ins for student in each.students]
    return ClassList(hand_ins, students)
