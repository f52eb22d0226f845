"""epoll, as operations, and the ready list of an epoll instance, which the kernel keeps.

A pipe that becomes ready is put at the end of the list. epoll_wait takes the list, looks at one
pipe after the other, and puts back those that are ready, behind what has become ready meanwhile.
So a pipe may be in the list that is ready no more, and keeps its place there. What is watched by
edges (EPOLLET) is not put back, and what is watched once (EPOLLONESHOT) is watched for nothing
from then on. See epoll(7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from simpsh.explore.operations.readiness import READABLE, SOME_TIME, Watched
from simpsh.explore.operations.visible_operations import OnObject, Operation, shown

ADD, CHANGE, REMOVE = "add", "change", "remove"
LEVEL, EDGE, ONCE = "level", "edge", "once"
"""How a pipe is watched."""
_OTHER = {"r": "w", "w": "r"}


class EpollItem(NamedTuple):
    """A pipe that an epoll instance watches."""

    pipe: str
    end: str
    """`r` or `w`."""
    wanted: int
    """The events, as poll(2) has them, with those that are always told of; none after ONCE."""
    how: str
    """LEVEL, EDGE or ONCE."""
    has_partner: bool
    """Whether a process held the other end after the last step."""


class ReadyList(NamedTuple):
    """What the kernel keeps of an epoll instance. Not a record: states are made of it."""

    items: tuple[EpollItem, ...] = ()
    linked: tuple[str, ...] = ()
    """The pipes in the list, in order."""
    is_taken: bool = False
    """Whether epoll_wait has the list."""
    late: tuple[str, ...] = ()
    """The pipes that became ready while it had."""

    def item(self, pipe: str) -> EpollItem | None:
        """Return what is watched of a pipe."""
        return next((one for one in self.items if one.pipe == pipe), None)

    def woken(self, pipe: str) -> ReadyList:
        """Return the list after a pipe may have become ready."""
        item = self.item(pipe)
        if item is None or not item.wanted:
            return self
        if self.is_taken:
            return self if pipe in self.late else self._replace(late=(*self.late, pipe))
        return self if pipe in self.linked else self._replace(linked=(*self.linked, pipe))

    def written(self, pipe: str) -> ReadyList:
        """Return the list after it was told that a pipe was written to."""
        item = self.item(pipe)
        is_awaited = item is not None and item.end == "r" and item.wanted & READABLE
        return self.woken(pipe) if is_awaited else self

    def taken(self) -> ReadyList:
        """Return the list while epoll_wait looks at what was in it."""
        return self._replace(linked=(), is_taken=True)

    def put_back(self, rest: tuple[str, ...], again: tuple[str, ...]) -> ReadyList:
        """Return the list after that.

        Args:
            rest: the pipes that were not looked at.
            again: those that were ready.
        """
        again = tuple(one for one in again if self._is_level(one))
        late = tuple(one for one in self.late if one not in rest and one not in again)
        return self._replace(linked=(*rest, *late, *again), is_taken=False, late=())

    def _is_level(self, pipe: str) -> bool:
        item = self.item(pipe)
        return item is not None and item.how == LEVEL

    def disarmed(self, pipe: str) -> ReadyList:
        """Return the list after a pipe was told of that is watched once."""
        items = (one._replace(wanted=0) if one.pipe == pipe else one for one in self.items)
        return self._replace(items=tuple(items))

    def changed(self, action: str, item: EpollItem) -> ReadyList:
        """Return the list after epoll_ctl."""
        if action == ADD:
            return self._replace(items=(*self.items, item))
        if action == CHANGE:
            items = tuple(item if one.pipe == item.pipe else one for one in self.items)
            return self._replace(items=items)
        return self.without(item.pipe)

    def without(self, pipe: str) -> ReadyList:
        """Return the list without a pipe."""
        return self._replace(
            items=tuple(one for one in self.items if one.pipe != pipe),
            linked=tuple(one for one in self.linked if one != pipe),
            late=tuple(one for one in self.late if one != pipe),
        )

    def after_step(
        self, holds: Callable[[str, str], bool], is_held: Callable[[str, str], bool]
    ) -> tuple[ReadyList, list[EpollItem], list[str]]:
        """Return the list after a step, and what is gone from it, and who has lost its partner.

        Args:
            holds: whether the owner of the instance holds this end of a pipe.
            is_held: whether any process does.
        """
        found = self
        gone = [one for one in self.items if not holds(one.pipe, one.end)]
        for one in gone:
            found = found.without(one.pipe)
        now = tuple(
            one._replace(has_partner=is_held(one.pipe, _OTHER[one.end])) for one in found.items
        )
        alone = [
            one.pipe
            for one, before in zip(now, found.items, strict=True)
            if before.has_partner and not one.has_partner
        ]
        found = found._replace(items=now)
        for pipe in alone:
            found = found.woken(pipe)
        return found, gone, alone


class EpollOperation(Operation):
    """Uses an epoll instance."""

    epoll: str
    """Its name: who made it, and its number."""


class EpollChanges(EpollOperation):
    """Lets an epoll instance watch a pipe, or no more (epoll_ctl)."""

    action: str
    """ADD, CHANGE or REMOVE."""
    object: str
    end: str
    wanted: int
    how: str

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.object,)

    def _words(self, letters: Mapping[str, str]) -> str:
        what = {ADD: "watches", CHANGE: "watches in another way"}.get(self.action, "lets go of")
        return f"{what} {shown(self.object, letters)} (epoll_ctl)"


class EpollTakes(EpollOperation):
    """Takes the ready list, at the beginning of epoll_wait or when it was woken."""

    most: int
    """How many events it may return."""
    patience: str
    """NEVER, SOME_TIME or FOR_EVER."""
    is_first: bool

    _said = "looks for what is ready (epoll_wait)"


class EpollLooks(EpollOperation):
    """Looks at the next pipe that was in the list."""

    most: int
    patience: str
    rest: tuple[Watched, ...]
    """What is to be looked at, in order."""
    found: tuple[tuple[str, int], ...]
    """What was ready of those before, and the events."""

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.rest[0].object,)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"looks whether {shown(self.objects[0], letters)} is ready (epoll_wait)"


class EpollDisarms(EpollOperation):
    """Lets go of a pipe that was ready, and is watched once."""

    most: int
    patience: str
    rest: tuple[Watched, ...]
    found: tuple[tuple[str, int], ...]

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.found[-1][0],)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"watches {shown(self.objects[0], letters)} no more (EPOLLONESHOT)"


class EpollPutsBack(EpollOperation):
    """Puts back what was ready, or not looked at; then epoll_wait returns, or sleeps."""

    most: int
    patience: str
    rest: tuple[str, ...]
    found: tuple[tuple[str, int], ...]

    _said = "puts back what is ready (epoll_wait)"


class EpollSleeps(EpollOperation):
    """Sleeps until a pipe is in the list, or its time is over."""

    most: int
    patience: str

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        or_late = ", or its time is over" if self.patience == SOME_TIME else ""
        return f"waits until something is ready{or_late} (epoll_wait)"


class PipeWakes(OnObject):
    """Has written to a pipe, and lets those know who watch it."""

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"lets know who watches {shown(self.object, letters)}"
