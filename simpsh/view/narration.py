"""Narrating what the shell and its children do, one line an event: `-v`, `-vv`, `-vvv`.

The wording of `-v` is that of the textbook's shell. A line is written with one write(2), so that
it never mixes with another process's output.
"""

from __future__ import annotations

import os

from simpsh.base import events
from simpsh.base.events import Call, Event, Snapshot
from simpsh.base.wait_status import decode, fields, sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SILENT, TEXTBOOK, CALLS, KERNEL = range(4)
"""The levels of verbosity."""

_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "in an uninterruptible call",
    "T": "stopped",
    "t": "stopped by its tracer",
    "Z": "zombie",
    "X": "dead",
    "I": "idle",
}

_UNTOLD = ("read", "write", "getpid", "getppid", "times", "getrusage", "getpgrp", "lseek")


class Narrator:
    """A sink for events that writes the lines of the present level."""

    def __init__(self, write: Callable[[str], None], shell_pid: int) -> None:
        self._write = write
        self._shell = shell_pid
        self.level = SILENT
        self._executing: set[int] = set()
        self._tables: dict[int, dict[int, str]] = {}
        """What each process's descriptors are, for people."""
        self._letters = 0
        self._variables: dict[int, object] = {}

    def __call__(self, event: Event) -> None:
        """Write what there is to say about an event at this level."""
        if self.level == SILENT:
            return
        lines = [f"[v]: {line}" for line in self._textbook(event)]
        if self.level >= CALLS and isinstance(event.what, Call):
            # What a call means comes after the call itself.
            lines = list(self._call(event.pid, event.what)) + lines
        if self.level >= CALLS and isinstance(event.what, events.Exec):
            lines.insert(0, self._succeeded(event.pid, event.what))
        if self.level >= KERNEL and isinstance(event.what, Snapshot):
            lines += [f"[v]: {line}" for line in snapshot_lines(event.pid, event.what)]
        if lines:
            self._write("".join(f"{line}\n" for line in lines))

    # -------------------------------------------------------------------- -v

    def _textbook(self, event: Event) -> Iterator[str]:
        pid = event.pid
        match event.what:
            case events.Wait():
                yield f"Parent process ({pid}) issuing the waitpid..."
            case events.WaitReturn(-1, _, _, number):
                from simpsh.base.phrases import errno_name

                yield f"waitpid failed: {os.strerror(number).lower()} ({errno_name(number)})"
            case events.WaitReturn(child, _, status) if status is not None:
                self._executing.discard(child)
                self._tables.pop(child, None)
                yield f"Child process ({child}) status changed: {sentence(decode(status))}"
                if self.level >= KERNEL:
                    yield from word_lines(status)
            case Call("execve", args, begins=True) if pid not in self._executing:
                self._executing.add(pid)
                argv = args[1] if isinstance(args[1], list | tuple) and args[1] else [args[0]]
                yield f'Child process ({pid}) exec-ing cmd "{argv[0]}" now...'
            case Call("subshell", args, begins=True):
                yield f"Child process ({pid}) continues as a copy of the shell: fork, no exec"
            case _:
                yield from self._connections(event)

    def _connections(self, event: Event) -> Iterator[str]:
        pid = event.pid
        table = self._table(pid)
        match event.what:
            case events.Fork(child_pid):
                # What its descriptors mean is what they mean now, whatever the shell does next.
                self._tables[child_pid] = dict(table)
            case events.Pipe(read_end, write_end):
                name = events.pipe_letter(self._letters)
                self._letters += 1
                table[read_end] = f"the read end of pipe {name}"
                table[write_end] = f"the write end of pipe {name}"
            case events.SetPgid(0, group, 0) if pid != self._shell:
                if group == 0:
                    yield f"Child process ({pid}) leads a process group of its own"
                else:
                    yield f"Child process ({pid}) joins process group {group}"
            case events.Open(path, descriptor, _, 0):
                table[descriptor] = path
            case events.Dup(old, new, 0) if pid != self._shell:
                target = table.get(old, f"where descriptor {old} goes")
                table[new] = target
                yield f"Child process ({pid}): descriptor {new} goes to {target}"

    def _table(self, pid: int) -> dict[int, str]:
        if pid not in self._tables:
            # A copy of the shell begins with what the shell has.
            self._tables[pid] = dict(self._tables.get(self._shell, {}))
        return self._tables[pid]

    # ------------------------------------------------------------------- -vv

    def _call(self, pid: int, call: Call) -> Iterator[str]:
        from simpsh.view.strace_notation import notation

        if call.name in _UNTOLD or call.name == "subshell":
            return
        if call.name == "execve":
            self._variables[pid] = call.args[2]
        if call.begins and call.name != "_exit":
            return
        yield f"[{pid}] {notation(call)}"

    def _succeeded(self, pid: int, done: events.Exec) -> str:
        from simpsh.view.strace_notation import notation

        call = Call("execve", (done.exe, done.argv, self._variables.pop(pid, 0)), 0)
        return f"[{pid}] {notation(call)}"


def word_lines(word: int) -> Iterator[str]:
    """Return a status word's bits and fields, a line each: `-vvv`."""
    yield f"  status word {word:#06x} = {word >> 8:08b} {word & 0xFF:08b}"
    for field in fields(word):
        yield f"    {field.name}: {field.value} ({field.meaning})"


def snapshot_lines(pid: int, snapshot: Snapshot) -> Iterator[str]:
    """Return what /proc says of a process, a line each: `-vvv`."""
    yield (
        f"Process {pid}: state {snapshot.state} ({_STATES[snapshot.state]}), "
        f"parent {snapshot.ppid}, group {snapshot.pgid}, session {snapshot.sid}"
    )
    for number, target, is_closed in snapshot.descriptors:
        flag = "  (closed by exec)" if is_closed else ""
        yield f"  descriptor {number} -> {target}{flag}"
