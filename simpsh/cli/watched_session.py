"""`simpsh --watch`: the shell in one pane of tmux, its process family in another.

Inside tmux, the shell's pane is split. Elsewhere a tmux is started with its own server, and without
keys, status line or the user's settings.

Nothing remains, even if a process is killed: the server's socket is unlinked as soon as both
panes exist, and the recording for the second pane is an unnamed file. Panes end with the shell, the
server with its panes or its client, and the client with the process that waits for it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress

from simpsh import console
from simpsh.base.errors import UsageProblem
from simpsh.base.own_program import INTERPRETER, typed_name
from simpsh.base.signal_names import SIGHUP, SIGTERM
from simpsh.base.wait_status import shell_status
from simpsh.kernel.descriptors import close, dup2, dup_above, pipe2, read_to_end
from simpsh.kernel.processes import execve, exit_now, fork, set_pdeathsig
from simpsh.kernel.program_execution import find_program, search_path
from simpsh.kernel.signals import kill, sigaction
from simpsh.kernel.wait_calls import collect
from simpsh.process.own_directory import own_directory
from simpsh.repl.read_eval_loop import has_screen

_FEWEST_COLUMNS = 80
_SHARE_PERCENT = 45
_SOCKET = "simpsh-panes"
_SETTINGS = {
    "default-terminal": "screen-256color",
    "prefix": "None",
    "status": "off",
    "mouse": "on",
    "escape-time": "0",
    "destroy-unattached": "on",
}
_STATUS_PATH = "SIMPSH_STATUS_PATH"
"""The variable with the path to which a shell in its own tmux writes its exit status."""


def begin_watch() -> str | int:
    """Draw this shell's family in another pane; return the file to record the shell to.

    If the shell ran in its own tmux meanwhile, return its exit status instead.

    Raises UsageProblem: there is no terminal.
    """
    if path := os.environ.pop(_STATUS_PATH, ""):
        _report_status_of_child(path)
    if not (os.isatty(0) and os.isatty(1)):
        raise UsageProblem("--watch needs a terminal")
    columns = os.get_terminal_size(0).columns
    tmux = find_program("tmux", search_path(os.environ))
    obstacle = ""
    if tmux is None:
        obstacle = "tmux is not installed"
    elif not has_screen(os.environ.get("TERM", "")):
        obstacle = "this terminal cannot be divided"
    elif columns < _FEWEST_COLUMNS:
        obstacle = f"two panes need a terminal of {_FEWEST_COLUMNS} columns"
    elif not _is_pane(tmux):
        return _run_in_own_tmux(tmux)
    with tempfile.TemporaryFile() as file:
        # The unnamed file exists as long as a process has it open.
        recording = f"/proc/{os.getpid()}/fd/{dup_above(file.fileno())}"
    watch = ("watch", "--recording", recording, str(os.getpid()))
    if tmux is not None and not obstacle:
        obstacle = _divide(tmux, columns, (*INTERPRETER, *watch))
    if obstacle:
        how = f"in a second terminal, type: {typed_name()} {' '.join(watch)}"
        console.warn([f"simpsh: --watch: {obstacle}; {how}"])
    return recording


def _is_pane(tmux: str) -> bool:
    """Return whether our terminal is a pane of the tmux that the environment names."""
    pane = os.environ.get("TMUX_PANE", "")
    # A terminal that was opened from a pane inherits the variables.
    question = ("display-message", "-p", "-t", pane, "#{pane_tty}")
    return bool(pane) and _tmux_output(tmux, *question) == os.ttyname(0)


def _divide(tmux: str, columns: int, command: Sequence[str]) -> str:
    """Split our pane and run a command in the new one; return an error message, or ""."""
    position = ("-h", "-l", str(columns * _SHARE_PERCENT // 100), "-t", os.environ["TMUX_PANE"])
    # The tmux server has its own environment.
    tones = f"NO_COLOR={os.environ.get('NO_COLOR', '')}"
    split = ("split-window", "-d", *position, "-P", "-F", "#{pane_id}")
    pane = _tmux_output(tmux, *split, "env", tones, *command)
    if not pane.startswith("%"):
        return pane or "tmux opens no pane"
    _tmux_output(tmux, "set-option", "-p", "-t", pane, "remain-on-exit", "off")
    socket = os.environ["TMUX"].partition(",")[0]
    if os.path.basename(socket) == _SOCKET:
        # In our own tmux the panes need the socket no longer. Hide this tmux from programs.
        del os.environ["TMUX"], os.environ["TMUX_PANE"]
        os.unlink(socket)
        os.rmdir(os.path.dirname(socket))
    return ""


def _run_in_own_tmux(tmux: str) -> int:
    """Run this command line in its own tmux; return its exit status."""
    status_pipe = pipe2()
    # In /tmp, because the path of a socket is limited to 107 bytes (unix(7)).
    with own_directory("simpsh-", "/tmp") as folder:
        words = [tmux, "-u", "-S", f"{folder}/{_SOCKET}", "-f", os.devnull, "start-server"]
        for name, value in _SETTINGS.items():
            words += [";", "set-option", "-g", name, value]
        words += [";", "new-session", *INTERPRETER, *sys.argv[1:]]
        variables = {name: value for name, value in os.environ.items() if name[:4] != "TMUX"}
        variables[_STATUS_PATH] = f"/proc/{os.getpid()}/fd/{status_pipe.write_end}"
        client = _run(words, variables)
    close(status_pipe.write_end)
    status = read_to_end(status_pipe.read_end)
    return int(status) if status else client or 128 + SIGHUP


def _report_status_of_child(path: str) -> None:
    """Continue in a child; write its exit status to `path` when it has ended, and exit."""
    # tmux sometimes misses the end of a pane's process.
    pid = fork()
    if pid == 0:
        return
    sigaction(SIGHUP, lambda number, _frame: kill(pid, number))
    status = collect(pid)
    with suppress(OSError), open(path, "w", encoding="ascii") as file:
        file.write(str(0 if status is None else shell_status(status)))
    exit_now(0)


def _tmux_output(tmux: str, *words: str) -> str:
    """Run a tmux command and return its output."""
    report = pipe2()
    _run((tmux, *words), os.environ, report.write_end)
    close(report.write_end)
    answer = read_to_end(report.read_end)
    close(report.read_end)
    return os.fsdecode(answer).strip()


def _run(argv: Sequence[str], variables: Mapping[str, str], output: int | None = None) -> int:
    """Run a program and return its exit status. The program is ended when this process ends."""
    pid = fork()
    if pid == 0:  # in the child
        try:
            # SIGTERM, so that tmux restores the terminal.
            set_pdeathsig(SIGTERM)
            if output is not None:
                dup2(output, 1)
                dup2(output, 2)
            execve(argv[0], argv, variables)
        finally:
            exit_now(126)
    # The shell has no other children yet.
    status = collect(pid)
    return 0 if status is None else shell_status(status)
