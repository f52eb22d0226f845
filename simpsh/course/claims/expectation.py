"""Expectations: sentences about a run that are true or false, whatever order the kernel chose.

An `Expectation` is such a sentence. A `Fact` is a value that a run has; a comparison with it gives
an expectation. A `Happening` is a kind of event; functions such as `happens`, `count` and `before`
turn it into an expectation or a fact. None of them has a truth value, so using one with `if` or
`and` in a lesson is an error. A `Scene` is a result at a moment, on which expectations are judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from simpsh.base.events import Event
from simpsh.base.record import Mutable, Record, changed
from simpsh.course.claims.observation import (
    END,
    REST,
    Observation,
    ProcessLook,
    SearchResult,
    SeenMoment,
    SeenOutcome,
    in_words,
    moment_parts,
)


class Unknown(Exception):
    """This machine cannot decide the question; the message names what is missing."""


class NotThere(Exception):
    """The run never reached the moment, or has no such process, variable or descriptor."""

    def __init__(self, sentence: str, *, is_dated: bool = False) -> None:
        """Take the sentence; `is_dated` if it names the moment itself."""
        super().__init__(sentence)
        self.is_dated = is_dated


class Verdict(Record):
    """Whether an expectation is true of a run, and why."""

    holds: bool
    because: str
    """One sentence about the observation: “`child`'s state was S, not Z”."""
    events: tuple[int, ...] = ()
    """Indices of the events in the chronicle that decide the verdict."""
    chain: tuple[int, ...] = ()
    """For an order: the causal chain from the first event to the last, both included."""
    is_open: bool = False
    """Whether another run of the same code may decide otherwise."""
    is_dated: bool = False
    """Whether the sentence names the moment itself."""

    def negate(self) -> Verdict:
        """Return the opposite verdict with the same reason."""
        return changed(self, holds=not self.holds)


class Expectation(Mutable):
    """A sentence about a run."""

    text: str
    """The sentence, as `check --why` prints it."""
    find: Callable[[Scene], Verdict]
    """Judges the sentence on a run at a moment."""
    calls: frozenset[str] = frozenset()
    """System calls that must be observed because they decide or change the result."""
    parts: tuple[Expectation, ...] = ()
    """The expectations that this one combines."""
    variant: str = ""
    """The row of a comparison that it refers to (`of`)."""
    moments: frozenset[str] = frozenset()
    """The moments that it or its parts refer to (`at`)."""

    def judge(self, result: Result | SeenOutcome) -> Verdict:
        """Judge a result of `perform`, or one order; false if a process or moment is absent.

        Raises Unknown if this machine cannot decide.
        """
        return self.at(Scene(result))

    def at(self, scene: Scene) -> Verdict:
        """Judge the expectation in a scene; raises Unknown."""
        try:
            return self.find(scene)
        except NotThere as absence:
            return Verdict(holds=False, because=str(absence), is_dated=absence.is_dated)

    def holds(self, result: Result) -> bool:
        """Return whether the sentence is true of a result of `perform`; raises Unknown."""
        return self.judge(result).holds

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"an expectation is a sentence, not a truth value ({self.text}): "
            "use all_of(…), any_of(…) or none_of(…) for and, or, not"
        )

    def __repr__(self) -> str:
        return f"<Expectation: {self.text}>"


class Happening(Record):
    """A kind of event; a run has zero or more events of it."""

    text: str
    """The event in words, such as `the child ends`."""
    find: Callable[[Scene], list[int]]
    """Returns the indices of its events in a run."""
    calls: frozenset[str] = frozenset()
    """System calls that must be observed to see such an event."""
    topic: str = ""
    """The topic, such as `lines`, without which the absence of such events cannot be known."""

    def all_in(self, scene: Scene) -> list[int]:
        """Return the indices of its events in the chronicle; raises Unknown."""
        events = self.find(scene)
        if not events:
            scene.insist_on(self.topic)
        return events

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"an event is not a truth value ({self.text}): say happens(…), never(…) or count(…)"
        )

    def __repr__(self) -> str:
        return f"<Happening: {self.text}>"


_DIFFERENT = "not "
"""The relation of two values that differ."""


class Fact(Record):
    """A value that a run has; comparing it gives an Expectation."""

    text: str
    """The name of the value, such as `the child's state`."""
    get: Callable[[Scene], object]
    """Returns the value in a run at a moment; raises NotThere or Unknown."""
    calls: frozenset[str] = frozenset()
    """System calls that must be observed because they change the value."""

    def value(self, result: Result) -> object:
        """Return the value in a result of `perform`.

        Raises NotThere if the run has no such value, Unknown if this machine cannot observe it.
        """
        return self.get(Scene(result))

    def __eq__(self, other: object) -> Expectation:  # type: ignore[override]
        return self._compare("", other, lambda mine, its: mine == its)

    def __ne__(self, other: object) -> Expectation:  # type: ignore[override]
        return self._compare(_DIFFERENT, other, lambda mine, its: mine != its)

    def __lt__(self, other: object) -> Expectation:
        return self._compare("less than ", other, lambda mine, its: number(mine) < number(its))

    def __le__(self, other: object) -> Expectation:
        return self._compare("at most ", other, lambda mine, its: number(mine) <= number(its))

    def __gt__(self, other: object) -> Expectation:
        return self._compare("more than ", other, lambda mine, its: number(mine) > number(its))

    def __ge__(self, other: object) -> Expectation:
        return self._compare("at least ", other, lambda mine, its: number(mine) >= number(its))

    __hash__ = None  # type: ignore[assignment]

    def one_of(self, *values: object) -> Expectation:
        """Expect the value to be one of these."""
        text = f"one of {', '.join(shown(value) for value in values)}"
        return self._expectation(text, lambda mine, scene: mine in [its(v, scene) for v in values])

    def contains(self, part: object) -> Expectation:
        """Expect the value, a text or a set, to contain this."""
        return self._expectation(
            f"with {shown(part)} in it", lambda mine, scene: is_in(its(part, scene), mine)
        )

    def __add__(self, other: object) -> Fact:
        return self._compute("plus", other, lambda mine, its: number(mine) + number(its))

    def __sub__(self, other: object) -> Fact:
        return self._compute("minus", other, lambda mine, its: number(mine) - number(its))

    def __mul__(self, other: object) -> Fact:
        return self._compute("times", other, lambda mine, its: number(mine) * number(its))

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a fact is not a truth value ({self.text}): compare it, as in … == …")

    def __repr__(self) -> str:
        return f"<Fact: {self.text}>"

    def _compare(
        self, relation: str, other: object, test: Callable[[object, object], bool]
    ) -> Expectation:
        def is_so(mine: object, scene: Scene) -> bool:
            return test(mine, its(other, scene))

        return self._expectation(
            relation + shown(other), is_so, other, is_difference=relation == _DIFFERENT
        )

    def _expectation(
        self,
        predicate: str,
        test: Callable[[object, Scene], bool],
        other: object = None,
        *,
        is_difference: bool = False,
    ) -> Expectation:
        def judge(scene: Scene) -> Verdict:
            mine = self.get(scene)
            beside = f" ({shown(its(other, scene))})" if isinstance(other, Fact) else ""
            fact = f"{self.text} was {shown(mine)}"
            if test(mine, scene):
                return Verdict(holds=True, because=fact)
            if is_difference:
                same = f", and so was {shown(other)}" if isinstance(other, Fact) else ""
                return Verdict(holds=False, because=fact + same)
            return Verdict(holds=False, because=f"{fact}, not {predicate}{beside}")

        return Expectation(f"{self.text} is {predicate}", judge, self._calls_with(other))

    def _compute(self, word: str, other: object, make: Callable[[object, object], float]) -> Fact:
        return Fact(
            f"{self.text} {word} {shown(other)}",
            lambda scene: make(self.get(scene), its(other, scene)),
            self._calls_with(other),
        )

    def _calls_with(self, other: object) -> frozenset[str]:
        return self.calls | other.calls if isinstance(other, Fact) else self.calls


def its(value: object, scene: Scene) -> object:
    """Return the value of a fact in a run, the name of a process, or the value itself."""
    if isinstance(value, Fact):
        return value.get(scene)
    name = getattr(value, "name", None)
    return name if name is not None and not isinstance(value, int) else value


def shown(value: object) -> str:
    """Return a value as a sentence quotes it.

    >>> shown("x = 1"), shown("Z"), shown(3), shown({"b", "a"})
    ('“x = 1”', 'Z', '3', '“a”, “b”')
    """
    if isinstance(value, Fact):
        return value.text
    if isinstance(value, (set, frozenset)):
        return ", ".join(sorted(quoted(str(member)) for member in value)) or "none"
    if isinstance(value, str):
        # Process states and plain names are not quoted.
        return value if value.isalnum() else quoted(value) if value else "nothing"
    if value is None:
        return "nothing"
    return str(getattr(value, "name", value))


def quoted(text: str) -> str:
    r"""Return a text in quotes, with control characters made visible.

    >>> quoted("a\n")
    '“a⏎”'
    """
    return f"“{text.replace(chr(10), '⏎')}”"


def number(value: object) -> float:
    """Return a value that can be compared by size; raises NotThere for other types."""
    if isinstance(value, int | float):
        return value
    raise NotThere(f"{shown(value)} is not a number")


def is_in(part: object, whole: object) -> bool:
    """Return whether a text or collection contains a part; False for other types."""
    if isinstance(whole, str):
        return str(part) in whole
    if isinstance(whole, list | tuple | set | frozenset | dict):
        return part in whole
    return False


Result = Observation | SearchResult | Mapping[str, Observation | SearchResult]
"""The result of a step: of a Run, of an Explore, or of a comparison of either."""


class Scene(Record):
    """A result at a moment."""

    result: Result | SeenOutcome
    moment: str = END
    """A callout's mark, `rest`, or `end`."""
    runs: tuple[Observation, ...] = ()
    """Runs of the same code in several orders; empty if there is only one."""
    varied: Observation | None = None
    """A run of a typed line with other values, statuses or signals; None before it is made."""
    on_varied: Callable[[], object] = lambda: None
    """Called by a claim that asks for the varied run."""

    def at(self, moment: str) -> Scene:
        """Return this run at another moment; raises NotThere if the run never reached it."""
        scene = changed(self, moment=moment)
        scene.now()
        return scene

    def of(self, label: str) -> Scene:
        """Return a row of a comparison; raises NotThere if there is no such row."""
        if not isinstance(self.result, Mapping) or label not in self.result:
            raise NotThere(f"there is no row “{label}” in this comparison")
        return Scene(self.result[label], self.moment)

    @property
    def run(self) -> Observation:
        """The run; raises NotThere if this is a search or a comparison, Unknown for an outcome."""
        if isinstance(self.result, Observation):
            return self.result
        if isinstance(self.result, SeenOutcome):
            raise Unknown("of this order only the output, the files and a hang are known")
        raise NotThere("this is not a single run: say it of a Run, or of(“row”, …) of a comparison")

    @property
    def outcome(self) -> Observation | SeenOutcome:
        """The output of the run or order, and whether it hangs; raises NotThere like `run`."""
        return self.result if isinstance(self.result, SeenOutcome) else self.run

    @property
    def files(self) -> Mapping[str, str]:
        """The files at the moment; raises NotThere, or Unknown for an outcome before its end."""
        if isinstance(self.result, SeenOutcome) and self.moment == END:
            return self.result.files
        return self.now().files

    @property
    def search(self) -> SearchResult:
        """The search; raises NotThere if this is a run or a comparison."""
        if isinstance(self.result, SearchResult):
            return self.result
        raise NotThere("this is not a search of all orders: outputs are an Explore's")

    @property
    def events(self) -> Sequence[Event]:
        """The events of the run."""
        return self.run.events

    def owner(self, index: int) -> str:
        """Return the shown name of the process that an event happened to."""
        return self.run.name_of(self.events[index].proc)

    def insist_on(self, topic: str) -> None:
        """Raise Unknown if this topic could not be observed; see Observation.lacks."""
        if reason := self.run.lacks.get(topic):
            raise Unknown(reason)

    def now(self) -> SeenMoment:
        """Return the moment; raises NotThere."""
        moments = self.run.moments
        if self.moment not in moments:
            is_rest = moment_parts(self.moment)[0] == REST
            predicate = "came to rest" if is_rest else f"came to {self.moment}"
            raise NotThere(f"the run never {predicate}")
        return moments[self.moment]

    def look(self, name: str) -> ProcessLook:
        """Return the state of a process at the moment; raises NotThere."""
        looks = self.now().looks
        if name not in looks:
            when = "in the end" if self.moment == END else f"at {self.moment}"
            sentence = f"there was no process {in_words(name)} {when}"
            raise NotThere(sentence, is_dated=True)
        return looks[name]

    def lines_with(self, code: str) -> frozenset[int]:
        """Return the numbers of the listing's lines that contain a text."""
        lines = enumerate(self.run.source.split("\n"), 1)
        return frozenset(number for number, line in lines if code in line)
