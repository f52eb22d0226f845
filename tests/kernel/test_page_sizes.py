"""What follows from the size of a page follows it: aarch64 may have pages of 16 or 64 KiB."""

from __future__ import annotations

import subprocess
import sys

from tests.support.shells import PROJECT

SIZES = """
import os
import sys

asked, size = os.sysconf, int(sys.argv[1])
os.sysconf = lambda name: size if name == "SC_PAGE_SIZE" else asked(name)
from simpsh.chronicle.chronicle_builder import PIPE_BYTES
from simpsh.explore.control import shared_memory
from simpsh.explore.model.pipe_operations import FILLS_PIPE, with_written
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT

pages, writes = (), 0
while (after := with_written(pages, 4096)) is not None:
    pages, writes = after, writes + 1
print(writes * 4096, PIPE_BYTES, ONE_ARGUMENT_LIMIT, shared_memory._whole_pages(1), FILLS_PIPE)
"""


def test_pipes_arguments_and_memory_are_counted_in_pages_of_this_machine():
    page = 64 * 1024
    done = subprocess.run(
        [sys.executable, "-c", SIZES, str(page)],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    words = "fills a pipe with more than 512 KiB"
    assert done.stdout == f"{16 * page} {16 * page} {32 * page} {page} {words}\n"
