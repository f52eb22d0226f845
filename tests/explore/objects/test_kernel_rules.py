"""Rules of the model's kernel that the programs with known sets do not test."""

import importlib
import pkgutil
import re

import pytest

from simpsh.explore import objects
from simpsh.explore.flags import SIGNAL_INSIDE
from simpsh.explore.objects.file_operations import FileLook
from simpsh.explore.objects.kernel_state import ENDED, Kernel, Operation, ProcessView, pending_after
from simpsh.explore.objects.memory_operations import Load, Store
from simpsh.explore.objects.process_operations import Exit, VforkWait
from simpsh.explore.objects.program_model import Automata, Model
from simpsh.explore.objects.signal_operations import Pause
from simpsh.explore.objects.symbolic_names import OwnFile, Region
from tests.house.source_tree import ROOT

SIGUSR1, SIGKILL = 10, 9
SIGINT, SIGQUIT, SIGTERM = 2, 3, 15


@pytest.mark.parametrize(
    ("sent", "caught", "pending"),
    [
        # A dying process drops later signals.
        ((SIGTERM, SIGKILL), (), (SIGKILL, SIGTERM)),
        ((SIGTERM, SIGINT), (), (SIGKILL, SIGTERM)),
        ((SIGKILL, SIGTERM), (), (SIGKILL,)),
        # A signal that dumps core, or that arrives before a pending handler runs, stays pending.
        ((SIGQUIT,), (), (SIGQUIT,)),
        ((SIGQUIT, SIGKILL), (), (SIGKILL,)),
        ((SIGQUIT, SIGINT), (), (SIGKILL, SIGINT)),
        ((SIGUSR1, SIGTERM), (SIGUSR1,), (SIGUSR1, SIGTERM)),
        ((SIGUSR1, SIGTERM, SIGINT), (SIGUSR1,), (SIGKILL, SIGINT)),
    ],
)
def test_the_first_signal_that_ends_a_process_decides_unless_it_waits(sent, caught, pending):
    target, now = ProcessView(Pause(), caught=frozenset(caught)), ()
    for signal in sent:
        now = pending_after(now, signal, target)
    assert now == pending


def test_a_result_that_nothing_explains_is_a_difference():
    learned = Automata()
    model = Model(learned)
    views = {"P0": ProcessView(FileLook("stat", OwnFile("f"))), "P1": ProcessView(Exit(0))}
    state = model.begin(learned.begin(views))
    node, key = model.node_and_key(state, "P0", signals_first=False)
    for result in ((1, 2), (1, 3)):
        learned.learn(node, key, (result, ()), {"P0": ProcessView(Exit(0))}, lambda _: None)
    [difference] = learned.differences
    assert "the model does not determine the result" in difference


def test_a_step_closes_a_loop_if_known_steps_lead_back_to_its_node():
    learned = Automata()
    looks = [ProcessView(FileLook("stat", OwnFile(name))) for name in "abc"]

    def learn(node, result, view, memory):
        key, label = (result, (), False), (result, ())
        return learned.learn(node, key, label, {"P0": view}, lambda _: memory)

    [first] = learned.begin({"P0": looks[0]}, lambda _: b"first")
    second = learn(first, (1, 0), looks[1], b"second").target
    end = learn(second, (1, 0), ProcessView(Exit(0)), b"end").target
    learned.learn(end, (ENDED, (), False), (ENDED, ()), {}, lambda _: None)
    # All that is known after the second node is the end.
    again = learn(first, (1, 1), looks[1], b"second")
    assert (again.target, again.closes_loop) == (second, False)
    third = learn(second, (1, 1), looks[2], b"third")
    assert not third.closes_loop
    back = learn(third.target, (1, 0), looks[0], b"first")
    assert (back.target, back.closes_loop) == (first, True)
    assert learn(first, (1, 2), looks[1], b"second").closes_loop


def choices_after(signal, **views):
    """Return the choices of a state, and the doubts, after a signal is sent to P0."""
    learned = Automata()
    model = Model(learned)
    kernel = Kernel(model.begin(learned.begin(views)), learned)
    assert not learned.doubts
    kernel.send("P0", signal)
    return model.list_choices(kernel.pack()), learned.doubts


LOOK = FileLook("stat", OwnFile("f"))
CAUGHT = {"caught": frozenset((SIGUSR1,))}


@pytest.mark.parametrize(
    ("view", "choices"),
    [
        # Its handler runs before the call, or the call is made first.
        (ProcessView(LOOK, **CAUGHT), ["P0", "P0!"]),
        (ProcessView(LOOK, blocked=frozenset((SIGUSR1,)), **CAUGHT), ["P0"]),
        (ProcessView(LOOK, ignored=frozenset((SIGUSR1,))), ["P0"]),
    ],
)
def test_a_signal_may_act_before_an_operation(view, choices):
    assert choices_after(SIGUSR1, P0=view) == (choices, set())


def test_only_a_signal_that_kills_a_process_in_vfork_is_doubtful():
    view, child = ProcessView(VforkWait("P1"), **CAUGHT), ProcessView(LOOK)
    assert choices_after(SIGUSR1, P0=view, P1=child) == (["P1"], set())
    assert choices_after(SIGKILL, P0=view, P1=child)[1] == {SIGNAL_INSIDE.of("vfork")}


@pytest.mark.parametrize(
    ("operation", "first", "other", "choices"),
    [
        (Store, 0, Store(Region("P0", 1), 4, 4), ["P0"]),
        (Store, 0, Store(Region("P0", 2), 0, 4), ["P0"]),
        (Store, 2, Store(Region("P0", 1), 4, 4), ["P0", "P1"]),
        (Store, 2, Load(Region("P0", 1), 4, 4), ["P0", "P1"]),
        (Load, 2, Store(Region("P0", 1), 4, 4), ["P0", "P1"]),
        (Load, 2, Load(Region("P0", 1), 4, 4), ["P0"]),
    ],
)
def test_an_access_to_memory_goes_first_if_no_other_process_notices_it(
    operation, first, other, choices
):
    learned = Automata()
    views = {"P0": ProcessView(operation(Region("P0", 1), first, 4)), "P1": ProcessView(other)}
    model = Model(learned)
    moves = model.moves(model.begin(learned.begin(views)))
    assert [choice for choice, _ in moves] == choices


# -- the table of docs/exploring.md lists every operation that the explorer follows ------------


BASES = {
    "OnObject",
    "MemoryOperation",
    "ProgramAccess",
    "Ending",
    "GivesUp",
    "GivesUpAtOnce",
    "Quiet",
    "FileOperation",
    "FutexOperation",
    "Unnoticed",
}


def subclasses(base):
    for kind in base.__subclasses__():
        yield kind
        yield from subclasses(kind)


def test_the_table_of_channels_lists_each_operation_once():
    for module in pkgutil.iter_modules(objects.__path__, objects.__name__ + "."):
        importlib.import_module(module.name)
    operations = {kind.__name__ for kind in subclasses(Operation) if kind.__name__[0] != "_"}
    text = (ROOT / "docs/exploring.md").read_text()
    table = text.partition("## What is followed, and who needs it")[2].partition("\n## ")[0]
    listed = re.findall(r"`([A-Z]\w+)`", "".join(re.findall(r"^\|[^|]*\|([^|]*)\|", table, re.M)))
    assert sorted(listed) == sorted(operations - BASES)
