"""Properties of a whole run or search: orders, counts, moments, outputs, and their combinations.

The evidence for an order is a chain of causes from one event to another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

from simpsh.base.events import Line
from simpsh.base.record import changed
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.course.claims.expectation import (
    Expectation,
    Fact,
    Happening,
    NotThere,
    Result,
    Scene,
    Unknown,
    Verdict,
)
from simpsh.course.claims.observation import END, REST, PipeSide, SeenOutcome, ShownName, in_words
from simpsh.course.claims.process_ref import Process, entry

# --- Events ------------------------------------------------------------------------------------


def happens(event: Happening) -> Expectation:
    """Expect the event to happen at least once."""

    def judge(scene: Scene) -> Verdict:
        events = tuple(event.all_in(scene))
        because = f"it happened: {event.text}" if events else _absence(event)
        return Verdict(holds=bool(events), because=because, events=events)

    return Expectation(event.text, judge, event.calls)


def never(event: Happening) -> Expectation:
    """Expect the event not to happen in this run; use an Explore to cover all orders."""

    def judge(scene: Scene) -> Verdict:
        events = tuple(event.all_in(scene))
        if events:
            because = f"{_of_some_process(event.text)}, which must not happen"
            return Verdict(holds=False, because=because, events=events)
        return Verdict(holds=True, because=_absence(event))

    return Expectation(f"it never happens that {event.text}", judge, event.calls)


def count(event: Happening) -> Fact:
    """Return how often the event happens: `count(parent.collects()) == 3`."""
    text = f"the number of times that {event.text}"
    return Fact(text, lambda scene: len(event.all_in(scene)), event.calls)


def before(first: Happening, then: Happening) -> Expectation:
    """Expect a chain of causes from one event to the other, so that every legal order has it.

    If a kind has several events, each of the first kind must come before each of the second. In
    several runs of the same code, in forced orders, the order of the events is enough: a FIFO or a
    lock forces an order without a chain.
    """

    def judge(scene: Scene) -> Verdict:
        earlier, later = _events_of_both(scene, first, then)
        chronicle = scene.run.chronicle
        for left, right in product(earlier, later):
            if chronicle.before(left, right) or (scene.runs and left < right):
                continue
            why, order = "nothing forces this order", f"{first.text} before {then.text}"
            if causes := chain(chronicle, right, left):
                why, order = "it is the other way round", f"{then.text} before {first.text}"
            because = f"{why}: {_of_some_process(order)}"
            return Verdict(
                holds=False,
                because=because,
                events=(left, right),
                chain=causes,
                is_open=left < right,
            )
        return Verdict(
            holds=True,
            because=f"a chain of causes leads from “{first.text}” to “{then.text}”",
            events=(*earlier, *later),
            chain=chain(chronicle, earlier[-1], later[0]),
        )

    return Expectation(f"{first.text} before {then.text}", judge, first.calls | then.calls)


def unordered(first: Happening, second: Happening) -> Expectation:
    """Expect no chain of causes between any two of the events, whatever the clock showed.

    If there are several runs of the same code, one without a chain is enough: a chain in
    another run may be luck.
    """

    def judge(scene: Scene) -> Verdict:
        verdicts = [_free(Scene(run)) for run in scene.runs] or [_free(scene)]
        return next((verdict for verdict in verdicts if verdict.holds), verdicts[0])

    def _free(scene: Scene) -> Verdict:
        events = _events_of_both(scene, first, second)
        chronicle = scene.run.chronicle
        for left, right in product(*events):
            early, late = sorted((left, right))
            if chronicle.before(early, late):
                texts = first.text, second.text
                cause, effect = texts if early == left else texts[::-1]
                return Verdict(
                    holds=False,
                    because=f"a chain of causes leads from “{cause}” to “{effect}”",
                    events=(early, late),
                    chain=chain(chronicle, early, late),
                    is_open=True,
                )
        because = "no chain of causes leads from one to the other"
        return Verdict(holds=True, because=because, events=(*events[0], *events[1]))

    text = f"nothing orders these two: {first.text}, {second.text}"
    return Expectation(text, judge, first.calls | second.calls)


def _absence(event: Happening) -> str:
    return f"it did not happen that {event.text}"


def _of_some_process(text: str) -> str:
    """Reword a sentence about "any process" for one process."""
    return text.replace("any process", "some process")


def _events_of_both(scene: Scene, *kinds: Happening) -> tuple[list[int], list[int]]:
    """Return the events of two kinds; raises NotThere if a kind has none."""
    first, second = (kind.all_in(scene) for kind in kinds)
    for kind, events in zip(kinds, (first, second), strict=True):
        if not events:
            raise NotThere(_absence(kind))
    return first, second


# --- Moments, rows and combinations --------------------------------------------------------------


def at(moment: str, *expectations: Expectation) -> Expectation:
    """Judge at a moment: a mark (①, `① 2` when repeated), `rest`, `rest 2`, `end`."""
    when = "in the end" if moment == END else f"at {moment}"

    def judge(scene: Scene, parts: Sequence[Expectation]) -> Verdict:
        verdict = _all(scene.at(moment), parts)
        if verdict.is_dated:
            return verdict
        return changed(verdict, because=f"{when}: {verdict.because}")

    joined = _join(f"{when}: ", " and ", expectations, judge)
    joined.moments |= {moment}
    return joined


def of(variant: str, expectation: Expectation) -> Expectation:
    """Judge one row of a comparison; the other rows are its wrong variants."""
    before = f"with “{variant}”: "
    joined = _join(before, "", (expectation,), lambda scene, _: expectation.at(scene.of(variant)))
    joined.variant = variant
    return joined


def all_of(*expectations: Expectation) -> Expectation:
    """Expect all of these to be true."""
    return _join("", " and ", expectations, _all)


def any_of(*expectations: Expectation) -> Expectation:
    """Expect at least one of these to be true."""
    return _join("", " or ", expectations, _any)


def none_of(*expectations: Expectation) -> Expectation:
    """Expect none of these to be true."""
    return _join(
        "it is not so: ", ", nor ", expectations, lambda scene, parts: _any(scene, parts).negate()
    )


def _together(scene: Scene, parts: Sequence[Expectation], *, decisive: bool) -> Verdict:
    """Return the first decisive verdict, or all joined; raises Unknown if one is open."""
    verdicts: list[Verdict] = []
    doubt: Unknown | None = None
    for part in parts:
        try:
            verdict = part.at(scene)
        except Unknown as unknown:
            doubt = doubt or unknown
            continue
        if verdict.holds is decisive:
            return verdict
        verdicts.append(verdict)
    if doubt is not None:
        raise doubt
    because = "; ".join(verdict.because for verdict in verdicts)
    if decisive:
        return Verdict(holds=False, because=because)
    return Verdict(
        holds=True,
        because=because,
        events=tuple(index for verdict in verdicts for index in verdict.events),
        chain=next((verdict.chain for verdict in verdicts if verdict.chain), ()),
    )


_all = partial(_together, decisive=False)
_any = partial(_together, decisive=True)


def _join(
    before: str,
    between: str,
    parts: tuple[Expectation, ...],
    judge: Callable[[Scene, Sequence[Expectation]], Verdict],
) -> Expectation:
    """Combine expectations into one; raises TypeError if a part is not an expectation."""
    for part in parts:
        if not isinstance(part, Expectation):
            raise TypeError(
                f"{part!r} is not an expectation: say happens(…) of an event, compare a fact"
            )
    text = before + between.join(part.text for part in parts)
    calls = frozenset[str]().union(*(part.calls for part in parts))
    moments = frozenset[str]().union(*(part.moments for part in parts))
    return Expectation(text, lambda scene: judge(scene, parts), calls, parts, moments=moments)


# --- The whole run or search: it hangs, it prints this, these outputs are possible ---------------


def _first_ends(scene: Scene) -> Verdict:
    run = scene.outcome
    if run.hangs and isinstance(run, SeenOutcome):
        return Verdict(holds=False, because="the shell could never continue")
    if run.hangs:
        run = scene.run
        asleep = [
            f"{in_words(name)} slept in {look.call}"
            for name, look in run.looks_at(REST).items()
            if look.call
        ]
        return Verdict(holds=False, because=f"no process could move: {', '.join(asleep)}")
    return Verdict(holds=True, because="the first process ended")


hangs = Expectation(
    "no process can move any more, and the first process is not done",
    lambda scene: _first_ends(scene).negate(),
)
"""No process can move any more, and the first process has not ended; not a timeout."""
returns = Expectation("the first process ends", _first_ends)
"""The first process ends by itself."""
output = Fact("the output", lambda scene: scene.outcome.output)
"""Everything that the processes wrote, in the order of their writes."""


outputs = Fact("the set of possible outputs", lambda scene: frozenset(scene.search.possible))
"""For an Explore: all outputs that a legal order produces."""
how_many_outputs = Fact("the number of possible outputs", lambda scene: len(scene.search.possible))
"""For an Explore: `how_many_outputs == 2`."""


seen_here = Fact(
    "what was seen here",
    lambda scene: ", ".join(
        f"{text.strip()}: {scene.search.seen.get(text, 0)}"
        for text in sorted(scene.search.possible)
    ),
)
"""For an Explore: how often each output occurred in free runs; for columns, never for a claim."""


how_many_processes = Fact("the number of processes", lambda scene: len(scene.run.names))
"""The number of processes in the whole run, including the first."""
how_many_alive = Fact("the number of processes there", lambda scene: len(scene.now().looks))
"""The number of processes that exist at a moment, including zombies."""


def how_many(several: Process, is_so: Callable[[Process], Expectation]) -> Fact:
    """Count processes that satisfy `is_so`: `how_many(anyone, lambda p: p.state == "Z") == 3`."""
    sample = is_so(Process(ShownName("process", "role")))

    def get(scene: Scene) -> int:
        names = [name for name in scene.run.names if several.is_one(name)]
        return sum(is_so(Process(name)).at(scene).holds for name in names)

    text = f"the number of processes ({several.name}) where {sample.text}"
    return Fact(text, get, sample.calls)


def file(path: str) -> Fact:
    """Return the contents of a file in the demonstration's directory, at a moment."""
    return Fact(f"the content of {path}", lambda scene: entry(scene.files, path, "file"))


def value(variable: str) -> Fact:
    """Return the last value that any process assigned to a variable."""

    def get(scene: Scene) -> object:
        values = [new for _, _, name, new in scene.run.sets if name == variable]
        if not values:
            scene.insist_on("values")
            raise NotThere(f"no process set {variable}")
        return values[-1]

    return Fact(f"the variable `{variable}`", get)


def holders(pipe: str, end: PipeSide) -> Fact:
    """Return the holders of an end of a pipe, in words: `server by 1 and 2`, `no process`."""

    def get(scene: Scene) -> str:
        holding = [
            f"{name} by {' and '.join(map(str, numbers))}"
            for name, look in scene.now().looks.items()
            if (numbers := look.holding(pipe, end))
        ]
        return ", ".join(holding) or "no process"

    return Fact(f"the list of holders of the {end} end of pipe {pipe}", get)


def words(expectation: Expectation, if_so: str, if_not: str) -> Callable[[Result], str]:
    """Return a column of a comparison: one text if the expectation holds, else the other.

    `columns={"does it hang?": words(hangs, "hangs", "returns")}`
    """
    return lambda result: if_so if expectation.holds(result) else if_not


def told_at(moment: str, fact: Fact) -> Fact:
    """Return a fact at a moment, for a column of a comparison."""
    return Fact(f"{fact.text} at {moment}", lambda scene: fact.get(scene.at(moment)), fact.calls)


# --- The chain of causes that proves an order ----------------------------------------------------


def chain(chronicle: Chronicle, first: int, last: int) -> tuple[int, ...]:
    """Return the shortest chain of causes: both events and the steps between processes.

    The chain is empty if there is none; intermediate events within one process are left out.
    """
    effects: dict[int, int] = {last: last}
    todo = deque([last])
    while todo and first not in effects:
        event = todo.popleft()
        causes = chronicle.causes
        for cause in (*causes.direct(event), causes.previous(event)):
            if cause >= first and cause not in effects:
                effects[cause] = event
                todo.append(cause)
    if first not in effects:
        return ()
    path = [first]
    while path[-1] != last:
        path.append(effects[path[-1]])
    events, owners = chronicle.events, chronicle.owners
    crossings = [
        index
        for before, index, after in zip(path, path[1:], path[2:], strict=False)
        if (owners[before] != owners[index] or owners[index] != owners[after])
        and not isinstance(events[index].what, Line)
    ]
    return tuple(dict.fromkeys([first, *crossings, last]))
