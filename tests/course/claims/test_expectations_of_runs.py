"""Expectations are true of the runs they describe and of no others; real processes throughout."""

import os

import pytest

from simpsh.course import (
    Run,
    all_of,
    any_of,
    anyone,
    anyone_but,
    at,
    before,
    count,
    delete,
    file,
    hangs,
    happens,
    how_many,
    how_many_processes,
    never,
    none_of,
    output,
    processes,
    replace,
    returns,
    took,
    unordered,
    value,
)
from tests.course.demonstrations import perform

parent, child, second, middle, orphan = processes("parent", "child", "child 2", "middle", "orphan")


def says(expectation, run):
    verdict = expectation.judge(run)
    return verdict.holds, verdict.because


def holds(expectation, run):
    return expectation.judge(run).holds


# --- A parent, a child, a status --------------------------------------------------------------
def one_child() -> None:
    child = os.fork()
    if child == 0:
        os.write(1, b"child\n")
        os._exit(3)
    _, word = os.waitpid(child, 0)
    print("got", os.waitstatus_to_exitcode(word), flush=True)


@pytest.fixture(scope="module")
def one():
    return perform(Run(one_child, "one"))


@pytest.mark.parametrize(
    "true",
    [
        happens(child.is_born),
        happens(parent.forks(child)),
        happens(child.ends),
        happens(child.exits(3)),
        happens(child.exits()),
        happens(parent.collects(child)),
        happens(parent.collects()),
        happens(child.is_collected),
        happens(parent.waits()),
        happens(parent.wait_returns(child)),
        happens(parent.wait_returns(child, "exited")),
        happens(parent.wait_returns(child, 0x0300)),
        happens(child.writes("chi")),
        happens(parent.reaches("os.waitpid")),
        never(child.reaches("os.waitpid")),
        happens(parent.sets("word", 0x0300)),
        never(parent.forks(second)),
        never(child.is_killed_by()),
        never(child.vanishes),
        never(child.is_adopted()),
        never(parent.wait_finds_nobody),
        happens(parent.succeeds("waitpid")),
        happens(parent.begins("wait4")),
        never(parent.fails("waitpid")),
        count(anyone.ends) == 2,
        count(anyone_but(parent).ends) == 1,
        count(parent.collects()) == 1,
        before(child.writes("child"), parent.writes("got")),
        before(child.ends, parent.collects(child)),
        before(parent.forks(child), child.writes()),
        unordered(child.writes("child"), parent.reaches("os.waitpid")),
        child.status == 3,
        child.status_word == 0x0300,
        child.status.one_of(1, 2, 3),
        child.status > 2,
        child.status >= 3,
        child.status < 4,
        child.status <= 3,
        child.status != 4,
        child.status + parent.status == 3,
        child.status * 2 - 1 == 5,
        child.status / 2 == 1.5,
        parent.prints("got 3"),
        parent.prints_only("got 3"),
        parent.output == "got 3\n",
        output == "child\ngot 3\n",
        output.contains("got"),
        how_many_processes == 2,
        how_many(anyone, lambda one: one.status == 0) == 1,
        returns,
        none_of(hangs, child.status == 4),
        any_of(child.status == 4, child.status == 3),
        all_of(child.status == 3, parent.status == 0),
        value("word") == 0x0300,
        at("end", parent.is_gone, child.is_gone),
    ],
    ids=lambda sentence: sentence.text,
)
def test_what_is_so_is_accepted_and_what_is_not_so_is_refused(true, one):
    assert says(true, one)[0], says(true, one)[1]
    assert not none_of(true).judge(one).holds


@pytest.mark.parametrize(
    ("false", "because"),
    [
        (child.status == 4, "`child`'s exit status was 3, not 4"),
        (child.status != 3, "`child`'s exit status was 3"),
        (child.status == parent.status, "`child`'s exit status was 3, not the parent's exit"),
        (happens(second.ends), "it did not happen that the second `child` ends"),
        (never(child.ends), "`child` ends, which must not happen"),
        (second.status == 0, "the second `child` did not end"),
        (parent.prints("got 4"), "the parent printed “got 3⏎”"),
        (before(parent.writes("got"), child.ends), "it is the other way round"),
        (unordered(child.ends, parent.writes("got")), "a chain of causes leads from “`child`"),
        (before(second.ends, parent.ends), "it did not happen that the second `child` ends"),
        (at("①", parent.state == "S"), "the run never came to ①"),
        (at("rest", parent.state == "S"), "the run never came to rest"),
        (at("end", child.state == "Z"), "there was no process `child` in the end"),
        (hangs, "the first process came to its end"),
        (all_of(child.status == 3, parent.status == 3), "the parent's exit status was 0, not 3"),
        (any_of(child.status == 4, parent.status == 3), "exit status was 3, not 4; the parent's"),
        (child.status.one_of(1, 2), "`child`'s exit status was 3, not one of 1, 2"),
        (output.contains("nothing"), "not with nothing in it"),
        (value("nobody") == 1, "no process set nobody"),
        (file("log") == "", "there was no file log"),
    ],
    ids=lambda part: part if isinstance(part, str) else part.text,
)
def test_a_refusal_says_what_was_found_instead(false, because, one):
    holds, why = says(false, one)
    assert not holds
    assert because in why


def test_the_evidence_for_an_order_is_the_chain_of_its_causes(one):
    verdict = before(child.writes("child"), parent.writes("got")).judge(one)
    told = [
        (one.name_of(one.events[i].proc), type(one.events[i].what).__name__) for i in verdict.chain
    ]
    assert told[0] == ("child", "Write")
    assert told[1] == ("child", "Exit")
    assert told[-1] == ("parent", "Write")
    assert told[2][0] == "parent"
    assert {one.events[i].what.text for i in verdict.events} == {"child\n", "got 3\n"}


def test_without_the_wait_no_run_is_in_order_however_it_came_out():
    step = Run(one_child, "one")
    edit = replace("_, word = os.waitpid(child, 0)", 'os.write(1, b"got\\n")') + delete("print(")
    for _ in range(20):
        run = perform(step, edit)
        assert unordered(child.writes("child"), parent.writes("got")).judge(run).holds
        assert not before(child.writes("child"), parent.writes("got")).judge(run).holds


# --- Time -------------------------------------------------------------------------------------
def test_how_long_something_took_is_a_fact(one):
    seconds = took(child.is_born, parent.collects(child)).value(one)
    assert isinstance(seconds, float)
    assert 0 < seconds < 10
    assert holds(took(child.is_born, child.ends) <= took(child.is_born, parent.ends), one)


# --- They are no truth values -----------------------------------------------------------------
@pytest.mark.parametrize("sentence", [child.state == "Z", child.state, child.ends, hangs])
def test_an_expectation_a_fact_and_an_event_are_no_truth_values(sentence):
    with pytest.raises(TypeError, match="not a truth value"):
        bool(sentence)


def test_an_event_where_a_sentence_is_wanted_says_what_to_write():
    with pytest.raises(TypeError, match=r"say happens\(…\) of an event"):
        all_of(child.ends)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: child.stops("SIGHALT"), "no signal called SIGHALT"),
        (lambda: child.fails("fork", "ETIRED"), "no error called ETIRED"),
        (lambda: child.wait_returns(child, "asleep"), "it is never asleep"),
        (lambda: child.descriptor(1).has_flag("O_DEAR"), "no flag O_DEAR"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_at_once(make, message):
    with pytest.raises(ValueError, match=message):
        make()
