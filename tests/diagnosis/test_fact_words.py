"""Each fact that diagnose can find has its words."""

import pytest

from simpsh.diagnosis import fact_words
from simpsh.process.diagnose import facts
from simpsh.process.diagnose.facts import Fact, Gap, Held, Law, Rule


def kinds(above):
    return {each for kind in above.__subclasses__() for each in (kind, *kinds(kind))}


BASES = {Rule, Gap, facts.Other, facts.WayOut, *Held.__args__}
EVENTS = {facts.TimerSet, facts.SignalsAt}


@pytest.mark.parametrize(
    "kind", sorted(kinds(Fact) - BASES - EVENTS, key=lambda kind: kind.__name__)
)
def test_each_kind_of_fact_has_words(kind):
    has_words = kind in fact_words._WORDS
    has_sentence = kind in fact_words._SENTENCES
    # An act is a clause after the name of the process; a rule and a gap are sentences.
    assert has_words != has_sentence
    assert has_sentence or not issubclass(kind, Rule | Gap)


@pytest.mark.parametrize("law", Law)
def test_each_law_has_a_sentence(law):
    statement = fact_words.statement(law, fact_words.PidNames({}, {}))
    assert statement.evidence.startswith("inferred by ")
    assert statement.text.endswith(".")


def test_each_value_has_words():
    for table, values in (
        (fact_words._ASIDES, facts.Aside),
        (fact_words._DEEDS, facts.Deed),
        (fact_words._HAPPENINGS, facts.Happening),
        (fact_words._HOLDS, facts.Hold),
        (fact_words._LOCK_CALLS, facts.LockKind),
    ):
        assert {*table} == {*values}


def test_no_words_of_a_table_are_cut():
    tables = {name: each for name, each in vars(fact_words).items() if isinstance(each, dict)}
    for name, table in tables.items():
        for text in filter(lambda each: isinstance(each, str), table.values()):
            assert text == text.strip(), (name, text)
            assert text.count("(") == text.count(")"), (name, text)


@pytest.mark.parametrize(
    ("count", "end"),
    [(2, "1 (asleep) and 2 (asleep)"), (5, "4 (asleep) and 5 (asleep)"), (7, "and 2 more")],
)
def test_of_many_children_five_are_named_and_the_others_counted(count, end):
    children = tuple(facts.Child(pid, "S", 1, is_own=True) for pid in range(1, count + 1))
    waits = facts.WaitsForChild(facts.ChildKind.ANY, -1, children)
    words = fact_words.words(waits, fact_words.PidNames({}, {}))
    assert words.startswith("waits for any of its children: 1 (asleep)")
    assert words.endswith(end)
    assert words.count("asleep") == min(count, 5)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (facts.Sleeps(None), "sleeps until a time that it has set"),
        (facts.Sleeps(999.5), "sleeps for 999.5 s, counted from when it began"),
        (facts.Sleeps(0.25, is_left=True), "sleeps for another 0.2 s"),
        (facts.PollSleeps(2.0, "ppoll"), "waits for 2 s (ppoll(2))"),
    ],
    ids=repr,
)
def test_a_sleep_is_described_with_the_time_that_is_known(act, words):
    assert fact_words.words(act, fact_words.PidNames({}, {})) == words
