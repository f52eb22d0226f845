"""A shell at a terminal of its own: typed at like a person would, and watched by the tracer.

Whatever shell it is, it is at its prompt when it sleeps waiting for its terminal, has taken all
that was typed, and its own group has the terminal. So no prompt need be known, and nothing is
concluded from the time that something takes.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.grade.standstill import Standstill
from simpsh.grade.watcher import Watcher
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, set_flags, write_all
from simpsh.kernel.syscall_table import NAMES
from simpsh.process.kinship import children, family
from simpsh.process.looking import snapshot
from simpsh.process.process_stat import stat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.process.looking import ProcessSnapshot
    from simpsh.process.process_stat import ProcessStat
    from simpsh.trace.recording import Recording

_READING = frozenset(
    ("read", "readv", "poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait")
)
_NAPPING = frozenset(("nanosleep", "clock_nanosleep"))
_ROWS, _COLUMNS = 24, 120
SECONDS = 5.0
"""How long anything may take, unless it is said otherwise."""
_SIGKILL = 9
INTERRUPT, STOP, END_OF_FILE = "\x03", "\x1a", "\x04"
"""What ^C, ^Z and ^D send."""


class Stuck(SimpshError):
    """What was waited for did not happen; the sentence says what, and what was the case."""


class Seat:
    """A shell at a terminal: a context manager; leaving it ends and collects everybody.

    Args:
        argv: the shell.
        directory: where it is started.
        environment: what it gets.
        prompt: what it prints when it is ready; empty if that is not to be looked for.
        seconds: how long anything may take at most.
        prepare: called in its process before its program begins.

    Raises:
        NotTraceable: this process may not trace its children.
        OSError: no terminal or process can be made.
    """

    def __init__(
        self,
        argv: Sequence[str],
        directory: str,
        environment: Mapping[str, str],
        *,
        prompt: str = "",
        seconds: float = SECONDS,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self._prompt = prompt
        self._seconds = seconds
        self._said = bytearray()
        self._mark = 0
        self.master, self._slave = pty.openpty()
        for end in (self.master, self._slave):
            set_flags(end, fcntl.FD_CLOEXEC)
        size = struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)
        self._watcher = Watcher(tuple(argv), directory, environment, self._slave, prepare)
        try:
            self.shell = self._watcher.start()
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Seat:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    # --------------------------------------------------------------------------- the keyboard

    def type(self, keys: str) -> None:
        """Type some keys; what was said before is no longer looked at by said()."""
        self._drain()
        self._mark = len(self._said)
        write_all(self.master, keys.encode())

    def run(self, line: str) -> None:
        """Type a line and wait until the shell is at its prompt again."""
        self.type(line + "\n")
        self.wait_prompt()

    def wait_prompt(self) -> None:
        """Wait until the shell waits for its terminal and has taken all that was typed.

        Raises:
            Stuck: it did not come to that.
        """
        self.until(self.is_at_prompt, "the shell does not come back to its prompt")
        if self._prompt:
            wanted = self._prompt.rstrip()
            self.until(
                lambda: self.said().rstrip().endswith(wanted) or self._mark == 0,
                f"the shell waits, but has not printed the prompt {self._prompt!r}",
            )

    def is_at_prompt(self) -> bool:
        """Tell whether the shell waits for its terminal, with nothing left to read there."""
        return self._has_read_all() and self.reads_terminal()

    def reads_terminal(self) -> bool:
        """Tell whether the shell sleeps in a call that waits for input, and has the terminal."""
        now = self.look(self.shell)
        if now is None or now.state != "S" or now.system_call is None or now.tpgid != now.pgid:
            return False
        return NAMES.get(now.system_call.number, "") in _READING

    def _has_read_all(self) -> bool:
        """Tell whether all that was typed has been read.

        What is typed goes through a queue of the kernel's; poll(2) empties that queue before it
        answers, and FIONREAD would not.
        """
        poll = select.poll()
        poll.register(self._slave, select.POLLIN)
        return not poll.poll(0)

    # ----------------------------------------------------------------------------- looking on

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Wait until something is the case.

        Args:
            condition: looked at again and again.
            otherwise: what to say if it does not come, or the shell ends meanwhile.

        Raises:
            Stuck: it did not come about in time, or cannot any more.
        """
        end = time.monotonic() + self._seconds
        still = Standstill(self._who_may_move)
        while not condition():
            if self.is_gone():
                if condition():
                    return
                raise Stuck(f"{otherwise}: it has ended")
            if time.monotonic() > end or (still.lasts() and not condition()):
                raise Stuck(f"{otherwise}: {self._what_it_does()}")
            self._drain(0.002)
        self._drain()

    def _who_may_move(self) -> tuple[int, ...]:
        """Return everybody here; nobody if the tracer is at work or the shell takes a nap."""
        # What was typed is on its way no longer, once this has looked.
        self._has_read_all()
        now = self.look(self.shell)
        call = now.system_call if now is not None else None
        if not self._watcher.is_asleep() or (call and NAMES.get(call.number) in _NAPPING):
            return ()
        return (self.shell, *(one.pid for one in self.descendants()))

    def said(self) -> str:
        """Return what the terminal was sent since the last keys, without carriage returns."""
        self._drain()
        return self._said[self._mark :].decode(errors="replace").replace("\r", "")

    def is_gone(self) -> bool:
        """Tell whether the shell has ended."""
        now = self.look(self.shell)
        return now is None or now.state in ("Z", "X")

    def look(self, pid: int) -> ProcessSnapshot | None:
        """Return what the kernel says of a process; None if it is gone."""
        try:
            return snapshot(pid)
        except ProcessLookupError:
            return None

    def children(self) -> tuple[ProcessStat, ...]:
        """Return the shell's children, the dead included."""
        return children(self.shell)

    def descendants(self) -> tuple[ProcessStat, ...]:
        """Return all below the shell that live or are zombies."""
        try:
            return tuple(one.process for one in family(self.shell)[1:])
        except ProcessLookupError:
            return ()

    def find(self, name: str, count: int = 1) -> tuple[int, ...]:
        """Wait until so many programs of a name live below the shell; return their pids.

        Raises:
            Stuck: they do not appear.
        """
        found: tuple[int, ...] = ()

        def appeared() -> bool:
            nonlocal found
            found = tuple(
                one.pid for one in self.descendants() if one.comm == name and one.state in "STD"
            )
            return len(found) == count

        programs = name if count == 1 else f"{count} × {name}"
        self.until(appeared, f"{programs} did not get to run below the shell")
        return found

    def kill(self, pid: int, signal: int) -> None:
        """Send a signal to a process below the shell; nothing if it is gone."""
        try:
            signals.kill(pid, signal)
        except ProcessLookupError:
            return

    def is_waiting_or_at_prompt(self) -> bool:
        """Tell whether the shell sleeps with everything read: for a child, or for a line.

        What it has to learn of its children it has learnt, if the tracer has nothing left to do.
        """
        if not self._has_read_all() or not self._watcher.is_asleep():
            return False
        now = self.look(self.shell)
        return now is not None and now.state == "S" and now.system_call is not None

    def is_dead(self, pid: int) -> bool:
        """Tell whether a process is a zombie, or gone."""
        now = self.look(pid)
        return now is None or now.state in ("Z", "X")

    def is_stopped(self, pid: int) -> bool:
        """Tell whether a process is stopped by a signal.

        Under a tracer such a process shows the same letter as one that is held for a moment; but
        while the tracer sleeps it holds nobody.
        """
        if self.state(pid) not in ("T", "t") or not self._watcher.is_asleep():
            return False
        return self.state(pid) in ("T", "t")

    def state(self, pid: int) -> str:
        """Return the letter of a process's state; empty if it is gone."""
        now = self.look(pid)
        return now.state if now is not None else ""

    def foreground(self) -> int:
        """Return the process group that has the terminal; 0 if it is gone."""
        try:
            return stat(self.shell).tpgid
        except ProcessLookupError:
            return 0

    def _what_it_does(self) -> str:
        now = self.look(self.shell)
        if now is None:
            return "it has ended"
        if now.state == "T":
            return "it is stopped"
        if now.state == "R" or now.system_call is None:
            return "it is running"
        call = NAMES.get(now.system_call.number, f"call {now.system_call.number}")
        where = "" if now.tpgid == now.pgid else ", and another group has the terminal"
        return f"it sleeps in {call}{where}"

    # -------------------------------------------------------------------------------- the end

    def wait_end(self) -> int:
        """Wait until the shell has ended, and return its status word.

        Raises:
            Stuck: it does not end.
        """
        self.until(self.is_gone, "the shell does not end")
        return self._watcher.status()

    def end(self) -> Recording:
        """End the shell and all below it, and return what they did."""
        recording = self._watcher.end()
        self._close()
        return recording

    def _close(self) -> None:
        for end in (self.master, self._slave):
            if end >= 0:
                close(end)
        self.master = self._slave = -1

    def _drain(self, seconds: float = 0.0) -> None:
        while self.master >= 0 and select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self._said += data
            seconds = 0.0
