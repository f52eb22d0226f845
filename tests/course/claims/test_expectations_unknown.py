"""What a machine cannot tell is unknown: never true, never false. Searches and comparisons."""

import pytest

from simpsh.base.events import Event, Exit, Fork, Reap, SignalDeliver, Start, Write
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
    can_print,
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
    unordered,
    value,
    words,
)
from simpsh.course.claims.expectation import NotThere, quoted, shown
from simpsh.course.claims.observation import (
    Observation,
    PossibleWay,
    ProcessLook,
    SearchResult,
    SeenMoment,
    SeenPage,
)
from simpsh.course.lesson.ask_step import as_typed, is_same_answer
from simpsh.course.lesson.compare_step import cell, why_not_shown
from simpsh.course.screen.screen_parts import RemarkPart
from simpsh.view.styled_text import plain

parent, child = processes("parent", "child")
WHY = "ptrace is not permitted here"


def run(*events, **fields):
    known = {"parent": 10, "child": 11}
    told = [
        Event(known[who], what, number * 1000, number, who)
        for number, (who, what) in enumerate(events, 1)
    ]
    return Observation(tuple(told), ("parent", "child"), **fields)


BORN = (("parent", Start(1)), ("parent", Fork(11, "child")))
BLIND = run(lacks=dict.fromkeys(("events", "causes", "lines", "values", "looks"), WHY))


@pytest.mark.parametrize(
    "sentence",
    [
        happens(child.ends),
        never(child.ends),
        count(child.ends) == 0,
        before(child.ends, parent.ends),
        unordered(child.ends, parent.ends),
        child.status == 0,
        parent.prints("x"),
        parent.state == "Z",
        at("①", parent.state == "Z"),
        child.is_gone,
        value("x") == 1,
        parent.reaches("os.fork"),
        hangs,
        returns,
    ],
    ids=str,
)
def test_nothing_is_true_or_false_of_what_could_not_be_seen(sentence):
    with pytest.raises(Unknown, match=WHY):
        (happens(sentence) if hasattr(sentence, "all_in") else sentence).judge(BLIND)


def test_a_variable_of_a_process_that_has_ended_is_unknown_if_no_variable_is_told():
    ended = run(
        *BORN, ("child", Exit(0)), moments={"end": SeenMoment(-1, {})}, lacks={"values": WHY}
    )
    with pytest.raises(Unknown, match=WHY):
        (child.value("x") == 1).judge(ended)


def test_an_order_needs_all_causes_to_be_refused_but_one_chain_to_be_accepted():
    story = (*BORN, ("child", Write(1, 1, "", "a")), ("child", Exit(0)))
    blind = run(*story, ("parent", Write(1, 1, "", "b")), lacks={"causes": WHY})
    assert before(parent.forks(child), child.ends).judge(blind).holds
    with pytest.raises(Unknown, match=WHY):
        before(child.writes("a"), parent.writes("b")).judge(blind)
    with pytest.raises(Unknown, match=WHY):
        unordered(child.writes("a"), parent.writes("b")).judge(blind)


def test_a_part_that_decides_alone_makes_the_rest_unimportant():
    true, false, unknown = count(parent.ends) == 0, count(parent.ends) == 1, child.state == "Z"
    seen = run(*BORN, lacks={"looks": WHY})
    assert not all_of(unknown, false).judge(seen).holds
    assert any_of(unknown, true).judge(seen).holds
    assert not none_of(unknown, true).judge(seen).holds
    for undecided in (all_of(true, unknown), any_of(false, unknown), none_of(false, unknown)):
        with pytest.raises(Unknown):
            undecided.judge(seen)


def test_a_page_number_that_may_not_be_seen_is_unknown_and_not_equal():
    looks = {"parent": ProcessLook(10, "S", pages={"page": SeenPage(4096, shared=True, number=0)})}
    seen = run(*BORN, moments={"①": SeenMoment(1, looks)})
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
        ("parent", Reap(11, "child", "parent")),
        ("parent", Write(1, 1, "", "d")),
        ("parent", Write(1, 1, "", "b")),
    )
    assert before(child.writes("a"), parent.writes("b")).judge(run(*story)).chain == (2, 4, 5, 7)


# --- Searches and comparisons ---------------------------------------------------------------------
SEARCH = SearchResult({"ab": PossibleWay(), "ba": PossibleWay()}, {"ab": 3}, 3, is_complete=True)


def test_the_outputs_of_a_search():
    assert (outputs == {"ab", "ba"}).judge(SEARCH).holds
    assert (how_many_outputs == 2).judge(SEARCH).holds
    assert can_print("ba").judge(SEARCH).holds
    assert not can_print("aa").judge(SEARCH).holds
    verdict = (outputs == {"ab"}).judge(SEARCH)
    assert verdict.because == "the set of possible outputs was “ab”, “ba”, not “ab”"


def test_a_search_that_broke_makes_everything_false_and_one_that_cannot_be_made_unknown():
    broke = (how_many_outputs == 0).judge(SearchResult(problem="the program cannot be started"))
    assert (broke.holds, broke.because) == (False, "the program cannot be started")
    with pytest.raises(Unknown, match=WHY):
        (how_many_outputs == 0).judge(SearchResult(lacks={"events": WHY}))


def test_what_belongs_to_a_run_is_not_said_of_a_search_nor_the_other_way_round():
    assert "this is not a single run" in happens(child.ends).judge(SEARCH).because
    assert "not a search of all orders" in (how_many_outputs == 1).judge(run(*BORN)).because


def test_a_row_of_a_comparison_is_judged_by_itself():
    rows = {"nothing": run(*BORN, hangs=True), "a fix": run(*BORN)}
    assert of("nothing", hangs).judge(rows).holds
    assert not of("a fix", hangs).judge(rows).holds
    assert "no row “another”" in of("another", hangs).judge(rows).because
    assert [cell(words(hangs, "hangs", "returns"), row) for row in rows.values()] == [
        "hangs",
        "returns",
    ]


def test_a_cell_says_a_fact_a_sentence_or_why_it_says_nothing():
    assert cell(outputs, SEARCH) == "“ab”, “ba”"
    assert cell(how_many_outputs, SEARCH) == "2"
    assert cell(returns, run(*BORN)) == "yes"
    assert cell(child.status, run(*BORN)) == "–"
    assert cell(returns, BLIND) == "not shown"
    assert why_not_shown(returns, BLIND) == WHY


# --- Free answers -------------------------------------------------------------------------------
def test_the_right_free_answer_is_computed_from_the_run():
    ask = Ask(
        "How many?", count(parent.forks()), "One fork.", {2: "Two with the parent.", "x": "?"}
    )
    seen = run(*BORN)
    assert ask.right_answer(seen) == "1"
    assert [is_same_answer(given, "1") for given in (" 1", "01", "2", "")] == [
        True,
        True,
        False,
        False,
    ]
    assert [plain(answer.text) for answer in ask.answers("02", seen, str)][-1:] == [
        "Two with the parent."
    ]
    assert [answer.label for answer in ask.answers("7", seen, str)] == [
        "you said",
        "it was",
        "because",
    ]
    with pytest.raises(NotThere):
        Ask("?", child.status, "…").right_answer(seen)
    assert is_same_answer("“child  parent”", "child parent ")
    assert as_typed(None) == "nothing"
    assert as_typed((1, 2)) == "1, 2"
    assert as_typed(1 / 3) == "0.333"


def test_why_cells_are_not_shown_is_told_once():
    two_rows = {"as it is": BLIND, "changed": BLIND}
    table = Compare(
        Run(Shell("true"), "it"), "c", {}, columns={"returns?": returns, "hangs?": hangs}
    )
    remarks = [part.text for part in table.parts(two_rows) if isinstance(part, RemarkPart)]
    assert remarks == [f"Not shown here: {WHY}."]
    told = table.parts({"as it is": run(*BORN)})
    assert not any(isinstance(part, RemarkPart) for part in told)


def test_values_are_quoted_as_sentences_need_them():
    assert [shown(one) for one in ("Z", "a b", "", None, 3, parent)] == [
        "Z",
        "“a b”",
        "nothing",
        "nothing",
        "3",
        "parent",
    ]
    assert quoted("a\n") == "“a⏎”"
