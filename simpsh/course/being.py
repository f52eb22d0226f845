"""Who is meant: a process, by name, and how events of it are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.expectation import Expectation, Fact, Happening, NotThere, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.course.observation import Look
    from simpsh.course.scene import Scene
    from simpsh.events import Event

    Test = Callable[[Scene, Event], bool]


class Named:
    """Somebody whose events and traits can be asked for."""

    name: str

    @property
    def called(self) -> str:
        """How a sentence speaks of it."""
        raise NotImplementedError

    def is_one(self, name: str) -> bool:
        """Tell whether a process of the run, by shown name, is meant."""
        raise NotImplementedError

    def _does(
        self,
        text: str,
        test: Test,
        calls: frozenset[str] = frozenset(),
        topic: str = "events",
    ) -> Happening:
        return Happening(
            f"{self.called} {text}",
            lambda scene: [
                index
                for index, event in enumerate(scene.events)
                if test(scene, event) and self.is_one(scene.owner(index))
            ],
            calls,
            topic,
        )

    def _fact(self, text: str, get: Callable[[Look], object]) -> Fact:
        return Fact(f"{self.called}'s {text}", lambda scene: get(scene.look(self.name)))

    def _is(self, text: str, if_not: str, test: Callable[[Look], bool]) -> Expectation:
        def judge(scene: Scene) -> Verdict:
            holds = test(scene.look(self.name))
            return Verdict(holds=holds, because=f"{self.called} {text if holds else if_not}")

        return Expectation(f"{self.called} {text}", judge)


def is_meant(one: Named | None, scene: Scene, name: str) -> bool:
    """Tell whether a process, by its name in the events, is meant; anybody is by None."""
    return one is None or one.is_one(scene.run.name_of(name))


def entry(table: object, name: str, kind: str) -> object:
    """Return an entry of a table; raises NotThere if it has none of that name."""
    if not hasattr(table, "get"):
        raise NotThere(f"there was no {kind} {name}")
    missing = object()
    found: object = table.get(name, missing)
    if found is missing:
        raise NotThere(f"there was no {kind} {name}")
    return found
