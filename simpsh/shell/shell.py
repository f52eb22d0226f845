"""The journey of a line: text – tree – plan – processes – wait status.

Start reading here: `Shell.run` runs one line, `make_shell` assembles a shell.
"""

from __future__ import annotations

import os
import sys

from simpsh import console
from simpsh.base import failed_call
from simpsh.base.complaint import Complaint
from simpsh.base.errors import (
    DEFECT_STATUS,
    CommandProblem,
    Interrupted,
    LineAbandoned,
    ListSuspended,
    SimpshError,
    SyntaxMistake,
    defect_in_a_line,
)
from simpsh.base.phrases import named
from simpsh.base.record import changed, suppress
from simpsh.kernel import call_observer, descriptors
from simpsh.kernel.program_execution import WINDOWS_LINES
from simpsh.shell.interpret import error_policy
from simpsh.shell.interpret.interpreter import TOO_DEEP, Interpreter
from simpsh.shell.jobs.interrupts import Interrupts
from simpsh.shell.jobs.job_context import JobContext
from simpsh.shell.jobs.job_table import STOPPED
from simpsh.shell.jobs.launcher import FORK, Launcher
from simpsh.shell.jobs.redirector import own_file
from simpsh.shell.jobs.shell_signals import Dispositions
from simpsh.shell.language.grammar import Parser, parse, text_word, unfinished
from simpsh.shell.language.syntax_tree import List, SimpleCommand
from simpsh.shell.language.word_expansion import single
from simpsh.shell.language.words import line_reader
from simpsh.shell.script_lines import FileLines
from simpsh.shell.state import ErrorExit, State, SyntaxExit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simpsh.base.complaint import HintSource
    from simpsh.base.errors import IncompleteInput
    from simpsh.shell.line_prefixes import PrefixedLine

_MOST_FRAMES = 100_000
"""The recursion limit; nested function calls of a script take up to 30 MB."""
_FILES = 100, "files read one another, nested {} deep: stopped"
_TEXTS = 1000, "eval, or a trap's action, calls itself, nested {} deep: stopped"
"""The nesting limits of `.`, where each file has a descriptor, and of eval and trap actions."""


def _is_binary(descriptor: int) -> bool:
    """Return whether the first line of a regular file contains a NUL byte."""
    try:
        return b"\0" in os.pread(descriptor, 256, 0).split(b"\n", 1)[0]
    except OSError:
        return False


def make_shell(
    environment: Mapping[str, str],
    *,
    engine: str = FORK,
    is_interactive: bool = False,
    hints: Callable[[State], HintSource] | None = None,
) -> Shell:
    """Assemble a shell: state, jobs, interpreter.

    Args:
        environment: the environment with which the shell was started.
        engine: FORK, or SPAWN to start a child with posix_spawn if the plan allows that.
        is_interactive: whether the shell has a prompt.
        hints: takes the state; returns the source of hints such as `did you mean grep?`.
    """
    # Frames of Python code take memory, but no stack.
    sys.setrecursionlimit(_MOST_FRAMES)
    dispositions = Dispositions()
    state = State(
        environment,
        is_interactive=is_interactive,
        ignored_at_start=frozenset() if is_interactive else dispositions.ignored_at_start,
    )
    state.options.visible = True
    hint = None if hints is None else hints(state)
    context = JobContext(state, dispositions, Interrupts(), hint)
    return Shell(state, Launcher(context, engine))


def _is_job(tree: List) -> bool:
    """Return whether a tree is one job: a pipeline or a simple command."""
    first = tree.items[0]
    commands = first.first.commands
    is_one = len(tree.items) == 1 and not first.rest
    return is_one and (len(commands) > 1 or isinstance(commands[0], SimpleCommand))


class Shell:
    """One shell: its state, how it runs a line, and the `Services` of its built-ins."""

    def __init__(self, state: State, launcher: Launcher) -> None:
        self.state = state
        self.launcher = launcher
        self._depth = 0
        self._remarked: set[str] = set()
        """The typed constructs whose POSIX form has been printed in this session."""
        self._held: list[str] = []
        """Lines that were narrated while a line was edited; notices() returns them."""
        interpreter = Interpreter(state, self)
        self._interpreter = interpreter
        self.run_traps = interpreter.run_traps
        self.run_exit_trap = interpreter.run_exit_trap
        self.note_failure = interpreter.note_failure
        # The Services that the interpreter implements, see builtin_registry.py.
        self.run_job = interpreter.run_job
        self.run_program = interpreter.run_words
        self.replace = interpreter.replace
        self.resume = interpreter.resume

    def run(self, text: str) -> int:
        """Run a complete command that was typed at the prompt; return its status.

        A prefix such as `trace` takes the whole line, see line_prefixes.py.
        """
        if self.state.record is not None:
            self.state.record.begin(text)
        self.state.lines_run += 1
        self.echo_line(f"{text}\n")
        try:
            line, prefixed = text, self._split_prefix(text)
            if prefixed is not None:
                from simpsh.shell.builtins.builtin_support import quoted

                # Quote the line, so that it becomes one operand of the prefix.
                end = "-- " if prefixed.line.startswith("-") else ""
                line = f"{prefixed.prefix}{end}{quoted(prefixed.line)}"
        except Exception as problem:  # noqa: BLE001 - the net: no prefix ends the session
            return self.report_defect(problem)
        try:
            return self.run_lines(line_reader(line), is_part=True)
        except Interrupted as interrupted:
            if not isinstance(interrupted, LineAbandoned):
                # The terminal has echoed ^C without a newline.
                console.warn([""])
            if isinstance(interrupted, ListSuspended):
                self.report_suspended(interrupted)
            elif not isinstance(interrupted, LineAbandoned):
                self.note_failure(interrupted.status, failed_call.INTERRUPTED)
            self.state.last_status = interrupted.status
            return interrupted.status

    def keep_record(self, session_record: str = "") -> None:
        """Keep a record of each line from now on; only a shell at a prompt does.

        `session_record` is the file to which the tracer of the session records (--truth).
        """
        if self.state.record is None:
            from simpsh.base.line_record import LineRecord

            file = -1
            with suppress(OSError):  # refused, or no descriptor is left
                file = own_file("line")
                self.launcher.context.kept_in_copies.add(file)
            self.state.record = LineRecord(file, session_record)

    def note_cancelled(self) -> None:
        """Note that ^C was typed at the prompt: for `why`, the abandoned line is the last one."""
        if self.state.record is not None:
            self.state.record.begin("")
        self.note_failure(Interrupted.status, failed_call.CANCELLED)
        self.state.last_status = Interrupted.status

    def report_defect(self, problem: Exception) -> int:
        """Report an exception that no layer below handles; return the status."""
        self.state.complain(defect_in_a_line(problem))
        self.note_failure(DEFECT_STATUS, failed_call.DEFECT)
        self.state.last_status = DEFECT_STATUS
        return DEFECT_STATUS

    def _split_prefix(self, text: str) -> PrefixedLine | None:
        # Imported here because scripts have no prefixes.
        from simpsh.shell.line_prefixes import split_prefix

        prefixed = split_prefix(text)
        if prefixed is None:
            return None
        name = prefixed.prefix.split()[0]
        is_other = name in self.state.functions or name in self.state.aliases
        return None if is_other else prefixed

    def run_text(self, text: str) -> int:
        """Run a text between other commands: the operand of `eval`, or a trap's action.

        Its lines are numbered from the line being run. Raises ShellExit: the shell must end.
        Interrupted: SIGINT arrived; the calling line is abandoned, too.
        """
        self._descend(*_TEXTS)
        try:
            return self.run_lines(
                line_reader(text), first_line=self.state.line_number, is_part=True
            )
        finally:
            self._depth -= 1

    def _descend(self, most: int, complaint: str) -> None:
        if self._depth >= most:
            # End all levels: if only the innermost ended, two calls in each would never finish.
            self.state.complain(complaint.format(most))
            self._interpreter.abandon(2)
        self._depth += 1

    def run_lines(
        self,
        read_line: Callable[[], str | None],
        before_command: Callable[[], None] | None = None,
        first_line: int = 1,
        *,
        is_part: bool = False,
    ) -> int:
        """Read, parse and run complete commands; return the last status, 0 without a command.

        Before each command, `before_command` is called. If a job stops, a script continues with the
        next command, unless the lines are a part of a command, or were typed together.
        """
        state = self.state
        status = 0
        parser = Parser(read_line, first_line=first_line)
        parser.aliases = state.aliases
        while True:
            try:
                parser.is_typed = state.is_typed
                tree = parser.next_command()
                if tree is None:
                    return status
                for line, warning in parser.warnings:
                    state.at_line(line)
                    state.complain(warning)
                parser.warnings.clear()
                if parser.accepted and state.is_interactive:
                    self.remark_once(parser.accepted)
                if before_command is not None:
                    before_command()
                self._run_tree(tree)
            except SyntaxMistake as mistake:
                state.at_line(mistake.line)
                state.complain(self.note_mistake(mistake))
                if not state.is_interactive:
                    raise SyntaxExit(mistake.status) from None
            except ListSuspended as suspended:
                state.last_status = suspended.status
                if is_part:
                    raise
                self.report_suspended(suspended)
            status = state.last_status
            self._end_command()

    def report_suspended(self, suspended: ListSuspended) -> None:
        """Print that commands were discarded because a job was stopped."""
        if suspended.has_rest:
            self.state.complain("the job was stopped, so nothing more of the line is run")

    def _end_command(self) -> None:
        if (narrator := self.launcher.context.narrator) is not None:
            narrator.begin_line()
        if not self.state.is_interactive and self.state.jobs.has_any:
            self.launcher.waiter.collect()
            self.state.jobs.discard_ended()

    def remark_once(self, constructs: Iterable[str]) -> None:
        """Print the message about each construct that is new in this session."""
        from simpsh.base.screen_cells import between_words
        from simpsh.shell.language.bash_forms import FORMS
        from simpsh.view.styled_text import painted, styled

        new = [name for name in constructs if name not in self._remarked]
        self._remarked.update(new)
        colours = console.colours(2, self.state.variables)
        for name in new:
            for line in between_words(FORMS[name], console.width(2)):
                # Without colours, nothing is dim: the terminal may not know this code.
                console.echo(f"{painted(styled(line, 'dim'), colours) if colours else line}\n")

    def _run_tree(self, tree: List) -> None:
        state = self.state
        try:
            self._interpreter.run_list(tree)
        except ListSuspended as suspended:
            suspended.has_rest |= self._depth > 0 or not _is_job(tree)
            raise
        except SimpshError as problem:
            state.last_status = self._interpreter.fail(problem, error_policy.LINE)
        except RecursionError:
            state.complain(TOO_DEEP)
            self._interpreter.abandon(2)
        except OSError as error:
            # A system call failed that no layer below handles. The script continues.
            state.complain(f"the command could not be run: {console.why(error)}")
            self._interpreter.note(126, (), problem=error)
            state.last_status = 126
        except Exception as problem:
            # A lack of memory, or a defect. A script ends, as after a failed expansion.
            self.report_defect(problem)
            if not state.is_interactive:
                raise ErrorExit(DEFECT_STATUS) from problem

    def note_mistake(self, mistake: SyntaxMistake) -> Complaint:
        """Record a syntax error as the last failure, for `$?` and `why`; return its message."""
        self.note_failure(mistake.status, failed_call.SYNTAX, mistake.message)
        self.state.last_status = mistake.status
        complaint = mistake.complaint()
        if mistake.text.endswith("\r"):
            why = f"{mistake.message}; the line ends in a carriage return: {WINDOWS_LINES}"
            return changed(complaint, sentence=why)
        return complaint

    def expanded(self, value: str) -> str:
        """Expand the value of ENV; raise ExpansionProblem or SyntaxMistake."""
        return single(text_word(value), self._interpreter.scope)

    def prompted(self, value: str) -> str:
        """Expand the value of PS1 or PS2, unobserved and without changing `$?`."""
        state = self.state
        status, record = state.last_status, state.record
        if record is not None:
            record.is_paused = True
        with call_observer.observing(None):
            try:
                return self._interpreter.expand_prompt(value)
            except Interrupted:
                return value
            finally:
                state.last_status = status
                if record is not None:
                    record.is_paused = False

    def echo_line(self, line: str | None) -> str | None:
        """Write a line to standard error under `set -v`; return it."""
        if line and self.state.options.verbose:
            console.echo(line)
        return line

    def run_file(self, path: str) -> int:
        """Run the commands of a file in this shell: `.`, and a script.

        Raises OSError: the file cannot be opened or read. LineAbandoned at the prompt, ErrorExit in
        a script: too many files read one another.
        """
        self._descend(*_FILES)
        outer = self.state.runs_file
        self.state.runs_file = self.state.has_prompt
        try:
            interrupts = self.launcher.context.interrupts
            # ^C must end the wait for a FIFO without a writer, or with a silent one.
            with interrupts:
                opened = descriptors.open_file(path, os.O_RDONLY)
                try:
                    os.read(opened, 0)  # a directory cannot be read
                    if _is_binary(opened):
                        why = "a binary file, and no script; a program is run by its path"
                        raise CommandProblem(f"{named(path)}: {why}", 126)
                    descriptor = descriptors.dup_above(opened)
                finally:
                    descriptors.close(opened)
            wait = None if os.path.isfile(path) else interrupts.wait_for_input
            lines = FileLines(descriptor, wait=wait)
            next_line = line_reader("")

            def read_line() -> str | None:
                nonlocal next_line
                line = next_line()
                if not line:
                    with interrupts:
                        next_line = line_reader(lines.read_lines())
                    line = next_line()
                return self.echo_line(line) if self.state.options.verbose else line

            try:
                # A file that `.` reads is part of a command.
                return self.run_lines(read_line, is_part=self.state.return_depth > 0)
            finally:
                os.close(descriptor)
        finally:
            self.state.runs_file = outer
            self._depth -= 1

    def explained(self, tree: List) -> list[str]:
        """Return the plan of a tree as lines; run nothing."""
        from simpsh.shell.interpret.plan_outline import explained

        has_terminal = self.launcher.context.terminal is not None
        return explained(self.state, tree, has_terminal=has_terminal)

    def observe(self, *, is_narrated: bool) -> None:
        """Narrate, or do not, from now on. Raises like Narrator."""
        context = self.launcher.context
        if context.narrator is None:
            from simpsh.shell.jobs.narrator import Narrator

            context.narrator = Narrator(self.state)
            context.kept_in_copies.add(context.narrator.output)
        self.state.is_narrated = is_narrated
        context.narrator.continue_here()
        call_observer.set_observer(context.narrator if is_narrated else None)

    # ---------------------------------------------------------- for the prompt, and the end

    def unfinished(self, text: str, *, is_last: bool = False) -> IncompleteInput | None:
        """Return what is open, if Enter begins another line rather than ending this input.

        `is_last`: see parser.unfinished().
        """
        try:
            prefixed = self._split_prefix(text)
        except Exception:  # noqa: BLE001 - running the line reports the defect
            return None
        line = text if prefixed is None else prefixed.line
        state = self.state
        return unfinished(line, state.aliases, is_typed=state.is_typed, is_last=is_last)

    def is_complete(self, text: str) -> bool:
        """Return whether Enter ends this input rather than beginning another line."""
        return self.unfinished(text) is None

    def holds_command(self, text: str) -> bool:
        """Return whether a complete text contains a command; raise SyntaxMistake."""
        # The prefix reports syntax errors in its line.
        return self._split_prefix(text) is not None or bool(
            parse(text, aliases=self.state.aliases, is_typed=self.state.is_typed).items
        )

    def collect(self) -> None:
        """Collect ended children without blocking; hold the narration back for notices()."""
        narrator = self.launcher.context.narrator
        if narrator is not None:
            narrator.held = self._held
        try:
            self.launcher.waiter.collect()
        finally:
            if narrator is not None:
                narrator.held = None

    def notices(self) -> list[str]:
        """Return lines about background jobs that have ended, stopped or continued."""
        held, self._held = self._held, []
        return held + self.state.jobs.notices()

    def may_leave(self, *, is_typed: bool) -> list[str]:
        """Return a warning about stopped jobs, unless the line before printed it.

        `is_typed`: the user typed `exit`, which is itself a line.
        """
        state = self.state
        jobs = [job for job in state.jobs if job.state == STOPPED]
        if not jobs or state.lines_run - is_typed <= state.warned_at_line:
            return []
        state.warned_at_line = state.lines_run
        warning = "there are stopped jobs; leave again to hang them up:"
        marks = state.jobs.marks()
        return [f"simpsh: {warning}", *(state.jobs.line(job, marks) for job in jobs)]
