"""How outcomes come about: a schedule for one (its witness), and the tree of choices that decide.

Most choices change nothing that can be seen. From the beginning, steps are followed for as long
as one of them keeps every outcome possible; where none does, the tree branches, and each outcome
goes to one branch alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from simpsh.base.record import Record
from simpsh.explore.model.kernel_state import State
from simpsh.explore.model.program_model import Model, named
from simpsh.explore.operations.step_phrases import quoted_output
from simpsh.explore.operations.timers import RINGS, Rings
from simpsh.explore.operations.visible_operations import process_of
from simpsh.explore.search.outcome_automaton import Futures, OutcomeAutomaton, Rest
from simpsh.explore.search.state_graph import Ending, GraphEdge

Point = tuple[int, int, int]
"""A state of the graph, how much was printed, how many processes have ended."""
Origins = dict[Point, tuple[Point, str] | None]


class WitnessStep(Record):
    """One step of a witness."""

    process: str
    operation: str
    """What it does, in words that follow the name: `writes “C” to the output`."""
    printed: bytes = b""
    line: str = ""
    """Where that stands in its source, `race.c:12`; empty where it is not known."""


def witness(
    automaton: OutcomeAutomaton, ending: Ending, may: Callable[[int, bytes], bool]
) -> tuple[str, ...] | None:
    """Return choices that lead to an outcome; None if there are none.

    Args:
        automaton: all outcomes of the program.
        ending: one of them.
        may: whether a state of the automaton can still print exactly that.
    """
    statuses = dict(ending.statuses)

    def allows(edge: GraphEdge) -> bool:
        return edge.ended is None or statuses.get(edge.ended[0]) == edge.ended[1]

    def is_goal(state: int, ended: int) -> bool:
        finish = automaton.finish(state)
        return ended == len(statuses) and finish == (ending.files, ending.deadlock)

    found = _search(automaton, ending.output, may, (allows, is_goal))
    return None if found is None else _choices(*found)


def some_ending(
    automaton: OutcomeAutomaton, output: bytes, may: Callable[[int, bytes], bool]
) -> Ending | None:
    """Return one outcome with this output; arguments as for witness()."""

    def is_goal(state: int, _ended: int) -> bool:
        return automaton.finish(state) is not None

    found = _search(automaton, output, may, (lambda _: True, is_goal))
    if found is None:
        return None
    _, (state, _, _) = found
    finish = automaton.finish(state)
    steps = automaton.graph.walk(_choices(*found))
    statuses = [edge.ended for edge in steps if edge.ended is not None]
    return automaton.ending(output, statuses, finish) if finish is not None else None


def _search(
    automaton: OutcomeAutomaton,
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
        for edge in reversed(automaton.graph.edges[state] or ()):
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


def story_of(
    model: Model, schedule: Sequence[str], letters: Mapping[str, str]
) -> tuple[WitnessStep, ...]:
    """Return what every step of a schedule does, as far as the model knows it."""
    state = model.begin(model.learned.roots)
    found: list[WitnessStep] = []
    for choice in schedule:
        name, is_first = named(choice)
        name = process_of(choice)
        edge = model.edge(state, choice) if name in dict(state[0]) else None
        if edge is None:
            break
        node = dict(state[0])[name][0]
        operation = node.view.operation
        words = "takes its pending signal first" if is_first else operation.words(letters)
        if choice[-1] == RINGS:
            words = Rings().words(letters)
        printed, _, state = model.after(state, choice, edge)
        found.append(WitnessStep(name, words, printed, node.line))
    return tuple(found)


Left = frozenset[Rest]

_SHORTEST = 20
_TO_OUTPUT = " to the output"


class Leaf(Record):
    """An outcome."""

    output: bytes
    is_deadlock: bool = False


class Branching(Record):
    """A place where it matters who goes next."""

    branches: tuple[tuple[str, ChoiceTree], ...]
    """Who goes and what that does, in words; and what comes of it."""


ChoiceTree = Leaf | Branching


class TreeBuilder(Record):
    """Makes the tree of a program whose outcomes are known."""

    futures: Futures
    """All of them."""
    letters: Mapping[str, str]
    """The pipes' letters."""

    def tree(self) -> ChoiceTree | None:
        """Return the tree; None if there are no outcomes."""
        left = self.futures.of(self.futures.automaton.start)
        return self._grown(0, left, b"") if left else None

    def _grown(self, state: int, left: Left, printed: bytes) -> ChoiceTree:
        """Return the tree of what is left to come out, from a state on."""
        been: set[int] = set()
        while len(left) > 1:
            been.add(state)
            ways = self._ways(state, left, been)
            edge, rests = ways[0]
            if len(rests) < len(left):
                return self._branching(state, left, printed, ways)
            state, left = edge.target, frozenset(rests.values())
            printed += edge.printed
        [(rest, end)] = left
        return Leaf(printed + rest, self.futures.is_stuck(end))

    def _ways(
        self, state: int, left: Left, been: set[int]
    ) -> list[tuple[GraphEdge, dict[Rest, Rest]]]:
        """Return the steps, each with what it keeps possible; who keeps most comes first."""
        automaton = self.futures.automaton
        found = []
        for edge in automaton.graph.edges[state] or ():
            if edge.target not in been:
                place = automaton.place[edge.target]
                through = self.futures.through(edge.printed, edge.ended, place)
                found.append((edge, {one: rest for one, rest in through.items() if one in left}))
        return sorted(found, key=lambda way: -len(way[1]))

    def _branching(
        self,
        state: int,
        left: Left,
        printed: bytes,
        ways: list[tuple[GraphEdge, dict[Rest, Rest]]],
    ) -> Branching:
        branches = []
        missing = set(left)
        for edge, rests in ways:
            own = missing & rests.keys()
            if own:
                missing -= own
                below = frozenset(rests[one] for one in own)
                graph = self.futures.automaton.graph
                words = words_of_choice(graph.states[state], edge.choice, self.letters)
                branches.append((words, self._grown(edge.target, below, printed + edge.printed)))
        return Branching(tuple(branches))


def words_of_choice(state: State, choice: str, letters: Mapping[str, str]) -> str:
    """Return who goes and what that does, with its line where that is known."""
    name, is_first = named(choice)
    if choice[-1] == RINGS:
        return f"{process_of(choice)} {Rings().words(letters)}"
    node, _ = dict(state[0])[name]
    if is_first:
        return f"{name} takes its pending signal first"
    words = node.view.operation.words(letters).removesuffix(_TO_OUTPUT)
    return f"{name} {words} ({node.line})" if node.line else f"{name} {words}"


def drawn_tree(tree: ChoiceTree, width: int, *, is_ascii: bool = False) -> Iterator[str]:
    """Return a tree as lines."""
    if isinstance(tree, Leaf):
        yield f"No choice matters. Every order leads to {_leaf(tree, width)}"
        return
    yield from _drawn(tree, "", width, _ASCII if is_ascii else _LINES)


_LINES = "├─ ", "╰─ ", "│  ", "─▶"
_ASCII = "|- ", "`- ", "|  ", "->"


def _drawn(
    tree: Branching, margin: str, width: int, glyphs: tuple[str, str, str, str]
) -> Iterator[str]:
    middle, last, beside, arrow = glyphs
    for place, (words, below) in enumerate(tree.branches):
        is_last = place == len(tree.branches) - 1
        line = f"{margin}{last if is_last else middle}{words}"
        if isinstance(below, Leaf):
            yield f"{line} {arrow} {_leaf(below, width - len(line) - 4)}"
            continue
        yield line
        yield from _drawn(below, margin + ("   " if is_last else beside), width, glyphs)


def _leaf(leaf: Leaf, width: int) -> str:
    text = quoted_output(leaf.output, max(_SHORTEST, width - 2)) if leaf.output else "nothing"
    return f"{text}, then a deadlock" if leaf.is_deadlock else text
