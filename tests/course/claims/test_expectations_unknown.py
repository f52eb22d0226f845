"""Facts that a machine cannot show are unknown: never true, never false. Searches, comparisons."""

import pytest

from simpsh.base.events import Exit, SignalDeliver, Write
from simpsh.course import (
    Ask,
    Compare,
    Run,
    Shell,
    Unknown,
    all_of,
    any_of,
    at,
    before,
    count,
    hangs,
    happens,
    how_many_outputs,
    never,
    none_of,
    of,
    outputs,
    processes,
    returns,
    value,
    words,
)
from simpsh.course.claims.expectation import NotThere, shown
from simpsh.course.claims.observation import ProcessLook, SearchResult, SeenPage
from simpsh.course.lesson.ask_step import as_typed, is_same_answer
from simpsh.course.lesson.compare_step import cell
from simpsh.view.document import Paragraph
from tests.course.handmade_observations import collects, forks, made

parent, child = processes("parent", "child")
WHY = "C tells no lines and no variables"


def run(*events, **fields):
    return made(("parent", "child"), [(0, *event) for event in events], **fields)


BORN = (("parent", forks("child")),)
BLIND = run(*BORN, lacks=dict.fromkeys(("lines", "values"), WHY))


def test_nothing_is_true_or_false_of_what_could_not_be_seen():
    ended = run(*BORN, ("child", Exit(0)), marks={"end": (-1, {})}, lacks={"values": WHY})
    for sentence, seen in (
        (value("x") == 1, BLIND),
        (happens(parent.sets("x")), BLIND),
        (happens(parent.reaches("os.fork")), BLIND),
        (never(parent.reaches("os.fork")), BLIND),
        # A variable of a process that has ended, without recorded variables.
        (child.value("x") == 1, ended),
    ):
        with pytest.raises(Unknown, match=WHY):
            sentence.judge(seen)


def test_a_part_that_decides_alone_makes_the_rest_unimportant():
    true, false, unknown = count(parent.ends) == 0, count(parent.ends) == 1, value("x") == 1
    seen = BLIND
    assert not all_of(unknown, false).judge(seen).holds
    assert any_of(unknown, true).judge(seen).holds
    assert not none_of(unknown, true).judge(seen).holds
    for undecided in (all_of(true, unknown), any_of(false, unknown), none_of(false, unknown)):
        with pytest.raises(Unknown):
            undecided.judge(seen)


def test_a_page_number_that_may_not_be_seen_is_unknown_and_not_equal():
    looks = {"parent": ProcessLook(10, "S", pages={"page": SeenPage(4096, shared=True, number=0)})}
    seen = run(*BORN, marks={"①": (1, looks)})
    assert at("①", parent.shares_page("page")).judge(seen).holds
    with pytest.raises(Unknown, match="shown to root only"):
        at("①", parent.page_number("page") == parent.page_number("page")).judge(seen)


def test_a_childs_death_that_its_parent_does_not_hear_of_orders_nothing():
    death = SignalDeliver(17, 11, 1, "nothing")
    story = (*BORN, ("child", Write(1, 1, "", "a")), ("child", Exit(0)), ("parent", death))
    order = before(child.writes("a"), parent.writes("b"))
    assert not order.judge(run(*story, ("parent", Write(1, 1, "", "b")))).holds
    heard = (*story[:-1], ("parent", SignalDeliver(17, 11, 1)))
    assert order.judge(run(*heard, ("parent", Write(1, 1, "", "b")))).holds


def test_a_chain_leaves_out_what_stays_within_one_process():
    story = (
        *BORN,
        ("child", Write(1, 1, "", "a")),
        ("child", Write(1, 1, "", "c")),
        ("child", Exit(0)),
        ("parent", collects("child", "parent")),
        ("parent", Write(1, 1, "", "d")),
        ("parent", Write(1, 1, "", "b")),
    )
    assert before(child.writes("a"), parent.writes("b")).judge(run(*story)).chain == (2, 4, 5, 7)


SEARCH = SearchResult({"ab": (), "ba": ()}, {"ab": 3}, 3, is_complete=True)


def test_a_search_has_outputs_and_nothing_that_belongs_to_a_run():
    assert (how_many_outputs == 2).judge(SEARCH).holds
    assert outputs.contains("ba").judge(SEARCH).holds
    assert not outputs.contains("aa").judge(SEARCH).holds
    verdict = (outputs == {"ab"}).judge(SEARCH)
    assert verdict.because == "the set of possible outputs was “ab”, “ba”, not “ab”"
    broke = (how_many_outputs == 0).judge(SearchResult(problem="the program cannot be started"))
    assert (broke.holds, broke.because) == (False, "the program cannot be started")
    assert "this is not a single run" in happens(child.ends).judge(SEARCH).because
    assert "not a search of all orders" in (how_many_outputs == 1).judge(run(*BORN)).because


def test_a_row_of_a_comparison_is_judged_by_itself_and_a_cell_says_why_it_says_nothing():
    rows = {"nothing": run(*BORN, hangs=True), "a fix": run(*BORN)}
    assert of("nothing", hangs).judge(rows).holds
    assert not of("a fix", hangs).judge(rows).holds
    assert "no row “another”" in of("another", hangs).judge(rows).because
    column = words(hangs, "hangs", "returns")
    assert [cell(column, row) for row in rows.values()] == ["hangs", "returns"]
    assert cell(outputs, SEARCH) == "“ab”, “ba”"
    assert cell(how_many_outputs, SEARCH) == "2"
    assert cell(returns, run(*BORN)) == "yes"
    assert cell(child.status, run(*BORN)) == "–"
    assert cell(value("x"), BLIND) == "not shown"
    run_of_it = Run(Shell("true"), "it")
    table = Compare(run_of_it, "c", {}, columns={"x": value("x"), "twice": value("x") * 2})
    for row, reasons in ((BLIND, [f"Not shown here: {WHY}."]), (run(*BORN), [])):
        parts = table.parts({"as it is": row, "changed": row})
        assert [part.text for part in parts if isinstance(part, Paragraph)] == reasons


def test_the_right_free_answer_is_computed_from_the_run():
    seen = run(*BORN)
    assert Ask("How many?", count(parent.forks()), "One fork.").right_answer(seen) == "1"
    given = [is_same_answer(given, "1") for given in (" 1", "01", "2", "")]
    assert given == [True, True, False, False]
    with pytest.raises(NotThere):
        Ask("?", child.status, "…").right_answer(seen)
    assert is_same_answer("“child  parent”", "child parent ")
    typed = {None: "nothing", (1, 2): "1, 2", 1 / 3: "0.333"}
    assert {value: as_typed(value) for value in typed} == typed
    quotes = {"Z": "Z", "a b": "“a b”", "a\n": "“a⏎”", "": "nothing", None: "nothing", 3: "3"}
    assert {value: shown(value) for value in quotes} == quotes
    assert shown(parent) == "parent"
