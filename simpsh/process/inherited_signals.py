"""The signals that this process was started with ignored, which exec hands on to its commands.

The interpreter changes two of them before any code of ours runs: it ignores SIGPIPE and SIGXFSZ,
and nothing in the process tells what they were before. The parent is asked in its place if it is a
shell, because a shell ignores for itself what it hands on (`trap '' PIPE`). Other parents ignore
these signals for their own sake and reset them in a child: Python's subprocess, sshd, node.
"""

from __future__ import annotations

import os

from simpsh.base.signal_names import SIGPIPE, SIGXFSZ
from simpsh.kernel import signals
from simpsh.process import proc

OVERWRITTEN = (SIGPIPE, SIGXFSZ)
"""What the interpreter ignores at its start, whatever they were."""
_SHELLS = frozenset(
    ("sh", "ash", "bash", "busybox", "dash", "fish", "ksh", "ksh93", "mksh", "yash", "zsh")
)


def ignored_at_start() -> frozenset[int]:
    """Return the signals that were ignored when this program began.

    Of those that it has set a disposition for since, only SIGPIPE and SIGXFSZ are known. See
    signal(7), "Signal dispositions".
    """
    ignored = {
        number
        for number in signals.CATCHABLE
        if number not in OVERWRITTEN and signals.disposition(number) == signals.SIG_IGN
    }
    return frozenset(ignored | _handed_on_by_shell(os.getppid()))


def _handed_on_by_shell(parent: int) -> set[int]:
    """Return which of the overwritten signals a parent ignores, if it is a shell."""
    program = os.path.basename(proc.link(parent, "exe")).partition("-")[0]
    if program not in _SHELLS:
        return set()
    mask = int(proc.status_field(parent, "SigIgn") or "0", 16)
    return {number for number in OVERWRITTEN if mask >> number - 1 & 1}
