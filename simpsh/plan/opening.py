"""Redirections told beforehand: the calls that carry them out, and those that undo them."""

from __future__ import annotations

import os

from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.plan.outline import Step
from simpsh.plan.tables import named
from simpsh.plan.values import CloseDescriptor, Duplicate, HereText, OpenFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simpsh.plan.tables import Table
    from simpsh.plan.values import Action

PIPE_HOLDS = 4096
"""The longest here-document that comes through a pipe."""

_ACCESS = {os.O_RDONLY: "O_RDONLY", os.O_WRONLY: "O_WRONLY", os.O_RDWR: "O_RDWR"}
_FLAGS = {
    os.O_CREAT: "O_CREAT",
    os.O_EXCL: "O_EXCL",
    os.O_TRUNC: "O_TRUNC",
    os.O_APPEND: "O_APPEND",
}
_ARROWS = {os.O_RDONLY: "←", os.O_WRONLY: "→", os.O_RDWR: "↔"}


class Redirecting:
    """Tells what redirections do to one descriptor table, and changes it accordingly."""

    def __init__(self, table: Table, shown: Callable[[str], str] = str) -> None:
        """Begin.

        Args:
            table: the table of the process that redirects.
            shown: turns a path into what people are shown, where a part of it is not known yet.
        """
        self._table = table
        self._shown = shown
        self._saved: list[tuple[int, int | None, str]] = []

    def apply(self, actions: Sequence[Action]) -> Iterator[Step]:
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

    def apply_for_a_while(self, actions: Sequence[Action]) -> Iterator[Step]:
        """Tell how the shell redirects itself and keeps the way back."""
        for action in actions:
            yield from self._save(action.descriptor)
            yield from self.apply((action,))

    def undo(self) -> Iterator[Step]:
        """Tell how the shell takes the way back."""
        table = self._table
        for descriptor, copy, target in reversed(self._saved):
            if copy is not None:
                table.point(descriptor, target)
                table.close(copy)
                yield Step(f"dup2({copy}, {descriptor})", f"{named(descriptor)} as before", "dup2")
                yield Step(f"close({copy})", "", "close")
            elif descriptor in table.entries:
                table.close(descriptor)
                yield Step(f"close({descriptor})", "as before", "close")
        self._saved.clear()

    def _save(self, descriptor: int) -> Iterator[Step]:
        table = self._table
        if any(descriptor == saved for saved, _, _ in self._saved):
            return
        copy = None
        target = table.target(descriptor)
        if descriptor in table.entries:
            copy = table.take(target, OWN_LOWEST)
            text = f"fcntl({descriptor}, F_DUPFD, {OWN_LOWEST}) = {copy}"
            yield Step(text, f"keeps {named(descriptor)}", "fcntl")
        self._saved.append((descriptor, copy, target))

    def _open(self, action: OpenFile) -> Iterator[Step]:
        path = self._shown(action.path)
        opened = self._table.take(path)
        access = action.flags & os.O_ACCMODE
        flags = [_ACCESS[access], *(word for bit, word in _FLAGS.items() if action.flags & bit)]
        yield Step(f"open({quoted(path)}, {'|'.join(flags)}) = {opened}", "", "open")
        yield from self._move(opened, action.descriptor, _ARROWS[access], path)

    def _move(self, opened: int, descriptor: int, arrow: str, target: str) -> Iterator[Step]:
        self._table.point(descriptor, target)
        yield self._dup2(opened, descriptor, arrow, target)
        if opened != descriptor:
            self._table.close(opened)
            yield Step(f"close({opened})", "", "close")

    @staticmethod
    def _dup2(source: int, descriptor: int, arrow: str, target: str) -> Step:
        if source == descriptor:
            # It is where it should be; only execve must be told to keep it.
            return Step(f"fcntl({source}, F_SETFD, 0)", f"execve keeps {named(source)}")
        return Step(
            f"dup2({source}, {descriptor})", f"{named(descriptor)} {arrow} {target}", "dup2"
        )

    def _close(self, descriptor: int) -> Iterator[Step]:
        if descriptor in self._table.entries:
            self._table.close(descriptor)
            yield Step(f"close({descriptor})", f"gives {named(descriptor)} up", "close")
        else:
            yield Step(f"{named(descriptor)} is closed already", "no call")

    def _here(self, action: HereText) -> Iterator[Step]:
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
            yield Step(f'memfd_create("here-document") = {file}', meaning, "memfd_create")
            yield Step(f"write({file}, {amount})", what)
            yield Step(f"lseek({file}, 0)", "back to its beginning")
            yield from self._move(file, action.descriptor, "←", what)
            return
        read_end, write_end = self._table.take(what), self._table.take(what)
        yield Step(f"pipe2() = [{read_end}, {write_end}]", "a pipe for the text", "pipe2")
        yield Step(f"write({write_end}, {amount})", what)
        self._table.close(write_end)
        yield Step(f"close({write_end})", "so that the text has an end", "close")
        yield from self._move(read_end, action.descriptor, "←", what)

    def _here_of_some_length(self, descriptor: int, what: str) -> Iterator[Step]:
        meaning = "a pipe if the text has 4096 bytes at most"
        read_end = self._table.take(what)
        yield Step("pipe2()", meaning, "pipe2", (0, 1))
        yield Step("close(its write end)", "", "close", (0, 1))
        yield Step(
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
