"""A descriptor table as it would become, and the calls of redirections that change it.

The kernel gives out the lowest free number, so that what `open` and `pipe2` will return can be
told beforehand.
"""

from __future__ import annotations

import itertools
import os

from simpsh.base.events import pipe_letter
from simpsh.base.record import Record
from simpsh.kernel.descriptors import OWN_LOWEST, is_close_on_exec, is_open
from simpsh.shell.plan.call_outline import CallStep
from simpsh.shell.plan.job_plan import PIPE_HOLDS, CloseDescriptor, Duplicate, HereText, OpenFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence, Set

    from simpsh.shell.plan.job_plan import Action

NAMES = {0: "standard input", 1: "standard output", 2: "standard error"}


class DescriptorEntry(Record):
    """Where a descriptor points."""

    target: str
    """For people: `pipe A`, a path, `the terminal`."""
    is_own: bool = True
    """Whether execve closes it."""


class DescriptorTable:
    """The descriptors of one process."""

    def __init__(self, entries: dict[int, DescriptorEntry]) -> None:
        self.entries = entries

    def copy(self) -> DescriptorTable:
        """Return the table that a forked child is born with."""
        return DescriptorTable(dict(self.entries))

    def take(self, target: str, lowest: int = 0) -> int:
        """Open something, closed by execve, and return the lowest free number from `lowest`."""
        number = lowest
        while number in self.entries:
            number += 1
        self.entries[number] = DescriptorEntry(target)
        return number

    def point(self, number: int, target: str) -> None:
        """Let a number point somewhere, kept by execve: dup2."""
        self.entries[number] = DescriptorEntry(target, is_own=False)

    def close(self, number: int) -> None:
        """Give a number up."""
        self.entries.pop(number, None)

    def target(self, number: int) -> str:
        """Say where a number points."""
        entry = self.entries.get(number)
        return f"where {number} points" if entry is None else entry.target

    def own(self, kept: Set[int] = frozenset()) -> list[int]:
        """Return the numbers beyond the standard ones that execve closes, but those kept."""
        return [
            number
            for number, entry in sorted(self.entries.items())
            if number > 2 and entry.is_own and number not in kept
        ]


def present_table() -> DescriptorTable:
    """Return this process's own table, as it is now. See proc(5), /proc/pid/fd."""
    entries = {}
    for name in sorted(os.listdir("/proc/self/fd"), key=int):
        number = int(name)
        # The list has the descriptor, too, by which it was read: that one is closed by now.
        if is_open(number):
            entries[number] = DescriptorEntry(_target(number), is_close_on_exec(number))
    return DescriptorTable(entries)


def _target(number: int) -> str:
    if number < OWN_LOWEST and os.isatty(number):
        return "the terminal"
    try:
        path = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return f"where {number} points"
    # pipe:[4711] says nothing that could be used here.
    return path if path.startswith("/") else f"a {path.partition(':')[0]}"


def named(number: int) -> str:
    """Say which descriptor this is.

    >>> named(2), named(7)
    ('standard error', 'descriptor 7')
    """
    return NAMES.get(number, f"descriptor {number}")


_ACCESS = {os.O_RDONLY: "O_RDONLY", os.O_WRONLY: "O_WRONLY", os.O_RDWR: "O_RDWR"}
_FLAGS = {
    os.O_CREAT: "O_CREAT",
    os.O_EXCL: "O_EXCL",
    os.O_TRUNC: "O_TRUNC",
    os.O_APPEND: "O_APPEND",
}
_ARROWS = {os.O_RDONLY: "←", os.O_WRONLY: "→", os.O_RDWR: "↔"}


class RedirectionForecast:
    """Tells what redirections do to one descriptor table, and changes it accordingly."""

    def __init__(self, table: DescriptorTable, shown: Callable[[str], str] = str) -> None:
        """Begin.

        Args:
            table: the table of the process that redirects.
            shown: turns a path into what people are shown, where a part of it is not known yet.
        """
        self._table = table
        self._shown = shown
        self._saved: list[tuple[int, int | None, str]] = []

    def apply(self, actions: Sequence[Action]) -> Iterator[CallStep]:
        """Tell how redirections are carried out for good, first to last."""
        for action in actions:
            match action:
                case OpenFile():
                    yield from self._open(action)
                case Duplicate(descriptor, source):
                    target = self._table.target(source)
                    self._table.point(descriptor, target)
                    yield self._dup2(source, descriptor, "→", target)
                case CloseDescriptor(descriptor):
                    yield from self._close(descriptor)
                case HereText():
                    yield from self._here(action)

    def apply_for_a_while(self, actions: Sequence[Action]) -> Iterator[CallStep]:
        """Tell how the shell redirects itself and keeps the way back."""
        for action in actions:
            yield from self._save(action.descriptor)
            yield from self.apply((action,))

    def undo(self) -> Iterator[CallStep]:
        """Tell how the shell takes the way back."""
        table = self._table
        for descriptor, copy, target in reversed(self._saved):
            if copy is not None:
                table.point(descriptor, target)
                table.close(copy)
                yield CallStep(
                    f"dup2({copy}, {descriptor})", f"{named(descriptor)} as before", "dup2"
                )
                yield CallStep(f"close({copy})", "", "close")
            elif descriptor in table.entries:
                table.close(descriptor)
                yield CallStep(f"close({descriptor})", "as before", "close")
        self._saved.clear()

    def _save(self, descriptor: int) -> Iterator[CallStep]:
        table = self._table
        if any(descriptor == saved for saved, _, _ in self._saved):
            return
        copy = None
        target = table.target(descriptor)
        if descriptor in table.entries:
            copy = table.take(target, OWN_LOWEST)
            text = f"fcntl({descriptor}, F_DUPFD, {OWN_LOWEST}) = {copy}"
            yield CallStep(text, f"keeps {named(descriptor)}", "fcntl")
        self._saved.append((descriptor, copy, target))

    def _open(self, action: OpenFile) -> Iterator[CallStep]:
        path = self._shown(action.path)
        opened = self._table.take(path)
        access = action.flags & os.O_ACCMODE
        flags = [_ACCESS[access], *(word for bit, word in _FLAGS.items() if action.flags & bit)]
        yield CallStep(f"open({quoted(path)}, {'|'.join(flags)}) = {opened}", "", "open")
        yield from self._move(opened, action.descriptor, _ARROWS[access], path)

    def _move(self, opened: int, descriptor: int, arrow: str, target: str) -> Iterator[CallStep]:
        self._table.point(descriptor, target)
        yield self._dup2(opened, descriptor, arrow, target)
        if opened != descriptor:
            self._table.close(opened)
            yield CallStep(f"close({opened})", "", "close")

    @staticmethod
    def _dup2(source: int, descriptor: int, arrow: str, target: str) -> CallStep:
        if source == descriptor:
            # It is where it should be; only execve must be told to keep it.
            return CallStep(f"fcntl({source}, F_SETFD, 0)", f"execve keeps {named(source)}")
        return CallStep(
            f"dup2({source}, {descriptor})", f"{named(descriptor)} {arrow} {target}", "dup2"
        )

    def _close(self, descriptor: int) -> Iterator[CallStep]:
        if descriptor in self._table.entries:
            self._table.close(descriptor)
            yield CallStep(f"close({descriptor})", f"gives {named(descriptor)} up", "close")
        else:
            yield CallStep(f"{named(descriptor)} is closed already", "no call")

    def _here(self, action: HereText) -> Iterator[CallStep]:
        what = "the here-document"
        text = os.fsdecode(action.data)
        if self._shown(text) != text:
            yield from self._here_of_some_length(action.descriptor, what)
            return
        size = len(action.data)
        amount = f"{size} byte{'' if size == 1 else 's'}"
        if size > PIPE_HOLDS:
            file = self._table.take(what)
            meaning = "more than a pipe holds: a file without a name"
            yield CallStep(f'memfd_create("here-document") = {file}', meaning, "memfd_create")
            yield CallStep(f"write({file}, {amount})", what)
            yield CallStep(f"lseek({file}, 0)", "back to its beginning")
            yield from self._move(file, action.descriptor, "←", what)
            return
        read_end, write_end = self._table.take(what), self._table.take(what)
        yield CallStep(f"pipe2() = [{read_end}, {write_end}]", "a pipe for the text", "pipe2")
        yield CallStep(f"write({write_end}, {amount})", what)
        self._table.close(write_end)
        yield CallStep(f"close({write_end})", "so that the text has an end", "close")
        yield from self._move(read_end, action.descriptor, "←", what)

    def _here_of_some_length(self, descriptor: int, what: str) -> Iterator[CallStep]:
        meaning = "a pipe if the text has 4096 bytes at most"
        read_end = self._table.take(what)
        yield CallStep("pipe2()", meaning, "pipe2", (0, 1))
        yield CallStep("close(its write end)", "", "close", (0, 1))
        yield CallStep(
            "or memfd_create()", "a file without a name if it has more", "memfd_create", (0, 1)
        )
        yield from self._move(read_end, descriptor, "←", what)


def quoted(text: str) -> str:
    r"""Write a text as strace does, on one line.

    >>> print(quoted('a"b\n'))
    "a\"b\n"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else f"\\{ord(c) & 0xFF:o}" for c in escaped) + '"'


def pipe_names() -> Iterator[str]:
    """Yield names for pipes: `pipe A`, `pipe B`."""
    for number in itertools.count():
        yield f"pipe {pipe_letter(number)}"


class CapturePipe:
    """The pipe of a command substitution, at the shell's side."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.write_end = -1
        self._read_end = -1

    def make(self, table: DescriptorTable) -> CallStep:
        """Tell of its making; its read end is moved out of the way of redirections."""
        first = table.take(self.name)
        self.write_end = table.take(self.name)
        self._read_end = table.take(self.name, OWN_LOWEST)
        table.close(first)
        text = f"pipe2() = [{first}, {self.write_end}]"
        return CallStep(text, f"{self.name}; {first} moves to {self._read_end}", "pipe2")

    def before_waiting(self, table: DescriptorTable) -> Iterator[CallStep]:
        """Tell of the reading, once all are started."""
        table.close(self.write_end)
        yield CallStep(f"close({self.write_end})", "else there is no end of file", "close")
        yield CallStep(f"read({self._read_end}) until end of file", "the text that becomes words")

    def after_waiting(self, table: DescriptorTable) -> Iterator[CallStep]:
        """Tell of its end."""
        table.close(self._read_end)
        yield CallStep(f"close({self._read_end})", "", "close")
