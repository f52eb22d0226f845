"""Submissions: listing them, finding the program of one, and copying one safely.

A submission is read within limits of depth, number, size and kind. Nothing in it can block this
process or fill the disk or the memory: links are not followed, FIFOs and devices are not opened,
and the size of a file is checked before the file is read.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.file_facts import is_file, is_folder, is_link, is_there
from simpsh.base.phrases import escaped, listed, shorten
from simpsh.base.record import Record
from simpsh.grade.sandbox.guarded_files import kind_of, open_path, read_beginning, reopen
from simpsh.grade.sandbox.program_build import COMPILED, MAKEFILES
from simpsh.grade.sandbox.sandbox import SubmissionRefused

_DEEPEST = 64
_MOST_ENTRIES = 10_000
_LONGEST_PATH = 2000
_PIECE = 1 << 20
_MEBI = 1 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SHOWN = 60
_MOST_NAMES = 5


class Submission(Record):
    """The file or folder of one student or team."""

    name: str
    path: str


def submissions_in(folder: str) -> list[Submission]:
    """Return the entries of a folder as submissions, sorted by name, without hidden ones.

    A FIFO or a device is a submission, too: its report says that it cannot be judged.

    Raises SimpshError: it cannot be read. UsageProblem: it is empty.
    """
    with naming(folder):
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    if not names:
        raise UsageProblem(f"{folder}: there are no submissions in it")
    return [Submission(name, os.path.join(os.path.abspath(folder), name)) for name in names]


class FoundProgram(Record):
    """The program of a submission."""

    path: str
    others: tuple[str, ...] = ()
    """Other programs in the submission, relative to it; not judged by themselves."""


_SOURCES = (".py", *COMPILED)
_ENDINGS = "|".join(map(re.escape, _SOURCES))


def program_in(top: str, wanted: str, starts: Mapping[str, str]) -> FoundProgram:
    """Return the source or program of a submission; raise SubmissionRefused, OSError.

    It has the name `wanted`, without an ending if the language is free. A Makefile stands for the
    program that it makes. An unchanged start program (`starts`, by ending) does not count. Two
    programs of equal standing are refused.
    """
    every = [*_files_below(top)] if is_folder(top) else [(0, top)]
    path = _choose(top, wanted, starts, every)
    others = [
        os.path.relpath(each, top)
        for _, each in every
        if each != path and (each.lower().endswith(_SOURCES) or _attempt_of(each, wanted))
    ]
    return FoundProgram(path, tuple(others))


def _attempt_of(path: str, wanted: str) -> re.Match[str] | None:
    """Match the name of a file that has the name `wanted`, maybe as a course system renames it."""
    # ann_LATE_12_34_two-children-1.c
    pattern = rf"(?P<before>.*_)?{re.escape(wanted)}(?:-(?P<number>\d{{1,9}}))?(?P<end>{_ENDINGS})?"
    name = os.path.basename(path)
    return re.fullmatch(pattern, name, re.IGNORECASE | re.DOTALL) if wanted else None


def _choose(
    top: str, wanted: str, starts: Mapping[str, str], every: Sequence[tuple[int, str]]
) -> str:
    files = [(depth, path) for depth, path in every if path == top or _attempt_of(path, wanted)]
    starts_as_bytes = {ending: text.encode() for ending, text in starts.items()}
    changed = []
    for depth, path in files:
        start = starts_as_bytes.get(path.rpartition(".")[2].lower())
        # A link is not followed, so it is no start program.
        is_read = start is not None and not is_link(path)
        if is_read and read_beginning(path, len(start or b"") + 1) == start:
            continue
        changed.append((depth, path))
    if changed:
        return _last_attempt(
            top, wanted, [path for depth, path in changed if depth == changed[0][0]]
        )
    if files:
        raise SubmissionRefused(f"{os.path.basename(files[0][1])} is the start program, unchanged")
    ends = [(depth, path) for depth, path in every if path.lower().endswith(_SOURCES)]
    sources = [path for depth, path in ends if depth == ends[0][0]]
    makefiles = [path for _, path in every if os.path.basename(path) in MAKEFILES]
    made = next((path for path in makefiles if wanted and _makes(path, wanted)), "")
    if len(sources) == 1 and not made:
        return sources[0]
    if made:
        return os.path.join(os.path.dirname(made), wanted)
    if makefiles:
        # make(1) knows best whether it makes the program; its rule may have a variable for a name.
        made = os.path.join(os.path.dirname(makefiles[0]), wanted)
        return made if wanted and not is_there(made) else makefiles[0]
    # If several C or C++ files belong together, take the one with main().
    is_c = all(path.lower().endswith(COMPILED) for path in sources)
    mains = [path for path in sources if is_c and _has_main(path)]
    if len(mains) == 1:
        return mains[0]
    paths = sources or [path for _, path in every]
    names = [escaped(os.path.basename(path)) for path in paths[:_MOST_NAMES]]
    names += [f"{len(paths) - _MOST_NAMES} more"] if len(paths) > _MOST_NAMES else []
    looked = f"there is no {wanted}, {wanted}.py or {wanted}.c" if wanted else "which program?"
    raise SubmissionRefused(f"{looked}; it holds {', '.join(names) or 'no file'}")


def _last_attempt(top: str, wanted: str, paths: Sequence[str]) -> str:
    """Return the newest of several attempts at one program.

    Raises SubmissionRefused: there are different programs, such as one in C and one in Python.
    """
    named = {path: match for path in paths if (match := _attempt_of(path, wanted))}
    exact = [path for path, match in named.items() if not match["before"]]
    paths = exact or paths

    def kind(path: str) -> tuple[str, ...]:
        match = named.get(path)
        end = (match["end"] or "").lower() if match else ""
        return os.path.dirname(path), (match["before"] or "") if match else "", end

    kinds: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        # A compiled program next to its source is no second program.
        is_source = kind(path)[-1] or read_beginning(path, 4) != b"\x7fELF"
        if is_source or len(paths) == 1:
            kinds.setdefault(kind(path), []).append(path)
    # If an archive gives all files one time, the last attempt counts.
    last = [max(each, key=lambda path: _age(path, named.get(path))) for each in kinds.values()]
    last = last or [max(paths, key=lambda path: _age(path, named.get(path)))]
    if len(last) > 1 and len({read_beginning(path, _PIECE) for path in last}) > 1:
        names = [escaped(os.path.relpath(path, top)) for path in sorted(last)]
        words = f"which program? {listed(names[:_MOST_NAMES])} have the same standing"
        raise SubmissionRefused(f"{words}: hand in one of them")
    return min(last)


def _age(path: str, match: re.Match[str] | None) -> tuple[int, int, int, str]:
    moment = os.lstat(path).st_mtime_ns
    attempt = int(match["number"] or 0) if match else 0
    return moment // 1_000_000_000, attempt, moment, path


def without_text_endings(top: str) -> tuple[str, dict[str, str]]:
    """Rename each copied `x.c.txt` to `x.c`, as some systems and editors add `.txt`.

    Return the path of the submission, and the old names by the new ones, relative to it. Nothing
    is replaced.
    """
    renamed = {}
    for _, path in [*_files_below(top)] if is_folder(top) else [(0, top)]:
        new = path[: -len(".txt")]
        is_source = path.lower().endswith(".txt") and new.lower().endswith(_SOURCES)
        if is_source and not is_link(path) and not os.path.lexists(new):
            os.rename(path, new)
            renamed[os.path.basename(new) if path == top else os.path.relpath(new, top)] = path
            top = new if path == top else top
    return top, {new: os.path.basename(old) for new, old in renamed.items()}


def _has_main(source: str) -> bool:
    return bool(re.search(rb"\bmain\s*\(", read_beginning(source, _PIECE)))


def _makes(makefile: str, wanted: str) -> bool:
    """Return whether a Makefile has a rule for a program and does not mention PROGRAM.c."""
    text = read_beginning(makefile, _PIECE).decode(errors="replace")
    return bool(re.search(rf"^{re.escape(wanted)}\s*:", text, re.M)) and f"{wanted}.c" not in text


def _files_below(top: str) -> Iterator[tuple[int, str]]:
    """Yield the files of a submission with their depth, the nearest first.

    Hidden files, links to folders, and files that archive programs add are skipped.
    """
    folders = [top]
    for depth in range(_DEEPEST):
        below: list[str] = []
        for folder in folders:
            for name in sorted(os.listdir(folder)):
                path = os.path.join(folder, name)
                if name.startswith(".") or name == "__MACOSX":
                    continue
                if is_file(path):
                    yield depth, path
                elif is_folder(path) and not is_link(path):
                    below.append(path)
        folders = below


# ------------------------------------------------------------ the content of one, within limits


class TreeEntry(Record):
    """One file, folder or link of a submission."""

    path: str
    """Relative to the submission; empty for the submission itself."""
    status: os.stat_result
    descriptor: int
    """Open for reading if it is a file or folder; else -1."""
    target: str = ""
    """The target of a link."""

    @property
    def kind(self) -> int:
        """The file type bits of its mode."""
        return stat.S_IFMT(self.status.st_mode)


def content_of(path: str, most: int) -> str:
    """Return a hash of a submission of at most `most` MiB; raise SubmissionRefused."""
    digest = hashlib.sha256()
    with closing(_Walk(most).entries(path)) as entries:
        for entry in entries:
            kind = f"{entry.path}\0{entry.kind}\0{entry.status.st_mode & 0o111}\0{entry.target}\0"
            digest.update(os.fsencode(kind))
            if entry.kind == stat.S_IFREG:
                _each_piece(entry, digest.update)
    return digest.hexdigest()


def copy_into(source: str, name: str, directory: str, most: int) -> tuple[str, tuple[str, ...]]:
    """Copy a submission of at most `most` MiB into a private, empty directory.

    Return its path, and a sentence for each FIFO, socket and device, which are skipped. Links are
    copied as links.

    Raises SubmissionRefused: it cannot be read, or is neither a file nor a folder.
    """
    target = os.path.join(directory, name)
    left_out = []
    with closing(_Walk(most).entries(source)) as entries:
        for entry in entries:
            path = os.path.join(target, entry.path) if entry.path else target
            if entry.kind == stat.S_IFDIR:
                os.mkdir(path, 0o755)
            elif entry.kind == stat.S_IFLNK:
                os.symlink(entry.target, path)
            elif entry.kind == stat.S_IFREG:
                # Do not copy set-user-ID bits; make executable files readable.
                copy = os.open(path, _NEW, 0o600)
                try:
                    beginning = os.pread(entry.descriptor, 4, 0)
                    # Archives often lose the permission to execute.
                    is_program = entry.status.st_mode & 0o111 or beginning[:2] in (b"#!", b"\x7fE")
                    with open(copy, "wb", closefd=False) as file:
                        _each_piece(entry, file.write)
                    os.fchmod(copy, 0o755 if is_program else 0o644)
                    os.utime(copy, ns=(entry.status.st_atime_ns, entry.status.st_mtime_ns))
                finally:
                    os.close(copy)
            else:
                words = kind_of(entry.status.st_mode)
                left_out.append(f"{_show(entry.path)} was left out: it is {words}")
    return target, tuple(left_out)


def _each_piece(entry: TreeEntry, take: Callable[[bytes], object]) -> None:
    """Read a file in pieces, up to the size that was checked."""
    left = entry.status.st_size
    while left > 0 and (piece := os.read(entry.descriptor, min(left, _PIECE))):
        take(piece)
        left -= len(piece)


class _Walk:
    """Walks through a submission, each folder before its entries, by name."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes_left = most * _MEBI
        self._entries_left = _MOST_ENTRIES

    def entries(self, path: str) -> Generator[TreeEntry, None, None]:
        """Yield the entries: a file stays open until the next entry, a folder until its last."""
        top = self._look(path, None, "")
        if top.kind not in (stat.S_IFREG, stat.S_IFDIR):
            raise SubmissionRefused(
                f"it is {kind_of(top.status.st_mode)}; a submission is a file or a folder"
            )
        yield from self._below(top, 0)

    def _below(self, entry: TreeEntry, depth: int) -> Iterator[TreeEntry]:
        names = []
        try:
            if entry.kind == stat.S_IFDIR:
                if depth >= _DEEPEST:
                    raise SubmissionRefused(f"its folders are more than {_DEEPEST} deep")
                with os.scandir(entry.descriptor) as entries:
                    for inside in entries:
                        self._entries_left -= 1
                        if self._entries_left < 0:
                            words = f"it has more than {_MOST_ENTRIES} files and folders"
                            raise SubmissionRefused(words)
                        names.append(inside.name)
            yield entry
            for name in sorted(names):
                path = os.path.join(entry.path, name)
                yield from self._below(self._look(name, entry.descriptor, path), depth + 1)
        finally:
            if entry.descriptor >= 0:
                os.close(entry.descriptor)

    def _look(self, name: str, folder: int | None, path: str) -> TreeEntry:
        shown = _show(path) if path else "it"
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise SubmissionRefused(f"a path in it has more than {_LONGEST_PATH} bytes: {shown}")
        try:
            return self._open(name, folder, path, shown)
        except PermissionError:
            # Believe it if the kernel says so twice: then the submission has these permissions.
            try:
                return self._open(name, folder, path, shown)
            except PermissionError as error:
                words = f"{shown} cannot be read: {error.strerror}"
                raise SubmissionRefused(words) from error

    def _open(self, name: str, folder: int | None, path: str, shown: str) -> TreeEntry:
        descriptor = open_path(name, folder)
        try:
            status = os.fstat(descriptor)
            if stat.S_ISLNK(status.st_mode):
                return TreeEntry(path, status, -1, os.readlink("", dir_fd=descriptor))
            if stat.S_ISREG(status.st_mode):
                self._count(status.st_size, shown)
            elif not stat.S_ISDIR(status.st_mode):
                return TreeEntry(path, status, -1)
            return TreeEntry(path, status, reopen(descriptor))
        finally:
            os.close(descriptor)

    def _count(self, size: int, shown: str) -> None:
        self._bytes_left -= size
        if self._bytes_left < 0:
            mebi = size / _MEBI
            words = f"{mebi:.4g} MiB" if mebi < 1024 else f"{mebi / 1024:.4g} GiB"
            raise SubmissionRefused(
                f"{shown} has {words}; all of a submission may have {self._most} MiB"
            )


def _show(path: str) -> str:
    return shorten(escaped(path), _SHOWN)
