"""The graph of choices, small enough to be looked at: where it matters who goes next.

Equal states are one place of it. A state that leads on in one way only is none: its step belongs to
the way between two places. Of a large graph the beginning is shown, and the rest is one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simpsh.base.record import Record
from simpsh.explore.search.state_graph import StateGraph

_MOST_PLACES = 60
REST = -1
"""The place that stands for all states that are not shown."""


class Way(Record):
    """A choice at a place, and where it leads."""

    source: int
    target: int
    words: str
    """Who goes, and what that does."""


class ChoiceGraph(Record):
    """Places by their state's number, each with its distance from the beginning; and the ways."""

    places: tuple[tuple[int, int], ...]
    ways: tuple[Way, ...]
    left_out: int
    """How many more places there are, that are shown as REST."""
    finals: frozenset[int]


def choice_graph(graph: StateGraph, words: Callable[[int, str], str]) -> ChoiceGraph:
    """Return the choices of a graph; `words` says what a choice in a state does."""
    depth = {_place_behind(graph, 0): 0}
    todo, ways, finals = [*depth], [], set()
    for place in todo:
        edges = graph.edges[place] or ()
        if not edges:
            finals.add(place)
        for edge in edges:
            target = _place_behind(graph, edge.target)
            ways.append((place, target, edge.choice))
            if target not in depth:
                depth[target] = depth[place] + 1
                todo.append(target)
    shown = set(todo[:_MOST_PLACES])
    kept: dict[tuple[int, int], list[str]] = {}
    for source, target, choice in ways:
        if source in shown:
            end = target if target in shown else REST
            kept.setdefault((source, end), []).append(words(source, choice))
    return ChoiceGraph(
        tuple((place, depth[place]) for place in todo if place in shown),
        tuple(Way(*ends, " or ".join(said)) for ends, said in kept.items()),
        len(todo) - len(shown),
        frozenset(finals),
    )


def ways_along(graph: StateGraph, schedule: Sequence[str]) -> list[tuple[int, int]]:
    """Return the ways that a schedule takes, each by its two places."""
    found, source = [], _place_behind(graph, 0)
    number = 0
    for edge in graph.walk(schedule):
        target = _place_behind(graph, edge.target)
        if number == source and target != source:
            found.append((source, target))
            source = target
        number = edge.target
    return found


def _place_behind(graph: StateGraph, number: int) -> int:
    """Return the next state from one on in which there is a choice, or no step at all."""
    been = set()
    while number not in been:
        been.add(number)
        edges = graph.edges[number] or ()
        if len(edges) != 1:
            break
        number = edges[0].target
    return number
