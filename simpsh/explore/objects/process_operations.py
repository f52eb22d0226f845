"""Births, ends, waits, exec: what a process is about to do with its own life or its children's."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from simpsh.base.process_names import birth_number, parent_of
from simpsh.base.signal_names import Signal
from simpsh.base.wait_status import decode, sentence
from simpsh.explore.objects.kernel_state import (
    ENDED,
    HistoryEdge,
    HistoryNode,
    Kernel,
    Operation,
    Prediction,
    Unnoticed,
)
from simpsh.explore.objects.pipe_operations import GivesUp, GivesUpAtOnce
from simpsh.explore.objects.signal_operations import (
    CONTINUED_WORD,
    WCONTINUED,
    WUNTRACED,
    group_of,
    news_of,
    take_news,
)
from simpsh.explore.objects.symbolic_names import OUTSIDE, group_meant, is_group


class Born(Unnoticed):
    """Runs for the first time."""

    _said = "begins"
    depends_on_others = False
    can_be_interrupted = False  # signals can only come with it: birth is no call of the process's


class OwnCode(Operation):
    """Goes on with its own code after an operation: a handler may run before that, or after it."""

    is_amid: bool = False
    """Whether it has used memory meanwhile that a handler changes, and may use it again."""

    _said = "goes on"

    @property
    def depends_on_others(self) -> bool:
        """Whether histories may meet here, as in a loop that a handler interrupts."""
        return self.is_amid

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether no signal is in the way: pending ones always act first."""
        return not kernel.deliverable(name)

    def wakes(self, _kernel: Kernel, _name: str) -> bool:
        return False


class Forking(Unnoticed):
    """Makes a child: the moment before fork, at which a signal may still arrive."""

    is_vfork: bool = False

    _said = "forks"
    depends_on_others = False
    needs_process_list = True


class VforkWait(Unnoticed):
    """Is back from vfork once the child has another program, or has ended.

    Until then the child writes into the parent's memory: what it did is part of the result.
    """

    child: str

    _said = "waits in vfork for {0.child} to exec or end"
    depends_on_others = False
    can_be_interrupted = False

    @property
    def is_vfork_of(self) -> str:
        return self.child

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        return self.child in kernel.released

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the child's history up to there, by its node's number."""
        return "released", kernel.released[self.child]

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        """Forget that it was waited for."""
        kernel.released.pop(self.child, None)


class Exec(GivesUpAtOnce):
    """Replaces its program; descriptors marked close-on-exec are given up."""

    program: str
    """The file, as the program named it."""

    _said = "executes {0.program}"


class Ending(GivesUp):
    """A step of a process's end."""

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        """Drop a stop or continuation that no wait has reported yet."""
        take_news(kernel, name)


class Exiting(Ending):
    """Calls exit, and begins to give up descriptors: right before, a signal may still arrive."""

    code: int

    _said = "calls exit with {0.code}"


class _Leaving(Ending):
    """The process gives up its descriptors: no signal reaches it."""

    can_be_interrupted = False
    is_end = True


class GivingUp(_Leaving):
    """Ends, has left its memory, and gives up what it holds next by its descriptors."""

    _said = "gives up descriptors"


class Dying(_Leaving):
    """Is ended by a signal, and begins to give up descriptors; no other signal reaches it."""

    signal: int

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"dies of {Signal(self.signal)}"


class Exit(Operation):
    """Ends: gives up what it still has, and its children, and becomes a zombie."""

    status: int
    """The status word, as waitpid(2) stores it."""

    depends_on_others = False
    can_be_interrupted = False
    is_end = True
    needs_process_list = True

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"ends ({sentence(decode(self.status))})"

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        return ENDED


class GetParent(Operation):
    """Asks for its parent's pid: a race with the parent's end."""

    _said = "asks who its parent is"

    def result(self, kernel: Kernel, name: str) -> Prediction:
        parent = parent_of(name)
        return parent if parent in kernel.procs else OUTSIDE


class Unwatched(Operation):
    """Is inside a call that is not modelled, or computes on and on; always with a flag."""

    call: str
    """The call's name; empty if it computes."""

    depends_on_others = False

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"is in {self.call}, which is not followed" if self.call else "computes on and on"

    @property
    def can_be_interrupted(self) -> bool:
        """Whether a signal may act: of a call, nothing is known of when it returns."""
        return not self.call

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        return False

    def wakes(self, _kernel: Kernel, _name: str) -> bool:
        return False


# -- wait ------------------------------------------------------------------------------------------

ANY, NO_CHILD = "any", "no child"
"""Targets of Wait: whichever child, and a process that is no child."""
WNOHANG, WNOWAIT = 1, 0x01000000
_NOTHING_YET = 0


class Wait(Operation):
    """Waits for a child: the eldest that is dead, or has stopped or continued; or ECHILD.

    The result is 0 for none yet, if it may not block.
    """

    target: str
    """A child's name, ANY, NO_CHILD, or a group."""
    options: int = 0
    """WNOHANG, WNOWAIT, WUNTRACED, WCONTINUED, or'ed."""

    def _words(self, letters: Mapping[str, str]) -> str:
        child = {ANY: "a child", NO_CHILD: "a process that is no child of it"}.get(
            self.target, f"a child in {self.target}" if is_group(self.target) else self.target
        )
        if self.options & WNOHANG:
            return f"looks whether {child} has ended"
        return f"waits for {child}"

    @property
    def waits_for_group(self) -> bool:
        """Whether it sleeps until a child in a process group has news."""
        return is_group(self.target) and not self.options & WNOHANG

    @property
    def collects(self) -> bool:
        """Whether the zombie that it finds vanishes."""
        return not self.options & WNOWAIT

    def _is_meant(self, kernel: Kernel, child: str, name: str) -> bool:
        if self.target == ANY:
            return parent_of(child) == name
        if not is_group(self.target):
            return child == self.target
        group = group_meant(self.target, group_of(kernel, name))
        return parent_of(child) == name and group_of(kernel, child) == group

    def _with_news(self, kernel: Kernel, name: str) -> list[tuple[str, int]]:
        """Return the children that the wait may return, with their status words."""
        children = [
            (child, word)
            for child, word in kernel.zombies.items()
            if self._is_meant(kernel, child, name)
        ]
        stops = self.options & (WUNTRACED | WCONTINUED)
        if stops:
            for child in self.living(kernel, name):
                news = news_of(kernel, child)
                wanted = WCONTINUED if news == CONTINUED_WORD else WUNTRACED
                if news and stops & wanted:
                    children.append((child, news))
        return children

    def living(self, kernel: Kernel, name: str) -> list[str]:
        """Return the living children that it waits for."""
        return [child for child in kernel.procs if self._is_meant(kernel, child, name)]

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether there is news, or no child to have news of."""
        may_return = self.options & WNOHANG or self._with_news(kernel, name)
        return bool(may_return) or not self.living(kernel, name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        children = self._with_news(kernel, name)
        if children:
            return min(children, key=lambda child: birth_number(child[0]))
        return _NOTHING_YET if self.living(kernel, name) else -errno.ECHILD

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        """Remove the zombie that was collected."""
        if isinstance(edge.result, tuple) and self.collects:
            child = edge.result[0]
            kernel.zombies.pop(child, None)
            take_news(kernel, child)

    def finds_nothing(self, result: object) -> bool:
        return bool(self.options & WNOHANG) and result == _NOTHING_YET

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether the eldest child that could be returned is dead, or there is none."""
        if self.options & (WUNTRACED | WCONTINUED):
            return False
        living = self.living(kernel, node.name)
        dead = [child for child in kernel.zombies if self._is_meant(kernel, child, node.name)]
        eldest = min(map(birth_number, dead), default=0)
        if any(birth_number(child) <= eldest for child in living) or (living and not dead):
            return False
        # The wait would take a zombie away that kill() may still find.
        return kernel.learned.killed.isdisjoint(kernel.zombies)


# -- not noticed by other processes, but their results must be seen --------------------------------


class Quiet(Operation):
    """Is followed to its return, without a step of its own."""

    _said = "does something of its own"


class HandlerReturns(Quiet):
    """Goes back to what a handler has interrupted."""


class Unblocks(Quiet):
    """Unblocks signals: one may arrive right after it."""


class OwnCall(Quiet):
    """Uses what the kernel keeps for its own process, which a handler uses, too."""


class PipeMade(Quiet):
    """Makes a pipe."""

    address: int
    """The place of the two descriptors."""


class Duplicated(Quiet):
    """Duplicates a descriptor of a locked file."""

    old: int


class Alone(Quiet):
    """Does something that is an operation once there is a process to notice it."""

    operation: Operation
