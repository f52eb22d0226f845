"""The journey of a line: text – tree – plan – processes – wait status."""

from __future__ import annotations

import os
import sys

from simpsh.errors import CommandProblem, Interrupted, SimpshError, SyntaxMistake
from simpsh.interpret.interpreter import Interpreter
from simpsh.jobs.context import Context
from simpsh.jobs.dispositions import Dispositions
from simpsh.jobs.interrupts import Interrupts
from simpsh.jobs.job import ENDED, STOPPED
from simpsh.jobs.launch import FORK, Launcher
from simpsh.kernel import descriptors, observing
from simpsh.language.parser import Parser, is_complete
from simpsh.lines import FileLines, text_lines
from simpsh.state import Exit, State, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simpsh.language.tree import List
    from simpsh.plan.outline import Outline

_DEEPEST = 100
"""How deep files may read one another, and traps run in traps."""


class Shell:
    """One shell: what it knows, and how it runs a line."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._depth = 0
        self._held: list[str] = []
        self._interpreter = Interpreter(state)
        state.run = self.run_inside
        state.run_file = self.run_file
        state.run_job = self._interpreter.run_job
        state.run_program = self._interpreter.simple.run_words
        state.replace = self._interpreter.simple.replace
        state.resume = self._interpreter.resume
        state.may_leave = self.may_leave
        state.plan_of = self.plan_of

    def run(self, text: str) -> int:
        """Run the text of a complete command, typed at the prompt; return its status.

        Raises:
            Exit: the shell is to be left.
        """
        if self.state.last_run is not None:
            self.state.last_run.begin(text, is_watched=observing.observer() is not None)
        self.state.lines_run += 1
        try:
            return self.run_lines(text_lines(text))
        except Interrupted:
            # The terminal has echoed ^C, without a newline.
            self.state.warn([""])
            self.state.last_status = 130
            return 130

    def run_inside(self, text: str) -> int:
        """Run a text in the middle of other commands: a trap's action, `.`'s lines.

        Raises:
            Exit: the shell is to be left.
            Interrupted: SIGINT came; the line that runs this is given up, too.
        """
        self._descend()
        try:
            return self.run_lines(text_lines(text))
        finally:
            self._depth -= 1

    def _descend(self) -> None:
        if self._depth >= _DEEPEST:
            raise CommandProblem(f"files or traps run one another {_DEEPEST} deep: too deep", 2)
        self._depth += 1

    def run_lines(
        self,
        read_line: Callable[[], str | None],
        before_command: Callable[[], None] | None = None,
    ) -> int:
        """Read, parse and run one complete command after the other.

        Args:
            read_line: gives a line, or None at the end.
            before_command: called when a command has been read and is to be run.
        """
        state = self.state
        parser = Parser(read_line)
        while True:
            try:
                tree = parser.next_command()
                if tree is None:
                    return state.last_status
                if before_command is not None:
                    before_command()
                self._run_tree(tree)
            except SyntaxMistake as mistake:
                self._answer(mistake)
            if not state.is_interactive and state.jobs.has_any:
                state.launcher.collect()
                state.jobs.discard_ended()

    def _run_tree(self, tree: List) -> None:
        state = self.state
        try:
            self._interpreter.run_list(tree)
        except SimpshError as problem:
            state.complain(problem)
            state.last_status = problem.status
        except OSError as error:
            # Nobody below knew it: the system has run out of something. The script goes on.
            state.complain(f"the command could not be run: {why(error)}")
            state.last_status = 126

    def _answer(self, mistake: SyntaxMistake) -> None:
        from simpsh.view.caret import pointed

        state = self.state
        state.at_line(mistake.line)
        shown, carets = pointed(mistake.text, mistake.column, mistake.width)
        state.complain(f"{mistake.message}\n  {shown}\n  {carets}")
        state.last_status = mistake.status
        if not state.is_interactive:
            raise Exit(mistake.status)

    def run_file(self, path: str) -> int:
        """Run the commands of a file in this shell: `.`, and a script.

        Raises:
            OSError: the file cannot be opened or read.
            CommandProblem: files read one another too deeply.
        """
        self._descend()
        try:
            return self._run_file(path)
        finally:
            self._depth -= 1

    def _run_file(self, path: str) -> int:
        interruptible = self.state.launcher.interruptible()
        # A FIFO may have no writer, or a silent one: ^C must get the user out of both.
        with interruptible:
            descriptor = own_descriptor(path)
        lines = FileLines(descriptor)
        has_run = []

        def read_line() -> str | None:
            with interruptible:
                return lines.read_line()

        try:
            status = self.run_lines(read_line, lambda: has_run.append(True))
            return status if has_run else 0
        finally:
            os.close(descriptor)

    def plan_of(self, tree: List) -> tuple[Outline, ...]:
        """Tell what running a tree would do, running nothing: `explain`."""
        from simpsh.interpret.foreseeing import foresee

        return foresee(self.state, tree)

    # ----------------------------------------------------------------- for the prompt

    def is_complete(self, text: str) -> bool:
        """Tell whether Enter ends this input, or another line is wanted."""
        return is_complete(text)

    def collect(self) -> None:
        """File every status that is there, without blocking; what is narrated of it waits."""
        state = self.state
        if state.narration is None:
            state.launcher.collect()
            return
        state.narration.hold()
        try:
            state.launcher.collect()
        finally:
            self._held += state.narration.let_go()

    def notices(self) -> list[str]:
        """Return lines about background jobs that have ended, stopped or gone on."""
        held, self._held = self._held, []
        return held + self.state.jobs.notices()

    def run_traps(self) -> None:
        """Run the actions of signals that have come."""
        self._interpreter.run_traps()

    def may_leave(self) -> list[str]:
        """Return a warning if jobs would be left behind and the user was not just told so."""
        state = self.state
        jobs = [job for job in state.jobs if job.state != ENDED and job.will_hear_hangup]
        if not jobs or state.lines_run <= state.warned_at_line + 1:
            return []
        state.warned_at_line = state.lines_run
        stopped = sum(job.state == STOPPED for job in jobs)
        kinds = [f"{stopped} stopped"] if stopped else []
        kinds += [f"{len(jobs) - stopped} running"] if len(jobs) > stopped else []
        warning = f"there are jobs left ({' and '.join(kinds)}); leave again to hang them up:"
        return [f"simpsh: {warning}", *(state.jobs.line(job) for job in jobs)]


def own_descriptor(path: str) -> int:
    """Open a file for the shell itself, out of the way of redirections.

    Raises:
        OSError: it cannot be opened, or is a directory.
    """
    opened = descriptors.open_file(path, os.O_RDONLY)
    try:
        os.read(opened, 0)
        return descriptors.dup_above(opened)
    finally:
        descriptors.close(opened)


def make_shell(
    environment: Mapping[str, str], *, engine: str = FORK, is_interactive: bool = False
) -> Shell:
    """Put a shell together: state, jobs, interpreter."""
    # Frames of Python code cost no stack; the parser has a limit of its own.
    sys.setrecursionlimit(20_000)
    dispositions = Dispositions()
    state = State(environment, is_interactive=is_interactive)
    state.traps.ignored_at_start = (
        dispositions.ignored_at_start if not is_interactive else frozenset()
    )
    context = Context(state, state.jobs, dispositions, Interrupts())
    state.launcher = Launcher(context, engine)
    return Shell(state)
