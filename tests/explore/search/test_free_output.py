"""A free run's output is compared with a text of the model by the pids of that run."""

import os

import pytest

from simpsh.explore.objects.marked_text import OUTSIDE_ID, ProcessId, Report, in_bytes, text_of
from simpsh.explore.objects.name_words import quote_output
from simpsh.explore.search.free_output import RunPids, last_pid, prints

PIDS = RunPids(first=107, before=106, last=110, outside=frozenset((50,)))
P0, P1, P2 = map(ProcessId, ("P0", "P1", "P2"))


@pytest.mark.parametrize(
    ("pieces", "same", "others"),
    [
        # A number stands for a pid only if it was one in that run.
        ([P1, b" ready\n"], b"108 ready\n", [b"<P1> ready\n", b"77 ready\n", b"107 ready\n"]),
        ([P0, b" ", P1, b" ", P0], b"107 109 107", [b"107 109 109", b"108 109 108"]),
        # The kernel hands out pids in the order of the births.
        ([P2, P1], b"110109", [b"109110", b"109109"]),
        ([OUTSIDE_ID], b"50", [b"51", b"108", b"<outside>"]),
        ([b"<P1>"], b"<P1>", [b"108"]),
        ([b"<w>\n"], b"<w>\n", [b"", b"anything\n"]),
        ([Report("w"), b"end\n"], b"1\n2\nend\n", [b"1", b"end"]),
        ([Report("w"), Report("w"), P1], b"a\n108", [b"a\n107"]),
        ([P1, b"08"], b"10808", [b"0808"]),
    ],
)
def test_marks_stand_only_for_what_the_run_shows(pieces, same, others):
    text = text_of(pieces)
    assert prints(same, text, PIDS)
    assert [other for other in others if prints(other, text, PIDS)] == []


def test_pids_begin_again_after_the_highest():
    pids = RunPids(first=4_194_000, before=4_193_999, last=400)
    assert prints(b"4194000 301", text_of([P0, b" ", P1]), pids)
    assert not prints(b"4194000 500", text_of([P0, b" ", P1]), pids)


def test_the_kernel_says_which_pid_it_has_handed_out_last():
    before = last_pid()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    assert RunPids(before=before, last=last_pid()).has(pid)


def test_a_text_with_marks_is_cut_joined_and_sorted_by_its_pieces():
    text = b"a" + text_of([P1, b"bc"]) + b"d"
    assert (len(text), text[:1], text[1:2], text[2:]) == (5, b"a", text_of([P1]), b"bcd")
    assert text == text_of([b"a", P1, b"b", b"cd"])
    assert text != b"a<P1>bcd"
    assert in_bytes(text, bytes.upper) == text_of([b"A", P1, b"BCD"])
    assert sorted([text, b"b", b"a<P1>bcd", b"a"]) == [b"a", text, b"a<P1>bcd", b"b"]


def test_bytes_that_look_like_a_mark_are_escaped_when_they_are_shown():
    assert quote_output(text_of([P1, b" <P1> <w> <b>"])) == r"“<P1> \<P1> \<w> <b>”"
