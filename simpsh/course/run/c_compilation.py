"""Compiles demonstrations in C, and keeps the programs in the user's cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress

from simpsh.base.errors import SimpshError, naming
from simpsh.base.file_store import NotTrusted, cache_path, check_trust, make_own_folder
from simpsh.base.wait_status import Exited
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.kernel.processes import posix_spawn
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.own_directory import own_directory

C_FLAGS = ("-std=gnu11", "-Wall", "-Wextra", "-O0", "-g", "-pthread")
_TEMPORARY_NAME = f"simpsh-lessons-{os.getuid()}"
"""The user's directory for compiled programs in the directory for temporary files."""
_LONGEST_NAME = 100
SOURCE_NAME = "demonstration.c"
_KEPT = re.compile(r"[0-9a-f]{24}-(.+)", re.DOTALL)


class CompilerSays(SimpshError):
    """The compiler rejects the source; the message is its first error.

    Attributes:
        report: the compiler's complete output, with source lines and carets.
    """

    def __init__(self, complaint: str, report: str = "") -> None:
        super().__init__(complaint)
        self.report = report


def compile_source(
    source: str,
    flags: Sequence[str] = (),
    *,
    name: str = "demonstration",
    file: str = "",
    for_anybody: bool = False,
) -> str:
    """Return the path of the program compiled from a C source, using the cache.

    Messages call the program `name`, see name_of. `file`, the path of the source, is for the debug
    information. If `for_anybody`, the program is placed where another user, such as a guard's, may
    execute it. Raises NotObservable without a C compiler, CompilerSays if the source does not
    compile, SimpshError if the cache is not writable.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotObservable("no C compiler (cc, gcc) is installed")
    arguments = (*C_FLAGS, *flags)
    text = "\0".join((compiler, *arguments, file, source))
    key = hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:24]
    folder = _folder(for_anybody=for_anybody)
    path = os.path.join(folder, f"{key}-{name[:_LONGEST_NAME]}")
    if not _is_ours(path):
        _compile(compiler, arguments, source, path, file)
    return path


def name_of(path: str) -> str:
    """Return the display name of a program: for a compiled one, the name without its hash.

    >>> name_of("/home/u/.cache/simpsh/lessons/0123456789abcdef01234567-two_children")
    'two_children'
    >>> name_of("/home/u/two_children")
    'two_children'
    """
    name = os.path.basename(path)
    compiled_name = _KEPT.fullmatch(name)
    return compiled_name[1] if compiled_name is not None else name


def _folder(*, for_anybody: bool) -> str:
    if not for_anybody:
        with suppress(OSError):
            folder = cache_path("lessons")
            make_own_folder(folder)
            return folder
    folder = os.path.join(tempfile.gettempdir(), _TEMPORARY_NAME)
    with suppress(FileExistsError):
        os.mkdir(folder, mode=0o755)
    try:
        if os.path.islink(folder):
            raise NotTrusted(folder)
        make_own_folder(folder)
    except OSError as problem:
        raise NotObservable(f"{folder} is not this user's own directory: remove it") from problem
    return folder


def _is_ours(program: str) -> bool:
    """Return whether a cached program exists and no other user can have changed it."""
    with suppress(NotTrusted):
        check_trust(program)
        return os.path.exists(program)
    return False


def _write_source(source: str, folder: str) -> str:
    path = os.path.join(folder, SOURCE_NAME)
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    return path


def _run_compiler(argv: Sequence[str], folder: str) -> tuple[bool, str]:
    """Run a compiler; return whether it succeeds, and its output."""
    with open(f"{folder}/report", "x+", encoding="utf-8", errors="replace") as report:
        actions = [(os.POSIX_SPAWN_DUP2, report.fileno(), output) for output in (1, 2)]
        waited = waitpid(
            posix_spawn(argv[0], argv, {**os.environ, "TMPDIR": folder}, file_actions=actions)
        )
        report.seek(0)
        return waited is not None and waited[1] == Exited(0), report.read()


def _compile(compiler: str, arguments: Sequence[str], source: str, path: str, shown: str) -> None:
    with naming(os.path.dirname(path)), own_directory("new-", os.path.dirname(path)) as folder:
        source_path = _write_source(source, folder)
        program = os.path.join(folder, "program")
        if shown:
            # The compiled copy is temporary, so refer to the original in the debug information.
            arguments = (*arguments, f"-fdebug-prefix-map={source_path}={shown}")
        is_done, text = _run_compiler((compiler, *arguments, "-o", program, source_path), folder)
        if not is_done:
            lines = text.splitlines()
            complaint = next((line for line in lines if "error" in line), "the compiler failed")
            name = os.path.basename(shown) or os.path.basename(source_path)
            raise CompilerSays(
                complaint.replace(f"{source_path}:", "line "), text.replace(source_path, name)
            )
        os.chmod(program, 0o755)
        # Atomic: another process may store the same program at the same time.
        os.replace(program, path)
