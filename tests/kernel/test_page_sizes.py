"""Constants that depend on the size of a page: aarch64 may have pages of 16 or 64 KiB."""

import subprocess
import sys

from tests.harness.sh import PROJECT

SIZES = """
import os
import sys

asked, size = os.sysconf, int(sys.argv[1])
os.sysconf = lambda name: size if name == "SC_PAGE_SIZE" else asked(name)
from simpsh.chronicle.chronicle_builder import PIPE_BYTES
from simpsh.explore.objects import memory_operations
from simpsh.explore.flags import FILLS_PIPE, SURE_BYTES
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT

print(SURE_BYTES, PIPE_BYTES, ONE_ARGUMENT_LIMIT, memory_operations.whole_pages(1), FILLS_PIPE)
"""


def test_pipes_arguments_and_memory_are_counted_in_pages_of_this_machine():
    command = [sys.executable, "-c", SIZES, str(64 * 1024)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    expected = "524288 1048576 2097152 65536 fills a pipe with more than 512 KiB"
    assert done.stdout == expected + "\n"
