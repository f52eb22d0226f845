"""The state of one run that its parts share: who is there, what things are called, what is held."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from simpsh.explore.caged import DEAD, Caged
from simpsh.explore.operation import is_file, is_pipe
from simpsh.explore.start_up import is_of_start_up
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.naming import Naming
    from simpsh.explore.output import Output

CHANGES_OUTSIDE = "changes a file outside its directory"
_UNCHANGING = ("/dev/", "/proc/")


class Run:
    """One run of the program, between its start and its end."""

    def __init__(self, knowledge: Knowledge, naming: Naming, output: Output) -> None:
        self.knowledge = knowledge
        self.naming = naming
        self._target = output
        self.processes: dict[str, Caged] = {}
        self.locks: dict[str, dict[str, int]] = {}
        """The descriptions that took a lock on each file, and LOCK_SH or LOCK_EX."""
        self.filling: Counter[str] = Counter()
        """How many bytes each pipe holds."""
        self.output = b""
        self.touched: set[str] = set()
        """The files that were changed in this run."""

    @property
    def was_changed(self) -> bool:
        """Whether the next run needs a fresh copy of the directory."""
        return bool(self.touched)

    # -- who

    def add(self, pid: int, name: str, parent: Caged | None) -> Caged:
        """Know a new process, which begins as a copy of its parent."""
        process = Caged(pid, name, parent.name if parent else None)
        if parent is not None:
            process.caught, process.ignored = parent.caught, parent.ignored
            process.resetting, process.informed = parent.resetting, parent.informed
            process.descriptions = dict(parent.descriptions)
            process.interpreter = parent.interpreter
            process.behind_call = parent.behind_call
            process.clock, process.random_calls = parent.clock, parent.random_calls
        self.processes[name] = process
        self.naming.add_process(process)
        return process

    @property
    def is_alone(self) -> bool:
        """Whether the program has made no process yet: nobody can notice what it does."""
        return len(self.processes) == 1

    @property
    def living(self) -> list[Caged]:
        """Who has not ended."""
        return [one for one in self.processes.values() if one.state != DEAD]

    def children_of(self, process: Caged, target: str = "") -> list[Caged]:
        """Return the children, living or dead, that it may still wait for."""
        return [
            self.processes[name]
            for name in process.children
            if not target or name == target
            if not self.processes[name].is_reaped and self.processes[name].parent == process.name
        ]

    # -- what was found

    def flag(self, what: str) -> None:
        """Note something that makes the exploration incomplete."""
        self.knowledge.flags[what] += 1

    def flag_call(self, process: Caged, what: str) -> None:
        """Flag the call that a process stands at, unless an interpreter makes it by itself."""
        if not is_of_start_up(self, process, what):
            self.flag(what)

    def note(self, what: str) -> None:
        """Note something worth saying."""
        self.knowledge.notes[what] += 1

    def need_signals(self) -> None:
        """Let operations at which signals matter be visible from the next run on."""
        if not self.knowledge.signals_matter:
            self.knowledge.signals_matter = True
            self.knowledge.must_restart = True

    def is_shared(self, name: str) -> bool:
        """Tell whether using a file is visible: somebody changes it, and others are there."""
        known = self.knowledge
        return not self.is_alone and (name in known.shared or name in known.offsets)

    def changes(self, name: str) -> bool:
        """Note that a file or directory is about to be changed; tell whether that is visible."""
        if name.startswith(_UNCHANGING) or not name:
            return False
        self.touched.add(name)
        if not name.startswith("./"):
            self.flag(f"{CHANGES_OUTSIDE}: {name}")
        if self.is_alone:
            return False
        if name not in self.knowledge.shared:
            self.knowledge.shared.add(name)
            self.knowledge.must_restart = True
        return True

    def share_offsets(self, parent: Caged, child: Caged) -> None:
        """Note that two processes read on where the other stopped, by a file open at the fork."""
        files = proc_files.descriptors(parent.pid).files
        named = {number: self.naming.named(target) for number, target in files}
        parent.inherited = {
            number: name
            for number, name in named.items()
            if is_file(name) and not name.startswith(_UNCHANGING)
        }
        child.inherited = dict(parent.inherited)

    def forget_closed(self, process: Caged) -> None:
        """Drop the inherited descriptors that an exec has closed."""
        for number in list(process.inherited):
            if self.naming.object_of(process, number) != process.inherited[number]:
                del process.inherited[number]

    def has_shared_offset(self, process: Caged, descriptor: int, name: str) -> bool:
        """Tell whether reading here moves another process's place in the file, or may."""
        if process.inherited.get(descriptor) != name:
            return False
        if name not in self.knowledge.offsets:
            self.knowledge.offsets.add(name)
            self.knowledge.must_restart = True
        return True

    def shared_directory(self, name: str) -> str:
        """Return a file's directory if that is changed, or listed while it changes; else empty."""
        directory = os.path.dirname(name.rstrip("/"))
        directory = "./" if directory == "." else directory
        return directory if directory in self.knowledge.shared and directory != name else ""

    def wrote(self, data: bytes, count: int) -> None:
        """Note a write of so many bytes to the output, and what people shall read of it.

        Of a terminal's, no more will be learned by draining.
        """
        self._target.owe(count)
        if self._target.is_terminal:
            self.output += data

    # -- what is held

    def look_at_ends(self, process: Caged) -> None:
        """Find out which pipe ends and locked files a held process has descriptors of."""
        found = proc_files.descriptors(process.pid)
        ends = set()
        for _, text in found.pipes:
            inode, end = text.split()
            name = self.naming.named(f"pipe:[{inode}]")
            if is_pipe(name):
                ends.add((name, end))
        open_numbers = {number for number, _ in found.files}
        for number in [one for one in process.descriptions if one not in open_numbers]:
            del process.descriptions[number]
        ends.update((description, "o") for description in process.descriptions.values())
        process.ends = frozenset(ends)
        process.ends_are_stale = False

    def holders(self, name: str, end: str) -> list[Caged]:
        """Return the living processes that hold this end."""
        return [one for one in self.living if (name, end) in one.ends]
