"""Rules of the model's kernel that the programs with known sets do not test."""

from __future__ import annotations

import pytest

from simpsh.explore.objects.file_operations import FileLook
from simpsh.explore.objects.kernel_state import ProcessView, pending_after
from simpsh.explore.objects.process_operations import Exit
from simpsh.explore.objects.program_model import Automata, Model
from simpsh.explore.objects.signal_operations import Pause
from simpsh.explore.objects.symbolic_names import OwnFile

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
