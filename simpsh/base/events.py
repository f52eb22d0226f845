"""An event is one thing that happened to a process, as a value.

This is the schema `simpsh.trace/1`, and the only place that says what its fields mean. Two
sources speak these words: the shell about its own calls (`shell`), and the kernel about a whole
subtree (`ptrace`, `strace`). A recording holds one JSON object a line: a header, then events.
Readers pass over fields they do not know and keep events they do not know as `Unknown`.
"""

from __future__ import annotations

from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCONT

SCHEMA = "simpsh.trace/1"


class Start(Record):
    """Recording began with this process already there."""

    ppid: int
    argv: tuple[str, ...] = ()
    pipes: tuple[tuple[int, str], ...] = ()
    """Its descriptors that are pipe ends, as in Exec."""
    files: tuple[tuple[int, str], ...] = ()
    """Its other descriptors, as in Exec."""


class Fork(Record):
    """A process made another: a copy of itself, or (vfork, posix_spawn) a child to exec at once."""

    child_pid: int
    child: str
    """The child's symbolic name, `P1`, given once and never again, even if the pid is."""
    syscall: str = "fork"
    """fork, vfork or clone."""
    thread: bool = False
    """Whether it made a thread of this process, not another process."""
    inferred: bool = False
    """Whether the parent died before it could report, so that the fork is concluded."""
    pipes: tuple[tuple[int, str], ...] = ()
    """The pipe ends that the child is born with, as in Exec."""
    pids: tuple[int, ...] = ()
    """The child's numbers in the PID namespaces that see it, ours first, where it has several."""


class Exec(Record):
    """A process replaced its program, successfully."""

    argv: tuple[str, ...]
    exe: str
    """The path given to execve, or the file that /proc names."""
    pipes: tuple[tuple[int, str], ...] = ()
    """Its descriptors that are pipe ends: number, and `INODE r` or `INODE w`."""
    files: tuple[tuple[int, str], ...] = ()
    """Its other descriptors: number, and what /proc shows: a path, or `socket:[…]` and the like."""


class ExecError(Record):
    """An execve failed and the old program continues."""

    path: str
    errno: int


class Wait(Record):
    """A process began to wait for a child."""

    target: int
    """A pid, -1 for any child, 0 or less than -1 for a group's."""
    options: tuple[str, ...] = ()
    """WNOHANG, WUNTRACED, WCONTINUED, WEXITED, WSTOPPED, WNOWAIT."""
    syscall: str = "wait4"
    pipes: tuple[tuple[int, str], ...] = ()
    """The pipe ends that it holds while it waits, as in Exec."""


class WaitReturn(Record):
    """A wait came back."""

    child_pid: int
    """The child it tells of; 0 for none (WNOHANG), -1 for an error."""
    child: str = ""
    status: int | None = None
    """The status word of waitpid(2)."""
    errno: int = 0


class Exit(Record):
    """A process ended, and is a zombie from now until it is reaped."""

    status: int
    """The status word of waitpid(2)."""
    utime: float = 0.0
    """CPU seconds in user mode; stime: in the kernel; maxrss: the greatest memory, in KiB."""
    stime: float = 0.0
    maxrss: int = 0


class Reap(Record):
    """A zombie was collected and is gone; told of the process that collected it."""

    child_pid: int
    child: str
    by: str = ""
    """The collector's symbolic name, `init`, or `simpsh`; `kernel` where no process had to wait;
    empty, in an event of no process, where it was not seen."""


class Reparent(Record):
    """A process lost its parent and was adopted."""

    old_ppid: int
    ppid: int
    adopter: str = ""
    """The adopter's symbolic name, or what its program is called (`init`, `systemd`)."""


class SignalSend(Record):
    """A process sent a signal."""

    target: int
    """A pid, or what kill(2) takes for a group."""
    signal: int
    errno: int = 0
    syscall: str = "kill"


class SignalDeliver(Record):
    """A signal reached a process."""

    signal: int
    sender: int = 0
    """The sender's pid; 0 when it is the kernel or the terminal."""
    si_code: int = 0
    effect: str = ""
    """`ignored`, or `nothing` where the default action is to do nothing; else empty."""


class Stop(Record):
    """A process stopped."""

    signal: int


class Continue(Record):
    """A stopped process continues."""

    signal: int = SIGCONT


class Pipe(Record):
    """A process made a pipe."""

    read_fd: int
    write_fd: int
    pipe: str = ""
    """The inode that both ends show in /proc, as text; empty where it was not looked up."""
    name: str = ""
    """A letter for people: A, B …"""


def pipe_letter(number: int) -> str:
    """Return the name for people of the pipe made as the `number`-th, from 0.

    >>> pipe_letter(0), pipe_letter(25), pipe_letter(26)
    ('A', 'Z', 'A2')
    """
    round_, place = divmod(number, 26)
    return chr(ord("A") + place) + (str(round_ + 1) if round_ else "")


class Open(Record):
    """A process opened a file."""

    path: str
    fd: int
    """The new descriptor, or -1."""
    flags: int = 0
    errno: int = 0


class Dup(Record):
    """A process made `newfd` point where `oldfd` points."""

    oldfd: int
    newfd: int
    errno: int = 0


class Close(Record):
    """A process gave up a descriptor."""

    fd: int


class SetPgid(Record):
    """A process was put into a group."""

    target: int
    """The pid moved; 0 is the caller."""
    pgid: int
    """The group; 0 is one numbered like the process moved."""
    errno: int = 0


class SetSid(Record):
    """A process began a session."""

    sid: int


class TcSetPgrp(Record):
    """A process gave the terminal to a group."""

    pgid: int
    errno: int = 0


class Read(Record):
    """A process read; level io."""

    fd: int
    count: int
    """Bytes read, 0 at end of file, -1 on error."""
    pipe: str = ""
    errno: int = 0
    text: str = ""
    """The beginning of what was read."""


class Write(Record):
    """A process wrote; level io."""

    fd: int
    count: int
    pipe: str = ""
    text: str = ""
    """The beginning of what was written."""
    errno: int = 0


class Rest(Record):
    """No process can move any more: each waits for another; level io."""

    waiting: tuple[tuple[str, str], ...]
    """Who waits, by symbolic name, and what for, in words."""


class Call(Record):
    """Any system call that a watched process of the shell makes, as `-vv` prints it."""

    name: str
    args: tuple[object, ...] = ()
    """Numbers, strings and lists of strings, as JSON can hold them."""
    result: object = None
    errno: int = 0
    begins: bool = False
    """Whether the call begins here; its result, if it ever returns, comes in another event."""


class Line(Record):
    """A process came to a line of its program; told by the program itself, in a lesson."""

    line: int


class Assign(Record):
    """A variable of a process has another value than before; in a lesson, as Line."""

    variable: str
    value: object = None


class Snapshot(Record):
    """What the kernel says of a process at this moment, as `-vvv` prints it."""

    state: str
    """A letter of proc(5): R S D T t Z X."""
    ppid: int
    pgid: int
    sid: int
    tpgid: int = -1
    """The foreground group of its terminal; -1 without one."""
    blocked: tuple[int, ...] = ()
    ignored: tuple[int, ...] = ()
    caught: tuple[int, ...] = ()
    descriptors: tuple[tuple[int, str, bool], ...] = ()
    """Number, target as /proc shows it, and whether execve closes it."""
    status: int | None = None
    """The status word that was just collected, if one was."""


class Unknown(Record):
    """An event of a later version; kept as it was read."""

    name: str
    fields: tuple[tuple[str, object], ...] = ()


Life = Start | Fork | Exec | ExecError | Exit | Wait | WaitReturn | Reap | Reparent
Signalling = SignalSend | SignalDeliver | Stop | Continue
Grouping = SetPgid | SetSid | TcSetPgrp
Plumbing = Pipe | Open | Dup | Close | Read | Write
What = Life | Signalling | Grouping | Plumbing | Rest | Call | Line | Assign | Snapshot | Unknown


def _word(kind: type[What]) -> str:
    name = kind.__name__
    if name.startswith(("Set", "TcSet")):
        return name.lower()
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")


NAMES: dict[str, type[What]] = {_word(kind): kind for kind in What.__args__ if kind is not Unknown}
"""The word that `event` has in a recording, and the class it is read into."""


class CallSite(Record):
    """The place in a program's source that made a call: a line of a file."""

    file: str
    """As the program's debug information has it; an absolute path where that can be told."""
    line: int
    """From 1."""
    function: str = ""
    """The function that the line lies in; empty where it is not known."""
    has_returned: bool = False
    """Whether the function has returned already: the line is its last. So main, at exit."""


class Event(Record):
    """Who did what, and when."""

    pid: int
    what: What
    ts: int = 0
    """Nanoseconds of CLOCK_MONOTONIC since the recording began."""
    seq: int = 0
    """Place in the recording, from 1: one linear extension of what really came before what."""
    proc: str = ""
    """Symbolic name: P0, P1 … in order of birth."""
    tid: int = 0
    """The thread, where it is not the process's first."""
    source: str = "shell"
    """shell, ptrace or strace."""
    cause: tuple[int, ...] = ()
    """The `seq` of events known to have caused this one."""
    at: CallSite | None = None
    """The line of the program's own source that made the call; None where it is not known."""
