"""Foreseeing what a line would do: the walk of the interpreter over a tree, running nothing.

What each process becomes is planned by the functions that plan for running; what a command
changes in the shell is done to a supposed copy of it. The order of the calls is that of
jobs/fork_engine.py, child.py and redirecting.py; tests compare it with recordings.
"""

from __future__ import annotations

from simpsh.errors import ExpansionProblem, SimpshError
from simpsh.interpret.foreseeing_builtins import Builtins
from simpsh.interpret.foreseeing_jobs import Jobs, Letters
from simpsh.interpret.supposing import Supposed
from simpsh.language.expansion import fields, needs_substitution, single
from simpsh.language.printing import to_text
from simpsh.language.tree import AndOr, Group, List, SimpleCommand, Subshell
from simpsh.plan.opening import Redirecting
from simpsh.plan.outline import ANY, Outline, Part, Step
from simpsh.plan.tables import present_table
from simpsh.plan.values import ProcessPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.language.tree import Assignment, Command, Pipeline
    from simpsh.plan.tables import Table
    from simpsh.plan.values import Action
    from simpsh.state import State

SURELY, PERHAPS = "surely", "perhaps"
_ONLY = {
    "&&": "only if what ran before succeeds",
    "||": "only if what ran before fails",
}


def foresee(state: State, tree: List) -> tuple[Outline, ...]:
    """Tell what running a tree would do, from the state the shell is in; nothing is run.

    Raises:
        RecursionError: it is nested too deeply to be told.
    """
    walk = Walk(Supposed(state), present_table(), "shell", Letters())
    return tuple(walk.of_list(tree))


class Walk:
    """One shell process – the shell, or a copy of it – on its way through a tree."""

    def __init__(self, state: Supposed, table: Table, who: str, letters: Letters) -> None:
        self.state = state
        self.table = table
        self.who = who
        self.letters = letters
        self.leaves = ""
        """SURELY or PERHAPS once a command ends this shell; else empty."""
        self.has_run = False
        """Whether something ran before, so that files may have changed."""
        self.jobs = Jobs(self)
        self.builtins = Builtins(self)

    def copy(self, table: Table, who: str) -> Walk:
        """Return the walk of a forked copy of this shell (POSIX XCU 2.12)."""
        state = Supposed(self.state)
        state.is_interactive = False
        state.options.monitor = False
        copied = Walk(state, table, who, self.letters)
        copied.has_run = self.has_run
        return copied

    # ------------------------------------------------------------------ lists, conditions

    def of_list(self, tree: List) -> Iterator[Outline]:
        """Tell of the items of a list, one after another."""
        for item in tree.items:
            if self.leaves == SURELY:
                note = Step("never reached", "the shell is left before")
                yield Outline(to_text(item), (Part(self.who, (note,)),), "never")
                return
            condition = "only if the shell goes on until here" if self._may_have_left else ""
            if item.runs_behind:
                yield self._behind(item.and_or, condition)
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
            before, left = Supposed(self.state), self.leaves
            outline = self.of_pipeline(pipeline, _ONLY[operator])
            yield Outline(f"{operator} {outline.title}", outline.parts, outline.condition)
            self.state.forget_differences(before)
            self.leaves = PERHAPS if self.leaves != left else left

    def _behind(self, tree: AndOr, condition: str) -> Outline:
        self._settle()
        plans = self.state.interpreter.stages.of_background(tree)
        parts = self.jobs.told(plans, runs_behind=True)
        self.state.forgotten |= {"!", "?"}
        return Outline(f"{to_text(tree)} &", tuple(parts), condition)

    # ------------------------------------------------------------------------- pipelines

    def of_pipeline(self, tree: Pipeline, condition: str = "") -> Outline:
        """Tell of the commands of one pipeline."""
        if len(tree.commands) == 1:
            parts = self.of_command(tree.commands[0])
        elif tree.commands:
            stages = self.state.interpreter.stages
            self._settle()
            parts = self.jobs.told([stages.of(command) for command in tree.commands])
        else:
            parts = []
        if tree.is_timed:
            note = Step("time", "wait4 says what each has used")
            parts.append(Part(self.who, (note,)))
        if tree.is_negated:
            parts.append(Part(self.who, (Step("!", "turns the status round"),)))
        self.state.forgotten.add("?")
        self.has_run = True
        return Outline(to_text(tree), tuple(parts), condition)

    def _settle(self) -> None:
        """Drop substitutions that planning has met: a stage's own run in its own process."""
        self.state.taken_substitutions()

    # -------------------------------------------------------------------------- commands

    def of_command(self, tree: Command) -> list[Part]:
        """Tell of one command in the foreground."""
        match tree:
            case SimpleCommand():
                return self.of_simple(tree)
            case Subshell():
                self._settle()
                return self.jobs.told([self.state.interpreter.stages.of(tree)])
            case Group(body, redirections):
                return self._of_group(body, tree, has_redirections=bool(redirections))

    def _of_group(self, body: List, tree: Group, *, has_redirections: bool) -> list[Part]:
        if not has_redirections:
            return [Part(self.who, tuple(self.of_list(body)))]
        try:
            actions = self.state.interpreter.actions(tree.redirections)
        except SimpshError as problem:
            return [self.not_run(problem)]
        steps: list[Step | Outline] = list(self.substitutions())
        redirecting = self.redirecting()
        steps += redirecting.apply_for_a_while(actions)
        steps += self.of_list(body)
        steps += redirecting.undo()
        return [Part(self.who, tuple(steps))]

    def not_run(self, problem: SimpshError, before: Sequence[Outline] = ()) -> Part:
        """Tell that a command is not run, why, and what its words have run before."""
        if isinstance(problem, ExpansionProblem) and not self.state.is_interactive:
            # POSIX XCU 2.8.1: an expansion error ends a script.
            self.leaves = SURELY
        text = self.state.unknowns.shown(str(problem))
        return Part(self.who, (*before, *self.substitutions(), Step("not run", text)))

    def redirecting(self) -> Redirecting:
        """Return who tells of this process's redirections."""
        return Redirecting(self.table, self.state.unknowns.shown)

    # ------------------------------------------------------------------- simple commands

    def of_simple(self, tree: SimpleCommand, *, is_final: bool = False) -> list[Part]:
        """Tell of a simple command.

        Args:
            tree: the command.
            is_final: whether this process has nothing to do after it, so that a program takes
                its place without a fork.
        """
        state = self.state
        before: list[Outline] = []
        try:
            words = fields(tree.words, state.interpreter.scope)
            actions = state.interpreter.actions(tree.redirections)
            before = self.substitutions()
            if not words:
                return [Part(self.who, (*before, *self._assign_only(tree, actions)))]
            if state.unknowns.is_in(words[0]):
                return [Part(self.who, (*before, self._unknown(words)))]
            if state.interpreter.simple.is_inside(words[0]):
                return self.builtins.of(words, tree.assignments, actions, before)
            return self._of_program(tree, words, actions, before, is_final=is_final)
        except SimpshError as problem:
            return [self.not_run(problem, before)]

    def _unknown(self, words: Sequence[str]) -> Step:
        self.state.is_forgotten = self.state.has_moved = True
        self.leaves = self.leaves or PERHAPS
        text = self.state.unknowns.shown(words[0])
        return Step(f"runs whatever {text} names", "known only when the line runs", ANY)

    def _assign_only(
        self, tree: SimpleCommand, actions: Sequence[Action]
    ) -> Iterator[Step | Outline]:
        yield from self.assign(tree.assignments)
        redirecting = self.redirecting()
        yield from redirecting.apply_for_a_while(actions)
        yield from redirecting.undo()

    def assign(self, assignments: Sequence[Assignment]) -> Iterator[Step | Outline]:
        """Tell of assignments to variables of this shell."""
        state = self.state
        for assignment in assignments:
            value = single(assignment.value, state.interpreter.scope)
            yield from self.substitutions()
            state.assign(assignment.name, value)
            shown = state.unknowns.shown(value)
            where = "a variable of the shell" if self.who == "shell" else "a variable of this copy"
            yield Step(f"{assignment.name}={shown}", f"{where}: no call")

    def _of_program(
        self,
        tree: SimpleCommand,
        words: Sequence[str],
        actions: tuple[Action, ...],
        before: Sequence[Outline],
        *,
        is_final: bool,
    ) -> list[Part]:
        assigned = self.state.interpreter.stages.assigned(tree.assignments)
        steps = (*before, *self.substitutions())
        plan = ProcessPlan(tuple(words), assigned, actions, text=tree)
        if is_final and not self.state.has_ignored:
            executing = self.jobs.executing(plan.argv, assigned, self.table)
            return [Part(self.who, (*steps, *self.redirecting().apply(actions), executing))]
        parts = self.jobs.told([plan])
        return [Part(self.who, (*steps, *parts[0].steps)), *parts[1:]]

    # --------------------------------------------------------------------- substitutions

    def substitutions(self) -> list[Outline]:
        """Tell of the command substitutions that were just met in words."""
        return [self._substitution(tree) for tree in self.state.taken_substitutions()]

    def _substitution(self, tree: List) -> Outline:
        parts = self.jobs.captured(tree)
        return Outline(f"$({to_text(tree)})", tuple(parts))

    # ------------------------------------------------------- what a copy of the shell runs

    def body(self, plan: ProcessPlan) -> list[Part]:
        """Tell what this copy of the shell runs, as its plan has it."""
        node = plan.text
        match node:
            case SimpleCommand():
                return self.of_simple(node, is_final=True)
            case Subshell() | Group():
                return self._of_compound(node)
            case AndOr():
                return [Part(self.who, tuple(self.of_and_or(node)))]
            case List():
                return self._of_body(node)
            case _:
                return []

    def _of_compound(self, node: Subshell | Group) -> list[Part]:
        if any(map(needs_substitution, node.redirections)):
            return self._of_group(
                node.body, Group(node.body, node.redirections), has_redirections=True
            )
        try:
            # Carried out already, before the shell goes on as a copy; only a problem is news.
            self.state.interpreter.actions(node.redirections)
        except SimpshError as problem:
            return [self.not_run(problem)]
        return self._of_body(node.body)

    def _of_body(self, tree: List) -> list[Part]:
        command = sole_command(tree)
        if command is not None:
            return self.of_simple(command, is_final=True)
        return [Part(self.who, tuple(self.of_list(tree)))]


def sole_command(tree: List) -> SimpleCommand | None:
    """Return the simple command that is all of a list, if it is: it needs no second fork."""
    if len(tree.items) != 1 or tree.items[0].runs_behind:
        return None
    and_or = tree.items[0].and_or
    first = and_or.first
    if and_or.rest or first.is_negated or first.is_timed or len(first.commands) != 1:
        return None
    command = first.commands[0]
    return command if isinstance(command, SimpleCommand) else None
