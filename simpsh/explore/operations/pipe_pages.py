"""How full a pipe is: it has sixteen pages, and a page that is begun may not be filled up.

A write of up to a page goes behind the last bytes if their page has room for all of it, or
else to a page of its own; a page is free again when all of it was read. See pipe(7), "Pipe
capacity".
"""

from __future__ import annotations

import os

PAGE = os.sysconf("SC_PAGE_SIZE")
MOST_PAGES = 16
SURE_BYTES = MOST_PAGES * PAGE // 2
"""What a pipe takes in any case: its sixteen pages may be half used each."""
LOW_BYTES = SURE_BYTES - PAGE
"""While a pipe has no more than this, no write of one page can wait."""

Pages = tuple[tuple[int, int], ...]
"""Of each page in use: where its bytes end, and how many they are."""


def with_written(pages: Pages, count: int) -> Pages | None:
    """Return the pages after a write of up to a page; None if it has to wait.

    >>> with_written(((PAGE - 6, 4000),), 7)[1:], len(with_written(((PAGE - 6, 4000),), 6))
    (((7, 7),), 1)
    """
    if pages and count % PAGE and pages[-1][0] + count <= PAGE:
        end, length = pages[-1]
        return (*pages[:-1], (end + count, length + count))
    return (*pages, (count, count)) if len(pages) < MOST_PAGES else None


def with_read(pages: Pages, count: int) -> Pages:
    """Return the pages after a read.

    >>> with_read(((4096, 4096), (10, 10)), 4100)
    ((10, 6),)
    """
    left = list(pages)
    while left and count >= left[0][1]:
        count -= left.pop(0)[1]
    if left and count:
        end, length = left[0]
        left[0] = end, length - count
    return tuple(left)


def is_full(pages: Pages) -> bool:
    """Return whether poll(2) says that the pipe cannot be written to."""
    return len(pages) >= MOST_PAGES
