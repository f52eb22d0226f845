"""What all processes have in common is read once for a graph of waits."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

from simpsh.process import process_tree
from simpsh.process.process_tree import all_processes, one_look


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
