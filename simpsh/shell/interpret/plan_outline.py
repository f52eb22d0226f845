"""`explain`: lists the calls that a line would make, without running anything.

Processes are planned as for a real run (stage_planner.py). Words are shown unexpanded and without
quotes. A descriptor has the number that the line gives it. If the kernel chooses the number, the
descriptor has a name: `read A` and `write A` for the ends of pipe A, `fd` for a file. The lists of
a loop or a condition are explained once; whether they run is known only when the line runs.

The calls are in the same order as in jobs/fork_engine.py, forked_child.py and redirector.py; a test
compares them with runs.
"""

from __future__ import annotations

import copy
import itertools
import os
from collections.abc import Iterator, Sequence

from simpsh.base.errors import RedirectionProblem, SimpshError
from simpsh.base.events import pipe_letter
from simpsh.base.record import Record, changed
from simpsh.base.screen_cells import between_words, padded, width_of
from simpsh.console import room
from simpsh.kernel.descriptors import is_open
from simpsh.kernel.program_execution import find_program
from simpsh.shell.builtins.builtin_support import plain_operands
from simpsh.shell.interpret.stage_planner import Body, ShellScope, StagePlanner, descriptor_of
from simpsh.shell.jobs.job_context import own_path
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.tree_printing import as_written, to_text
from simpsh.shell.language.word_expansion import needs_substitution
from simpsh.shell.plan.job_plan import (
    Action,
    CloseDescriptor,
    Duplicate,
    HereText,
    OpenFile,
    ProcessPlan,
)
from simpsh.shell.state import Options, State
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


def explained(state: State, tree: nodes.List, *, has_terminal: bool) -> list[str]:
    """Return the plan of a tree as lines; run nothing, and do not change the state.

    `has_terminal`: the shell lends a terminal to its jobs. Raises RecursionError: the line is
    nested too deeply.
    """
    lines: list[str] = []
    for outline in _Process(state, has_terminal=has_terminal).of_list(tree):
        lines += [*_describe(outline, room()), ""]
    return lines[:-1]


def _is_expanded(name: str) -> bool:
    """Return whether a command's name contains an expansion, so that the program is unknown."""
    return name[:1] == "~" or any(character in name for character in "$`*?")


class _PlannerOfWords(StagePlanner):
    """Plans with unexpanded words."""

    def words(self, command: nodes.SimpleCommand) -> list[str]:
        return [as_written(word.parts) for word in command.words]

    def actions(self, redirections: Sequence[nodes.Redirection]) -> tuple[Action, ...]:
        actions: list[Action] = []
        for redirection in redirections:
            match redirection:
                case nodes.HereDocument() | nodes.HereString():
                    actions.append(HereText(descriptor_of(redirection), b""))
                case nodes.FileRedirection(operator, target):
                    text = as_written(target.parts)
                    if operator[1:] == "&" and not (text == "-" or text.isdecimal()):
                        actions.append(Duplicate(descriptor_of(redirection), _UNKNOWN))
                    else:
                        word = nodes.Word((nodes.Quoted(text),))
                        actions += super().actions((changed(redirection, target=word),))
        return tuple(actions)

    def assigned(self, assignments: Sequence[nodes.Assignment]) -> tuple[tuple[str, str], ...]:
        return tuple((each.name, as_written(each.value.parts)) for each in assignments)


class _CopyBody:
    """The body of a forked copy of the shell, as data in place of ProcessPlan.body."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def __call__(self) -> int:
        raise AssertionError("a plan that is only explained was run")


_UNKNOWN = -1
"""The source of `<&$x`, which is unknown until the line runs."""
_NAMES = {0: "standard input", 1: "standard output", 2: "standard error"}
_ARROWS = {os.O_RDONLY: "←", os.O_WRONLY: "→", os.O_RDWR: "↔"}


class _Process:
    """Yields the steps of one process: the shell, a copy of it, or a child before execve."""

    def __init__(self, state: State, *, has_terminal: bool) -> None:
        self.name = "shell"
        self.description = "the shell"
        self.has_terminal = has_terminal
        self.pipes = map(pipe_letter, itertools.count())
        self.take_state(state)

    def take_state(self, state: State) -> None:
        """Copy a shell's state, so that definitions in the line do not affect the shell."""
        self.state = copy.copy(state)
        self.state.options = Options(state.options)
        # In a script, explain `echo` and the like as programs, as under `-v`.
        self.state.options.visible = bool(state.options.visible) or not state.has_prompt
        self.state.functions = dict(state.functions)
        self.state.function_origins = dict(state.function_origins)
        scope = ShellScope(self.state, to_text, lambda part: as_written((part,)))
        self.planner = _PlannerOfWords(self.state, scope, _CopyBody)

    def step(self, text: str, meaning: str = "") -> Step:
        return Step(self.name, text, meaning)

    def of_list(self, tree: nodes.List | nodes.AndOr) -> Iterator[Outline]:
        """Yield an outline for each pipeline of a list."""
        for item in tree.items if isinstance(tree, nodes.List) else (tree,):
            if item.is_background and item is not tree:
                plans = self.planner.of_background(item)
                yield Outline(f"{to_text(item)} &", tuple(self.of_job(plans, is_background=True)))
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
            yield from self.of_job([self.planner.of(command) for command in tree.commands])
        if tree.is_timed:
            yield self.step("time", "wait4 reports the usage of each")
        if tree.is_negated:
            yield self.step("!", "negates the status")

    def of_command(self, tree: nodes.Command, *, is_final: bool = False) -> Steps:
        """Yield the steps of a command in the foreground; a final one is executed without fork."""
        try:
            if isinstance(tree, nodes.SimpleCommand):
                yield from self.of_simple(tree, is_final=is_final)
            elif isinstance(tree, nodes.Subshell):
                yield from self.of_job([self.planner.of(tree)])
            elif isinstance(tree, nodes.FunctionDefinition):
                self.state.functions[tree.name] = tree.body
                self.state.function_origins[tree.name] = None, self.state.runs_file
                yield self.step(f"{tree.name}()", "a function: no call, nothing runs")
            elif isinstance(tree, nodes.Group):
                yield from self.redirected(tree.redirections, self.of_list(tree.body))
            else:
                yield from self.redirected(tree.redirections, self.of_structure(tree))
        except RedirectionProblem as problem:
            yield self.step("not run", str(problem))

    def of_structure(self, tree: nodes.InShell) -> Steps:
        """Yield the steps of a compound command, and outlines of its lists, in their order."""
        tree = changed(tree, redirections=())
        yield from self.substituting(tree)
        yield self.step(to_text(tree).split(maxsplit=1)[0], "decides in the shell: no call")
        for part in nodes.nodes_in(tree, nodes.List, nodes.Word):
            if isinstance(part, nodes.List):
                yield from self.of_list(part)

    def of_simple(self, tree: nodes.SimpleCommand, *, is_final: bool) -> Steps:
        """Yield the steps of a simple command, see of_command()."""
        words = self.planner.words(tree)
        is_commanded = words[:1] == ["command"] and words[1:] and words[1][:1] != "-"
        if is_commanded:
            del words[0]
        function = self.planner.function(words[0]) if words and not is_commanded else None
        is_outside = words and not (function or self.planner.runs_inside(words))
        # Then the redirections are also those of the substitutions, or of the shell.
        is_odd = is_commanded or any(map(needs_substitution, tree.assignments))
        yield from self.substituting(tree.words)
        if words and _is_expanded(words[0]):
            yield self.step(f"runs whatever {words[0]} names", _KNOWN_LATER)
        elif is_outside and tree.redirections and is_odd:
            yield self.step("redirects the shell itself", _KNOWN_LATER)
        elif is_outside:
            yield from self.substituting((tree.redirections, tree.assignments))
            assigned = self.planner.assigned(tree.assignments)
            plan = ProcessPlan(tuple(words), assigned, self.planner.actions(tree.redirections))
            if is_final:
                yield from self.redirecting(plan.actions)
                yield self.executing(plan)
            else:
                yield from self.of_job([plan])
        elif words[:1] == ["exec"]:
            yield from self.of_assignments(tree.assignments)
            yield from self.substituting(tree.redirections)
            yield from self.redirecting(self.planner.actions(tree.redirections))
            if program := plain_operands(words[1:]):
                yield self.executing(ProcessPlan(tuple(program)))
                yield self.step("no fork, no return", "the shell is replaced")
            else:
                yield self.step("exec", "nothing of it is undone")
        else:
            yield from self.of_assignments(tree.assignments)
            builtin = f"builtin: in {self.description}, no fork"
            meaning = "a function: no fork, the same pid" if function else builtin
            steps = (self.step(" ".join(words), meaning),) if words else ()
            yield from self.redirected(tree.redirections, iter(steps))

    def of_assignments(self, assignments: Sequence[nodes.Assignment]) -> Steps:
        yield from self.substituting(assignments)
        for name, value in self.planner.assigned(assignments):
            yield self.step(f"{name}={value}", f"a variable of {self.description}: no call")

    def executing(self, plan: ProcessPlan, *, has_pipes: bool = False) -> Step:
        """Return the step that executes a program."""
        path = own_path(plan)
        if path is None:
            path = self.state.variables.get("PATH", "")
        file = find_program(plan.argv[0], path)
        meaning = "closes its pipe ends (O_CLOEXEC)" if has_pipes else _TAKES_OVER
        call = notation("execve", file or plan.argv[0], plan.argv)
        if file is None:
            call, meaning = f"{call} fails", "at present: no such program"
        elif plan.assignments:
            meaning = f"{', '.join(name for name, _ in plan.assignments)} in its environment"
        return self.step(call, meaning)

    def substituting(self, node: object) -> Steps:
        """Yield the outlines of substitutions in words, assignments or redirections."""
        for part in nodes.nodes_in(node, *_SUBSTITUTIONS, nodes.List, nodes.CaseItem):
            match part:
                case nodes.CommandSubstitution(body):
                    pipe = next(self.pipes)
                    making = self.open_pipe(pipe, f"pipe {pipe}, for the output")
                    job = self.of_job(self.planner.of_list(body), capture=pipe)
                    yield Outline(f"$({to_text(body)})", (making, *job))
                case nodes.ProcessSubstitution() | nodes.Parameter() if needs_substitution(part):
                    # `${x-$(ls)}` runs ls only if x is unset.
                    yield self.step(as_written((part,)), _KNOWN_LATER)

    def open_pipe(self, pipe: str, meaning: str) -> Step:
        return self.step(f"pipe2() = [read {pipe}, write {pipe}]", meaning)

    def point(self, source: object, number: int, arrow: str, target: str) -> Step:
        meaning = f"{_describe_number(number)} {arrow} {target}"
        return self.step(f"dup2({source}, {number})", meaning)

    def redirecting(self, actions: Sequence[Action]) -> Iterator[Step]:
        """Yield the calls of redirections that are not undone."""
        for action in actions:
            number = action.descriptor
            match action:
                case OpenFile(_, path, flags):
                    yield self.step(f"{notation('open', path, flags)} = fd")
                    yield self.point("fd", number, _ARROWS[flags & os.O_ACCMODE], path)
                    yield self.step("close(fd)")
                case Duplicate(_, source):
                    name = "…" if source == _UNKNOWN else str(source)
                    yield self.point(name, number, "→", f"where {name} points")
                case CloseDescriptor():
                    yield self.step(f"close({number})", f"closes {_describe_number(number)}")
                case HereText():
                    pipe = next(self.pipes)
                    yield self.open_pipe(pipe, "for the text")
                    yield self.step(f"write(write {pipe}, the text)")
                    yield self.step(f"close(write {pipe})", "so that the text has an end")
                    yield self.point(f"read {pipe}", number, "←", "the text")
                    yield self.step(f"close(read {pipe})")

    def redirected(self, redirections: Sequence[nodes.Redirection], inside: Steps) -> Steps:
        """Yield the steps inside, between the calls that redirect the shell and restore it."""
        yield from self.substituting(redirections)
        saved: dict[int, bool] = {}
        for action in self.planner.actions(redirections):
            number = action.descriptor
            if number not in saved:
                saved[number] = is_open(number)
                if saved[number]:
                    text = f"fcntl({number}, F_DUPFD, …) = old {number}"
                    yield self.step(text, f"keeps {_describe_number(number)}")
            yield from self.redirecting((action,))
        yield from inside
        for number in reversed(saved):
            if saved[number]:
                meaning = f"{_describe_number(number)} as before"
                yield self.step(f"dup2(old {number}, {number})", meaning)
                yield self.step(f"close(old {number})")
            else:
                yield self.step(f"close({number})", "as before")

    def of_job(
        self, plans: Sequence[ProcessPlan], *, is_background: bool = False, capture: str = ""
    ) -> Steps:
        """Yield the steps of the shell from the first fork to the last wait, then of each child.

        `capture` is the pipe for the output of `$( )`.
        """
        words = [_name_of(plan) for plan in plans]
        counts = [words[:index].count(word) for index, word in enumerate(words)]
        names = [f"{w}·{n + 1}" if n else w for w, n in zip(words, counts, strict=True)]
        is_grouped = self.state.options.monitor and not capture
        takes_terminal = is_grouped and self.has_terminal and not is_background
        children: list[Step | Outline] = []
        pipe = ""
        for index, (name, plan) in enumerate(zip(names, plans, strict=True)):
            previous, pipe = pipe, capture
            following = names[index + 1] if index + 1 < len(names) else ""
            if following:
                pipe = next(self.pipes)
                yield self.open_pipe(pipe, f"pipe {pipe}: {name} writes, {following} reads")
            is_copy = isinstance(plan.body, _CopyBody)
            meaning = "a copy that continues as a shell" if is_copy else "a copy of the shell"
            yield self.step(f"fork() → {name}", meaning)
            if is_grouped:
                meaning = "joins the process group" if index else "leads a process group"
                yield self.step(f"setpgid({name}, {names[0]})", meaning)
            children += self.of_child(name, plan, previous, pipe)
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

    def of_child(self, name: str, plan: ProcessPlan, stdin: str, stdout: str) -> Steps:
        """Yield the steps of a child up to execve, or as a copy of the shell.

        `stdin` and `stdout` are the letters of the pipes that it reads and writes, or empty.
        """
        child = copy.copy(self)
        child.name = name
        if stdin:
            yield child.point(f"read {stdin}", 0, "←", f"pipe {stdin}")
        if stdout:
            yield child.point(f"write {stdout}", 1, "→", f"pipe {stdout}")
        yield from child.redirecting(plan.actions)
        if plan.argv and _is_expanded(plan.argv[0]):
            yield child.step(f"runs whatever {name} names", _KNOWN_LATER)
            return
        if not isinstance(plan.body, _CopyBody):
            yield child.executing(plan, has_pipes=bool(stdin or stdout))
            return
        child.description = "this copy"
        child.take_state(self.state)
        child.state.options.monitor = False
        if stdin or stdout:
            yield child.step("close(…)", "the pipe ends that are not its own")
        yield child.step("runs as a copy of the shell", "its changes are lost with it")
        body = plan.body.body
        if isinstance(body, SimpshError):
            yield child.step("not run", str(body))
        elif isinstance(body, nodes.AndOr | nodes.List):
            yield from child.of_list(body)
        else:
            yield from child.of_command(body, is_final=True)


def _describe_number(number: int) -> str:
    return _NAMES.get(number, f"descriptor {number}")


def _name_of(plan: ProcessPlan) -> str:
    text = plan.text
    if plan.argv or isinstance(text, str):
        return plan.argv[0].rpartition("/")[2]
    return _COPIES.get(type(text)) or to_text(text).split()[0]


_COPIES: dict[type, str] = {
    nodes.Subshell: "( )",
    nodes.Group: "{ }",
    nodes.List: "$( )",
    nodes.AndOr: "copy",
}
"""Names for copies of the shell by the command they run; the default is its first word."""

_TAKES_OVER = "the program takes over"
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
