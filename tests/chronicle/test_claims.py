"""The claims about a run and their evidence: seen, inferred or not watched."""

import pytest

from simpsh.base import events, waits
from simpsh.base.events import Close, Dup, Exit, Fork, Pipe, Read, Rest, SignalDeliver, Wait, Write
from simpsh.base.targets import NO_WAIT_NEEDED, Kernel, Member, Outsider, PipeEnd
from simpsh.base.waits import Wait as Waiting
from simpsh.view.page.html_page import causes_of
from simpsh.view.timeline.timeline_rows import reason, rows_of
from tests.chronicle.test_chronicle import BEGIN, chronicle_from
from tests.trace.lie_detector import claims_of

FORKED = (BEGIN, (10, Fork(11, "P1")))
LOOKED = (
    BEGIN,
    (10, Pipe(3, 4, "7", "A")),
    (10, Fork(11, "P1", pipes=((4, PipeEnd("7", "w")),), files=())),
)
IN_HANDLER = ((10, Wait(-1)), (11, Write(9, 1)), (10, SignalDeliver(10)), (11, Exit(0)))
SLEEPERS = ("P0", Waiting(waits.EMPTY_PIPE)), ("P1", Waiting(waits.TIMER))
REST = (10, Rest(SLEEPERS, (("P1", 0.3),)))
SENT = (10, events.SignalSend(11, 15))
CAUGHT = ((11, SignalDeliver(15, 10)), (11, SignalDeliver(15)), (11, Exit(15)))
SPLICED = ((11, Write(4, 1, "7")), (10, Read(3, 2, "7")))
GONE = ((11, Exit(0)), (10, Close(9)), (11, events.Reap(11, "P1", Kernel(NO_WAIT_NEEDED))))
SIBLING = (11, Fork(12, "P1.1", "clone"))

CLAIMS = {
    "a wait until a handler runs": ("waiting", (*FORKED, *IN_HANDLER), {"P0 2-4 seen"}),
    "no wait of a process with threads": (
        "waiting",
        (BEGIN, (10, Fork(99, "", thread=True)), FORKED[1], *IN_HANDLER),
        set(),
    ),
    "no sleep where a child is dead already": (
        "waiting",
        (*FORKED, (10, Fork(12, "P2")), (11, Exit(0)), (10, Wait(-1)), (12, Exit(0))),
        set(),
    ),
    "no zombie where no wait was needed": ("zombie", (*FORKED, *GONE), set()),
    "a sleep until the cause of the next step, or until the clock may ring": (
        "asleep",
        (*FORKED, REST, (12, Close(9)), (11, Write(4, 1, "7")), (10, Close(9)), SPLICED[1]),
        {"P0 2-5 inferred", "P1 2-3 inferred"},
    ),
    "signals that were caught do not kill": (
        "cause",
        (*FORKED, SENT, *CAUGHT),
        {"P1 1-3 inferred", "P1 2-3 inferred"},
    ),
    "data that no write was seen to bring": ("cause", (*LOOKED, *SPLICED), {"P1 2-3 inferred"}),
    "an orphan": (
        "adoption",
        (*FORKED, SIBLING, (11, Exit(0)), (12, events.Reparent(11, 1, Outsider("init", 1)))),
        {"P1.1 3-4 inferred", "P1.1 4-5 seen"},
    ),
}


def claims(run, word):
    return {
        f"{claim.process} {claim.begin}-{claim.end} {claim.evidence}"
        for claim in claims_of(run)
        if word in (claim.kind, claim.value)
    }


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_lasts_as_long_as_its_evidence(name):
    word, acts, expected = CLAIMS[name]
    assert claims(chronicle_from(*acts), word) == expected


def test_descriptors_are_followed_by_close_events_or_known_only_when_listed():
    acts = (*LOOKED, (11, Dup(4, 1)), (11, Close(4)), (10, Wait(-1, pipes=())))
    followed, looked = chronicle_from(*acts), chronicle_from(*acts[:-2], acts[-1], level="calls")
    assert claims(followed, "1 write end of pipe A") == {"P1 3-4 seen", "P1 4-6 inferred"}
    assert claims(followed, "4 write end of pipe A") >= {"P0 3-5 inferred", "P1 3-4 inferred"}
    assert claims(looked, "1 write end of pipe A") == set()
    assert claims(looked, "4 write end of pipe A") == {
        *("P0 1-2 seen", "P0 2-3 seen", "P0 3-4 not watched"),
        *("P1 2-3 seen", "P1 3-5 not watched"),
    }


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("io", "The end is not gone: P1 still holds it."),
        ("calls", "Whether P1 still holds this end was not watched."),
    ],
)
def test_holders_of_an_end_are_named_only_if_they_were_watched(level, words):
    run = chronicle_from(*LOOKED, (10, Close(4)), level=level)
    assert reason(run, rows_of(run)[-1]) == words


def test_the_cause_of_a_hidden_event_is_not_passed_to_the_next_step():
    harmless = SignalDeliver(17, 11, effect="nothing")
    run = chronicle_from(*FORKED, (11, Exit(0)), (10, harmless), (10, Pipe(3, 4, "7", "A")))
    rows = rows_of(run)
    assert [row.kind for row in rows] == ["start", "fork", "exit", "pipe"]
    assert causes_of(run, rows) == [[], [], [(1, "fork")], []]


def test_a_child_of_clone_parent_is_a_sibling_of_its_creator():
    run = chronicle_from(*FORKED, (11, Fork(12, "P1.1", "clone", parent=Member("P0"))))
    assert run.processes["P1.1"].parent == Member("P0")
    assert rows_of(run)[-1].text == "P1 forks P1.1, a child of P0 (CLONE_PARENT)"
