"""Runs a tree: lists, conditions, loops, pipelines, groups, and simple commands.

`Interpreter` has a method for each kind of node. The built-ins `break` and `continue` raise
`LoopJump`, which is caught here.
"""

from __future__ import annotations

import os
import sys
from itertools import chain, repeat

from simpsh.base import failed_call
from simpsh.base.complaint import Failure
from simpsh.base.errors import (
    CommandProblem,
    ExpansionProblem,
    Interrupted,
    LineAbandoned,
    ListSuspended,
    RedirectionProblem,
    SimpshError,
    UsageProblem,
)
from simpsh.base.phrases import named
from simpsh.base.record import Record, changed, suppress
from simpsh.base.roles import (
    ASSIGNMENT,
    FUNCTION,
    IF,
    NOT,
    PROCESS,
    SUBSHELL,
    SUBSTITUTION,
    TRAP,
    WHILE,
)
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import SIGCHLD, SIGINT
from simpsh.console import echo, say, warn, width
from simpsh.kernel import call_observer, descriptors, signals
from simpsh.kernel.program_execution import execute_along_path
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.interpret import error_policy
from simpsh.shell.interpret.job_conclusion import conclude, timed
from simpsh.shell.interpret.stage_planner import HIGHEST_NAMED, ShellScope, StagePlanner
from simpsh.shell.jobs import redirector
from simpsh.shell.jobs.job_table import STOPPED
from simpsh.shell.jobs.launcher import FORK
from simpsh.shell.jobs.redirector import redirected
from simpsh.shell.jobs.shell_signals import EXIT
from simpsh.shell.language.grammar import text_word
from simpsh.shell.language.syntax_tree import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    Case,
    Condition,
    For,
    FunctionDefinition,
    Group,
    If,
    List,
    Literal,
    Loop,
    Pipeline,
    SimpleCommand,
    Subshell,
    plain_commands,
)
from simpsh.shell.language.word_expansion import (
    calculate,
    fields,
    needs_substitution,
    pattern_of,
    single,
)
from simpsh.shell.plan.job_plan import (
    PIPE_HOLDS,
    CloseDescriptor,
    Duplicate,
    HereText,
    JobPlan,
    ProcessPlan,
)
from simpsh.shell.state import (
    ErrexitExit,
    ErrorExit,
    FunctionReturn,
    GetoptsPosition,
    LocalScope,
    LoopJump,
    ShellExit,
    SyntaxExit,
    TrapEntry,
)
from simpsh.shell.subshell_trial import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from simpsh.shell.builtins.builtin_registry import Builtin, Services
    from simpsh.shell.interpret.error_policy import Place
    from simpsh.shell.interpret.stage_planner import Body
    from simpsh.shell.interpret.tried_subshells import TriedSubshells
    from simpsh.shell.jobs.job_table import Job
    from simpsh.shell.language.syntax_tree import (
        Assignment,
        Command,
        InShell,
        Part,
        ProcessSubstitution,
    )
    from simpsh.shell.plan.job_plan import Action
    from simpsh.shell.state import SavedVariables, State

_JUDGED = (Group, If, Loop, For, Case, ArithmeticFor)
"""Compound commands that `set -e` does not judge as a whole (POSIX XCU set, -e, 3)."""
_NOT_EXECUTED = 126
"""From here on, statuses mean that a program was not executed, or was killed."""
_PROBLEMS = (ExpansionProblem, RedirectionProblem, CommandProblem)
"""The errors of a command's words and redirections, and of its start."""
TOO_DEEP = "commands or functions are nested too deeply"
_MOST_CALLS = 1000
"""The nesting limit of function calls, as in dash."""


class _NamedPipe(Record):
    """The pipe of a process substitution."""

    descriptor: int
    """The end that the command inherits."""
    job: Job
    is_read: bool
    """Whether the command reads from it."""


def _redirects_permanently(words: Sequence[str]) -> bool:
    """Return whether these words are `exec`, whose redirections are permanent."""
    if words[:1] == ["exec"]:
        return not builtin_registry.asks_for_help(words)
    return list(words) == ["command", "exec"]


def _new_pipe() -> descriptors.PipeEnds:
    """Create a pipe; raise CommandProblem if no descriptor is left."""
    try:
        return descriptors.pipe2()
    except OSError as error:
        raise CommandProblem(f"pipe: {os.strerror(error.errno or 0)}", 126) from error


class Interpreter:
    """Runs trees for one shell."""

    def __init__(self, state: State, services: Services) -> None:
        self.state = state
        self.services = services
        self.launcher = services.launcher
        self.interrupts = self.launcher.context.interrupts
        self.scope = ShellScope(state, self.substitute, self.process_substitution)
        self._pipes: list[_NamedPipe] = []
        """The pipes of the commands that are running."""
        self._trials: TriedSubshells | None = None
        self.stages = StagePlanner(state, self.scope, self.in_copy)

    # ------------------------------------------------------------------ lists, conditions

    def run_list(self, tree: List) -> int:
        """Run the items of a list in order; return the status of the last one."""
        state = self.state
        for item in tree.items:
            if state.options.noexec and not state.is_interactive:
                break
            if item.is_background:
                self.run_in_background(item)
            elif item.rest:
                self.run_and_or(item)
            else:
                self._run_judged(item.first)
        return state.last_status

    def run_and_or(self, tree: AndOr) -> int:
        """Run pipelines joined by `&&` and `||`; return the status of the last one that ran."""
        state = self.state
        before, pipeline = "", tree.first
        for operator, following in (*tree.rest, ("", None)):
            if not before or (before == "&&") == (state.last_status == 0):
                if operator:
                    self._run_condition(pipeline, operator)
                else:
                    self._run_judged(pipeline)
            before, pipeline = operator, following or pipeline
        return state.last_status

    def _run_condition(self, tree: Pipeline | List, role: str) -> int:
        """Run a pipeline or a list, in this role, whose failure `set -e` ignores."""
        state = self.state
        state.is_condition += 1
        outer = state.role
        state.role = role, outer
        try:
            return self.run_list(tree) if isinstance(tree, List) else self.run_pipeline(tree)
        finally:
            state.role = outer
            state.is_condition -= 1

    def _run_judged(self, pipeline: Pipeline) -> None:
        """Run a pipeline whose failure ends the shell under `set -e`."""
        if pipeline.is_negated:
            self._run_condition(pipeline, NOT)
            return
        self.run_pipeline(pipeline)
        state = self.state
        if (
            state.last_status != 0
            and state.options.errexit
            and not state.is_condition
            and not (len(pipeline.commands) == 1 and isinstance(pipeline.commands[0], _JUDGED))
        ):
            raise ErrexitExit(state.last_status)

    def run_in_background(self, item: AndOr) -> int:
        """Start an and-or list without waiting for it: `&`."""
        state = self.state
        self._end_trial()
        processes = self.stages.of_background(item)
        try:
            plan = JobPlan(processes, is_background=True, text=item)
            job = self.launcher.run_in_background(plan)
        except CommandProblem as problem:
            state.last_status = self.fail(problem, error_policy.BUILTIN)
            return state.last_status
        state.last_background = job.pids[-1]
        state.last_status = 0
        if state.is_interactive:
            warn((f"[{job.number}]  {job.pids[-1]}",))
        return 0

    # ------------------------------------------------------------------------- pipelines

    def run_pipeline(self, tree: Pipeline) -> int:
        """Run a pipeline; return the status of the last command, negated after `!`."""
        state = self.state
        try:
            if tree.is_timed:
                self._end_trial()
                with timed(self.launcher.waiter, is_posix=tree.has_posix_times):
                    self._run_commands(tree)
            else:
                self._run_commands(tree)
        except LoopJump:
            # Even a loop whose body is only `continue` must react to signals.
            if self.interrupts.is_pending:
                self.interrupts.raise_if_pending()
            if state.traps.pending:
                self.run_traps()
            raise
        if self.interrupts.is_pending:
            self.interrupts.raise_if_pending()
        if tree.is_negated:
            state.last_status = int(state.last_status == 0)
        if state.traps.pending:
            self.run_traps()
        return state.last_status

    def _run_commands(self, tree: Pipeline) -> None:
        state = self.state
        if len(tree.commands) == 1:
            state.last_status = self.run_command(tree.commands[0])
        elif tree.commands:
            state.last_status = self.run_job(JobPlan(self._stages(tree.commands), tree))
        else:
            state.last_status = 0

    def _stages(self, commands: Sequence[Command]) -> tuple[ProcessPlan, ...]:
        """Plan the processes of a pipeline in the foreground.

        If the first command only prints, the shell itself writes its output into the pipe.
        """
        first = commands[0]
        if len(commands) > 1 and not self.state.options.pipefail:
            tried = self._try(first, lambda: self.run_command(first), PIPE_HOLDS)
            if tried is not None:
                printed = HereText(0, tried[1], is_pipe=True)
                second, *others = map(self.stages.of, commands[1:])
                return changed(second, actions=(printed, *second.actions)), *others
        return tuple(map(self.stages.of, commands))

    def run_job(self, plan: JobPlan) -> int:
        """Run a planned pipeline in the foreground and return its status."""
        self._end_trial()
        if self.interrupts.is_pending:
            self.interrupts.raise_if_pending()
        try:
            job = self.launcher.run_in_foreground(plan)
        except CommandProblem as problem:
            return self.fail(problem, error_policy.BUILTIN)
        status = self._conclude(job)
        process = plan.processes[0]
        # A program that could not be executed has its hint below its message.
        if 0 < status < _NOT_EXECUTED and len(plan.processes) == 1 and process.body is None:
            self._show_hint(process.argv, status, job)
        return status

    def resume(self, job: Job) -> int:
        """Continue a job in the foreground; return its status."""
        self.launcher.continue_in_foreground(job)
        return self._conclude(job)

    def _conclude(self, job: Job) -> int:
        status = conclude(self.state, self.launcher, job)
        if job.state == STOPPED and not job.began_in_background:
            raise ListSuspended(status)
        return status

    # -------------------------------------------------------------------------- commands

    def run_command(self, tree: Command, *, is_final: bool = False) -> int:
        """Run one command in the foreground and return its status.

        If it is final, this process has nothing to do afterwards: it executes a program without a
        fork.
        """
        state = self.state
        state.at_line(tree.line)
        if state.trial is not None:
            state.trial.step()
        match tree:
            case SimpleCommand():
                return self.run_simple(tree, is_final=is_final)
            case Subshell():
                return self._run_subshell(tree)
            case FunctionDefinition(name, body):
                if name in builtin_registry.SPECIAL:
                    state.complain(f"{name}: a special builtin; no function can have this name")
                    self.abandon(2)
                state.functions[name] = body
                state.function_origins[name] = state.file, state.runs_file
                return 0
            case Group() | If() | Loop() | For() | Case():
                return self._run_in_shell(tree)
            case Condition() | ArithmeticCommand() | ArithmeticFor():
                return self._run_in_shell(tree)

    def _run_subshell(self, tree: Subshell) -> int:
        return self.run_job(JobPlan((self.stages.of(tree),), tree))

    def _run_in_shell(self, tree: InShell) -> int:
        pipes = len(self._pipes)
        try:
            if not tree.redirections:
                return self._run_compound(tree)
            with self.open(self.stages.actions(tree.redirections)):
                return self._run_compound(tree)
        except _PROBLEMS as problem:
            return self.fail(problem, error_policy.COMPOUND)
        finally:
            if len(self._pipes) > pipes:
                self._close_pipes(pipes)

    # ---------------------------------------------------------- loops, conditions, `case`

    def _run_compound(self, tree: InShell) -> int:
        """Run a compound command whose redirections have been carried out."""
        state = self.state
        match tree:
            case If():
                for condition, body in tree.branches:
                    if self._run_condition(condition, IF) == 0:
                        return self.run_list(body)
                return 0 if tree.otherwise is None else self.run_list(tree.otherwise)
            case Group():
                return self.run_list(tree.body)
            case Loop():
                return self._run_loop(tree)
            case For():
                return self._run_for(tree)
            case Case():
                return self._run_case(tree)
            case Condition(tokens):
                from simpsh.shell.interpret.conditions import Conditions

                self._end_trial()
                self._trace_command(tree)
                try:
                    is_true = Conditions(tokens, state, self.scope).hold()
                    return self._truth(tree, is_true=is_true)
                except UsageProblem as problem:
                    state.complain(f"[[: {problem}")
                    self.note(problem.status, ("[[ ]]",), problem=problem)
                    return problem.status
            case ArithmeticCommand() | ArithmeticFor():
                try:
                    if isinstance(tree, ArithmeticFor):
                        return self._run_arithmetic_for(tree)
                    self._trace_command(tree)
                    return self._truth(tree, is_true=self._compute(tree.expression, 0) != 0)
                except ExpansionProblem as problem:
                    return self.fail(problem, error_policy.BUILTIN)

    def _truth(self, tree: Condition | ArithmeticCommand, *, is_true: bool) -> int:
        if not is_true and self.state.record is not None:
            failed_call.forget()
            self.note(1, ("[[ ]]" if isinstance(tree, Condition) else "(( ))",))
        return 0 if is_true else 1

    def _trace_command(self, tree: Condition | ArithmeticCommand) -> None:
        """Print `[[ ]]` or `(( ))` under `set -x`, unexpanded."""
        if self.state.options.xtrace:
            from simpsh.shell.language.tree_printing import to_text

            self._write_trace(to_text(tree))

    def _iterate(
        self, begins_iteration: Callable[[], bool], tree: Loop | For | ArithmeticFor
    ) -> int:
        """Run the body of a loop while `begins_iteration` returns true; catch LoopJump.

        `continue` in the condition of `while` also begins the next iteration.
        """
        state = self.state
        status = 0
        state.loop_depth += 1
        try:
            while True:
                try:
                    if not begins_iteration():
                        return status
                    status = self.run_list(tree.body)
                except LoopJump as jump:
                    state.last_status = status = jump.status
                    if jump.leaves():
                        return status
        finally:
            state.loop_depth -= 1

    def _run_loop(self, tree: Loop) -> int:
        def begins_iteration() -> bool:
            return (self._run_condition(tree.condition, WHILE) == 0) is not tree.is_until

        return self._iterate(begins_iteration, tree)

    def _run_for(self, tree: For) -> int:
        state = self.state
        words = state.positional if tree.words is None else fields(tree.words, self.scope)
        left = iter(list(words))

        def begins_iteration() -> bool:
            for word in left:
                state.assign(tree.name, word)
                return True
            return False

        return self._iterate(begins_iteration, tree)

    def _run_arithmetic_for(self, tree: ArithmeticFor) -> int:
        before_iteration = chain((tree.first,), repeat(tree.step))

        def begins_iteration() -> bool:
            self._compute(next(before_iteration), 0)
            return self._compute(tree.condition, 1) != 0

        return self._iterate(begins_iteration, tree)

    def _compute(self, expression: tuple[Part, ...], when_empty: int) -> int:
        """Return the value of an expression, which may be empty."""
        is_empty = all(isinstance(part, Literal) and not part.text.strip() for part in expression)
        return when_empty if is_empty else calculate(expression, self.scope)

    def _run_case(self, tree: Case) -> int:
        from simpsh.shell.language.glob_pattern import matcher

        scope = self.scope
        is_match = matcher(single(tree.subject, scope), scope)
        is_taken = False
        status = 0
        for item in tree.items:
            is_taken = is_taken or any(
                is_match(pattern_of(pattern, scope)) for pattern in item.patterns
            )
            if not is_taken:
                continue
            status = self.run_list(item.body) if item.body.items else 0
            if item.terminator == ";;":
                break
        return status

    # --------------------------------------------------------------- substitution, traps

    def substitute(self, tree: List) -> str:
        """Run the list of `$( )` and return its output: pipe, fork, read to end of file, wait.

        Raises CommandProblem: no process or pipe can be created. Interrupted: SIGINT arrived.
        """
        state = self.state
        outer = state.role
        state.role = SUBSTITUTION, outer
        try:
            tried = self._try(tree, lambda: self.run_list(tree) if tree.items else 0)
            if tried is not None:
                state.last_substitution, output = tried
            else:
                pipe = _new_pipe()
                commands = plain_commands(tree)
                stages = self._stages(commands) if commands else self.stages.of_list(tree)
                plan = JobPlan(stages, tree, pipe.write_end)
                output, job = self.launcher.capture(plan, pipe.write_end, pipe.read_end)
                state.last_substitution = conclude(state, self.launcher, job)
        finally:
            state.role = outer
        return os.fsdecode(output.replace(b"\0", b""))

    def _try(
        self, tree: List | Command, run: Callable[[], int], most: int | None = None
    ) -> tuple[int, bytes] | None:
        """Try a subshell without a process; return its status and output, None if it needs one.

        `most`: how many bytes it may print.
        """
        if self.state.trial is None and (
            self.launcher.engine == FORK
            or self.state.shows_utilities
            or self.state.options.monitor
            or call_observer.observer() is not None
        ):
            return None
        if self._trials is None:
            # Imported here because most scripts have no subshell.
            from simpsh.shell.interpret.tried_subshells import TriedSubshells

            self._trials = TriedSubshells(self.state, self._status_of_subshell)
        return self._trials.run(tree, run, most)

    def _end_trial(self) -> None:
        """End the trial, if there is one, before something that needs a process."""
        if self.state.trial is not None:
            raise Refused

    def process_substitution(self, part: ProcessSubstitution) -> str:
        """Start the list of `<( )` or `>( )`; return the path of the command's pipe end.

        The command inherits that end. Raises CommandProblem: no process or pipe can be created.
        """
        self._end_trial()
        pipe = _new_pipe()
        is_read = part.operator == "<"
        ours, theirs = pipe.read_end, pipe.write_end
        if not is_read:
            ours, theirs = theirs, ours
        # The new processes must not hold the ends of other substitutions of the same command.
        closing = [CloseDescriptor(pipe.descriptor) for pipe in self._pipes]
        first: tuple[Action, ...] = ()
        if not is_read:
            # Redirections refuse to copy a close-on-exec descriptor.
            descriptors.set_flags(theirs, 0)
            closing.append(CloseDescriptor(theirs))
            first = (Duplicate(0, theirs),)
        stages: list[ProcessPlan] = []
        for stage in self.stages.of_list(part.body):
            stages.append(changed(stage, actions=(*first, *closing, *stage.actions)))
            first = ()
        output = theirs if is_read else None
        plan = JobPlan(tuple(stages), part.body, output, self.state.options.monitor and not is_read)
        outer = self.state.role
        self.state.role = PROCESS, outer
        try:
            job = self.launcher.start(plan)
        except CommandProblem:
            descriptors.close(ours)
            raise
        finally:
            self.state.role = outer
            descriptors.close(theirs)
        self.launcher.context.table.forget(job)  # it is no job of the user
        number = HIGHEST_NAMED
        while descriptors.is_open(number):
            number -= 1
        descriptors.dup2(ours, number)
        descriptors.close(ours)
        self._pipes.append(_NamedPipe(number, job, is_read))
        return f"/dev/fd/{number}"

    def _close_pipes(self, count: int, *, waits: bool = True) -> None:
        """Close the ends of process substitutions except the first `count`.

        Wait for the readers, `>( )`, unless the shell keeps the end that they read from. A writer,
        `<( )`, may outlive the command and is collected when it ends.
        """
        ended = self._pipes[count:]
        del self._pipes[count:]
        state = self.state
        is_interrupted = type(sys.exc_info()[1]) is Interrupted
        for pipe in ended:
            descriptors.close(pipe.descriptor)
            if is_interrupted and pipe.is_read:
                # ^C reached only the command's group: otherwise the writer may run for a long time.
                with suppress(OSError):  # the writer has changed its user id
                    self.launcher.signal(pipe.job, SIGINT)
        if not waits or any(job.state == STOPPED for job in state.jobs):
            return  # the shell, or the stopped command, still holds its end
        for pipe in ended:
            if not pipe.is_read:
                self.launcher.waiter.wait_for_end(pipe.job)

    def run_traps(self) -> None:
        """Run the trap actions of pending signals; keep `$?`.

        A signal that arrives during an action is handled after the action's current command.
        """
        state = self.state
        traps = state.traps
        if state.is_inside:
            return  # the actions run after the subshell
        while traps.pending:
            signal = traps.pending.pop(0)
            status, was_in_chld = state.last_status, traps.is_in_chld
            traps.is_in_chld |= signal == SIGCHLD
            try:
                if action := traps.actions.get(signal):
                    self.run_trap(action, signal)
            finally:
                traps.is_in_chld = was_in_chld
            state.last_status = status

    def run_trap(self, action: str, signal: int) -> None:  # noqa: ARG002 - for who follows it
        """Run the action of a signal, or EXIT.

        `exit` and `return` in it default to the status before it.
        """
        state = self.state
        outer = state.trap_entry, state.role
        state.trap_entry = TrapEntry(state.last_status, state.return_depth)
        state.role = TRAP, None
        try:
            self.services.run_text(action)
        finally:
            state.trap_entry, state.role = outer

    def run_exit_trap(self) -> int:
        """Run the action of `trap … EXIT`, if it has not run yet; return the exit status."""
        state = self.state
        action = state.traps.actions.pop(EXIT, "")
        if action:
            status = state.last_status
            # As in dash, `break` has no effect here, and `return` ends the action.
            state.loop_depth = 0
            state.return_depth = 1
            try:
                self.run_trap(action, EXIT)
                state.last_status = status
            except FunctionReturn:
                state.last_status = status
            except ShellExit as leaving:
                state.last_status = leaving.status
        return state.last_status & 0xFF

    # ------------------------------------------------------------- in a copy of the shell

    def in_copy(self, body: Body) -> Callable[[], int]:
        """Return the function that a forked copy of the shell calls to run a body."""
        builtin_registry.import_frequent()
        return lambda: self._run_in_copy(body)

    def _run_in_copy(self, body: Body) -> int:
        state = self.state
        if isinstance(body, SimpshError):
            state.complain(body)
            return body.status
        was_plain = not state.options.monitor and not state.traps.actions
        state.become_subshell()
        state.role = SUBSHELL, state.role
        # The parent has set the dispositions of a job; only a background job ignores two more.
        self.launcher.become_subshell(has_signals_of_shell=was_plain and not state.traps.actions)

        def run() -> int:
            match body:
                case List(items):
                    return self._run_to_the_end(items) if items else 0
                case AndOr():
                    return self.run_and_or(body)
                case (
                    SimpleCommand() | Subshell() | Group() | If() | Loop() | For() | Case()
                    | Condition() | ArithmeticCommand() | ArithmeticFor()
                    | FunctionDefinition()
                ):  # fmt: skip
                    return self.run_command(body, is_final=True)

        def run_with_traps() -> int:
            state.last_status = run()
            # A signal may have come during the last command.
            self.run_traps()
            return state.last_status

        try:
            state.last_status = self._status_of_subshell(run_with_traps)
        except Interrupted:
            signals.die_of(SIGINT)
        return self.run_exit_trap()

    def _run_to_the_end(self, items: Sequence[AndOr]) -> int:
        """Run the list of a copy of the shell, whose last program can replace the copy."""
        last = items[-1]
        commands = plain_commands(last)
        if len(commands) != 1 or last.is_background:
            return self.run_list(List(tuple(items)))
        if len(items) > 1:
            self.run_list(List(tuple(items[:-1])))
        state = self.state
        is_seen = state.shows_utilities or call_observer.observer() is not None
        if is_seen or state.options.noexec or state.jobs.has_living:
            # Whoever watches sees a fork; a program would find children that it did not start.
            return self.run_list(List((last,)))
        return self.run_command(commands[0], is_final=True)

    def _status_of_subshell(self, run: Callable[[], int]) -> int:
        """Run a part of a subshell; return its status, even if it leaves the subshell."""
        try:
            return run()
        except (ShellExit, FunctionReturn) as leaving:
            return leaving.status
        except LoopJump as jump:
            # The loop of this `break` runs in the parent shell: the subshell ends, as in dash.
            return jump.status
        except RecursionError:
            if self.state.trial is not None:
                raise
            self.state.complain(TOO_DEEP)
            return 2

    # ------------------------------------------------------------------- simple commands

    def run_simple(self, tree: SimpleCommand, *, is_final: bool) -> int:
        """Expand and run a simple command, see run_command(); return its status."""
        state = self.state
        state.last_substitution = None
        is_special = False
        words: list[str] = []
        redirections: redirected | None = None
        pipes = len(self._pipes)
        try:
            words = fields(tree.words, self.scope) if tree.words else []
            is_special = bool(words) and words[0] in builtin_registry.SPECIAL
            actions: tuple[Action, ...] = ()
            if tree.redirections:
                actions = self.stages.actions(tree.redirections)
            assigns_output = actions and any(map(needs_substitution, tree.assignments))
            if (assigns_output and not _redirects_permanently(words)) or (actions and not words):
                # The substitutions are redirected, too (POSIX XCU 2.9.1.1).
                redirections, actions, is_final = self.open(actions), (), False
            if not words:
                return self._assign(tree.assignments, redirections)
            function = None if is_special else state.functions.get(words[0])
            if function is not None:
                return self._call_function(function, words, tree.assignments, actions)
            builtin = builtin_registry.find(words[0], state)
            if builtin is not None and self.stages.runs_inside(words):
                return self._run_inside(builtin, words, tree.assignments, actions)
            assigned = self.stages.assigned(tree.assignments)
            if state.options.xtrace:
                self._trace(words, assigned)
            process = ProcessPlan(tuple(words), assigned, actions, tree)
            if is_final and len(self._pipes) == pipes and not any(state.traps.actions.values()):
                return self._become_program(process)
            return self.run_job(JobPlan((process,), tree))
        except _PROBLEMS as problem:
            return self.fail(problem, error_policy.SPECIAL if is_special else error_policy.COMMAND)
        finally:
            if redirections is not None:
                redirections.close()
            if len(self._pipes) > pipes:
                self._close_pipes(pipes, waits=not _redirects_permanently(words))

    def _assign(self, assignments: Sequence[Assignment], redirections: redirected | None) -> int:
        """Carry out the assignments of a command without words; return its status."""
        state = self.state
        outer = state.role
        state.role = ASSIGNMENT, outer
        try:
            for assignment in assignments:
                state.assign(assignment.name, single(assignment.value, self.scope))
        finally:
            state.role = outer
        if redirections is not None:
            redirections.close()
        if state.options.xtrace:
            self._trace((), self._values_of(assignments))
        return state.last_substitution or 0

    def fail(
        self,
        problem: Exception,
        place: Place,
        builtin: Builtin | None = None,
        words: Sequence[str] = (),
    ) -> int:
        """Report an error, and do what the policy says; return the status if the line goes on."""
        state = self.state
        if not (isinstance(problem, RedirectionProblem) and problem.is_reported):
            state.complain(error_policy.message_of(problem, builtin))
        status = problem.status if isinstance(problem, SimpshError) else 1
        hint = self._show_hint(words, status)
        if state.record is not None:
            if isinstance(problem, ExpansionProblem):
                failed_call.note(failed_call.EXPANSION, 0, str(problem))
            self.note(status, words, hint, problem)
        consequence = error_policy.consequence(problem, place)
        if consequence == error_policy.JUDGE and state.options.errexit and not state.is_condition:
            raise ErrexitExit(status) from None
        is_script = not state.is_interactive
        if consequence == error_policy.END_LINE or (
            consequence == error_policy.END_SCRIPT and is_script
        ):
            self.abandon(status)
        return status

    def abandon(self, status: int) -> NoReturn:
        """End a script, or the line at the prompt: raise ErrorExit or LineAbandoned."""
        raise LineAbandoned(status) if self.state.is_interactive else ErrorExit(status)

    def open(self, actions: Sequence[Action]) -> redirected:
        """Redirect the shell itself, until the result is closed.

        Raises Interrupted: SIGINT arrived while open(2) waited for the other end of a FIFO.
        """
        self._end_trial()
        with self.interrupts:
            return redirected(actions, self.state.complain)

    # ----------------------------------------------------------------------------- trace

    def _values_of(self, assignments: Sequence[Assignment]) -> list[tuple[str, str]]:
        return [(each.name, self.state.variables.get(each.name, "")) for each in assignments]

    def _trace(self, words: Sequence[str], assigned: Sequence[tuple[str, str]]) -> None:
        """Print the expanded command after PS4, quoted so that it can be retyped: `set -x`."""
        from simpsh.shell.builtins.builtin_support import retype

        shown = [f"{name}={retype(value)}" for name, value in assigned]
        shown += [retype(word, is_name=not index) for index, word in enumerate(words)]
        self._write_trace(" ".join(shown))

    def _write_trace(self, line: str) -> None:
        self._end_trial()
        echo(self.expand_prompt(self.state.variables.get("PS4", "")) + line + "\n")

    def expand_prompt(self, value: str) -> str:
        """Expand the value of a prompt such as PS4; return it unchanged if that fails."""
        options = self.state.options
        before = self.state.last_substitution, options.xtrace
        options.xtrace = False
        try:
            return single(text_word(value), self.scope)
        except SimpshError:
            return value
        finally:
            self.state.last_substitution, options.xtrace = before

    # ------------------------------------------------------------------------- functions

    def _call_function(
        self,
        body: Command,
        words: list[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
    ) -> int:
        state = self.state
        if len(state.locals) >= _MOST_CALLS:
            state.complain(
                f"{named(words[0])}: functions call one another {_MOST_CALLS} deep: stopped"
            )
            self.abandon(2)
        scope = LocalScope()
        role = state.role
        state.role = FUNCTION, role
        outside = state.positional, state.loop_depth, state.getopts_position
        origin = state.file, state.runs_file
        state.return_depth += 1
        state.locals.append(scope)
        try:
            if assignments:
                self.stages.assign_temporarily(assignments, scope.variables)
            if state.options.xtrace:
                self._trace(words, self._values_of(assignments))
            state.positional = words[1:]
            state.loop_depth = 0
            state.getopts_position = GetoptsPosition()
            state.file, state.runs_file = state.function_origins[words[0]]
            if not actions:
                return self.run_command(body)
            with self.open(actions):
                return self.run_command(body)
        except FunctionReturn as returning:
            if returning.status:
                self.note(returning.status, (words[0],))
            return returning.status
        finally:
            state.role = role
            state.locals.pop()
            scope.leave(state)
            state.return_depth -= 1
            state.positional, state.loop_depth, state.getopts_position = outside
            state.file, state.runs_file = origin

    # -------------------------------------------------------------------------- builtins

    def _run_inside(
        self,
        builtin: Builtin,
        words: list[str],
        assignments: Sequence[Assignment],
        actions: Sequence[Action],
    ) -> int:
        state = self.state
        saved: SavedVariables = {}
        try:
            if assignments and builtin.name in builtin_registry.SPECIAL:
                for assignment in assignments:
                    state.assign(assignment.name, single(assignment.value, self.scope))
            elif assignments:
                self.stages.assign_temporarily(assignments, saved)
            if state.options.xtrace:
                self._trace(words, self._values_of(assignments))
            if _redirects_permanently(words):
                if state.trial is not None:
                    state.trial.admit("exec")
                with self.interrupts:
                    redirector.apply(actions)
                words = words[words.index("exec") + 1 :]
                return self.replace(words, self._values_of(assignments)) if words else 0
            if not actions:
                return self.call(builtin, words)
            with self.open(actions):
                return self.call(builtin, words)
        finally:
            if saved:
                state.restore(saved)

    def call(self, builtin: Builtin, words: list[str], *, is_special: bool | None = None) -> int:
        """Run a built-in; report an error in one line and return a status."""
        state = self.state
        if state.trial is not None:
            state.trial.admit(builtin.name)
        failed_call.forget()
        try:
            if len(words) > 1 and builtin_registry.asks_for_help(words):
                self._end_trial()
                say(f"usage: {builtin.usage}\n{builtin.reason}\n")
                return 0
            status = builtin.run(state, self.services, words[1:])
        except RecursionError:
            raise  # from nested eval or functions; reported once for the whole line
        except Exception as problem:  # noqa: BLE001 - a defect must not end the session
            if is_special is None:
                is_special = builtin.name in builtin_registry.ENDING_SCRIPTS
            place = error_policy.ENDING_BUILTIN if is_special else error_policy.BUILTIN
            return self.fail(problem, place, builtin, words)
        if status:
            is_own = builtin.name not in builtin_registry.PASSING_ON
            self.note(status, words, self._show_hint(words, status) if is_own else "")
        return status

    def note(
        self,
        status: int,
        words: Sequence[str],
        hint: str = "",
        problem: BaseException | None = None,
    ) -> None:
        """Note in the record of the line that a command failed without a process of its own."""
        if self.state.record is not None:
            self.state.record.failed(status, words, self.state.role, hint, problem)

    def note_failure(self, status: int, call: str, *args: object) -> None:
        """Note what failed in the shell itself, such as failed_call.SYNTAX."""
        failed_call.note(call, 0, *args)
        self.note(status, ())

    def _show_hint(self, words: Sequence[str], status: int, job: Job | None = None) -> str:
        """At the prompt, show and return the hint for a built-in or a program that failed."""
        if not (self.state.is_interactive and words):
            return ""
        hint = self.launcher.context.hint(Failure(tuple(words), status, has_run=True))
        warn(between_words(f"hint: {hint}", width(2)) if hint else ())
        if hint and job is not None and self.state.record is not None:
            self.state.record.failed(status, words, None, hint, pid=job.pids[0])
        return hint

    def replace(self, words: list[str], assigned: Sequence[tuple[str, str]] = ()) -> int:
        """Execute a program in place of the shell: `exec`; on failure, raises like abandon()."""
        state = self.state
        if words[0] == "--":
            words = words[1:]
        if words[0] == "simpsh":
            from simpsh.base.own_program import INTERPRETER

            words = [*INTERPRETER, *words[1:]]
        context = self.launcher.context
        before = signals.set_dispositions(context.plain_dispositions())
        if context.terminal is not None:
            context.terminal.return_group()
        try:
            message, status = execute_along_path(
                tuple(words), state.environment(assigned), context.path
            )
        finally:
            signals.set_dispositions(before)
            if context.terminal is not None:
                context.terminal.lead_a_group()
        state.complain(message)
        self.note(status, words)
        self.abandon(status)

    # -------------------------------------------------------------------------- programs

    def _become_program(self, process: ProcessPlan) -> int:
        context = self.launcher.context
        redirector.apply(process.actions)
        if context.dispositions.ignored_at_start or self.state.traps.actions:
            # The shell itself never ignores SIGCHLD, its program may.
            signals.set_dispositions(context.plain_dispositions())
        if self.state.record is not None:
            self.state.record.program(process.argv)
        message, status = execute_along_path(process.argv, *context.program(process))
        context.complain_of(message, process, status)
        return status

    def run_words(self, words: list[str], path: str | None = None) -> int:
        """Run words as a command; a built-in loses its special properties: `command`.

        `path`, if given, replaces PATH.
        """
        builtin = builtin_registry.find(words[0], self.state)
        if builtin is None or not self.stages.runs_inside(words):
            text = " ".join(words)
            process = ProcessPlan(tuple(words), text=text, path=path)
            return self.run_job(JobPlan((process,), text=text))
        try:
            return self.call(builtin, words, is_special=False)
        except SyntaxExit as leaving:
            return leaving.status
