"""A descriptor table as it would become, and the calls of redirections that change it.

The kernel gives out the lowest free number, so that what `open` and `pipe2` will return can be
told beforehand.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence, Set

from simpsh.base.events import pipe_letter
from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.kernel.descriptors import OWN_LOWEST, is_close_on_exec, is_open
from simpsh.shell.plan.call_outline import UNKNOWN, CallStep
from simpsh.shell.plan.job_plan import (
    PIPE_HOLDS,
    Action,
    CloseDescriptor,
    Duplicate,
    HereText,
    OpenFile,
)

_NAMES = {0: "standard input", 1: "standard output", 2: "standard error"}


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
    # The number in pipe:[4711] means nothing to a reader.
    return path if path.startswith("/") else f"a {path.partition(':')[0]}"


def named(number: int) -> str:
    """Say which descriptor this is.

    >>> named(2), named(7)
    ('standard error', 'descriptor 7')
    """
    return _NAMES.get(number, f"descriptor {number}")


_ACCESS = {os.O_RDONLY: "O_RDONLY", os.O_WRONLY: "O_WRONLY", os.O_RDWR: "O_RDWR"}
_FLAGS = {
    os.O_CREAT: "O_CREAT",
    os.O_EXCL: "O_EXCL",
    os.O_TRUNC: "O_TRUNC",
    os.O_APPEND: "O_APPEND",
}
_ARROWS = {os.O_RDONLY: "←", os.O_WRONLY: "→", os.O_RDWR: "↔"}


class AsWritten(HereText):
    """A redirection of which only the text is known before the line runs: `<&$x`, `<<<$(ls)`."""


class RedirectionForecast:
    """Tells what redirections do to one descriptor table, and changes it accordingly."""

    def __init__(self, table: DescriptorTable) -> None:
        self._table = table
        self._saved: list[tuple[int, int | None, str]] = []
        """Descriptors that are redirected for a while: number, its copy, where it pointed."""

    def apply(self, actions: Sequence[Action]) -> Iterator[CallStep]:
        """Tell how redirections are carried out for good, first to last."""
        table = self._table
        for action in actions:
            match action:
                case OpenFile(descriptor, path, flags):
                    opened = table.take(path)
                    access = flags & os.O_ACCMODE
                    words = [
                        _ACCESS[access],
                        *(word for bit, word in _FLAGS.items() if flags & bit),
                    ]
                    yield CallStep(
                        f"open({quoted(path)}, {'|'.join(words)}) = {opened}", "", "open"
                    )
                    yield from self._move(opened, descriptor, _ARROWS[access], path)
                case Duplicate(descriptor, source):
                    target = table.target(source)
                    table.point(descriptor, target)
                    yield _dup2(source, descriptor, "→", target)
                case CloseDescriptor(descriptor) if descriptor in table.entries:
                    table.close(descriptor)
                    yield CallStep(f"close({descriptor})", f"gives {named(descriptor)} up", "close")
                case CloseDescriptor(descriptor):
                    yield CallStep(f"{named(descriptor)} is closed already", "no call")
                case AsWritten(descriptor, data):
                    text = os.fsdecode(data)
                    table.point(descriptor, f"what {text} gives")
                    yield CallStep(text, "known only when the line runs", UNKNOWN)
                case HereText():
                    yield from self._here_text(action)

    def apply_for_a_while(self, actions: Sequence[Action]) -> Iterator[CallStep]:
        """Tell how the shell redirects itself and keeps the way back."""
        table = self._table
        for action in actions:
            descriptor = action.descriptor
            if not any(descriptor == saved for saved, _, _ in self._saved):
                copy = None
                target = table.target(descriptor)
                if descriptor in table.entries:
                    copy = table.take(target, OWN_LOWEST)
                    text = f"fcntl({descriptor}, F_DUPFD, {OWN_LOWEST}) = {copy}"
                    yield CallStep(text, f"keeps {named(descriptor)}", "fcntl")
                self._saved.append((descriptor, copy, target))
            yield from self.apply((action,))

    def undo(self) -> Iterator[CallStep]:
        """Tell how the shell takes the way back."""
        table = self._table
        for descriptor, copy, target in reversed(self._saved):
            if copy is not None:
                table.point(descriptor, target)
                table.close(copy)
                meaning = f"{named(descriptor)} as before"
                yield CallStep(f"dup2({copy}, {descriptor})", meaning, "dup2")
                yield CallStep(f"close({copy})", "", "close")
            elif descriptor in table.entries:
                table.close(descriptor)
                yield CallStep(f"close({descriptor})", "as before", "close")
        self._saved.clear()

    def _move(self, opened: int, descriptor: int, arrow: str, target: str) -> Iterator[CallStep]:
        self._table.point(descriptor, target)
        yield _dup2(opened, descriptor, arrow, target)
        if opened != descriptor:
            self._table.close(opened)
            yield CallStep(f"close({opened})", "", "close")

    def _here_text(self, action: HereText) -> Iterator[CallStep]:
        table = self._table
        target = "the here-document"
        amount = counted(len(action.data), "byte")
        if len(action.data) > PIPE_HOLDS:
            source = table.take(target)
            meaning = "more than a pipe holds: a file without a name"
            yield CallStep(f'memfd_create("here-document") = {source}', meaning, "memfd_create")
            yield CallStep(f"write({source}, {amount})", target)
            yield CallStep(f"lseek({source}, 0)", "back to its beginning")
        else:
            source, write_end = table.take(target), table.take(target)
            yield CallStep(f"pipe2() = [{source}, {write_end}]", "a pipe for the text", "pipe2")
            yield CallStep(f"write({write_end}, {amount})", target)
            table.close(write_end)
            yield CallStep(f"close({write_end})", "so that the text has an end", "close")
        yield from self._move(source, action.descriptor, "←", target)


def _dup2(source: int, descriptor: int, arrow: str, target: str) -> CallStep:
    if source == descriptor:
        # It is where it should be; only execve must be told to keep it.
        return CallStep(f"fcntl({source}, F_SETFD, 0)", f"execve keeps {named(source)}")
    meaning = f"{named(descriptor)} {arrow} {target}"
    return CallStep(f"dup2({source}, {descriptor})", meaning, "dup2")


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
