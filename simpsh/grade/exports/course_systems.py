"""How course systems name submitted files: an export becomes submissions with the systems' ids.

The patterns are from the sources and documents of the systems; docs/how-to/course-systems.md lists
them. An id always comes from the system's part of a name, never from the student's file name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.own_program import how_to_install
from simpsh.base.patience import patience
from simpsh.base.phrases import escaped
from simpsh.base.record import Record
from simpsh.base.wait_status import Exited
from simpsh.grade.exports.export_files import Export, ExportFile
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.process.contained_run import ContainedCommand, run_contained
from simpsh.process.own_directory import own_directory
from simpsh.process.worker import WorkerLate, in_own_process

SYSTEMS = ("moodle", "canvas", "blackboard", "gradescope", "github", "plain")
TITLES = {
    "moodle": "Moodle",
    "canvas": "Canvas",
    "blackboard": "Blackboard",
    "gradescope": "Gradescope",
    "github": "GitHub Classroom",
    "plain": "plain files",
}
_GIT_SECONDS = 60.0 * patience()
_MOST_REFERENCE = 1 << 20
_METADATA = "submission_metadata.yml"
_MOST_METADATA = 256 << 20
_MOODLE = re.compile(
    r"(?P<label>[^_/]*)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+(?:_/|/|_)(?P<path>.+)", re.S
)
_BLACKBOARD = re.compile(
    r"(?P<head>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<path>.+)|\.txt)", re.S
)
_CANVAS = re.compile(
    r"(?=(?:^|_)(?:(?P<late>LATE)_)?(?P<id>\d+|anon_[0-9A-Za-z]+)_"
    r"(?:(?P<file>\d+)_(?P<path>.+)|(?P<text>(?:text|link)\.html)$))",
    re.S,
)
_NAME_AND_ID = re.compile(r"(?P<label>[^_/]+)_(?P<id>[^_/]+)_(?P<path>.+)", re.S)
_GRADESCOPE = re.compile(r"(?P<id>submission_\d+)/(?P<path>.+)", re.S)


RosterNames = Mapping[str, str]
"""The name of each student in the roster by id, team or repository, all in lower case."""


class Member(Record):
    """A submitter that the export itself lists."""

    name: str
    ids: tuple[str, ...]


class ExportEntry(Record):
    """A submission of an export."""

    id: str
    """The id that the system gives it."""
    label: str
    """The text that the system writes before the id, such as the student's name."""
    files: tuple[tuple[ExportFile, str], ...]
    """The files, each with its path in the submission, in the system's order."""
    members: tuple[Member, ...] = ()
    time: datetime | None = None
    clock: str = ""
    """The name of the record with the time; empty if only the files have times."""
    is_late: bool = False


class Piece(Record):
    """The parts of a file's name."""

    id: str
    label: str
    path: str
    """The path in the submission; empty for a file that the system wrote."""
    attempt: str = ""
    is_late: bool = False
    order: int = 0


Reader = Callable[[str], Piece | None]


def recognize_system(export: Export, roster: RosterNames) -> str:
    """Return which of SYSTEMS an export is from; enters the folder that contains everything."""
    if source := _system_of(export, roster):
        return source
    if top := export.top_folder():
        original = export.name, export.files
        export.enter(top)
        if source := _system_of(export, roster):
            return source
        # If there is only one student, the student's folder looks the same but directly has files.
        is_class = top == original[0] or all("/" in file.path for file in export.files)
        if export.is_folder or not is_class:
            export.name, export.files = original
    return "plain"


def _system_of(export: Export, roster: RosterNames) -> str:
    """Return the system whose form the files have as they are; empty for none."""
    readers = _readers(export, roster)
    tops = {_top(file.path): file.path for file in export.files if not _is_noise(file.path)}
    for system in ("moodle", "canvas", "blackboard"):
        # Most names must match, not all: a stray file does not change the system.
        if sum(readers[system](path) is not None for path in tops.values()) * 2 > len(tops):
            return system
    if any(file.path == _METADATA for file in export.files):
        return "gradescope"
    is_github = any(re.fullmatch(r"[^/]+/\.git/HEAD", file.path) for file in export.files)
    return "github" if is_github else ""


def submissions_of(
    export: Export, system: str, roster: RosterNames
) -> tuple[list[ExportEntry], list[str]]:
    """Return the submissions of an export, and a sentence for each other entry.

    The last attempt counts; earlier ones are listed. Raises UsageProblem: one id has two
    submissions, and the system does not record which is the later one.
    """
    reader = _readers(export, roster)[system]
    pieces: dict[str, list[tuple[Piece, ExportFile]]] = {}
    unmatched: dict[str, str] = {}
    for file in export.files:
        if _is_noise(file.path) and system != "github":
            continue
        if (piece := reader(file.path)) is None:
            unmatched[_top(file.path)] = f"{escaped(_top(file.path))}: no submission by its name"
        else:
            pieces.setdefault(piece.id.casefold(), []).append((piece, file))
    unmatched.pop(_METADATA, None)
    submissions = []
    for several in pieces.values():
        last = max(piece.attempt for piece, _ in several)
        for attempt in sorted({piece.attempt for piece, _ in several} - {last}):
            words = f"{escaped(several[0][0].id)}: the attempt of {attempt} is not the last one"
            unmatched[words] = words
        submissions.append(_submission_of([each for each in several if each[0].attempt == last]))
    if system == "gradescope":
        submissions = _with_metadata(export, submissions, unmatched)
    if system == "github":
        submissions = [_with_commit(export, each) for each in submissions]
    return submissions, [*unmatched.values()]


def _submission_of(several: Sequence[tuple[Piece, ExportFile]]) -> ExportEntry:
    first = several[0][0]
    for piece, _ in several:
        if (piece.label, piece.is_late) != (first.label, first.is_late):
            names = " and ".join(escaped(each.label or each.id) for each in (first, piece))
            raise UsageProblem(
                f"class open: two submissions have the id {escaped(first.id)}, of {names}: "
                "remove one from the export"
            )
    ordered = sorted(several, key=lambda each: each[0].order)
    files = tuple((file, piece.path) for piece, file in ordered if piece.path)
    time = None
    if first.attempt:
        time = datetime.strptime(first.attempt, "%Y-%m-%d-%H-%M-%S").astimezone()
    clock = "the time of the attempt" if first.attempt else ""
    return ExportEntry(first.id, first.label, files, (), time, clock, first.is_late)


def _top(path: str) -> str:
    return path.partition("/")[0]


_OF_FILE_MANAGERS = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini"))
_DOCUMENT = re.compile(
    r"(?i)(?:read.?me|index|license)\b.*|.*\.(?:csv|tsv|xlsx?|ods|pdf|html?|log)"
)
"""A file at the top that is about the class, and no submission."""


def _is_noise(path: str) -> bool:
    """Return whether an archiver or a file manager added this file."""
    top = _top(path)
    return top.startswith(".") or top.casefold() in _OF_FILE_MANAGERS


# ------------------------------------------------------------------- the names of each system


def _readers(export: Export, roster: RosterNames) -> Mapping[str, Reader]:
    return {
        "moodle": _moodle,
        "canvas": partial(_canvas, roster=roster),
        "blackboard": partial(_blackboard, roster=roster),
        "gradescope": _gradescope,
        "github": _github(export, roster),
        "plain": partial(_plain, roster=roster),
    }


def _moodle(path: str) -> Piece | None:
    """Read `Jane Doe_4711_assignsubmission_file/two.py`, or with `_` in place of the slash.

    A team has its name and the number of the group, or no number: `Default group`.
    """
    match = _MOODLE.fullmatch(path)
    return Piece(match["id"] or match["label"], match["label"], match["path"]) if match else None


def _canvas(path: str, roster: RosterNames) -> Piece | None:
    """Read `doejane_LATE_101_9001_two.py`: the student's id comes before the file's.

    A student's name may hold such numbers, too: the roster decides between the readings.
    """
    readings = []
    for match in _CANVAS.finditer(path):
        label = path[: match.start()]
        order = int(match["file"] or 0)
        inside = match["path"] or match["text"]
        piece = Piece(match["id"], label, inside, is_late=bool(match["late"]), order=order)
        name = re.sub(r"\W", "", roster.get(piece.id, "")).lower()
        readings.append((bool(name) and name == label.lower(), piece.id in roster, piece))
    return max(readings, key=lambda each: each[:2])[2] if readings and "/" not in path else None


def _blackboard(path: str, roster: RosterNames) -> Piece | None:
    """Read `Homework 1_jdoe_attempt_2026-11-24-23-59-00_two.py`.

    Blackboard itself writes the `.txt` that has no further name.
    """
    match = _BLACKBOARD.fullmatch(path)
    if match is None or "/" in path or "_" not in match["head"]:
        return None
    id_ = _last_part(match["head"], "_", roster) or match["head"].partition("_")[2]
    return Piece(id_, "", match["path"] or "", match["time"])


def _gradescope(path: str) -> Piece | None:
    match = _GRADESCOPE.fullmatch(path)
    return Piece(match["id"], "", match["path"]) if match else None


def _github(export: Export, roster: RosterNames) -> Reader:
    """Return a reader of `ASSIGNMENT-LOGIN/two.py`, from a folder `ASSIGNMENT-submissions`."""
    repositories = sorted({_top(file.path) for file in export.files})
    assignment = export.name.removesuffix("-submissions") + "-"
    if not all(name.startswith(assignment) for name in repositories):
        words = zip(*(name.split("-")[:-1] for name in repositories), strict=False)
        common = [*takewhile(lambda several: len({*several}) == 1, words)]
        assignment = "".join(f"{several[0]}-" for several in common)

    def read(path: str) -> Piece | None:
        repository, _, inside = path.partition("/")
        if not inside or repository.startswith("."):
            return None
        id_ = repository if repository.casefold() in roster else _last_part(repository, "-", roster)
        return Piece(id_ or repository.removeprefix(assignment), repository, inside)

    return read


def _plain(path: str, roster: RosterNames) -> Piece | None:
    """Read `jdoe.py` or `jdoe/two.py`.

    `Jane Doe_4711_two.py`, as before Moodle 2.3, has the id 4711 if the roster has it with this
    name.
    """
    match = _NAME_AND_ID.fullmatch(path)
    if match and (named := roster.get(match["id"].casefold())):
        label = re.sub(r"\W", "", match["label"]).casefold()
        if re.sub(r"\W", "", named).casefold() == label:
            return Piece(match["id"], match["label"], match["path"])
    name, _, inside = path.partition("/")
    if inside:
        return Piece(name, name, inside)
    if _DOCUMENT.fullmatch(name):
        return None
    ending = re.search(r"(?:\.(?:tar|c|py))?\.\w+$", name)
    return Piece(name[: ending.start()] if ending else name, name, name)


def _last_part(name: str, sign: str, roster: RosterNames) -> str:
    """Return the longest end of `name` after a `sign` that is a known id; empty if none is."""
    starts = [match.end() for match in re.finditer(re.escape(sign), name)]
    return next((name[start:] for start in starts if name[start:].casefold() in roster), "")


# ------------------------------------------------------------------------ the systems' own records


def _with_metadata(
    export: Export, submissions: list[ExportEntry], unmatched: dict[str, str]
) -> list[ExportEntry]:
    """Add submitters and times from Gradescope's record; keep the last of several submissions."""
    (file,) = (file for file in export.files if file.path == _METADATA)
    entries = _yaml(export.read(file, _MOST_METADATA), f"{export.path}: {_METADATA}")
    by_members: dict[tuple[str, ...], ExportEntry] = {}
    for each in submissions:
        entry = entries.get(each.id)
        if not isinstance(entry, dict):
            unmatched[each.id] = f"{each.id}: {_METADATA} does not list it"
            continue
        members = tuple(_submitters(entry))
        time = _yaml_time(entry.get(":created_at"))
        label = " and ".join(member.name or member.ids[0] for member in members)
        new = ExportEntry(each.id, label, each.files, members, time, "Gradescope's record")
        key = tuple(sorted(member.ids[0] for member in members)) or (each.id,)
        old = by_members.setdefault(key, new)
        if old is new:
            continue
        if old.time is None or new.time is None or old.time == new.time:
            raise UsageProblem(
                f"class open: {old.id} and {new.id} are both of {escaped(label)}: remove one"
            )
        first, last = sorted((old, new), key=lambda each: str(each.time))
        by_members[key] = last
        unmatched[first.id] = f"{first.id}: {last.id} of {escaped(label)} is later"
    return [*by_members.values()]


def _yaml_time(value: object) -> datetime | None:
    """Return a time of YAML, in UTC if it has no zone; None if `value` is not a time."""
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _submitters(entry: Mapping[object, object]) -> Iterator[Member]:
    submitters = entry.get(":submitters")
    for each in submitters if isinstance(submitters, list) else []:
        if isinstance(each, dict):
            name, *ids = (str(each.get(key) or "") for key in (":name", ":email", ":sid"))
            if keys := tuple(filter(None, ids)) or ((name,) if name else ()):
                yield Member(name, keys)


def _yaml(text: bytes, source: str) -> Mapping[object, object]:
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise SimpshError(f"{source}: PyYAML is needed; {how_to_install('class')}") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        value = yaml.load(text, loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageProblem(f"{source}: this is no YAML: {error}") from None
    if not isinstance(value, dict):
        raise UsageProblem(f"{source}: it lists no submissions")
    return value


def _with_commit(export: Export, submission: ExportEntry) -> ExportEntry:
    """Return a submission without its repository, with the time of the last commit."""
    repository = [(file, path) for file, path in submission.files if path.startswith(".git/")]
    files = tuple(each for each in submission.files if not each[1].startswith(".git/"))
    time = _commit_time(export, repository)
    return ExportEntry(submission.id, submission.label, files, (), time, "its last commit")


def _commit_time(export: Export, files: Sequence[tuple[ExportFile, str]]) -> datetime | None:
    """Return when the last commit was made; None if git is missing, or there is no commit.

    `files` are those of the repository, with their paths `.git/…`.
    """
    commit = _head(export, {path: file for file, path in files})
    git = find_program("git", STANDARD_PATH)
    if not commit or not git:
        return None
    with own_directory("simpsh-git-") as git_dir:
        # The repository's own configuration may name programs to run, so git never reads it: it
        # works in an empty repository with the objects of this one.
        inside = ".git/objects/"
        objects = [
            (file, path.removeprefix(inside))
            for file, path in files
            if path.startswith(inside) and not path.startswith(f"{inside}info/")
        ]
        export.copy(objects, os.path.join(git_dir, "objects"))
        os.mkdir(os.path.join(git_dir, "refs"))
        with open(os.path.join(git_dir, "HEAD"), "w", encoding="utf-8") as head:
            head.write("ref: refs/heads/none\n")
        environment = {"HOME": git_dir, "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": git_dir}
        argv = (git, "cat-file", "commit", commit)
        command = ContainedCommand(argv, environment, git_dir, _GIT_SECONDS)
        try:
            end = in_own_process(partial(run_contained, command), 2 * _GIT_SECONDS)
        except WorkerLate:
            return None
    if end.status != Exited(0):
        return None
    match = re.search(rb"^committer .* (\d{1,11}) [+-]\d{4}$", end.output, re.M)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def _head(export: Export, files: dict[str, ExportFile]) -> str:
    """Return the commit that HEAD names; empty if there is none."""

    def text(path: str) -> str:
        file = files.get(f".git/{path}")
        return export.read(file, _MOST_REFERENCE).decode("latin-1").strip() if file else ""

    head = text("HEAD")
    if head.startswith("ref: "):
        name = head.removeprefix("ref: ")
        packed = re.search(rf"^([0-9a-f]{{40}}) {re.escape(name)}$", text("packed-refs"), re.M)
        head = text(name) or (packed[1] if packed else "")
    return head if re.fullmatch(r"[0-9a-f]{40}", head) else ""
