"""All kinds of events. An event is one thing that happened to a process, as a value.

This is the schema `simpsh.trace/2`, and the only definition of its fields. The kernel reports the
events of a whole process tree. A recording has one JSON object per line: a header, then events. A
value of several fields, such as a PipeEnd, is an object of its own. Readers skip unknown fields and
keep unknown events as `Unknown`.

An entry lists, in this order: its name, its verb in lessons, the calls that make it, its row in
pictures; then the docstring for the manual, the fields, `from_call`, and `phrase`. All other code
about kinds of events is derived from these entries; see `event_kind.py`.
"""

from __future__ import annotations

import fcntl
import os

from simpsh.base.event_kind import (
    ENTRIES,
    EventKind,
    Row,
    SystemCall,
    Telling,
    TracedCall,
    event,
    on_request,
    traced,
)
from simpsh.base.own_program import THIS_SHELL
from simpsh.base.phrases import (
    command_words,
    ending_words,
    escaped,
    keys_typed,
    quoted,
    status_words,
)
from simpsh.base.record import Node, changed
from simpsh.base.signal_names import (
    SIGALRM,
    SIGCONT,
    SIGINT,
    SIGPIPE,
    SIGPROF,
    SIGQUIT,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
    SIGVTALRM,
    SIGWINCH,
    SIGXCPU,
    SIGXFSZ,
    Signal,
    signal_name,
)
from simpsh.base.targets import Actor, File, Kernel, Member, PipeEnd
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, decode
from simpsh.base.waits import Wait as Waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    Effect = Literal["", "ignored", "nothing", "dropped"]

SCHEMA = "simpsh.trace/2"
_TIOCSPGRP, _FIONBIO, _FIONCLEX, _FIOCLEX = 0x5410, 0x5421, 0x5450, 0x5451
"""From <asm-generic/ioctls.h>. Importing termios would cost each start 0.2 ms."""
_MUCH, _BEGINNING = 100, 12
"""If data is longer than _MUCH bytes, only _BEGINNING characters are quoted."""


def refusal(call: str, error: str) -> str:
    """Return the phrase for a failed call.

    >>> refusal("setpgid", "EPERM")
    'is refused: setpgid fails with EPERM'
    """
    return f"is refused: {call} fails with {error}"


class _Kind(Node):
    def renamed(self, name_of: Callable[[str], str]) -> What:
        """Return this event with the names of its processes replaced by `name_of(name)`."""
        return self  # type: ignore[return-value] # each kind is in the union

    def subject(self, owner: str) -> Actor | None:
        """Return the actor that is the phrase's subject: mostly the event's own process."""
        return Member(owner) if owner else None


def _rename(actor: Actor | None, name_of: Callable[[str], str]) -> Actor | None:
    return Member(name_of(actor.name)) if isinstance(actor, Member) else actor


# Groups of kinds, for a `match` that treats them alike: `case SignalEvent():`.


class LifeEvent(_Kind):
    """An event about births, programs, waits and ends of processes."""


class SignalEvent(_Kind):
    """An event about signals and stops."""


class GroupEvent(_Kind):
    """An event about process groups, sessions, or the foreground of the terminal."""


class DescriptorEvent(_Kind):
    """An event about descriptors and files."""


class PlainEvent(_Kind):
    """An event that changes nothing which readers follow: only its phrase tells of it."""


class SilentEvent(_Kind):
    """An event without a phrase, which only machines read."""

    def phrase(self, telling: Telling) -> str:
        return ""


@event(
    "start",
    row=Row("start", "The recording begins with this process; what it did before was not watched."),
)
class Start(LifeEvent):
    """The recording began; this process already existed."""

    ppid: int
    argv: tuple[str, ...] = ()
    pipes: tuple[tuple[int, PipeEnd], ...] = ()
    """Its pipe ends, as in Exec."""
    files: tuple[tuple[int, File], ...] = ()
    """Its other descriptors, as in Exec."""
    pgid: int = 0
    """Its process group; 0 in recordings of earlier versions."""
    state: str = ""
    """A letter of proc(5) if the process ran before; its earlier events were not recorded."""
    is_this_shell: bool = False
    """Whether it is the running shell that records its own calls."""

    def phrase(self, telling: Telling) -> str:
        # For a running shell, "starts" would be wrong.
        if self.is_this_shell:
            return f"is {THIS_SHELL}"
        if self.state:
            doing = "is stopped" if self.state == "T" else "runs"
            return f"{doing} already: {command_words(self.argv)}"
        return f"starts: {command_words(self.argv)}"


@event(
    "fork",
    verb="forks",
    calls=traced("reported", "fork", "vfork", "clone", "clone3", level="events", shape=""),
    row=Row(
        "fork",
        "fork(2) returns twice. The child is a copy: the same program, at the same place in it, "
        "with copies of all descriptors. It has its own pid, no pending signals, timers or record "
        "locks, and its processor time begins at 0.",
    ),
)
class Fork(LifeEvent):
    """A process made another: a copy of itself, or (vfork, posix_spawn) a child to exec at once."""

    child_pid: int
    child: str
    """The child's name, `P1`; names are never reused, even if the pid is."""
    syscall: str = "fork"
    """fork, vfork or clone."""
    thread: bool = False
    """Whether it made a thread of this process, not a process."""
    inferred: bool = False
    """Whether the fork is inferred, because the parent died before it could report."""
    pipes: tuple[tuple[int, PipeEnd], ...] | None = None
    """The pipe ends that the child inherits, as in Exec; None if /proc was not read."""
    files: tuple[tuple[int, File], ...] | None = None
    """The other descriptors that the child inherits, as in Exec."""
    parent: Actor | None = None
    """The child's parent if it is not the caller: clone(2) with CLONE_PARENT."""
    shares_files: bool = False
    """Whether parent and child share one table of descriptors: clone(2) with CLONE_FILES."""

    def renamed(self, name_of: Callable[[str], str]) -> What:
        parent = _rename(self.parent, name_of)
        return changed(self, child=name_of(self.child), parent=parent)

    def phrase(self, telling: Telling) -> str:
        if self.thread:
            return "starts a thread"
        child = telling.label(self.child)
        if self.parent is not None:
            child += f", a child of {telling.label(self.parent)} (CLONE_PARENT)"
        if self.inferred:
            return f"forks {child} (inferred: it was killed before it could report)"
        return f"forks {child}{' (vfork)' if self.syscall == 'vfork' else ''}"


@event(
    "exec",
    verb="executes a program",
    calls=traced("reported", "execve", "execveat", level="events"),
    row=Row(
        "exec",
        "execve(2) keeps the process – its pid, parent and descriptors – and replaces the program "
        "in it.",
    ),
)
class Exec(LifeEvent):
    """A process replaced its program, successfully."""

    argv: tuple[str, ...]
    exe: str
    """The path given to execve, or the file that /proc names."""
    pipes: tuple[tuple[int, PipeEnd], ...] = ()
    """Its descriptors that are pipe ends."""
    files: tuple[tuple[int, File], ...] = ()
    """Its other descriptors."""

    def phrase(self, telling: Telling) -> str:
        redirections = ", ".join(telling.redirections()) if telling.shows_targets else ""
        return f"execs {command_words(self.argv)}{f' ({redirections})' if redirections else ''}"


@event(
    "exec_error",
    calls=traced("blocking", "execve", "execveat"),
    row=Row(
        "exec-error",
        "A failed execve(2) changes nothing: the old program continues, and has to say so.",
    ),
)
class ExecError(LifeEvent):
    """An execve failed and the old program continues."""

    path: str
    errno: int

    @classmethod
    def from_call(cls, call: SystemCall) -> ExecError | None:
        # A successful call is reported as Exec.
        path = 1 if call.name == "execveat" else 0
        return cls(call.text(path), call.errno) if call.errno else None

    def phrase(self, telling: Telling) -> str:
        return f"cannot exec {self.path}: {telling.error(self.errno)}"


@event(
    "wait",
    verb="waits",
    calls=traced("both", "wait4", "waitid"),
    row=Row(
        "wait", "No child that it waits for has news yet: the kernel lets it sleep until one has."
    ),
)
class Wait(LifeEvent):
    """A process began to wait for a child."""

    target: int
    """A pid, -1 for any child, 0 or less than -1 for a group."""
    options: tuple[str, ...] = ()
    """WNOHANG, WUNTRACED, WCONTINUED, WEXITED, WSTOPPED, WNOWAIT."""
    syscall: str = "wait4"
    pipes: tuple[tuple[int, PipeEnd], ...] | None = None
    """The pipe ends that it holds while it waits, as in Fork."""

    def phrase(self, telling: Telling) -> str:
        if self.target > 0:
            return f"waits for {telling.process(self.target) or 'a child'}"
        if self.target == -1:
            return "waits for any child"
        group = telling.group(-self.target) if self.target else "its own group"
        return f"waits for any child in {group}"


@event(
    "wait_return",
    calls=traced("blocking", "wait4", "waitid"),
    row=Row("news", "wait(2) with WUNTRACED or WCONTINUED also returns for children that live on."),
)
class WaitReturn(LifeEvent):
    """A wait returned."""

    child_pid: int
    """The reported child; 0 for none (WNOHANG), -1 for an error."""
    child: str = ""
    status: int | None = None
    """The status word of waitpid(2)."""
    errno: int = 0
    is_left: bool = False
    """Whether the status was left for another wait: WNOWAIT."""

    def renamed(self, name_of: Callable[[str], str]) -> What:
        return changed(self, child=name_of(self.child))

    def phrase(self, telling: Telling) -> str:
        if self.errno or self.child_pid < 0:
            return refusal("wait", telling.error(self.errno))
        if not self.child_pid:
            return "asks: no child has ended yet"
        child = telling.label(self.child) or f"process {self.child_pid}"
        if self.status is None:
            return f"learns that {child} has ended or changed its state"
        match decode(self.status):
            case Stopped(signal):
                return f"learns that {child} was stopped by {signal}"
            case Continued():
                return f"learns that {child} continues"
            case Exited() | Killed():
                left = ", and leaves it a zombie" if self.is_left else ""
                return f"learns that {child} ended: {status_words(self.status)}{left}"


@event(
    "exit",
    verb="ends",
    row=Row(
        "exit",
        "Its memory is freed and its descriptors are closed; its entry with the status stays, a "
        "zombie, until it is collected.",
    ),
)
class Exit(LifeEvent):
    """A process ended, and is a zombie from now until it is reaped."""

    status: int
    """The status word of waitpid(2)."""
    pipes: tuple[tuple[int, PipeEnd], ...] | None = None
    """The pipe ends that it had when it began to end, as in Fork."""
    files: tuple[tuple[int, File], ...] | None = None

    def phrase(self, telling: Telling) -> str:
        return ending_words(self.status)


@event("thread_exit", row=Row("thread-exit", "The process lives on: it ends with its last thread."))
class ThreadExit(LifeEvent):
    """A thread ended, and its process lives on."""

    def phrase(self, telling: Telling) -> str:
        return "ends a thread"


@event(
    "reap",
    row=Row("reap", "wait(2) gave the status, and the kernel freed the entry: the zombie is gone."),
)
class Reap(LifeEvent):
    """A zombie was reaped; reported for the process that reaped it."""

    child_pid: int
    child: str
    by: Actor | None = None
    """The reaper; the kernel if no process had to wait; None, in an event of no process, if the
    reaper was not seen.
    """

    def renamed(self, name_of: Callable[[str], str]) -> What:
        return changed(self, child=name_of(self.child), by=_rename(self.by, name_of))

    def subject(self, owner: str) -> Actor | None:
        # If no process had to wait for the child, the child is the subject: it is gone.
        if self.by is None or isinstance(self.by, Kernel):
            return Member(self.child if self.by is not None or not owner else owner)
        return self.by

    def phrase(self, telling: Telling) -> str:
        if isinstance(self.by, Kernel):
            return "is gone at once: SIGCHLD ignored, or SA_NOCLDWAIT"
        status = telling.status(self.child)
        words = f": {status_words(status)}" if status is not None else ""
        if self.by is None and not telling.owner:
            return f"is gone{words}; which process collected it was not seen"
        return f"collects {telling.label(self.child)}{words}"


@event(
    "reparent",
    row=Row(
        "adoption",
        "Its parent ended first. The kernel gives an orphan a new parent, who collects it in the "
        "end: the nearest subreaper among its ancestors, else process 1.",
    ),
)
class Reparent(LifeEvent):
    """A process lost its parent and was adopted."""

    old_ppid: int
    ppid: int
    adopter: Actor | None = None

    def renamed(self, name_of: Callable[[str], str]) -> What:
        return changed(self, adopter=_rename(self.adopter, name_of))

    def phrase(self, telling: Telling) -> str:
        adopter = self.adopter
        return f"is adopted by {telling.label(adopter) if adopter else f'process {self.ppid}'}"


@event(
    "signal_send",
    calls=traced(
        *("result", "kill", "tkill", "tgkill", "pidfd_send_signal"),
        *("rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    ),
    row=Row("signal", "kill(2) marks the signal pending; it acts when the target next runs."),
)
class SignalSend(SignalEvent):
    """A process sent a signal."""

    target: int
    """A pid, or a value that means a group or all processes; see kill(2)."""
    signal: int
    errno: int = 0
    syscall: str = "kill"

    @classmethod
    def from_call(cls, call: SystemCall) -> SignalSend:
        signal = call.number(2 if call.name in ("tgkill", "rt_tgsigqueueinfo") else 1)
        if call.name == "pidfd_send_signal":
            target = call.pid_behind(0)
        elif call.name == "tkill":
            target = call.pid_of_thread(0)
        else:
            target = call.pid(0)
        return cls(target, signal, call.errno, call.name)

    def phrase(self, telling: Telling) -> str:
        if self.syscall == "pidfd_send_signal" and self.target < 1:
            # The process has been reaped, so the descriptor refers to no pid.
            target = "a gone process"
        elif self.target < -1:
            target = telling.group(-self.target)
        elif self.target == -1:
            target = "every process that it may signal"
        elif self.target == 0:
            target = "its own group"
        else:
            target = telling.process(self.target) or "a process outside"
        if not self.signal:
            words = f"checks {target} by signal 0"
            return f"{words}: {telling.error(self.errno)}" if self.errno else words
        name = signal_name(self.signal)
        if self.errno:
            return f"cannot send {name} to {target}: {telling.error(self.errno)}"
        return f"{'send' if telling.is_reader else 'sends'} {name} to {target}"


_EFFECTS = {
    "ignored": ", and ignores it",
    "nothing": ": nothing happens",
    "dropped": ": the kernel drops it, for process 1 of a PID namespace without a handler",
}
_REASONS = {
    SIGPIPE: "it wrote to a pipe or socket that no process reads",
    SIGXFSZ: "its file has reached its limit",
    **dict.fromkeys((SIGALRM, SIGVTALRM, SIGPROF), "its timer has expired"),
    SIGTTIN: "it reads from the terminal in the background",
    SIGTTOU: "it uses the terminal in the background",
    **dict.fromkeys((SIGINT, SIGQUIT, SIGTSTP), "a key of the terminal"),
    SIGWINCH: "the terminal has another size",
    SIGXCPU: "it has used its processor time",
}
"""Why the kernel sends a signal; see signal(7)."""
SENT_CODES = (0, -1, -6)
"""si_code of a signal that a process sent: SI_USER, SI_QUEUE, SI_TKILL; see sigaction(2).
The kernel gives SI_USER to SIGPIPE, SIGXFSZ and signals of PR_SET_PDEATHSIG as well."""


@event(
    "signal_deliver",
    row=Row(
        "delivery", "The signal was pending; now that the process runs, it acts by its disposition."
    ),
)
class SignalDeliver(SignalEvent):
    """A signal reached a process."""

    signal: int
    sender: int = 0
    """The pid in its siginfo_t; 0 when the kernel or a process outside its PID namespace sent it.
    The kernel names the process that made it send SIGPIPE, or a signal of PR_SET_PDEATHSIG."""
    si_code: int = 0
    effect: Literal["", "ignored", "nothing", "dropped"] = ""
    """`nothing`, if the default action is to do nothing; `dropped`, by the kernel for
    process 1 of a PID namespace; else empty."""

    def phrase(self, telling: Telling) -> str:
        words = f"gets {Signal(self.signal).name}"
        count, (origin, name) = telling.count_sent(), telling.origin()
        if count > 1:
            words += f", once for {count} that were sent"
        elif origin == "process":
            words += f" from {name}"
        elif origin == "event":
            words += f" from the kernel, because {name}"
        elif origin == "kernel":
            words += " from the kernel"
            words += f": {_REASONS[self.signal]}" if self.signal in _REASONS else ""
        return f"{words}{_EFFECTS.get(self.effect, '')}"


@event(
    "chdir",
    verb="changes its directory",
    calls=traced("result", "chdir"),
    row=Row("chdir", "A call changes the directory of its caller alone.", option="chdir"),
)
class Chdir(PlainEvent):
    """A process changed its working directory."""

    path: str

    @classmethod
    def from_call(cls, call: SystemCall) -> Chdir | None:
        return None if call.errno else cls(call.text(0))

    def phrase(self, telling: Telling) -> str:
        return change_words("chdir", (self.path,), 0)


@event("stop", row=Row("stop"))
class Stop(SignalEvent):
    """A process stopped."""

    signal: int

    def phrase(self, telling: Telling) -> str:
        return f"is stopped by {Signal(self.signal).name}"


@event(
    "continue",
    verb="continues",
    row=Row("continue", "SIGCONT resumes a stopped process at the moment it is sent."),
)
class Continue(SignalEvent):
    """A stopped process continues."""

    signal: int = SIGCONT

    def phrase(self, telling: Telling) -> str:
        return "continues"


@event(
    "pipe",
    calls=traced("result", "pipe", "pipe2"),
    row=Row(
        "pipe",
        "pipe(2) makes a buffer in the kernel with two ends: what is written to the one can be "
        "read from the other. fork copies both ends.",
    ),
)
class Pipe(DescriptorEvent):
    """A process made a pipe."""

    read_fd: int
    write_fd: int
    pipe: str = ""
    """The inode of both ends in /proc, as text; empty if it is unknown."""
    name: str = ""
    """A letter for people: A, B …"""

    @classmethod
    def from_call(cls, call: SystemCall) -> Pipe | None:
        ends = None if call.errno else call.pair(0)
        return cls(*ends, *call.pipe(ends[0])) if ends is not None else None

    def phrase(self, telling: Telling) -> str:
        letter = telling.pipe(self.pipe, self.name)
        return f"makes pipe {letter}: read end {self.read_fd}, write end {self.write_fd}"


def pipe_letter(number: int) -> str:
    """Return the letter of the `number`-th pipe, from 0.

    >>> pipe_letter(0), pipe_letter(25), pipe_letter(26)
    ('A', 'Z', 'A2')
    """
    round_, letter = divmod(number, 26)
    return chr(ord("A") + letter) + (str(round_ + 1) if round_ else "")


@event(
    "open",
    calls=traced("blocking", "open", "openat", "creat", level="asked"),
    row=Row("open", "open(2) gives the lowest number that is free.", option="open"),
)
class Open(DescriptorEvent):
    """A process opened a file."""

    path: str
    fd: int
    """The new descriptor, or -1."""
    flags: int = 0
    errno: int = 0
    file: File | None = None
    """The opened file, if /proc was read."""

    @classmethod
    def from_call(cls, call: SystemCall) -> Open:
        path = 1 if call.name == "openat" else 0
        is_creat = call.name == "creat"
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC if is_creat else call.number(path + 1)
        file = None if call.errno else call.file(call.result)
        return cls(call.text(path), call.result, flags, call.errno, file)

    def phrase(self, telling: Telling) -> str:
        if self.fd < 0:
            return f"cannot open {self.path}: {telling.error(self.errno)}"
        return f"opens {self.path} as {self.fd}"


@event(
    "dup",
    calls=(
        *traced("result", "dup", "dup2", "dup3"),
        TracedCall("fcntl", "result", "io", (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC)),
    ),
    row=Row("dup", "dup2(2) makes both numbers point to one open file description.", option="dup2"),
)
class Dup(DescriptorEvent):
    """A process made `newfd` a duplicate of `oldfd`."""

    oldfd: int
    newfd: int
    errno: int = 0

    @classmethod
    def from_call(cls, call: SystemCall) -> Dup:
        # The new number is an argument of dup2 and dup3, and the result of the others.
        new = call.number(1) if call.name in ("dup2", "dup3") else call.result
        return cls(call.number(0), new, call.errno)

    def phrase(self, telling: Telling) -> str:
        if self.errno:
            return refusal("dup2", telling.error(self.errno))
        return f"makes {self.newfd} point where {self.oldfd} points"


@event(
    "close",
    calls=traced("begin", "close", "close_range", level="io"),
    row=Row("close", option="close"),
)
class Close(DescriptorEvent):
    """A process closed a descriptor."""

    fd: int

    @classmethod
    def from_call(cls, call: SystemCall) -> Close | None:
        return None if call.errno else cls(call.number(0))

    def phrase(self, telling: Telling) -> str:
        target = telling.target(self.fd)
        return f"closes {self.fd}{f': {target}' if target else ''}"


@event(
    "setpgid",
    calls=traced("result", "setpgid"),
    row=Row(
        "group",
        "setpgid(2) moves a process between groups: a job is a process group.",
        option="setpgid",
    ),
)
class SetPgid(GroupEvent):
    """A process was put into a group."""

    target: int
    """The pid to move; 0 is the caller."""
    pgid: int
    """The group; 0 is the group numbered like the target."""
    errno: int = 0

    @classmethod
    def from_call(cls, call: SystemCall) -> SetPgid:
        return cls(call.pid(0), call.pid(1), call.errno)

    def phrase(self, telling: Telling) -> str:
        if self.errno:
            return refusal("setpgid", telling.error(self.errno))
        moved = telling.leader(self.target) if self.target else ""
        leader = telling.leader(self.pgid) if self.pgid else moved
        # Two processes outside are one only if their pids are equal.
        is_own = leader == moved and (leader is not None or self.pgid in (0, self.target))
        group = "a group of its own" if is_own else telling.group(self.pgid)
        if moved is None:
            return f"puts {telling.process(self.target) or 'a process outside'} into {group}"
        return f"puts {telling.label(moved) if moved else 'itself'} into {group}"


@event(
    "setsid",
    verb="starts a session of its own",
    calls=traced("result", "setsid", shape=""),
    row=Row(
        "session",
        "setsid(2) makes it the leader of a new session and a new group, with no terminal.",
    ),
)
class SetSid(GroupEvent):
    """A process began a session."""

    @classmethod
    def from_call(cls, call: SystemCall) -> SetSid | None:
        return None if call.errno else cls()

    def phrase(self, telling: Telling) -> str:
        return "starts a session of its own"


@event(
    "tcsetpgrp",
    calls=(TracedCall("ioctl", "result", second=(_TIOCSPGRP,)),),
    row=Row(
        "terminal",
        "tcsetpgrp(3) says which group may read the terminal and gets its keys' signals.",
        option="tcsetpgrp",
    ),
)
class TcSetPgrp(GroupEvent):
    """A process gave the terminal to a group."""

    pgid: int
    errno: int = 0

    @classmethod
    def from_call(cls, call: SystemCall) -> TcSetPgrp:
        # The argument of ioctl(2) is the address of the number.
        return cls(call.pid_at(2), call.errno)

    def phrase(self, telling: Telling) -> str:
        if self.errno:
            return refusal("tcsetpgrp", telling.error(self.errno))
        return f"gives the terminal to {telling.group(self.pgid)}"


@event(
    "read",
    calls=traced("blocking", "read", "readv", level="io"),
    row=Row("read", "read(2) takes out what is there; it sleeps only while the pipe is empty."),
)
class Read(DescriptorEvent):
    """A process read; level io."""

    fd: int
    count: int
    """Bytes read, 0 at end of file, -1 on error."""
    pipe: str = ""
    errno: int = 0
    text: str = ""
    """The beginning of the data."""
    file: File | None = None
    """A file that is not a pipe, once for each new file of a process."""

    def phrase(self, telling: Telling) -> str:
        target = telling.descriptor(self.fd, self.pipe)
        if self.errno:
            return f"cannot read{f' from {target}' if target else ''}: {telling.error(self.errno)}"
        data = _data_words(self) if self.count else "end of file"
        return f"reads {data}{f' from {target}' if target else ''}"


@event(
    "write",
    calls=traced("blocking", "write", "writev", level="io"),
    row=Row(
        "write", "write(2) puts bytes into the pipe's buffer; it sleeps only while that is full."
    ),
)
class Write(DescriptorEvent):
    """A process wrote; level io."""

    fd: int
    count: int
    pipe: str = ""
    text: str = ""
    """The beginning of the data."""
    errno: int = 0
    file: File | None = None
    """As in Read."""

    def phrase(self, telling: Telling) -> str:
        if telling.is_reader:
            return f"type {keys_typed(self.text)}"
        target = telling.descriptor(self.fd, self.pipe)
        if self.errno:
            return f"cannot write{f' to {target}' if target else ''}: {telling.error(self.errno)}"
        if telling.is_output:
            return f"prints {quoted(self.text) if self.text else _data_words(self)}"
        return f"writes {_data_words(self)}{f' to {target}' if target else ''}"


def _data_words(data: Read | Write) -> str:
    count = f"{data.count} byte{'s' * (data.count != 1)}" if data.count else "nothing"
    if not data.text:
        return count
    return f"{count} {quoted(data.text, _BEGINNING)}" if data.count > _MUCH else quoted(data.text)


@event(
    "rest",
    row=Row(
        "rest",
        "Each waits for another of them, and all are asleep: nothing inside can change that. It "
        "takes a signal from outside.",
    ),
)
class Rest(_Kind):
    """All processes sleep; no process can continue, or only by a timer; level io."""

    waiting: tuple[tuple[str, Waiting], ...]
    """The waiting processes, and what each waits for."""
    wakes: tuple[tuple[str, float], ...] = ()
    """The processes that a timer will wake, and in how many seconds; 0 if unknown."""

    def renamed(self, name_of: Callable[[str], str]) -> What:
        waiting = [(name_of(name), wait.renamed(name_of)) for name, wait in self.waiting]
        return Rest(tuple(waiting), tuple((name_of(name), when) for name, when in self.wakes))

    def subject(self, owner: str) -> Actor | None:
        return None

    def phrase(self, telling: Telling) -> str:
        if self.wakes:
            return f"all processes sleep; {self.waking(telling)}"
        parts = [f"{telling.label(name)} {telling.wait(name, wait)}" for name, wait in self.waiting]
        return f"no process can move any more{': ' * bool(parts)}{'; '.join(parts)}"

    def waking(self, telling: Telling) -> str:
        """Return the phrase for the timer that ends the rest."""
        name, seconds = min(self.wakes, key=lambda wake: wake[1])
        when = f" in {round(seconds, 3):.12g} s" if seconds else ""
        return f"the clock will wake {telling.label(name)}{when}"


@event(
    "unfinished",
    row=Row("unfinished", "The call had not returned when the process, or the recording, ended."),
)
class Unfinished(_Kind):
    """A process was inside a call when it was killed, or when the recording ended."""

    syscall: str
    fd: int = -1
    """The descriptor that the call is about; -1 for none."""
    pipe: str = ""
    file: File | None = None
    """As in Read."""
    thread: bool = False
    """Whether a thread other than the process's first one made the call."""

    def phrase(self, telling: Telling) -> str:
        target = telling.descriptor(self.fd, self.pipe) if self.fd >= 0 else ""
        verb = "has a thread that is still" if self.thread else "is still"
        return f"{verb} in {self.syscall}(2){f': {target}' if target else ''}"


@event(
    "call",
    calls=(
        *on_request("pn", "unlink", "rmdir", "mkdir", "truncate", "memfd_create"),
        *on_request("pp", "rename", "link", "symlink"),
        *on_request("p", "access", "stat", "lstat", "readlink", "chmod"),
        *on_request("-p", "unlinkat", "mkdirat", "newfstatat", "statx", "readlinkat", "fchmodat"),
        *on_request("-p", "faccessat", "faccessat2"),
        *on_request("-p-p", "renameat", "renameat2", "linkat"),
        *on_request("n", "umask", "rt_sigaction", "alarm", "getpgid"),
        *on_request("ns", "rt_sigprocmask"),
        *on_request("", "pause", "getpid", "getppid", "rt_sigsuspend"),
        *on_request("t", "nanosleep"),
        *on_request("--m", "poll"),
        *on_request("--t", "ppoll", "rt_sigtimedwait"),
        *on_request("----v", "select"),
        *on_request("----t", "pselect6"),
        *on_request("---m", "epoll_wait", "epoll_pwait"),
        *on_request("nnt", "clock_nanosleep"),
        *on_request("-n-t", "futex"),
        *on_request("nni", "timer_settime"),
        *on_request("nj", "setitimer"),
        *on_request("nnl-", "prlimit64"),
        *on_request("nl", "setrlimit"),
    ),
    row=Row("failure"),
)
class Call(PlainEvent):
    """Any system call without its own event."""

    name: str
    args: tuple[object, ...] = ()
    """Numbers, strings and lists of strings, as in JSON."""
    result: object = None
    errno: int = 0
    begins: bool = False
    """Whether the call begins here; if it returns, another event has its result."""

    def phrase(self, telling: Telling) -> str:
        if self.errno:
            return refusal(self.name, telling.error(self.errno))
        return change_words(self.name, self.args, self.result)


# Phrases for the effects of calls without their own event.

_STATUS_FLAGS = ("O_APPEND", "O_NONBLOCK")
_ASKING = (fcntl.F_GETFD, fcntl.F_GETFL)
_IOCTLS = {
    _FIOCLEX: "sets FD_CLOEXEC of {}",
    _FIONCLEX: "clears FD_CLOEXEC of {}",
    _FIONBIO: "sets or clears O_NONBLOCK of {}",
}


def changes_something(name: str, args: tuple[object, ...]) -> bool:
    """Return whether a call changed something, rather than only queried it.

    >>> changes_something("lseek", (3, 0, os.SEEK_CUR))
    False
    """
    if name == "fcntl":
        return _number(args, 1) not in _ASKING
    if name == "ioctl":
        return _number(args, 1) in _IOCTLS
    is_tell = name == "lseek" and (_number(args, 1), _number(args, 2)) == (0, os.SEEK_CUR)
    return not is_tell


def change_words(name: str, args: tuple[object, ...], result: object) -> str:
    """Return the phrase for the effect of a call.

    >>> change_words("fcntl", (3, fcntl.F_SETFL, os.O_NONBLOCK), 0)
    'sets the flags of 3: O_NONBLOCK'
    >>> change_words("umask", (0o22,), 0), change_words("getpid", (), 7)
    ('sets the umask to 022', 'calls getpid')
    """
    first, second, third = (_number(args, index) for index in range(3))
    match name:
        case "fcntl" if second == fcntl.F_SETFL:
            flags = [flag for flag in _STATUS_FLAGS if third & getattr(os, flag)]
            return f"sets the flags of {first}: {' '.join(flags) or 'none'}"
        case "fcntl" if second == fcntl.F_SETFD:
            return f"{'sets' if third & fcntl.FD_CLOEXEC else 'clears'} FD_CLOEXEC of {first}"
        case "fcntl":
            return f"calls fcntl on {first}"
        case "ioctl":
            return _IOCTLS.get(second, "calls ioctl on {}").format(first)
        case "lseek":
            return f"moves the offset of {first} to {result}"
        case "umask":
            return f"sets the umask to {first:03o}"
        case "chdir":
            return f"changes its directory to {args[0]}"
        case "rt_sigaction":
            return f"sets its action for {signal_name(first)}"
        case "rt_sigprocmask":
            return "changes its signal mask"
        case "prlimit64" | "setrlimit":
            return "sets a limit"
        case _:
            return f"calls {name.removeprefix('rt_')}"


def _number(args: tuple[object, ...], index: int) -> int:
    value = args[index] if index < len(args) else 0
    return value if isinstance(value, int) else 0


@event("line", row=None)
class Line(SilentEvent):
    """A process reached a line of its program; reported by the program itself, in a lesson."""

    line: int


@event("assign", row=None)
class Assign(SilentEvent):
    """A variable of a process changed; reported like Line."""

    variable: str
    value: object = None


class Unknown(SilentEvent):
    """An event of a later version; kept as it was read."""

    name: str
    fields: tuple[tuple[str, object], ...] = ()


_Life = Start | Fork | Exec | ExecError | Exit | ThreadExit | Wait | WaitReturn | Reap | Reparent
_Signals = SignalSend | SignalDeliver | Stop | Continue
_Groups = SetPgid | SetSid | TcSetPgrp
_Descriptors = Pipe | Open | Dup | Close | Read | Write
_Silent = Line | Assign | Unknown
_Plain = Call | Chdir
What = _Life | _Signals | _Groups | _Descriptors | _Plain | _Silent | Rest | Unfinished
"""Every kind of event. A new kind belongs here: mypy then names each `match` that lacks it, in the
chronicle, the timeline and the pictures of lessons. They already handle a PlainEvent."""


NAMES: dict[str, type[What]] = {
    ENTRIES[kind].word: kind for kind in What.__args__ if kind is not Unknown
}
"""The class of each event name in a recording."""
ROWS: dict[type[EventKind], Row] = {
    kind: entry.row for kind, entry in ENTRIES.items() if entry.row is not None
}
"""The rows of the kinds of events that have one in pictures."""


class CallSite(Node):
    """The source line that made a call."""

    file: str
    """From the program's debug information; an absolute path if possible."""
    line: int
    """From 1."""
    function: str = ""
    """The function of the line; empty if unknown."""
    has_returned: bool = False
    """Whether the function has already returned, like main at exit; the line is its last."""


def place_words(at: CallSite | None) -> str:
    """Return a source line in a few characters; empty for None.

    >>> place_words(CallSite("/home/ann/race.c", 12))
    'race.c:12'
    >>> place_words(CallSite("/home/ann/race.c", 20, "main", has_returned=True))
    'end of main'
    """
    if at is None:
        return ""
    if at.has_returned:
        return f"end of {escaped(at.function)}"
    return f"{escaped(at.file.rpartition('/')[2])}:{at.line}"


class Event(Node):
    """An event: its process, time and kind."""

    pid: int
    what: What
    ts: int = 0
    """Nanoseconds of CLOCK_MONOTONIC since the recording began."""
    seq: int = 0
    """Position in the recording, from 1: a linear extension of the real order."""
    proc: str = ""
    """The process's name, see process_names.py: P0, P1, P1.1 …"""
    tid: int = 0
    """The thread, if it is not the process's first."""
    at: CallSite | None = None
    """The source line that made the call; None if unknown."""
