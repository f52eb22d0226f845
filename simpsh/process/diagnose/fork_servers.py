"""A fork server of Python's multiprocessing starts processes for others.

The starter has the read end of a pipe for each such process, and its server the write end: the
server writes there how the process ended. So a starter that reads such a pipe waits for the end of
a child of the server.
"""

from __future__ import annotations

from contextlib import suppress

from simpsh.process.proc import ProcDirectory
from simpsh.process.process_snapshot import argv_of
from simpsh.process.process_tree import all_processes, children

_PROGRAM = "from multiprocessing.forkserver import main;"
_FIRST = "import sys; "
"""The program of Python 3.14 begins so."""


def started_by(pid: int) -> tuple[int, ...]:
    """Return the processes that a fork server has started; none if it is another program."""
    processes = all_processes()
    # A child of the server has the same command line.
    if not _is_named_so(pid) or pid not in processes or _is_named_so(processes[pid].ppid):
        return ()
    return tuple(child.pid for child in children(pid) if child.state not in "ZX")


def _is_named_so(pid: int) -> bool:
    with suppress(ProcessLookupError, PermissionError), ProcDirectory(pid) as directory:
        argv = argv_of(directory)
        code = argv[argv.index("-c") + 1 :] if "-c" in argv else ()
        return bool(code) and code[0].removeprefix(_FIRST).startswith(_PROGRAM)
    return False
