"""What the kernel does with one operation: when it can return, with what, what it changes.

A rule is made once for each node of an automaton, from its operation, and asked at every step of
the model. The rules are the whole of what the model knows about Linux; every real step is
compared with what they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simpsh.explore.kernel_state import Kernel
    from simpsh.explore.learning import Edge

INTERRUPTED = "interrupted"
"""The result of a call that a signal broke off before it could do anything."""
SIGNALS_FIRST = "!"
"""The result of a step that only let signals act."""
ENDED = "end"
"""The result of a step that was the process's end."""


class Anything:
    """The prediction for a result that depends on the process alone: learned, not computed."""

    def __repr__(self) -> str:
        return "anything"


ANYTHING = Anything()


class Pasts(tuple[int, ...]):
    """The prediction for a file's answer: the histories that it depends on."""

    __slots__ = ()


Prediction = object
"""A result, ANYTHING, or Pasts."""


def is_exact(prediction: Prediction) -> bool:
    """Tell whether a prediction names the result itself."""
    return prediction is not ANYTHING and type(prediction) is not Pasts


class Rule:
    """An operation that is always ready and touches nobody else."""

    __slots__ = ()
    is_end = False
    """Whether the process is over: no signal reaches it any more."""
    can_be_interrupted = True
    """Whether pending signals may act instead of it, or before it."""
    signalled = ""
    """Whom it sends a signal, or asks for by signal 0."""
    is_felt = False
    """Whether that signal does anything."""
    is_vfork_of = ""
    """The child that it waits for in vfork."""

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Tell whether the call would return now, signals left aside."""
        return True

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return what the call would return now, given that it is ready."""
        return ANYTHING

    def act(self, kernel: Kernel, name: str, edge: Edge) -> bytes:  # noqa: ARG002 - for rules below
        """Change the kernel's side, after the process has moved; return what is printed."""
        return b""

    def finds_nothing(self, _result: object) -> bool:
        """Tell whether a result is the “not yet” that a loop which polls asks for again."""
        return False

    # --------------------------------------------------------------- with its signals

    def can_go(self, kernel: Kernel, name: str) -> bool:
        """Tell whether the process can make this step."""
        return self.is_ready(kernel, name) or (self.can_be_interrupted and self.wakes(kernel, name))

    def wakes(self, kernel: Kernel, name: str) -> bool:
        """Tell whether a pending signal would end the wait inside the call."""
        return kernel.deliverable(name)

    def prediction(self, kernel: Kernel, name: str, *, signals_first: bool) -> Prediction:
        """Return what is known beforehand about the result of a step that can be made."""
        if signals_first:
            return SIGNALS_FIRST
        if kernel.procs[name][1] and not self.is_ready(kernel, name):
            return INTERRUPTED
        return self.result(kernel, name)
