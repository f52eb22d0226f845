"""One run of the shell, from the command line's wishes to the exit status."""

from __future__ import annotations

import os

from simpsh.errors import Interrupted, SimpshError
from simpsh.jobs.launch import FORK, SPAWN
from simpsh.kernel import signals
from simpsh.lines import SharedLines, text_lines
from simpsh.shell import make_shell
from simpsh.state import Exit, State, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from types import FrameType

    from simpsh.shell import Shell
else:
    import _signal


class Arguments:
    """What the command line asks for."""

    def __init__(self) -> None:
        self.command: str | None = None
        self.operands: list[str] = []
        self.is_interactive = False
        self.verbosity = 0
        self.verbose_fd: int | None = None
        self.trace: str | None = None
        self.engine: str | None = None
        self.reads_rc = True
        self.is_truth = False
        self.options: list[str] = []
        """Names of the options of `set` to turn on."""


def run_session(arguments: Arguments) -> int:
    """Run a shell as the command line wants it, and return its exit status.

    Raises:
        SimpshError: a recording or a narration cannot be written.
    """
    if arguments.is_truth:
        _begin_truth(arguments)
    is_interactive = arguments.is_interactive or (
        arguments.command is None and not arguments.operands and os.isatty(0) and os.isatty(2)
    )
    engine = arguments.engine or (FORK if is_interactive else SPAWN)
    shell = make_shell(os.environ, engine=engine, is_interactive=is_interactive)
    for name in arguments.options:
        setattr(shell.state.options, name, True)
    if arguments.verbosity or arguments.trace or is_interactive:
        from simpsh.watching import Watching

        Watching(shell.state, arguments.verbose_fd, arguments.trace).start(arguments.verbosity)
    else:
        shell.state.set_verbosity = _Later(shell.state, arguments.verbose_fd)
    if is_interactive:
        return _Interactive(shell).run(reads_rc=arguments.reads_rc)
    return _run_script(shell, arguments)


def _begin_truth(arguments: Arguments) -> None:
    from simpsh.trace.truth import begin_truth

    path = arguments.trace or os.path.join(_state_folder(), "truth.jsonl")
    try:
        begin_truth(path)
    except OSError as error:
        if isinstance(error, SimpshError):
            raise
        raise SimpshError(f"--truth: {path}: {why(error)}") from error
    # The kernel's own record takes the place of the shell's.
    arguments.trace = None
    State.warn([f"simpsh: the kernel's record of this session goes to {path}"])


def _state_folder() -> str:
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    folder = os.path.join(home, "simpsh")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


class _Later:
    """Begins to watch when the script asks for it: `verbose 1`."""

    def __init__(self, state: State, descriptor: int | None) -> None:
        self._state = state
        self._descriptor = descriptor

    def __call__(self, level: int) -> None:
        from simpsh.watching import Watching

        Watching(self._state, self._descriptor, None).start(level)


# ------------------------------------------------------------------------------- scripts


def _run_script(shell: Shell, arguments: Arguments) -> int:
    state = shell.state
    state.launcher.context.interrupts.install()
    state.line = 1
    try:
        try:
            _run_commands(shell, arguments)
        except Exit as leaving:
            state.last_status = leaving.status
        status = state.run_exit_trap()
    except Interrupted:
        die_of(_signal.SIGINT)
        return 130
    finally:
        if state.launcher.terminal is not None:
            state.launcher.terminal.release()
    return status


def _run_commands(shell: Shell, arguments: Arguments) -> None:
    state = shell.state
    operands = arguments.operands
    if arguments.command is not None:
        if operands:
            state.script_name, *state.positional = operands
        shell.run_lines(text_lines(arguments.command))
    elif operands:
        state.script_name, *state.positional = operands
        state.file = operands[0]
        _run_file(shell, operands[0])
    else:
        lines = SharedLines(0)
        try:
            shell.run_lines(lines.read_line, lines.give_back)
        except OSError as error:
            state.line = 0
            state.complain(f"standard input: {why(error)}")
            raise Exit(2) from error


def _run_file(shell: Shell, path: str) -> None:
    try:
        shell.run_file(path)
    except OSError as error:
        state = shell.state
        state.file, state.line = None, 0
        state.complain(f"{path}: {why(error)}")
        raise Exit(127 if isinstance(error, FileNotFoundError) else 126) from error


def die_of(number: int) -> None:
    """End this process by a signal, so that whoever waits sees what happened."""
    signals.sigaction(number, signals.SIG_DFL)
    signals.kill(os.getpid(), number)


# --------------------------------------------------------------------------- interactive


class _Interactive:
    """A shell at a terminal: job control, rc file, prompt, and leaving nothing behind."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._state = shell.state

    def run(self, *, reads_rc: bool) -> int:
        """Serve the user until the shell is left; return the exit status."""
        state = self._state
        state.launcher.context.interrupts.install()
        for number in (_signal.SIGTERM, _signal.SIGQUIT):
            signals.sigaction(number, signals.SIG_IGN)
        self._take_terminal()
        signals.sigaction(_signal.SIGHUP, self._hang_up)
        try:
            status = self._serve(reads_rc=reads_rc)
            state.last_status = status
            status = state.run_exit_trap()
            state.launcher.hang_up()
        finally:
            if state.launcher.terminal is not None:
                state.launcher.terminal.release()
        return status

    def _serve(self, *, reads_rc: bool) -> int:
        from simpsh.repl.loop import interact

        try:
            if reads_rc:
                self._read_rc()
            return interact(self._shell)
        except Exit as leaving:
            return leaving.status

    def _take_terminal(self) -> None:
        state = self._state
        problem = state.launcher.context.take_terminal()
        if problem is None:
            state.options.monitor = True
        elif any(os.isatty(number) for number in (0, 1, 2)):
            state.complain(f"no job control: the terminal is not ours: {problem}")

    def _read_rc(self) -> None:
        state = self._state
        home = state.variables.get("HOME", "")
        folder = state.variables.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
        path = os.path.join(folder, "simpsh", "rc")
        try:
            self._shell.run_file(path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            state.complain(f"{path}: {why(error)}")
        except Interrupted:
            state.last_status = 130

    def _hang_up(self, number: int, _frame: FrameType | None) -> None:
        # The terminal is gone: whatever the shell was about to do, it is over.
        launcher = self._state.launcher
        if os.getpid() == self._state.shell_pid:
            launcher.hang_up()
            if launcher.terminal is not None:
                launcher.terminal.release()
        die_of(number)
