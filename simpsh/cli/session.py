"""One run of the shell, from its command line to the exit status."""

from __future__ import annotations

import os

from simpsh.base.errors import Interrupted, SimpshError, naming
from simpsh.base.phrases import named
from simpsh.base.signal_names import SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGXFSZ
from simpsh.console import warn, why
from simpsh.kernel import signals
from simpsh.shell.jobs.launcher import FORK, SPAWN
from simpsh.shell.language.words import line_reader
from simpsh.shell.script_lines import SharedLines
from simpsh.shell.shell import make_shell
from simpsh.shell.state import Options, ShellExit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simpsh.base.complaint import Failure, HintSource
    from simpsh.repl.argument_names import Subcommands
    from simpsh.shell.shell import Shell
    from simpsh.shell.state import State


class ShellArguments:
    """The parsed command line of the shell."""

    def __init__(self) -> None:
        self.command: str | None = None
        self.reads_standard_input = False
        """Whether all operands are arguments and none is a script: `-s`."""
        self.operands: list[str] = []
        self.is_interactive: bool | None = None
        """`-i` or `+i`; None: a shell at a terminal is interactive."""
        self.is_narrated = False
        self.reads_rc = True
        self.is_login = False
        self.is_truth = False
        self.subcommands: Iterable[str] = ()
        """Subcommands to suggest if a script does not exist."""
        self.complete_arguments: Subcommands | None = None
        """Completes the arguments of subcommands."""
        self.options = Options()
        """The options of `set`."""


def run_session(arguments: ShellArguments) -> int:
    """Run a shell with these arguments and return its exit status; raise SimpshError."""
    session_record = _begin_truth() if arguments.is_truth else ""
    is_interactive = arguments.is_interactive
    if is_interactive is None:
        reads_input = arguments.reads_standard_input or not arguments.operands
        is_terminal = os.isatty(0) and os.isatty(2)
        is_interactive = arguments.command is None and reads_input and is_terminal
    options = arguments.options
    if options.visible is None:
        options.visible = is_interactive
    # posix_spawn does not show the steps of a fork to a person who watches.
    engine = FORK if options.visible else SPAWN
    shell = make_shell(os.environ, engine=engine, is_interactive=is_interactive, hints=_hints)
    shell.state.options = options
    if arguments.reads_standard_input:
        shell.state.positional = arguments.operands
        arguments.operands = []
    if arguments.is_narrated:
        shell.observe(is_narrated=True)
    if session_record and is_interactive:
        shell.keep_record(session_record)
    if is_interactive:
        # An interactive shell ends its jobs when it exits.
        shell.launcher.context.interrupts.install()
        signals.set_dispositions({SIGTERM: signals.SIG_IGN, SIGQUIT: signals.SIG_IGN})
        problem = shell.launcher.context.take_terminal()
        if problem is None:
            shell.state.options.monitor = True
        elif any(os.isatty(number) for number in (0, 1, 2)):
            shell.state.complain(f"no job control: the terminal is not ours: {problem}")
        shell.launcher.end_at_hangup()
        try:
            shell.state.last_status = _serve(shell, arguments)
            status = shell.run_exit_trap()
            shell.launcher.hang_up(only_stopped=True)
        finally:
            shell.launcher.release_terminal()
        return status
    shell.launcher.context.interrupts.install()
    # The Python interpreter ignores these two signals; in a script they must have the default
    # action.
    signals.set_dispositions({SIGPIPE: signals.SIG_DFL, SIGXFSZ: signals.SIG_DFL})
    shell.state.line = 1
    try:
        try:
            _read_profiles(shell, arguments)
            _run_commands(shell, arguments)
        except ShellExit as leaving:
            shell.state.last_status = leaving.status
        status = shell.run_exit_trap()
        # A SIGINT that came after the last call that blocks.
        shell.launcher.context.interrupts.raise_if_pending()
    except Interrupted:
        signals.die_of(SIGINT)
        return 130
    finally:
        shell.launcher.release_terminal()
    return status


def _begin_truth() -> str:
    """Trace this session; return the path of the recording."""
    from simpsh.base.file_store import check_trust, make_own_folder, state_path
    from simpsh.trace.tracer.session_tracer import begin_truth

    # Absolute, because the shell may change its directory.
    path = os.path.abspath(state_path("truth.jsonl"))
    make_own_folder(os.path.dirname(path))
    check_trust(path)
    with naming(f"--truth: {named(path)}"):
        begin_truth(path)
    warn([f"simpsh: the kernel's record of this session goes to {path}"])
    return path


def _hints(state: State) -> HintSource:
    def text(failure: Failure) -> str:
        # Imported at the first failure: the prompt is to appear soon.
        from simpsh.repl.hints import hints

        return hints(state)(failure)

    return text


# ------------------------------------------------------------------------------- scripts


def _run_commands(shell: Shell, arguments: ShellArguments) -> None:
    """Run the command of -c, or the script, or standard input."""
    state, operands = shell.state, arguments.operands
    if operands:
        state.script_name, *state.positional = operands
    if arguments.command is not None:
        shell.run_lines(line_reader(arguments.command))
        return
    try:
        if operands:
            state.file = None if state.is_interactive else operands[0]
            shell.run_file(operands[0])
        else:
            interrupts = shell.launcher.context.interrupts
            lines = SharedLines(0, wait=interrupts.wait_for_input)

            def read_line() -> str | None:
                with interrupts:
                    return shell.echo_line(lines.read_line())

            shell.run_lines(read_line, lines.give_back)
    except OSError as error:
        state.file, state.line = None, 0
        source = operands[0] if operands else "standard input"
        meant = ""
        if isinstance(error, FileNotFoundError):
            from simpsh.base.own_program import typed_name
            from simpsh.repl.command_names import nearest

            near = nearest(source, arguments.subcommands)
            meant = f"; did you mean {typed_name()} {near[0]}?" if near else ""
        state.complain(f"{named(source)}: {why(error)}{meant}")
        if not operands:
            raise ShellExit(2) from error
        raise ShellExit(127 if isinstance(error, FileNotFoundError) else 126) from error


# --------------------------------------------------------------------------- interactive


def _serve(shell: Shell, arguments: ShellArguments) -> int:
    try:
        _read_profiles(shell, arguments)
        if arguments.reads_rc:
            # POSIX (XCU sh): the value of ENV is expanded before its file is read.
            value = shell.state.variables.get("ENV", "")
            if value and os.getuid() == os.geteuid() and os.getgid() == os.getegid():
                _read_settings(shell, lambda: shell.expanded(value), origin="ENV: ")
            from simpsh.base.file_store import settings_path

            _read_settings(shell, lambda: settings_path(shell.state.variables))
        if arguments.command is not None or arguments.operands:
            _run_commands(shell, arguments)
            return shell.state.last_status
        from simpsh.repl.read_eval_loop import interact

        return interact(shell, subcommands=arguments.complete_arguments)
    except (ShellExit, Interrupted) as leaving:
        return leaving.status


def _read_profiles(shell: Shell, arguments: ShellArguments) -> None:
    """Read the profiles of a login shell: the system's, then the user's."""
    if arguments.is_login:
        from simpsh.base.surroundings import home

        _read_settings(shell, lambda: "/etc/profile", may_be_foreign=True)
        _read_settings(shell, lambda: os.path.join(home(shell.state.variables), ".profile"))


def _read_settings(
    shell: Shell, path_of: Callable[[], str], origin: str = "", *, may_be_foreign: bool = False
) -> None:
    """Run a file before the first prompt if it exists and no other user could have written it.

    `path_of` returns its path, or raises SimpshError; `origin` begins the message about that.
    """
    # Imported here because scripts do not need it.
    from simpsh.base.file_store import check_trust, is_news

    state, path = shell.state, ""
    try:
        path = path_of()
        if not may_be_foreign:
            check_trust(path, is_settings=True)
        shell.run_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except SimpshError as problem:
        if is_news(problem):
            state.file, state.line = None, 0
            state.complain(f"{'' if path else origin}{problem}")
    except OSError as error:
        state.complain(f"{named(path)}: {why(error)}")
    except Interrupted as interrupted:
        state.last_status = interrupted.status
