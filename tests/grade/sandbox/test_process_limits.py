"""The kernel's count of a submission's processes; an honest one may still fork."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace

import pytest

from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionLimits, with_user
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.kernel.namespaces import become_user
from simpsh.kernel.processes import set_child_subreaper
from simpsh.process.worker import in_own_process

MISSING = "number of its processes"
ANOTHER = 61_234


def forks_beside_threads() -> bool:
    """Return whether a program with two processes makes one more, with 20 threads of its user."""
    if os.geteuid() == 0:
        become_user(ANOTHER)
    set_child_subreaper(True)
    done = threading.Event()
    for _ in range(20):
        threading.Thread(target=done.wait).start()
    sandbox = with_user(Sandbox(SubmissionLimits(processes=2)))
    end = run_in_sandbox(sandbox, ("/bin/sh", "-c", "sleep 0 & wait $!"), "/", 60)
    done.set()
    return end.is_good


def test_threads_of_the_same_user_take_no_process_from_a_submission():
    # Other tests' processes may come in between: where the limit counts them, it is tried again.
    assert any(in_own_process(forks_beside_threads, 100) for _ in range(5))


@pytest.mark.parametrize(
    ("release", "with_users", "counts"),
    [
        ("5.10.0-28-amd64", True, True),
        ("5.14.0-570.el9.x86_64", True, False),
        ("6.1.0", True, False),
        ("6.1.0", False, True),
    ],
)
def test_the_report_names_whose_processes_count(monkeypatch, release, with_users, counts):
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release=release))
    sandbox = Sandbox(has_namespaces=True, with_users=with_users)
    assert (MISSING in sandbox.missing) is counts
    assert (with_user(sandbox).others > 0) is counts
    # In namespaces the others cannot be seen: what was counted outside is kept.
    outside = with_user(sandbox)
    assert with_user(outside, is_second=True) == outside


def test_another_user_has_its_processes_for_itself(monkeypatch):
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release="5.4.0"))
    sandbox = with_user(Sandbox(uid=65534))
    assert MISSING not in sandbox.missing
    assert sandbox.others == 0
