"""Planning what each process of a pipeline becomes: a program, or a copy of the shell.

A stage becomes a program outright when all its words can be expanded here without consequence.
Otherwise – a builtin, a subshell, a group, a word with a command substitution, which must run
with the stage's own descriptors – it is a copy of the shell with a `body` to run.
"""

from __future__ import annotations

from simpsh.errors import Interrupted, SimpshError
from simpsh.language.expansion import fields, needs_substitution, single
from simpsh.language.tree import Group, SimpleCommand, Subshell
from simpsh.plan.values import OpenFile, ProcessPlan
from simpsh.state import Exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.interpret.interpreter import Interpreter
    from simpsh.language.tree import AndOr, Assignment, Command, List
    from simpsh.plan.values import Action


class Stages:
    """Makes process plans for one shell."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._state = interpreter.state

    def of(self, command: Command) -> ProcessPlan:
        """Plan one command as a process of its own."""
        if isinstance(command, SimpleCommand):
            return self._of_simple(command)
        try:
            if any(map(needs_substitution, command.redirections)):
                actions: tuple[Action, ...] = ()
                body = self._with_redirections(command)
            else:
                actions = self._interpreter.actions(command.redirections)
                body = self._running(command.body)
        except SimpshError as problem:
            return self._failing(problem, command)
        return ProcessPlan(actions=actions, body=body, text=command)

    def _of_simple(self, command: SimpleCommand) -> ProcessPlan:
        state = self._state
        interpreter = self._interpreter
        if needs_substitution(command) or state.options.nounset:
            return self._inside(command)
        try:
            words = fields(command.words, interpreter.scope)
            if not words or interpreter.simple.is_inside(words[0]):
                return self._inside(command)
            actions = interpreter.actions(command.redirections)
            assignments = self.assigned(command.assignments)
        except SimpshError as problem:
            return self._failing(problem, command)
        return ProcessPlan(tuple(words), assignments, actions, text=command)

    def _inside(self, command: SimpleCommand) -> ProcessPlan:
        return ProcessPlan(body=self._body(lambda: self._run_simple(command)), text=command)

    def assigned(self, assignments: Sequence[Assignment]) -> tuple[tuple[str, str], ...]:
        """Expand a command's own assignments; each sees those before it."""
        if not assignments:
            return ()
        variables = self._state.variables
        before = dict(variables)
        pairs = []
        try:
            for assignment in assignments:
                value = single(assignment.value, self._interpreter.scope)
                variables[assignment.name] = value
                pairs.append((assignment.name, value))
        finally:
            variables.clear()
            variables.update(before)
        return tuple(pairs)

    # ---------------------------------------------------------------- lists as processes

    def of_substitution(self, tree: List) -> tuple[ProcessPlan, ...]:
        """Plan the processes of `$( )`: those of its one pipeline, or one copy of the shell."""
        if len(tree.items) == 1 and not tree.items[0].runs_behind:
            direct = self._of_plain_pipeline(tree.items[0].and_or)
            if direct is not None:
                return direct
        return (ProcessPlan(body=self._running(tree), text=tree),)

    def of_background(self, tree: AndOr) -> tuple[ProcessPlan, ...]:
        """Plan the processes of `… &`, reading nothing from the terminal without job control."""
        stages = self._of_plain_pipeline(tree)
        if stages is None:
            body = self._body(lambda: self._interpreter.run_and_or(tree))
            stages = (ProcessPlan(body=body, text=tree),)
        if self._state.options.monitor:
            return stages
        first = stages[0]
        quiet = (OpenFile(0, "/dev/null", 0), *first.actions)
        replaced = ProcessPlan(first.argv, first.assignments, quiet, first.body, first.text)
        return (replaced, *stages[1:])

    def _of_plain_pipeline(self, tree: AndOr) -> tuple[ProcessPlan, ...] | None:
        pipeline = tree.first
        if tree.rest or pipeline.is_negated or pipeline.is_timed or not pipeline.commands:
            return None
        return tuple(self.of(command) for command in pipeline.commands)

    # --------------------------------------------------------- bodies that run in a child

    def _running(self, tree: List) -> Callable[[], int]:
        return self._body(lambda: self._run_list(tree))

    def _run_list(self, tree: List) -> int:
        # One simple command is the whole subshell: it can take its process, no second fork.
        if len(tree.items) == 1 and not tree.items[0].runs_behind:
            and_or = tree.items[0].and_or
            pipeline = and_or.first
            if not (and_or.rest or pipeline.is_negated or pipeline.is_timed):
                command = pipeline.commands[0] if len(pipeline.commands) == 1 else None
                if isinstance(command, SimpleCommand):
                    return self._run_simple(command)
        return self._interpreter.run_list(tree)

    def _run_simple(self, command: SimpleCommand) -> int:
        self._state.at_line(command.line)
        return self._interpreter.simple.run(command, is_final=True)

    def _with_redirections(self, command: Subshell | Group) -> Callable[[], int]:
        group = Group(command.body, command.redirections, command.line)
        return self._body(lambda: self._interpreter.run_command(group))

    def _failing(self, problem: SimpshError, command: Command) -> ProcessPlan:
        def body() -> int:
            self._state.complain(problem)
            return problem.status

        return ProcessPlan(body=body, text=command)

    def _body(self, action: Callable[[], int]) -> Callable[[], int]:
        def body() -> int:
            state = self._state
            state.become_subshell()
            try:
                state.last_status = action()
            except Exit as leaving:
                state.last_status = leaving.status
            except Interrupted:
                state.last_status = 130
            return state.run_exit_trap()

        return body
