"""Outcomes from a graph: sets of what can still come, counting, schedules, trees. No process."""

from __future__ import annotations

import math
from itertools import permutations

import pytest

from simpsh.explore.search.outcome_automaton import (
    Futures,
    GraphEdge,
    OutcomeAutomaton,
    OutcomeCount,
    StateGraph,
    TooManyOutcomes,
    components,
)
from simpsh.explore.search.program_outcomes import some_ending, witness


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
    """Its automaton; final states have no files and no deadlock, if nothing else is said."""
    graph = graph_of(edges)
    finishes = finishes or {}
    return graph, OutcomeAutomaton(
        graph,
        lambda number: finishes.get(number, ((), ())),
        lambda number: ((), (("P0", f"turns in {number}"),)),
    )


def endings(edges, finishes=None, most=100):
    _, automaton = automaton_of(edges, finishes)
    return Futures(automaton, most).endings()


def orders_of(letters):
    """The graph of processes that each print one letter: states are sets of those who have."""
    names = {(): 0}
    edges = {}
    for size in range(len(letters)):
        for done in {tuple(sorted(chosen)) for chosen in permutations(letters, size)}:
            number = names.setdefault(done, len(names))
            for letter in sorted(set(letters) - set(done)):
                after = tuple(sorted((*done, letter)))
                target = names.setdefault(after, len(names))
                edges.setdefault(number, []).append((letter, letter.encode(), target))
    return edges


def test_a_status_that_varies_makes_outcomes_of_one_output_two():
    edges = {
        0: [("P0", b"", 1), ("P1", b"", 2)],
        1: [("P1", b"a", 3, ("P1", 0))],
        2: [("P1", b"a", 3, ("P1", 9))],
        3: [("P0", b"", 4, ("P0", 0))],
    }
    found = endings(edges)
    assert [ending.output for ending in found] == [b"a", b"a"]
    assert [dict(ending.statuses) for ending in found] == [{"P0": 0, "P1": 0}, {"P0": 0, "P1": 9}]


def test_a_process_that_is_not_always_born_has_a_status_where_it_is():
    edges = {0: [("P0", b"", 1), ("P0!", b"", 2)], 1: [("P1", b"", 2, ("P1", 0))]}
    assert [dict(one.statuses) for one in endings(edges)] == [{}, {"P1": 0}]


def test_a_state_that_is_not_known_is_no_ending_nor_is_one_that_no_run_has_shown():
    graph, _ = automaton_of({0: [("P0", b"a", 1), ("P1", b"b", 2)]})
    graph.edges[2] = None
    automaton = OutcomeAutomaton(graph, lambda _: ((), ()), lambda _: None)
    assert [one.output for one in Futures(automaton, 9).endings()] == [b"a"]
    assert OutcomeAutomaton(graph, lambda _: None, lambda _: None).unseen == 1


def test_more_outcomes_than_asked_for_are_too_many():
    _, automaton = automaton_of(orders_of("abcd"))
    assert len(Futures(automaton, 24).endings()) == 24
    with pytest.raises(TooManyOutcomes):
        Futures(automaton, 23)


def test_counting_agrees_with_the_number_of_orders_and_samples_are_some_of_them():
    counting = OutcomeCount(automaton_of(orders_of("abcdef"))[1], math.inf)
    assert counting.count == 720
    samples = counting.samples(20)
    assert len(set(samples)) == 20
    assert all(sorted(sample) == sorted(b"abcdef") for sample in samples)


def test_counting_counts_an_output_once_however_it_comes_about():
    edges = {
        0: [("P0", b"ab", 1), ("P1", b"a", 2), ("P2", b"", 3)],
        2: [("P0", b"b", 1)],
        3: [("P0", b"abc", 1), ("P1", b"ab", 1)],
    }
    _, automaton = automaton_of(edges)
    counting = OutcomeCount(automaton, math.inf)
    assert counting.count == 2
    assert counting.samples(5) == [b"ab", b"abc"]


def test_a_witness_has_the_statuses_of_its_outcome():
    edges = {
        0: [("P0", b"", 1), ("P1", b"", 2)],
        1: [("P1", b"a", 3, ("P1", 0))],
        2: [("P1", b"a", 3, ("P1", 9))],
    }
    _, automaton = automaton_of(edges)
    futures = Futures(automaton, 10)
    first, second = futures.endings()
    assert witness(automaton, first, futures.may) == ("P0", "P1")
    assert witness(automaton, second, futures.may) == ("P1", "P1")


def test_an_output_alone_is_enough_to_find_an_ending():
    _, automaton = automaton_of({0: [("P0", b"a", 1, ("P0", 256)), ("P1", b"b", 1)]})
    ending = some_ending(automaton, b"a", lambda *_: True)
    assert (ending.output, ending.statuses) == (b"a", (("P0", 256),))
    assert some_ending(automaton, b"c", lambda *_: True) is None


def test_components_of_a_long_path_need_no_deep_recursion():
    count = 20_000
    targets = [[number + 1] for number in range(count)] + [[]]
    assert len(components(targets)) == count + 1
