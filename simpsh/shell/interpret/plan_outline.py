"""`explain`: lists the calls that a line would make, without running anything.

Words are shown unexpanded and without quotes. A descriptor has the number that the line gives it.
If the kernel chooses the number, the descriptor has a name: `read A` and `write A` for the ends of
pipe A, `fd` for a file.

Commands, pipelines, redirections, substitutions, groups and lists are explained. Other compound
commands, and what a copy of the shell runs, are named only. The calls are in the same order as in
jobs/fork_engine.py, forked_child.py and redirector.py; a test compares them with runs.
"""

from __future__ import annotations

import copy
import itertools
import os
from collections.abc import Iterator, Sequence

from simpsh.base.events import pipe_letter
from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words, padded, width_of
from simpsh.console import room
from simpsh.kernel.program_execution import find_program
from simpsh.shell.builtins.builtin_registry import SPECIAL, UTILITIES, is_builtin
from simpsh.shell.builtins.builtin_support import plain_operands
from simpsh.shell.interpret.stage_planner import descriptor_of, flags_of
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.tree_printing import as_written, to_text
from simpsh.shell.language.word_expansion import needs_substitution
from simpsh.shell.state import State
from simpsh.view.strace_notation import notation


class Step(Record):
    """A call that a process would make, or a sentence about the process."""

    process: str
    text: str
    """The call in strace's notation, or the sentence."""
    meaning: str = ""
    """The purpose of the call, in a few words."""


class Outline(Record):
    """A command, with the steps of its processes in order."""

    title: str
    steps: tuple[Step | Outline, ...]


Steps = Iterator[Step | Outline]
_SUBSTITUTIONS = nodes.CommandSubstitution, nodes.ProcessSubstitution, nodes.Parameter
_KNOWN_LATER = "known only when the line runs"
_TAKES_OVER = "the program takes over"
_NAMES = {0: "standard input", 1: "standard output", 2: "standard error"}
_ARROWS = {os.O_RDONLY: "←", os.O_WRONLY: "→", os.O_RDWR: "↔"}
_NO_INPUT = nodes.FileRedirection("<", nodes.Word((nodes.Literal("/dev/null"),)))


def explained(state: State, tree: nodes.List, *, has_terminal: bool) -> list[str]:
    """Return the plan of a tree as lines; run nothing, and do not change the state.

    `has_terminal`: the shell lends a terminal to its jobs. Raises RecursionError: the line is
    nested too deeply.
    """
    lines: list[str] = []
    for outline in _Process(state, has_terminal=has_terminal).of_list(tree):
        lines += [*_describe(outline, room()), ""]
    return lines[:-1]


class _Process:
    """Yields the steps of one process: the shell, or a child before execve."""

    def __init__(self, state: State, *, has_terminal: bool) -> None:
        self.name = "shell"
        self._state = state
        self._has_terminal = has_terminal
        self._pipes = map(pipe_letter, itertools.count())
        self._functions = set(state.functions) - SPECIAL
        # In a script, explain `echo` and the like as programs, as under `-v`.
        self._shows_utilities = bool(state.options.visible) or not state.has_prompt

    def step(self, text: str, meaning: str = "") -> Step:
        return Step(self.name, text, meaning)

    def of_list(self, tree: nodes.List) -> Iterator[Outline]:
        """Yield an outline for each pipeline of a list."""
        for item in tree.items:
            if item.is_background:
                steps = self.of_job(_stages(item), is_background=True)
                yield Outline(f"{to_text(item)} &", tuple(steps))
                continue
            yield Outline(to_text(item.first), tuple(self.of_pipeline(item.first)))
            for operator, pipeline in item.rest:
                needed = "succeeds" if operator == "&&" else "fails"
                title = f"{operator} {to_text(pipeline)}   only if the command before {needed}"
                yield Outline(title, tuple(self.of_pipeline(pipeline)))

    def of_pipeline(self, tree: nodes.Pipeline) -> Steps:
        if len(tree.commands) == 1:
            yield from self.of_command(tree.commands[0])
        elif tree.commands:
            yield from self.of_job(tree.commands)
        if tree.is_timed:
            yield self.step("time", "wait4 reports the usage of each")
        if tree.is_negated:
            yield self.step("!", "negates the status")

    def of_command(self, tree: nodes.Command) -> Steps:
        """Yield the steps of a command in the foreground."""
        if isinstance(tree, nodes.SimpleCommand):
            yield from self.of_simple(tree)
        elif isinstance(tree, nodes.Subshell):
            yield from self.of_job([tree])
        elif isinstance(tree, nodes.FunctionDefinition):
            self._functions.add(tree.name)
            yield self.step(f"{tree.name}()", "a function: no call, nothing runs")
        elif isinstance(tree, nodes.Group):
            yield from self.redirected(tree.redirections, self.of_list(tree.body))
        else:
            yield self.step(
                to_text(tree).split()[0], "decides in the shell; explain its lists alone"
            )

    def of_simple(self, tree: nodes.SimpleCommand) -> Steps:
        """Yield the steps of a simple command."""
        words = [as_written(word.parts) for word in tree.words]
        yield from self.substituting(tree.words)
        if words and (_is_expanded(words[0]) or words[0] == "command"):
            yield self.step(f"runs whatever {' '.join(words[:2])} names", _KNOWN_LATER)
        elif words and not self._is_inside(words[0]):
            if tree.redirections and any(map(needs_substitution, tree.assignments)):
                # Then the redirections are also those of the substitutions.
                yield self.step("redirects the shell itself", _KNOWN_LATER)
                return
            yield from self.substituting((tree.redirections, tree.assignments))
            yield from self.of_job([tree], is_expanded=True)
        elif words[:1] == ["exec"]:
            yield from self.substituting((tree.assignments, tree.redirections))
            yield from self.redirecting(tree.redirections)
            if program := plain_operands(words[1:]):
                yield self.executing(program, tree.assignments)
                yield self.step("no fork, no return", "the shell is replaced")
            else:
                yield self.step("exec", "nothing of it is undone")
        else:
            yield from self.substituting(tree.assignments)
            for each in tree.assignments:
                text = f"{each.name}={as_written(each.value.parts)}"
                yield self.step(text, "a variable of the shell: no call")
            meaning = "builtin: in the shell, no fork"
            if words and words[0] in self._functions:
                meaning = "a function: no fork, the same pid"
            steps = (self.step(" ".join(words), meaning),) if words else ()
            yield from self.redirected(tree.redirections, iter(steps))

    def _is_inside(self, name: str) -> bool:
        """Return whether a command runs in the shell: a function, or a built-in."""
        if name in self._functions:
            return True
        if name in UTILITIES and self._shows_utilities:
            return find_program(name, self._state.variables.get("PATH", "")) is None
        return is_builtin(name, self._state)

    def executing(
        self,
        words: Sequence[str],
        assignments: Sequence[nodes.Assignment],
        *,
        is_joined: bool = False,
    ) -> Step:
        """Return the step that executes a program; `is_joined`: it has ends of pipes."""
        values = {each.name: as_written(each.value.parts) for each in assignments}
        file = find_program(words[0], values.get("PATH", self._state.variables.get("PATH", "")))
        meaning = "closes its pipe ends (O_CLOEXEC)" if is_joined else _TAKES_OVER
        call = notation("execve", file or words[0], tuple(words))
        if file is None:
            call, meaning = f"{call} fails", "at present: no such program"
        elif values:
            meaning = f"{', '.join(values)} in its environment"
        return self.step(call, meaning)

    def substituting(self, node: object) -> Steps:
        """Yield the outlines of substitutions in words, assignments or redirections."""
        for part in nodes.nodes_in(node, *_SUBSTITUTIONS):
            match part:
                case nodes.CommandSubstitution(body):
                    pipe = next(self._pipes)
                    making = self.open_pipe(pipe, f"pipe {pipe}, for the output")
                    yield Outline(
                        f"$({to_text(body)})", (making, *self.of_job(_stages(body), pipe))
                    )
                case nodes.ProcessSubstitution() | nodes.Parameter() if needs_substitution(part):
                    # `${x-$(ls)}` runs ls only if x is unset.
                    yield self.step(as_written((part,)), _KNOWN_LATER)

    # ----------------------------------------------------------------------- redirections

    def open_pipe(self, pipe: str, meaning: str) -> Step:
        return self.step(f"pipe2() = [read {pipe}, write {pipe}]", meaning)

    def point(self, source: object, number: int, arrow: str, target: str) -> Step:
        return self.step(
            f"dup2({source}, {number})", f"{_describe_number(number)} {arrow} {target}"
        )

    def redirecting(self, redirections: Sequence[nodes.Redirection]) -> Iterator[Step]:
        """Yield the calls of redirections that are not undone."""
        for redirection in redirections:
            number = descriptor_of(redirection)
            if not isinstance(redirection, nodes.FileRedirection):
                pipe = next(self._pipes)
                yield self.open_pipe(pipe, "for the text")
                yield self.step(f"write(write {pipe}, the text)")
                yield self.step(f"close(write {pipe})", "so that the text has an end")
                yield self.point(f"read {pipe}", number, "←", "the text")
                yield self.step(f"close(read {pipe})")
                continue
            operator, target = redirection.operator, as_written(redirection.target.parts)
            if operator[1:] != "&":
                flags = flags_of(operator, target, self._state.options)
                yield self.step(f"{notation('open', target, flags)} = fd")
                yield self.point("fd", number, _ARROWS[flags & os.O_ACCMODE], target)
                yield self.step("close(fd)")
            elif target == "-":
                yield self.step(f"close({number})", f"closes {_describe_number(number)}")
            else:
                source = target if target.isdecimal() else "…"
                yield self.point(source, number, "→", f"where {source} points")

    def redirected(self, redirections: Sequence[nodes.Redirection], inside: Steps) -> Steps:
        """Yield the steps inside, between the calls that redirect the shell and restore it."""
        yield from self.substituting(redirections)
        numbers = sorted({descriptor_of(each) for each in redirections})
        if numbers:
            shown = ", ".join(map(str, numbers))
            yield self.step(f"fcntl(…, F_DUPFD, …) of {shown}", "keeps what the shell has there")
        yield from self.redirecting(redirections)
        yield from inside
        if numbers:
            yield self.step(f"dup2(…, …) of {shown}", "as before")

    # ------------------------------------------------------------------------------- jobs

    def of_job(
        self,
        commands: Sequence[nodes.Command | nodes.List | nodes.AndOr],
        capture: str = "",
        *,
        is_background: bool = False,
        is_expanded: bool = False,
    ) -> Steps:
        """Yield the steps of the shell from the first fork to the last wait, then of each child.

        `capture` is the pipe for the output of `$( )`. `is_expanded`: the shell has expanded the
        words; a program will run.
        """
        words = list(map(_name_of, commands))
        counts = [words[:index].count(word) for index, word in enumerate(words)]
        names = [f"{w}·{n + 1}" if n else w for w, n in zip(words, counts, strict=True)]
        is_grouped = self._state.options.monitor and not capture
        takes_terminal = is_grouped and self._has_terminal and not is_background
        children: list[Step] = []
        pipe = ""
        for index, (name, command) in enumerate(zip(names, commands, strict=True)):
            previous, pipe = pipe, capture
            following = names[index + 1] if index + 1 < len(names) else ""
            if following:
                pipe = next(self._pipes)
                yield self.open_pipe(pipe, f"pipe {pipe}: {name} writes, {following} reads")
            is_copy = not is_expanded and self._is_copy(command)
            meaning = "a copy that continues as a shell" if is_copy else "a copy of the shell"
            yield self.step(f"fork() → {name}", meaning)
            if is_grouped:
                meaning = "joins the process group" if index else "leads a process group"
                yield self.step(f"setpgid({name}, {names[0]})", meaning)
            child = copy.copy(self)
            child.name = name
            has_no_input = is_background and not index and not is_grouped
            first = (_NO_INPUT,) if has_no_input else ()
            children += child.of_child(command, first, previous, pipe, is_copy=is_copy)
            if previous:
                yield self.step(f"close(read {previous})", f"{name} has it")
            if following:
                yield self.step(f"close(write {pipe})", f"{following} must see end of file")
        if takes_terminal:
            yield self.step(f"tcsetpgrp(terminal, {names[0]})", "keys, ^C and ^Z go to the job")
        if capture:
            yield self.step(f"close(write {capture})", "else there is no end of file")
            yield self.step(f"read(read {capture}) until end of file", "the text for the line")
        if is_background:
            yield self.step("no wait", "SIGCHLD will report the end")
        elif len(names) == 1:
            yield self.step(f"wait4() ← {names[0]}", "sleeps till it ends; sets $?")
        else:
            yield self.step(f"wait4() × {len(names)}", f"till all end; $? is {names[-1]}'s")
        if takes_terminal:
            yield self.step("tcsetpgrp(terminal, shell)", "the keyboard comes back")
        if capture:
            yield self.step(f"close(read {capture})")
        yield from children

    def _is_copy(self, command: nodes.Command | nodes.List | nodes.AndOr) -> bool:
        """Return whether a copy of the shell runs a command of a job, rather than a program."""
        if not isinstance(command, nodes.SimpleCommand) or not command.words:
            return True
        return needs_substitution(command) or self._is_inside(_name_of(command))

    def of_child(
        self,
        command: nodes.Command | nodes.List | nodes.AndOr,
        first: Sequence[nodes.Redirection],
        stdin: str,
        stdout: str,
        *,
        is_copy: bool,
    ) -> Iterator[Step]:
        """Yield the steps of this child up to execve, or to its life as a copy of the shell.

        `first` are redirections before its own; `stdin` and `stdout` are the letters of the pipes
        that it reads and writes, or empty.
        """
        if stdin:
            yield self.point(f"read {stdin}", 0, "←", f"pipe {stdin}")
        if stdout:
            yield self.point(f"write {stdout}", 1, "→", f"pipe {stdout}")
        yield from self.redirecting(first)
        if not isinstance(command, nodes.SimpleCommand) or is_copy:
            if isinstance(command, nodes.Compound):
                yield from self.redirecting(command.redirections)
            if stdin or stdout:
                yield self.step("close(…)", "the pipe ends that are not its own")
            yield self.step("runs as a copy of the shell", "its changes are lost with it")
            return
        yield from self.redirecting(command.redirections)
        words = [as_written(word.parts) for word in command.words]
        if _is_expanded(words[0]):
            yield self.step(f"runs whatever {self.name} names", _KNOWN_LATER)
        else:
            yield self.executing(words, command.assignments, is_joined=bool(stdin or stdout))


def _stages(tree: nodes.List | nodes.AndOr) -> Sequence[nodes.Command | nodes.List | nodes.AndOr]:
    """Return the commands that get a process each, or the tree if a copy of the shell runs it."""
    return nodes.plain_commands(tree) or (tree,)


def _is_expanded(name: str) -> bool:
    """Return whether a command's name contains an expansion, so that the program is unknown."""
    return name[:1] == "~" or any(character in name for character in "$`*?")


def _describe_number(number: int) -> str:
    return _NAMES.get(number, f"descriptor {number}")


def _name_of(command: nodes.Command | nodes.List | nodes.AndOr) -> str:
    match command:
        case nodes.SimpleCommand(words=[word, *_]):
            return as_written(word.parts).rpartition("/")[2]
        case nodes.Subshell():
            return "( )"
        case nodes.Group():
            return "{ }"
        case nodes.List():
            return "$( )"
        case nodes.AndOr():
            return "copy"
        case _:
            return to_text(command).split()[0]


_MEANING_COLUMN, _THREE_COLUMNS = 46, 72


def _describe(outline: Outline, columns: int) -> Iterator[str]:
    """Yield lines of three columns: process, call, meaning; two columns in a narrow window."""
    title, newline, _ = outline.title.partition("\n")
    yield from between_words(title + " …" * bool(newline), columns, further="  ")
    name = ""
    for step in outline.steps:
        if isinstance(step, Outline):
            for line in _describe(step, columns - 4):
                yield f"  │ {line}"
            continue
        shown = "" if step.process == name else step.process
        name = step.process
        call = f"  {shown:<10}  {step.text}"
        indent = " " * (_MEANING_COLUMN if columns >= _THREE_COLUMNS else 16)
        if width_of(call) < len(indent):
            rows = between_words(step.meaning, columns, padded(call, len(indent)), indent)
            yield from (row.rstrip() for row in rows)
            continue
        yield from between_words(call, columns, further=" " * 16)
        if step.meaning not in ("", _TAKES_OVER):
            yield from between_words(step.meaning, columns, indent, indent)
