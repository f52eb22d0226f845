"""Children that tests diagnose, and tests that need what some systems hide of a child."""

from __future__ import annotations

import os
import select

import pytest

from simpsh import snapshot, until_state
from simpsh.diagnosis.answer import diagnose
from tests.harness.process import child, sleep_for_ever, wait_until_at_rest


def polls_with_a_limit():
    read_end, _ = os.pipe()
    poll = select.poll()
    poll.register(read_end, select.POLLIN)
    poll.poll(1000_000)


def diagnosis_at_rest(pid, fact, words):
    """Return the diagnosis when nothing runs any more; fail with `words` if it lacks the fact."""
    wait_until_at_rest()
    found = diagnose(pid)
    text = "\n".join(found.lines())
    is_hidden = os.geteuid() != 0 and found.verdict == "not known" and found.not_permitted
    if is_hidden and not fact(found):
        pytest.skip("a process hides from its user: it may hold the other end")
    assert fact(found), f"not {words!r} but {found.situation}:\n{text}"
    return found


def diagnosed(pid, situation):
    """Return the diagnosis when nothing runs any more; it must report this situation."""
    return diagnosis_at_rest(pid, lambda found: found.situation == situation, situation)


def sleeper():
    """Return the snapshot of a sleeping child."""
    with child(sleep_for_ever) as pid:
        until_state(pid, "S")
        return snapshot(pid)


def skip_without_kernel_functions():
    """Skip the test if this user cannot see in which kernel function a process sleeps."""
    if not sleeper().wchan:
        pytest.skip("this kernel does not tell this user in which function a process sleeps")


def skip_without_calls():
    """Skip the test if the call of a child is hidden from its parent, as in Yama's scope 2."""
    if "system_call" in sleeper().not_permitted:
        pytest.skip("this system keeps a process's call from its parent")
