"""A dry run: the walk of the interpreter over a tree, running nothing; `explain` prints it.

What each process becomes is planned by the functions that plan for running; what a command
changes in the shell is done to a hypothetical copy of its state. The order of the calls is that
of jobs/fork_engine.py, forked_child.py and redirector.py; tests compare it with recordings.
"""

from __future__ import annotations

import os

from simpsh.base.errors import ExpansionProblem, SimpshError, SyntaxMistake
from simpsh.base.record import Record
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.kernel.program_execution import candidates, find_program
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.builtins.shell_variables import set_options
from simpsh.shell.interpret.hypothetical_state import HypotheticalScope, HypotheticalState
from simpsh.shell.interpret.stage_planner import StagePlanner, sole_command
from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import (
    AndOr,
    Case,
    For,
    FunctionDefinition,
    Group,
    If,
    List,
    Loop,
    SimpleCommand,
    Subshell,
)
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.language.word_expansion import fields, needs_substitution, single
from simpsh.shell.plan.call_outline import ANY, CallStep, Outline, ProcessPart
from simpsh.shell.plan.descriptor_forecast import (
    CapturePipe,
    RedirectionForecast,
    pipe_names,
    present_table,
    quoted,
)
from simpsh.shell.plan.job_plan import ProcessPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence, Set

    from simpsh.shell.interpret.stage_planner import Body
    from simpsh.shell.language.syntax_tree import Assignment, Command, Pipeline
    from simpsh.shell.plan.call_outline import Bounds
    from simpsh.shell.plan.descriptor_forecast import DescriptorTable
    from simpsh.shell.plan.job_plan import Action
    from simpsh.shell.state import State

    Steps = list[CallStep | Outline]
    Effect = Iterator[CallStep] | Iterator[CallStep | Outline]

SURELY, PERHAPS = "surely", "perhaps"
_ONLY = {
    "&&": "only if what ran before succeeds",
    "||": "only if what ran before fails",
}


def dry_run(state: State, tree: List, *, has_terminal: bool, kept: Set[int]) -> tuple[Outline, ...]:
    """Return what running a tree would do, from the state the shell is in; nothing is run.

    Args:
        state: what the shell knows.
        tree: the line.
        has_terminal: whether the shell lends a terminal to its jobs.
        kept: the shell's own descriptors that a forked copy of it does not close.

    Raises:
        RecursionError: it is nested too deeply to be told.
    """
    surroundings = _Surroundings(has_terminal, kept, pipe_names())
    return tuple(
        DryRun(HypotheticalState(state), present_table(), "shell", surroundings).of_list(tree)
    )


class _Surroundings(Record):
    """What the shell and all copies of it have in common."""

    has_terminal: bool
    kept: Set[int]
    pipe_names: Iterator[str]


def _not_run(_body: Body) -> Callable[[], int]:
    """Return what a process plan has for a body where no plan is carried out."""
    return lambda: 0


class DryRun:
    """One shell process – the shell, or a copy of it – on its way through a tree."""

    def __init__(
        self,
        state: HypotheticalState,
        table: DescriptorTable,
        who: str,
        surroundings: _Surroundings,
    ) -> None:
        self.state = state
        self.scope = HypotheticalScope(state)
        self.stages = StagePlanner(state, self.scope, _not_run)
        self.table = table
        self.who = who
        self.surroundings = surroundings
        self.leaves = ""
        """SURELY or PERHAPS once a command ends this shell; else empty."""
        self.has_run = False
        """Whether something ran before, so that files may have changed."""
        self.jobs = DryRunJobs(self)
        self.builtins = DryRunBuiltins(self)

    def copy(self, table: DescriptorTable, who: str) -> DryRun:
        """Return the walk of a forked copy of this shell (POSIX XCU 2.12)."""
        state = HypotheticalState(self.state)
        state.is_interactive = False
        state.options.monitor = False
        copied = DryRun(state, table, who, self.surroundings)
        copied.has_run = self.has_run
        return copied

    # ------------------------------------------------------------------ lists, conditions

    def of_list(self, tree: List) -> Iterator[Outline]:
        """Tell of the items of a list, one after another."""
        for item in tree.items:
            if self.leaves == SURELY:
                note = CallStep("never reached", "the shell is left before")
                yield Outline(to_text(item), (ProcessPart(self.who, (note,)),), "never")
                return
            condition = "only if the shell continues until here" if self._may_have_left else ""
            if item.is_background:
                yield self._background(item.and_or, condition)
            else:
                yield from self.of_and_or(item.and_or, condition)
            self.has_run = True

    @property
    def _may_have_left(self) -> bool:
        return self.leaves == PERHAPS or (self.state.options.errexit and self.has_run)

    def of_and_or(self, tree: AndOr, condition: str = "") -> Iterator[Outline]:
        """Tell of pipelines joined by `&&` and `||`."""
        yield self.of_pipeline(tree.first, condition)
        for operator, pipeline in tree.rest:
            if self.leaves == SURELY:
                return
            before, left = HypotheticalState(self.state), self.leaves
            outline = self.of_pipeline(pipeline, _ONLY[operator])
            yield Outline(f"{operator} {outline.title}", outline.parts, outline.condition)
            self.state.forget_differences(before)
            self.leaves = PERHAPS if self.leaves != left else left

    def _background(self, tree: AndOr, condition: str) -> Outline:
        self._settle()
        plans = self.stages.of_background(tree)
        parts = self.jobs.told(plans, is_background=True)
        self.state.forgotten |= {"!", "?"}
        return Outline(f"{to_text(tree)} &", tuple(parts), condition)

    # ------------------------------------------------------------------------- pipelines

    def of_pipeline(self, tree: Pipeline, condition: str = "") -> Outline:
        """Tell of the commands of one pipeline."""
        if len(tree.commands) == 1:
            parts = self.of_command(tree.commands[0])
        elif tree.commands:
            self._settle()
            parts = self.jobs.told([self.stages.of(command) for command in tree.commands])
        else:
            parts = []
        if tree.is_timed:
            note = CallStep("time", "wait4 says what each has used")
            parts.append(ProcessPart(self.who, (note,)))
        if tree.is_negated:
            parts.append(ProcessPart(self.who, (CallStep("!", "turns the status round"),)))
        self.state.forgotten.add("?")
        self.has_run = True
        return Outline(to_text(tree), tuple(parts), condition)

    def _settle(self) -> None:
        """Drop substitutions that planning has met: a stage's own run in its own process."""
        self.state.taken_substitutions()

    # -------------------------------------------------------------------------- commands

    def of_command(self, tree: Command) -> list[ProcessPart]:
        """Tell of one command in the foreground."""
        match tree:
            case SimpleCommand():
                return self.of_simple(tree)
            case Subshell():
                self._settle()
                return self.jobs.told([self.stages.of(tree)])
            case Group(body, redirections):
                return self._of_group(body, tree, has_redirections=bool(redirections))
            case FunctionDefinition():
                self.state.functions[tree.name] = tree.body
                note = CallStep(f"{tree.name}()", "a function of the shell: no call")
                return [ProcessPart(self.who, (note,))]
            case _:
                return [ProcessPart(self.who, (self._unforeseen("the commands in it"),))]

    def _of_group(self, body: List, tree: Group, *, has_redirections: bool) -> list[ProcessPart]:
        if not has_redirections:
            return [ProcessPart(self.who, tuple(self.of_list(body)))]
        try:
            actions = self.stages.actions(tree.redirections)
        except SimpshError as problem:
            return [self.not_run(problem)]
        steps: list[CallStep | Outline] = list(self.substitutions())
        redirecting = self.redirecting()
        steps += redirecting.apply_for_a_while(actions)
        steps += self.of_list(body)
        steps += redirecting.undo()
        return [ProcessPart(self.who, tuple(steps))]

    def not_run(self, problem: SimpshError, before: Sequence[Outline] = ()) -> ProcessPart:
        """Tell that a command is not run, why, and what its words have run before."""
        if isinstance(problem, ExpansionProblem) and not self.state.is_interactive:
            # POSIX XCU 2.8.1: an expansion error ends a script.
            self.leaves = SURELY
        text = self.state.unknowns.shown(str(problem))
        return ProcessPart(self.who, (*before, *self.substitutions(), CallStep("not run", text)))

    def redirecting(self) -> RedirectionForecast:
        """Return who tells of this process's redirections."""
        return RedirectionForecast(self.table, self.state.unknowns.shown)

    # ------------------------------------------------------------------- simple commands

    def of_simple(self, tree: SimpleCommand, *, is_final: bool = False) -> list[ProcessPart]:
        """Tell of a simple command.

        Args:
            tree: the command.
            is_final: whether this process has nothing to do after it, so that a program takes
                its place without a fork.
        """
        state = self.state
        before: list[Outline] = []
        try:
            words = fields(tree.words, self.scope)
            actions = self.stages.actions(tree.redirections)
            before = self.substitutions()
            if not words:
                return [ProcessPart(self.who, (*before, *self._assign_only(tree, actions)))]
            if state.unknowns.is_in(words[0]):
                unforeseen = self._unforeseen(f"whatever {state.unknowns.shown(words[0])} names")
                return [ProcessPart(self.who, (*before, unforeseen))]
            if words[0] in state.functions:
                return [ProcessPart(self.who, (*before, self._unforeseen("the function")))]
            if builtin_registry.is_builtin(words[0]):
                return self.builtins.of(words, tree.assignments, actions, before)
            return self._of_program(tree, words, actions, before, is_final=is_final)
        except SimpshError as problem:
            return [self.not_run(problem, before)]

    def _unforeseen(self, what: str) -> CallStep:
        self.state.is_forgotten = self.state.has_moved = True
        self.leaves = self.leaves or PERHAPS
        return CallStep(f"runs {what}", "known only when the line runs", ANY)

    def _assign_only(
        self, tree: SimpleCommand, actions: Sequence[Action]
    ) -> Iterator[CallStep | Outline]:
        yield from self.assign(tree.assignments)
        redirecting = self.redirecting()
        yield from redirecting.apply_for_a_while(actions)
        yield from redirecting.undo()

    def assign(self, assignments: Sequence[Assignment]) -> Iterator[CallStep | Outline]:
        """Tell of assignments to variables of this shell."""
        state = self.state
        for assignment in assignments:
            value = single(assignment.value, self.scope)
            yield from self.substitutions()
            state.assign(assignment.name, value)
            shown = state.unknowns.shown(value)
            where = "a variable of the shell" if self.who == "shell" else "a variable of this copy"
            yield CallStep(f"{assignment.name}={shown}", f"{where}: no call")

    def _of_program(
        self,
        tree: SimpleCommand,
        words: Sequence[str],
        actions: tuple[Action, ...],
        before: Sequence[Outline],
        *,
        is_final: bool,
    ) -> list[ProcessPart]:
        assigned = self.stages.assigned(tree.assignments)
        steps = (*before, *self.substitutions())
        plan = ProcessPlan(tuple(words), assigned, actions, text=tree)
        if is_final and not self.state.has_ignored:
            executing = self.jobs.executing(plan.argv, assigned, self.table)
            return [ProcessPart(self.who, (*steps, *self.redirecting().apply(actions), executing))]
        parts = self.jobs.told([plan])
        return [ProcessPart(self.who, (*steps, *parts[0].steps)), *parts[1:]]

    # --------------------------------------------------------------------- substitutions

    def substitutions(self) -> list[Outline]:
        """Tell of the command substitutions that were just met in words."""
        return [self._substitution(tree) for tree in self.state.taken_substitutions()]

    def _substitution(self, tree: List) -> Outline:
        parts = self.jobs.captured(tree)
        return Outline(f"$({to_text(tree)})", tuple(parts))

    # ------------------------------------------------------- what a copy of the shell runs

    def body(self, plan: ProcessPlan) -> list[ProcessPart]:
        """Tell what this copy of the shell runs, as its plan has it."""
        node = plan.text
        match node:
            case SimpleCommand():
                return self.of_simple(node, is_final=True)
            case Subshell() | Group():
                return self._of_compound(node)
            case AndOr():
                return [ProcessPart(self.who, tuple(self.of_and_or(node)))]
            case List():
                return self._of_body(node)
            case FunctionDefinition() | If() | Loop() | For() | Case():
                return self.of_command(node)
            case _:
                return []

    def _of_compound(self, node: Subshell | Group) -> list[ProcessPart]:
        if any(map(needs_substitution, node.redirections)):
            return self._of_group(
                node.body, Group(node.body, node.redirections), has_redirections=True
            )
        try:
            # Carried out already, before the shell continues as a copy; only a problem is news.
            self.stages.actions(node.redirections)
        except SimpshError as problem:
            return [self.not_run(problem)]
        return self._of_body(node.body)

    def _of_body(self, tree: List) -> list[ProcessPart]:
        command = sole_command(tree)
        if command is not None:
            return self.of_simple(command, is_final=True)
        return [ProcessPart(self.who, tuple(self.of_list(tree)))]


_MOST_WORDS = 8


class DryRunJobs:
    """Tells of the jobs that one shell process would start.

    Who is forked, which pipe ends go where, who waits for whom.
    """

    def __init__(self, walk: DryRun) -> None:
        self._walk = walk

    def told(
        self,
        plans: Sequence[ProcessPlan],
        *,
        is_background: bool = False,
        capture: CapturePipe | None = None,
    ) -> list[ProcessPart]:
        """Tell of a pipeline: the shell's part, then each process's.

        Args:
            plans: its processes, from left to right.
            is_background: whether the shell does not wait.
            capture: the pipe that `$( )` reads the last one's output from.
        """
        crew = _DryRunCrew(self._walk, plans, is_background=is_background, capture=capture)
        steps = list(crew.starting())
        if capture is not None:
            steps += capture.before_waiting(self._walk.table)
        steps += crew.waiting()
        if capture is not None:
            steps += capture.after_waiting(self._walk.table)
        return [ProcessPart(self._walk.who, tuple(steps)), *crew.parts]

    def captured(self, tree: List) -> list[ProcessPart]:
        """Tell of a command substitution."""
        walk = self._walk
        capture = CapturePipe(next(walk.surroundings.pipe_names))
        making = capture.make(walk.table)
        plans = walk.stages.of_list(tree)
        walk.state.taken_substitutions()
        shell, *others = self.told(plans, capture=capture)
        return [ProcessPart(shell.who, (making, *shell.steps)), *others]

    def executing(
        self, argv: Sequence[str], assigned: Sequence[tuple[str, str]], table: DescriptorTable
    ) -> CallStep:
        """Tell of the execve of a program, or why it fails."""
        walk = self._walk
        shown = walk.state.unknowns.shown
        path = dict(assigned).get("PATH", walk.state.variables.get("PATH", ""))
        words = [quoted(shown(word)) for word in argv]
        if len(words) > _MOST_WORDS:
            words = [*words[:_MOST_WORDS], f"… {len(words) - _MOST_WORDS} more"]
        listed = ", ".join(words)
        name = argv[0]
        if walk.state.unknowns.is_in(path):
            return CallStep(
                f"execve({quoted(name)}, [{listed}])", "looked for along PATH", "execve", (0, 1)
            )
        file = find_program(name, path)
        if file is None:
            return self._failing(name, path, listed)
        if walk.state.has_moved and not file.startswith("/"):
            meaning = "if it is there, from where the shell will be"
            return CallStep(f"execve({quoted(file)}, [{listed}])", meaning, "execve", (0, 1))
        meaning = _added(assigned) or _closed(table) or "the program takes over"
        return CallStep(f"execve({quoted(file)}, [{listed}])", meaning, "execve")

    def _failing(self, name: str, path: str, listed: str) -> CallStep:
        times: Bounds = (0, 1) if self._walk.has_run or self._walk.state.has_moved else (0, 0)
        is_there = any(os.path.lexists(file) for file in candidates(name, path))
        why = "EACCES or the like, status 126" if is_there else "ENOENT: not found, status 127"
        unless = ", unless it is there by then" if times[1] else ""
        return CallStep(f"execve({quoted(name)}, [{listed}]) fails", why + unless, "execve", times)


def _added(assigned: Sequence[tuple[str, str]]) -> str:
    names = ", ".join(name for name, _ in assigned)
    return f"{names} in its environment" if names else ""


def _closed(table: DescriptorTable) -> str:
    own = [str(number) for number in table.own() if number < OWN_LOWEST]
    return f"closes {', '.join(own)} (O_CLOEXEC)" if own else ""


class _DryRunCrew:
    """The processes of one job, while they would be started."""

    def __init__(
        self,
        walk: DryRun,
        plans: Sequence[ProcessPlan],
        *,
        is_background: bool,
        capture: CapturePipe | None,
    ) -> None:
        self._walk = walk
        self._plans = plans
        self._names = names_of(plans, walk)
        self._is_background = is_background
        self._capture = capture
        self._is_grouped = walk.state.options.monitor and capture is None
        self.parts: list[ProcessPart] = []

    @property
    def _takes_terminal(self) -> bool:
        has_terminal = self._walk.surroundings.has_terminal
        return self._is_grouped and has_terminal and not self._is_background

    def starting(self) -> Iterator[CallStep]:
        """Tell what the shell does until all are started; the children's parts are kept."""
        table = self._walk.table
        previous: tuple[int, str] | None = None
        for index, plan in enumerate(self._plans):
            pipe: tuple[int, int, str] | None = None
            if index + 1 < len(self._plans):
                name = next(self._walk.surroundings.pipe_names)
                pipe = table.take(name), table.take(name), name
                meaning = f"{name}: written at {pipe[1]}, read at {pipe[0]}"
                yield CallStep(f"pipe2() = [{pipe[0]}, {pipe[1]}]", meaning, "pipe2")
            yield from self._fork(index)
            stdout = self._stdout(pipe)
            self.parts += self._child(plan, self._names[index], previous, stdout)
            if previous is not None:
                table.close(previous[0])
                yield CallStep(f"close({previous[0]})", f"{self._names[index]} has it", "close")
            if pipe is not None:
                table.close(pipe[1])
                reader = self._names[index + 1]
                meaning = f"{reader} must see end of file"
                yield CallStep(f"close({pipe[1]})", meaning, "close")
                previous = pipe[0], pipe[2]
        if self._takes_terminal:
            meaning = "keys, ^C and ^Z go to the job"
            yield CallStep(f"tcsetpgrp(terminal, {self._names[0]})", meaning)

    def _stdout(self, pipe: tuple[int, int, str] | None) -> tuple[int, str] | None:
        if pipe is not None:
            return pipe[1], pipe[2]
        return None if self._capture is None else (self._capture.write_end, self._capture.name)

    def _fork(self, index: int) -> Iterator[CallStep]:
        name = self._names[index]
        is_shell = self._plans[index].body is not None
        born = "a copy that continues as a shell" if is_shell else "a copy of the shell"
        yield CallStep(f"fork() → {name}", born, "fork")
        if self._is_grouped:
            meaning = "joins the process group" if index else "leads a process group"
            leader = self._names[0]
            yield CallStep(f"setpgid({name}, {leader})", meaning)

    def _child(
        self,
        plan: ProcessPlan,
        name: str,
        stdin: tuple[int, str] | None,
        stdout: tuple[int, str] | None,
    ) -> list[ProcessPart]:
        walk = self._walk
        table = walk.table.copy()
        steps: list[CallStep | Outline] = []
        if stdin is not None:
            table.point(0, stdin[1])
            steps.append(CallStep(f"dup2({stdin[0]}, 0)", f"standard input ← {stdin[1]}", "dup2"))
        if stdout is not None:
            table.point(1, stdout[1])
            steps.append(
                CallStep(f"dup2({stdout[0]}, 1)", f"standard output → {stdout[1]}", "dup2")
            )
        steps += RedirectionForecast(table, walk.state.unknowns.shown).apply(plan.actions)
        if plan.body is None:
            steps.append(walk.jobs.executing(plan.argv, plan.assignments, table))
            return [ProcessPart(name, tuple(steps))]
        steps.append(CallStep("continues as a copy of the shell"))
        for number in table.own(walk.surroundings.kept):
            table.close(number)
            if number < OWN_LOWEST:
                steps.append(CallStep(f"close({number})", "as an execve would do", "close"))
        inner = walk.copy(table, name).body(plan)
        if not inner:
            return [ProcessPart(name, tuple(steps))]
        return [ProcessPart(name, (*steps, *inner[0].steps)), *inner[1:]]

    def waiting(self) -> Iterator[CallStep]:
        """Tell how the shell waits, or that it does not."""
        count = len(self._plans)
        if self._is_background:
            meaning = "SIGCHLD will tell of the end"
            yield CallStep("no wait", meaning, "wait4", (0, count))
            return
        last = self._names[-1]
        if count == 1:
            yield CallStep(f"wait4() ← {last}", "sleeps till it ends; sets $?", "wait4")
        else:
            meaning = f"till all end; $? is {last}'s"
            yield CallStep(f"wait4() × {count}", meaning, "wait4", (count, count))
        if self._takes_terminal:
            yield CallStep("tcsetpgrp(terminal, shell)", "the keyboard comes back")


def names_of(plans: Sequence[ProcessPlan], walk: DryRun) -> list[str]:
    """Return what each process is called in an outline; two of one name are numbered."""
    names: list[str] = []
    for plan in plans:
        name = _name(plan, walk)
        count = sum(1 for other in names if other.split("·")[0] == name)
        names.append(f"{name}·{count + 1}" if count else name)
    return names


def _name(plan: ProcessPlan, walk: DryRun) -> str:
    if plan.argv:
        return walk.state.unknowns.shown(plan.argv[0]).rpartition("/")[2]
    match plan.text:
        case SimpleCommand(_, words) if words:
            return to_text(words[0]).rpartition("/")[2]
        case Subshell():
            return "( )"
        case Group():
            return "{ }"
        case List():
            return "$( )"
        case _:
            return "copy"


_WAITING = ("wait", "jobs", "fg", "bg")


class DryRunBuiltins:
    """Tells of the builtins that one shell process would run.

    What each changes in the shell counts for what comes after it in the line.
    """

    def __init__(self, walk: DryRun) -> None:
        self._walk = walk
        self._effects: dict[str, Callable[[Sequence[str]], Effect | None]] = {
            "cd": self._cd,
            "read": self._read,
            "export": self._export,
            "readonly": self._readonly,
            "getopts": self._getopts,
            "eval": self._eval,
            "unset": self._unset,
            "set": self._set,
            "shift": self._shift,
            "trap": self._trap,
            "exit": self._exit,
            "quit": self._exit,
            ".": self._dot,
            "source": self._dot,
            **dict.fromkeys(_WAITING, self._wait),
            **dict.fromkeys(builtin_registry.NESTED, self._start_simpsh),
        }

    def of(
        self,
        words: Sequence[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
        before: Sequence[Outline],
    ) -> list[ProcessPart]:
        """Tell of a builtin with its assignments and redirections."""
        walk = self._walk
        steps: Steps = [*before]
        kept = dict(walk.state.variables)
        steps += walk.assign(assignments)
        if words[0] == "exec":
            return self._exec(words[1:], assignments, actions, steps)
        redirecting = walk.redirecting()
        steps += redirecting.apply_for_a_while(actions)
        parts = self._run(words)
        steps += parts[0].steps
        back = tuple(redirecting.undo())
        if words[0] not in builtin_registry.SPECIAL and assignments:
            walk.state.variables = kept
        if len(parts) == 1:
            return [ProcessPart(walk.who, (*steps, *back))]
        after = [ProcessPart(walk.who, back)] if back else []
        return [ProcessPart(walk.who, tuple(steps)), *parts[1:], *after]

    def _run(self, words: Sequence[str]) -> list[ProcessPart]:
        if words[0] == "command":
            inner = self._meant_by_command(words[1:])
            if inner is not None:
                return inner
        who = self._walk.who
        where = "in the shell" if who == "shell" else "in this copy"
        shown = self._walk.state.unknowns.shown
        steps: Steps = [CallStep(shown(" ".join(words)), f"builtin: {where}, no fork")]
        effect = self._effects.get(words[0])
        if effect is not None:
            steps += effect(words[1:]) or ()
        return [ProcessPart(who, tuple(steps))]

    def _meant_by_command(self, operands: Sequence[str]) -> list[ProcessPart] | None:
        """Tell what `command NAME …` runs; None if it only looks for a name."""
        walk = self._walk
        try:
            letters, words = options(operands, "pvV")
        except SimpshError:
            return None
        if not words or letters.endswith(("v", "V")):
            return None
        if builtin_registry.is_builtin(words[0]) and words[0] != "exec":
            return self._run(words)
        if words[0] == "exec":
            return self._exec(words[1:], (), (), [])
        return walk.jobs.told([ProcessPlan(tuple(words), text=" ".join(words))])

    # ---------------------------------------------------------------- exec, and leaving

    def _exec(
        self,
        words: Sequence[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
        steps: Steps,
    ) -> list[ProcessPart]:
        walk = self._walk
        steps += walk.redirecting().apply(actions)
        words = words[1:] if words[:1] == ["--"] else words
        if not words:
            steps.append(CallStep("exec", "nothing of it is undone"))
            return [ProcessPart(walk.who, tuple(steps))]
        own = [(one.name, walk.state.variables[one.name]) for one in assignments]
        steps.append(walk.jobs.executing(tuple(words), own, walk.table))
        steps.append(CallStep("no fork, no return", "the shell is replaced"))
        walk.leaves = SURELY
        return [ProcessPart(walk.who, tuple(steps))]

    def _exit(self, _operands: Sequence[str]) -> None:
        self._walk.leaves = SURELY

    # -------------------------------------------------------- what the shell knows after

    def _cd(self, _operands: Sequence[str]) -> None:
        state = self._walk.state
        state.has_moved = True
        state.forget("PWD")
        state.forget("OLDPWD")

    def _read(self, operands: Sequence[str]) -> None:
        for name in operands:
            if not name.startswith("-"):
                self._walk.state.forget(name)

    def _export(self, operands: Sequence[str]) -> None:
        state = self._walk.state
        for operand in operands:
            name, equals, value = operand.partition("=")
            if equals:
                state.assign(name, value)
            if not name.startswith("-"):
                state.exported.add(name)

    def _readonly(self, operands: Sequence[str]) -> None:
        state = self._walk.state
        for operand in operands:
            name, equals, value = operand.partition("=")
            if equals:
                state.assign(name, value)
            state.readonly.add(name)

    def _getopts(self, operands: Sequence[str]) -> None:
        for name in ("OPTIND", "OPTARG", *operands[1:2]):
            self._walk.state.forget(name)

    def _unset(self, operands: Sequence[str]) -> None:
        for name in operands:
            self._walk.state.unset(name)

    def _set(self, operands: Sequence[str]) -> None:
        # What the builtin does, on the hypothetical state. Without operands, and with an -o that
        # lacks its name, it would write something.
        if operands and not (operands[-1][:1] in ("-", "+") and "o" in operands[-1]):
            set_options(self._walk.state, list(operands))

    def _shift(self, operands: Sequence[str]) -> None:
        state = self._walk.state
        count = operands[0] if operands else "1"
        if count.isascii() and count.isdigit():
            state.positional = state.positional[int(count) :]

    # ------------------------------------------------------------ what cannot be foreseen

    def _trap(self, operands: Sequence[str]) -> Iterator[CallStep]:
        if len(operands) > 1 and operands[0] == "":
            self._walk.state.has_ignored = True
        elif len(operands) > 1 and operands[0] != "-":
            yield CallStep("its action", "runs whenever the signal comes", ANY)

    def _dot(self, _operands: Sequence[str]) -> Iterator[CallStep]:
        yield CallStep("runs what is in the file", "it is read when the line runs", ANY)
        self._forget_all()

    def _forget_all(self) -> None:
        state = self._walk.state
        state.is_forgotten = state.has_moved = True
        self._walk.leaves = self._walk.leaves or PERHAPS

    def _eval(self, operands: Sequence[str]) -> Iterator[CallStep | Outline]:
        state = self._walk.state
        text = " ".join(operands)
        if state.unknowns.is_in(text):
            yield CallStep("runs the text", "known only when the line runs", ANY)
            self._forget_all()
            return
        try:
            tree = parse(text, aliases=state.aliases)
        except SyntaxMistake as mistake:
            yield CallStep("not run", mistake.message)
            self._walk.leaves = SURELY
            return
        yield from self._walk.of_list(tree)

    def _wait(self, _operands: Sequence[str]) -> Iterator[CallStep]:
        living = len(self._walk.state.jobs.living())
        yield CallStep("wait4() for what runs in the background", "", "wait4", (0, living))

    def _start_simpsh(self, _operands: Sequence[str]) -> Iterator[CallStep]:
        yield CallStep("fork() → simpsh", "another simpsh, a job of this shell", "fork")
        yield CallStep("execve(simpsh)", "its own calls are not told here", "execve")
        yield CallStep("wait4() ← simpsh", "", "wait4")
