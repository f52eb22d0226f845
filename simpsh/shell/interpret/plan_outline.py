"""The plan of a line, told call by call before anything is run: what `explain` shows.

What each process becomes is planned by the planner that running uses (stage_planner.py); nothing
is handed to jobs/. A word is expanded only where it will be the same when the line runs. Any other
word is shown as it is written. Of loops, conditions and functions the structure is told, with the
plan of each command in it.

The order of the calls is that of jobs/fork_engine.py, forked_child.py and redirector.py; tests
compare it with recordings.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator, Sequence, Set

from simpsh.base.errors import ExpansionProblem, SimpshError, SyntaxMistake
from simpsh.base.record import Record, changed
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.kernel.program_execution import candidates, find_program
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.builtins.builtin_support import last_of, options, plain_operands
from simpsh.shell.builtins.command_lookup import standard_path
from simpsh.shell.interpret.stage_planner import Body, ShellScope, StagePlanner, sole_command
from simpsh.shell.jobs.job_context import own_path
from simpsh.shell.language.glob_pattern import has_pattern
from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import (
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
    InShell,
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
    nodes_in,
)
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.language.word_expansion import fields, needs_substitution, single
from simpsh.shell.plan.call_outline import NEVER, UNKNOWN, CallStep, Outline, ProcessPart
from simpsh.shell.plan.descriptor_forecast import (
    AsWritten,
    DescriptorTable,
    RedirectionForecast,
    pipe_names,
    present_table,
    quoted,
)
from simpsh.shell.plan.job_plan import Action, ProcessPlan
from simpsh.shell.plan.redirection_plan import descriptor_of
from simpsh.shell.state import State

Steps = list[CallStep | Outline]

_MOST_WORDS = 8
"""How many words of a command are shown."""
_MOST_VALUES = 4
"""How many words of a `for` are shown."""
_LONGEST_TEXT = 24
"""How long a condition or a word of `for` is shown."""


def outlines_of(
    state: State, tree: List, *, has_terminal: bool, kept: Set[int]
) -> tuple[Outline, ...]:
    """Return what running a tree would do, from the state the shell is in; nothing is run.

    Args:
        state: what the shell knows; it stays as it is.
        tree: the line.
        has_terminal: whether the shell lends a terminal to its jobs.
        kept: the shell's own descriptors that a forked copy of it does not close.

    Raises:
        RecursionError: the line is nested too deeply.
    """
    common = _Common(kept, has_terminal=has_terminal)
    walk = _Process("shell", _copied(state), present_table(), _Foresight(), common)
    return tuple(walk.of_list(tree))


def _copied(state: State) -> State:
    """Return a state in which functions can be defined and options changed."""
    copied = copy.copy(state)
    copied.functions = dict(state.functions)
    copied.options = copy.copy(state.options)
    return copied


# ------------------------------------------------------------- words, and what is not known yet


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


class _Foresight:
    """Which words can be expanded now as they will be when the line runs."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        """The parameters that earlier commands of the line may change."""
        self.is_lost = False
        """Whether earlier commands may have changed anything: what they do is not known."""
        self.is_literal = False
        """Whether all words are shown as written: in loops, conditions and functions."""
        self.has_run = False
        """Whether an earlier command ran: files may have been made, or removed."""
        self.has_moved = False
        """Whether the working directory may be another one."""

    def copied(self) -> _Foresight:
        foresight = copy.copy(self)
        foresight.changed = set(self.changed)
        return foresight

    def covers(self, node: Record) -> bool:
        """Return whether a node of a tree can be expanded now."""
        return not needs_substitution(node) and all(map(self._covers, nodes_in(node)))

    def _covers(self, part: Record) -> bool:
        if isinstance(part, Literal):
            return not has_pattern(part.text) or not (self.is_literal or self.has_run)
        if isinstance(part, Parameter | Arithmetic | Tilde) and (self.is_literal or self.is_lost):
            return False
        if isinstance(part, Parameter):
            return part.name not in self.changed
        if isinstance(part, Arithmetic):
            # A name in the expression is a variable.
            text = _as_written(part.expression)
            return not self.changed or not any(map(str.isalpha, text))
        return not isinstance(part, Tilde) or "HOME" not in self.changed


class _ForeseeingPlanner(StagePlanner):
    """The planner, which takes each word that cannot be expanded yet as it is written."""

    def __init__(self, state: State, foresight: _Foresight) -> None:
        super().__init__(state, ShellScope(state, to_text), _CopyBody)
        self._foresight = foresight

    def _quoted_unless_known(self, word: Word) -> Word:
        if self._foresight.covers(word):
            return word
        return Word((SingleQuoted(_as_written(word.parts)),))

    def words(self, command: SimpleCommand) -> list[str]:
        words = tuple([self._quoted_unless_known(word) for word in command.words])
        return super().words(changed(command, words=words))

    def is_known(self, command: SimpleCommand, name: str) -> bool:
        """Return whether the name of a command is expanded, and not a text as it is written."""
        return not any(
            name == _as_written(word.parts) and not self._foresight.covers(word)
            for word in command.words
        )

    def text(self, word: Word) -> str:
        """Return a word that stays one, expanded or as it is written."""
        return single(self._quoted_unless_known(word), self._scope)

    def values(self, words: Sequence[Word] | None) -> list[str] | None:
        """Return the words of a `for` if they are known; None for "$@"."""
        if words is None or not all(map(self._foresight.covers, words)):
            return None
        return fields(words, self._scope)

    def actions(self, redirections: Sequence[Redirection]) -> tuple[Action, ...]:
        actions: list[Action] = []
        for redirection in redirections:
            if self._foresight.covers(redirection):
                actions += super().actions((redirection,))
            elif isinstance(redirection, FileRedirection) and redirection.operator[1:] != "&":
                target = self._quoted_unless_known(redirection.target)
                actions += super().actions((changed(redirection, target=target),))
            else:
                text = to_text(redirection).partition("\n")[0]
                actions.append(AsWritten(descriptor_of(redirection), os.fsencode(text)))
        return tuple(actions)

    def assigned(self, assignments: Sequence[Assignment]) -> tuple[tuple[str, str], ...]:
        return tuple((assignment.name, self.assignment(assignment)) for assignment in assignments)

    def assignment(self, assignment: Assignment) -> str:
        """Return the value of an assignment; raise if the variable cannot be changed."""
        value = self.text(assignment.value)
        self._state.must_be_changeable(assignment.name)
        return value


class _CopyBody:
    """What a forked copy of the shell would run: in a process plan, instead of a function."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def __call__(self) -> int:
        raise AssertionError("a plan that is only explained was run")


# -------------------------------------------------------------------- a process on its way


class _Common:
    """What the shell and all copies of it have in common."""

    def __init__(self, kept: Set[int], *, has_terminal: bool) -> None:
        self.kept = kept
        self.has_terminal = has_terminal
        self.pipe_names = pipe_names()
        self.explained_functions: set[str] = set()


class _Process:
    """One shell process – the shell, or a copy of it – on its way through a tree."""

    def __init__(
        self,
        name: str,
        state: State,
        table: DescriptorTable,
        foresight: _Foresight,
        common: _Common,
    ) -> None:
        self.name = name
        self.state = state
        self.table = table
        self.foresight = foresight
        self.common = common
        self.planner = _ForeseeingPlanner(state, foresight)
        self._left = ""
        """What the last command surely leaves: `the shell`, `the function`, `the round`; or ""."""
        self._may_be_left = ""
        """The same of earlier commands that may not run, or may fail."""

    def copied(self, name: str, table: DescriptorTable) -> _Process:
        """Return a forked copy of this shell (POSIX XCU 2.12)."""
        state = _copied(self.state)
        state.is_interactive = False
        state.options.monitor = False
        return _Process(name, state, table, self.foresight.copied(), self.common)

    # ------------------------------------------------------------------ lists, conditions

    def of_list(self, tree: List) -> Iterator[Outline]:
        """Tell of the items of a list, one after another."""
        for item in tree.items:
            if self._left:
                note = CallStep("never reached", f"{self._left} is left before")
                yield Outline(to_text(item), (ProcessPart(self.name, (note,)),), NEVER)
                return
            left = self._may_be_left
            if not left and self.state.options.errexit and self.foresight.has_run:
                left = "the shell"
            condition = f"only if {left} continues until here" if left else ""
            if item.is_background:
                plans = self.planner.of_background(item.and_or)
                parts = _Job(self, plans, is_background=True).parts()
                self.foresight.changed |= {"!", "?"}
                yield Outline(f"{to_text(item.and_or)} &", tuple(parts), condition)
            else:
                yield from self.of_and_or(item.and_or, condition)
            self.foresight.has_run = True

    def of_and_or(self, tree: AndOr, condition: str = "") -> Iterator[Outline]:
        """Tell of pipelines joined by `&&` and `||`."""
        yield self.of_pipeline(tree.first, condition)
        for operator, pipeline in tree.rest:
            if self._left:
                return
            needed = "succeeds" if operator == "&&" else "fails"
            outline = self.of_pipeline(pipeline, f"only if what ran before {needed}")
            yield changed(outline, title=f"{operator} {outline.title}")
            self._leaves_perhaps()

    def _leaves_perhaps(self) -> None:
        """What may not run at all leaves nothing for certain."""
        if self._left:
            self._may_be_left, self._left = self._left, ""

    def of_pipeline(self, tree: Pipeline, condition: str = "") -> Outline:
        """Tell of the commands of one pipeline."""
        parts: list[ProcessPart] = []
        if len(tree.commands) == 1:
            parts = self.of_command(tree.commands[0])
        elif tree.commands:
            parts = _Job(self, [self.planner.of(command) for command in tree.commands]).parts()
        if tree.is_timed:
            note = CallStep("time", "wait4 says what each has used")
            parts.append(ProcessPart(self.name, (note,)))
        if tree.is_negated:
            parts.append(ProcessPart(self.name, (CallStep("!", "turns the status round"),)))
        self.foresight.changed.add("?")
        self.foresight.has_run = True
        return Outline(to_text(tree), tuple(parts), condition)

    # ----------------------------------------------------------------- compound commands

    def of_command(self, tree: Command) -> list[ProcessPart]:
        """Tell of one command in the foreground."""
        match tree:
            case SimpleCommand():
                return self.of_simple(tree)
            case Subshell():
                return _Job(self, [self.planner.of(tree)]).parts()
            case FunctionDefinition():
                self.state.functions[tree.name] = tree.body
                note = CallStep(f"{tree.name}()", "a function: no call, nothing runs")
                return [ProcessPart(self.name, (note,))]
            case Group() | If() | Loop() | For() | Case():
                return self._in_shell(tree)

    def _in_shell(self, tree: InShell) -> list[ProcessPart]:
        """Tell of a compound command for which no process is made."""
        steps: Steps = [*self._substitutions(*tree.redirections)]
        try:
            actions = self.planner.actions(tree.redirections)
            redirecting = RedirectionForecast(self.table)
            steps += redirecting.apply_for_a_while(actions)
            if isinstance(tree, Group):
                steps += self.of_list(tree.body)
            else:
                was_literal, self.foresight.is_literal = self.foresight.is_literal, True
                steps += self._structure(tree, is_literal=was_literal)
                self.foresight.is_literal = was_literal
            steps += redirecting.undo()
        except SimpshError as problem:
            return [self._not_run(problem, steps)]
        return [ProcessPart(self.name, tuple(steps))]

    def _structure(
        self, tree: If | Loop | For | Case, *, is_literal: bool
    ) -> Iterator[CallStep | Outline]:
        """Tell what decides which parts run, and each part."""
        match tree:
            case If():
                yield CallStep("if", "a status decides: no call")
                condition = ""
                for test, body in tree.branches:
                    yield from self._part(test, condition)
                    yield from self._part(body, f"only if {_first_line(test)} succeeds")
                    condition = "only if no condition before succeeds"
                if tree.otherwise is not None:
                    yield from self._part(tree.otherwise, "only if no condition succeeds")
            case Loop():
                name, end, other = ("until", "succeeds", "fails")
                if not tree.is_until:
                    name, end, other = ("while", "fails", "succeeds")
                yield CallStep(name, f"until its condition {end}: no call")
                yield from self._part(tree.condition, "before each round")
                yield from self._part(tree.body, f"each time {_first_line(tree.condition)} {other}")
            case For():
                words = () if tree.words is None else tree.words
                yield from self._substitutions(*words)
                self.foresight.is_literal = is_literal
                values = self.planner.values(tree.words)
                self.foresight.is_literal = True
                self.foresight.changed.add(tree.name)
                if values == []:
                    yield CallStep(f"for {tree.name}", "there is no word, and so no round")
                    return
                written = [_as_written(word.parts) for word in words] or ["$@"]
                shown = [_cut(text) for text in (values or written)[:_MOST_VALUES]]
                listed = ", ".join(shown) + (" …" if len(values or written) > _MOST_VALUES else "")
                meaning = f"{tree.name} is {listed}: no call"
                if values is None:
                    meaning = f"{tree.name} is each word of {listed}: how many is not known"
                yield CallStep(f"for {tree.name}", meaning)
                yield from self._part(tree.body, "in each round")
            case Case():
                yield from self._substitutions(tree.subject)
                subject = _cut(_as_written(tree.subject.parts))
                yield CallStep(f"case {subject}", "compared with patterns: no call")
                after = ""
                for item in tree.items:
                    patterns = _cut(" | ".join(map(to_text, item.patterns)))
                    for substitution in self._substitutions(*item.patterns):
                        yield changed(substitution, condition="only if it is compared so far")
                    condition = f"only if it is {patterns}{after}"
                    if patterns == "*":
                        condition = "only if no pattern before matches"
                    yield from self._part(item.body, condition)
                    after = "" if item.terminator == ";;" else f", or {patterns}"
        if self._left == "the round" or self._may_be_left == "the round":
            is_loop = isinstance(tree, Loop | For)
            self._left, self._may_be_left = "", "" if is_loop else "the round"

    def _part(self, tree: List, condition: str) -> Iterator[Outline]:
        """Tell of a list that is run on a condition, or more than once."""
        for outline in self.of_list(tree):
            inner = f"{condition}, {outline.condition}" if condition else outline.condition
            yield changed(outline, condition=inner.removesuffix(", "))
        if condition:
            self._leaves_perhaps()

    def _not_run(self, problem: SimpshError, before: Iterable[CallStep | Outline]) -> ProcessPart:
        """Tell why a command is not run, and what its words have run before."""
        if isinstance(problem, ExpansionProblem) and not self.state.is_interactive:
            # POSIX XCU 2.8.1: an expansion error ends a script.
            self._left = "the shell"
        return ProcessPart(self.name, (*before, CallStep("not run", str(problem))))

    # ------------------------------------------------------------------- simple commands

    def of_simple(self, tree: SimpleCommand, *, is_final: bool = False) -> list[ProcessPart]:
        """Tell of a simple command.

        Args:
            tree: the command.
            is_final: whether this process has nothing to do after it, so that a program takes
                its place without a fork.
        """
        steps: Steps = [*_computed(tree.words), *self._substitutions(*tree.words)]
        steps += self._substitutions(*tree.redirections)
        try:
            words = self.planner.words(tree)
            actions = self.planner.actions(tree.redirections)
            if words and not self.planner.is_known(tree, words[0]):
                steps.append(self._unforeseen(f"whatever {words[0]} names"))
                return [ProcessPart(self.name, tuple(steps))]
            function = self.planner.function(words[0]) if words else None
            is_inside = not words or function or builtin_registry.is_builtin(words[0])
            if not is_inside:
                steps += self._substitutions(*tree.assignments)
                assigned = self.planner.assigned(tree.assignments)
                plan = ProcessPlan(tuple(words), assigned, actions, text=tree)
                if is_final:
                    steps += RedirectionForecast(self.table).apply(actions)
                    steps.append(self.executing(plan, self.table))
                    return [ProcessPart(self.name, tuple(steps))]
                return _joined(self.name, steps, _Job(self, [plan]).parts())
            steps += self._assign(tree.assignments)
        except SimpshError as problem:
            return [self._not_run(problem, steps)]
        if words and words[0] == "exec":
            return self._exec(words[1:], actions, steps)
        redirecting = RedirectionForecast(self.table)
        steps += redirecting.apply_for_a_while(actions)
        parts: list[ProcessPart] = []
        if function is not None:
            parts = self._function(words, function)
        elif words:
            parts = self._builtin(words)
        parts = _joined(self.name, steps, parts)
        back = tuple(redirecting.undo())
        if not back:
            return parts
        if len(parts) == 1:
            return [ProcessPart(self.name, (*parts[0].steps, *back))]
        return [*parts, ProcessPart(self.name, back)]

    def _assign(self, assignments: Sequence[Assignment]) -> Iterator[CallStep | Outline]:
        """Tell of assignments to variables of this shell."""
        for assignment in assignments:
            yield from self._substitutions(assignment)
            value = self.planner.assignment(assignment)
            self.foresight.changed.add(assignment.name)
            where = "a variable of the shell" if self.name == "shell" else "a variable of this copy"
            yield CallStep(f"{assignment.name}={value}", f"{where}: no call")

    def _unforeseen(self, what: str) -> CallStep:
        """Tell of commands that are known only when the line runs."""
        self.foresight.is_lost = self.foresight.has_moved = True
        self._may_be_left = "the shell"
        return CallStep(f"runs {what}", "known only when the line runs", UNKNOWN)

    def _function(self, words: Sequence[str], body: Command) -> list[ProcessPart]:
        name = words[0]
        explained = self.common.explained_functions
        call = CallStep(" ".join(words), "a function: no fork, the same pid")
        if name in explained:
            again = CallStep(f"runs {name}", "what it runs is shown above", UNKNOWN)
            self._unforeseen(name)
            return [ProcessPart(self.name, (call, again))]
        explained.add(name)
        was_literal, self.foresight.is_literal = self.foresight.is_literal, True
        parts = _joined(self.name, [call], self.of_command(body))
        self.foresight.is_literal = was_literal
        if self._left == "the function":
            self._left = ""
        if self._may_be_left == "the function":
            self._may_be_left = ""
        return parts

    # -------------------------------------------------------------------------- builtins

    def _builtin(self, words: Sequence[str]) -> list[ProcessPart]:
        """Tell of a builtin, and note what it changes for the words after it."""
        name = words[0]
        if name == "command":
            try:
                letters, inner = options(words[1:], "pvV")
            except SimpshError:
                letters, inner = "", []
            if inner and not last_of(letters, "vV"):
                if inner[0] == "exec":
                    return self._exec(inner[1:], (), [])
                if builtin_registry.is_builtin(inner[0]):
                    return self._builtin(inner)
                path = standard_path() if "p" in letters else None
                plan = ProcessPlan(tuple(inner), text=" ".join(inner), path=path)
                return _Job(self, [plan]).parts()
        where = "in the shell" if self.name == "shell" else "in this copy"
        steps: Steps = [CallStep(" ".join(words), f"builtin: {where}, no fork")]
        steps += self._consequences(name, plain_operands(words[1:]))
        return [ProcessPart(self.name, tuple(steps))]

    def _consequences(
        self, name: str, operands: Sequence[str]
    ) -> Iterator[CallStep] | Iterator[CallStep | Outline]:
        """Tell what a builtin runs; note which parameters it changes, and what it leaves."""
        foresight = self.foresight
        if name in ("export", "getopts", "local", "read", "readonly", "unset"):
            foresight.changed.update(operand.partition("=")[0] for operand in operands)
            foresight.changed |= {"OPTARG", "OPTIND"}
        elif name == "cd":
            foresight.changed |= {"PWD", "OLDPWD"}
            foresight.has_moved = True
        elif name in ("set", "shift"):
            # The positional parameters change, and `set -f` and the like change every expansion.
            foresight.is_literal = True
            if any(operand[:1] == "-" and {"e", "u"} & set(operand) for operand in operands):
                self._may_be_left = "the shell"
        elif name in _LEAVING:
            self._left = _LEAVING[name]
        elif name == "trap" and len(operands) > 1 and operands[0] not in ("", "-"):
            yield CallStep("its action", "runs whenever the signal comes", UNKNOWN)
        elif name in (".", "source"):
            self._unforeseen(name)
            yield CallStep("runs what is in the file", "it is read when the line runs", UNKNOWN)
        elif name == "eval" and any("$" in operand or "`" in operand for operand in operands):
            yield self._unforeseen("the text")
        elif name == "eval":
            try:
                tree = parse(" ".join(operands), aliases=self.state.aliases)
            except SyntaxMistake as mistake:
                yield CallStep("not run", mistake.message)
                self._left = "the shell"
                return
            yield from self.of_list(tree)
        elif name in ("wait", "jobs", "fg", "bg"):
            may_wait = UNKNOWN if self.state.jobs.living() or "!" in foresight.changed else ""
            yield CallStep("wait4() for what runs in the background", "", may_wait)
        elif name in builtin_registry.NESTED:
            yield CallStep("fork() → simpsh", "another simpsh, a job of this shell", "fork")
            yield CallStep("execve(simpsh)", "its own calls are not told here", "execve")
            yield CallStep("wait4() ← simpsh", "", "wait4")

    def _exec(
        self, words: Sequence[str], actions: Sequence[Action], steps: Steps
    ) -> list[ProcessPart]:
        """Tell of `exec`, with a program or with redirections only."""
        steps += RedirectionForecast(self.table).apply(actions)
        words = words[1:] if words[:1] == ["--"] else words
        if words:
            steps.append(self.executing(ProcessPlan(tuple(words)), self.table))
            steps.append(CallStep("no fork, no return", "the shell is replaced"))
            self._left = "the shell"
        else:
            steps.append(CallStep("exec", "nothing of it is undone"))
        return [ProcessPart(self.name, tuple(steps))]

    def executing(self, plan: ProcessPlan, table: DescriptorTable) -> CallStep:
        """Tell of the execve of a program, or why it fails."""
        foresight = self.foresight
        name = plan.argv[0]
        words = [quoted(word) for word in plan.argv]
        if len(words) > _MOST_WORDS:
            words = [*words[:_MOST_WORDS], f"… {len(words) - _MOST_WORDS} more"]
        listed = ", ".join(words)
        path = own_path(plan)
        if path is None:
            path = self.state.variables.get("PATH", "")
            if foresight.is_lost or "PATH" in foresight.changed:
                text = f"execve({quoted(name)}, [{listed}])"
                return CallStep(text, "looked for along PATH", UNKNOWN)
        file = find_program(name, path)
        if file is None:
            is_there = any(os.path.lexists(candidate) for candidate in candidates(name, path))
            why = "EACCES or the like, status 126" if is_there else "ENOENT: not found, status 127"
            is_certain = not (foresight.has_run or foresight.has_moved)
            unless = "" if is_certain else ", unless it is there by then"
            text = f"execve({quoted(name)}, [{listed}]) fails"
            return CallStep(text, why + unless, "" if is_certain else UNKNOWN)
        text = f"execve({quoted(file)}, [{listed}])"
        if foresight.has_moved and not file.startswith("/"):
            return CallStep(text, "if it is there, from where the shell will be", UNKNOWN)
        meaning = "the program takes over"
        own = [str(number) for number in table.own() if number < OWN_LOWEST]
        if plan.assignments:
            names = ", ".join(name for name, _ in plan.assignments)
            meaning = f"{names} in its environment"
        elif own:
            meaning = f"closes {', '.join(own)} (O_CLOEXEC)"
        return CallStep(text, meaning, "execve")

    # --------------------------------------------------- substitutions, copies of the shell

    def _substitutions(self, *nodes: Record) -> list[Outline]:
        """Tell of the command substitutions in words, assignments or redirections."""
        outlines = []
        for tree, condition in _found_substitutions(nodes):
            table = self.table
            pipe = next(self.common.pipe_names)
            first, write_end = table.take(pipe), table.take(pipe)
            read_end = table.take(pipe, OWN_LOWEST)
            table.close(first)
            meaning = f"{pipe}; {first} moves to {read_end}"
            making = CallStep(f"pipe2() = [{first}, {write_end}]", meaning, "pipe2")
            job = _Job(self, self.planner.of_list(tree), capture=(read_end, write_end, pipe))
            parts = _joined(self.name, [making], job.parts())
            outlines.append(Outline(f"$({to_text(tree)})", tuple(parts), condition))
        return outlines

    def of_body(self, body: Body) -> list[ProcessPart]:
        """Tell what this copy of the shell runs."""
        if isinstance(body, SimpshError):
            return [self._not_run(body, ())]
        if isinstance(body, List):
            body = sole_command(body) or body
        match body:
            case SimpleCommand():
                return self.of_simple(body, is_final=True)
            case AndOr():
                return [ProcessPart(self.name, tuple(self.of_and_or(body)))]
            case List():
                return [ProcessPart(self.name, tuple(self.of_list(body)))]
            case Subshell() | FunctionDefinition() | Group() | If() | Loop() | For() | Case():
                return self.of_command(body)


_LEAVING = {
    **dict.fromkeys(("exit", "quit"), "the shell"),
    "return": "the function",
    **dict.fromkeys(("break", "continue"), "the round"),
}
"""The builtins that leave something, and what."""


def _joined(name: str, steps: Steps, parts: Sequence[ProcessPart]) -> list[ProcessPart]:
    """Return the parts with more steps of the shell before those of the first one."""
    if not parts:
        return [ProcessPart(name, tuple(steps))]
    return [ProcessPart(parts[0].process, (*steps, *parts[0].steps)), *parts[1:]]


def _found_substitutions(node: object, condition: str = "") -> Iterator[tuple[List, str]]:
    """Find the substitutions that expanding a node runs, in order, and when each is run."""
    if isinstance(node, CommandSubstitution):
        yield node.body, condition
    elif isinstance(node, Parameter) and node.operand is not None:
        # `${x-$(ls)}` runs nothing where x has a value.
        is_pattern = node.operator[0] in "%#"
        unless = "" if is_pattern else f"only if ${node.name} calls for it"
        yield from _found_substitutions(node.operand, condition or unless)
    elif isinstance(node, tuple):
        for child in node:
            yield from _found_substitutions(child, condition)
    elif isinstance(node, _HOLDING_WORDS):
        for name in node.__match_args__:
            yield from _found_substitutions(getattr(node, name), condition)


_HOLDING_WORDS = (
    *(DoubleQuoted, Arithmetic, Word, Assignment),
    *(FileRedirection, HereString, HereDocument),
)


def _computed(words: Iterable[Word]) -> Iterator[CallStep]:
    """Tell what the shell computes for words, where other languages would run a program."""
    told: set[str] = set()
    for word in words:
        for part in word.parts:
            for inner in part.parts if isinstance(part, DoubleQuoted) else (part,):
                if not isinstance(inner, Arithmetic | Parameter) or (
                    isinstance(inner, Parameter) and not inner.operator
                ):
                    continue
                text = to_text(inner)
                if text not in told:
                    told.add(text)
                    yield CallStep(text, "computed by the shell: no process")


def _first_line(tree: List) -> str:
    return _cut(to_text(tree).partition("\n")[0])


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


# ------------------------------------------------------------------------ jobs


class _Job:
    """The processes of one job, from the first fork to the last wait."""

    def __init__(
        self,
        shell: _Process,
        plans: Sequence[ProcessPlan],
        *,
        is_background: bool = False,
        capture: tuple[int, int, str] | None = None,
    ) -> None:
        self._shell = shell
        self._plans = plans
        self._is_background = is_background
        self._capture = capture
        """Of `$( )`, the read end, the write end and the name of the pipe for its output."""
        self._names = _names_of(plans)
        self._is_grouped = shell.state.options.monitor and capture is None
        has_terminal = shell.common.has_terminal
        self._takes_terminal = self._is_grouped and has_terminal and not is_background

    def parts(self) -> list[ProcessPart]:
        """Return the shell's part, then the part of each process."""
        shell, names = self._shell, self._names
        table = shell.table
        steps: Steps = []
        children: list[ProcessPart] = []
        previous: tuple[int, str] | None = None
        last = len(self._plans) - 1
        for index, plan in enumerate(self._plans):
            pipe: tuple[int, int, str] | None = self._capture
            if index < last:
                name = next(shell.common.pipe_names)
                pipe = table.take(name), table.take(name), name
                meaning = f"{name}: written at {pipe[1]}, read at {pipe[0]}"
                steps.append(CallStep(f"pipe2() = [{pipe[0]}, {pipe[1]}]", meaning, "pipe2"))
            is_copy = plan.body is not None
            meaning = "a copy that continues as a shell" if is_copy else "a copy of the shell"
            steps.append(CallStep(f"fork() → {names[index]}", meaning, "fork"))
            if self._is_grouped:
                meaning = "joins the process group" if index else "leads a process group"
                steps.append(CallStep(f"setpgid({names[index]}, {names[0]})", meaning))
            children += self._child(plan, names[index], previous, pipe)
            if previous is not None:
                table.close(previous[0])
                steps.append(CallStep(f"close({previous[0]})", f"{names[index]} has it", "close"))
            if index < last and pipe is not None:
                table.close(pipe[1])
                meaning = f"{names[index + 1]} must see end of file"
                steps.append(CallStep(f"close({pipe[1]})", meaning, "close"))
                previous = pipe[0], pipe[2]
        return [ProcessPart(shell.name, (*steps, *self._ending())), *children]

    def _child(
        self,
        plan: ProcessPlan,
        name: str,
        stdin: tuple[int, str] | None,
        stdout: tuple[int, int, str] | None,
    ) -> list[ProcessPart]:
        """Tell what one process does up to its execve, or as a copy of the shell."""
        shell = self._shell
        table = shell.table.copy()
        steps: Steps = []
        if stdin is not None:
            table.point(0, stdin[1])
            steps.append(CallStep(f"dup2({stdin[0]}, 0)", f"standard input ← {stdin[1]}", "dup2"))
        if stdout is not None:
            table.point(1, stdout[2])
            meaning = f"standard output → {stdout[2]}"
            steps.append(CallStep(f"dup2({stdout[1]}, 1)", meaning, "dup2"))
        steps += RedirectionForecast(table).apply(plan.actions)
        if not isinstance(plan.body, _CopyBody):
            if isinstance(plan.text, SimpleCommand) and not shell.planner.is_known(
                plan.text, plan.argv[0]
            ):
                runs = f"runs whatever {plan.argv[0]} names"
                steps.append(CallStep(runs, "known only when the line runs", UNKNOWN))
            else:
                steps.append(shell.executing(plan, table))
            return [ProcessPart(name, tuple(steps))]
        text = plan.text
        # People expect that what these set stays set.
        is_expected = isinstance(text, If | Loop | For | Case | FunctionDefinition) or (
            isinstance(text, SimpleCommand)
            and text.words != ()
            and shell.planner.function(to_text(text.words[0])) is not None
        )
        meaning = "what it sets is lost with it" if is_expected else ""
        steps.append(CallStep("continues as a copy of the shell", meaning))
        for number in table.own(shell.common.kept):
            table.close(number)
            if number < OWN_LOWEST:
                steps.append(CallStep(f"close({number})", "as an execve would do", "close"))
        return _joined(name, steps, shell.copied(name, table).of_body(plan.body.body))

    def _ending(self) -> Iterator[CallStep]:
        """Tell what the shell does once all processes are started."""
        table, names, count = self._shell.table, self._names, len(self._plans)
        if self._takes_terminal:
            meaning = "keys, ^C and ^Z go to the job"
            yield CallStep(f"tcsetpgrp(terminal, {names[0]})", meaning)
        if self._capture is not None:
            read_end, write_end, _ = self._capture
            table.close(write_end)
            yield CallStep(f"close({write_end})", "else there is no end of file", "close")
            yield CallStep(f"read({read_end}) until end of file", "the text that becomes words")
        if self._is_background:
            yield CallStep("no wait", "SIGCHLD will tell of the end", UNKNOWN)
        elif count == 1:
            yield CallStep(f"wait4() ← {names[-1]}", "sleeps till it ends; sets $?", "wait4")
        else:
            meaning = f"till all end; $? is {names[-1]}'s"
            yield CallStep(f"wait4() × {count}", meaning, "wait4", count)
        if self._takes_terminal:
            yield CallStep("tcsetpgrp(terminal, shell)", "the keyboard comes back")
        if self._capture is not None:
            table.close(read_end)
            yield CallStep(f"close({read_end})", "", "close")


def _names_of(plans: Sequence[ProcessPlan]) -> list[str]:
    """Return what each process is called; a second one of the same name gets a number."""
    names: list[str] = []
    for plan in plans:
        text = plan.text
        name = plan.argv[0] if plan.argv else _KINDS.get(type(text), "copy")
        if isinstance(text, SimpleCommand) and text.words and not plan.argv:
            name = to_text(text.words[0])
        elif isinstance(text, Loop) and text.is_until:
            name = "until"
        name = name.rpartition("/")[2]
        count = sum(1 for other in names if other.split("·")[0] == name)
        names.append(f"{name}·{count + 1}" if count else name)
    return names


_KINDS: dict[type[object], str] = {
    Subshell: "( )",
    Group: "{ }",
    List: "$( )",
    If: "if",
    Loop: "while",
    For: "for",
    Case: "case",
}
"""What a copy of the shell is called that runs such a command."""
