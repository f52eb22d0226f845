"""How full pipes are, of those that may become full: they are watched from the beginning."""

from __future__ import annotations

from simpsh.explore.model.kernel_state import KeptKey, Kernel
from simpsh.explore.operations.pipe_pages import (
    LOW_BYTES,
    PAGE,
    SURE_BYTES,
    Pages,
    is_full,
    with_read,
    with_written,
)

FILLS_PIPE = f"fills a pipe with more than {SURE_BYTES // 1024} KiB"


class _PagesOf(KeptKey):
    """The pages of a pipe."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return them as long as there are bytes."""
        return value if self[1] in kernel.pipes else None


def _pages(kernel: Kernel, pipe: str) -> Pages:
    found = kernel.kept.get(_PagesOf(("pages", pipe)))
    return found if isinstance(found, tuple) else ()


def has_room(kernel: Kernel, pipe: str, count: int) -> bool:
    """Return whether a write need not wait."""
    if pipe not in kernel.learned.filled:
        return True
    if count > PAGE:
        kernel.learned.doubts.add(FILLS_PIPE)
        return True
    return with_written(_pages(kernel, pipe), count) is not None


def is_writable(kernel: Kernel, pipe: str) -> bool:
    """Return whether poll(2) says that it can be written to."""
    return not is_full(_pages(kernel, pipe))


def note_written(kernel: Kernel, pipe: str, count: int) -> None:
    """Note a write."""
    if pipe in kernel.learned.filled:
        kernel.kept[_PagesOf(("pages", pipe))] = with_written(_pages(kernel, pipe), count) or ()
    elif len(kernel.pipes.get(pipe, b"")) > LOW_BYTES:
        # No real run has shown that it may become full.
        kernel.learned.doubts.add(FILLS_PIPE)


def note_read(kernel: Kernel, pipe: str, count: int) -> None:
    """Note a read."""
    if pipe in kernel.learned.filled:
        kernel.kept[_PagesOf(("pages", pipe))] = with_read(_pages(kernel, pipe), count)
