"""Each process's descriptors as the events change them, and the pipes behind them.

A pipe end is written `INODE r` or `INODE w`, everything else as /proc shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simpsh.base.events import Pipe, pipe_letter
from simpsh.base.phrases import escaped
from simpsh.chronicle.chronicle_model import PipeLife, ProcessLife

ENDS = (" r", " w")


class DescriptorHistory:
    """Follows the descriptors of all processes through a run."""

    def __init__(self) -> None:
        self.pipes: dict[str, PipeLife] = {}
        self._now: dict[str, dict[int, str]] = {}
        self._counts: dict[str, int] = {}
        self.given_up: dict[str, dict[str, int]] = {}
        """By end of a pipe, and by process: the event at which it gave up the last of that end."""

    def table(self, name: str) -> Mapping[int, str]:
        """Return a process's descriptors now."""
        return self._now.get(name, {})

    def made(self, process: ProcessLife, index: int, pipe: Pipe) -> None:
        """Note that a process made a pipe."""
        inode = pipe.pipe or f"made at {index}"
        known = self.pipes.get(inode)
        if known is None or known.maker:
            # An inode is given again once its pipe is gone: this is another pipe.
            others = sum(1 for one in self.pipes.values() if one.name)
            letter = escaped(pipe.name) or pipe_letter(others)
            self.pipes[inode] = PipeLife(inode, letter, index, process.name)
        self.given_up.pop(f"{inode} r", None)
        self.given_up.pop(f"{inode} w", None)
        table = dict(self.table(process.name))
        table[pipe.read_fd], table[pipe.write_fd] = f"{inode} r", f"{inode} w"
        self.replaced(process, index, table)

    def seen(self, process: ProcessLife, index: int, *parts: Iterable[tuple[int, str]]) -> None:
        """Take over a process's descriptors as they were listed."""
        table = {number: target for part in parts for number, target in part}
        if table != self._now.get(process.name):
            self.replaced(process, index, table)

    def seen_pipes(
        self, process: ProcessLife, index: int, pipes: Iterable[tuple[int, str]]
    ) -> None:
        """Take over the pipe ends alone, as they were listed; other descriptors stay."""
        now = self.table(process.name)
        ends = dict(pipes)
        others = {
            number: target
            for number, target in now.items()
            if number not in ends and target[-2:] not in ENDS
        }
        self.seen(process, index, others.items(), ends.items())

    def set(self, process: ProcessLife, index: int, number: int, target: str) -> None:
        """Point a descriptor somewhere; nowhere if `target` is empty."""
        table = dict(self.table(process.name))
        table.pop(number, None)
        if target:
            table[number] = target
        self.replaced(process, index, table)

    def replaced(self, process: ProcessLife, index: int, table: dict[int, str]) -> None:
        """Make `table` the process's descriptors from this event on."""
        before = self._now.get(process.name, {})
        self._now[process.name] = table
        process.tables.append((index, table))
        for target in table.values():
            if target[-2:] in ENDS:
                self._counts[target] = self._counts.get(target, 0) + 1
                self._meet(target[:-2], index)
        for target in before.values():
            if target[-2:] in ENDS:
                self._counts[target] -= 1
        kept = set(table.values())
        for target in {target for target in before.values() if target[-2:] in ENDS} - kept:
            self.given_up.setdefault(target, {})[process.name] = index

    def _meet(self, inode: str, index: int) -> None:
        """Give a letter to a pipe whose making was not seen, once both ends are held here."""
        pipe = self.pipes.get(inode)
        if pipe is None:
            pipe = self.pipes[inode] = PipeLife(inode, "", index)
        if not pipe.name and all(self._counts.get(f"{inode}{end}") for end in ENDS):
            pipe.name = pipe_letter(sum(1 for one in self.pipes.values() if one.name))
