"""What the states at which nobody can go on look like from outside: files, and who is stuck.

What a file holds in the end is a function of its history; that is learned from real runs, and so
is in what words a deadlock is told. An ending that no run has shown yet needs one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.explore.ending import Ending
    from simpsh.explore.kernel_state import State
    from simpsh.explore.learning import Automata

    Files = tuple[tuple[str, bytes], ...]
    Deadlock = tuple[tuple[str, str], ...]


class Terminals:
    """What is known of final states."""

    def __init__(self) -> None:
        self._contents: dict[tuple[str, int], bytes | None] = {}
        """What a path holds after a history; None if it is not there.

        History 0 is what the program made of it while it was alone, or what was there before.
        """
        self.paths: set[str] = set()
        """The files that some run has changed."""
        self._deadlocks: dict[object, Deadlock] = {}

    def learn(self, state: State, ending: Ending, learned: Automata) -> None:
        """Learn, or check, what a real run's final state looked like."""
        there, histories = dict(ending.files), dict(state[3])
        self.paths |= there.keys() | histories.keys()
        for path in self.paths:
            contents = there.get(path)
            if self._contents.setdefault((path, histories.get(path, 0)), contents) != contents:
                learned.differ(f"{path} holds something else after the same history")
        if state[0]:
            waits = self._deadlocks.setdefault(_stuck(state), ending.deadlock)
            if waits != ending.deadlock:
                learned.differ("the same deadlock, but they wait for other things")

    def look(self, state: State) -> tuple[Files, Deadlock] | None:
        """Return the files and the deadlock of a final state; None if no run has shown them."""
        deadlock = self._deadlocks.get(_stuck(state)) if state[0] else ()
        if deadlock is None:
            return None
        histories = dict(state[3])
        files = []
        for path in sorted(self.paths):
            known = path, histories.get(path, 0)
            if known not in self._contents:
                return None
            contents = self._contents[known]
            if contents is not None:
                files.append((path, contents))
        return tuple(files), deadlock


def spin_of(state: State, letters: Mapping[str, str]) -> Deadlock:
    """Say of everybody in a loop that nobody leaves any more what goes on for ever."""
    return tuple(
        (name, f"{node.stance.operation.words(letters)}, again and again")
        for name, (node, _) in state[0]
    )


def _stuck(state: State) -> object:
    """Return what decides on the words for a deadlock: who stands where, holding what."""
    return tuple((name, node.stance) for name, (node, _) in state[0]), state[1]
