"""Small phrases that step and its screens share."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from simpsh.wait_status import Exited, Killed, decode

if TYPE_CHECKING:
    from collections.abc import Sequence


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return names as a list in a sentence.

    >>> listed(["P", "P.1", "P.2"]), listed(["P", "P.1"], "or"), listed([])
    ('P, P.1 and P.2', 'P or P.1', '')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def status_clause(status: int) -> str:
    """Say how a process ended, to follow its name.

    >>> status_clause(0x0300), status_clause(9)
    ('ended with status 3', 'was killed by SIGKILL')
    """
    match decode(status):
        case Exited(code):
            return f"ended with status {code}"
        case Killed(signal, _):
            return f"was killed by {signal}"
        case _:
            return "ended"


def next_status_clause(status: int) -> str:
    """Say how a process is about to end.

    >>> next_status_clause(0), next_status_clause(15)
    ('ends with status 0', 'dies, killed by SIGTERM')
    """
    match decode(status):
        case Killed(signal, _):
            return f"dies, killed by {signal}"
        case Exited(code):
            return f"ends with status {code}"
        case _:
            return "ends"


def errno_clause(number: int) -> str:
    """Say why a call failed.

    >>> errno_clause(10)
    'no child processes (ECHILD)'
    """
    words = os.strerror(number)
    return f"{words[:1].lower()}{words[1:]} ({errno.errorcode.get(number, number)})"
