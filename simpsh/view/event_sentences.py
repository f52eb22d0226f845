"""Events as sentences, from the phrases of their kinds: `P0 forks P1`.

A Naming determines the names of processes, groups and descriptors. This one is for recordings; a
lesson calls processes by its variables (`course/screen/picture_rows.py`).
"""

from __future__ import annotations

from simpsh.base import events
from simpsh.base.phrases import errno_words, escaped
from simpsh.base.record import Record, changed
from simpsh.base.targets import File, Member, PipeEnd, Target
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.view.wait_words import wait_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.base.event_kind import Origin
    from simpsh.base.targets import Actor
    from simpsh.base.waits import Wait

_STANDARD = ("stdin", "stdout", "stderr")


class Naming:
    """The names for the phrase of one event; see `event_kind.Telling`."""

    is_reader = False
    is_output = False
    shows_targets = True

    def __init__(self, chronicle: Chronicle, index: int) -> None:
        self.chronicle = chronicle
        self.index = index
        self.owner = chronicle.owners[index]

    def label(self, actor: Actor | str) -> str:
        """Return the displayed name of a process or another actor."""
        return self.chronicle.label(actor)

    def process(self, pid: int) -> str:
        """Return the displayed name of the process with a pid."""
        bearer = self.chronicle.bearer(pid, self.index)
        return bearer.label if bearer is not None else f"process {pid}"

    def leader(self, pid: int) -> str | None:
        """Return the name of the process with a pid; empty for the owner, None for an outsider."""
        bearer = self.chronicle.bearer(pid, self.index)
        if bearer is None:
            return None
        return bearer.name if bearer.name != self.owner else ""

    def group(self, pgid: int) -> str:
        """Return the displayed name of a process group."""
        bearer = self.chronicle.bearer(pgid, self.index)
        if bearer is None:
            return self.group_outside(pgid)
        return (
            "its own group" if bearer.name == self.owner else f"{self.label(bearer.name)}'s group"
        )

    def group_outside(self, pgid: int) -> str:
        """Return the displayed name of a group whose leader is not in this run."""
        return f"group {pgid}"

    def status(self, name: str) -> int | None:
        """Return the status word with which a process ended; None if unknown."""
        process = self.chronicle.processes.get(name)
        return process.status if process is not None else None

    def pipe(self, inode: str, letter: str) -> str:
        """Return the letter of a pipe that is being made."""
        # The shell's own events have no inode; such a pipe is identified by its event.
        return self.chronicle.pipe_name(inode or f"made at {self.index}") or letter

    def descriptor(self, number: int, inode: str) -> str:
        """Return the target of a descriptor: a pipe, a standard stream, otherwise its number."""
        if letter := self.chronicle.pipe_name(inode):
            return f"pipe {letter}"
        process = self.chronicle.process_of(self.index)
        target = process.table_at(self.index).get(number) if process is not None else None
        if not 0 <= number < len(_STANDARD):
            return target.path if isinstance(target, File) else f"descriptor {number}"
        # Redirected, or closed and opened again.
        is_usual = target in (None, usual_targets(self.chronicle).get(number, target))
        return _STANDARD[number] if is_usual or not target else self.chronicle.target_words(target)

    def target(self, number: int) -> str:
        """Return the target of a descriptor before the event; empty if unknown."""
        target = self.chronicle.target_before(self.index, number)
        if target is None:
            return ""
        words = self.chronicle.target_words(target)
        return f"the {words}" if isinstance(target, PipeEnd) else words

    def object(self, target: Target) -> str:
        """Return what a pipe or a file is called in the words about a wait."""
        if isinstance(target, PipeEnd):
            letter = self.chronicle.pipe_name(target.inode)
            return f"pipe {letter}" if letter else "a pipe"
        return f"{'the FIFO ' * (target.kind == 'fifo')}{target.path}"

    def wait(self, name: str, wait: Wait) -> str:
        """Return what a process waits for, in words that follow its name."""
        return wait_words(wait, Member(name), self)

    def redirections(self) -> list[str]:
        """Return the redirected standard descriptors of a new program."""
        return [change.words for change in redirections(self.chronicle, self.index)]

    def error(self, errno: int) -> str:
        """Return an error's name and meaning."""
        return errno_words(errno)

    def count_sent(self) -> int:
        """Return how many sent signals were merged into this delivery."""
        return len(sendings(self.chronicle, self.index))

    def origin(self) -> tuple[Origin, str]:
        """Return the kind of a delivered signal's origin, and the process or event in words."""
        origin, cause = self.chronicle.origin_of(self.index)
        if origin == "process":
            return origin, self.process(cause)
        if origin != "event":
            return origin, ""
        name = self.label(self.chronicle.owners[cause])
        return origin, f"{name} {_AS_CAUSE[type(self.chronicle.events[cause].what)]}"


_AS_CAUSE = {events.Exit: "ended", events.Stop: "stopped", events.Continue: "continued"}
"""The events that make the kernel send a signal, in the past tense."""


def sentence(chronicle: Chronicle, index: int) -> str:
    """Return an event as one line without a full stop; empty for events without a phrase."""
    naming = Naming(chronicle, index)
    words = phrase(naming)
    subject = subject_of(chronicle, index)
    if not words:
        return ""
    if subject is None:
        return f"{words[:1].upper()}{words[1:]}"
    return f"{naming.label(subject)} {words}"


def phrase(naming: Naming) -> str:
    """Return the phrase of an event, which follows its subject; empty if there is none."""
    return escaped(naming.chronicle.events[naming.index].what.phrase(naming))


def subject_of(chronicle: Chronicle, index: int) -> Actor | None:
    """Return the actor that is a sentence's subject; None for none."""
    return chronicle.events[index].what.subject(chronicle.owners[index])


def sendings(chronicle: Chronicle, index: int) -> list[int]:
    """Return the sendings of a delivered signal; several, if they were merged while pending."""
    return [
        cause
        for cause in chronicle.causes.direct(index)
        if isinstance(chronicle.events[cause].what, events.SignalSend)
    ]


def usual_targets(chronicle: Chronicle) -> Mapping[int, Target]:
    """Return the targets of the first process's descriptors at its first program."""
    root = next(iter(chronicle.processes.values()), None)
    if root is None:
        return {}
    return root.table_at(root.programs[1].begin if len(root.programs) > 1 else root.birth)


class Redirected(Record):
    """A standard descriptor of a new program that differs from the first process's."""

    number: int
    target: str
    """A pipe's letter, `a pipe`, or a file's path."""
    is_pipe: bool = False
    """Whether `target` is the letter of a pipe."""

    @property
    def note(self) -> str:
        """The stream, an arrow and the target."""
        arrow = "→" if self.number else "←"
        return escaped(f"{_STANDARD[self.number]} {arrow} {self.target}")

    @property
    def words(self) -> str:
        """The same in a sentence."""
        target = f"pipe {self.target}" if self.is_pipe else self.target
        return changed(self, target=target).note


def redirections(chronicle: Chronicle, index: int) -> list[Redirected]:
    """Return the standard descriptors of a new program that differ from the first process's."""
    process = chronicle.process_of(index)
    root = next(iter(chronicle.processes.values()), None)
    if process is None or root is None or process.parent is None:
        return []
    usual, table = usual_targets(chronicle), process.table_at(index)
    changes = []
    for number in range(len(_STANDARD)):
        target = table.get(number)
        if target is None or target == usual.get(number):
            continue
        if isinstance(target, PipeEnd):
            letter = chronicle.pipe_name(target.inode)
            changes.append(Redirected(number, letter or "a pipe", is_pipe=bool(letter)))
        else:
            changes.append(Redirected(number, target.path))
    return changes
