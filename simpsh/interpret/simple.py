"""Running a simple command: what its words become, and whether the shell or a child runs it."""

from __future__ import annotations

import os

from simpsh.builtins import registry
from simpsh.errors import (
    CommandProblem,
    ExpansionProblem,
    RedirectionProblem,
    SimpshError,
    UsageProblem,
)
from simpsh.jobs import redirecting
from simpsh.jobs.child import try_to_execute, with_hint
from simpsh.jobs.redirecting import redirected
from simpsh.kernel import signals
from simpsh.language.expansion import fields, single
from simpsh.plan.values import JobPlan, ProcessPlan
from simpsh.state import Exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.builtins.registry import Builtin
    from simpsh.interpret.interpreter import Interpreter
    from simpsh.language.tree import Assignment, SimpleCommand
    from simpsh.plan.values import Action


class SimpleCommands:
    """Runs simple commands for one shell."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._state = interpreter.state

    @staticmethod
    def is_inside(name: str) -> bool:
        """Tell whether the shell itself runs the command of this name."""
        return registry.is_builtin(name)

    def run(self, tree: SimpleCommand, *, is_final: bool = False) -> int:
        """Expand and run a simple command; return its status.

        Args:
            tree: the command.
            is_final: whether this process has nothing to do after it, so that a program can
                take its place without a fork.

        Raises:
            Exit: the command, or its failure, ends the shell.
            Interrupted: SIGINT came.
        """
        state = self._state
        state.last_substitution = None
        is_special = False
        try:
            words = fields(tree.words, self._interpreter.scope)
            is_special = not words or words[0] in registry.SPECIAL
            actions = self._interpreter.actions(tree.redirections)
            if not words:
                return self._assign_only(tree.assignments, actions)
            builtin = registry.find(words[0])
            if builtin is not None:
                return self._run_inside(builtin, words, tree.assignments, actions)
            return self._run_program(tree, words, actions, is_final=is_final)
        except (ExpansionProblem, RedirectionProblem, CommandProblem) as problem:
            state.complain(problem)
            # POSIX XCU 2.8.1: an expansion error ends a script, and so does any of a special
            # builtin's.
            is_fatal = is_special and not isinstance(problem, CommandProblem)
            is_fatal |= isinstance(problem, ExpansionProblem)
            return self._failed(problem.status, is_fatal=is_fatal)

    def _failed(self, status: int, *, is_fatal: bool) -> int:
        if is_fatal and not self._state.is_interactive:
            raise Exit(status)
        return status

    # ------------------------------------------------------------------- no command name

    def _assign_only(self, assignments: Sequence[Assignment], actions: Sequence[Action]) -> int:
        state = self._state
        for assignment in assignments:
            state.assign(assignment.name, single(assignment.value, self._interpreter.scope))
        if actions:
            self._open(actions).close()
        return state.last_substitution or 0

    def _open(self, actions: Sequence[Action]) -> redirected:
        redirection = redirected(actions)
        # Opening a FIFO waits for its other side: ^C must get the user out of it.
        with self._state.launcher.interruptible():
            redirection.open()
        return redirection

    # -------------------------------------------------------------------------- builtins

    def _run_inside(
        self,
        builtin: Builtin,
        words: Sequence[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
    ) -> int:
        state = self._state
        is_special = builtin.name in registry.SPECIAL
        before = (
            None if is_special or not assignments else (dict(state.variables), set(state.exported))
        )
        try:
            for assignment in assignments:
                state.assign(assignment.name, single(assignment.value, self._interpreter.scope))
                if before is not None:
                    state.exported.add(assignment.name)
            if builtin.name == "exec":
                return self._replace(words[1:], assignments, actions)
            if not actions:
                return self.call(builtin, words)
            with self._open(actions):
                return self.call(builtin, words)
        finally:
            if before is not None:
                self._restore(assignments, *before)

    def _restore(
        self, assignments: Sequence[Assignment], variables: dict[str, str], exported: set[str]
    ) -> None:
        state = self._state
        for name in {assignment.name for assignment in assignments}:
            state.variables.pop(name, None)
            state.exported.discard(name)
            if name in variables:
                state.variables[name] = variables[name]
            if name in exported:
                state.exported.add(name)

    def call(
        self, builtin: Builtin, words: Sequence[str], *, is_special: bool | None = None
    ) -> int:
        """Run a builtin and turn what goes wrong in it into one line and a status."""
        state = self._state
        if is_special is None:
            is_special = builtin.name in registry.SPECIAL
        try:
            if len(words) == 2 and words[1] == "--help":
                from simpsh.builtins.usage import say

                say(f"usage: {builtin.usage}\n{builtin.reason}\n")
                return 0
            return builtin.run(state, words[1:])
        except UsageProblem as problem:
            state.complain(f"{builtin.name}: {problem}; usage: {builtin.usage}")
            return self._failed(problem.status, is_fatal=is_special)
        except SimpshError as problem:
            state.complain(f"{builtin.name}: {problem}")
            return self._failed(problem.status, is_fatal=is_special)
        except OSError as error:
            state.complain(f"{builtin.name}: write error: {os.strerror(error.errno or 5)}")
            return 1

    def _replace(
        self,
        words: Sequence[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
    ) -> int:
        with self._state.launcher.interruptible():
            redirecting.apply(actions)
        own = [(name, self._state.variables[name]) for name in (one.name for one in assignments)]
        return self.replace(words, own) if words else 0

    def replace(self, words: Sequence[str], own: Sequence[tuple[str, str]] = ()) -> int:
        """Execute a program in place of the shell: `exec`.

        Args:
            words: the program and its arguments.
            own: what its environment has besides the exported variables.

        Returns:
            Only at the prompt, when it failed.

        Raises:
            Exit: it failed, and this is a script.
        """
        state = self._state
        if words[0] == "--":
            words = words[1:]
        context = state.launcher.context
        changed = context.dispositions_of_children(is_stoppable=True)
        before = signals.set_dispositions(changed)
        if context.terminal is not None:
            context.terminal.return_group()
        try:
            message, status = try_to_execute(tuple(words), state.environment(own), context.path)
        finally:
            signals.set_dispositions(before)
            if context.terminal is not None:
                context.terminal.lead_a_group()
        state.complain(message)
        return self._failed(status, is_fatal=True)

    # -------------------------------------------------------------------------- programs

    def _run_program(
        self,
        tree: SimpleCommand,
        words: Sequence[str],
        actions: tuple[Action, ...],
        *,
        is_final: bool,
    ) -> int:
        assignments = self._interpreter.stages.assigned(tree.assignments)
        if is_final and not self._state.traps.actions:
            redirecting.apply(actions)
            return self._take_place(tuple(words), assignments)
        process = ProcessPlan(tuple(words), assignments, actions, text=tree)
        return self._interpreter.run_job(JobPlan((process,), text=tree))

    def _take_place(self, argv: tuple[str, ...], assignments: tuple[tuple[str, str], ...]) -> int:
        state = self._state
        environment = state.environment(assignments)
        path = environment.get("PATH") if assignments else None
        message, status = try_to_execute(argv, environment, path or state.launcher.context.path)
        state.complain(with_hint(state, message, argv[0], status))
        return status

    def run_words(self, words: Sequence[str]) -> int:
        """Run words as a command, a builtin without its special properties: `command`."""
        builtin = registry.find(words[0])
        if builtin is None:
            text = " ".join(words)
            return self._interpreter.run_job(
                JobPlan((ProcessPlan(tuple(words), text=text),), text=text)
            )
        if builtin.name == "exec":
            return self.replace(words[1:]) if words[1:] else 0
        return self.call(builtin, words, is_special=False)
