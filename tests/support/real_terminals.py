"""Real terminals for tests: tmux, GNU screen, and xterm on a display of its own.

tests/harness/terminal.py emulates one terminal. The ones here differ from it, and from each other,
when they restore a cursor, leave the alternate screen, or change their size. A test types into
them, and reads the screen together with the lines that were scrolled out of it.

The shell reports each prompt on a FIFO, so nothing here waits for a time to pass.
"""

from __future__ import annotations

import os
import select
import shlex
import subprocess
import termios
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fcntl import ioctl
from functools import cache
from pathlib import Path

from prompt_toolkit.utils import get_cwidth

from simpsh.shell.jobs.controlling_terminal import PROMPT_TIME
from tests.harness.process import (
    children_of,
    descendants_of,
    kill_and_collect,
    stat_fields,
    state_of,
    wait_until,
)
from tests.harness.terminal import Terminal, bytes_of

SECONDS = 100.0
_TPGID = 5
"""The index of the terminal's foreground group in stat_fields()."""

PROMPT = "$(echo >&9)>> "
"""A PS1 that shows `>> ` and reports the prompt on descriptor 9."""


class RealTerminal(ABC):
    """A terminal with 24 rows of 80 columns, in which a shell runs."""

    name = ""
    programs: tuple[str, ...] = ()
    """The programs that it needs."""

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
        # A shell that the terminal starts first may drop an inherited PS1, as bash does.
        start = f"export PS1={shlex.quote(PROMPT)}; {start}"
        begin.write_text(f"#!/bin/sh\ncd {shlex.quote(str(folder))}\n{start}\n")
        begin.chmod(0o755)
        self._terminal = -1
        self._begin(str(begin))
        self._wait(lambda: (folder / "pid").exists(), "the shell has started")
        self.pid = int((folder / "pid").read_text())
        path = os.readlink(f"/proc/{self.pid}/fd/0")
        self._terminal = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        self.wait_prompt()

    # -- what differs between terminals ------------------------------------------------------

    @abstractmethod
    def _begin(self, program: str) -> None:
        """Start the terminal with this program."""

    @abstractmethod
    def type(self, text: str) -> None:
        """Type characters of ASCII."""

    @abstractmethod
    def key(self, name: str) -> None:
        """Press a key: 'enter', 'C-c' …"""

    @abstractmethod
    def _set_size(self, rows: int, columns: int) -> None:
        """Begin to change the size."""

    @abstractmethod
    def rows(self) -> list[str]:
        """Return the rows of the scrollback and the screen, without blanks at their ends."""

    @abstractmethod
    def _end(self) -> None:
        """End the terminal."""

    def printed(self, text: str) -> str:
        """Return the text as rows() shows it."""
        return text

    def _pump(self) -> None:  # noqa: B027 - most terminals run by themselves
        """Keep the terminal running while a test waits."""

    # -- what they have in common ------------------------------------------------------------

    def resize(self, rows: int, columns: int) -> None:
        """Change the size; wait until the kernel has it."""
        self._set_size(rows, columns)
        self._wait(
            lambda: os.get_terminal_size(self._terminal) == (columns, rows), "the size has changed"
        )

    def run(self, line: str) -> None:
        """Type a line at the prompt and wait for the next prompt."""
        self.enter(line)
        self.wait_prompt()

    def enter(self, line: str) -> None:
        """Type a line at the prompt."""
        self.type(line)
        self.key("enter")

    def wait_prompt(self) -> None:
        """Wait until the shell has reported one more prompt and edits its line."""

        def reported() -> bool:
            self._pump()
            return bool(select.select([self._prompts], [], [], 0.002)[0])

        self._wait(reported, "a new prompt")
        os.read(self._prompts, 1)
        self._wait(self._is_editing, "the prompt edits a line")

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

        self._wait(look, "a job owns the terminal")
        # A prompt that was drawn twice has two reports; the next prompt comes after the job.
        while select.select([self._prompts], [], [], 0)[0]:
            os.read(self._prompts, 1)
        return found[-1]

    def _wait(self, fact, what: str) -> None:  # type: ignore[no-untyped-def]
        def look() -> object:
            self._pump()
            return fact()

        wait_until(look, f"{what} in {self.name}", SECONDS)

    def write(self, data: str) -> None:
        """Write to the terminal, as another program on it does."""
        os.write(self._terminal, data.encode())

    def close(self) -> None:
        """End the terminal and all that runs in it."""
        if self._terminal >= 0:
            os.close(self._terminal)
        os.close(self._prompts)
        self._end()
        # Orphans become our children, such as a terminal's server and the shell's stopped jobs.
        kill_and_collect(
            lambda: [
                pid
                for child in {*children_of(os.getpid())} - self._others
                for pid in (child, *descendants_of(child))
            ]
        )

    def _run(self, *argv: str) -> str:
        return subprocess.run(
            argv, env=self._variables, check=True, capture_output=True, text=True
        ).stdout


class Tmux(RealTerminal):
    """tmux; it rewraps lines when its width changes."""

    name, programs = "tmux", ("tmux",)

    def _begin(self, program: str) -> None:
        settings = self.folder / "tmux.conf"
        settings.write_text(
            "set -g default-terminal screen-256color\nset -g history-limit 9000\n"
            "set -g status off\n"
        )
        self._tmux("-f", str(settings), "new-session", "-d", "-x80", "-y24", program)

    def _tmux(self, *words: str) -> str:
        return self._run("tmux", "-S", str(self.folder / "socket"), *words)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", "--", text)

    def key(self, name: str) -> None:
        self._tmux("send-keys", {"enter": "Enter"}.get(name, name))

    def _set_size(self, rows: int, columns: int) -> None:
        self._tmux("resize-window", f"-x{columns}", f"-y{rows}")

    def rows(self) -> list[str]:
        return [row.rstrip() for row in self._tmux("capture-pane", "-p", "-S", "-").split("\n")]

    def _end(self) -> None:
        self._tmux("kill-server")


class Screen(RealTerminal):
    """GNU screen with an alternate screen; it cuts lines when its width changes."""

    name, programs = "screen", ("screen",)
    settings = "altscreen on\n"

    def _begin(self, program: str) -> None:
        settings = self.folder / "screenrc"
        # A message would hide a row and delay keys.
        common = "startup_message off\nmsgwait 0\nmsgminwait 0\ndefflow off\n"
        settings.write_text(f"{common}defutf8 on\ndefscrollback 9000\n{self.settings}")
        (self.folder / "screens").mkdir(mode=0o700)
        self._variables |= {"SCREENDIR": str(self.folder / "screens"), "TERM": "xterm-256color"}
        self._outer = Terminal(
            ["screen", "-c", str(settings), "-U", "-e^^^", "-S", "s", program],
            environment=self._variables,
        )

    def _pump(self) -> None:
        while self._outer.pump():
            pass

    def type(self, text: str) -> None:
        self._outer.send(text)

    def key(self, name: str) -> None:
        self._outer.send(bytes_of(name))

    def _set_size(self, rows: int, columns: int) -> None:
        self._outer.resize(rows, columns)

    def rows(self) -> list[str]:
        # The answer to -Q comes after the copy is written.
        self._pump()
        copy = self.folder / "copy"
        copy.unlink(missing_ok=True)
        self._run("screen", "-S", "s", "-X", "hardcopy", "-h", str(copy))
        self._wait(copy.exists, "the copy is written")
        self._run("screen", "-S", "s", "-Q", "number")
        encoding = "utf-8" if self._copies_utf8() else "latin-1"
        return [row.rstrip() for row in copy.read_text(encoding).split("\n")]

    def printed(self, text: str) -> str:
        if self._copies_utf8():
            return text
        # The copy has the last byte of each character's number, and 255 after a wide character.
        cells = (chr(ord(c) & 0xFF) + "\xff" * (get_cwidth(c) - 1) for c in text)
        return "".join(cells)

    @staticmethod
    @cache
    def _copies_utf8() -> bool:
        """Return whether a hard copy has whole characters, as since version 5."""
        shown = subprocess.run(["screen", "--version"], capture_output=True, text=True)
        return int(shown.stdout.removeprefix("Screen version ").split(".")[0]) >= 5

    def _end(self) -> None:
        self._run("screen", "-S", "s", "-X", "quit")
        self._outer.close()


class PlainScreen(Screen):
    """GNU screen with its own settings: without an alternate screen."""

    name, settings = "screen without altscreen", ""


class Xterm(RealTerminal):
    """xterm under Xvfb, with keys from xdotool; it cuts lines when its width changes."""

    name, programs = "xterm", ("xterm", "Xvfb", "xdotool")

    def _begin(self, program: str) -> None:
        reader, writer = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
            pass_fds=[writer],
            env=self._variables,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with open(reader) as answer:
            self._variables["DISPLAY"] = f":{answer.readline().strip()}"
        os.mkfifo(self.folder / "printed")
        settings = {
            "printerCommand": f"cat >{self.folder / 'printed'}",
            "printAttributes": "0",
            "printerAutoClose": "true",
            "saveLines": "9000",
        }
        options = [f"-xrm=*VT100.{name}: {value}" for name, value in settings.items()]
        options = [word for option in options for word in option.split("=", 1)]
        self._xterm = subprocess.Popen(
            ["xterm", "-geometry", "80x24", "-u8", *options, "-e", program],
            env=self._variables,
            stderr=subprocess.DEVNULL,
        )
        # There is no window manager that would give the window the keys.
        search = ("xdotool", "search", "--sync", "--onlyvisible", "--class", "xterm")
        self._run(*search, "windowfocus", "--sync")

    def type(self, text: str) -> None:
        self._run("xdotool", "type", "--delay", "2", "--", text)

    def key(self, name: str) -> None:
        self._run(
            "xdotool",
            "key",
            {"enter": "Return"}.get(name, name.replace("C-", "ctrl+").replace("\\", "backslash")),
        )

    def _set_size(self, rows: int, columns: int) -> None:
        # An escape sequence would be output of another program.
        resize = ("windowsize", "--usehints", str(columns), str(rows))
        self._run("xdotool", "search", "--onlyvisible", "--class", "xterm", *resize)

    def rows(self) -> list[str]:
        # Media copy: print all lines.
        self.write("\x1b[?11i")
        with open(self.folder / "printed", encoding="utf-8") as printed:
            text = printed.read()
        # The second cell of a wide character is printed as U+FFFF.
        return [row.rstrip() for row in text.replace("\uffff", "").split("\n")]

    def _end(self) -> None:
        self._xterm.terminate()
        self._xterm.wait()
        self._server.terminate()
        self._server.wait()


TERMINALS = (Tmux, Screen, PlainScreen, Xterm)
