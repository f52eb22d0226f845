"""Behaviours: each tests a shell for one ability.

An assignment (assignment.py) selects behaviours and their points.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar

from simpsh.base.events import Exec, ExecError, Exit
from simpsh.base.file_facts import NO_FILE
from simpsh.base.phrases import command_words, counted, ending_words, errno_words, escaped, shorten
from simpsh.base.wait_status import Exited, decode
from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife
from simpsh.grade.assignments.assignment import PLACEHOLDERS, Assignment
from simpsh.grade.assignments.shell_language import Language
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.grade.shells.program_start import ProgramStart
from simpsh.grade.shells.question_lot import Lot
from simpsh.grade.shells.terminal_session import Stuck, TerminalSession
from simpsh.process.process_tree import children

_LONGEST_PATH = 100
_LONGEST_NAME, _MOST_NAMES = 30, 5
_LONGEST_FILE = 1 << 16
_LONGEST_SHOWN = 200
_NOT_READABLE = (errno.EINVAL, errno.EISDIR, errno.ESRCH)
_PLACEHOLDER = re.compile(r"\{\{|\{([a-z-]+[0-9]?)\}")


class Behaviour:
    """One ability of a shell; an instance is one trial of it."""

    id: ClassVar[str]
    title: ClassVar[str]
    """A phrase: `runs a program and waits for it`."""
    checks: ClassVar[Mapping[str, tuple[str, int]]]
    """By key: the requirement as a sentence, and its points."""
    look_at: ClassVar[str] = ""
    """The system calls that implement it."""

    lines: tuple[str, ...] = ()
    """The typed lines, with the placeholders of assignment files."""
    start: ProgramStart | None = None
    """How it is started, if nobody types to it; it need not show a prompt then."""
    names: tuple[str, ...] = ()
    """The programs that a task names without typing them."""
    sees_data = False
    """Whether the record needs what processes read and write."""

    def __init__(self, lot: Lot, language: Language) -> None:
        self.language = language
        self.results: dict[str, str] = {}
        """By key of a check: empty if it passed, else what happened instead."""
        self.values = self._draw(lot)
        """The values of the placeholders; the same name has the same value in all lines."""
        self.types = self.draw()
        """The typed lines without their newlines, and keys."""

    def _draw(self, lot: Lot) -> dict[str, str]:
        language = self.language
        values = {name: getattr(language, name) for name in ("prompt", "jobs", "status")}
        for number in ("", *map(str, range(10))):
            drawn = (lot.sleep(), *lot.sum(), lot.word(), str(lot.number()))
            values |= {f"{name}{number}": it for name, it in zip(PLACEHOLDERS, drawn, strict=True)}
        values["exit"] = language.exit.replace("{number}", values["number"])
        values["exit-status"] = values["number"] if "{number}" in language.exit else "0"
        return values

    def draw(self) -> tuple[str, ...]:
        """Return the typed lines and keys, in order."""
        return tuple(map(self.filled, self.lines))

    def filled(self, text: str) -> str:
        """Replace placeholders with their values; `fg` and `bg` may contain others."""
        for name in ("fg", "bg"):
            text = text.replace(f"{{{name}}}", getattr(self.language, name))
        return _PLACEHOLDER.sub(
            lambda it: "{" if it[1] is None else self.values.get(it[1], it[0]), text
        )

    def given_files(self) -> Mapping[str, str]:
        """Return the contents of the files in the shell's directory, by name."""
        return {}

    def play(self, shell: TerminalSession) -> None:
        """Type at the shell's prompt, and examine its processes."""
        raise NotImplementedError

    def judge(self, chronicle: Chronicle) -> None:
        """Check the recording after the shell has ended."""

    def check(self, key: str, is_so: bool, instead: str) -> bool:  # noqa: FBT001 - the check itself
        """Note whether a check passed; a check that has failed stays failed."""
        if key not in self.checks:
            raise KeyError(key)
        if not self.results.get(key):
            self.results[key] = "" if is_so else instead
        return is_so

    def confirm(self, key: str, is_so: bool, instead: str) -> None:  # noqa: FBT001
        """Note a result from the recording, which can only fail a check that passed."""
        if self.results.get(key) == "":
            self.check(key, is_so, instead)

    def pass_(self, key: str) -> None:
        """Note that a check passed."""
        self.check(key, is_so=True, instead="")


def made(chronicle: Chronicle) -> list[ProcessLife]:
    """Return the processes that the shell and its descendants created, without threads."""
    return [process for process in chronicle.processes.values() if process.parent is not None]


def count_zombies(shell: TerminalSession) -> int:
    """Wait until no process can run, and count the shell's zombies, without those of its start.

    A thread may be late, and SIGCHLD may arrive after the prompt.
    """

    def count() -> int:
        return sum(it.state == "Z" and it.pid not in shell.older for it in children(shell.pid))

    with suppress(Stuck):
        shell.until(lambda: not count(), "zombies are left")
    return count()


def executed_by(processes: Sequence[ProcessLife]) -> str:
    """Return the programs that processes executed, in parentheses; empty for no processes."""
    if not processes:
        return ""
    runs = [run for process in processes for run in process.programs if not run.is_copy]
    names = dict.fromkeys(shorten(escaped(run.name), _LONGEST_NAME) for run in runs)
    they = "it executes" if len(processes) == 1 else "they execute"
    return f" ({', '.join([*names][:_MOST_NAMES]) or f'{they} no program'})"


def counted_were(number: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun and verb: `2 zombies were`."""
    return f"{counted(number, singular, plural)} {'was' if number == 1 else 'were'}"


def folder_of(shell: TerminalSession) -> int:
    """Open the directory of the shell; the one in which it was started, if it has ended.

    Raises OSError.
    """
    try:
        path = f"/proc/{shell.thread_of(shell.pid)}/cwd"
        return os.open(path, os.O_PATH | os.O_DIRECTORY)
    except OSError as error:
        if error.errno not in NO_FILE or not shell.is_gone():
            raise
        return os.open(shell.directory or "/", os.O_PATH | os.O_DIRECTORY)


def file_text(name: str, shell: TerminalSession) -> tuple[str, str]:
    """Return the text of a file, and a sentence about its contents or the error."""
    problem = OSError()
    for _ in range(2):  # only the second answer is believed; see file_facts
        try:
            folder = folder_of(shell)
            try:
                text = read_beginning(name, _LONGEST_FILE, folder).decode(errors="replace")
            finally:
                os.close(folder)
            return text, f"the file {name} contains {shorten(text, _LONGEST_SHOWN)!r}"
        except OSError as error:
            if error.errno not in {*NO_FILE, *_NOT_READABLE}:
                raise
            problem = error
    if isinstance(problem, FileNotFoundError):
        return "", f"there is no file {name}"
    return "", f"the file {name} cannot be read: {problem.strerror}"


def programs(chronicle: Chronicle, name: str) -> list[ProcessLife]:
    """Return the processes that have executed a program of this name, in order of birth."""
    return [
        process
        for process in chronicle.processes.values()
        if any(run.name == name and not run.is_copy for run in process.programs)
    ]


def executions(chronicle: Chronicle, matches: Callable[[Exec], bool]) -> list[tuple[str, Exec]]:
    """Return the processes and executions that match, in order."""
    every = [(event.proc, event.what) for event in chronicle.events]
    return [(proc, what) for proc, what in every if isinstance(what, Exec) and matches(what)]


def failed_execution(chronicle: Chronicle) -> str:
    """Return why the last exec of a process, or the last program, failed; empty if none did."""
    failed: dict[str, ExecError] = {}
    last, program, how = "", "", ""
    for event in chronicle.events:
        if isinstance(event.what, ExecError):
            failed[event.proc] = event.what
        elif isinstance(event.what, Exec):
            failed.pop(event.proc, None)
            last, program, how = event.proc, command_words(event.what.argv), ""
        elif isinstance(event.what, Exit) and event.proc == last:
            # A signal may be that which ends what is left.
            is_failure = isinstance(decode(event.what.status), Exited) and event.what.status
            how = ending_words(event.what.status) if is_failure else ""
    for process, what in failed.items():
        path = shorten(escaped(what.path), _LONGEST_PATH)
        return f"execve({path}) failed in {process}: {errno_words(what.errno)}"
    return f"{last} ran {shorten(program, _LONGEST_PATH)}, and {how}" if how else ""


def check_points(assignment: Assignment, behaviour: type[Behaviour]) -> dict[str, float]:
    """Return the points of each check of a behaviour that an assignment asks for, by key."""
    checks = [(f"{behaviour.id}.{key}", usual) for key, (_, usual) in behaviour.checks.items()]
    points = zip(behaviour.checks, assignment.points(checks), strict=True)
    return {key: worth for key, worth in points if worth or assignment.weights is None}


def as_people_write(keys: str) -> str:
    r"""Return keys in readable form: a line, in quotes if blanks matter, or `^C`.

    >>> as_people_write("cd folder\n"), as_people_write("\x03"), as_people_write("\n")
    ('cd folder', '^C', "''")
    """
    line = keys.removesuffix("\n")
    if line and line < " " and line != "\t":
        return "".join(f"^{chr(ord(key) + 64)}" for key in line)
    return line if line and line == line.strip() else repr(line)
