"""Where held processes stand in the source of their programs.

What was read of a program serves all its runs; which program a process runs is known for one run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simpsh.base.events import CallSite
from simpsh.explore.control.held_process import AT, HeldProcess
from simpsh.explore.operations import visible_operations as ops
from simpsh.process import proc
from simpsh.trace.source.call_sites import CallSites

if TYPE_CHECKING:
    from simpsh.trace.source.call_sites import Image


class SourceLines:
    """The source lines of the held processes of one run.

    Args:
        sites: what is known of the programs.
        processes: those of the run, by name.
    """

    def __init__(self, sites: CallSites, processes: Mapping[str, HeldProcess]) -> None:
        self._sites = sites
        self._processes = processes
        self._images: dict[str, Image | None] = {}

    def at(self, process: HeldProcess) -> CallSite | None:
        """Return the line that a process's next operation comes from; None if it is not known."""
        return self._find(process) if process.state == AT else None

    def at_birth(self, parent: HeldProcess) -> CallSite | None:
        """Return the line that made a child, of a process that stands where it has just forked."""
        return self._find(parent)

    def _find(self, process: HeldProcess) -> CallSite | None:
        if process.name not in self._images:
            image = self._sites.image_of(process.pid, proc.argv(process.pid))
            self._images[process.name] = image
        image = self._images[process.name]
        found = self._sites.find(image, process.pid) if image is not None else None
        parent = self._processes.get(process.parent or "")
        if found is None and parent is not None and parent.operation == ops.VforkWait(process.name):
            # posix_spawn's child has a stack of its own: it acts for the call of its parent.
            return self.at(parent)
        return found

    def executed(self, process: HeldProcess) -> None:
        """Forget what a process ran: it has executed another program."""
        self._images.pop(process.name, None)
