"""Runs a subshell in the shell itself, as long as nothing can notice that it has no process.

The list of `$( )`, or the first command of a pipeline, is tried: its output is kept in memory, and
its changes of variables are undone afterwards. Before it does anything else, the trial ends without
a trace, and the list runs again in a process. So nothing is decided by the spelling of a command:
what counts is the call that would be made, also in functions and with words from variables.

A trial ends before one of these:

    a program, pipeline or background list   its parent must be the subshell
    a built-in that is not in ADMITTED       see there
    a redirection                            a file, or a descriptor that is not kept in memory
    an error message, a trace                the subshell writes it to standard error
    a file test, a pattern                   /dev/stdout is another file; descriptor 1 is a pipe
    many commands                            a signal, a limit of CPU time must reach a process
    more output than a pipe surely holds     the pipeline's reader would run first
    an exception                             the process reports it
"""

from __future__ import annotations

ADMITTED = {
    *(":", "true", "false", "echo", "printf", "test", "["),
    *("break", "continue", "exit", "return", "shift", "local", "export", "readonly", "unset"),
}
"""The built-ins that only print, and change only state that is restored. Every other built-in ends
a trial: it may read input, change the process (its directory, mask, limits, signals), or look at
children."""

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
        """The output so far of the subshell, and of the running substitution in it."""

    def step(self) -> None:
        """Count a command."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise Refused

    def admit(self, builtin: str) -> None:
        """Refuse a built-in that is not admitted."""
        if builtin not in ADMITTED:
            raise Refused

    def write(self, data: bytes) -> None:
        """Keep output for descriptor 1."""
        self.outputs[-1] += data
        if self._most is not None and len(self.outputs[0]) > self._most:
            raise Refused
