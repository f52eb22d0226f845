"""The closed set: a submission executes itself, its interpreter, and what the task names.

Landlock enforces it. Files in the folders of programs cannot be read, so no other program can be
executed, loaded or copied. The record of a run shows the same afterwards. It also has what Landlock
does not see, such as a program in memory (memfd_create(2)), and it speaks alone where the kernel
has no Landlock.
"""

from __future__ import annotations

import filecmp
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache

from simpsh.base.events import Event, Exec, Fork, Write
from simpsh.base.file_facts import is_file, is_folder, is_program, real_path
from simpsh.base.phrases import command_words, shorten
from simpsh.base.record import Record
from simpsh.base.surroundings import search_folders
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.kernel.program_execution import STANDARD_PATH
from simpsh.trace.source.elf_file import ElfProblem, read_headers

_SHELLS = (
    *("bash", "rbash", "sh", "dash", "ash", "busybox", "toybox", "mksh", "lksh", "ksh", "ksh93"),
    *("oksh", "loksh", "zsh", "yash", "posh", "fish", "tcsh", "csh", "rc", "es", "elvish", "nu"),
)
_INTERPRETERS = ("python3", "python", "perl", "ruby", "node", "java")
_OF_WRAPPERS = ("env", "dirname", "basename", "readlink", "realpath")
"""What a script of a shell may execute to start the program in another language."""
_UTILITIES = (
    *("cat", "date", "echo", "expr", "false", "kill", "mkdir", "mkfifo", "printf", "rm", "seq"),
    *("sleep", "test", "touch", "true", "["),
)
"""What a script of a shell calls as other languages call functions."""
_WORD = re.compile(r"[\w./+-]+")
_LONGEST_FIRST_LINE = 256
_LONGEST = 60


@cache
def files_of(name: str) -> frozenset[str]:
    """Return the real paths of the programs of this name; empty if there is none."""
    paths = (os.path.join(folder, name) for folder in _program_folders())
    return frozenset(real_path(path) for path in paths if is_program(path))


@cache
def _program_folders() -> tuple[str, ...]:
    """Return the folders of programs, as they are named."""
    folders = filter(os.path.isabs, (*search_folders(), *STANDARD_PATH.split(":")))
    return tuple(dict.fromkeys(folders))


@cache
def _shells() -> frozenset[str]:
    return frozenset[str]().union(*map(files_of, _SHELLS))


def is_installed_shell(path: str) -> bool:
    """Return whether a file is a shell of the system."""
    return real_path(path) in _shells()


def has_name(execution: Exec, name: str) -> bool:
    """Return whether a program was executed under its file's name, or under one that leads to it.

    `sh` may be dash. A file with many names, such as busybox, is what its argv[0] says. A file of
    the submission is no program of the system, whatever its name.
    """
    if os.path.basename(execution.exe) == name:
        return not files_of(name) or real_path(execution.exe) in files_of(name)
    called = os.path.basename("".join(execution.argv[:1]))
    return called == name and real_path(execution.exe) in files_of(name)


class ClosedSet(Record):
    """The programs that a submission may execute, by their real paths."""

    named: frozenset[str]
    """Those that the task names."""
    own: frozenset[str]
    """Its interpreters."""
    starters: frozenset[str]
    """What may run before the program itself does: a task's start, the shell of a wrapper."""
    home: str
    """The folder of its files; empty for a program of the system."""
    may_be_shell: bool = False
    """Whether an installed shell may be judged."""

    def executable(self) -> Iterator[str]:
        """Yield the paths that Landlock lets it execute, with the loaders of these programs."""
        files = self.named | self.own | self.starters
        yield from (*files, *frozenset(map(_loader_of, files)) - {""})
        if self.home:
            yield self.home
            # Programs that are compiled here have the loader of the compiler.
            yield from {_loader_of(real_path("/usr/bin/env"))} - {""}

    def readable(self, top: str = "/") -> Iterator[str]:
        """Yield folders and files that have everything but the folders of programs."""
        programs = {real_path(folder) for folder in _program_folders()}
        # A folder of root, say, that the submission's user may not list either.
        with suppress(PermissionError), os.scandir(top) as entries:
            for entry in entries:
                if entry.is_symlink() or entry.path in programs:
                    continue
                if any(folder.startswith(f"{entry.path}/") for folder in programs):
                    yield from self.readable(entry.path)
                else:
                    yield entry.path

    def contains(self, file: str) -> bool:
        """Return whether a file may be executed."""
        return file in self.named | self.own or self.contains_own(file)

    def may_execute(self, file: str, interpreter: str) -> bool:
        """Return whether a program may execute what the task names: no shell that is not named."""
        is_shell = file in _shells() - self.named and not self.may_be_shell
        return not is_shell and (file == interpreter or self.contains(file))

    def contains_own(self, file: str) -> bool:
        """Return whether a file is the submission's."""
        return bool(self.home) and f"{file}/".startswith(f"{real_path(self.home)}/")


def closed_set(
    argv: Sequence[str],
    home: str,
    lines: Iterable[str],
    *,
    start: Sequence[str] = (),
    is_shell: bool = False,
) -> ClosedSet:
    """Return what a program may execute.

    Args:
        argv: its command line.
        home: the folder of its files.
        lines: the words that its task consists of.
        start: the command that starts it, if the task does.
        is_shell: whether it is judged as a shell, which is none of the system's.
    """
    named = {file for line in lines for word in _WORD.findall(line) for file in _named_by(word)}
    own = {file for word in argv if is_file(word) for file in _with_interpreters(word)}
    starters = {file for line in start for word in _WORD.findall(line) for file in _named_by(word)}
    if shells := own & _shells():
        own |= {file for name in (*_INTERPRETERS, sys.executable) for file in _named_by(name)}
        starters |= {file for name in _OF_WRAPPERS for file in files_of(name)}
        if is_shell:
            own, starters = own - shells, starters | shells
        else:
            own |= {file for name in _UTILITIES for file in files_of(name)}
    return ClosedSet(frozenset(named), frozenset(own), frozenset(starters), home)


def _named_by(word: str) -> Iterator[str]:
    """Yield the programs that a word may name; no script of a shell, which needs the shell."""
    files = {real_path(word)} if os.path.isabs(word) and is_program(word) else files_of(word)
    for file in files if word.strip("./") else ():
        chain = [*_with_interpreters(file)]
        if file in _shells() or not _shells().intersection(chain):
            yield from chain


def _with_interpreters(path: str, depth: int = 4) -> Iterator[str]:
    """Yield a program, and the interpreters of its first line; see execve(2)."""
    yield real_path(path)
    first = b""
    with suppress(OSError):
        first, _, _ = read_beginning(path, _LONGEST_FIRST_LINE).partition(b"\n")
    if first[:2] != b"#!" or not depth:
        return
    interpreter, *words = os.fsdecode(first[2:]).split() or [""]
    yield from _with_interpreters(interpreter, depth - 1)
    if os.path.basename(interpreter) == "env":
        for name in (word for word in words if word[0] != "-" and "=" not in word):
            for file in files_of(name):
                yield from _with_interpreters(file, depth - 1)


@cache
def _loader_of(file: str) -> str:
    with suppress(OSError, ElfProblem), open(file, "rb") as program:
        return real_path(read_headers(program, with_sections=False).loader)
    return ""


# ------------------------------------------------------------------------- the record of a run


def foreign_work(
    argv: Sequence[str],
    events: Sequence[Event],
    closed: ClosedSet,
    root: str = "P0",
    first_typed: float | None = None,
) -> str:
    """Return a sentence about a program that did what the submission should do; empty for none.

    The submission may be a copy of it. Else a program is foreign if the submission may not execute
    it, or if it executes what the task names. What a wrapper executes first is no work: before a
    line is typed at a shell, or before another program is given the submission's file. Such a
    program may help again, as git does for the name of a branch in a prompt.
    """
    if not closed.may_be_shell and (copied := _copy_of_a_program(argv[0], closed.home)):
        return f"the program that is judged is {copied}"
    begin = _begin(events, closed, root) if first_typed is None else first_typed
    running: dict[str, str] = {}
    # Processes of the task itself, from before the program began, are not the program's.
    mine = {root}
    helpers: set[str] = set()
    interpreter = ""
    for event in events:
        if isinstance(event.what, Fork):
            running[event.what.child] = running.get(event.proc, "")
            if event.proc in mine and (event.ts >= begin or first_typed is not None):
                mine.add(event.what.child)
        elif isinstance(event.what, Exec):
            what, file = event.what, real_path(event.what.exe)
            before = running.get(event.proc, "")
            running[event.proc] = file
            if event.ts <= begin or event.proc not in mine:
                helpers |= {file} if first_typed is not None else set()
                interpreter = file if event.proc == root else interpreter
            elif not closed.contains(file) and file not in helpers:
                how = f"executed {_show(what)}: the task does not name it"
                return f"{_subject(event.proc, root)} {how}"
            elif before and file in closed.named and not closed.may_execute(before, interpreter):
                return f"another program, {before}, executed {_show(what)}"
    last = running.get(root, "")
    if first_typed is None or closed.may_be_shell or not last:
        return ""
    if last in _shells():
        return f"an installed shell runs what is judged: {last}"
    return "" if closed.contains(last) else f"your program executed {last}: no program of its own"


def _begin(events: Sequence[Event], closed: ClosedSet, root: str) -> float:
    """Return when the program itself began: given its own file last, before it wrote anything."""
    begin, has_started = 0.0, not closed.starters
    for event in events:
        if isinstance(event.what, Write) and event.what.fd == 1:
            break
        if isinstance(event.what, Exec) and event.proc == root and closed.home:
            words = (os.path.join(closed.home, word) for word in event.what.argv[1:])
            own = (word for word in words if word.startswith(f"{closed.home}/"))
            # The command of the task that starts the program comes first.
            is_start = not has_started and real_path(event.what.exe) in closed.starters
            if is_start or closed.contains_own(event.what.exe) or any(map(is_file, own)):
                begin, has_started = event.ts, True
    return begin


@cache
def _copy_of_a_program(path: str, home: str) -> str:
    """Return the program of the system that a submitted file leads to, or has the bytes of."""
    if not home or not f"{os.path.abspath(path)}/".startswith(f"{home}/"):
        return ""
    file = real_path(path)
    if not f"{file}/".startswith(f"{real_path(home)}/"):
        return file
    size = os.stat(file).st_size
    for folder in filter(is_folder, _program_folders()):
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    is_equal = entry.is_file() and entry.stat().st_size == size
                    if is_equal and filecmp.cmp(entry.path, file, shallow=False):
                        return real_path(entry.path)
    return ""


def _subject(process: str, root: str) -> str:
    return "your program" if process == root else f"{process}, a child,"


def _show(execution: Exec) -> str:
    command = shorten(command_words(execution.argv), _LONGEST)
    return f"{execution.exe} ({command})"
