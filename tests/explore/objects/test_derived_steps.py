"""Steps with pending signals that follow from other known steps."""

import pytest

from simpsh.explore.objects.kernel_state import ANYTHING, ProcessView
from simpsh.explore.objects.process_operations import OwnCall, OwnCode
from simpsh.explore.objects.program_model import Automata
from simpsh.explore.objects.signal_operations import Pause, SignalAction
from simpsh.explore.objects.symbolic_names import SIGNALS_FIRST

SIGINT, SIGKILL, SIGUSR1 = 2, 9, 10
CAUGHT = frozenset((SIGUSR1,))


def view(operation, *, blocks=False):
    return ProcessView(operation, caught=CAUGHT, blocked=CAUGHT if blocks else frozenset())


def learned_step(learned, node, operation, key, signals=(), *, blocks=False, changes_mask=False):
    views = {"P0": view(operation, blocks=blocks)}
    edge = learned.learn(node, key, (key[0], signals), views, lambda _: None)
    edge.changes_mask = changes_mask
    return edge


@pytest.mark.parametrize("first", [OwnCall("getpid", None), SignalAction(SIGINT, "ignore")])
def test_a_signal_during_a_call_is_as_if_it_came_right_after_the_call(first):
    learned = Automata()
    [node] = learned.begin({"P0": view(first)})
    plain = learned_step(learned, node, OwnCode(), (ANYTHING, (), False))
    key = ANYTHING, (SIGUSR1,), False
    assert learned.derive(node, key) is None  # what the handler does is not known yet
    at_handler = SIGNALS_FIRST, (SIGUSR1,), True
    handled = learned_step(learned, plain.target, Pause(), at_handler, (SIGUSR1,))
    edge = learned.derive(node, key)
    assert (edge.target, edge.signals) == (handled.target, (SIGUSR1,))
    # A real step is compared with it.
    learned_step(learned, node, Pause(), key, (SIGUSR1,))
    assert not learned.differences
    learned_step(learned, node, OwnCode(), key)
    assert len(learned.differences) == 1


@pytest.mark.parametrize("changes_mask", [False, True])
def test_a_blocked_signal_changes_no_step_unless_it_was_unblocked_meanwhile(changes_mask):
    learned = Automata()
    [node] = learned.begin({"P0": view(OwnCall("getpid", None), blocks=True)})
    plain = learned_step(
        *(learned, node, Pause(), (ANYTHING, (), False)), blocks=True, changes_mask=changes_mask
    )
    derived = learned.derive(node, (ANYTHING, (SIGUSR1,), False))
    assert derived is (None if changes_mask else plain)


@pytest.mark.parametrize(
    ("first", "pending"),
    [
        (SignalAction(SIGUSR1, "ignore"), (SIGUSR1,)),  # it drops the signal
        (Pause(), (SIGUSR1,)),
        (OwnCall("getpid", None), (SIGKILL,)),
        (OwnCall("getpid", None), (SIGUSR1, (0, "P1", 0))),  # with its origin
    ],
)
def test_a_step_that_signals_may_change_is_learned(first, pending):
    learned = Automata()
    [node] = learned.begin({"P0": view(first, blocks=True)})
    learned_step(learned, node, Pause(), (ANYTHING, (), False), blocks=True)
    assert learned.derive(node, (ANYTHING, pending, False)) is None
