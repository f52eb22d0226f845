"""One way through a race, told in words, as a run that can be drawn like any other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simpsh.course.observation import Observation
from simpsh.events import Event, Exit, Fork, Reap, Rest, Start, Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.course.observation import Way
    from simpsh.events import What

_FORKS = re.compile(r"forks (.+)")
_WAITS = re.compile(r"(?:waits for|collects) (.+)")
_STATUS = re.compile(r"exit status: (\d+)")
_SIGNAL = re.compile(r"signal (\d+)")


def run_of(names: Sequence[str], way: Way, *, is_stuck: bool = False) -> Observation:
    """Return a way as an observation; births that it does not tell stand at its beginning.

    Args:
        names: the processes, in order of birth.
        way: what they did, in order.
        is_stuck: whether nobody can move in the end.
    """
    return _Story(names).told(way, is_stuck=is_stuck)


class _Story:
    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._events: list[Event] = []
        self._outputs: list[int] = []
        self._dead: list[str] = []

    def told(self, way: Way, *, is_stuck: bool) -> Observation:
        first = self._names[0] if self._names else ""
        self._add(first, Start(1))
        told = {match[1] for _, words, _ in way.steps if (match := _FORKS.match(words))}
        if not told and len(self._names) == 2:
            self._add(first, Fork(self._pid(self._names[1]), self._names[1]))
        for who, words, text in way.steps:
            self._step(who, words, text)
        if is_stuck:
            self._add("", Rest(()))
        return Observation(
            events=tuple(self._events), names=tuple(self._names), outputs=tuple(self._outputs)
        )

    def _step(self, who: str, words: str, text: str) -> None:
        forked, waited = _FORKS.match(words), _WAITS.match(words)
        if text:
            self._outputs.append(len(self._events))
            self._add(who, Write(1, len(text), "", text))
        elif forked:
            self._add(who, Fork(self._pid(forked[1]), forked[1]))
        elif words.startswith(("ends", "is killed")):
            self._dead.append(who)
            self._add(who, Exit(_status(words)))
        elif waited:
            child = waited[1] if waited[1] in self._dead else next(iter(self._dead), "")
            if child:
                self._dead.remove(child)
                self._add(who, Reap(self._pid(child), child, who))

    def _pid(self, name: str) -> int:
        return self._names.index(name) + 1 if name in self._names else 0

    def _add(self, who: str, what: What) -> None:
        number = len(self._events)
        self._events.append(Event(self._pid(who), what, number, number + 1, who))


def _status(words: str) -> int:
    exited, killed = _STATUS.search(words), _SIGNAL.search(words)
    if exited:
        return int(exited[1]) << 8
    return int(killed[1]) if killed else 0
