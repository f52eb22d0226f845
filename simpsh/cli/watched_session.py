"""`simpsh --watch`: the shell in one pane of tmux, its process family in another.

Nothing remains, even if a process is killed: the recording for the second pane is an unnamed file,
and that pane ends with the shell.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

from simpsh import console
from simpsh.base.errors import UsageProblem
from simpsh.base.own_program import INTERPRETER, typed_name
from simpsh.kernel.descriptors import close, dup2, dup_above, pipe2, read_to_end
from simpsh.kernel.processes import execve, exit_now, fork
from simpsh.kernel.program_execution import find_program, search_path
from simpsh.kernel.wait_calls import collect

_FEWEST_COLUMNS = 80
_SHARE_PERCENT = 45


def begin_watch() -> str:
    """Draw this shell's family in another pane; return the file to record the shell to.

    Without tmux, print what to type in a second terminal. Raises UsageProblem: there is no
    terminal.
    """
    if not (os.isatty(0) and os.isatty(1)):
        raise UsageProblem("--watch needs a terminal")
    with tempfile.TemporaryFile() as file:
        # The unnamed file exists as long as a process has it open.
        recording = f"/proc/{os.getpid()}/fd/{dup_above(file.fileno())}"
    watch = ("watch", "--recording", recording, str(os.getpid()))
    if obstacle := _divide((*INTERPRETER, *watch)):
        how = f"in a second terminal, type: {typed_name()} {' '.join(watch)}"
        console.warn([f"simpsh: --watch: {obstacle}; {how}"])
    return recording


def _divide(command: Sequence[str]) -> str:
    """Split our pane and run a command in the new one; return why that is impossible, or ""."""
    tmux = find_program("tmux", search_path(os.environ))
    if tmux is None:
        return "tmux is not installed"
    pane, columns = os.environ.get("TMUX_PANE", ""), os.get_terminal_size(0).columns
    # A terminal that was opened from a pane inherits the variables.
    question = ("display-message", "-p", "-t", pane, "#{pane_tty}")
    if not pane or _output_of(tmux, *question) != os.ttyname(0):
        return "this is no pane of tmux"
    if columns < _FEWEST_COLUMNS:
        return f"two panes need a terminal of {_FEWEST_COLUMNS} columns"
    position = ("-h", "-l", str(columns * _SHARE_PERCENT // 100), "-t", pane)
    # The tmux server has its own environment.
    tones = f"NO_COLOR={os.environ.get('NO_COLOR', '')}"
    split = ("split-window", "-d", *position, "-P", "-F", "#{pane_id}")
    new = _output_of(tmux, *split, "env", tones, *command)
    if not new.startswith("%"):
        return new or "tmux opens no pane"
    _output_of(tmux, "set-option", "-p", "-t", new, "remain-on-exit", "off")
    return ""


def _output_of(*argv: str) -> str:
    """Run a program and return its output; the shell has no other children yet."""
    report = pipe2()
    pid = fork()
    if pid == 0:  # in the child
        try:
            dup2(report.write_end, 1)
            dup2(report.write_end, 2)
            execve(argv[0], argv, os.environ)
        finally:
            exit_now(126)
    close(report.write_end)
    answer = read_to_end(report.read_end)
    close(report.read_end)
    collect(pid)
    return os.fsdecode(answer).strip()
