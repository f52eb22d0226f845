"""A process's wait, in words: for recordings, pictures, lessons and notebooks.

The words are made from the facts of a Wait. A WaitNaming says how processes and descriptors are
called: `P1`, `12 (cat)`, or a variable of a lesson. `diagnose` has further facts, such as the
numbers of descriptors; it words the same wait with the same phrases.
"""

from __future__ import annotations

from simpsh.base import waits
from simpsh.base.phrases import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from simpsh.base.targets import Actor, Target
    from simpsh.base.waits import Situation, Wait, Waker

    class WaitNaming(Protocol):
        """The names in the words about a wait."""

        def label(self, actor: Actor | str) -> str:
            """Return what a process is called."""

        def object(self, target: Target) -> str:
            """Return what a pipe or a file is called."""


LOCKED_OUT = "waits for a lock on"
SLEEPS = "sleeps until a time that it has set"
NEXT_CONNECTION = "waits for the next connection at"
_SITUATIONS: Mapping[Situation, str] = {
    **dict.fromkeys(
        (waits.STOPPED, waits.KEPT_FROM_TERMINAL), "is stopped until a process sends SIGCONT"
    ),
    waits.SIGNAL: "waits for a signal",
    waits.MEMORY: "waits for another thread",
    **dict.fromkeys(
        (waits.KEYBOARD, waits.TERMINAL_INPUT), "reads the terminal, where nothing comes"
    ),
    waits.TERMINAL_OUTPUT: "writes to the terminal, whose output is held up",
    waits.SOCKET: "waits at a socket",
    waits.FULL_SOCKET: "writes to a socket, which is full",
    waits.TERMINAL_MASTER: "waits at the master of a terminal",
    waits.CONNECTION: f"{NEXT_CONNECTION} a socket",
    waits.CHILD: "waits for a child to end",
    waits.VFORK_CHILD: "waits in vfork for a child to exec or end",
}

_WAKERS: Mapping[Waker, str] = {
    waits.BY_CLIENT: "waits for a request of any process",
    waits.BY_SIGNAL: "waits for a signal",
    waits.BY_PERSON: "waits for a person",
    waits.BY_KERNEL: "waits for an event that the kernel reports",
}
"""The words if no process is known that ends the wait, but such a waker may."""

_HELD: Mapping[Situation, str] = {
    waits.LOCK: "it",
    **dict.fromkeys((waits.SOCKET, waits.FULL_SOCKET), "the other end"),
    **dict.fromkeys((waits.TERMINAL_INPUT, waits.TERMINAL_OUTPUT), "the terminal's master"),
    waits.TERMINAL_MASTER: "the terminal",
}
"""The objects of the processes that can end such a wait."""


def wait_words(wait: Wait, owner: Actor, naming: WaitNaming, *, is_brief: bool = False) -> str:
    """Return what the process `owner` waits for, in words that follow its name.

    `is_brief` leaves out the processes that hold the other end.
    """
    situation = wait.situation
    if situation.ended_by == "holder":
        return _at_pipe(wait, owner, naming, is_brief=is_brief)
    each = [naming.label(edge.process) for edge in wait.edges]
    names = listed(each, "or")
    if situation.ended_by == "end of a process":
        begin, act = (
            ("waits in vfork", "exec or end")
            if situation == waits.VFORK_CHILD
            else ("waits", "end")
        )
        return f"{begin} for {names or 'a child'} to {act}"
    if situation in (waits.NO_WRITER, waits.NO_READER):
        fifo = naming.object(wait.object) if wait.object is not None else "a FIFO"
        return opening_words(fifo, is_reader=situation == waits.NO_WRITER, is_brief=is_brief)
    if situation == waits.TIMER:
        return SLEEPS
    if situation not in _SITUATIONS and situation != waits.LOCK:
        if names:
            return f"waits for {names}"
        words = "waits for another process" if situation.ended_by == "process" else situation.word
        return next((_WAKERS[waker] for waker in wait.wakers if waker in _WAKERS), words)
    file = naming.object(wait.object) if wait.object is not None else "a file"
    words = f"{LOCKED_OUT} {file}" if situation == waits.LOCK else _SITUATIONS[situation]
    if is_brief or not names or situation not in _HELD:
        return words
    verb = "hold" if len(wait.edges) > 1 else "holds"
    return f"{words}: {listed(each)} {verb} {_HELD[situation]}"


def opening_words(fifo: str, *, is_reader: bool, is_brief: bool = False) -> str:
    """Return the words for a process that opens a FIFO, until a process opens the other end."""
    mine, missing = ("reading", "writing") if is_reader else ("writing", "reading")
    words = f"opens {fifo} for {mine}"
    return words if is_brief else f"{words}, and no process has opened it for {missing}"


def _at_pipe(wait: Wait, owner: Actor, naming: WaitNaming, *, is_brief: bool) -> str:
    is_reader = wait.situation in (waits.EMPTY_PIPE, waits.EMPTY_FIFO)
    state, act = ("empty", "can still write to") if is_reader else ("full", "could empty")
    target = naming.object(wait.object) if wait.object is not None else "a pipe"
    words = f"{'reads' if is_reader else 'writes to'} {target}, which is {state}"
    names = [
        f"{naming.label(edge.process)}{' itself' * (edge.process == owner)}" for edge in wait.edges
    ]
    return words if is_brief or not names else f"{words} and which {listed(names)} {act}"
