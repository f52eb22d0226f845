"""Controlled runs: processes, their signals, shared memory, schedulers, and how a run ends."""

import gc
import os
import signal
import subprocess
import sys
import time
from random import Random
from signal import SIGUSR1

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.explore.control import handlers
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.scheduler import in_turns
from simpsh.explore.flags import REFUSED
from simpsh.explore.objects.name_words import PLAIN, decode_name
from simpsh.explore.objects.pipe_operations import Close
from simpsh.explore.objects.process_operations import Dying, Exit, GetParent, GivingUp
from simpsh.explore.objects.stuck_process import describe
from tests.explore.control.controlled_runs import knowledge_of, outputs, run
from tests.spec.documents import shown_in


def test_pids_in_the_output_are_names(compiled, tmp_path):
    with knowledge_of(compiled("held_programs/names.c"), directory=tmp_path) as knowledge:
        held_run, steps = run(knowledge)
    expected = "I am <P1>, my parent <P0>\n<P0>, child <P1>, year 2026, 3.14159\n"
    assert decode_name(held_run.output) == expected
    assert [step.result for step in steps if step.operation == GetParent()] == ["P0"]
    assert list(knowledge.notes) == ["prints pids, which are shown as <P1>"]
    assert knowledge.flags == {}


def test_a_descriptor_that_is_duplicated_by_fcntl_closes_none(compiled, tmp_path):
    program = compiled("held_programs/duplicates_beside_pipe.c")
    with knowledge_of(program, directory=tmp_path) as knowledge:
        _, steps = run(knowledge)
    assert not [step for step in steps if isinstance(step.operation, Close)]


def test_a_large_write_does_not_fill_the_output(compiled, tmp_path):
    before = os.sched_getaffinity(0)
    words = (compiled("held_programs/large.c"),)
    with (
        knowledge_of(*words, directory=tmp_path) as piped,
        knowledge_of(*words, directory=tmp_path, has_terminal=True) as on_terminal,
    ):
        for knowledge in (piped, on_terminal):
            assert run(knowledge)[0].output == b"x" * 300_000 + b"e"
    assert os.sched_getaffinity(0) == before


def test_a_missing_interpreter_gives_one_line(tmp_path):
    (tmp_path / "script").write_text("#!/no/such/interpreter\n")
    (tmp_path / "script").chmod(0o700)
    program = str(tmp_path / "script")
    with (
        knowledge_of(program, directory=tmp_path) as knowledge,
        pytest.raises(UsageProblem, match="script: cannot be executed"),
    ):
        ControlledRun(knowledge)


def test_nothing_of_the_explorer_reaches_the_program(tmp_path):
    read_end, write_end = os.pipe()
    os.set_inheritable(read_end, True)
    try:
        with knowledge_of("ls /proc/self/fd", directory=tmp_path) as knowledge:
            assert run(knowledge)[0].output.startswith(b"0\n1\n2\n3\n")
        assert os.get_inheritable(read_end)
    finally:
        os.close(read_end)
        os.close(write_end)


def test_init_adopts_an_orphan(compiled, tmp_path):
    with knowledge_of(compiled("programs/adopted.c"), directory=tmp_path) as knowledge:
        assert outputs(knowledge, 20) == {b"first\n", b"init\n"}


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_wiped_leftovers_of_a_shell_have_no_effect(shell, tmp_path, monkeypatch):
    script = "f() { read x; echo $1$x; } </dev/null; f a & (exit 3) & wait $!; echo $?; wait"
    with knowledge_of(shell, "-c", script, directory=tmp_path) as knowledge:
        _, steps = run(knowledge, Random(3).choice)
        monkeypatch.setattr(handlers, "_BLANK", Random(7).randbytes(8192))
        order = [step.choice for step in reversed(steps)]
        other, others = run(knowledge, lambda _: order.pop())
    assert [step.result for step in steps] == [step.result for step in others]
    assert sorted(other.output.split()) == [b"3", b"a"]


# -- signals arrive before an operation or an exit, and are judged when they are sent ----------


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
        assert known.amid == {SIGUSR1}


def test_a_trap_for_the_ends_of_children_is_not_taken_on_trust(tmp_path):
    line = "trap 'echo $x' CHLD; x=1; (exit 0) & x=2; x=3; wait"
    with knowledge_of("dash", "-c", line, directory=tmp_path) as knowledge:
        outputs(knowledge, 3)
        assert knowledge.ends_are_trapped
    with knowledge_of("bash", "-c", line, directory=tmp_path) as knowledge:
        outputs(knowledge, 3)
        assert knowledge.ends_are_trapped
        assert knowledge.amid == {signal.SIGCHLD}


def test_no_process_outside_can_be_signalled(tmp_path):
    came = []
    # A signal that is harmless if it reaches a process outside.
    before = signal.signal(signal.SIGURG, lambda *_: came.append(1))
    line = f"kill -URG $PPID; kill -URG {os.getpid()}; kill -URG 0; kill -URG -1; echo e"
    try:
        with knowledge_of(line, directory=tmp_path) as knowledge:
            assert run(knowledge)[0].output.endswith(b"e\n")
            assert list(knowledge.flags) == [REFUSED.of("a signal")]
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


def test_processes_go_in_turns(compiled, tmp_path):
    with knowledge_of(compiled("programs/children.c"), "2", directory=tmp_path) as knowledge:
        turns, _ = run(knowledge, in_turns())
        order = list(reversed(turns.schedule))
        assert run(knowledge, lambda _: order.pop())[0].output == turns.output
        counts = [turns.schedule[:4].count(name) for name in ("P0", "P1", "P2")]
        assert max(counts) <= 2


def test_the_example_of_the_document_lets_the_youngest_go(tmp_path):
    (program,) = shown_in("how-to/write-a-scheduler.md", "python")
    for change, output in (("choices[-1]", rb"a\nb\n"), ("choices[0]", rb"b\na\n")):
        text = program.replace("choices[-1]", change)
        done = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, cwd=tmp_path, check=True
        )
        assert done.stdout == b"b'%s' ()\n" % output


def test_a_garbage_collector_that_reads_the_clock_does_not_keep_a_program_from_its_exec(tmp_path):
    # Between the ban of the cycle counter and the exec, a look at the clock is a fault. hypothesis
    # has such a callback.
    def note_time(*_):
        return time.perf_counter()

    threshold = gc.get_threshold()
    gc.callbacks.append(note_time)
    gc.set_threshold(5)
    try:
        with knowledge_of("echo x", directory=tmp_path) as knowledge:
            assert outputs(knowledge, 1) == {b"x\n"}
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(note_time)
