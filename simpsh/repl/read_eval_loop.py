"""The loop of the interactive shell: prompt, read a command, run it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from simpsh.base import failed_call
from simpsh.base.errors import Interrupted, LineAbandoned, ListSuspended, SimpshError
from simpsh.base.record import suppress
from simpsh.console import in_words, warn
from simpsh.repl.foreign_output import ForeignOutput
from simpsh.repl.line_history import LineHistory, expanded, history_path
from simpsh.repl.plain_reader import KeyAnswer, PlainReader, Unfinished
from simpsh.repl.prompt_text import banner, first_prompt
from simpsh.repl.terminal_io import open_screen, paint_early
from simpsh.shell.shell import Shell
from simpsh.shell.state import ErrexitExit, ShellExit, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.repl.argument_names import Subcommands
    from simpsh.repl.line_editor import Editor
    from simpsh.repl.plain_reader import Answer


def interact(
    shell: Shell, subcommands: Subcommands | None = None, run: Callable[[str], object] | None = None
) -> int:
    """Read and run commands until ^D or `exit`; return the exit status.

    The terminal must be the shell's, its job signals ignored, and SIGINT must have a handler that
    raises nothing at the prompt. `subcommands` completes the arguments of simpsh's own subcommands.
    `run` replaces shell.run() for complete commands.
    """
    shell.keep_record()
    history = LineHistory(history_path(shell.state.variables), shell.state.history)
    readers = _Readers(shell, history, subcommands)
    try:
        notices = [banner()]
        while True:
            shell.collect()
            _carry_out(shell, shell.run_traps)
            problem = history.take_problem()
            notices += [*shell.notices(), *([f"simpsh: {problem}"] if problem else [])]
            # Discard a ^C that arrived after the command had ended.
            shell.launcher.context.interrupts.take()
            answer = readers.read(notices)
            notices = []
            match answer:
                case KeyAnswer.INTERRUPT:
                    shell.note_cancelled()
                case KeyAnswer.END:
                    notices = ["simpsh: type 'exit' to leave (set -o ignoreeof is on)"]
                    if not shell.state.options.ignoreeof:
                        notices = shell.may_leave(is_typed=False)
                    if not notices:
                        # If the terminal has hung up, the trap of SIGHUP runs before that of EXIT.
                        _carry_out(shell, shell.run_traps)
                        return shell.state.last_status
                case KeyAnswer.AGAIN:
                    continue
                case Unfinished(typed) if mistake := shell.unfinished(typed, is_last=True):
                    # No command of it is run, not even a complete one in its first lines.
                    history.add(typed)
                    shell.state.complain(shell.note_mistake(mistake))
                case str(typed) | Unfinished(typed):
                    text = _with_history(shell, typed, history.entries)
                    shell.state.is_line_in_history = history.add(text)
                    _set_size_variables(shell.state)
                    if text.strip():
                        _carry_out(shell, partial(run or shell.run, text))
                        history.note_status(text, shell.state.last_status)
    except ShellExit as leaving:
        if isinstance(leaving, ErrexitExit):
            reason = f"set -e is on, and a command ended with status {leaving.status}"
            warn([f"simpsh: this shell leaves: {reason}"])
        return leaving.status
    finally:
        readers.close()


def _with_history(shell: Shell, text: str, entries: Sequence[str]) -> str:
    """Expand references to the history in a line, and show the result if there were any."""
    if "!" not in text or not shell.state.is_typed:
        return text
    try:
        line = expanded(text, entries)
    except SimpshError as problem:
        shell.state.complain(problem)
        shell.state.last_status = problem.status
        return ""
    if line != text:
        warn(line.split("\n"))
        shell.remark_once(["!!"])
    return line


def _set_size_variables(state: State) -> None:
    """Set COLUMNS and LINES to the size of the terminal, as bash does."""
    with suppress(OSError):  # there is no terminal, or it has hung up
        sizes = dict(zip(("COLUMNS", "LINES"), os.get_terminal_size(0), strict=True))
        # A terminal of unknown size reports 0.
        values = {name: f"{size}" for name, size in sizes.items() if size}
        state.variables |= {name: values[name] for name in values.keys() - state.readonly}


def _carry_out(shell: Shell, action: Callable[[], object]) -> None:
    """Run an action that ^C may interrupt; report a defect in it."""
    try:
        action()
    except Interrupted as interrupted:
        if isinstance(interrupted, ListSuspended):
            shell.report_suspended(interrupted)
        elif not isinstance(interrupted, LineAbandoned):
            shell.note_failure(interrupted.status, failed_call.INTERRUPTED)
        shell.state.last_status = interrupted.status
    except Exception as problem:  # noqa: BLE001 - the net: nothing that is run ends the session
        shell.report_defect(problem)


class _Readers:
    """The readers of the session: the line editor if the terminal allows it, else plain lines."""

    def __init__(self, shell: Shell, history: LineHistory, subcommands: Subcommands | None) -> None:
        self._shell = shell
        self._plain = PlainReader(shell)
        self._editor: Editor | None = None
        self._history = history
        self._subcommands = subcommands
        self._has_screen = has_screen(shell.state.variables.get("TERM", "")) and os.isatty(0)

    def read(self, notices: Sequence[str]) -> Answer:
        """Show notices and the prompt; return a command, or the key that ended the prompt."""
        if self._has_screen and self._editor is None:
            return self._read_first(notices)
        return self._current().read(notices)

    def _read_first(self, notices: Sequence[str]) -> Answer:
        """Show the first prompt, then make the editor, and read with it."""
        screen = open_screen()
        foreign = ForeignOutput(screen.fileno())
        first = first_prompt(self._shell)
        terminal = self._shell.launcher.context.terminal
        is_painted = terminal is not None and paint_early(screen, terminal, first, notices)
        foreign.discard_own()
        try:
            # Imported here because its library takes most of the start-up time.
            from simpsh.repl.line_editor import Editor

            self._editor = Editor(self._shell, self._history, screen, foreign, self._subcommands)
        except OSError as error:
            # No descriptor is left, or the terminal has hung up.
            if terminal is not None:
                terminal.take_back()
            self._has_screen = False
            return self._plain.read([f"simpsh: no line editor: {in_words(error)}"])
        return self._editor.read(notices, first, is_painted=is_painted)

    def _current(self) -> PlainReader | Editor:
        """Return the reader for the next line: `exec <file` may have replaced the keyboard."""
        editor = self._editor
        # Ask twice: a single failure would look like the end of the terminal.
        is_terminal = os.isatty(0) or os.isatty(0)
        if editor is None or editor.has_failed or not is_terminal:
            return self._plain
        return editor

    def close(self) -> None:
        """Close the readers."""
        if self._editor is not None:
            self._editor.close()


def has_screen(term: str) -> bool:
    """Return whether there is a terminal that can move its cursor."""
    return term not in ("", "dumb", "unknown") and (os.isatty(2) or os.isatty(1))
