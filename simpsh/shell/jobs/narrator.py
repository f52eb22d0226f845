"""Narrates what the shell and its children do, one line for each event: `-v`.

A line is written with one write(2), so that it never mixes with another process's output. The lines
about a start are prepared before fork (narrated_start.py).

After a fork, each page that the shell writes to is copied or faulted in. So this module does little
work, and creates no event objects for calls.
"""

from __future__ import annotations

import os
import stat

from simpsh import console
from simpsh.base.phrases import printable
from simpsh.base.process_names import FIRST, child_name, colour_of
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGINT, SIGPIPE, SIGQUIT, SIGTSTP, SIGTTOU, SIGXFSZ
from simpsh.base.wait_status import Killed, Stopped, has_ended
from simpsh.kernel import call_observer, descriptors, signals
from simpsh.kernel.descriptors import PipeEnds
from simpsh.kernel.wait_calls import WNOHANG, Waited
from simpsh.view import textbook_sentences as sentences
from simpsh.view.textbook_sentences import CHILD, PARENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.base.wait_status import WaitStatus
    from simpsh.shell.state import State
    from simpsh.view.textbook_sentences import NarrationLine

_WAITS = ("wait4", "waitpid")
_OF_KEYS = (SIGINT, SIGQUIT, SIGTSTP)
LANE_COLUMNS = 3
"""The width of a lane, here and in a timeline."""


class Narrator:
    """An observer that writes lines about the calls of this process."""

    def __init__(self, shell: State) -> None:
        """Prepare to narrate to standard error; a forked copy of the shell keeps the descriptor."""
        self._state = shell
        self.held: list[str] | None = None
        """Collects the narration while a line is edited on the screen; None: it is written."""
        self.output = -1
        # Duplicate it, because redirections of a command must not redirect the narration.
        # If standard error is closed, narrate nothing.
        with call_observer.observing(None), suppress(OSError):
            self.output = descriptors.dup_above(2)
        self._is_terminal = self.output >= 0 and os.isatty(self.output)
        self._harmful: tuple[int, ...] = ()
        """The signals that a write to this descriptor can raise."""
        if self.output >= 0:
            is_file = stat.S_ISREG(os.fstat(self.output).st_mode)
            self._harmful = (
                (SIGXFSZ,) if is_file else (SIGTTOU,) if self._is_terminal else (SIGPIPE,)
            )
        self._shell = self._pid = shell.shell_pid
        self._name = FIRST
        self._count = 0
        """The number of children that this process has named."""
        self._names: dict[int, str] = {}
        """The names of its living children, which decide their colours."""
        self._lane = self._lanes_before = 0
        self._lanes: dict[str, int] = {}
        """The lane of each child, as in a timeline; it decides the indentation."""
        self.may_follow_key = False
        """Whether a key may have been pressed at the foreground job since its last line."""
        self.targets: dict[int, str] = {}
        """Descriptions of this process's descriptors."""
        self._letters = 0
        self._is_waiting = False
        self._executing: Sequence[str] | None = None

    @property
    def is_on(self) -> bool:
        """Whether the shell narrates."""
        return self._state.is_narrated

    def write(self, text: str) -> None:
        """Write lines."""
        if self.held is not None:
            self.held += text.split("\n")[:-1]
            return
        data = console.encoded(text)
        # If the reader of the narration is gone, ignore the error: commands must run as without -v.
        with suppress(OSError):
            signals.write_unharmed(self.output, data, self._harmful)

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        """Narrate a call that begins and may not return soon."""
        if not self.is_on:
            return
        if name in _WAITS:
            # write_births() announces the wait before the gate opens; do not repeat it.
            is_poll = len(args) > 1 and isinstance(args[1], int) and bool(args[1] & WNOHANG)
            if not (is_poll or self._is_waiting):
                self._is_waiting = True
                self.write(self.text([sentences.waiting(self._pid)]))
        elif name == "execve":
            argv = [str(word) for word in args[1]]  # type: ignore[attr-defined]
            if argv != self._executing:
                # Each file along PATH is tried with the same arguments.
                self._executing = argv
                self.write(self.text([sentences.executing(self._pid, argv)]))

    def note_return(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        """Narrate a call that has returned, and its meaning."""
        if not self.is_on:
            return
        if name in _WAITS:
            if errno or isinstance(result, Waited):
                self._is_waiting = False
            if errno:
                self.write(self.text([sentences.wait_failed(errno)]))
            elif isinstance(result, Waited):
                self._note_status(result.pid, result.status)
        elif errno:
            return
        elif name == "fork" and isinstance(result, int):
            self._names[result] = self.next_name()
            self._count += 1
            self.write(self.text([sentences.forked(self._pid, result)]))
        elif name == "pipe2" and isinstance(result, PipeEnds):
            from simpsh.base.events import pipe_letter

            letter = pipe_letter(self._letters)
            self._letters += 1
            self.targets[result.read_end] = f"the read end of pipe {letter}"
            self.targets[result.write_end] = f"the write end of pipe {letter}"
        elif name == "open" and isinstance(result, int) and isinstance(args[0], str):
            self.targets[result] = args[0]
        elif name == "dup2" and isinstance(args[0], int) and isinstance(args[1], int):
            self.targets[args[1]] = target = self.target(args[0])
            if self._pid != self._shell:
                line = sentences.connect_line(self._pid, args[1], target)
                self.write(self.text([line]))

    def _note_status(self, pid: int, status: WaitStatus) -> None:
        text = self.text([sentences.changed(pid, status)], self._names.get(pid, ""))
        if isinstance(status, Killed | Stopped) and status.signal in _OF_KEYS:
            # The terminal has echoed the key, such as ^C, without a newline.
            text, self.may_follow_key = "\n" * self.may_follow_key + text, False
        self.write(text)
        if has_ended(status):
            self._lanes.pop(self._names.pop(pid, ""), None)

    def target(self, descriptor: int) -> str:
        """Return a description of the target of a descriptor."""
        return self.targets.get(descriptor, f"where descriptor {descriptor} goes")

    def next_name(self) -> str:
        """Return the name of the next child of this process, and give it the lowest free lane."""
        name = child_name(self._name, self._count + 1)
        if name not in self._lanes:
            lane = self._lanes_before + 1
            while lane in self._lanes.values():
                lane += 1
            self._lanes[name] = lane
        return name

    def continue_here(self) -> None:
        """Continue in this process, which may be a copy of the shell that did not narrate."""
        if os.getpid() != self._pid:
            self.continue_in_copy(self.targets, FIRST)

    def continue_in_copy(self, targets: dict[int, str], name: str) -> None:
        """Continue in a forked copy of the shell; `targets` describes its descriptors."""
        self._pid = os.getpid()
        self._name, self._count = name, 0
        self._names.clear()
        self._lane = self._lanes.get(name, 0)
        self._lanes_before = max(self._lanes.values(), default=0)
        self._lanes.clear()
        self.targets = targets
        self._executing = None
        self._is_waiting = False

    def begin_line(self) -> None:
        """Restart the colours of children for a new line, as in `timeline`, unless some live."""
        if not self._names:
            self._count = 0

    def text(self, lines: Sequence[NarrationLine], child: str = "") -> str:
        """Return lines as text, on a terminal coloured and wrapped.

        The parts about a child are in the colour of the child with this name.
        """
        if not (lines and self._is_terminal):
            return "".join(
                ["".join([printable(piece) for piece, _ in line]) + "\n" for line in lines]
            )
        # Imported here because only a terminal needs it.
        from simpsh.view.styled_text import hanging, painted, plain

        columns = console.width(self.output)
        colours = console.colours(self.output, self._state.variables)
        tones = {
            PARENT: f"lane{colour_of(self._name)}",
            CHILD: f"lane{colour_of(child or self._name)}",
        }
        lanes = {PARENT: self._lane, CHILD: self._lanes.get(child, self._lane)}
        rows = []
        for line in lines:
            (first, tone), *rest = ((text, tones.get(tone, tone)) for text, tone in line)
            indent = " " * min(LANE_COLUMNS * lanes.get(line[0][1], 0), columns // 3)
            first = f"{first}{indent}" if line[0][0] is sentences.MARK else f"{indent}{first}"
            rows += hanging([(first, tone), *rest], columns)
        # Without colours, nothing is dim or bold either: the terminal may not know these codes.
        return "".join(
            f"{painted(row, colours) if colours else printable(plain(row))}\n" for row in rows
        )
