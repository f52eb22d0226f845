"""The record of a wait: the situation, the act in words, and the processes that may end it.

The tables of `calls` and `objects` make it. The wait graph follows its edges, and `answer` joins
its words into sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simpsh.base import waits
from simpsh.base.record import Record
from simpsh.base.targets import Actor, Target
from simpsh.base.waits import Situation, Wait, Waker
from simpsh.process.file_holders import Holder
from simpsh.process.proc import process_of

SEEN, NOT_SEEN = "seen", "not seen"
MUST_END = "must end first"


class Statement(Record):
    """A sentence of a diagnosis, and how it is known."""

    text: str
    evidence: str = SEEN
    """`seen` in /proc, `inferred by` a named rule, or `not seen`, with the reason in the text."""


def inferred(rule: str, text: str) -> Statement:
    """Return a statement that is inferred from facts by a rule such as `pipe(7)`."""
    return Statement(text, f"inferred by {rule}")


class Edge(Record):
    """A process that may end a wait, and why it may."""

    pid: int
    why: str = ""
    """The reason in words that follow “which”; empty if none is known."""
    is_by_end: bool = False
    """Whether the process's exit ends the wait; named only if the process holds nothing."""


class Finding(Record):
    """The wait of one process."""

    situation: Situation
    act: str
    """The act of the process, in words that follow its name, without the processes of `edges`."""
    proof: tuple[Statement, ...] = ()
    """The rule that says what ends the wait, and facts without a process of their own."""
    edges: tuple[Edge, ...] = ()
    """Processes any of which may end the wait; the waiting process itself is left out."""
    needs_all: bool = False
    """Whether perhaps each of `edges` must act, as the holders of shared locks must."""
    holders: tuple[Holder, ...] = ()
    """The processes that hold the other end, and their descriptors for it."""
    not_permitted: tuple[int, ...] = ()
    """Processes that we may not inspect and that may hold the other end, too."""
    by_own_threads: bool = False
    """Whether a thread of the process itself may end the wait."""
    others: tuple[str, ...] = ()
    """Other awaited events besides `edges`, in words that follow “for”."""
    limit: float | None = None
    """The timeout of the wait in seconds; None for no timeout, or an unknown one."""
    parts: tuple[Situation, ...] = ()
    """The situation of each part, if the process waits for several events at once."""
    evidence: str = SEEN
    """The evidence for `act`."""
    wakers: tuple[Waker, ...] = ()
    """Other wakers, besides `edges`, its threads, its limit and `situation.wakers`."""
    is_left_open: bool = False
    """Whether only processes that were left over still hold the other end."""
    target: Target | None = None
    """The file that it waits at, if the words of recordings name it."""

    @property
    def waits_for(self) -> tuple[int, ...]:
        """The processes or threads that `edges` lead to, without repetition."""
        return tuple(dict.fromkeys(edge.pid for edge in self.edges))

    @property
    def all_wakers(self) -> tuple[Waker, ...]:
        """Everything that may end this wait besides `edges`, its threads and its limit."""
        return tuple(dict.fromkeys((*self.situation.wakers, *self.wakers)))

    @property
    def is_open(self) -> bool:
        """Whether an event from outside the examined processes may end the wait."""
        is_awaited = self.limit is not None or any(it.is_known for it in self.all_wakers)
        return is_awaited and not self.situation.is_held_still

    @property
    def is_closed(self) -> bool:
        """Whether only `edges` and the process's own threads can end the wait."""
        is_still = self.situation.is_held_still or self.limit is not None
        has_others = bool(self.all_wakers or self.not_permitted)
        return not (is_still or has_others) and bool(self.edges or self.by_own_threads)

    def wait(self, actor_of: Callable[[int], Actor]) -> Wait:
        """Return the wait as facts about processes; `actor_of` returns what a pid is called."""
        situation = self.situation
        # The process itself may hold the other end of a pipe.
        pids: Iterable[int] = self.waits_for
        if situation.ended_by == "holder" and self.holders:
            pids = [holder.pid for holder in self.holders]
        is_by_end = situation.ended_by == "end of a process"
        edges = tuple(
            waits.Edge(actor, "must end" if is_by_end else "holds")
            for actor in dict.fromkeys(actor_of(process_of(pid)) for pid in pids)
        )
        return Wait(situation, self.target, edges, self.limit, self.all_wakers)


def edges_to(pids: Iterable[int], why: str, *, is_by_end: bool = False) -> tuple[Edge, ...]:
    """Return an edge to each of these processes, all for the same reason."""
    return tuple(Edge(pid, why, is_by_end) for pid in pids)


def limit_words(seconds: float) -> str:
    """Return a time limit as text.

    >>> limit_words(499.9987), limit_words(0.05)
    ('500 s', '0.05 s')
    """
    return f"{round(seconds, 1) if seconds >= 1 else seconds:g} s"
