"""Properties of a whole run or search: orders, counts, moments, outputs, and what joins them.

It hangs, it prints this, this comes before that, these outputs are possible. The evidence for an
order is a chain of causes from one event to another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import product

from simpsh.base.events import Line, Reparent, SignalDeliver, What
from simpsh.base.record import changed
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.course.lesson.expectation import (
    Expectation,
    Fact,
    Happening,
    NotThere,
    Result,
    Scene,
    Unknown,
    Verdict,
)
from simpsh.course.lesson.observation import END
from simpsh.course.lesson.process_ref import Process

# --- Events ------------------------------------------------------------------------------------


def happens(event: Happening) -> Expectation:
    """Say that it happens, once or several times."""

    def judge(scene: Scene) -> Verdict:
        found = event.all_in(scene)
        if found:
            return Verdict(holds=True, because=f"it happened: {event.text}", events=tuple(found))
        return Verdict(holds=False, because=f"it did not happen that {event.text}")

    return Expectation(event.text, judge, event.calls)


def never(event: Happening) -> Expectation:
    """Say that it does not happen in this run; for every order, ask an Explore."""

    def judge(scene: Scene) -> Verdict:
        found = event.all_in(scene)
        if found:
            return Verdict(
                holds=False,
                because=f"{_of_one(event.text)}, which must not happen",
                events=tuple(found),
            )
        scene.insist_on(event.topic)
        return Verdict(holds=True, because=f"it did not happen that {event.text}")

    return Expectation(f"it never happens that {event.text}", judge, event.calls)


def count(event: Happening) -> Fact:
    """Return how often it happens: `count(parent.collects()) == 3`."""

    def get(scene: Scene) -> int:
        found = event.all_in(scene)
        if not found:
            scene.insist_on(event.topic)
        return len(found)

    return Fact(f"the number of times that {event.text}", get, event.calls)


def before(first: Happening, then: Happening) -> Expectation:
    """Say that a chain of causes leads from one to the other: so in every legal order.

    If there are several events of a kind, each of the first comes before each of the second.
    """

    def judge(scene: Scene) -> Verdict:
        mine, its = _of_both(scene, first, then)
        chronicle = scene.run.chronicle
        for one, other in product(mine, its):
            if not chronicle.before(one, other):
                return _not_before(scene, (first, one), (then, other))
        way = chain(chronicle, mine[-1], its[0])
        return Verdict(
            holds=True,
            because=f"a chain of causes leads from “{first.text}” to “{then.text}”",
            events=(*mine, *its),
            chain=way,
        )

    return Expectation(f"{first.text} before {then.text}", judge, first.calls | then.calls)


def _not_before(scene: Scene, first: tuple[Happening, int], then: tuple[Happening, int]) -> Verdict:
    chronicle = scene.run.chronicle
    events = (first[1], then[1])
    if chronicle.before(then[1], first[1]):
        return Verdict(
            holds=False,
            because=f"it is the other way round: {_pair(then[0], 'before', first[0])}",
            events=events,
            chain=chain(chronicle, then[1], first[1]),
        )
    # Causes that were not seen could still order them.
    scene.insist_on("causes")
    return Verdict(
        holds=False,
        because=f"nothing forces this order: {_pair(first[0], 'before', then[0])}",
        events=events,
    )


def unordered(one: Happening, other: Happening) -> Expectation:
    """Say that no chain of causes orders any two of them, whatever the clock said."""

    def judge(scene: Scene) -> Verdict:
        mine, its = _of_both(scene, one, other)
        for left, right in product(mine, its):
            early, late = sorted((left, right))
            if scene.run.chronicle.before(early, late):
                texts = (one.text, other.text) if early == left else (other.text, one.text)
                return Verdict(
                    holds=False,
                    because=f"a chain of causes leads from “{texts[0]}” to “{texts[1]}”",
                    events=(early, late),
                    chain=chain(scene.run.chronicle, early, late),
                )
        scene.insist_on("causes")
        return Verdict(
            holds=True,
            because="no chain of causes leads from one to the other",
            events=(*mine, *its),
        )

    return Expectation(
        f"nothing orders these two: {one.text}, {other.text}", judge, one.calls | other.calls
    )


def _pair(one: Happening, word: str, other: Happening) -> str:
    return _of_one(f"{one.text} {word} {other.text}")


def _of_one(text: str) -> str:
    """Return a sentence about any process as one about the process that it was."""
    return text.replace("anyone", "some process")


def took(first: Happening, then: Happening) -> Fact:
    """Return the seconds from one event to another, the first of each; compare ratios only."""

    def get(scene: Scene) -> float:
        mine, its = _of_both(scene, first, then)
        return (scene.events[its[0]].ts - scene.events[mine[0]].ts) / 1e9

    return Fact(f"the time from “{first.text}” to “{then.text}”", get, first.calls | then.calls)


def _of_both(scene: Scene, one: Happening, other: Happening) -> tuple[list[int], list[int]]:
    """Return the events of both kinds; raises NotThere if there is none of one."""
    found = one.all_in(scene), other.all_in(scene)
    for event, its in zip((one, other), found, strict=True):
        if not its:
            raise NotThere(f"it did not happen that {event.text}")
    return found


# --- Moments, rows and joining words -------------------------------------------------------------


def at(moment: str, *expectations: Expectation) -> Expectation:
    """Judge at a moment: a mark of the code (①, `① 2` when met again), `rest`, `rest 2`, `end`."""

    def judge(scene: Scene) -> Verdict:
        verdict = _all(scene.at(moment), expectations)
        if verdict.because.endswith(_when(moment)):
            return verdict
        return changed(verdict, because=f"{_when(moment)}: {verdict.because}")

    joined = _joined(f"{_when(moment)}: {_listed(expectations, ' and ')}", judge, expectations)
    joined.moments |= {moment}
    return joined


def _when(moment: str) -> str:
    return "in the end" if moment == END else f"at {moment}"


def of(variant: str, expectation: Expectation) -> Expectation:
    """Judge one row of a Compare; the other rows are its wrong variants."""
    joined = _joined(
        f"with “{variant}”: {expectation.text}",
        lambda scene: expectation.at(scene.of(variant)),
        (expectation,),
    )
    joined.variant = variant
    return joined


def all_of(*expectations: Expectation) -> Expectation:
    """Say that all of these are true."""
    return _joined(
        _listed(expectations, " and "), lambda scene: _all(scene, expectations), expectations
    )


def any_of(*expectations: Expectation) -> Expectation:
    """Say that at least one of these is true."""
    return _joined(
        _listed(expectations, " or "), lambda scene: _any(scene, expectations), expectations
    )


def none_of(*expectations: Expectation) -> Expectation:
    """Say that none of these is true."""
    return _joined(
        f"it is not so: {_listed(expectations, ', nor ')}",
        lambda scene: _any(scene, expectations).negated(),
        expectations,
    )


def _all(scene: Scene, expectations: tuple[Expectation, ...]) -> Verdict:
    verdicts, doubts = _judged(scene, expectations)
    for verdict in verdicts:
        if not verdict.holds:
            return verdict
    if doubts:
        raise doubts[0]
    return Verdict(
        holds=True,
        because="; ".join(one.because for one in verdicts),
        events=tuple(index for one in verdicts for index in one.events),
        chain=next((one.chain for one in verdicts if one.chain), ()),
    )


def _any(scene: Scene, expectations: tuple[Expectation, ...]) -> Verdict:
    verdicts, doubts = _judged(scene, expectations)
    for verdict in verdicts:
        if verdict.holds:
            return verdict
    if doubts:
        raise doubts[0]
    return Verdict(holds=False, because="; ".join(one.because for one in verdicts))


def _judged(
    scene: Scene, expectations: tuple[Expectation, ...]
) -> tuple[list[Verdict], list[Unknown]]:
    verdicts: list[Verdict] = []
    doubts: list[Unknown] = []
    for expectation in expectations:
        try:
            verdicts.append(expectation.at(scene))
        except Unknown as doubt:
            doubts.append(doubt)
    return verdicts, doubts


def _joined(
    text: str, judge: Callable[[Scene], Verdict], parts: tuple[Expectation, ...]
) -> Expectation:
    for part in parts:
        if not isinstance(part, Expectation):
            raise TypeError(
                f"{part!r} is no expectation: say happens(…) of an event, compare a fact"
            )
    calls = frozenset[str]().union(*(part.calls for part in parts))
    return Expectation(text, judge, calls, parts)


def _listed(expectations: tuple[Expectation, ...], word: str) -> str:
    return word.join(str(getattr(one, "text", one)) for one in expectations)


# --- The whole run or search: it hangs, it prints this, these outputs are possible ---------------


def _comes_to_its_end(scene: Scene) -> Verdict:
    run = scene.run
    scene.insist_on("events")
    if run.hangs:
        moment = run.moments.get("rest")
        asleep = [
            f"{name} slept in {look.call}"
            for name, look in (moment.looks.items() if moment is not None else ())
            if look.call
        ]
        return Verdict(holds=False, because=f"no process could move: {', '.join(asleep)}")
    return Verdict(holds=True, because="the first process came to its end")


hangs = Expectation(
    "no process can move any more, and the first process is not done",
    lambda scene: _comes_to_its_end(scene).negated(),
)
"""The first process is not done, and no process can move any more: proved, not timed out."""
returns = Expectation("the first process comes to its end", _comes_to_its_end)
"""The first process comes to its end by itself."""
output = Fact("the output", lambda scene: scene.run.output)
"""All that the demonstration wrote, by all processes, in the order in which it came."""


def _possible(scene: Scene) -> frozenset[str]:
    scene.insist_on("events")
    search = scene.search
    if search.problem:
        raise NotThere(search.problem)
    return frozenset(search.possible)


outputs = Fact("the set of possible outputs", _possible)
"""Of an Explore: every output that some legal order has."""
how_many_outputs = Fact("the number of possible outputs", lambda scene: len(_possible(scene)))
"""Of an Explore: `how_many_outputs == 2`."""


def _seen(scene: Scene) -> str:
    search = scene.search
    counts = [
        f"{output.strip()}: {search.seen.get(output, 0)}" for output in sorted(search.possible)
    ]
    return ", ".join(counts)


seen_here = Fact("what was seen here", _seen)
"""Of an Explore: how often each output came in the plain runs; for columns, never for a claim."""


def can_print(text: str) -> Expectation:
    """Say of an Explore that some legal order has exactly this output."""
    return outputs.contains(text)


def _how_many_processes(scene: Scene) -> int:
    scene.insist_on("events")
    return len(scene.run.names)


how_many_processes = Fact("the number of processes", _how_many_processes)
"""How many processes there were in all, the first included."""
how_many_alive = Fact("the number of processes there", lambda scene: len(scene.now().looks))
"""How many are there at a moment, zombies included."""


def how_many(several: Process, is_so: Callable[[Process], Expectation]) -> Fact:
    """Return for how many it is true: `how_many(anyone, lambda one: one.state == "Z") == 3`."""
    sample = is_so(Process("one"))

    def get(scene: Scene) -> int:
        names = [name for name in scene.run.names if several.is_one(name)]
        return sum(is_so(Process(name)).at(scene).holds for name in names)

    whose = sample.text.replace("the one's ", "whose ").replace("the one ", "that ")
    where = whose if sample.text.startswith("the one") else f"where {sample.text}"
    text = f"the number of processes ({several.name}) {where}"
    return Fact(text, get, sample.calls)


def file(path: str) -> Fact:
    """Return the contents of a file in the demonstration's own directory, at a moment."""

    def get(scene: Scene) -> str:
        files = scene.run.moments[scene.moment].files if scene.moment in scene.run.moments else {}
        if path not in files:
            scene.insist_on("files")
            raise NotThere(f"there was no file {path}")
        return files[path]

    return Fact(f"the content of {path}", get)


def value(variable: str) -> Fact:
    """Return the value that a variable got last in the run, in whichever process."""

    def get(scene: Scene) -> object:
        found = [new for _, _, name, new in scene.run.sets if name == variable]
        if not found:
            scene.insist_on("values")
            raise NotThere(f"no process set {variable}")
        return found[-1]

    return Fact(variable, get)


def holders(pipe: str, end: str) -> Fact:
    """Return who holds an end of a pipe, in words: `server by 1 and 2`, `no process`."""

    def get(scene: Scene) -> str:
        found = []
        for name, look in scene.now().looks.items():
            numbers = [
                str(number)
                for number, one in sorted(look.descriptors.items())
                if one.pipe == pipe and one.access in (end, "both")
            ]
            if numbers:
                found.append(f"{name} by {' and '.join(numbers)}")
        return ", ".join(found) or "no process"

    return Fact(f"the list of holders of the {end} end of pipe {pipe}", get)


def words(expectation: Expectation, if_so: str, if_not: str) -> Callable[[Result], str]:
    """Return a column of a Compare: one word if it is so, another if not.

    `columns={"does it hang?": words(hangs, "hangs", "returns")}`
    """
    return lambda result: if_so if expectation.holds(result) else if_not


def told_at(moment: str, fact: Fact) -> Fact:
    """Return a fact at a moment, for a column of a Compare."""
    return Fact(f"{fact.text} at {moment}", lambda scene: fact.get(scene.at(moment)), fact.calls)


# --- The chain of causes that proves an order ----------------------------------------------------


def chain(chronicle: Chronicle, first: int, last: int) -> tuple[int, ...]:
    """Return the shortest chain of causes: the two events, and where it changes the process.

    Empty if there is no such chain. Events between them that stay in one process are left out.
    """
    came_from: dict[int, int] = {last: last}
    todo = deque([last])
    while todo and first not in came_from:
        event = todo.popleft()
        for cause in _causes(chronicle, event, first):
            if cause not in came_from:
                came_from[cause] = event
                todo.append(cause)
    if first not in came_from:
        return ()
    way = [first]
    while way[-1] != last:
        way.append(came_from[way[-1]])
    return _told(chronicle, way)


def _causes(chronicle: Chronicle, event: int, first: int) -> list[int]:
    """Return what directly caused an event: others, or the one before it in its own process.

    Of its own process only those matter at which a chain can leave: they are skipped through.
    """
    causes = [one for one in chronicle.causes.direct(event) if one >= first]
    before = _previous(chronicle, event)
    return [*causes, before] if before is not None and before >= first else causes


def _previous(chronicle: Chronicle, event: int) -> int | None:
    events, owners = chronicle.events, chronicle.owners
    if _is_beside(events[event].what):
        return None
    for index in range(event - 1, -1, -1):
        is_own = owners[index] == owners[event] and events[index].tid == events[event].tid
        if is_own and not _is_beside(events[index].what):
            return index
    return None


def _told(chronicle: Chronicle, way: list[int]) -> tuple[int, ...]:
    """Leave out what lies between two crossings within one process."""
    kept = [way[0]]
    for before, here, after in zip(way, way[1:], way[2:], strict=False):
        crosses = chronicle.owners[before] != chronicle.owners[here]
        leaves = chronicle.owners[here] != chronicle.owners[after]
        if (crosses or leaves) and not isinstance(chronicle.events[here].what, Line):
            kept.append(here)
    return tuple(dict.fromkeys([*kept, way[-1]]))


def _is_beside(what: What) -> bool:
    """Return whether an event comes to a process without its program's taking part."""
    return isinstance(what, Reparent) or (isinstance(what, SignalDeliver) and what.effect != "")
