"""Behaviours that need more than the verbs of assignment files; behaviours.toml has the others."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import ClassVar

from simpsh.base.events import ExecError
from simpsh.base.phrases import shortened
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import decode, sentence
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.assignments.assignment_file import read_assignment
from simpsh.grade.shells.own_behaviours import own_behaviour
from simpsh.grade.shells.question_lot import Lot
from simpsh.grade.shells.shell_behaviour import (
    Behaviour,
    answers,
    counted_were,
    executed,
    executed_by,
    failed_execution,
    in_foreground,
    left_zombies,
    made,
    programs,
)
from simpsh.grade.shells.terminal_session import INTERRUPT, Stuck, TerminalSession
from simpsh.process.open_files import Descriptor, descriptors
from simpsh.process.proc import argv
from simpsh.process.process_tree import children

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "behaviours.toml")
_MORE_STAGES = (2, 4)
_NOT_FOUND = 127 << 8
_LONGEST_NAME, _LONGEST_WORDS = 30, 200
_MORE_NUMBERS = (7, 9)


class _Run(Behaviour):
    id = "run"
    title = "runs a program: fork, exec, wait"
    checks: ClassVar = {
        "forks": ("the shell makes a child for it", 2),
        "execs": ("the child executes the program", 2),
        "alone": ("no other process is made", 1),
        "waits": ("the shell waits before it prompts again", 3),
        "collects": ("the child is collected", 2),
    }
    look_at = "fork(2), execve(2), waitpid(2)"
    lines = ("{sleep}",)

    def play(self, shell: TerminalSession) -> None:
        before = {child.pid for child in children(shell.pid)}
        pid = in_foreground(shell, self.types[0])
        self.check(
            "waits", not shell.is_at_prompt(), "it prompts again while the program is still running"
        )
        shell.kill(pid, SIGKILL)
        shell.wait_prompt()
        left = left_zombies(shell, before)
        self.check("collects", not left, f"{counted_were(left, 'zombie')} left over")

    def judge(self, chronicle: Chronicle) -> None:
        sleeps = programs(chronicle, "sleep")
        shell = chronicle.processes["P0"]
        failure = failed_execution(chronicle)
        parentage = f"the program was never executed{failure and '; '}{failure}"
        for child in sleeps[:1]:
            maker = child.parent or "no process here"
            parentage = f"{child.name}, a child of {maker}, executed the program"
        self.check("forks", len(sleeps) == 1 and sleeps[0].parent == shell.name, parentage)
        self.check(
            "execs",
            len(sleeps) == 1 and sleeps[0] is not shell,
            "no child of the shell has executed the program",
        )
        others = [process for process in made(chronicle) if process not in sleeps]
        more = counted_were(len(others), "more process", "more processes")
        self.check("alone", bool(sleeps), parentage)
        self.check("alone", not others, f"{more} made for it{executed_by(others)}")


class _Arguments(Behaviour):
    id = "arguments"
    title = "hands over any number of words"
    checks: ClassVar = {
        "runs": ("the program runs", 1),
        "words": ("it is given each word, however many blanks lie between", 2),
        "name": ("argv[0] is the program's name", 1),
    }
    look_at = "execvp(3)"

    def draw(self, lot: Lot) -> tuple[str, ...]:
        self.words = [str(lot.number(1, 99))]
        for _ in range(lot.number(*_MORE_NUMBERS)):
            self.words += ["+", str(lot.number(1, 99))]
        blanks = (" " * lot.number(1, 3) for _ in self.words)
        pieces = (f"{blank}{word}" for blank, word in zip(blanks, self.words, strict=True))
        return (f"  expr{''.join(pieces)}  ",)

    def play(self, shell: TerminalSession) -> None:
        shell.run(self.types[0])

    def judge(self, chronicle: Chronicle) -> None:
        got = next((execution.argv for execution in executed(chronicle, "expr")), ())
        self.check("runs", bool(got), "expr was not executed")
        self.check(
            "words",
            list(got[1:]) == self.words,
            f"it was given {shortened(str(list(got[1:])), _LONGEST_WORDS)}"
            if got
            else "nothing ran",
        )
        name = got[0].rpartition("/")[2] if got else ""
        self.check("name", name == "expr", f"argv[0] is {shortened(name, _LONGEST_NAME)!r}")


class _NotFound(Behaviour):
    id = "not-found"
    title = "survives a program that is not there"
    checks: ClassVar = {
        "says": ("it says so", 1),
        "one": ("no second shell is left", 3),
        "goes-on": ("the next command runs", 1),
        "status": ("its status is 127: the child's, if there was one, or $?", 1),
    }
    look_at = "_exit(2): exec returns only if it failed, and then the child must end"
    lines = ("no-{word}-here", "{status}", "{sum}", "")

    def play(self, shell: TerminalSession) -> None:
        first = shell.said_in_all().strip()
        helpers = {process.pid for process in shell.descendants()}
        shell.run(self.types[0])
        words = "a child is left: it should end when it has nothing to execute"

        def is_one() -> bool:
            return all(process.pid in helpers for process in shell.descendants())

        # Helpers of a prompt may be collected late; earlier processes are no second shell.
        with suppress(Stuck):
            shell.until(is_one, words)
        self.check("one", is_one(), words)
        said = shell.printed().strip()
        nothing = "nothing was said about it"
        self.check("says", not first.endswith(said), nothing)
        shell.run(self.types[1])
        is_told = self.language.is_answer(shell.printed(), code=127)
        self.check("goes-on", answers(shell, self.sums[0]), "the next command did not run")
        if is_told:
            # A child that reports the failure of exec by a pipe may end with any status.
            self.pass_("status")
        # A later prompt may differ from the first. An empty line, which is another behaviour's
        # matter, is typed last: what it does to the shell changes nothing here.
        with suppress(Stuck):
            shell.run("")
            self.check("says", said != shell.printed().strip(), nothing)

    def judge(self, chronicle: Chronicle) -> None:
        # A shell that looks before it forks has no child whose status could be wrong. A copy that
        # executes nothing and ends well may belong to the prompt.
        tried = {
            event.proc
            for event in chronicle.events
            if isinstance(event.what, ExecError) and event.what.path.endswith(f"/{self.types[0]}")
        }
        copies = [
            process for process in made(chronicle) if all(run.is_copy for run in process.programs)
        ]
        wrong = [
            it.status
            for it in copies
            if it.status != _NOT_FOUND and (it.status != 0 or it.name in tried)
        ]
        if "status" not in self.found:
            ends = ("it did not end" if it is None else sentence(decode(it)) for it in wrong)
            self.check("status", not wrong, "; ".join(ends))
        # A shell that never calls exec cannot have left a second shell.
        for key in ("one", "goes-on", "status"):
            self.confirm(key, bool(programs(chronicle, "expr")), "expr was not executed")


class _Statuses(Behaviour):
    id = "statuses"
    title = "tells how the last command ended ($?)"
    checks: ClassVar = {
        "success": ("0 after success", 1),
        "code": ("the exit status", 1),
        "killed": ("128 + the signal's number", 1),
        "not-found": ("127 if there is no such program", 1),
        "not-executable": ("126 if it may not be executed", 1),
    }
    look_at = "wait(2): WIFEXITED, WEXITSTATUS, WIFSIGNALED, WTERMSIG"
    _commands = ("expr {number} +", "{sum}", "no-{word}-here", "./data", "{sleep}")
    lines = tuple(typed for line in _commands for typed in (line, "{status}"))

    def play(self, shell: TerminalSession) -> None:
        def ask(key: str, line: str, **ended: int) -> None:
            shell.run(self.types[1])
            said = shell.printed()
            words = f"after {line} it says {_shown_answer(said)}"
            self.check(key, self.language.is_answer(said, **ended), words)

        # No line needs quotes: a shell without them knows statuses all the same.
        lines = self.types[::2]
        wanted = {"code": 2, "success": 0, "not-found": 127, "not-executable": 126}
        for line, (key, number) in zip(lines, wanted.items(), strict=False):
            shell.run(line)
            ask(key, line, code=number)
        pid = in_foreground(shell, lines[-1])
        shell.kill(pid, SIGKILL)
        shell.wait_prompt()
        ask("killed", f"{lines[-1]}, which SIGKILL ends,", signal=SIGKILL)

    def judge(self, chronicle: Chronicle) -> None:
        for key, name, word in (
            ("code", "expr", 2 << 8),
            ("success", "expr", 0),
            ("killed", "sleep", SIGKILL),
        ):
            ended = {program.status for program in programs(chronicle, name)}
            self.confirm(key, word in ended, "it says so, but nothing that it ran has ended so")


def _shown_answer(said: str) -> str:
    """Return the first line that was printed, without a prompt that follows it."""
    line, newline, _ = said.partition("\n")
    return repr(shortened(line, _LONGEST_NAME)) if newline else "nothing"


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
        shell.type(INTERRUPT)
        words = "^C does not end all programs"
        shell.until(lambda: all(map(shell.is_dead, both)) or shell.is_gone(), words)
        # The kernel signals a whole group at once; each dies when it runs next, shell or not.
        shell.settle()
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


_SPECIAL: tuple[type[Behaviour], ...] = (_Run, _Arguments, _NotFound, _Statuses, _Pipe, _Pipeline)
_DESCRIBED = map(own_behaviour, read_assignment(_FILE).behaviours)
_EVERY: dict[str, type[Behaviour]] = {it.id: it for it in (*_SPECIAL, *_DESCRIBED)}
PARTS: Mapping[str, Sequence[str]] = {
    "commands, one after the other": (
        *("run", "arguments", "empty-line", "not-found", "end-of-file", "exit", "statuses"),
        *("zombies", "cd"),
    ),
    "pipes and redirections": (
        *("pipe", "pipeline", "early-reader", "output", "input", "errors", "descriptors"),
    ),
    "jobs: groups, the terminal, ^C, ^Z, fg, bg": (
        *("groups", "interrupt", "quit", "stop", "fg", "bg", "background", "other-child", "jobs"),
    ),
}
BEHAVIOURS: Sequence[type[Behaviour]] = [_EVERY[name] for part in PARTS.values() for name in part]
"""All that a shell can be asked for, in the order in which one builds it."""
