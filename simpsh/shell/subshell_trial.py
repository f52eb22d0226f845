"""Runs a subshell in the shell itself, as long as nothing can notice that it has no process.

The list of `$( )`, or the first command of a pipeline, is tried: its output is kept in memory, and
its changes of variables are undone afterwards. Before it does anything else, the trial ends without
a trace, and the list runs again in a process. So nothing is decided by the spelling of a command:
what counts is the call that would be made, also in functions and with words from variables.

`ADMITTED` and `REFUSED` are the complete list of what a trial may do and what ends it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Reason = Literal[
        "process", "builtin", "redirection", "message", "path", "length", "overflow", "error"
    ]  # fmt: skip

ADMITTED = {
    *(":", "true", "false", "echo", "printf", "test", "["),
    *("break", "continue", "exit", "return", "shift", "local", "export", "readonly", "unset"),
}
"""The built-ins that only print, and change only state that is restored. Every other built-in ends
a trial: it may read input, change the process (its directory, mask, limits, signals), or look at
children."""

REFUSED: dict[Reason, str] = {
    "process": "a program, pipeline or background list has a parent, which must be the subshell",
    "builtin": "a built-in that is not in ADMITTED",
    "redirection": "a redirection: a file, or a descriptor whose output is not kept in memory",
    "message": "an error message or a trace, which the subshell writes to standard error",
    "path": "a file test or a pattern: /dev/stdout is another file; descriptor 1 is a pipe",
    "length": "many commands: signals, CPU limits and a prompt end must reach a process of its own",
    "overflow": "in a pipeline, more output than its pipe is sure to hold: its reader runs first",
    "error": "an exception that is not the normal end of a subshell",
}
"""What ends a trial, and who would notice the difference."""

_MOST_STEPS = 1000
"""How many commands a trial runs: about 10 ms. A signal that arrives meanwhile is handled after it,
as if the signal had arrived after the subshell's end."""


class Refused(BaseException):
    """The trial must end, and the list must run in a process."""


class Trial:
    """One subshell that is tried, and the substitutions in it."""

    def __init__(self, most: int | None) -> None:
        """Begin a trial that may print `most` bytes, None for any number."""
        self._most = most
        self._steps = 0
        self.outputs: list[bytearray] = []
        """What the subshell and the substitution in it that is running have printed so far."""

    def refuse(self, why: Reason) -> None:
        """End the trial for one of the reasons in REFUSED."""
        if why in REFUSED:
            raise Refused(why)

    def step(self) -> None:
        """Count a command."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            self.refuse("length")

    def admit(self, builtin: str) -> None:
        """Refuse a built-in that is not admitted."""
        if builtin not in ADMITTED:
            self.refuse("builtin")

    def write(self, data: bytes) -> None:
        """Keep output for descriptor 1."""
        self.outputs[-1] += data
        if self._most is not None and len(self.outputs[0]) > self._most:
            self.refuse("overflow")
