"""A program to explore: what to execute, where, with what."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from simpsh.errors import UsageProblem
from simpsh.explore.workspace import check_size
from simpsh.kernel import registers
from simpsh.kernel.syscall_table import ARCHITECTURE
from simpsh.record import Record
from simpsh.trace.starting import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping

_ELF_32 = b"\x7fELF\x01"


class Program(Record):
    """What is run, again and again; made by program_of()."""

    argv: tuple[str, ...]
    path: str
    """The file to execute: absolute, or `./…` in the working copy."""
    directory: str
    """The directory that each run gets a fresh copy of; empty for none."""
    has_terminal: bool = False
    """Whether its output is a terminal, so that stdio is line buffered."""
    environment: Mapping[str, str] | None = None
    """None for this process's own."""

    @property
    def file(self) -> str:
        """The path of the file that is executed, outside the copy."""
        return os.path.normpath(os.path.join(self.directory, self.path))


def program_of(
    words: tuple[str, ...],
    *,
    directory: str = "",
    shell: str = "/bin/sh",
    has_terminal: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Program:
    """Return the program that the words of a command line mean.

    Args:
        words: a program and its arguments; a single word that is no program is a line for `shell`.
        directory: what to copy for each run; empty for the working directory.
        shell: the program that reads a line, called with `-c`.
        has_terminal: give it a terminal as its output.
        environment: its variables; None for this process's own.

    Raises:
        UsageProblem: there is no such program, the directory is too large to be copied, or this
            machine's processes cannot be held.
    """
    if not registers.are_known():
        raise UsageProblem(
            f"exploring needs the registers of x86-64; those of {ARCHITECTURE} are not known here"
        )
    variables = os.environ if environment is None else environment
    path = find_program(words[0], variables)
    if len(words) == 1 and not _is_file(path):
        words = (shell, "-c", words[0])
        path = find_program(shell, variables)
    if not _is_file(path):
        raise UsageProblem(f"{words[0]}: there is no such program")
    directory = os.path.realpath(directory or ".")
    if not os.path.isdir(directory):
        raise UsageProblem(f"{directory}: there is no such directory")
    check_size(directory)
    path = os.path.abspath(path)
    if not words[0].startswith("/") and path.startswith(directory + "/"):
        path = "./" + path[len(directory) + 1 :]
    program = Program(words, path, directory, has_terminal, environment)
    _check(program)
    return program


def _is_file(path: str) -> bool:
    return bool(path) and os.path.isfile(path)


def _check(program: Program) -> None:
    if not os.access(program.file, os.X_OK):
        raise UsageProblem(
            f"{program.argv[0]}: cannot be executed; try: chmod +x {program.argv[0]}"
        )
    with open(program.file, "rb") as file:
        if file.read(len(_ELF_32)) == _ELF_32:
            raise UsageProblem(f"{program.argv[0]}: is a 32-bit program, whose calls are not seen")


def fingerprint_of(program: Program) -> bytes:
    """Return a hash of the file that is executed: it must not change while it is explored."""
    try:
        with open(program.file, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""
