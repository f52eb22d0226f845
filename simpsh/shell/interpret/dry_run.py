"""A dry run: the walk of the interpreter over a tree, running nothing; `explain` prints it.

What each process becomes is planned by the functions that plan for running; what a command
changes in the shell is done to a hypothetical copy of its state. The order of the calls is that
of jobs/fork_engine.py, forked_child.py and redirector.py; tests compare it with recordings.
"""

from __future__ import annotations

from simpsh.base.errors import ExpansionProblem, SimpshError
from simpsh.base.record import changed
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.interpret.dry_run_builtins import DryRunBuiltins
from simpsh.shell.interpret.dry_run_compound import DryRunCompounds
from simpsh.shell.interpret.dry_run_jobs import DryRunJobs
from simpsh.shell.interpret.dry_run_walk import PERHAPS, SURELY, Ends, Surroundings
from simpsh.shell.interpret.hypothetical_state import HypotheticalScope, HypotheticalState
from simpsh.shell.interpret.stage_planner import StagePlanner, sole_command
from simpsh.shell.language.syntax_tree import (
    AndOr,
    Arithmetic,
    Case,
    For,
    FunctionDefinition,
    Group,
    If,
    List,
    Loop,
    Parameter,
    SimpleCommand,
    Subshell,
)
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.language.word_expansion import fields, needs_substitution, single
from simpsh.shell.plan.call_outline import ANY, CallStep, Outline, ProcessPart
from simpsh.shell.plan.descriptor_forecast import RedirectionForecast, pipe_names, present_table
from simpsh.shell.plan.job_plan import ProcessPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence, Set

    from simpsh.shell.interpret.dry_run_walk import Steps
    from simpsh.shell.interpret.stage_planner import Body
    from simpsh.shell.language.syntax_tree import Assignment, Command, InShell, Pipeline, Word
    from simpsh.shell.plan.descriptor_forecast import DescriptorTable
    from simpsh.shell.plan.job_plan import Action
    from simpsh.shell.state import State

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
    surroundings = Surroundings(kept, pipe_names(), has_terminal=has_terminal)
    return tuple(
        DryRun(HypotheticalState(state), present_table(), "shell", surroundings).of_list(tree)
    )


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
        surroundings: Surroundings,
    ) -> None:
        self.state = state
        self.scope = HypotheticalScope(state)
        self.stages = StagePlanner(state, self.scope, _not_run)
        self.table = table
        self.who = who
        self.surroundings = surroundings
        self.ends = Ends()
        self.has_run = False
        self.called: tuple[str, ...] = ()
        self.jobs = DryRunJobs(self)
        self.builtins = DryRunBuiltins(self, self.jobs)
        self.compounds = DryRunCompounds(self)

    def copy(self, table: DescriptorTable, who: str) -> DryRun:
        """Return the walk of a forked copy of this shell (POSIX XCU 2.12)."""
        state = HypotheticalState(self.state)
        state.is_interactive = False
        state.options.monitor = False
        copied = DryRun(state, table, who, self.surroundings)
        copied.has_run, copied.called = self.has_run, self.called
        return copied

    def scout(self) -> DryRun:
        """Return another walk from here, of which nothing will be told."""
        surroundings = Surroundings(
            self.surroundings.kept, pipe_names(), has_terminal=self.surroundings.has_terminal
        )
        surroundings.functions_left = self.surroundings.functions_left
        surroundings.is_scouted = True
        scout = DryRun(HypotheticalState(self.state), self.table.copy(), self.who, surroundings)
        scout.has_run, scout.called = self.has_run, self.called
        return scout

    # ------------------------------------------------------------------ lists, conditions

    def of_list(self, tree: List) -> Iterator[Outline]:
        """Tell of the items of a list, one after another."""
        for item in tree.items:
            left = self.ends.sure
            if left:
                note = CallStep("never reached", f"{left} is left before")
                yield Outline(to_text(item), (ProcessPart(self.who, (note,)),), "never")
                return
            condition = self._condition()
            if item.is_background:
                yield self._background(item.and_or, condition)
            else:
                yield from self.of_and_or(item.and_or, condition)
            self.has_run = True

    def _condition(self) -> str:
        possible = self.ends.possible
        if not possible and self.state.options.errexit and self.has_run:
            possible = "the shell"
        return f"only if {possible} continues until here" if possible else ""

    def of_and_or(self, tree: AndOr, condition: str = "") -> Iterator[Outline]:
        """Tell of pipelines joined by `&&` and `||`."""
        yield self.of_pipeline(tree.first, condition)
        for operator, pipeline in tree.rest:
            if self.ends.sure:
                return
            before, ends = HypotheticalState(self.state), self.ends.copy()
            outline = self.of_pipeline(pipeline, _ONLY[operator])
            yield changed(outline, title=f"{operator} {outline.title}")
            self.state.forget_differences(before)
            self.ends.weaken(ends)

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
            case FunctionDefinition():
                self.state.functions[tree.name] = tree.body
                note = CallStep(f"{tree.name}()", "a function: no call, nothing runs")
                return [ProcessPart(self.who, (note,))]
            case _:
                return self._in_shell(tree)

    def _in_shell(self, tree: InShell) -> list[ProcessPart]:
        """Tell of a compound command for which no process is made."""
        try:
            if not tree.redirections:
                return [ProcessPart(self.who, tuple(self._inside(tree)))]
            actions = self.stages.actions(tree.redirections)
            steps: Steps = list(self.substitutions())
            redirecting = self.redirecting()
            steps += redirecting.apply_for_a_while(actions)
            steps += self._inside(tree)
            steps += redirecting.undo()
        except SimpshError as problem:
            return [self.not_run(problem)]
        return [ProcessPart(self.who, tuple(steps))]

    def _inside(self, tree: InShell) -> Iterator[CallStep | Outline]:
        if isinstance(tree, Group):
            return self.of_list(tree.body)
        return iter(self.compounds.steps(tree))

    def not_run(
        self, problem: SimpshError, before: Sequence[CallStep | Outline] = ()
    ) -> ProcessPart:
        """Tell that a command is not run, why, and what its words have run before."""
        if isinstance(problem, ExpansionProblem) and not self.state.is_interactive:
            # POSIX XCU 2.8.1: an expansion error ends a script.
            self.ends.shell = SURELY
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
        before: Steps = []
        try:
            words = fields(tree.words, self.scope)
            actions = self.stages.actions(tree.redirections)
            before = [*computed(tree.words), *self.substitutions()]
            if not words:
                return [ProcessPart(self.who, (*before, *self._assign_only(tree, actions)))]
            if state.unknowns.is_in(words[0]):
                unforeseen = self.unforeseen(f"whatever {state.unknowns.shown(words[0])} names")
                return [ProcessPart(self.who, (*before, unforeseen))]
            body = state.functions.get(words[0])
            if body is not None and words[0] not in builtin_registry.SPECIAL:
                return self._of_function(tree, words, body, actions, before)
            if builtin_registry.is_builtin(words[0]):
                return self.builtins.of(words, tree.assignments, actions, before)
            return self._of_program(tree, words, actions, before, is_final=is_final)
        except SimpshError as problem:
            return [self.not_run(problem, before)]

    def _of_function(
        self,
        tree: SimpleCommand,
        words: Sequence[str],
        body: Command,
        actions: Sequence[Action],
        before: Steps,
    ) -> list[ProcessPart]:
        state, redirecting = self.state, self.redirecting()
        steps: Steps = [*before]
        kept = {name: state.variables.get(name) for name in (one.name for one in tree.assignments)}
        steps += self.assign(tree.assignments)
        steps += redirecting.apply_for_a_while(actions)
        parts = self.compounds.of_function(words, body)
        back = tuple(redirecting.undo())
        for name, value in kept.items():
            if value is None:
                state.variables.pop(name, None)
            else:
                state.variables[name] = value
        after = [ProcessPart(self.who, back)] if back else []
        return [ProcessPart(self.who, (*steps, *parts[0].steps)), *parts[1:], *after]

    def unforeseen(self, what: str) -> CallStep:
        """Tell of commands that are known only when the line runs; forget what they may change."""
        self.state.is_forgotten = self.state.has_moved = True
        self.ends.shell = self.ends.shell or PERHAPS
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
        before: Sequence[CallStep | Outline],
        *,
        is_final: bool,
    ) -> list[ProcessPart]:
        assigned = self.stages.assigned(tree.assignments)
        steps = (*before, *self.substitutions())
        plan = ProcessPlan(tuple(words), assigned, actions, text=tree)
        if is_final:
            executing = self.jobs.executing(plan, self.table)
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
            case FunctionDefinition():
                return self.of_command(node)
            case If() | Loop() | For() | Case():
                is_redirected = any(map(needs_substitution, node.redirections))
                problem = None if is_redirected else self._problem_with(node)
                if problem is not None:
                    return [self.not_run(problem)]
                return self._in_shell(node if is_redirected else changed(node, redirections=()))
            case _:
                return []

    def _of_compound(self, node: Subshell | Group) -> list[ProcessPart]:
        if any(map(needs_substitution, node.redirections)):
            return self._in_shell(Group(node.body, node.redirections))
        problem = self._problem_with(node)
        return self._of_body(node.body) if problem is None else [self.not_run(problem)]

    def _problem_with(self, node: Subshell | InShell) -> SimpshError | None:
        """Return why redirections fail that are carried out before the shell goes on as a copy."""
        try:
            self.stages.actions(node.redirections)
        except SimpshError as problem:
            return problem
        return None

    def _of_body(self, tree: List) -> list[ProcessPart]:
        command = sole_command(tree)
        if command is not None:
            return self.of_simple(command, is_final=True)
        return [ProcessPart(self.who, tuple(self.of_list(tree)))]


def computed(words: Iterable[Word]) -> Iterator[CallStep]:
    """Tell what the shell computes for words, where other languages would run a program."""
    told: set[str] = set()
    for word in words:
        parts = [one for part in word.parts for one in getattr(part, "parts", (part,))]
        for part in parts:
            is_computed = isinstance(part, Arithmetic) or (
                isinstance(part, Parameter) and part.operator
            )
            text = to_text(part) if is_computed else ""
            if is_computed and text not in told:
                told.add(text)
                yield CallStep(text, "computed by the shell: no process")
