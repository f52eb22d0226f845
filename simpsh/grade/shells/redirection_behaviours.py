"""Behaviours of a shell that connects programs and files."""

from __future__ import annotations

import os
from typing import ClassVar

from simpsh.base.events import Exec
from simpsh.base.phrases import escaped, shortened
from simpsh.base.signal_names import SIGPIPE
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.grade.shells.shell_behaviour import (
    Behaviour,
    ended_by,
    executions,
    programs,
)
from simpsh.grade.shells.terminal_session import INTERRUPT, TerminalSession
from simpsh.process.open_files import Descriptor, descriptors
from simpsh.process.proc import argv

_ONE_TWO = "echo one; echo two >&2"
_LONGEST_FILE = 1 << 16
_SHOWN = 200


class _Pipe(Behaviour):
    id = "pipe"
    title = "joins two programs by a pipe"
    checks: ClassVar = {
        "together": ("both run at the same time", 2),
        "group": ("both are in one process group", 1),
        "joined": ("the first one's 1 and the second one's 0 are the two ends", 2),
        "shell": ("the shell has closed both ends", 2),
        "first": ("the first program holds nothing but its end", 1),
        "second": ("the second program holds nothing but its end", 2),
        "interrupt": ("^C ends both", 1),
    }
    look_at = "pipe(2), dup2(2), close(2): in three processes"
    types = ("sleep 1000 | sleep 2000", INTERRUPT)

    def play(self, shell: TerminalSession) -> None:
        shell.type("sleep 1000 | sleep 2000\n")
        both = shell.find("sleep", 2)
        self.pass_("together")
        shell.until(shell.is_waiting_or_at_prompt, "the shell does not wait for its job")
        first, second = sorted(both, key=lambda pid: argv(pid)[1:] != ("1000",))
        groups = {now.pgid for now in map(shell.look, both) if now is not None}
        self.check("group", len(groups) == 1, "the two are in different groups")
        out, into = _pipe_ends(first).get(1), _pipe_ends(second).get(0)
        joined = out is not None and into is not None and out.inode == into.inode
        self.check("joined", joined, "the first one's output is not the second one's input")
        if out is not None and joined:
            for key, pid, own in (
                ("shell", shell.pid, -1),
                ("first", first, 1),
                ("second", second, 0),
            ):
                extra = [
                    f"descriptor {number} ({end.end})"
                    for number, end in _pipe_ends(pid).items()
                    if end.inode == out.inode and number != own
                ]
                self.check(key, not extra, f"it still holds {', '.join(extra)} of the pipe")
        shell.type(INTERRUPT)
        shell.until(lambda: all(map(shell.is_dead, both)), "^C does not end both programs")
        shell.wait_prompt()
        self.pass_("interrupt")


def _pipe_ends(pid: int) -> dict[int, Descriptor]:
    """Return the descriptors of a process that lead to pipes, by number; none if it is gone."""
    try:
        return {
            descriptor.number: descriptor
            for descriptor in descriptors(pid)
            if descriptor.kind == "pipe"
        }
    except ProcessLookupError:
        return {}


class _Pipeline(Behaviour):
    id = "pipeline"
    title = "joins three programs, and end of file arrives"
    checks: ClassVar = {
        "three": ("three programs are executed", 1),
        "data": ("what the first one writes comes out of the last one", 3),
    }
    look_at = "close(2): a reader sees end of file when no process can write any more"
    types = ("uname | tr L l | tr i I",)

    def play(self, shell: TerminalSession) -> None:
        shell.run("uname | tr L l | tr i I")
        self.check("data", "lInux\n" in shell.said(), f"it printed {_shown(shell.said())}")

    def judge(self, chronicle: Chronicle) -> None:
        commands = [*programs(chronicle, "uname"), *programs(chronicle, "tr")]
        words = f"{len(commands)} of the three programs were executed"
        for key in ("three", "data"):
            self.check(key, len(commands) == 3, words)


def _shown(screen: str) -> str:
    lines = screen.splitlines()[1:-1]
    return repr("\n".join(lines)) if lines else "nothing"


class _EarlyReader(Behaviour):
    id = "early-reader"
    title = "lets a writer end when no process reads any more"
    checks: ClassVar = {
        "ends": ("yes | head -n 1 prints a line and ends", 2),
        "signal": ("SIGPIPE ends the writer", 1),
    }
    look_at = "signal(7): SIGPIPE must be at its default in children"
    types = ("yes | head -n 1",)

    def play(self, shell: TerminalSession) -> None:
        shell.type("yes | head -n 1\n")
        shell.wait_prompt()
        self.check("ends", "y\n" in shell.said(), "the line was not printed")

    def judge(self, chronicle: Chronicle) -> None:
        are_there = programs(chronicle, "yes") and programs(chronicle, "head")
        self.check("ends", bool(are_there), "yes and head were not both executed")
        for program in programs(chronicle, "yes")[:1]:
            good, words = ended_by(program, SIGPIPE)
            self.check("signal", good, f"yes was not ended by SIGPIPE: {words}")


class _Output(Behaviour):
    id = "output"
    title = "sends output to a file (> and >>)"
    checks: ClassVar = {
        "file": ("the file has it", 1),
        "screen": ("the terminal has not", 1),
        "empties": ("> empties a file first", 1),
        "appends": (">> keeps what is there", 1),
        "own": ("the shell's own output stays the terminal", 2),
    }
    look_at = "open(2): O_CREAT, O_TRUNC, O_APPEND; dup2(2) in the child"
    types = ("uname > out", "uname > full", "uname >> full", "uname")

    def play(self, shell: TerminalSession) -> None:
        shell.run("uname > out")
        printed, (text, words) = shell.printed(), _file("out", shell)
        self.check("file", text == "Linux\n", words)
        self.check("screen", "Linux" not in printed, "it is on the terminal, too")
        shell.run("uname > full")
        printed, (before, words) = shell.printed(), _file("full", shell)
        self.check("empties", before == "Linux\n", f"{words}{_message_in(printed)}")
        shell.run("uname >> full")
        # Whether > has emptied it before is another point.
        text, words = _file("full", shell)
        self.check("appends", text == f"{before}Linux\n", words)
        shell.run("uname")
        self.check(
            "own",
            "Linux" in shell.printed(),
            "after it the shell's own output is no longer the terminal",
        )

    def judge(self, chronicle: Chronicle) -> None:
        runs = _named(chronicle, "uname")
        # Where > is refused because the file is there, only >> has run it.
        both = 1 if self.found.get("empties") else 2
        for key, file, count in (
            ("file", "out", 1),
            ("empties", "full", 1),
            ("appends", "full", both),
        ):
            is_so = sum(_leads(run, 1, file) for run in runs) >= count
            self.check(key, is_so, f"no uname was executed with {file} as its 1")
        self.check("own", bool(programs(chronicle, "uname")), "uname was not executed")


def _message_in(printed: str) -> str:
    """Return what a shell has said before its prompt, as the end of a sentence."""
    first, _, prompt = printed.lstrip("\n").partition("\n")
    return f"; it says {shortened(escaped(first), _SHOWN)}" if first and prompt else ""


def _named(chronicle: Chronicle, name: str) -> list[Exec]:
    """Return the times that a program was executed which was called so, in order."""
    executions = [event.what for event in chronicle.events if isinstance(event.what, Exec)]
    return [
        execution
        for execution in executions
        if execution.argv and os.path.basename(execution.argv[0]) == name
    ]


def _leads(program: Exec, number: int, name: str) -> bool:
    """Return whether a descriptor led to a file, or to a pipe through which a shell may hand on."""
    files = dict(program.files)
    return os.path.basename(files.get(number, "")) == name or number in dict(program.pipes)


def _file(name: str, shell: TerminalSession) -> tuple[str, str]:
    """Return the text of a file, and in a sentence what it contains, or why there is none."""
    try:
        folder = os.open(f"/proc/{shell.pid}/cwd", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            text = read_beginning(name, _LONGEST_FILE, folder).decode(errors="replace")
        finally:
            os.close(folder)
    except FileNotFoundError:
        return "", f"there is no file {name}"
    except OSError as error:
        return "", f"{name} cannot be read: {error.strerror}"
    return text, f"{name} contains {shortened(text, _SHOWN)!r}"


class _Input(Behaviour):
    id = "input"
    title = "takes input from a file (<)"
    checks: ClassVar = {
        "reads": ("the program reads it", 2),
        "missing": ("a missing file does no harm", 1),
    }
    look_at = "open(2), dup2(2)"
    types = ("tr a-z A-Z < data", "tr a-z A-Z < no-such-file", "uname")

    def play(self, shell: TerminalSession) -> None:
        shell.run("tr a-z A-Z < data")
        self.check("reads", "SOME DATA\n" in shell.said(), f"it printed {_shown(shell.said())}")
        shell.run("tr a-z A-Z < no-such-file")
        shell.run("uname")
        self.check("missing", "Linux" in shell.said(), "after a missing file nothing runs")

    def judge(self, chronicle: Chronicle) -> None:
        reads = any(_leads(execution, 0, "data") for execution in _named(chronicle, "tr"))
        self.check("reads", reads, "no tr was executed with data as its 0")
        self.check("missing", bool(programs(chronicle, "uname")), "uname was not executed")


class _Errors(Behaviour):
    id = "errors"
    title = "redirects descriptor 2, and duplicates"
    checks: ClassVar = {
        "file": ("2> file", 1),
        "both": ("> file 2>&1: both in the file", 1),
        "order": ("2>&1 > file: from left to right", 1),
    }
    look_at = "dup2(2)"
    types = (
        "ls no-such-file 2> err",
        "sh -c 'echo one; echo two >&2' > both 2>&1",
        "sh -c 'echo one; echo two >&2' 2>&1 > first",
    )

    def play(self, shell: TerminalSession) -> None:
        shell.run("ls no-such-file 2> err")
        text, words = _file("err", shell)
        self.check("file", "no-such-file" in text, words)
        shell.run(f"sh -c '{_ONE_TWO}' > both 2>&1")
        text, words = _file("both", shell)
        self.check("both", text == "one\ntwo\n", words)
        shell.run(f"sh -c '{_ONE_TWO}' 2>&1 > first")
        good = _file("first", shell)[0] == "one\n" and "two" in shell.printed()
        self.check("order", good, "2>&1 > f: the error output should still be the terminal")

    def judge(self, chronicle: Chronicle) -> None:
        # sh may be an alias for another one.
        given = [event.what for event in chronicle.events if isinstance(event.what, Exec)]
        scripts = [execution for execution in given if execution.argv[-1:] == (_ONE_TWO,)]
        for key, name, runs, numbers, file in (
            ("file", "ls", _named(chronicle, "ls"), (2,), "err"),
            ("both", "sh", scripts, (1, 2), "both"),
            ("order", "sh", scripts, (1,), "first"),
        ):
            redirected = [
                run for run in runs if all(_leads(run, number, file) for number in numbers)
            ]
            words = " and ".join(map(str, numbers))
            self.check(key, bool(redirected), f"no {name} was executed with {file} as its {words}")


class _Descriptors(Behaviour):
    id = "descriptors"
    title = "gives a program 0, 1 and 2, and nothing else"
    checks: ClassVar = {
        "plain": ("nothing of the shell's leaks into a program", 2),
        "redirected": ("nor does the file of a redirection", 1),
    }
    look_at = "open(2): O_CLOEXEC; close(2)"
    types = ("expr 1 + 1", "expr 2 + 2 > out")

    def play(self, shell: TerminalSession) -> None:
        shell.run("expr 1 + 1")
        shell.run("expr 2 + 2 > out")

    def judge(self, chronicle: Chronicle) -> None:
        tables = [
            [*execution.pipes, *execution.files] for execution in executions(chronicle, "expr")
        ]
        for key, place in (("plain", 0), ("redirected", 1)):
            if place >= len(tables):
                self.check(key, is_so=False, instead="the program was not executed")
                continue
            extra = [str(number) for number, _ in sorted(tables[place]) if number > 2]
            self.check(key, not extra, f"it also has {', '.join(extra)}")


BEHAVIOURS = (_Pipe, _Pipeline, _EarlyReader, _Output, _Input, _Errors, _Descriptors)
