"""What the lessons about waiting found in the engine."""

from __future__ import annotations

import os
import signal

from simpsh.course import plain_runs
from simpsh.course.own_process import in_own_process
from simpsh.kernel.processes import set_parent_death_signal

LOOKS = 60


def hand_on(read_end, write_end):
    """Pass a byte on, for ever: of two who do so, one can always run."""
    set_parent_death_signal(signal.SIGKILL)
    while True:
        os.write(write_end, os.read(read_end, 1))


def two_who_are_never_both_asleep():
    """Look at them many times; return how often they seemed to be."""
    (first_in, second_out), (second_in, first_out) = os.pipe(), os.pipe()
    pids = []
    for ends in ((first_in, first_out), (second_in, second_out)):
        pids.append(os.fork())
        if pids[-1] == 0:
            hand_on(*ends)
    os.write(first_out, b"x")
    found = sum(plain_runs._is_still() for _ in range(LOOKS))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return found


def test_who_wake_each_other_between_two_glances_do_not_seem_asleep():
    assert in_own_process(two_who_are_never_both_asleep, 60) == 0
