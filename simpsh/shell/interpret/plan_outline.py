"""The plan of a line, told call by call before anything is run: what `explain` shows.

What each process becomes is planned by the planner that running uses (stage_planner.py); nothing
is handed to jobs/. Words are shown as they stand: their quotes are taken away, and nothing is
expanded. A descriptor has the number that the line gives it; any other is called what it is, since
the kernel chooses its number: `read A` and `write A` of pipe A, `fd` of a file.

The order of the calls is that of jobs/fork_engine.py, forked_child.py and redirector.py; a test
compares them with recordings.
"""

from __future__ import annotations

import copy
import itertools
import os
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from simpsh.base.errors import RedirectionProblem, SimpshError
from simpsh.base.events import pipe_letter
from simpsh.base.record import Record, changed
from simpsh.kernel.descriptors import OWN_LOWEST, is_open
from simpsh.kernel.program_execution import candidates, find_program
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.builtins.builtin_support import plain_operands
from simpsh.shell.interpret.stage_planner import (
    Body,
    ShellScope,
    StagePlanner,
    descriptor_of,
    sole_command,
)
from simpsh.shell.jobs.job_context import own_path
from simpsh.shell.language.syntax_tree import (
    BAD,
    AndOr,
    Arithmetic,
    Assignment,
    Case,
    Command,
    CommandSubstitution,
    DollarQuoted,
    DoubleQuoted,
    Escaped,
    FileRedirection,
    For,
    FunctionDefinition,
    Group,
    HereDocument,
    HereString,
    If,
    List,
    Literal,
    Loop,
    Parameter,
    Part,
    Pipeline,
    Redirection,
    SimpleCommand,
    SingleQuoted,
    Subshell,
    Tilde,
    Word,
)
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.plan.job_plan import (
    PIPE_HOLDS,
    Action,
    CloseDescriptor,
    Duplicate,
    HereText,
    OpenFile,
    ProcessPlan,
)
from simpsh.shell.state import Options, State


class Step(Record):
    """A call that a process would make, or a sentence about it."""

    process: str
    text: str
    """The call in strace's notation, or the sentence."""
    meaning: str = ""
    """What it is for, in a few words."""


class Outline(Record):
    """A command, with what its processes would do, in order."""

    title: str
    steps: tuple[Step | Outline, ...]
    condition: str = ""
    """When it runs, or how often; empty if it runs once where it stands."""


Steps = Iterator[Step | Outline]


def explained(state: State, tree: List, width: int, *, has_terminal: bool) -> list[str]:
    """Return what running a tree would do, in lines of at most `width` characters; run nothing.

    The state stays as it is. `has_terminal` says whether the shell lends a terminal to its jobs.
    Raises RecursionError: the line is nested too deeply.
    """
    lines: list[str] = []
    for outline in _Process(state, has_terminal=has_terminal).of_list(tree):
        lines += [*_described(outline, width), ""]
    return lines[:-1]


# --------------------------------------------------------------------------------- words


def _as_written(parts: Sequence[Part]) -> str:
    """Return the text of a word without its quotes, with its expansions as they are written."""
    texts = []
    for part in parts:
        match part:
            case Literal(text) | Escaped(text) | SingleQuoted(text) | DollarQuoted(text):
                texts.append(text)
            case DoubleQuoted(inner):
                texts.append(_as_written(inner))
            case Parameter() | CommandSubstitution() | Arithmetic() | Tilde():
                texts.append(to_text(part))
    return "".join(texts)


def _is_expanded(name: str) -> bool:
    """Return whether a command's name, as it stands, is known only when the line runs."""
    return name[:1] == "~" or any(character in name for character in "$`*?")


def _expansions(node: object, condition: str = "") -> Iterator[tuple[Part, str]]:
    """Yield what expanding a node runs or computes, in order, and on which condition."""
    if isinstance(node, CommandSubstitution):
        yield node, condition
        return
    if isinstance(node, Arithmetic) or (isinstance(node, Parameter) and node.operator):
        yield node, condition
    if isinstance(node, Parameter) and node.operator[:1] not in ("", "%", "#"):
        # `${x-$(ls)}` runs nothing where x has a value.
        condition = condition or f"only if ${node.name} calls for it"
    if isinstance(node, tuple):
        for child in node:
            yield from _expansions(child, condition)
    elif isinstance(node, Record):
        names: tuple[str, ...] = node.__match_args__
        for name in names:
            yield from _expansions(getattr(node, name), condition)


class _UnknownCopy(HereText):
    """A copy of a descriptor whose number only running tells, `<&$x`; `data` is the word."""


class _PlannerOfWords(StagePlanner):
    """The planner, for words as they stand."""

    def words(self, command: SimpleCommand) -> list[str]:
        return [_as_written(word.parts) for word in command.words]

    def actions(self, redirections: Sequence[Redirection]) -> tuple[Action, ...]:
        actions: list[Action] = []
        for redirection in redirections:
            match redirection:
                case HereDocument() | HereString():
                    actions.append(HereText(descriptor_of(redirection), b""))
                case FileRedirection(operator, target):
                    text = _as_written(target.parts)
                    if operator[1:] == "&" and not (text == "-" or text.isdecimal()):
                        actions.append(_UnknownCopy(descriptor_of(redirection), os.fsencode(text)))
                    else:
                        word = Word((SingleQuoted(text),))
                        actions += super().actions((changed(redirection, target=word),))
        return tuple(actions)

    def assigned(self, assignments: Sequence[Assignment]) -> tuple[tuple[str, str], ...]:
        return tuple((each.name, _as_written(each.value.parts)) for each in assignments)


class _CopyBody:
    """What a forked copy of the shell would run: in a process plan, instead of a function."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def __call__(self) -> int:
        raise AssertionError("a plan that is only explained was run")


# -------------------------------------------------------------------- a process on its way

_NAMES = {0: "standard input", 1: "standard output", 2: "standard error"}
_ARROWS = {os.O_RDONLY: "←", os.O_WRONLY: "→", os.O_RDWR: "↔"}
_FLAGS = ("O_RDONLY", "O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND")
_LONGEST_TEXT = 24
"""How long a condition or a word is shown."""
_ANOTHER_SIMPSH = (
    ("fork() → simpsh", "another simpsh, a job of this shell"),
    ("execve(simpsh)", "its own calls are not told here"),
    ("wait4() ← simpsh", ""),
)
_CONSEQUENCES = {
    **dict.fromkeys(
        (".", "source"), (("runs what is in the file", "it is read when the line runs"),)
    ),
    "eval": (("runs its words as a line", "they are read when it is run"),),
    "trap": (("its action", "runs whenever the signal comes"),),
    **dict.fromkeys(("wait", "fg"), (("wait4()", "for what runs in the background"),)),
    **dict.fromkeys(builtin_registry.NESTED, _ANOTHER_SIMPSH),
}
"""What builtins do beside what happens in the shell, and what that is."""


class _Process:
    """One process – the shell, a copy of it, or a child before its execve – on its way."""

    def __init__(self, state: State, *, has_terminal: bool) -> None:
        self.name = "shell"
        self.has_terminal = has_terminal
        self.pipes = map(pipe_letter, itertools.count())
        self.explained_functions: set[str] = set()
        self.targets = {
            number: f"where {number} points" for number in range(OWN_LOWEST) if is_open(number)
        }
        """Where the descriptors point."""
        self.ends: list[str] = []
        """The ends of pipes that it has open, `read A` for example; execve closes them."""
        self.take_state(state)

    def take_state(self, state: State) -> None:
        """Take a copy of a shell's state: what the line defines on the way is lost with it."""
        self.state = copy.copy(state)
        self.state.options = Options(state.options)
        # What a script does is explained as it is done where a person watches.
        self.state.options.visible = bool(state.options.visible) or not state.has_prompt
        self.state.functions = dict(state.functions)
        self.planner = _PlannerOfWords(self.state, ShellScope(self.state, to_text), _CopyBody)

    def copied(self, name: str) -> _Process:
        """Return a child of this process."""
        child = copy.copy(self)
        child.name = name
        child.targets = dict(self.targets)
        child.ends = list(self.ends)
        return child

    def step(self, text: str, meaning: str = "") -> Step:
        """Return a step of this process."""
        return Step(self.name, text, meaning)

    # ------------------------------------------------------------------ lists, conditions

    def of_list(self, tree: List) -> Iterator[Outline]:
        """Tell of the items of a list, one after another."""
        for item in tree.items:
            if item.is_background:
                plans = self.planner.of_background(item.and_or)
                steps = tuple(self.of_job(plans, is_background=True))
                yield Outline(f"{to_text(item.and_or)} &", steps)
            else:
                yield from self.of_and_or(item.and_or)

    def of_and_or(self, tree: AndOr) -> Iterator[Outline]:
        """Tell of pipelines joined by `&&` and `||`."""
        yield Outline(to_text(tree.first), tuple(self.of_pipeline(tree.first)))
        for operator, pipeline in tree.rest:
            needed = "succeeds" if operator == "&&" else "fails"
            title = f"{operator} {to_text(pipeline)}"
            condition = f"only if what ran before {needed}"
            yield Outline(title, tuple(self.of_pipeline(pipeline)), condition)

    def of_pipeline(self, tree: Pipeline) -> Steps:
        if len(tree.commands) == 1:
            yield from self.of_command(tree.commands[0])
        elif tree.commands:
            yield from self.of_job([self.planner.of(command) for command in tree.commands])
        if tree.is_timed:
            yield self.step("time", "wait4 says what each has used")
        if tree.is_negated:
            yield self.step("!", "turns the status round")

    # ------------------------------------------------------------------------- commands

    def of_command(self, tree: Command, *, is_final: bool = False) -> Steps:
        """Tell of one command in the foreground.

        If it is final, this process has nothing to do after it: a program takes its place
        without a fork.
        """
        try:
            match tree:
                case SimpleCommand():
                    yield from self.of_simple(tree, is_final=is_final)
                case Subshell():
                    yield from self.of_job([self.planner.of(tree)])
                case FunctionDefinition():
                    self.state.functions[tree.name] = tree.body
                    yield self.step(f"{tree.name}()", "a function: no call, nothing runs")
                case Group():
                    yield from self.redirected(tree.redirections, self.of_list(tree.body))
                case If() | Loop() | For() | Case():
                    yield from self.redirected(tree.redirections, self.of_structure(tree))
        except RedirectionProblem as problem:
            yield self.step("not run", str(problem))

    def of_structure(self, tree: If | Loop | For | Case) -> Steps:
        """Tell what decides which parts run, and each part."""
        match tree:
            case If():
                yield self.step("if", "a status decides: no call")
                condition = ""
                for test, body in tree.branches:
                    yield from self.of_part(test, condition)
                    yield from self.of_part(body, f"only if {_first_line(test)} succeeds")
                    condition = "only if no condition before succeeds"
                if tree.otherwise is not None:
                    yield from self.of_part(tree.otherwise, "only if no condition succeeds")
            case Loop():
                name, end, other = ("while", "fails", "succeeds")
                if tree.is_until:
                    name, end, other = ("until", "succeeds", "fails")
                yield self.step(name, f"until its condition {end}: no call")
                yield from self.of_part(tree.condition, "before each round")
                yield from self.of_part(
                    tree.body, f"each time {_first_line(tree.condition)} {other}"
                )
            case For():
                words = tree.words or ()
                yield from self.expanding(*words)
                listed = " ".join(_as_written(word.parts) for word in words)
                if tree.words is None:
                    listed = '"$@"'
                meaning = f"{tree.name} is each word of {_cut(listed)}: no call"
                yield self.step(f"for {tree.name}", meaning)
                yield from self.of_part(tree.body, "in each round")
            case Case():
                yield from self.expanding(tree.subject)
                subject = _cut(_as_written(tree.subject.parts))
                yield self.step(f"case {subject}", "compared with patterns: no call")
                after = ""
                for item in tree.items:
                    patterns = _cut(" | ".join(map(to_text, item.patterns)))
                    compared = "only if it is compared so far"
                    yield from self.expanding(*item.patterns, condition=compared)
                    condition = f"only if it is {patterns}{after}"
                    if patterns == "*":
                        condition = "only if no pattern before matches"
                    yield from self.of_part(item.body, condition)
                    after = "" if item.terminator == ";;" else f", or {patterns}"

    def of_part(self, tree: List, condition: str) -> Iterator[Outline]:
        """Tell of a list that is run on a condition, or more than once."""
        for outline in self.of_list(tree):
            conditions = filter(None, (condition, outline.condition))
            yield changed(outline, condition=", ".join(conditions))

    def of_simple(self, tree: SimpleCommand, *, is_final: bool) -> Steps:
        """Tell of a simple command, see of_command()."""
        words = self.planner.words(tree)
        function = self.planner.function(words[0]) if words else None
        is_commanded = words[:1] == ["command"] and words[1:] and words[1][:1] != "-"
        if is_commanded:
            words, function = words[1:], None
        yield from self.expanding(*tree.words)
        if words and _is_expanded(words[0]):
            yield self.step(f"runs whatever {words[0]} names", "known only when the line runs")
            return
        if words and not (function or self.planner.runs_inside(words)):
            if is_commanded:
                job = self.of_job([ProcessPlan(tuple(words))])
                yield from self.redirected(tree.redirections, job)
                return
            yield from self.expanding(*tree.redirections, *tree.assignments)
            assigned = self.planner.assigned(tree.assignments)
            plan = ProcessPlan(tuple(words), assigned, self.planner.actions(tree.redirections))
            if is_final:
                yield from self.redirecting(plan.actions)
            yield from self.executing(plan) if is_final else self.of_job([plan])
            return
        yield from self.expanding(*tree.assignments)
        place = "the shell" if self.name == "shell" else "this copy"
        for name, value in self.planner.assigned(tree.assignments):
            yield self.step(f"{name}={value}", f"a variable of {place}: no call")
        if words[:1] == ["exec"]:
            yield from self.expanding(*tree.redirections)
            yield from self.redirecting(self.planner.actions(tree.redirections))
            program = plain_operands(words[1:])
            if program:
                yield from self.executing(ProcessPlan(tuple(program)))
                yield self.step("no fork, no return", "the shell is replaced")
            else:
                yield self.step("exec", "nothing of it is undone")
        elif function is not None:
            yield from self.redirected(tree.redirections, self.of_function(words, function))
        elif words:
            steps = [self.step(" ".join(words), f"builtin: in {place}, no fork")]
            if words[0] != "trap" or plain_operands(words[1:])[:1] not in ([], [""], ["-"]):
                steps += [self.step(*also) for also in _CONSEQUENCES.get(words[0], ())]
            yield from self.redirected(tree.redirections, iter(steps))
        else:
            yield from self.redirected(tree.redirections, iter(()))

    def of_function(self, words: Sequence[str], body: Command) -> Steps:
        """Tell of the call of a function; what it runs is told once."""
        yield self.step(" ".join(words), "a function: no fork, the same pid")
        if words[0] in self.explained_functions:
            yield self.step(f"runs {words[0]}", "what it runs is shown above")
        else:
            self.explained_functions.add(words[0])
            yield from self.of_command(body)

    def executing(self, plan: ProcessPlan) -> Steps:
        """Tell of the execve of a program, or why it would fail now."""
        name = plan.argv[0]
        path = own_path(plan)
        if path is None:
            path = self.state.variables.get("PATH", "")
        file = find_program(name, path)
        call = f"execve({_quoted(file or name)}, [{', '.join(map(_quoted, plan.argv))}])"
        if file is None:
            is_there = any(os.path.lexists(candidate) for candidate in candidates(name, path))
            why = "EACCES or the like, status 126" if is_there else "ENOENT: not found, status 127"
            yield self.step(f"{call} fails", f"{why}, if nothing changes before")
        elif plan.assignments:
            names = ", ".join(name for name, _ in plan.assignments)
            yield self.step(call, f"{names} in its environment")
        elif self.ends:
            yield self.step(call, f"closes {', '.join(self.ends)} (O_CLOEXEC)")
        else:
            yield self.step(call, "the program takes over")

    # ------------------------------------------------------- expansions and redirections

    def expanding(self, *nodes: Record, condition: str = "") -> Steps:
        """Tell what words, assignments or redirections run and compute."""
        for part, inner_condition in _expansions(nodes, condition):
            if isinstance(part, CommandSubstitution):
                pipe = next(self.pipes)
                making = self.open_pipe(pipe, f"pipe {pipe}, for the output")
                job = self.of_job(self.planner.of_list(part.body), capture=pipe)
                title = f"$({to_text(part.body)})"
                yield Outline(title, (making, *job), inner_condition)
            else:
                is_bad = isinstance(part, Parameter) and part.operator == BAD
                meaning = "an error: POSIX has no such expansion"
                meaning = meaning if is_bad else "computed by the shell: no process"
                yield self.step(to_text(part), meaning)

    def open_pipe(self, pipe: str, meaning: str) -> Step:
        self.ends += [f"read {pipe}", f"write {pipe}"]
        return self.step(f"pipe2() = [read {pipe}, write {pipe}]", meaning)

    def close(self, end: str, meaning: str = "") -> Step:
        self.ends.remove(end)
        return self.step(f"close({end})", meaning)

    def point(self, source: object, number: int, arrow: str, target: str) -> Step:
        self.targets[number] = target
        return self.step(
            f"dup2({source}, {number})", f"{_described_number(number)} {arrow} {target}"
        )

    def redirecting(self, actions: Sequence[Action]) -> Iterator[Step]:
        """Tell how redirections are carried out for good, first to last."""
        for action in actions:
            number = action.descriptor
            match action:
                case OpenFile(_, path, flags):
                    access = flags & os.O_ACCMODE
                    names = [_FLAGS[access]]
                    names += [name for name in _FLAGS[3:] if flags & getattr(os, name)]
                    why = _refusal(path, flags)
                    meaning = f"fails now: {why}" if why else ""
                    yield self.step(f"open({_quoted(path)}, {'|'.join(names)}) = fd", meaning)
                    yield self.point("fd", number, _ARROWS[access], path)
                    yield self.step("close(fd)")
                case Duplicate(_, source):
                    target = self.targets.get(source, f"where {source} points")
                    yield self.point(source, number, "→", target)
                case CloseDescriptor():
                    self.targets.pop(number, None)
                    yield self.step(f"close({number})", f"gives {_described_number(number)} up")
                case _UnknownCopy(_, data):
                    text = os.fsdecode(data)
                    yield self.point(text, number, "→", f"where {text} points by then")
                case HereText():
                    pipe = next(self.pipes)
                    yield self.open_pipe(pipe, f"for the text; over {PIPE_HOLDS} bytes: a memfd")
                    yield self.step(f"write(write {pipe}, the text)")
                    yield self.close(f"write {pipe}", "so that the text has an end")
                    yield self.point(f"read {pipe}", number, "←", "the text")
                    yield self.close(f"read {pipe}")

    def redirected(self, redirections: Sequence[Redirection], inside: Steps) -> Steps:
        """Tell how the shell redirects itself for what is inside, and takes the way back."""
        yield from self.expanding(*redirections)
        before = dict(self.targets)
        saved: list[int] = []
        for action in self.planner.actions(redirections):
            number = action.descriptor
            if number not in saved:
                saved.append(number)
                if number in before:
                    text = f"fcntl({number}, F_DUPFD, …) = old {number}"
                    yield self.step(text, f"keeps {_described_number(number)}")
            yield from self.redirecting((action,))
        yield from inside
        for number in reversed(saved):
            if number in before:
                meaning = f"{_described_number(number)} as before"
                yield self.step(f"dup2(old {number}, {number})", meaning)
                yield self.step(f"close(old {number})")
            else:
                yield self.step(f"close({number})", "as before")
        self.targets = before

    # ------------------------------------------------------------------------------ jobs

    def of_job(
        self, plans: Sequence[ProcessPlan], *, is_background: bool = False, capture: str = ""
    ) -> Steps:
        """Tell of a job from the first fork to the last wait, then of each of its processes.

        `capture` is, of `$( )`, the name of the pipe for its output.
        """
        names: list[str] = []
        for plan in plans:
            name = _name_of(plan)
            count = sum(1 for other in names if other.partition("·")[0] == name)
            names.append(f"{name}·{count + 1}" if count else name)
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
                yield self.close(f"read {previous}", f"{name} has it")
            if following:
                yield self.close(f"write {pipe}", f"{following} must see end of file")
        if takes_terminal:
            yield self.step(f"tcsetpgrp(terminal, {names[0]})", "keys, ^C and ^Z go to the job")
        if capture:
            yield self.close(f"write {capture}", "else there is no end of file")
            yield self.step(f"read(read {capture}) until end of file", "the text for the line")
        if is_background:
            yield self.step("no wait", "SIGCHLD will tell of the end")
        elif len(names) == 1:
            yield self.step(f"wait4() ← {names[0]}", "sleeps till it ends; sets $?")
        else:
            yield self.step(f"wait4() × {len(names)}", f"till all end; $? is {names[-1]}'s")
        if takes_terminal:
            yield self.step("tcsetpgrp(terminal, shell)", "the keyboard comes back")
        if capture:
            yield self.close(f"read {capture}")
        yield from children

    def of_child(self, name: str, plan: ProcessPlan, stdin: str, stdout: str) -> Steps:
        """Tell what a child does, up to its execve or as a copy of the shell.

        `stdin` and `stdout` are the pipes that it reads and writes, if there are such.
        """
        child = self.copied(name)
        if stdin:
            yield child.point(f"read {stdin}", 0, "←", f"pipe {stdin}")
        if stdout:
            yield child.point(f"write {stdout}", 1, "→", f"pipe {stdout}")
        yield from child.redirecting(plan.actions)
        if plan.argv and _is_expanded(plan.argv[0]):
            yield child.step(f"runs whatever {name} names", "known only when the line runs")
            return
        if not isinstance(plan.body, _CopyBody):
            yield from child.executing(plan)
            return
        child.take_state(self.state)
        child.state.options = copy.copy(self.state.options)
        child.state.options.monitor = False
        # People expect that what these set stays set.
        is_expected = isinstance(plan.text, If | Loop | For | Case | FunctionDefinition)
        is_expected = is_expected or self.planner.function(name) is not None
        yield child.step(
            "continues as a copy of the shell",
            "what it sets is lost with it" if is_expected else "",
        )
        for end in list(child.ends):
            yield child.close(end, "as an execve would do")
        body = plan.body.body
        if isinstance(body, List):
            body = sole_command(body) or body
        match body:
            case SimpshError():
                yield child.step("not run", str(body))
            case AndOr():
                yield from child.of_and_or(body)
            case List():
                yield from child.of_list(body)
            case SimpleCommand() | Subshell() | FunctionDefinition() | Group() | If():
                yield from child.of_command(body, is_final=True)
            case Loop() | For() | Case():
                yield from child.of_command(body)


def _described_number(number: int) -> str:
    return _NAMES.get(number, f"descriptor {number}")


def _name_of(plan: ProcessPlan) -> str:
    text = plan.text
    if plan.argv or isinstance(text, str):
        return plan.argv[0].rpartition("/")[2]
    return _COPIES.get(type(text)) or to_text(text).split()[0]


_COPIES: dict[type, str] = {Subshell: "( )", Group: "{ }", List: "$( )", AndOr: "copy"}
"""What a copy of the shell is called that runs such a command; others have their first word."""


# ---------------------------------------------------------------------------------- text


def _first_line(tree: List) -> str:
    return _cut(to_text(tree).partition("\n")[0])


def _cut(text: str, width: int = _LONGEST_TEXT) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _quoted(text: str) -> str:
    """Write a text as strace does, on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else f"\\{ord(c) & 0xFF:o}" for c in escaped) + '"'


_INDENT = "  "
_LONGEST_NAME = 10
_NARROWEST = 24
_BAR = "│ "


def _described(outline: Outline, width: int) -> Iterator[str]:
    """Yield lines of three columns: the process that acts, its calls, and what they are for."""
    title, newline, _ = outline.title.partition("\n")
    title += " …" if newline else ""
    condition = outline.condition
    if condition and len(title) + 3 + len(condition) <= width:
        yield f"{title}   {condition}"
    else:
        yield _cut(title, width)
        if condition:
            yield _cut(_INDENT + condition, width)
    name = ""
    for step in outline.steps:
        if isinstance(step, Outline):
            for line in _described(step, max(_NARROWEST, width - len(_INDENT + _BAR))):
                yield _INDENT + (_BAR + line).rstrip()
            continue
        shown = "" if step.process == name else _cut(step.process, _LONGEST_NAME)
        name = step.process
        for line in _columns(step, width - len(_INDENT) * 2 - _LONGEST_NAME):
            yield f"{_INDENT}{shown:<{_LONGEST_NAME}}{_INDENT}{line}".rstrip()
            shown = ""


def _columns(step: Step, width: int) -> Iterable[str]:
    """Return the lines of a step: the call, and beside or below it what it is for."""
    call_width = width * 5 // 11
    if len(step.text) > call_width and step.text.startswith("execve") and step.text[-1] == ")":
        # The call says enough, and fills the line.
        step = Step(step.process, step.text)
    room = max(_NARROWEST, width - call_width - len(_INDENT))
    meaning = textwrap.wrap(step.meaning, room, break_on_hyphens=False)
    call = textwrap.wrap(
        step.text, width, subsequent_indent=_INDENT, break_on_hyphens=False, max_lines=4
    )
    if meaning and len(call) == 1 and len(call[0]) <= call_width:
        call = [f"{call[0]:<{call_width}}{_INDENT}{meaning.pop(0)}"]
    return [*call, *(f"{'':<{call_width}}{_INDENT}{line}" for line in meaning)]


def _refusal(path: str, flags: int) -> str:
    """Return with which errno opening a file would fail now; empty if it would not."""
    if set("$`*?[~") & set(path):
        return ""  # what the word becomes is not known yet
    makes = bool(flags & os.O_CREAT) and not os.path.lexists(path)
    place = (os.path.dirname(path) or ".") if makes else path
    if not os.path.exists(place):
        return "ENOENT"
    if flags & os.O_ACCMODE and not makes and os.path.isdir(place):
        return "EISDIR"
    needed = os.W_OK if flags & os.O_ACCMODE else os.R_OK
    return "" if os.access(place, needed) else "EACCES"
