"""The walk over a tree: each kind of node has a method here or is planned and handed to jobs."""

from __future__ import annotations

import os

from simpsh.errors import CommandProblem, ExpansionProblem, RedirectionProblem
from simpsh.interpret.conclusion import Conclusion
from simpsh.interpret.scope import ShellScope
from simpsh.interpret.simple import SimpleCommands
from simpsh.interpret.stages import Stages
from simpsh.jobs.redirecting import redirected
from simpsh.kernel import descriptors
from simpsh.language.tree import Group, SimpleCommand, Subshell
from simpsh.plan.redirections import plan_redirections
from simpsh.plan.values import JobPlan
from simpsh.state import Exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.jobs.job import Job
    from simpsh.language.tree import AndOr, Command, Item, List, Pipeline, Redirection
    from simpsh.plan.values import Action
    from simpsh.state import State


class Interpreter:
    """Runs trees for one shell."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.scope = ShellScope(state, self.substitute)
        self.conclusion = Conclusion(state)
        self.interrupts = state.launcher.context.interrupts
        self.stages = Stages(self)
        self.simple = SimpleCommands(self)

    # ------------------------------------------------------------------ lists, conditions

    def run_list(self, tree: List) -> int:
        """Run the items of a list one after another; return the last one's status."""
        for item in tree.items:
            if item.runs_behind:
                self.run_behind(item)
            else:
                self.run_and_or(item.and_or)
        return self.state.last_status

    def run_and_or(self, tree: AndOr) -> int:
        """Run pipelines as `&&` and `||` decide, from left to right."""
        state = self.state
        last = len(tree.rest)
        self._run_condition(tree.first, is_last=last == 0)
        for index, (operator, pipeline) in enumerate(tree.rest, 1):
            if (operator == "&&") == (state.last_status == 0):
                self._run_condition(pipeline, is_last=index == last)
        return state.last_status

    def _run_condition(self, pipeline: Pipeline, *, is_last: bool) -> None:
        state = self.state
        is_condition = not is_last or pipeline.is_negated
        state.is_condition += is_condition
        try:
            self.run_pipeline(pipeline)
        finally:
            state.is_condition -= is_condition
        if (
            state.last_status != 0
            and state.options.errexit
            and not is_condition
            and not state.is_condition
            # Inside a group each failure was judged already (POSIX XCU set, -e, exception 3).
            and not (len(pipeline.commands) == 1 and isinstance(pipeline.commands[0], Group))
        ):
            raise Exit(state.last_status)

    def run_behind(self, item: Item) -> int:
        """Start an and-or list and do not wait for it: `&`."""
        state = self.state
        processes = self.stages.of_background(item.and_or)
        try:
            job = state.launcher.run_behind(JobPlan(processes, runs_behind=True, text=item.and_or))
        except CommandProblem as problem:
            state.complain(problem)
            state.last_status = problem.status
            return problem.status
        state.last_background = job.pids[-1]
        state.last_status = 0
        self.conclusion.announce(job)
        return 0

    # ------------------------------------------------------------------------- pipelines

    def run_pipeline(self, tree: Pipeline) -> int:
        """Run the commands of a pipeline at once; return the last one's status, or its contrary."""
        if tree.is_timed:
            from simpsh.interpret.timing import timed

            with timed(self.state):
                self._run_commands(tree)
        else:
            self._run_commands(tree)
        state = self.state
        if tree.is_negated:
            state.last_status = int(state.last_status == 0)
        if state.traps.is_any_pending:
            self.run_traps()
        return state.last_status

    def _run_commands(self, tree: Pipeline) -> None:
        state = self.state
        if len(tree.commands) == 1:
            state.last_status = self.run_command(tree.commands[0])
        elif tree.commands:
            stages = tuple(self.stages.of(command) for command in tree.commands)
            state.last_status = self.run_job(JobPlan(stages, text=tree))
        else:
            state.last_status = 0
        if self.interrupts.is_pending:
            self.conclusion.check_interrupt()

    def run_job(self, plan: JobPlan) -> int:
        """Run a planned pipeline in the foreground and return its status."""
        if self.interrupts.is_pending:
            self.conclusion.check_interrupt()
        try:
            job = self.state.launcher.run_in_foreground(plan)
        except CommandProblem as problem:
            self.state.complain(problem)
            return problem.status
        return self.conclusion.of(job)

    def resume(self, job: Job) -> int:
        """Continue a job in the foreground and conclude it as if it had been started now."""
        self.state.launcher.continue_in_foreground(job)
        return self.conclusion.of(job)

    # -------------------------------------------------------------------------- commands

    def run_command(self, tree: Command) -> int:
        """Run one command in the foreground and return its status."""
        self.state.at_line(tree.line)
        match tree:
            case SimpleCommand():
                return self.simple.run(tree)
            case Subshell():
                return self.run_job(JobPlan((self.stages.of(tree),), text=tree))
            case Group(body, redirections):
                return self._run_group(body, redirections)

    def _run_group(self, body: List, redirections: Sequence[Redirection]) -> int:
        try:
            actions = self.actions(redirections)
            if not actions:
                return self.run_list(body)
            with self.state.launcher.interruptible():
                redirection = redirected(actions)
                redirection.open()
        except (RedirectionProblem, ExpansionProblem) as problem:
            self.state.complain(problem)
            return problem.status
        with redirection:
            return self.run_list(body)

    def actions(self, redirections: Sequence[Redirection]) -> tuple[Action, ...]:
        """Expand redirections and say what they do; raises as plan_redirections()."""
        if not redirections:
            return ()
        return plan_redirections(
            redirections, self.scope, is_noclobber=self.state.options.noclobber
        )

    # --------------------------------------------------------------- substitution, traps

    def substitute(self, tree: List) -> str:
        """Run a list and return what it wrote, as `$( )` does: fork, pipe, read to its end, wait.

        Raises:
            CommandProblem: no process or pipe can be made.
            Interrupted: SIGINT came meanwhile.
        """
        state = self.state
        try:
            pipe = descriptors.pipe2()
        except OSError as error:
            raise CommandProblem(f"pipe: {os.strerror(error.errno or 0)}", 126) from error
        stages = self.stages.of_substitution(tree)
        plan = JobPlan(stages, output=pipe.write_end, text=tree)
        output, job = state.launcher.capture(plan, pipe.write_end, pipe.read_end)
        state.last_substitution = self.conclusion.of(job)
        return os.fsdecode(output.replace(b"\0", b""))

    def run_traps(self) -> None:
        """Run the actions of signals that have come, keeping `$?`."""
        state = self.state
        traps = state.traps
        if traps.is_running:
            # What comes while an action runs has its turn after it.
            return
        traps.is_running = True
        try:
            while traps.is_any_pending:
                for action in traps.take_pending():
                    status = state.last_status
                    state.run(action)
                    state.last_status = status
        finally:
            traps.is_running = False
