"""Facts that all processes share are read once for a graph of waits."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from simpsh.process import process_tree
from simpsh.process.process_tree import all_processes, children, one_look, own_children


def test_a_process_that_begins_during_a_look_is_seen_after_it_and_by_other_threads(monkeypatch):
    with one_look():
        before = all_processes()
        with subprocess.Popen(["sleep", "1000"]) as sleeper, ThreadPoolExecutor(1) as other:
            assert all_processes() is before
            assert sleeper.pid in other.submit(all_processes).result()
            with one_look():
                assert sleeper.pid in all_processes()
            assert all_processes() is before
            sleeper.kill()
    assert sleeper.pid not in all_processes()


def test_children_are_found_without_a_look_at_other_processes_if_the_kernel_lists_them(monkeypatch):
    with subprocess.Popen(["sleep", "1000"]) as sleeper:
        found = [pids_of_children()]
        if os.path.exists("/proc/thread-self/children"):
            with monkeypatch.context() as without:
                without.setattr(process_tree, "pids", list)
                found.append(pids_of_children())
        monkeypatch.setattr(process_tree, "_lists_children", lambda: False)
        found.append(pids_of_children())
        sleeper.kill()
    assert [pids for pids in found if sleeper.pid not in pids] == []


def pids_of_children():
    """Return the pids that both functions find."""
    return own_children() & {child.pid for child in children(os.getpid())}
