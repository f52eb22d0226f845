"""What all processes have in common is read once for a graph of waits."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from simpsh.process import process_tree
from simpsh.process.process_tree import all_processes, children, one_look, own_children


def test_a_process_that_begins_during_a_look_is_seen_after_it_and_by_other_threads(monkeypatch):
    monkeypatch.setattr(process_tree, "_LOOK_SECONDS", 1000.0)
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
        found = []
        for lists_children in (os.path.exists("/proc/thread-self/children"), False):
            monkeypatch.setattr(process_tree, "_lists_children", lambda is_so=lists_children: is_so)
            found.append((sleeper.pid in own_children(), children(os.getpid())))
        # Now all processes would be looked at.
        monkeypatch.undo()
        monkeypatch.setattr(process_tree, "pids", list)
        if os.path.exists("/proc/thread-self/children"):
            found.append((sleeper.pid in own_children(), children(os.getpid())))
        sleeper.kill()
    assert found == [(True, found[0][1])] * len(found)
    assert sleeper.pid in {child.pid for child in found[0][1]}
