"""Sentences about a whole run: orders, counts, moments, outputs, and what joins sentences."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from simpsh.course.evidence import chain
from simpsh.course.expectation import Expectation, Fact, Happening, NotThere, Unknown, Verdict
from simpsh.course.observation import END
from simpsh.course.scene import Scene
from simpsh.record import changed

if TYPE_CHECKING:
    from collections.abc import Callable


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
                because=f"it happened that {_somebody(event.text)}",
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
        mine, its = first.all_in(scene), then.all_in(scene)
        missing = _missing((first, mine), (then, its))
        if missing:
            return Verdict(holds=False, because=missing)
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
        mine, its = one.all_in(scene), other.all_in(scene)
        missing = _missing((one, mine), (other, its))
        if missing:
            return Verdict(holds=False, because=missing)
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
    return _somebody(f"{one.text} {word} {other.text}")


def _somebody(text: str) -> str:
    """Say of whoever it was what a sentence says of anyone."""
    return text.replace("anyone", "somebody")


def _missing(*kinds: tuple[Happening, list[int]]) -> str:
    for event, found in kinds:
        if not found:
            return f"it did not happen that {event.text}"
    return ""


def took(first: Happening, then: Happening) -> Fact:
    """Return the seconds from one event to another, the first of each; compare ratios only."""

    def get(scene: Scene) -> float:
        mine, its = first.all_in(scene), then.all_in(scene)
        missing = _missing((first, mine), (then, its))
        if missing:
            raise NotThere(missing)
        return (scene.events[its[0]].ts - scene.events[mine[0]].ts) / 1e9

    return Fact(f"the time from “{first.text}” to “{then.text}”", get, first.calls | then.calls)


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

    def judge(scene: Scene) -> Verdict:
        verdicts, doubts = _judged(scene, expectations)
        true = next((one for one in verdicts if one.holds), None)
        if true is not None:
            return true
        if doubts:
            raise doubts[0]
        return Verdict(holds=False, because="; ".join(one.because for one in verdicts))

    return _joined(_listed(expectations, " or "), judge, expectations)


def none_of(*expectations: Expectation) -> Expectation:
    """Say that none of these is true."""

    def judge(scene: Scene) -> Verdict:
        verdicts, doubts = _judged(scene, expectations)
        true = next((one for one in verdicts if one.holds), None)
        if true is not None:
            return Verdict(holds=False, because=true.because, events=true.events, chain=true.chain)
        if doubts:
            raise doubts[0]
        return Verdict(holds=True, because="; ".join(one.because for one in verdicts))

    return _joined(f"it is not so: {_listed(expectations, ', nor ')}", judge, expectations)


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
