"""Finds work that a program lets a shell, or another program that its task does not name, do.

The student's program is each process that executes the student's file, with its descendants. A
program that the task names – an argument, a line of the input, or one of Trial.names – is free to
do what it does. An interpreter's own start, by a wrapper, env(1) or pyenv, is no work. A shell that
interprets the student's file is an interpreter like another one, unless it executes a program that
the task names: then it did what the task asks. Other files of the student's folder are the
student's, too. A program that is no shell, and gets no code, may be a harmless helper such as
uname(1): it did the work if what it did shows that a check is passed.
"""

from __future__ import annotations

import ast
import os
import shlex
from collections.abc import Iterable, Sequence
from contextlib import suppress

from simpsh.base.events import Event, Exec, Fork, Open, Reap, WaitReturn
from simpsh.base.file_facts import is_file, real_path
from simpsh.base.phrases import command_words, shorten
from simpsh.course.claims.observation import Observation
from simpsh.grade.assignments.program_names import files_of
from simpsh.grade.exercises.exercise import PROGRAM, Trial
from simpsh.grade.shells.substitute_shell import (
    as_loaded,
    installed_shell,
    is_asked_for,
    is_borrowed_copy,
    is_called_as_shell,
    is_installed,
    is_within,
    loaded_by,
    with_code_by,
)

_LONGEST = 60
_OWN_MEMORY = ("/proc/self/mem", "/proc/thread-self/mem")
_NOT_NAMED = ", which the task does not name"
_CODE = frozenset(" \t\n;(){}$|&<>`")
"""An argument with one of these is code, for awk or perl -e."""
_OWN_HELPERS = {
    "multiprocessing.spawn": "spawn_main",
    "multiprocessing.forkserver": "main",
    "multiprocessing.resource_tracker": "main",
}
"""The function with which Python starts a process of multiprocessing, by module."""


def starts_helper(code: str) -> bool:
    """Return whether Python code only starts a process of multiprocessing.

    >>> start = "from multiprocessing.spawn import spawn_main; spawn_main(pipe_handle=7)"
    >>> starts_helper(start), starts_helper(f"{start}; more()")
    (True, False)
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if len(tree.body) != 2:
        return False
    first, last = tree.body
    if not (isinstance(first, ast.ImportFrom) and isinstance(last, ast.Expr)):
        return False
    module, call = first.module or "", last.value
    name = _OWN_HELPERS.get(module, "")
    if not isinstance(call, ast.Call) or ast.unparse(first) != f"from {module} import {name}":
        return False
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return ast.unparse(call.func) == name and all(map(_is_literal, values))


def is_helper(argv: Sequence[str]) -> bool:
    """Return whether a command line is Python with only options, and then a helper's code."""
    if "-c" not in argv[1:-1]:
        return False
    place = argv.index("-c", 1)
    are_options = all(word[:1] == "-" and not _CODE & {*word} for word in argv[1:place])
    return are_options and starts_helper(argv[place + 1])


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, RecursionError):
        return False
    return True


def _is_memory_of_another(event: Event, opened: Open) -> bool:
    """Return whether a process opened another one's memory for writing; see proc_pid_mem(5)."""
    if opened.errno or opened.flags & os.O_ACCMODE == os.O_RDONLY or opened.path in _OWN_MEMORY:
        return False
    parts = (opened.path if opened.file is None else opened.file.path).split("/")
    # /proc/PID/mem, or /proc/PID/task/TID/mem
    is_memory = parts[:2] == ["", "proc"] and parts[-1] == "mem" and len(parts) in (4, 6)
    return is_memory and parts[2] != str(event.pid)


class BorrowedWork:
    """Goes through the events of a run for work of programs that the task does not name.

    `argv` is the command line of the student's program, `home` the folder of its file.
    """

    def __init__(self, seen: Observation, trial: Trial, argv: Sequence[str], home: str) -> None:
        self._seen = seen
        self._home = home
        self._has_starter = bool(trial.within)
        self._file = real_path(argv[-1])
        lines = [word.split() for word in trial.arguments]
        self._lines: list[Sequence[str]] = [
            trial.arguments,
            # One word of several is no line: the words after it belong to it.
            *(line for line in lines if len(line) > 1 or len(lines) == 1),
        ]
        for line in (*trial.input.splitlines(), *trial.names):
            self._lines.append(line.split())
            with suppress(ValueError):
                self._lines.append(shlex.split(line))
        self._begun: Exec | None = None
        """The first execution of the run."""
        self._mine: dict[str, str] = {}
        """The processes of the student's program. The text is the sentence about the program that
        is not named and that the process or an ancestor executed; empty for none."""
        self._roots: set[str] = set()
        """The processes that became the student's program by executing its file."""
        self._starts: dict[str, str] = {}
        """The processes that execute the student's file by a shell, with the sentence."""
        self._has_named = False
        """Whether the student's program executed a program that the task names."""
        self.sentence = self._find()
        """A sentence about a shell, or about a program that was given code; empty for none."""

    def sentence_about(self, evidence: Iterable[int]) -> str:
        """Return a sentence about a program that caused one of these events; empty for none."""
        for event in (self._seen.events[index] for index in evidence):
            what = event.what
            name = what.child if isinstance(what, Fork | Reap | WaitReturn) else event.proc
            if sentence := self._mine.get(name, ""):
                return sentence
        return ""

    def _find(self) -> str:
        found = ""
        for index, event in enumerate(self._seen.events):
            if isinstance(event.what, Fork):
                if event.proc in self._mine and not event.what.thread:
                    self._mine[event.what.child] = self._mine[event.proc]
            elif isinstance(event.what, Open):
                if event.proc in self._mine and _is_memory_of_another(event, event.what):
                    found = found or (
                        f"{self._subject(event.proc)} opened the memory of another process for "
                        "writing: code that it puts there does not count"
                    )
            elif isinstance(event.what, Exec):
                is_start = event.proc in self._starts
                sentence = self._note_exec(event, event.what, has_acted=self._has_acted(index))
                found = found or sentence
                if is_start and event.proc not in self._starts and not self._has_acted(index):
                    found = ""  # what a wrapper does before it executes the program
        return found or (next(iter(self._starts.values()), "") if self._has_named else "")

    def _note_exec(self, event: Event, execution: Exec, *, has_acted: bool) -> str:
        """Note a program; return a sentence if it does the work of the student's program."""
        if self._has_starter:
            # Trial.within begins the run.
            self._has_starter = False
            return ""
        execution = as_loaded(execution)
        self._begun = self._begun or execution
        name, argv = event.proc, execution.argv
        shell = self._shell(execution)
        words = [execution.exe, *argv[1:]]
        is_own_file = any(real_path(self._absolute(word)) == self._file for word in words)
        is_own = any(is_within(word, self._home) for word in words)
        is_own = is_own and not is_borrowed_copy(execution.exe, self._home)
        sentence = self._sentence(name, execution)
        if is_own_file and (name in self._roots or name not in self._mine):
            self._roots.add(name)
            self._mine[name] = ""
            self._starts.pop(name, None)
            if shell and not is_installed(execution.exe):
                return f"the program that is judged is {shell}, or a copy of it"
            if shell:
                self._starts[name] = sentence
            return ""
        if name not in self._mine:
            return ""  # a process of the judge
        if self._is_named(execution, is_shell=bool(shell)):
            if variable := loaded_by(execution, self._begun):
                return self._sentence(name, execution, with_code_by(variable))
            # Its descendants are free, too.
            self._has_named = True
            return self._mine.pop(name)
        if is_helper(argv):
            return ""
        if name in self._starts and not shell and not has_acted:
            return ""  # env, or another part of the start
        if shell or not is_file(execution.exe):
            if name in self._starts and is_within(argv[-1], self._home):
                return ""
            return sentence
        if self._has_code(argv):
            return sentence
        if not (is_own or self._starts):
            # A shell's script calls programs as other languages call functions.
            self._mine[name] = self._mine[name] or sentence
        return ""

    def _shell(self, execution: Exec) -> str:
        with suppress(OSError):
            shell = installed_shell(execution.exe)
            return shell if is_called_as_shell(shell, execution.argv) else ""
        return execution.exe

    def _absolute(self, word: str) -> str:
        return os.path.join(self._home, word)

    def _has_code(self, argv: Sequence[str]) -> bool:
        return any(not _CODE.isdisjoint(word) for word in argv[1:])

    def _has_acted(self, index: int) -> bool:
        """Return whether a process wrote to the output before an event."""
        return bool(self._seen.outputs) and self._seen.outputs[0] < index

    def _is_named(self, execution: Exec, *, is_shell: bool) -> bool:
        """Return whether the task names a program with these arguments, in this order."""
        name, file = os.path.basename("".join(execution.argv[:1])), real_path(execution.exe)
        # A program chooses its argv[0]: it may be any word, and the file decides.
        is_it = file in files_of(name) or any(
            os.path.basename(word) == name and os.path.isabs(word) and real_path(word) == file
            for words in self._lines
            for word in words
        )
        return is_it and is_asked_for(self._lines, execution, is_shell=is_shell)

    def _subject(self, name: str) -> str:
        shown = self._seen.name_of(name)
        return "your program" if shown == PROGRAM else f"{shown}, a child,"

    def _sentence(self, name: str, execution: Exec, how: str = _NOT_NAMED) -> str:
        command = shorten(command_words(execution.argv), _LONGEST)
        program = execution.exe or "the dynamic loader"
        return (
            f"{self._subject(name)} executed {program} ({command}){how}: work of another program "
            "does not count"
        )
