"""The target of a descriptor, as the kernel identifies it, and who acts on a process.

Kinds are types: a file may be called `draft w` or `pipe:[7]`, and a program `kernel` or `P1`.
"""

from __future__ import annotations

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Literal

    FileKind = Literal["fifo", "socket", "file", "directory", "terminal", "device", "anonymous"]


class PipeEnd(Record):
    """One end of a pipe; both ends have the same inode. See pipe(7)."""

    inode: str
    """Its inode in decimal; in the model of a run, `made at N` for a pipe of unknown inode."""
    end: Literal["r", "w"]

    @property
    def is_write(self) -> bool:
        """Whether it is the end that is written to."""
        return self.end == "w"

    @property
    def other(self) -> PipeEnd:
        """The other end of the same pipe."""
        return PipeEnd(self.inode, "r" if self.is_write else "w")


class File(Record):
    """Anything else that a descriptor refers to."""

    path: str
    """The link in /proc: a path, `socket:[…]`, `anon_inode:[eventfd]` …; or the path that a call
    named."""
    kind: Literal["", "fifo", "socket", "file", "directory", "terminal", "device", "anonymous"] = ""
    """Empty if only the path is known."""
    device: int = 0
    inode: int = 0
    """With `device`, identifies the file; 0 if only the path is known."""


Target = PipeEnd | File


class Member(Record):
    """A process of the run. No text equals it, so `reap.by == "kernel"` is an error of types."""

    IS_NAME: ClassVar[bool] = True
    """Whether it is a text in recordings."""
    name: str
    """Its birth path, such as `P1.1`; in a lesson, the name of its variable."""


class Kernel(Record):
    """The kernel as an actor."""

    reason: str
    """Why it acted: NO_WAIT_NEEDED."""


NO_WAIT_NEEDED = "no wait needed"
"""The parent ignores SIGCHLD or has set SA_NOCLDWAIT, so its children become no zombies."""


class Recorder(Record):
    """The process that records the run, which also starts it and collects orphans."""

    recorder: str
    """Its displayed name: `simpsh`, or `reaper` in a lesson."""


class Outsider(Record):
    """A process that is not part of the run."""

    program: str
    """The name of its program, for people."""
    pid: int = 0


Actor = Member | Kernel | Recorder | Outsider


def actor_words(actor: Actor | str) -> str:
    """Return the displayed name of an actor; a text is the name of a process of the run.

    >>> actor_words(Outsider("init", 1)), actor_words(Member("P1")), actor_words(Outsider("P1", 7))
    ('init', 'P1', 'process 7 (P1)')
    """
    match actor:
        case str():
            return actor
        case Member(name) | Recorder(name):
            return name
        case Kernel():
            return "the kernel"
        case Outsider(program, pid):
            # Process 1 needs no number, and no process of a run is called like it.
            if pid == 1 and program:
                return program
            return f"process {pid}{f' ({program})' if program else ''}"
