"""A held process as it is now, so that what it does next can be undone.

Only what a handler without calls changes is undone: registers, memory and the signal mask.
"""

from __future__ import annotations

import os

from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.remembered_state import private_pages, untouched
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc

_PAGE = os.sysconf("SC_PAGE_SIZE")
_MOST = 64
"""How many pages are compared at once."""


class SavedProcess:
    """The state of a held process at one moment."""

    def __init__(self, process: HeldProcess) -> None:
        self._process, self._progress = process, process.progress()
        self._registers = registers.getregs(process.pid)
        self._vectors = registers.vector_registers(process.pid)
        self._mask = ptrace.getsigmask(process.pid)
        self._blocks = private_pages(process.pid, most=_MOST)

    def restore(self) -> bool:
        """Undo what the process has done since then; it must be held.

        Return False if a page that it has touched meanwhile cannot be known as it was.
        """
        pid = self._process.pid
        for first, now in private_pages(pid, most=_MOST).items():
            for offset in range(0, len(now), _PAGE) if now != self._blocks.get(first) else ():
                before = self._page(first + offset)
                if before is None:
                    return False
                if now[offset : offset + _PAGE] != before:
                    ptrace.write_memory(pid, first + offset, before)
        ptrace.setsigmask(pid, self._mask)
        registers.setregs(pid, self._registers)
        registers.set_vector_registers(pid, self._vectors)
        self._process.go_back_to(self._progress)
        return True

    def _page(self, address: int) -> bytes | None:
        """Return the page at an address as it was; None if that is unknown."""
        for first, block in self._blocks.items():
            if first <= address < first + len(block):
                return block[address - first :][:_PAGE]
        regions = proc.memory_regions(self._process.pid)
        region = next(each for each in regions if each.first <= address < each.end)
        return untouched(region, address, _PAGE)
