"""Bombs, to be run inside a PID namespace that ends with this program: `python -m … CASE`.

Each case prints one line of JSON. If a case fails, `unshare --kill-child` ends all its processes.
"""

import json
import os
import random
import resource  # noqa: F401 - a user who cannot read this Python could not import it later
import signal
import sys
import time
from contextlib import suppress

from simpsh.kernel.namespaces import become_user
from simpsh.kernel.processes import set_child_subreaper
from simpsh.process import process_containment
from simpsh.process.subreaper import collect_all
from tests.course.records import Run
from tests.harness.process import all_pids, children_of, state_of

ORDINARY_USER = 54321


def bomb() -> None:
    while True:
        try:
            os.fork()
        except BlockingIOError:
            signal.pause()


def alive():
    """Return the living processes besides this program and its parent."""
    return sorted(pid for pid in all_pids() if (state_of(pid) or "X") not in "ZX")


def bounded(guard, *, as_user=0):
    """Run a fork bomb under a limit, count it, end it, count again."""
    set_child_subreaper(True)
    read_end, write_end = os.pipe()
    before = alive()
    if as_user:
        become_user(as_user)
    if os.fork() == 0:
        explode(guard, write_end)
    os.close(write_end)
    met = b""
    while len(met) < guard and (piece := os.read(read_end, 64)):
        met += piece
    collect_all()
    while piece := os.read(read_end, 64):
        met += piece
    left = [pid for pid in alive() if pid not in before]
    return {"met": met.decode(), "left": left}


def explode(guard, write_end):
    try:
        process_containment.limit_processes(guard)
        while True:
            try:
                os.fork()
            except BlockingIOError:
                os.write(write_end, b".")
                signal.pause()
    except process_containment.NotGuarded as refusal:
        os.write(write_end, f"refused: {refusal}".encode())
    finally:
        os._exit(0)


def killed(rounds):
    """Kill the teacher or the supervisor of a bomb at any moment; no process may survive."""
    random.seed(rounds)
    before, lingering = alive(), []
    for turn in range(rounds):
        teacher = os.fork()
        if teacher == 0:
            try:
                Run(bomb, id="bomb", guard=16).perform()
            finally:
                os._exit(0)
        time.sleep(random.uniform(0.0, 0.2))
        victims = [teacher] if turn % 2 else children_of(teacher)[:1] or [teacher]
        with suppress(ProcessLookupError):  # a supervisor whose run is over has been collected
            os.kill(victims[0], signal.SIGKILL)
        os.waitpid(teacher, 0)
        deadline = time.monotonic() + 40
        while alive() != before and time.monotonic() < deadline:
            time.sleep(0.005)
        lingering += [pid for pid in alive() if pid not in before]
    return {"rounds": rounds, "lingering": lingering}


CASES = {
    "limit": lambda: bounded(16),
    "user": lambda: bounded(16, as_user=ORDINARY_USER),
    "killed": lambda: killed(int(os.environ.get("SIMPSH_ROUNDS", "10"))),
}

if __name__ == "__main__":
    print(json.dumps(CASES[sys.argv[1]]()))
