"""A program to explore: what to execute and in which surroundings."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from simpsh.base.errors import CommandProblem, UsageProblem
from simpsh.base.record import Record, changed
from simpsh.explore.workplace.workspace import StandardInput
from simpsh.kernel.machine import registers
from simpsh.kernel.program_execution import explanation, locate, search_path, shebang
from simpsh.process.child_changes import Execute, NotExecuted
from simpsh.process.contained_run import output_of
from simpsh.process.named_program import named_program
from simpsh.process.worker import in_own_process
from simpsh.shell.language.characters import is_shell_line

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
    has_no_errors: bool = False
    """Whether the program's standard error is closed."""
    wrapper: str = ""
    """The path of a replaced script that only finds Python and executes it; empty if none."""

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
    UsageProblem: there is no such directory, or it is a 32-bit program.
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
    return _without_wrapper(program, variables)


IS_PYTHON = re.compile(r"python[\d.]*")
"""Matches the whole name of an installed Python."""
_ASK_SECONDS = 5.0
_ASKS = (
    "import os, sys; os.write(1, os.fsencode(sys.executable) + b'\\0'"
    " + open('/proc/self/environ', 'rb').read())"
)


def _without_wrapper(program: ExploredProgram, variables: Mapping[str, str]) -> ExploredProgram:
    """Replace a version manager's script called `python3` with the Python that it executes.

    Such a script is not part of the program to explore.
    """
    words, path, line = program.argv, program.file, shebang(program.file)
    if line[:1] == ["/usr/bin/env"] and len(line) > 1 and IS_PYTHON.fullmatch(line[1]):
        script = words[0] if "/" in words[0] else path
        words, path = (line[1], script, *words[1:]), locate(line[1], search_path(variables))[0]
        line = shebang(path)
    name = os.path.basename(path)
    if not line or not IS_PYTHON.fullmatch(name):
        return program
    # Never run a script of the user that only has this name: its effects would be real.
    found = locate(name, search_path(variables))[0]
    if os.path.realpath(found) != os.path.realpath(path):
        return program
    asking = (path, "-ISc", _ASKS)
    ask = partial(output_of, Execute(asking, variables), program.directory, _ASK_SECONDS)
    try:
        answer = in_own_process(ask, 2 * _ASK_SECONDS)
    except NotExecuted:
        return program
    python, *entries = os.fsdecode(answer).split("\0")
    # A script whose output is not the path of a Python does more than find and execute one.
    if not os.path.isfile(python) or shebang(python):
        return program
    environment = dict(entry.split("=", 1) for entry in entries if entry)
    given = changed(program, argv=(python, *words[1:]), path=python, environment=environment)
    return changed(given, wrapper=path)


def _locate(words: tuple[str, ...], variables: Mapping[str, str]) -> str:
    path, error = locate(words[0], search_path(variables))
    if not error and path and os.path.isfile(path):
        return path
    if not error:
        error = errno.EACCES if os.path.exists(path) else errno.ENOENT
    message, status = explanation(words, path, error)
    raise CommandProblem(message + _suggestion(words[0]), status)


def _suggestion(word: str) -> str:
    """Return the end of an error message that suggests a similar file; empty if there is none."""
    import difflib  # slow to load, and needed here only

    directory, name = os.path.split(word)
    directory = directory or "."
    similar: list[str] = []
    with suppress(OSError):
        similar = difflib.get_close_matches(name, os.listdir(directory), 1, 0.7)
    return f"; did you mean {os.path.join(directory, similar[0])}?" if similar else ""


def fingerprint_of(program: ExploredProgram) -> bytes:
    """Return a hash of the program's file, which must not change during the exploration."""
    try:
        with open(program.file, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""
