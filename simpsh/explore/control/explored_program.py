"""A program to explore: what to execute and in which surroundings."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sys
from collections.abc import Mapping

from simpsh.base.errors import CommandProblem, UsageProblem
from simpsh.base.record import Record
from simpsh.explore.workplace.workspace import StandardInput
from simpsh.kernel.machine import registers
from simpsh.kernel.program_execution import explanation, locate, search_path, shebang
from simpsh.process.named_program import named_program
from simpsh.shell.language.characters import is_shell_line

_PYTHON = re.compile(r"python[\d.]*")
_ELF_32 = b"\x7fELF\x01"


class ExploredProgram(Record):
    """The program that is run again and again; made by program_of()."""

    argv: tuple[str, ...]
    path: str
    """The file to execute: absolute, or `./…` in the directory."""
    directory: str
    """The directory in which each run begins, with its current files; empty for any directory."""
    has_terminal: bool = False
    """Whether the program's output is a terminal, so that stdio is line buffered."""
    environment: Mapping[str, str] | None = None
    """None for the environment of this process."""
    input: StandardInput | None = None
    """The program's standard input; None for an empty one."""

    @property
    def file(self) -> str:
        """The path of the file that is executed, outside the copy."""
        return os.path.normpath(os.path.join(self.directory, self.path))


def program_of(
    words: tuple[str, ...],
    *,
    directory: str = "",
    has_terminal: bool = False,
    environment: Mapping[str, str] | None = None,
) -> ExploredProgram:
    """Return the program that the words of a command line run.

    A single word that is not a program is a line for /bin/sh. `directory` is copied for each run;
    by default it is the working directory.

    Raises CommandProblem: there is no such program, or it may not be executed; status 127 or 126.
    UsageProblem: there is no such directory; it is a 32-bit program, or a script of a version
    manager that starts Python.
    """
    variables = os.environ if environment is None else environment
    if is_shell_line(words) and not os.path.exists(words[0]):
        words = ("/bin/sh", "-c", words[0])
    named = named_program(words, search_path(variables)).argv
    if directory and named != words:
        # The interpreter runs in that directory, and the word is a path from this one.
        named = tuple(os.path.abspath(word) if word == words[0] else word for word in named)
    words = named
    path = _locate(words, variables)
    try:
        directory = os.path.realpath(directory or ".")
    except FileNotFoundError:
        raise UsageProblem(
            "the working directory has been removed; cd to one that is there"
        ) from None
    if not os.path.isdir(directory):
        raise UsageProblem(f"{directory}: there is no such directory")
    path = os.path.abspath(path)
    if not words[0].startswith("/") and path.startswith(directory + "/"):
        path = "./" + path[len(directory) + 1 :]
    program = ExploredProgram(words, path, directory, has_terminal, environment)
    if not os.access(program.file, os.X_OK):
        raise CommandProblem(f"{words[0]}: cannot be executed; try: chmod +x {words[0]}", 126)
    with open(program.file, "rb") as file:
        if registers.WORD == 8 and file.read(len(_ELF_32)) == _ELF_32:
            raise UsageProblem(f"{words[0]}: is a 32-bit program, whose calls are not seen")
    if _PYTHON.fullmatch(os.path.basename(path)) and shebang(program.file):
        raise UsageProblem(
            f"{words[0]}: is a script that starts a Python; name that Python itself, such as "
            f"{sys.executable}"
        )
    return program


def _locate(words: tuple[str, ...], variables: Mapping[str, str]) -> str:
    path, error = locate(words[0], search_path(variables))
    if not error and path and os.path.isfile(path):
        return path
    if not error:
        error = errno.EACCES if os.path.exists(path) else errno.ENOENT
    message, status = explanation(words, path, error)
    raise CommandProblem(message, status)


def fingerprint_of(program: ExploredProgram) -> bytes:
    """Return a hash of the program's file, which must not change during the exploration."""
    try:
        with open(program.file, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""
