"""A scene is a result at a moment: what an expectation is judged on, and a fact is asked of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simpsh.course.expectation import NotThere, Unknown
from simpsh.course.observation import END, REST, Observation, Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.course.observation import Look, Moment
    from simpsh.events import Event

Result = Observation | Search | Mapping[str, Observation | Search]
"""What performing a step gives: of a Run, of an Explore, of a Compare of either."""


class Scene:
    """A result at a moment.

    Args:
        result: what was performed.
        moment: a callout's mark, `rest`, or `end`.
    """

    def __init__(self, result: Result, moment: str = END) -> None:
        self.result = result
        self.moment = moment

    def at(self, moment: str) -> Scene:
        """Return the same run at another moment; raises NotThere if it never came to it."""
        scene = Scene(self.result, moment)
        scene.now()
        return scene

    def of(self, label: str) -> Scene:
        """Return a row of a Compare; raises NotThere if there is none."""
        if not isinstance(self.result, Mapping) or label not in self.result:
            raise NotThere(f"there is no row “{label}” in this comparison")
        return Scene(self.result[label], self.moment)

    @property
    def run(self) -> Observation:
        """The run; raises NotThere if this is a search or a comparison."""
        if isinstance(self.result, Observation):
            return self.result
        raise NotThere("this is no single run: say it of a Run, or of(“row”, …) of a Compare")

    @property
    def search(self) -> Search:
        """The search; raises NotThere if this is a run or a comparison."""
        if isinstance(self.result, Search):
            return self.result
        raise NotThere("this is no search of all orders: outputs are an Explore's")

    @property
    def events(self) -> Sequence[Event]:
        """The events of the run."""
        return self.run.events

    def owner(self, index: int) -> str:
        """Return who an event happened to, by the name that is shown."""
        return self.run.name_of(self.events[index].proc)

    def insist_on(self, topic: str) -> None:
        """Raise Unknown unless this topic could be seen; see Observation.why_unseen()."""
        if isinstance(self.result, Mapping):
            return
        reason = self.result.why_unseen(topic)
        if reason:
            raise Unknown(reason)

    def now(self) -> Moment:
        """Return the moment; raises NotThere or Unknown."""
        moments = self.run.moments
        if self.moment not in moments:
            self.insist_on("looks")
            what = "came to rest" if self.moment.startswith(REST) else f"came to {self.moment}"
            raise NotThere(f"the run never {what}")
        return moments[self.moment]

    def look(self, name: str) -> Look:
        """Return what was seen of a process; raises NotThere or Unknown."""
        looks = self.now().looks
        if name not in looks:
            self.insist_on("looks")
            when = "in the end" if self.moment == END else f"at {self.moment}"
            raise NotThere(f"there was no process “{name}” {when}")
        return looks[name]

    def lines_with(self, code: str) -> frozenset[int]:
        """Return the lines of the code that ran which contain a text."""
        lines = enumerate(self.run.source.split("\n"), 1)
        return frozenset(number for number, line in lines if code in line)
