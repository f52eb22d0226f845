"""In a real hang, what the advice says ends it: done in a debugger, from outside, or in code."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from simpsh import diagnose
from simpsh.process.diagnose import facts
from simpsh.process.diagnose.wait_graph import graph_of
from simpsh.process.pidfd import PidFd
from simpsh.process.proc import state
from simpsh.process.process_tree import children
from tests.harness.compiled import compile_c
from tests.harness.process import child, fork_child, wait_until, wait_until_at_rest
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.diagnose.freezers import FREEZERS, freezer
from tests.process.diagnose.test_waiting_programs import (
    INCLUDES,
    PROGRAMS,
    answered,
    one_at_a_time,
    program,
)
from tests.process.diagnosed_children import skip_without_kernel_functions

PTRACE_CONT = 7


def make_call(pid, call):
    """Let a process make a call of its C library."""
    command = ["gdb", "-q", "-nx", "-batch", "-p", str(pid), "-ex", f"call (long){call}"]
    # The process may have ended because of an earlier call.
    subprocess.run(command, capture_output=True, check=False, timeout=60)


def proofs(found, kind):
    """Return the facts of a kind about the processes that are stuck, each with its process."""
    graph = graph_of((found.pid,), found.pid, {})
    tasks = dict.fromkeys((*graph.circle.members, *graph.stuck()))
    return [
        (task, fact)
        for task in tasks
        for fact in (graph.tasks[task][1].act, *graph.tasks[task][1].proof)
        if isinstance(fact, kind)
    ]


def close_ends(found, *, are_write_ends):
    ends = {
        (fact.pid, number)
        for _, fact in proofs(found, facts.Holding)
        if isinstance(fact.held, facts.PipeEnd) and fact.held.is_write_end == are_write_ends
        for number in fact.numbers
    }
    for pid, number in ends:
        make_call(pid, f"close({number})")


def close_write_ends(found):
    close_ends(found, are_write_ends=True)


def read_pipes(found):
    for _, fact in proofs(found, facts.Holding):
        if isinstance(fact.held, facts.PipeEnd) and not fact.held.is_write_end:
            with contextlib.suppress(FileNotFoundError):
                read_for_a_while(found.pid, f"/proc/{fact.pid}/fd/{fact.numbers[0]}")
    # A writer such as yes(1) never ends of its own accord.
    close_ends(found, are_write_ends=False)


def read_for_a_while(pid, path):
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline and state(pid) not in ("", "Z"):
        with contextlib.suppress(BlockingIOError):
            os.read(end, 1 << 20)
        time.sleep(0.01)
    os.close(end)


def continue_it(found):
    for pid in found.waits:
        os.kill(pid, signal.SIGCONT)


def end_child(found):
    for pid in found.waits_for:
        os.kill(pid, signal.SIGKILL)


def continue_tracee(found):
    graph = graph_of((found.pid,), found.pid, {})
    for pid, (_, finding) in graph.tasks.items():
        if isinstance(finding.act, facts.IsTraced):
            make_call(finding.act.tracer, f"ptrace({PTRACE_CONT}, {pid}, 0, 0)")


def post(found):
    for pid, fact in proofs(found, facts.InMemory):
        make_call(pid, f"sem_post({fact.address})")


def close_peers(found):
    for _, fact in proofs(found, facts.Holding):
        if isinstance(fact.held, facts.SocketPeer | facts.Listener):
            for number in fact.numbers:
                make_call(fact.pid, f"shutdown({number}, 2)")


ACTS = {
    "E-PIPE-HANG": close_write_ends,
    "E-PIPE-FULL": read_pipes,
    "E-STOPPED": continue_it,
    "E-WAIT-CHILD": end_child,
    "E-TRACED": continue_tracee,
    "E-LOCK-SHARED": post,
    "E-SOCKET-WAIT": close_peers,
}
BEYOND = {"pool-whose-worker-dies"}
"""Here a limit of a wait, which the advice asks for, cannot be set from outside."""
TOLD = [name for name, case in PROGRAMS["python"].items() if case.get("change") in ACTS]


@pytest.mark.usual("read-before-closing-stdin", "multiprocessing-locks")
@pytest.mark.long("each program hangs, and then does what the advice says")
@pytest.mark.needs("gdb")
@pytest.mark.parametrize("name", sorted({*TOLD} - BEYOND))
def test_doing_what_the_advice_says_ends_the_hang(name):
    with program([sys.executable, "-c", PROGRAMS["python"][name]["program"]]) as pid:
        found = answered(pid, PROGRAMS["python"][name])
        ACTS[found.symptom](found)

        def has_moved():
            if state(pid) in ("", "Z"):
                return True
            now = diagnose(pid)
            return now.verdict != "stuck" or now.sentences[0] != found.sentences[0]

        wait_until(has_moved, text_of(found))


def test_a_thread_that_waits_for_another_one_gets_a_limit_as_advice():
    case = PROGRAMS["python"]["pool-whose-worker-dies"]
    with program([sys.executable, "-c", case["program"]]) as pid:
        found = answered(pid, case)
        assert found.change.endswith("give the wait for another thread a time limit")


with open(Path(__file__).parent / "advice.toml", "rb") as table:
    HANGS = tomllib.load(table)
PRELUDE = """
import contextlib, os, select, signal, sys
from fcntl import LOCK_EX, LOCK_UN, flock, lockf

advised = sys.argv[1:] == ["advised"]

def fifo():
    os.mkfifo("fifo")
    both = os.open("fifo", os.O_RDWR)
    ends = os.open("fifo", os.O_RDONLY), os.open("fifo", os.O_WRONLY)
    os.close(both)
    # Otherwise any process may open it and end the wait.
    os.unlink("fifo")
    return ends
"""


def command_of(case, directory):
    """Return the command of a program in Python or C; skip the test if it may not run here."""
    if "c" not in case:
        return [sys.executable, "-ISc", PRELUDE + case["program"]]
    (directory / "program.c").write_text(INCLUDES + case["c"])
    return [compile_c(directory / "program.c", directory / "program", "-pthread")]


@pytest.mark.usual(
    "two-locks-in-opposite-order", "fifo-whose-write-end-a-child-inherited", "select-at-an-own-pipe"
)
@pytest.mark.long("each program hangs, and then does what the advice says")
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.needs(*HANGS[name].get("needs", ()))) for name in HANGS],
)
def test_a_program_that_does_what_the_advice_says_ends(name, tmp_path):
    case = HANGS[name]
    if case.get("asks_all") and os.geteuid():
        pytest.skip("processes of other users, too, might hold a FIFO: only root can exclude that")
    command = command_of(case, tmp_path)
    with one_at_a_time(name):
        with program(command, cwd=tmp_path) as pid:
            wait_until_at_rest()
            if state(pid) == "Z" and status_of(pid) == FORBIDDEN:
                pytest.skip(f"its call is forbidden here: {name}")
            found = diagnose(pid)
        assert (found.verdict, found.symptom) == ("stuck", case["symptom"]), text_of(found)
        assert case["advice"] in found.change
        with program([*command, "advised"], cwd=tmp_path) as pid:
            assert ended_well(pid)


FORBIDDEN = 77
"""The exit status of a program in C that may not make its call here."""


def ended_well(pid):
    """Wait until a child has ended, and return whether it has, with the status 0."""
    with PidFd.open(pid) as process:
        return process.poll(40) and status_of(pid) == 0


def status_of(pid):
    """Return the exit status of a child that has ended; None if a signal killed it."""
    info = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    return info.si_status if info.si_code == os.CLD_EXITED else None


@pytest.mark.parametrize("kind", FREEZERS)
def test_a_thawed_control_group_ends_the_wait_for_a_frozen_child(kind):
    skip_without_kernel_functions()
    read_end, write_end = os.pipe()
    with contextlib.ExitStack() as stack:
        gate = stack.enter_context(open(read_end, "rb"))
        opened = stack.enter_context(open(write_end, "wb"))
        waiting = stack.enter_context(child(waits_for_a_child_at, gate, opened))
        wait_until_at_rest()
        frozen = stack.enter_context(freezer(kind, children(waiting)[0].pid))
        frozen.freeze()
        # What the child waited for happens, but the child cannot move.
        opened.close()
        wait_until_at_rest()
        found = diagnose(waiting)
        assert (found.verdict, found.symptom) == ("stuck", "E-FROZEN"), text_of(found)
        assert "thaw the control group" in found.change
        frozen.thaw()
        assert ended_well(waiting)


def waits_for_a_child_at(gate, opened):
    fork_child(lambda: (opened.close(), gate.read()))
    opened.close()
    os.wait()
