"""The lines of `-v`, in the words of the textbook's shell, as pieces of text with their styles.

A process is written as `(1234)`. A line that is prepared before
its process exists has UNBORN instead of the pid.
"""

from __future__ import annotations

import os

from simpsh.base.own_program import as_typed
from simpsh.base.phrases import errno_name, escaped
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.base.wait_status import WaitStatus

    Process = int | str
    """A pid, or UNBORN."""
    NarrationLine = tuple[tuple[str, str], ...]
    """Pieces with their styles; if the line is wrapped, further lines align with the second piece.
    """

UNBORN = "\ufdd0" * len(str(os.getpid() + 1000))
"""A placeholder for a child's pid, which may have more digits than ours; no text contains it."""
PARENT, CHILD = "lane0", "lane1"
"""The styles of the narrating process and its child."""
MARK = "[v]: "
"""The beginning of each line."""
GOOD, BAD, HELD = "good", "bad", "held"
"""The styles of statuses: success; failure or death; stopped or resumed."""


def _line(text: str, tone: str, *more: tuple[str, str]) -> NarrationLine:
    return ((MARK, tone), (text, tone), *more)


def _sentence(tone: str, form: str) -> Callable[[*tuple[object, ...]], NarrationLine]:
    return lambda *names: _line(form.format(*names), tone)


forked = _sentence(PARENT, "Parent process ({}) forked: child process ({})")
waiting = _sentence(PARENT, "Parent process ({}) issuing the waitpid...")
leads = _sentence(CHILD, "Child process ({}) leads a process group of its own")
joins = _sentence(CHILD, "Child process ({}) joins process group {}")
disconnected = _sentence(CHILD, "Child process ({}): descriptor {} is closed")


def wait_failed(number: int) -> NarrationLine:
    """Return the line about a failed wait, with its errno."""
    words = f"waitpid failed: {os.strerror(number).lower()} ({errno_name(number)})"
    return _line(words, PARENT)


def changed(child: Process, status: WaitStatus) -> NarrationLine:
    """Return the line about a child's changed status."""
    match status:
        case Exited(0):
            tone = GOOD
        case Exited() | Killed():
            tone = BAD
        case Stopped() | Continued():
            tone = HELD
    return _line(f"Child process ({child}) status changed: ", CHILD, (sentence(status), tone))


def executing(child: Process, argv: Sequence[object]) -> NarrationLine:
    """Return the line about a child's execve; a simpsh is named simpsh, however it is started."""
    words = as_typed([str(word) for word in argv[:5]])
    name = escaped(words[0]) if words else ""
    return _line(f'Child process ({child}) exec-ing cmd "{name}" now...', CHILD)


def copied(child: Process, command: str = "") -> NarrationLine:
    """Return the line about a child that continues as a copy of the shell, for a command."""
    named = f", for {command}" if command else ""
    words = f"Child process ({child}) continues as a copy of the shell{named}: fork, no exec"
    return _line(words, CHILD)


def connect_line(child: Process, descriptor: int, target: str) -> NarrationLine:
    """Return the line about a child's redirected descriptor."""
    words = f"Child process ({child}): descriptor {descriptor} goes to {escaped(target)}"
    return _line(words, CHILD)
