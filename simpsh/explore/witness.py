"""A schedule for an outcome: choices that lead to it, found in the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.model import named
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.explore.automaton import Automaton
    from simpsh.explore.ending import Ending
    from simpsh.explore.graph import Graph, GraphEdge
    from simpsh.explore.model import Model

    Point = tuple[int, int, int]
    """A state of the graph, how much was printed, how many processes have ended."""
    Origins = dict[Point, tuple[Point, str] | None]


class Told(Record):
    """One step of a witness."""

    process: str
    operation: str
    """What it does, in words that follow the name: `writes “C” to the output`."""
    printed: bytes = b""


def witness(
    graph: Graph, automaton: Automaton, ending: Ending, may: Callable[[int, bytes], bool]
) -> tuple[str, ...] | None:
    """Return choices that lead to an outcome; None if there are none.

    Args:
        graph: the states of the program.
        automaton: the outcomes of that graph.
        ending: the outcome.
        may: whether a state of the automaton can still print exactly that.
    """
    statuses = dict(ending.statuses)

    def allows(edge: GraphEdge) -> bool:
        return edge.ended is None or statuses.get(edge.ended[0]) == edge.ended[1]

    def is_goal(state: int, ended: int) -> bool:
        finish = automaton.finishes[automaton.place[state]]
        return ended == len(statuses) and finish == (ending.files, ending.deadlock)

    found = _search(graph, automaton, ending.output, may, (allows, is_goal))
    return None if found is None else _choices(*found)


def some_ending(
    graph: Graph, automaton: Automaton, output: bytes, may: Callable[[int, bytes], bool]
) -> Ending | None:
    """Return one outcome with this output; arguments as for witness()."""

    def is_goal(state: int, _ended: int) -> bool:
        return automaton.finishes[automaton.place[state]] is not None

    found = _search(graph, automaton, output, may, (lambda _: True, is_goal))
    if found is None:
        return None
    _, (state, _, _) = found
    finish = automaton.finishes[automaton.place[state]]
    statuses = []
    number = 0
    for choice in _choices(*found):
        edge = next(one for one in graph.edges[number] or () if one.choice == choice)
        number = edge.target
        if edge.ended is not None:
            statuses.append(edge.ended)
    return automaton.ending(output, statuses, finish) if finish is not None else None


def _search(
    graph: Graph,
    automaton: Automaton,
    output: bytes,
    may: Callable[[int, bytes], bool],
    wanted: tuple[Callable[[GraphEdge], bool], Callable[[int, int], bool]],
) -> tuple[Origins, Point] | None:
    """Search the graph for a way that prints an output: depth first, since most ways do lead on."""
    allows, is_goal = wanted
    origins: Origins = {(0, 0, 0): None}
    todo: list[Point] = [(0, 0, 0)]
    while todo:
        point = state, printed, ended = todo.pop()
        if printed == len(output) and is_goal(state, ended):
            return origins, point
        for edge in reversed(graph.edges[state] or ()):
            after = edge.target, printed + len(edge.printed), ended + (edge.ended is not None)
            if (
                after not in origins
                and allows(edge)
                and output.startswith(edge.printed, printed)
                and may(automaton.place[edge.target], output[after[1] :])
            ):
                origins[after] = point, edge.choice
                todo.append(after)
    return None


def _choices(origins: Origins, point: Point) -> tuple[str, ...]:
    found = []
    origin = origins[point]
    while origin is not None:
        point, choice = origin
        found.append(choice)
        origin = origins[point]
    return tuple(found[::-1])


def told(model: Model, schedule: Sequence[str], letters: Mapping[str, str]) -> tuple[Told, ...]:
    """Return what every step of a schedule does, as far as the model knows it.

    Args:
        model: the program.
        schedule: the choices, from the beginning.
        letters: the pipes' letters.
    """
    state = model.begin(model.learned.roots)
    found: list[Told] = []
    for choice in schedule:
        name, is_first = named(choice)
        edge = model.edge(state, choice) if name in dict(state[0]) else None
        if edge is None:
            break
        operation = dict(state[0])[name][0].stance.operation
        words = "takes its pending signal first" if is_first else operation.words(letters)
        printed, _, state = model.after(state, choice, edge)
        found.append(Told(name, words, printed))
    return tuple(found)
