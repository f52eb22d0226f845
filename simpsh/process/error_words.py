"""Exceptions as messages: what refused a call, and the report of a failed command."""

from __future__ import annotations

import errno

from simpsh import console
from simpsh.base.errors import SimpshError, defect_in_a_line


def error_words(error: OSError) -> str:
    """Return an error as one phrase: what refuses the call, otherwise the text of its errno."""
    if error.errno in (errno.EPERM, errno.ENOSYS) and not error.filename:
        # Only here: the table of probes is large, and needs a descriptor to be loaded.
        from simpsh.process.machine_permits import all_refused

        if refused := all_refused():
            return "; ".join(refused.values())
    return console.in_words(error)


def report(problem: Exception, command: str = "") -> int:
    """Print one line about an exception that ended a command, and return the exit status.

    A SimpshError has its own sentence and status. The command's name precedes an OSError without a
    file name, and any unexpected exception.
    """
    if isinstance(problem, SimpshError):
        console.complain(problem)
        return problem.status
    if isinstance(problem, OSError):
        origin, words = "" if problem.filename else command, error_words(problem)
    else:
        origin, words = command, defect_in_a_line(problem)
    console.complain(f"{origin}: {words}" if origin else words)
    return 1
