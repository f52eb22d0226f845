"""The shell of a kernel: it runs cells like typed lines.

It has its own terminal, so that jobs have groups and programs behave as at a prompt, and an empty
standard input, because a cell has no keyboard. The kernel may interrupt it only while a cell runs,
after the message BEGAN.
"""

from __future__ import annotations

import fcntl
import os
import termios
import time
from collections.abc import Iterator
from contextlib import suppress

from simpsh.base.errors import Interrupted, SimpshError, SyntaxMistake
from simpsh.base.line_record import Stretch
from simpsh.base.record import Mutable, Record, changed
from simpsh.base.signal_names import SIGQUIT, SIGTERM
from simpsh.console import in_words, say, show, show_lines
from simpsh.kernel import signals
from simpsh.kernel.descriptors import move_above
from simpsh.notebook.cell_output import END_OF_CELL
from simpsh.process.worker import Channel
from simpsh.repl.hints import hints
from simpsh.shell.jobs.launcher import FORK
from simpsh.shell.plan.job_plan import JobPlan, ProcessPlan
from simpsh.shell.shell import Shell, make_shell
from simpsh.shell.state import ShellExit

INTERRUPTED = 130
"""The status after an interrupt: 128 + SIGINT."""

BEGAN = "began"
"""A message of the shell: from now on, an interrupt is for this cell."""


class ShellStarted(Record):
    """A message of the shell: it has started."""

    refusal: str
    """Why there is no recording; empty if there is one."""


class CellResult(Mutable):
    """The result of a cell."""

    stretch: Stretch
    """The part of the recording that belongs to the cell."""
    status: int = 0
    """The status to show: 0 without a command, and after `timeline` and the like."""
    has_left: bool = False
    """Whether the cell ended the shell, as `exit` does."""
    was_interrupted: bool = False
    mistake: str = ""
    """The message about a syntax error, which prevented the cell from running; empty for none."""


_PAGERS = dict.fromkeys(("PAGER", "MANPAGER", "GIT_PAGER"), "cat")
"""Pagers need a keyboard; a notebook shows the whole text."""


def serve(descriptor: int, recording: int) -> None:
    """Run the shell of a kernel until it exits or the kernel ends.

    This process leads a session without a terminal; standard output becomes its terminal.
    `descriptor` is our end of the channel, `recording` the file for the recording of the processes.
    """
    from simpsh.trace.tracer.session_tracer import begin_truth

    fcntl.ioctl(1, termios.TIOCSCTTY, 0)
    # Above the descriptors of `exec 3>file`, and close-on-exec.
    channel = Channel(move_above(descriptor))
    record, refusal = f"/proc/{os.getpid()}/fd/{move_above(recording)}", ""
    try:
        begin_truth(record, "simpsh")
    except (SimpshError, OSError) as problem:
        refusal = in_words(problem) if isinstance(problem, OSError) else str(problem)
        show(f"simpsh: no pictures in this notebook: {refusal}\n")
    environment = {**os.environ, **_PAGERS, "TERM": "xterm"}
    shell = make_shell(environment, engine=FORK, is_interactive=True, hints=hints)
    shell.keep_record("" if refusal else record)
    shell.launcher.context.interrupts.install()
    signals.set_dispositions(dict.fromkeys((SIGTERM, SIGQUIT), signals.SIG_IGN))
    shell.launcher.end_at_hangup()
    shell.state.options.monitor = shell.launcher.context.take_terminal() is None
    cell_shell = CellShell(shell, channel, is_traced=not refusal)
    try:
        channel.send(ShellStarted(refusal))
        cell_shell.run_all()
        shell.run_exit_trap()
        shell.launcher.hang_up()
    except BrokenPipeError:
        shell.launcher.hang_up()
    finally:
        shell.launcher.release_terminal()


class CellShell:
    """A shell that runs the cells that its kernel sends."""

    def __init__(self, shell: Shell, channel: Channel, *, is_traced: bool) -> None:
        self._shell = shell
        self._channel = channel
        self._is_traced = is_traced
        self._last_stretch: Stretch | None = None
        """The part of the recording for the last cell that started processes."""

    def run_all(self) -> None:
        """Run cells until the shell exits or the kernel ends.

        Raises BrokenPipeError: the kernel has ended.
        """
        has_left = False
        while not has_left:
            text = self._channel.receive()
            if not isinstance(text, str):
                return
            has_left = self._run(text)

    def _run(self, text: str) -> bool:
        """Run a cell; return whether it ended the shell."""
        shell = self._shell
        # Discard a late interrupt of the previous cell.
        shell.launcher.context.interrupts.take()
        self._channel.send(BEGAN)
        # As before a prompt: report background jobs and run pending traps.
        shell.collect()
        try:
            shell.run_traps()
        except Interrupted as given_up:
            shell.state.last_status = given_up.status
        show_lines(shell.notices(), is_painted=True)
        launcher, record = shell.launcher, shell.state.record
        assert record is not None  # as at every prompt
        offset = os.stat(record.session_record).st_size if self._is_traced else 0
        stretch = Stretch(text.strip(), offset, time.monotonic_ns(), 0)
        result, started = CellResult(stretch), launcher.started
        launcher.tools.clear()
        has_command = self._run_commands(text, result)
        if result.has_left:
            # Run the trap here, so that its output is shown and its processes are drawn.
            with suppress(Interrupted):
                shell.run_exit_trap()
        result.stretch = changed(result.stretch, ended_ns=time.monotonic_ns())
        if self._is_traced:
            # Run a child that does nothing: once its birth is recorded, the whole cell is recorded.
            plan = JobPlan((ProcessPlan(body=lambda: 0),), is_tool=True, text="end of cell")
            sign = launcher.run_in_foreground(plan).pids[0]
            result.stretch = changed(result.stretch, sign=sign, tools=tuple(launcher.tools))
            if launcher.started > started:
                self._last_stretch = result.stretch
            record.last.stretch = self._last_stretch
        terminal = shell.launcher.context.terminal
        say(END_OF_CELL, 1 if terminal is None else terminal.descriptor)
        if has_command and not record.is_passed_over:
            result.status = shell.state.last_status
        self._channel.send(result)
        return result.has_left

    def _run_commands(self, text: str, result: CellResult) -> bool:
        """Run the complete commands of a cell in order; return whether there was one.

        `result` gets how the cell ended.
        """
        shell, has_command = self._shell, False
        try:
            for command in self._commands(text):
                shell.state.history.append(command)
                shell.state.is_line_in_history = True
                has_command |= shell.holds_command(command)
                status, interrupts = shell.run(command), shell.launcher.context.interrupts
                result.was_interrupted = interrupts.take() or status == INTERRUPTED
                if result.was_interrupted:
                    break
        except SyntaxMistake as mistake:
            # Do not run the rest, which relies on the lines above.
            result.mistake = "\n".join(shell.note_mistake(mistake).lines())
        except ShellExit as leaving:
            shell.state.last_status = leaving.status
            result.has_left = True
        return has_command

    def _commands(self, text: str) -> Iterator[str]:
        """Split a cell into complete commands, as Enter does at a prompt."""
        lines: list[str] = []
        for line in text.split("\n"):
            lines.append(line)
            command = "\n".join(lines)
            if not command.strip():
                lines = []
            elif self._shell.is_complete(command):
                yield command
                lines = []
        if "".join(lines).strip():
            yield "\n".join(lines)
