"""Behaviours that need more than the verbs of assignment files; behaviours.toml has the others."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from simpsh.base.events import ExecError
from simpsh.base.phrases import escaped, shorten
from simpsh.base.wait_status import decode, sentence
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.assignments.assignment_file import read_assignment
from simpsh.grade.shells.own_behaviours import own_behaviour
from simpsh.grade.shells.shell_behaviour import Behaviour, made, programs
from simpsh.grade.shells.terminal_session import INTERRUPT, Stuck, TerminalSession
from simpsh.process.open_files import Descriptor, descriptors
from simpsh.process.proc import argv

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "behaviours.toml")
_NOT_FOUND = 127 << 8
_LONGEST = 200


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
        first = shell.output_from().strip()
        helpers = {process.pid for process in shell.descendants()}
        shell.run(self.types[0])
        words = "a child is left: it should end when it has nothing to execute"

        def is_one() -> bool:
            return all(process.pid in helpers for process in shell.descendants())

        # A prompt's helpers may be collected late; processes from before are not a second shell.
        with suppress(Stuck):
            shell.until(is_one, words)
        self.check("one", is_one(), words)
        printed = shell.printed().strip()
        nothing = "nothing was said about it"
        self.check("says", not first.endswith(printed), nothing)
        said = printed.removesuffix(first.rpartition("\n")[2]).strip()
        self.check("says", said != self.types[0], "only the line itself was printed")
        shell.run(self.types[1])
        has_status = self.language.is_answer(shell.printed(), code=127)
        shell.run(self.types[2])
        answer = f"{self.values['answer']}\n"
        with suppress(Stuck):
            shell.until(lambda: answer in shell.printed(), "", needs_shell=False)
        is_answered = answer in shell.printed()
        shown = shorten(escaped(shell.printed().strip()), _LONGEST)
        self.check("goes-on", is_answered, f"the next command's output was: {shown}")
        if has_status:
            # A child that reports the failure of exec through a pipe may end with any status.
            self.pass_("status")
        # The prompt may have changed. Type the empty line last: its effect on the shell belongs to
        # another behaviour.
        with suppress(Stuck):
            shell.run("")
            self.check("says", printed != shell.printed().strip(), nothing)

    def judge(self, chronicle: Chronicle) -> None:
        # A shell that searches PATH before it forks has no child. A copy that ends with 0 without
        # an exec may belong to the prompt.
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
        if "status" not in self.results:
            ends = ("it did not end" if it is None else sentence(decode(it)) for it in wrong)
            self.check("status", not wrong, "; ".join(ends))
        # A shell that never calls exec cannot have left a second shell.
        for key in ("one", "goes-on", "status"):
            self.confirm(key, bool(programs(chronicle, "expr")), "expr was not executed")


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
    lines = ("{sleep} | {sleep2}", INTERRUPT)

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
            for key, pid, own_end in (
                ("shell", shell.pid, -1),
                ("first", first, 1),
                ("second", second, 0),
            ):
                extra = [
                    f"descriptor {number} ({end.end})"
                    for number, end in _pipe_ends(pid).items()
                    if end.inode == out.inode and number != own_end
                ]
                self.check(key, not extra, f"it still holds {', '.join(extra)} of the pipe")
        shell.type(INTERRUPT)
        words = "^C does not end all programs"
        shell.until(lambda: all(map(shell.is_dead, both)) or shell.is_gone(), words)
        # The kernel signals the whole group at once; each member dies when it runs next.
        shell.settle()
        shell.wait_prompt()
        self.pass_("interrupt")


def _pipe_ends(pid: int) -> dict[int, Descriptor]:
    """Return the descriptors of a process that lead to pipes, by number; empty if it is gone."""
    try:
        return {
            descriptor.number: descriptor
            for descriptor in descriptors(pid)
            if descriptor.kind == "pipe"
        }
    except ProcessLookupError:
        return {}


_SPECIAL: tuple[type[Behaviour], ...] = (_NotFound, _Pipe)
_DESCRIBED = map(own_behaviour, read_assignment(_FILE).behaviours)
_EVERY: dict[str, type[Behaviour]] = {it.id: it for it in (*_SPECIAL, *_DESCRIBED)}
_ORDER = (
    *("run", "arguments", "empty-line", "not-found", "end-of-file", "exit", "statuses"),
    *("zombies", "cd", "pipe", "pipeline", "early-reader", "output", "input", "errors"),
    *("descriptors", "groups", "interrupt", "quit", "stop", "fg", "bg", "background"),
    *("other-child", "jobs"),
)
BEHAVIOURS: Sequence[type[Behaviour]] = [_EVERY[name] for name in _ORDER]
"""All behaviours, in the order in which students implement them."""
