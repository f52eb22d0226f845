"""The model of a run: lifetimes, states, names, pipe ends, causes, and evidence for claims."""

import itertools
import sys
from collections import Counter
from itertools import pairwise

import pytest

from simpsh.base import events, waits
from simpsh.base.events import (
    Call,
    Close,
    Continue,
    Dup,
    Event,
    Exec,
    Exit,
    Fork,
    Pipe,
    Read,
    Reap,
    Reparent,
    Rest,
    SignalDeliver,
    SignalSend,
    Start,
    Stop,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.base.targets import NO_WAIT_NEEDED, File, Kernel, Member, Outsider, PipeEnd
from simpsh.base.waits import Wait as Waiting
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import DescriptorHistory, ProcessLife, VectorClocks
from simpsh.view.page.html_page import causes_of
from simpsh.view.timeline.timeline_rows import reason, rows_of
from tests.trace.lie_detector import claims_of


def chronicle_from(*acts, level="io"):
    """Return a chronicle of (pid, event) pairs, one per nanosecond; P0, P1 … in order of birth."""
    names: dict[int, str] = {}
    events = []
    for seq, (pid, what) in enumerate(acts, start=1):
        if isinstance(what, Start):
            names[pid] = f"P{len(names)}"
        if isinstance(what, Fork) and not what.thread:
            names[what.child_pid] = what.child or f"P{len(names)}"
        events.append(Event(pid, what, seq, seq, names.get(pid, "")))
    return chronicle_of(events, level)


def states(chronicle, name):
    return [(one.state, one.begin, one.end) for one in chronicle.processes[name].intervals]


BEGIN = (10, Start(1, ("sh",)))


def test_a_wait_is_a_state_only_while_others_move_and_the_process_sleeps():
    run = chronicle_from(
        BEGIN,
        (10, Fork(11, "P1")),
        (10, Wait(-1)),
        (11, Exit(0)),
        (10, WaitReturn(11, "P1", 0)),
        (10, Reap(11, "P1", Member("P0"))),
        (10, Wait(-1)),
        (10, WaitReturn(-1, errno=10)),
    )
    assert states(run, "P0") == [("there", 0, 2), ("waiting", 2, 4), ("there", 4, None)]
    # A poll with WNOHANG does not wait.
    run = chronicle_from(BEGIN, (10, Fork(11, "P1")), (10, Wait(-1, ("WNOHANG",))), (11, Exit(0)))
    assert states(run, "P0") == [("there", 0, None)]
    # A waiter that was stopped waits again after SIGCONT.
    run = chronicle_from(
        BEGIN,
        (10, Fork(11, "P1")),
        (10, Wait(-1)),
        (11, Exec(("a",), "/a")),
        (10, Stop(20)),
        (10, Continue()),
        (11, Exit(0)),
    )
    assert [one[0] for one in states(run, "P0")] == ["there", "waiting", "stopped", "waiting"]


def test_names_are_recorded_or_birth_paths_and_a_pid_may_be_reused():
    # Processes without a recorded name are named by their birth path.
    run = chronicle_from(
        BEGIN,
        (10, Fork(11, "")),
        (10, Fork(12, "")),
        (12, Fork(13, "")),
        (11, Fork(14, "")),
        (12, Fork(15, "")),
    )
    assert [*run.processes] == ["P0", "P1", "P2", "P2.1", "P1.1", "P2.2"]
    # A reused pid is another process.
    run = chronicle_from(
        BEGIN,
        (10, Fork(11, "P1")),
        (11, Exit(0)),
        (10, Reap(11, "P1", Member("P0"))),
        (10, Fork(11, "P2")),
        (11, Exit(9)),
    )
    assert run.processes["P1"].status == 0
    assert run.processes["P2"].status == 9
    assert run.bearer(11, 2).name == "P1"
    assert run.bearer(11, 5).name == "P2"
    assert run.bearer(99, 5) is None
    # Events without a name belong to the current process with that pid.
    events = [Event(10, Start(1, ("sh",))), Event(10, Fork(11, "")), Event(11, Exit(0))]
    run = chronicle_of(events)
    assert list(run.processes) == ["P0", "P1"]
    assert run.processes["P1"].exit == 2


def test_an_adoption_is_not_ordered_with_the_orphans_steps():
    # An adopter becomes the parent.
    run = chronicle_from(
        BEGIN,
        (10, Fork(11, "P1")),
        (11, Fork(12, "P2")),
        (11, Exit(0)),
        (12, Reparent(11, 1, Outsider("init", 1))),
    )
    orphan = run.processes["P2"]
    assert orphan.parent_at(3) == Member("P1")
    assert orphan.parent_at(4) == Outsider("init", 1)
    # An adoption is not ordered with the orphan's own steps.
    run = chronicle_from(
        BEGIN,
        (10, Fork(11, "P1")),
        (11, Fork(12, "P2")),
        (12, Exec(("a",), "/a")),
        (11, Exit(0)),
        (12, Reparent(11, 1, Outsider("init", 1))),
        (12, Exit(0)),
    )
    assert not run.causes.before(3, 5)
    assert not run.causes.before(5, 6)


def test_a_child_has_its_parents_program_until_exec():
    run = chronicle_from(BEGIN, (10, Fork(11, "P1")), (11, Exec(("/bin/ls", "-l"), "/bin/ls")))
    child = run.processes["P1"]
    assert (child.program_at(1).name, child.program_at(1).is_copy) == ("sh", True)
    assert (child.program_at(2).name, child.program_at(2).is_copy) == ("ls", False)
    assert child.program_at(0) is None


def test_holders_of_pipe_ends_follow_fork_dup_close_exec_and_exit():
    run = chronicle_from(
        BEGIN,
        (10, Pipe(3, 4, "77", "A")),
        (10, Fork(11, "P1")),
        (11, Dup(4, 1)),
        (11, Close(3)),
        (11, Close(4)),
        (10, Close(4)),
        (11, Exec(("ls",), "/bin/ls", ((1, PipeEnd("77", "w")),))),
        (11, Write(9, 1, "77")),
        (11, Exit(0)),
    )
    writers = [dict(run.holders(PipeEnd("77", "w"), index)) for index in range(1, 10)]
    assert writers == [
        {"P0": (4,)},
        {"P0": (4,), "P1": (4,)},
        {"P0": (4,), "P1": (4, 1)},
        {"P0": (4,), "P1": (4, 1)},
        {"P0": (4,), "P1": (1,)},
        {"P1": (1,)},
        {"P1": (1,)},
        {"P1": (1, 9)},
        {},
    ]
    assert run.holders(PipeEnd("77", "r"), 9) == [("P0", (3,))]
    run = chronicle_from(
        (10, Start(1, (), (), ((5, File("socket:[9]", "socket")),))),
        (10, Pipe(3, 4, "77")),
        (10, Close(4)),
    )
    assert "a socket may carry it to another one" in reason(run, rows_of(run)[-1])


def test_a_pipe_whose_making_was_not_seen_gets_a_letter_once_both_ends_are_held():
    run = chronicle_from(
        (10, Start(1, ("sh",), ((1, PipeEnd("5", "w")),))),
        (
            10,
            Fork(
                11,
                "P1",
                pipes=((1, PipeEnd("5", "w")), (3, PipeEnd("77", "r")), (4, PipeEnd("77", "w"))),
            ),
        ),
        level="events",
    )
    assert {inode: pipe.name for inode, pipe in run.pipes.items()} == {"5": "", "77": "A"}


def test_a_pipe_end_is_closed_last_when_no_number_of_the_process_has_it():
    process, history = ProcessLife("P0", 10, None, 0), DescriptorHistory()
    history.note_pipe(process, 1, Pipe(3, 4, "77"), is_followed=True)
    write_end = PipeEnd("77", "w")
    # It moves to another number, has two numbers, and loses them one by one.
    changes = ({4: None, 5: write_end}, {6: write_end}, {5: None}, {6: None})
    for index, change in enumerate(changes, 2):
        assert history.last_closes == {}
        history.change(process, index, change, is_followed=True)
    assert history.last_closes == {write_end: {"P0": 5}}
    history.close_all(process, 6)
    assert history.last_closes == {write_end: {"P0": 5}, PipeEnd("77", "r"): {"P0": 6}}
    assert process.table_at(6) == {}


def test_one_more_pipe_costs_the_same_however_many_are_open():
    def calls(count):
        """Return how many functions are called to follow that number of pipes."""
        acts = [(10, Pipe(3 + 2 * n, 4 + 2 * n, f"{n}", "A")) for n in range(count)]
        called = Counter()

        def note(frame, what, _):
            is_ours = frame.f_globals.get("__name__", "").startswith("simpsh.")
            called[frame.f_code.co_name] += what == "call" and is_ours

        sys.setprofile(note)
        try:
            chronicle_from(BEGIN, *acts)
        finally:
            sys.setprofile(None)
        return called

    # The first of all may import something.
    _, few, more, most = map(calls, (10, 10, 40, 70))
    # A lambda is the key of a bisection.
    names = most.keys() - {"<lambda>"}
    steps = [
        {name: high[name] - low[name] for name in names}
        for low, high in pairwise((few, more, most))
    ]
    assert steps[0] == steps[1]


FORKED = (BEGIN, (10, Fork(11, "P1")))
PIPED = (BEGIN, (10, Pipe(3, 4, "77", "A")), (10, Fork(11, "P1")))
CAUSES = {
    "fork comes before the child's first act": (
        [*FORKED, (11, Exec(("a",), "/a"))],
        {("fork", 1, 2)},
    ),
    "exit comes before the wait's return and the collection": (
        [*FORKED, (11, Exit(0)), (10, WaitReturn(11, "P1", 0)), (10, Reap(11, "P1", Member("P0")))],
        {("fork", 1, 2), ("status", 2, 3), ("reap", 2, 4)},
    ),
    "exit comes before a wait that does not ask for the status": (
        [*FORKED, (11, Exit(0)), (10, WaitReturn(11, "P1"))],
        {("fork", 1, 2), ("status", 2, 3)},
    ),
    "a stop comes before a wait that does not ask for the status": (
        [*FORKED, (11, Stop(19)), (10, WaitReturn(11, "P1"))],
        {("fork", 1, 2), ("news", 2, 3)},
    ),
    "a write comes before the read that takes its bytes": (
        [
            *FORKED,
            (11, Write(4, 3, "77")),
            (11, Write(4, 3, "77")),
            (10, Read(3, 4, "77")),
            (10, Read(3, 2, "77")),
        ],
        {("fork", 1, 2), ("data", 2, 4), ("data", 3, 4), ("data", 3, 5)},
    ),
    "the last close of a write end comes before the end of file": (
        [*PIPED, (10, Close(4)), (11, Exit(0)), (10, Read(3, 0, "77"))],
        {("fork", 2, 4), ("end of file", 4, 5)},
    ),
    "each close of a write end comes before the end of file, not only the last": (
        [
            *PIPED,
            (10, Fork(12, "P2")),
            (10, Close(4)),
            (11, Exit(0)),
            (12, Close(4)),
            (12, Read(3, 0, "77")),
        ],
        {("fork", 2, 5), ("fork", 3, 6), ("end of file", 4, 7), ("end of file", 5, 7)},
    ),
    "each close of a read end comes before the write that finds nobody to read": (
        [*PIPED, (10, Close(3)), (11, Close(4)), (11, Exit(0)), (10, Write(4, -1, "77", errno=32))],
        {("fork", 2, 4), ("broken pipe", 5, 6)},
    ),
    "a signal is sent before it is delivered, also when several become one": (
        [*FORKED, (10, SignalSend(11, 10)), (10, SignalSend(11, 10)), (11, SignalDeliver(10, 10))],
        {("fork", 1, 4), ("signal", 2, 4), ("signal", 3, 4)},
    ),
    "a blocked signal is sent before sigwait takes it": (
        [
            *FORKED,
            (10, Call("rt_sigtimedwait", begins=True)),
            (11, SignalSend(10, 12)),
            (11, SignalSend(10, 10)),
            (10, Call("rt_sigtimedwait", result=10)),
        ],
        {("fork", 1, 3), ("signal", 4, 5)},
    ),
    "of two sendings sigwait has taken the first, and none twice": (
        [
            *FORKED,
            (10, Fork(12, "P2")),
            (11, SignalSend(10, 10)),
            (12, SignalSend(10, 10)),
            (10, Call("rt_sigtimedwait", result=10)),
            (10, Call("rt_sigtimedwait", result=-1, errno=11)),
            (12, SignalSend(10, 10)),
            (10, Call("rt_sigtimedwait", result=10)),
        ],
        {("fork", 1, 3), ("fork", 2, 4), ("signal", 3, 5), ("signal", 7, 8)},
    ),
    "SIGCONT is sent before the process goes on": (
        [
            *FORKED,
            (11, Stop(19)),
            (10, WaitReturn(11, "P1", 0x137F)),
            (10, SignalSend(11, 18)),
            (11, Continue()),
        ],
        {("fork", 1, 2), ("news", 2, 3), ("signal", 4, 5)},
    ),
    "SIGKILL is sent before the death it causes": (
        [*FORKED, (10, SignalSend(11, 9)), (11, Exit(9))],
        {("fork", 1, 3), ("signal", 2, 3)},
    ),
    "a parent ends before its child is adopted": (
        [*FORKED, (11, Fork(12, "P2")), (11, Exit(0)), (12, Reparent(11, 1, Outsider("init", 1)))],
        {("fork", 1, 2), ("adoption", 3, 4)},
    ),
    "a wait that finds no child any more fails because the last one vanished": (
        [
            *FORKED,
            (10, Wait(11, ())),
            (11, Exit(0x0700)),
            (10, Reap(11, "P1", Kernel(NO_WAIT_NEEDED))),
            (10, WaitReturn(-1, errno=10)),
        ],
        {("fork", 1, 3), ("reap", 3, 4), ("status", 4, 5)},
    ),
    "a signal to a group reaches each member because of the one sending": (
        [
            *FORKED,
            (10, Fork(12, "P2")),
            (10, SignalSend(-11, 15)),
            (11, SignalDeliver(15, 10)),
            (12, SignalDeliver(15, 10)),
        ],
        {("fork", 1, 4), ("fork", 2, 5), ("signal", 3, 4), ("signal", 3, 5)},
    ),
    "a sending that failed causes nothing": (
        [*FORKED, (10, SignalSend(11, 9, 1)), (11, Exit(9))],
        {("fork", 1, 3)},
    ),
}


@pytest.mark.parametrize("name", CAUSES)
def test_causes(name):
    acts, edges = CAUSES[name]
    assert {
        (one.kind.value, one.source, one.target) for one in chronicle_from(*acts).edges
    } == edges


def test_clocks_agree_with_a_search_through_the_graph():
    """Compare with reachability in the graph, for every pair of events of an invented run."""
    chains = [0, 0, 1, 2, 1, 0, 2, 1, 3, 0, 3, 2, 1, 0]
    edges = [(1, 2), (1, 3), (4, 6), (5, 8), (7, 9), (6, 10), (3, 5), (8, 12), (10, 13)]
    causes = VectorClocks(chains, edges)
    after = {index: {target for source, target in edges if source == index} for index in range(14)}
    for first, second in itertools.combinations(range(14), 2):
        if chains[first] == chains[second]:
            after[first].add(second)

    def reaches(source, target):
        return any(one == target or reaches(one, target) for one in after[source])

    for first, second in itertools.permutations(range(14), 2):
        assert causes.before(first, second) == reaches(first, second), (first, second)


def test_after_vfork_the_parent_waits_for_the_childs_end_or_exec():
    # After vfork the parent continues only after the child's exit.
    run = chronicle_from(
        BEGIN,
        (10, Fork(11, "P1", "vfork")),
        (11, Write(1, 1)),
        (10, Rest((("P0", Waiting(waits.VFORK_CHILD)),))),
        (11, Exit(0)),
        (10, Write(1, 1)),
    )
    assert run.causes.before(4, 5)
    assert run.causes.before(2, 5)
    # After fork or after an exec the child's exit does not order the parent's steps.
    forked = chronicle_from(BEGIN, (10, Fork(11, "P1", "fork")), (11, Exit(0)), (10, Write(1, 1)))
    assert not forked.causes.before(2, 3)
    spawned = chronicle_from(
        BEGIN,
        (10, Fork(11, "P1", "vfork")),
        (11, Exec(("true",), "/bin/true")),
        (11, Exit(0)),
        (10, Write(1, 1)),
    )
    assert not spawned.causes.before(3, 4)


# -- the claims about a run and their evidence: seen, inferred or not watched ------------------


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
