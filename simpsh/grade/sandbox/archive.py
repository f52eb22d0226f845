"""Unpacks submitted archives in the sandbox, as the submission's user.

So an archive can do no more than the submission's program: the same limits bound memory, time and
files. Links, devices and paths that leave the archive are skipped and reported.
"""

from __future__ import annotations

import inspect
import os
import sys

from simpsh.base.file_facts import is_file, is_link
from simpsh.base.patience import patience
from simpsh.base.phrases import escaped, shorten
from simpsh.grade.sandbox import unpacking
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionRefused
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox

_SECONDS = 30.0 * patience()
_MOST_FILES = 10_000
_SHOWN = 100
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_DOCUMENTS = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar", ".whl")
"""Zip files that are not archives of a submission."""


def unpack(source: str, sandbox: Sandbox) -> tuple[str, tuple[str, ...]]:
    """Unpack a submission that is an archive, or the archives in its folder.

    Return the new path of the submission, and a sentence for each skipped entry.

    Raises SubmissionRefused: the submission itself is too large, is damaged, or needs a password.
    """
    if is_file(source):
        return _unpack(source, sandbox) if _is_archive(source) else (source, ())
    left_out: list[str] = []
    for path in (os.path.join(source, name) for name in sorted(os.listdir(source))):
        if _is_archive(path):
            try:
                left_out += _unpack(path, sandbox)[1]
            except SubmissionRefused as problem:
                # The program may be one of the other files.
                left_out.append(str(problem))
    return source, tuple(left_out)


def _is_archive(path: str) -> bool:
    """Return whether a file is an archive, by its content; a compressed tar by its name."""
    if is_link(path) or not is_file(path):
        return False
    beginning, name = read_beginning(path, 300), path.lower()
    is_zip = beginning.startswith((b"PK\3\4", b"PK\5\6")) and not name.endswith(_DOCUMENTS)
    return is_zip or beginning[257:262] == b"ustar" or name.endswith(_TAR)


def _unpack(path: str, sandbox: Sandbox) -> tuple[str, tuple[str, ...]]:
    """Unpack an archive; return the new folder, and a sentence for each skipped entry."""
    target, room = f"{path}.unpacked", sandbox.limits.room << 20
    limits = (str(_MOST_FILES), str(room))
    argv = (sys.executable, "-ISc", inspect.getsource(unpacking), path, target, *limits)
    done = run_in_sandbox(sandbox, argv, os.path.dirname(path), _SECONDS)
    lines = [shorten(escaped(line), _SHOWN) for line in done.output.splitlines() if line]
    if not done.is_good:
        reason = lines[-1] if lines else done.words
        raise SubmissionRefused(f"{os.path.basename(path)} cannot be unpacked: {reason}")
    return target, tuple(lines)
