"""Runs a subshell in the shell itself, as long as nothing can notice that it has no process.

The list of `( )` or `$( )`, or the first command of a pipeline, is tried: its changes of variables
are undone afterwards, and its output is kept in memory. As soon as it does anything else, the trial
ends without a trace, and the list runs again in a process. So nothing is decided by the spelling of
a command: what counts is the call that would be made, also in functions and with words from
variables.

`ADMITTED` and `REFUSED` are the complete list of what a trial may do and what ends it.
"""

from __future__ import annotations

from simpsh.kernel import descriptors
from simpsh.shell.jobs.shared_paths import is_null_device, is_shared, lists_alike
from simpsh.shell.language.syntax_tree import sole_command
from simpsh.shell.plan.job_plan import CloseDescriptor, Duplicate, HereText, OpenFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from simpsh.shell.language.syntax_tree import Command, SimpleCommand, Subshell
    from simpsh.shell.plan.job_plan import Action

    Reason = Literal[
        "process", "builtin", "redirection", "descriptor", "message", "path", "unwritten",
        "terminal", "condition", "times", "length", "overflow", "error",
    ]  # fmt: skip

ADMITTED = {
    *(":", "true", "false", "echo", "printf", "test", "[", "pwd", "command", "type"),
    *("break", "continue", "exit", "return", "shift", "local", "export", "readonly", "unset"),
}
"""The built-ins that only print, and change only state that is restored. Every other built-in ends
a trial: it may read input, change the process (its directory, mask, limits, signals), or look at
children."""

REFUSED: dict[Reason, str] = {
    "process": "a program, pipeline or background list has a parent, which must be the subshell",
    "builtin": "a built-in that is not in ADMITTED",
    "redirection": "a redirection other than of 1 and 2 to each other or to the null device",
    "descriptor": "a write to a descriptor whose output is not kept in memory: SIGPIPE, order",
    "message": "an error message or a trace, which the subshell writes to standard error",
    "path": "a path through /proc, such as /dev/stdout: a file test, PATH, a pattern",
    "unwritten": "a file test after output that is not written yet: the size of the output file",
    "terminal": "`test -t`: descriptor 1 is a pipe in the subshell",
    "condition": "`[[ ]]`, which has file tests of its own",
    "times": "`time`, which measures a process and its children",
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


class Output:
    """The destination of a descriptor in a trial."""

    __slots__ = ("data", "descriptor")

    def __init__(self, descriptor: int | None, *, is_kept: bool) -> None:
        self.descriptor = descriptor
        """The descriptor of the shell that it stands for; None for a pipe, or the null device."""
        self.data = bytearray() if is_kept else None
        """The output; None if it is not kept."""


_NOWHERE = Output(None, is_kept=False)


class Trial:
    """One subshell that is tried."""

    def __init__(
        self,
        outer: Trial | None = None,
        *,
        is_captured: bool,
        subshell: Subshell | None = None,
        most: int | None = None,
    ) -> None:
        """Begin a trial inside `outer`.

        `is_captured`: its output is read by the shell: `$( )`. `subshell`: a `( )`, which may
        consist of one program. `most`: how many bytes it may print.
        """
        self.outer = outer
        self.root: Trial = self if outer is None else outer.root
        """The outermost trial."""
        self._subshell = subshell if outer is None else None
        self._most = most
        self.is_over = False
        """Whether a program has replaced the subshell."""
        self.steps = 0
        """In the outermost trial: how many commands have run."""
        if outer is None:
            self.output = Output(None if is_captured else 1, is_kept=True)
            self.targets = {1: self.output, 2: Output(2, is_kept=False)}
        else:
            self.output = Output(None, is_kept=True) if is_captured else outer.targets[1]
            self.targets = {1: self.output, 2: outer.targets[2]}
        self._first = self.targets.copy()

    def refuse(self, why: Reason) -> None:
        """End the trial for one of the reasons in REFUSED."""
        if why in REFUSED:
            raise Refused(why)

    def step(self) -> None:
        """Count a command."""
        root = self.root
        root.steps += 1
        if root.steps > _MOST_STEPS:
            self.refuse("length")

    def admit(self, builtin: str) -> None:
        """Refuse a built-in that is not admitted."""
        if builtin not in ADMITTED:
            self.refuse("builtin")

    def become(self, command: SimpleCommand) -> Command:
        """End the trial for the program of a `( )` of one command; return the text of the job.

        The process of the program replaces the subshell. Refuse any other program.
        """
        subshell = self._subshell
        is_whole = subshell is not None and command is sole_command(subshell.body)
        if not is_whole or self.targets != self._first or self.output.data:
            self.refuse("process")
        self.is_over = True
        return subshell or command

    def kept(self) -> bytes:
        """Return the output."""
        return bytes(self.output.data or b"")

    def write(self, data: bytes) -> None:
        """Keep output for descriptor 1."""
        output = self.targets[1]
        if output.data is not None:
            output.data += data
            if self._most is not None and len(output.data) > self._most:
                self.refuse("overflow")
        elif output.descriptor is not None:
            self.refuse("descriptor")
            descriptors.write_all(output.descriptor, data)

    def discards_messages(self) -> bool:
        """Return whether messages go to the null device; refuse them otherwise."""
        if self.targets[2] is not _NOWHERE:
            self.refuse("message")
            return False
        return True

    def look_at(self, paths: Sequence[str] | None, *, has_contents: bool = False) -> None:
        """Refuse to look at a path that may be another file in a process of the subshell.

        `paths`: None if they are not known. `has_contents`: more than their names counts.
        """
        if paths and has_contents and self.root.output.descriptor and self.root.output.data:
            self.refuse("unwritten")
        if paths is None or not all(map(is_shared, paths)):
            self.refuse("path")

    def list_files(self, pattern: str) -> None:
        """Refuse the expansion of a pattern in a directory whose path is not known to be shared."""
        if not lists_alike(pattern):
            self.refuse("path")

    def _target_of(self, action: Action, targets: Mapping[int, Output]) -> Output | None:
        """Return what descriptor 1 or 2 of the trial becomes; None for any other redirection."""
        if action.descriptor not in targets:
            return None
        match action:
            case Duplicate(_, source):
                target = targets.get(source)
                is_usable = target is not None and (
                    target.descriptor is None or _is_usable(target.descriptor)
                )
                return target if is_usable else None
            case OpenFile(_, path):
                return _NOWHERE if is_null_device(path) else None
            case CloseDescriptor() | HereText():
                return None

    def redirected(self, actions: Sequence[Action]) -> RedirectedTrial | None:
        """Redirect descriptors 1 and 2 of the trial; refuse other redirections."""
        before, targets = self.targets, self.targets.copy()
        for action in actions:
            target = self._target_of(action, targets)
            if target is None:
                self.refuse("redirection")
                return None
            targets[action.descriptor] = target
        self.targets = targets
        return RedirectedTrial(self, before)


class RedirectedTrial:
    """The redirections of a command in a trial, until close() or the end of a `with` block."""

    def __init__(self, trial: Trial, before: dict[int, Output]) -> None:
        self._trial = trial
        self._before = before

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Undo the redirections."""
        self._trial.targets = self._before


def _is_usable(descriptor: int) -> bool:
    return descriptors.is_open(descriptor) and not descriptors.is_close_on_exec(descriptor)
