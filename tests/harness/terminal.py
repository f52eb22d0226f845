r"""A terminal with a screen, for a test that types, reads and waits like a person.

    with Terminal(["bash", "--norc"], environment={"PS1": "$ "}) as terminal:
        terminal.wait(r"^\$\Z")
        terminal.send("sleep 100\r")
        terminal.foreground_is("sleep")
        terminal.key("C-c")

There is one thread and no sleep. Methods such as `wait` feed the programs' output to the emulator,
which also answers a program's questions to the terminal, until their condition holds.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl

import pyte

from tests.harness.process import descendants_in_session, kill_and_collect, name_of

SECONDS = 100.0
"""The usual deadline: generous, since a test machine may be busy."""

_UNKNOWN = re.compile(rb"\x1b\[[=<!]")
"""Start of a sequence that pyte does not know: fish 4's kitty keyboard protocol, and DECSTR.

With `?` in its place, pyte reads a private sequence to its end and ignores it.
"""
_UNFINISHED = re.compile(rb"\x1b\[?\Z")


_KEYS = {
    "enter": b"\r",
    "tab": b"\t",
    "escape": b"\x1b",
    "backspace": b"\x7f",
    "f1": b"\x1bOP",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "delete": b"\x1b[3~",
    "back-tab": b"\x1b[Z",
}


def bytes_of(name: str) -> bytes:
    """The bytes of a key: 'C-c', 'C-z', 'enter', 'tab', 'escape', 'up', 'left', 'delete' …"""
    if name in _KEYS:
        return _KEYS[name]
    letter = name.removeprefix("C-")
    assert name.startswith("C-"), f"no such key: {name}"
    assert len(letter) == 1, f"no such key: {name}"
    return bytes([ord(letter.upper()) & 0x1F])


class _Screen(pyte.Screen):
    """pyte's screen, which can answer queries, and survives vim's private colour sequences.

    It redraws only changed lines: tests look at it a hundred times a second.
    """

    answer: Callable[[bytes], None] | None = None
    _drawn: list[str] = []  # noqa: RUF012 - replaced, never changed in place

    @property
    def display(self) -> list[str]:
        if self.dirty:
            rows = self._drawn if len(self._drawn) == self.lines else [""] * self.lines
            self._drawn = [
                self._line(y) if y in self.dirty else line for y, line in enumerate(rows)
            ]
            self.dirty.clear()
        return self._drawn

    def _line(self, y: int) -> str:
        # The cell after a wide character is empty.
        line = self.buffer[y]
        return "".join([line[x].data for x in range(self.columns)])

    def write_process_input(self, data: str) -> None:
        if self.answer is not None:
            self.answer(data.encode())

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        if not private:
            super().select_graphic_rendition(*attributes)


class Terminal:
    """A pseudo-terminal, the leader of its session, and the screen that its programs draw."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        rows: int = 24,
        columns: int = 80,
        ignored: Sequence[signal.Signals] = (),
    ) -> None:
        """Start `argv` as the leader of a new session on a new terminal.

        `environment` replaces the tests' own environment; TERM defaults to xterm-256color.
        Signals that are not `ignored` are at their default.
        """
        self.argv = tuple(argv)
        self.raw = bytearray()
        """Every byte that was printed."""
        self.ended = False
        """Whether the last program that held the terminal has closed it."""
        self.status: int | None = None
        """The leader's exit status once collected; minus the number of the signal that killed."""
        self._screen = _Screen(columns, rows)
        self._screen.answer = self._write
        self._stream = pyte.ByteStream(self._screen)
        self._unread = b""
        """The beginning of a sequence whose rest has not arrived."""
        variables = dict(os.environ if environment is None else environment)
        variables.setdefault("TERM", "xterm-256color")
        # The emulator does not rewrap text when it is resized, as these terminals do.
        for name in ("TMUX", "VTE_VERSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "WEZTERM_PANE"):
            variables.pop(name, None)
        self._master, slave = pty.openpty()
        os.set_blocking(self._master, False)
        self._set_size(rows, columns)
        self.pid = os.fork()
        if self.pid == 0:  # in the child
            _become(self.argv, variables, directory, slave, ignored)
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- keyboard ---------------------------------------------------------------------------

    def send(self, text: str | bytes) -> None:
        """Type `text`. A carriage return is the Enter key; `key` gives control characters."""
        self._write(text.encode() if isinstance(text, str) else text)

    def key(self, *names: str) -> None:
        """Press keys by name: 'C-c', 'C-z', 'enter', 'tab', 'escape', 'up', 'left', 'delete' …"""
        for name in names:
            self._write(bytes_of(name))

    def _write(self, data: bytes) -> None:
        deadline = time.monotonic() + SECONDS
        while data:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                assert time.monotonic() < deadline, self._failure("no process reads what was typed")
                self.pump(0.01)
            except OSError:
                return  # EIO: no process holds the terminal any more

    # -- screen -----------------------------------------------------------------------------

    def pump(self, seconds: float = 0.0) -> bool:
        """Read output, waiting for at most `seconds`; return False if there was none."""
        if self.ended or self._master < 0:
            return False
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except BlockingIOError:
            return False
        except OSError:  # EIO: the last process with the other end open has closed it
            data = b""
        if not data:
            self.ended = True
            return False
        self.raw += data
        data = self._unread + data
        [self._unread] = _UNFINISHED.findall(data) or [b""]
        data = data.removesuffix(self._unread)
        self._stream.feed(_UNKNOWN.sub(b"\x1b[?", data))
        return True

    def screen(self) -> str:
        """The lines on the screen, without blanks at their ends and empty lines below."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    def has_cursor(self) -> bool:
        """Whether the cursor is shown."""
        return not self._screen.cursor.hidden

    @property
    def screen_modes(self) -> set[int]:
        """The screen's modes that are on; pyte shifts the number of a private mode by 5 bits."""
        return self._screen.mode

    def cell(self, row: int, column: int) -> pyte.screens.Char:
        """One character with its colours and attributes (fg, bg, bold, italics, reverse …)."""
        return self._screen.buffer[row][column]

    def wait(self, pattern: str, seconds: float = SECONDS) -> re.Match[str]:
        r"""Wait until `pattern` is found on the screen (`^ $` match at lines, `\Z` at the end).

        A command's echo matches too: anchor to the text after it, such as the new prompt.
        """
        found: list[re.Match[str]] = []

        def look() -> bool:
            match = re.search(pattern, self.screen(), re.MULTILINE)
            found.extend([match] if match else [])
            return match is not None

        self.wait_until(look, f"the screen never matched {pattern!r}", seconds)
        return found[-1]

    def shows(self, *texts: str, seconds: float = SECONDS) -> None:
        """Wait until each of `texts` is on the screen.

        A program draws a screen line by line, so one visible text does not imply another.
        """
        for text in texts:
            self.wait_until(lambda text=text: text in self.screen(), f"no {text!r} came", seconds)

    def wait_prompt(self, prompt: str = ">> ", seconds: float = SECONDS) -> None:
        """Wait until the cursor is after `prompt` on an otherwise empty line.

        A toolbar below is ignored.
        """

        def look() -> bool:
            row, column = self.cursor()
            return column == len(prompt) and self._screen.display[row].rstrip() == prompt.rstrip()

        self.wait_until(look, f"the prompt {prompt!r} never appeared", seconds)

    def run(self, line: str) -> None:
        """Type a line at simpsh's prompt, and wait for the next prompt, not the one typed at."""
        self.wait_editor()
        offset = len(self.raw)
        self.send(f"{line}\r")
        self.wait_editor(after=offset)
        self.wait_prompt()

    def wait_editor(self, *, after: int = 0) -> None:
        """Wait until the line editor has begun; the first prompt is painted before that."""
        # It asks for bracketed paste each time it begins.
        self.wait_raw(rb"\x1b\[\?2004h", after=after)

    def wait_raw(self, pattern: bytes, *, after: int = 0, seconds: float = SECONDS) -> int:
        """Wait until `pattern` is found in the bytes after offset `after`; return its end."""
        ends: list[int] = []

        def look() -> bool:
            match = re.compile(pattern).search(bytes(self.raw), after)
            ends.extend([match.end()] if match else [])
            return match is not None

        self.wait_until(look, f"{pattern!r} was never printed", seconds)
        return ends[-1]

    def wait_until(
        self, fact: Callable[[], object], complaint: str, seconds: float = SECONDS
    ) -> None:
        """Pump until `fact()` is true; fail with `complaint` and a report of the screen."""
        deadline = time.monotonic() + seconds
        while not fact():
            if self.ended and not fact():
                raise AssertionError(self._failure(f"{complaint}; the terminal was let go"))
            if time.monotonic() > deadline:
                raise AssertionError(self._failure(f"{complaint} within {seconds} s"))
            self.pump(0.01)

    def report(self) -> str:
        """The screen in a frame, and the last bytes, for a failing test."""
        width = self._screen.columns
        lines = [f"{' '.join(self.argv)} (pid {self.pid}, status {self.status})"]
        lines += ["+" + "-" * width + "+", *(f"|{line}|" for line in self._screen.display)]
        lines += ["+" + "-" * width + "+", f"cursor {self.cursor()}, last bytes:"]
        return "\n".join([*lines, repr(bytes(self.raw[-600:]))])

    def _failure(self, complaint: str) -> str:
        return f"{complaint}\n{self.report()}"

    # -- the terminal as the kernel sees it -------------------------------------------------

    def foreground_pgid(self) -> int:
        """The terminal's foreground process group. See tcgetpgrp(3)."""
        return os.tcgetpgrp(self._master)

    def foreground_is(self, name: str, seconds: float = SECONDS) -> int:
        """Wait until the leader of the foreground group runs program `name`; return the group."""
        self.wait_until(
            lambda: name_of(self.foreground_pgid()) == name[:15],
            f"{name} never owned the terminal",
            seconds,
        )
        return self.foreground_pgid()

    def wait_foreground(self, pgid: int, seconds: float = SECONDS) -> None:
        """Wait until group `pgid` (the shell's is `pid`) owns the terminal."""
        self.wait_until(
            lambda: self.foreground_pgid() == pgid,
            f"group {pgid} never owned the terminal",
            seconds,
        )

    def modes(self) -> list[int | list[bytes | int]]:
        """The terminal's modes. See tcgetattr(3)."""
        return termios.tcgetattr(self._master)

    def set_modes(self, modes: list[int | list[bytes | int]]) -> None:
        """Set the terminal's modes, as another program on it would."""
        termios.tcsetattr(self._master, termios.TCSANOW, modes)

    def is_canonical(self) -> bool:
        """Whether the kernel edits lines (ICANON): on for programs, off in a line editor."""
        return bool(self.modes()[3] & termios.ICANON)  # type: ignore[operator]

    def resize(self, rows: int, columns: int) -> None:
        """Resize the window; the kernel sends SIGWINCH to the foreground group."""
        self._screen.resize(rows, columns)
        self._set_size(rows, columns)

    def _set_size(self, rows: int, columns: int) -> None:
        ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    # -- the end ----------------------------------------------------------------------------

    def wait_exit(self, seconds: float = SECONDS) -> int:
        """Wait until the leader has ended; return its exit status, minus the signal if killed."""
        deadline = time.monotonic() + seconds
        while not self._collected():
            assert time.monotonic() < deadline, self._failure("the program never ended")
            # A leader may close the terminal and keep running.
            if not self.pump(0.01) and self.ended:
                time.sleep(0.002)
        while self.pump(0.0):
            continue
        assert self.status is not None
        return self.status

    def _collected(self) -> bool:
        if self.status is None:
            pid, word = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(word)
        return self.status is not None

    def hang_up(self) -> None:
        """Take the terminal away, as a closed window does: the kernel sends SIGHUP."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def close(self, grace_seconds: float = 1.0) -> None:
        """Hang up, give the leader a moment to exit, then kill the whole session."""
        self.hang_up()
        deadline = time.monotonic() + grace_seconds
        while not self._collected() and time.monotonic() < deadline:
            time.sleep(0.002)
        if not self._collected():
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        # The leader's pid may belong to another session by now, but not among our descendants.
        kill_and_collect(lambda: descendants_in_session(self.pid))


def _become(
    argv: Sequence[str],
    environment: Mapping[str, str],
    directory: str | os.PathLike[str] | None,
    slave: int,
    ignored: Sequence[signal.Signals],
) -> None:
    """In the child: take the terminal and become the program; never returns."""
    try:
        os.login_tty(slave)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            # Reset dispositions of the interpreter (it ignores SIGPIPE) and of the test runner.
            if number < signal.SIGRTMIN:
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if directory is not None:
            os.chdir(directory)
        os.execvpe(argv[0], argv, environment)
    except BaseException as problem:
        os.write(2, f"cannot start {argv[0]}: {problem}\r\n".encode())
    finally:
        os._exit(127)
