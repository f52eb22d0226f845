"""Behaviours of a shell that runs one program after the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import ClassVar

from simpsh.base.events import ExecError
from simpsh.base.phrases import counted, escaped, shortened
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import Exited, decode, sentence
from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife
from simpsh.grade.shells.question_lot import Lot
from simpsh.grade.shells.shell_behaviour import (
    Behaviour,
    answers,
    executed,
    failed_execution,
    in_background,
    in_foreground,
    made,
    programs,
)
from simpsh.grade.shells.terminal_session import END_OF_FILE, Stuck, TerminalSession
from simpsh.process.process_tree import children

_NOT_FOUND = 127 << 8
_LONGEST_NAME, _LONGEST_WORDS, _MOST_NAMES = 30, 200, 5
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
        (pid,) = in_foreground(shell, self.types[0])
        self.check(
            "waits", not shell.is_at_prompt(), "it prompts again while the program is still running"
        )
        shell.kill(pid, SIGKILL)
        shell.wait_prompt()
        left = _left_zombies(shell, before)
        self.check("collects", not left, f"{_count(left, 'zombie')} left over")

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
        more = _count(len(others), "more process", "more processes")
        self.check("alone", bool(sleeps), parentage)
        self.check("alone", not others, f"{more} made for it{_executed_by(others)}")


def _executed_by(processes: Sequence[ProcessLife]) -> str:
    """Say in parentheses which programs some processes executed; of no process nothing."""
    if not processes:
        return ""
    runs = [run for process in processes for run in process.programs if not run.is_copy]
    names = dict.fromkeys(shortened(escaped(run.name), _LONGEST_NAME) for run in runs)
    they = "it executes" if len(processes) == 1 else "they execute"
    return f" ({', '.join([*names][:_MOST_NAMES]) or f'{they} no program'})"


def _count(number: int, singular: str, plural: str = "") -> str:
    """Say how many there are or were, with the verb."""
    return f"{counted(number, singular, plural)} {'was' if number == 1 else 'were'}"


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


class _EmptyLine(Behaviour):
    id = "empty-line"
    title = "takes an empty line for nothing"
    checks: ClassVar = {"survives": ("it prompts again", 1), "forks": ("no process is made", 1)}
    lines = ("", "   \t ")

    def play(self, shell: TerminalSession) -> None:
        for line in self.types:
            shell.run(line)
        self.pass_("survives")

    def judge(self, chronicle: Chronicle) -> None:
        processes = made(chronicle)
        words = _count(len(processes), "process", "processes")
        words += f" made for empty lines{_executed_by(processes)}"
        self.check("forks", not processes, words)


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
    lines = ("", "no-{word}-here", "{status}", "{sum}")

    def play(self, shell: TerminalSession) -> None:
        shell.run("")
        prompt = shell.printed().strip()
        helpers = {process.pid for process in shell.descendants()}
        shell.run(self.types[1])
        words = "a child is left: it should end when it has nothing to execute"

        def is_one() -> bool:
            return all(process.pid in helpers for process in shell.descendants())

        # Helpers of a prompt may be collected late; earlier processes are no second shell.
        with suppress(Stuck):
            shell.until(is_one, words)
        self.check("one", is_one(), words)
        self.check("says", shell.printed().strip() != prompt, "nothing was said about it")
        shell.run(self.types[2])
        is_told = self.language.is_answer(shell.printed(), code=127)
        self.check("goes-on", answers(shell, self.sums[0]), "the next command did not run")
        if is_told:
            # A child that reports the failure of exec by a pipe may end with any status.
            self.pass_("status")

    def judge(self, chronicle: Chronicle) -> None:
        # A shell that looks before it forks has no child whose status could be wrong. A copy that
        # executes nothing and ends well may belong to the prompt.
        tried = {
            event.proc
            for event in chronicle.events
            if isinstance(event.what, ExecError) and event.what.path.endswith(f"/{self.types[1]}")
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


class _EndOfFile(Behaviour):
    id = "end-of-file"
    title = "ends at end of file (^D)"
    checks: ClassVar = {"ends": ("it ends", 1), "status": ("with status 0", 1)}
    lines = ("{sum}", END_OF_FILE)

    def play(self, shell: TerminalSession) -> None:
        shell.run(self.types[0])
        _judge_end(self, shell, END_OF_FILE, Exited(0))


class _Exit(Behaviour):
    id = "exit"
    title = "ends with the status that it is told"
    checks: ClassVar = {"ends": ("exit ends it", 1), "status": ("exit N gives status N", 1)}
    lines = ("{exit}",)

    def play(self, shell: TerminalSession) -> None:
        line = self.types[0]
        number = line.split()[-1]
        _judge_end(self, shell, f"{line}\n", Exited(int(number) if number.isdigit() else 0))


def _judge_end(trial: Behaviour, shell: TerminalSession, keys: str, wanted: Exited) -> None:
    shell.type(keys)
    status = decode(shell.wait_end())
    trial.pass_("ends")
    trial.check("status", status == wanted, f"its own status is: {sentence(status)}")


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
        (pid,) = in_foreground(shell, lines[-1])
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


class _Zombies(Behaviour):
    id = "zombies"
    title = "waits for every child"
    checks: ClassVar = {
        "foreground": ("no zombie is left after five commands", 2),
        "waited": ("each was collected by the shell itself", 1),
        "background": ("a background job that ended is collected", 2),
    }
    look_at = "waitpid(2) with WNOHANG"
    lines = (*("{sum}",) * 5, "{sleep} &", "{sum}")

    def play(self, shell: TerminalSession) -> None:
        *commands, background, last = self.types
        for line in commands:
            shell.run(line)
        dead = _left_zombies(shell)
        self.check("foreground", not dead, f"{_count(dead, 'zombie')} left of five commands")
        pid = in_background(shell, background)
        shell.kill(pid, SIGKILL)
        shell.until(lambda: shell.is_dead(pid), "the background job does not end")
        # A tracer learns of it first; its parent's wait(2) finds nothing before.
        shell.settle()
        shell.run(last)
        words = "the background job is still a zombie after the next command"
        self.check("background", not _left_zombies(shell), words)

    def judge(self, chronicle: Chronicle) -> None:
        commands = programs(chronicle, "expr")
        bad = [
            process
            for process in commands
            if process.reap is None or process.collector != process.parent
        ]
        self.confirm("foreground", bool(commands), "expr was not executed")
        self.check("waited", bool(commands), "expr was not executed")
        self.check(
            "waited",
            not bad,
            f"{_count(len(bad), 'child', 'children')} not collected by the shell itself",
        )


def _left_zombies(shell: TerminalSession, before: Collection[int] = ()) -> int:
    """Return how many zombies the shell has, but for those before, when nothing moves any more.

    A thread may be late, or SIGCHLD come when the shell is at its prompt again.
    """

    def count() -> int:
        return sum(child.state == "Z" and child.pid not in before for child in children(shell.pid))

    with suppress(Stuck):
        shell.until(lambda: not count(), "zombies are left")
    return count()


class _Cd(Behaviour):
    id = "cd"
    title = "changes its own directory"
    checks: ClassVar = {"moves": ("cd moves the shell", 1), "inside": ("without a process", 1)}
    look_at = "chdir(2)"

    def draw(self, lot: Lot) -> tuple[str, ...]:
        self.folder = lot.word()
        return (f"cd {self.folder}",)

    def play(self, shell: TerminalSession) -> None:
        shell.run(self.types[0])
        now = shell.look(shell.thread_of(shell.pid))
        where = (now.cwd or "") if now is not None else ""
        self.check("moves", where.endswith(f"/{self.folder}"), f"the shell is in {where}")

    def judge(self, chronicle: Chronicle) -> None:
        # Whose directory has changed has done it itself; other processes belong to its prompt.
        child = "a process was made, and a child's directory is its own"
        words = child if made(chronicle) else "its directory is the same as before"
        self.check("inside", self.found.get("moves") == "", words)


BEHAVIOURS = (_Run, _Arguments, _EmptyLine, _NotFound, _EndOfFile, _Exit, _Statuses, _Zombies, _Cd)
