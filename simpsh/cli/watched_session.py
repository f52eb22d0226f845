"""`simpsh --watch`: the shell in one pane of tmux, and its family while it runs in another.

Inside tmux the shell's pane is divided. Elsewhere a tmux is started that has a server of its own,
without keys, status line or settings of the user's.

Nothing is left behind, whoever is killed. The server's socket is removed as soon as both panes are
there. What the shell records for the other pane is in a file without a name. Panes end with the
shell, the server with its panes or its client, the client with the process that waits for it.
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
"""The variable that tells a shell in a tmux of its own where its exit status is waited for."""


def begin_watch() -> str | int:
    """Have this shell's family drawn; return the file that the shell is to be recorded to.

    Or return the shell's exit status, if it has run in a tmux of its own meanwhile.

    Raises UsageProblem: there is no terminal.
    """
    if path := os.environ.pop(_STATUS_PATH, ""):
        _tell_status_of_child(path)
    if not (os.isatty(0) and os.isatty(1)):
        raise UsageProblem("--watch needs a terminal")
    columns = os.get_terminal_size(0).columns
    tmux = find_program("tmux", search_path(os.environ))
    obstacle = ""
    if tmux is None:
        obstacle = "tmux is not installed"
    elif not has_screen(os.environ.get("TERM", "")):
        obstacle = "this terminal has no screen to be divided"
    elif columns < _FEWEST_COLUMNS:
        obstacle = f"two panes need a terminal of {_FEWEST_COLUMNS} columns"
    elif not _is_pane(tmux):
        return _run_in_own_tmux(tmux)
    with tempfile.TemporaryFile() as file:
        # It has no name, and is there as long as a process has it open.
        recording = f"/proc/{os.getpid()}/fd/{dup_above(file.fileno())}"
    watch = ("watch", "--recording", recording, str(os.getpid()))
    if tmux is not None and not obstacle:
        obstacle = _divide(tmux, columns, (*INTERPRETER, *watch))
    if obstacle:
        how = f"in a second terminal, type: {typed_name()} {' '.join(watch)}"
        console.warn([f"simpsh: --watch: {obstacle}; {how}"])
    return recording


def _is_pane(tmux: str) -> bool:
    """Return whether our terminal is a pane of the tmux that the variables name."""
    pane = os.environ.get("TMUX_PANE", "")
    # A terminal that was opened from a pane has the variables, too.
    question = ("display-message", "-p", "-t", pane, "#{pane_tty}")
    return bool(pane) and _asked(tmux, *question) == os.ttyname(0)


def _divide(tmux: str, columns: int, command: Sequence[str]) -> str:
    """Open a pane beside ours that runs a command; return why it cannot be, or an empty string."""
    where = ("-h", "-l", str(columns * _SHARE_PERCENT // 100), "-t", os.environ["TMUX_PANE"])
    # The server of a tmux has variables of its own.
    tones = f"NO_COLOR={os.environ.get('NO_COLOR', '')}"
    split = ("split-window", "-d", *where, "-P", "-F", "#{pane_id}")
    pane = _asked(tmux, *split, "env", tones, *command)
    if not pane.startswith("%"):
        return pane or "tmux opens no pane"
    _asked(tmux, "set-option", "-p", "-t", pane, "remain-on-exit", "off")
    socket = os.environ["TMUX"].partition(",")[0]
    if os.path.basename(socket) == _SOCKET:
        # Our own: the panes need it no longer, and what runs here is in no tmux of the user's.
        del os.environ["TMUX"], os.environ["TMUX_PANE"]
        os.unlink(socket)
        os.rmdir(os.path.dirname(socket))
    return ""


def _run_in_own_tmux(tmux: str) -> int:
    """Run this command line in a tmux of its own; return its exit status."""
    news = pipe2()
    # In /tmp: the path of a socket has 107 bytes at most (unix(7)).
    with own_directory("simpsh-", "/tmp") as folder:
        words = [tmux, "-u", "-S", f"{folder}/{_SOCKET}", "-f", os.devnull, "start-server"]
        for name, value in _SETTINGS.items():
            words += [";", "set-option", "-g", name, value]
        words += [";", "new-session", *INTERPRETER, *sys.argv[1:]]
        variables = {name: value for name, value in os.environ.items() if name[:4] != "TMUX"}
        variables[_STATUS_PATH] = f"/proc/{os.getpid()}/fd/{news.write_end}"
        client = _run(words, variables)
    close(news.write_end)
    status = read_to_end(news.read_end)
    return int(status) if status else client or 128 + SIGHUP


def _tell_status_of_child(path: str) -> None:
    """Go on in a child; write its exit status into a file when it has ended, and end."""
    # tmux itself sometimes misses the end of a pane's process.
    pid = fork()
    if pid == 0:
        return
    sigaction(SIGHUP, lambda number, _frame: kill(pid, number))
    status = collect(pid)
    with suppress(OSError), open(path, "w", encoding="ascii") as file:
        file.write(str(0 if status is None else shell_status(status)))
    exit_now(0)


def _asked(tmux: str, *words: str) -> str:
    """Return what a command of tmux printed."""
    report = pipe2()
    _run((tmux, *words), os.environ, report.write_end)
    close(report.write_end)
    answer = read_to_end(report.read_end)
    close(report.read_end)
    return os.fsdecode(answer).strip()


def _run(argv: Sequence[str], variables: Mapping[str, str], output: int | None = None) -> int:
    """Run a program until it has ended; return its exit status. It is ended when we are."""
    pid = fork()
    if pid == 0:  # in the child
        try:
            # tmux gives the terminal back as it was.
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
