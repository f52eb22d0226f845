"""What a recorded wait learned, and how a recorded call is written."""

from __future__ import annotations

import pytest

from simpsh.base.events import Call, Event, Fork, Start, WaitReturn
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.view.event_sentences import sentence
from simpsh.view.strace_notation import notation


@pytest.mark.parametrize(
    ("status", "is_left", "learned"),
    [
        (None, False, "P1 has ended or changed its state"),
        (0x137F, False, "P1 was stopped by SIGSTOP"),
        (0xFFFF, False, "P1 continues"),
        (0x0700, False, "P1 ended: status 7"),
        (0x0700, True, "P1 ended: status 7, and leaves it a zombie"),
    ],
)
def test_a_wait_learns_what_its_status_says(status, is_left, learned):
    acts = Start(1, (), ()), Fork(11, "P1"), WaitReturn(11, "P1", status, 0, is_left)
    events = [Event(10, what, n, n, "P0", 0, "ptrace", ()) for n, what in enumerate(acts, 1)]
    assert sentence(chronicle_of(events, "io"), 2) == f"P0 learns that {learned}"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("x" * 64, '"' + "x" * 64 + '"'),
        ("x" * 65, '"' + "x" * 64 + '"...'),
        ('a"\\\n\x01', '"a\\"\\\\\\n\\1"'),
    ],
)
def test_only_a_long_text_is_cut(given, written):
    assert notation(Call("chdir", (given,), 0)) == f"chdir({written}) = 0"
