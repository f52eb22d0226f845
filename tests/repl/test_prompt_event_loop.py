"""The event loop of the prompt: its descriptors are the shell's own, and few calls make it."""

import os
import resource
import socket
from contextlib import suppress

from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.process.proc import numbers
from simpsh.repl.prompt_event_loop import new_loop


def test_the_loop_has_two_high_descriptors_and_occupies_no_others(monkeypatch):
    copied = []
    copy = os.dup
    monkeypatch.setattr(os, "dup", lambda number: (copied.append(number), copy(number))[1])
    usual, before = socket.socketpair, {*numbers("self", "fd")}
    loop = new_loop(list)
    new = {*numbers("self", "fd")} - before
    loop.close()
    assert len([number for number in new if number >= OWN_LOWEST]) == 2
    assert copied == []
    assert socket.socketpair is usual


def test_without_high_descriptors_the_loop_takes_low_ones():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(numbers("self", "fd")) + 5, hard))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        for number in taken[-4:]:
            os.close(number)
        new_loop(list).close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in taken[:-4]:
            os.close(number)
