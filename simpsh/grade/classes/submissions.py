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
_SOURCES = (".py", *COMPILED)
_ENDINGS = "|".join(map(re.escape, _SOURCES))


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


# ----------------------------------------------------------------------- the program of one


def program_in(top: str, wanted: str, starts: Mapping[str, str]) -> str:
    """Return the source or program of a submission; raise SubmissionRefused, OSError.

    It has the name `wanted`, without an ending if the language is free. A Makefile stands for the
    program that it makes. An unchanged start program (`starts`, by ending) does not count. Two
    programs of equal standing are refused.
    """
    every = [*_files_below(top)] if is_folder(top) else [(0, top)]
    named = [each for each in every if each[1] == top or _name_of(each[1], wanted)]
    changed = [each for each in named if not _is_start(each[1], starts)]
    if changed:
        return _last_attempt(top, wanted, _nearest(changed))
    if named:
        raise SubmissionRefused(f"{os.path.basename(named[0][1])} is the start program, unchanged")
    return _only_program(wanted, every)


def _nearest(files: Sequence[tuple[int, str]]) -> list[str]:
    """Return the paths of the files that are as near to the top as the first one."""
    return [path for depth, path in files if depth == files[0][0]]


def _name_of(path: str, wanted: str) -> re.Match[str] | None:
    """Match the name of a file that has the name `wanted`, or is a later attempt of it."""
    pattern = rf"{re.escape(wanted)}(?:-(?P<number>\d{{1,9}}))?(?P<end>{_ENDINGS})?"
    return re.fullmatch(pattern, os.path.basename(path), re.IGNORECASE) if wanted else None


def _is_start(path: str, starts: Mapping[str, str]) -> bool:
    start = starts.get(path.rpartition(".")[2].lower(), "").encode()
    # A link is not followed, so it is no start program.
    return bool(start) and not is_link(path) and read_beginning(path, len(start) + 1) == start


def _only_program(wanted: str, every: Sequence[tuple[int, str]]) -> str:
    """Return the program of a submission that has none with the name `wanted`."""
    sources = _nearest([each for each in every if each[1].lower().endswith(_SOURCES)])
    makefiles = [path for _, path in every if os.path.basename(path) in MAKEFILES]
    is_c = all(path.lower().endswith(COMPILED) for path in sources)
    if makefiles and is_c:
        # make(1) knows what it makes.
        made = os.path.join(os.path.dirname(makefiles[0]), wanted)
        return made if wanted and not is_there(made) else makefiles[0]
    # If several C or C++ files belong together, take the one with main().
    mains = [path for path in sources if is_c and _has_main(path)]
    # Without a name, a script may be the only file.
    alone = [] if wanted else [path for _, path in every]
    for found in (sources, mains, alone):
        if len(found) == 1:
            return found[0]
    paths = sources or [path for _, path in every]
    names = [escaped(os.path.basename(path)) for path in paths[:_MOST_NAMES]]
    names += [f"{len(paths) - _MOST_NAMES} more"] if len(paths) > _MOST_NAMES else []
    looked = f"there is no {wanted}, {wanted}.py or {wanted}.c" if wanted else "which program?"
    raise SubmissionRefused(f"{looked}; it holds {', '.join(names) or 'no file'}")


def _has_main(source: str) -> bool:
    return bool(re.search(rb"\bmain\s*\(", read_beginning(source, _PIECE)))


def _last_attempt(top: str, wanted: str, paths: Sequence[str]) -> str:
    """Return the attempt with the highest number: `two-children-1.c` is the second one.

    Raises SubmissionRefused: there are different programs, such as one in C and one in Python.
    """
    attempts: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for path in paths:
        match = _name_of(path, wanted)
        number, end = (match["number"] or 0, match["end"] or "") if match else (0, "")
        kind = os.path.dirname(path), end.lower()
        attempts.setdefault(kind, []).append((int(number), path))
    # A compiled program counts only without its source.
    sources = {kind: each for kind, each in attempts.items() if kind[1]} or attempts
    last = sorted(max(each)[1] for each in sources.values())
    if len(last) > 1 and len({read_beginning(path, _PIECE) for path in last}) > 1:
        names = [escaped(os.path.relpath(path, top)) for path in last]
        words = f"which program? {listed(names[:_MOST_NAMES])} have the same standing"
        raise SubmissionRefused(f"{words}: hand in one of them")
    return last[0]


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


class _Entry(Record):
    """One file, folder or link of a submission."""

    path: str
    """Relative to the submission; empty for the submission itself."""
    status: os.stat_result
    descriptor: int
    """From open_path(); of a regular file or a folder, it is open for reading."""

    @property
    def kind(self) -> int:
        """The file type bits of its mode."""
        return stat.S_IFMT(self.status.st_mode)

    @property
    def target(self) -> str:
        """The target of a link; empty for anything else."""
        return os.readlink("", dir_fd=self.descriptor) if self.kind == stat.S_IFLNK else ""

    def read(self, take: Callable[[bytes], object]) -> None:
        """Read a file in pieces, up to the size that was checked."""
        left = self.status.st_size
        while left > 0 and (piece := os.read(self.descriptor, min(left, _PIECE))):
            take(piece)
            left -= len(piece)


def content_of(path: str, most: int) -> str:
    """Return a hash of a submission of at most `most` MiB; raise SubmissionRefused."""
    digest = hashlib.sha256()
    with closing(_entries(path, most)) as entries:
        for entry in entries:
            kind = f"{entry.path}\0{entry.kind}\0{entry.status.st_mode & 0o111}\0{entry.target}\0"
            digest.update(os.fsencode(kind))
            if entry.kind == stat.S_IFREG:
                entry.read(digest.update)
    return digest.hexdigest()


def copy_into(source: str, name: str, directory: str, most: int) -> tuple[str, tuple[str, ...]]:
    """Copy a submission of at most `most` MiB into a private, empty directory.

    Return its path, and a sentence for each FIFO, socket and device, which are skipped. Links are
    copied as links.

    Raises SubmissionRefused: it cannot be read, or is neither a file nor a folder.
    """
    top = os.path.join(directory, name)
    left_out = []
    with closing(_entries(source, most)) as entries:
        for entry in entries:
            path = os.path.join(top, entry.path) if entry.path else top
            if entry.kind == stat.S_IFDIR:
                os.mkdir(path, 0o755)
            elif entry.kind == stat.S_IFLNK:
                os.symlink(entry.target, path)
            elif entry.kind == stat.S_IFREG:
                # Archives often lose the permission to execute. Set-user-ID bits are not copied.
                is_program = os.pread(entry.descriptor, 4, 0)[:2] in (b"#!", b"\x7fE")
                mode = 0o755 if is_program or entry.status.st_mode & 0o111 else 0o644
                with open(os.open(path, _NEW, 0o600), "wb") as copy:
                    entry.read(copy.write)
                    copy.flush()
                    os.fchmod(copy.fileno(), mode)
                os.utime(path, ns=(entry.status.st_atime_ns, entry.status.st_mtime_ns))
            else:
                words = kind_of(entry.status.st_mode)
                left_out.append(f"{_show(entry.path)} was left out: it is {words}")
    return top, tuple(left_out)


def _entries(path: str, most: int) -> Generator[_Entry, None, None]:
    """Yield the entries of a submission: each folder before its entries, by name.

    A file stays open until the next entry, a folder until its last. Raises SubmissionRefused.
    """
    bytes_left, entries_left = most * _MEBI, _MOST_ENTRIES

    def below(name: str, folder: int | None, path: str) -> Iterator[_Entry]:
        nonlocal bytes_left, entries_left
        shown = _show(path) if path else "it"
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise SubmissionRefused(f"a path in it has more than {_LONGEST_PATH} bytes: {shown}")
        if path.count("/") >= _DEEPEST:
            raise SubmissionRefused(f"its folders are more than {_DEEPEST} deep")
        entry = _open(name, folder, path, shown)
        try:
            names = []
            if entry.kind == stat.S_IFREG:
                bytes_left -= entry.status.st_size
                if bytes_left < 0:
                    mebi = entry.status.st_size / _MEBI
                    words = f"{mebi:.4g} MiB" if mebi < 1024 else f"{mebi / 1024:.4g} GiB"
                    words += f"; all of a submission may have {most} MiB"
                    raise SubmissionRefused(f"{shown} has {words}")
            elif entry.kind == stat.S_IFDIR:
                with os.scandir(entry.descriptor) as inside:
                    for each in inside:
                        entries_left -= 1
                        if entries_left < 0:
                            words = f"it has more than {_MOST_ENTRIES} files and folders"
                            raise SubmissionRefused(words)
                        names.append(each.name)
            elif not path:
                words = f"it is {kind_of(entry.status.st_mode)}; a submission is a file or a folder"
                raise SubmissionRefused(words)
            yield entry
            for inner in sorted(names):
                yield from below(inner, entry.descriptor, os.path.join(path, inner))
        finally:
            os.close(entry.descriptor)

    yield from below(path, None, "")


def _open(name: str, folder: int | None, path: str, shown: str) -> _Entry:
    for is_last in (False, True):  # only the second refusal is believed; see file_facts
        descriptor = open_path(name, folder)
        try:
            status = os.fstat(descriptor)
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                return _Entry(path, status, os.dup(descriptor))
            return _Entry(path, status, reopen(descriptor))
        except PermissionError as error:
            if is_last:
                words = f"{shown} cannot be read: {error.strerror}"
                raise SubmissionRefused(words) from error
        finally:
            os.close(descriptor)
    raise AssertionError


def _show(path: str) -> str:
    return shorten(escaped(path), _SHOWN)
