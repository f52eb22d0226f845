"""Unpacks submitted archives in the sandbox, as the submission's user.

So an archive can do no more than the submission's program: the same limits bound memory, time and
files. Links, devices and paths that leave the archive are skipped and reported.
"""

from __future__ import annotations

import os
import sys

from simpsh.base.file_facts import is_file, is_link, walk
from simpsh.base.patience import patience
from simpsh.base.phrases import escaped, shorten
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionRefused
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox

_SECONDS = 30.0 * patience()
_MOST_FILES = 10_000
_SHOWN = 100
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_DOCUMENTS = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar", ".whl")
"""Zip files that are not archives of a submission."""
_DEEPEST = 2
"""How deeply archives may be nested."""
_UNPACK = """\
import os, sys, tarfile, time, zipfile
# The entries are filtered below. Python 3.13 warns of the lack of a filter.
tarfile.TarFile.extraction_filter = staticmethod(lambda entry, path: entry)
path, target, left, room = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
try:
    with open(path, "rb") as file:
        is_zip = file.read(2) == b"PK"
    os.makedirs(target, exist_ok=True)
    archive = zipfile.ZipFile(path) if is_zip else tarfile.open(path)
    for entry in archive.infolist() if is_zip else archive:
        if is_zip and entry.flag_bits & 1:
            sys.exit("it needs a password")
        if is_zip and entry.create_system in (0, 10, 11, 14):
            # Some programs of Windows write backslashes, which no name there can contain.
            entry.filename = entry.filename.replace(chr(92), "/")
        name, size = (entry.filename, entry.file_size) if is_zip else (entry.name, entry.size)
        # The mode is 0 in a zip from a system without Unix modes.
        kind = entry.external_attr >> 28 if is_zip else 8 * (entry.isfile() or entry.isdir()) or 10
        left, room = left - 1, room - size
        if left < 0 or room < 0:
            most = f"{sys.argv[3]} files" if left < 0 else f"{int(sys.argv[4]) >> 20} MiB"
            sys.exit(f"unpacked it has more than {most}")
        if name.startswith("/") or ".." in name.split("/") or kind not in (0, 4, 8):
            print(f"{name!a} was left out: it leads out of the archive, or is a link or a device")
        else:
            copy = archive.extract(entry, target) if is_zip else os.path.join(target, name)
            is_zip or archive.extract(entry, target)
            os.chmod(copy, 0o755)
            if is_zip:
                seconds = time.mktime((*entry.date_time, 0, 0, -1))
                os.utime(copy, (seconds, seconds))
except (zipfile.BadZipFile, tarfile.ReadError):
    sys.exit("it is damaged")
except OSError as error:
    sys.exit(error.strerror or str(error))
except Exception as error:
    sys.exit(str(error) or type(error).__name__)
"""


def unpack(source: str, sandbox: Sandbox) -> tuple[str, tuple[str, ...]]:
    """Unpack a submission that is an archive, or the archives in its folder.

    Return the new path of the submission, and a sentence for each skipped entry.

    Raises SubmissionRefused: the submission itself is too large, is damaged, or needs a password.
    """
    left_out: list[str] = []
    is_single = is_file(source)
    paths = (
        [source]
        if is_single
        else [os.path.join(source, name) for name in sorted(os.listdir(source))]
    )
    is_unpacked = False
    for _ in range(_DEEPEST):
        archives = [path for path in paths if _is_archive(path)]
        is_unpacked |= bool(archives)
        paths = []
        for path in archives:
            try:
                paths += _unpack(path, sandbox, left_out)
            except SubmissionRefused as problem:
                # The program may be one of the other files.
                if path == source:
                    raise
                left_out.append(str(problem))
    return f"{source}.unpacked" if is_single and is_unpacked else source, tuple(left_out)


def _is_archive(path: str) -> bool:
    """Return whether a file is an archive, by its content; a compressed tar by its name."""
    if is_link(path) or not is_file(path):
        return False
    beginning, name = read_beginning(path, 300), path.lower()
    is_zip = beginning.startswith((b"PK\3\4", b"PK\5\6")) and not name.endswith(_DOCUMENTS)
    return is_zip or beginning[257:262] == b"ustar" or name.endswith(_TAR)


def _unpack(path: str, sandbox: Sandbox, left_out: list[str]) -> list[str]:
    """Unpack an archive, and return the paths of its files."""
    target, room = f"{path}.unpacked", sandbox.limits.room << 20
    argv = (sys.executable, "-ISc", _UNPACK, path, target, str(_MOST_FILES), str(room))
    done = run_in_sandbox(sandbox, argv, os.path.dirname(path), _SECONDS)
    lines = [shorten(escaped(line), _SHOWN) for line in done.output.splitlines() if line]
    if not done.is_good:
        reason = lines[-1] if lines else done.words
        raise SubmissionRefused(f"{os.path.basename(path)} cannot be unpacked: {reason}")
    left_out += lines
    paths = [os.path.join(folder, name) for folder, _, names in walk(target) for name in names]
    if not paths:
        left_out.append(f"{escaped(os.path.basename(path))} has no files")
    return [path for path in paths if "__MACOSX" not in os.path.relpath(path, target).split("/")]
