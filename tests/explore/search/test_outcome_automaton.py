"""Outcomes from a graph: its endings, and the number of outputs."""

from simpsh.explore.search.outcome_automaton import (
    Futures,
    GraphEdge,
    OutcomeAutomaton,
    StateGraph,
    components,
)


def graph_of(edges):
    """A graph from {state: [(choice, printed, target) or (choice, printed, target, ended)]}."""
    graph = StateGraph(("state", 0))
    count = 1 + max([*edges, *(edge[2] for some in edges.values() for edge in some)])
    for number in range(1, count):
        assert graph.number(("state", number), 0, "P0") == number
    for number in range(count):
        graph.edges[number] = [
            GraphEdge(edge[0], edge[1], edge[3] if len(edge) > 3 else None, edge[2])
            for edge in edges.get(number, ())
        ]
    return graph


def automaton_of(edges, finishes=None):
    """Return a graph and its automaton; by default final states have no files and no deadlock."""
    graph = graph_of(edges)
    finishes = finishes or {}
    return graph, OutcomeAutomaton(
        graph,
        lambda number: finishes.get(number, ((), ())),
        lambda number: ((), (("P0", f"turns in {number}"),)),
    )


def test_neither_an_unknown_state_nor_an_unobserved_ending_is_an_ending():
    graph, _ = automaton_of({0: [("P0", b"a", 1), ("P1", b"b", 2)]})
    graph.edges[2] = None
    automaton = OutcomeAutomaton(graph, lambda _: ((), ()), lambda _: None)
    assert [one.output for one in Futures(automaton, 9).endings()] == [b"a"]
    assert OutcomeAutomaton(graph, lambda _: None, lambda _: None).unseen == 1


def test_components_of_a_long_path_need_no_deep_recursion():
    count = 20_000
    targets = [[number + 1] for number in range(count)] + [[]]
    assert len(components(targets)) == count + 1
