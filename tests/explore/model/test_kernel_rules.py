"""The model's kernel: what the programs with known sets do not show by themselves. No process."""

from __future__ import annotations

import pytest

from simpsh.explore.model.file_operations import FileLook
from simpsh.explore.model.kernel_state import ANYTHING, ProcessView, Remembered
from simpsh.explore.model.pipe_operations import Close, Read, Write
from simpsh.explore.model.process_operations import Exit, Sleep
from simpsh.explore.model.program_model import Automata, Model
from simpsh.explore.model.signal_operations import Kill, Pause

SIGUSR1, SIGKILL = 10, 9
SIGINT, SIGQUIT, SIGTERM = 2, 3, 15


class Family:
    """Processes that stand where a test wants them, and the model of that."""

    def __init__(self, **stances):
        self.learned = Automata()
        self.model = Model(self.learned)
        named = {name.replace("_", "."): stance for name, stance in stances.items()}
        self.nodes = {node.name: node for node in self.learned.begin(named)}
        self.state = self.model.begin(tuple(self.nodes.values()))

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
    def first(self):
        """The choices that a search must follow."""
        return [choice for choice, _ in self.model.moves(self.state)]

    def pending(self, name):
        return dict(self.state[0])[name][1]


def at(operation, *ends, **more):
    return ProcessView(operation, frozenset(ends), **more)


END = at(Exit(0))
R, W = ("P0|1", "r"), ("P0|1", "w")
SAME = Remembered(b"the same", frozenset())


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


def test_a_result_that_nothing_explains_is_a_difference():
    family = Family(P0=at(FileLook("stat", "./f")), P1=END)
    family.learn("P0", (1, 2), then=at(Exit(0)))
    family.state = family.model.begin(family.learned.roots)
    family.learn("P0", (1, 3), then=at(Exit(256)))
    [difference] = family.learned.differences
    assert "not settled by what is modelled" in str(difference)
