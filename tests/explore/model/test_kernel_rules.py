"""The model's kernel: what the programs with known sets do not show by themselves. No process."""

from __future__ import annotations

import errno

import pytest

from simpsh.explore.model.file_operations import (
    LOCK_EX,
    O_CREAT,
    FileChange,
    FileLook,
    Flock,
    Open,
    Pread,
    Pwrite,
)
from simpsh.explore.model.kernel_state import (
    ANYTHING,
    ENDS_BY_EITHER,
    Kernel,
    ProcessView,
    Remembered,
)
from simpsh.explore.model.pipe_operations import Close, Read, Write
from simpsh.explore.model.process_operations import (
    WNOHANG,
    WNOWAIT,
    Exit,
    Sleep,
    VforkWait,
    Wait,
)
from simpsh.explore.model.program_model import MOST_FRUITLESS, Automata, Model
from simpsh.explore.model.signal_operations import IGNORE, Kill, Pause, SignalAction

SIGUSR1, SIGKILL, SIGCHLD = 10, 9, 17
SIGINT, SIGQUIT, SIGTERM = 2, 3, 15


class Family:
    """Processes that stand where a test wants them, and the model of that."""

    def __init__(self, **stances):
        self.learned = Automata()
        self.model = Model(self.learned)
        named = {name.replace("_", "."): stance for name, stance in stances.items()}
        self.nodes = {node.name: node for node in self.learned.begin(named)}
        self.state = self.model.begin(tuple(self.nodes.values()))

    def predicted(self, name, *, signals_first=False):
        _, (prediction, _, _) = self.model.place(self.state, name, signals_first=signals_first)
        return prediction

    def learn(self, choice, result=None, signals=(), then=None, born=()):
        """Let a process make a step that a real run would have shown; return what is printed."""
        name = choice.rstrip("!")
        node, key = self.model.place(self.state, name, signals_first=choice.endswith("!"))
        stances = dict(born)
        if then is not None:
            stances[name] = then
        value = key[0] if result is None and key[0] is not ANYTHING else result
        edge = self.learned.learn(node, key, (value, signals), stances, lambda _: None)
        printed, _, self.state = self.model.after(self.state, choice, edge)
        return printed

    @property
    def ready(self):
        return self.model.enabled(self.state)

    @property
    def first(self):
        """The choices that a search must follow."""
        return [choice for choice, _ in self.model.moves(self.state)]

    @property
    def zombies(self):
        return dict(self.state[1])

    def pending(self, name):
        return dict(self.state[0])[name][1]


def at(operation, *ends, **more):
    return ProcessView(operation, frozenset(ends), **more)


END = at(Exit(0))
R, W = ("P0|1", "r"), ("P0|1", "w")
SAME = Remembered(b"the same", frozenset())

# -- children --------------------------------------------------------------------------------------


def test_wait_returns_the_eldest_of_several_zombies():
    family = Family(P0=at(Wait("any")), P1=END, P2=at(Exit(256)), P10=END)
    for child in ("P10", "P2"):
        family.learn(child)
    assert family.predicted("P0") == ("P2", 256)
    family.learn("P0", then=at(Wait("any")))
    assert family.zombies == {"P10": 0}


def test_a_wait_that_does_not_collect_leaves_the_zombie():
    family = Family(P0=at(Wait("any", WNOWAIT)), P1=END)
    family.learn("P1")
    family.learn("P0", then=END)
    assert family.zombies == {"P1": 0}


def test_the_zombies_of_a_process_that_ends_vanish_and_orphans_leave_none():
    family = Family(P0=END, P1=END, P2=END)
    family.learn("P1")
    family.learn("P0")
    family.learn("P2")
    assert family.zombies == {}


def test_a_vfork_parent_goes_on_with_what_the_child_had_done():
    family = Family(P0=at(VforkWait("P1")), P1=at(Write("out", b"x")))
    assert family.ready == ["P1"]
    family.learn("P1", 1, then=at(Exit(0), is_released=True))
    assert family.ready == ["P0", "P1"]
    kind, number = family.predicted("P0")
    assert kind == "released"
    family.learn("P1")
    assert family.predicted("P0") == ("released", number)


# -- pipes -----------------------------------------------------------------------------------------


def test_a_read_takes_what_is_there_and_sleeps_on_an_empty_pipe():
    family = Family(P0=at(Read("P0|1", 3), R), P1=at(Write("P0|1", b"four"), W))
    assert family.ready == ["P1"]
    family.learn("P1", then=at(Exit(0), W))
    assert family.predicted("P0") == b"fou"
    family.learn("P0", then=at(Read("P0|1", 3), R))
    assert family.predicted("P0") == b"r"


def test_bytes_that_no_process_can_read_any_more_are_no_part_of_the_state():
    family = Family(P0=at(Write("P0|1", b"x"), W), P1=at(Exit(0), R))
    family.learn("P0", then=at(Exit(0), W))
    assert family.state[2] == (("P0|1", b"x"),)
    family.learn("P1")
    assert family.state[2] == ()


# -- signals ---------------------------------------------------------------------------------------


def test_a_signal_is_pending_until_it_arrives_before_or_with_an_operation():
    family = Family(P0=at(Kill("P1", SIGUSR1)), P1=at(Write("out", b"x")))
    family.learn("P0", then=END)
    # It is lost: Linux notes that by a SIGKILL, which acts with the signal's number.
    assert family.pending("P1") == (SIGKILL, SIGUSR1)
    assert family.ready == ["P0", "P1", "P1!"]
    family.learn("P1!", signals=(SIGUSR1,), then=at(Exit(SIGUSR1)))
    assert family.pending("P1") == ()


@pytest.mark.parametrize(
    ("sent", "caught", "pending"),
    [
        # Who is lost loses what is sent later.
        ((SIGTERM, SIGKILL), (), (SIGKILL, SIGTERM)),
        ((SIGTERM, SIGINT), (), (SIGKILL, SIGTERM)),
        ((SIGKILL, SIGTERM), (), (SIGKILL,)),
        # One that dumps core, or comes while a handler is to be called, waits to be taken.
        ((SIGQUIT,), (), (SIGQUIT,)),
        ((SIGQUIT, SIGKILL), (), (SIGKILL,)),
        ((SIGQUIT, SIGINT), (), (SIGKILL, SIGINT)),
        ((SIGUSR1, SIGTERM), (SIGUSR1,), (SIGUSR1, SIGTERM)),
        ((SIGUSR1, SIGTERM, SIGINT), (SIGUSR1,), (SIGKILL, SIGINT)),
    ],
)
def test_the_first_signal_that_ends_a_process_decides_unless_it_waits(sent, caught, pending):
    kills = [at(Kill("P1", one)) for one in sent[1:]]
    family = Family(P0=at(Kill("P1", sent[0])), P1=at(Pause(), caught=frozenset(caught)))
    for then in (*kills, END):
        family.learn("P0", 0, then=then)
    assert family.pending("P1") == pending
    assert not family.learned.doubts


def test_which_of_two_signals_ends_a_process_may_be_a_matter_of_timing():
    family = Family(P0=at(Kill("P1", SIGQUIT)), P1=at(Pause()))
    family.learn("P0", 0, then=at(Kill("P1", SIGTERM)))
    family.learn("P0", 0, then=END)
    assert family.pending("P1") == (SIGQUIT, SIGTERM)
    assert family.learned.doubts == {ENDS_BY_EITHER}


def test_a_blocked_signal_waits_and_a_blocked_ignored_one_is_kept():
    hidden = frozenset({SIGUSR1})
    family = Family(
        P0=at(Kill("P1", SIGUSR1)),
        P1=at(Pause(), ignored=hidden, blocked=hidden),
    )
    family.learn("P0", then=END)
    assert family.pending("P1") == (SIGUSR1,)
    assert family.ready == ["P0"]


@pytest.mark.parametrize(
    ("disposition", "pending"),
    [({"caught": frozenset({SIGCHLD})}, (SIGCHLD,)), ({}, ()), ({"ignored": {SIGCHLD}}, ())],
)
def test_sigchld_reaches_a_parent_that_catches_it(disposition, pending):
    family = Family(P0=at(Pause(), **disposition), P1=END)
    family.learn("P1")
    assert family.pending("P0") == pending


# -- files and locks -------------------------------------------------------------------------------


def test_a_failed_change_changes_nothing():
    family = Family(P0=at(Pread("./f", 1, 0)), P1=at(Open("./f", O_CREAT)))
    before = family.predicted("P0")
    family.learn("P1", -errno.EEXIST, then=END)
    assert family.predicted("P0") == before


def test_a_renamed_file_has_the_history_of_its_old_name():
    def after(data):
        family = Family(P0=at(Pread("./b", 1, 0)), P1=at(Pwrite("./a", data, 0)), P2=END)
        family.learn("P1", 1, then=at(FileChange("rename", ("./a", "./b"))))
        family.learn("P1", 0, then=END)
        return family

    family = after(b"x")
    told = dict(family.state[3])
    assert told["./a"] != told["./b"]
    assert family.predicted("P0") == (told["./b"],)


def test_a_lock_lasts_as_long_as_a_process_has_its_description():
    shared = ("P0#1", "o")
    family = Family(P0=at(Flock("./f", LOCK_EX, "P0#1"), shared), P1=at(Exit(0), shared))
    family.learn("P0", then=at(Exit(0), shared))
    family.learn("P0")
    assert family.state[4] == (("./f", (LOCK_EX, ("P0#1",))),)
    family.learn("P1")
    assert family.state[4] == ()


# -- left movers -----------------------------------------------------------------------------------


def test_a_wait_whose_answer_is_settled_goes_first():
    family = Family(P0=at(Wait("any")), P1=END, P2=at(Write("out", b"x")))
    family.learn("P1")
    assert family.first == ["P0"]


def test_a_wait_that_an_elder_child_could_answer_does_not():
    family = Family(P0=at(Wait("any")), P1=at(Write("out", b"x")), P2=END)
    family.learn("P2")
    assert family.first == ["P0", "P1"]


def test_a_read_of_the_only_reader_goes_first_where_the_bytes_are_there():
    writer = at(Write("P0|1", b"ab"), W)
    family = Family(P0=at(Read("P0|1", 2), R), P1=writer, P2=writer)
    family.learn("P1", then=at(Exit(0), W))
    assert family.first == ["P0"]
    family = Family(P0=at(Read("P0|1", 3), R), P1=writer, P2=writer)
    family.learn("P1", then=at(Exit(0), W))
    assert family.first == ["P0", "P1", "P2"]


@pytest.mark.parametrize(
    ("end", "others", "first"),
    [(W, (R, W), ["P0"]), (R, (W,), ["P0", "P1"]), (R, (R, W), ["P0"]), (R, (R,), ["P0"])],
)
def test_giving_up_an_end_goes_first_unless_it_is_the_last_that_a_writer_needs(end, others, first):
    other = at(Write("out", b"x"), *others)
    family = Family(P0=at(Close("P0|1"), end), P1=other)
    assert family.first == ["P0", "P1"], "what it gives up is not known yet"
    family.learn("P0", 0, then=at(Write("out", b"y")))
    family.state = family.model.begin(family.learned.roots)
    assert family.first == first


def channel(*, unit=2, then=None):
    """Make a family in which P1 writes two bytes for P0, which others could see."""
    writer = at(Write("P0|1", b"ab"), W)
    family = Family(P0=at(Read("P0|1", unit), R), P1=writer, P2=at(Write("out", b"x")))
    after = then or at(Read("P0|1", unit), R)
    family.learn("P1", 2, then=at(Exit(0), W))
    family.learn("P0", b"ab"[:unit], then=after)
    family.state = family.model.begin(family.learned.roots)
    return family.first


def test_a_write_that_alone_feeds_a_reader_of_whole_units_goes_first():
    assert channel() == ["P1"]
    assert channel(unit=1) == ["P1"]


def test_a_write_does_not_go_first_where_a_read_could_be_short_or_the_reader_leaves():
    assert channel(unit=3) == ["P1", "P2"]
    assert channel(then=at(Write("out", b"y"))) == ["P1", "P2"]


def test_an_orphans_end_goes_first_unless_a_child_could_ask_for_its_parent():
    other = at(Write("out", b"x"))
    family = Family(P0=END, P1=other)
    assert family.first == ["P0", "P1"]
    family = Family(P0=END, P1=END, P1_1=other)
    family.learn("P0")
    assert family.first == ["P1", "P1.1"]
    family = Family(P0=END, P1=END, P2=other)
    family.learn("P0")
    assert family.first == ["P1"]


def test_an_orphan_that_a_process_asks_for_by_kill_does_not_end_first():
    family = Family(P0=END, P1=END, P2=at(Kill("P1", 0)))
    family.learn("P0")
    assert family.first == ["P1", "P2"]


def test_a_step_that_closes_a_loop_does_not_go_first():
    sleep = at(Sleep())
    learned = Automata()
    model = Model(learned)
    state = model.begin(learned.begin({"P0": sleep, "P1": at(Write("out", b"x"))}))
    assert model.moves(state) == [("P0", None)]
    for _ in range(2):
        node, key = model.place(state, "P0", signals_first=False)
        edge = learned.learn(node, key, (0, ()), {"P0": sleep}, lambda _: SAME)
        _, _, state = model.after(state, "P0", edge)
    assert edge.closes_loop
    assert model.moves(state) == [("P0", edge), ("P1", None)]


def test_who_begins_to_ignore_a_signal_loses_the_pending_one():
    hidden = frozenset({SIGUSR1})
    ignores = SignalAction(SIGUSR1, IGNORE)
    family = Family(P0=at(Kill("P1", SIGUSR1)), P1=at(ignores, caught=hidden))
    family.learn("P0", then=END)
    assert family.pending("P1") == (SIGUSR1,)
    family.learn("P1", 0, then=at(Pause(), ignored=hidden, blocked=hidden))
    assert family.pending("P1") == ()


def test_who_can_be_signalled_has_no_left_movers():
    family = Family(P0=at(Wait("any")), P1=END, P2=at(Kill("P0", SIGUSR1)), P3=at(Exit(0)))
    family.learn("P1")
    assert family.first == ["P0", "P2", "P3"]


# -- learning --------------------------------------------------------------------------------------


def test_the_same_history_with_another_behaviour_is_a_difference():
    family = Family(P0=at(Write("out", b"x")))
    family.learn("P0", 1, then=at(Exit(0)))
    family.state = family.model.begin(family.learned.roots)
    assert family.learned.differences == []
    family.learn("P0", 1, then=at(Exit(256)))
    [difference] = family.learned.differences
    assert str(difference).startswith("the same history, another behaviour: P0 ends")


def test_a_result_that_nothing_explains_is_a_difference():
    family = Family(P0=at(FileLook("stat", "./f")), P1=END)
    family.learn("P0", (1, 2), then=at(Exit(0)))
    family.state = family.model.begin(family.learned.roots)
    family.learn("P0", (1, 3), then=at(Exit(256)))
    [difference] = family.learned.differences
    assert "not settled by what is modelled" in str(difference)


def test_a_loop_that_comes_back_to_the_same_memory_is_a_loop_of_the_automaton():
    poll = at(Wait("any", WNOHANG))
    learned = Automata()
    model = Model(learned)
    state = model.begin(learned.begin({"P0": poll, "P1": END}))
    for _ in range(2):
        node, key = model.place(state, "P0", signals_first=False)
        edge = learned.learn(node, key, (0, ()), {"P0": poll}, lambda _: SAME)
        _, _, state = model.after(state, "P0", edge)
    assert edge.target is node
    assert model.moves(state) == [("P0", edge), ("P1", None)]


def test_a_poll_that_keeps_finding_nothing_is_followed_a_few_times_only():
    poll = at(Wait("any", WNOHANG))
    family = Family(P0=poll, P1=END)
    for _ in range(MOST_FRUITLESS):
        assert family.first == ["P0", "P1"]
        family.learn("P0", then=poll)
    assert family.first == ["P1"]
    assert family.model.left_out_polls


def test_equal_states_are_equal_values():
    first = Family(P0=at(Wait("any")), P1=END, P2=END)
    assert first.state == first.model.begin(first.learned.roots)
    assert hash(first.state) == hash(Kernel(first.state, first.learned).pack())
