"""A real terminal for tests: tmux.

tests/harness/terminal.py emulates a terminal. tmux differs from it when it restores a cursor,
leaves the alternate screen, or changes its size: it rewraps lines. A test types into it, and reads
the screen together with the lines that were scrolled out of it.

The shell reports each prompt on a FIFO, so nothing here waits for a time to pass.
"""

import os
import select
import shlex
import subprocess
import termios
from collections.abc import Sequence
from fcntl import ioctl
from pathlib import Path

from simpsh.shell.jobs.controlling_terminal import PROMPT_TIME
from tests.harness.process import (
    children_of,
    descendants_of,
    kill_and_collect,
    stat_fields,
    state_of,
    wait_until,
)

SECONDS = 100.0
_TPGID = 5
"""The index of the terminal's foreground group in stat_fields()."""

PROMPT = "$(echo >&9)>> "
"""A PS1 that shows `>> ` and reports the prompt on descriptor 9."""


class Tmux:
    """A terminal with 24 rows of 80 columns, in which a shell runs."""

    def __init__(self, folder: Path, argv: Sequence[str], variables: dict[str, str]) -> None:
        """Start the shell `argv` in `folder`; wait for its first prompt."""
        self.folder = folder
        self._others = {*children_of(os.getpid())}
        self._variables = os.environ | variables | {"LC_ALL": "C.UTF-8"}
        for name in ("TMUX", "STY", "XTERM_VERSION", "VTE_VERSION", "COLUMNS", "LINES"):
            self._variables.pop(name, None)
        os.mkfifo(folder / "prompts")
        self._prompts = os.open(folder / "prompts", os.O_RDWR | os.O_CLOEXEC)
        begin = folder / "begin"
        start = f"echo $$ >pid.new; mv pid.new pid; exec 9>prompts; exec {shlex.join(argv)}"
        # A shell that tmux starts first may drop an inherited PS1, as bash does.
        start = f"export PS1={shlex.quote(PROMPT)}; {start}"
        begin.write_text(f"#!/bin/sh\ncd {shlex.quote(str(folder))}\n{start}\n")
        begin.chmod(0o755)
        settings = folder / "tmux.conf"
        settings.write_text(
            "set -g default-terminal screen-256color\nset -g history-limit 9000\n"
            "set -g status off\n"
        )
        self._terminal = -1
        self._tmux("-f", str(settings), "new-session", "-d", "-x80", "-y24", str(begin))
        wait_until((folder / "pid").exists, "the shell has started", SECONDS)
        self.pid = int((folder / "pid").read_text())
        path = os.readlink(f"/proc/{self.pid}/fd/0")
        self._terminal = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        self.wait_prompt()

    def _tmux(self, *words: str) -> str:
        argv = ("tmux", "-S", str(self.folder / "socket"), *words)
        done = subprocess.run(argv, env=self._variables, check=True, capture_output=True, text=True)
        return done.stdout

    def type(self, text: str) -> None:
        """Type characters of ASCII."""
        self._tmux("send-keys", "-l", "--", text)

    def key(self, name: str) -> None:
        """Press a key: 'Enter', 'C-c' …"""
        self._tmux("send-keys", name)

    def rows(self) -> list[str]:
        """Return the rows of the scrollback and the screen, without blanks at their ends."""
        return [row.rstrip() for row in self._tmux("capture-pane", "-p", "-S", "-").split("\n")]

    def resize(self, rows: int, columns: int) -> None:
        """Change the size; wait until the kernel has it."""
        self._tmux("resize-window", f"-x{columns}", f"-y{rows}")
        size = (columns, rows)
        wait_until(lambda: os.get_terminal_size(self._terminal) == size, "a new size", SECONDS)

    def run(self, line: str) -> None:
        """Type a line at the prompt and wait for the next prompt."""
        self.enter(line)
        self.wait_prompt()

    def enter(self, line: str) -> None:
        """Type a line at the prompt."""
        self.type(line)
        self.key("Enter")

    def wait_prompt(self) -> None:
        """Wait until the shell has reported one more prompt and edits its line."""
        assert select.select([self._prompts], [], [], SECONDS)[0], "the shell shows no new prompt"
        os.read(self._prompts, 1)
        self.wait_editing()

    def wait_editing(self) -> None:
        """Wait until the shell has drawn its line and waits for a key."""
        wait_until(self._is_editing, "the prompt edits a line", SECONDS)

    def _is_editing(self) -> bool:
        """Whether the prompt is drawn, the terminal has read it, and the shell waits for a key."""
        modes = termios.tcgetattr(self._terminal)
        is_raw = not modes[3] & termios.ICANON and modes[6][termios.VTIME] == PROMPT_TIME
        unread = ioctl(self._terminal, termios.TIOCOUTQ, b"\0" * 4)
        return is_raw and state_of(self.pid) == "S" and not any(unread)

    def job(self, *, is_raw: bool = False) -> int:
        """Wait until a job owns the terminal, in raw mode if `is_raw`; return its group."""
        found: list[int] = []

        def look() -> bool:
            fields = stat_fields(self.pid)
            group = int(fields[_TPGID]) if fields else 0
            found.append(group)
            own = Path(f"/proc/{self.pid}/exe").readlink()
            try:
                is_other = (
                    group not in (0, self.pid) and Path(f"/proc/{group}/exe").readlink() != own
                )
            except OSError:
                return False
            canonical = bool(termios.tcgetattr(self._terminal)[3] & termios.ICANON)
            return is_other and canonical != is_raw

        wait_until(look, "a job owns the terminal", SECONDS)
        # A prompt that was drawn twice has two reports; the next prompt comes after the job.
        while select.select([self._prompts], [], [], 0)[0]:
            os.read(self._prompts, 1)
        return found[-1]

    def close(self) -> None:
        """End the terminal and all that runs in it."""
        if self._terminal >= 0:
            os.close(self._terminal)
        os.close(self._prompts)
        self._tmux("kill-server")
        # Orphans become our children, such as tmux's server and the shell's stopped jobs.
        kill_and_collect(
            lambda: [
                pid
                for child in {*children_of(os.getpid())} - self._others
                for pid in (child, *descendants_of(child))
            ]
        )
