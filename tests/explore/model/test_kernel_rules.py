"""The model's kernel: when an operation can return, with what, what it changes. No process."""

from __future__ import annotations

import errno

import pytest

from simpsh.explore.model.kernel_state import ANYTHING, Kernel, ProcessView, Remembered
from simpsh.explore.model.program_model import MOST_FRUITLESS, Automata, Model
from simpsh.explore.model.signal_fates import ENDS_BY_EITHER
from simpsh.explore.operations import visible_operations as ops

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


END = at(ops.Exit(0))
R, W = ("P|1", "r"), ("P|1", "w")
SAME = Remembered(b"the same", frozenset())

# -- children --------------------------------------------------------------------------------------


def test_wait_sleeps_while_all_children_live():
    assert Family(P=at(ops.Wait("any")), P_1=END).ready == ["P.1"]


def test_wait_returns_the_eldest_of_several_zombies():
    family = Family(P=at(ops.Wait("any")), P_1=END, P_2=at(ops.Exit(256)), P_10=END)
    for child in ("P.10", "P.2"):
        family.learn(child)
    assert family.predicted("P") == ("P.2", 256)
    family.learn("P", then=at(ops.Wait("any")))
    assert family.zombies == {"P.10": 0}


def test_wait_for_one_child_passes_over_the_others():
    family = Family(P=at(ops.Wait("P.2")), P_1=END, P_2=END)
    family.learn("P.1")
    assert family.ready == ["P.2"]


def test_wait_without_hanging_returns_0_and_without_children_echild():
    family = Family(P=at(ops.Wait("any", ops.WNOHANG)), P_1=END)
    assert family.predicted("P") == 0
    assert Family(P=at(ops.Wait("any"))).predicted("P") == -errno.ECHILD


def test_a_wait_that_does_not_collect_leaves_the_zombie():
    family = Family(P=at(ops.Wait("any", ops.WNOWAIT)), P_1=END)
    family.learn("P.1")
    family.learn("P", then=END)
    assert family.zombies == {"P.1": 0}


def test_the_zombies_of_a_process_that_ends_vanish_and_orphans_leave_none():
    family = Family(P=END, P_1=END, P_2=END)
    family.learn("P.1")
    family.learn("P")
    family.learn("P.2")
    assert family.zombies == {}


def test_a_parent_that_ignores_sigchld_gets_no_zombies():
    family = Family(P=at(ops.Wait("any"), ignored=frozenset({SIGCHLD})), P_1=END)
    family.learn("P.1")
    assert family.zombies == {}
    assert family.predicted("P") == -errno.ECHILD


def test_getppid_names_the_parent_while_it_lives():
    family = Family(P=END, P_1=at(ops.GetParent()))
    assert family.predicted("P.1") == "P"
    family.learn("P")
    assert family.predicted("P.1") == ops.OUTSIDE


def test_a_vfork_parent_goes_on_with_what_the_child_had_done():
    family = Family(P=at(ops.VforkWait("P.1")), P_1=at(ops.Write("out", b"x")))
    assert family.ready == ["P.1"]
    family.learn("P.1", 1, then=at(ops.Exit(0), is_released=True))
    assert family.ready == ["P", "P.1"]
    kind, number = family.predicted("P")
    assert kind == "released"
    family.learn("P.1")
    assert family.predicted("P") == ("released", number)


# -- pipes -----------------------------------------------------------------------------------------


def test_a_read_takes_what_is_there_and_sleeps_on_an_empty_pipe():
    family = Family(P=at(ops.Read("P|1", 3), R), P_1=at(ops.Write("P|1", b"four"), W))
    assert family.ready == ["P.1"]
    family.learn("P.1", then=at(ops.Exit(0), W))
    assert family.predicted("P") == b"fou"
    family.learn("P", then=at(ops.Read("P|1", 3), R))
    assert family.predicted("P") == b"r"


def test_a_read_finds_the_end_once_no_process_holds_a_write_end():
    family = Family(P=at(ops.Read("P|1", 3), R), P_1=at(ops.Exit(0), W))
    assert family.ready == ["P.1"]
    family.learn("P.1")
    assert family.predicted("P") == b""


def test_a_reader_that_holds_a_write_end_itself_waits_for_ever():
    family = Family(P=at(ops.Read("P|1", 3), R, W))
    assert family.ready == []


def test_a_write_without_a_reader_fails():
    family = Family(P=at(ops.Write("P|1", b"x"), W), P_1=at(ops.Exit(0), R))
    assert family.predicted("P") == 1
    family.learn("P.1")
    assert family.predicted("P") == -errno.EPIPE


def test_bytes_that_no_process_can_read_any_more_are_no_part_of_the_state():
    family = Family(P=at(ops.Write("P|1", b"x"), W), P_1=at(ops.Exit(0), R))
    family.learn("P", then=at(ops.Exit(0), W))
    assert family.state[2] == (("P|1", b"x"),)
    family.learn("P.1")
    assert family.state[2] == ()


def test_what_is_written_to_the_output_is_printed():
    family = Family(P=at(ops.Write("out", b"hello")))
    assert family.learn("P", 5, then=END) == b"hello"


# -- signals ---------------------------------------------------------------------------------------


def test_a_signal_is_pending_until_it_arrives_before_or_with_an_operation():
    family = Family(P=at(ops.Kill("P.1", SIGUSR1)), P_1=at(ops.Write("out", b"x")))
    family.learn("P", then=END)
    # It is lost: Linux notes that by a SIGKILL, which acts with the signal's number.
    assert family.pending("P.1") == (SIGKILL, SIGUSR1)
    assert family.ready == ["P", "P.1", "P.1!"]
    family.learn("P.1!", signals=(SIGUSR1,), then=at(ops.Exit(SIGUSR1)))
    assert family.pending("P.1") == ()


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
    kills = [at(ops.Kill("P.1", one)) for one in sent[1:]]
    family = Family(P=at(ops.Kill("P.1", sent[0])), P_1=at(ops.Pause(), caught=frozenset(caught)))
    for then in (*kills, END):
        family.learn("P", 0, then=then)
    assert family.pending("P.1") == pending
    assert not family.learned.doubts


def test_which_of_two_signals_ends_a_process_may_be_a_matter_of_timing():
    family = Family(P=at(ops.Kill("P.1", SIGQUIT)), P_1=at(ops.Pause()))
    family.learn("P", 0, then=at(ops.Kill("P.1", SIGTERM)))
    family.learn("P", 0, then=END)
    assert family.pending("P.1") == (SIGQUIT, SIGTERM)
    assert family.learned.doubts == {ENDS_BY_EITHER}


def test_a_blocked_signal_waits_and_a_blocked_ignored_one_is_kept():
    hidden = frozenset({SIGUSR1})
    family = Family(
        P=at(ops.Kill("P.1", SIGUSR1)),
        P_1=at(ops.Pause(), ignored=hidden, blocked=hidden),
    )
    family.learn("P", then=END)
    assert family.pending("P.1") == (SIGUSR1,)
    assert family.ready == ["P"]


def test_sigkill_cannot_be_blocked():
    family = Family(
        P=at(ops.Kill("P.1", SIGKILL)), P_1=at(ops.Pause(), blocked=frozenset({SIGKILL}))
    )
    family.learn("P", then=END)
    assert family.ready == ["P", "P.1", "P.1!"]


@pytest.mark.parametrize(
    ("disposition", "pending"),
    [({"caught": frozenset({SIGCHLD})}, (SIGCHLD,)), ({}, ()), ({"ignored": {SIGCHLD}}, ())],
)
def test_sigchld_reaches_a_parent_that_catches_it(disposition, pending):
    family = Family(P=at(ops.Pause(), **disposition), P_1=END)
    family.learn("P.1")
    assert family.pending("P") == pending


def test_sigsuspend_wakes_by_its_own_mask():
    family = Family(
        P=at(ops.Kill("P.1", SIGUSR1)),
        P_1=at(ops.Suspend(frozenset()), blocked=frozenset({SIGUSR1})),
    )
    family.learn("P", then=END)
    assert family.ready == ["P", "P.1"]
    assert family.predicted("P.1") == "interrupted"


def test_kill_finds_a_zombie_but_not_who_was_collected():
    family = Family(P=at(ops.Kill("P.1", 0)), P_1=END)
    family.learn("P.1")
    assert family.predicted("P") == 0
    family = Family(P=at(ops.Wait("any")), P_1=END)
    family.learn("P.1")
    family.learn("P", then=at(ops.Kill("P.1", 0)))
    assert family.predicted("P") == -errno.ESRCH


# -- files and locks -------------------------------------------------------------------------------


def test_a_files_answer_depends_on_what_was_done_to_it():
    family = Family(P=at(ops.Pread("./f", 1, 0)), P_1=at(ops.Pwrite("./f", b"x", 0)))
    before = family.predicted("P")
    family.learn("P.1", 1, then=END)
    assert family.predicted("P") != before


def test_a_failed_change_changes_nothing():
    family = Family(P=at(ops.Pread("./f", 1, 0)), P_1=at(ops.Open("./f", ops.O_CREAT)))
    before = family.predicted("P")
    family.learn("P.1", -errno.EEXIST, then=END)
    assert family.predicted("P") == before


def test_a_renamed_file_has_the_history_of_its_old_name():
    def after(data):
        family = Family(P=at(ops.Pread("./b", 1, 0)), P_1=at(ops.Pwrite("./a", data, 0)), P_2=END)
        family.learn("P.1", 1, then=at(ops.FileChange("rename", ("./a", "./b"))))
        family.learn("P.1", 0, then=END)
        return family

    family = after(b"x")
    told = dict(family.state[3])
    assert told["./a"] != told["./b"]
    assert family.predicted("P") == (told["./b"],)


def test_a_lock_is_had_by_one_and_shared_by_some():
    exclusive = at(ops.Flock("./f", ops.LOCK_EX, "P#2"), ("P#2", "o"))
    family = Family(P=at(ops.Flock("./f", ops.LOCK_SH, "P#1"), ("P#1", "o")), P_1=exclusive)
    family.learn("P", then=at(ops.Exit(0), ("P#1", "o")))
    assert family.ready == ["P"]
    family.learn("P")
    assert family.ready == ["P.1"]


def test_a_lock_that_is_not_waited_for_is_refused():
    family = Family(
        P=at(ops.Flock("./f", ops.LOCK_EX, "P#1"), ("P#1", "o")),
        P_1=at(ops.Flock("./f", ops.LOCK_EX | ops.LOCK_NB, "P#2"), ("P#2", "o")),
    )
    family.learn("P", then=at(ops.Exit(0), ("P#1", "o")))
    assert family.predicted("P.1") == -errno.EWOULDBLOCK


def test_a_lock_lasts_as_long_as_a_process_has_its_description():
    shared = ("P#1", "o")
    family = Family(P=at(ops.Flock("./f", ops.LOCK_EX, "P#1"), shared), P_1=at(ops.Exit(0), shared))
    family.learn("P", then=at(ops.Exit(0), shared))
    family.learn("P")
    assert family.state[4] == (("./f", (ops.LOCK_EX, ("P#1",))),)
    family.learn("P.1")
    assert family.state[4] == ()


# -- left movers -----------------------------------------------------------------------------------


def test_a_wait_whose_answer_is_settled_goes_first():
    family = Family(P=at(ops.Wait("any")), P_1=END, P_2=at(ops.Write("out", b"x")))
    family.learn("P.1")
    assert family.first == ["P"]


def test_a_wait_that_an_elder_child_could_answer_does_not():
    family = Family(P=at(ops.Wait("any")), P_1=at(ops.Write("out", b"x")), P_2=END)
    family.learn("P.2")
    assert family.first == ["P", "P.1"]


def test_a_read_of_the_only_reader_goes_first_where_the_bytes_are_there():
    writer = at(ops.Write("P|1", b"ab"), W)
    family = Family(P=at(ops.Read("P|1", 2), R), P_1=writer, P_2=writer)
    family.learn("P.1", then=at(ops.Exit(0), W))
    assert family.first == ["P"]
    family = Family(P=at(ops.Read("P|1", 3), R), P_1=writer, P_2=writer)
    family.learn("P.1", then=at(ops.Exit(0), W))
    assert family.first == ["P", "P.1", "P.2"]


@pytest.mark.parametrize(
    ("end", "others", "first"),
    [(W, (R, W), ["P"]), (R, (W,), ["P", "P.1"]), (R, (R, W), ["P"]), (R, (R,), ["P"])],
)
def test_giving_up_an_end_goes_first_unless_it_is_the_last_that_a_writer_needs(end, others, first):
    other = at(ops.Write("out", b"x"), *others)
    family = Family(P=at(ops.Close("P|1"), end), P_1=other)
    assert family.first == ["P", "P.1"], "what it gives up is not known yet"
    family.learn("P", 0, then=at(ops.Write("out", b"y")))
    family.state = family.model.begin(family.learned.roots)
    assert family.first == first


def channel(*, unit=2, then=None):
    """Make a family in which P.1 writes two bytes for P, which others could see."""
    writer = at(ops.Write("P|1", b"ab"), W)
    family = Family(P=at(ops.Read("P|1", unit), R), P_1=writer, P_2=at(ops.Write("out", b"x")))
    after = then or at(ops.Read("P|1", unit), R)
    family.learn("P.1", 2, then=at(ops.Exit(0), W))
    family.learn("P", b"ab"[:unit], then=after)
    family.state = family.model.begin(family.learned.roots)
    return family.first


def test_a_write_that_alone_feeds_a_reader_of_whole_units_goes_first():
    assert channel() == ["P.1"]
    assert channel(unit=1) == ["P.1"]


def test_a_write_does_not_go_first_where_a_read_could_be_short_or_the_reader_leaves():
    assert channel(unit=3) == ["P.1", "P.2"]
    assert channel(then=at(ops.Write("out", b"y"))) == ["P.1", "P.2"]


def test_an_orphans_end_goes_first_unless_a_child_could_ask_for_its_parent():
    other = at(ops.Write("out", b"x"))
    family = Family(P=END, P_1=other)
    assert family.first == ["P", "P.1"]
    family = Family(P=END, P_1=END, P_1_1=other)
    family.learn("P")
    assert family.first == ["P.1", "P.1.1"]
    family = Family(P=END, P_1=END, P_2=other)
    family.learn("P")
    assert family.first == ["P.1"]


def test_an_orphan_that_a_process_asks_for_by_kill_does_not_end_first():
    family = Family(P=END, P_1=END, P_2=at(ops.Kill("P.1", 0)))
    family.learn("P")
    assert family.first == ["P.1", "P.2"]


def test_a_step_that_closes_a_loop_does_not_go_first():
    sleep = at(ops.Sleep())
    learned = Automata()
    model = Model(learned)
    state = model.begin(learned.begin({"P": sleep, "P.1": at(ops.Write("out", b"x"))}))
    assert model.moves(state) == [("P", None)]
    for _ in range(2):
        node, key = model.place(state, "P", signals_first=False)
        edge = learned.learn(node, key, (0, ()), {"P": sleep}, lambda _: SAME)
        _, _, state = model.after(state, "P", edge)
    assert edge.closes_loop
    assert model.moves(state) == [("P", edge), ("P.1", None)]


def test_who_begins_to_ignore_a_signal_loses_the_pending_one():
    hidden = frozenset({SIGUSR1})
    ignores = ops.SignalAction(SIGUSR1, ops.IGNORE)
    family = Family(P=at(ops.Kill("P.1", SIGUSR1)), P_1=at(ignores, caught=hidden))
    family.learn("P", then=END)
    assert family.pending("P.1") == (SIGUSR1,)
    family.learn("P.1", 0, then=at(ops.Pause(), ignored=hidden, blocked=hidden))
    assert family.pending("P.1") == ()


def test_who_can_be_signalled_has_no_left_movers():
    family = Family(
        P=at(ops.Wait("any")), P_1=END, P_2=at(ops.Kill("P", SIGUSR1)), P_3=at(ops.Exit(0))
    )
    family.learn("P.1")
    assert family.first == ["P", "P.2", "P.3"]


# -- learning --------------------------------------------------------------------------------------


def test_the_same_history_with_another_behaviour_is_a_difference():
    family = Family(P=at(ops.Write("out", b"x")))
    family.learn("P", 1, then=at(ops.Exit(0)))
    family.state = family.model.begin(family.learned.roots)
    assert family.learned.differences == []
    family.learn("P", 1, then=at(ops.Exit(256)))
    [difference] = family.learned.differences
    assert str(difference).startswith("the same history, another behaviour: P ends")


def test_a_result_that_nothing_explains_is_a_difference():
    family = Family(P=at(ops.FileLook("stat", "./f")), P_1=END)
    family.learn("P", (1, 2), then=at(ops.Exit(0)))
    family.state = family.model.begin(family.learned.roots)
    family.learn("P", (1, 3), then=at(ops.Exit(256)))
    [difference] = family.learned.differences
    assert "not settled by what is modelled" in str(difference)


def test_a_loop_that_comes_back_to_the_same_memory_is_a_loop_of_the_automaton():
    poll = at(ops.Wait("any", ops.WNOHANG))
    learned = Automata()
    model = Model(learned)
    state = model.begin(learned.begin({"P": poll, "P.1": END}))
    for _ in range(2):
        node, key = model.place(state, "P", signals_first=False)
        edge = learned.learn(node, key, (0, ()), {"P": poll}, lambda _: SAME)
        _, _, state = model.after(state, "P", edge)
    assert edge.target is node
    assert model.moves(state) == [("P", edge), ("P.1", None)]


def test_a_poll_that_keeps_finding_nothing_is_followed_a_few_times_only():
    poll = at(ops.Wait("any", ops.WNOHANG))
    family = Family(P=poll, P_1=END)
    for _ in range(MOST_FRUITLESS):
        assert family.first == ["P", "P.1"]
        family.learn("P", then=poll)
    assert family.first == ["P.1"]
    assert family.model.left_out_polls


def test_equal_states_are_equal_values():
    first = Family(P=at(ops.Wait("any")), P_1=END, P_2=END)
    assert first.state == first.model.begin(first.learned.roots)
    assert hash(first.state) == hash(Kernel(first.state, first.learned).pack())
