"""Signals arrive before an operation or an exit, and are judged when they are sent."""

import os
import signal

from simpsh.explore.flags import KILLS_OUTSIDE
from simpsh.explore.objects.handler_use import Used
from simpsh.explore.objects.name_words import PLAIN
from simpsh.explore.objects.process_operations import Dying, Exit, GivingUp
from simpsh.explore.objects.stuck_process import describe
from tests.explore.control.controlled_runs import knowledge_of, outputs, run


def test_a_signal_interrupts_a_wait(compiled, tmp_path):
    line = "trap 'echo t' USR1; (kill -USR1 $$) & wait; echo $?; wait; echo e"
    with knowledge_of(line, directory=tmp_path) as knowledge:
        found = outputs(knowledge, 30)
    assert b"t\n138\ne\n" in found
    assert set(knowledge.flags) == set()
    # The traps of all shells follow the same rule.
    with knowledge_of("bash", "-c", line, directory=tmp_path) as other:
        assert {text[:2] for text in outputs(other, 3)} == {b"t\n"}
    assert set(other.flags) == set()
    for known in (knowledge, other):
        assert Used.MEMORY in {use.used for use in known.handlers.found()}


def test_a_trap_for_the_ends_of_children_is_not_taken_on_trust(tmp_path):
    line = "trap 'echo $x' CHLD; x=1; (exit 0) & x=2; x=3; wait"
    with knowledge_of("dash", "-c", line, directory=tmp_path) as knowledge:
        outputs(knowledge, 3)
        assert knowledge.handlers.ends_are_trapped
    with knowledge_of("bash", "-c", line, directory=tmp_path) as knowledge:
        outputs(knowledge, 3)
        assert knowledge.handlers.ends_are_trapped
        assert {use.signal for use in knowledge.handlers.found()} == {signal.SIGCHLD}


def test_no_process_outside_can_be_signalled(tmp_path):
    came = []
    # A signal that is harmless if it reaches a process outside.
    before = signal.signal(signal.SIGURG, lambda *_: came.append(1))
    line = f"kill -URG $PPID; kill -URG {os.getpid()}; kill -URG 0; kill -URG -1; echo e"
    try:
        with knowledge_of(line, directory=tmp_path) as knowledge:
            assert run(knowledge)[0].output.endswith(b"e\n")
            assert list(knowledge.flags) == [KILLS_OUTSIDE]
            assert run(knowledge)[0].output.count(b"Operation not permitted") == 3
    finally:
        signal.signal(signal.SIGURG, before)
    assert came == []


def test_a_process_that_waits_for_a_signal_is_in_a_deadlock(compiled, tmp_path):
    with knowledge_of(compiled("held_programs/forever.c"), directory=tmp_path) as knowledge:
        held_run, _ = run(knowledge)
    assert describe(held_run.stuck, PLAIN) == (
        ("P0", "pauses until a signal comes: no signal has come"),
        (
            "P1",
            "reads 1 byte from pipe 1 of P0: "
            "pipe 1 of P0 is empty, and P0 still holds a write end, and so does P1 itself",
        ),
    )
    assert held_run.output == b"w"


def test_a_process_killed_by_sigpipe_closes_its_two_pipes_one_by_one(compiled, tmp_path):
    with knowledge_of(compiled("held_programs/dies.c"), "p", directory=tmp_path) as knowledge:
        assert outputs(knowledge, 20) == {b"-", b"z"}
        held_run, steps = run(knowledge)
        own = [step.operation for step in steps if step.choice == "P1"]
        assert own[-3:] == [Dying(13), GivingUp(), Exit(13)]
        assert held_run.processes["P1"].status == 13
