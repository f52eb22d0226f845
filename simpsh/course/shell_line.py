"""A line that simpsh itself runs, in a process forked from the one that teaches: no start-up."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from simpsh.course.line_telling import BEGIN, tell
from simpsh.kernel import signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.shell import Shell


def run_line(line: str) -> None:
    """Run a line as `simpsh --engine fork -c` does, in this process.

    Raises:
        SystemExit: in the end, with the line's status.
    """
    from simpsh.errors import Interrupted
    from simpsh.jobs.launch import FORK
    from simpsh.lines import text_lines
    from simpsh.shell import make_shell
    from simpsh.state import Exit

    shell = make_shell(os.environ, engine=FORK)
    state = shell.state
    state.launcher.context.interrupts.install()
    state.line = 1
    tell(BEGIN)
    try:
        try:
            shell.run_lines(text_lines(line))
        except Exit as leaving:
            state.last_status = leaving.status
        status = state.run_exit_trap()
    except Interrupted:
        status = 130
    sys.exit(status)


def run_at_prompt(line: str) -> None:
    """Run a line as a simpsh at its prompt does, and then those that are typed at the terminal.

    Raises:
        SystemExit: when the shell is left.
    """
    from simpsh.jobs.launch import FORK
    from simpsh.lines import text_lines
    from simpsh.shell import make_shell
    from simpsh.signals import by_name
    from simpsh.state import Exit

    shell = make_shell(os.environ, engine=FORK, is_interactive=True)
    state = shell.state
    state.launcher.context.interrupts.install()
    for name in ("SIGTERM", "SIGQUIT"):
        signals.sigaction(by_name(name) or 0, signals.SIG_IGN)
    state.options.monitor = state.launcher.context.take_terminal() is None
    tell(BEGIN)
    try:
        _carry_out(shell, lambda: shell.run_lines(text_lines(line)))
        _converse(shell)
    except Exit as leaving:
        state.last_status = leaving.status
    status = state.run_exit_trap()
    state.launcher.hang_up()
    sys.exit(status)


def _converse(shell: Shell) -> None:
    """Run what is typed, line by line; what has become of jobs is said before each."""
    from simpsh.lines import SharedLines

    typed = SharedLines(0)
    while True:
        shell.collect()
        _carry_out(shell, shell.run_traps)
        sys.stderr.writelines(f"{notice}\n" for notice in shell.notices())
        sys.stderr.flush()
        text = typed.read_line()
        if text is None:
            return
        _carry_out(shell, partial(shell.run, text))


def _carry_out(shell: Shell, action: Callable[[], object]) -> None:
    """Do what ^C may interrupt."""
    from simpsh.errors import Interrupted

    try:
        action()
    except Interrupted:
        shell.state.last_status = 130


def warm() -> None:
    """Import now, once, what run_line() needs: each line's own process is forked from this one."""
    import simpsh.interpret.interpreter
    import simpsh.jobs.child
    import simpsh.jobs.fork_engine
    import simpsh.language.parser
    import simpsh.shell

    del simpsh
