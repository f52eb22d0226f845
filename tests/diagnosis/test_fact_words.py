"""Each fact that diagnose can find has its words."""

import pytest

from simpsh.base.signal_names import Signal
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


GONE, LOST = 5_000_007, 5_000_008
"""Pids that no process can have."""
ACTS = [
    (facts.PollsHidden(4), "polls descriptor 4, which cannot be seen"),
    (facts.AtSomePipe(is_reader=True, numbers=(0,)), "reads an empty pipe, as descriptor 0"),
    (
        facts.AtSomePipe(is_reader=False, numbers=(1, 5)),
        "writes into a full pipe, as descriptor 1 or 5",
    ),
    (facts.AtQueue("/q", is_reader=True), "waits for a message in the message queue /q"),
    (facts.AtQueue("/q", is_reader=False), "waits for room in the message queue /q"),
    (facts.Limited(facts.Joins(7), 2.5), "waits until its thread 7 ends, or for 2.5 s"),
    (facts.Opens("/f"), "opens /f, and open(2) has not returned yet"),
    (facts.OpensLeased("/f", "open"), "opens /f, and waits until a lease on it is given up"),
    (
        facts.Lingers("host:80"),
        "closes a socket, and waits until host:80 has received what was sent",
    ),
    (facts.UsesServed("/f"), "uses the file system at /f, and waits until its server has answered"),
    (
        facts.OpensFifo("/f", is_reader=True, openers=()),
        "opens the FIFO /f for reading, and no process has opened it for writing",
    ),
    (
        facts.OpensFifo("/f", is_reader=False, openers=()),
        "opens the FIFO /f for writing, and no process has opened it for reading",
    ),
    (
        facts.Connects(None, None, "/s"),
        "connects a socket that cannot be seen to /s, and no process has answered yet",
    ),
    (
        facts.Connects(None, None, ""),
        "connects a socket that cannot be seen, and no process has answered yet",
    ),
    (facts.Accepts(None, None), "waits for the next connection at a socket that cannot be seen"),
    (
        facts.WaitsForChild(facts.ChildKind.ANY, -1, ()),
        "waits for any of its children, and has none that can be seen",
    ),
    (facts.WaitsInVfork(GONE), f"waits until its child {GONE} ([gone]) executes a program or ends"),
    (
        facts.EndsNamespace(),
        "ends as PID 1, and waits until the other processes of its PID namespace are gone",
    ),
    (facts.IsStopped(Signal(19)), "is stopped by SIGSTOP"),
    (facts.IsStopped(None), "is stopped"),
    (
        facts.IsStoppedAtTerminal(Signal(21)),
        "is stopped as a background process at its terminal: by SIGTTIN, or by ^Z before that",
    ),
    (facts.IsTraced(GONE), f"is held by its tracer, process {GONE} ([gone])"),
    (facts.IsDead(GONE, 0), f"is dead, and its parent {GONE} ([gone]) has not collected it"),
    (
        facts.IsDead(GONE, LOST),
        f"is dead, and its tracer, process {LOST} ([gone]), has not collected it",
    ),
    (facts.IsDead(0, 0), "is dead; its parent, outside our PID namespace, has to collect it"),
    (facts.AtLock("/f"), "waits for a lock on /f"),
    (facts.AtLock(""), "waits for a lock on a file that cannot be seen"),
    (
        facts.AtSeveralFutexes(),
        "waits for one of several locks or conditions in memory (futex_waitv(2))",
    ),
    (facts.Joins(7), "waits until its thread 7 ends"),
    (
        facts.AtMutex(0x10, 7, 8, GONE, is_own=False),
        f"waits for a mutex that thread 8 of process {GONE} ([gone]) holds (futex(2) at 0x10)",
    ),
    (
        facts.AtMutex(0x10, 7, 7, GONE, is_own=True),
        "waits for a mutex that it holds itself (futex(2) at 0x10)",
    ),
    (
        facts.AtAbandonedMutex(0x10, 8, is_missing=False),
        "waits for a mutex that was taken by thread 8, which has ended (futex(2) at 0x10)",
    ),
    (
        facts.AtAbandonedMutex(0x10, 8, is_missing=True),
        "waits for a mutex that was taken by thread 8, which this process does not "
        "have (futex(2) at 0x10)",
    ),
    (
        facts.WaitsForSignals((Signal(10), Signal(12)), "sigtimedwait"),
        "waits for SIGUSR1 or SIGUSR2 (sigtimedwait(2))",
    ),
    (facts.WaitsForSignals((), "pause"), "waits for a signal that ends it (pause(2))"),
    (
        facts.TakesNoSignal("pause"),
        "waits for a signal (pause(2)), but blocks or ignores each that it could take",
    ),
    (
        facts.SignalIgnored("sigtimedwait"),
        "waits for SIGCHLD (sigtimedwait(2)), which never comes: it ignores it",
    ),
    (
        facts.SignalHasCome("sigtimedwait", (GONE,)),
        f"waits for SIGCHLD (sigtimedwait(2)), which has come already: {GONE} "
        f"([gone]) is dead and not collected",
    ),
    (
        facts.SignalHasCome("sigtimedwait", (GONE, LOST)),
        f"waits for SIGCHLD (sigtimedwait(2)), which has come already: {GONE} "
        f"([gone]) and {LOST} ([gone]) are dead and not collected",
    ),
    (
        facts.PollsAll(facts.Watched((3,), 0, None, "poll")),
        "waits for its descriptor 3, without a time limit",
    ),
    (
        facts.PollsAll(facts.Watched((3, 4), 2, 1.5, "poll")),
        "waits for one of its descriptors 3 and 4 and 2 more, or after 1.5 s",
    ),
    (
        facts.PollsPrivate(facts.Watched((3,), 0, None, "poll")),
        "waits until a thread or handler of its own writes to its descriptor 3",
    ),
    (
        facts.PollsUnseen("poll"),
        "waits for one of several descriptors, a time or a signal; for which cannot "
        "be seen (poll(2) or a call like it)",
    ),
    (
        facts.AtNumber("msgrcv", 7),
        "waits for a message in the System V queue 7 (msgrcv(2); ipcs -q lists all)",
    ),
    (
        facts.AtNumber("semop", None),
        "waits at the System V semaphore set (semop(2); ipcs -s lists all)",
    ),
    (facts.PollsPidfd(4), "polls a pidfd as descriptor 4"),
    (facts.AwaitsEnd(7, 4), "waits for the end of process 7, by a pidfd as descriptor 4"),
    (facts.Runs(), "runs or is ready to run: it waits for nothing"),
    (facts.KernelWorks(), "is a thread of the kernel, which runs when there is work"),
    (facts.FirstThreadEnded(), "has ended its first thread"),
    (facts.IsFrozen("/a"), "is frozen with its control group /a"),
    (facts.InCall("D", "read"), "is asleep, not to be interrupted (D) in read(2)"),
    (facts.InCall("S", ""), "is asleep (S)"),
    (facts.IsHidden("S"), "is asleep (S); we may not see what it waits for"),
    (
        facts.Loops("sleep", "", (GONE,)),
        f"looks for something again and again, and runs sleep in between: perhaps it "
        f"asks whether process {GONE} ([gone]) has ended",
    ),
    (facts.Loops("", "/f", ()), "looks for something again and again, and sleeps in between"),
    (facts.OwnDescriptor(4), "its descriptor 4"),
    (facts.SignalsBy((Signal(10),), "kill"), "SIGUSR1 (kill(2))"),
    (facts.ByHandler(7, (Signal(10),)), "a handler of process 7 (SIGUSR1)"),
    (facts.ByThread(7), "another thread of process 7"),
    (facts.ByHidden((7, 8)), "one of 2 processes that we may not look into"),
    (facts.BySocketLimit(), "a time limit of the socket (SO_RCVTIMEO in socket(7))"),
    (facts.ByStop(), "a signal that stops or continues the child"),
]


def test_each_act_is_told_in_these_words():
    names = fact_words.PidNames({}, {})
    assert [fact_words.words(act, names) for act, _ in ACTS] == [words for _, words in ACTS]
