"""Outcomes and outputs from a graph of states."""

from itertools import product
from random import Random

import pytest

from simpsh.base.record import changed
from simpsh.explore.search.outcome_automaton import (
    Ending,
    GraphEdge,
    OutcomeAutomaton,
    StateGraph,
    components,
)
from simpsh.explore.search.output_automaton import OutputAutomaton, TooManyStates
from simpsh.explore.search.program_outcomes import Outcomes


def graph_of(edges):
    """A graph from {state: [(choice, printed, target)]}."""
    graph = StateGraph(("state", 0))
    count = 1 + max([*edges, *(edge[2] for some in edges.values() for edge in some)])
    for number in range(1, count):
        assert graph.number(("state", number), (), 0, "P0") == number
    for number in range(count):
        graph.edges[number] = [GraphEdge(*edge) for edge in edges.get(number, ())]
    return graph


def automaton_of(edges):
    """Return an automaton whose final states have no statuses, no files and no deadlock."""
    return OutcomeAutomaton(graph_of(edges), lambda _: Ending(b""))


def test_neither_an_unknown_state_nor_an_unobserved_ending_is_an_ending():
    graph = graph_of({0: [("P0", b"a", 1), ("P1", b"b", 2)]})
    graph.edges[2] = None
    automaton = OutcomeAutomaton(graph, lambda _: Ending(b""))
    assert OutputAutomaton(automaton, has_ends=True).endings() == [Ending(b"a")]
    assert OutcomeAutomaton(graph, lambda _: None).unseen == 1


def test_a_loop_that_prints_has_no_end_and_is_not_listed():
    automaton = automaton_of({0: [("P0", b"a", 0), ("P1", b"", 1)]})
    assert automaton.is_endless
    with pytest.raises(TooManyStates):
        OutputAutomaton(automaton)


def test_components_of_a_long_path_need_no_deep_recursion():
    count = 20_000
    targets = [[number + 1] for number in range(count)] + [[]]
    assert len(components(targets)) == count + 1


# -- outputs counted on the automaton: against a plain enumeration, and against formulas -------


def outputs_of(edges):
    return OutputAutomaton(automaton_of(edges))


def interleavings(letters, count):
    """The edges of processes that print one letter each, `count` times, in any order."""
    places = [*product(range(count + 1), repeat=len(letters))]
    numbers = {place: number for number, place in enumerate(places)}
    return {
        numbers[place]: [
            (f"P{which}", letter, numbers[(*place[:which], at + 1, *place[which + 1 :])])
            for which, (letter, at) in enumerate(zip(letters, place, strict=True))
            if at < count
        ]
        for place in places
        if sum(place) < count * len(letters)
    }


def test_samples_are_different_outputs_in_order():
    outputs = outputs_of(interleavings((b"a", b"b", b"c"), 4))
    # An output is a choice of places for the four a, then for the four b: 12! / (4! 4! 4!).
    assert outputs.count() == 34_650
    samples = outputs.samples(200)
    assert samples == sorted(set(samples))
    assert 100 < len(samples) <= 200
    assert samples[0] == b"aaaabbbbcccc"
    assert all(sorted(sample) == sorted(samples[0]) for sample in samples)
    assert outputs.samples(0) == []


def test_an_output_is_looked_up_whether_it_is_listed_or_not():
    automaton = automaton_of({0: [("P0", b"ab", 1), ("P1", b"ac", 2)], 1: [("P1", b"d", 2)]})
    found = Outcomes(automaton=automaton)
    assert [found.some_ending(output) for output in (b"abd", b"ac")] == [
        Ending(b"abd"),
        Ending(b"ac"),
    ]
    assert not any(map(found.some_ending, (b"ab", b"", b"acd")))


def test_too_large_an_automaton_is_given_up():
    with pytest.raises(TooManyStates):
        OutputAutomaton(automaton_of(interleavings((b"a", b"b"), 20)), deadline=0.0).count()


def random_edges(random):
    texts = (b"", b"", b"a", b"b", b"ab", b"ba", b"aab")
    count = random.randint(3, 9)
    return {
        state: [
            (f"P{number}", random.choice(texts), random.randint(state + 1, count))
            for number in range(random.randint(1, 3))
        ]
        for state in range(count)
    }


def endings_from(edges, state, statuses):
    """Enumerate the outcomes from a state; the last state's number tells how its processes end."""
    if not edges.get(state):
        return {Ending(b"", (("P0", statuses(state)),))}
    return {
        changed(ending, output=printed + ending.output)
        for _, printed, target in edges[state]
        for ending in endings_from(edges, target, statuses)
    }


@pytest.mark.usual("0", "1")
@pytest.mark.long("thirty drawn sets")
@pytest.mark.parametrize("seed", range(30))
def test_counts_are_those_of_the_listed_outcomes(seed):
    random = Random(seed)
    for _ in range(20):
        edges = random_edges(random)
        # Two further final states, so that equal outputs may have other statuses.
        last = max(edges)
        edges[last] = [*edges[last], ("P7", b"a", last + 2), ("P8", b"", last + 3)]

        def statuses(state):
            return state % 2

        graph = graph_of(edges)
        automaton = OutcomeAutomaton(graph, lambda at: Ending(b"", (("P0", at % 2),)))
        listed = endings_from(edges, 0, statuses)
        every = OutputAutomaton(automaton, has_ends=True)
        assert every.count() == len(listed)
        assert len(every.endings()) == len(listed)
        assert {*every.endings()} == listed
        for state in automaton.component:
            assert every.count(automaton.component[state]) == len(
                endings_from(edges, state, statuses)
            )
        outputs = OutputAutomaton(automaton)
        assert outputs.count() == len({each.output for each in listed})
        assert outputs.samples(len(listed)) == sorted({each.output for each in listed})
