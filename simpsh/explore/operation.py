"""What a held process is about to do, as a value.

Only symbolic names occur, so that the same operation is equal in every run:

    P, P.1, P.1.2      processes by birth: the program, its first child, that one's second child
    P|1                the first pipe that P made; people are shown a letter
    out                where the program's output goes
    ./log, /etc/passwd files inside the program's directory, and outside
    P#1                the open file description of P's first open of a file that matters

An operation is *about to* happen: its process stands right before it. What came of it is the
`result` of the step; see simpsh.explore.cage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.object_operations import LOCK_EX as LOCK_EX
from simpsh.explore.object_operations import LOCK_NB as LOCK_NB
from simpsh.explore.object_operations import LOCK_SH as LOCK_SH
from simpsh.explore.object_operations import LOCK_UN as LOCK_UN
from simpsh.explore.object_operations import O_CREAT as O_CREAT
from simpsh.explore.object_operations import O_TRUNC as O_TRUNC
from simpsh.explore.object_operations import Close as Close
from simpsh.explore.object_operations import FileChange as FileChange
from simpsh.explore.object_operations import FileLook as FileLook
from simpsh.explore.object_operations import Flock as Flock
from simpsh.explore.object_operations import Open as Open
from simpsh.explore.object_operations import Pread as Pread
from simpsh.explore.object_operations import Pwrite as Pwrite
from simpsh.explore.object_operations import Read as Read
from simpsh.explore.object_operations import Write as Write
from simpsh.explore.objects import OUT as OUT
from simpsh.explore.objects import OUTSIDE as OUTSIDE
from simpsh.explore.objects import Operation as Operation
from simpsh.explore.objects import is_file as is_file
from simpsh.explore.objects import is_pipe as is_pipe
from simpsh.explore.objects import quoted as quoted
from simpsh.explore.objects import shown as shown
from simpsh.signals import Signal
from simpsh.wait_status import decode, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY, NOBODY = "any", "nobody"
"""Targets of Wait: whichever child, and a process that is no child."""
DEFAULT, IGNORE, HANDLER = "default", "ignore", "handler"
"""The dispositions of SignalAction."""
WNOHANG, WNOWAIT = 1, 0x01000000
_SHOWN_SIGNALS = 4


# -- lives -----------------------------------------------------------------------------------------


class Born(Operation):
    """Runs for the first time."""

    _said = "begins"


class Forking(Operation):
    """Makes a child: the moment before fork, at which a signal may still arrive."""

    _said = "forks"


class VforkWait(Operation):
    """Is back from vfork once the child has another program, or has ended."""

    child: str

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"waits in vfork for {self.child} to exec or end"


class Exec(Operation):
    """Replaces its program; descriptors marked close-on-exec are given up."""

    program: str
    """The file, as the program named it."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"executes {self.program}"


class Exiting(Operation):
    """Calls exit, and gives up its descriptors: right before, a signal may still arrive."""

    code: int

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"calls exit with {self.code}"


class Dying(Operation):
    """Is ended by a signal, and gives up its descriptors; no other signal reaches it any more."""

    signal: int

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"dies of {Signal(self.signal)}"


class Exit(Operation):
    """Ends: gives up what it still has, and its children, and becomes a zombie."""

    status: int
    """The status word, as waitpid(2) stores it."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"ends ({sentence(decode(self.status))})"


class Wait(Operation):
    """Waits for a child's end."""

    target: str
    """A child's name, ANY or NOBODY."""
    options: int = 0
    """WNOHANG, WNOWAIT, or'ed."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        who = {ANY: "a child", NOBODY: "a process that is no child of it"}.get(
            self.target, self.target
        )
        if self.options & WNOHANG:
            return f"looks whether {who} has ended"
        return f"waits for {who}"


class GetParent(Operation):
    """Asks for its parent's pid."""

    _said = "asks who its parent is"


# -- signals ---------------------------------------------------------------------------------------


class Kill(Operation):
    """Sends a signal to a process of the program."""

    target: str
    signal: int

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        if self.signal == 0:
            return f"asks whether {self.target} is there"
        return f"sends {Signal(self.signal)} to {self.target}"


class SignalAction(Operation):
    """Sets what a signal does."""

    signal: int
    disposition: str
    """DEFAULT, IGNORE or HANDLER."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        name = Signal(self.signal)
        return {
            DEFAULT: f"lets {name} act by default",
            IGNORE: f"ignores {name}",
            HANDLER: f"sets a handler for {name}",
        }[self.disposition]


class SignalMask(Operation):
    """Blocks further signals; unblocking touches nobody else."""

    blocked: frozenset[int]
    """Those that will be blocked afterwards."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        if len(self.blocked) > _SHOWN_SIGNALS:
            return "blocks signals"
        return f"blocks {', '.join(Signal(one).name for one in sorted(self.blocked))}"


class Pause(Operation):
    """Sleeps until a signal comes."""

    _said = "pauses until a signal comes"


class Suspend(Operation):
    """Sleeps until a signal comes, with another mask meanwhile: sigsuspend."""

    mask: frozenset[int]
    """The signals that are blocked meanwhile."""

    _said = "waits for a signal (sigsuspend)"


class Deliver(Operation):
    """A pending signal arrives before the operation that the process stands at: choice `P.1!`."""

    _said = "takes its pending signal first"


# -- the rest --------------------------------------------------------------------------------------


class Sleep(Operation):
    """Would sleep; returns at once, for time is not synchronisation."""

    _said = "sleeps (which takes no time here)"


class Unwatched(Operation):
    """Is inside a call that is not modelled, or computes on and on; always with a flag."""

    call: str
    """The call's name; empty if it computes."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"is in {self.call}, which is not followed" if self.call else "computes on and on"
