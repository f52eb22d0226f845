"""Behaviours of a shell that connects programs and files."""

from __future__ import annotations

import os
from typing import ClassVar

from simpsh.base.events import Exec
from simpsh.base.phrases import counted, escaped, shortened
from simpsh.base.signal_names import SIGPIPE
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.shells.question_lot import Lot
from simpsh.grade.shells.shell_behaviour import (
    Behaviour,
    answers,
    called,
    ended_by,
    executed,
    executions,
    file_text,
    press,
    programs,
)
from simpsh.grade.shells.terminal_session import INTERRUPT, TerminalSession
from simpsh.process.open_files import Descriptor, descriptors
from simpsh.process.proc import argv

DATA = "some data"
"""The content of the file `data`, a line."""
_MORE_STAGES = (2, 4)
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
    lines = ("{sleep} | {sleep}", INTERRUPT)

    def play(self, shell: TerminalSession) -> None:
        shell.type(f"{self.types[0]}\n")
        both = shell.find("sleep", 2)
        self.pass_("together")
        shell.until(shell.is_waiting_or_at_prompt, "the shell does not wait for its job")
        first, second = sorted(both, key=lambda pid: argv(pid)[1:] != (self.types[0].split()[1],))
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
        press(shell, INTERRUPT, both)
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
    title = "joins several programs, and end of file arrives"
    checks: ClassVar = {
        "all": ("each program is executed", 1),
        "data": ("what the first one writes comes out of the last one", 3),
    }
    look_at = "close(2): a reader sees end of file when no process can write any more"

    def draw(self, lot: Lot) -> tuple[str, ...]:
        question = lot.sum()
        stages, self.wanted = [question.line], question.answer
        for _ in range(lot.number(*_MORE_STAGES)):
            digit, letter = lot.choice(self.wanted), lot.word()[0]
            stages.append(f"tr {digit} {letter}")
            self.wanted = self.wanted.replace(digit, letter)
        self.count = len(stages)
        return (" | ".join(stages),)

    def play(self, shell: TerminalSession) -> None:
        shell.run(self.types[0])
        is_right = f"{self.wanted}\n" in shell.printed()
        self.check("data", is_right, f"it printed {_shown(shell.said())}")

    def judge(self, chronicle: Chronicle) -> None:
        commands = [*programs(chronicle, "expr"), *programs(chronicle, "tr")]
        words = f"{len(commands)} of {self.count} programs were executed"
        self.check("all", len(commands) == self.count, words)
        self.confirm("data", len(commands) == self.count, words)


def _shown(screen: str) -> str:
    lines = screen.splitlines()[1:-1]
    return repr("\n".join(lines)) if lines else "nothing"


class _EarlyReader(Behaviour):
    id = "early-reader"
    title = "lets a writer end when no process reads any more"
    checks: ClassVar = {
        "ends": ("yes WORD | head -n N prints N lines and ends", 2),
        "signal": ("SIGPIPE ends the writer", 1),
    }
    look_at = "signal(7): SIGPIPE must be at its default in children"
    lines = ("yes {word} | head -n {number}",)

    def play(self, shell: TerminalSession) -> None:
        shell.run(self.types[0])
        _, word, *_, asked = self.types[0].split()
        count = shell.printed().count(f"{word}\n")
        self.check("ends", count == int(asked), f"{counted(count, 'line')} of {asked} printed")

    def judge(self, chronicle: Chronicle) -> None:
        are_there = programs(chronicle, "yes") and programs(chronicle, "head")
        self.confirm("ends", bool(are_there), "yes and head were not both executed")
        for program in programs(chronicle, "yes")[:1]:
            good, words = ended_by(program, SIGPIPE)
            self.check("signal", good, f"SIGPIPE did not end yes: {words}")


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

    def draw(self, lot: Lot) -> tuple[str, ...]:
        self.sums = [lot.sum() for _ in range(4)]
        self.file, first, second, third, last = (
            lot.word(),
            *(question.line for question in self.sums),
        )
        return (f"{first} > {self.file}", f"{second} > full", f"{third} >> full", last)

    def play(self, shell: TerminalSession) -> None:
        first, second, third, last = self.sums
        shell.run(self.types[0])
        printed, (text, words) = shell.printed(), file_text(self.file, shell)
        self.check("file", text == f"{first.answer}\n", words)
        self.check("screen", f"{first.answer}\n" not in printed, "it is on the terminal, too")
        shell.run(self.types[1])
        printed, (before, words) = shell.printed(), file_text("full", shell)
        # A message of the shell before its prompt.
        message, _, prompt = printed.lstrip("\n").partition("\n")
        if message and prompt:
            words += f"; it says {shortened(escaped(message), _SHOWN)}"
        self.check("empties", before == f"{second.answer}\n", words)
        shell.run(self.types[2])
        # Whether > has emptied it before is another point.
        text, words = file_text("full", shell)
        self.check("appends", text == f"{before}{third.answer}\n", words)
        self.check(
            "own", answers(shell, last), "after it the shell's own output is no longer the terminal"
        )

    def judge(self, chronicle: Chronicle) -> None:
        runs = called(chronicle, "expr")
        # If the shell refuses > because the file exists, only >> has run it.
        both = 1 if self.found.get("empties") else 2
        for key, file, count in (
            ("file", self.file, 1),
            ("screen", self.file, 1),
            ("empties", "full", 1),
            ("appends", "full", both),
        ):
            is_so = sum(_leads(run, 1, file) for run in runs) >= count
            self.confirm(key, is_so, f"no expr was executed with {file} as its 1")
        self.confirm("own", bool(programs(chronicle, "expr")), "expr was not executed")


def _leads(program: Exec, number: int, name: str) -> bool:
    """Return whether a descriptor led to a file, or to a pipe through which a shell may hand on."""
    files = dict(program.files)
    return os.path.basename(files.get(number, "")) == name or number in dict(program.pipes)


class _Input(Behaviour):
    id = "input"
    title = "takes input from a file (<)"
    checks: ClassVar = {
        "reads": ("the program reads it", 2),
        "missing": ("a missing file does no harm", 1),
    }
    look_at = "open(2), dup2(2)"

    def draw(self, lot: Lot) -> tuple[str, ...]:
        letter = lot.choice(sorted(set(DATA) - {" "}))
        self.wanted = DATA.replace(letter, letter.upper())
        program = f"tr {letter} {letter.upper()}"
        self.lines = (f"{program} < data", f"{program} < no-{{word}}", "{sum}")
        return super().draw(lot)

    def play(self, shell: TerminalSession) -> None:
        there, not_there, _ = self.types
        shell.run(there)
        is_right = f"{self.wanted}\n" in shell.printed()
        self.check("reads", is_right, f"it printed {_shown(shell.said())}")
        shell.run(not_there)
        self.check("missing", answers(shell, self.sums[0]), "after a missing file nothing runs")

    def judge(self, chronicle: Chronicle) -> None:
        reads = any(_leads(execution, 0, "data") for execution in called(chronicle, "tr"))
        self.confirm("reads", reads, "no tr was executed with data as its 0")
        self.confirm("missing", bool(programs(chronicle, "expr")), "expr was not executed")


class _Errors(Behaviour):
    id = "errors"
    title = "redirects descriptor 2, and duplicates"
    checks: ClassVar = {
        "file": ("2> file", 1),
        "both": ("> file 2>&1: both in the file", 1),
        "order": ("2>&1 > file: from left to right", 1),
    }
    look_at = "dup2(2)"

    def draw(self, lot: Lot) -> tuple[str, ...]:
        self.missing, self.out, self.error = f"no-{lot.word()}", lot.word(), lot.word()
        self.files = [lot.word() for _ in range(3)]
        self.script = f"echo {self.out}; echo {self.error} >&2"
        err, both, first = self.files
        return (
            f"ls {self.missing} 2> {err}",
            f"sh -c '{self.script}' > {both} 2>&1",
            f"sh -c '{self.script}' 2>&1 > {first}",
        )

    def play(self, shell: TerminalSession) -> None:
        err, both, first = self.files
        shell.run(self.types[0])
        text, words = file_text(err, shell)
        self.check("file", self.missing in text, words)
        shell.run(self.types[1])
        text, words = file_text(both, shell)
        self.check("both", text == f"{self.out}\n{self.error}\n", words)
        shell.run(self.types[2])
        is_first = file_text(first, shell)[0] == f"{self.out}\n"
        good = is_first and f"{self.error}\n" in shell.printed()
        self.check("order", good, "2>&1 > f: the error output should still be the terminal")

    def judge(self, chronicle: Chronicle) -> None:
        # sh may be an alias for another one.
        scripts = executions(chronicle, lambda run: run.argv[-1:] == (self.script,))
        err, both, first = self.files
        for key, name, runs, numbers, file in (
            ("file", "ls", called(chronicle, "ls"), (2,), err),
            ("both", "sh", scripts, (1, 2), both),
            ("order", "sh", scripts, (1,), first),
        ):
            redirected = [
                run for run in runs if all(_leads(run, number, file) for number in numbers)
            ]
            words = " and ".join(map(str, numbers))
            self.confirm(
                key, bool(redirected), f"no {name} was executed with {file} as its {words}"
            )


class _Descriptors(Behaviour):
    id = "descriptors"
    title = "gives a program 0, 1 and 2, and nothing else"
    checks: ClassVar = {
        "plain": ("nothing of the shell's leaks into a program", 2),
        "redirected": ("nor does the file of a redirection", 1),
    }
    look_at = "open(2): O_CLOEXEC; close(2)"
    lines = ("{sum}", "{sum} > {word}")

    def play(self, shell: TerminalSession) -> None:
        for line in self.types:
            shell.run(line)

    def judge(self, chronicle: Chronicle) -> None:
        tables = [[*run.pipes, *run.files] for run in executed(chronicle, "expr")]
        for key, place in (("plain", 0), ("redirected", 1)):
            if place >= len(tables):
                self.check(key, is_so=False, instead="the program was not executed")
                continue
            extra = [str(number) for number, _ in sorted(tables[place]) if number > 2]
            self.check(key, not extra, f"it also has {', '.join(extra)}")


BEHAVIOURS = (_Pipe, _Pipeline, _EarlyReader, _Output, _Input, _Errors, _Descriptors)
