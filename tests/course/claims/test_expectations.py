"""Expectations hold for the runs that they describe, and for no others. The runs are real.

The claims and wrong variants of the lessons prove each verb (tests/lessons). These tests cover
verbs that no lesson uses; what a refusal says is in tests/spec/course_faults.spec.
"""

import ctypes
import os
import signal

import pytest

from simpsh.base.events import Exit, SignalDeliver, Write
from simpsh.course import (
    Ask,
    Compare,
    Kill,
    Run,
    Shell,
    Unknown,
    all_of,
    any_of,
    at,
    before,
    count,
    delete,
    everyone_called,
    hangs,
    happens,
    how_many,
    how_many_outputs,
    never,
    none_of,
    of,
    outputs,
    processes,
    replace,
    returns,
    unordered,
    value,
    words,
)
from simpsh.course.claims.expectation import NotThere, shown
from simpsh.course.claims.observation import ProcessLook, SearchResult, SeenPage
from simpsh.course.lesson.ask_step import as_typed, is_same_answer
from simpsh.course.lesson.compare_step import cell
from simpsh.view.document import Paragraph
from tests.course.demonstrations import perform
from tests.course.handmade_observations import collects, forks, made

parent, child, second = processes("parent", "child", "child 2")


def assert_true(run, *sentences):
    for sentence in sentences:
        verdict = sentence.judge(run)
        assert verdict.holds, (sentence.text, verdict.because)
        assert not none_of(sentence).judge(run).holds


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


def test_a_true_claim_is_accepted_and_its_opposite_rejected(one):
    assert_true(
        one,
        happens(parent.waits()),
        happens(parent.wait_returns(child, "exited")),
        happens(parent.wait_returns(child, 0x0300)),
        never(parent.wait_returns(child, 0x0400)),
        never(child.reaches("os.waitpid")),
        happens(parent.calls("waitpid")),
        happens(parent.begins("wait4")),
        never(parent.fails("waitpid")),
        child.status > 2,
        child.status >= 3,
        child.status < 4,
        child.status <= 3,
        child.status != 4,
        child.status + parent.status == 3,
        child.status * 2 - 1 == 5,
    )


def test_the_evidence_for_an_order_is_its_chain_of_causes(one):
    verdict = before(child.writes("child"), parent.writes("got")).judge(one)
    chain = [
        (one.name_of(one.events[i].proc), type(one.events[i].what).__name__) for i in verdict.chain
    ]
    assert chain[:2] == [("child", "Write"), ("child", "Exit")]
    assert chain[-1] == ("parent", "Write")
    assert chain[2][0] == "parent"
    assert {one.events[i].what.text for i in verdict.events} == {"child\n", "got 3\n"}


def test_without_a_wait_every_run_is_unordered():
    step = Run(one_child, "one")
    edit = replace("_, word = os.waitpid(child, 0)", 'os.write(1, b"got\\n")') + delete("print(")
    for _ in range(20):
        run = perform(step, edit)
        assert unordered(child.writes("child"), parent.writes("got")).judge(run).holds
        assert not before(child.writes("child"), parent.writes("got")).judge(run).holds


def test_an_invalid_truth_value_or_name_is_rejected_at_once():
    for sentence in (child.state == "Z", child.state, child.ends, hangs):
        with pytest.raises(TypeError, match="not a truth value"):
            bool(sentence)
    with pytest.raises(TypeError, match=r"say happens\(…\) of an event"):
        all_of(child.ends)
    for make, message in (
        (lambda: child.stops("SIGHALT"), "no signal called SIGHALT"),
        (lambda: child.fails("fork", "ETIRED"), "no error called ETIRED"),
        (lambda: child.wait_returns(child, "asleep"), "it is never asleep"),
        (lambda: child.descriptor(1).has_flag("O_DEAR"), "no flag O_DEAR"),
    ):
        with pytest.raises(ValueError, match=message):
            make()


def dispositions() -> None:
    os.pipe()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.signal(signal.SIGUSR2, lambda *_: None)
    signal.pause()  # ① look


def test_the_state_of_a_process_at_a_mark_is_known():
    run = perform(
        Run(dispositions, "d", at_rest=[Kill(parent, "SIGUSR1"), Kill(parent, "SIGUSR2")])
    )
    assert_true(run, never(parent.receives("SIGUSR1")), happens(parent.receives("SIGUSR2")))
    held = (parent.state == "held", parent.terminal == "", parent.descriptor(0).access == "read")
    assert_true(run, at("①", *held, parent.descriptor(3).target == "pipe A"))


def by_another_name() -> None:
    os.symlink("/bin/sleep", "a-name-longer-than-fifteen")
    child = os.fork()
    if child == 0:
        os.execv("a-name-longer-than-fifteen", ["a-name-longer-than-fifteen", "1000"])
    child = os.fork()
    if child == 0:
        os.symlink("/bin/sleep", "nap")
        os.execv("nap", ["another", "1000"])
    os.wait()
    os.wait()


def test_the_program_name_is_the_executed_file_and_not_argv_0():
    run = perform(Run(by_another_name, "link", at_rest=[Kill(child), Kill(second)]))
    assert_true(
        run,
        at("rest", child.program == "a-name-longer-than-fifteen", second.program == "nap"),
        at("rest", how_many(everyone_called("child"), lambda one: one.state == "S") == 2),
    )


def memory() -> None:
    block = (ctypes.c_char * 4096)()
    block.raw = b"\xff" * 4096
    block.value = b"ab"
    child = os.fork()
    if child == 0:
        block.value = b"xy"
        os._exit(0)  # ①
    os.waitpid(child, 0)


def test_memory_is_read_at_a_moment_and_a_ctypes_text_ends_at_its_nul():
    run = perform(Run(memory, "m"))
    assert_true(
        run,
        at("①", child.value("block") == "xy", parent.value("block") == "ab"),
        at("①", child.address("block") == parent.address("block")),
    )


# Facts that the machine cannot observe are unknown, neither true nor false; searches; comparisons.


WHY = "C tells no lines and no variables"


def run(*events, **fields):
    return made(("parent", "child"), [(0, *event) for event in events], **fields)


BORN = (("parent", forks("child")),)
BLIND = run(*BORN, lacks=dict.fromkeys(("lines", "values"), WHY))


def test_a_claim_about_something_unobserved_is_unknown():
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


def test_one_decisive_part_is_enough_for_a_verdict():
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


def test_an_ignored_sigchld_orders_nothing():
    death = SignalDeliver(17, 11, 1, "nothing")
    story = (*BORN, ("child", Write(1, 1, "", "a")), ("child", Exit(0)), ("parent", death))
    order = before(child.writes("a"), parent.writes("b"))
    assert not order.judge(run(*story, ("parent", Write(1, 1, "", "b")))).holds
    heard = (*story[:-1], ("parent", SignalDeliver(17, 11, 1)))
    assert order.judge(run(*heard, ("parent", Write(1, 1, "", "b")))).holds


def test_a_chain_omits_steps_within_one_process():
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


def test_a_search_has_outputs_but_no_facts_of_a_single_run():
    assert (how_many_outputs == 2).judge(SEARCH).holds
    assert outputs.contains("ba").judge(SEARCH).holds
    assert not outputs.contains("aa").judge(SEARCH).holds
    verdict = (outputs == {"ab"}).judge(SEARCH)
    assert verdict.because == "the set of possible outputs was “ab”, “ba”, not “ab”"
    assert "this is not a single run" in happens(child.ends).judge(SEARCH).because
    assert "not a search of all orders" in (how_many_outputs == 1).judge(run(*BORN)).because


def test_rows_of_a_comparison_are_judged_separately_and_unknown_cells_have_a_reason():
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


def test_a_right_free_answer_is_computed_from_the_run():
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
