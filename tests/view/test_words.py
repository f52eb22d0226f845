"""Sentences of events that only a listing has as rows, calls as strace writes them, waits."""

import fcntl
import os
import re
from html import unescape

import pytest

from simpsh.base import waits
from simpsh.base.events import Call, Close, Rest, SignalDeliver, WaitReturn
from simpsh.base.targets import Member, PipeEnd
from simpsh.base.waits import Edge, Situation, Wait
from simpsh.notebook.cell_display import display_of
from simpsh.view.event_sentences import Naming, sentence
from simpsh.view.run_formats import render
from simpsh.view.strace_notation import notation
from simpsh.view.wait_words import wait_words
from tests.view.made_runs import ROOT, Story

EXISTS = 17
ROWS = [
    (WaitReturn(0), "P0 asks: no child has ended yet"),
    (WaitReturn(101, "P1"), "P0 learns that P1 has ended or changed its state"),
    (SignalDeliver(17, 0, 1, "nothing"), "P0 gets SIGCHLD from the kernel: nothing happens"),
    (Close(9), "P0 closes 9"),
    (Call("mkdir", ("d",), None, EXISTS), "P0 is refused: mkdir fails with EEXIST, file exists"),
    (Call("rt_sigsuspend", (), 0), "P0 calls sigsuspend"),
    (Call("umask", (0o22,), 0o2), "P0 sets the umask to 022"),
    (Call("ioctl", (3, 0x5451), 0), "P0 sets FD_CLOEXEC of 3"),
    (Call("ioctl", (3, 1), 0), "P0 calls ioctl on 3"),
    (Call("fcntl", (3, fcntl.F_SETFD, 1), 0), "P0 sets FD_CLOEXEC of 3"),
    (Call("fcntl", (3, fcntl.F_SETFD, 0), 0), "P0 clears FD_CLOEXEC of 3"),
    (
        Call("fcntl", (3, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND), 0),
        "P0 sets the flags of 3: O_APPEND O_NONBLOCK",
    ),
    (Call("fcntl", (3, fcntl.F_SETFL, 0), 0), "P0 sets the flags of 3: none"),
    (Call("fcntl", (3, fcntl.F_GETFL), 0), "P0 calls fcntl on 3"),
    (Call("lseek", (3, 10, 0), 10), "P0 moves the offset of 3 to 10"),
    (Call("rt_sigaction", (15,), 0), "P0 sets its action for SIGTERM"),
    (Call("rt_sigprocmask", (), 0), "P0 changes its signal mask"),
    (Call("setrlimit", (), 0), "P0 sets a limit"),
]


def test_each_event_of_a_listing_has_its_sentence():
    story = Story("io")
    story.fork(ROOT, 101)
    for what, _ in ROWS:
        story.tell(ROOT, what)
    run = story.chronicle()
    assert [sentence(run, place) for place in range(2, 2 + len(ROWS))] == [row[1] for row in ROWS]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("x" * 200, '"' + "x" * 200 + '"'),
        ("x" * 201, '"' + "x" * 200 + '"...'),
        ('a"\\\n\x01', '"a\\"\\\\\\n\\1"'),
    ],
)
def test_only_a_long_text_is_cut(given, written):
    assert notation("chdir", given) == f"chdir({written})"


# -- a wait has the same words in a recording, a lesson, a notebook and on a page --------------


SITUATIONS = [value for value in vars(waits).values() if isinstance(value, Situation)]


def resting(situation):
    """Return a run that ends at rest, and the wait of P1."""
    end = PipeEnd("77", "r") if situation.ended_by == "holder" else None
    wait = Wait(situation, end, (Edge(Member("P0")),) if situation.has_holders else ())
    story = Story("io")
    story.fork(ROOT, 101)
    story.tell(0, Rest((("P1", wait),)))
    return story.chronicle(), wait


def test_each_wait_has_the_same_words_in_every_form():
    assert len(SITUATIONS) > 30
    for situation in SITUATIONS:
        chronicle, wait = resting(situation)
        index = len(chronicle.events) - 1
        words = f"P1 {wait_words(wait, Member('P1'), Naming(chronicle, index))}"
        forms = {form: "".join(render(chronicle, form)) for form in ("plain", "html", "svg")}
        forms |= display_of(chronicle, 0, [])
        # The lanes stand between the lines of a wrapped sentence.
        forms["text/plain"] = re.sub(r"\n +… +… +", " ", forms["text/plain"])
        for form, text in forms.items():
            if form == "text/html":
                text = text.partition("<details>")[2]
            assert words in " ".join(unescape(text).split()), (situation.word, form)
